//! R26 to R29: the texts.

use super::code::Content;
use super::places::{Place, Places, places_in};
use super::value::string;
use super::words::is_blank;
use crate::corpus::{Corpus, KeyRow, Level};

/// A text, as decoded and not trimmed.
#[derive(Clone, Copy)]
pub(super) struct Text<'r> {
    pub(super) text: &'r str,
    /// Its place; none for a string in `errors`.
    pub(super) row: Option<&'static KeyRow>,
}

impl Text<'_> {
    /// The number of the rule that makes it a text.
    pub(super) fn rule(&self) -> u8 {
        match self.row {
            None => 29,
            Some(KeyRow { level: Level::Core, .. }) => 26,
            Some(_) => 28,
        }
    }
}

/// R26 to R29: the texts, in order.
pub(super) fn texts<'r>(places: &Places<'r>, secrets: &[String]) -> Vec<Text<'r>> {
    let mut texts = texts_and_codes(places);
    // R27
    texts.retain(|text| {
        !text.row.is_some_and(|row| row.unless_code) || Content::of_string(text.text, secrets).code().is_none()
    });
    texts
}

/// The texts as they would be without R27.
pub(super) fn texts_and_codes<'r>(places: &Places<'r>) -> Vec<Text<'r>> {
    let of_place = |(row, value): Place<'r>| Some(Text { text: string(value?)?, row: Some(row) });
    let of_error_object =
        places_in(places.error_object, &Corpus::shared().keys.error_object.text).into_iter().filter_map(of_place);
    let of_errors = places.errors.iter().take(16).map(|text| Text { text, row: None });
    let of_top_level =
        places_in(places.top_level, &Corpus::shared().keys.top_level.text).into_iter().filter_map(of_place);
    of_error_object.chain(of_errors).chain(of_top_level).filter(|text| !is_blank(text.text)).collect()
}
