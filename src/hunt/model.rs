//! The settings of a search, and its findings.

use std::time::Duration;

use crate::check::{Harm, Judged, Outcome};
use crate::corpus::spec::Rule;
use crate::corpus::{Level, Verdict};
use crate::generate::Rendered;
use crate::protocol::{Hello, Limits};

/// The settings of a search.
#[derive(Clone, Debug)]
pub struct Search {
    /// The words of the command that runs the port.
    pub words: Vec<String>,
    /// The seed of the responses.
    pub seed: u64,
    /// The numbers of the responses.
    pub cases: std::ops::Range<u64>,
    /// The most time to draw; `None` for no limit.
    pub time: Option<Duration>,
    /// The highest level whose rules the port is judged on; `None` for the level that it claims.
    pub level: Option<Level>,
    /// How many processes of the port run side by side.
    pub jobs: usize,
    /// How long the port may take. The deadline ends the drawing, and then the making small.
    pub limits: Limits,
    /// The most findings to make small and report.
    pub most_findings: usize,
}

impl Search {
    /// Returns the highest level whose rules a port is judged on: the lower one of what it claims and [`Self::level`].
    #[must_use]
    pub fn level(&self, hello: &Hello) -> Option<Level> {
        self.level.map_or(hello.level, |level| hello.level.min(Some(level)))
    }
}

/// The result of a search.
#[derive(Clone, Debug)]
pub struct Found {
    /// The port's description of itself.
    pub hello: Hello,
    /// How many responses the port was asked about.
    pub asked: u64,
    /// How many of these it was wrong on.
    pub wrong: u64,
    /// How many responses were left out, because a rule of a higher level decides them.
    pub left_out: u64,
    /// How often the port broke on a response and not on the same again, and one such break, safe to print.
    pub passing: (usize, Option<String>),
    /// On how many responses the port did not answer, or did more than answer.
    pub broken: u64,
    /// How many responses it was not asked about, because it had been given up in their batch.
    pub not_asked: u64,
    /// Why the search ended early, if the port broke too often: a sentence that begins with "it", safe to print.
    pub given_up: Option<String>,
    /// Whether the deadline ended the search early.
    pub is_over: bool,
    /// Why the search ended early, if the port could not be started; safe to print.
    pub start_error: Option<String>,
    /// How many kinds of wrong answers are not among the findings.
    pub unreported: usize,
    /// One finding for each kind, the worst harm first, and the smallest response first within one.
    pub findings: Vec<Finding>,
}

impl Found {
    /// Returns whether the search came to its end, and the port answered every request at the first attempt.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        !self.is_over && self.given_up.is_none() && self.passing.0 == 0 && self.start_error.is_none()
    }
}

/// A response on which a port is wrong, as small as it could be made.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The kind of wrong answer.
    pub signature: Signature,
    /// The number of the response that was drawn.
    pub number: u64,
    /// How many bytes the body of the drawn response had.
    pub drawn_bytes: usize,
    /// The smallest response of this kind.
    pub response: Rendered,
    /// The verdict of the reference.
    pub expected: Option<Verdict>,
    /// The result of the port; `None` if it is wrong only after the responses before this one, and right in a new
    /// process.
    pub judged: Option<Judged>,
    /// The other rules that counted, the most telling first. The rules of [`DERIVED`](crate::check::groups::DERIVED)
    /// are among them only if nothing else differs.
    pub rules: Vec<&'static Rule>,
}

/// The kind of a wrong answer: its harm, its outcome, and the rule by which the reference decided.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Signature {
    /// The harm to a user.
    pub harm: Harm,
    /// The outcome.
    pub outcome: Outcome,
    /// The tag of the rule of the step that decided, or `R3` for "not a failure".
    pub rule: &'static str,
}
