//! Parts of a text that must not be shown: known secrets (R55) and long runs that look like tokens (R56).
//!
//! The time is linear in the length of the text times the number of secrets, whatever the secrets are.
//!
//! For speed, `may_hold_run` looks at a text in windows of 40 bytes, each from its end, so that one look at a space
//! passes over up to 40 bytes. It saves 150 instructions for a description of 100 characters.

use std::borrow::Cow;
use std::cell::LazyCell;
use std::ops::{ControlFlow, Range};

const REDACTED: &str = "[redacted]";
/// The fewest characters of a secret that is searched for (R55).
const FEWEST_OF_SECRET: usize = 8;
/// The fewest characters and digits of a run that looks like a token (R56).
const FEWEST_OF_RUN: usize = 40;
const FEWEST_DIGITS: usize = 2;

/// Returns whether anything in a text is marked (R23).
#[inline]
pub(crate) fn has_marks(text: &str, secrets: &[&str]) -> bool {
    (!secrets.is_empty() || may_hold_run(text)) && mark(text, secrets, |_| ControlFlow::Break(())).is_break()
}

/// Returns the text with `[redacted]` for each maximal run of marked characters (R57).
pub(crate) fn redact<'t>(text: &'t str, secrets: &[&str]) -> Cow<'t, str> {
    if !has_marks(text, secrets) {
        return Cow::Borrowed(text);
    }
    let mut edges = vec![0_i32; text.len() + 1]; // at each position, how many marked parts begin, less those that end
    _ = mark(text, secrets, |part| {
        edges[part.start] += 1;
        edges[part.end] -= 1;
        ControlFlow::Continue(())
    });
    let (mut redacted, mut depth) = (String::with_capacity(text.len()), 0);
    for (position, c) in text.char_indices() {
        let was_marked = depth > 0;
        depth += edges[position];
        match (was_marked, depth > 0) {
            (_, false) => redacted.push(c),
            (false, true) => redacted.push_str(REDACTED),
            (true, true) => {}
        }
    }
    Cow::Owned(redacted)
}

/// Calls `found` with each part of a text that is marked, until it breaks.
fn mark(text: &str, secrets: &[&str], mut found: impl FnMut(Range<usize>) -> ControlFlow<()>) -> ControlFlow<()> {
    if may_hold_run(text) {
        let mut start = 0;
        for run in text.as_bytes().split(|byte| !OF_RUN[usize::from(*byte)]) {
            let digits = run.iter().filter(|byte| byte.is_ascii_digit()).count();
            if run.len() >= FEWEST_OF_RUN && digits >= FEWEST_DIGITS {
                found(start..start + run.len())?;
            }
            start += run.len() + 1;
        }
    }
    let upper = LazyCell::new(|| with_upper_case_digits(text));
    let has_encoded = LazyCell::new(|| text.contains(['%', '+']));
    for secret in secrets.iter().filter(|secret| is_searched(secret)) {
        for start in occurrences(text, secret) {
            found(start..start + secret.len())?;
        }
        if !*has_encoded {
            continue; // the encoded form is the secret itself, or holds one of the two
        }
        // In `upper` the digits of the text are as in an encoded secret. All other bytes of an occurrence are as they
        // were, except that its first two may belong to a `%` before it: these two are compared apart.
        let encoded: String = form_urlencoded::byte_serialize(secret.as_bytes()).collect();
        let (head, tail) = encoded.split_at(2);
        for end_of_head in occurrences(&upper, tail).filter(|start| *start >= 2) {
            let start = end_of_head - 2;
            let source = if head.starts_with('%') { upper.as_bytes() } else { text.as_bytes() };
            if source[start..end_of_head] == *head.as_bytes() {
                found(start..start + encoded.len())?;
            }
        }
    }
    ControlFlow::Continue(())
}

fn is_searched(secret: &str) -> bool {
    secret.chars().nth(FEWEST_OF_SECRET - 1).is_some() && !REDACTED.contains(secret)
}

/// Returns a text with the two hexadecimal digits after each `%` in upper case.
fn with_upper_case_digits(text: &str) -> String {
    let mut upper = String::with_capacity(text.len());
    for (index, piece) in text.split('%').enumerate() {
        let digits = piece.get(..2).filter(|digits| index > 0 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
        upper.push_str(if index > 0 { "%" } else { "" });
        upper.push_str(&digits.unwrap_or_default().to_ascii_uppercase());
        upper.push_str(&piece[digits.map_or(0, str::len)..]);
    }
    upper
}

/// Returns where a pattern occurs in a text, also where occurrences overlap: by Knuth, Morris and Pratt.
fn occurrences(text: &str, pattern: &str) -> impl Iterator<Item = usize> {
    // In most texts there is none, and `str::find` is quicker.
    let first = text.find(pattern).unwrap_or(text.len());
    let (rest, pattern) = (&text.as_bytes()[first..], pattern.as_bytes());
    // For each beginning of the pattern, the length of the longest shorter beginning that it ends with.
    let mut borders = vec![0; if rest.is_empty() { 0 } else { pattern.len() }];
    let advance = |borders: &[usize], mut matched: usize, byte: u8| {
        while matched > 0 && pattern[matched] != byte {
            matched = borders[matched - 1];
        }
        matched + usize::from(pattern[matched] == byte)
    };
    for end in 1..borders.len() {
        borders[end] = advance(&borders, borders[end - 1], pattern[end]);
    }
    let mut matched = 0;
    rest.iter().enumerate().filter_map(move |(position, byte)| {
        matched = advance(&borders, matched, *byte);
        let occurs = matched == pattern.len();
        matched = if occurs { borders[matched - 1] } else { matched };
        occurs.then(|| first + position + 1 - pattern.len())
    })
}

/// Returns whether a text may hold a run that is long enough, whatever its digits.
#[inline]
fn may_hold_run(text: &str) -> bool {
    let (bytes, mut start) = (text.as_bytes(), 0);
    while let Some(window) = bytes.get(start..start + FEWEST_OF_RUN) {
        match window.iter().rposition(|byte| !OF_RUN[usize::from(*byte)]) {
            Some(position) => start += position + 1,
            None => return true,
        }
    }
    false
}

/// For each byte, whether it can be a part of a run that looks like a token.
const OF_RUN: [bool; 256] = {
    let mut of_run = [false; 256];
    let mut byte = 0_u8;
    while byte < 0x80 {
        of_run[byte as usize] =
            byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'~' | b'+' | b'=' | b'%' | b'-');
        byte += 1;
    }
    of_run
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marked_runs_become_one_word() {
        let run = format!("{}1", "a".repeat(38));
        for (text, secrets, redacted) in [
            (
                "x12345678 12345678 1234567 redacted",
                ["12345678", "redacted", "1234567", "x12345678"].as_slice(),
                "[redacted] [redacted] 1234567 redacted",
            ),
            (&format!("{run}1, {run}/{run}"), &[], &format!("[redacted], {run}/{run}")),
            ("-ababababab-", &["abababab"], "-[redacted]-"),
            ("12345678abcdefgh", &["abcdefgh", "12345678"], "[redacted]"),
            ("a\u{e9}b s\u{e9}cr\u{e8}t-\u{1f600} c", &["s\u{e9}cr\u{e8}t-\u{1f600}"], "a\u{e9}b [redacted] c"),
            ("a%2Fb+c%2fd!", &["a/b c/d0", "a/b c/d"], "a%2Fb+c%2fd!"),
            ("a%2Fb+c%2fde!", &["a/b c/de"], "[redacted]!"),
            ("%2fabcdefg%%2Fabcdefg", &["/abcdefg"], "[redacted]%[redacted]"),
            // The two characters after a `%` that is not of the secret have a case.
            ("%abcdefg%2b %ABcdefg%2b", &["abcdefg+"], "%[redacted] %ABcdefg%2b"),
            ("%5bredacted %5Bredacted%5D", &["[redacted"], "%5bredacted %5Bredacted%5D"),
        ] {
            assert_eq!(redact(text, secrets), redacted, "{text:?}");
            assert_eq!(has_marks(text, secrets), text != redacted, "{text:?}");
        }
    }
}
