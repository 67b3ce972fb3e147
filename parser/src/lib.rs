//! **The refresh of an OAuth token failed: must the user sign in again, or not?**
//!
//! This crate answers from one HTTP response of a token endpoint. It reads nested bodies (`{"error": {"code": ...}}`), flat ones
//! (RFC 6749 section 5.2), form bodies and garbage, and gives the machine code as the server sent it, a clean description, one of four
//! [actions](Action), and one sentence for the user. It is the reference parser of the relogin specification; `R1`, `R2`, ... in these
//! pages are rules of its SPEC.md.
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
//! 1. The body becomes a document or nothing: JSON when it begins with `{` or `[`, a form when the content type says so
//!    (`document`, R6 to R17).
//! 2. The first code and the texts are taken from fixed places, in a fixed order (R18 to R30; the tables are in `tables`).
//! 3. Status, code and texts, in this order, give the action (`action`, R31 to R36).
//! 4. The first text that survives cleaning is the description (`clean`, R37 to R42).
//!
//! # What is deliberately not accepted
//!
//! - A word on a page: HTML, plain text, XML, a cut or otherwise broken JSON text never end a sign-in.
//! - JSON that RFC 8259 does not allow: trailing bytes, `NaN`, comments, raw controls in strings; more than 64 levels; more than 1 MiB.
//! - Numbers as codes (`"code": 401`), codes in the middle of a sentence, codes deeper than the places name.
//! - Headers: `Retry-After`, `WWW-Authenticate` and `DPoP-Nonce` are not read by version 1.
//! - A server that says it is broken (408, 425, 429, 5xx): whatever it says about the token is not believed.
//!
//! The crate does no I/O, has no unsafe code, does not recurse without bound and does not panic on any input.
//!
//! # What allocates
//!
//! Nothing does for JSON without escapes, for a form without `%` and `+`, and for what is neither, as long as the body is UTF-8 and the
//! description needs no cleaning. Writing a message never does. Otherwise:
//!
//! - A container in a container that is passed over, as in `{"debug": {"trace": []}}`, costs one allocation, and deeper ones may cost more:
//!   `serde_json` notes the open brackets of what it passes over.
//! - Broken JSON costs a few: it is read twice, and each time `serde_json` makes an error.
//! - Escapes in keys and in what is read, invalid UTF-8, and cleaning that changes the description copy text. So does a lone surrogate or a
//!   number that is no `f64`, for which the body is read twice, unless it is in what is passed over.

mod action;
mod clean;
mod code;
mod document;
mod failure;
#[rustfmt::skip] // generated
mod tables;

use std::fmt;

pub use action::{Action, BodyKind, Evidence, Object, Place, Step};
pub use code::Code;
pub use failure::{Failure, Message, Profile};
pub use tables::CODES;

use document::{Document, Readable};

/// One HTTP response of a token endpoint, and what the caller knows to be secret in it.
///
/// Its `Debug` output shows neither the body nor the secrets.
#[derive(Clone, Copy)]
pub struct Response<'a> {
    status: u16,
    content_type: Option<&'a str>,
    body: &'a [u8],
    secrets: &'a [&'a str],
}

impl<'a> Response<'a> {
    /// Takes the HTTP status, the value of the `Content-Type` header (`None` when there was none), and the bytes of the body after any
    /// content encoding was undone.
    ///
    /// ```
    /// let response = relogin::Response::new(502, Some("text/html"), b"<h1>Bad Gateway</h1>");
    /// assert!(relogin::classify(&response).is_err());
    /// ```
    #[must_use]
    pub fn new(status: u16, content_type: Option<&'a str>, body: &'a [u8]) -> Self {
        Self { status, content_type, body, secrets: &[] }
    }

    /// Names strings that must not be shown, such as the refresh token that was sent (R39). Those of fewer than 8 characters are ignored.
    ///
    /// ```
    /// let body = br#"{"error": "invalid_grant", "error_description": "Invalid refresh token: s3cr3t-t0ken"}"#;
    /// let response = relogin::Response::new(400, None, body).with_secrets(&["s3cr3t-t0ken"]);
    /// let failure = relogin::classify(&response).unwrap_err();
    /// assert_eq!(failure.description(), Some("Invalid refresh token: [redacted]"));
    /// ```
    #[must_use]
    pub fn with_secrets(self, secrets: &'a [&'a str]) -> Self {
        Self { secrets, ..self }
    }
}

impl fmt::Debug for Response<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response")
            .field("status", &self.status)
            .field("content_type", &self.content_type)
            .field("body", &format_args!("{} bytes", self.body.len()))
            .field("secrets", &format_args!("{}", self.secrets.len()))
            .finish()
    }
}

/// Tells whether a response to a token refresh is a failure, and if so, what to do about it.
///
/// # Errors
///
/// A [`Failure`] for every response but a success (R3): status 2xx, an object or a form with a non-empty `access_token` and
/// without anything that tells of an error.
///
/// ```
/// use relogin::{Response, classify};
///
/// assert!(classify(&Response::new(200, None, br#"{"access_token": "new"}"#)).is_ok());
/// assert!(classify(&Response::new(200, None, br#"{"error": "bad_refresh_token"}"#)).is_err());
/// ```
pub fn classify<'a>(response: &Response<'a>) -> Result<(), Failure<'a>> {
    match document::after_byte_order_mark(response.body) {
        None => Err(unparsed(response, BodyKind::TooLarge)),
        Some(body) if document::begins_as_json(body) => classify_json(response, body),
        Some(body) if response.content_type.is_some_and(document::may_name_form) => classify_form(response, body),
        Some(_) => Err(unparsed(response, BodyKind::Neither)),
    }
}

#[inline(never)] // what is certainly no form saves no registers for it
fn classify_form<'a>(response: &Response<'a>, body: &'a [u8]) -> Result<(), Failure<'a>> {
    if response.content_type.is_some_and(document::names_form) {
        judge(response, Readable::Form(body))
    } else {
        Err(unparsed(response, BodyKind::Neither))
    }
}

#[inline(never)] // what is not JSON saves no registers for it
fn classify_json<'a>(response: &Response<'a>, body: &'a [u8]) -> Result<(), Failure<'a>> {
    if let Ok(text) = std::str::from_utf8(body) {
        return judge(response, Readable::Json(text));
    }
    // What is not UTF-8 is replaced in a copy (R8), which a failure must not borrow from.
    let text = String::from_utf8_lossy(body);
    judge(response, Readable::Json(&text)).map_err(Failure::into_owned)
}

/// The verdict on a response whose body was not parsed, for the reason given.
fn unparsed(response: &Response<'_>, body: BodyKind) -> Failure<'static> {
    let (action, evidence) = action::decide_without_document(response.status, body);
    Failure::new(response.status, None, None, action, evidence)
}

/// The verdict on a response whose body may be read.
#[inline(never)] // once for all that is read; what is not read makes no room for a document
fn judge<'t>(response: &Response<'_>, body: Readable<'t>) -> Result<(), Failure<'t>> {
    let Response { status, secrets, .. } = *response;
    let mut document = Document::default();
    if let Err(body) = document.read(body) {
        return Err(unparsed(response, body));
    }
    if (200..=299).contains(&status) && document.is_success() {
        return Ok(());
    }
    let code = document.code(secrets);
    let (action, evidence) = action::decide(status, code.as_ref(), &document, secrets);
    let description = document.find_text(secrets, |_, text| document.clean(text, secrets));
    Err(Failure::new(status, code.map(|code| document.take(code.text)), description, action, evidence))
}
