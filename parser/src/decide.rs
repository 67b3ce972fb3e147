//! The action (R31 to R36, R51 to R54).

use crate::action::{Action, Code};
use crate::document::{Found, place};
use crate::evidence::{BodyKind, Evidence, Step};
use crate::exceptions;
use crate::headers::answered_by_an_edge;
use crate::tables::CODES;
use crate::trim::trim;

/// Asks the steps in order, with a document or without one.
#[inline(always)]
pub(crate) fn decide(
    status: u16,
    headers: &[(&str, &str)],
    body: BodyKind,
    found: Option<Found<'_, '_>>,
) -> (Action, Evidence) {
    let mut evidence = Evidence { step: Step::Status, place: None, row: None, exception: None, header: None, body };
    if matches!(status, 408 | 425 | 429 | 500..) {
        return (Action::Retry, evidence); // R31
    }
    if let Some(header) = answered_by_an_edge(headers) {
        return (Action::Retry, Evidence { step: Step::Header, header: Some(header), ..evidence }); // R52
    }
    if let Some(decided) = found.and_then(|found| by_document(status, body, found)) {
        return decided;
    }
    let action = match status {
        300..=399 | 404 | 405 | 406 | 410 | 411 | 413 | 414 | 415 | 422 => Action::FixClient, // R54
        _ => Action::Unknown,                                                                 // R35
    };
    evidence.step = if action == Action::FixClient { Step::StatusWithoutCode } else { Step::Nothing };
    (action, evidence)
}

/// Asks steps 2 to 4.
#[inline(always)]
fn by_document(status: u16, body: BodyKind, found: Found<'_, '_>) -> Option<(Action, Evidence)> {
    let find = |look: fn(&str) -> Option<&'static Code>| {
        found.find_text(|spot, text| Some((spot, Some(look(trim(found.str(text)))?))))
    };
    let (step, (spot, row)) = if let Some(code) = found.code {
        (Step::Code, (code.spot, code.row))
    } else if let Some(found) = find(text_is_code) {
        (Step::Text, found)
    } else {
        (Step::Word, find(text_has_code_at_an_end)?)
    };
    let exception = row.filter(|_| step == Step::Code).and_then(|row| exceptions::find(row, found)); // R53
    let action = match exception.map(|exception| exception.action).or(row.map(|row| row.action)) {
        Some(Action::Relogin) if !matches!(status, 200..=299 | 400 | 401 | 403) => Action::Unknown, // R36
        action => action.unwrap_or(Action::Unknown),
    };
    Some((action, Evidence { step, place: Some(place(spot, body)), row, exception, header: None, body }))
}

/// Returns a body that is a code of step 3 and nothing else (R51).
pub(crate) fn bare_text(body: &[u8]) -> Option<&str> {
    std::str::from_utf8(body).ok().filter(|text| text_is_code(trim(text)).is_some())
}

/// R33: "Invalid grant.", "TOKEN_EXPIRED".
fn text_is_code(text: &str) -> Option<&'static Code> {
    let text = text.strip_suffix('.').unwrap_or(text);
    let mut in_run = false;
    let joined = text.bytes().filter_map(move |byte| {
        let was_in_run = std::mem::replace(&mut in_run, matches!(byte, b' ' | b'-'));
        match byte {
            b' ' | b'-' => (!was_in_run).then_some(b'_'),
            byte => Some(byte.to_ascii_lowercase()),
        }
    });
    in_text_rows().find(|row| joined.clone().eq(row.code.bytes().map(|byte| byte.to_ascii_lowercase())))
}

/// R34: "failed to refresh token: `invalid_grant`".
fn text_has_code_at_an_end(text: &str) -> Option<&'static Code> {
    let mut words = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).filter(|word| !word.is_empty());
    let ends = [words.next(), words.next_back()];
    let mut words = ends.into_iter().flatten().filter(|word| word.contains('_'));
    words.find_map(|word| in_text_rows().find(|row| row.code.eq_ignore_ascii_case(word)))
}

fn in_text_rows() -> impl Iterator<Item = &'static Code> {
    CODES.iter().filter(|row| row.in_text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_that_are_codes() {
        let code = |text| text_is_code(text).map(|row| row.code);
        assert_eq!(code("Invalid grant."), Some("invalid_grant"));
        assert_eq!(code("invalid  - grant"), Some("invalid_grant"));
        assert_eq!(code("TOKEN_EXPIRED"), Some("token_expired"));
        assert_eq!(code("Invalid grant.."), None);
        assert_eq!(code("invalid_-grant"), None);
        assert_eq!(code("Access denied."), None);
    }

    #[test]
    fn texts_with_a_code_at_an_end() {
        let code = |text| text_has_code_at_an_end(text).map(|row| row.code);
        assert_eq!(code("failed to refresh token: invalid_grant"), Some("invalid_grant"));
        assert_eq!(code("invalid_grant - refresh token expired"), Some("invalid_grant"));
        assert_eq!(code("the invalid_grant error"), None);
        assert_eq!(code("server_error"), None);
        assert_eq!(code("..."), None);
    }
}
