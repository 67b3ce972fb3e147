//! Printing strings from outside: the text of a server, a port or the author of a vector.

use std::fmt::Write as _;
use std::sync::LazyLock;

use serde::Serialize;

use crate::corpus::Corpus;

/// How many characters of a string are shown.
pub mod width {
    /// A word: a version, a language, the name of a profile.
    pub const WORD: usize = 40;
    /// A name: of a port, an outcome, a content type.
    pub const NAME: usize = 100;
    /// A line: an id, a title, a path, a line of a baseline.
    pub const LINE: usize = 200;
    /// A text: a body, a value, a note.
    pub const TEXT: usize = 400;
    /// A paragraph of SPEC.md, whole.
    pub const PARAGRAPH: usize = 5_000;
    /// A message, whole: an error, a problem, a command.
    pub const MESSAGE: usize = 1_000;
}

/// Makes a string safe to print on a terminal, in a log and in the output of a CI job: one line of at most about `max`
/// characters.
///
/// Controls, bidi and invisible characters, odd spaces and noncharacters are written as `\u{..}`, a line feed as `\n`.
/// Commands of CI services are broken up: `##` (as in `##[error]`), and `::` at the beginning. A longer string is cut,
/// with a note of how many characters are missing.
///
/// ```
/// use relogin_conformance::text::safe;
/// assert_eq!(safe("a\u{1b}[31m\nb", 100), "a\\u{1b}[31m\\nb");
/// assert_eq!(safe("abcdef", 3), "abc\u{2026} (3 more characters)");
/// ```
#[must_use]
pub fn safe(text: &str, max: usize) -> String {
    let mut out = String::new();
    let mut length = 0;
    let mut at_start = true; // only spaces so far: a CI service finds its commands after spaces too
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let (piece, taken) = if rest.starts_with("##") {
            ("#\\u{23}".to_owned(), 2)
        } else if at_start && rest.starts_with("::") {
            ("\\u{3a}:".to_owned(), 2)
        } else if c == '\n' {
            ("\\n".to_owned(), 1)
        } else if is_hidden(c) {
            (c.escape_unicode().to_string(), c.len_utf8())
        } else {
            (c.to_string(), c.len_utf8())
        };
        length += piece.chars().count();
        if length > max {
            let left = rest.chars().count();
            let _ = write!(out, "\u{2026} ({left} more character{})", plural(left)); // a string takes everything
            return out;
        }
        at_start = at_start && c == ' ';
        out.push_str(&piece);
        rest = &rest[taken..];
    }
    out
}

/// [`safe`] for bytes. Bytes that are not UTF-8 are shown as U+FFFD.
#[must_use]
pub fn safe_bytes(bytes: &[u8], max: usize) -> String {
    // A character has at most four bytes, so the rest need not be decoded.
    let shown = &bytes[..bytes.len().min(max.saturating_mul(4).saturating_add(4))];
    let left = bytes.len() - shown.len();
    let text = safe(&String::from_utf8_lossy(shown), max);
    if left == 0 { text } else { format!("{text}, and {left} bytes") }
}

/// Returns whether a character is invisible, or moves the characters around it. A plain space is visible.
#[must_use]
pub fn is_hidden(c: char) -> bool {
    static RANGES: LazyLock<Vec<(u32, u32)>> = LazyLock::new(|| Corpus::embedded().characters.ranges().collect());
    let point = u32::from(c);
    let noncharacter = point & 0xFFFE == 0xFFFE || (0xFDD0..=0xFDEF).contains(&point);
    c != ' ' && (noncharacter || c.is_control() || RANGES.iter().any(|(first, last)| (*first..=*last).contains(&point)))
}

/// Writes a value as JSON, indented and in ASCII. It is safe to print, and parses to the same value.
///
/// # Panics
///
/// When the value cannot be written as JSON. All types of this crate can.
#[must_use]
pub fn ascii_json(value: &impl Serialize) -> String {
    escape_json(&serde_json::to_string_pretty(value).expect("the value has string keys and no failing parts"))
}

/// [`ascii_json`] on one line.
///
/// # Panics
///
/// As [`ascii_json`].
#[must_use]
pub fn ascii_json_line(value: &impl Serialize) -> String {
    escape_json(&serde_json::to_string(value).expect("the value has string keys and no failing parts"))
}

/// Escapes all but printable ASCII, and `##`. Both occur only inside strings, where an escape means the same.
fn escape_json(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    let mut units = [0; 2];
    for c in json.chars() {
        if (c == '#' && out.ends_with('#')) || !(c.is_ascii_graphic() || matches!(c, ' ' | '\n')) {
            for unit in c.encode_utf16(&mut units) {
                let _ = write!(out, "\\u{unit:04x}"); // a string takes everything
            }
        } else {
            out.push(c);
        }
    }
    out
}

/// Returns the plural ending of a word for this count: `s`, or nothing for 1.
///
/// ```
/// use relogin_conformance::text::plural;
/// let bytes = |count| format!("{count} byte{}", plural(count));
/// assert_eq!([0, 1, 2].map(bytes), ["0 bytes", "1 byte", "2 bytes"]);
/// ```
#[must_use]
pub fn plural(count: usize) -> &'static str {
    if count == 1 { "" } else { "s" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn controls_and_invisible_characters_are_escaped() {
        assert_eq!(safe("\u{1b}\u{9b}\u{7f}\r\t\0", 99), "\\u{1b}\\u{9b}\\u{7f}\\u{d}\\u{9}\\u{0}");
        assert_eq!(
            safe("\u{202e}\u{200b}\u{2028}\u{e0041}\u{fffe}\u{a0}", 99),
            "\\u{202e}\\u{200b}\\u{2028}\\u{e0041}\\u{fffe}\\u{a0}"
        );
        assert_eq!(safe("caf\u{e9} \u{1f600} a b", 99), "caf\u{e9} \u{1f600} a b");
    }

    #[test]
    fn commands_of_ci_services_are_broken_up() {
        assert_eq!(safe("::error::x", 99), "\\u{3a}:error::x");
        assert_eq!(safe("  ::error::x", 99), "  \\u{3a}:error::x");
        assert_eq!(safe("a::b", 99), "a::b");
        assert_eq!(safe("x ##[error] ###[x ##vso[", 99), "x #\\u{23}[error] #\\u{23}#[x #\\u{23}vso[");
        for text in ["##[", "###[", "####[", "a##[##["] {
            assert!(!safe(text, 99).contains("##"), "{text}");
        }
    }

    #[test]
    fn a_long_string_is_cut_with_a_note() {
        assert_eq!(safe("abcd", 4), "abcd");
        assert_eq!(safe("abcde", 4), "abcd\u{2026} (1 more character)");
        assert_eq!(safe("a\u{1b}b", 4), "a\u{2026} (2 more characters)");
        assert!(safe_bytes(&[b'x'; 1000], 10).len() < 60);
    }

    #[test]
    fn json_is_ascii_and_means_the_same() {
        let value = serde_json::json!({"a": "\u{1f600}\u{202e}\u{7f} ##[error] \u{1b}"});
        let text = ascii_json(&value);
        assert!(text.is_ascii() && !text.contains("##") && !text.contains('\u{7f}'), "{text}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&text).ok(), Some(value));
    }
}
