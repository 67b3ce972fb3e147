//! The messages of the port protocol, version 1 (appendix A of SPEC.md).

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::vectors::{Level, Profile};

/// The version of the protocol that this runner speaks.
pub const VERSION: u64 = 1;
/// The longest line of a reply, in bytes.
pub const MOST_LINE: usize = 1 << 20;
/// The fields of a verdict.
pub const FIELDS: [&str; 5] = ["code", "description", "action", "relogin_required", "message"];

/// A request, runner to port.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "cmd", rename_all = "lowercase")]
pub enum Request {
    /// Who are you?
    Hello {
        /// The version that the runner speaks.
        protocol: u64,
    },
    /// What is the verdict on this response?
    Parse(Box<Parse>),
}

/// One response to judge.
#[derive(Debug, Serialize, Deserialize)]
pub struct Parse {
    /// Counts up from 1; the reply repeats it.
    pub seq: u64,
    /// The HTTP status.
    pub status: u16,
    /// The `Content-Type` header.
    pub content_type: Option<String>,
    /// The body in padded base64.
    pub body: String,
    /// The texts of the product.
    pub profile: Profile,
    /// What the caller knows to be secret.
    pub secrets: Vec<String>,
}

impl Parse {
    /// The bytes of the body.
    ///
    /// # Errors
    ///
    /// A sentence when they are not base64.
    pub fn bytes(&self) -> Result<Vec<u8>, String> {
        BASE64.decode(&self.body).map_err(|error| format!("the body is not base64: {error}"))
    }
}

/// The body as a request carries it.
#[must_use]
pub fn encode(body: &[u8]) -> String {
    BASE64.encode(body)
}

/// The answer to `hello`. Members that are not known are ignored.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Hello {
    /// The version that the port speaks.
    pub protocol: u64,
    /// The port's name.
    pub name: String,
    /// The language, and its version.
    #[serde(default)]
    pub language: String,
    /// The port's version.
    #[serde(default)]
    pub version: String,
    /// The levels that the port claims.
    pub levels: Vec<Level>,
    /// The fields of the verdict that the port gives.
    pub fields: Vec<String>,
}

/// The answer to `parse`: exactly one of verdict (null included), skip and error.
#[derive(Clone, Debug, PartialEq)]
pub enum Reply {
    /// A verdict; `None` is "not a failure". The members are as the port sent them.
    Verdict(Option<BTreeMap<String, Value>>),
    /// The port does not judge this one, and why.
    Skip(String),
    /// Something broke in the port.
    Error(String),
}

/// Reads a line that answers the request `seq`.
///
/// # Errors
///
/// A sentence that says what is wrong with the line.
pub fn read_reply(line: &[u8], seq: u64) -> Result<Reply, String> {
    let value: Value =
        serde_json::from_str(&without_lone_surrogates(&String::from_utf8_lossy(line))).map_err(|error| format!("not JSON: {error}"))?;
    let object = value.as_object().ok_or("not a JSON object")?;
    match object.get("seq").and_then(Value::as_u64) {
        Some(got) if got == seq => {}
        Some(got) => return Err(format!("wrong seq: {got} where {seq} was asked")),
        None => return Err("no `seq`".into()),
    }
    let text = |name: &str| object.get(name).and_then(Value::as_str).map(str::to_owned);
    match (object.get("verdict"), text("skip"), text("error")) {
        (Some(Value::Null), None, None) => Ok(Reply::Verdict(None)),
        (Some(Value::Object(verdict)), None, None) => Ok(Reply::Verdict(Some(verdict.clone().into_iter().collect()))),
        (None, Some(why), None) => Ok(Reply::Skip(why)),
        (None, None, Some(what)) => Ok(Reply::Error(what)),
        _ => Err("neither a verdict (an object or null), nor a `skip`, nor an `error`".into()),
    }
}

/// Replaces each lone surrogate escape of a JSON text by that of U+FFFD, as appendix A says; serde_json would refuse the line.
fn without_lone_surrogates(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    let mut rest = json;
    while let Some(position) = rest.find('\\') {
        out.push_str(&rest[..position]);
        rest = &rest[position..];
        let length = match (surrogate(rest), rest.get(6..).and_then(surrogate)) {
            (Some(0xD800..=0xDBFF), Some(0xDC00..=0xDFFF)) => 12,
            (Some(_), _) => {
                out.push_str("\\uFFFD");
                rest = &rest[6..];
                continue;
            }
            (None, _) => rest.char_indices().nth(2).map_or(rest.len(), |(end, _)| end),
        };
        out.push_str(&rest[..length]);
        rest = &rest[length..];
    }
    out + rest
}

/// The surrogate whose escape the text begins with.
fn surrogate(text: &str) -> Option<u16> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    u16::from_str_radix(digits, 16).ok().filter(|unit| (0xD800..=0xDFFF).contains(unit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lone_surrogates_become_replacement_characters() {
        for (json, fixed) in [
            (r#""a\ud800b""#, r#""a\uFFFDb""#),
            (r#""\ud83d\ude00""#, r#""\ud83d\ude00""#),
            (r#""\ud800\ud83d\ude00""#, r#""\uFFFD\ud83d\ude00""#),
            (r#""\\ud800""#, r#""\\ud800""#),
            (r#""\udc00\"""#, r#""\uFFFD\"""#),
        ] {
            assert_eq!(without_lone_surrogates(json), fixed);
        }
    }

    #[test]
    fn replies() {
        assert_eq!(read_reply(br#"{"seq":1,"verdict":null,"x":1}"#, 1), Ok(Reply::Verdict(None)));
        assert_eq!(read_reply(br#"{"seq":1,"skip":"why"}"#, 1), Ok(Reply::Skip("why".into())));
        for (line, problem) in [
            (&br#"{"seq":2,"verdict":null}"#[..], "wrong seq"),
            (b"hello", "not JSON"),
            (b"[]", "not a JSON object"),
            (br#"{"seq":1}"#, "neither"),
            (br#"{"seq":1,"verdict":true}"#, "neither"),
            (br#"{"seq":1,"verdict":null,"skip":"x"}"#, "neither"),
        ] {
            assert!(read_reply(line, 1).is_err_and(|error| error.starts_with(problem)), "{problem}");
        }
    }
}
