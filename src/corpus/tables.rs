//! Rows of the tables: `codes.json`, `exceptions.json`, `keys.json`, `headers.json`, `characters.json`,
//! `profiles.json`, `actions.json`, `retired.json`.

use std::collections::BTreeMap;

use relogin::Action;
use serde::{Deserialize, Serialize};

use super::level::Level;

/// A row of the registry.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CodeRow {
    /// The code.
    pub code: String,
    /// Its action.
    #[serde(with = "super::action")]
    pub action: Action,
    /// Whether a text that is this code decides.
    pub in_text: bool,
    /// Whether the code says that another client has used the token.
    pub reused: bool,
    /// Why it has this action.
    pub reason: String,
    /// The sources.
    pub source: Vec<String>,
}

/// A row of the exceptions: the action of a code beside a certain text (R53).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExceptionRow {
    /// The code, which has a row in the registry.
    pub code: String,
    /// The phrase, in lower-case ASCII. The empty phrase stands in any text.
    pub phrase: String,
    /// The action of the code beside such a text.
    #[serde(with = "super::action")]
    pub action: Action,
    /// Whether the text says that another client has used the token.
    pub reused: bool,
    /// The sources.
    pub source: Vec<String>,
}

/// A header by which something in front of the server says that it has answered (R52).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeaderRow {
    /// The name of the header.
    pub header: String,
    /// The meaning of the header.
    pub reason: String,
    /// The sources.
    pub source: Vec<String>,
}

/// The places of codes and texts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Keys {
    #[serde(rename = "$schema", skip_serializing)]
    _schema: String,
    /// The members of the top level that may be the error object (R60).
    pub objects: Vec<KeyRow>,
    /// Those of the error object.
    pub error_object: Places,
    /// Those of the top level.
    pub top_level: Places,
}

/// The places of one object, in order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Places {
    /// The keys that hold codes.
    pub code: Vec<KeyRow>,
    /// The keys that hold texts.
    pub text: Vec<KeyRow>,
}

/// A key that is a place.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyRow {
    /// The key.
    pub key: String,
    /// The level from which it is a place.
    pub level: Level,
    /// The member is a text only when it is not a code (R27).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unless_code: bool,
    /// Who sends it.
    pub source: Vec<String>,
}

/// The invisible and the space characters.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Characters {
    #[serde(rename = "$schema", skip_serializing)]
    _schema: String,
    /// The version of Unicode of the tables.
    pub unicode: String,
    /// The characters that R37 deletes.
    pub invisible: Vec<Range>,
    /// The characters that R38 replaces.
    pub space: Vec<Range>,
}

impl Characters {
    /// Returns the code points of both tables, as pairs of the first and the last of a range.
    pub fn ranges(&self) -> impl Iterator<Item = (u32, u32)> {
        self.invisible.iter().chain(&self.space).map(|range| (range.first.0, range.last.0))
    }
}

/// A range of code points.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Range {
    /// The first.
    pub first: CodePoint,
    /// The last, which is part of the range.
    pub last: CodePoint,
}

/// A code point. In JSON it is a string of hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CodePoint(pub u32);

impl TryFrom<String> for CodePoint {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let point = u32::from_str_radix(&text, 16).ok().filter(|point| *point <= 0x10_FFFF);
        point.map(Self).ok_or_else(|| format!("`{text}` is not a code point in hexadecimal"))
    }
}

impl From<CodePoint> for String {
    fn from(point: CodePoint) -> Self {
        format!("{:04X}", point.0)
    }
}

/// The meaning of an action.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ActionRow {
    /// The action.
    #[serde(with = "super::action")]
    pub action: Action,
    /// Its meaning.
    pub meaning: String,
    /// The next step for the user.
    pub next_step: String,
}

/// An id that is no longer used.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RetiredRow {
    /// The id.
    pub id: String,
    /// The first version without the vector.
    pub version: String,
    /// Why the vector was removed.
    pub reason: String,
}

/// The texts of one product.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// The name of the product.
    pub product: String,
    /// Examples of other clients.
    pub other_clients: String,
    /// How the user signs in.
    pub sign_in: String,
    /// The code of a verdict when the server sent none.
    pub fallback_code: String,
}

impl Profile {
    /// Returns the same profile for the parser.
    #[must_use]
    pub fn borrowed(&self) -> relogin::Profile<'_> {
        let Self { product, other_clients, sign_in, fallback_code } = self;
        relogin::Profile { product, other_clients, sign_in, fallback_code }
    }
}

/// `codes.json`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CodesFile {
    #[serde(rename = "$schema")]
    _schema: String,
    pub(super) codes: Vec<CodeRow>,
}

/// `exceptions.json`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ExceptionsFile {
    #[serde(rename = "$schema")]
    _schema: String,
    pub(super) exceptions: Vec<ExceptionRow>,
}

/// `headers.json`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct HeadersFile {
    #[serde(rename = "$schema")]
    _schema: String,
    pub(super) headers: Vec<HeaderRow>,
}

/// `profiles.json`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ProfilesFile {
    #[serde(rename = "$schema")]
    _schema: String,
    pub(super) profiles: BTreeMap<String, Profile>,
}

/// `actions.json`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ActionsFile {
    #[serde(rename = "$schema")]
    _schema: String,
    pub(super) actions: Vec<ActionRow>,
}

/// `retired.json`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RetiredFile {
    #[serde(rename = "$schema")]
    _schema: String,
    pub(super) retired: Vec<RetiredRow>,
}
