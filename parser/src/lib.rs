//! **The refresh of an OAuth token failed: must the user sign in again, or not?**
//!
//! This crate answers from one HTTP response of a token endpoint. It reads nested bodies (`{"error": {"code": ...}}`),
//! flat ones (RFC 6749 section 5.2), form bodies and garbage. It returns the machine code as the server sent it, a clean
//! description, one of four [actions](Action), and one sentence for the user. It is the reference parser of the relogin
//! specification; `R1`, `R2`, ... in these pages are rules of its SPEC.md.
//!
//! ```
//! use relogin::{Action, Profile, Response, classify};
//!
//! let body = br#"{"error": {"code": "refresh_token_reused", "message": "Already used."}}"#;
//! let failure = classify(&Response::new(401, Some("application/json"), body)).unwrap_err();
//!
//! assert_eq!(failure.code(), Some("refresh_token_reused"));
//! assert_eq!(failure.action(), Action::Relogin);
//! assert!(failure.relogin_required());
//! assert_eq!(
//!     failure.message(&Profile::CODEX).to_string(),
//!     "Codex refresh token was already consumed by another client (e.g. Codex CLI or VS Code extension). Run `codex` in \
//!      your terminal to generate fresh tokens, then run `hermes auth` to re-authenticate."
//! );
//! ```
//!
//! # How a response is read
//!
//! 1. The body becomes a document or nothing: JSON when it begins with `{` or `[`, a form when the content type says so,
//!    a bare text when it is a code and nothing else (`json`, `form`, R6 to R17, R51).
//! 2. The first code and the texts are taken from fixed places, in a fixed order (`document`, R18 to R30; the tables
//!    are in `tables`).
//! 3. Status, headers, code and texts, in this order, give the action (`decide`, R31 to R36, R52 to R54).
//! 4. The first text that is not empty after cleaning is the description (`clean`, R37 to R42, R55 to R57).
//!
//! # What is deliberately not accepted
//!
//! - A word on a page: HTML, plain text, XML and broken JSON never end a sign-in.
//! - JSON that RFC 8259 does not allow: trailing bytes, `NaN`, comments, raw controls in strings; more than 64 levels;
//!   more than 1 MiB.
//! - Numbers as codes (`"code": 401`), codes in the middle of a sentence, codes deeper than the places say.
//! - Headers but `Retry-After` and `cf-mitigated`: `WWW-Authenticate` repeats the body on token endpoints, and means
//!   "refresh" on a resource. A date in `Retry-After` is not read.
//! - A server that says it is broken (408, 425, 429, 5xx): the rest of its answer is not believed.
//!
//! The crate does no I/O, has no unsafe code, does not recurse without bound and does not panic on any input.
//!
//! # What allocates
//!
//! Nothing for JSON without escapes, for a form without `%` and `+`, and for other bodies, as long as the body is UTF-8
//! and the description needs no cleaning. Writing a message never allocates. Otherwise:
//!
//! - An array or object inside another one that no rule reads, as in `{"debug": {"trace": []}}`, costs one allocation,
//!   and deeper ones may cost more: `serde_json` keeps the open brackets.
//! - Broken JSON costs a few: it is read twice, and `serde_json` makes an error each time.
//! - Escapes in keys and in strings that a rule reads, invalid UTF-8, and cleaning that changes the description copy
//!   text. So do lone surrogates and numbers that no `f64` holds, outside of values that no rule reads.

mod action;
mod clean;
mod decide;
mod document;
mod evidence;
mod exceptions;
mod failure;
mod form;
mod headers;
#[cfg(feature = "http")]
mod http_response;
mod json;
mod profile;
mod redact;
mod registry;
mod sanitize;
#[cfg(feature = "serde")]
mod serialize;
#[rustfmt::skip] // generated
mod tables;
mod trim;

use std::borrow::Cow;
use std::fmt;

pub use action::{Action, Code, Exception, ParseActionError};
pub use evidence::{BodyKind, Evidence, Object, Place, Step};
pub use failure::{Failure, Message};
#[cfg(feature = "http")]
pub use http_response::classify_http;
pub use profile::Profile;
pub use tables::CODES;

use document::{Document, Found};

/// The largest body that is parsed, in bytes (R6).
const MOST_BYTES: usize = 1_048_576;
/// The largest body that is read as a bare text, in bytes (R51).
const MOST_BARE_BYTES: usize = 128;

/// One HTTP response of a token endpoint, and the secrets that the caller knows.
///
/// `'b` is the lifetime of the body and `'s` that of everything else, so that a [`Failure`] borrows from the body only.
/// `Debug` output shows neither the body nor the secrets.
#[derive(Clone, Copy)]
pub struct Response<'b, 's> {
    status: u16,
    content_type: Option<&'s str>,
    headers: &'s [(&'s str, &'s str)],
    body: &'b [u8],
    secrets: &'s [&'s str],
}

impl<'b, 's> Response<'b, 's> {
    /// Takes the HTTP status, the value of the `Content-Type` header (`None` when there was none), and the bytes of the
    /// body after any content encoding was undone.
    ///
    /// Any `u16` is taken. HTTP has the statuses 100 to 999, and 0 is what some clients call a response that never came:
    /// below 100 the action is never `relogin` (R36), and above 999 it is `retry`, as for every status from 500 (R31).
    ///
    /// ```
    /// use relogin::{Action, Response, classify};
    /// let action = |status| classify(&Response::new(status, None, br#"{"error": "invalid_grant"}"#)).unwrap_err().action();
    /// assert_eq!([0, 99, 400, 1000].map(action), [Action::Unknown, Action::Unknown, Action::Relogin, Action::Retry]);
    /// ```
    ///
    /// ```
    /// let response = relogin::Response::new(502, Some("text/html"), b"<h1>Bad Gateway</h1>");
    /// assert!(relogin::classify(&response).is_err());
    /// ```
    #[must_use]
    pub fn new(status: u16, content_type: Option<&'s str>, body: &'b [u8]) -> Self {
        Self { status, content_type, headers: &[], body, secrets: &[] }
    }

    /// Adds headers of the response, as pairs of a name and a value. `retry-after` (R58) and `cf-mitigated` (R52) are
    /// read, in any case; of several headers with the same name the first counts (R50).
    ///
    /// ```
    /// let response = relogin::Response::new(503, None, b"").with_headers(&[("Retry-After", "60")]);
    /// assert_eq!(relogin::classify(&response).unwrap_err().retry_after(), Some(60));
    /// ```
    #[must_use]
    pub fn with_headers(self, headers: &'s [(&'s str, &'s str)]) -> Self {
        Self { headers, ..self }
    }

    /// Names strings that must not be shown, such as the refresh token that was sent (R55). Secrets of fewer than 8
    /// characters are ignored.
    ///
    /// ```
    /// let body = br#"{"error": "invalid_grant", "error_description": "Invalid refresh token: s3cr3t-t0ken"}"#;
    /// let response = relogin::Response::new(400, None, body).with_secrets(&["s3cr3t-t0ken"]);
    /// let failure = relogin::classify(&response).unwrap_err();
    /// assert_eq!(failure.description(), Some("Invalid refresh token: [redacted]"));
    /// ```
    #[must_use]
    pub fn with_secrets(self, secrets: &'s [&'s str]) -> Self {
        Self { secrets, ..self }
    }

    /// Returns the verdict with a document.
    fn judge<'t>(&self, document: &Document<'t>) -> Result<(), Failure<'t>> {
        if (200..=299).contains(&self.status) && document.is_success() {
            return Ok(());
        }
        let found = Found::new(document, self.secrets);
        let code = found.code.and_then(|code| found.take(code.text, |text| Some(Cow::Borrowed(trim::trim(text)))));
        let description = found.find_text(|_, text| found.take(text, |text| clean::clean(text, self.secrets)));
        Err(self.failure(document.body, Some(found), code, description))
    }

    #[inline(always)]
    fn failure<'t>(
        &self,
        body: BodyKind,
        found: Option<Found<'_, '_>>,
        code: Option<Cow<'t, str>>,
        description: Option<Cow<'t, str>>,
    ) -> Failure<'t> {
        let Self { status, headers, .. } = *self;
        let (action, evidence) = decide::decide(status, headers, body, found);
        let retry_after = headers::retry_after(headers, action);
        Failure { status, code, description, action, retry_after, evidence }
    }

    fn unparsed(&self, body: BodyKind) -> Failure<'static> {
        self.failure(body, None, None, None)
    }

    fn judge_json<'t>(&self, text: &'t str) -> Result<(), Failure<'t>> {
        if json::is_too_deep(text) {
            return Err(self.unparsed(BodyKind::TooDeep));
        }
        let mut document = Document::new(BodyKind::Json);
        if json::read(text, false, &mut document).is_ok() {
            return self.judge(&document);
        }
        self.judge_sanitized(text)
    }

    #[inline(never)]
    fn judge_form<'t>(&self, pairs: &'t [u8]) -> Result<(), Failure<'t>> {
        self.judge(&form::read(pairs))
    }

    #[inline(never)]
    fn judge_short<'t>(&self, body: &'t [u8]) -> Result<(), Failure<'t>> {
        match decide::bare_text(body) {
            Some(text) => self.judge(&Document::bare(text)),
            None => Err(self.unparsed(BodyKind::Neither)),
        }
    }

    #[cold]
    fn judge_sanitized(&self, text: &str) -> Result<(), Failure<'static>> {
        let sanitized = sanitize::sanitized(text);
        let mut document = Document::new(BodyKind::Json);
        match sanitized.as_deref().map(|text| json::read(text, true, &mut document)) {
            Some(Ok(())) => self.judge(&document).map_err(Failure::into_owned),
            _ => Err(self.unparsed(BodyKind::NotJson)),
        }
    }
}

impl fmt::Debug for Response<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response")
            .field("status", &self.status)
            .field("content_type", &self.content_type)
            .field("body", &format_args!("{} bytes", self.body.len()))
            .field("secrets", &format_args!("{}", self.secrets.len()))
            .finish()
    }
}

/// Returns whether a response to a token refresh is a success; if not, what to do about it.
///
/// # Errors
///
/// A [`Failure`] for every response but a success (R3): status 2xx, an object or a form with a non-empty `access_token`
/// and without an error.
///
/// ```
/// use relogin::{Response, classify};
///
/// assert!(classify(&Response::new(200, None, br#"{"access_token": "new"}"#)).is_ok());
/// assert!(classify(&Response::new(200, None, br#"{"error": "bad_refresh_token"}"#)).is_err());
/// ```
pub fn classify<'b>(response: &Response<'b, '_>) -> Result<(), Failure<'b>> {
    if response.body.len() > MOST_BYTES {
        return Err(response.unparsed(BodyKind::TooLarge));
    }
    let body = if let [0xEF, 0xBB, 0xBF, body @ ..] = response.body { body } else { response.body }; // R7
    if json::begins_as_json(body) {
        match std::str::from_utf8(body) {
            Ok(text) => response.judge_json(text),
            Err(_) => response.judge_json(&String::from_utf8_lossy(body)).map_err(Failure::into_owned), // R8
        }
    } else if response.content_type.is_some_and(form::names_form) {
        response.judge_form(body)
    } else if (1..=MOST_BARE_BYTES).contains(&body.len()) {
        response.judge_short(body)
    } else {
        Err(response.unparsed(BodyKind::Neither))
    }
}
