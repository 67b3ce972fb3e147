//! The action (R31 to R36, R51 to R54).

use crate::action::{Action, Code};
use crate::document::Found;
use crate::evidence::{BodyKind, Evidence, Step};
use crate::exceptions;
use crate::failure::Failure;
use crate::headers::answered_by_an_edge;
use crate::tables::CODES;
use crate::trim::trim;

/// The largest body that is read as a bare text, in bytes (R51).
const MOST_BARE_BYTES: usize = 128;

/// Returns the failure by status and headers alone: by step 1, 5 or 6.
#[inline]
pub(crate) fn without_document<'t>(status: u16, headers: &[(&str, &str)], body: BodyKind) -> Failure<'t> {
    let is_broken = matches!(status, 408 | 425 | 429 | 500..);
    let header = if is_broken { None } else { answered_by_an_edge(headers) };
    let (step, action) = match status {
        _ if is_broken => (Step::Status, Action::Retry),        // R31
        _ if header.is_some() => (Step::Header, Action::Retry), // R52
        300..=399 | 404 | 405 | 406 | 410 | 411 | 413 | 414 | 415 | 422 => (Step::StatusWithoutCode, Action::FixClient), // R54
        _ => (Step::Nothing, Action::Unknown), // R35
    };
    let evidence = Evidence { step, place: None, row: None, exception: None, header, body };
    Failure { status, code: None, description: None, action, retry_after: None, evidence }
}

/// Asks steps 2 to 4, in order, unless step 1 has decided.
#[inline]
pub(crate) fn by_document(failure: &mut Failure<'_>, found: &Found<'_, '_>) {
    let Failure { status, action, evidence, .. } = failure;
    if matches!(evidence.step, Step::Status | Step::Header) {
        return;
    }
    let find = |look: fn(&str) -> Option<&'static Code>| {
        found.find_text(|place, text| Some((place, Some(look(trim(found.str(text)))?))))
    };
    let (step, (place, row)) = if let Some(code) = &found.code {
        evidence.exception = code.row.and_then(|row| exceptions::find(row, found)); // R53
        (Step::Code, (code.place, code.row))
    } else if let Some(text) = find(text_is_code) {
        (Step::Text, text)
    } else if let Some(text) = find(text_has_code_at_an_end) {
        (Step::Word, text)
    } else {
        return;
    };
    (evidence.step, evidence.place, evidence.row) = (step, Some(place), row);
    *action = match evidence.exception.map(|exception| exception.action).or(row.map(|row| row.action)) {
        Some(Action::Relogin) if !matches!(status, 200..=299 | 400 | 401 | 403) => Action::Unknown, // R36
        action => action.unwrap_or(Action::Unknown),
    };
}

/// Returns a body that is a code of step 3 and nothing else (R51).
pub(crate) fn bare_text(body: &[u8]) -> Option<&str> {
    if !(1..=MOST_BARE_BYTES).contains(&body.len()) {
        return None;
    }
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
