//! The model of a response, which is easy to draw and to change, and the bytes that it renders to.

use std::fmt;

use super::json::Json;
use crate::corpus::{Corpus, Profile, Verdict};
use crate::oracle::{self, Judgement};
use crate::protocol::reference;
use crate::text::{safe, safe_bytes};

/// How many characters of a body `Debug` shows.
const SHOWN: usize = 300;

/// A response, as a model that is easy to change. Its `Debug` output is short.
#[derive(Clone, PartialEq)]
pub struct Case {
    /// The generator that drew it: a name in `parts::PARTS` or `near::NEAR`, or `given` for a case
    /// made from a [`Rendered`].
    pub kind: &'static str,
    /// The HTTP status.
    pub status: u16,
    /// The value of `Content-Type`.
    pub content_type: Option<String>,
    /// The headers in order, each a name and a value.
    pub headers: Vec<(String, String)>,
    /// The body before it is damaged.
    pub body: Body,
    /// Changes to the bytes of the body, applied in order.
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

    /// The response as input for a parser.
    ///
    /// ```
    /// use relogin_conformance::generate::Case;
    /// assert_eq!(Case::default().response().status, 400);
    /// ```
    #[must_use]
    pub fn response(&self) -> Rendered {
        let Self { status, content_type, headers, profile, secrets, .. } = self.clone();
        Rendered { status, content_type, headers, body: self.render(), profile, secrets }
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
    /// The case that renders to this response. Its body is a tree when the response holds JSON that
    /// is not too deep, and pairs when it is a form.
    ///
    /// ```
    /// use relogin_conformance::generate::{Case, Rendered};
    /// let given = Rendered { body: b"{\"error\": \"caf\\u00e9\"}".to_vec(), ..Rendered::default() };
    /// assert_eq!(Case::from(given.clone()).response(), given);
    /// ```
    fn from(given: Rendered) -> Self {
        let Rendered { status, content_type, headers, body, profile, secrets } = given;
        let tree = std::str::from_utf8(&body).ok().and_then(|text| {
            let form =
                || content_type.as_deref().is_some_and(|value| value.contains("urlencoded")).then(|| Body::form(text));
            Json::read(text).map(Body::Json).or_else(form)
        });
        // A tree that does not render to the same bytes is dropped, and the bytes are kept.
        let body = tree.filter(|tree| tree.render() == body).unwrap_or(Body::Bytes(body));
        Self { kind: "given", status, content_type, headers, body, damages: Vec::new(), profile, secrets }
    }
}

/// A body before it is damaged.
#[derive(Clone, Debug, PartialEq)]
pub enum Body {
    /// JSON, or something close to JSON.
    Json(Json),
    /// The pairs of a form, in their spelling.
    Form(Vec<Pair>),
    /// Any bytes.
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

/// A pair of a form in its spelling: rendering adds no escapes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    /// The part before the first `=`.
    pub name: String,
    /// The part after it; `None` when there is no `=`.
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

/// A change to the bytes of a body. A position is taken modulo the length, so every position is
/// valid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Damage {
    /// Keeps only the bytes before a position.
    Truncate(usize),
    /// Removes the byte at a position.
    Remove(usize),
    /// Inserts bytes at a position.
    Insert(usize, Vec<u8>),
    /// Puts bytes in front.
    Before(Vec<u8>),
    /// Appends bytes.
    After(Vec<u8>),
    /// Flips these bits of the byte at a position.
    Flip(usize, u8),
    /// Appends spaces until the body has this many bytes.
    Pad(usize),
    /// Encodes the text in Latin-1, without the characters that it does not have.
    Latin1,
    /// Encodes the text in UTF-16, little endian.
    Utf16,
}

impl Damage {
    /// Changes the bytes.
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
            Self::Latin1 => {
                *bytes =
                    String::from_utf8_lossy(bytes).chars().filter_map(|c| u8::try_from(u32::from(c)).ok()).collect()
            }
            Self::Utf16 => *bytes = String::from_utf8_lossy(bytes).encode_utf16().flat_map(u16::to_le_bytes).collect(),
        }
    }
}

/// A response as input for a parser or a port.
#[derive(Clone, PartialEq, Eq)]
pub struct Rendered {
    /// The HTTP status.
    pub status: u16,
    /// The value of `Content-Type`.
    pub content_type: Option<String>,
    /// The headers in order, each a name and a value.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
    /// The texts of the calling product.
    pub profile: Profile,
    /// Strings that the caller knows to be secret.
    pub secrets: Vec<String>,
}

impl Rendered {
    /// The verdict of the reference; `None` for "not a failure".
    ///
    /// ```
    /// assert_eq!(relogin_conformance::generate::Rendered::default().verdict().unwrap().action, relogin::Action::Unknown);
    /// ```
    #[must_use]
    pub fn verdict(&self) -> Option<Verdict> {
        let Self { status, content_type, headers, body, profile, secrets } = self;
        reference::verdict(*status, content_type.as_deref(), headers, body, profile, secrets)
    }

    /// The verdict of the oracle, and the rules that had a say.
    ///
    /// ```
    /// assert!(relogin_conformance::generate::Rendered::default().judgement().decided.contains(&35));
    /// ```
    #[must_use]
    pub fn judgement(&self) -> Judgement {
        let Self { status, content_type, headers, body, profile, secrets } = self;
        let content_type = content_type.as_deref();
        oracle::judge(&oracle::Input { status: *status, content_type, headers, body, profile, secrets })
    }
}

impl Default for Rendered {
    /// A 400 with an empty body, for the first profile.
    ///
    /// ```
    /// assert_eq!(relogin_conformance::generate::Rendered::default().profile.product, "Codex");
    /// ```
    fn default() -> Self {
        let profile = Corpus::embedded().profiles.values().next().cloned().expect("the corpus has a profile");
        Self { status: 400, content_type: None, headers: Vec::new(), body: Vec::new(), profile, secrets: Vec::new() }
    }
}

impl fmt::Debug for Rendered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { status, content_type, headers, body, profile, secrets } = self;
        let content_type = content_type
            .as_deref()
            .map_or_else(|| "no content type".to_owned(), |value| format!("{:?}", safe(value, SHOWN)));
        write!(f, "{status}, {content_type}")?;
        if !headers.is_empty() {
            write!(f, ", headers {}", safe(&format!("{headers:?}"), SHOWN))?;
        }
        write!(f, ", {} bytes `{}`, for {}", body.len(), safe_bytes(body, SHOWN), safe(&profile.product, SHOWN))?;
        if secrets.is_empty() { Ok(()) } else { write!(f, ", secrets {}", safe(&format!("{secrets:?}"), SHOWN)) }
    }
}
