//! SPEC.md section 6: the description.

use crate::corpus::{Corpus, Range};

/// A text on its way through section 6.
pub(super) struct Cleaning {
    pub(super) decoded: String,
    /// After R37.
    pub(super) visible: String,
    /// After R38.
    pub(super) spaced: String,
    /// R55: which characters of `spaced` are marked because of a secret.
    pub(super) secret: Vec<bool>,
    /// R56: which characters of `spaced` are marked because of a long run.
    pub(super) long_run: Vec<bool>,
    /// After R57.
    pub(super) redacted: String,
    /// After R41.
    pub(super) cleaned: String,
}

impl Cleaning {
    /// R37, R38, R55, R56, R57 and R41, in this order.
    pub(super) fn of(text: &str, secrets: &[String]) -> Self {
        let visible = delete_invisible(text);
        let spaced = one_space_and_one_replacement(&visible);
        let (secret, long_run) = (marks_of_secrets(&spaced, secrets), marks_of_long_runs(&spaced));
        let redacted = replace_marked(&spaced, &secret, &long_run);
        let cleaned = ends_and_length(&redacted);
        Self { decoded: text.to_owned(), visible, spaced, secret, long_run, redacted, cleaned }
    }
}

/// R42: the texts up to the first of which something is left, which is the description.
pub(super) fn cleanings<'t>(texts: impl IntoIterator<Item = &'t str>, secrets: &[String]) -> Vec<Cleaning> {
    let mut cleanings = Vec::new();
    for text in texts {
        cleanings.push(Cleaning::of(text, secrets));
        if cleanings.last().is_some_and(|cleaning| !cleaning.cleaned.is_empty()) {
            break;
        }
    }
    cleanings
}

/// R23: whether R55 or R56 marks a character of a string.
pub(super) fn is_redacted(text: &str, secrets: &[String]) -> bool {
    marks_of_secrets(text, secrets).contains(&true) || marks_of_long_runs(text).contains(&true)
}

fn is_in(ranges: &[Range], c: char) -> bool {
    ranges.iter().any(|range| (range.first.0..=range.last.0).contains(&u32::from(c)))
}

/// R37.
fn delete_invisible(text: &str) -> String {
    text.chars().filter(|c| !is_in(&Corpus::embedded().characters.invisible, *c)).collect()
}

/// R38.
fn one_space_and_one_replacement(text: &str) -> String {
    let mut result = String::new();
    let mut before = None;
    for c in text.chars() {
        let c = if is_in(&Corpus::embedded().characters.space, c) { ' ' } else { c };
        if !((c == ' ' || c == '\u{FFFD}') && before == Some(c)) {
            result.push(c);
        }
        before = Some(c);
    }
    result
}

/// R55. Asks at every position for every secret.
fn marks_of_secrets(text: &str, secrets: &[String]) -> Vec<bool> {
    let text: Vec<char> = text.chars().collect();
    let mut marks = vec![false; text.len()];
    let is_searched_for = |secret: &&String| secret.chars().count() >= 8 && !"[redacted]".contains(secret.as_str());
    for secret in secrets.iter().filter(is_searched_for) {
        let given: Vec<char> = secret.chars().collect();
        let encoded: Vec<char> = percent_encoded(secret).chars().collect();
        for at in 0..text.len() {
            if text[at..].starts_with(&given) {
                marks[at..at + given.len()].fill(true);
            }
            if begins_with_encoded(&text[at..], &encoded) {
                marks[at..at + encoded.len()].fill(true);
            }
        }
    }
    marks
}

/// R55: the percent-encoded form of a secret.
fn percent_encoded(secret: &str) -> String {
    let encode = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'*' | b'-' | b'.' | b'_' => char::from(byte).to_string(),
        b' ' => "+".to_owned(),
        _ => format!("%{byte:02X}"),
    };
    secret.bytes().map(encode).collect()
}

/// R55: whether a text begins with a percent-encoded secret. The letters of hexadecimal digits match in either case.
fn begins_with_encoded(text: &[char], encoded: &[char]) -> bool {
    let is_digit = |at: usize| encoded[..at].iter().rev().take(2).any(|c| *c == '%');
    let matches = |at: usize| {
        if is_digit(at) { text[at].eq_ignore_ascii_case(&encoded[at]) } else { text[at] == encoded[at] }
    };
    text.len() >= encoded.len() && (0..encoded.len()).all(matches)
}

/// R56.
fn marks_of_long_runs(text: &str) -> Vec<bool> {
    let text: Vec<char> = text.chars().collect();
    let mut marks = vec![false; text.len()];
    let is_of_run = |c: char| c.is_ascii_alphanumeric() || "._~+=%-".contains(c);
    let mut start = 0;
    for end in 0..=text.len() {
        if end == text.len() || !is_of_run(text[end]) {
            let digits = text[start..end].iter().filter(|c| c.is_ascii_digit()).count();
            if end - start >= 40 && digits >= 2 {
                marks[start..end].fill(true);
            }
            start = end + 1;
        }
    }
    marks
}

/// R57.
fn replace_marked(text: &str, secret: &[bool], long_run: &[bool]) -> String {
    let mut result = String::new();
    let mut in_run = false;
    for (at, c) in text.chars().enumerate() {
        let is_marked = secret[at] || long_run[at];
        if !is_marked {
            result.push(c);
        } else if !in_run {
            result.push_str("[redacted]");
        }
        in_run = is_marked;
    }
    result
}

/// R41.
fn ends_and_length(text: &str) -> String {
    let text: Vec<char> = text.trim_matches(' ').chars().collect();
    if text.len() > 500 { text[..499].iter().chain(&['\u{2026}']).collect() } else { text.iter().collect() }
}
