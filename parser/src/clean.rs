//! Cleaning a description (R37 to R42): what reaches a terminal or a log holds no control, bidi or invisible character and no known secret, and
//! is bounded.

use std::borrow::Cow;

use crate::tables::{INVISIBLE, SPACE};

const REDACTED: &str = "[redacted]";
/// The most characters of a description (R41).
const MOST_CHARACTERS: usize = 500;
/// The fewest characters of a secret that is looked for (R39).
const FEWEST_OF_SECRET: usize = 8;
/// The fewest characters and digits of a run that looks like a token (R40).
const FEWEST_OF_RUN: usize = 40;
const FEWEST_DIGITS: usize = 2;

/// The cleaned text, or `None` when nothing is left of it (R42).
pub(crate) fn clean<'t>(text: &'t str, secrets: &[&str]) -> Option<Cow<'t, str>> {
    if is_plain(text) && !holds_secret(text, secrets) && !may_hold_run(text) {
        unless_empty(bound(text)) // as most are
    } else {
        step_by_step(text, secrets)
    }
}

#[inline(never)] // few texts are not plain, and the others save no registers for it
fn step_by_step<'t>(text: &'t str, secrets: &[&str]) -> Option<Cow<'t, str>> {
    let text = squeeze(text);
    let text = then(text, |text| redact_secrets(text, secrets));
    let text = then(text, redact_runs);
    unless_empty(then(text, bound))
}

/// R42.
fn unless_empty(text: Cow<'_, str>) -> Option<Cow<'_, str>> {
    (!text.is_empty()).then_some(text)
}

/// Whether cleaning would redact a part of a text that holds neither space nor invisible characters (R23).
pub(crate) fn would_redact(text: &str, secrets: &[&str]) -> bool {
    holds_secret(text, secrets) || (may_hold_run(text) && matches!(redact_runs(text), Cow::Owned(_)))
}

/// Whether a text is printable ASCII without two spaces in a row, so that R37 and R38 have nothing to do; only for speed.
fn is_plain(text: &str) -> bool {
    // Without an early end the compiler looks at many bytes at once. Each byte but the last is the first of a pair, and of printable ones only two
    // spaces make a space together.
    let bytes = text.as_bytes();
    let is_printable = |byte: u8| matches!(byte, b' '..=b'~');
    let pairs = bytes.iter().zip(bytes.get(1..).unwrap_or_default());
    bytes.last().is_none_or(|last| is_printable(*last))
        && pairs.fold(true, |all, (one, next)| all & is_printable(*one) & ((one | next) != b' '))
}

/// Whether a text holds a run that is long enough, whatever its digits (R40); only for speed.
fn may_hold_run(text: &str) -> bool {
    let (bytes, mut start) = (text.as_bytes(), 0);
    while let Some(window) = bytes.get(start..start + FEWEST_OF_RUN) {
        // Read from its end, a window is mostly passed over whole: no run that is long enough begins before what is of none.
        match window.iter().rposition(|byte| !OF_RUN[usize::from(*byte)]) {
            Some(position) => start += position + 1,
            None => return true,
        }
    }
    false
}

/// Applies a step, keeping what is borrowed borrowed and what is owned as it is when the step has nothing to do.
fn then<'t>(text: Cow<'t, str>, step: impl Fn(&str) -> Cow<'_, str>) -> Cow<'t, str> {
    match text {
        Cow::Borrowed(text) => step(text),
        Cow::Owned(text) => {
            let changed = match step(&text) {
                Cow::Borrowed(same) if same.len() == text.len() => None,
                changed => Some(changed.into_owned()),
            };
            Cow::Owned(changed.unwrap_or(text))
        }
    }
}

/// R37 and R38.
fn squeeze(text: &str) -> Cow<'_, str> {
    let mut last = None;
    let is_clean = text.chars().all(|c| {
        let repeats = last.replace(c) == Some(c);
        match c {
            ' ' | char::REPLACEMENT_CHARACTER => !repeats,
            '!'..='~' => true, // most characters are ASCII
            c => !is_in(&SPACE, c) && !is_in(&INVISIBLE, c),
        }
    });
    if is_clean {
        return Cow::Borrowed(text);
    }
    let mut squeezed = String::with_capacity(text.len());
    for c in text.chars().filter(|c| !is_in(&INVISIBLE, *c)) {
        let c = if is_in(&SPACE, c) { ' ' } else { c };
        let repeats = matches!(c, ' ' | char::REPLACEMENT_CHARACTER) && squeezed.ends_with(c);
        if !repeats {
            squeezed.push(c);
        }
    }
    Cow::Owned(squeezed)
}

fn is_in(ranges: &[(char, char)], c: char) -> bool {
    // Most characters stand before nearly all ranges, so that few are looked at.
    ranges.iter().find(|(_, last)| c <= *last).is_some_and(|(first, _)| *first <= c)
}

/// R39.
fn redact_secrets<'t>(text: &'t str, secrets: &[&str]) -> Cow<'t, str> {
    if !holds_secret(text, secrets) {
        return Cow::Borrowed(text);
    }
    let mut secrets: Vec<&str> = secrets.iter().copied().filter(|secret| is_looked_for(secret)).collect();
    secrets.sort_by_key(|secret| std::cmp::Reverse(secret.chars().count())); // stable: ties stay in the order given
    Cow::Owned(secrets.iter().fold(text.to_owned(), |text, secret| text.replace(secret, REDACTED)))
}

/// Whether a text holds a secret that is looked for (R39).
pub(crate) fn holds_secret(text: &str, secrets: &[&str]) -> bool {
    secrets.iter().any(|secret| is_looked_for(secret) && text.contains(secret))
}

fn is_looked_for(secret: &str) -> bool {
    secret.chars().nth(FEWEST_OF_SECRET - 1).is_some() && !REDACTED.contains(secret)
}

/// R40.
fn redact_runs(text: &str) -> Cow<'_, str> {
    if !may_hold_run(text) {
        return Cow::Borrowed(text);
    }
    let mut redacted = String::new();
    let mut kept = 0; // up to here, `text` is in `redacted`
    let mut start = 0;
    for run in text.split_inclusive(|c| !is_of_run(c)) {
        let length = run.find(|c| !is_of_run(c)).unwrap_or(run.len());
        let digits = run.bytes().filter(u8::is_ascii_digit).count(); // what ends a run is no digit
        if length >= FEWEST_OF_RUN && digits >= FEWEST_DIGITS {
            redacted.push_str(&text[kept..start]);
            redacted.push_str(REDACTED);
            kept = start + length;
        }
        start += run.len();
    }
    if kept == 0 {
        return Cow::Borrowed(text);
    }
    redacted.push_str(&text[kept..]);
    Cow::Owned(redacted)
}

fn is_of_run(c: char) -> bool {
    u8::try_from(c).is_ok_and(|byte| OF_RUN[usize::from(byte)])
}

/// Which bytes are of a run that may be a token.
const OF_RUN: [bool; 256] = {
    let mut of_run = [false; 256];
    let mut byte = b' ';
    while byte <= b'~' {
        of_run[byte as usize] = byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'~' | b'+' | b'=' | b'%' | b'-');
        byte += 1;
    }
    of_run
};

fn without_spaces_at_the_ends(text: &str) -> &str {
    match text.as_bytes() {
        [b' ', ..] | [.., b' '] => text.trim_matches(' '),
        _ => text, // as most are
    }
}

/// R41.
#[inline]
fn bound(text: &str) -> Cow<'_, str> {
    let text = without_spaces_at_the_ends(text);
    // No character has less than a byte.
    if text.len() <= MOST_CHARACTERS { Cow::Borrowed(text) } else { cut(text) }
}

#[inline(never)] // few texts are so long
fn cut(text: &str) -> Cow<'_, str> {
    let mut ends = text.char_indices().skip(MOST_CHARACTERS - 1).map(|(position, _)| position);
    match (ends.next(), ends.next()) {
        (Some(end), Some(_)) => Cow::Owned(format!("{}\u{2026}", &text[..end])),
        _ => Cow::Borrowed(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows() {
        let of = |text: &str| clean(text, &["12345678", "redacted", "1234567", "x12345678"]).map(Cow::into_owned);
        let run = format!("{}1", "a".repeat(38));
        for (text, cleaned) in [
            ("Refresh token expired", Some("Refresh token expired")),
            ("\u{1b}]52;c;x\u{7}a \u{9b}2J\r\n b\u{202e}c", Some("]52;c;x a 2J bc")),
            ("a \u{200b} b\u{fffd}\u{200b}\u{fffd}c", Some("a b\u{fffd}c")),
            ("x12345678 12345678 1234567 redacted", Some("[redacted] [redacted] 1234567 redacted")),
            (&format!("{run}1, {run}/{run}"), Some(&format!("[redacted], {run}/{run}"))),
            (" \u{2060}\u{85}", None),
        ] {
            assert_eq!(of(text).as_deref(), cleaned, "{text:?}");
        }
        assert_eq!(of(&"\u{1f600}".repeat(500)), Some("\u{1f600}".repeat(500)));
        assert_eq!(of(&"\u{1f600}".repeat(501)), Some("\u{1f600}".repeat(499) + "\u{2026}"));
    }

    #[test]
    fn clean_texts_are_borrowed() {
        assert!(matches!(clean("Token has been expired or revoked.", &["12345678"]), Some(Cow::Borrowed(_))));
    }
}
