//! The failure that a caller gets, and its message (R43 to R49).

use std::borrow::Cow;
use std::error::Error;
use std::fmt;

use crate::action::Action;
use crate::evidence::Evidence;
use crate::profile::Profile;

/// A failed token refresh: what the server said, and what to do about it.
///
/// It borrows from the body of the response, and from nothing else. `Debug` output and messages show neither the body
/// nor the secrets: every text in a failure is cleaned.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Failure<'b> {
    pub(crate) status: u16,
    pub(crate) code: Option<Cow<'b, str>>,
    pub(crate) description: Option<Cow<'b, str>>,
    pub(crate) action: Action,
    pub(crate) retry_after: Option<u32>,
    pub(crate) evidence: Evidence,
}

impl Failure<'_> {
    /// Returns the HTTP status of the response.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.status
    }

    /// Returns the machine code as the server sent it, trimmed (R24). `None` when the server sent none: the code of the
    /// verdict is then [`Profile::fallback_code`] (R43).
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        self.code.as_deref()
    }

    /// Returns the provider's human text, cleaned (R37 to R42): at most 500 characters, no controls, no invisible
    /// characters. `None` when there is none.
    #[must_use]
    pub fn description(&self) -> Option<&str> {
        self.description.as_deref()
    }

    /// Returns what to do (R31 to R36).
    #[must_use]
    pub fn action(&self) -> Action {
        self.action
    }

    /// Returns whether the user must sign in again: exactly when the action is [`Action::Relogin`] (R44).
    #[must_use]
    pub fn relogin_required(&self) -> bool {
        self.action == Action::Relogin
    }

    /// Returns how many seconds to wait before a retry, as the server says (R58): at most 604,800, and 0 is possible.
    /// `None` when the action is not [`Action::Retry`], or when `Retry-After` is absent or not a number.
    #[must_use]
    pub fn retry_after(&self) -> Option<u32> {
        self.retry_after
    }

    /// Returns which step and which place of the body decided.
    #[must_use]
    pub fn evidence(&self) -> &Evidence {
        &self.evidence
    }

    /// Returns the next step for the user, in one sentence: [`Action::next_step`].
    #[must_use]
    pub fn next_step(&self) -> &'static str {
        self.action.next_step()
    }

    /// Returns a sentence or two for the user (R45 to R49, R59). It allocates nothing until it is made a string.
    ///
    /// ```
    /// # use relogin::{Profile, Response, classify};
    /// let failure = classify(&Response::new(502, None, b"<h1>Bad Gateway</h1>")).unwrap_err();
    /// let message = failure.message(&Profile::CODEX).to_string();
    /// assert_eq!(message, "Codex token refresh failed with status 502.");
    /// ```
    #[must_use]
    pub fn message<'m>(&'m self, profile: &'m Profile<'m>) -> Message<'m> {
        Message { failure: self, profile, with_description: true }
    }

    /// Returns the same message without the description: R46 is skipped. It may still hold the code.
    ///
    /// ```
    /// # use relogin::{Profile, Response, classify};
    /// let body = br#"{"error": "invalid_scope", "error_description": "Call 555-0100 now"}"#;
    /// let failure = classify(&Response::new(400, None, body)).unwrap_err();
    /// let message = failure.message_without_server_text(&Profile::CODEX).to_string();
    /// assert_eq!(message, "Codex token refresh failed: invalid_scope (status 400).");
    /// ```
    #[must_use]
    pub fn message_without_server_text<'m>(&'m self, profile: &'m Profile<'m>) -> Message<'m> {
        Message { failure: self, profile, with_description: false }
    }

    /// Returns the same failure, independent of the body.
    ///
    /// `?` needs it when the body does not outlive the function, and to make a `Box<dyn Error>`, which must be
    /// `'static`:
    ///
    /// ```
    /// # use relogin::{Failure, Response, classify};
    /// fn refresh() -> Result<(), Box<dyn std::error::Error>> {
    ///     let (status, body) = (400, b"{\"error\": \"invalid_grant\"}".to_vec());
    ///     classify(&Response::new(status, None, &body)).map_err(Failure::into_owned)?;
    ///     Ok(())
    /// }
    /// assert!(refresh().is_err());
    /// ```
    #[must_use]
    pub fn into_owned(self) -> Failure<'static> {
        let owned = |text: Cow<'_, str>| Cow::Owned(text.into_owned());
        Failure { code: self.code.map(owned), description: self.description.map(owned), ..self }
    }
}

impl fmt::Display for Failure<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.message(&Profile::GENERIC).fmt(f)
    }
}

impl Error for Failure<'_> {}

/// A message. Write it with `{}`, or make it a string with `to_string`.
#[derive(Clone, Copy, Debug)]
pub struct Message<'m> {
    failure: &'m Failure<'m>,
    profile: &'m Profile<'m>,
    with_description: bool,
}

impl fmt::Display for Message<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Profile { product, other_clients, sign_in, .. } = self.profile;
        let Failure { status, code, description, evidence, .. } = self.failure;
        let reused =
            evidence.exception.map_or(evidence.row.is_some_and(|row| row.reused), |exception| exception.reused);
        let mut stop = "";
        if reused && self.failure.relogin_required() {
            write!(f, "{product} refresh token was already consumed by another client (e.g. {other_clients}).")?;
        } else if let (Some(description), true) = (description, self.with_description) {
            write!(f, "{product} token refresh failed: {description}")?;
            stop = if description.ends_with(['.', '!', '?', '\u{2026}']) { "" } else { "." };
        } else if let Some(code) = code {
            write!(f, "{product} token refresh failed: {code} (status {status}).")?;
        } else {
            write!(f, "{product} token refresh failed with status {status}.")?;
        }
        if self.failure.relogin_required() { write!(f, "{stop} {sign_in}") } else { Ok(()) }
    }
}
