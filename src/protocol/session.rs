//! A session with a port, which may hang, die or write nonsense.
//!
//! Whatever the port does, each request ends in one [`Exchange`], and each break is blamed on the request that caused
//! it. Requests are pipelined. When the port breaks while several are on their way, it is started again and they are
//! sent one by one, so that the one that breaks it is found and the others are judged. The numbers of restarts and
//! timeouts are bounded, and so is the time of a run.

use std::time::Instant;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::exchange::{Break, Exchange};
use super::messages::{Parse, Request, header_values, read_reply};
use super::port::{Port, break_of, ended};
use super::process::Line;
use super::queue::{Queue, take_repeated_reply};
use crate::corpus::{Corpus, Vector};
use crate::text::{safe, safe_bytes, width};

/// The most times that one call starts a port again.
const MOST_RESTARTS: usize = 100;
/// The most timeouts of one call; and the most if the port has not answered anything yet.
const MOST_TIMEOUTS: usize = 24;
const MOST_TIMEOUTS_FROM_THE_START: usize = 3;
/// A port that breaks on nine of ten requests of a call is given up, if the call has at least this many requests.
const LEAST_FOR_A_SHARE: usize = 64;

/// How all requests of a run ended.
#[derive(Clone, Debug)]
pub struct Run {
    /// One for each request, in their order.
    pub exchanges: Vec<Exchange>,
    /// Other problems, as ends of a sentence that begins with "it"; safe to print.
    pub problems: Vec<String>,
    /// The last lines of the port's standard error; if the last process wrote nothing, those of the process before it.
    /// Not safe to print.
    pub stderr: Vec<String>,
}

/// Requests to a port, by index.
pub trait Requests {
    /// Returns how many there are.
    fn count(&self) -> usize;
    /// Returns the request with this index and this `seq`.
    fn parse(&self, index: usize, seq: u64) -> Parse;
    /// Returns a name for reports.
    fn name(&self, index: usize) -> String;
}

/// The vectors of a corpus as requests. The expected verdicts are never sent.
#[derive(Clone, Copy, Debug)]
pub struct VectorRequests<'c>(pub &'c Corpus, pub &'c [&'c Vector]);

impl Requests for VectorRequests<'_> {
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

/// Sends all requests to a port, collects the replies, and checks how the port ends. `progress` is called with the
/// number of requests that are done.
pub fn run(port: Port, requests: &impl Requests, progress: impl FnMut(usize)) -> Run {
    let mut session = Session::new(port);
    let (exchanges, problems) = session.ask_all(requests, true, progress);
    session.end(exchanges, problems)
}

/// A port that is asked again and again, and started again when it breaks.
pub struct Session {
    port: Port,
    /// How many requests earlier calls sent: their `seq` is not used again.
    asked: u64,
    restarts: usize,
    timeouts: usize,
    has_answered: bool,
    /// The current process broke on the last request.
    is_broken: bool,
    given_up: Option<String>,
    stderr: Vec<String>,
}

impl Session {
    /// Makes a session with a port that has answered `hello`.
    #[must_use]
    pub fn new(port: Port) -> Self {
        Self { port, asked: 0, restarts: 0, timeouts: 0, has_answered: false, is_broken: false, given_up: None, stderr: Vec::new() }
    }

    /// Returns why the port was given up, or `None` if it was not: it broke too often, or could not be started again.
    /// The text is a sentence that begins with "it", and is safe to print.
    #[must_use]
    pub fn given_up(&self) -> Option<&str> {
        self.given_up.as_deref()
    }

    /// Sends all requests. Returns how each ended, and the breaks that did not come again when the requests were sent
    /// alone.
    ///
    /// Each call counts restarts, timeouts and breaks anew: the result of a call does not depend on earlier calls,
    /// until one gives the port up. `are_last` says that no call follows.
    pub fn ask_all(&mut self, requests: &impl Requests, are_last: bool, mut progress: impl FnMut(usize)) -> (Vec<Exchange>, Vec<String>) {
        let mut queue = Queue::new(requests.count(), self.asked);
        if self.given_up.is_some() || (self.is_broken && !self.start_again(&mut queue)) {
            queue.give_up("it had been given up before");
        }
        (self.restarts, self.timeouts) = (0, 0);
        while let Some(broken) = self.ask(&mut queue, requests, are_last, &mut progress) {
            self.timeouts += usize::from(matches!(broken, Break::TimedOut(..)));
            queue.blame(broken);
            self.is_broken = true;
            let most_timeouts = if queue.has_answered() { MOST_TIMEOUTS } else { MOST_TIMEOUTS_FROM_THE_START };
            if queue.is_done() {
                break; // the next call starts it again
            } else if self.restarts == MOST_RESTARTS {
                self.give_up(&mut queue, format!("it had been started {} times", self.restarts + 1));
            } else if self.timeouts == most_timeouts {
                self.give_up(&mut queue, format!("it had timed out {} times", self.timeouts));
            } else {
                self.start_again(&mut queue);
            }
        }
        self.asked += requests.count() as u64;
        self.has_answered |= queue.has_answered();
        let problem = |(index, broken): &(usize, Break)| {
            let name = safe(&requests.name(*index), width::LINE);
            format!("{broken}, once, on {name} or one of the requests sent after it; not again when each was sent alone")
        };
        let problems = queue.unconfirmed().iter().map(problem).collect();
        let exchanges = queue.into_exchanges();
        // The next requests would fare no better. After the last ones, none follow.
        let broken = exchanges.iter().filter(|exchange| matches!(exchange, Exchange::Broken(_))).count();
        if !are_last && exchanges.len() >= LEAST_FOR_A_SHARE && broken * 10 >= exchanges.len() * 9 {
            self.given_up.get_or_insert_with(|| format!("it had broken on {broken} of {} in a row", exchanges.len()));
        }
        (exchanges, problems)
    }

    fn give_up(&mut self, queue: &mut Queue, why: String) {
        queue.give_up(&why);
        self.given_up = Some(why);
    }

    /// Starts the port again, or gives it up. Returns whether it runs.
    fn start_again(&mut self, queue: &mut Queue) -> bool {
        self.restarts += 1;
        self.port.process.kill();
        self.stderr = self.port.process.stderr();
        match self.port.restart() {
            Ok(()) => self.is_broken = false,
            Err(error) => self.give_up(queue, format!("it could not be started again: {error}")),
        }
        self.given_up.is_none()
    }

    /// Asks one process for what is left in the queue, until nothing is left or the process breaks.
    fn ask(&mut self, queue: &mut Queue, requests: &impl Requests, are_last: bool, progress: &mut impl FnMut(usize)) -> Option<Break> {
        let (has_answered, limit) = (self.has_answered, self.port.limit);
        queue.send_again();
        let mut settled = usize::MAX;
        let mut until = Instant::now();
        while !queue.is_done() {
            if settled != queue.settled() {
                settled = queue.settled();
                until = Instant::now() + limit;
                progress(settled);
            }
            while let Some(next) = queue.next_to_send() {
                self.port.send(&Request::Parse(requests.parse(next, queue.seq(next))));
            }
            let process = &mut self.port.process;
            if are_last && queue.is_all_sent() {
                process.close_input(); // a port that forgets a reply then ends, and is not waited for
            }
            match process.next_line(until) {
                Line::Whole(line) => queue.take(&line),
                Line::TooLong => queue.settle(Exchange::Broken(Break::LineTooLong)),
                Line::Broken(error) => return Some(Break::Unreadable(safe(&error.to_string(), width::LINE))),
                Line::End => return Some(process.wait().map_or(Break::Closed, break_of)),
                Line::Silence => return Some(Break::TimedOut(limit, has_answered || queue.has_answered())),
            }
        }
        progress(queue.settled());
        None
    }

    /// Ends the port, and adds a problem if it ends badly.
    fn end(mut self, mut exchanges: Vec<Exchange>, mut problems: Vec<String>) -> Run {
        if self.given_up.is_none() && !self.is_broken {
            problems.extend(self.bad_end(&mut exchanges));
        }
        self.port.process.kill();
        let last = self.port.process.stderr();
        Run { exchanges, problems, stderr: if last.is_empty() { self.stderr } else { last } }
    }

    fn bad_end(&mut self, exchanges: &mut [Exchange]) -> Option<String> {
        let process = &mut self.port.process;
        process.close_input();
        let until = Instant::now() + self.port.limit;
        loop {
            match process.next_line(until) {
                Line::Whole(line) if is_late_reply(exchanges, &line) => {}
                Line::Whole(line) => return Some(format!("wrote more lines than it was asked for: {}", safe_bytes(&line, width::NAME))),
                Line::TooLong | Line::Broken(_) => return Some("wrote more than it was asked for".into()),
                Line::Silence => {
                    return Some(match process.ended() {
                        Some(status) => format!("{}, and a process that it started kept its output open", ended(status)),
                        None => "did not end at the end of its input and was killed".into(),
                    });
                }
                Line::End => {
                    return match process.wait() {
                        Some(status) if status.success() => None,
                        Some(status) => Some(format!("{} at the end of its input, which must be status 0", ended(status))),
                        None => Some("did not end at the end of its input and was killed".into()),
                    };
                }
            }
        }
    }
}

/// Takes a line as one more reply to a request, if it may be one. Only for a session with one call.
fn is_late_reply(exchanges: &mut [Exchange], line: &[u8]) -> bool {
    let index = read_reply(line).ok().and_then(|reply| usize::try_from(reply.seq?.checked_sub(1)?).ok());
    index.and_then(|index| exchanges.get_mut(index)).is_some_and(take_repeated_reply)
}
