//! The families of bodies: the columns of the field report.

use serde_json::Value;

use super::cell::secrets;
use crate::corpus::{Vector, first_byte};
use crate::text::is_hidden;

/// A family of bodies.
pub struct Family {
    /// Its name in reports.
    pub name: &'static str,
    /// The trait that its bodies have in common, as a sentence.
    pub about: &'static str,
    /// Returns whether the body of a vector belongs to it.
    is_member: fn(&Vector, &[u8]) -> bool,
}

impl Family {
    /// Returns whether a vector belongs to the family.
    #[must_use]
    pub fn has(&self, vector: &Vector) -> bool {
        (self.is_member)(vector, &vector.input.body.expand())
    }
}

/// All families. A vector may belong to several, and to none.
pub const FAMILIES: [Family; 11] = [
    Family {
        name: "nested",
        about: "The code stands in an object: {\"error\": {\"code\": ...}}.",
        is_member: |vector, body| !is_2xx(vector) && json(body).is_some_and(|json| json["error"].is_object()),
    },
    Family {
        name: "flat, 200",
        about: "The flat error of RFC 6749, under a status that says success.",
        is_member: |vector, body| {
            let is_flat = |json: Value| json["error"].as_str().is_some_and(|code| !code.trim().is_empty());
            is_2xx(vector) && vector.expect.is_some() && json(body).is_some_and(is_flat)
        },
    },
    Family {
        name: "form",
        about: "A form instead of JSON: error=invalid_grant&...",
        is_member: |vector, body| {
            let media_type = vector.input.content_type.as_deref().unwrap_or_default().to_ascii_lowercase();
            media_type.starts_with("application/x-www-form-urlencoded")
                && !matches!(first_byte(body), Some(b'{' | b'['))
        },
    },
    Family {
        name: "array",
        about: "The error stands in an array: a list at the top, in `error` or in `errors`.",
        is_member: |vector, body| {
            let is_list = |json: Value| json.is_array() || json["error"].is_array() || json["errors"].is_array();
            vector.expect.is_some() && json(body).is_some_and(is_list)
        },
    },
    Family {
        name: "HTML",
        about: "A page, as proxies and gateways send it.",
        is_member: |_, body| first_byte(body) == Some(b'<'),
    },
    Family { name: "empty", about: "Nothing, or only white space.", is_member: |_, body| first_byte(body).is_none() },
    Family {
        name: "truncated",
        about: "JSON that ends before its end.",
        is_member: |_, body| {
            let is_cut = |error: serde_json::Error| error.is_eof();
            first_byte(body).is_some() && serde_json::from_slice::<Value>(body).err().is_some_and(is_cut)
        },
    },
    Family {
        name: "escapes",
        about: "A text holds control, bidi or invisible characters, which reach a terminal or a log if nobody removes them.",
        is_member: |vector, body| vector.expect.is_some() && json(body).is_some_and(|json| any_hidden(&json)),
    },
    Family {
        name: "BOM",
        about: "JSON behind a byte order mark.",
        is_member: |_, body| body.starts_with(b"\xef\xbb\xbf"),
    },
    Family {
        name: "Retry-After",
        about: "The server says how long to wait.",
        is_member: |vector, _| vector.expect.as_ref().is_some_and(|expect| expect.retry_after.is_some()),
    },
    Family {
        name: "secret",
        about: "The text repeats the refresh token or the client's secret.",
        is_member: |vector, body| {
            let text = String::from_utf8_lossy(body);
            secrets(vector).any(|secret| text.contains(secret))
        },
    },
];

fn is_2xx(vector: &Vector) -> bool {
    (200..300).contains(&vector.input.status)
}

fn json(body: &[u8]) -> Option<Value> {
    serde_json::from_slice(body).ok()
}

/// Returns whether a string in a value holds a hidden character.
fn any_hidden(value: &Value) -> bool {
    match value {
        Value::String(text) => text.chars().any(|c| is_hidden(c) && !matches!(c, '\n' | '\r' | '\t')),
        Value::Array(values) => values.iter().any(any_hidden),
        Value::Object(members) => members.values().any(any_hidden),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::Corpus;

    #[test]
    fn each_family_has_vectors_and_the_founding_bodies_are_in_theirs() {
        let corpus = Corpus::embedded();
        for family in &FAMILIES {
            let count = corpus.vectors().filter(|vector| family.has(vector)).count();
            assert!(count >= 2, "{} has {count}", family.name);
        }
        for (id, family) in [
            ("core/nested/error-object", "nested"),
            ("core/garbage/html", "HTML"),
            ("core/garbage/empty", "empty"),
            ("core/garbage/truncated", "truncated"),
            ("core/nested/error-array-first-object", "array"),
            ("hardening/space/escape-sequence", "escapes"),
            ("hardening/secrets/eight-characters", "secret"),
            ("dialects/retry-after/blanks", "Retry-After"),
        ] {
            let vector = corpus.find(id).expect("the corpus has it");
            let names: Vec<&str> =
                FAMILIES.iter().filter(|family| family.has(vector)).map(|family| family.name).collect();
            assert!(names.contains(&family), "{id}: {names:?}");
        }
    }
}
