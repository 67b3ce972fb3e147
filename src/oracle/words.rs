//! SPEC.md section 2: trimming and comparing.

use crate::corpus::{CodeRow, Corpus};

/// R1.
pub(super) fn trim(text: &str) -> &str {
    text.trim_matches([' ', '\t', '\n', '\r', '\u{c}', '\u{b}'])
}

/// Whether nothing is left of a text after trimming (R1).
pub(super) fn is_blank(text: &str) -> bool {
    trim(text).is_empty()
}

/// R2: the row of a code.
pub(super) fn row_of(code: &str) -> Option<&'static CodeRow> {
    Corpus::shared().codes.iter().find(|row| row.code.eq_ignore_ascii_case(code))
}
