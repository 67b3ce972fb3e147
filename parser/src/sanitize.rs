//! RFC 8259 allows two things that serde_json does not read into a string or a number: lone surrogates (R12), and
//! numbers that no `f64` holds (R13).

use serde::de::IgnoredAny;

/// Returns a copy of a JSON text with U+FFFD for each lone surrogate and `null` for each number, of which no rule reads
/// more than that it is no string; `None` when the text is not JSON (R10).
pub(crate) fn sanitized(text: &str) -> Option<String> {
    // An ignored value is held to the grammar; its numbers and escapes are not decoded.
    serde_json::from_str::<IgnoredAny>(text).ok()?;
    let mut copy = String::with_capacity(text.len());
    let (mut rest, mut in_string) = (text, false);
    let begins_number = |c: char| c == '-' || c.is_ascii_digit();
    while let Some(start) = rest.find(|c| matches!(c, '"' | '\\') || (!in_string && begins_number(c))) {
        copy.push_str(&rest[..start]);
        rest = &rest[start..];
        let (replacement, length) = match (rest.as_bytes()[0], surrogate(rest), rest.get(6..).and_then(surrogate)) {
            (b'"', ..) => {
                in_string = !in_string;
                ("\"", 1)
            }
            (_, Some(Half::High), Some(Half::Low)) => (&rest[..12], 12),
            (_, Some(_), _) => ("\u{fffd}", 6),
            (b'\\', ..) => (&rest[..2], 2),
            _ => ("null", rest.find(|c| !matches!(c, '0'..='9' | '+' | '-' | '.' | 'e' | 'E')).unwrap_or(rest.len())),
        };
        copy.push_str(replacement);
        rest = &rest[length..];
    }
    Some(copy + rest)
}

/// Half of a surrogate pair.
enum Half {
    High,
    Low,
}

/// Returns which half the escape is that a text begins with, if it is one.
fn surrogate(text: &str) -> Option<Half> {
    let unit = text.strip_prefix("\\u")?.get(..4)?;
    match u16::from_str_radix(unit, 16).ok()? {
        0xD800..=0xDBFF => Some(Half::High),
        0xDC00..=0xDFFF => Some(Half::Low),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies() {
        for (text, copy) in [
            (r#"{"a": 1e400, "b": [-0.5E+3,true]}"#, r#"{"a": null, "b": [null,true]}"#),
            (
                r#"["\ud800", "\uDC00\ud83d\ude00", "\ud800\ud83d\ude00-1"]"#,
                "[\"\u{fffd}\", \"\u{fffd}\\ud83d\\ude00\", \"\u{fffd}\\ud83d\\ude00-1\"]",
            ),
            (r#"["\\ud800\"1\u00e9"]"#, r#"["\\ud800\"1\u00e9"]"#),
        ] {
            assert_eq!(sanitized(text).as_deref(), Some(copy));
        }
        for text in [r#"{"a": 01}"#, r#"["\ud8"]"#, "[-]", "[1", r#"["\x"]"#, "[\"\n\"]", "[1] 2"] {
            assert_eq!(sanitized(text), None, "{text}");
        }
    }
}
