//! A JSON body rewritten without a change of meaning.

use std::collections::HashSet;

use super::parse::parsed;
use crate::generate::Rendered;
use crate::generate::json::{Json, Piece, Text, Value};

/// R6.
const MOST_BYTES: usize = 1 << 20;

/// Members that stand in no place, because keys are exact and no name is special (R30). The first
/// is put in front, the second at the end.
const EXTRA: [(&str, &str); 2] = [("eRROR", "invalid_grant"), ("__proto__", "refresh_token_reused")];

type Rewrite = fn(&Json) -> Option<Json>;

/// Ways to rewrite JSON that make no difference. A function returns `None` for JSON where it would.
/// None of them makes JSON deeper.
const REWRITES: [(&str, Rewrite); 5] = [
    ("without white space", |json| Some(json.value.clone().into())),
    ("with white space in every gap", |json| Some(Json { gaps: vec![" \t\r\n".into()], ..json.clone() })),
    ("with the members of every object reversed", |json| reversed(&json.value).map(Json::from)),
    ("with every character escaped", |json| Some(escaped(&json.value).into())),
    ("with members that mean nothing", |json| Some(with_members(&json.value, true).into())),
];

/// The verdict and its evidence do not depend on white space, the order of members with different
/// keys, escapes, or members that stand in no place.
///
/// The body is rewritten after R7 and R8, as long as it stays within R6. Members are added to every
/// object except empty ones inside the outermost object, because R4 and R5 ask whether those are
/// empty.
///
/// Panics when a property does not hold.
///
/// ```
/// use relogin_conformance::{generate::Rendered, properties};
/// properties::invariance(&Rendered { body: br#"{"error": "invalid_grant"}"#.to_vec(), ..Rendered::default() });
/// ```
pub fn invariance(response: &Rendered) {
    let Some(json) = json(&response.body) else { return };
    let before = parsed(response, &response.body);
    for (how, rewrite) in REWRITES {
        let Some(body) = rewrite(&json).map(|json| json.render()).filter(|body| body.len() <= MOST_BYTES) else {
            continue;
        };
        let after = parsed(response, body.as_bytes());
        assert!(after == before, "the verdict changes {how}: {response:?}\nbefore {before:?}\nafter  {after:?}");
    }
}

/// The body when it is JSON by R9 and RFC 8259.
fn json(body: &[u8]) -> Option<Json> {
    let text = String::from_utf8_lossy(body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body));
    let is_read = body.len() <= MOST_BYTES && text.trim_start_matches([' ', '\t', '\r', '\n']).starts_with(['{', '[']);
    is_read.then(|| Json::read(&text)).flatten()
}

/// `None` when an object has two members with the same key, of which the last counts (R11).
fn reversed(value: &Value) -> Option<Value> {
    Some(match value {
        Value::Array(elements) => Value::Array(elements.iter().map(reversed).collect::<Option<_>>()?),
        Value::Object(members) => {
            let mut keys = HashSet::new();
            let reversed = |(key, value): &(Text, Value)| {
                let is_new = keys.insert(units(key));
                Some((key.clone(), reversed(value).filter(|_| is_new)?))
            };
            Value::Object(members.iter().rev().map(reversed).collect::<Option<_>>()?)
        }
        value => value.clone(),
    })
}

fn escaped(value: &Value) -> Value {
    let text = |text: &Text| Text(units(text).into_iter().map(Piece::Unit).collect());
    match value {
        Value::Text(it) => Value::Text(text(it)),
        Value::Array(elements) => Value::Array(elements.iter().map(escaped).collect()),
        Value::Object(members) => {
            Value::Object(members.iter().map(|(key, value)| (text(key), escaped(value))).collect())
        }
        value => value.clone(),
    }
}

fn with_members(value: &Value, is_outermost: bool) -> Value {
    match value {
        Value::Array(elements) => Value::Array(elements.iter().map(|element| with_members(element, false)).collect()),
        Value::Object(members) if is_outermost || !members.is_empty() => {
            let [first, last] = EXTRA.map(|(key, value)| (Text::from(key), Value::text(value)));
            let members = members.iter().map(|(key, value)| (key.clone(), with_members(value, false)));
            Value::Object([first].into_iter().chain(members).chain([last]).collect())
        }
        value => value.clone(),
    }
}

/// The decoded string in UTF-16, where a lone surrogate is a unit too.
fn units(text: &Text) -> Vec<u16> {
    let mut units = Vec::new();
    for piece in &text.0 {
        match piece {
            Piece::Plain(text) | Piece::Escaped(text) => units.extend(text.encode_utf16()),
            Piece::Times(text, times) => units.extend(text.repeat(*times).encode_utf16()),
            Piece::Unit(unit) => units.push(*unit),
            // The reader keeps two things verbatim: `\/`, and `\u` escapes with upper-case digits.
            Piece::Verbatim(text) if text.starts_with("\\u") => {
                units.extend(text.split("\\u").skip(1).filter_map(|digits| u16::from_str_radix(digits, 16).ok()));
            }
            Piece::Verbatim(text) => units.extend(text.trim_start_matches('\\').encode_utf16()),
        }
    }
    units
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::Corpus;

    #[test]
    fn the_members_that_mean_nothing_stand_in_no_place() {
        let keys = &Corpus::embedded().keys;
        let (inner, outer) = (&keys.error_object, &keys.top_level);
        let rows = [&inner.code[..], &inner.text, &outer.code, &outer.text].concat();
        for (extra, _) in EXTRA {
            assert!(
                rows.iter().all(|row| row.key != extra) && !["access_token", "error", "errors"].contains(&extra),
                "{extra}"
            );
        }
    }

    #[test]
    fn rewriting_changes_what_it_says() {
        let text = r#"[{"a":"\/\uD83D\uDE00","b":{}},[1,{}]]"#;
        let json = Json::read(text).expect("it is JSON");
        let written: Vec<_> = REWRITES.iter().map(|(_, rewrite)| rewrite(&json).map(|json| json.render())).collect();
        for (written, expected) in written.iter().zip([
            text,
            " \t\r\n[ \t\r\n{ \t\r\n\"a\" \t\r\n: \t\r\n\"\\/\\uD83D\\uDE00\" \t\r\n, \t\r\n\"b\" \t\r\n: \t\r\n{ \t\r\n} \t\r\n} \t\r\n, \t\r\n[ \t\r\n1 \t\r\n, \t\r\n{ \t\r\n} \t\r\n] \t\r\n] \t\r\n",
            r#"[{"b":{},"a":"\/\uD83D\uDE00"},[1,{}]]"#,
            r#"[{"\u0061":"\u002f\ud83d\ude00","\u0062":{}},[1,{}]]"#,
            r#"[{"eRROR":"invalid_grant","a":"\/\uD83D\uDE00","b":{},"__proto__":"refresh_token_reused"},[1,{}]]"#,
        ]) {
            assert_eq!(written.as_deref(), Some(expected));
        }
        let twice = Json::read(r#"{"a":1,"\u0061":2}"#).expect("it is JSON");
        assert_eq!(reversed(&twice.value), None);
    }
}
