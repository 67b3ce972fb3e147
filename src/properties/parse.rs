//! The parser on a generated response.

use relogin::{Failure, Response, classify};

use crate::generate::Rendered;

/// The secrets of a response, borrowed.
pub(super) fn secrets(response: &Rendered) -> Vec<&str> {
    response.secrets.iter().map(String::as_str).collect()
}

/// The parser's verdict on a response with this body instead of its own.
pub(super) fn parsed<'a>(response: &'a Rendered, body: &'a [u8], secrets: &'a [&'a str]) -> Result<(), Failure<'a>> {
    classify(&Response::new(response.status, response.content_type.as_deref(), body).with_secrets(secrets))
}
