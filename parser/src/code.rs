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

/// The row of a code in the registry.
pub(crate) fn registered(code: &str) -> Option<&'static Code> {
    CODES.iter().find(|row| row.code.eq_ignore_ascii_case(code))
}

/// Whether a trimmed string is a code.
///
/// RFC 6749 section 5.2: `error = 1*( %x20-21 / %x23-5B / %x5D-7E )`; here without the space, with a letter, and bounded.
pub(crate) fn is_code(text: &str, secrets: &[&str]) -> bool {
    (1..=128).contains(&text.len()) // all characters of a code are ASCII
        && text.bytes().all(|byte| matches!(byte, 0x21 | 0x23..=0x5B | 0x5D..=0x7E))
        && text.bytes().any(|byte| byte.is_ascii_alphabetic())
        && !is_uri(text)
        && !clean::would_redact(text, secrets)
}

/// R22: the `type` of a problem document is a URI.
fn is_uri(text: &str) -> bool {
    let begins = |scheme: &str| text.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme));
    text.contains("://") || begins("about:") || begins("urn:")
}

/// R1: the same six characters in every language.
pub(crate) fn trim(text: &str) -> &str {
    text.trim_matches([' ', '\t', '\n', '\r', '\u{c}', '\u{b}'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_what_is_none() {
        let of = |text: &str| is_code(text, &["s3cr3t-t0ken"]);
        for code in ["invalid_grant", "E0000047", "a", "unauthenticated:bad-credentials", "xurn:", &"a".repeat(128)] {
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
