//! Putting the batches of a search together.

use std::collections::BTreeMap;

use super::model::Signature;
use super::rules::Counts;
use crate::check::Harm;

/// How many responses are sent to a process before its answers are judged. The findings depend on it, so it is not an
/// option.
pub(super) const BATCH: u64 = 256;

/// The finished batches, in the order of the numbers, up to the first one on which the port was given up. So the result
/// does not depend on how many batches ran side by side.
#[derive(Default)]
pub(super) struct Done {
    pub(super) all: Tally,
    /// The first number of the next batch to add.
    next: u64,
    /// The batches that wait for an earlier one, or come after the end.
    waiting: BTreeMap<u64, Tally>,
}

impl Done {
    pub(super) fn from(number: u64) -> Self {
        Self { next: number, ..Self::default() }
    }

    pub(super) fn take(&mut self, from: u64, tally: Tally) {
        self.waiting.insert(from, tally);
        while self.all.given_up.is_none()
            && let Some(tally) = self.waiting.remove(&self.next)
        {
            self.all.add(tally);
            self.next += BATCH;
        }
    }

    /// Returns how many responses are done.
    pub(super) fn count(&self) -> u64 {
        let tallies = std::iter::once(&self.all).chain(self.waiting.values());
        tallies.map(|tally| tally.asked + tally.left_out + tally.not_asked).sum()
    }
}

/// The responses of a kind.
#[derive(Default)]
pub(super) struct OfKind {
    /// The number of the first.
    pub(super) first: u64,
    /// In how many of them each rule counted.
    pub(super) rules: Counts,
}

/// The result of a part of the search. The fields are as in [`Found`](super::model::Found).
#[derive(Default)]
pub(super) struct Tally {
    pub(super) asked: u64,
    pub(super) wrong: u64,
    pub(super) left_out: u64,
    pub(super) broken: u64,
    pub(super) not_asked: u64,
    pub(super) given_up: Option<String>,
    /// The breaks that did not come again, each with the first number of its batch.
    pub(super) passing: Vec<(u64, String)>,
    pub(super) kinds: BTreeMap<Signature, OfKind>,
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

/// Drops the kinds without an answer, except the one with the lowest number: a port that breaks on nearly everything
/// breaks for one reason.
pub(super) fn keep_one_break(kinds: &mut BTreeMap<Signature, OfKind>) {
    let is_break = |signature: &Signature| signature.harm == Harm::NoAnswer;
    let first = kinds.iter().filter(|(signature, _)| is_break(signature)).map(|(_, kind)| kind.first).min();
    kinds.retain(|signature, kind| !is_break(signature) || Some(kind.first) == first);
}
