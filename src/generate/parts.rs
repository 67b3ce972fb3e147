//! Generators of whole responses of every kind: [`PARTS`], and what they share with the [`near`](super::near) misses.

use std::borrow::Cow;

use arbitrary::Unstructured;

use super::draw::Draw;
use super::json::{Json, Piece, Text, Value};
use super::tables::tables;
use super::{Body, Case, Damage, Pair, words};

/// One kind of response.
#[derive(Clone, Copy, Debug)]
pub struct Part {
    /// Its name, which its cases have as their `kind`.
    pub name: &'static str,
    /// The rules of SPEC.md whose edge it is drawn to; none when it is drawn to no edge.
    pub rules: &'static [u8],
    /// How often it is drawn, beside the others of its table.
    pub weight: usize,
    pub(crate) draw: fn(&Draw<'_>) -> Case,
}

impl Part {
    /// Draws a case; from no bytes at all, the plainest of its kind.
    ///
    /// ```
    /// use arbitrary::Unstructured;
    /// use relogin_conformance::generate::parts::PARTS;
    /// let case = PARTS[0].case(&mut Unstructured::new(&[]));
    /// assert_eq!(case.kind, "nested");
    /// ```
    #[must_use]
    pub fn case(&self, source: &mut Unstructured<'_>) -> Case {
        Draw::from(source, |u| self.draw(u))
    }

    pub(crate) fn draw(&self, u: &Draw<'_>) -> Case {
        Case { kind: self.name, ..(self.draw)(u) }
    }
}

/// What is drawn to no edge: the kinds of bodies that there are, real ones, and anything.
pub static PARTS: [Part; 9] = [
    Part { name: "nested", rules: &[], weight: 5, draw: nested },
    Part { name: "flat", rules: &[], weight: 5, draw: flat },
    Part { name: "garbage", rules: &[], weight: 3, draw: garbage },
    Part { name: "dialects", rules: &[], weight: 6, draw: dialects },
    Part { name: "form", rules: &[], weight: 4, draw: form },
    Part { name: "success", rules: &[], weight: 2, draw: success },
    Part { name: "tree", rules: &[], weight: 3, draw: tree },
    Part { name: "vector", rules: &[], weight: 6, draw: vector },
    Part { name: "raw", rules: &[], weight: 1, draw: raw },
];

/// Statuses at every edge of a rule.
pub(crate) const STATUSES: [u16; 35] = [
    200, 400, 401, 403, 199, 201, 204, 299, 300, 302, 399, 402, 404, 405, 407, 408, 409, 415, 422, 424, 425, 426, 428, 429, 430, 499, 500,
    501, 503, 599, 600, 999, 100, 101, 418,
];

/// The media type of a form (R15).
pub(crate) const FORM: &str = "application/x-www-form-urlencoded";

/// Values of `Content-Type` of no form.
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

/// A status of which a grant may be spoken, most often 400.
pub(crate) fn speaking_status(u: &Draw<'_>) -> u16 {
    u.pick(&[400, 401, 400, 403, 400, 200, 401, 400])
}

fn any_status(u: &Draw<'_>) -> u16 {
    if u.one_in(3) { u.pick(&STATUSES) } else { speaking_status(u) }
}

pub(crate) fn edge_status(u: &Draw<'_>) -> u16 {
    u.pick(&STATUSES)
}

pub(crate) fn content_type(u: &Draw<'_>) -> Option<String> {
    if u.one_in(8) { near_form_type(u) } else { u.pick(&CONTENT_TYPES).map(str::to_owned) }
}

/// The type of a form, or nearly (R15).
pub(crate) fn near_form_type(u: &Draw<'_>) -> Option<String> {
    let pattern = u.text(&[
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
    let name = match u.below(10) {
        0..=4 => FORM.to_owned(),
        5..=7 => words::recased(u, FORM),
        8 => words::look_alike(u, FORM),
        _ => FORM[..FORM.len() - 1].to_owned(),
    };
    Some(pattern.replace('@', &name))
}

pub(crate) fn gaps(u: &Draw<'_>) -> Vec<Cow<'static, str>> {
    // One holds everywhere; of several, other numbers of gaps take turns.
    let length = u.pick(&[1, 2, 3, 5, 7]);
    (0..length).map(|_| Cow::Borrowed(u.pick(&GAPS))).collect()
}

/// A 4xx with JSON.
pub(crate) fn json(u: &Draw<'_>, value: Value) -> Case {
    let status = speaking_status(u);
    let content_type = if u.one_in(4) { content_type(u) } else { Some("application/json".to_owned()) };
    let gaps = if u.one_in(4) { gaps(u) } else { Vec::new() };
    Case { status, content_type, body: Body::Json(Json { value, gaps }), ..Case::default() }
}

/// A response that holds a code, a text or both where a parser looks for them: in JSON of any shape, sometimes in a form.
pub(crate) fn answer(u: &Draw<'_>, code: Option<Text>, text: Option<Text>) -> Case {
    if u.one_in(10) {
        let places = &tables().top_level;
        let keys = [(code, places.code[0]), (text, places.text[0])];
        let pairs = keys.into_iter().filter_map(|(value, key)| Some((key.to_owned(), value?.says())));
        let pairs = pairs.map(|(name, value)| pair(u, &name, &value)).collect();
        return form_of(u, pairs);
    }
    let value = document(u, code.map(Value::Text), text.map(Value::Text));
    json(u, value)
}

/// A document with the values in places, all in one of the shapes of R18.
pub(crate) fn document(u: &Draw<'_>, code: Option<Value>, text: Option<Value>) -> Value {
    let tables = tables();
    let shape = u.text(&[(4, "flat"), (4, "object in error"), (1, "array in error"), (1, "array in errors"), (1, "array")]);
    let places = if shape == "flat" { &tables.top_level } else { &tables.error_object };
    let first_or_any = |keys: &[&'static str]| if u.one_in(2) { u.pick(keys) } else { keys[0] };
    let code = code.map(|code| (first_or_any(&places.code), code));
    let text = text.map(|text| (first_or_any(&places.text), text));
    let object = Value::object(code.into_iter().chain(text));
    match shape {
        "flat" => object,
        "object in error" => Value::object([("error", object)]),
        "array in error" => Value::object([("error", Value::Array(around(u, object)))]),
        "array in errors" => Value::object([("errors", Value::Array(around(u, object)))]),
        _ => Value::Array(around(u, object)),
    }
}

/// Elements around the one that counts.
fn around(u: &Draw<'_>, value: Value) -> Vec<Value> {
    match u.below(5) {
        0..=1 => vec![value],
        2 => vec![Value::NULL, value],
        3 => vec![value, Value::object([(tables().error_object.code[0], Value::text("server_error"))])],
        _ => vec![Value::bare("1"), Value::Array(vec![Value::object([(tables().error_object.code[0], Value::text("slow_down"))])]), value],
    }
}

fn nested(u: &Draw<'_>) -> Case {
    let places = &tables().error_object;
    let mut members = vec![(places.code[0], Value::Text(words::code(u))), (places.text[0], Value::Text(words::text(u)))];
    if u.one_in(2) {
        let kind = if u.one_in(4) { scalar(u) } else { Value::Text(words::code(u)) };
        members.push((places.code[1], kind));
    }
    if u.one_in(4) {
        members.push(("param", Value::NULL));
    }
    if u.one_in(3) {
        members[0].1 = scalar(u);
    }
    if u.one_in(4) {
        members.remove(u.below(2));
    }
    let mut outer = vec![("error", Value::object(members))];
    if u.one_in(4) {
        outer.push((u.pick(&tables().keys), Value::Text(words::code(u))));
    }
    let mut case = json(u, Value::object(outer));
    case.status = any_status(u);
    case
}

fn flat(u: &Draw<'_>) -> Case {
    let code = if u.one_in(5) { scalar(u) } else { Value::Text(words::code(u)) };
    let places = &tables().top_level;
    let mut members = vec![(places.code[0], code)];
    if !u.one_in(3) {
        members.push((places.text[0], Value::Text(words::text(u))));
    }
    if u.one_in(4) {
        members.push(("error_uri", Value::text("https://idp.example/errors")));
    }
    let mut case = json(u, Value::object(members));
    case.status = any_status(u);
    case
}

/// Members with keys of the tables, in any order and any number, in each object that R18 knows.
fn dialects(u: &Draw<'_>) -> Case {
    let tables = tables();
    let members = |u: &Draw<'_>, most: usize| {
        let many = u.range(0, most);
        let one = |u: &Draw<'_>| {
            let key = u.pick(&tables.keys).to_owned();
            let value = if u.one_in(6) {
                scalar(u)
            } else if u.one_in(2) {
                Value::Text(words::code(u))
            } else {
                Value::Text(words::text(u))
            };
            (Text::from(key), value)
        };
        (0..many).map(|_| one(u)).collect::<Vec<_>>()
    };
    let mut outer = members(u, 4);
    let inner = Value::Object(members(u, 3));
    let at = u.below(outer.len() + 1);
    match u.below(6) {
        0 => {}
        1 => outer.insert(at, (Text::from("error"), inner)),
        2 => outer.insert(at, (Text::from("errors"), Value::Array(around(u, inner)))),
        3 => outer.insert(at, (Text::from("error"), Value::Array(around(u, inner)))),
        4 => outer.insert(at, (Text::from("errors"), Value::Array((0..u.range(0, 4)).map(|_| Value::Text(words::text(u))).collect()))),
        _ => {
            let array = around(u, Value::Object(outer));
            return Case { status: any_status(u), ..json(u, Value::Array(array)) };
        }
    }
    Case { status: any_status(u), ..json(u, Value::Object(outer)) }
}

fn form(u: &Draw<'_>) -> Case {
    let many = u.range(1, 4);
    let pairs = (0..many).map(|index| {
        let name = match u.below(8) {
            _ if index == 0 => "error",
            0..=2 => tables().top_level.text[0],
            3 => u.pick(&["error_uri", "access_token", "errors"]),
            _ => u.pick(&tables().keys),
        };
        let value = if u.one_in(2) { words::text(u) } else { words::code(u) };
        pair(u, name, &value.says())
    });
    let pairs = pairs.collect();
    let mut case = form_of(u, pairs);
    case.status = any_status(u);
    case
}

/// A 4xx with a form.
pub(crate) fn form_of(u: &Draw<'_>, pairs: Vec<Pair>) -> Case {
    let content_type = if u.one_in(4) { near_form_type(u) } else { Some(FORM.to_owned()) };
    Case { status: speaking_status(u), content_type, body: Body::Form(pairs), ..Case::default() }
}

/// A pair, in one of the spellings of it.
pub(crate) fn pair(u: &Draw<'_>, name: &str, value: &str) -> Pair {
    let spelling = u.below(4);
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

pub(crate) fn change_pairs(u: &Draw<'_>, pairs: &mut Vec<Pair>) {
    let at = u.below(pairs.len().max(1));
    match u.below(5) {
        0 => pairs.insert(0, Pair { name: u.pick(&["", "?error", "error", "x", "%"]).to_owned(), value: None }),
        1 => pairs.push(Pair {
            name: "error".to_owned(),
            value: Some(u.pick(&["", "+", "%20", "%", "%e9", "slow_down", "%F", "%EF%BB%BF"]).to_owned()),
        }),
        2 if at < pairs.len() => pairs.push(pairs[at].clone()),
        3 if at < pairs.len() => drop(pairs.remove(at)),
        _ => pairs.reverse(),
    }
}

fn success(u: &Draw<'_>) -> Case {
    let mut members =
        vec![("access_token", Value::text("new")), ("token_type", Value::text("bearer")), ("expires_in", Value::bare("3600"))];
    if u.one_in(2) {
        members.push((u.pick(&tables().keys), scalar(u)));
    }
    Case { status: u.pick(&[200, 201, 299, 200, 400]), ..json(u, Value::object(members)) }
}

/// A value that is not often seen where it stands.
pub(crate) fn scalar(u: &Draw<'_>) -> Value {
    match u.below(9) {
        0 => Value::NULL,
        1 => Value::bare("401"),
        2 => Value::bare("true"),
        3 => Value::text(""),
        4 => Value::Array(Vec::new()),
        5 => Value::Object(Vec::new()),
        6 => Value::bare(u.pick(&["0", "-0", "1e999", "false", "-1.5E+3"])),
        7 => Value::Text(words::code(u)),
        _ => Value::text("400"),
    }
}

/// JSON of any shape.
fn tree(u: &Draw<'_>) -> Case {
    let inner = (0..u.range(1, 5)).map(|_| (any_key(u), any_value(u, 3))).collect();
    let value = if u.one_in(4) { Value::Array(vec![Value::Object(inner), any_value(u, 3)]) } else { Value::Object(inner) };
    Case { status: any_status(u), ..json(u, value) }
}

/// A value of at most so many levels.
pub(crate) fn any_value(u: &Draw<'_>, levels: usize) -> Value {
    match u.below(if levels == 0 { 4 } else { 6 }) {
        0 => Value::Text(words::code(u)),
        1 => Value::Text(words::text(u)),
        2..=3 => scalar(u),
        4 => Value::Array((0..u.below(4)).map(|_| any_value(u, levels - 1)).collect()),
        _ => Value::Object((0..u.below(4)).map(|_| (any_key(u), any_value(u, levels - 1))).collect()),
    }
}

fn any_key(u: &Draw<'_>) -> Text {
    match u.below(8) {
        0 => Text::from("error"),
        1 => Text::from(u.pick(&["errors", "access_token", "data", "result", "fault"])),
        2 => odd_key(u),
        _ => Text::from(u.pick(&tables().keys)),
    }
}

/// A key that is nearly one of the tables (R30).
pub(crate) fn odd_key(u: &Draw<'_>) -> Text {
    const NAMES: [&str; 9] = ["__proto__", "constructor", "toString", "", "0", "length", "hasOwnProperty", "$ref", "prototype"];
    let key = match u.below(3) {
        0 => "error".to_owned(),
        1 => "access_token".to_owned(),
        _ => (u.pick(&tables().keys)).to_owned(),
    };
    match u.below(8) {
        0 => Text::from(words::recased(u, &key)),
        1 => Text::from(words::look_alike(u, &key)),
        2 => Text::from(words::padded(u, &key)),
        3 => words::respelled(u, &key),
        4 => Text::from(format!("{key}{}", u.pick(&["s", "\u{0}", "[]", ".", "\u{200b}"]))),
        5 => Text(vec![Piece::Plain(key.into()), Piece::Unit(u.pick(&[0xD800, 0xDFFF]))]),
        _ => Text::from(u.pick(&NAMES)),
    }
}

/// Gives an object one of its members again, before or after all others, with the value or another one (R11).
pub(crate) fn duplicate(u: &Draw<'_>, value: &mut Value) {
    match value {
        Value::Object(members) if !members.is_empty() => {
            let at = u.below(members.len());
            if let (_, inner @ Value::Object(_)) = &mut members[at]
                && u.one_in(2)
            {
                return duplicate(u, inner);
            }
            let (key, old) = members[at].clone();
            let new = if u.one_in(3) { old } else { any_value(u, 1) };
            let place = if u.one_in(2) { 0 } else { members.len() };
            members.insert(place, (key, new));
        }
        Value::Array(elements) => elements.iter_mut().take(1).for_each(|first| duplicate(u, first)),
        _ => {}
    }
}

fn garbage(u: &Draw<'_>) -> Case {
    /// With a code for `@`.
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
    let body = if u.one_in(10) { u.pick(&BYTES).to_vec() } else { u.pick(&TEXTS).replace('@', &words::registered(u)).into() };
    Case { status: any_status(u), content_type: content_type(u), body: Body::Bytes(body), ..Case::default() }
}

/// A vector of the corpus with one to three changes.
fn vector(u: &Draw<'_>) -> Case {
    let vectors = &tables().vectors;
    let mut case = u.one_of(vectors).clone();
    for _ in 0..u.pick(&[1, 1, 2, 3]) {
        match u.below(8) {
            0 => case.status = edge_status(u),
            1 => with_damage(u, &mut case),
            2 => case.content_type = u.one_of(vectors).content_type.clone(),
            _ => match (&mut case.body, &u.one_of(vectors).body) {
                (Body::Json(json), Body::Json(other)) => splice(u, &mut json.value, &other.value),
                (Body::Form(pairs), Body::Form(other)) => pairs.extend_from_slice(other),
                (Body::Form(pairs), _) => change_pairs(u, pairs),
                (Body::Bytes(_), _) => with_damage(u, &mut case),
                (body, other) => *body = other.clone(),
            },
        }
    }
    case
}

/// Swaps, drops, doubles or replaces a member, here or further in.
fn splice(u: &Draw<'_>, value: &mut Value, other: &Value) {
    let Value::Object(members) = value else {
        if let Value::Array(elements) = value
            && !elements.is_empty()
        {
            let at = u.below(elements.len());
            return splice(u, &mut elements[at], other);
        }
        *value = other.clone();
        return;
    };
    if members.is_empty() {
        members.push((any_key(u), other.clone()));
        return;
    }
    let (at, to) = (u.below(members.len()), u.below(members.len()));
    match u.below(9) {
        0 => members.swap(at, to),
        1 => drop(members.remove(at)),
        2 => members.insert(to, members[at].clone()),
        3 => members[at].0 = any_key(u),
        4 => members[at].1 = any_value(u, 1),
        5 => members[at].1 = other.clone(),
        6 => {
            if let Value::Object(more) = other {
                members.extend_from_slice(more);
            }
        }
        7 => *value = Value::Array(vec![value.clone()]),
        _ => splice(u, &mut members[at].1, other),
    }
}

fn raw(u: &Draw<'_>) -> Case {
    let length = u.below(64);
    let plain = b"{}[]\",:\\u0eE+-.tfn%&=\xEF\xBB\xBF\xED\xA0\x80 \n\x00";
    let bytes = (0..length).map(|_| if u.one_in(2) { u8::try_from(u.below(256)).unwrap_or(0) } else { u.pick(plain) });
    let mut bytes: Vec<u8> = bytes.collect();
    if u.one_in(2) {
        bytes.insert(0, b'{');
    }
    Case { status: any_status(u), content_type: content_type(u), body: Body::Bytes(bytes), ..Case::default() }
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

pub(crate) fn with_damage(u: &Draw<'_>, case: &mut Case) {
    const INSERTS: [&[u8]; 12] = [b",", b"\"", b"\\", b"\x00", b"\xEF\xBB\xBF", b"\x1b", b"}", b"[", b"\n", b"\x0b", b"&", b"%"];
    // Far enough for the bodies that are drawn, and two bytes of the source.
    let at = u.below(1 << 12);
    let damage = match u.below(12) {
        0 => Damage::Truncate(at),
        1 => Damage::Remove(at),
        2..=3 => Damage::Insert(at, u.pick(&SEQUENCES).to_vec()),
        4 => Damage::Insert(at, u.pick(&INSERTS).to_vec()),
        5..=6 => Damage::Before(u.pick(&[b"\xEF\xBB\xBF".as_slice(), b" \n", b"\xEF\xBB\xBF\xEF\xBB\xBF", b"\x0c", b"\xC2\xA0"]).to_vec()),
        7 => Damage::After(u.pick(&INSERTS).to_vec()),
        8..=9 => Damage::Flip(at, 1 << u.below(8)),
        10 => Damage::Latin1,
        _ => Damage::Utf16,
    };
    case.damages.push(damage);
}
