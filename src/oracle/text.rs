//! R26 to R29 and R51: the texts.

use super::code::Content;
use super::places::{Place, Places, places_in};
use super::value::string;
use super::words::is_blank;
use crate::corpus::{Corpus, KeyRow, Level};

/// A text, as decoded and not trimmed.
#[derive(Clone, Copy)]
pub(super) struct Text<'r> {
    pub(super) text: &'r str,
    pub(super) place: TextPlace,
}

/// Where a text stands.
#[derive(Clone, Copy)]
pub(super) enum TextPlace {
    /// In the member of this row.
    Key(&'static KeyRow),
    /// Directly in `errors`.
    Errors,
    /// The text is the body.
    Body,
}

impl Text<'_> {
    /// The number of the rule that makes it a text.
    pub(super) fn rule(&self) -> u8 {
        match self.place {
            TextPlace::Key(KeyRow { level: Level::Core, .. }) => 26,
            TextPlace::Key(_) => 28,
            TextPlace::Errors => 29,
            TextPlace::Body => 51,
        }
    }

    /// Whether it stands in `error`, where a code is not a text (R27).
    pub(super) fn is_in_error(&self) -> bool {
        matches!(self.place, TextPlace::Key(row) if row.unless_code)
    }
}

/// R26 to R29, R51: the texts, in order.
pub(super) fn texts<'r>(places: &Places<'r>, secrets: &[String]) -> Vec<Text<'r>> {
    let mut texts = texts_and_codes(places);
    // R27
    texts.retain(|text| !text.is_in_error() || Content::of_string(text.text, secrets).code().is_none());
    texts
}

/// The texts as they would be without R27.
pub(super) fn texts_and_codes<'r>(places: &Places<'r>) -> Vec<Text<'r>> {
    let of_place = |(row, value): Place<'r>| Some(Text { text: string(value?)?, place: TextPlace::Key(row) });
    let of_error_object =
        places_in(places.error_object, &Corpus::embedded().keys.error_object.text).into_iter().filter_map(of_place);
    let of_errors = places.errors.iter().take(16).map(|text| Text { text, place: TextPlace::Errors });
    let of_top_level =
        places_in(places.top_level, &Corpus::embedded().keys.top_level.text).into_iter().filter_map(of_place);
    let bare_text = places.bare_text.map(|text| Text { text, place: TextPlace::Body });
    let all = of_error_object.chain(of_errors).chain(of_top_level).chain(bare_text);
    all.filter(|text| !is_blank(text.text)).collect()
}
