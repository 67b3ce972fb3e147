//! The one way by which a string that is not ours reaches a terminal, a log or a CI system.

use std::fmt::Write as _;
use std::sync::OnceLock;

use serde::Deserialize;

/// The string with everything that could act on a terminal, a log or a CI system shown as text, cut after `most` characters.
///
/// Controls, bidi and invisible characters become `\u{..}`, a line end `\n`; `::` at the beginning and `##[` anywhere, with which GitHub
/// and Azure begin commands, are broken up.
///
/// ```
/// use relogin_conformance::text::safe;
/// assert_eq!(safe("a\u{1b}[2J\nb", 80), "a\\u{1b}[2J\\nb");
/// assert_eq!(safe("::stop-commands::x", 80), "\\u{3a}\\u{3a}stop-commands::x");
/// assert_eq!(safe("abcdef", 4), "abcd… (2 more)");
/// ```
#[must_use]
pub fn safe(text: &str, most: usize) -> String {
    let mut safe = String::new();
    let mut rest = text.chars();
    for c in rest.by_ref().take(most) {
        match c {
            '\n' => safe.push_str("\\n"),
            '\r' => safe.push_str("\\r"),
            '\t' => safe.push_str("\\t"),
            ':' if safe.trim_start_matches(' ').replace("\\u{3a}", "").is_empty() && safe.len() < 99 => safe.push_str("\\u{3a}"),
            '[' if safe.ends_with("##") => safe.push_str("\\u{5b}"),
            c if is_unprintable(c) => write!(safe, "\\u{{{:x}}}", u32::from(c)).expect("a string takes all"),
            c => safe.push(c),
        }
    }
    match rest.count() {
        0 => safe,
        more => format!("{safe}… ({more} more)"),
    }
}

/// Whether a character may not be shown as it is: a control, or one of the invisible characters of `characters.json`, or a line separator.
#[must_use]
pub fn is_unprintable(c: char) -> bool {
    #[derive(Deserialize)]
    struct Characters {
        invisible: Vec<Range>,
    }
    #[derive(Deserialize)]
    struct Range {
        first: String,
        last: String,
    }
    static INVISIBLE: OnceLock<Vec<(u32, u32)>> = OnceLock::new();
    let invisible = INVISIBLE.get_or_init(|| {
        let table: Characters =
            serde_json::from_str(include_str!("../corpus/characters.json")).expect("a test reads the table of this build");
        let number = |text: &str| u32::from_str_radix(text, 16).expect("a test reads the table of this build");
        table.invisible.iter().map(|range| (number(&range.first), number(&range.last))).collect()
    });
    let number = u32::from(c);
    c.is_control()
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{e000}'..='\u{f8ff}')
        || number & 0xFFFE == 0xFFFE
        || invisible.iter().any(|(first, last)| (*first..=*last).contains(&number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_acts() {
        for (text, shown) in [
            ("plain: text [x] ##", "plain: text [x] ##"),
            ("\u{0}\u{1b}[31m\u{9b}2J\u{7f}", "\\u{0}\\u{1b}[31m\\u{9b}2J\\u{7f}"),
            ("a\u{202e}b\u{200b}c\u{e0041}\u{2028}", "a\\u{202e}b\\u{200b}c\\u{e0041}\\u{2028}"),
            ("a\n::error::x", "a\\n::error::x"),
            ("  ::add-mask::x", "  \\u{3a}\\u{3a}add-mask::x"),
            ("##[add-mask]relogin ###[x", "##\\u{5b}add-mask]relogin ###\\u{5b}x"),
        ] {
            assert_eq!(safe(text, 100), shown);
        }
        assert_eq!(safe(&"x".repeat(1 << 20), 10), "xxxxxxxxxx… (1048566 more)");
    }
}
