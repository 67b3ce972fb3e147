//! Generators of whole responses of every kind: [`PARTS`], and the helpers that
//! [`near`](super::near) also uses.

use std::borrow::Cow;

use arbitrary::Unstructured;

use super::case::{Body, Case, Damage, Pair};
use super::draw::Draw;
use super::json::{Json, Piece, Text, Value};
use super::neighbour::neighbour;
use super::tables::tables;
use super::words;

/// One kind of response.
#[derive(Clone, Copy, Debug)]
pub struct Part {
    /// Its name, which is the `kind` of its cases.
    pub name: &'static str,
    /// The rules of SPEC.md whose edge it is close to; empty when it has no such rule.
    pub rules: &'static [u8],
    /// How often it is drawn, relative to the others of its table.
    pub weight: usize,
    pub(crate) draw: fn(&Draw<'_>) -> Case,
}

impl Part {
    /// Draws a case. An empty source gives the plainest case of the kind.
    ///
    /// ```
    /// use arbitrary::Unstructured;
    /// use relogin_conformance::generate::parts::PARTS;
    /// let case = PARTS[0].case(&mut Unstructured::new(&[]));
    /// assert_eq!(case.kind, "nested");
    /// ```
    #[must_use]
    pub fn case(&self, source: &mut Unstructured<'_>) -> Case {
        Draw::from(source, |draw| self.draw(draw))
    }

    pub(crate) fn draw(&self, draw: &Draw<'_>) -> Case {
        Case { kind: self.name, ..(self.draw)(draw) }
    }
}

/// Responses that are close to no edge in particular: each kind of body, the vectors, and arbitrary
/// bytes.
pub static PARTS: [Part; 10] = [
    Part { name: "nested", rules: &[], weight: 5, draw: nested },
    Part { name: "flat", rules: &[], weight: 5, draw: flat },
    Part { name: "garbage", rules: &[], weight: 3, draw: garbage },
    Part { name: "dialects", rules: &[], weight: 6, draw: dialects },
    Part { name: "form", rules: &[], weight: 4, draw: form },
    Part { name: "success", rules: &[], weight: 2, draw: success },
    Part { name: "tree", rules: &[], weight: 3, draw: tree },
    Part { name: "vector", rules: &[], weight: 6, draw: vector },
    Part { name: "raw", rules: &[], weight: 1, draw: raw },
    Part { name: "neighbour", rules: &[], weight: 12, draw: neighbour },
];

/// Statuses at every edge of a rule.
pub(crate) const STATUSES: [u16; 46] = [
    200, 400, 401, 403, 199, 201, 204, 299, 300, 302, 399, 402, 404, 405, 407, 408, 409, 415, 422, 424, 425, 426, 428,
    429, 430, 499, 500, 501, 503, 599, 600, 999, 100, 101, 418, 406, 410, 411, 412, 413, 414, 416, 421, 423, 350, 409,
];

/// The media type of a form (R15).
pub(crate) const FORM: &str = "application/x-www-form-urlencoded";

/// Values of `Content-Type` that are not a form's.
const CONTENT_TYPES: [Option<&str>; 8] = [
    Some("application/json"),
    Some("application/json;charset=UTF-8"),
    None,
    Some("text/html"),
    Some("text/plain; charset=utf-8"),
    Some("application/problem+json"),
    Some(""),
    Some("multipart/form-data; boundary=x"),
];

/// White space that JSON knows.
const GAPS: [&str; 7] = ["", " ", "\n", "\t", "\r\n", "  ", "\n    "];

/// A status that speaks about a grant (R36), most often 400.
pub(crate) fn speaking_status(draw: &Draw<'_>) -> u16 {
    draw.pick(&[400, 401, 400, 403, 400, 200, 401, 400])
}

fn any_status(draw: &Draw<'_>) -> u16 {
    if draw.one_in(3) { draw.pick(&STATUSES) } else { speaking_status(draw) }
}

pub(crate) fn edge_status(draw: &Draw<'_>) -> u16 {
    draw.pick(&STATUSES)
}

pub(crate) fn content_type(draw: &Draw<'_>) -> Option<String> {
    if draw.one_in(8) { near_form_type(draw) } else { draw.pick(&CONTENT_TYPES).map(str::to_owned) }
}

/// The type of a form, or nearly (R15).
pub(crate) fn near_form_type(draw: &Draw<'_>) -> Option<String> {
    let pattern = draw.text(&[
        (4, "@"),
        (2, "@; charset=utf-8"),
        (2, "@;charset=ISO-8859-1"),
        (1, " \t@ ; x"),
        (1, "\u{b}@\u{c}"),
        (1, "@;"),
        (1, "@;;charset"),
        (1, "@ charset=utf-8"),
        (1, "@, application/json"),
        (1, ";@"),
        (1, "\"@\""),
        (1, "@x"),
        (1, "x@"),
        (1, "\u{a0}@"),
        (1, "@\u{1c}"),
        (1, "@\u{0}"),
        (1, ""),
    ]);
    let name = match draw.below(10) {
        0..=4 => FORM.to_owned(),
        5..=7 => words::recased(draw, FORM),
        8 => words::look_alike(draw, FORM),
        _ => FORM[..FORM.len() - 1].to_owned(),
    };
    Some(pattern.replace('@', &name))
}

pub(crate) fn gaps(draw: &Draw<'_>) -> Vec<Cow<'static, str>> {
    // Several gaps take turns.
    let length = draw.pick(&[1, 2, 3, 5, 7]);
    (0..length).map(|_| Cow::Borrowed(draw.pick(&GAPS))).collect()
}

/// A 4xx with JSON.
pub(crate) fn json(draw: &Draw<'_>, value: Value) -> Case {
    let status = speaking_status(draw);
    let content_type = if draw.one_in(4) { content_type(draw) } else { Some("application/json".to_owned()) };
    let gaps = if draw.one_in(4) { gaps(draw) } else { Vec::new() };
    Case { status, content_type, body: Body::Json(Json { value, gaps }), ..Case::default() }
}

/// A response with a code, a text or both in places where a parser looks: in JSON of any shape,
/// sometimes in a form.
pub(crate) fn answer(draw: &Draw<'_>, code: Option<Text>, text: Option<Text>) -> Case {
    if draw.one_in(10) {
        let places = &tables().top_level;
        let keys = [(code, places.code[0]), (text, places.text[0])];
        let pairs = keys.into_iter().filter_map(|(value, key)| Some((key.to_owned(), value?.decoded())));
        let pairs = pairs.map(|(name, value)| pair(draw, &name, &value)).collect();
        return form_of(draw, pairs);
    }
    let value = document(draw, code.map(Value::Text), text.map(Value::Text));
    json(draw, value)
}

/// A document with the values in places, in one of the shapes of R18.
pub(crate) fn document(draw: &Draw<'_>, code: Option<Value>, text: Option<Value>) -> Value {
    let tables = tables();
    let shape =
        draw.text(&[(4, "flat"), (4, "object in error"), (1, "array in error"), (1, "array in errors"), (1, "array")]);
    let places = if shape == "flat" { &tables.top_level } else { &tables.error_object };
    let first_or_any = |keys: &[&'static str]| if draw.one_in(2) { draw.pick(keys) } else { keys[0] };
    let code = code.map(|code| (first_or_any(&places.code), code));
    let text = text.map(|text| (first_or_any(&places.text), text));
    let object = Value::object(code.into_iter().chain(text));
    match shape {
        "flat" => object,
        "object in error" => Value::object([("error", object)]),
        "array in error" => Value::object([("error", Value::Array(around(draw, object)))]),
        "array in errors" => Value::object([("errors", Value::Array(around(draw, object)))]),
        _ => Value::Array(around(draw, object)),
    }
}

/// An array with the value in it, as the first object or behind elements that do not count.
fn around(draw: &Draw<'_>, value: Value) -> Vec<Value> {
    match draw.below(5) {
        0..=1 => vec![value],
        2 => vec![Value::NULL, value],
        3 => vec![value, Value::object([(tables().error_object.code[0], Value::text("server_error"))])],
        _ => vec![
            Value::bare("1"),
            Value::Array(vec![Value::object([(tables().error_object.code[0], Value::text("slow_down"))])]),
            value,
        ],
    }
}

fn nested(draw: &Draw<'_>) -> Case {
    let places = &tables().error_object;
    let mut members =
        vec![(places.code[0], Value::Text(words::code(draw))), (places.text[0], Value::Text(words::text(draw)))];
    if draw.one_in(2) {
        let kind = if draw.one_in(4) { scalar(draw) } else { Value::Text(words::code(draw)) };
        members.push((places.code[1], kind));
    }
    if draw.one_in(4) {
        members.push(("param", Value::NULL));
    }
    if draw.one_in(3) {
        members[0].1 = scalar(draw);
    }
    if draw.one_in(4) {
        members.remove(draw.below(2));
    }
    let mut outer = vec![("error", Value::object(members))];
    if draw.one_in(4) {
        outer.push((draw.pick(&tables().keys), Value::Text(words::code(draw))));
    }
    let mut case = json(draw, Value::object(outer));
    case.status = any_status(draw);
    case
}

fn flat(draw: &Draw<'_>) -> Case {
    let code = if draw.one_in(5) { scalar(draw) } else { Value::Text(words::code(draw)) };
    let places = &tables().top_level;
    let mut members = vec![(places.code[0], code)];
    if !draw.one_in(3) {
        members.push((places.text[0], Value::Text(words::text(draw))));
    }
    if draw.one_in(4) {
        members.push(("error_uri", Value::text("https://idp.example/errors")));
    }
    let mut case = json(draw, Value::object(members));
    case.status = any_status(draw);
    case
}

/// Members with keys of the tables, in any order and any number, in each object that R18 knows.
fn dialects(draw: &Draw<'_>) -> Case {
    let tables = tables();
    let members = |draw: &Draw<'_>, most: usize| {
        let many = draw.range(0, most);
        let one = |draw: &Draw<'_>| {
            let key = draw.pick(&tables.keys).to_owned();
            let value = if draw.one_in(6) {
                scalar(draw)
            } else if draw.one_in(2) {
                Value::Text(words::code(draw))
            } else {
                Value::Text(words::text(draw))
            };
            (Text::from(key), value)
        };
        (0..many).map(|_| one(draw)).collect::<Vec<_>>()
    };
    let mut outer = members(draw, 4);
    let inner = Value::Object(members(draw, 3));
    let at = draw.below(outer.len() + 1);
    match draw.below(6) {
        0 => {}
        1 => outer.insert(at, (Text::from("error"), inner)),
        2 => outer.insert(at, (Text::from("errors"), Value::Array(around(draw, inner)))),
        3 => outer.insert(at, (Text::from("error"), Value::Array(around(draw, inner)))),
        4 => outer.insert(
            at,
            (
                Text::from("errors"),
                Value::Array((0..draw.range(0, 4)).map(|_| Value::Text(words::text(draw))).collect()),
            ),
        ),
        _ => {
            let array = around(draw, Value::Object(outer));
            return Case { status: any_status(draw), ..json(draw, Value::Array(array)) };
        }
    }
    Case { status: any_status(draw), ..json(draw, Value::Object(outer)) }
}

fn form(draw: &Draw<'_>) -> Case {
    let many = draw.range(1, 4);
    let pairs = (0..many).map(|index| {
        let name = match draw.below(8) {
            _ if index == 0 => "error",
            0..=2 => tables().top_level.text[0],
            3 => draw.pick(&["error_uri", "access_token", "errors"]),
            _ => draw.pick(&tables().keys),
        };
        let value = if draw.one_in(2) { words::text(draw) } else { words::code(draw) };
        pair(draw, name, &value.decoded())
    });
    let pairs = pairs.collect();
    let mut case = form_of(draw, pairs);
    case.status = any_status(draw);
    case
}

/// A 4xx with a form.
pub(crate) fn form_of(draw: &Draw<'_>, pairs: Vec<Pair>) -> Case {
    let content_type = if draw.one_in(4) { near_form_type(draw) } else { Some(FORM.to_owned()) };
    Case { status: speaking_status(draw), content_type, body: Body::Form(pairs), ..Case::default() }
}

/// A pair, in one of its spellings.
pub(crate) fn pair(draw: &Draw<'_>, name: &str, value: &str) -> Pair {
    let spelling = draw.below(4);
    let spell = |text: &str| {
        let mut out = String::new();
        for c in text.chars() {
            match c {
                'A'..='Z' | 'a'..='z' | '0'..='9' | '_' | '-' | '.' if spelling != 2 => out.push(c),
                ' ' if spelling != 2 => out.push('+'),
                c if spelling == 3 && !matches!(c, '&' | '=' | '+' | '%') => out.push(c),
                c => c.encode_utf8(&mut [0; 4]).bytes().for_each(|byte| {
                    out.push_str(&if spelling == 1 { format!("%{byte:02x}") } else { format!("%{byte:02X}") });
                }),
            }
        }
        out
    };
    Pair { name: if spelling == 2 { name.to_owned() } else { spell(name) }, value: Some(spell(value)) }
}

pub(crate) fn change_pairs(draw: &Draw<'_>, pairs: &mut Vec<Pair>) {
    let at = draw.below(pairs.len().max(1));
    match draw.below(5) {
        0 => pairs.insert(0, Pair { name: draw.pick(&["", "?error", "error", "x", "%"]).to_owned(), value: None }),
        1 => pairs.push(Pair {
            name: "error".to_owned(),
            value: Some(draw.pick(&["", "+", "%20", "%", "%e9", "slow_down", "%F", "%EF%BB%BF"]).to_owned()),
        }),
        2 if at < pairs.len() => pairs.push(pairs[at].clone()),
        3 if at < pairs.len() => drop(pairs.remove(at)),
        _ => pairs.reverse(),
    }
}

fn success(draw: &Draw<'_>) -> Case {
    let mut members = vec![
        ("access_token", Value::text("new")),
        ("token_type", Value::text("bearer")),
        ("expires_in", Value::bare("3600")),
    ];
    if draw.one_in(2) {
        members.push((draw.pick(&tables().keys), scalar(draw)));
    }
    Case { status: draw.pick(&[200, 201, 299, 200, 400]), ..json(draw, Value::object(members)) }
}

/// A value that is unusual in most places.
pub(crate) fn scalar(draw: &Draw<'_>) -> Value {
    match draw.below(9) {
        0 => Value::NULL,
        1 => Value::bare("401"),
        2 => Value::bare("true"),
        3 => Value::text(""),
        4 => Value::Array(Vec::new()),
        5 => Value::Object(Vec::new()),
        6 => Value::bare(draw.pick(&["0", "-0", "1e999", "false", "-1.5E+3"])),
        7 => Value::Text(words::code(draw)),
        _ => Value::text("400"),
    }
}

/// JSON of any shape.
fn tree(draw: &Draw<'_>) -> Case {
    let inner = (0..draw.range(1, 5)).map(|_| (any_key(draw), any_value(draw, 3))).collect();
    let value = if draw.one_in(4) {
        Value::Array(vec![Value::Object(inner), any_value(draw, 3)])
    } else {
        Value::Object(inner)
    };
    Case { status: any_status(draw), ..json(draw, value) }
}

/// A value of at most `levels` levels.
pub(crate) fn any_value(draw: &Draw<'_>, levels: usize) -> Value {
    match draw.below(if levels == 0 { 4 } else { 6 }) {
        0 => Value::Text(words::code(draw)),
        1 => Value::Text(words::text(draw)),
        2..=3 => scalar(draw),
        4 => Value::Array((0..draw.below(4)).map(|_| any_value(draw, levels - 1)).collect()),
        _ => Value::Object((0..draw.below(4)).map(|_| (any_key(draw), any_value(draw, levels - 1))).collect()),
    }
}

fn any_key(draw: &Draw<'_>) -> Text {
    match draw.below(8) {
        0 => Text::from("error"),
        1 => Text::from(draw.pick(&["errors", "access_token", "data", "result", "fault"])),
        2 => odd_key(draw),
        _ => Text::from(draw.pick(&tables().keys)),
    }
}

/// A key that is nearly one of the tables (R30).
pub(crate) fn odd_key(draw: &Draw<'_>) -> Text {
    let key = match draw.below(3) {
        0 => "error".to_owned(),
        1 => "access_token".to_owned(),
        _ => (draw.pick(&tables().keys)).to_owned(),
    };
    match draw.below(8) {
        0 => Text::from(words::recased(draw, &key)),
        1 => Text::from(words::look_alike(draw, &key)),
        2 => Text::from(words::padded(draw, &key)),
        3 => words::respelled(draw, &key),
        4 => Text::from(format!("{key}{}", draw.pick(&["s", "\u{0}", "[]", ".", "\u{200b}"]))),
        5 => Text(vec![Piece::Plain(key.into()), Piece::Unit(draw.pick(&[0xD800, 0xDFFF]))]),
        _ => Text::from(special_name(draw)),
    }
}

/// A name that a language or a library gives to members of its own.
pub(crate) fn special_name(draw: &Draw<'_>) -> &'static str {
    draw.pick(&[
        "__proto__",
        "__proto__",
        "constructor",
        "toString",
        "toJSON",
        "valueOf",
        "hasOwnProperty",
        "prototype",
        "length",
        "then",
        "",
        "0",
        "$ref",
        "$type",
        "@type",
        "json_class",
        "__class__",
        "class",
    ])
}

/// Adds a duplicate of a member to an object, before or after all members, with the same value or
/// another (R11).
pub(crate) fn duplicate(draw: &Draw<'_>, value: &mut Value) {
    match value {
        Value::Object(members) if !members.is_empty() => {
            let at = draw.below(members.len());
            if let (_, inner @ Value::Object(_)) = &mut members[at]
                && draw.one_in(2)
            {
                return duplicate(draw, inner);
            }
            let (key, old) = members[at].clone();
            let new = if draw.one_in(3) { old } else { any_value(draw, 1) };
            let place = if draw.one_in(2) { 0 } else { members.len() };
            members.insert(place, (key, new));
        }
        Value::Array(elements) => elements.iter_mut().take(1).for_each(|first| duplicate(draw, first)),
        _ => {}
    }
}

fn garbage(draw: &Draw<'_>) -> Case {
    /// `@` stands for a code.
    const TEXTS: [&str; 27] = [
        "",
        "<html><body><h1>502 Bad Gateway</h1></body></html>",
        "<!DOCTYPE html><p>{\"error\":\"@\"}</p>",
        "@",
        "\"@\"",
        "null",
        "true",
        "401",
        "error=@",
        "error: @",
        "<?xml version=\"1.0\"?><error>@</error>",
        "\0",
        " ",
        "\r\n",
        "upstream connect error or disconnect/reset before headers",
        "callback({\"error\":\"@\"})",
        ")]}',\n{\"error\":\"@\"}",
        "while(1);{\"error\":\"@\"}",
        "data: {\"error\":\"@\"}\n\n",
        "{",
        "[",
        "}",
        "{\"error\":\"@\"",
        "{\"error\":\"@",
        "[{\"code\":\"@\"}",
        "{error:\"@\"}",
        "{\"error\" \"@\"}",
    ];
    const BYTES: [&[u8]; 3] = [b"\x1f\x8b\x08\0\0\0\0\0\0\x03", b"\xff\xfe{\0}\0", b"\xfe\xff\0{\0}"];
    let body = if draw.one_in(10) {
        draw.pick(&BYTES).to_vec()
    } else {
        draw.pick(&TEXTS).replace('@', &words::registered(draw)).into()
    };
    Case { status: any_status(draw), content_type: content_type(draw), body: Body::Bytes(body), ..Case::default() }
}

/// A vector of the corpus with one to three changes.
fn vector(draw: &Draw<'_>) -> Case {
    let vectors = &tables().vectors;
    let mut case = draw.one_of(vectors).clone();
    for _ in 0..draw.pick(&[1, 1, 2, 3]) {
        match draw.below(8) {
            0 => case.status = edge_status(draw),
            1 => with_damage(draw, &mut case),
            2 => case.content_type = draw.one_of(vectors).content_type.clone(),
            _ => match (&mut case.body, &draw.one_of(vectors).body) {
                (Body::Json(json), Body::Json(other)) => splice(draw, &mut json.value, &other.value),
                (Body::Form(pairs), Body::Form(other)) => pairs.extend_from_slice(other),
                (Body::Form(pairs), _) => change_pairs(draw, pairs),
                (Body::Bytes(_), _) => with_damage(draw, &mut case),
                (body, other) => *body = other.clone(),
            },
        }
    }
    case
}

/// Swaps, drops, duplicates or replaces a member, in this value or deeper.
fn splice(draw: &Draw<'_>, value: &mut Value, other: &Value) {
    let Value::Object(members) = value else {
        if let Value::Array(elements) = value
            && !elements.is_empty()
        {
            let at = draw.below(elements.len());
            return splice(draw, &mut elements[at], other);
        }
        *value = other.clone();
        return;
    };
    if members.is_empty() {
        members.push((any_key(draw), other.clone()));
        return;
    }
    let (at, to) = (draw.below(members.len()), draw.below(members.len()));
    match draw.below(9) {
        0 => members.swap(at, to),
        1 => drop(members.remove(at)),
        2 => members.insert(to, members[at].clone()),
        3 => members[at].0 = any_key(draw),
        4 => members[at].1 = any_value(draw, 1),
        5 => members[at].1 = other.clone(),
        6 => {
            if let Value::Object(more) = other {
                members.extend_from_slice(more);
            }
        }
        7 => *value = Value::Array(vec![value.clone()]),
        _ => splice(draw, &mut members[at].1, other),
    }
}

fn raw(draw: &Draw<'_>) -> Case {
    let length = draw.below(64);
    let plain = b"{}[]\",:\\u0eE+-.tfn%&=\xEF\xBB\xBF\xED\xA0\x80 \n\x00";
    let bytes =
        (0..length).map(|_| if draw.one_in(2) { u8::try_from(draw.below(256)).unwrap_or(0) } else { draw.pick(plain) });
    let mut bytes: Vec<u8> = bytes.collect();
    if draw.one_in(2) {
        bytes.insert(0, b'{');
    }
    Case { status: any_status(draw), content_type: content_type(draw), body: Body::Bytes(bytes), ..Case::default() }
}

/// Sequences that are not UTF-8, and some that are (R8).
pub(crate) const SEQUENCES: [&[u8]; 16] = [
    b"\xE9",
    b"\x80",
    b"\xFF",
    b"\xC0\x80",
    b"\xC1\xBF",
    b"\xED\xA0\x80",
    b"\xED\xA0\xBD\xED\xB8\x80",
    b"\xE0\x80\xAF",
    b"\xF4\x90\x80\x80",
    b"\xF0\x9F\x98",
    b"\xE2\x82",
    b"\xF8\x88\x80\x80\x80",
    b"\xEF\xBF\xBD\xFF",
    b"\xC3\xA9",
    b"\xFE\xFE\xFF\xFF",
    b"\xED\x9F\xBF",
];

pub(crate) fn with_damage(draw: &Draw<'_>, case: &mut Case) {
    const INSERTS: [&[u8]; 12] =
        [b",", b"\"", b"\\", b"\x00", b"\xEF\xBB\xBF", b"\x1b", b"}", b"[", b"\n", b"\x0b", b"&", b"%"];
    // Far enough for most bodies, and a choice of only two bytes.
    let at = draw.below(1 << 12);
    let damage = match draw.below(12) {
        0 => Damage::Truncate(at),
        1 => Damage::Remove(at),
        2..=3 => Damage::Insert(at, draw.pick(&SEQUENCES).to_vec()),
        4 => Damage::Insert(at, draw.pick(&INSERTS).to_vec()),
        5..=6 => Damage::Before(
            draw.pick(&[b"\xEF\xBB\xBF".as_slice(), b" \n", b"\xEF\xBB\xBF\xEF\xBB\xBF", b"\x0c", b"\xC2\xA0"])
                .to_vec(),
        ),
        7 => Damage::After(draw.pick(&INSERTS).to_vec()),
        8..=9 => Damage::Flip(at, 1 << draw.below(8)),
        10 => Damage::Latin1,
        _ => Damage::Utf16,
    };
    case.damages.push(damage);
}
