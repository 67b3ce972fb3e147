//! Running a search: several processes of the port draw batches, and the findings are made small in the end.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Instant;

use super::asker::{Asker, timeouts_before};
use super::model::{Finding, Found, Search, Signature};
use super::tally::{BATCH, Done, OfKind, Tally, keep_one_break};
use crate::error::Error;
use crate::protocol::{Hello, Port, Session};

/// Searches. `progress` is called with the number of responses that are done and the number of kinds that were found,
/// and returns whether to go on.
///
/// # Errors
///
/// When the port cannot be started or does not answer hello; the message is safe to print.
pub fn search(search: &Search, progress: impl Fn(u64, usize) -> bool + Sync) -> Result<Found, Error> {
    let start = || Port::start(&search.words, search.limits);
    let (first, hello) = start()?;
    let end = search.time.and_then(|time| Instant::now().checked_add(time));
    let done = Mutex::new(Done::from(search.cases.start));
    let (next, is_over) = (AtomicU64::new(search.cases.start), AtomicBool::new(false));
    // The first process was started for its hello; the others start when they are needed.
    let first = Mutex::new(Some(first));
    let work = || -> Result<(), Error> {
        let started = lock(&first).take();
        let port = started.map_or_else(|| Ok(start()?.0), Ok)?;
        let mut asker = Asker { session: Session::new(port), hello: &hello, search };
        while !is_over.load(Ordering::Relaxed) {
            let from = next.fetch_add(BATCH, Ordering::Relaxed);
            let until = search.cases.end.min(from.saturating_add(BATCH));
            if from >= until {
                break;
            }
            let tally = asker.batch(from..until);
            let mut done = lock(&done);
            done.take(from, tally);
            let may_go_on = progress(done.count(), done.all.kinds.len());
            if !may_go_on
                || search.limits.is_over()
                || done.all.given_up.is_some()
                || end.is_some_and(|end| Instant::now() > end)
            {
                is_over.store(true, Ordering::Relaxed);
            }
            drop(done);
            // All batches before this one were drawn, so this batch or one of them ends the search.
            if asker.session.given_up().is_some() {
                break;
            }
        }
        Ok(())
    };
    let start_error = thread::scope(|scope| {
        let workers: Vec<_> = (0..search.jobs.max(1)).map(|_| scope.spawn(work)).collect();
        workers.into_iter().filter_map(|worker| worker.join().expect("a worker does not panic").err()).next()
    });
    let drawn_until = next.into_inner();
    let is_cut = search.limits.is_over() && drawn_until < search.cases.end;

    let Tally { asked, wrong, left_out, broken, not_asked, given_up, passing, mut kinds } =
        done.into_inner().unwrap_or_else(PoisonError::into_inner).all;
    let all_kinds = kinds.len();
    if given_up.is_some() {
        keep_one_break(&mut kinds);
    }
    // A port that broke on everything breaks on a smaller response too, and each timeout takes the whole limit.
    let timeouts = timeouts_before(broken < asked);
    let (mut findings, later_error) = make_small(search, &hello, &kinds, timeouts);
    let is_over =
        search.limits.is_over() && (is_cut || not_asked > 0 || findings.len() < all_kinds.min(search.most_findings));
    let start_error = if is_over { None } else { start_error.or(later_error).map(|error| error.to_string()) };
    let unreported = all_kinds - findings.len();
    findings.sort_by_key(|finding| {
        (finding.signature.harm, finding.response.body.len(), finding.signature.clone(), finding.number)
    });
    // Two kinds may shrink to the same response; one of them stays.
    findings.dedup_by(|one, other| one.response == other.response);
    let passing = (passing.len(), passing.into_iter().min().map(|(_, what)| what));
    Ok(Found {
        hello,
        asked,
        wrong,
        left_out,
        broken,
        passing,
        not_asked,
        given_up,
        is_over,
        start_error,
        unreported,
        findings,
    })
}

/// Makes a response of each kind small, the worst kinds first, up to the most findings or the deadline. Stops with an
/// error when the port cannot be started any more.
fn make_small(
    search: &Search,
    hello: &Hello,
    kinds: &BTreeMap<Signature, OfKind>,
    mut timeouts: u32,
) -> (Vec<Finding>, Option<Error>) {
    let mut findings = Vec::new();
    for (signature, kind) in kinds.iter().take(search.most_findings) {
        if search.limits.is_over() {
            break;
        }
        // A new process for each kind: an earlier response must not change the answer.
        match Port::start(&search.words, search.limits) {
            Ok((port, _)) => findings.extend(Asker { session: Session::new(port), hello, search }.make_small(
                signature,
                kind,
                &mut timeouts,
            )),
            Err(error) => return (findings, Some(error)),
        }
    }
    (findings, None)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
