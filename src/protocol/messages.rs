//! The messages between the runner and a port (SPEC.md appendix A), one JSON object a line.

use std::borrow::Cow;
use std::cell::Cell;
use std::collections::BTreeMap;
use std::fmt;

use relogin::Action;
use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

use crate::corpus::{Level, Profile, Verdict};

/// The version of the protocol.
pub const VERSION: u64 = 1;

/// The most bytes that a line of a reply may have, without its line feed.
pub const MOST_REPLY_BYTES: usize = 1 << 20;

/// The largest `seq` of a request: the largest integer that a JSON number holds in every language.
pub const MOST_SEQ: u64 = (1 << 53) - 1;

/// A field of a verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "they are named as in SPEC.md")]
pub enum Field {
    Code,
    Description,
    Action,
    ReloginRequired,
    Message,
    RetryAfter,
}

impl Field {
    /// All fields.
    pub const ALL: [Self; 6] =
        [Self::Code, Self::Description, Self::Action, Self::ReloginRequired, Self::Message, Self::RetryAfter];

    /// Returns its name in a verdict.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Code => "code",
            Self::Description => "description",
            Self::Action => "action",
            Self::ReloginRequired => "relogin_required",
            Self::Message => "message",
            Self::RetryAfter => "retry_after",
        }
    }
}

/// A line from the runner to the port.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "cmd", rename_all = "snake_case")]
pub enum Request {
    /// The first line.
    Hello {
        /// The version that the runner speaks.
        protocol: u64,
    },
    /// One response to judge.
    Parse(Parse),
}

/// One response to judge. Unknown members are ignored.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Parse {
    /// The number of the request, which the reply repeats.
    pub seq: u64,
    /// The HTTP status.
    pub status: u16,
    /// The value of `Content-Type`. It may be null, and must not be missing.
    #[serde(deserialize_with = "Option::deserialize")]
    pub content_type: Option<String>,
    /// The values of each header, by name. No two names are equal without ASCII case ([`header_values`]). A request
    /// without the member has no headers.
    #[serde(default)]
    pub headers: BTreeMap<String, Vec<String>>,
    /// The body, in padded base64.
    pub body: String,
    /// The texts of the calling product.
    #[serde(deserialize_with = "open_profile")]
    pub profile: Profile,
    /// The secrets that the caller knows.
    pub secrets: Vec<String>,
}

/// The reply to `hello`: a port describes itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hello {
    /// Its name.
    pub name: String,
    /// Its language.
    pub language: String,
    /// Its version.
    pub version: String,
    /// The highest level that it claims; levels are cumulative.
    pub level: Option<Level>,
    /// The fields that it reports and is judged on.
    pub fields: Vec<Field>,
}

/// Returns the reply of the reference to `hello`.
#[must_use]
pub fn reference_hello() -> Value {
    serde_json::json!({
        "protocol": VERSION, "name": "relogin", "language": "Rust", "version": env!("CARGO_PKG_VERSION"),
        "levels": Level::ALL, "fields": Field::ALL,
    })
}

/// Parses the reply to `hello`.
///
/// # Errors
///
/// The problem, as the end of a sentence that begins with "the port".
pub fn read_hello(line: &[u8]) -> Result<Hello, String> {
    let members = object(line, Part::Hello).map_err(|wrong| format!("answered hello with {wrong}"))?;
    let text = |name: &str| members.get(name).and_then(Value::as_str);
    let names =
        |name: &str| members.get(name).and_then(Value::as_array).map(|names| names.iter().filter_map(Value::as_str));
    match members.get("protocol") {
        Some(protocol) if protocol.as_u64() == Some(VERSION) => {}
        Some(protocol) => return Err(format!("speaks protocol {protocol}, and this runner speaks {VERSION}")),
        None => return Err("answered hello without `protocol`".into()),
    }
    let missing = |name: &str| format!("answered hello without `{name}`, or with one of the wrong type");
    Ok(Hello {
        name: text("name").filter(|name| !name.is_empty()).ok_or_else(|| missing("name"))?.to_owned(),
        language: text("language").ok_or_else(|| missing("language"))?.to_owned(),
        version: text("version").ok_or_else(|| missing("version"))?.to_owned(),
        level: names("levels").ok_or_else(|| missing("levels"))?.filter_map(|name| name.parse().ok()).max(),
        fields: {
            let names: Vec<&str> = names("fields").ok_or_else(|| missing("fields"))?.collect();
            Field::ALL.into_iter().filter(|field| names.contains(&field.as_str())).collect()
        },
    })
}

/// The reply to one request.
#[derive(Clone, Debug, PartialEq)]
pub struct Reply {
    /// The number of the request; `None` if the port could not read the request.
    pub seq: Option<u64>,
    /// The answer.
    pub answer: Answer,
    /// How a client behaved while it made the answer, if the port drives one and says so. It is never judged.
    pub observed: Option<Observed>,
}

/// How a client behaved during one refresh. All members are optional, and texts are cut; they are not safe to print.
///
/// ```
/// use relogin_conformance::protocol::read_reply;
/// let reply = read_reply(br#"{"seq":1,"verdict":null,"observed":{"requests":2,"waited":1.5}}"#).unwrap();
/// assert_eq!(reply.observed.unwrap().requests, Some(2));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Observed {
    /// How many HTTP requests the token endpoint got.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requests: Option<u64>,
    /// How many seconds the client waited between the first request and the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waited: Option<f64>,
    /// The text that the client hands to its caller, raw: at most [`MOST_SHOWN`] characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shown: Option<String>,
    /// The class of the exception or error that the client raises: at most [`MOST_EXCEPTION`] characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exception: Option<String>,
}

/// The most characters of [`Observed::shown`] that are kept.
pub const MOST_SHOWN: usize = 2_000;

/// The most characters of [`Observed::exception`] that are kept.
pub const MOST_EXCEPTION: usize = 200;

impl Observed {
    /// Reads the member `observed` of a reply. Members of another type count as missing.
    fn read(value: &Value) -> Option<Self> {
        let members = value.as_object()?;
        let text = |name: &str, most| {
            members.get(name).and_then(Value::as_str).map(|text| text.chars().take(most).collect::<String>())
        };
        Some(Self {
            requests: members.get("requests").and_then(Value::as_u64),
            // Whole milliseconds up to a day: such a number is written and read again without a change.
            waited: members
                .get("waited")
                .and_then(Value::as_f64)
                .filter(|seconds| *seconds >= 0.0)
                .map(|seconds| (seconds.min(86_400.0) * 1_000.0).round() / 1_000.0),
            shown: text("shown", MOST_SHOWN),
            exception: text("exception", MOST_EXCEPTION),
        })
    }
}

/// The answer of a port to one request.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// A verdict with the fields of [`Field::ALL`]; `None` for "not a failure".
    Verdict(Option<Map<String, Value>>),
    /// The port skips this response, for this reason.
    Skip(String),
    /// The port failed, with this message.
    Error(String),
}

/// Returns the members of a verdict in a reply. A reply has every field; a vector may leave `retry_after` out.
///
/// # Panics
///
/// Never: a verdict is an object in JSON.
#[must_use]
pub fn verdict_members(verdict: &Verdict) -> Map<String, Value> {
    let Ok(Value::Object(mut members)) = serde_json::to_value(verdict) else {
        unreachable!("a verdict is an object in JSON");
    };
    members.entry(Field::RetryAfter.as_str()).or_insert(Value::Null);
    members
}

/// Returns the values of each header, by name. Names that are equal without ASCII case are one header, under the first
/// spelling, with their values in order.
///
/// ```
/// use relogin_conformance::protocol::header_values;
/// let headers = [("Retry-After", "60"), ("retry-after", "5")].map(|(name, value)| (name.into(), value.into()));
/// assert_eq!(header_values(&headers)["Retry-After"], ["60", "5"]);
/// ```
#[must_use]
pub fn header_values(headers: &[(String, String)]) -> BTreeMap<String, Vec<String>> {
    let mut values: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, value) in headers {
        let spelled = values.keys().find(|other| other.eq_ignore_ascii_case(name)).unwrap_or(name).clone();
        values.entry(spelled).or_default().push(value.clone());
    }
    values
}

/// Why a line is not a reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoReply {
    /// The line is not a JSON object. It may be log output, and the reply may still come. The text says what the line
    /// is instead.
    Noise(String),
    /// The line is a JSON object, but not a reply.
    Malformed {
        /// The `seq`, if it can be read.
        seq: Option<u64>,
        /// The problem.
        what: String,
    },
}

/// Parses the reply to a `parse`. Members that nobody asks for are skipped, and of arrays and objects in a field no
/// more than their first values are kept: the memory that is taken is a small multiple of the line.
///
/// # Errors
///
/// When the line is not a reply.
pub fn read_reply(line: &[u8]) -> Result<Reply, NoReply> {
    let mut members = object(line, Part::Reply).map_err(NoReply::Noise)?;
    let seq = members.get("seq").and_then(Value::as_u64);
    let malformed = |what: &str| NoReply::Malformed { seq, what: what.to_owned() };
    let could_not_read = members.get("seq") == Some(&Value::Null) && members.contains_key("error");
    if seq.is_none() && !could_not_read {
        return Err(malformed("a reply without a `seq` that is a number"));
    }
    let answer = match (members.remove("verdict"), members.remove("skip"), members.remove("error")) {
        (Some(Value::Null), None, None) => Answer::Verdict(None),
        (Some(Value::Object(verdict)), None, None) => Answer::Verdict(Some(verdict)),
        (Some(_), None, None) => return Err(malformed("a `verdict` that is neither null nor an object")),
        (None, Some(Value::String(why)), None) => Answer::Skip(why),
        (None, None, Some(Value::String(what))) => Answer::Error(what),
        _ => {
            return Err(malformed(
                "a reply that has not exactly one of `verdict`, `skip` (a string) and `error` (a string)",
            ));
        }
    };
    Ok(Reply { seq, answer, observed: members.get("observed").and_then(Observed::read) })
}

/// Returns what is wrong with the shape of a verdict from a port that declares these fields, or `None` if the shape is
/// right. The text is the end of a sentence that begins with "the port wrote".
///
/// ```
/// use relogin_conformance::protocol::{Field, wrong_shape};
/// let verdict = serde_json::json!({"code": "invalid_grant", "action": "RELOGIN"});
/// let verdict = verdict.as_object().unwrap();
/// assert_eq!(wrong_shape(verdict, &[Field::Code]), None);
/// assert!(wrong_shape(verdict, &Field::ALL).is_some());
/// ```
#[must_use]
pub fn wrong_shape(verdict: &Map<String, Value>, fields: &[Field]) -> Option<String> {
    fields.iter().find_map(|field| {
        let (name, is_right) = match (field, verdict.get(field.as_str())) {
            (field, None) => return Some(format!("a verdict without `{}`, which it declares", field.as_str())),
            (Field::Code | Field::Message, Some(value)) => ("a string", value.is_string()),
            (Field::Description, Some(value)) => ("a string or null", value.is_string() || value.is_null()),
            (Field::RetryAfter, Some(value)) => ("an integer from 0 or null", value.is_u64() || value.is_null()),
            (Field::ReloginRequired, Some(value)) => ("true or false", value.is_boolean()),
            (Field::Action, Some(value)) => {
                ("one of the four actions", value.as_str().is_some_and(|name| name.parse::<Action>().is_ok()))
            }
        };
        (!is_right).then(|| format!("a verdict whose `{}` is not {name}", field.as_str()))
    })
}

/// Replaces each `\u` escape of a lone surrogate by `\ufffd`, as the protocol says. `serde_json` would refuse the line.
#[must_use]
pub fn replace_lone_surrogates(line: &str) -> Cow<'_, str> {
    let mut out = String::new();
    let mut copied = 0; // up to here the line is in `out`
    let mut at = 0;
    // JSON has backslashes only inside strings, so the search need not track strings.
    while let Some(offset) = line[at..].find('\\') {
        at += offset;
        let width = match escaped_unit(line, at) {
            Some(0xD800..=0xDBFF) if matches!(escaped_unit(line, at + 6), Some(0xDC00..=0xDFFF)) => 12,
            Some(0xD800..=0xDFFF) => {
                out.push_str(&line[copied..at]);
                out.push_str("\\ufffd");
                copied = at + 6;
                6
            }
            Some(_) => 6,
            // Skips the backslash and the escaped character. The JSON parser refuses a broken escape later.
            None => 1 + line[at + 1..].chars().next().map_or(0, char::len_utf8),
        };
        at += width;
    }
    if copied == 0 {
        return Cow::Borrowed(line);
    }
    out.push_str(&line[copied..]);
    Cow::Owned(out)
}

/// Returns the number in a `\uXXXX` that begins at `at`.
fn escaped_unit(line: &str, at: usize) -> Option<u16> {
    let digits = line.get(at..at + 6)?.strip_prefix("\\u")?;
    let is_hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit()); // `from_str_radix` accepts a sign
    if is_hex { u16::from_str_radix(digits, 16).ok() } else { None }
}

/// Parses a line as a JSON object with the members of `part`. The error says what the line is instead.
fn object(line: &[u8], part: Part) -> Result<Map<String, Value>, String> {
    let text = std::str::from_utf8(line).map_err(|_| "a line that is not UTF-8".to_owned())?;
    let text = replace_lone_surrogates(text);
    let left = Cell::new(MOST_VALUES);
    let mut deserializer = serde_json::Deserializer::from_str(&text);
    let value = Bounded { part, depth: 0, left: &left }.deserialize(&mut deserializer);
    match value.and_then(|value| deserializer.end().map(|()| value)) {
        Ok(Value::Object(members)) => Ok(members),
        Ok(_) => Err("a line that is JSON and not an object".into()),
        Err(error) => Err(format!("a line that is not JSON ({error})")),
    }
}

/// The most values in the arrays and objects of one line that are kept, and how deep these may stand.
const MOST_VALUES: usize = 1_000;
const MOST_DEPTH: usize = 8;

/// A part of a line, which decides which members of an object are read.
#[derive(Clone, Copy)]
enum Part {
    Hello,
    Reply,
    Verdict,
    Observed,
    /// The value of a member, all of it.
    Value,
}

impl Part {
    /// Returns the part that a member is, or `None` if it is skipped.
    fn member(self, name: &str) -> Option<Self> {
        let is_read = match self {
            Self::Hello => ["protocol", "name", "language", "version", "levels", "fields"].contains(&name),
            Self::Reply if name == "verdict" => return Some(Self::Verdict),
            Self::Reply if name == "observed" => return Some(Self::Observed),
            Self::Reply => ["seq", "skip", "error"].contains(&name),
            Self::Observed => ["requests", "waited", "shown", "exception"].contains(&name),
            Self::Verdict => Field::ALL.iter().any(|field| field.as_str() == name),
            Self::Value => true,
        };
        is_read.then_some(Self::Value)
    }
}

/// Reads JSON and skips what nobody asks for, or what is beyond the bounds, without building it. `serde_json` checks
/// what it skips, at any depth and without recursion.
#[derive(Clone, Copy)]
struct Bounded<'l> {
    part: Part,
    depth: usize,
    /// How many more values in arrays and objects may be kept.
    left: &'l Cell<usize>,
}

impl Bounded<'_> {
    /// Returns how to read a value in this array or object, or `None` if it is skipped. A line has few members that are
    /// asked for by name; all other values count.
    fn inner(self, part: Part) -> Option<Self> {
        if matches!(self.part, Part::Value) {
            let left = self.left.get().checked_sub(1)?;
            self.left.set(left);
        }
        (self.depth < MOST_DEPTH).then_some(Self { part, depth: self.depth + 1, ..self })
    }
}

impl<'de> DeserializeSeed<'de> for Bounded<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Bounded<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut values: A) -> Result<Value, A::Error> {
        let mut kept = Vec::new();
        let array = Self { part: Part::Value, ..self };
        while let Some(inner) = array.inner(Part::Value) {
            match values.next_element_seed(inner)? {
                Some(value) => kept.push(value),
                None => return Ok(Value::Array(kept)),
            }
        }
        while values.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Value::Array(kept))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut kept = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            match self.part.member(&name).and_then(|part| self.inner(part)) {
                Some(inner) => _ = kept.insert(name, members.next_value_seed(inner)?), // the last one counts
                None => _ = members.next_value::<IgnoredAny>()?,
            }
        }
        Ok(Value::Object(kept))
    }
}

/// Reads a profile with unknown members: a runner of a later version may send more.
fn open_profile<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Profile, D::Error> {
    #[derive(Deserialize)]
    struct Open {
        product: String,
        other_clients: String,
        sign_in: String,
        fallback_code: String,
    }
    let Open { product, other_clients, sign_in, fallback_code } = Open::deserialize(deserializer)?;
    Ok(Profile { product, other_clients, sign_in, fallback_code })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lone_surrogates_become_replacement_characters() {
        for (line, expected) in [
            (r#""\ud83d\ude00""#, r#""\ud83d\ude00""#),
            (r#""\ud83d""#, r#""\ufffd""#),
            (r#""\ude00\ud83d""#, r#""\ufffd\ufffd""#),
            (r#""\uD83D\uD83D\uDE00x""#, r#""\ufffd\uD83D\uDE00x""#),
            (r#""\\ud83d""#, r#""\\ud83d""#),
            (r#""\\\ud83d""#, r#""\\\ufffd""#),
            (r#""\ud83d\\ude00""#, r#""\ufffd\\ude00""#),
            (r#""\u00e9 \ud8""#, r#""\u00e9 \ud8""#),
            ("\"\\\u{e9}\\ud800", "\"\\\u{e9}\\ufffd"),
            ("\\", "\\"),
            (r"\u+d80", r"\u+d80"),
        ] {
            assert_eq!(replace_lone_surrogates(line), expected);
        }
    }

    fn reply(seq: Option<u64>, answer: Answer) -> Reply {
        Reply { seq, answer, observed: None }
    }

    #[test]
    fn what_a_port_observed_is_read_bounded_and_never_breaks_a_reply() {
        let observed = |member: &str| {
            let line = format!(r#"{{"seq":1,"verdict":null,"observed":{member}}}"#);
            read_reply(line.as_bytes()).expect("the reply is well-formed").observed
        };
        let all = observed(r#"{"requests":2,"waited":1.5,"shown":"a\ud800","exception":"E","more":[1]}"#);
        let expected = Observed {
            requests: Some(2),
            waited: Some(1.5),
            shown: Some("a\u{fffd}".into()),
            exception: Some("E".into()),
        };
        assert_eq!(all, Some(expected));
        for wrong in ["null", "7", "[]", "\"text\""] {
            assert_eq!(observed(wrong), None, "{wrong}");
        }
        let wrong = r#"{"requests":-1,"waited":"1","shown":{"a":1},"exception":null}"#;
        assert_eq!(observed(wrong), Some(Observed::default()));
        let long = observed(&format!(r#"{{"shown":"{0}","exception":"{0}"}}"#, "\u{e9}".repeat(5_000)));
        let lengths =
            long.map(|long| [long.shown, long.exception].map(|text| text.unwrap_or_default().chars().count()));
        assert_eq!(lengths, Some([MOST_SHOWN, MOST_EXCEPTION]));
    }

    #[test]
    fn replies_are_read_and_wrong_ones_named() {
        let verdict = read_reply(br#"{"seq":7,"verdict":null,"more":1}"#);
        assert_eq!(verdict, Ok(reply(Some(7), Answer::Verdict(None))));
        let skip = read_reply(br#"{"seq":7,"skip":"no forms"}"#);
        assert_eq!(skip, Ok(reply(Some(7), Answer::Skip("no forms".into()))));
        let unread = read_reply(br#"{"seq":null,"error":"not JSON"}"#);
        assert_eq!(unread, Ok(reply(None, Answer::Error("not JSON".into()))));
        assert!(matches!(read_reply(b"debug: 1"), Err(NoReply::Noise(_))));
        assert!(matches!(read_reply(b"\xff"), Err(NoReply::Noise(_))));
        assert!(matches!(read_reply(b"[1]"), Err(NoReply::Noise(_))));
        for line in [
            r#"{"verdict":null}"#,
            r#"{"seq":-1,"skip":""}"#,
            r#"{"seq":1}"#,
            r#"{"seq":null,"verdict":null}"#,
            r#"{"seq":1,"verdict":null,"skip":""}"#,
            r#"{"seq":1,"verdict":1}"#,
        ] {
            assert!(matches!(read_reply(line.as_bytes()), Err(NoReply::Malformed { .. })), "{line}");
        }
    }

    #[test]
    fn unknown_members_are_skipped_at_any_depth() {
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        let lines = [
            format!(r#"{{"more":{deep},"seq":1,"verdict":{{"more":{deep},"code":"c"}}}}"#),
            format!(
                r#"{{"seq":1,"verdict":{{"x":1,"code":"a","code":"c","y":1e999}},"more":[{}0]}}"#,
                r#"{"":0},"#.repeat(10_000)
            ),
        ];
        for line in lines {
            let verdict = serde_json::json!({"code": "c"}).as_object().cloned();
            assert_eq!(read_reply(line.as_bytes()), Ok(reply(Some(1), Answer::Verdict(verdict))));
        }
        let unclosed = format!(r#"{{"more":{}"#, "[".repeat(100_000));
        assert!(matches!(read_reply(unclosed.as_bytes()), Err(NoReply::Noise(_))));
    }

    #[test]
    fn of_arrays_and_objects_in_a_field_the_first_values_are_kept() {
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        let long = format!("[{}0]", r#"{"a":0},"#.repeat(10_000));
        for value in [&deep, &long] {
            // The field after it is read all the same.
            let line = format!(r#"{{"seq":1,"verdict":{{"code":{value},"message":"m"}}}}"#);
            let Ok(Reply { answer: Answer::Verdict(Some(verdict)), .. }) = read_reply(line.as_bytes()) else {
                unreachable!("it is a verdict")
            };
            assert_eq!(verdict["message"], "m");
            assert!(verdict["code"].is_array() && verdict["code"].to_string().len() <= 10 * MOST_VALUES);
        }
        let hello =
            format!(r#"{{"protocol":1,"name":"n","language":"l","version":"v","levels":["core"],"fields":{long}}}"#);
        assert!(
            read_hello(hello.as_bytes()).is_ok_and(|hello| hello.fields.is_empty() && hello.level == Some(Level::Core))
        );
    }

    #[test]
    fn a_hello_is_read() {
        let hello = read_hello(reference_hello().to_string().as_bytes());
        assert!(
            hello.as_ref().is_ok_and(|hello| hello.level == Some(Level::Hardening) && hello.fields == Field::ALL),
            "{hello:?}"
        );
        assert!(read_hello(br#"{"protocol":2}"#).is_err_and(|error| error.contains("speaks protocol 2")));
        assert!(read_hello(br#"{"cmd":"hello","protocol":1}"#).is_err_and(|error| error.contains("`name`")));
    }
}
