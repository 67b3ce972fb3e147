//! A finding as a vector.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::generate::Rendered;
use crate::oracle::{Input, judge};
use crate::spec::{self, Rule};
use crate::vectors::Level;

/// The topic of a file of proposed vectors.
const TOPIC: &str = "fuzz";

/// A file of one vector, `LEVEL/fuzz/SLUG`, to be read before it is taken: the verdict is that of the oracle, as the parser may be what is wrong,
/// and the rules are those that decided there.
///
/// ```
/// use relogin_conformance::fuzzing::{TARGETS, proposed_vector};
/// let response = TARGETS[0].response.unwrap();
/// let file = proposed_vector("a-dead-token", &response(b"\x01\x00{\"error\":\"invalid_grant\"}"));
/// assert_eq!(file["vectors"][0]["id"], "core/fuzz/a-dead-token");
/// assert_eq!(file["vectors"][0]["expect"]["action"], "relogin");
/// ```
#[must_use]
pub fn proposed_vector(slug: &str, response: &Rendered) -> Value {
    let Rendered { status, content_type, body, profile, secrets } = response;
    let judgement = judge(&Input { status: *status, content_type: content_type.as_deref(), body, profile, secrets });
    let rules: Vec<&Rule> = judgement.decided.iter().filter_map(|number| spec::find(&format!("R{number}"))).collect();
    let level = rules.iter().map(|rule| rule.level).max().unwrap_or(Level::Core);
    let body = std::str::from_utf8(body).map_or_else(|_| json!({"base64": STANDARD.encode(body)}), |text| json!({"text": text}));
    json!({"$schema": "../../schema/vectors.schema.json", "level": level, "topic": TOPIC, "vectors": [{
        "id": format!("{level}/{TOPIC}/{slug}"),
        "title": "Found by fuzzing: say what it shows",
        "rules": rules.iter().map(|rule| rule.tag).collect::<Vec<&str>>(),
        "near": [],
        "source": {"what": format!("fuzzing, input {slug}; the verdict is the oracle's and must be worked out by hand"), "url": null},
        "input": {"status": status, "content_type": content_type, "profile": profile, "secrets": secrets, "body": body},
        "expect": judgement.verdict,
    }]})
}
