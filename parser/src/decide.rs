//! The action (R31 to R36, R52 to R54).

use crate::action::{Action, Code, Exception};
use crate::document::{Document, FoundCode};
use crate::evidence::{BodyKind, Evidence, Step};
use crate::registry::Lookup;
use crate::tables::CODES;
use crate::trim::{is_blank, trim};

/// Asks the steps that need no document, in order. `header` is that of R52.
pub(crate) fn decide_without_document(status: u16, header: Option<&'static str>, body: BodyKind) -> (Action, Evidence) {
    let (step, action) = match status {
        408 | 425 | 429 | 500.. => (Step::Status, Action::Retry), // R31
        _ if header.is_some() => (Step::Header, Action::Retry),   // R52
        300..=399 | 404..=406 | 410 | 411 | 413..=415 | 422 => (Step::StatusWithoutCode, Action::FixClient), // R54
        _ => (Step::Nothing, Action::Unknown),                    // R35
    };
    let header = header.filter(|_| step == Step::Header);
    (action, Evidence { step, place: None, row: None, exception: None, header, body })
}

/// Asks the steps, in order.
#[inline]
pub(crate) fn decide(
    status: u16,
    header: Option<&'static str>,
    code: Option<&FoundCode<'_>>,
    document: &Document<'_>,
    secrets: &[&str],
) -> (Action, Evidence) {
    let without_document = || decide_without_document(status, header, document.body);
    let find =
        |look: fn(&str) -> Option<&'static Code>| document.find_text(secrets, |place, text| Some((place, look(trim(document.str(text)))?)));
    let (step, place, row) = if matches!(without_document().1.step, Step::Status | Step::Header) {
        return without_document();
    } else if let Some(FoundCode { place, lookup, .. }) = code {
        let row = if let Lookup::Registered(row) = lookup { Some(*row) } else { None };
        (Step::Code, *place, row)
    } else if let Some((place, row)) = find(text_is_code) {
        (Step::Text, place, Some(row))
    } else if let Some((place, row)) = find(text_has_code_at_an_end) {
        (Step::Word, place, Some(row))
    } else {
        return without_document();
    };
    let exception = row.filter(|_| step == Step::Code).and_then(|row| exception(row, document, secrets));
    let action = match exception.map(|exception| exception.action).or(row.map(|row| row.action)) {
        Some(Action::Relogin) if !matches!(status, 200..=299 | 400 | 401 | 403) => Action::Unknown, // R36
        action => action.unwrap_or(Action::Unknown),
    };
    (action, Evidence { step, place: Some(place), row, exception, header: None, body: document.body })
}

/// R53: the first exception whose phrase one of the texts holds.
fn exception(row: &'static Code, document: &Document<'_>, secrets: &[&str]) -> Option<&'static Exception> {
    row.exceptions.iter().find(|exception| {
        let holds = |text: &str| {
            !is_blank(text)
                && (exception.phrase.is_empty()
                    || text.as_bytes().windows(exception.phrase.len()).any(|part| part.eq_ignore_ascii_case(exception.phrase.as_bytes())))
        };
        document.find_text(secrets, |_, text| holds(document.str(text)).then_some(())).is_some()
    })
}

/// R33: "Invalid grant.", "TOKEN_EXPIRED".
pub(crate) fn text_is_code(text: &str) -> Option<&'static Code> {
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
