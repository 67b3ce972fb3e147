//! Trimming (R1): the same six characters in every language.

/// Returns a text without the space characters at both ends.
pub(crate) fn trim(text: &str) -> &str {
    match text.as_bytes() {
        [first, .., last] if *first > b' ' && *last > b' ' => text, // most texts, and quicker than to search
        _ => text.trim_matches(|c| u8::try_from(c).is_ok_and(is_space)),
    }
}

/// Returns whether a text has nothing left after trimming.
pub(crate) fn is_blank(text: &str) -> bool {
    text.bytes().all(is_space)
}

/// Returns whether a byte is one of the six: space, TAB, LF, VT, FF, CR.
fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t'..=b'\r')
}
