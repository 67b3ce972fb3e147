//! The action (R31 to R36, R52 to R54).

use crate::action::{Action, Code};
use crate::document::{Document, FoundCode};
use crate::evidence::{BodyKind, Evidence, Step};
use crate::exceptions;
use crate::headers::answered_by_an_edge;
use crate::registry::Lookup;
use crate::tables::CODES;
use crate::trim::trim;

/// Returns whether step 1 decides: the server is broken (R31), or something else has answered (R52).
pub(crate) fn is_answered_elsewhere(status: u16, headers: &[(&str, &str)]) -> bool {
    is_broken(status) || answered_by_an_edge(headers).is_some()
}

fn is_broken(status: u16) -> bool {
    matches!(status, 408 | 425 | 429 | 500..)
}

/// Asks the steps that need no document, in order.
pub(crate) fn decide_without_document(status: u16, headers: &[(&str, &str)], body: BodyKind) -> (Action, Evidence) {
    let header = answered_by_an_edge(headers).filter(|_| !is_broken(status));
    let (step, action) = match status {
        _ if is_broken(status) => (Step::Status, Action::Retry),
        _ if header.is_some() => (Step::Header, Action::Retry),
        404 | 405 | 406 | 410 | 411 | 413 | 414 | 415 | 422 => (Step::StatusWithoutCode, Action::FixClient), // R54
        300..=399 => (Step::StatusWithoutCode, Action::FixClient),
        _ => (Step::Nothing, Action::Unknown), // R35
    };
    (action, Evidence { step, place: None, row: None, exception: None, header, body })
}

/// Asks steps 2 to 4, in order.
#[inline]
pub(crate) fn decide(status: u16, code: Option<&FoundCode<'_>>, document: &Document<'_>) -> Option<(Action, Evidence)> {
    let find = |look: fn(&str) -> Option<&'static Code>| {
        document.find_text(|place, text| Some((place, Some(look(trim(document.str(text)))?))))
    };
    let (step, (place, row)) = if let Some(FoundCode { place, lookup, .. }) = code {
        (Step::Code, (*place, if let Lookup::Registered(row) = lookup { Some(*row) } else { None }))
    } else if let Some(found) = find(text_is_code) {
        (Step::Text, found)
    } else {
        (Step::Word, find(text_has_code_at_an_end)?)
    };
    let exception = row.filter(|_| step == Step::Code).and_then(|row| exceptions::find(row, document));
    let action = match exception.map(|exception| exception.action).or(row.map(|row| row.action)) {
        Some(Action::Relogin) if !matches!(status, 200..=299 | 400 | 401 | 403) => Action::Unknown, // R36
        action => action.unwrap_or(Action::Unknown),
    };
    Some((action, Evidence { step, place: Some(place), row, exception, header: None, body: document.body }))
}

/// R51: a body that is a code of step 3 and nothing else.
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
