//! A session with a port, which may hang, die or write nonsense.
//!
//! Whatever the port does, each request ends in one [`Exchange`], and each break is blamed on the request that caused
//! it. Requests are pipelined. When the port breaks while several are on their way, it is started again and they are
//! sent one by one, so that the one that breaks it is found and the others are judged.
//!
//! An answer is judged as it arrives and then dropped: no port decides how much memory a run takes. The time that a
//! port may waste by silence and by starting again is bounded, and a deadline ends a run with the results until then.

use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::exchange::{Break, Exchange};
use super::messages::{Answer, Parse, Reply, Request as Message, header_values, read_reply};
use super::port::{Port, break_of, ended};
use super::process::{GRACE, Line};
use super::queue::{Queue, number_of, take_repeated_reply};
use crate::corpus::{Corpus, Request};
use crate::text::{safe, safe_bytes, width};

/// The most times that one call starts a port again, and the most time that this may take beside a second for each.
const MOST_RESTARTS: usize = 100;
const MOST_STARTING: Duration = Duration::from_secs(60);
const QUICK_START: Duration = Duration::from_secs(1);
/// How long one call waits in vain for a port: for replies that do not come, or for the end of a process that has
/// closed its output. At least [`LEAST_TIMEOUTS`] times the limit, and no more than that if the port has not answered
/// yet.
const MOST_SILENCE: Duration = Duration::from_secs(50);
const LEAST_TIMEOUTS: u32 = 3;
/// A port that breaks on nine of ten requests of a call is given up, if the call has at least this many requests.
const LEAST_FOR_A_SHARE: usize = 64;

/// Why the rest of a run is not asked about.
const OVER: &str = "the run had reached its deadline (--deadline)";

/// How all requests of a run ended.
#[derive(Clone, Debug)]
pub struct Run<A = Answer> {
    /// One for each request, in their order.
    pub exchanges: Vec<Exchange<A>>,
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

/// Requests of a corpus. The expected verdicts are never sent.
#[derive(Clone, Copy, Debug)]
pub struct VectorRequests<'c>(pub &'c Corpus, pub &'c [Request<'c>]);

impl Requests for VectorRequests<'_> {
    fn count(&self) -> usize {
        self.1.len()
    }

    fn parse(&self, index: usize, seq: u64) -> Parse {
        let input = self.1[index].input;
        Parse {
            seq,
            status: input.status,
            content_type: input.content_type.clone(),
            headers: header_values(&input.headers),
            body: STANDARD.encode(input.body.expand()),
            profile: self.0.profile_of(input).clone(),
            secrets: input.secrets.clone(),
        }
    }

    fn name(&self, index: usize) -> String {
        self.1[index].name()
    }
}

/// Sends all requests to a port, judges the answers, and checks how the port ends. `judge` gets the index of a request
/// and the reply to it. `progress` is called with the number of requests that are done.
pub fn run<A>(
    port: Port,
    requests: &impl Requests,
    judge: impl FnMut(usize, Reply) -> A,
    progress: impl FnMut(usize),
) -> Run<A> {
    let mut session = Session::new(port);
    let (exchanges, problems) = session.ask_all(requests, true, judge, progress);
    session.end(exchanges, problems)
}

/// A port that is asked again and again, and started again when it breaks.
pub struct Session {
    port: Port,
    /// How many requests earlier calls sent: their `seq` is not used again.
    asked: u64,
    /// The restarts of the last call, and the time that slow ones and the silence of the port took.
    restarts: usize,
    starting: Duration,
    silence: Duration,
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
        Self {
            port,
            asked: 0,
            restarts: 0,
            starting: Duration::ZERO,
            silence: Duration::ZERO,
            has_answered: false,
            is_broken: false,
            given_up: None,
            stderr: Vec::new(),
        }
    }

    /// Returns why the port was given up, or `None` if it was not: it broke too often, wasted too much time, could not
    /// be started again, or the deadline had passed. The text is a sentence, and is safe to print.
    #[must_use]
    pub fn given_up(&self) -> Option<&str> {
        self.given_up.as_deref()
    }

    /// Sends all requests. Returns how each ended, and the breaks that did not come again when the requests were sent
    /// alone. `judge` gets the index of a request and the reply to it, which is dropped then.
    ///
    /// Each call counts restarts, silence and breaks anew: the result of a call does not depend on earlier calls, until
    /// one gives the port up. `are_last` says that no call follows.
    pub fn ask_all<A>(
        &mut self,
        requests: &impl Requests,
        are_last: bool,
        mut judge: impl FnMut(usize, Reply) -> A,
        mut progress: impl FnMut(usize),
    ) -> (Vec<Exchange<A>>, Vec<String>) {
        let mut queue = Queue::new(requests.count(), self.asked);
        if self.given_up.is_some() || (self.is_broken && !self.start_again(&mut queue)) {
            queue.give_up("it had been given up before");
        }
        (self.restarts, self.starting, self.silence) = (0, Duration::ZERO, Duration::ZERO);
        while let Some(broken) = self.ask(&mut queue, requests, are_last, &mut judge, &mut progress) {
            self.is_broken = true;
            if self.port.limits.is_over() {
                self.give_up(&mut queue, OVER.to_owned()); // the port may have been about to reply
                break;
            }
            let least = self.port.limits.reply.saturating_mul(LEAST_TIMEOUTS);
            let most_silence = if queue.has_answered() { least.max(MOST_SILENCE) } else { least };
            self.silence += match &broken {
                Break::TimedOut(limit, _) => *limit,
                Break::Closed => GRACE,
                _ => Duration::ZERO,
            };
            queue.blame(broken);
            if queue.is_done() {
                break; // the next call starts it again
            } else if self.restarts == MOST_RESTARTS {
                self.give_up(&mut queue, format!("it had been started {} times", self.restarts + 1));
            } else if self.silence >= most_silence {
                self.give_up(&mut queue, format!("it had been silent for {} s in all", self.silence.as_secs_f64()));
            } else if self.starting >= MOST_STARTING {
                self.give_up(&mut queue, format!("it had been slow to start again, {} times", self.restarts));
            } else {
                self.start_again(&mut queue);
            }
        }
        self.asked += requests.count() as u64;
        self.has_answered |= queue.has_answered();
        let problem = |(index, broken): &(usize, Break)| {
            let name = safe(&requests.name(*index), width::LINE);
            format!(
                "{broken}, once, on {name} or one of the requests sent after it; not again when each was sent alone"
            )
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

    fn give_up<A>(&mut self, queue: &mut Queue<A>, why: String) {
        queue.give_up(&why);
        self.given_up = Some(why);
    }

    /// Starts the port again, or gives it up. Returns whether it runs.
    fn start_again<A>(&mut self, queue: &mut Queue<A>) -> bool {
        let begin = Instant::now();
        self.restarts += 1;
        self.port.process.kill();
        self.stderr = self.port.process.stderr();
        match self.port.restart() {
            Ok(()) => self.is_broken = false,
            Err(_) if self.port.limits.is_over() => self.give_up(queue, OVER.to_owned()),
            Err(error) => self.give_up(queue, format!("it could not be started again: {error}")),
        }
        self.starting += begin.elapsed().saturating_sub(QUICK_START);
        self.given_up.is_none()
    }

    /// Asks one process for what is left in the queue, until nothing is left, the process breaks, or the run is over.
    fn ask<A>(
        &mut self,
        queue: &mut Queue<A>,
        requests: &impl Requests,
        are_last: bool,
        judge: &mut impl FnMut(usize, Reply) -> A,
        progress: &mut impl FnMut(usize),
    ) -> Option<Break> {
        let (has_answered, limits) = (self.has_answered, self.port.limits);
        queue.send_again();
        let mut settled = usize::MAX;
        let mut until = Instant::now();
        while !queue.is_done() {
            if settled != queue.settled() {
                settled = queue.settled();
                until = limits.until(limits.reply);
                progress(settled);
            }
            if queue.is_low() {
                while (queue.is_idle() || !self.port.process.is_input_full())
                    && let Some(next) = queue.next_to_send()
                {
                    self.port.send(&Message::Parse(requests.parse(next, queue.seq(next))));
                }
            }
            let process = &mut self.port.process;
            if are_last && queue.is_all_sent() {
                process.close_input(); // a port that forgets a reply then ends, and is not waited for
            }
            match process.next_line(until) {
                Line::Whole(line) => queue.take(&line, judge),
                Line::TooLong => queue.settle(Exchange::Broken(Break::LineTooLong)),
                Line::Broken(error) => return Some(Break::Unreadable(safe(&error.to_string(), width::LINE))),
                Line::End => return Some(process.wait().map_or(Break::Closed, break_of)),
                Line::Silence => return Some(Break::TimedOut(limits.reply, has_answered || queue.has_answered())),
            }
        }
        progress(queue.settled());
        None
    }

    /// Ends the port, and adds a problem if it ends badly.
    fn end<A>(mut self, mut exchanges: Vec<Exchange<A>>, mut problems: Vec<String>) -> Run<A> {
        if self.given_up.is_none() && !self.is_broken {
            problems.extend(self.bad_end(&mut exchanges));
        }
        self.port.process.kill();
        let last = self.port.process.stderr();
        Run { exchanges, problems, stderr: if last.is_empty() { self.stderr } else { last } }
    }

    fn bad_end<A>(&mut self, exchanges: &mut [Exchange<A>]) -> Option<String> {
        let until = self.port.limits.until(self.port.limits.reply);
        let process = &mut self.port.process;
        process.close_input();
        loop {
            // A process that has ended writes no more. Another one may hold its output open for as long as it likes.
            let is_over = process.has_ended();
            match process.next_line(until.min(Instant::now() + GRACE)) {
                Line::Whole(line) if is_late_reply(exchanges, &line) => {}
                Line::Whole(line) => {
                    return Some(format!("wrote more lines than it was asked for: {}", safe_bytes(&line, width::NAME)));
                }
                Line::TooLong | Line::Broken(_) => return Some("wrote more than it was asked for".into()),
                Line::Silence if !is_over && Instant::now() < until => {}
                Line::Silence => {
                    return Some(match process.ended() {
                        Some(status) => {
                            format!("{}, and a process that it started kept its output open", ended(status))
                        }
                        None => "did not end at the end of its input and was killed".into(),
                    });
                }
                Line::End => {
                    return match process.wait() {
                        Some(status) if status.success() => None,
                        Some(status) => {
                            Some(format!("{} at the end of its input, which must be status 0", ended(status)))
                        }
                        None => Some("did not end at the end of its input and was killed".into()),
                    };
                }
            }
        }
    }
}

/// Takes a line as one more reply to a request, if it may be one. Only for a session with one call.
fn is_late_reply<A>(exchanges: &mut [Exchange<A>], line: &[u8]) -> bool {
    let number = read_reply(line).ok().and_then(|reply| number_of(reply.seq?));
    let index = number.and_then(|number| usize::try_from(number.checked_sub(1)?).ok());
    index.and_then(|index| exchanges.get_mut(index)).is_some_and(take_repeated_reply)
}
