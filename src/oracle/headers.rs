//! R50, R52 and R58: the headers.

use super::words::trim;
use crate::corpus::{Corpus, HeaderRow};

/// The headers of a response in order, each a name and a value.
pub(super) type Headers<'i> = &'i [(String, String)];

/// R50: the trimmed value of the first header with this name.
pub(super) fn header<'i>(headers: Headers<'i>, name: &str) -> Option<&'i str> {
    headers.iter().find(|(other, _)| other.eq_ignore_ascii_case(name)).map(|(_, value)| trim(value))
}

/// R52: the first row of `headers.json` whose header has a value.
pub(super) fn header_that_decides(headers: Headers<'_>) -> Option<&'static HeaderRow> {
    let has_value = |row: &&HeaderRow| header(headers, &row.header).is_some_and(|value| !value.is_empty());
    Corpus::embedded().headers.iter().find(has_value)
}

/// R58: the seconds in `retry-after`, for the action `retry`.
pub(super) fn seconds_to_wait(headers: Headers<'_>) -> Option<u32> {
    let value = header(headers, "retry-after")?;
    let is_number = !value.is_empty() && value.chars().all(|c| c.is_ascii_digit());
    let digits = value.chars().filter_map(|c| c.to_digit(10));
    is_number.then(|| digits.fold(0, |seconds: u32, digit| (seconds * 10 + digit).min(604_800)))
}
