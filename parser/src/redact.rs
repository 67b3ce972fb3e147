//! What must not be shown: known secrets (R39) and long runs that look like tokens (R40).
//!
//! For speed, `may_hold_run` looks at a text in windows of 40 bytes, each from its end, so that one look at a space
//! passes over up to 40 bytes. It saves 150 instructions for a description of 100 characters.

use std::borrow::Cow;
use std::cmp::Reverse;

const REDACTED: &str = "[redacted]";
/// The fewest characters of a secret that is searched for (R39).
const FEWEST_OF_SECRET: usize = 8;
/// The fewest characters and digits of a run that looks like a token (R40).
const FEWEST_OF_RUN: usize = 40;
const FEWEST_DIGITS: usize = 2;

/// Returns whether a text holds something that is not shown (R23).
pub(crate) fn would_redact(text: &str, secrets: &[&str]) -> bool {
    holds_secret(text, secrets) || (may_hold_run(text) && matches!(redact_runs(text), Cow::Owned(_)))
}

/// Returns the text with `[redacted]` instead of what is not shown.
pub(crate) fn redact<'t>(text: &'t str, secrets: &[&str]) -> Cow<'t, str> {
    if !holds_secret(text, secrets) {
        return redact_runs(text);
    }
    let mut secrets: Vec<&str> = secrets.iter().copied().filter(|secret| is_searched(secret)).collect();
    secrets.sort_by_key(|secret| Reverse(secret.chars().count())); // a stable sort
    let text = secrets.iter().fold(text.to_owned(), |text, secret| text.replace(secret, REDACTED));
    Cow::Owned(redact_runs(&text).into_owned())
}

/// Returns whether a text holds a known secret.
pub(crate) fn holds_secret(text: &str, secrets: &[&str]) -> bool {
    secrets.iter().any(|secret| is_searched(secret) && text.contains(secret))
}

fn is_searched(secret: &str) -> bool {
    secret.chars().nth(FEWEST_OF_SECRET - 1).is_some() && !REDACTED.contains(secret)
}

/// Returns whether a text may hold a run that is long enough, whatever its digits.
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

fn redact_runs(text: &str) -> Cow<'_, str> {
    if !may_hold_run(text) {
        return Cow::Borrowed(text);
    }
    let mut redacted = String::new();
    let (mut kept, mut start) = (0, 0); // up to `kept`, the text is in `redacted`
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

/// For each byte, whether it can be a part of a run that looks like a token.
const OF_RUN: [bool; 256] = {
    let mut of_run = [false; 256];
    let mut byte = b' ';
    while byte <= b'~' {
        of_run[byte as usize] = byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'~' | b'+' | b'=' | b'%' | b'-');
        byte += 1;
    }
    of_run
};
