//! The requests of one call of [`Session::ask_all`](super::Session::ask_all), and how each ended.

use super::exchange::{Break, Exchange};
use super::messages::{MOST_SEQ, NoReply, Reply, read_reply};
use crate::text::{safe, safe_bytes, width};

/// The most requests that are sent before their replies are read.
const WINDOW: usize = 64;
/// The most unanswered requests with which more are sent. A thread is woken for many requests, and not for each.
const LOW: usize = WINDOW / 2;

/// The most requests of a port that have a large `seq`.
const LARGE: u64 = 64;
/// Up to where the large ones go, in their order: a sign or a type of too few bits breaks at each of them.
const LARGE_UP_TO: [u64; 3] = [(1 << 31) + LARGE / 2, (1 << 32) + LARGE / 2, MOST_SEQ];

/// Returns the `seq` of the request with this number, from 1: the number itself, except for three runs of [`LARGE`]
/// requests, which end at [`LARGE_UP_TO`]. No two are equal below 2^31.
fn seq_of(number: u64) -> u64 {
    let (run, at) = (number / LARGE, number % LARGE);
    match usize::try_from(run).ok().and_then(|run| LARGE_UP_TO.get(run.checked_sub(1)?)) {
        Some(up_to) => up_to - (LARGE - 1 - at),
        None => number,
    }
}

/// Returns the number of the request with this `seq`.
pub(super) fn number_of(seq: u64) -> Option<u64> {
    let large = (1..).zip(LARGE_UP_TO).find(|(_, up_to)| (up_to - (LARGE - 1)..=*up_to).contains(&seq));
    let number = large.map_or(seq, |(run, up_to)| (run + 1) * LARGE - 1 - (up_to - seq));
    (seq_of(number) == seq).then_some(number)
}

/// The requests of one call, by index.
pub(super) struct Queue<A> {
    /// How many requests were sent before the first.
    before: u64,
    /// Those before `front` are settled. That of `front` may hold [`Break::Noise`], which the next line confirms or
    /// replaces.
    exchanges: Vec<Option<Exchange<A>>>,
    front: usize,
    sent: usize,
    /// Below this index requests are sent alone: a process broke while they were on their way, and one of them may
    /// break the next process too.
    suspects_until: usize,
    /// How the process broke, and the first request that may be the cause.
    suspicion: Option<(usize, Break)>,
    /// Suspicions that were not confirmed.
    unconfirmed: Vec<(usize, Break)>,
    has_answered: bool,
}

impl<A> Queue<A> {
    pub(super) fn new(length: usize, before: u64) -> Self {
        Self {
            before,
            exchanges: (0..length).map(|_| None).collect(),
            front: 0,
            sent: 0,
            suspects_until: 0,
            suspicion: None,
            unconfirmed: Vec::new(),
            has_answered: false,
        }
    }

    pub(super) fn seq(&self, index: usize) -> u64 {
        seq_of(self.before + index as u64 + 1)
    }

    /// Returns how many requests are settled.
    pub(super) fn settled(&self) -> usize {
        self.front
    }

    pub(super) fn is_done(&self) -> bool {
        self.front == self.exchanges.len()
    }

    pub(super) fn is_all_sent(&self) -> bool {
        self.sent == self.exchanges.len()
    }

    pub(super) fn has_answered(&self) -> bool {
        self.has_answered
    }

    /// Forgets what was sent and not answered: a new process has not read it.
    pub(super) fn send_again(&mut self) {
        self.sent = self.front;
    }

    /// Returns whether few enough are unanswered that more should be sent.
    pub(super) fn is_low(&self) -> bool {
        self.sent - self.front <= LOW
    }

    /// Returns the next request to send, or `None` if a reply must come first.
    pub(super) fn next_to_send(&mut self) -> Option<usize> {
        let window = if self.front < self.suspects_until { 1 } else { WINDOW };
        let next = self.sent;
        (next < self.exchanges.len() && next - self.front < window).then(|| {
            self.sent += 1;
            next
        })
    }

    /// Returns whether the port has nothing to answer.
    pub(super) fn is_idle(&self) -> bool {
        self.sent == self.front
    }

    /// Takes a line of output as the reply to the request at the front, or to another one. `judge` gets the index of
    /// the request and the reply, which is dropped then.
    pub(super) fn take(&mut self, line: &[u8], judge: &mut impl FnMut(usize, Reply) -> A) {
        let (seq, reply) = match read_reply(line) {
            Ok(reply) => (reply.seq, Ok(reply)),
            Err(NoReply::Malformed { seq, what }) => (seq, Err(Break::Schema(shown(&what, line)))),
            Err(NoReply::Noise(what)) => {
                self.exchanges[self.front].get_or_insert_with(|| Exchange::Broken(Break::Noise(shown(&what, line))));
                return;
            }
        };
        self.has_answered = true;
        let judged = |index: usize| match reply {
            Ok(reply) => Exchange::Answered(judge(index, reply)),
            Err(broken) => Exchange::Broken(broken),
        };
        let Some(seq) = seq else { return self.settle(judged(self.front)) }; // the port could not read the request, so not its number
        let (first, number) = (self.before + 1, number_of(seq));
        let wrong_seq =
            |index: usize| Exchange::Broken(Break::WrongSeq { expected: seq_of(first + index as u64), actual: seq });
        if number.is_some_and(|number| (1..first).contains(&number)) {
            return; // a late reply to a request of an earlier call
        }
        match number.and_then(|number| usize::try_from(number.checked_sub(first)?).ok()) {
            Some(index) if (self.front..self.sent).contains(&index) => {
                while self.front < index {
                    let skipped = match self.exchanges[self.front].take() {
                        Some(Exchange::Broken(Break::Noise(line))) => Exchange::Broken(Break::NotJson(line)),
                        _ => wrong_seq(self.front),
                    };
                    self.settle(skipped);
                }
                self.settle(judged(index));
            }
            Some(index) if index < self.front && self.exchanges[index].as_mut().is_some_and(take_repeated_reply) => {}
            _ => self.settle(wrong_seq(self.front)),
        }
    }

    /// Settles the request at the front. Noise before an answer stays; noise before a worse break is dropped.
    pub(super) fn settle(&mut self, exchange: Exchange<A>) {
        let kept = match (self.exchanges[self.front].take(), &exchange) {
            (Some(noise @ Exchange::Broken(Break::Noise(_))), Exchange::Answered(_)) => noise,
            _ => exchange,
        };
        self.exchanges[self.front] = Some(kept);
        self.front += 1;
        if self.front == self.suspects_until {
            self.unconfirmed.extend(self.suspicion.take());
        }
    }

    /// Finds the request that broke the process. If only one was on its way, it is that one; otherwise each of them
    /// is a suspect and is sent alone.
    pub(super) fn blame(&mut self, broken: Break) {
        if self.sent - self.front > 1 {
            self.suspects_until = self.sent;
            self.suspicion.get_or_insert((self.front, broken));
            return;
        }
        self.suspicion = None;
        self.suspects_until = self.front;
        let broken = match (self.exchanges[self.front].take(), broken) {
            (Some(Exchange::Broken(Break::Noise(line))), Break::TimedOut(..) | Break::Exited(0)) => {
                Break::NotJson(line)
            }
            (_, broken) => broken,
        };
        self.settle(Exchange::Broken(broken));
    }

    /// Settles all that is left as not asked.
    pub(super) fn give_up(&mut self, why: &str) {
        self.suspicion = None;
        while !self.is_done() {
            self.settle(Exchange::NotAsked(why.to_owned()));
        }
    }

    /// Returns the breaks that did not come again, each with the first request that may be the cause.
    pub(super) fn unconfirmed(&self) -> &[(usize, Break)] {
        &self.unconfirmed
    }

    /// Returns how each request ended.
    pub(super) fn into_exchanges(self) -> Vec<Exchange<A>> {
        self.exchanges
            .into_iter()
            .map(|exchange| exchange.expect("every request is settled at the end of a call"))
            .collect()
    }
}

/// Takes one more reply to a settled request, and returns whether there may be one: a request that was skipped for
/// another one may be answered late, and an answer may come twice. After that, a reply is likely meant for another
/// request.
pub(super) fn take_repeated_reply<A>(exchange: &mut Exchange<A>) -> bool {
    match exchange {
        Exchange::Broken(Break::Twice) => false,
        Exchange::Answered(_) => {
            *exchange = Exchange::Broken(Break::Twice);
            true
        }
        _ => true,
    }
}

fn shown(what: &str, line: &[u8]) -> String {
    format!("{}: {}", safe(what, width::LINE), safe_bytes(line, width::NAME))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seq_stands_for_one_number() {
        let mut seqs: Vec<u64> = (1..1_000).map(seq_of).collect();
        assert!((1..1_000).all(|number| number_of(seq_of(number)) == Some(number)));
        assert!([(1 << 31) - 1, 1 << 31, (1 << 32) - 1, 1 << 32, MOST_SEQ].iter().all(|seq| seqs.contains(seq)));
        assert!(seqs.iter().all(|seq| *seq <= MOST_SEQ));
        seqs.sort_unstable();
        seqs.dedup();
        assert_eq!(seqs.len(), 999);
        assert_eq!((number_of(0), number_of(100), number_of(u64::MAX)), (Some(0), None, Some(u64::MAX)));
    }
}
