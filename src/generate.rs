//! Responses of a token endpoint that nobody wrote: one model, for property tests, for fuzzing and for the search for differences.
//!
//! - [`Case`] is the model: a response as a tree of what can be chosen, with [`json`] for bodies, and [`Damage`]s done to the bytes.
//!   [`Case::response`] makes it a [`Rendered`], which is what a parser or a port is given.
//! - [`parts`] draws cases of one kind from any bytes. [`near`] has a kind for each rule of SPEC.md, close to the edge of it. Both read words
//!   and keys from the corpus.
//! - [`Case`] and [`Rendered`] are [`Arbitrary`], so that a fuzzer draws from [`mix`](mix::mix).
//! - `strategy` (with the feature `cli`) draws the same cases for proptest and by number, and `shrink` makes a response small.
//!
//! ```
//! use arbitrary::{Arbitrary, Unstructured};
//! use relogin_conformance::generate::Case;
//! let case = Case::arbitrary(&mut Unstructured::new(b"any bytes will do")).unwrap();
//! assert_eq!(case.response().body, case.render());
//! ```

mod draw;
pub mod json;
pub mod mix;
pub mod near;
#[cfg(feature = "cli")]
mod outline;
pub mod parts;
pub mod proposal;
#[cfg(feature = "cli")]
pub mod shrink;
#[cfg(feature = "cli")]
pub mod strategy;
mod tables;
mod words;

use std::fmt;

use arbitrary::{Arbitrary, Unstructured};

use crate::corpus::{Profile, Verdict};
use crate::oracle::{self, Judgement};
use crate::protocol::reference;
use crate::text::{safe, safe_bytes};
use json::Json;
pub(crate) use tables::corpus;

/// How many characters of a body `Debug` shows.
const SHOWN: usize = 300;

/// A response, as a model that is easy to change. Its `Debug` output is short.
#[derive(Clone, PartialEq)]
pub struct Case {
    /// What drew it: a name of [`parts::PARTS`] or [`near::NEAR`], or `given` when it was made of a [`Rendered`].
    pub kind: &'static str,
    /// The HTTP status.
    pub status: u16,
    /// The value of `Content-Type`.
    pub content_type: Option<String>,
    /// The body before it is damaged.
    pub body: Body,
    /// What is done to the bytes of the body, one after the other.
    pub damages: Vec<Damage>,
    /// The texts of the calling product.
    pub profile: Profile,
    /// Strings that the caller knows to be secret.
    pub secrets: Vec<String>,
}

impl Case {
    /// The bytes of the body.
    ///
    /// ```
    /// use relogin_conformance::generate::{Body, Case, Damage, json::Json};
    /// let mut case = Case::default();
    /// case.body = Body::Json(Json::read(r#"{"error": "invalid_grant"}"#).unwrap());
    /// case.damages.push(Damage::Before(b"\xEF\xBB\xBF".to_vec()));
    /// assert_eq!(case.render(), "\u{feff}{\"error\": \"invalid_grant\"}".as_bytes());
    /// ```
    #[must_use]
    pub fn render(&self) -> Vec<u8> {
        let mut bytes = self.body.render();
        self.damages.iter().for_each(|damage| damage.apply(&mut bytes));
        bytes
    }

    /// What a parser is given.
    ///
    /// ```
    /// use relogin_conformance::generate::Case;
    /// assert_eq!(Case::default().response().status, 400);
    /// ```
    #[must_use]
    pub fn response(&self) -> Rendered {
        let Self { status, content_type, profile, secrets, .. } = self.clone();
        Rendered { status, content_type, body: self.render(), profile, secrets }
    }
}

impl Default for Case {
    /// A 400 with an empty body.
    ///
    /// ```
    /// assert!(relogin_conformance::generate::Case::default().render().is_empty());
    /// ```
    fn default() -> Self {
        Rendered::default().into()
    }
}

impl fmt::Debug for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {:?}", self.kind, self.response())
    }
}

impl From<Rendered> for Case {
    /// The case that renders to this response: with a tree when the body is JSON that is not too deep, with pairs when it is a form.
    ///
    /// ```
    /// use relogin_conformance::generate::{Case, Rendered};
    /// let given = Rendered { body: b"{\"error\": \"caf\\u00e9\"}".to_vec(), ..Rendered::default() };
    /// assert_eq!(Case::from(given.clone()).response(), given);
    /// ```
    fn from(given: Rendered) -> Self {
        let Rendered { status, content_type, body, profile, secrets } = given;
        let tree = std::str::from_utf8(&body).ok().and_then(|text| {
            let form = || content_type.as_deref().is_some_and(|value| value.contains("urlencoded")).then(|| Body::form(text));
            Json::read(text).map(Body::Json).or_else(form)
        });
        // What is read is written alike, or it is kept as bytes.
        let body = tree.filter(|tree| tree.render() == body).unwrap_or(Body::Bytes(body));
        Self { kind: "given", status, content_type, body, damages: Vec::new(), profile, secrets }
    }
}

impl<'a> Arbitrary<'a> for Case {
    /// Draws from [`mix`](mix::mix); never fails, whatever the bytes.
    fn arbitrary(source: &mut Unstructured<'a>) -> arbitrary::Result<Self> {
        Ok(mix::mix(source))
    }
}

/// A body before it is damaged.
#[derive(Clone, Debug, PartialEq)]
pub enum Body {
    /// JSON, or what is nearly JSON.
    Json(Json),
    /// The pairs of a form, as they are spelled.
    Form(Vec<Pair>),
    /// Anything.
    Bytes(Vec<u8>),
}

impl Body {
    /// The bytes.
    ///
    /// ```
    /// use relogin_conformance::generate::Body;
    /// assert_eq!(Body::form("error=invalid_grant&x").render(), b"error=invalid_grant&x");
    /// ```
    #[must_use]
    pub fn render(&self) -> Vec<u8> {
        match self {
            Self::Json(json) => json.render().into_bytes(),
            Self::Form(pairs) => pairs.iter().map(Pair::render).collect::<Vec<_>>().join("&").into_bytes(),
            Self::Bytes(bytes) => bytes.clone(),
        }
    }

    /// The pairs of a text, split as a form is (R16).
    ///
    /// ```
    /// use relogin_conformance::generate::{Body, Pair};
    /// let pair = Pair { name: "error".into(), value: Some("a=b".into()) };
    /// assert_eq!(Body::form("error=a=b"), Body::Form(vec![pair]));
    /// ```
    #[must_use]
    pub fn form(text: &str) -> Self {
        Self::Form(text.split('&').map(Pair::read).collect())
    }
}

/// A pair of a form, as it is spelled: nothing in it is escaped any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    /// What stands before the first `=`.
    pub name: String,
    /// What stands after it; none without one.
    pub value: Option<String>,
}

impl Pair {
    fn read(text: &str) -> Self {
        let (name, value) = text.split_once('=').map_or((text, None), |(name, value)| (name, Some(value)));
        Self { name: name.to_owned(), value: value.map(str::to_owned) }
    }

    fn render(&self) -> String {
        self.value.as_ref().map_or_else(|| self.name.clone(), |value| format!("{}={value}", self.name))
    }
}

/// Something that happens to the bytes of a body. A position is taken modulo the length, so that every one means something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Damage {
    /// Only the bytes before a position are left.
    Truncate(usize),
    /// The byte at a position goes.
    Remove(usize),
    /// Bytes come in at a position.
    Insert(usize, Vec<u8>),
    /// Bytes come in front.
    Before(Vec<u8>),
    /// Bytes come behind.
    After(Vec<u8>),
    /// The byte at a position has these bits turned.
    Flip(usize, u8),
    /// Spaces come behind until there are so many bytes.
    Pad(usize),
    /// Every character below U+0100 becomes one byte.
    Latin1,
    /// The text is encoded in UTF-16, little endian.
    Utf16,
}

impl Damage {
    /// Does it.
    ///
    /// ```
    /// use relogin_conformance::generate::Damage;
    /// let mut bytes = b"abc".to_vec();
    /// Damage::Insert(1, b"-".to_vec()).apply(&mut bytes);
    /// Damage::Pad(6).apply(&mut bytes);
    /// assert_eq!(bytes, b"a-bc  ");
    /// ```
    pub fn apply(&self, bytes: &mut Vec<u8>) {
        let length = bytes.len();
        let at = |position: &usize| position % length.max(1);
        match self {
            Self::Truncate(position) => bytes.truncate(at(position)),
            Self::Remove(position) => drop(bytes.drain(at(position)..length.min(at(position) + 1))),
            Self::Insert(position, more) => drop(bytes.splice(at(position)..at(position), more.iter().copied())),
            Self::Before(more) => drop(bytes.splice(..0, more.iter().copied())),
            Self::After(more) => bytes.extend(more),
            Self::Flip(position, mask) => bytes.iter_mut().skip(at(position)).take(1).for_each(|byte| *byte ^= mask),
            Self::Pad(size) => bytes.resize(length.max(*size), b' '),
            Self::Latin1 => *bytes = String::from_utf8_lossy(bytes).chars().filter_map(|c| u8::try_from(u32::from(c)).ok()).collect(),
            Self::Utf16 => *bytes = String::from_utf8_lossy(bytes).encode_utf16().flat_map(u16::to_le_bytes).collect(),
        }
    }
}

/// A response as a parser or a port is given it.
#[derive(Clone, PartialEq, Eq)]
pub struct Rendered {
    /// The HTTP status.
    pub status: u16,
    /// The value of `Content-Type`.
    pub content_type: Option<String>,
    /// The body.
    pub body: Vec<u8>,
    /// The texts of the calling product.
    pub profile: Profile,
    /// Strings that the caller knows to be secret.
    pub secrets: Vec<String>,
}

impl Rendered {
    /// What the reference says of it; none for "not a failure".
    ///
    /// ```
    /// assert_eq!(relogin_conformance::generate::Rendered::default().verdict().unwrap().action, relogin::Action::Unknown);
    /// ```
    #[must_use]
    pub fn verdict(&self) -> Option<Verdict> {
        let Self { status, content_type, body, profile, secrets } = self;
        reference::verdict(*status, content_type.as_deref(), body, profile, secrets)
    }

    /// What the oracle says of it.
    ///
    /// ```
    /// assert!(relogin_conformance::generate::Rendered::default().judgement().decided.contains(&35));
    /// ```
    #[must_use]
    pub fn judgement(&self) -> Judgement {
        let Self { status, content_type, body, profile, secrets } = self;
        oracle::judge(&oracle::Input { status: *status, content_type: content_type.as_deref(), body, profile, secrets })
    }
}

impl Default for Rendered {
    /// A 400 with an empty body, for the first profile.
    ///
    /// ```
    /// assert_eq!(relogin_conformance::generate::Rendered::default().profile.product, "Codex");
    /// ```
    fn default() -> Self {
        let profile = tables::tables().profiles[0].clone();
        Self { status: 400, content_type: None, body: Vec::new(), profile, secrets: Vec::new() }
    }
}

impl fmt::Debug for Rendered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { status, content_type, body, profile, secrets } = self;
        let content_type =
            content_type.as_deref().map_or_else(|| "no content type".to_owned(), |value| format!("{:?}", safe(value, SHOWN)));
        write!(f, "{status}, {content_type}, {} bytes `{}`, for {}", body.len(), safe_bytes(body, SHOWN), safe(&profile.product, SHOWN))?;
        if secrets.is_empty() { Ok(()) } else { write!(f, ", secrets {}", safe(&format!("{secrets:?}"), SHOWN)) }
    }
}

impl<'a> Arbitrary<'a> for Rendered {
    /// The response of an arbitrary [`Case`].
    fn arbitrary(source: &mut Unstructured<'a>) -> arbitrary::Result<Self> {
        Ok(Case::arbitrary(source)?.response())
    }
}
