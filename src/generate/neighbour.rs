//! Vectors with exactly one thing changed to its neighbour in its domain. A port that knows the vectors and not the
//! rules is wrong here.

use super::case::{Case, Damage};
use super::draw::Draw;
use super::headers::headers;
use super::tables::tables;

/// A vector with one change.
pub(crate) fn neighbour(draw: &Draw<'_>) -> Case {
    let mut case = draw.one_of(&tables().vectors).clone();
    match draw.below(16) {
        0 => case.status = u16::try_from(draw.range(100, 999)).unwrap_or(case.status),
        1 => case.status = draw.pick(&[case.status + 1, case.status - 1]).clamp(100, 999),
        2 => case.content_type = case.content_type.map(|text| edited(draw, &text)),
        3 if case.headers.is_empty() => case.headers = headers(draw),
        3 => {
            let at = draw.below(case.headers.len());
            let (name, value) = &mut case.headers[at];
            let text = if draw.one_in(3) { name } else { value };
            *text = edited(draw, text);
        }
        4 => {
            let profile = &mut case.profile;
            let text = match draw.below(4) {
                0 => &mut profile.product,
                1 => &mut profile.other_clients,
                2 => &mut profile.sign_in,
                _ => &mut profile.fallback_code,
            };
            *text = edited(draw, text);
        }
        5 if !case.secrets.is_empty() => {
            let at = draw.below(case.secrets.len());
            case.secrets[at] = edited(draw, &case.secrets[at]);
        }
        _ => {
            let bytes = case.render();
            let at = draw.below(bytes.len());
            case.damages.push(match (draw.below(6), bytes.get(at)) {
                (0, Some(_)) => Damage::Remove(at),
                (1, Some(byte)) => Damage::Insert(at, vec![*byte]),
                (2 | 3, Some(byte)) => Damage::Flip(at, byte ^ beside(draw, *byte)),
                _ => Damage::Insert(at, character(draw).to_string().into_bytes()),
            });
        }
    }
    case
}

/// A text with one character removed, doubled, replaced or inserted.
fn edited(draw: &Draw<'_>, text: &str) -> String {
    let mut characters: Vec<char> = text.chars().collect();
    let at = draw.below(characters.len());
    match (draw.below(5), characters.get(at).copied()) {
        (0, Some(_)) => drop(characters.remove(at)),
        (1, Some(c)) => characters.insert(at, c),
        (2, Some(c)) if c.is_ascii() => characters[at] = char::from(beside(draw, c as u8)),
        (3, _) => characters.push(character(draw)),
        _ => characters.insert(at, character(draw)),
    }
    characters.into_iter().collect()
}

/// The byte before or after one, the letter in the other case, or any byte of ASCII.
fn beside(draw: &Draw<'_>, byte: u8) -> u8 {
    let any = u8::try_from(draw.below(128)).unwrap_or(0);
    draw.pick(&[byte.wrapping_add(1), byte.wrapping_sub(1), byte ^ 0x20, any])
}

/// A character of ASCII, or one at the edge of a range of `characters.json`.
fn character(draw: &Draw<'_>) -> char {
    match draw.below(4) {
        0 => draw.point(&tables().space),
        1 => draw.point(&tables().invisible),
        _ => char::from(u8::try_from(draw.below(128)).unwrap_or(0)),
    }
}
