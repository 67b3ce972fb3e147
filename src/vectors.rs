//! The corpus: vectors and tables, read with closed types so that a misspelt member is an error that says where.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use include_dir::{Dir, include_dir};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

static EMBEDDED: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/corpus");

/// The text of SPEC.md that this corpus belongs to.
pub const SPEC: &str = include_str!("../SPEC.md");

/// The largest body that a vector may describe, in bytes.
const MOST_BODY: usize = 16 << 20;

/// A problem with the corpus: which file, and what.
#[derive(Debug)]
pub struct CorpusError {
    /// The file, as it was named.
    pub file: PathBuf,
    /// What is wrong with it, and where.
    pub what: String,
}

impl fmt::Display for CorpusError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.file.display(), self.what)
    }
}

impl std::error::Error for CorpusError {}

/// Everything under `corpus/` that the runner reads.
#[derive(Debug)]
pub struct Corpus {
    /// The vectors, by file and then in the order of the file.
    pub vectors: Vec<Vector>,
    /// `profiles.json`.
    pub profiles: BTreeMap<String, Profile>,
    /// `retired.json`: ids that are never used again.
    pub retired: Vec<String>,
    /// The text of each file, by its path below `corpus/`.
    pub files: BTreeMap<String, String>,
}

/// How much of the specification a vector asks for; levels are cumulative.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Nested, flat and garbage bodies.
    Core,
    /// The other places, form bodies, codes in texts.
    Dialects,
    /// Bytes, limits and cleaning.
    Hardening,
}

impl Level {
    /// All levels, lowest first.
    pub const ALL: [Self; 3] = [Self::Core, Self::Dialects, Self::Hardening];

    /// The name in files and on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Core => "core",
            Self::Dialects => "dialects",
            Self::Hardening => "hardening",
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct VectorFile {
    #[serde(rename = "$schema")]
    _schema: String,
    level: Level,
    topic: String,
    vectors: Vec<Vector>,
}

/// One response and the verdict that SPEC.md gives it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Vector {
    /// `<level>/<topic>/<slug>`; never used again for another vector.
    pub id: String,
    /// What it shows.
    pub title: String,
    /// The rules that it shows deciding.
    pub rules: Vec<String>,
    /// The rules that it only just does not trigger.
    pub near: Vec<String>,
    /// Where it comes from.
    pub source: Source,
    /// The response, and what the caller knows.
    pub input: Input,
    /// The verdict; `None` is "not a failure".
    pub expect: Option<Verdict>,
    /// The level, from the file.
    #[serde(skip, default = "core")]
    pub level: Level,
}

fn core() -> Level {
    Level::Core
}

impl Vector {
    /// The level and topic: the id without its last part.
    #[must_use]
    pub fn topic(&self) -> &str {
        self.id.rsplit_once('/').map_or(self.id.as_str(), |(topic, _)| topic)
    }
}

/// Where a vector comes from.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// In words.
    pub what: String,
    /// The address, if there is one.
    pub url: Option<String>,
}

/// The input of section 1 of SPEC.md.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The HTTP status.
    pub status: u16,
    /// The `Content-Type` header.
    pub content_type: Option<String>,
    /// The profile, by name or in full.
    pub profile: ProfileRef,
    /// What the caller knows to be secret.
    pub secrets: Vec<String>,
    /// The body, in one of the ways to write it.
    pub body: Body,
}

/// A profile by its name in `profiles.json`, or written out.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub enum ProfileRef {
    /// A name in `profiles.json`.
    Name(String),
    /// The four texts.
    Inline(Profile),
}

/// The texts of one product.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// The product's name.
    pub product: String,
    /// Examples of other clients.
    pub other_clients: String,
    /// What the user must do.
    pub sign_in: String,
    /// The code of a verdict when the server sent none.
    pub fallback_code: String,
}

/// A way to write the bytes of a body.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
pub enum Body {
    /// The UTF-8 bytes of a text.
    Text {
        /// The text.
        text: String,
    },
    /// Any bytes.
    Base64 {
        /// The bytes in padded base64.
        base64: String,
    },
    /// A text, several times.
    Repeat {
        /// The text.
        repeat: String,
        /// How often.
        times: usize,
    },
    /// One after the other.
    Parts {
        /// The parts.
        parts: Vec<Body>,
    },
}

impl Body {
    /// The bytes.
    ///
    /// # Errors
    ///
    /// A sentence when the base64 is broken or the body is larger than 16 MiB.
    pub fn bytes(&self) -> Result<Vec<u8>, String> {
        let bytes = match self {
            Self::Text { text } => text.clone().into_bytes(),
            Self::Base64 { base64 } => BASE64.decode(base64).map_err(|error| format!("the body is not base64: {error}"))?,
            Self::Repeat { repeat, times } if repeat.len().saturating_mul(*times) <= MOST_BODY => repeat.repeat(*times).into_bytes(),
            Self::Repeat { .. } => return Err(format!("the body is larger than {MOST_BODY} bytes")),
            Self::Parts { parts } => parts.iter().map(Self::bytes).collect::<Result<Vec<_>, _>>()?.concat(),
        };
        if bytes.len() > MOST_BODY { Err(format!("the body is larger than {MOST_BODY} bytes")) } else { Ok(bytes) }
    }
}

/// A verdict in the words of section 1 of SPEC.md. A field that a port leaves out is `None`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Verdict {
    /// The machine code.
    pub code: String,
    /// The provider's text, cleaned.
    pub description: Option<String>,
    /// `relogin`, `retry`, `fix_client` or `unknown`.
    pub action: String,
    /// Whether the user must sign in again.
    pub relogin_required: bool,
    /// The sentence for the user.
    pub message: String,
}

impl Corpus {
    /// The corpus inside this binary.
    ///
    /// # Errors
    ///
    /// A [`CorpusError`] when it is broken, which a test excludes.
    pub fn embedded() -> Result<Self, CorpusError> {
        fn collect(dir: &Dir<'_>, files: &mut BTreeMap<String, String>) {
            for file in dir.files().filter(|file| file.path().extension().is_some_and(|extension| extension == "json")) {
                let path = file.path().to_string_lossy().replace('\\', "/");
                files.insert(path, String::from_utf8_lossy(file.contents()).into_owned());
            }
            dir.dirs().for_each(|dir| collect(dir, files));
        }
        let mut files = BTreeMap::new();
        collect(&EMBEDDED, &mut files);
        Self::from_files(Path::new("corpus"), files)
    }

    /// The corpus in a folder.
    ///
    /// # Errors
    ///
    /// A [`CorpusError`] that names the file when something cannot be read or is not a corpus.
    pub fn load(dir: &Path) -> Result<Self, CorpusError> {
        let mut files = BTreeMap::new();
        for entry in walk(dir)? {
            let text = std::fs::read_to_string(&entry).map_err(|error| CorpusError { file: entry.clone(), what: error.to_string() })?;
            let path = entry.strip_prefix(dir).unwrap_or(&entry).to_string_lossy().replace('\\', "/");
            files.insert(path, text);
        }
        Self::from_files(dir, files)
    }

    fn from_files(dir: &Path, files: BTreeMap<String, String>) -> Result<Self, CorpusError> {
        #[derive(Deserialize)]
        struct Profiles {
            profiles: BTreeMap<String, Profile>,
        }
        #[derive(Deserialize)]
        struct Retired {
            retired: Vec<String>,
        }
        let table = |name: &str| {
            let missing = || CorpusError { file: dir.join(name), what: "the file is missing; is this a corpus folder?".into() };
            files.get(name).map(String::as_str).ok_or_else(missing)
        };
        let profiles = parse::<Profiles>(dir, "profiles.json", table("profiles.json")?)?.profiles;
        let retired = parse::<Retired>(dir, "retired.json", table("retired.json")?)?.retired;
        let mut vectors = Vec::new();
        for (path, text) in files.iter().filter(|(path, _)| path.starts_with("vectors/")) {
            let file = parse::<VectorFile>(dir, path, text)?;
            let problem = |what| Err(CorpusError { file: dir.join(path), what });
            let expected = format!("vectors/{}/{}.json", file.level.name(), file.topic);
            if *path != expected {
                return problem(format!("level and topic say {expected}"));
            }
            for mut vector in file.vectors {
                vector.level = file.level;
                if let Err(what) = vector.input.body.bytes() {
                    return problem(format!("{}: {what}", vector.id));
                }
                if let ProfileRef::Name(name) = &vector.input.profile
                    && !profiles.contains_key(name)
                {
                    return problem(format!("{}: there is no profile `{name}` in profiles.json", vector.id));
                }
                vectors.push(vector);
            }
        }
        if vectors.is_empty() {
            return Err(CorpusError { file: dir.join("vectors"), what: "there are no vectors".into() });
        }
        Ok(Self { vectors, profiles, retired, files })
    }

    /// The profile of a vector's input.
    #[must_use]
    pub fn profile<'c>(&'c self, input: &'c Input) -> &'c Profile {
        match &input.profile {
            ProfileRef::Inline(profile) => profile,
            ProfileRef::Name(name) => &self.profiles[name], // checked when the corpus was read
        }
    }
}

fn parse<T: DeserializeOwned>(dir: &Path, path: &str, text: &str) -> Result<T, CorpusError> {
    serde_json::from_str(text).map_err(|error| CorpusError { file: dir.join(path), what: error.to_string() })
}

/// The JSON files below a folder, sorted.
fn walk(dir: &Path) -> Result<Vec<PathBuf>, CorpusError> {
    let problem = |error: std::io::Error| CorpusError { file: dir.to_path_buf(), what: error.to_string() };
    let mut files = Vec::new();
    for entry in std::fs::read_dir(dir).map_err(problem)? {
        let path = entry.map_err(problem)?.path();
        if path.is_dir() {
            files.extend(walk(&path)?);
        } else if path.extension().is_some_and(|extension| extension == "json") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// The tags of the rules of SPEC.md, in their order.
#[must_use]
pub fn rules() -> Vec<&'static str> {
    SPEC.lines().filter_map(|line| line.strip_prefix("### ")?.split(' ').next()).filter(|tag| tag.starts_with('R')).collect()
}
