//! SPEC.md section 3: from bytes to a document.

use super::form::{is_form, pairs};
use super::json::{JsonText, Refusal, read_json};
use super::value::{Member, Value};
use super::words::text_as_code;

/// How a body is read.
pub(super) enum Reading {
    /// R6: the body is too large.
    TooLarge,
    /// R9: the body is JSON, or should have been.
    Json(Result<JsonText, Refusal>),
    /// R15: the body is a form with these pairs.
    Form(Vec<Member>),
    /// R51: the body is this text and nothing else.
    BareText(String),
    /// R17: the body is none of these.
    Nothing,
}

const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// The most bytes of a bare text, without the byte order mark (R51).
pub(super) const MOST_OF_BARE_TEXT: usize = 128;

impl Reading {
    /// R6, R7, R9, R15, R51, R17.
    pub(super) fn of(body: &[u8], content_type: Option<&str>) -> Self {
        if body.len() > 1_048_576 {
            return Self::TooLarge;
        }
        let body = without_byte_order_mark(body);
        let first = body.iter().find(|byte| ![0x20, 0x09, 0x0A, 0x0D].contains(*byte));
        if matches!(first, Some(b'{' | b'[')) {
            Self::Json(read_json(&decode(body)))
        } else if is_form(content_type) {
            Self::Form(pairs(body))
        } else if body.len() <= MOST_OF_BARE_TEXT && text_as_code(&decode(body)).is_some() {
            Self::BareText(decode(body))
        } else {
            Self::Nothing
        }
    }

    /// R19: the members of the top level. An array, a bare text and an unparsed body have none.
    pub(super) fn top_level(&self) -> Option<&[Member]> {
        match self {
            Self::Json(Ok(JsonText { value: Value::Object(members), .. })) | Self::Form(members) => Some(members),
            _ => None,
        }
    }

    /// The text, when the document is a bare text.
    pub(super) fn bare_text(&self) -> Option<&str> {
        match self {
            Self::BareText(text) => Some(text),
            _ => None,
        }
    }

    /// The elements, when the document is an array.
    pub(super) fn array(&self) -> Option<&[Value]> {
        match self {
            Self::Json(Ok(JsonText { value: Value::Array(elements), .. })) => Some(elements),
            _ => None,
        }
    }
}

/// R8.
fn decode(body: &[u8]) -> String {
    String::from_utf8_lossy(body).into_owned()
}

/// R7.
pub(super) fn without_byte_order_mark(body: &[u8]) -> &[u8] {
    body.strip_prefix(BYTE_ORDER_MARK).unwrap_or(body)
}
