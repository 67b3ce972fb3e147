//! The benchmark: the [`BODIES`], and the [`CONTENDERS`], each of which looks for a code and a text in a body.

mod bodies;

use std::borrow::Cow;
use std::fmt::Write as _;
use std::hint::black_box;

use serde::Deserialize;
use simd_json::prelude::{ValueAsScalar as _, ValueIntoString as _, ValueObjectAccess as _};

pub use bodies::{BODIES, Body, LINE};

/// The status of every response.
const STATUS: u16 = 401;

/// A response, as a contender gets it.
pub struct Response {
    content_type: Option<&'static str>,
    body: Vec<u8>,
}

impl Response {
    /// The response with this body.
    #[must_use]
    pub fn new(body: &Body) -> Self {
        Self { content_type: body.content_type, body: (body.bytes)() }
    }

    /// How many bytes the body has.
    #[must_use]
    pub fn size(&self) -> usize {
        self.body.len()
    }
}

/// The caller's buffers. They are large enough: every allocation is the contender's.
pub struct Buffers {
    /// The code that the contender found; empty when it found none.
    pub code: String,
    /// The text that it found; empty when it found none.
    pub text: String,
    /// The message for the user, of a contender that makes one.
    pub message: String,
    /// A copy of the body, for a contender that writes into it.
    copy: Vec<u8>,
    simd: simd_json::Buffers,
}

impl Default for Buffers {
    fn default() -> Self {
        let string = || String::with_capacity(8192);
        let copy = Vec::with_capacity(2 << 20);
        Self { code: string(), text: string(), message: string(), copy, simd: simd_json::Buffers::new(2 << 20) }
    }
}

impl Buffers {
    /// Forgets what was found.
    pub fn clear(&mut self) {
        self.code.clear();
        self.text.clear();
        self.message.clear();
        self.copy.clear();
    }

    /// Copies the code that a contender has found.
    fn code(&mut self, code: Option<&str>) {
        code.inspect(|code| self.code.push_str(code));
    }

    /// Copies the text that it has found.
    fn text(&mut self, text: Option<&str>) {
        text.inspect(|text| self.text.push_str(text));
    }
}

/// One way to read a response.
#[derive(Clone, Copy)]
pub struct Contender {
    /// Its name in tables.
    pub name: &'static str,
    /// Reads a response into the buffers, which are empty.
    pub run: fn(&Response, &mut Buffers),
    /// Whether it looks for a code at all; a floor does not.
    pub reads: bool,
}

/// The parser to a verdict.
pub const VERDICT: Contender = Contender { name: "relogin", run: verdict, reads: true };
/// The parser to a verdict and its message.
pub const MESSAGE: Contender = Contender { name: "relogin + message", run: message, reads: true };
/// The contender that the promises compare the parser with.
pub const VALUE: Contender = Contender { name: "serde_json Value", run: serde_value, reads: true };

/// The least that a function which looks at a body can cost.
pub const ONE_BYTE: Contender = Contender { name: "one byte", run: one_byte, reads: false };

/// Every contender, in the order of the tables.
pub const CONTENDERS: [Contender; 12] = [
    VERDICT,
    MESSAGE,
    VALUE,
    Contender { name: "serde_json nested", run: serde_nested, reads: true },
    Contender { name: "serde_json flat", run: serde_flat, reads: true },
    Contender { name: "serde_json untagged", run: serde_untagged, reads: true },
    Contender { name: "simd-json value", run: simd_value, reads: true },
    Contender { name: "simd-json tape", run: simd_tape, reads: true },
    Contender { name: "jiter", run: jiter, reads: true },
    Contender { name: "UTF-8", run: utf8, reads: false },
    Contender { name: "memchr", run: memchr, reads: false },
    ONE_BYTE,
];

/// Lets a contender read a response. Callgrind collects between the call of this function and its return.
#[inline(never)]
pub fn measured(contender: &Contender, response: &Response, buffers: &mut Buffers) {
    (contender.run)(black_box(response), buffers);
    black_box(buffers);
}

fn verdict(response: &Response, buffers: &mut Buffers) {
    if let Err(failure) = relogin::classify(&relogin::Response::new(STATUS, response.content_type, &response.body)) {
        copy(&failure, buffers);
    }
}

fn message(response: &Response, buffers: &mut Buffers) {
    if let Err(failure) = relogin::classify(&relogin::Response::new(STATUS, response.content_type, &response.body)) {
        copy(&failure, buffers);
        write!(buffers.message, "{}", failure.message(&relogin::Profile::CODEX)).expect("a string takes all");
    }
}

fn copy(failure: &relogin::Failure<'_>, buffers: &mut Buffers) {
    buffers.code(failure.code());
    buffers.text(failure.description());
}

fn serde_value(response: &Response, buffers: &mut Buffers) {
    if let Ok(value) = serde_json::from_slice::<serde_json::Value>(&response.body) {
        look_up(&value, buffers);
    }
}

/// A struct that knows the nested shape and nothing else.
fn serde_nested(response: &Response, buffers: &mut Buffers) {
    if let Ok(Nested { error }) = serde_json::from_slice(&response.body) {
        buffers.code(Some(&error.code));
        buffers.text(Some(&error.message));
    }
}

/// A struct that knows the flat shape and nothing else.
fn serde_flat(response: &Response, buffers: &mut Buffers) {
    if let Ok(flat) = serde_json::from_slice::<Flat<'_>>(&response.body) {
        buffers.code(Some(&flat.error));
        buffers.text(Some(&flat.error_description));
    }
}

#[derive(Deserialize)]
struct Nested<'a> {
    #[serde(borrow)]
    error: NestedError<'a>,
}

#[derive(Deserialize)]
struct NestedError<'a> {
    #[serde(borrow)]
    code: Cow<'a, str>,
    #[serde(borrow, default)]
    message: Cow<'a, str>,
}

#[derive(Deserialize)]
struct Flat<'a> {
    #[serde(borrow)]
    error: Cow<'a, str>,
    #[serde(borrow, default)]
    error_description: Cow<'a, str>,
}

/// Both shapes at once, as serde derives it.
fn serde_untagged(response: &Response, buffers: &mut Buffers) {
    match serde_json::from_slice(&response.body) {
        Ok(Shape::Nested(Nested { error })) => {
            buffers.code(Some(&error.code));
            buffers.text(Some(&error.message));
        }
        Ok(Shape::Flat(flat)) => {
            buffers.code(Some(&flat.error));
            buffers.text(Some(&flat.error_description));
        }
        Err(_) => {}
    }
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Shape<'a> {
    #[serde(borrow)]
    Nested(Nested<'a>),
    #[serde(borrow)]
    Flat(Flat<'a>),
}

/// simd-json writes into the body, which is the caller's: it gets a copy.
fn simd_value(response: &Response, buffers: &mut Buffers) {
    let mut copy = std::mem::take(&mut buffers.copy);
    copy.extend_from_slice(&response.body);
    if let Ok(value) = simd_json::borrowed::to_value_with_buffers(&mut copy, &mut buffers.simd) {
        look_up(&value, buffers);
    }
    buffers.copy = copy;
}

fn simd_tape(response: &Response, buffers: &mut Buffers) {
    let mut copy = std::mem::take(&mut buffers.copy);
    copy.extend_from_slice(&response.body);
    if let Ok(tape) = simd_json::to_tape_with_buffers(&mut copy, &mut buffers.simd) {
        look_up(tape.as_value(), buffers);
    }
    buffers.copy = copy;
}

fn jiter(response: &Response, buffers: &mut Buffers) {
    if let Ok(value) = jiter::JsonValue::parse(&response.body, false) {
        look_up(&value, buffers);
    }
}

fn utf8(response: &Response, _: &mut Buffers) {
    _ = black_box(std::str::from_utf8(&response.body));
}

/// No body has the byte, so the search goes to the end.
fn memchr(response: &Response, _: &mut Buffers) {
    black_box(memchr::memchr(0, &response.body));
}

fn one_byte(response: &Response, _: &mut Buffers) {
    black_box(response.body.first());
}

/// A value of a JSON library, cheap to copy.
trait Value<'v>: Copy {
    /// The value of a member, if this is an object that has it.
    fn member(self, key: &str) -> Option<Self>;
    /// The string, if this is one.
    fn string(self) -> Option<&'v str>;
}

/// The look-ups at the core places, and nothing else: no test of what a code is, no other place, no cleaning.
fn look_up<'v, V: Value<'v>>(top: V, buffers: &mut Buffers) {
    let error = top.member("error");
    let in_error = |key| error?.member(key)?.string();
    let at_top = |key| top.member(key)?.string();
    buffers.code(in_error("code").or_else(|| in_error("type")).or_else(|| error?.string()));
    let text = in_error("message").or_else(|| in_error("error_description"));
    buffers.text(text.or_else(|| at_top("error_description")).or_else(|| at_top("message")));
}

impl<'v> Value<'v> for &'v serde_json::Value {
    fn member(self, key: &str) -> Option<Self> {
        self.get(key)
    }

    fn string(self) -> Option<&'v str> {
        self.as_str()
    }
}

impl<'v> Value<'v> for &'v simd_json::BorrowedValue<'v> {
    fn member(self, key: &str) -> Option<Self> {
        self.get(key)
    }

    fn string(self) -> Option<&'v str> {
        self.as_str()
    }
}

impl<'v> Value<'v> for simd_json::tape::Value<'v, 'v> {
    fn member(self, key: &str) -> Option<Self> {
        self.get(key)
    }

    fn string(self) -> Option<&'v str> {
        self.into_string()
    }
}

impl<'v> Value<'v> for &'v jiter::JsonValue<'v> {
    fn member(self, key: &str) -> Option<Self> {
        let jiter::JsonValue::Object(members) = self else { return None };
        members.iter().rev().find(|(name, _)| name == key).map(|(_, value)| value)
    }

    fn string(self) -> Option<&'v str> {
        if let jiter::JsonValue::Str(string) = self { Some(string) } else { None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The code that a contender finds.
    fn code(contender: &Contender, body: &Body) -> String {
        let mut buffers = Buffers::default();
        measured(contender, &Response::new(body), &mut buffers);
        buffers.code
    }

    #[test]
    fn everyone_finds_the_same_code_in_what_is_json_and_utf_8() {
        let one_shape = |contender: &&Contender| ["serde_json nested", "serde_json flat"].contains(&contender.name);
        for body in BODIES.iter().chain(&LINE).filter(|body| !["form", "description, Latin-1"].contains(&body.name)) {
            let expected = code(&VERDICT, body);
            for contender in CONTENDERS.iter().filter(|contender| contender.reads && !one_shape(contender)) {
                assert_eq!(code(contender, body), expected, "{} of {}", contender.name, body.name);
            }
        }
    }

    #[test]
    fn bodies_are_what_their_names_say() {
        let of =
            |name| BODIES.iter().chain(&LINE).find(|body| body.name == name).map(|body| Response::new(body).size());
        assert_eq!((of("nested"), of("flat"), of("empty")), (Some(199), Some(82), Some(0)));
        assert_eq!(
            (of("HTML, 8 KiB"), of("HTML, 1 MiB"), of("brackets, 1 MiB")),
            (Some(8 << 10), Some(1 << 20), Some(1 << 20))
        );
        assert_eq!(
            (of("members, 1 KiB"), of("members, 64 KiB"), of("members, 1024 KiB")),
            (Some(1 << 10), Some(64 << 10), Some(1 << 20))
        );
        for body in &BODIES[..5] {
            assert!(!code(&VERDICT, body).is_empty(), "{} has a code", body.name);
        }
    }
}
