//! Running a port: a program that answers requests on its standard output, and may hang, die or talk nonsense instead.
//!
//! Whatever it does, there is one outcome for each vector, and each is blamed on the request that caused it. Requests are pipelined; when the port
//! breaks while several are on their way, it is started again and they are sent one by one, so that the one that breaks it is found and the
//! others are judged. Starts and silences are bounded, and so is the time of a run.

use std::fmt;
use std::process::ExitStatus;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::corpus::{Corpus, Vector};
use crate::error::Error;
use crate::protocol::process::{Line, Process};
use crate::protocol::{Answer, Hello, MOST_REPLY_BYTES, NoReply, Parse, Request, VERSION, header_values, read_hello, read_reply};
use crate::text::{safe, safe_bytes};

/// The most requests that are sent before their replies are read.
const WINDOW: usize = 64;
/// The most times that a port is started again.
const MOST_RESTARTS: usize = 100;
/// The most times that a port may be silent past the limit, and the most when it has not answered anything yet.
const MOST_SILENCES: usize = 24;
const MOST_SILENCES_FROM_THE_START: usize = 3;
/// A port that breaks on nine of ten requests is given up before the next are asked; fewer requests than this say nothing.
const LEAST_FOR_A_SHARE: usize = 64;

/// What a port did about one vector.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// It answered.
    Answer(Answer),
    /// It did something that is no answer, or not only an answer.
    Broken(Break),
    /// It was not asked: it had been given up before. With the reason, safe to print.
    NotRun(String),
}

/// How a port breaks. Its text is safe to print, and is the end of a sentence that begins with "it".
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Break {
    /// A reply to another request, where this one was due.
    WrongSeq {
        /// The `seq` of the request.
        expected: u64,
        /// The `seq` of the reply.
        actual: u64,
    },
    /// More than one reply to this request.
    Twice,
    /// A line that is no JSON object, before the reply; what it is, and its beginning.
    Noise(String),
    /// A line that is no JSON object, in place of the reply; what it is, and its beginning.
    NotJson(String),
    /// A JSON object that is not a reply; what is wrong with it, and its beginning.
    Schema(String),
    /// A line of more than 1 MiB.
    LineTooLong,
    /// No reply for this long, and whether the port has ever answered a request.
    TimedOut(Duration, bool),
    /// Its end, with an exit status.
    Exited(i32),
    /// Its end by a signal.
    Killed(i32),
    /// The end of its output, while it went on running.
    Closed,
    /// Its output could not be read.
    Unreadable(String),
}

impl Break {
    /// Its name in results and baselines: a short one of a fixed set, with the number of an exit status or a signal.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::WrongSeq { .. } => "wrong-seq".into(),
            Self::Twice => "answered-twice".into(),
            Self::Noise(_) => "noise".into(),
            Self::NotJson(_) => "not-json".into(),
            Self::Schema(_) => "schema".into(),
            Self::LineTooLong => "line-too-long".into(),
            Self::TimedOut(..) => "silence".into(),
            Self::Exited(status) => format!("exit({status})"),
            Self::Killed(signal) => format!("signal({signal})"),
            Self::Closed | Self::Unreadable(_) => "closed-output".into(),
        }
    }
}

impl fmt::Display for Break {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WrongSeq { expected, actual } => write!(f, "answered with seq {actual} instead of {expected}"),
            Self::Twice => f.write_str("answered it twice"),
            Self::Noise(what) => write!(f, "wrote, before its reply, {what}"),
            Self::NotJson(what) => write!(f, "wrote, in place of its reply, {what}"),
            Self::Schema(what) => write!(f, "wrote {what}"),
            Self::LineTooLong => f.write_str("wrote a line of more than 1 MiB"),
            Self::TimedOut(limit, has_answered) => {
                write!(f, "wrote nothing that answers within {} s and was killed", limit.as_secs_f64())?;
                if *has_answered { Ok(()) } else { f.write_str("; if it did read the request, look at its output buffering") }
            }
            Self::Exited(status) => write!(f, "exited with status {status} before it answered"),
            Self::Killed(signal) => write!(f, "was killed by signal {signal} before it answered"),
            Self::Closed => f.write_str("closed its output before it answered"),
            Self::Unreadable(error) => write!(f, "could not be read: {error}"),
        }
    }
}

/// What a port did about all vectors.
#[derive(Clone, Debug)]
pub struct Run {
    /// One for each vector, in their order.
    pub outcomes: Vec<Outcome>,
    /// What else was wrong, as ends of a sentence that begins with "it"; safe to print.
    pub problems: Vec<String>,
    /// The last lines of its standard error, that of a process which broke before that of the last one; not safe to print.
    pub stderr: Vec<String>,
}

/// A running port. It is killed when it is dropped, with the processes that it started.
pub struct Port {
    words: Vec<String>,
    limit: Duration,
    process: Process,
}

impl Port {
    /// Starts a program, says hello, and reads what it says of itself.
    ///
    /// `limit` is how long it may take for each reply.
    ///
    /// # Errors
    ///
    /// When it cannot be started or does not answer; the message is safe to print.
    pub fn start(words: &[String], limit: Duration) -> Result<(Self, Hello), Error> {
        let (program, arguments) = words.split_first().ok_or_else(|| Error::new("the command of the port is empty"))?;
        let name = safe(&words.join(" "), 200);
        let process = Process::start(program, arguments, MOST_REPLY_BYTES)
            .map_err(|error| Error::new(format!("cannot start the port `{name}`: {error}{}", hint(&error))))?;
        let mut port = Self { words: words.to_vec(), limit, process };
        let hello = port.hello().map_err(|what| {
            port.process.kill();
            let told = port.process.stderr();
            // Some say what went wrong and then more, as Node does with its version.
            let told = told.iter().rfind(|line| line.contains("Error")).or(told.last());
            let told = told.map_or_else(String::new, |line| format!("; on its stderr: {}", safe(line, 300)));
            Error::new(format!("the port `{name}` {what}{told}"))
        })?;
        Ok((port, hello))
    }

    fn hello(&mut self) -> Result<Hello, String> {
        self.process.send(line_of(&Request::Hello { protocol: VERSION }));
        match self.process.next_line(Instant::now() + self.limit) {
            Line::Whole(line) => read_hello(&line).map_err(|what| {
                let hint = if line.trim_ascii_start().starts_with(b"{") {
                    ""
                } else {
                    " (a port logs to standard error: its output is for replies)"
                };
                format!("{}: {}{hint}", safe(&what, 300), safe_bytes(&line, 100))
            }),
            Line::TooLong => Err("answered hello with a line of more than 1 MiB".into()),
            Line::Broken(error) => Err(format!("cannot be read: {error}")),
            Line::End => Err(match self.process.wait() {
                Some(status) => format!("{} before it answered hello", told(status)),
                None => "closed its output before it answered hello".into(),
            }),
            Line::Silence => Err(format!(
                "did not answer hello within {} s; if it did read it, look at its output buffering: each reply must be flushed",
                self.limit.as_secs_f64()
            )),
        }
    }

    /// Sends the requests, collects what comes back, and sees how the port ends. `progress` is called with the number of requests that are done.
    ///
    /// Whatever the port does, there is one outcome for each request.
    pub fn run(self, requests: &impl Requests, progress: impl FnMut(usize)) -> Run {
        let mut session = Session::new(self);
        let (outcomes, problems) = session.ask_all(requests, true, progress);
        session.end(outcomes, problems)
    }
}

/// What a port is asked, by index.
pub trait Requests {
    /// How many there are.
    fn count(&self) -> usize;
    /// The request with this index; its `seq` is given.
    fn parse(&self, index: usize, seq: u64) -> Parse;
    /// What it is called.
    fn name(&self, index: usize) -> String;
}

/// The vectors of a corpus as requests. What they expect is never sent.
#[derive(Clone, Copy, Debug)]
pub struct OfVectors<'c>(pub &'c Corpus, pub &'c [&'c Vector]);

impl Requests for OfVectors<'_> {
    fn count(&self) -> usize {
        self.1.len()
    }

    fn parse(&self, index: usize, seq: u64) -> Parse {
        let (vector, input) = (self.1[index], &self.1[index].input);
        Parse {
            seq,
            status: input.status,
            content_type: input.content_type.clone(),
            headers: header_values(&input.headers),
            body: STANDARD.encode(input.body.expand()),
            profile: self.0.profile(vector).clone(),
            secrets: input.secrets.clone(),
        }
    }

    fn name(&self, index: usize) -> String {
        self.1[index].id.clone()
    }
}

/// A port that is asked again and again, and started again when it breaks.
pub struct Session {
    port: Port,
    /// How many requests were sent before those of now: their `seq` is not used again.
    asked: u64,
    restarts: usize,
    silences: usize,
    has_answered: bool,
    /// Its process is the one that broke on the last request.
    is_broken: bool,
    given_up: Option<String>,
    stderr: Vec<String>,
}

impl Session {
    /// A session with a port that has said hello.
    #[must_use]
    pub fn new(port: Port) -> Self {
        Self { port, asked: 0, restarts: 0, silences: 0, has_answered: false, is_broken: false, given_up: None, stderr: Vec::new() }
    }

    /// Why nothing more is asked, if so: the port broke too often, or could not be started again. A sentence that begins with "it", safe to print.
    #[must_use]
    pub fn given_up(&self) -> Option<&str> {
        self.given_up.as_deref()
    }

    /// Asks, and tells what came of each request; and what broke the port once and not again.
    ///
    /// How often it may be started again and be silent is counted anew for each call, and so is on how many requests it breaks: what a call does
    /// depends on no other, until one gives the port up. `are_last` says that no others will follow.
    pub fn ask_all(&mut self, requests: &impl Requests, are_last: bool, mut progress: impl FnMut(usize)) -> (Vec<Outcome>, Vec<String>) {
        let mut queue = Queue::new(requests.count(), self.asked);
        if self.given_up.is_some() || (self.is_broken && !self.start_again(&mut queue)) {
            queue.give_up("it had been given up before");
        }
        (self.restarts, self.silences) = (0, 0);
        while let Some(broken) = self.ask(&mut queue, requests, are_last, &mut progress) {
            self.silences += usize::from(matches!(broken, Break::TimedOut(..)));
            queue.blame(broken);
            self.is_broken = true;
            let most_silences = if queue.has_answered { MOST_SILENCES } else { MOST_SILENCES_FROM_THE_START };
            if queue.is_done() {
                break; // it is started again when it is asked again
            } else if self.restarts == MOST_RESTARTS {
                self.give_up(&mut queue, format!("it had been started {} times", self.restarts + 1));
            } else if self.silences == most_silences {
                self.give_up(&mut queue, format!("it had been silent past the limit {} times", self.silences));
            } else {
                self.start_again(&mut queue);
            }
        }
        self.asked += requests.count() as u64;
        self.has_answered |= queue.has_answered;
        let troubles = queue.passing_troubles(requests);
        let outcomes = queue.outcomes();
        // What follows would be no better. The last requests have nothing that follows.
        let broken = outcomes.iter().filter(|outcome| matches!(outcome, Outcome::Broken(_))).count();
        if !are_last && outcomes.len() >= LEAST_FOR_A_SHARE && broken * 10 >= outcomes.len() * 9 {
            self.given_up.get_or_insert_with(|| format!("it had broken on {broken} of {} in a row", outcomes.len()));
        }
        (outcomes, troubles)
    }

    fn give_up(&mut self, queue: &mut Queue, why: String) {
        queue.give_up(&why);
        self.given_up = Some(why);
    }

    /// Starts the port again; when that fails, it is given up.
    fn start_again(&mut self, queue: &mut Queue) -> bool {
        self.restarts += 1;
        self.port.process.kill();
        self.stderr = self.port.process.stderr();
        match Port::start(&self.port.words, self.port.limit) {
            Ok((port, _)) => {
                self.port = port;
                self.is_broken = false;
            }
            Err(error) => self.give_up(queue, format!("it could not be started again: {error}")),
        }
        self.given_up.is_none()
    }

    /// Asks one process about what is left in the queue, until nothing is left, or until it breaks.
    fn ask(&mut self, queue: &mut Queue, requests: &impl Requests, are_last: bool, progress: &mut impl FnMut(usize)) -> Option<Break> {
        let has_answered = self.has_answered;
        let Port { process, limit, .. } = &mut self.port;
        queue.sent = queue.front;
        let mut front = usize::MAX;
        let mut until = Instant::now();
        while !queue.is_done() {
            if front != queue.front {
                front = queue.front;
                until = Instant::now() + *limit;
                progress(front);
            }
            while let Some(next) = queue.next_to_send() {
                process.send(line_of(&Request::Parse(requests.parse(next, queue.seq(next)))));
            }
            if are_last && queue.sent == requests.count() {
                process.close_input(); // whoever forgets a reply then ends, and need not be waited for
            }
            match process.next_line(until) {
                Line::Whole(line) => queue.take(&line),
                Line::TooLong => queue.settle(Outcome::Broken(Break::LineTooLong)),
                Line::Broken(error) => return Some(Break::Unreadable(safe(&error.to_string(), 200))),
                Line::End => return Some(process.wait().map_or(Break::Closed, how)),
                Line::Silence => return Some(Break::TimedOut(*limit, has_answered || queue.has_answered)),
            }
        }
        progress(queue.front);
        None
    }

    /// Ends the port, and tells what is wrong with how it ends.
    fn end(mut self, mut outcomes: Vec<Outcome>, mut problems: Vec<String>) -> Run {
        if self.given_up.is_none() && !self.is_broken {
            problems.extend(self.bad_end(&mut outcomes));
        }
        self.port.process.kill();
        let last = self.port.process.stderr();
        Run { outcomes, problems, stderr: if last.is_empty() { self.stderr } else { last } }
    }

    fn bad_end(&mut self, outcomes: &mut [Outcome]) -> Option<String> {
        let process = &mut self.port.process;
        process.close_input();
        let until = Instant::now() + self.port.limit;
        loop {
            match process.next_line(until) {
                Line::Whole(line) if is_late(outcomes, &line) => {}
                Line::Whole(line) => return Some(format!("wrote more lines than it was asked for: {}", safe_bytes(&line, 100))),
                Line::TooLong | Line::Broken(_) => return Some("wrote more than it was asked for".into()),
                Line::Silence => {
                    return Some(match process.ended() {
                        Some(status) => format!("{}, and a process that it started kept its output open", told(status)),
                        None => "did not end at the end of its input and was killed".into(),
                    });
                }
                Line::End => {
                    return match process.wait() {
                        Some(status) if status.success() => None,
                        Some(status) => Some(format!("{} at the end of its input, which must be status 0", told(status))),
                        None => Some("did not end at the end of its input and was killed".into()),
                    };
                }
            }
        }
    }
}

/// Whether a line is one more reply to a request of the only batch that was asked.
fn is_late(outcomes: &mut [Outcome], line: &[u8]) -> bool {
    let index = read_reply(line).ok().and_then(|reply| usize::try_from(reply.seq?.checked_sub(1)?).ok());
    index.and_then(|index| outcomes.get_mut(index)).is_some_and(comes_again)
}

/// A reply to a request that is settled: what was passed over for another may be answered after all, and an answer may come twice. When it
/// comes once more than that, it is likely to be meant for another request.
fn comes_again(outcome: &mut Outcome) -> bool {
    match outcome {
        Outcome::Broken(Break::Twice) => false,
        Outcome::Answer(_) => {
            *outcome = Outcome::Broken(Break::Twice);
            true
        }
        _ => true,
    }
}

/// The requests of one call, by index.
struct Queue {
    /// The `seq` of the first is one more than this.
    before: u64,
    /// Those before `front` are settled. That of `front` may have a mark, which what follows confirms or replaces.
    outcomes: Vec<Option<Outcome>>,
    front: usize,
    sent: usize,
    /// Below this index requests are sent alone: a process broke with them on their way, and one of them may break the next one too.
    suspects_until: usize,
    /// How it broke, and on which request at the earliest.
    suspicion: Option<(usize, Break)>,
    /// Suspicions that were not confirmed.
    passing: Vec<(usize, Break)>,
    has_answered: bool,
}

impl Queue {
    fn new(length: usize, before: u64) -> Self {
        Self {
            before,
            outcomes: vec![None; length],
            front: 0,
            sent: 0,
            suspects_until: 0,
            suspicion: None,
            passing: Vec::new(),
            has_answered: false,
        }
    }

    fn seq(&self, index: usize) -> u64 {
        self.before + index as u64 + 1
    }

    fn is_done(&self) -> bool {
        self.front == self.outcomes.len()
    }

    /// The next request to send, when it is time for it.
    fn next_to_send(&mut self) -> Option<usize> {
        let window = if self.front < self.suspects_until { 1 } else { WINDOW };
        let next = self.sent;
        (next < self.outcomes.len() && next - self.front < window).then(|| {
            self.sent += 1;
            next
        })
    }

    /// Takes a line for what it is to the request at the front, or to another.
    fn take(&mut self, line: &[u8]) {
        let (seq, outcome) = match read_reply(line) {
            Ok(reply) => (reply.seq, Outcome::Answer(reply.answer)),
            Err(NoReply::Malformed { seq, what }) => (seq, Outcome::Broken(Break::Schema(shown(&what, line)))),
            Err(NoReply::Noise(what)) => {
                self.outcomes[self.front].get_or_insert_with(|| Outcome::Broken(Break::Noise(shown(&what, line))));
                return;
            }
        };
        self.has_answered = true;
        let Some(seq) = seq else { return self.settle(outcome) }; // a port that could not read the request cannot repeat its number
        let first = self.before + 1;
        let wrong_seq = |index: usize| Outcome::Broken(Break::WrongSeq { expected: first + index as u64, actual: seq });
        if (1..first).contains(&seq) {
            return; // to a request of an earlier call, which is over
        }
        match seq.checked_sub(first).and_then(|index| usize::try_from(index).ok()) {
            Some(index) if (self.front..self.sent).contains(&index) => {
                while self.front < index {
                    let passed_over = match self.outcomes[self.front].take() {
                        Some(Outcome::Broken(Break::Noise(what))) => Outcome::Broken(Break::NotJson(what)),
                        _ => wrong_seq(self.front),
                    };
                    self.settle(passed_over);
                }
                self.settle(outcome);
            }
            Some(index) if index < self.front && self.outcomes[index].as_mut().is_some_and(comes_again) => {}
            _ => self.settle(wrong_seq(self.front)),
        }
    }

    /// Settles the request at the front. A mark stays, but for noise before something worse.
    fn settle(&mut self, outcome: Outcome) {
        let kept = match (self.outcomes[self.front].take(), &outcome) {
            (Some(noise @ Outcome::Broken(Break::Noise(_))), Outcome::Answer(_)) => noise,
            _ => outcome,
        };
        self.outcomes[self.front] = Some(kept);
        self.front += 1;
        if self.front == self.suspects_until {
            self.passing.extend(self.suspicion.take());
        }
    }

    /// A process broke. When it had only one request to answer, that is the one; otherwise each of them is a suspect.
    fn blame(&mut self, broken: Break) {
        if self.sent - self.front > 1 {
            self.suspects_until = self.sent;
            self.suspicion.get_or_insert((self.front, broken));
            return;
        }
        self.suspicion = None;
        self.suspects_until = self.front;
        let broken = match (self.outcomes[self.front].take(), broken) {
            (Some(Outcome::Broken(Break::Noise(what))), Break::TimedOut(..) | Break::Exited(0)) => Break::NotJson(what),
            (_, broken) => broken,
        };
        self.settle(Outcome::Broken(broken));
    }

    /// Settles all that is left: it will not be asked.
    fn give_up(&mut self, why: &str) {
        self.suspicion = None;
        while !self.is_done() {
            self.settle(Outcome::NotRun(why.to_owned()));
        }
    }

    /// What broke the port once and not again.
    fn passing_troubles(&self, requests: &impl Requests) -> Vec<String> {
        let told = self.passing.iter().map(|(index, broken)| {
            let name = safe(&requests.name(*index), 200);
            format!("{broken}, once, on {name} or one of the requests sent after it; not again when each was sent alone")
        });
        told.collect()
    }

    fn outcomes(self) -> Vec<Outcome> {
        self.outcomes.into_iter().map(|outcome| outcome.expect("every request is settled at the end of a run")).collect()
    }
}

/// What a command that cannot be started is likely to lack.
fn hint(error: &std::io::Error) -> &'static str {
    match error.kind() {
        std::io::ErrorKind::NotFound => "; the command is run without a shell, which `sh -c '...'` would be",
        std::io::ErrorKind::PermissionDenied => "; is it executable? Otherwise name its interpreter first, such as `python3 FILE`",
        _ => "",
    }
}

fn line_of(request: &Request) -> Vec<u8> {
    let mut line = serde_json::to_vec(request).expect("a request has string keys and no failing parts");
    line.push(b'\n');
    line
}

fn shown(what: &str, line: &[u8]) -> String {
    format!("{}: {}", safe(what, 200), safe_bytes(line, 100))
}

fn how(status: ExitStatus) -> Break {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return Break::Killed(signal);
    }
    status.code().map_or(Break::Closed, Break::Exited)
}

fn told(status: ExitStatus) -> String {
    match how(status) {
        Break::Exited(status) => format!("exited with status {status}"),
        Break::Killed(signal) => format!("was killed by signal {signal}"),
        _ => "ended".to_owned(),
    }
}
