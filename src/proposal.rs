//! Responses that a search has found, as vectors to be read before they are taken: the verdict is that of the oracle, as the parser may be what is
//! wrong, and the rules are those that decided there.

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

/// What found a response.
#[derive(Clone, Debug)]
pub struct Search<'s> {
    /// The topic of the vectors.
    pub topic: &'s str,
    /// How it is named in their source.
    pub what: &'s str,
}

impl Search<'_> {
    /// A response as a vector `LEVEL/TOPIC/SLUG`, with the level of the highest rule that decides.
    ///
    /// ```
    /// use relogin_conformance::{generate::Rendered, proposal::Search};
    /// let search = Search { topic: "found", what: "a search" };
    /// assert_eq!(search.vector("1", "Nothing at all", &Rendered::default()).id, "core/found/1");
    /// ```
    #[must_use]
    pub fn vector(&self, slug: &str, title: &str, response: &Rendered) -> Vector {
        let Rendered { status, content_type, body, profile, secrets } = response.clone();
        let input = oracle::Input { status, content_type: content_type.as_deref(), body: &body, profile: &profile, secrets: &secrets };
        let judgement = judge(&input);
        let rules: Vec<&Rule> = judgement.decided.iter().filter_map(|number| spec::find(&format!("R{number}"))).collect();
        let level = level_of(&rules);
        let body =
            String::from_utf8(body).map_or_else(|error| json!({"base64": STANDARD.encode(error.as_bytes())}), |text| json!({"text": text}));
        let body = serde_json::from_value(body).expect("either is a body");
        Vector {
            id: format!("{level}/{}/{slug}", self.topic),
            title: title.to_owned(),
            rules: rules.iter().map(|rule| rule.tag.to_owned()).collect(),
            near: Vec::new(),
            source: Source { what: format!("{}; the verdict is the oracle's and must be worked out by hand", self.what), url: None },
            input: Input { status, content_type, profile: named(profile), secrets, body },
            expect: judgement.verdict,
        }
    }

    /// The vectors as files of a corpus, one for each level: its level and its text.
    ///
    /// ```
    /// use relogin_conformance::{generate::Rendered, proposal::Search, vectors::Level};
    /// let search = Search { topic: "found", what: "a search" };
    /// let [(level, text)] = &search.files(vec![search.vector("1", "Nothing at all", &Rendered::default())])[..] else { unreachable!() };
    /// assert_eq!(*level, Level::Core);
    /// assert!(text.contains(r#""topic": "found""#));
    /// ```
    #[must_use]
    pub fn files(&self, vectors: Vec<Vector>) -> Vec<(Level, String)> {
        let mut by_level: BTreeMap<Level, Vec<Vector>> = BTreeMap::new();
        for vector in vectors {
            let rules: Vec<&Rule> = vector.rules.iter().filter_map(|tag| spec::find(tag)).collect();
            by_level.entry(level_of(&rules)).or_default().push(vector);
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

/// The level from which a port is judged by these rules.
pub(crate) fn level_of(rules: &[&Rule]) -> Level {
    rules.iter().map(|rule| rule.level).max().unwrap_or(Level::Core)
}

/// A profile of the corpus goes by its name.
fn named(profile: Profile) -> ProfileChoice {
    static PROFILES: LazyLock<BTreeMap<String, Profile>> =
        LazyLock::new(|| Corpus::embedded().expect("the corpus of this source tree is checked by its tests").profiles);
    let name = PROFILES.iter().find(|(_, one)| **one == profile).map(|(name, _)| name.clone());
    name.map_or(ProfileChoice::Inline(profile), ProfileChoice::Name)
}
