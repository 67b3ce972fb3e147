//! SPEC.md section 2, and R33: trimming, and comparing a string with the registry.

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
    Corpus::embedded().codes.iter().find(|row| row.code.eq_ignore_ascii_case(code))
}

/// R33: the `in_text` code that a text is, in the text's spelling, and its row.
pub(super) fn text_as_code(text: &str) -> Option<(String, &'static CodeRow)> {
    let text = trim(text);
    let text = text.strip_suffix('.').unwrap_or(text);
    let mut code = String::new();
    let mut in_run = false;
    for c in text.chars() {
        let is_of_run = c == ' ' || c == '-';
        if !is_of_run {
            code.push(c);
        } else if !in_run {
            code.push('_');
        }
        in_run = is_of_run;
    }
    let row = row_of(&code).filter(|row| row.in_text)?;
    Some((code, row))
}

/// R34: the `in_text` code that is the first word of a text, or else its last word, and the row of the code.
pub(super) fn word_as_code(text: &str) -> Option<(String, &'static CodeRow)> {
    let is_separator = |c: char| !(c.is_ascii_alphanumeric() || c == '_');
    let words: Vec<&str> = text.split(is_separator).filter(|word| !word.is_empty()).collect();
    let row = |word: &str| row_of(word).filter(|row| row.in_text && word.contains('_'));
    [words.first(), words.last()].into_iter().flatten().find_map(|word| Some((word.to_string(), row(word)?)))
}
