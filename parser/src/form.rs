//! Reading forms (R15, R16).

use std::borrow::Cow;

use crate::document::{Document, Text};
use crate::tables::position_in_top_level;
use crate::trim::trim;

/// The media type of forms.
const FORM: &str = "application/x-www-form-urlencoded";

/// Returns whether a content type is that of forms (R15). Most are too short for it.
pub(crate) fn names_form(content_type: &str) -> bool {
    let media_type = || content_type.split(';').next().unwrap_or_default();
    content_type.len() >= FORM.len() && trim(media_type()).eq_ignore_ascii_case(FORM)
}

/// Reads a form (R16).
pub(crate) fn read<'t>(pairs: &'t [u8], document: &mut Document<'t>) {
    for (name, value) in form_urlencoded::parse(pairs) {
        if let Some(position) = position_in_top_level(name.as_bytes()) {
            let text = match value {
                Cow::Borrowed(value) => Text::Plain(value),
                Cow::Owned(value) => document.strings.keep(&value),
            };
            document.top_level.set(position, Some(text));
        }
    }
}
