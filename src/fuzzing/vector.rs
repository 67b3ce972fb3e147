//! A finding as a vector.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use serde_json::json;

use crate::generate::Rendered;
use crate::oracle::{self, judge};
use crate::spec::{self, Rule};
use crate::text::ascii_json;
use crate::vectors::{Corpus, Input, Level, Profile, ProfileChoice, Source, Vector};

/// The topic of a file of proposed vectors.
const TOPIC: &str = "fuzz";

#[derive(Serialize)]
struct File {
    #[serde(rename = "$schema")]
    schema: &'static str,
    level: Level,
    topic: &'static str,
    vectors: [Vector; 1],
}

/// A file of one vector, `LEVEL/fuzz/SLUG`, to be read before it is taken: the verdict is that of the oracle, as the parser may be what is wrong,
/// and the rules are those that decided there.
///
/// ```
/// use relogin_conformance::fuzzing::{TARGETS, proposed_vector};
/// let response = TARGETS[0].response.unwrap();
/// let file = proposed_vector("a-dead-token", &response(b"\x01\x00{\"error\":\"invalid_grant\"}"));
/// assert!(file.contains(r#""id": "core/fuzz/a-dead-token""#) && file.contains(r#""action": "relogin""#));
/// ```
#[must_use]
pub fn proposed_vector(slug: &str, response: &Rendered) -> String {
    let Rendered { status, content_type, body, profile, secrets } = response.clone();
    let judgement =
        judge(&oracle::Input { status, content_type: content_type.as_deref(), body: &body, profile: &profile, secrets: &secrets });
    let rules: Vec<&Rule> = judgement.decided.iter().filter_map(|number| spec::find(&format!("R{number}"))).collect();
    let level = rules.iter().map(|rule| rule.level).max().unwrap_or(Level::Core);
    let body =
        String::from_utf8(body).map_or_else(|error| json!({"base64": STANDARD.encode(error.as_bytes())}), |text| json!({"text": text}));
    let body = serde_json::from_value(body).expect("either is a body");
    let vector = Vector {
        id: format!("{level}/{TOPIC}/{slug}"),
        title: "Found by fuzzing: say what it shows".to_owned(),
        rules: rules.iter().map(|rule| rule.tag.to_owned()).collect(),
        near: Vec::new(),
        source: Source { what: format!("fuzzing, input {slug}; the verdict is the oracle's and must be worked out by hand"), url: None },
        input: Input { status, content_type, profile: named(profile), secrets, body },
        expect: judgement.verdict,
    };
    ascii_json(&File { schema: "../../schema/vectors.schema.json", level, topic: TOPIC, vectors: [vector] })
}

/// A profile of the corpus goes by its name.
fn named(profile: Profile) -> ProfileChoice {
    static PROFILES: LazyLock<BTreeMap<String, Profile>> =
        LazyLock::new(|| Corpus::embedded().expect("the corpus of this source tree is checked by its tests").profiles);
    let name = PROFILES.iter().find(|(_, one)| **one == profile).map(|(name, _)| name.clone());
    name.map_or(ProfileChoice::Inline(profile), ProfileChoice::Name)
}
