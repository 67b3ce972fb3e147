//! The parser on a generated response.

use relogin::{Failure, Response, classify};

use crate::generate::Rendered;

/// The parser's verdict on a response with this body instead of its own.
pub(super) fn parsed<'b>(response: &Rendered, body: &'b [u8]) -> Result<(), Failure<'b>> {
    let Rendered { status, content_type, headers, secrets, .. } = response;
    let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let secrets: Vec<&str> = secrets.iter().map(String::as_str).collect();
    let response = Response::new(*status, content_type.as_deref(), body);
    classify(&response.with_headers(&headers).with_secrets(&secrets))
}
