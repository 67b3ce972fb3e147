//! Codes, texts and what nearly is one.

use super::draw::Draw;
use super::json::{Piece, Text};
use super::tables::tables;

/// What R1 trims.
pub(crate) const TRIMMED: [char; 6] = [' ', '\t', '\n', '\r', '\u{c}', '\u{b}'];

/// What one language or another trims, or takes for white space, besides.
const TRIMMED_ELSEWHERE: [char; 10] =
    ['\u{1c}', '\u{1f}', '\u{0}', '\u{85}', '\u{a0}', '\u{feff}', '\u{200b}', '\u{2028}', '\u{3000}', '\u{180e}'];

/// What some function that maps case, or folds width, takes for an ASCII letter.
const LOOK_ALIKES: [(char, char); 10] = [
    ('k', '\u{212a}'),
    ('s', '\u{17f}'),
    ('i', '\u{131}'),
    ('i', '\u{130}'),
    ('e', '\u{ff45}'),
    ('t', '\u{ff34}'),
    ('a', '\u{430}'),
    ('e', '\u{301}'),
    ('_', '\u{203f}'),
    ('_', '\u{ff3f}'),
];

const SENTENCES: [&str; 16] = [
    "The refresh token has expired.",
    "Refresh token expired",
    "Please try again later",
    "x",
    "Your session has ended, sign in again",
    "unknown, malformed, or expired refresh token",
    "caf\u{e9} d\u{e9}connect\u{e9}",
    "\u{1f511} Schl\u{fc}ssel ung\u{fc}ltig",
    "\u{4ee4}\u{724c}\u{5df2}\u{8fc7}\u{671f}",
    "e\u{301}",
    "{product} {description} {code} {status} {sign_in}",
    "{message} %s %d {0} ${code} {{description}}",
    "Token <b>invalid</b> & \"revoked\" \\ it's",
    "[redacted]",
    "https://idp.example/errors?id=1",
    "error 401",
];

/// Codes without a row. Some of them are names that objects of JavaScript inherit.
const UNKNOWN: [&str; 16] = [
    "consumer_key_unknown",
    "a",
    "Z",
    "~a~",
    "E0000047",
    "unauthenticated:bad-credentials",
    "constructor",
    "__proto__",
    "toString",
    "hasOwnProperty",
    "invalid_grant_",
    "invalid-grant",
    "invalidgrant",
    "invalid_grant.",
    "{description}",
    "{status}",
];

/// Strings that a code place may hold and that are no codes: blanks, numbers, sentences.
const NO_CODES: [&str; 10] = ["", " ", "401", "-1.5", "0", "invalid grant", "caf\u{e9}", "a\"b", "a\\b", "\u{212a}"];

/// URIs, and what is nearly one (R22).
const URIS: [&str; 18] = [
    "https://idp.example/errors/invalid_grant",
    "about:blank",
    "urn:ietf:params:oauth:error:invalid_grant",
    "ABOUT:a",
    "Urn:x",
    "urn:",
    "a://",
    "://a",
    "a:/b",
    "a:/invalid_grant/:/",
    "about;blank",
    "about",
    "xabout:blank",
    "xurn:a",
    "ur\u{131}:a",
    "about\u{ff1a}a",
    "urn :a",
    "mailto:a@idp.example",
];

/// The ends of what R21 allows, and what is just beyond.
const CODE_EDGES: [char; 14] = ['\u{1f}', ' ', '!', '"', '#', '[', '\\', ']', '~', '\u{7f}', '\u{80}', '\u{a1}', '\u{ff01}', '\u{1f600}'];

/// Characters of which long texts are made: one, two, three and four bytes, two of a grapheme, those that UTF-16 or normalisation count otherwise.
const LETTERS: [&str; 8] = ["a", "\u{e9}", "\u{4ee4}", "\u{1f600}", "\u{301}", "e\u{301}", "\u{fffd}a", "a "];

/// Any code of the registry, one that asks for a new sign-in more often than not.
pub(crate) fn registered(u: &Draw<'_>) -> String {
    let tables = tables();
    (u.pick(u.pick(&[&tables.relogin, &tables.codes, &tables.in_text, &tables.reused]))).to_owned()
}

pub(crate) fn unknown(u: &Draw<'_>) -> String {
    u.pick(&UNKNOWN).to_owned()
}

pub(crate) fn no_code(u: &Draw<'_>) -> String {
    u.pick(&NO_CODES).to_owned()
}

pub(crate) fn uri(u: &Draw<'_>) -> String {
    u.pick(&URIS).to_owned()
}

pub(crate) fn sentence(u: &Draw<'_>) -> String {
    u.pick(&SENTENCES).to_owned()
}

/// The same letters in another case, of ASCII only.
pub(crate) fn recased(u: &Draw<'_>, text: &str) -> String {
    match u.below(3) {
        0 => text.to_ascii_uppercase(),
        1 => text.chars().map(|c| if u.one_in(2) { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() }).collect(),
        _ => text.to_ascii_lowercase(),
    }
}

/// The same to the eye, or to a function that maps case; without any letter to change, the same.
pub(crate) fn look_alike(u: &Draw<'_>, text: &str) -> String {
    let lower = text.to_ascii_lowercase();
    let fitting: Vec<_> = LOOK_ALIKES.iter().filter(|(letter, _)| lower.contains(*letter)).collect();
    if fitting.is_empty() {
        return lower;
    }
    let (letter, other) = *u.pick(&fitting);
    lower.replacen(letter, other.encode_utf8(&mut [0; 4]), 1)
}

/// With characters at its ends that are trimmed, or that are not and look it.
pub(crate) fn padded(u: &Draw<'_>, text: &str) -> String {
    let (before, after) = (pad(u), pad(u));
    match u.below(3) {
        0 => format!("{before}{text}{after}"),
        1 => format!("{before}{text}"),
        _ => format!("{text}{after}"),
    }
}

/// One to three characters; every second time, ones that are trimmed.
pub(crate) fn pad(u: &Draw<'_>) -> String {
    let all_trimmed = !u.one_in(2);
    let length = u.range(1, 3);
    (0..length).map(|_| if all_trimmed || u.one_in(3) { u.pick(&TRIMMED) } else { odd_space(u) }).collect()
}

fn odd_space(u: &Draw<'_>) -> char {
    match u.below(3) {
        0 => u.pick(&TRIMMED_ELSEWHERE),
        1 => u.point(&tables().space),
        _ => u.point(&tables().invisible),
    }
}

/// A string that is a code, or no code, by R21 alone.
pub(crate) fn code_edge(u: &Draw<'_>) -> Text {
    let edge = u.pick(&CODE_EDGES);
    match u.below(4) {
        0 => {
            // A short beginning, so that R40 has no say.
            let length = u.pick(&[1, 126, 127, 128, 129, 130, 64]);
            Text(vec![Piece::Times("a".into(), length)])
        }
        1 => Text::from(format!("{edge}{}", registered(u))),
        2 => Text::from(format!("a{edge}b")),
        _ => Text::from(u.pick(&["", "0", "1.5", "-", "_", "a0", "0a", "#", "@A", "[z", "`z{", "\u{e9}", "\u{ff41}"])),
    }
}

/// A text that is a code to step 3, or nearly (R33).
pub(crate) fn phrase(u: &Draw<'_>) -> String {
    let tables = tables();
    let code = u.pick(if u.one_in(6) { &tables.codes } else { &tables.in_text });
    let joint = u.text(&[
        (6, " "),
        (2, "_"),
        (2, "-"),
        (1, "  "),
        (1, " - "),
        (1, "--"),
        (1, "_-"),
        (1, "\u{a0}"),
        (1, "\t"),
        (1, ""),
        (1, "\u{2010}"),
        (1, "."),
        (1, "__"),
        (1, " \u{200b}"),
    ]);
    let mut text = code.replace('_', joint);
    text = match u.below(5) {
        0 => text[..1].to_ascii_uppercase() + &text[1..],
        1 => text,
        2 => recased(u, &text),
        3 => text.to_ascii_uppercase(),
        _ => look_alike(u, &text),
    };
    let end = u.text(&[(4, ""), (4, "."), (1, ".."), (1, " ."), (1, ". "), (1, "!"), (1, "\u{3002}"), (1, "-"), (1, ".\n")]);
    let start = u.text(&[(10, ""), (1, " "), (1, "-"), (1, "."), (1, "\u{feff}")]);
    format!("{start}{text}{end}")
}

/// A text that begins or ends with a code, or nearly (R34).
pub(crate) fn with_word(u: &Draw<'_>) -> String {
    let tables = tables();
    let code = u.pick(if u.one_in(6) { &tables.codes } else { &tables.in_text });
    let code = match u.below(8) {
        0..=5 => code.to_owned(),
        6 => code.to_ascii_uppercase(),
        _ => format!("{code}s"),
    };
    let code = if u.one_in(10) { look_alike(u, &code) } else { code };
    let pattern = u.text(&[
        (4, "failed to refresh token: @"),
        (4, "@ - refresh token expired"),
        (1, "(@)"),
        (1, "\"@\" was answered"),
        (1, "the @ error"),
        (1, "@@ twice"),
        (1, "error=@&x"),
        (1, "status 400, @."),
        (1, "a @ 0"),
        (1, "@\u{e9} oh"),
        (1, "oh \u{e9}@"),
        (1, "x-@-y"),
        (1, "\u{200b}@ b c"),
        (1, "... @ ..."),
        (1, "1 @"),
        (1, "_ @ _"),
    ]);
    pattern.replace('@', &code)
}

/// A text with a run that R40 replaces, or just not.
pub(crate) fn with_run(u: &Draw<'_>) -> String {
    let run = run(u);
    let pattern = u.text(&[(3, "token @ is used"), (2, "@"), (1, "@/@"), (1, "(@)"), (1, "\u{e9}@ b"), (1, "@ @"), (1, "a\u{200b}@")]);
    pattern.replacen('@', &run, 1).replace('@', "0123456789012345678901234567890123456789")
}

/// 38 to 42 characters with 0 to 3 digits; sometimes broken by one that is of no run.
pub(crate) fn run(u: &Draw<'_>) -> String {
    let (length, digits) = (u.range(38, 42), u.pick(&[2, 1, 3, 0]));
    let letter = u.pick(&['a', 'Z', '.', '_', '~', '+', '=', '%', '-']);
    let mut run: Vec<char> = std::iter::repeat_n(letter, length).collect();
    for _ in 0..digits {
        run[u.below(length)] = u.pick(&['0', '9', '5']);
    }
    if u.one_in(5) {
        run[u.below(length)] = u.pick(&['/', ' ', ':', '\u{661}', '\u{200b}', '\u{e9}', ',', '@', '\u{ff10}']);
    }
    run.into_iter().collect()
}

/// A text about as long as a description may be (R41).
pub(crate) fn long(u: &Draw<'_>) -> Text {
    let letter = u.pick(&LETTERS);
    // Most are of the length that decides, in characters; a letter may be two of them.
    let letters = letter.chars().count();
    let wanted = u.pick(&[500, 501, 499, 502, 498, 600, 501]);
    let before = u.pick(&["", "b", "\u{1f600}", " ", "\u{200b}", "  b "]);
    let after = u.pick(&["", "c", "\u{1f600}", " ", "\u{feff}", ".", "\u{301}"]);
    let rest: usize = wanted - before.chars().count() - after.chars().count();
    let fill = "d".repeat(rest % letters);
    Text(vec![Piece::Plain(before.into()), Piece::Times(letter.into(), rest / letters), Piece::Plain((fill + after).into())])
}

/// A text with characters that are deleted or become a space (R37, R38), or just not.
pub(crate) fn with_odd_characters(u: &Draw<'_>) -> String {
    let tables = tables();
    let mut text = String::new();
    let length = u.range(1, 6);
    for _ in 0..length {
        text.push_str(u.pick(&["a", "", "b ", "\u{e9}", " "]));
        let odd = match u.below(8) {
            0..=1 => u.point(&tables.invisible),
            2..=3 => u.point(&tables.space),
            4 => u.pick(&['\u{1b}', '\u{9b}', '\u{202e}', '\u{0}', '\u{7}']),
            5 => char::REPLACEMENT_CHARACTER,
            _ => beside(u),
        };
        text.push(odd);
    }
    text + u.pick(&["z", "", "[31m", " "])
}

/// A character just outside of one of the ranges.
fn beside(u: &Draw<'_>) -> char {
    let tables = tables();
    let (first, last) = u.pick(if u.one_in(2) { &tables.space } else { &tables.invisible });
    char::from_u32(if u.one_in(2) { first.saturating_sub(1) } else { last + 1 }).unwrap_or('b')
}

/// A text of which nothing is left when it is cleaned, or nearly (R42).
pub(crate) fn empty_when_clean(u: &Draw<'_>) -> String {
    let tables = tables();
    let length = u.range(1, 4);
    let mut text: String = (0..length).map(|_| if u.one_in(2) { u.point(&tables.space) } else { u.point(&tables.invisible) }).collect();
    if u.one_in(5) {
        text.push(beside(u));
    }
    text
}

/// A text that echoes secrets, and the secrets (R39).
pub(crate) fn with_secrets(u: &Draw<'_>) -> (String, Vec<String>) {
    const REDACTED: [&str; 10] =
        ["[redacted", "redacted]", "redacted", "[redacted]", "edacted", "edacted]", "[redacted]x", "redacted x", "Redacted", "[redacte"];
    let token = u.pick(&[
        "s3cr3t-t0ken",
        "abcdefgh",
        "12345678",
        "abcdefghi",
        "abcdefg",
        "\u{e9}\u{e9}\u{e9}\u{e9}",
        "\u{1f511}23456\u{1f511}8",
        "aaaaaaaa",
    ]);
    let other = match u.below(6) {
        0 => format!("{token}9"),
        1 => token.chars().skip(1).collect(),
        2 => format!("x{token}"),
        3 => u.pick(&REDACTED).to_owned(),
        4 => token.chars().rev().collect(),
        _ => token.to_owned(),
    };
    let pattern = u.text(&[
        (3, "Invalid refresh token: @"),
        (2, "#"),
        (2, "@ # @"),
        (1, "@#"),
        (1, "#@"),
        (1, "@@@"),
        (1, "a@b#c"),
        (1, "[redacted] @"),
        (1, "[#]"),
    ]);
    let text = pattern.replace('@', token).replace('#', &other);
    // Sometimes a secret is broken by what cleaning deletes, or overlaps itself.
    let text = match u.below(8) {
        6 => text.replacen('e', "\u{200b}e", 1),
        7 => text + "aaaa",
        _ => text,
    };
    let secrets = match u.below(5) {
        0 => vec![token.to_owned()],
        1 => vec![token.to_owned(), other],
        2 => vec![other, token.to_owned()],
        3 => vec![other],
        _ => vec![other, String::new(), token.to_owned(), "red".to_owned()],
    };
    (text, secrets)
}

/// Any code, and what is nearly one.
pub(crate) fn code(u: &Draw<'_>) -> Text {
    match u.below(16) {
        0..=6 => registered(u).into(),
        7 => {
            let code = registered(u);
            recased(u, &code).into()
        }
        8..=9 => unknown(u).into(),
        10 => {
            let code = registered(u);
            padded(u, &code).into()
        }
        11 => uri(u).into(),
        12 => code_edge(u),
        13 => run(u).into(),
        14 => no_code(u).into(),
        _ => text(u),
    }
}

/// Any text, and what is nearly one.
pub(crate) fn text(u: &Draw<'_>) -> Text {
    match u.below(16) {
        0..=5 => sentence(u).into(),
        6..=7 => phrase(u).into(),
        8..=9 => with_word(u).into(),
        10 => with_run(u).into(),
        11 => with_odd_characters(u).into(),
        12 => empty_when_clean(u).into(),
        13 => with_secrets(u).0.into(),
        14 => no_code(u).into(),
        _ => long(u),
    }
}

/// The same string spelled with escapes, all of it or a part.
pub(crate) fn respelled(u: &Draw<'_>, text: &str) -> Text {
    let length = text.chars().count();
    let at = text.char_indices().nth(u.below(length.max(1))).map_or(0, |(at, _)| at);
    let (before, after) = text.split_at(at);
    let first = after.chars().next().map_or(0, char::len_utf8);
    let (one, after) = after.split_at(first);
    let upper = |text: &str| text.encode_utf16().map(|unit| format!("\\u{unit:04X}")).collect::<String>();
    let owned = |text: &str| Piece::Plain(text.to_owned().into());
    Text(match u.below(3) {
        0 => vec![owned(before), Piece::Escaped(one.to_owned().into()), owned(after)],
        1 => vec![owned(before), Piece::Verbatim(upper(one).into()), owned(after)],
        _ => vec![Piece::Escaped(text.to_owned().into())],
    })
}
