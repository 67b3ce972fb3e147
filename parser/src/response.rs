//! A response, and how its verdict is found.
//!
//! For speed, `judge` and what it calls for each response are one function (`inline(always)` in `document`, `decide`
//! and `exceptions`): this saves 150 instructions for a flat body. It is not a part of `classify`, which saves 50 for
//! HTML and for an empty body: they need no [`Document`], which is large.

use std::borrow::Cow;
use std::fmt;

use crate::clean;
use crate::decide;
use crate::document::{Document, Found};
use crate::evidence::BodyKind;
use crate::failure::Failure;
use crate::form;
use crate::headers;
use crate::json;
use crate::sanitize;
use crate::trim;

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

/// The part of a body that is read, and how.
#[derive(Clone, Copy)]
enum Source<'t> {
    Json(&'t str),
    /// JSON that `sanitize` has made.
    Sanitized(&'t str),
    Form(&'t [u8]),
    BareText(&'t str),
}

impl<'b, 's> Response<'b, 's> {
    /// Takes the HTTP status, the value of the `Content-Type` header (`None` when there was none), and the bytes of the
    /// body after any content encoding was undone.
    ///
    /// Any `u16` is taken. HTTP has the statuses 100 to 999, and 0 is what some clients call a response that never
    /// came: below 100 the action is never `relogin` (R36), and above 999 it is `retry`, as for every status from 500
    /// (R31).
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

    /// Reads a document, and returns its verdict.
    #[inline(never)]
    fn judge<'t>(&self, source: Source<'t>) -> Result<(), Failure<'t>> {
        let mut document = Document::new();
        let body = match source {
            Source::Json(text) if json::is_too_deep(text) => return Err(self.unparsed(BodyKind::TooDeep)),
            Source::Json(text) | Source::Sanitized(text) => {
                let is_sanitized = matches!(source, Source::Sanitized(_));
                match json::read(text, is_sanitized, &mut document) {
                    Ok(()) => BodyKind::Json,
                    Err(_) if is_sanitized => return Err(self.unparsed(BodyKind::NotJson)),
                    Err(_) => return self.judge_sanitized(text),
                }
            }
            Source::Form(pairs) => {
                form::read(pairs, &mut document);
                BodyKind::Form
            }
            Source::BareText(text) => {
                document.set_bare_text(text);
                BodyKind::BareText
            }
        };
        if (200..=299).contains(&self.status) && document.is_success() {
            return Ok(());
        }
        let found = Found::new(&document, self.secrets);
        let code = found.code.and_then(|code| found.take(code.text, |text| Some(Cow::Borrowed(trim::trim(text)))));
        let description = found.find_text(|_, text| found.take(text, |text| clean::clean(text, self.secrets)));
        Err(self.failure(body, Some(found), code, description))
    }

    #[cold]
    fn judge_sanitized<'t>(&self, text: &str) -> Result<(), Failure<'t>> {
        match sanitize::sanitized(text) {
            Some(text) => self.judge(Source::Sanitized(&text)).map_err(Failure::into_owned),
            None => Err(self.unparsed(BodyKind::NotJson)),
        }
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
            Ok(text) => response.judge(Source::Json(text)),
            Err(_) => response.judge(Source::Json(&String::from_utf8_lossy(body))).map_err(Failure::into_owned), // R8
        }
    } else if response.content_type.is_some_and(form::names_form) {
        response.judge(Source::Form(body))
    } else if (1..=MOST_BARE_BYTES).contains(&body.len())
        && let Some(text) = decide::bare_text(body)
    {
        response.judge(Source::BareText(text))
    } else {
        Err(response.unparsed(BodyKind::Neither))
    }
}
