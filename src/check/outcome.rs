//! How an answer was judged. Results, baselines and reports hold the text of an [`Outcome`].

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use relogin::Action;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::error::Error;
use crate::protocol::{BreakKind, Field};

/// How an implementation did on one vector.
///
/// Its text has no spaces and comes from a fixed set, with numbers for exit statuses and signals: a baseline can name
/// it. Outcomes are ordered by their text.
///
/// ```
/// use relogin_conformance::check::{Outcome, Wrong};
/// let outcome: Outcome = "wrong(null)".parse()?;
/// assert_eq!(outcome, Outcome::Wrong(Wrong::Null));
/// assert_eq!(outcome.to_string(), "wrong(null)");
/// # Ok::<(), relogin_conformance::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The verdict is right: `pass`.
    Pass,
    /// The verdict is wrong: `wrong(...)`.
    Wrong(Wrong),
    /// The implementation said that it skips this vector: `skip`.
    Skip,
    /// The implementation answered with an error: `error`.
    Error,
    /// The implementation did not answer, or did more than answer: `exit(3)`, `silence`, ...
    Broken(BreakKind),
    /// The answer to a request was another one when the request was sent again: `changed`.
    Changed,
    /// The time grows faster than the length of the body: `slow`.
    Slow,
    /// Lines of the protocol were not answered as SPEC.md appendix A says: `protocol`.
    Protocol,
    /// Of a sweep, this many members fail, the worst so: `12*wrong(code)`.
    Members(usize, Box<Outcome>),
    /// The implementation was given up before this vector: `not-run`.
    NotRun,
    /// The implementation does not claim the level: `unclaimed`.
    Unclaimed,
}

/// How a verdict is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// "Not a failure" for a failure: `wrong(null)`.
    Null,
    /// A failure for a success, from an implementation that reports neither the action nor whether to sign in:
    /// `wrong(not-null)`.
    NotNull,
    /// Fields that differ: `wrong(action=unknown,relogin_required=false,message)`.
    Fields(Vec<WrongField>),
}

/// A field that differs. The actual value is part of the outcome if it decides what a caller does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WrongField {
    /// The field differs.
    Differs(Field),
    /// The action is this one instead.
    Action(Action),
    /// `relogin_required` is this instead.
    ReloginRequired(bool),
}

/// How an outcome counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Judged and right.
    Passed,
    /// Wrong, or no answer.
    Failed,
    /// Skipped by the implementation.
    Skipped,
    /// The implementation does not claim the level.
    Unclaimed,
}

impl Outcome {
    /// Returns how it counts.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self {
            Self::Pass => Kind::Passed,
            Self::Skip => Kind::Skipped,
            Self::Unclaimed => Kind::Unclaimed,
            Self::Wrong(_) | Self::Error | Self::Broken(_) | Self::NotRun => Kind::Failed,
            Self::Changed | Self::Slow | Self::Protocol | Self::Members(..) => Kind::Failed,
        }
    }

    /// Returns its name: its text without the parentheses, and without the number of members.
    ///
    /// ```
    /// use relogin_conformance::{check::Outcome, protocol::BreakKind};
    /// assert_eq!(Outcome::Broken(BreakKind::Exit(3)).name(), "exit");
    /// ```
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Wrong(_) => "wrong",
            Self::Skip => "skip",
            Self::Error => "error",
            Self::Changed => "changed",
            Self::Slow => "slow",
            Self::Protocol => "protocol",
            Self::Members(_, worst) => worst.name(),
            Self::NotRun => "not-run",
            Self::Unclaimed => "unclaimed",
            Self::Broken(kind) => kind.name(),
        }
    }

    /// Returns the names of all outcomes that a baseline can have: failures and skips.
    ///
    /// ```
    /// use relogin_conformance::check::Outcome;
    /// assert!(Outcome::baseline_names().contains(&"wrong"));
    /// ```
    #[must_use]
    pub fn baseline_names() -> Vec<&'static str> {
        let plain = PLAIN.iter().filter(|outcome| outcome.is_for_baselines()).map(Self::name);
        plain.chain(["wrong", "exit", "signal"]).collect()
    }

    /// Returns whether a baseline can have this outcome.
    #[must_use]
    pub fn is_for_baselines(&self) -> bool {
        matches!(self.kind(), Kind::Failed | Kind::Skipped) && *self.of_one() != Self::NotRun
    }

    /// Returns whether the answer is wrong in a way that asks for a sign-in.
    #[must_use]
    pub fn asks_for_sign_in(&self) -> bool {
        let asks = |field: &WrongField| {
            matches!(field, WrongField::Action(Action::Relogin) | WrongField::ReloginRequired(true))
        };
        match self {
            Self::Wrong(Wrong::Fields(fields)) => fields.iter().any(asks),
            Self::Members(_, worst) => worst.asks_for_sign_in(),
            _ => false,
        }
    }

    /// Returns whether the process of the implementation ended or was ended.
    #[must_use]
    pub fn is_crash(&self) -> bool {
        use BreakKind::{ClosedOutput, Exit, Signal, Silence};
        match self {
            Self::Broken(Silence | Exit(_) | Signal(_) | ClosedOutput) => true,
            Self::Members(_, worst) => worst.is_crash(),
            _ => false,
        }
    }

    /// Returns the outcome of the worst member of a sweep, or the outcome itself.
    #[must_use]
    pub fn of_one(&self) -> &Self {
        if let Self::Members(_, worst) = self { worst } else { self }
    }
}

/// The outcomes whose text is their name.
const PLAIN: [Outcome; 16] = [
    Outcome::Pass,
    Outcome::Skip,
    Outcome::Error,
    Outcome::NotRun,
    Outcome::Unclaimed,
    Outcome::Changed,
    Outcome::Slow,
    Outcome::Protocol,
    Outcome::Broken(BreakKind::WrongSeq),
    Outcome::Broken(BreakKind::AnsweredTwice),
    Outcome::Broken(BreakKind::Noise),
    Outcome::Broken(BreakKind::NotJson),
    Outcome::Broken(BreakKind::Schema),
    Outcome::Broken(BreakKind::LineTooLong),
    Outcome::Broken(BreakKind::Silence),
    Outcome::Broken(BreakKind::ClosedOutput),
];

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Wrong(wrong) => write!(f, "wrong({wrong})"),
            Self::Members(count, worst) => write!(f, "{count}*{worst}"),
            Self::Broken(BreakKind::Exit(number) | BreakKind::Signal(number)) => write!(f, "{}({number})", self.name()),
            _ => f.write_str(self.name()),
        }
    }
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::NotNull => f.write_str("not-null"),
            Self::Fields(fields) => {
                let fields: Vec<String> = fields.iter().map(ToString::to_string).collect();
                f.write_str(&fields.join(","))
            }
        }
    }
}

impl fmt::Display for WrongField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Differs(field) => f.write_str(field.as_str()),
            Self::Action(action) => write!(f, "action={action}"),
            Self::ReloginRequired(required) => write!(f, "relogin_required={required}"),
        }
    }
}

impl FromStr for Outcome {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        if let Some((count, worst)) = text.split_once('*') {
            let is_count = count.bytes().all(|byte| byte.is_ascii_digit()) && !count.starts_with('0');
            let members = count.parse().ok().filter(|_| is_count).zip(worst.parse::<Self>().ok());
            let members =
                members.filter(|(_, worst)| worst.kind() == Kind::Failed && !matches!(worst, Self::Members(..)));
            return members
                .map(|(count, worst)| Self::Members(count, Box::new(worst)))
                .ok_or_else(|| Error::new(format!("`{text}` is not an outcome")));
        }
        let (name, detail) = match text.strip_suffix(')').and_then(|text| text.split_once('(')) {
            Some((name, detail)) => (name, Some(detail)),
            None => (text, None),
        };
        let number = || detail?.parse().ok();
        let outcome = match (name, detail) {
            ("wrong", Some(detail)) => wrong(detail).map(Self::Wrong),
            ("exit", Some(_)) => number().map(|status| Self::Broken(BreakKind::Exit(status))),
            ("signal", Some(_)) => number().map(|signal| Self::Broken(BreakKind::Signal(signal))),
            (_, Some(_)) => None,
            (name, None) => PLAIN.into_iter().find(|outcome| outcome.name() == name),
        };
        outcome.ok_or_else(|| Error::new(format!("`{text}` is not an outcome")))
    }
}

fn wrong(detail: &str) -> Option<Wrong> {
    let field = |text: &str| match text.split_once('=') {
        Some(("action", action)) => action.parse().ok().map(WrongField::Action),
        Some(("relogin_required", required)) => required.parse().ok().map(WrongField::ReloginRequired),
        Some(_) => None,
        None => Field::ALL.into_iter().find(|field| field.as_str() == text).map(WrongField::Differs),
    };
    match detail {
        "null" => Some(Wrong::Null),
        "not-null" => Some(Wrong::NotNull),
        fields => fields.split(',').map(field).collect::<Option<_>>().map(Wrong::Fields),
    }
}

impl Ord for Outcome {
    fn cmp(&self, other: &Self) -> Ordering {
        self.to_string().cmp(&other.to_string())
    }
}

impl PartialOrd for Outcome {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Serialize for Outcome {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Outcome {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outcome_is_read_back_from_its_text() {
        let texts = "pass skip error not-run unclaimed noise not-json schema wrong-seq silence answered-twice line-too-long \
            closed-output exit(3) signal(11) wrong(null) wrong(not-null) wrong(code,description,action,relogin_required,message) \
            wrong(action=fix_client,relogin_required=true) changed slow protocol 1*error 900*wrong(action=retry) 2*exit(3)";
        for text in texts.split_whitespace() {
            assert_eq!(text.parse::<Outcome>().map(|outcome| outcome.to_string()), Ok(text.to_owned()));
        }
        let others = "passed wrong wrong() wrong(codes) wrong(code=1) wrong(action=wipe) exit exit(x) pass(1) wrong(null 0*error *error 2*pass 2*3*error +2*error 2*";
        for text in others.split_whitespace().chain([""]) {
            assert!(text.parse::<Outcome>().is_err(), "{text}");
        }
    }
}
