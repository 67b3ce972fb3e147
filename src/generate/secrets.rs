//! Texts that repeat secrets, and the secrets.

use super::draw::Draw;

/// Secrets. Some are too short, some overlap themselves, and some have another percent-encoded form.
const SECRETS: [&str; 16] = [
    "s3cr3t-t0ken",
    "abcdefgh",
    "12345678",
    "abcdefghi",
    "abcdefg",
    "aaaaaaaa",
    "abababab",
    "1/fZ+x==",
    "a b/c d+e",
    "100%2Fsafe",
    "*-._~!'()",
    "\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}",
    "\u{1f511}23456\u{1f511}8",
    "%%%%%%%%",
    "        ",
    "[abcdef]",
];

/// Parts of the word `[redacted]`, and strings that are nearly one.
const REDACTED: [&str; 10] = [
    "[redacted",
    "redacted]",
    "redacted",
    "[redacted]",
    "edacted",
    "edacted]",
    "[redacted]x",
    "redacted x",
    "Redacted",
    "[redacte",
];

/// A text that repeats secrets, and the secrets (R55).
pub(crate) fn with_secrets(draw: &Draw<'_>) -> (String, Vec<String>) {
    let secret = draw.pick(&SECRETS);
    let other = other_secret(draw, secret);
    let pattern = draw.text(&[
        (3, "Invalid refresh token: @"),
        (2, "#"),
        (2, "@ # @"),
        (1, "@#"),
        (1, "#@"),
        (1, "@@@"),
        (1, "a@b#c"),
        (1, "[redacted] @"),
        (1, "[#]"),
        (1, "@ is not @."),
    ]);
    let mut text = String::new();
    for c in pattern.chars() {
        match c {
            '@' => text.push_str(&echoed(draw, secret)),
            '#' => text.push_str(&echoed(draw, &other)),
            c => text.push(c),
        }
    }
    // Sometimes a deleted character breaks a secret, or the secret overlaps itself or the next one.
    let text = match draw.below(8) {
        5 => overlapping(secret, &other),
        6 => text.replacen(['e', '5'], "\u{200b}e", 1),
        7 => text + &secret.chars().take(4).collect::<String>(),
        _ => text,
    };
    let secrets = match draw.below(5) {
        0 => vec![secret.to_owned()],
        1 => vec![secret.to_owned(), other],
        2 => vec![other, secret.to_owned()],
        3 => vec![other],
        _ => vec![other, String::new(), secret.to_owned(), "red".to_owned()],
    };
    (text, secrets)
}

/// A secret that has something to do with another.
fn other_secret(draw: &Draw<'_>, secret: &str) -> String {
    let length = secret.chars().count();
    match draw.below(8) {
        0 => format!("{secret}9"),
        1 => secret.chars().skip(1).collect(),
        2 => format!("x{secret}"),
        3 => draw.pick(&REDACTED).to_owned(),
        4 => secret.chars().rev().collect(),
        // Begins with the end of the other.
        5 => secret.chars().skip(length / 2).chain("tail+9/z".chars()).collect(),
        6 => draw.pick(&SECRETS).to_owned(),
        _ => secret.to_owned(),
    }
}

/// A secret and another that begins with the end of it, sharing as many characters as they can.
fn overlapping(secret: &str, other: &str) -> String {
    let starts = secret.char_indices().map(|(at, _)| at).chain([secret.len()]);
    let shared = starts.into_iter().find(|at| other.starts_with(&secret[*at..]));
    format!("{}{other}", &secret[..shared.unwrap_or(secret.len())])
}

/// A secret in one of the forms in which a server repeats it.
fn echoed(draw: &Draw<'_>, secret: &str) -> String {
    match draw.below(8) {
        0..=3 => secret.to_owned(),
        4 => percent_encoded(secret, |_| true),
        5 => percent_encoded(secret, |_| false),
        6 => percent_encoded(secret, |_| draw.one_in(2)),
        // Other encoders keep other characters and write `%20`.
        _ => percent_encoded(secret, |_| true).replace('+', "%20").replace("%7E", "~"),
    }
}

/// The percent-encoded form of R55, with upper-case digits where `is_upper` says so.
fn percent_encoded(secret: &str, is_upper: impl Fn(u8) -> bool) -> String {
    let encode = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'*' | b'-' | b'.' | b'_' => char::from(byte).to_string(),
        b' ' => "+".to_owned(),
        _ if is_upper(byte) => format!("%{byte:02X}"),
        _ => format!("%{byte:02x}"),
    };
    secret.bytes().map(encode).collect()
}
