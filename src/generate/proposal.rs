//! Responses that a search has found, as vectors to be read before they are taken: the verdict is that of the oracle, as the parser may be what is
//! wrong, and the rules are those that decided there.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use serde_json::json;

use super::case::Rendered;
use crate::corpus::{Corpus, Input, Level, Profile, ProfileChoice, Source, Vector};
use crate::text::ascii_json;

/// What found a response.
#[derive(Clone, Debug)]
pub struct Search<'s> {
    /// The topic of the vectors.
    pub topic: &'s str,
    /// How it is named in their source.
    pub what: &'s str,
}

impl Search<'_> {
    /// A response as a vector `LEVEL/TOPIC/SLUG`, and the level, which is the highest of the rules that decide.
    ///
    /// ```
    /// use relogin_conformance::generate::{Rendered, proposal::Search};
    /// let search = Search { topic: "found", what: "a search" };
    /// assert_eq!(search.vector("1", "Nothing at all", &Rendered::default()).1.id, "core/found/1");
    /// ```
    #[must_use]
    pub fn vector(&self, slug: &str, title: &str, response: &Rendered) -> (Level, Vector) {
        let judgement = response.judgement();
        let rules = judgement.rules();
        // A port is judged by a rule from its level on.
        let level = rules.iter().map(|rule| rule.level).max().unwrap_or(Level::Core);
        let Rendered { status, content_type, headers, body, profile, secrets } = response.clone();
        let body = String::from_utf8(body)
            .map_or_else(|error| json!({"base64": STANDARD.encode(error.as_bytes())}), |text| json!({"text": text}));
        let body = serde_json::from_value(body).expect("either is a body");
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
            evidence: None,
        };
        (level, vector)
    }

    /// The vectors as files of a corpus, one for each level: its level and its text.
    ///
    /// ```
    /// use relogin_conformance::{corpus::Level, generate::{Rendered, proposal::Search}};
    /// let search = Search { topic: "found", what: "a search" };
    /// let [(level, text)] = &search.files(vec![search.vector("1", "Nothing at all", &Rendered::default())])[..] else { unreachable!() };
    /// assert_eq!(*level, Level::Core);
    /// assert!(text.contains(r#""topic": "found""#));
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

/// A profile of the corpus goes by its name.
fn named(profile: Profile) -> ProfileChoice {
    let name = Corpus::shared().profiles.iter().find(|(_, one)| **one == profile).map(|(name, _)| name.clone());
    name.map_or(ProfileChoice::Inline(profile), ProfileChoice::Name)
}
