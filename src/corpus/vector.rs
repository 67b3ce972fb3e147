//! A vector: one response, and the verdict that is expected.

use std::fmt;
use std::ops::RangeInclusive;

use relogin::Action;
use serde::{Deserialize, Deserializer, Serialize};

use super::body::Body;
use super::level::Level;
use super::tables::Profile;

/// The HTTP statuses (SPEC.md section 1).
pub(crate) const STATUSES: RangeInclusive<u16> = 100..=999;

/// A file of vectors: one topic of one level.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VectorFile {
    /// Its path in the corpus.
    #[serde(skip)]
    pub path: String,
    #[serde(rename = "$schema")]
    _schema: String,
    /// The level of its vectors.
    pub level: Level,
    /// The topic of its vectors.
    pub topic: String,
    /// The vectors.
    pub vectors: Vec<Vector>,
}

/// One response, and the verdict that is expected.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Vector {
    /// `LEVEL/TOPIC/SLUG`, never used again.
    pub id: String,
    /// The one thing that the vector shows.
    pub title: String,
    /// The rules that decide.
    pub rules: Vec<String>,
    /// The rules that the response only just does not trigger.
    pub near: Vec<String>,
    /// Where the response comes from.
    pub source: Source,
    /// The response, and what the caller knows.
    pub input: Input,
    /// The verdict; `None` for "not a failure".
    #[serde(deserialize_with = "required_option")]
    pub expect: Option<Verdict>,
    /// Whether the time for the response is measured against that for the same with each long repetition cut to an
    /// eighth: a reader must not take quadratic time.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_timed: bool,
    /// The evidence of the reference, for some of the failures. Ports are not judged on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<Evidence>,
}

impl Vector {
    /// Returns the level in the id, or `None` if the id does not begin with a level.
    #[must_use]
    pub fn level(&self) -> Option<Level> {
        self.id.split('/').next()?.parse().ok()
    }

    /// Returns the level and the topic in the id, as `LEVEL/TOPIC`.
    #[must_use]
    pub fn topic(&self) -> &str {
        self.id.rsplit_once('/').map_or("", |(topic, _)| topic)
    }
}

/// Where a vector comes from.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// In words.
    pub what: String,
    /// The address of the source; `None` for a vector that was written by hand.
    #[serde(deserialize_with = "required_option")]
    pub url: Option<String>,
}

/// The input of a vector.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The HTTP status.
    pub status: u16,
    /// The value of `Content-Type`.
    #[serde(deserialize_with = "required_option")]
    pub content_type: Option<String>,
    /// The headers in order, each a name and a value.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<(String, String)>,
    /// The texts of the calling product.
    pub profile: ProfileChoice,
    /// The secrets that the caller knows.
    pub secrets: Vec<String>,
    /// The body.
    pub body: Body,
}

/// A profile of `profiles.json`, or four texts.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub enum ProfileChoice {
    /// The name of a profile of `profiles.json`.
    Name(String),
    /// Four texts.
    Inline(Profile),
}

impl<'de> Deserialize<'de> for ProfileChoice {
    /// By hand: the error of a derived impl does not say which member is wrong.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> serde::de::Visitor<'de> for Visitor {
            type Value = ProfileChoice;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the name of a profile or an object with its four texts")
            }
            fn visit_str<E>(self, name: &str) -> Result<ProfileChoice, E> {
                Ok(ProfileChoice::Name(name.to_owned()))
            }
            fn visit_map<A: serde::de::MapAccess<'de>>(self, map: A) -> Result<ProfileChoice, A::Error> {
                Profile::deserialize(serde::de::value::MapAccessDeserializer::new(map)).map(ProfileChoice::Inline)
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

/// A verdict on a failure (SPEC.md section 7).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Verdict {
    /// The machine code.
    pub code: String,
    /// The server's text, cleaned.
    #[serde(deserialize_with = "required_option")]
    pub description: Option<String>,
    /// The action.
    #[serde(with = "super::action")]
    pub action: Action,
    /// Whether the user must sign in again.
    pub relogin_required: bool,
    /// One or two sentences for the user.
    pub message: String,
    /// The seconds to wait before a retry (R58). A vector without the member expects null.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u32>,
}

/// Why the reference comes to a verdict.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    /// The step of section 5 that decides, from 1 to 6.
    pub step: u8,
    /// The tag of the step's rule.
    pub rule: String,
    /// The place of the code or text that decides.
    #[serde(deserialize_with = "required_option")]
    pub place: Option<String>,
    /// The code of the row of `codes.json` that decides.
    #[serde(deserialize_with = "required_option")]
    pub row: Option<String>,
    /// The phrase of the row of `exceptions.json` that decides (R53).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exception: Option<String>,
    /// The row of `headers.json` that decides (R52).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub header: Option<String>,
    /// How the body is read, or why it is not parsed.
    pub body: String,
    /// The tag of the rule about the body.
    pub body_rule: String,
    /// The next step for the user.
    pub next_step: String,
}

/// Reads a member that may be null and must not be missing.
pub(super) fn required_option<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    Option::deserialize(deserializer)
}
