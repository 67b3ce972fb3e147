//! SPEC.md section 6: the description.

use super::text::Text;
use crate::corpus::{Corpus, Range};

/// A text on its way through section 6: as decoded, and after each of the rules R37 to R41.
pub(super) struct Cleaning {
    pub(super) stages: [String; 6],
}

impl Cleaning {
    /// R37 to R41, in this order.
    pub(super) fn of(text: &str, secrets: &[String]) -> Self {
        let visible = delete_invisible(text);
        let spaced = one_space_and_one_replacement(&visible);
        let without_secrets = replace_secrets(&spaced, secrets);
        let without_runs = replace_runs(&without_secrets);
        let cut = ends_and_length(&without_runs);
        Self { stages: [text.to_owned(), visible, spaced, without_secrets, without_runs, cut] }
    }

    /// The text after R41.
    pub(super) fn cleaned(&self) -> &str {
        &self.stages[5]
    }
}

/// R42: the texts up to the first of which something is left, which is the description.
pub(super) fn cleanings(texts: &[Text<'_>], secrets: &[String]) -> Vec<Cleaning> {
    let mut cleanings = Vec::new();
    for text in texts {
        cleanings.push(Cleaning::of(text.text, secrets));
        if cleanings.last().is_some_and(|cleaning| !cleaning.cleaned().is_empty()) {
            break;
        }
    }
    cleanings
}

/// R23: whether a string holds something that R39 or R40 would replace.
pub(super) fn holds_what_is_redacted(text: &str, secrets: &[String]) -> bool {
    searched_for(secrets).iter().any(|secret| text.contains(*secret)) || replace_runs(text) != text
}

fn is_in(ranges: &[Range], c: char) -> bool {
    ranges.iter().any(|range| (range.first.0..=range.last.0).contains(&u32::from(c)))
}

/// R37.
fn delete_invisible(text: &str) -> String {
    text.chars().filter(|c| !is_in(&Corpus::shared().characters.invisible, *c)).collect()
}

/// R38.
fn one_space_and_one_replacement(text: &str) -> String {
    let mut result = String::new();
    let mut before = None;
    for c in text.chars() {
        let c = if is_in(&Corpus::shared().characters.space, c) { ' ' } else { c };
        if !((c == ' ' || c == '\u{FFFD}') && before == Some(c)) {
            result.push(c);
        }
        before = Some(c);
    }
    result
}

/// R39.
fn replace_secrets(text: &str, secrets: &[String]) -> String {
    searched_for(secrets).iter().fold(text.to_owned(), |text, secret| text.replace(*secret, "[redacted]"))
}

/// R39: the secrets that are searched for, the longest first; the sort keeps the order of equals.
fn searched_for(secrets: &[String]) -> Vec<&str> {
    let is_searched_for = |secret: &&String| secret.chars().count() >= 8 && !"[redacted]".contains(secret.as_str());
    let mut secrets: Vec<&str> = secrets.iter().filter(is_searched_for).map(String::as_str).collect();
    secrets.sort_by_key(|secret| std::cmp::Reverse(secret.chars().count()));
    secrets
}

/// R40.
fn replace_runs(text: &str) -> String {
    let (mut result, mut run) = (String::new(), String::new());
    for c in text.chars().map(Some).chain([None]) {
        match c {
            Some(c) if c.is_ascii_alphanumeric() || "._~+=%-".contains(c) => run.push(c),
            _ => {
                let like_a_token = run.len() >= 40 && run.chars().filter(char::is_ascii_digit).count() >= 2;
                result.push_str(if like_a_token { "[redacted]" } else { &run });
                run.clear();
                result.extend(c);
            }
        }
    }
    result
}

/// R41.
fn ends_and_length(text: &str) -> String {
    let text: Vec<char> = text.trim_matches(' ').chars().collect();
    if text.len() > 500 { text[..499].iter().chain(&['\u{2026}']).collect() } else { text.iter().collect() }
}
