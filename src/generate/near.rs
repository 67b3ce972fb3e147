//! Near misses: for each rule of SPEC.md, responses just on either side of the edge of the rule,
//! and plain otherwise.

use super::case::{Body, Case, Damage, Pair};
use super::draw::Draw;
use super::headers;
use super::json::{Piece, Text, Value};
use super::parts::{
    Part, SEQUENCES, answer, any_value, content_type, document, duplicate, edge_status, form_of, json, near_form_type,
    odd_key, pair, scalar, speaking_status, special_name,
};
use super::secrets::with_secrets;
use super::tables::tables;
use super::words;

/// The near misses, with the rules that they are about.
///
/// ```
/// use relogin_conformance::{corpus::spec, generate::near::NEAR};
/// let about = |rule: u8| NEAR.iter().any(|part| part.rules.contains(&rule));
/// assert!(spec::rules().iter().all(|rule| about(rule.number())));
/// ```
pub static NEAR: [Part; 36] = [
    Part { name: "trimming", rules: &[1, 26, 43], weight: 4, draw: trimming },
    Part { name: "case", rules: &[2], weight: 5, draw: case },
    Part { name: "success", rules: &[3], weight: 5, draw: success },
    Part { name: "success with an error", rules: &[3, 4], weight: 4, draw: success_with_error },
    Part { name: "success with errors", rules: &[3, 5], weight: 8, draw: success_with_errors },
    Part { name: "size", rules: &[6], weight: 2, draw: size },
    Part { name: "byte order mark", rules: &[7], weight: 3, draw: byte_order_mark },
    Part { name: "UTF-8", rules: &[8], weight: 4, draw: utf8 },
    Part { name: "first byte", rules: &[9], weight: 3, draw: first_byte },
    Part { name: "strictness", rules: &[10], weight: 6, draw: strictness },
    Part { name: "duplicates", rules: &[11], weight: 5, draw: duplicates },
    Part { name: "surrogates", rules: &[12], weight: 5, draw: surrogates },
    Part { name: "numbers", rules: &[13], weight: 4, draw: numbers },
    Part { name: "depth", rules: &[14], weight: 4, draw: depth },
    Part { name: "form type", rules: &[15], weight: 4, draw: form_type },
    Part { name: "form", rules: &[16], weight: 4, draw: form },
    Part { name: "no document", rules: &[17], weight: 2, draw: no_document },
    Part { name: "error object", rules: &[18, 19, 20], weight: 5, draw: error_object },
    Part { name: "code places", rules: &[20, 24, 25], weight: 5, draw: code_places },
    Part { name: "code", rules: &[21], weight: 4, draw: code },
    Part { name: "URI", rules: &[22], weight: 4, draw: uri },
    Part { name: "secret as a code", rules: &[23], weight: 6, draw: secret_code },
    Part { name: "text places", rules: &[26, 27, 28], weight: 5, draw: text_places },
    Part { name: "strings in errors", rules: &[29], weight: 4, draw: errors },
    Part { name: "keys", rules: &[30], weight: 5, draw: keys },
    Part { name: "status", rules: &[31, 32, 35, 36], weight: 5, draw: status },
    Part { name: "code in a text", rules: &[33, 34, 35], weight: 8, draw: code_in_text },
    Part { name: "cleaning", rules: &[37, 38, 42], weight: 8, draw: cleaning },
    Part { name: "redaction", rules: &[55, 56, 57], weight: 10, draw: redaction },
    Part { name: "length", rules: &[41], weight: 4, draw: length },
    Part { name: "message", rules: &[43, 44, 45, 46, 47, 48, 49, 59], weight: 5, draw: message },
    Part { name: "headers", rules: &[50, 52, 58], weight: 8, draw: headers },
    Part { name: "bare text", rules: &[51], weight: 6, draw: bare_text },
    Part { name: "exceptions", rules: &[53], weight: 10, draw: exceptions },
    Part { name: "status without a code", rules: &[54], weight: 4, draw: status_without_a_code },
    Part { name: "wrapped error object", rules: &[60], weight: 5, draw: wrapped },
];

fn trimming(draw: &Draw<'_>) -> Case {
    let code = words::registered(draw);
    let padded = words::padded(draw, &code);
    let blank = words::pad(draw);
    match draw.below(4) {
        0 => answer(draw, Some(padded.into()), None),
        1 => {
            let status = draw.pick(&[200, 201, 400]);
            let token = if draw.one_in(3) { padded } else { blank };
            Case { status, ..json(draw, Value::object([("access_token", Value::text(token))])) }
        }
        2 => {
            // A blank string is not a text, and the next place is asked.
            let members = [(top_text(0), Value::text(blank)), (top_text(1), Value::text(words::sentence(draw)))];
            json(draw, Value::object(members))
        }
        _ => answer(draw, None, Some(padded.into())),
    }
}

fn case(draw: &Draw<'_>) -> Case {
    let code = words::registered(draw);
    let other = if draw.below(3) < 2 { words::recased(draw, &code) } else { words::look_alike(draw, &code) };
    if draw.one_in(3) { answer(draw, None, Some(other.into())) } else { answer(draw, Some(other.into()), None) }
}

/// A value for `access_token`.
fn token(draw: &Draw<'_>) -> Value {
    match draw.below(8) {
        0..=3 => Value::text("new"),
        4 => Value::text(words::pad(draw)),
        5 => scalar(draw),
        6 => Value::Text(Text(vec![Piece::Unit(0xD800)])),
        _ => Value::object([("access_token", Value::text("new"))]),
    }
}

fn success(draw: &Draw<'_>) -> Case {
    let status = draw.pick(&[200, 201, 299, 199, 300, 204, 400, 200]);
    if draw.one_in(6) {
        let pairs = vec![pair(draw, "access_token", "new"), Pair { name: "scope".into(), value: Some("a+b".into()) }];
        return Case { status, ..form_of(draw, pairs) };
    }
    let mut members = vec![("access_token", token(draw))];
    if draw.one_in(3) {
        let key = draw.pick(&tables().keys);
        members.push((key, Value::Text(words::code(draw))));
    }
    let object = Value::object(members);
    let value = if draw.one_in(8) { Value::Array(vec![object]) } else { object };
    Case { status, ..json(draw, value) }
}

/// A value that reports an error, or just does not (R4, R5).
fn reporting(draw: &Draw<'_>) -> Value {
    match draw.below(12) {
        0..=2 => scalar(draw),
        3 => Value::text(words::registered(draw)),
        4 => Value::text(words::pad(draw)),
        5 => Value::object([(inner_code(0), scalar(draw))]),
        6 => Value::object([(special_name(draw), Value::NULL)]),
        7 => Value::Array(vec![scalar(draw), scalar(draw)]),
        8 => Value::Array(vec![Value::object([(special_name(draw), Value::NULL)])]),
        9 => Value::Array(vec![Value::Array(vec![Value::text("invalid_grant")])]),
        10 => Value::Array(vec![Value::text(words::pad(draw)), Value::Object(Vec::new())]),
        _ => Value::Array(vec![Value::text(words::sentence(draw))]),
    }
}

fn success_with(draw: &Draw<'_>, key: &str) -> Case {
    let mut members = vec![("access_token", Value::text("new")), (key, reporting(draw))];
    if draw.one_in(2) {
        members.reverse();
    }
    Case { status: draw.pick(&[200, 201, 299]), ..json(draw, Value::object(members)) }
}

fn success_with_error(draw: &Draw<'_>) -> Case {
    if draw.one_in(8) {
        let pairs = vec![pair(draw, "access_token", "new"), pair(draw, "error", &words::pad(draw))];
        return Case { status: 200, ..form_of(draw, pairs) };
    }
    success_with(draw, "error")
}

fn success_with_errors(draw: &Draw<'_>) -> Case {
    success_with(draw, "errors")
}

/// Bodies near the size limit of R6. Most are too large, because a body within the limit takes long
/// to read.
fn size(draw: &Draw<'_>) -> Case {
    const MOST: usize = 1 << 20;
    let over = draw.pick(&[1, 1, 1, 1, 1, 1, 0, 1, 1, 1, 1, 1, 1, 1, 0, 1, 1, 1, 1, 1, 1, 1, -1]);
    let size = MOST.saturating_add_signed(over);
    let (code, text) = (words::registered(draw), words::sentence(draw));
    match draw.below(4) {
        // Few characters, many bytes.
        0 => {
            let letter = draw.pick(&["\u{e9}", "\u{4ee4}", "a", "\u{1f600}"]);
            let fill = |times, rest| Text(vec![Piece::Times(letter.into(), times), Piece::Times("b".into(), rest)]);
            let whole = |fill| Value::object([("error", Value::text(code.clone())), ("pad", Value::Text(fill))]);
            let mut case = json(draw, whole(Text::default()));
            let left = size - case.render().len();
            if let Body::Json(json) = &mut case.body {
                json.value = whole(fill(left / letter.len(), left % letter.len()));
            }
            case
        }
        1 => {
            let mut case = form_of(
                draw,
                vec![Pair { name: "error".into(), value: Some(code) }, Pair { name: String::new(), value: None }],
            );
            case.content_type = Some(super::parts::FORM.to_owned());
            let left = size - case.render().len();
            if let Body::Form(pairs) = &mut case.body {
                pairs[1].name = (draw.pick(&["&", "a", "+"])).repeat(left);
            }
            case
        }
        2 => Case {
            damages: vec![Damage::Before(b"\xEF\xBB\xBF".to_vec()), Damage::Pad(size)],
            ..answer(draw, Some(code.into()), Some(text.into()))
        },
        _ => Case { damages: vec![Damage::Pad(size)], ..json(draw, Value::object([("error", Value::text(code))])) },
    }
}

fn byte_order_mark(draw: &Draw<'_>) -> Case {
    const FRONT: [&[u8]; 10] = [
        b"\xEF\xBB\xBF",
        b"\xEF\xBB\xBF ",
        b"\xEF\xBB\xBF\xEF\xBB\xBF",
        b" \xEF\xBB\xBF",
        b"\xEF\xBB",
        b"\xFE\xFF",
        b"\xFF\xFE",
        b"\xEF\xBB\xBF\n\xEF\xBB\xBF",
        b"\xEF\xBF\xBE",
        b"\x00",
    ];
    let front = if draw.one_in(2) { FRONT[0] } else { draw.pick(&FRONT) };
    let (code, text) = (words::registered(draw), words::sentence(draw));
    Case { damages: vec![Damage::Before(front.to_vec())], ..answer(draw, Some(code.into()), Some(text.into())) }
}

/// Bytes that are not UTF-8, in a description, in a code, in a key, or anywhere.
fn utf8(draw: &Draw<'_>) -> Case {
    let (code, text) = (words::registered(draw), words::sentence(draw));
    let mark = "\u{1}\u{2}"; // stands in no body, and holds the place until there are bytes
    let mut case = match draw.below(5) {
        0..=2 => json(draw, document_of(&code, &format!("{text}{mark}b"))),
        3 => json(draw, document_of(&format!("{code}{mark}"), &text)),
        _ => json(
            draw,
            Value::object([("error", Value::text(code)), (&format!("{}{mark}", top_text(0)), Value::text(text))]),
        ),
    };
    if draw.one_in(8) {
        let pairs = vec![
            Pair { name: "error".into(), value: Some("x\u{1}\u{2}".into()) },
            Pair { name: top_text(0).into(), value: Some("a".into()) },
        ];
        case = form_of(draw, pairs);
    }
    let sequence = draw.pick(&SEQUENCES);
    let times = if draw.one_in(4) { 2 } else { 1 };
    let mut bytes = case.body.render();
    for spelled in [mark.as_bytes(), b"\\u0001\\u0002"] {
        if let Some(at) = bytes.windows(spelled.len()).position(|window| window == spelled) {
            bytes.splice(at..at + spelled.len(), sequence.repeat(times));
        }
    }
    Case { body: Body::Bytes(bytes), ..case }
}

/// A core place, for cases in which any place would do.
fn top_text(index: usize) -> &'static str {
    tables().top_level.text[index]
}

fn inner_text() -> &'static str {
    tables().error_object.text[0]
}

fn inner_code(index: usize) -> &'static str {
    tables().error_object.code[index]
}

fn document_of(code: &str, text: &str) -> Value {
    Value::object([("error", Value::text(code)), (top_text(0), Value::text(text))])
}

fn with_member(mut object: Value, place: usize, key: Text, value: Value) -> Value {
    if let Value::Object(members) = &mut object {
        members.insert(place, (key, value));
    }
    object
}

fn first_byte(draw: &Draw<'_>) -> Case {
    const FRONT: [&[u8]; 10] =
        [b" ", b"\r\n\t ", b"\x0b", b"\x0c", b"\xC2\xA0", b"\xE2\x80\xA8", b"\x00", b"\xEF\xBB\xBF\n", b";", b"\x1e"];
    let code = words::registered(draw);
    let mut case = answer(draw, Some(code.into()), None);
    case.content_type = if draw.one_in(2) { near_form_type(draw) } else { content_type(draw) };
    case.damages.push(match draw.below(4) {
        // Broken JSON is never read as a form.
        0 => Damage::After(b"&error=invalid_grant".to_vec()),
        1 => Damage::Before(b"{&error=invalid_grant&a=".to_vec()),
        2 => Damage::Before(draw.pick(&FRONT).to_vec()),
        _ => Damage::Before(draw.pick(&FRONT[..2]).to_vec()),
    });
    case
}

/// Text that some parsers accept as JSON.
fn strictness(draw: &Draw<'_>) -> Case {
    const BARE: [&str; 32] = [
        "\"NaN\"",
        "\"/*\"",
        "1 ",
        "\"'\"",
        "[ ]",
        "\"\\\"\"",
        "1,",
        "NaN",
        "-Infinity",
        "Infinity",
        "'a'",
        "undefined",
        "None",
        "True",
        "nul",
        "1/*a*/",
        "1//a\n",
        "\"a\" \"b\"",
        "01",
        "1.",
        ".5",
        "+1",
        "0x1f",
        "1_000",
        "\"a\"\"",
        "1}",
        "[1,]",
        "{\"a\":1,}",
        "{a:1}",
        "[,1]",
        "{\"a\"}",
        "",
    ];
    const IN_STRING: [&str; 16] = [
        "\n", "\t", "\0", "\u{1f}", "\\x41", "\\a", "\\'", "\\0", "\\u12", "\\u12G4", "\\U0041", "\\u+041", "\u{7f}",
        "\\/", "\u{2028}", "\\",
    ];
    const AFTER: [&[u8]; 14] = [
        b" \n\r\t",
        b"x",
        b"}",
        b"]",
        b",",
        b"{}",
        b"\n{\"a\":1}",
        b"\x00",
        b"\x0b",
        b"// a",
        b"\xEF\xBB\xBF",
        b"\xC2\xA0",
        b"null",
        b";",
    ];
    let (code, sentence) = (words::registered(draw), words::sentence(draw));
    let document = document_of(&code, &sentence);
    let place = draw.below(3);
    let verbatim = Text(vec![Piece::Plain("a".into()), Piece::Verbatim(draw.pick(&IN_STRING).into())]);
    let damage = match draw.below(8) {
        0..=2 => return json(draw, with_member(document, place, "a".into(), Value::bare(draw.pick(&BARE)))),
        3..=4 => return json(draw, with_member(document, place, "a".into(), Value::Text(verbatim))),
        5 => return json(draw, with_member(document, place, verbatim, Value::NULL)),
        6 => Damage::After(draw.pick(&AFTER).to_vec()),
        _ if draw.one_in(2) => Damage::Truncate(draw.below(64)),
        _ => Damage::Remove(draw.below(64)),
    };
    Case { damages: vec![damage], ..json(draw, document) }
}

fn duplicates(draw: &Draw<'_>) -> Case {
    let (code, text) = (words::registered(draw), words::sentence(draw));
    let mut value = document(draw, Some(Value::text(code)), Some(Value::text(text)));
    match draw.below(4) {
        0 => duplicate(draw, &mut value),
        // One key in two spellings, two types.
        1 => {
            let members =
                [(words::respelled(draw, "error"), any_value(draw, 1)), (Text::from("error"), any_value(draw, 1))];
            value = Value::Object(if draw.one_in(2) { members.into_iter().rev().collect() } else { members.into() });
        }
        // An object, and a duplicate that replaces it.
        2 => {
            let old = Value::object([
                (inner_code(0), Value::text(words::registered(draw))),
                (inner_text(), Value::text("old")),
            ]);
            let new = match draw.below(4) {
                0 => Value::object([(inner_text(), Value::text("new"))]),
                1 => scalar(draw),
                2 => Value::Array(vec![Value::object([(inner_text(), Value::text("new"))])]),
                _ => Value::Object(Vec::new()),
            };
            let key = draw.pick(&["error", "errors"]);
            let (old, new) =
                if key == "errors" { (Value::Array(vec![old]), Value::Array(vec![new])) } else { (old, new) };
            value = Value::object([(key, old), (key, new)]);
        }
        _ => {
            let token = [("access_token", Value::text("new")), ("access_token", scalar(draw))];
            let error = [("error", Value::text("invalid_grant")), ("error", scalar(draw))];
            let members =
                token.into_iter().take(draw.range(1, 2)).chain(error.into_iter().rev().take(draw.range(1, 2)));
            return Case { status: 200, ..json(draw, Value::object(members)) };
        }
    }
    json(draw, value)
}

fn surrogates(draw: &Draw<'_>) -> Case {
    const UNITS: [&[u16]; 9] = [
        &[0xD83D],
        &[0xDE00],
        &[0xD83D, 0xDE00],
        &[0xDE00, 0xD83D],
        &[0xD83D, 0xD83D, 0xDE00],
        &[0xD800, 0x61],
        &[0xDBFF, 0xDFFF],
        &[0xD7FF],
        &[0xE000],
    ];
    let units = draw.pick(&UNITS).iter().map(|unit| Piece::Unit(*unit));
    let with = |text: &str| Text([Piece::Plain(text.to_owned().into())].into_iter().chain(units.clone()).collect());
    let (code, text) = (words::registered(draw), words::sentence(draw));
    match draw.below(6) {
        0..=2 => {
            let mut text = with(&text);
            text.0.push(Piece::Plain((draw.pick(&["", "", "", "\u{fffd}", "\\u", "a"])).into()));
            answer(draw, Some(code.into()), Some(text))
        }
        3 => answer(draw, Some(with(&code)), Some(text.into())),
        4 => json(
            draw,
            Value::Object(vec![(with("error"), Value::text(code)), (Text::from(top_text(1)), Value::text(text))]),
        ),
        // A key made of lone surrogates equals the key U+FFFD.
        _ => {
            let other = Text::from("\u{fffd}");
            json(
                draw,
                Value::Object(vec![
                    (Text(units.collect()), Value::NULL),
                    (other, Value::NULL),
                    (Text::from("error"), Value::text(code)),
                ]),
            )
        }
    }
}

fn numbers(draw: &Draw<'_>) -> Case {
    const NUMBERS: [&str; 24] = [
        "1e999",
        "-1e999",
        "-0",
        "0",
        "1E+400",
        "1e-999",
        "0.0000000001",
        "123456789012345678901234567890",
        "-0.0e-0",
        "9007199254740993",
        "1e0",
        "0e9",
        "01",
        "-01",
        "1.",
        "1.e5",
        ".1",
        "-",
        "1e",
        "1e+",
        "+1",
        "0x1",
        "1e5.5",
        "--1",
    ];
    let number = if draw.one_in(6) {
        // More digits than Python reads.
        let digits = "7".repeat(draw.pick(&[5000, 4300, 4301]));
        format!("{}{digits}{}", draw.pick(&["", "-", "0.", "1e"]), draw.pick(&["", ".5", "e5"]))
    } else {
        draw.pick(&NUMBERS).to_owned()
    };
    let (code, text) = (words::registered(draw), words::sentence(draw));
    let number = Value::bare(number);
    match draw.below(3) {
        0 => json(draw, with_member(document_of(&code, &text), 2, "expires_in".into(), number)),
        1 => json(
            draw,
            Value::object([("error", Value::object([(inner_code(0), number), (inner_code(1), Value::text(code))]))]),
        ),
        _ => Case {
            status: 200,
            ..json(draw, Value::object([("access_token", Value::text("new")), ("expires_in", number)]))
        },
    }
}

/// Depths near the limit of R14, and brackets inside strings.
fn depth(draw: &Draw<'_>) -> Case {
    const LEVELS: [usize; 12] = [64, 63, 65, 62, 66, 63, 64, 1000, 64, 63, 500, 20_000];
    // The document is a level too.
    let (levels, objects) = (draw.pick(&LEVELS), draw.one_in(2));
    let inner = Box::new(match draw.below(4) {
        0 => Value::Array(Vec::new()),
        1 => Value::text("]]]}}}\""),
        2 => Value::text(words::registered(draw)),
        _ => Value::NULL,
    });
    let levels = if matches!(*inner, Value::Array(_)) { levels - 1 } else { levels };
    let deep = Value::Deep { levels, objects, inner };
    let code = Value::text(words::registered(draw));
    let brackets =
        Value::Text(Text(vec![Piece::Plain("\"\\".into()), Piece::Times((draw.pick(&["[", "{", "{\"["])).into(), 70)]));
    let value = match draw.below(6) {
        0..=1 => Value::object([("error", code), ("a", deep)]),
        2 => Value::object([("a", deep), ("error", code)]),
        3 => Value::object([("error", deep), ("error", code)]),
        4 => Value::object([("error", code), (top_text(0), brackets)]),
        _ => Value::Array(vec![Value::object([(inner_code(0), code)]), deep]),
    };
    json(draw, value)
}

fn form_type(draw: &Draw<'_>) -> Case {
    let (code, text) = (words::registered(draw), words::sentence(draw));
    let pairs = vec![pair(draw, "error", &code), pair(draw, top_text(0), &text)];
    Case { content_type: near_form_type(draw), ..form_of(draw, pairs) }
}

fn form(draw: &Draw<'_>) -> Case {
    const VALUES: [&str; 20] = [
        "a+b",
        "a%20b",
        "a%2Bb",
        "%",
        "%4",
        "%zz",
        "%%41",
        "%41%4",
        "a=b",
        "==",
        "%E9",
        "%c3%a9",
        "%C3",
        "%EF%BB%BFa",
        "%ED%A0%80",
        "%26",
        "a;b",
        "%00",
        "+",
        "\u{feff}a",
    ];
    let code = words::registered(draw);
    let value = Some(draw.pick(&VALUES).to_owned());
    let mut pairs =
        vec![Pair { name: "error".into(), value: Some(code.clone()) }, Pair { name: top_text(0).into(), value }];
    let more = match draw.below(8) {
        0..=2 => None,
        3 => Some((draw.pick(&["", "?error", "error", "a", "%", "error+", "+error"]), None)),
        4 => Some(("error", Some(String::new()))),
        5 => Some(("error", Some(words::registered(draw)))),
        6 => Some((draw.pick(&["%65rror", "e%72ror", "Error", "err\u{f6}r", "error[]"]), Some("slow_down".to_owned()))),
        _ => Some((top_text(0), Some("last".to_owned()))),
    };
    if let Some((name, value)) = more {
        pairs.insert(draw.below(3), Pair { name: name.to_owned(), value });
    }
    let mut case = form_of(draw, pairs);
    if draw.one_in(6) {
        let front: &[u8] = draw.pick(&[b"?".as_slice(), b"&&", b"\xEF\xBB\xBF", b"\xEF\xBB\xBF\xEF\xBB\xBF", b" "]);
        case.damages.push(Damage::Before(front.to_vec()));
    }
    case
}

fn no_document(draw: &Draw<'_>) -> Case {
    let code = words::registered(draw);
    let pattern = draw.text(&[
        (1, ""),
        (1, "@"),
        (1, "\"@\""),
        (1, "null"),
        (1, "<html>@</html>"),
        (1, "error=@"),
        (1, "<p>{\"error\":\"@\"}</p>"),
        (1, "\"{\\\"error\\\":\\\"@\\\"}\""),
        (1, "error: @"),
    ]);
    let body = Body::Bytes(pattern.replace('@', &code).into_bytes());
    let mut case = Case { status: speaking_status(draw), content_type: content_type(draw), body, ..Case::default() };
    if draw.one_in(5) {
        case.body = answer(draw, Some(code.into()), None).body;
        case.damages.push(Damage::Utf16);
    }
    case
}

/// Two or more of the objects of R18 and the top level, each with a code of its own.
fn error_object(draw: &Draw<'_>) -> Case {
    let tables = tables();
    let object = |draw: &Draw<'_>| match draw.below(6) {
        0 => Value::Object(Vec::new()),
        1 => Value::object([(inner_text(), Value::text(words::sentence(draw)))]),
        2 => Value::object([(draw.pick(&tables.error_object.code), Value::text(words::no_code(draw)))]),
        _ => Value::object([(draw.pick(&tables.error_object.code), Value::text(words::registered(draw)))]),
    };
    let array = |draw: &Draw<'_>| {
        let first = if draw.one_in(2) { scalar(draw) } else { object(draw) };
        Value::Array(vec![first, object(draw)])
    };
    let error = match draw.below(4) {
        0 => object(draw),
        1 => array(draw),
        2 => scalar(draw),
        _ => Value::text(words::sentence(draw)),
    };
    let mut members = vec![("error", error)];
    if draw.one_in(2) {
        members.push(("errors", if draw.one_in(4) { object(draw) } else { array(draw) }));
    }
    if draw.one_in(2) {
        members.push((draw.pick(&tables.top_level.code), Value::text(words::registered(draw))));
    }
    if draw.one_in(4) {
        return json(draw, array(draw));
    }
    json(draw, Value::object(members))
}

/// The first place may hold a code; the next does.
fn code_places(draw: &Draw<'_>) -> Case {
    let tables = tables();
    let inside = draw.one_in(2);
    let keys = if inside { &tables.error_object.code } else { &tables.top_level.code };
    let first = match draw.below(4) {
        0 => scalar(draw),
        1 => Value::text(words::no_code(draw)),
        2 => Value::text(words::unknown(draw)),
        _ => Value::Text(words::code(draw)),
    };
    let (one, other) = (draw.below(keys.len()), draw.below(keys.len()));
    let mut members = vec![(keys[one], first), (keys[other], Value::text(words::registered(draw)))];
    if draw.one_in(2) {
        members.reverse();
    }
    let object = Value::object(members);
    if !inside {
        return json(draw, object);
    }
    let mut outer = vec![("error", object)];
    if draw.one_in(3) {
        outer.push((draw.pick(&tables.top_level.code), Value::text(words::registered(draw))));
    }
    json(draw, Value::object(outer))
}

fn code(draw: &Draw<'_>) -> Case {
    let code = words::code_edge(draw);
    let text = draw.one_in(2).then(|| words::sentence(draw).into());
    answer(draw, Some(code), text)
}

fn uri(draw: &Draw<'_>) -> Case {
    let uri = words::uri(draw);
    if draw.one_in(2) {
        return answer(draw, Some(uri.into()), None);
    }
    // A problem document, with a code in a place that is asked later.
    let members = [
        ("type", Value::text(uri)),
        ("title", Value::text("Bad Request")),
        ("status", Value::text(words::registered(draw))),
    ];
    json(draw, Value::object(members))
}

/// A string that would be a code if it held nothing to redact.
fn secret_code(draw: &Draw<'_>) -> Case {
    let (secret, code) = if draw.one_in(3) {
        (words::registered(draw), words::run(draw))
    } else {
        let code = words::registered(draw);
        // A part of the code, about as long as a secret must be.
        let length = draw.range(7, 9).min(code.len());
        let from = draw.below(code.len() - length + 1);
        (code[from..from + length].to_owned(), code)
    };
    let secret = if draw.one_in(6) {
        draw.pick(&["redacted", "[redacted]", "invalid_grant_x", "INVALID_GRANT"]).to_owned()
    } else {
        secret
    };
    let text = draw.one_in(2).then(|| words::sentence(draw).into());
    Case { secrets: vec![secret], ..answer(draw, Some(code.into()), text) }
}

/// Texts in several places; the first may just not be a text.
fn text_places(draw: &Draw<'_>) -> Case {
    let tables = tables();
    let (top, inner) = (&tables.top_level.text, &tables.error_object.text);
    let text = |draw: &Draw<'_>| match draw.below(6) {
        0 => scalar(draw),
        1 => Value::text(words::pad(draw)),
        2 => Value::text(words::empty_when_clean(draw)),
        _ => Value::text(words::sentence(draw)),
    };
    match draw.below(3) {
        // R27: a code in `error` is not a text.
        0 => {
            let error =
                if draw.one_in(2) { Value::text(words::sentence(draw)) } else { Value::Text(words::code_edge(draw)) };
            let mut members = vec![("error", error)];
            if draw.one_in(3) {
                members.push((draw.pick(&top[3..]), text(draw)));
            }
            json(draw, Value::object(members))
        }
        1 => {
            let members = [
                (draw.pick(top), text(draw)),
                (draw.pick(top), text(draw)),
                ("error_code", Value::text(words::registered(draw))),
            ];
            json(draw, Value::object(members))
        }
        _ => {
            let inside = Value::object([(draw.pick(inner), text(draw)), (draw.pick(inner), text(draw))]);
            json(draw, Value::object([("error", inside), (draw.pick(top), text(draw))]))
        }
    }
}

/// Strings in `errors`, about as many as R29 looks at. The one that decides comes late.
fn errors(draw: &Draw<'_>) -> Case {
    let before = draw.pick(&[0, 1, 14, 15, 15, 16, 16, 0, 15, 16]);
    let blank = draw.one_in(2);
    let mut elements = Vec::new();
    for _ in 0..before {
        let filler =
            if blank { Value::text(draw.pick(&["", " "])) } else { Value::text(draw.pick(&["\u{200b}", "", "\t"])) };
        elements.push(filler);
    }
    if draw.one_in(3) {
        // Only strings count.
        let other = if draw.one_in(2) { Value::Array(vec![Value::text("a")]) } else { scalar(draw) };
        elements.insert(draw.below(elements.len() + 1), other);
    }
    elements.push(Value::text(if draw.one_in(2) { words::phrase(draw) } else { words::with_word(draw) }));
    if draw.one_in(2) {
        elements.push(Value::text(words::sentence(draw)));
    }
    let mut members = vec![("errors", Value::Array(elements))];
    if draw.one_in(4) {
        members.push((draw.pick(&tables().top_level.text), Value::text(words::sentence(draw))));
    }
    json(draw, Value::object(members))
}

/// A key that is nearly one of the tables, before or after one that is.
fn keys(draw: &Draw<'_>) -> Case {
    let odd = odd_key(draw);
    let code = Value::text(words::registered(draw));
    let value = match draw.below(4) {
        0 => Value::object([(inner_code(0), code.clone()), (inner_text(), Value::text("inner"))]),
        1 => scalar(draw),
        _ => code.clone(),
    };
    match draw.below(5) {
        0 => json(draw, Value::Object(vec![(odd, value)])),
        1 => {
            json(draw, Value::Object(vec![(odd, value), (Text::from(top_text(1)), Value::text(words::sentence(draw)))]))
        }
        2 => json(draw, Value::Object(vec![(Text::from("error"), Value::Object(vec![(odd, value)]))])),
        3 => Case {
            status: 200,
            ..json(draw, Value::Object(vec![(Text::from("access_token"), Value::text("new")), (odd, value)]))
        },
        _ => {
            let proto =
                Value::object([("error", code.clone()), ("access_token", Value::text("new")), (inner_code(0), code)]);
            Case { status: draw.pick(&[200, 400]), ..json(draw, Value::object([(special_name(draw), proto)])) }
        }
    }
}

/// Statuses at every edge, with a code that would decide.
fn status(draw: &Draw<'_>) -> Case {
    let case = match draw.below(4) {
        0 => {
            let text = words::phrase(draw);
            answer(draw, None, Some(text.into()))
        }
        1 => {
            let text = words::sentence(draw);
            answer(draw, None, Some(text.into()))
        }
        _ => {
            let code = words::registered(draw);
            answer(draw, Some(code.into()), None)
        }
    };
    Case { status: edge_status(draw), ..case }
}

fn code_in_text(draw: &Draw<'_>) -> Case {
    let text = match draw.below(4) {
        0..=1 => words::phrase(draw),
        _ => words::with_word(draw),
    };
    match draw.below(4) {
        0..=1 => answer(draw, None, Some(text.into())),
        // Every text is asked for step 3 before step 4.
        2 => {
            let (top, other) =
                (&tables().top_level.text, if draw.one_in(2) { words::with_word(draw) } else { words::phrase(draw) });
            json(draw, Value::object([(draw.pick(top), Value::text(text)), (draw.pick(top), Value::text(other))]))
        }
        // A sentence in `error` is a text.
        _ => json(draw, Value::object([("error", Value::text(text))])),
    }
}

fn cleaning(draw: &Draw<'_>) -> Case {
    let code = draw.one_in(2).then(|| words::registered(draw).into());
    if draw.one_in(3) {
        // Nothing is left of the first text, so the next is cleaned.
        let (first, next) = (words::empty_when_clean(draw), words::with_odd_characters(draw));
        let members = [(top_text(0), Value::text(first)), (top_text(1), Value::text(next))];
        return json(draw, Value::object(members));
    }
    let text = words::with_odd_characters(draw);
    answer(draw, code, Some(text.into()))
}

fn redaction(draw: &Draw<'_>) -> Case {
    let code = draw.one_in(2).then(|| words::registered(draw).into());
    if draw.one_in(2) {
        let text = words::with_run(draw);
        return answer(draw, code, Some(text.into()));
    }
    let (text, secrets) = with_secrets(draw);
    Case { secrets, ..answer(draw, code, Some(text.into())) }
}

fn length(draw: &Draw<'_>) -> Case {
    let code = draw.one_in(2).then(|| words::registered(draw).into());
    let text = words::long(draw);
    answer(draw, code, Some(text))
}

/// Each message of section 7, with texts that look like placeholders.
fn message(draw: &Draw<'_>) -> Case {
    let tables = tables();
    let code = match draw.below(4) {
        0 => Some(draw.pick(&tables.reused).to_owned()),
        1 => Some(words::registered(draw)),
        2 => Some(draw.pick(&["{description}", "{product}", "{status}", "{sign_in}", "a{code}"]).to_owned()),
        _ => None,
    };
    let text = draw.one_in(2).then(|| {
        if draw.one_in(2) {
            "{product} {code} {sign_in} {status} {description} {other_clients}".to_owned()
        } else {
            words::phrase(draw)
        }
    });
    let mut case = answer(draw, code.map(Text::from), text.map(Text::from));
    let profile = &mut case.profile;
    let pattern = draw.pick(&["@", "{description}@", "@ {code} {status}", "{product}{other_clients}{sign_in}"]);
    for text in [&mut profile.product, &mut profile.sign_in, &mut profile.other_clients, &mut profile.fallback_code] {
        *text = pattern.replace('@', text);
    }
    case
}

/// Headers beside a status that is `retry`, and beside one that is not.
fn headers(draw: &Draw<'_>) -> Case {
    let case = match draw.below(4) {
        0 => {
            let code = draw.pick(&tables().retry);
            answer(draw, Some(code.into()), None)
        }
        1 => {
            let code = words::registered(draw);
            answer(draw, Some(code.into()), None)
        }
        2 => {
            let (code, text) = (words::registered(draw), words::sentence(draw));
            Case { status: draw.pick(&[429, 503, 408, 499]), ..answer(draw, Some(code.into()), Some(text.into())) }
        }
        _ => Case { status: draw.pick(&[429, 503, 200]), body: Body::Bytes(b"<html>".to_vec()), ..Case::default() },
    };
    Case { headers: headers::headers(draw), ..case }
}

/// A body that is a code and nothing else, or nearly; about as long as R51 allows.
fn bare_text(draw: &Draw<'_>) -> Case {
    const MOST: usize = 128;
    let text = match draw.below(8) {
        0..=3 => draw.pick(&tables().in_text).to_owned(),
        4..=6 => words::phrase(draw),
        _ => words::with_word(draw),
    };
    let mut body = match draw.below(8) {
        0 => format!("\"{text}\""),
        1 => words::padded(draw, &text),
        _ => text,
    }
    .into_bytes();
    if draw.one_in(3) {
        let length = MOST.saturating_add_signed(draw.pick(&[0, 1, -1, 2, 0, 1]));
        let pad = u8::try_from(draw.pick(&words::TRIMMED)).unwrap_or(b' ');
        let missing = vec![pad; length.saturating_sub(body.len())];
        if draw.one_in(2) { body.extend(missing) } else { drop(body.splice(..0, missing)) }
    }
    if draw.one_in(12) {
        body.extend(draw.pick(&SEQUENCES));
    }
    let damages = if draw.one_in(4) { vec![Damage::Before(b"\xEF\xBB\xBF".to_vec())] } else { Vec::new() };
    let content_type = if draw.one_in(8) { near_form_type(draw) } else { content_type(draw) };
    Case { status: speaking_status(draw), content_type, body: Body::Bytes(body), damages, ..Case::default() }
}

/// A code beside the phrase of one of its exceptions, or nearly.
fn exceptions(draw: &Draw<'_>) -> Case {
    let rows = tables().exceptions;
    let row = draw.one_of(rows);
    let code = if draw.one_in(6) { words::recased(draw, &row.code) } else { row.code.clone() };
    let text = words::with_phrase(draw, &row.phrase);
    let mut case = match draw.below(8) {
        // The phrases of two rows: the order of the rows decides, not that of the texts.
        0..=1 => {
            let same_code: Vec<_> = rows.iter().filter(|other| other.code == row.code).collect();
            let other = words::with_phrase(draw, &draw.one_of(&same_code).phrase);
            let texts = &tables().top_level.text;
            let members = [("error", code), (draw.pick(texts), text), (draw.pick(texts), other)];
            json(draw, Value::object(members.map(|(key, text)| (key, Value::text(text)))))
        }
        2 => {
            let errors = Value::Array(vec![Value::text(words::sentence(draw)), Value::text(text)]);
            json(draw, Value::object([("error", Value::text(code)), ("errors", errors)]))
        }
        // The phrase is in the text of `error`, and the code elsewhere.
        3 => json(draw, Value::object([("error", Value::text(text)), ("error_code", Value::text(code))])),
        // No text, or one without the phrase.
        4 if draw.one_in(2) => answer(draw, Some(code.into()), None),
        4 => {
            let text = words::sentence(draw);
            answer(draw, Some(code.into()), Some(text.into()))
        }
        _ => answer(draw, Some(code.into()), Some(text.into())),
    };
    if draw.one_in(5) {
        case.status = edge_status(draw);
    }
    case
}

/// A status that blames the request, or nearly, beside no code, a code, or a code in a text.
fn status_without_a_code(draw: &Draw<'_>) -> Case {
    const STATUSES: [u16; 25] = [
        404, 422, 300, 399, 405, 406, 410, 411, 413, 414, 415, 299, 400, 402, 407, 409, 412, 416, 417, 421, 423, 424,
        426, 401, 350,
    ];
    let case = match draw.below(6) {
        0..=2 => {
            let text = words::sentence(draw);
            answer(draw, None, Some(text.into()))
        }
        3 => Case {
            content_type: content_type(draw),
            body: Body::Bytes(b"<html>Not Found</html>".to_vec()),
            ..Case::default()
        },
        4 => {
            let text = words::phrase(draw);
            answer(draw, None, Some(text.into()))
        }
        _ => {
            let code = words::code(draw);
            answer(draw, Some(code), None)
        }
    };
    Case { status: draw.pick(&STATUSES), ..case }
}

/// Objects in `detail` and its like, beside other objects that may be the error object.
fn wrapped(draw: &Draw<'_>) -> Case {
    let tables = tables();
    let object = |draw: &Draw<'_>| match draw.below(6) {
        0 => Value::Object(Vec::new()),
        1 => Value::object([(draw.pick(&tables.error_object.text), Value::text(words::sentence(draw)))]),
        2 => Value::object([("error", Value::Text(words::code(draw)))]),
        _ => Value::object([(draw.pick(&tables.error_object.code), Value::text(words::registered(draw)))]),
    };
    let first = match draw.below(6) {
        0 => Value::Array(vec![object(draw)]),
        1 => scalar(draw),
        _ => object(draw),
    };
    let mut members = vec![(draw.pick(&tables.objects), first)];
    match draw.below(5) {
        0 => members.push((draw.pick(&tables.objects), object(draw))),
        1 => members.push((draw.pick(&["error", "errors"]), reporting(draw))),
        2 => members.push((draw.pick(&tables.top_level.code), Value::Text(words::code(draw)))),
        _ => {}
    }
    if draw.one_in(2) {
        members.reverse();
    }
    if draw.one_in(4) {
        members.push(("access_token", Value::text("new")));
        return Case { status: draw.pick(&[200, 201, 400]), ..json(draw, Value::object(members)) };
    }
    json(draw, Value::object(members))
}
