//! Printing strings that are not ours: what a server, a port or the author of a vector wrote.

use std::sync::LazyLock;

use serde::Serialize;

use crate::corpus::Characters;

/// Makes a string safe to print on a terminal, in a log and in the output of a CI job, on one line of at most about `max` characters.
///
/// Controls, bidi and invisible characters, odd spaces and noncharacters are written as `\u{..}`, a line feed as `\n`. What a CI service
/// would obey is broken up: `##` (as in `##[error]`), and `::` at the beginning. A string that is too long ends with a note of how many characters
/// were left out.
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
    let mut at_start = true; // only spaces so far: a runner looks for its commands behind them too
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let piece = if rest.starts_with("##") {
            "#\\u{23}".to_owned()
        } else if at_start && rest.starts_with("::") {
            "\\u{3a}:".to_owned()
        } else if c == '\n' {
            "\\n".to_owned()
        } else if is_hidden(c) {
            c.escape_unicode().to_string()
        } else {
            c.to_string()
        };
        let taken = if rest.starts_with("##") || (at_start && rest.starts_with("::")) { 2 } else { c.len_utf8() };
        length += piece.chars().count();
        if length > max {
            let left = rest.chars().count();
            out.push_str(&format!("\u{2026} ({left} more character{})", if left == 1 { "" } else { "s" }));
            return out;
        }
        at_start = at_start && c == ' ';
        out.push_str(&piece);
        rest = &rest[taken..];
    }
    out
}

/// [`safe`] for bytes: what is not UTF-8 becomes U+FFFD, which is said to be no more than a picture of it.
#[must_use]
pub fn safe_bytes(bytes: &[u8], max: usize) -> String {
    // Four bytes a character at most; a long body need not be decoded whole to show its beginning.
    let shown = &bytes[..bytes.len().min(max.saturating_mul(4).saturating_add(4))];
    let left = bytes.len() - shown.len();
    let text = safe(&String::from_utf8_lossy(shown), max);
    if left == 0 { text } else { format!("{text}, and {left} bytes") }
}

/// Whether a character would not be seen, or would move what is around it. A plain space is seen.
#[must_use]
pub fn is_hidden(c: char) -> bool {
    static RANGES: LazyLock<Vec<(u32, u32)>> = LazyLock::new(|| {
        let table: Characters =
            serde_json::from_str(include_str!("../corpus/characters.json")).expect("the table of this source tree is checked by its tests");
        table.ranges().collect()
    });
    let point = u32::from(c);
    let noncharacter = point & 0xFFFE == 0xFFFE || (0xFDD0..=0xFDEF).contains(&point);
    c != ' ' && (noncharacter || c.is_control() || RANGES.iter().any(|(first, last)| (*first..=*last).contains(&point)))
}

/// JSON of a value, indented, in ASCII: safe to print, and the same value for whoever reads it.
///
/// # Panics
///
/// When the value cannot be written as JSON, which none of this crate's can.
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

/// What is not plain ASCII, and `##`, stands only inside of strings, where an escape means the same.
fn escape_json(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    let mut units = [0; 2];
    for c in json.chars() {
        if (c == '#' && out.ends_with('#')) || !(c.is_ascii_graphic() || matches!(c, ' ' | '\n')) {
            for unit in c.encode_utf16(&mut units) {
                out.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            out.push(c);
        }
    }
    out
}

/// The ending of a word of which there are so many: `s` unless there is one.
///
/// ```
/// use relogin_conformance::text::plural;
/// assert_eq!([0, 1, 2].map(|count| format!("{count} byte{}", plural(count))), ["0 bytes", "1 byte", "2 bytes"]);
/// ```
#[must_use]
pub fn plural(count: usize) -> &'static str {
    if count == 1 { "" } else { "s" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_obeys_is_escaped() {
        assert_eq!(safe("\u{1b}\u{9b}\u{7f}\r\t\0", 99), "\\u{1b}\\u{9b}\\u{7f}\\u{d}\\u{9}\\u{0}");
        assert_eq!(safe("\u{202e}\u{200b}\u{2028}\u{e0041}\u{fffe}\u{a0}", 99), "\\u{202e}\\u{200b}\\u{2028}\\u{e0041}\\u{fffe}\\u{a0}");
        assert_eq!(safe("caf\u{e9} \u{1f600} a b", 99), "caf\u{e9} \u{1f600} a b");
    }

    #[test]
    fn what_a_ci_service_obeys_is_broken_up() {
        assert_eq!(safe("::error::x", 99), "\\u{3a}:error::x");
        assert_eq!(safe("  ::error::x", 99), "  \\u{3a}:error::x");
        assert_eq!(safe("a::b", 99), "a::b");
        assert_eq!(safe("x ##[error] ###[x ##vso[", 99), "x #\\u{23}[error] #\\u{23}#[x #\\u{23}vso[");
        for text in ["##[", "###[", "####[", "a##[##["] {
            assert!(!safe(text, 99).contains("##"), "{text}");
        }
    }

    #[test]
    fn a_long_string_is_bounded_and_says_so() {
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
