//! Searching for responses on which a port and the reference differ, and making each as small as it can be.
//!
//! Responses are drawn by number, so a seed gives the same ones however many processes of the port are asked. Of those on which the port is wrong,
//! the first of each signature is shrunk over the live port, by proptest, for as long as the signature stays the same.

use std::cell::{Cell, RefCell};
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use proptest::test_runner::{Config, TestCaseError, TestError, TestRunner};
use relogin::{Response, classify};

use crate::check::{Expected, judge_one};
use crate::check::{Harm, Judged, Kind};
use crate::corpus::spec::Rule;
use crate::corpus::{Level, Verdict, embedded_files};
use crate::error::Error;
use crate::generate::proposal;
use crate::generate::{Rendered, strategy};
use crate::protocol::{Break, Outcome, Port, Requests, Session};
use crate::protocol::{Field, Hello, Parse, header_values};

/// How many responses are sent to a process before its answers are judged. What is found depends on it, so it is no option.
const BATCH: u64 = 256;
/// The most candidates that are tried to make one response smaller.
const MOST_SHRINKS: u32 = 4_000;
/// The most candidates of all findings together on which the port may be silent up to the limit: each costs that long.
const MOST_SILENCES: u32 = 16;

/// How many responses are drawn to see what is usual.
const USUAL_DRAWS: usize = 2_000;
/// The rules that only put together what the others say: the code, whether to sign in, and the message.
const ARITHMETIC: [&str; 5] = ["R43", "R44", "R46", "R47", "R48"];

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
    /// The highest level whose rules it is judged on; that which it claims when there is none.
    pub level: Option<Level>,
    /// How many processes of the port are asked side by side.
    pub jobs: usize,
    /// How long the port may take for a reply.
    pub limit: Duration,
    /// The most findings that are made small and told.
    pub most_findings: usize,
}

impl Search {
    /// The highest level whose rules a port is judged on: what it claims, as far as it is asked for.
    #[must_use]
    pub fn level(&self, hello: &Hello) -> Option<Level> {
        self.level.map_or(hello.level, |level| hello.level.min(Some(level)))
    }
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
    /// How many were left out, because a rule of a level decides them that the port does not claim or that is not asked for.
    pub left_out: u64,
    /// How often it broke on a response and not on the same again, and one such time, safe to print.
    pub passing: (usize, Option<String>),
    /// On how many it broke: it did something that is no answer, or not only an answer.
    pub broken: u64,
    /// How many it was not asked about, because it had been given up on those drawn with them.
    pub not_asked: u64,
    /// Why the search ended early, if the port broke on too much: a sentence that begins with "it", safe to print.
    pub given_up: Option<String>,
    /// Why the search ended early, if the port could not be started. Safe to print.
    pub trouble: Option<String>,
    /// How many kinds of wrong answers there were beyond those that are told.
    pub untold: usize,
    /// One for each kind, the worst harm first, and the smallest response first within one.
    pub findings: Vec<Finding>,
}

impl Found {
    /// Whether the port answered whatever it was asked, the first time.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.given_up.is_none() && self.passing.0 == 0 && self.trouble.is_none()
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
    /// What came of it; none when it is wrong only after the responses before it, and not when a new process is asked about it alone.
    pub judged: Option<Judged>,
    /// The other rules that had a say, the most telling first; without the arithmetic, unless nothing but that differs.
    pub rules: Vec<&'static Rule>,
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
    let done = Mutex::new(Done { next: search.cases.start, ..Done::default() });
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
            let mut done = lock(&done);
            done.take(from, tally);
            let may_go_on = progress(done.count(), done.all.kinds.len());
            if !may_go_on || done.all.given_up.is_some() || end.is_some_and(|end| Instant::now() > end) {
                is_over.store(true, Ordering::Relaxed);
            }
            drop(done);
            // The batches before this one have been taken, so this one or one of them ends the search.
            if asker.session.given_up().is_some() {
                break;
            }
        }
        Ok(())
    };
    let trouble = thread::scope(|scope| {
        let workers: Vec<_> = (0..search.jobs.max(1)).map(|_| scope.spawn(work)).collect();
        workers.into_iter().filter_map(|worker| worker.join().expect("a worker does not panic").err()).next()
    });

    let Tally { asked, wrong, left_out, broken, not_asked, given_up, passing, mut kinds } =
        done.into_inner().unwrap_or_else(PoisonError::into_inner).all;
    let all_kinds = kinds.len();
    if given_up.is_some() {
        keep_one_break(&mut kinds);
    }
    // A port that broke on all that it was asked does so on a smaller response too, and to see it be silent again costs time.
    let silences = if broken == asked { MOST_SILENCES } else { 0 };
    let (mut findings, more_trouble) = make_small(search, &hello, &kinds, silences);
    let untold = all_kinds - findings.len();
    findings.sort_by_key(|finding| (finding.signature.harm, finding.response.body.len(), finding.signature.clone(), finding.number));
    // Two kinds may come down to one response, of which one kind is left.
    findings.dedup_by(|one, other| one.response == other.response);
    let trouble = trouble.or(more_trouble).map(|error| error.to_string());
    let passing = (passing.len(), passing.into_iter().min().map(|(_, what)| what));
    Ok(Found { hello, asked, wrong, left_out, broken, passing, not_asked, given_up, trouble, untold, findings })
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What is done, put together in the order of the numbers up to the first batch on which the port was given up: so what comes of a search does not
/// depend on how many batches were on their way.
#[derive(Default)]
struct Done {
    all: Tally,
    /// The number from which the next batch is put to the others.
    next: u64,
    /// The batches that wait for one before them, or come after the end.
    waiting: BTreeMap<u64, Tally>,
}

impl Done {
    fn take(&mut self, from: u64, tally: Tally) {
        self.waiting.insert(from, tally);
        while self.all.given_up.is_none()
            && let Some(tally) = self.waiting.remove(&self.next)
        {
            self.all.add(tally);
            self.next += BATCH;
        }
    }

    fn count(&self) -> u64 {
        std::iter::once(&self.all).chain(self.waiting.values()).map(|tally| tally.asked + tally.left_out + tally.not_asked).sum()
    }
}

/// The responses of a kind: the number of the first, and in how many of them each rule had a say.
#[derive(Default)]
struct OfKind {
    first: u64,
    rules: BTreeMap<&'static str, u64>,
}

/// What a part of the search has found: of each kind the response with the lowest number.
#[derive(Default)]
struct Tally {
    asked: u64,
    wrong: u64,
    left_out: u64,
    broken: u64,
    not_asked: u64,
    given_up: Option<String>,
    /// What broke the port once, each with the number of the first response of its batch.
    passing: Vec<(u64, String)>,
    kinds: BTreeMap<Signature, OfKind>,
}

impl Tally {
    fn add(&mut self, other: Self) {
        self.asked += other.asked;
        self.wrong += other.wrong;
        self.left_out += other.left_out;
        self.broken += other.broken;
        self.not_asked += other.not_asked;
        self.given_up = self.given_up.take().or(other.given_up);
        self.passing.extend(other.passing);
        for (signature, others) in other.kinds {
            let own = self.kinds.entry(signature).or_insert(OfKind { first: others.first, ..OfKind::default() });
            own.first = own.first.min(others.first);
            others.rules.into_iter().for_each(|(rule, count)| *own.rules.entry(rule).or_default() += count);
        }
    }
}

/// Of the kinds that are no answer, only that with the lowest number stays: a port that breaks on nearly everything breaks for one reason.
fn keep_one_break(kinds: &mut BTreeMap<Signature, OfKind>) {
    let is_break = |signature: &Signature| signature.harm == Harm::NoAnswer;
    let first = kinds.iter().filter(|(signature, _)| is_break(signature)).map(|(_, kind)| kind.first).min();
    kinds.retain(|signature, kind| !is_break(signature) || Some(kind.first) == first);
}

/// Makes a response of each kind small, as many kinds as are told, the worst first; until the port cannot be started any more.
fn make_small(search: &Search, hello: &Hello, kinds: &BTreeMap<Signature, OfKind>, mut silences: u32) -> (Vec<Finding>, Option<Error>) {
    let mut findings = Vec::new();
    for (signature, kind) in kinds.iter().take(search.most_findings) {
        // A port of its own for each: what one response does to it says nothing about another.
        match Port::start(&search.words, search.limit) {
            Ok((port, _)) => findings.push(Asker { session: Session::new(port), hello, search }.make_small(signature, kind, &mut silences)),
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
        let given_up = self.session.given_up().map(str::to_owned);
        let mut tally = Tally { left_out: left_out.len() as u64, passing, given_up, ..Tally::default() };
        for ((number, response), outcome) in drawn.iter().zip(outcomes) {
            if matches!(outcome, Outcome::NotRun(_)) {
                tally.not_asked += 1;
                continue;
            }
            tally.asked += 1;
            tally.broken += u64::from(matches!(outcome, Outcome::Broken(_)));
            if let Some((signature, _)) = self.wrong(response, outcome) {
                tally.wrong += 1;
                let kind = tally.kinds.entry(signature).or_insert(OfKind { first: *number, ..OfKind::default() });
                count_rules(response, &mut kind.rules);
            }
        }
        tally
    }

    /// A port of a lower level is not judged on what rules of a higher one decide.
    fn is_judged_on(&self, response: &Rendered) -> bool {
        rules_beyond(self.search.level(self.hello), response).is_empty()
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

    /// The smallest response of this kind that proptest finds, from the one that was drawn. `silences` counts those of all findings.
    fn make_small(&mut self, signature: &Signature, kind: &OfKind, silences: &mut u32) -> Finding {
        let number = kind.first;
        let drawn = strategy::draw(self.search.seed, number).response();
        let is_silence = signature.outcome == Break::TimedOut(self.search.limit, true).name();
        if is_silence && *silences >= MOST_SILENCES {
            let outcome = Outcome::Broken(Break::TimedOut(self.search.limit, true)); // as it did before; to ask again costs as much
            return self.finding(signature, kind, drawn.clone(), &drawn, outcome);
        }
        let config = Config { cases: 1, max_shrink_iters: MOST_SHRINKS, failure_persistence: None, ..Config::default() };
        let (this, silent, last) = (RefCell::new(&mut *self), Cell::new(*silences), RefCell::new(None));
        let result = TestRunner::new(config).run(&strategy::shrinkable(drawn.clone()), |candidate| {
            let may_ask = last.borrow().is_none() || silent.get() < MOST_SILENCES;
            let before = silent.get();
            match may_ask.then(|| this.borrow_mut().of_kind(signature, number, &candidate, &silent)).flatten() {
                Some(outcome) => {
                    last.replace(Some((outcome, silent.get() > before)));
                    Err(TestCaseError::fail("it is of the kind"))
                }
                None => Ok(()),
            }
        });
        *silences = silent.get();
        let smallest = if let Err(TestError::Fail(_, smallest)) = result { smallest } else { drawn.clone() };
        if let Some((outcome, true)) = last.into_inner() {
            return self.finding(signature, kind, smallest, &drawn, outcome); // to see it again costs as much
        }
        let mut alone = |response: Rendered| {
            self.start_anew();
            let outcome = self.ask(number, &response);
            self.finding(signature, kind, response, &drawn, outcome)
        };
        // What is told can be seen by itself, whatever the candidates before have done to the port; if nothing can, that is told.
        let finding = alone(smallest);
        if finding.judged.is_some() { finding } else { alone(drawn.clone()) }
    }

    /// Goes on with a process that was asked nothing; with the one that there is when none can be started.
    fn start_anew(&mut self) {
        if let Ok((port, _)) = Port::start(&self.search.words, self.search.limit) {
            self.session = Session::new(port);
        }
    }

    fn finding(&self, signature: &Signature, kind: &OfKind, response: Rendered, drawn: &Rendered, outcome: Outcome) -> Finding {
        let judged = self.wrong(&response, outcome).filter(|(own, _)| own == signature).map(|(_, judged)| judged);
        Finding {
            signature: signature.clone(),
            number: kind.first,
            drawn_bytes: drawn.body.len(),
            expected: response.verdict(),
            rules: rules(&response, signature, kind, judged.as_ref()),
            judged,
            response,
        }
    }

    /// What the port did, if it is of this kind; counts when the port is silent about it.
    fn of_kind(&mut self, signature: &Signature, number: u64, candidate: &Rendered, silences: &Cell<u32>) -> Option<Outcome> {
        if !self.is_judged_on(candidate) {
            return None;
        }
        let begin = Instant::now();
        let outcome = self.ask(number, candidate);
        // Noise in place of a reply is waited for as silence is.
        silences.set(silences.get() + u32::from(begin.elapsed() >= self.search.limit));
        self.wrong(candidate, outcome.clone()).is_some_and(|(own, _)| own == *signature).then_some(outcome)
    }
}

/// The rules that have a say in the verdict on a response and are of a higher level than this: why a port of this level is not asked about it.
#[must_use]
pub fn rules_beyond(level: Option<Level>, response: &Rendered) -> Vec<&'static Rule> {
    if level == Some(Level::Hardening) {
        return Vec::new(); // to ask the oracle costs as much as to ask the reference
    }
    response.judgement().rules().into_iter().filter(|rule| Some(rule.level) > level).collect()
}

/// Responses as requests, with their numbers.
struct OfResponses<'r>(&'r [(u64, Rendered)]);

impl Requests for OfResponses<'_> {
    fn count(&self) -> usize {
        self.0.len()
    }

    fn parse(&self, index: usize, seq: u64) -> Parse {
        let Rendered { status, content_type, headers, body, profile, secrets } = self.0[index].1.clone();
        let headers = header_values(&headers);
        Parse { seq, status, content_type, headers, body: STANDARD.encode(body), profile, secrets }
    }

    fn name(&self, index: usize) -> String {
        format!("response {}", self.0[index].0)
    }
}

/// In how many of some responses that are drawn each rule has a say.
static USUALLY: LazyLock<BTreeMap<&'static str, u64>> = LazyLock::new(|| {
    let mut counts = BTreeMap::new();
    strategy::draws(1).take(USUAL_DRAWS).for_each(|case| count_rules(&case.response(), &mut counts));
    counts
});

/// Counts the rules, by tag, that have a say in what the oracle says of a response.
fn count_rules(response: &Rendered, counts: &mut BTreeMap<&'static str, u64>) {
    response.judgement().rules().into_iter().for_each(|rule| *counts.entry(rule.tag).or_default() += 1);
}

/// The rule by which the reference decides.
fn deciding_rule(response: &Rendered) -> &'static str {
    let secrets: Vec<&str> = response.secrets.iter().map(String::as_str).collect();
    let verdict = classify(&Response::new(response.status, response.content_type.as_deref(), &response.body).with_secrets(&secrets));
    verdict.err().map_or("R3", |failure| failure.evidence().step.rule())
}

/// The rules beside the deciding one that had a say, the most telling first: those that have a say in more of the responses of the kind than they
/// usually have. One that is broken has a say in each of them.
fn rules(response: &Rendered, signature: &Signature, kind: &OfKind, judged: Option<&Judged>) -> Vec<&'static Rule> {
    let differences = judged.map_or(&[][..], |judged| &judged.differences);
    let is_arithmetic = |field: Field| matches!(field, Field::Code | Field::ReloginRequired | Field::Message);
    let only_arithmetic = !differences.is_empty() && differences.iter().all(|difference| is_arithmetic(difference.field));
    let mut rules = response.judgement().rules();
    rules.retain(|rule| rule.tag != signature.rule && (only_arithmetic || !ARITHMETIC.contains(&rule.tag)));
    rules.sort_by_cached_key(|rule| {
        let of = |counts: &BTreeMap<&'static str, u64>| counts.get(rule.tag).copied().unwrap_or(0);
        Reverse(of(&kind.rules) * USUAL_DRAWS as u64 / (of(&USUALLY) + 1))
    });
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
