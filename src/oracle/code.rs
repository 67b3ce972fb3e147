//! R20 to R25: the code.

use super::description::is_redacted;
use super::places::{Place, Places, places_in};
use super::value::{Value, string};
use super::words::trim;
use crate::corpus::Corpus;

/// The value of a code place.
#[derive(Clone, Copy)]
pub(super) enum Content<'r> {
    /// No member of that name.
    Missing,
    /// A member that is not a string.
    NotAString,
    /// A string that is not a code, by the rule of this number.
    Refused(u8),
    /// A code, trimmed.
    Code(&'r str),
}

/// R20, R25: the code places, in order.
pub(super) fn code_places<'r>(places: &Places<'r>) -> Vec<Place<'r>> {
    let mut all = places_in(places.error_object, &Corpus::embedded().keys.error_object.code);
    all.extend(places_in(places.top_level, &Corpus::embedded().keys.top_level.code));
    all
}

/// R24: the first code.
pub(super) fn first_code<'r>(contents: impl IntoIterator<Item = Content<'r>>) -> Option<&'r str> {
    contents.into_iter().find_map(|content| content.code())
}

impl<'r> Content<'r> {
    pub(super) fn of(value: Option<&'r Value>, secrets: &[String]) -> Self {
        match value.map(string) {
            None => Self::Missing,
            Some(None) => Self::NotAString,
            Some(Some(text)) => Self::of_string(text, secrets),
        }
    }

    /// R21, R22, R23.
    pub(super) fn of_string(text: &'r str, secrets: &[String]) -> Self {
        let code = trim(text);
        let has_code_length = (1..=128).contains(&code.chars().count());
        let has_code_characters =
            code.chars().all(|c| matches!(c, '\u{21}' | '\u{23}'..='\u{5B}' | '\u{5D}'..='\u{7E}'));
        let has_letter = code.chars().any(|c| c.is_ascii_alphabetic());
        let lower = code.to_ascii_lowercase();
        if !(has_code_length && has_code_characters && has_letter) {
            Self::Refused(21)
        } else if code.contains("://") || lower.starts_with("about:") || lower.starts_with("urn:") {
            Self::Refused(22)
        } else if is_redacted(code, secrets) {
            Self::Refused(23)
        } else {
            Self::Code(code)
        }
    }

    /// The code, when it is one.
    pub(super) fn code(self) -> Option<&'r str> {
        match self {
            Self::Code(code) => Some(code),
            _ => None,
        }
    }
}
