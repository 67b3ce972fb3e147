//! What a code is (R21 to R23), and the registry (R2).

use crate::action::Action;
use crate::clean;
use crate::tables::CODES;

/// A row of the registry, `corpus/codes.json`: what is known about a code.
///
/// ```
/// let row = relogin::CODES.iter().find(|row| row.code == "invalid_grant").unwrap();
/// assert_eq!(row.action, relogin::Action::Relogin);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Code {
    /// The code; compared without ASCII case (R2).
    pub code: &'static str,
    /// What it asks for.
    pub action: Action,
    /// Whether a text that is, begins with or ends with this code decides (R33, R34): the words mean nothing else.
    pub in_text: bool,
    /// Whether it says that another client has used the refresh token (R45).
    pub reused: bool,
}

/// Nothing if a trimmed string is no code; otherwise its row in the registry, if it has one (R2).
pub(crate) fn of(text: &str, secrets: &[&str]) -> Option<Option<&'static Code>> {
    // Most servers write a code as the registry does, which is quicker to see. Of what makes a string no code only a secret is left to ask for:
    // the test below holds the registry to the rest.
    if let Some(row) = CODES.iter().find(|row| row.code == text) {
        return (!clean::holds_secret(text, secrets)).then_some(Some(row));
    }
    is_code(text, secrets).then(|| CODES.iter().find(|row| row.code.eq_ignore_ascii_case(text)))
}

/// Whether a trimmed string is a code.
///
/// RFC 6749 section 5.2: `error = 1*( %x20-21 / %x23-5B / %x5D-7E )`; here without the space, with a letter, and bounded.
fn is_code(text: &str, secrets: &[&str]) -> bool {
    // All characters of a code are ASCII.
    if text.len() > 128 {
        return false;
    }
    let kinds = text.bytes().fold(0, |kinds, byte| kinds | KINDS[usize::from(byte)]);
    kinds & (OF_NO_CODE | LETTER) == LETTER && !(kinds & COLON != 0 && is_uri(text)) && !clean::would_redact(text, secrets)
}

const OF_NO_CODE: u8 = 1;
const LETTER: u8 = 2;
const COLON: u8 = 4;

/// What each byte is to a code.
const KINDS: [u8; 256] = {
    let mut kinds = [OF_NO_CODE; 256];
    let mut byte = 0x21;
    while byte <= 0x7E {
        kinds[byte as usize] = match byte {
            b'"' | b'\\' => OF_NO_CODE,
            b'A'..=b'Z' | b'a'..=b'z' => LETTER,
            b':' => COLON,
            _ => 0,
        };
        byte += 1;
    }
    kinds
};

/// R22: the `type` of a problem document is a URI.
fn is_uri(text: &str) -> bool {
    let begins = |scheme: &str| text.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme));
    text.contains("://") || begins("about:") || begins("urn:")
}

/// R1: the same six characters in every language.
pub(crate) fn trim(text: &str) -> &str {
    match text.as_bytes() {
        [first, .., last] if !is_space(*first) && !is_space(*last) => text, // as most are
        _ => text.trim_matches(|c| u8::try_from(c).is_ok_and(is_space)),
    }
}

/// R1, of the start alone.
pub(crate) fn trim_start(text: &str) -> &str {
    let first = text.bytes().position(|byte| !is_space(byte)).unwrap_or(text.len());
    &text[first..]
}

/// One of the six: space, TAB, LF, VT, FF, CR.
pub(crate) fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t'..=b'\r')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_what_is_none() {
        let of = |text: &str| is_code(text, &["s3cr3t-t0ken"]);
        let registered = CODES.iter().map(|row| row.code);
        for code in ["E0000047", "a", "unauthenticated:bad-credentials", "xurn:", &"a".repeat(128)].into_iter().chain(registered) {
            assert!(of(code), "{code}");
        }
        for text in [
            "",
            "401",
            "invalid grant",
            "a\"b",
            "a\\b",
            "caf\u{e9}",
            "https://a.b/c",
            "About:blank",
            "urn:x",
            "as3cr3t-t0ken",
            &"a".repeat(129),
        ] {
            assert!(!of(text), "{text}");
        }
    }
}
