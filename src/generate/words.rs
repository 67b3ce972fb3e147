//! Codes, texts, and strings that are nearly one.

use super::draw::Draw;
use super::json::{Piece, Text};
use super::secrets;
use super::tables::tables;

/// The characters that R1 trims.
pub(crate) const TRIMMED: [char; 6] = [' ', '\t', '\n', '\r', '\u{c}', '\u{b}'];

/// Characters that some language trims, or counts as white space, and R1 does not.
const TRIMMED_ELSEWHERE: [char; 10] =
    ['\u{1c}', '\u{1f}', '\u{0}', '\u{85}', '\u{a0}', '\u{feff}', '\u{200b}', '\u{2028}', '\u{3000}', '\u{180e}'];

/// ASCII letters, and characters that some function for case or width maps to them.
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

/// Strings that are not codes: blanks, numbers, sentences.
const NO_CODES: [&str; 10] = ["", " ", "401", "-1.5", "0", "invalid grant", "caf\u{e9}", "a\"b", "a\\b", "\u{212a}"];

/// URIs, and strings that are nearly one (R22).
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

/// The first and last characters that R21 allows, and their neighbours.
const CODE_EDGES: [char; 14] =
    ['\u{1f}', ' ', '!', '"', '#', '[', '\\', ']', '~', '\u{7f}', '\u{80}', '\u{a1}', '\u{ff01}', '\u{1f600}'];

/// Units of long texts: characters of one to four bytes, graphemes of two characters, and
/// characters that UTF-16 or normalisation would count differently.
const LETTERS: [&str; 8] = ["a", "\u{e9}", "\u{4ee4}", "\u{1f600}", "\u{301}", "e\u{301}", "\u{fffd}a", "a "];

/// A code of the registry, more often than not one with the action `relogin`.
pub(crate) fn registered(draw: &Draw<'_>) -> String {
    let tables = tables();
    (draw.pick(draw.pick(&[&tables.relogin, &tables.codes, &tables.in_text, &tables.reused]))).to_owned()
}

pub(crate) fn unknown(draw: &Draw<'_>) -> String {
    draw.pick(&UNKNOWN).to_owned()
}

pub(crate) fn no_code(draw: &Draw<'_>) -> String {
    draw.pick(&NO_CODES).to_owned()
}

pub(crate) fn uri(draw: &Draw<'_>) -> String {
    draw.pick(&URIS).to_owned()
}

pub(crate) fn sentence(draw: &Draw<'_>) -> String {
    draw.pick(&SENTENCES).to_owned()
}

/// The same text in another ASCII case.
pub(crate) fn recased(draw: &Draw<'_>, text: &str) -> String {
    match draw.below(3) {
        0 => text.to_ascii_uppercase(),
        1 => {
            text.chars().map(|c| if draw.one_in(2) { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() }).collect()
        }
        _ => text.to_ascii_lowercase(),
    }
}

/// The same text with one look-alike character; unchanged when no letter has one.
pub(crate) fn look_alike(draw: &Draw<'_>, text: &str) -> String {
    let lower = text.to_ascii_lowercase();
    let fitting: Vec<_> = LOOK_ALIKES.iter().filter(|(letter, _)| lower.contains(*letter)).collect();
    if fitting.is_empty() {
        return lower;
    }
    let (letter, other) = *draw.pick(&fitting);
    lower.replacen(letter, other.encode_utf8(&mut [0; 4]), 1)
}

/// The text with characters at its ends that are trimmed, or that only look like it.
pub(crate) fn padded(draw: &Draw<'_>, text: &str) -> String {
    let (before, after) = (pad(draw), pad(draw));
    match draw.below(3) {
        0 => format!("{before}{text}{after}"),
        1 => format!("{before}{text}"),
        _ => format!("{text}{after}"),
    }
}

/// One to three characters. Half of the time all of them are trimmed.
pub(crate) fn pad(draw: &Draw<'_>) -> String {
    let all_trimmed = !draw.one_in(2);
    let length = draw.range(1, 3);
    (0..length).map(|_| if all_trimmed || draw.one_in(3) { draw.pick(&TRIMMED) } else { odd_space(draw) }).collect()
}

fn odd_space(draw: &Draw<'_>) -> char {
    match draw.below(3) {
        0 => draw.pick(&TRIMMED_ELSEWHERE),
        1 => draw.point(&tables().space),
        _ => draw.point(&tables().invisible),
    }
}

/// A string at an edge of R21.
pub(crate) fn code_edge(draw: &Draw<'_>) -> Text {
    let edge = draw.pick(&CODE_EDGES);
    match draw.below(4) {
        0 => {
            // Without digits, so that R40 does not apply.
            let length = draw.pick(&[1, 126, 127, 128, 129, 130, 64]);
            Text(vec![Piece::Times("a".into(), length)])
        }
        1 => Text::from(format!("{edge}{}", registered(draw))),
        2 => Text::from(format!("a{edge}b")),
        _ => {
            Text::from(draw.pick(&["", "0", "1.5", "-", "_", "a0", "0a", "#", "@A", "[z", "`z{", "\u{e9}", "\u{ff41}"]))
        }
    }
}

/// A text that is a code for step 3, or nearly (R33).
pub(crate) fn phrase(draw: &Draw<'_>) -> String {
    let tables = tables();
    let code = draw.pick(if draw.one_in(6) { &tables.codes } else { &tables.in_text });
    let joint = draw.text(&[
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
    text = match draw.below(5) {
        0 => text[..1].to_ascii_uppercase() + &text[1..],
        1 => text,
        2 => recased(draw, &text),
        3 => text.to_ascii_uppercase(),
        _ => look_alike(draw, &text),
    };
    let end = draw.text(&[
        (4, ""),
        (4, "."),
        (1, ".."),
        (1, " ."),
        (1, ". "),
        (1, "!"),
        (1, "\u{3002}"),
        (1, "-"),
        (1, ".\n"),
    ]);
    let start = draw.text(&[(10, ""), (1, " "), (1, "-"), (1, "."), (1, "\u{feff}")]);
    format!("{start}{text}{end}")
}

/// A text that holds the phrase of an exception, or nearly (R53).
pub(crate) fn with_phrase(draw: &Draw<'_>, phrase: &str) -> String {
    let at = phrase.char_indices().nth(draw.below(phrase.chars().count().max(1))).map_or(0, |(at, _)| at);
    let (before, after) = phrase.split_at(at);
    let phrase = match draw.below(12) {
        0..=4 => phrase.to_owned(),
        5 => recased(draw, phrase),
        6 => phrase[..phrase.len().min(1)].to_ascii_uppercase() + phrase.get(1..).unwrap_or_default(),
        // One letter is missing.
        7..=8 => before.to_owned() + after.get(1..).unwrap_or_default(),
        9 => look_alike(draw, phrase),
        // Texts are not cleaned before they are compared.
        _ => format!("{before}{}{after}", draw.pick(&[" ", "\u{200b}", "\n", "-", "."])),
    };
    let pattern = draw.text(&[
        (4, "@"),
        (3, "Denied: @."),
        (2, "AADSTS70000: the @ of 5"),
        (1, "x@y"),
        (1, " @\t"),
        (1, "\u{e9}@\u{130}"),
    ]);
    pattern.replace('@', &phrase)
}

/// A text that begins or ends with a code, or nearly (R34).
pub(crate) fn with_word(draw: &Draw<'_>) -> String {
    let tables = tables();
    let code = draw.pick(if draw.one_in(6) { &tables.codes } else { &tables.in_text });
    let code = match draw.below(8) {
        0..=5 => code.to_owned(),
        6 => code.to_ascii_uppercase(),
        _ => format!("{code}s"),
    };
    let code = if draw.one_in(10) { look_alike(draw, &code) } else { code };
    let pattern = draw.text(&[
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

/// A text with a run that R40 replaces, or just does not.
pub(crate) fn with_run(draw: &Draw<'_>) -> String {
    let run = run(draw);
    let pattern = draw.text(&[
        (3, "token @ is used"),
        (2, "@"),
        (1, "@/@"),
        (1, "(@)"),
        (1, "\u{e9}@ b"),
        (1, "@ @"),
        (1, "a\u{200b}@"),
    ]);
    pattern.replacen('@', &run, 1).replace('@', "0123456789012345678901234567890123456789")
}

/// 38 to 42 characters with 0 to 3 digits, sometimes broken by a character that ends a run.
pub(crate) fn run(draw: &Draw<'_>) -> String {
    let (length, digits) = (draw.range(38, 42), draw.pick(&[2, 1, 3, 0]));
    let letter = draw.pick(&['a', 'Z', '.', '_', '~', '+', '=', '%', '-']);
    let mut run: Vec<char> = std::iter::repeat_n(letter, length).collect();
    for _ in 0..digits {
        run[draw.below(length)] = draw.pick(&['0', '9', '5']);
    }
    if draw.one_in(5) {
        run[draw.below(length)] = draw.pick(&['/', ' ', ':', '\u{661}', '\u{200b}', '\u{e9}', ',', '@', '\u{ff10}']);
    }
    run.into_iter().collect()
}

/// A text about as long as the longest description (R41).
pub(crate) fn long(draw: &Draw<'_>) -> Text {
    let letter = draw.pick(&LETTERS);
    // The length counts characters, and a unit may have two.
    let letters = letter.chars().count();
    let wanted = draw.pick(&[500, 501, 499, 502, 498, 600, 501]);
    let before = draw.pick(&["", "b", "\u{1f600}", " ", "\u{200b}", "  b "]);
    let after = draw.pick(&["", "c", "\u{1f600}", " ", "\u{feff}", ".", "\u{301}"]);
    let rest: usize = wanted - before.chars().count() - after.chars().count();
    let fill = "d".repeat(rest % letters);
    Text(vec![
        Piece::Plain(before.into()),
        Piece::Times(letter.into(), rest / letters),
        Piece::Plain((fill + after).into()),
    ])
}

/// A text with characters that are deleted or become a space (R37, R38), or just do not.
pub(crate) fn with_odd_characters(draw: &Draw<'_>) -> String {
    let tables = tables();
    let mut text = String::new();
    let length = draw.range(1, 6);
    for _ in 0..length {
        text.push_str(draw.pick(&["a", "", "b ", "\u{e9}", " "]));
        let odd = match draw.below(8) {
            0..=1 => draw.point(&tables.invisible),
            2..=3 => draw.point(&tables.space),
            4 => draw.pick(&['\u{1b}', '\u{9b}', '\u{202e}', '\u{0}', '\u{7}']),
            5 => char::REPLACEMENT_CHARACTER,
            _ => beside(draw),
        };
        text.push(odd);
    }
    text + draw.pick(&["z", "", "[31m", " "])
}

/// A character just outside of one of the ranges.
fn beside(draw: &Draw<'_>) -> char {
    let tables = tables();
    let (first, last) = draw.pick(if draw.one_in(2) { &tables.space } else { &tables.invisible });
    char::from_u32(if draw.one_in(2) { first.saturating_sub(1) } else { last + 1 }).unwrap_or('b')
}

/// A text of which cleaning leaves nothing, or nearly nothing (R42).
pub(crate) fn empty_when_clean(draw: &Draw<'_>) -> String {
    let tables = tables();
    let length = draw.range(1, 4);
    let mut text: String = (0..length)
        .map(|_| if draw.one_in(2) { draw.point(&tables.space) } else { draw.point(&tables.invisible) })
        .collect();
    if draw.one_in(5) {
        text.push(beside(draw));
    }
    text
}

/// A code, or a string that is nearly one.
pub(crate) fn code(draw: &Draw<'_>) -> Text {
    match draw.below(16) {
        0..=6 => registered(draw).into(),
        7 => {
            let code = registered(draw);
            recased(draw, &code).into()
        }
        8..=9 => unknown(draw).into(),
        10 => {
            let code = registered(draw);
            padded(draw, &code).into()
        }
        11 => uri(draw).into(),
        12 => code_edge(draw),
        13 => run(draw).into(),
        14 => no_code(draw).into(),
        _ => text(draw),
    }
}

/// A text, or a string that is nearly one.
pub(crate) fn text(draw: &Draw<'_>) -> Text {
    match draw.below(16) {
        0..=5 => sentence(draw).into(),
        6..=7 => phrase(draw).into(),
        8..=9 => with_word(draw).into(),
        10 => with_run(draw).into(),
        11 => with_odd_characters(draw).into(),
        12 => empty_when_clean(draw).into(),
        13 => secrets::with_secrets(draw).0.into(),
        14 => no_code(draw).into(),
        _ => long(draw),
    }
}

/// The same string with some or all characters escaped.
pub(crate) fn respelled(draw: &Draw<'_>, text: &str) -> Text {
    let length = text.chars().count();
    let at = text.char_indices().nth(draw.below(length.max(1))).map_or(0, |(at, _)| at);
    let (before, after) = text.split_at(at);
    let first = after.chars().next().map_or(0, char::len_utf8);
    let (one, after) = after.split_at(first);
    let upper = |text: &str| text.encode_utf16().map(|unit| format!("\\u{unit:04X}")).collect::<String>();
    let owned = |text: &str| Piece::Plain(text.to_owned().into());
    Text(match draw.below(3) {
        0 => vec![owned(before), Piece::Escaped(one.to_owned().into()), owned(after)],
        1 => vec![owned(before), Piece::Verbatim(upper(one).into()), owned(after)],
        _ => vec![Piece::Escaped(text.to_owned().into())],
    })
}
