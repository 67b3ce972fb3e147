//! The [`mix`] of all generators, each with something odd now and then.

use arbitrary::Unstructured;

use super::draw::Draw;
use super::json::{Piece, Value};
use super::near::NEAR;
use super::parts::{PARTS, Part, STATUSES, any_value, change_pairs, content_type, duplicate, gaps, near_form_type, odd_key, with_damage};
use super::tables::tables;
use super::{Body, Case, words};
use crate::corpus::Profile;

/// Any response: one of [`PARTS`] or of the near misses, and sometimes something more about it that is odd.
///
/// ```
/// use arbitrary::Unstructured;
/// use relogin_conformance::generate::mix::mix;
/// assert_eq!(mix(&mut Unstructured::new(&[])).kind, "nested");
/// ```
#[must_use]
pub fn mix(source: &mut Unstructured<'_>) -> Case {
    Draw::from(source, |u| {
        let parts: &[Part] = if u.below(10) < 4 { &PARTS } else { &NEAR };
        let mut case = u.weighted(parts, |part| part.weight).draw(u);
        (0..u.pick(&[0, 0, 0, 1, 0, 0, 0, 1, 1, 2])).for_each(|_| oddity(u, &mut case));
        case
    })
}

/// Changes one thing about a case.
fn oddity(u: &Draw<'_>, case: &mut Case) {
    match u.below(16) {
        0..=2 => case.status = u.pick(&STATUSES),
        3 => {
            let is_form = matches!(case.body, Body::Form(_));
            case.content_type = if is_form { near_form_type(u) } else { content_type(u) };
        }
        4..=5 => case.profile = profile(u),
        6 => case.secrets = secrets_of(u, case),
        7..=8 => with_damage(u, case),
        _ => match &mut case.body {
            Body::Json(json) => match u.below(4) {
                0 => json.gaps = gaps(u),
                1 => more_members(u, &mut json.value),
                2 => respell(u, &mut json.value),
                _ => duplicate(u, &mut json.value),
            },
            Body::Form(pairs) => change_pairs(u, pairs),
            Body::Bytes(_) => with_damage(u, case),
        },
    }
}

fn profile(u: &Draw<'_>) -> Profile {
    const PATTERNS: [&str; 9] =
        ["@", "{description}", "{code} {status}", "", "{product}{sign_in}", "{other_clients} @", "{}", "\u{1f511} @\n", "%s $1 \\1"];
    let mut profile = u.one_of(&tables().profiles).clone();
    let fields = [&mut profile.product, &mut profile.other_clients, &mut profile.sign_in, &mut profile.fallback_code];
    if u.one_in(2) {
        for text in fields {
            // What looks like a placeholder is none (R49).
            *text = u.pick(&PATTERNS).replace('@', text);
        }
    }
    profile
}

/// Secrets, some of which are a part of the body.
fn secrets_of(u: &Draw<'_>, case: &Case) -> Vec<String> {
    let mut secrets = words::with_secrets(u).1;
    if let Body::Json(_) | Body::Form(_) = case.body
        && u.one_in(2)
    {
        let text = String::from_utf8_lossy(&case.body.render()).into_owned();
        let (from, length) = (u.below(text.chars().count().clamp(1, 1000)), u.range(7, 9));
        secrets.push(text.chars().skip(from).take(length).collect());
    }
    secrets
}

fn more_members(u: &Draw<'_>, value: &mut Value) {
    let more = (odd_key(u), any_value(u, 2));
    match value {
        Value::Object(members) => members.insert(u.below(members.len() + 1), more),
        Value::Array(elements) => elements.insert(u.below(elements.len() + 1), more.1),
        _ => {}
    }
}

/// Spells one key or string of an object, or of one inside it, with escapes.
fn respell(u: &Draw<'_>, value: &mut Value) {
    let text = match value {
        Value::Object(members) if !members.is_empty() => {
            let at = u.below(members.len());
            let (key, value) = &mut members[at];
            if u.one_in(2) { key } else { return respell(u, value) }
        }
        Value::Array(elements) if !elements.is_empty() => {
            let at = u.below(elements.len());
            return respell(u, &mut elements[at]);
        }
        Value::Text(text) => text,
        _ => return,
    };
    if let [Piece::Plain(plain)] = &text.0[..] {
        *text = words::respelled(u, plain);
    }
}
