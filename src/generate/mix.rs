//! The [`mix`] of all generators, with something odd added now and then.

use arbitrary::{Arbitrary, Unstructured};

use super::case::{Body, Case, Rendered};
use super::draw::Draw;
use super::headers::headers;
use super::json::{Piece, Value};
use super::near::NEAR;
use super::parts::{
    PARTS, Part, STATUSES, any_value, change_pairs, content_type, duplicate, gaps, near_form_type, odd_key, with_damage,
};
use super::secrets::with_secrets;
use super::tables::tables;
use super::words;
use crate::corpus::Profile;

/// Any response: drawn by one of [`PARTS`] or by a near miss, and sometimes with an oddity on top.
///
/// ```
/// use arbitrary::{Arbitrary, Unstructured};
/// use relogin_conformance::generate::mix::mix;
/// assert_eq!(mix(&mut Unstructured::new(&[])).kind, "nested");
/// ```
#[must_use]
pub fn mix(source: &mut Unstructured<'_>) -> Case {
    Draw::from(source, |draw| {
        let parts: &[Part] = if draw.below(10) < 4 { &PARTS } else { &NEAR };
        let mut case = draw.weighted(parts, |part| part.weight).draw(draw);
        (0..draw.pick(&[0, 0, 0, 1, 0, 0, 0, 1, 1, 2])).for_each(|_| oddity(draw, &mut case));
        case
    })
}

impl<'a> Arbitrary<'a> for Case {
    /// Draws from [`mix`]. Never fails, whatever the bytes.
    fn arbitrary(source: &mut Unstructured<'a>) -> arbitrary::Result<Self> {
        Ok(mix(source))
    }
}

impl<'a> Arbitrary<'a> for Rendered {
    /// The response of an arbitrary [`Case`].
    fn arbitrary(source: &mut Unstructured<'a>) -> arbitrary::Result<Self> {
        Ok(Case::arbitrary(source)?.response())
    }
}

/// Changes one thing in a case.
fn oddity(draw: &Draw<'_>, case: &mut Case) {
    match draw.below(18) {
        0..=2 => case.status = draw.pick(&STATUSES),
        3 => {
            let is_form = matches!(case.body, Body::Form(_));
            case.content_type = if is_form { near_form_type(draw) } else { content_type(draw) };
        }
        4..=5 => case.profile = profile(draw),
        6 => case.secrets = secrets_of(draw, case),
        7..=8 => with_damage(draw, case),
        9..=10 => case.headers.extend(headers(draw)),
        _ => match &mut case.body {
            Body::Json(json) => match draw.below(4) {
                0 => json.gaps = gaps(draw),
                1 => more_members(draw, &mut json.value),
                2 => respell(draw, &mut json.value),
                _ => duplicate(draw, &mut json.value),
            },
            Body::Form(pairs) => change_pairs(draw, pairs),
            Body::Bytes(_) => with_damage(draw, case),
        },
    }
}

fn profile(draw: &Draw<'_>) -> Profile {
    const PATTERNS: [&str; 9] = [
        "@",
        "{description}",
        "{code} {status}",
        "",
        "{product}{sign_in}",
        "{other_clients} @",
        "{}",
        "\u{1f511} @\n",
        "%s $1 \\1",
    ];
    let mut profile = draw.one_of(&tables().profiles).clone();
    let fields = [&mut profile.product, &mut profile.other_clients, &mut profile.sign_in, &mut profile.fallback_code];
    if draw.one_in(2) {
        for text in fields {
            // These look like placeholders, and are not filled in (R49).
            *text = draw.pick(&PATTERNS).replace('@', text);
        }
    }
    profile
}

/// Secrets, some of which are a part of the body.
fn secrets_of(draw: &Draw<'_>, case: &Case) -> Vec<String> {
    let mut secrets = with_secrets(draw).1;
    if let Body::Json(_) | Body::Form(_) = case.body
        && draw.one_in(2)
    {
        let text = String::from_utf8_lossy(&case.body.render()).into_owned();
        let (from, length) = (draw.below(text.chars().count().clamp(1, 1000)), draw.range(7, 9));
        secrets.push(text.chars().skip(from).take(length).collect());
    }
    secrets
}

fn more_members(draw: &Draw<'_>, value: &mut Value) {
    let more = (odd_key(draw), any_value(draw, 2));
    match value {
        Value::Object(members) => members.insert(draw.below(members.len() + 1), more),
        Value::Array(elements) => elements.insert(draw.below(elements.len() + 1), more.1),
        _ => {}
    }
}

/// Spells one key or string with escapes, in this object or in one inside it.
fn respell(draw: &Draw<'_>, value: &mut Value) {
    let text = match value {
        Value::Object(members) if !members.is_empty() => {
            let at = draw.below(members.len());
            let (key, value) = &mut members[at];
            if draw.one_in(2) { key } else { return respell(draw, value) }
        }
        Value::Array(elements) if !elements.is_empty() => {
            let at = draw.below(elements.len());
            return respell(draw, &mut elements[at]);
        }
        Value::Text(text) => text,
        _ => return,
    };
    if let [Piece::Plain(plain)] = &text.0[..] {
        *text = words::respelled(draw, plain);
    }
}
