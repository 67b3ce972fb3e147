//! Asks a port about responses, and makes those small on which it is wrong.

use std::cell::{Cell, RefCell};
use std::ops::Range;
use std::time::Instant;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use proptest::test_runner::{Config, TestCaseError, TestError, TestRunner};

use super::model::{Finding, Search, Signature};
use super::rules::{count_rules, deciding_rule, other_rules, rules_beyond};
use super::tally::{OfKind, Tally};
use crate::check::{Expected, Harm, Judged, Kind, Outcome, judge_answer, judge_exchange};
use crate::generate::{Rendered, strategy};
use crate::protocol::{Break, BreakKind, Exchange, Hello, Parse, Port, Reply, Requests, Session, header_values};

/// The most candidates that are tried to make one response smaller.
const MOST_SHRINKS: u32 = 4_000;
/// The most candidates, in all findings together, on which the port may time out: each costs the whole limit.
const MOST_TIMEOUTS: u32 = 16;

/// A process of the port.
pub(super) struct Asker<'s> {
    pub(super) session: Session,
    pub(super) hello: &'s Hello,
    pub(super) search: &'s Search,
}

impl Asker<'_> {
    /// Asks about the responses with these numbers.
    pub(super) fn batch(&mut self, numbers: Range<u64>) -> Tally {
        let first = numbers.start;
        let drawn = numbers.map(|number| (number, strategy::draw(self.search.seed, number).response()));
        let (drawn, left_out): (Vec<_>, Vec<_>) = drawn.partition(|(_, response)| self.is_judged_on(response));
        let (exchanges, passing) = self.ask_all(&drawn);
        let passing = passing.into_iter().map(|what| (first, what)).collect();
        let given_up = self.session.given_up().filter(|_| !self.search.limits.is_over()).map(str::to_owned);
        let mut tally = Tally { left_out: left_out.len() as u64, passing, given_up, ..Tally::default() };
        for ((number, response), exchange) in drawn.iter().zip(exchanges) {
            if matches!(exchange, Exchange::NotAsked(_)) {
                tally.not_asked += 1;
                continue;
            }
            tally.asked += 1;
            tally.broken += u64::from(matches!(exchange, Exchange::Broken(_)));
            if let Some((signature, _)) = Self::wrong(response, exchange) {
                tally.wrong += 1;
                let kind = tally.kinds.entry(signature).or_insert(OfKind { first: *number, ..OfKind::default() });
                count_rules(response, &mut kind.rules);
            }
        }
        tally
    }

    /// Returns whether the port is judged on a response: no rule of a higher level decides it.
    fn is_judged_on(&self, response: &Rendered) -> bool {
        rules_beyond(self.search.level(self.hello), response).is_empty()
    }

    fn ask(&mut self, number: u64, response: &Rendered) -> Exchange<Judged> {
        let mut exchanges = self.ask_all(&[(number, response.clone())]).0;
        exchanges.pop().expect("there is an exchange for each request")
    }

    /// Asks about numbered responses, and judges the answers. Returns also the breaks that did not come again.
    fn ask_all(&mut self, responses: &[(u64, Rendered)]) -> (Vec<Exchange<Judged>>, Vec<String>) {
        let hello = self.hello;
        let judge = |index: usize, reply: Reply| {
            let response = &responses[index].1;
            let verdict = response.verdict();
            judge_answer(
                &Expected { verdict: verdict.as_ref(), secrets: &response.secrets },
                &hello.fields,
                reply.answer,
            )
        };
        self.session.ask_all(&ResponseRequests(responses), false, judge, |_| {})
    }

    /// Returns the kind of a wrong answer, and `None` if the answer is right or the port was not asked.
    fn wrong(response: &Rendered, exchange: Exchange<Judged>) -> Option<(Signature, Judged)> {
        let judged = judge_exchange(exchange);
        if judged.kind() != Kind::Failed || judged.outcome == Outcome::NotRun {
            return None;
        }
        let (harm, outcome) = (judged.harm.unwrap_or(Harm::NoAnswer), judged.outcome.clone());
        Some((Signature { harm, outcome, rule: deciding_rule(response) }, judged))
    }

    /// Returns the smallest response of this kind that proptest finds before the deadline, from the one that was drawn;
    /// `None` if the deadline comes before the port was asked about that one again. `timeouts` counts those of all
    /// findings.
    pub(super) fn make_small(&mut self, signature: &Signature, kind: &OfKind, timeouts: &mut u32) -> Option<Finding> {
        let number = kind.first;
        let drawn = strategy::draw(self.search.seed, number).response();
        if signature.outcome == Outcome::Broken(BreakKind::Silence) && *timeouts >= MOST_TIMEOUTS {
            // Asking again would take the whole limit once more.
            let exchange = Exchange::Broken(Break::TimedOut(self.search.limits.reply, true));
            return Some(self.finding(signature, kind, drawn.clone(), &drawn, exchange));
        }
        let config =
            Config { cases: 1, max_shrink_iters: MOST_SHRINKS, failure_persistence: None, ..Config::default() };
        let limits = self.search.limits;
        let (this, count, last) = (RefCell::new(&mut *self), Cell::new(*timeouts), RefCell::new(None));
        let result = TestRunner::new(config).run(&strategy::shrinkable(drawn.clone()), |candidate| {
            let may_ask = !limits.is_over() && (last.borrow().is_none() || count.get() < MOST_TIMEOUTS);
            let before = count.get();
            match may_ask.then(|| this.borrow_mut().of_kind(signature, number, &candidate, &count)).flatten() {
                Some(exchange) => {
                    last.replace(Some((exchange, count.get() > before)));
                    Err(TestCaseError::fail("the answer is of this kind"))
                }
                None => Ok(()),
            }
        });
        *timeouts = count.get();
        let smallest = if let Err(TestError::Fail(_, smallest)) = result { smallest } else { drawn.clone() };
        let is_over = limits.is_over();
        match last.into_inner() {
            // Asking again would take the whole limit, or there is no time.
            Some((exchange, has_timed_out)) if has_timed_out || is_over => {
                return Some(self.finding(signature, kind, smallest, &drawn, exchange));
            }
            None if is_over => return None,
            _ => {}
        }
        let mut alone = |response: Rendered| {
            self.start_anew();
            let exchange = self.ask(number, &response);
            self.finding(signature, kind, response, &drawn, exchange)
        };
        // A new process shows whether the finding depends on the responses before it.
        let finding = alone(smallest);
        let finding = if finding.judged.is_some() { finding } else { alone(drawn.clone()) };
        // At the deadline nothing was asked, so nothing is known.
        (finding.judged.is_some() || !limits.is_over()).then_some(finding)
    }

    /// Goes on with a new process; with the old one if none can be started.
    fn start_anew(&mut self) {
        if let Ok((port, _)) = Port::start(&self.search.words, self.search.limits) {
            self.session = Session::new(port);
        }
    }

    fn finding(
        &self,
        signature: &Signature,
        kind: &OfKind,
        response: Rendered,
        drawn: &Rendered,
        exchange: Exchange<Judged>,
    ) -> Finding {
        let judged = Self::wrong(&response, exchange).filter(|(own, _)| own == signature).map(|(_, judged)| judged);
        Finding {
            signature: signature.clone(),
            number: kind.first,
            drawn_bytes: drawn.body.len(),
            expected: response.verdict(),
            rules: other_rules(&response, signature, &kind.rules, judged.as_ref()),
            judged,
            response,
        }
    }

    /// Returns the exchange if it is of this kind. Adds to `timeouts` if the port takes the whole limit.
    fn of_kind(
        &mut self,
        signature: &Signature,
        number: u64,
        candidate: &Rendered,
        timeouts: &Cell<u32>,
    ) -> Option<Exchange<Judged>> {
        if !self.is_judged_on(candidate) {
            return None;
        }
        let begin = Instant::now();
        let exchange = self.ask(number, candidate);
        // Noise in place of a reply takes as long as silence.
        timeouts.set(timeouts.get() + u32::from(begin.elapsed() >= self.search.limits.reply));
        Self::wrong(candidate, exchange.clone()).is_some_and(|(own, _)| own == *signature).then_some(exchange)
    }
}

/// Responses with their numbers, as requests.
struct ResponseRequests<'r>(&'r [(u64, Rendered)]);

impl Requests for ResponseRequests<'_> {
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

/// Returns how many timeouts are spent before findings are made small: all of them, if the port answered nothing.
pub(super) fn timeouts_before(has_answered: bool) -> u32 {
    if has_answered { 0 } else { MOST_TIMEOUTS }
}
