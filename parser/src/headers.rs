//! The headers that are read (R50, R52, R58).

use crate::action::Action;
use crate::tables::HEADERS;
use crate::trim::trim;

/// The most seconds of a delay (R58): a week.
const MOST_SECONDS: u32 = 604_800;

/// Returns the name of the first header which says that something in front of the server has answered (R52).
#[inline]
pub(crate) fn answered_by_an_edge(headers: &[(&str, &str)]) -> Option<&'static str> {
    if headers.is_empty() {
        return None;
    }
    HEADERS.iter().copied().find(|name| value(headers, name).is_some_and(|value| !value.is_empty()))
}

/// Returns the delay before a retry, in seconds (R58).
#[inline]
pub(crate) fn retry_after(headers: &[(&str, &str)], action: Action) -> Option<u32> {
    if headers.is_empty() || action != Action::Retry {
        return None;
    }
    let value = value(headers, "retry-after").filter(|value| !value.is_empty())?;
    value.bytes().try_fold(0, |seconds: u32, byte| {
        let digit = byte.is_ascii_digit().then(|| u32::from(byte - b'0'))?;
        Some(MOST_SECONDS.min(seconds * 10 + digit))
    })
}

/// Returns the value of the first header with a name, trimmed (R50).
fn value<'v>(headers: &[(&str, &'v str)], name: &str) -> Option<&'v str> {
    headers.iter().find(|header| header.0.eq_ignore_ascii_case(name)).map(|header| trim(header.1))
}
