//! Near misses: for each rule of SPEC.md responses that are just on one side of its edge, or just on the other, and plain in all else.

use super::draw::Draw;
use super::json::{Piece, Text, Value};
use super::parts::{
    Part, SEQUENCES, answer, any_value, content_type, document, duplicate, edge_status, form_of, json, near_form_type, odd_key, pair,
    scalar, speaking_status,
};
use super::tables::tables;
use super::{Body, Case, Damage, Pair, words};

/// The near misses, by the rules that they are about.
///
/// ```
/// use relogin_conformance::{corpus::spec, generate::near::NEAR};
/// let about = |rule: u8| NEAR.iter().any(|part| part.rules.contains(&rule));
/// assert!((1..=49).all(about));
/// ```
pub static NEAR: [Part; 31] = [
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
    Part { name: "secret as a code", rules: &[23], weight: 5, draw: secret_code },
    Part { name: "text places", rules: &[26, 27, 28], weight: 5, draw: text_places },
    Part { name: "strings in errors", rules: &[29], weight: 4, draw: errors },
    Part { name: "keys", rules: &[30], weight: 5, draw: keys },
    Part { name: "status", rules: &[31, 32, 35, 36], weight: 5, draw: status },
    Part { name: "code in a text", rules: &[33, 34, 35], weight: 8, draw: code_in_text },
    Part { name: "cleaning", rules: &[37, 38, 42], weight: 8, draw: cleaning },
    Part { name: "redaction", rules: &[39, 40], weight: 10, draw: redaction },
    Part { name: "length", rules: &[41], weight: 4, draw: length },
    Part { name: "message", rules: &[43, 44, 45, 46, 47, 48, 49], weight: 5, draw: message },
];

fn trimming(u: &Draw<'_>) -> Case {
    let code = words::registered(u);
    let padded = words::padded(u, &code);
    let blank = words::pad(u);
    match u.below(4) {
        0 => answer(u, Some(padded.into()), None),
        1 => {
            let status = u.pick(&[200, 201, 400]);
            let token = if u.one_in(3) { padded } else { blank };
            Case { status, ..json(u, Value::object([("access_token", Value::text(token))])) }
        }
        2 => {
            // A blank is no text, and the next is asked.
            let members = [(top_text(0), Value::text(blank)), (top_text(1), Value::text(words::sentence(u)))];
            json(u, Value::object(members))
        }
        _ => answer(u, None, Some(padded.into())),
    }
}

fn case(u: &Draw<'_>) -> Case {
    let code = words::registered(u);
    let other = if u.below(3) < 2 { words::recased(u, &code) } else { words::look_alike(u, &code) };
    if u.one_in(3) { answer(u, None, Some(other.into())) } else { answer(u, Some(other.into()), None) }
}

/// What may stand in `access_token`.
fn token(u: &Draw<'_>) -> Value {
    match u.below(8) {
        0..=3 => Value::text("new"),
        4 => Value::text(words::pad(u)),
        5 => scalar(u),
        6 => Value::Text(Text(vec![Piece::Unit(0xD800)])),
        _ => Value::object([("access_token", Value::text("new"))]),
    }
}

fn success(u: &Draw<'_>) -> Case {
    let status = u.pick(&[200, 201, 299, 199, 300, 204, 400, 200]);
    if u.one_in(6) {
        let pairs = vec![pair(u, "access_token", "new"), Pair { name: "scope".into(), value: Some("a+b".into()) }];
        return Case { status, ..form_of(u, pairs) };
    }
    let mut members = vec![("access_token", token(u))];
    if u.one_in(3) {
        let key = u.pick(&tables().keys);
        members.push((key, Value::Text(words::code(u))));
    }
    let object = Value::object(members);
    let value = if u.one_in(8) { Value::Array(vec![object]) } else { object };
    Case { status, ..json(u, value) }
}

/// What tells of an error, or just does not (R4, R5).
fn telling(u: &Draw<'_>) -> Value {
    match u.below(12) {
        0..=2 => scalar(u),
        3 => Value::text(words::registered(u)),
        4 => Value::text(words::pad(u)),
        5 => Value::object([(inner_code(0), scalar(u))]),
        6 => Value::object([("", Value::NULL)]),
        7 => Value::Array(vec![scalar(u), scalar(u)]),
        8 => Value::Array(vec![Value::object([("a", Value::NULL)])]),
        9 => Value::Array(vec![Value::Array(vec![Value::text("invalid_grant")])]),
        10 => Value::Array(vec![Value::text(words::pad(u)), Value::Object(Vec::new())]),
        _ => Value::Array(vec![Value::text(words::sentence(u))]),
    }
}

fn success_with(u: &Draw<'_>, key: &str) -> Case {
    let mut members = vec![("access_token", Value::text("new")), (key, telling(u))];
    if u.one_in(2) {
        members.reverse();
    }
    Case { status: u.pick(&[200, 201, 299]), ..json(u, Value::object(members)) }
}

fn success_with_error(u: &Draw<'_>) -> Case {
    if u.one_in(8) {
        let pairs = vec![pair(u, "access_token", "new"), pair(u, "error", &words::pad(u))];
        return Case { status: 200, ..form_of(u, pairs) };
    }
    success_with(u, "error")
}

fn success_with_errors(u: &Draw<'_>) -> Case {
    success_with(u, "errors")
}

/// Bodies about as large as R6 allows. Those that are read whole are rare: they take long.
fn size(u: &Draw<'_>) -> Case {
    const MOST: usize = 1 << 20;
    let over = u.pick(&[1, 1, 1, 1, 1, 1, 0, 1, 1, 1, 1, 1, 1, 1, 0, 1, 1, 1, 1, 1, 1, 1, -1]);
    let size = MOST.saturating_add_signed(over);
    let (code, text) = (words::registered(u), words::sentence(u));
    match u.below(4) {
        // Few characters, many bytes.
        0 => {
            let letter = u.pick(&["\u{e9}", "\u{4ee4}", "a", "\u{1f600}"]);
            let fill = |times, rest| Text(vec![Piece::Times(letter.into(), times), Piece::Times("b".into(), rest)]);
            let whole = |fill| Value::object([("error", Value::text(code.clone())), ("pad", Value::Text(fill))]);
            let mut case = json(u, whole(Text::default()));
            let left = size - case.render().len();
            if let Body::Json(json) = &mut case.body {
                json.value = whole(fill(left / letter.len(), left % letter.len()));
            }
            case
        }
        1 => {
            let mut case = form_of(u, vec![Pair { name: "error".into(), value: Some(code) }, Pair { name: String::new(), value: None }]);
            case.content_type = Some(super::parts::FORM.to_owned());
            let left = size - case.render().len();
            if let Body::Form(pairs) = &mut case.body {
                pairs[1].name = (u.pick(&["&", "a", "+"])).repeat(left);
            }
            case
        }
        2 => Case {
            damages: vec![Damage::Before(b"\xEF\xBB\xBF".to_vec()), Damage::Pad(size)],
            ..answer(u, Some(code.into()), Some(text.into()))
        },
        _ => Case { damages: vec![Damage::Pad(size)], ..json(u, Value::object([("error", Value::text(code))])) },
    }
}

fn byte_order_mark(u: &Draw<'_>) -> Case {
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
    let front = if u.one_in(2) { FRONT[0] } else { u.pick(&FRONT) };
    let (code, text) = (words::registered(u), words::sentence(u));
    Case { damages: vec![Damage::Before(front.to_vec())], ..answer(u, Some(code.into()), Some(text.into())) }
}

/// Bytes that are not UTF-8, in a description, in a code, in a key, or anywhere.
fn utf8(u: &Draw<'_>) -> Case {
    let (code, text) = (words::registered(u), words::sentence(u));
    let mark = "\u{1}\u{2}"; // stands in no body, and holds the place until there are bytes
    let mut case = match u.below(5) {
        0..=2 => json(u, document_of(&code, &format!("{text}{mark}b"))),
        3 => json(u, document_of(&format!("{code}{mark}"), &text)),
        _ => json(u, Value::object([("error", Value::text(code)), (&format!("{}{mark}", top_text(0)), Value::text(text))])),
    };
    if u.one_in(8) {
        let pairs = vec![
            Pair { name: "error".into(), value: Some("x\u{1}\u{2}".into()) },
            Pair { name: top_text(0).into(), value: Some("a".into()) },
        ];
        case = form_of(u, pairs);
    }
    let sequence = u.pick(&SEQUENCES);
    let times = if u.one_in(4) { 2 } else { 1 };
    let mut bytes = case.body.render();
    for spelled in [mark.as_bytes(), b"\\u0001\\u0002"] {
        if let Some(at) = bytes.windows(spelled.len()).position(|window| window == spelled) {
            bytes.splice(at..at + spelled.len(), sequence.repeat(times));
        }
    }
    Case { body: Body::Bytes(bytes), ..case }
}

/// The places that are used where any would do: the core ones.
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

fn first_byte(u: &Draw<'_>) -> Case {
    const FRONT: [&[u8]; 10] =
        [b" ", b"\r\n\t ", b"\x0b", b"\x0c", b"\xC2\xA0", b"\xE2\x80\xA8", b"\x00", b"\xEF\xBB\xBF\n", b";", b"\x1e"];
    let code = words::registered(u);
    let mut case = answer(u, Some(code.into()), None);
    case.content_type = if u.one_in(2) { near_form_type(u) } else { content_type(u) };
    case.damages.push(match u.below(4) {
        // Broken JSON is never read as a form.
        0 => Damage::After(b"&error=invalid_grant".to_vec()),
        1 => Damage::Before(b"{&error=invalid_grant&a=".to_vec()),
        2 => Damage::Before(u.pick(&FRONT).to_vec()),
        _ => Damage::Before(u.pick(&FRONT[..2]).to_vec()),
    });
    case
}

/// What some parsers take for JSON.
fn strictness(u: &Draw<'_>) -> Case {
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
        "\n", "\t", "\0", "\u{1f}", "\\x41", "\\a", "\\'", "\\0", "\\u12", "\\u12G4", "\\U0041", "\\u+041", "\u{7f}", "\\/", "\u{2028}",
        "\\",
    ];
    const AFTER: [&[u8]; 14] =
        [b" \n\r\t", b"x", b"}", b"]", b",", b"{}", b"\n{\"a\":1}", b"\x00", b"\x0b", b"// a", b"\xEF\xBB\xBF", b"\xC2\xA0", b"null", b";"];
    let (code, sentence) = (words::registered(u), words::sentence(u));
    let document = document_of(&code, &sentence);
    let place = u.below(3);
    let verbatim = Text(vec![Piece::Plain("a".into()), Piece::Verbatim(u.pick(&IN_STRING).into())]);
    let damage = match u.below(8) {
        0..=2 => return json(u, with_member(document, place, "a".into(), Value::bare(u.pick(&BARE)))),
        3..=4 => return json(u, with_member(document, place, "a".into(), Value::Text(verbatim))),
        5 => return json(u, with_member(document, place, verbatim, Value::NULL)),
        6 => Damage::After(u.pick(&AFTER).to_vec()),
        _ if u.one_in(2) => Damage::Truncate(u.below(64)),
        _ => Damage::Remove(u.below(64)),
    };
    Case { damages: vec![damage], ..json(u, document) }
}

fn duplicates(u: &Draw<'_>) -> Case {
    let (code, text) = (words::registered(u), words::sentence(u));
    let mut value = document(u, Some(Value::text(code)), Some(Value::text(text)));
    match u.below(4) {
        0 => duplicate(u, &mut value),
        // One key in two spellings, two types.
        1 => {
            let members = [(words::respelled(u, "error"), any_value(u, 1)), (Text::from("error"), any_value(u, 1))];
            value = Value::Object(if u.one_in(2) { members.into_iter().rev().collect() } else { members.into() });
        }
        // An object, and what replaces it whole.
        2 => {
            let old = Value::object([(inner_code(0), Value::text(words::registered(u))), (inner_text(), Value::text("old"))]);
            let new = match u.below(4) {
                0 => Value::object([(inner_text(), Value::text("new"))]),
                1 => scalar(u),
                2 => Value::Array(vec![Value::object([(inner_text(), Value::text("new"))])]),
                _ => Value::Object(Vec::new()),
            };
            let key = u.pick(&["error", "errors"]);
            let (old, new) = if key == "errors" { (Value::Array(vec![old]), Value::Array(vec![new])) } else { (old, new) };
            value = Value::object([(key, old), (key, new)]);
        }
        _ => {
            let token = [("access_token", Value::text("new")), ("access_token", scalar(u))];
            let error = [("error", Value::text("invalid_grant")), ("error", scalar(u))];
            let members = token.into_iter().take(u.range(1, 2)).chain(error.into_iter().rev().take(u.range(1, 2)));
            return Case { status: 200, ..json(u, Value::object(members)) };
        }
    }
    json(u, value)
}

fn surrogates(u: &Draw<'_>) -> Case {
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
    let units = u.pick(&UNITS).iter().map(|unit| Piece::Unit(*unit));
    let with = |text: &str| Text([Piece::Plain(text.to_owned().into())].into_iter().chain(units.clone()).collect());
    let (code, text) = (words::registered(u), words::sentence(u));
    match u.below(6) {
        0..=2 => {
            let mut text = with(&text);
            text.0.push(Piece::Plain((u.pick(&["", "", "", "\u{fffd}", "\\u", "a"])).into()));
            answer(u, Some(code.into()), Some(text))
        }
        3 => answer(u, Some(with(&code)), Some(text.into())),
        4 => json(u, Value::Object(vec![(with("error"), Value::text(code)), (Text::from(top_text(1)), Value::text(text))])),
        // A key that is lone surrogates and one that is U+FFFD are one key.
        _ => {
            let other = Text::from("\u{fffd}");
            json(
                u,
                Value::Object(vec![(Text(units.collect()), Value::NULL), (other, Value::NULL), (Text::from("error"), Value::text(code))]),
            )
        }
    }
}

fn numbers(u: &Draw<'_>) -> Case {
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
    let number = if u.one_in(6) {
        // More digits than Python reads.
        let digits = "7".repeat(u.pick(&[5000, 4300, 4301]));
        format!("{}{digits}{}", u.pick(&["", "-", "0.", "1e"]), u.pick(&["", ".5", "e5"]))
    } else {
        u.pick(&NUMBERS).to_owned()
    };
    let (code, text) = (words::registered(u), words::sentence(u));
    let number = Value::bare(number);
    match u.below(3) {
        0 => json(u, with_member(document_of(&code, &text), 2, "expires_in".into(), number)),
        1 => json(u, Value::object([("error", Value::object([(inner_code(0), number), (inner_code(1), Value::text(code))]))])),
        _ => Case { status: 200, ..json(u, Value::object([("access_token", Value::text("new")), ("expires_in", number)])) },
    }
}

/// Levels about as many as R14 allows, and brackets that are none.
fn depth(u: &Draw<'_>) -> Case {
    const LEVELS: [usize; 12] = [64, 63, 65, 62, 66, 63, 64, 1000, 64, 63, 500, 20_000];
    // The document is a level too.
    let (levels, objects) = (u.pick(&LEVELS), u.one_in(2));
    let inner = Box::new(match u.below(4) {
        0 => Value::Array(Vec::new()),
        1 => Value::text("]]]}}}\""),
        2 => Value::text(words::registered(u)),
        _ => Value::NULL,
    });
    let levels = if matches!(*inner, Value::Array(_)) { levels - 1 } else { levels };
    let deep = Value::Deep { levels, objects, inner };
    let code = Value::text(words::registered(u));
    let brackets = Value::Text(Text(vec![Piece::Plain("\"\\".into()), Piece::Times((u.pick(&["[", "{", "{\"["])).into(), 70)]));
    let value = match u.below(6) {
        0..=1 => Value::object([("error", code), ("a", deep)]),
        2 => Value::object([("a", deep), ("error", code)]),
        3 => Value::object([("error", deep), ("error", code)]),
        4 => Value::object([("error", code), (top_text(0), brackets)]),
        _ => Value::Array(vec![Value::object([(inner_code(0), code)]), deep]),
    };
    json(u, value)
}

fn form_type(u: &Draw<'_>) -> Case {
    let (code, text) = (words::registered(u), words::sentence(u));
    let pairs = vec![pair(u, "error", &code), pair(u, top_text(0), &text)];
    Case { content_type: near_form_type(u), ..form_of(u, pairs) }
}

fn form(u: &Draw<'_>) -> Case {
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
    let code = words::registered(u);
    let value = Some(u.pick(&VALUES).to_owned());
    let mut pairs = vec![Pair { name: "error".into(), value: Some(code.clone()) }, Pair { name: top_text(0).into(), value }];
    let more = match u.below(8) {
        0..=2 => None,
        3 => Some((u.pick(&["", "?error", "error", "a", "%", "error+", "+error"]), None)),
        4 => Some(("error", Some(String::new()))),
        5 => Some(("error", Some(words::registered(u)))),
        6 => Some((u.pick(&["%65rror", "e%72ror", "Error", "err\u{f6}r", "error[]"]), Some("slow_down".to_owned()))),
        _ => Some((top_text(0), Some("last".to_owned()))),
    };
    if let Some((name, value)) = more {
        pairs.insert(u.below(3), Pair { name: name.to_owned(), value });
    }
    let mut case = form_of(u, pairs);
    if u.one_in(6) {
        let front: &[u8] = u.pick(&[b"?".as_slice(), b"&&", b"\xEF\xBB\xBF", b"\xEF\xBB\xBF\xEF\xBB\xBF", b" "]);
        case.damages.push(Damage::Before(front.to_vec()));
    }
    case
}

fn no_document(u: &Draw<'_>) -> Case {
    let code = words::registered(u);
    let pattern = u.text(&[
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
    let mut case = Case { status: speaking_status(u), content_type: content_type(u), body, ..Case::default() };
    if u.one_in(5) {
        case.body = answer(u, Some(code.into()), None).body;
        case.damages.push(Damage::Utf16);
    }
    case
}

/// Two or more of the objects of R18 and the top level, each with a code of its own.
fn error_object(u: &Draw<'_>) -> Case {
    let tables = tables();
    let object = |u: &Draw<'_>| match u.below(6) {
        0 => Value::Object(Vec::new()),
        1 => Value::object([(inner_text(), Value::text(words::sentence(u)))]),
        2 => Value::object([(u.pick(&tables.error_object.code), Value::text(words::no_code(u)))]),
        _ => Value::object([(u.pick(&tables.error_object.code), Value::text(words::registered(u)))]),
    };
    let array = |u: &Draw<'_>| {
        let first = if u.one_in(2) { scalar(u) } else { object(u) };
        Value::Array(vec![first, object(u)])
    };
    let error = match u.below(4) {
        0 => object(u),
        1 => array(u),
        2 => scalar(u),
        _ => Value::text(words::sentence(u)),
    };
    let mut members = vec![("error", error)];
    if u.one_in(2) {
        members.push(("errors", if u.one_in(4) { object(u) } else { array(u) }));
    }
    if u.one_in(2) {
        members.push((u.pick(&tables.top_level.code), Value::text(words::registered(u))));
    }
    if u.one_in(4) {
        return json(u, array(u));
    }
    json(u, Value::object(members))
}

/// The first place holds no code, or holds one; the next holds one.
fn code_places(u: &Draw<'_>) -> Case {
    let tables = tables();
    let inside = u.one_in(2);
    let keys = if inside { &tables.error_object.code } else { &tables.top_level.code };
    let first = match u.below(4) {
        0 => scalar(u),
        1 => Value::text(words::no_code(u)),
        2 => Value::text(words::unknown(u)),
        _ => Value::Text(words::code(u)),
    };
    let (one, other) = (u.below(keys.len()), u.below(keys.len()));
    let mut members = vec![(keys[one], first), (keys[other], Value::text(words::registered(u)))];
    if u.one_in(2) {
        members.reverse();
    }
    let object = Value::object(members);
    if !inside {
        return json(u, object);
    }
    let mut outer = vec![("error", object)];
    if u.one_in(3) {
        outer.push((u.pick(&tables.top_level.code), Value::text(words::registered(u))));
    }
    json(u, Value::object(outer))
}

fn code(u: &Draw<'_>) -> Case {
    let code = words::code_edge(u);
    let text = u.one_in(2).then(|| words::sentence(u).into());
    answer(u, Some(code), text)
}

fn uri(u: &Draw<'_>) -> Case {
    let uri = words::uri(u);
    if u.one_in(2) {
        return answer(u, Some(uri.into()), None);
    }
    // A problem document, with a code in a place that is asked later.
    let members = [("type", Value::text(uri)), ("title", Value::text("Bad Request")), ("status", Value::text(words::registered(u)))];
    json(u, Value::object(members))
}

/// A string that would be a code, and holds what is redacted.
fn secret_code(u: &Draw<'_>) -> Case {
    let (secret, code) = if u.one_in(3) {
        (words::registered(u), words::run(u))
    } else {
        let code = words::registered(u);
        // A part of the code, of about as many characters as count.
        let length = u.range(7, 9).min(code.len());
        let from = u.below(code.len() - length + 1);
        (code[from..from + length].to_owned(), code)
    };
    let secret = if u.one_in(6) { u.pick(&["redacted", "[redacted]", "invalid_grant_x", "INVALID_GRANT"]).to_owned() } else { secret };
    let text = u.one_in(2).then(|| words::sentence(u).into());
    Case { secrets: vec![secret], ..answer(u, Some(code.into()), text) }
}

/// Texts in several places, the first of them a text or just not one.
fn text_places(u: &Draw<'_>) -> Case {
    let tables = tables();
    let (top, inner) = (&tables.top_level.text, &tables.error_object.text);
    let text = |u: &Draw<'_>| match u.below(6) {
        0 => scalar(u),
        1 => Value::text(words::pad(u)),
        2 => Value::text(words::empty_when_clean(u)),
        _ => Value::text(words::sentence(u)),
    };
    match u.below(3) {
        // R27: a code in `error` is no text.
        0 => {
            let error = if u.one_in(2) { Value::text(words::sentence(u)) } else { Value::Text(words::code_edge(u)) };
            let mut members = vec![("error", error)];
            if u.one_in(3) {
                members.push((u.pick(&top[3..]), text(u)));
            }
            json(u, Value::object(members))
        }
        1 => {
            let members = [(u.pick(top), text(u)), (u.pick(top), text(u)), ("error_code", Value::text(words::registered(u)))];
            json(u, Value::object(members))
        }
        _ => {
            let inside = Value::object([(u.pick(inner), text(u)), (u.pick(inner), text(u))]);
            json(u, Value::object([("error", inside), (u.pick(top), text(u))]))
        }
    }
}

/// Strings in `errors`, about as many as R29 looks at; the one that counts stands late.
fn errors(u: &Draw<'_>) -> Case {
    let before = u.pick(&[0, 1, 14, 15, 15, 16, 16, 0, 15, 16]);
    let blank = u.one_in(2);
    let mut elements = Vec::new();
    for _ in 0..before {
        let filler = if blank { Value::text(u.pick(&["", " "])) } else { Value::text(u.pick(&["\u{200b}", "", "\t"])) };
        elements.push(filler);
    }
    if u.one_in(3) {
        // What is no string does not count.
        let other = if u.one_in(2) { Value::Array(vec![Value::text("a")]) } else { scalar(u) };
        elements.insert(u.below(elements.len() + 1), other);
    }
    elements.push(Value::text(if u.one_in(2) { words::phrase(u) } else { words::with_word(u) }));
    if u.one_in(2) {
        elements.push(Value::text(words::sentence(u)));
    }
    let mut members = vec![("errors", Value::Array(elements))];
    if u.one_in(4) {
        members.push((u.pick(&tables().top_level.text), Value::text(words::sentence(u))));
    }
    json(u, Value::object(members))
}

/// A key that is nearly the one that would matter, before or after one that does.
fn keys(u: &Draw<'_>) -> Case {
    let odd = odd_key(u);
    let code = Value::text(words::registered(u));
    let value = match u.below(4) {
        0 => Value::object([(inner_code(0), code.clone()), (inner_text(), Value::text("inner"))]),
        1 => scalar(u),
        _ => code.clone(),
    };
    match u.below(5) {
        0 => json(u, Value::Object(vec![(odd, value)])),
        1 => json(u, Value::Object(vec![(odd, value), (Text::from(top_text(1)), Value::text(words::sentence(u)))])),
        2 => json(u, Value::Object(vec![(Text::from("error"), Value::Object(vec![(odd, value)]))])),
        3 => Case { status: 200, ..json(u, Value::Object(vec![(Text::from("access_token"), Value::text("new")), (odd, value)])) },
        _ => {
            let proto = Value::object([("error", code.clone()), ("access_token", Value::text("new")), (inner_code(0), code)]);
            Case { status: u.pick(&[200, 400]), ..json(u, Value::object([(u.pick(&["__proto__", "constructor", "prototype"]), proto)])) }
        }
    }
}

/// Statuses at every edge, with a code that would decide.
fn status(u: &Draw<'_>) -> Case {
    let case = match u.below(4) {
        0 => {
            let text = words::phrase(u);
            answer(u, None, Some(text.into()))
        }
        1 => {
            let text = words::sentence(u);
            answer(u, None, Some(text.into()))
        }
        _ => {
            let code = words::registered(u);
            answer(u, Some(code.into()), None)
        }
    };
    Case { status: edge_status(u), ..case }
}

fn code_in_text(u: &Draw<'_>) -> Case {
    let text = match u.below(4) {
        0..=1 => words::phrase(u),
        _ => words::with_word(u),
    };
    match u.below(4) {
        0..=1 => answer(u, None, Some(text.into())),
        // Every text is asked for step 3 before step 4.
        2 => {
            let (top, other) = (&tables().top_level.text, if u.one_in(2) { words::with_word(u) } else { words::phrase(u) });
            json(u, Value::object([(u.pick(top), Value::text(text)), (u.pick(top), Value::text(other))]))
        }
        // A sentence in `error` is a text.
        _ => json(u, Value::object([("error", Value::text(text))])),
    }
}

fn cleaning(u: &Draw<'_>) -> Case {
    let code = u.one_in(2).then(|| words::registered(u).into());
    if u.one_in(3) {
        // Nothing is left of the first, and the next is cleaned.
        let (first, next) = (words::empty_when_clean(u), words::with_odd_characters(u));
        let members = [(top_text(0), Value::text(first)), (top_text(1), Value::text(next))];
        return json(u, Value::object(members));
    }
    let text = words::with_odd_characters(u);
    answer(u, code, Some(text.into()))
}

fn redaction(u: &Draw<'_>) -> Case {
    let code = u.one_in(2).then(|| words::registered(u).into());
    if u.one_in(2) {
        let text = words::with_run(u);
        return answer(u, code, Some(text.into()));
    }
    let (text, secrets) = words::with_secrets(u);
    Case { secrets, ..answer(u, code, Some(text.into())) }
}

fn length(u: &Draw<'_>) -> Case {
    let code = u.one_in(2).then(|| words::registered(u).into());
    let text = words::long(u);
    answer(u, code, Some(text))
}

/// Each row of section 7, with texts that look like placeholders.
fn message(u: &Draw<'_>) -> Case {
    let tables = tables();
    let code = match u.below(4) {
        0 => Some(u.pick(&tables.reused).to_owned()),
        1 => Some(words::registered(u)),
        2 => Some(u.pick(&["{description}", "{product}", "{status}", "{sign_in}", "a{code}"]).to_owned()),
        _ => None,
    };
    let text = u.one_in(2).then(|| {
        if u.one_in(2) { "{product} {code} {sign_in} {status} {description} {other_clients}".to_owned() } else { words::phrase(u) }
    });
    let mut case = answer(u, code.map(Text::from), text.map(Text::from));
    let profile = &mut case.profile;
    let pattern = u.pick(&["@", "{description}@", "@ {code} {status}", "{product}{other_clients}{sign_in}"]);
    for text in [&mut profile.product, &mut profile.sign_in, &mut profile.other_clients, &mut profile.fallback_code] {
        *text = pattern.replace('@', text);
    }
    case
}
