//! The corpus: its vectors and its tables, read into closed types.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use include_dir::{Dir, DirEntry, include_dir};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize};

use crate::error::Error;

/// The most bytes that the body of a vector may have when it is expanded.
pub const MOST_BODY_BYTES: usize = 16 << 20;

static EMBEDDED: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/corpus");

/// The statuses that there are (SPEC.md, section 1).
pub(crate) const STATUSES: RangeInclusive<u16> = 100..=999;

/// The paths of the tables.
pub(crate) const TABLES: [&str; 8] = [
    "codes.json",
    "exceptions.json",
    "keys.json",
    "headers.json",
    "characters.json",
    "profiles.json",
    "actions.json",
    "retired.json",
];

/// The vectors and the tables.
#[derive(Clone, Debug)]
pub struct Corpus {
    /// The registry, `codes.json`.
    pub codes: Vec<CodeRow>,
    /// The words that are not codes (R60), also in `codes.json`.
    pub not_codes: Vec<NotCodeRow>,
    /// The exceptions, `exceptions.json`.
    pub exceptions: Vec<ExceptionRow>,
    /// The places, `keys.json`.
    pub keys: Keys,
    /// The headers that decide, `headers.json`.
    pub headers: Vec<HeaderRow>,
    /// The invisible and the space characters, `characters.json`.
    pub characters: Characters,
    /// The profiles, `profiles.json`.
    pub profiles: BTreeMap<String, Profile>,
    /// What the actions mean, `actions.json`.
    pub actions: Vec<ActionRow>,
    /// The ids that are gone, `retired.json`.
    pub retired: Vec<RetiredRow>,
    /// The files of vectors, in the order of their paths.
    pub files: Vec<VectorFile>,
    /// Lines of the files that are not ASCII, as `path:line`.
    pub not_ascii: Vec<String>,
    /// Files below `vectors` that are not read, because they are not `LEVEL/TOPIC.json`.
    pub not_read: Vec<String>,
}

impl Corpus {
    /// The corpus that is inside this program.
    ///
    /// # Errors
    ///
    /// When it is broken, which the gate does not let through.
    pub fn embedded() -> Result<Self, Error> {
        Self::read(&Folder::Embedded)
    }

    /// The corpus inside this program, read once.
    ///
    /// # Panics
    ///
    /// Never in a build that has passed its tests: the embedded corpus is read by them.
    ///
    /// ```
    /// use relogin_conformance::corpus::Corpus;
    /// assert!(Corpus::shared().profiles.contains_key("generic"));
    /// ```
    #[must_use]
    pub fn shared() -> &'static Self {
        static SHARED: LazyLock<Corpus> =
            LazyLock::new(|| Corpus::embedded().expect("the tests read the embedded corpus"));
        &SHARED
    }

    /// The corpus in a folder like `corpus/`: the tables, and vectors in `vectors/LEVEL/TOPIC.json`.
    ///
    /// # Errors
    ///
    /// When a file cannot be read or is not what it must be; the error names file, line, column and vector.
    pub fn load(folder: &Path) -> Result<Self, Error> {
        Self::read(&Folder::Disk(folder.to_owned()))
    }

    /// The corpus of these files, each a path in the corpus and what it holds; of two with the same path the last counts.
    ///
    /// # Errors
    ///
    /// As [`load`](Self::load).
    ///
    /// ```
    /// use relogin_conformance::corpus::Corpus;
    /// assert!(Corpus::of([("codes.json", b"7".as_slice())]).unwrap_err().to_string().contains("codes.json"));
    /// ```
    pub fn of<'f>(files: impl IntoIterator<Item = (&'f str, &'f [u8])>) -> Result<Self, Error> {
        Self::read(&Folder::Given(files.into_iter().collect()))
    }

    /// All vectors, by file and then in the order of the file.
    pub fn vectors(&self) -> impl Iterator<Item = &Vector> {
        self.files.iter().flat_map(|file| &file.vectors)
    }

    /// The vector with this id.
    #[must_use]
    pub fn find(&self, id: &str) -> Option<&Vector> {
        self.vectors().find(|vector| vector.id == id)
    }

    /// The profile of a vector's input.
    ///
    /// # Panics
    ///
    /// When the vector is of another corpus, and names a profile that this one does not have.
    #[must_use]
    pub fn profile<'c>(&'c self, vector: &'c Vector) -> &'c Profile {
        match &vector.input.profile {
            ProfileChoice::Inline(profile) => profile,
            ProfileChoice::Name(name) => {
                self.profiles.get(name).expect("names of profiles are looked up when the corpus is read")
            }
        }
    }

    fn read(folder: &Folder<'_>) -> Result<Self, Error> {
        let mut not_ascii = Vec::new();
        let [codes, exceptions, keys, headers, characters, profiles, actions, retired] = TABLES;
        let CodesFile { codes, not_codes, .. } = table(folder, codes, &mut not_ascii)?;
        let ExceptionsFile { exceptions, .. } = table(folder, exceptions, &mut not_ascii)?;
        let keys = table(folder, keys, &mut not_ascii)?;
        let HeadersFile { headers, .. } = table(folder, headers, &mut not_ascii)?;
        let characters = table(folder, characters, &mut not_ascii)?;
        let ProfilesFile { profiles, .. } = table(folder, profiles, &mut not_ascii)?;
        let ActionsFile { actions, .. } = table(folder, actions, &mut not_ascii)?;
        let RetiredFile { retired, .. } = table(folder, retired, &mut not_ascii)?;
        let mut files = Vec::new();
        let (paths, not_read) = folder.vector_files()?;
        for path in paths {
            let file: VectorFile = table(folder, &path, &mut not_ascii)?;
            for vector in &file.vectors {
                if let ProfileChoice::Name(name) = &vector.input.profile
                    && !profiles.contains_key(name)
                {
                    let (file, id) = (folder.show(&path), &vector.id);
                    return Err(Error::new(format!(
                        "{file}: vector {id}: there is no profile `{name}` in profiles.json"
                    )));
                }
            }
            files.push(VectorFile { path, ..file });
        }
        Ok(Self {
            codes,
            not_codes,
            exceptions,
            keys,
            headers,
            characters,
            profiles,
            actions,
            retired,
            files,
            not_ascii,
            not_read,
        })
    }
}

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

/// One response, and the verdict on it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Vector {
    /// `LEVEL/TOPIC/SLUG`, never used again.
    pub id: String,
    /// The one thing that it shows.
    pub title: String,
    /// The rules that it shows deciding.
    pub rules: Vec<String>,
    /// The rules that it only just does not trigger.
    pub near: Vec<String>,
    /// Where it comes from.
    pub source: Source,
    /// The response, and what the caller knows.
    pub input: Input,
    /// The verdict; none for "not a failure".
    #[serde(deserialize_with = "present")]
    pub expect: Option<Verdict>,
    /// How the reference comes to the verdict, for some of the failures. Ports are not judged on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<Evidence>,
}

impl Vector {
    /// The level that the id names.
    #[must_use]
    pub fn level(&self) -> Option<Level> {
        self.id.split('/').next()?.parse().ok()
    }

    /// The level and the topic that the id names, as `LEVEL/TOPIC`.
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
    /// Its address; none when it was written by hand.
    #[serde(deserialize_with = "present")]
    pub url: Option<String>,
}

/// The input of a vector.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The HTTP status.
    pub status: u16,
    /// The value of `Content-Type`.
    #[serde(deserialize_with = "present")]
    pub content_type: Option<String>,
    /// The headers in order, each a name and a value.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<(String, String)>,
    /// The texts of the calling product.
    pub profile: ProfileChoice,
    /// Strings that the caller knows to be secret.
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
    /// By hand: of a derived one a typo would only be told as "did not match any variant".
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

/// The texts of one product.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// The name of the product.
    pub product: String,
    /// Examples of other clients.
    pub other_clients: String,
    /// What the user must do to sign in.
    pub sign_in: String,
    /// The code of a verdict when the server sent none.
    pub fallback_code: String,
}

impl Profile {
    /// The same profile for the parser.
    #[must_use]
    pub fn borrowed(&self) -> relogin::Profile<'_> {
        let Self { product, other_clients, sign_in, fallback_code } = self;
        relogin::Profile { product, other_clients, sign_in, fallback_code }
    }
}

/// A verdict on a failure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Verdict {
    /// The machine code.
    pub code: String,
    /// The provider's text.
    #[serde(deserialize_with = "present")]
    pub description: Option<String>,
    /// `relogin`, `retry`, `fix_client` or `unknown`.
    pub action: String,
    /// Whether the user must sign in again.
    pub relogin_required: bool,
    /// One or two sentences for the user.
    pub message: String,
    /// The seconds to wait before a retry (R58). A vector without the member expects null.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u32>,
}

/// How the reference comes to a verdict, as it tells it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    /// The step of section 5 that decides, from 1 to 5.
    pub step: u8,
    /// The tag of the step's rule.
    pub rule: String,
    /// The place of the code or text that decides.
    #[serde(deserialize_with = "present")]
    pub place: Option<String>,
    /// The code of the row of `codes.json` that decides.
    #[serde(deserialize_with = "present")]
    pub row: Option<String>,
    /// How the body is read, or why it is unparsed.
    pub body: String,
    /// The tag of the rule that says so.
    pub body_rule: String,
    /// The next step for the user.
    pub next_step: String,
}

/// A body as a vector spells it. It is checked when it is read: base64 decodes, and expanded it has at most [`MOST_BODY_BYTES`].
///
/// ```
/// use relogin_conformance::corpus::Body;
/// let body: Body = serde_json::from_str(r#"{"parts": [{"repeat": "[", "times": 3}, {"base64": "gA=="}]}"#).unwrap();
/// assert_eq!(body.expand(), b"[[[\x80");
/// ```
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(try_from = "BodySpelling", into = "BodySpelling")]
pub struct Body(BodySpelling);

impl Body {
    /// The bytes.
    #[must_use]
    pub fn expand(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for part in self.0.pieces() {
            part.append_to(&mut bytes).expect("a body is checked when it is read");
        }
        bytes
    }

    /// How many bytes it has when it is expanded, which is not done for it.
    ///
    /// ```
    /// use relogin_conformance::corpus::Body;
    /// let body: Body = serde_json::from_str(r#"{"parts": [{"repeat": "ab", "times": 4000000}]}"#).unwrap();
    /// assert_eq!(body.size(), 8_000_000);
    /// ```
    #[must_use]
    pub fn size(&self) -> usize {
        self.0.pieces().iter().map(|piece| piece.size().expect("a body is checked when it is read")).sum()
    }
}

impl TryFrom<BodySpelling> for Body {
    type Error = String;

    fn try_from(spelling: BodySpelling) -> Result<Self, String> {
        let BodySpelling { text, base64, parts } = &spelling;
        match (text, base64, parts) {
            (Some(_), None, None) | (None, Some(_), None) => {}
            (None, None, Some(parts)) if !parts.is_empty() => {}
            (None, None, Some(_)) => {
                return Err("the `parts` of a body are empty; write {\"text\": \"\"} for an empty body".into());
            }
            _ => return Err("a body has exactly one of `text`, `base64` and `parts`".into()),
        }
        let mut size = 0_usize;
        for part in spelling.pieces() {
            size = size.saturating_add(part.size()?);
            if size > MOST_BODY_BYTES {
                return Err(format!(
                    "the body is larger than {MOST_BODY_BYTES} bytes (16 MiB) when it is expanded; repeat less"
                ));
            }
        }
        Ok(Self(spelling))
    }
}

impl From<Body> for BodySpelling {
    fn from(body: Body) -> Self {
        body.0
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct BodySpelling {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    base64: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    parts: Option<Vec<Part>>,
}

impl BodySpelling {
    fn pieces(&self) -> Vec<Piece<'_>> {
        let mut pieces = Vec::new();
        pieces.extend(self.text.as_deref().map(Piece::text));
        pieces.extend(self.base64.as_deref().map(Piece::Base64));
        pieces.extend(self.parts.iter().flatten().map(Part::piece));
        pieces
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(try_from = "PartSpelling", into = "PartSpelling")]
struct Part(PartSpelling);

impl Part {
    fn piece(&self) -> Piece<'_> {
        match &self.0 {
            PartSpelling { text: Some(text), .. } => Piece::text(text),
            PartSpelling { base64: Some(base64), .. } => Piece::Base64(base64),
            PartSpelling { repeat, times, .. } => {
                Piece::Text(repeat.as_deref().unwrap_or_default(), times.unwrap_or_default())
            }
        }
    }
}

impl TryFrom<PartSpelling> for Part {
    type Error = &'static str;

    fn try_from(part: PartSpelling) -> Result<Self, Self::Error> {
        match &part {
            PartSpelling { text: Some(_), base64: None, repeat: None, times: None }
            | PartSpelling { text: None, base64: Some(_), repeat: None, times: None } => Ok(Self(part)),
            PartSpelling { text: None, base64: None, repeat: Some(repeat), times: Some(times) } => {
                if repeat.is_empty() || *times == 0 {
                    Err("a `repeat` part has a text and 1 `times` or more")
                } else {
                    Ok(Self(part))
                }
            }
            _ => Err("a part of a body has exactly one of `text`, `base64`, and `repeat` with `times`"),
        }
    }
}

impl From<Part> for PartSpelling {
    fn from(part: Part) -> Self {
        part.0
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PartSpelling {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    base64: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    repeat: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    times: Option<usize>,
}

/// What bodies are made of: a text some number of times, or base64.
enum Piece<'b> {
    Text(&'b str, usize),
    Base64(&'b str),
}

impl<'b> Piece<'b> {
    fn text(text: &'b str) -> Self {
        Self::Text(text, 1)
    }

    fn size(&self) -> Result<usize, String> {
        match self {
            Self::Text(text, times) => Ok(text.len().saturating_mul(*times)),
            Self::Base64(text) => {
                STANDARD.decode(text).map(|bytes| bytes.len()).map_err(|error| format!("`base64` of a body: {error}"))
            }
        }
    }

    fn append_to(&self, bytes: &mut Vec<u8>) -> Result<(), base64::DecodeError> {
        match self {
            Self::Text(text, times) => (0..*times).for_each(|_| bytes.extend_from_slice(text.as_bytes())),
            Self::Base64(text) => STANDARD.decode_vec(text, bytes)?,
        }
        Ok(())
    }
}

/// A level of the specification. Levels are cumulative and ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Nested, flat and garbage bodies; the core places; registered codes; the messages.
    Core,
    /// The other places, form bodies, and codes found in texts.
    Dialects,
    /// Bytes, limits and cleaning, to the letter.
    Hardening,
}

impl Level {
    /// All levels, from the lowest.
    pub const ALL: [Self; 3] = [Self::Core, Self::Dialects, Self::Hardening];

    /// Its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Core => "core",
            Self::Dialects => "dialects",
            Self::Hardening => "hardening",
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Level {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        let level = Self::ALL.into_iter().find(|level| level.as_str() == name);
        level.ok_or_else(|| {
            Error::new(format!("there is no level `{name}`; the levels are core, dialects and hardening"))
        })
    }
}

/// A row of the registry.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CodeRow {
    /// The code.
    pub code: String,
    /// Its action.
    pub action: String,
    /// Whether a text that is this code decides.
    pub in_text: bool,
    /// Whether it says that another client has used the token.
    pub reused: bool,
    /// Why it has this action.
    pub reason: String,
    /// Who says so.
    pub source: Vec<String>,
}

/// A word that is not a code (R60).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NotCodeRow {
    /// The word.
    pub word: String,
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
    pub action: String,
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

/// The places.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Keys {
    #[serde(rename = "$schema", skip_serializing)]
    _schema: String,
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
    /// The level from which it is one.
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
    /// The version of Unicode that they are of.
    pub unicode: String,
    /// What R37 deletes.
    pub invisible: Vec<Range>,
    /// What R38 replaces.
    pub space: Vec<Range>,
}

impl Characters {
    /// The code points of both tables, as first and last.
    pub fn ranges(&self) -> impl Iterator<Item = (u32, u32)> {
        self.invisible.iter().chain(&self.space).map(|range| (range.first.0, range.last.0))
    }
}

/// Code points from one to another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Range {
    /// The first.
    pub first: CodePoint,
    /// The last, which is in the range too.
    pub last: CodePoint,
}

/// A code point, in hexadecimal.
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

/// What an action means.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ActionRow {
    /// The action.
    pub action: String,
    /// What it means.
    pub meaning: String,
    /// The next step for the user.
    pub next_step: String,
}

/// An id that is gone.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RetiredRow {
    /// The id.
    pub id: String,
    /// The first version without it.
    pub version: String,
    /// Why it is gone.
    pub reason: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CodesFile {
    #[serde(rename = "$schema")]
    _schema: String,
    codes: Vec<CodeRow>,
    #[serde(default)]
    not_codes: Vec<NotCodeRow>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ExceptionsFile {
    #[serde(rename = "$schema")]
    _schema: String,
    exceptions: Vec<ExceptionRow>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HeadersFile {
    #[serde(rename = "$schema")]
    _schema: String,
    headers: Vec<HeaderRow>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ProfilesFile {
    #[serde(rename = "$schema")]
    _schema: String,
    profiles: BTreeMap<String, Profile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ActionsFile {
    #[serde(rename = "$schema")]
    _schema: String,
    actions: Vec<ActionRow>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RetiredFile {
    #[serde(rename = "$schema")]
    _schema: String,
    retired: Vec<RetiredRow>,
}

/// A member that may be null and must be there.
fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    Option::deserialize(deserializer)
}

/// Where a corpus is read from.
enum Folder<'f> {
    Embedded,
    Disk(PathBuf),
    Given(BTreeMap<&'f str, &'f [u8]>),
}

impl Folder<'_> {
    /// A path in the corpus as the user knows it.
    fn show(&self, path: &str) -> String {
        match self {
            Self::Embedded => format!("corpus/{path}"),
            Self::Given(_) => path.to_owned(),
            Self::Disk(folder) => folder.join(path).display().to_string(),
        }
    }

    fn text(&self, path: &str) -> Result<Cow<'static, str>, Error> {
        let cannot = |why: &dyn fmt::Display| Error::new(format!("cannot read {}: {why}", self.show(path)));
        match self {
            Self::Embedded => {
                let text = EMBEDDED.get_file(path).and_then(include_dir::File::contents_utf8);
                text.map(Cow::Borrowed).ok_or_else(|| cannot(&"it is not inside this program, or not UTF-8"))
            }
            Self::Given(files) => {
                let text = files.get(path).and_then(|bytes| std::str::from_utf8(bytes).ok());
                text.map(|text| Cow::Owned(text.to_owned())).ok_or_else(|| cannot(&"it is not given, or not UTF-8"))
            }
            Self::Disk(folder) => std::fs::read_to_string(folder.join(path)).map(Cow::Owned).map_err(|error| {
                let is_corpus = folder.join("vectors").is_dir();
                let hint = if is_corpus {
                    ""
                } else {
                    "; a corpus is a folder like corpus/ of relogin, with the tables and vectors/LEVEL/TOPIC.json"
                };
                cannot(&format!("{error}{hint}"))
            }),
        }
    }

    /// The paths of the files of vectors, `vectors/LEVEL/TOPIC.json`, sorted; and the other files there.
    fn vector_files(&self) -> Result<(Vec<String>, Vec<String>), Error> {
        let mut paths = Vec::new();
        match self {
            Self::Embedded => {
                paths.extend(embedded_files().map(|(path, _)| path).filter(|path| path.starts_with("vectors/")))
            }
            Self::Given(files) => {
                paths.extend(files.keys().filter(|path| path.starts_with("vectors/")).map(ToString::to_string))
            }
            Self::Disk(folder) => files_in(folder, "vectors", &mut paths)?,
        }
        paths.sort();
        let is_one = |path: &String| path.ends_with(".json") && path.matches('/').count() == 2;
        let (files, others): (Vec<String>, Vec<String>) = paths.into_iter().partition(is_one);
        if files.is_empty() {
            return Err(Error::new(format!("there is no file LEVEL/TOPIC.json in {}", self.show("vectors"))));
        }
        Ok((files, others))
    }
}

/// The path and the text of each file of the corpus in this program that is UTF-8, by path.
pub(crate) fn embedded_files() -> impl Iterator<Item = (String, &'static str)> {
    fn files(folder: &'static Dir<'_>) -> Vec<(String, &'static str)> {
        let one = |entry: &'static DirEntry<'_>| match entry {
            DirEntry::Dir(inner) => files(inner),
            DirEntry::File(file) => {
                let path = file.path().to_str().map(|path| path.replace('\\', "/"));
                path.zip(file.contents_utf8()).into_iter().collect()
            }
        };
        folder.entries().iter().flat_map(one).collect()
    }
    let mut files = files(&EMBEDDED);
    files.sort();
    files.into_iter()
}

/// The files in a folder of the corpus, as paths from the corpus; a corpus has no links in circles.
fn files_in(corpus: &Path, below: &str, paths: &mut Vec<String>) -> Result<(), Error> {
    let folder = corpus.join(below);
    let cannot = |error: std::io::Error| Error::new(format!("cannot list {}: {error}", folder.display()));
    for entry in std::fs::read_dir(&folder).map_err(cannot)? {
        let entry = entry.map_err(cannot)?;
        let path = format!("{below}/{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            files_in(corpus, &path, paths)?;
        } else {
            paths.push(path);
        }
    }
    Ok(())
}

/// Reads one JSON file of the corpus.
fn table<T: DeserializeOwned>(folder: &Folder<'_>, path: &str, not_ascii: &mut Vec<String>) -> Result<T, Error> {
    let text = folder.text(path)?;
    let lines = text.lines().enumerate().filter(|(_, line)| !line.is_ascii());
    not_ascii.extend(lines.map(|(index, _)| format!("{}:{}", folder.show(path), index + 1)));
    serde_json::from_str(&text).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        let whole = error.to_string();
        let what = whole.strip_suffix(&format!(" at line {line} column {column}")).unwrap_or(&whole);
        let id = id_before(&text, line).map_or_else(String::new, |id| format!("vector {id}: "));
        Error::new(format!("{}:{line}:{column}: {id}{what}", folder.show(path)))
    })
}

/// The id of the vector around a line: each vector begins with its id.
fn id_before(text: &str, line: usize) -> Option<&str> {
    let ids = text.lines().take(line).filter_map(|line| line.trim_start().strip_prefix("\"id\":"));
    ids.last().map(|id| id.trim().trim_end_matches(',').trim_matches('"'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(json: &str) -> Result<Vec<u8>, String> {
        serde_json::from_str::<Body>(json).map(|body| body.expand()).map_err(|error| error.to_string())
    }

    #[test]
    fn bodies_are_expanded_and_bounded() {
        assert_eq!(body(r#"{"text": "\u00e9"}"#), Ok("\u{e9}".as_bytes().to_vec()));
        assert_eq!(body(r#"{"parts": [{"text": "a"}, {"repeat": "bc", "times": 2}]}"#), Ok(b"abcbc".to_vec()));
        let too_large = body(r#"{"parts": [{"repeat": "ab", "times": 18446744073709551615}]}"#);
        assert!(too_large.is_err_and(|error| error.contains("16 MiB")));
        for wrong in [
            r#"{}"#,
            r#"{"text": "", "base64": ""}"#,
            r#"{"base64": "gA="}"#,
            r#"{"parts": []}"#,
            r#"{"parts": [{"repeat": "", "times": 1}]}"#,
            r#"{"parts": [{"repeat": "a"}]}"#,
            r#"{"parts": [{"text": "a", "times": 1}]}"#,
            r#"{"texts": ""}"#,
        ] {
            assert!(body(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_embedded_corpus_can_be_read() {
        let corpus = Corpus::embedded();
        assert!(corpus.as_ref().is_ok_and(|corpus| corpus.vectors().count() > 0), "{:?}", corpus.err());
    }
}
