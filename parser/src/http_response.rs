//! The feature `http`: responses of the crate `http`.

use std::borrow::Cow;

use crate::failure::Failure;
use crate::response::{Response, classify};

/// Classifies a response of the crate `http`, headers included; otherwise it is [`classify`].
///
/// `secrets` are those of [`Response::with_secrets`]. The body is the whole body, after any content encoding was
/// undone. It needs the feature `http`.
///
/// # Errors
///
/// A [`Failure`] for every response but a success, as from [`classify`]. It borrows from the body of the response.
///
/// ```
/// use relogin::{Action, classify_http};
///
/// let response = http::Response::builder().status(503).header("Retry-After", "60").body("Back soon.").unwrap();
/// let failure = classify_http(&response, &[]).unwrap_err();
/// assert_eq!((failure.action(), failure.retry_after()), (Action::Retry, Some(60)));
/// ```
pub fn classify_http<'b, B: AsRef<[u8]>>(response: &'b http::Response<B>, secrets: &[&str]) -> Result<(), Failure<'b>> {
    let text = |value: &'b http::HeaderValue| String::from_utf8_lossy(value.as_bytes());
    let headers: Vec<(&str, Cow<'_, str>)> =
        response.headers().iter().map(|(name, value)| (name.as_str(), text(value))).collect();
    let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (*name, value.as_ref())).collect();
    let content_type = response.headers().get(http::header::CONTENT_TYPE).map(text);
    let (status, body) = (response.status().as_u16(), response.body().as_ref());
    classify(&Response::new(status, content_type.as_deref(), body).with_headers(&headers).with_secrets(secrets))
}
