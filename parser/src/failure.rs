//! The failure that a caller gets, and its message (R43 to R49).

use std::borrow::Cow;
use std::error::Error;
use std::fmt;

use crate::action::{Action, Evidence};
use crate::tables;

/// A failed token refresh: what the server said, and what to do about it.
///
/// Its `Debug` output and its messages show neither the body nor the secrets; every text in it is cleaned.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Failure<'a> {
    status: u16,
    code: Option<Cow<'a, str>>,
    description: Option<Cow<'a, str>>,
    action: Action,
    evidence: Evidence,
}

impl<'a> Failure<'a> {
    pub(crate) fn new(
        status: u16,
        code: Option<Cow<'a, str>>,
        description: Option<Cow<'a, str>>,
        action: Action,
        evidence: Evidence,
    ) -> Self {
        Self { status, code, description, action, evidence }
    }

    /// The HTTP status of the response.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.status
    }

    /// The machine code as the server sent it, trimmed (R24); `None` when there was none: the verdict's code is then the profile's
    /// [`fallback_code`](Profile::fallback_code) (R43).
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        self.code.as_deref()
    }

    /// The provider's human text, cleaned: at most 500 characters, no controls, no invisible characters (R37 to R42).
    #[must_use]
    pub fn description(&self) -> Option<&str> {
        self.description.as_deref()
    }

    /// What to do (R31 to R36).
    #[must_use]
    pub fn action(&self) -> Action {
        self.action
    }

    /// Whether the user must sign in again: exactly when the action is [`Action::Relogin`] (R44).
    #[must_use]
    pub fn relogin_required(&self) -> bool {
        self.action == Action::Relogin
    }

    /// Which step and which place of the body decided.
    #[must_use]
    pub fn evidence(&self) -> &Evidence {
        &self.evidence
    }

    /// The next step for the user, in one sentence; the same as [`Action::next_step`].
    #[must_use]
    pub fn next_step(&self) -> &'static str {
        self.action.next_step()
    }

    /// One sentence for the user (R45 to R49). It allocates nothing until it is made a string.
    ///
    /// ```
    /// # use relogin::{Profile, Response, classify};
    /// let failure = classify(&Response::new(502, None, b"<h1>Bad Gateway</h1>")).unwrap_err();
    /// assert_eq!(failure.message(&Profile::CODEX).to_string(), "Codex token refresh failed with status 502.");
    /// ```
    #[must_use]
    pub fn message<'s>(&'s self, profile: &'s Profile<'s>) -> Message<'s> {
        Message { failure: self, profile, with_description: true }
    }

    /// The same sentence without the server's text: R46 is skipped. It may still hold the code.
    ///
    /// ```
    /// # use relogin::{Profile, Response, classify};
    /// let body = br#"{"error": "invalid_grant", "error_description": "Call 555-0100 now"}"#;
    /// let failure = classify(&Response::new(400, None, body)).unwrap_err();
    /// assert_eq!(
    ///     failure.message_without_server_text(&Profile::CODEX).to_string(),
    ///     "Codex token refresh failed: invalid_grant (status 400)."
    /// );
    /// ```
    #[must_use]
    pub fn message_without_server_text<'s>(&'s self, profile: &'s Profile<'s>) -> Message<'s> {
        Message { failure: self, profile, with_description: false }
    }

    /// The same failure, independent of the body.
    #[must_use]
    pub fn into_owned(self) -> Failure<'static> {
        let owned = |text: Cow<'_, str>| Cow::Owned(text.into_owned());
        Failure {
            status: self.status,
            code: self.code.map(owned),
            description: self.description.map(owned),
            action: self.action,
            evidence: self.evidence,
        }
    }
}

impl fmt::Display for Failure<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.message(&Profile::GENERIC).fmt(f)
    }
}

impl Error for Failure<'_> {}

/// The texts of one product, from which messages are made. They are used verbatim (R49).
///
/// ```
/// use relogin::{Profile, Response, classify};
///
/// let profile = Profile {
///     product: "Frobnicator",
///     other_clients: "another Frobnicator window",
///     sign_in: "Run `frob login`.",
///     fallback_code: "frob_refresh_failed",
/// };
/// let failure = classify(&Response::new(400, None, b"{\"error\": \"invalid_grant\"}")).unwrap_err();
/// assert_eq!(failure.message(&profile).to_string(), "Frobnicator token refresh failed: invalid_grant (status 400).");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Profile<'a> {
    /// The name of the product, at the beginning of each message.
    pub product: &'a str,
    /// Examples of other clients that may have used the refresh token (R45).
    pub other_clients: &'a str,
    /// What the user must do to sign in, one or more sentences (R45).
    pub sign_in: &'a str,
    /// The code of a verdict when the server sent none (R43).
    pub fallback_code: &'a str,
}

impl Profile<'_> {
    /// The profile of the founding report.
    pub const CODEX: Profile<'static> = tables::CODEX;
    /// A profile that names no product of anyone's.
    pub const GENERIC: Profile<'static> = tables::GENERIC;
}

/// A message, to be written with `{}` or made a string with `to_string`.
#[derive(Clone, Copy, Debug)]
pub struct Message<'s> {
    failure: &'s Failure<'s>,
    profile: &'s Profile<'s>,
    with_description: bool,
}

impl fmt::Display for Message<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Profile { product, other_clients, sign_in, .. } = self.profile;
        let Failure { status, code, description, evidence, .. } = self.failure;
        let reused = evidence.row.is_some_and(|row| row.reused);
        if reused && self.failure.relogin_required() {
            return write!(f, "{product} refresh token was already consumed by another client (e.g. {other_clients}). {sign_in}");
        }
        match (description, code) {
            (Some(description), _) if self.with_description => write!(f, "{product} token refresh failed: {description}"),
            (_, Some(code)) => write!(f, "{product} token refresh failed: {code} (status {status})."),
            (_, None) => write!(f, "{product} token refresh failed with status {status}."),
        }
    }
}
