//! R3 to R5: responses that are not a failure.

use super::document::Reading;
use super::value::{Value, elements, member};
use super::words::is_blank;

/// The questions of R3 about a response.
pub(super) struct Success {
    /// The status is 2xx, and there is an access token.
    pub(super) has_token: bool,
    /// R4: `error` reports an error.
    pub(super) error: bool,
    /// R5: `errors` reports an error.
    pub(super) errors: bool,
}

impl Success {
    /// R3.
    pub(super) fn of(status: u16, reading: &Reading) -> Self {
        let member = |key| reading.top_level().and_then(|members| member(members, key));
        let token = matches!(member("access_token"), Some(Value::String(token)) if !is_blank(token));
        Self {
            has_token: (200..=299).contains(&status) && token,
            error: error_reports_one(member("error")),
            errors: errors_report_one(member("errors")),
        }
    }

    /// Whether the response is not a failure.
    pub(super) fn holds(&self) -> bool {
        self.has_token && !self.error && !self.errors
    }
}

/// R4.
fn error_reports_one(error: Option<&Value>) -> bool {
    error.is_some_and(is_string_or_object_with_something) || errors_report_one(error)
}

/// R5.
fn errors_report_one(errors: Option<&Value>) -> bool {
    elements(errors).iter().any(is_string_or_object_with_something)
}

fn is_string_or_object_with_something(value: &Value) -> bool {
    match value {
        Value::String(text) => !is_blank(text),
        Value::Object(members) => !members.is_empty(),
        _ => false,
    }
}
