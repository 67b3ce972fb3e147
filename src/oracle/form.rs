//! Forms, as SPEC.md section 3 reads them (R15, R16).

use std::collections::BTreeMap;

use super::value::{Member, Value};
use super::words::trim;

/// R15.
pub(super) fn is_form(content_type: Option<&str>) -> bool {
    let Some(content_type) = content_type else { return false };
    trim(media_type(content_type)).eq_ignore_ascii_case("application/x-www-form-urlencoded")
}

/// The media type in a content type, not yet trimmed (R15).
pub(super) fn media_type(content_type: &str) -> &str {
    content_type.split(';').next().unwrap_or("")
}

/// R16: the pairs of a form; of several with the same name, the last.
pub(super) fn pairs(body: &[u8]) -> Vec<Member> {
    let mut pairs = BTreeMap::new();
    for piece in body.split(|byte| *byte == b'&').filter(|piece| !piece.is_empty()) {
        let equals = piece.iter().position(|byte| *byte == b'=').unwrap_or(piece.len());
        let (name, value) = (&piece[..equals], piece.get(equals + 1..).unwrap_or(&[]));
        pairs.insert(form_text(name), form_text(value));
    }
    pairs.into_iter().map(|(key, value)| Member { key, escaped: false, value: Value::String(value) }).collect()
}

fn form_text(piece: &[u8]) -> String {
    let mut bytes = Vec::new();
    let mut at = 0;
    while at < piece.len() {
        match (piece[at], hexadecimal(piece.get(at + 1)), hexadecimal(piece.get(at + 2))) {
            (b'%', Some(high), Some(low)) => {
                bytes.push(high * 16 + low);
                at += 2;
            }
            (b'+', _, _) => bytes.push(b' '),
            (byte, _, _) => bytes.push(byte),
        }
        at += 1;
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn hexadecimal(byte: Option<&u8>) -> Option<u8> {
    match byte? {
        digit @ b'0'..=b'9' => Some(digit - b'0'),
        letter @ b'a'..=b'f' => Some(letter - b'a' + 10),
        letter @ b'A'..=b'F' => Some(letter - b'A' + 10),
        _ => None,
    }
}
