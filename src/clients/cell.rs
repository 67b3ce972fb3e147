//! One client on one response: what hurts its user.

use std::fmt;

use relogin::Response;
use serde::{Deserialize, Serialize};

use crate::check::{Judged, Kind, Outcome, bounded};
use crate::corpus::Vector;
use crate::protocol::{Answer, MOST_EXCEPTION, MOST_SHOWN, Reply};
use crate::text::is_hidden;

/// The reaction of one client to one response.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cell {
    /// The harms, the worst first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Finding>,
    /// The code that the client offers; `None` if it offers none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The class of the exception; `None` for a success.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exception: Option<String>,
    /// The text that the caller gets, raw and cut; `None` for a success.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shown: Option<String>,
    /// How many requests the endpoint got.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requests: Option<u64>,
    /// How many seconds the client waited between them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waited: Option<f64>,
    /// Why there is no answer: a skip, or the driver broke. The end of a sentence that begins with "it".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// The harms to the user of a client, the worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Finding {
    /// The response reports an error, and the client returns success.
    ErrorTakenForSuccess,
    /// The client fails with an exception that is not its own, or its driver breaks.
    Crash,
    /// The server sent a code, and the client offers none, or another one.
    CodeLost,
    /// The client offers a code that says "sign in", and the response as a whole does not.
    SignsOut,
    /// The text that the client shows holds a control, bidi or invisible character. A line end or TAB does not count:
    /// clients put them into their own texts.
    RawControls,
    /// The text that the client shows holds a secret of 8 characters or more.
    SecretEchoed,
    /// The response is a success, and the client reports an error.
    SuccessTakenForError,
    /// No answer: the client was not asked, or its driver skipped the response.
    NotAsked,
}

impl Finding {
    /// All findings, the worst first.
    pub const ALL: [Self; 8] = [
        Self::ErrorTakenForSuccess,
        Self::Crash,
        Self::CodeLost,
        Self::SignsOut,
        Self::RawControls,
        Self::SecretEchoed,
        Self::SuccessTakenForError,
        Self::NotAsked,
    ];
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::ErrorTakenForSuccess => "error taken for success",
            Self::Crash => "crash with an unrelated exception",
            Self::CodeLost => "code lost",
            Self::SignsOut => "code says to sign in, the response does not",
            Self::RawControls => "raw controls in the shown text",
            Self::SecretEchoed => "secret echoed",
            Self::SuccessTakenForError => "success taken for an error",
            Self::NotAsked => "not asked",
        })
    }
}

impl Cell {
    /// Returns the cell of an answer to a vector. `fallback_code` is that of the vector's profile: a driver fills it in
    /// when the client has no code.
    #[must_use]
    pub fn of(vector: &Vector, fallback_code: &str, reply: Reply) -> Self {
        let observed = reply.observed.unwrap_or_default();
        let mut cell = Self {
            exception: observed.exception,
            shown: observed.shown,
            requests: observed.requests,
            waited: observed.waited,
            ..Self::default()
        };
        match (&vector.expect, reply.answer) {
            (_, Answer::Skip(why)) => {
                cell.findings.push(Finding::NotAsked);
                cell.note = Some(format!("skipped it: {}", bounded(&why, MOST_EXCEPTION)));
            }
            (_, Answer::Error(what)) => {
                cell.findings.push(Finding::Crash);
                cell.shown.get_or_insert_with(|| bounded(&what, MOST_SHOWN));
            }
            (None, Answer::Verdict(None)) => {}
            (None, Answer::Verdict(Some(_))) => cell.findings.push(Finding::SuccessTakenForError),
            (Some(_), Answer::Verdict(None)) => cell.findings.push(Finding::ErrorTakenForSuccess),
            (Some(expected), Answer::Verdict(Some(verdict))) => {
                let sent = server_code(vector);
                let code = verdict.get("code").and_then(serde_json::Value::as_str);
                let is_from_the_server = |code: &&str| *code != fallback_code || sent.as_deref() == Some(*code);
                cell.code = code.filter(is_from_the_server).map(|code| bounded(code, MOST_EXCEPTION));
                if sent.is_some() && sent != cell.code {
                    cell.findings.push(Finding::CodeLost);
                }
                if !expected.relogin_required && cell.code.as_deref().is_some_and(says_to_sign_in) {
                    cell.findings.push(Finding::SignsOut);
                }
            }
        }
        let shown = cell.shown.as_deref().unwrap_or_default();
        if shown.chars().any(|c| is_hidden(c) && !matches!(c, '\n' | '\r' | '\t')) {
            cell.findings.push(Finding::RawControls);
        }
        if secrets(vector).any(|secret| shown.contains(secret)) {
            cell.findings.push(Finding::SecretEchoed);
        }
        cell.findings.sort_unstable();
        cell
    }

    /// Returns the cell of a response without an answer.
    #[must_use]
    pub fn unanswered(judged: &Judged) -> Self {
        let is_asked = judged.kind() == Kind::Failed && judged.outcome != Outcome::NotRun;
        let finding = if is_asked { Finding::Crash } else { Finding::NotAsked };
        Self { findings: vec![finding], note: judged.note.clone(), ..Self::default() }
    }

    /// Returns whether something hurts in this way.
    #[must_use]
    pub fn has(&self, finding: Finding) -> bool {
        self.findings.contains(&finding)
    }
}

/// Returns the secrets of a vector that are looked for (R55): those of 8 characters or more that are no part of
/// `[redacted]`.
pub(super) fn secrets(vector: &Vector) -> impl Iterator<Item = &str> {
    let is_looked_for = |secret: &&str| secret.chars().count() >= 8 && !"[redacted]".contains(secret);
    vector.input.secrets.iter().map(String::as_str).filter(is_looked_for)
}

/// Returns the code that the server sent, by the reference parser.
#[must_use]
pub fn server_code(vector: &Vector) -> Option<String> {
    let input = &vector.input;
    let body = input.body.expand();
    let secrets: Vec<&str> = input.secrets.iter().map(String::as_str).collect();
    let response = Response::new(input.status, input.content_type.as_deref(), &body).with_secrets(&secrets);
    relogin::classify(&response).err()?.code().map(str::to_owned)
}

/// Returns whether a program that knows only the code asks for a sign-in.
fn says_to_sign_in(code: &str) -> bool {
    let body = serde_json::json!({ "error": code }).to_string();
    relogin::classify(&Response::new(400, Some("application/json"), body.as_bytes()))
        .is_err_and(|failure| failure.relogin_required())
}
