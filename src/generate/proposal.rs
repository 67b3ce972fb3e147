//! Proposed vectors: generated responses that a search found, as files of a corpus.
//!
//! The verdict is the oracle's, because the parser may be wrong, and the rules are those that decided. A person must
//! work out the verdict before a proposed vector goes into the corpus.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use serde_json::json;

use super::case::Rendered;
use crate::corpus::{Corpus, Input, Level, Profile, ProfileChoice, Source, Vector};
use crate::text::ascii_json;

/// Where proposed vectors come from.
#[derive(Clone, Debug)]
pub struct Origin<'s> {
    /// The topic of the vectors.
    pub topic: &'s str,
    /// The search, as `source` of the vectors names it.
    pub what: &'s str,
}

impl Origin<'_> {
    /// Returns a response as a vector `LEVEL/TOPIC/SLUG`, and its level: the highest of the rules that decide.
    ///
    /// ```
    /// use relogin_conformance::generate::{Rendered, proposal::Origin};
    /// let origin = Origin { topic: "found", what: "a search" };
    /// let (_, vector) = origin.vector("1", "Nothing at all", &Rendered::default());
    /// assert_eq!(vector.id, "core/found/1");
    /// ```
    #[must_use]
    pub fn vector(&self, slug: &str, title: &str, response: &Rendered) -> (Level, Vector) {
        let judgement = response.judgement();
        let rules = judgement.rules();
        // A port is judged by a rule from the level of the rule on.
        let level = rules.iter().map(|rule| rule.level).max().unwrap_or(Level::Core);
        let Rendered { status, content_type, headers, body, profile, secrets } = response.clone();
        let body = match String::from_utf8(body) {
            Ok(text) => json!({ "text": text }),
            Err(error) => json!({"base64": STANDARD.encode(error.as_bytes())}),
        };
        let body = serde_json::from_value(body).expect("both forms are bodies");
        let vector = Vector {
            id: format!("{level}/{}/{slug}", self.topic),
            title: title.to_owned(),
            rules: rules.iter().map(|rule| rule.tag.to_owned()).collect(),
            near: Vec::new(),
            source: Source {
                what: format!("{}; the verdict is the oracle's and must be worked out by hand", self.what),
                url: None,
            },
            input: Input { status, content_type, headers, profile: named(profile), secrets, body },
            expect: judgement.verdict,
            is_timed: false,
            evidence: None,
        };
        (level, vector)
    }

    /// Returns the vectors as files of a corpus, one for each level: the level and the text.
    ///
    /// ```
    /// use relogin_conformance::corpus::Level;
    /// use relogin_conformance::generate::{Rendered, proposal::Origin};
    /// let origin = Origin { topic: "found", what: "a search" };
    /// let files = origin.files(vec![origin.vector("1", "Nothing at all", &Rendered::default())]);
    /// assert_eq!(files[0].0, Level::Core);
    /// assert!(files[0].1.contains(r#""topic": "found""#));
    /// ```
    #[must_use]
    pub fn files(&self, vectors: Vec<(Level, Vector)>) -> Vec<(Level, String)> {
        let mut by_level: BTreeMap<Level, Vec<Vector>> = BTreeMap::new();
        for (level, vector) in vectors {
            by_level.entry(level).or_default().push(vector);
        }
        let file = |(level, vectors)| {
            let file = File { schema: "../../schema/vectors.schema.json", level, topic: self.topic, vectors };
            (level, ascii_json(&file))
        };
        by_level.into_iter().map(file).collect()
    }
}

#[derive(Serialize)]
struct File<'s> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    level: Level,
    topic: &'s str,
    vectors: Vec<Vector>,
}

/// Replaces a profile of the corpus by its name.
fn named(profile: Profile) -> ProfileChoice {
    let name = Corpus::embedded().profiles.iter().find(|(_, one)| **one == profile).map(|(name, _)| name.clone());
    name.map_or(ProfileChoice::Inline(profile), ProfileChoice::Name)
}
