//! Bodies of vectors: a text, base64, or parts that may repeat.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

/// The most bytes that the body of a vector may have when it is expanded.
pub const MOST_BODY_BYTES: usize = 16 << 20;

/// A body as a vector spells it. Reading one checks it: its base64 decodes, and it expands to at most
/// [`MOST_BODY_BYTES`].
///
/// ```
/// use relogin_conformance::corpus::Body;
/// let json = r#"{"parts": [{"repeat": "[", "times": 3}, {"base64": "gA=="}]}"#;
/// let body: Body = serde_json::from_str(json).unwrap();
/// assert_eq!(body.expand(), b"[[[\x80");
/// ```
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(try_from = "Spelling", into = "Spelling")]
pub struct Body(Spelling);

impl Body {
    /// Returns the body of these bytes, as a text if they are one.
    pub(super) fn of(bytes: Vec<u8>) -> Self {
        let part = match String::from_utf8(bytes) {
            Ok(text) => Part::Text { text },
            Err(error) => Part::Base64 { base64: STANDARD.encode(error.as_bytes()) },
        };
        Self(Spelling::One(part))
    }

    /// Returns the bytes.
    #[must_use]
    pub fn expand(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.0.parts().iter().for_each(|part| part.append_to(&mut bytes));
        bytes
    }

    /// Returns the same body with each repetition of 1,000 times or more cut to a part of its times.
    ///
    /// ```
    /// use relogin_conformance::corpus::Body;
    /// let json = r#"{"parts": [{"repeat": " ", "times": 8000}, {"repeat": "[", "times": 64}]}"#;
    /// let body: Body = serde_json::from_str(json).unwrap();
    /// assert_eq!(body.cut_to(8).size(), 1_064);
    /// ```
    #[must_use]
    pub fn cut_to(&self, part: usize) -> Self {
        let mut cut = self.clone();
        if let Spelling::Parts { parts } = &mut cut.0 {
            for part_of_body in parts {
                if let Part::Repeat { times, .. } = part_of_body
                    && *times >= LONG
                {
                    *times /= part.clamp(1, LONG);
                }
            }
        }
        cut
    }

    /// Returns how many bytes [`expand`](Self::expand) would return, without expanding.
    ///
    /// ```
    /// use relogin_conformance::corpus::Body;
    /// let json = r#"{"parts": [{"repeat": "ab", "times": 4000000}]}"#;
    /// let body: Body = serde_json::from_str(json).unwrap();
    /// assert_eq!(body.size(), 8_000_000);
    /// ```
    #[must_use]
    pub fn size(&self) -> usize {
        self.0.parts().iter().map(|part| part.size().expect(CHECKED)).sum()
    }
}

/// Returns the first byte of a body after JSON white space.
pub(crate) fn first_byte(body: &[u8]) -> Option<u8> {
    body.iter().copied().find(|byte| !b" \t\r\n".contains(byte))
}

/// From so many times on a repetition is long.
const LONG: usize = 1_000;

/// Why a part of a [`Body`] cannot fail.
const CHECKED: &str = "a body is checked when it is read";

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(
    untagged,
    deny_unknown_fields,
    expecting = "a body has exactly one of `text`, `base64` and `parts`, and each part exactly one of `text`, `base64`, and `repeat` with `times`"
)]
enum Spelling {
    Parts { parts: Vec<Part> },
    One(Part),
}

impl Spelling {
    fn parts(&self) -> &[Part] {
        match self {
            Self::Parts { parts } => parts,
            Self::One(part) => std::slice::from_ref(part),
        }
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
enum Part {
    Text { text: String },
    Base64 { base64: String },
    Repeat { repeat: String, times: usize },
}

impl Part {
    fn size(&self) -> Result<usize, String> {
        match self {
            Self::Text { text } => Ok(text.len()),
            Self::Base64 { base64 } => {
                STANDARD.decode(base64).map(|bytes| bytes.len()).map_err(|error| format!("`base64` of a body: {error}"))
            }
            Self::Repeat { repeat, times } if repeat.is_empty() || *times == 0 => {
                Err("a `repeat` part needs a text that is not empty, and at least 1 `times`".into())
            }
            Self::Repeat { repeat, times } => Ok(repeat.len().saturating_mul(*times)),
        }
    }

    fn append_to(&self, bytes: &mut Vec<u8>) {
        match self {
            Self::Text { text } => bytes.extend_from_slice(text.as_bytes()),
            Self::Base64 { base64 } => STANDARD.decode_vec(base64, bytes).expect(CHECKED),
            Self::Repeat { repeat, times } => bytes.extend_from_slice(repeat.repeat(*times).as_bytes()),
        }
    }
}

impl TryFrom<Spelling> for Body {
    type Error = String;

    fn try_from(spelling: Spelling) -> Result<Self, String> {
        if let Spelling::One(Part::Repeat { .. }) = spelling {
            return Err("`repeat` is for `parts` of a body".into());
        }
        if spelling.parts().is_empty() {
            return Err("the `parts` of a body are empty; write {\"text\": \"\"} for an empty body".into());
        }
        let mut size = 0_usize;
        for part in spelling.parts() {
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

impl From<Body> for Spelling {
    fn from(body: Body) -> Self {
        body.0
    }
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
            r#"{"text": "", "parts": [{"text": ""}]}"#,
            r#"{"base64": "gA="}"#,
            r#"{"parts": []}"#,
            r#"{"parts": [{"repeat": "", "times": 1}]}"#,
            r#"{"parts": [{"repeat": "a", "times": 0}]}"#,
            r#"{"parts": [{"repeat": "a"}]}"#,
            r#"{"parts": [{"text": "a", "times": 1}]}"#,
            r#"{"repeat": "a", "times": 1}"#,
            r#"{"texts": ""}"#,
        ] {
            assert!(body(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_body_is_written_as_it_was_read() {
        for json in [r#"{"text":"a"}"#, r#"{"base64":"gA=="}"#, r#"{"parts":[{"repeat":"a","times":2},{"text":"b"}]}"#]
        {
            let body: Body = serde_json::from_str(json).expect("the body is well-formed");
            assert_eq!(serde_json::to_string(&body).expect("a body can be written"), json);
        }
    }
}
