//! The parser against responses from the field (`corpus/field.json`). Each has a label: the right action, by a person
//! who knows how the story ended.
//!
//! A label is not an expected verdict, because a body may not show the cause. So rows are only counted, and each row
//! that the parser gets wrong says why its body is not enough.

use relogin::{Action, Response, Step, classify};
use serde::Deserialize;

use super::body::Body;

/// Parses the rows of `corpus/field.json`.
///
/// # Errors
///
/// When the text is not JSON, or does not match `corpus/schema/field.schema.json`.
///
/// ```
/// use relogin_conformance::corpus::field::rows;
/// let rows = rows(&std::fs::read_to_string("corpus/field.json")?)?;
/// assert!(rows.iter().any(|row| row.right_action == relogin::Action::Relogin));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn rows(json: &str) -> serde_json::Result<Vec<Row>> {
    Ok(serde_json::from_str::<File>(json)?.responses)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(rename = "$schema")]
    _schema: String,
    responses: Vec<Row>,
}

/// One response from the field.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// Its name, unique in the file.
    pub id: String,
    /// Who sent it.
    pub provider: String,
    /// The HTTP status, when it was reported.
    pub status: Option<u16>,
    /// The content type, when it was reported.
    pub content_type: Option<String>,
    /// The headers that are read, when they were reported.
    #[serde(default)]
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Body,
    /// Where it was found.
    pub source: String,
    /// Whether the source shows the body itself.
    pub verbatim: bool,
    /// The label: the action that would have been right.
    #[serde(deserialize_with = "super::action::deserialize")]
    pub right_action: Action,
    /// For a row that the parser gets wrong: why its body is not enough.
    pub why_unknowable: Option<String>,
}

/// The parser's verdict on a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outcome {
    /// The action and the step that decided; `None` when the parser sees no failure.
    pub verdict: Option<(Action, Step)>,
    /// The verdict compared with the label.
    pub mark: Mark,
    /// Whether the verdict would sign out a user whose token still works.
    pub false_sign_out: bool,
}

/// A verdict compared with the label.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// The action is the label.
    Right,
    /// The action is `unknown`, and the label is another.
    Unknown,
    /// The action is neither the label nor `unknown`.
    Wrong,
    /// The parser sees no failure.
    NotAFailure,
}

impl Mark {
    /// Returns the mark as the table prints it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Mark::Right => "right",
            Mark::Unknown => "unknown",
            Mark::Wrong => "WRONG",
            Mark::NotAFailure => "not a failure",
        }
    }
}

impl Row {
    /// Returns the status for the parser: 400 if none was reported.
    #[must_use]
    pub fn status_or_400(&self) -> u16 {
        self.status.unwrap_or(400)
    }

    /// Runs the parser on the row.
    #[must_use]
    pub fn evaluate(&self) -> Outcome {
        let body = self.body.expand();
        let headers: Vec<(&str, &str)> =
            self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let response = Response::new(self.status_or_400(), self.content_type.as_deref(), &body).with_headers(&headers);
        let Err(failure) = classify(&response) else {
            return Outcome { verdict: None, mark: Mark::NotAFailure, false_sign_out: false };
        };
        let action = failure.action();
        let mark = match action {
            _ if action == self.right_action => Mark::Right,
            Action::Unknown => Mark::Unknown,
            _ => Mark::Wrong,
        };
        Outcome {
            verdict: Some((action, failure.evidence().step)),
            mark,
            false_sign_out: mark == Mark::Wrong && action == Action::Relogin,
        }
    }
}

/// How often each mark occurred.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    /// Rows whose action is the label.
    pub right: usize,
    /// Rows whose action is `unknown`, and the label is another.
    pub unknown: usize,
    /// Rows whose action is neither the label nor `unknown`.
    pub wrong: usize,
    /// Rows in which the parser sees no failure.
    pub not_a_failure: usize,
    /// Wrong rows that would sign out a user whose token still works.
    pub false_sign_outs: usize,
}

impl Counts {
    /// Counts one more row.
    pub fn add(&mut self, outcome: &Outcome) {
        match outcome.mark {
            Mark::Right => self.right += 1,
            Mark::Unknown => self.unknown += 1,
            Mark::Wrong => self.wrong += 1,
            Mark::NotAFailure => self.not_a_failure += 1,
        }
        self.false_sign_outs += usize::from(outcome.false_sign_out);
    }

    /// Returns how many rows were counted.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.right + self.unknown + self.wrong + self.not_a_failure
    }

    /// Returns the share of right rows in tenths of a percent, rounded down; 0 when there are no rows.
    #[must_use]
    pub fn right_permille(&self) -> usize {
        (self.right * 1000).checked_div(self.rows()).unwrap_or(0)
    }
}
