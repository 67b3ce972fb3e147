//! Searching for responses on which a port and the reference differ, and making each as small as it can be.
//!
//! Responses are drawn by number, so a seed gives the same ones however many processes of the port are asked. Of those on which the port is wrong,
//! the first of each signature is shrunk over the live port, by proptest, for as long as the signature stays the same.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use proptest::test_runner::{Config, TestCaseError, TestError, TestRunner};
use relogin::{Response, classify};
use serde_json::{Map, Value};

use crate::Error;
use crate::check::{Expected, judge_one};
use crate::generate::{Rendered, corpus, strategy};
use crate::port::{Break, Outcome, Port, Requests, Session};
use crate::proposal;
use crate::protocol::{Answer, Hello, Parse};
use crate::results::{Harm, Judged, Kind};
use crate::spec::Rule;
use crate::vectors::{Level, Verdict, embedded_files};

/// How many responses are sent to a process before its answers are judged. What is found depends on it, so it is no option.
const BATCH: u64 = 256;
/// The most candidates that are tried to make one response smaller.
const MOST_SHRINKS: u32 = 4_000;
/// And of those the most on which the port may be silent up to the limit.
const MOST_SILENCES: u32 = 16;

/// What to search.
#[derive(Clone, Debug)]
pub struct Search {
    /// The command that runs the port, in words.
    pub words: Vec<String>,
    /// What the responses are drawn from.
    pub seed: u64,
    /// The numbers of the responses, from the first up to the last, which is not one of them.
    pub cases: std::ops::Range<u64>,
    /// When to end, whatever is left.
    pub time: Option<Duration>,
    /// How many processes of the port are asked side by side.
    pub jobs: usize,
    /// How long the port may take for a reply.
    pub limit: Duration,
    /// The most findings that are made small and told.
    pub most_findings: usize,
}

/// What a search has found.
#[derive(Clone, Debug)]
pub struct Found {
    /// What the port says of itself.
    pub hello: Hello,
    /// How many responses it was asked about.
    pub asked: u64,
    /// How many of these it was wrong on.
    pub wrong: u64,
    /// How many were left out, because a rule of a level decides them that the port does not claim.
    pub left_out: u64,
    /// How often it broke on a response and not on the same again, and one such time, safe to print.
    pub passing: (usize, Option<String>),
    /// How many it was not asked about, because it had broken too often on those drawn with them.
    pub not_asked: u64,
    /// Why the search ended early: the port could not be started again. Safe to print.
    pub trouble: Option<String>,
    /// How many kinds of wrong answers there were beyond those that are told.
    pub untold: usize,
    /// One for each kind, the smallest response first.
    pub findings: Vec<Finding>,
}

impl Found {
    /// Whether the port answered whatever it was asked, the first time.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.not_asked == 0 && self.passing.0 == 0 && self.trouble.is_none()
    }
}

/// A response on which a port is wrong, as small as it could be made.
#[derive(Clone, Debug)]
pub struct Finding {
    /// What kind of wrong it is.
    pub signature: Signature,
    /// The number of the response that was drawn.
    pub number: u64,
    /// How many bytes its body had.
    pub drawn_bytes: usize,
    /// The smallest response of that kind.
    pub response: Rendered,
    /// What the reference says of it.
    pub expected: Option<Verdict>,
    /// What the port says of it, if that is a verdict.
    pub actual: Option<Option<Map<String, Value>>>,
    /// What else came; the end of a sentence that begins with "it".
    pub note: Option<String>,
    /// The rules that had a say in what the reference says, the rarest in the corpus first.
    pub rules: Vec<&'static Rule>,
    /// Whether the port was wrong on the drawn response and right when it was asked again.
    pub is_passing: bool,
}

/// What makes two wrong answers the same kind: what the port did, what that does to a user, and which rule decided for the reference.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Signature {
    /// What it does to a user.
    pub harm: Harm,
    /// The outcome, as a baseline names it: it holds the fields that differ and the action that the port took.
    pub outcome: String,
    /// The rule by which the reference decided: that of the step, or R3 for "not a failure".
    pub rule: &'static str,
}

/// Searches. `progress` is called with the number of responses that are done and of the kinds that were found, and tells whether to go on.
///
/// # Errors
///
/// When the port cannot be started or does not answer hello; the message is safe to print.
pub fn search(search: &Search, progress: impl Fn(u64, usize) -> bool + Sync) -> Result<Found, Error> {
    let start = || Port::start(&search.words, search.limit);
    let (first, hello) = start()?;
    let end = search.time.and_then(|time| Instant::now().checked_add(time));
    let all = Mutex::new(Tally::default());
    let (next, is_over) = (AtomicU64::new(search.cases.start), AtomicBool::new(false));
    // The first was started to hear its hello; the others are its like.
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
            let mut all = lock(&all);
            all.add(tally);
            let may_go_on = progress(all.asked + all.left_out + all.not_asked, all.kinds.len());
            if !may_go_on || end.is_some_and(|end| Instant::now() > end) {
                is_over.store(true, Ordering::Relaxed);
            }
            drop(all);
            // Each batch is asked as if it were the first, so that the number of processes does not matter.
            if asker.session.is_given_up() {
                asker.session = Session::new(start()?.0);
            }
        }
        Ok(())
    };
    let trouble = thread::scope(|scope| {
        let workers: Vec<_> = (0..search.jobs.max(1)).map(|_| scope.spawn(work)).collect();
        workers.into_iter().filter_map(|worker| worker.join().expect("a worker does not panic").err()).next()
    });

    let Tally { asked, wrong, left_out, not_asked, passing, kinds } = all.into_inner().unwrap_or_else(PoisonError::into_inner);
    let (mut findings, more_trouble) = make_small(search, &hello, &kinds);
    let untold = kinds.len() - findings.len();
    findings.sort_by_key(|finding| (finding.response.body.len(), finding.signature.clone(), finding.number));
    // Two kinds may come down to one response, of which one kind is left.
    findings.dedup_by(|one, other| one.response == other.response);
    let trouble = trouble.or(more_trouble).map(|error| error.to_string());
    let passing = (passing.len(), passing.into_iter().min().map(|(_, what)| what));
    Ok(Found { hello, asked, wrong, left_out, passing, not_asked, trouble, untold, findings })
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What a part of the search has found: of each kind the response with the lowest number.
#[derive(Default)]
struct Tally {
    asked: u64,
    wrong: u64,
    left_out: u64,
    not_asked: u64,
    /// What broke the port once, each with the number of the first response of its batch.
    passing: Vec<(u64, String)>,
    kinds: BTreeMap<Signature, u64>,
}

impl Tally {
    fn add(&mut self, other: Self) {
        self.asked += other.asked;
        self.wrong += other.wrong;
        self.left_out += other.left_out;
        self.not_asked += other.not_asked;
        self.passing.extend(other.passing);
        for (signature, number) in other.kinds {
            let first = self.kinds.entry(signature).or_insert(number);
            *first = number.min(*first);
        }
    }
}

/// Makes a response of each kind small, as many kinds as are told, the worst first; until the port cannot be started any more.
fn make_small(search: &Search, hello: &Hello, kinds: &BTreeMap<Signature, u64>) -> (Vec<Finding>, Option<Error>) {
    let mut findings = Vec::new();
    for (signature, number) in kinds.iter().take(search.most_findings) {
        // A port of its own for each: what one response does to it says nothing about another.
        match Port::start(&search.words, search.limit) {
            Ok((port, _)) => findings.push(Asker { session: Session::new(port), hello, search }.make_small(signature, *number)),
            Err(error) => return (findings, Some(error)),
        }
    }
    (findings, None)
}

/// A process of the port that is being asked.
struct Asker<'s> {
    session: Session,
    hello: &'s Hello,
    search: &'s Search,
}

impl Asker<'_> {
    fn batch(&mut self, numbers: std::ops::Range<u64>) -> Tally {
        let first = numbers.start;
        let drawn = numbers.map(|number| (number, strategy::draw(self.search.seed, number).response()));
        let (drawn, left_out): (Vec<_>, Vec<_>) = drawn.partition(|(_, response)| self.is_judged_on(response));
        let (outcomes, passing) = self.session.ask_all(&OfResponses(&drawn), false, |_| {});
        let passing = passing.into_iter().map(|what| (first, what)).collect();
        let mut tally = Tally { left_out: left_out.len() as u64, passing, ..Tally::default() };
        for ((number, response), outcome) in drawn.iter().zip(outcomes) {
            if matches!(outcome, Outcome::NotRun(_)) {
                tally.not_asked += 1;
                continue;
            }
            tally.asked += 1;
            if let Some((signature, _)) = self.wrong(response, outcome) {
                tally.wrong += 1;
                tally.kinds.entry(signature).or_insert(*number);
            }
        }
        tally
    }

    /// A port of a lower level is not judged on what rules of a higher one decide.
    fn is_judged_on(&self, response: &Rendered) -> bool {
        let level = self.hello.level;
        level == Some(Level::Hardening) || response.judgement().rules().iter().all(|rule| Some(rule.level) <= level)
    }

    fn ask(&mut self, number: u64, response: &Rendered) -> Outcome {
        let mut outcomes = self.session.ask_all(&OfResponses(&[(number, response.clone())]), false, |_| {}).0;
        outcomes.pop().expect("there is an outcome for each request")
    }

    /// What is wrong with an answer. What was not asked is not wrong.
    fn wrong(&self, response: &Rendered, outcome: Outcome) -> Option<(Signature, Judged)> {
        let expected = response.verdict();
        let judged = judge_one(&Expected { verdict: expected.as_ref(), secrets: &response.secrets }, &self.hello.fields, outcome);
        if judged.kind() != Kind::Failed || judged.outcome == "not-run" {
            return None;
        }
        let signature =
            Signature { harm: judged.harm.unwrap_or(Harm::NoAnswer), outcome: judged.outcome.clone(), rule: deciding_rule(response) };
        Some((signature, judged))
    }

    /// The smallest response of this kind that proptest finds, from the one that was drawn.
    fn make_small(&mut self, signature: &Signature, number: u64) -> Finding {
        let drawn = strategy::draw(self.search.seed, number).response();
        let config = Config { cases: 1, max_shrink_iters: MOST_SHRINKS, failure_persistence: None, ..Config::default() };
        let (this, silences) = (RefCell::new(&mut *self), Cell::new(0));
        let result = TestRunner::new(config).run(&strategy::shrinkable(drawn.clone()), |candidate| {
            let is_of = silences.get() < MOST_SILENCES && this.borrow_mut().is_of(signature, number, &candidate, &silences);
            if is_of { Err(TestCaseError::fail("it is of the kind")) } else { Ok(()) }
        });
        let (response, is_passing) = match result {
            Err(TestError::Fail(_, smallest)) => (smallest, false),
            _ => (drawn.clone(), true),
        };
        let outcome = self.ask(number, &response);
        let actual = match &outcome {
            Outcome::Answer(Answer::Verdict(verdict)) => Some(verdict.clone()),
            _ => None,
        };
        let judged = self.wrong(&response, outcome).map(|(_, judged)| judged);
        Finding {
            signature: signature.clone(),
            number,
            drawn_bytes: drawn.body.len(),
            expected: response.verdict(),
            rules: rules(&response),
            is_passing: is_passing || judged.is_none(),
            actual,
            note: judged.and_then(|judged| judged.note),
            response,
        }
    }

    /// Whether a response is of this kind; counts when the port is silent about it.
    fn is_of(&mut self, signature: &Signature, number: u64, candidate: &Rendered, silences: &Cell<u32>) -> bool {
        if !self.is_judged_on(candidate) {
            return false;
        }
        let outcome = self.ask(number, candidate);
        silences.set(silences.get() + u32::from(matches!(outcome, Outcome::Broken(Break::TimedOut(..)))));
        self.wrong(candidate, outcome).is_some_and(|(own, _)| own == *signature)
    }
}

/// Responses as requests, with their numbers.
struct OfResponses<'r>(&'r [(u64, Rendered)]);

impl Requests for OfResponses<'_> {
    fn count(&self) -> usize {
        self.0.len()
    }

    fn parse(&self, index: usize, seq: u64) -> Parse {
        let Rendered { status, content_type, body, profile, secrets } = self.0[index].1.clone();
        Parse { seq, status, content_type, body: STANDARD.encode(body), profile, secrets }
    }

    fn name(&self, index: usize) -> String {
        format!("response {}", self.0[index].0)
    }
}

/// How many vectors of the corpus show a rule.
static VECTORS: LazyLock<BTreeMap<String, usize>> = LazyLock::new(|| {
    let mut counts = BTreeMap::new();
    corpus().vectors().flat_map(|vector| &vector.rules).for_each(|tag| *counts.entry(tag.clone()).or_default() += 1);
    counts
});

/// The rule by which the reference decides.
fn deciding_rule(response: &Rendered) -> &'static str {
    let secrets: Vec<&str> = response.secrets.iter().map(String::as_str).collect();
    let verdict = classify(&Response::new(response.status, response.content_type.as_deref(), &response.body).with_secrets(&secrets));
    verdict.err().map_or("R3", |failure| failure.evidence().step.rule())
}

/// The rules that had a say, the rarest in the corpus first: the one that is broken is likely to be among the first.
fn rules(response: &Rendered) -> Vec<&'static Rule> {
    let mut rules = response.judgement().rules();
    rules.sort_by_key(|rule| VECTORS.get(rule.tag).copied().unwrap_or(0));
    rules
}

/// The findings as a corpus of their own, as paths and texts: the tables of this program, and vectors.
#[must_use]
pub fn as_corpus(found: &Found, seed: u64) -> Vec<(String, String)> {
    let search = proposal::Search { topic: "found", what: &format!("relogin hunt, seed {seed}") };
    let vectors = found.findings.iter().map(|finding| {
        let Finding { response, number, signature, .. } = finding;
        let title = format!("Found by relogin hunt: {}, {}", signature.harm, signature.outcome);
        search.vector(&format!("seed-{seed}-number-{number}"), &title, response)
    });
    let tables = embedded_files().filter(|(path, _)| !path.contains('/')).map(|(path, text)| (path, text.to_owned()));
    let files = search.files(vectors.collect()).into_iter().map(|(level, text)| (format!("vectors/{level}/found.json"), text + "\n"));
    tables.chain(files).collect()
}
