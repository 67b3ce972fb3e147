//! JSON as a tree that keeps the details that other trees drop: the order of members, duplicates,
//! the spelling of strings and numbers, white space, and text that is not JSON at all.

use std::borrow::Cow;
use std::fmt::Write;

/// The most levels that [`Json::read`] reads, because it recurses.
const MOST_LEVELS: usize = 256;

/// A JSON text.
///
/// ```
/// use relogin_conformance::generate::json::Json;
/// let text = "{ \"a\" : [\"\\u00e9\\/\", 1e999 ] , \"a\" : null}";
/// assert_eq!(Json::read(text).unwrap().render(), text);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Json {
    /// The outermost value.
    pub value: Value,
    /// The white space: gap number `n`, counted from the beginning of the text, holds `gaps[n %
    /// gaps.len()]`. When empty, there is no white space.
    pub gaps: Vec<Cow<'static, str>>,
}

impl Json {
    /// The text.
    ///
    /// ```
    /// use relogin_conformance::generate::json::{Json, Value};
    /// let value = Value::object([("error", Value::text("invalid_grant"))]);
    /// assert_eq!(Json { value, gaps: vec![" ".into()] }.render(), " { \"error\" : \"invalid_grant\" } ");
    /// ```
    #[must_use]
    pub fn render(&self) -> String {
        let mut writer = Writer { out: String::with_capacity(256), gaps: &self.gaps, gap: 0 };
        writer.gap();
        writer.value(&self.value);
        writer.gap();
        writer.out
    }

    /// Reads a text that is JSON by RFC 8259, so that it renders to the same text. `None` when it
    /// is not JSON, or is too deep for this reader.
    ///
    /// ```
    /// use relogin_conformance::generate::json::Json;
    /// assert!(Json::read("[1,]").is_none());
    /// ```
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let mut reader = Reader { rest: text, gaps: Vec::new(), levels: 0 };
        reader.gap();
        let value = reader.value()?;
        reader.gap();
        let gaps = if reader.gaps.iter().all(|gap| gap.is_empty()) { Vec::new() } else { reader.gaps };
        reader.rest.is_empty().then_some(Self { value, gaps })
    }
}

impl From<Value> for Json {
    /// Without white space.
    ///
    /// ```
    /// use relogin_conformance::generate::json::{Json, Value};
    /// assert_eq!(Json::from(Value::Array(vec![])).render(), "[]");
    /// ```
    fn from(value: Value) -> Self {
        Self { value, gaps: Vec::new() }
    }
}

/// A value, or other text in the place of a value.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A number, `true`, `false` or `null`, or any other text, written verbatim.
    Bare(Cow<'static, str>),
    /// A string.
    Text(Text),
    /// An array.
    Array(Vec<Self>),
    /// An object: its members in order, duplicate keys included.
    Object(Vec<(Text, Self)>),
    /// Nested arrays, or arrays and objects in turn, around a value; without white space.
    Deep {
        /// The number of arrays and objects.
        levels: usize,
        /// Whether every second one is an object.
        objects: bool,
        /// The value in the innermost.
        inner: Box<Self>,
    },
}

impl Value {
    /// `null`.
    pub const NULL: Self = Self::Bare(Cow::Borrowed("null"));

    /// A string that is spelled plainly.
    ///
    /// ```
    /// use relogin_conformance::generate::json::{Json, Value};
    /// assert_eq!(Json::from(Value::text("a\n\"")).render(), r#""a\n\"""#);
    /// ```
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(Text::from(text.into()))
    }

    /// A number, or any other text, written verbatim.
    ///
    /// ```
    /// use relogin_conformance::generate::json::{Json, Value};
    /// assert_eq!(Json::from(Value::bare("NaN")).render(), "NaN");
    /// ```
    pub fn bare(text: impl Into<Cow<'static, str>>) -> Self {
        Self::Bare(text.into())
    }

    /// An object whose keys are spelled plainly.
    ///
    /// ```
    /// use relogin_conformance::generate::json::{Json, Value};
    /// assert_eq!(Json::from(Value::object([("a", Value::NULL)])).render(), r#"{"a":null}"#);
    /// ```
    pub fn object<'k>(members: impl IntoIterator<Item = (&'k str, Self)>) -> Self {
        Self::Object(members.into_iter().map(|(key, value)| (Text::from(key), value)).collect())
    }
}

/// A string or key, as pieces that know how they are spelled.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text(pub Vec<Piece>);

impl From<String> for Text {
    /// Spelled plainly.
    ///
    /// ```
    /// use relogin_conformance::generate::json::{Piece, Text};
    /// assert_eq!(Text::from("a".to_owned()), Text(vec![Piece::Plain("a".into())]));
    /// ```
    fn from(text: String) -> Self {
        Self(if text.is_empty() { Vec::new() } else { vec![Piece::Plain(text.into())] })
    }
}

impl From<&str> for Text {
    /// Spelled plainly.
    ///
    /// ```
    /// use relogin_conformance::generate::json::Text;
    /// assert_eq!(Text::from(""), Text::default());
    /// ```
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

/// A piece of a string.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Plain text, with the shortest escape where RFC 8259 requires one.
    Plain(Cow<'static, str>),
    /// Plain text, repeated.
    Times(Cow<'static, str>, usize),
    /// Each UTF-16 unit as a `\u` escape, so a pair of them above U+FFFF.
    Escaped(Cow<'static, str>),
    /// The `\u` escape of one UTF-16 unit, such as a lone surrogate.
    Unit(u16),
    /// Verbatim text, whether or not RFC 8259 allows it: a raw control, an unknown escape,
    /// upper-case digits.
    Verbatim(Cow<'static, str>),
}

struct Writer<'j> {
    out: String,
    gaps: &'j [Cow<'static, str>],
    gap: usize,
}

impl Writer<'_> {
    fn gap(&mut self) {
        if !self.gaps.is_empty() {
            self.out.push_str(&self.gaps[self.gap % self.gaps.len()]);
            self.gap += 1;
        }
    }

    fn value(&mut self, value: &Value) {
        match value {
            Value::Bare(text) => self.out.push_str(text),
            Value::Text(text) => self.text(text),
            Value::Array(elements) => self.container(['[', ']'], elements, Self::value),
            Value::Object(members) => self.container(['{', '}'], members, |writer, (key, value)| {
                writer.text(key);
                writer.gap();
                writer.out.push(':');
                writer.gap();
                writer.value(value);
            }),
            Value::Deep { levels, objects, inner } => {
                let (open, close) = if *objects { ("[{\"a\":", "}]") } else { ("[[", "]]") };
                self.out.push_str(if levels % 2 == 1 { "[" } else { "" });
                self.out.extend(std::iter::repeat_n(open, levels / 2));
                self.value(inner);
                self.out.extend(std::iter::repeat_n(close, levels / 2));
                self.out.push_str(if levels % 2 == 1 { "]" } else { "" });
            }
        }
    }

    /// The gaps: one in an empty container, one on each side of an item otherwise.
    fn container<T>(&mut self, [open, close]: [char; 2], items: &[T], item: fn(&mut Self, &T)) {
        self.out.push(open);
        for (index, it) in items.iter().enumerate() {
            if index > 0 {
                self.out.push(',');
            }
            self.gap();
            item(self, it);
            self.gap();
        }
        if items.is_empty() {
            self.gap();
        }
        self.out.push(close);
    }

    fn text(&mut self, text: &Text) {
        self.out.push('"');
        for piece in &text.0 {
            match piece {
                Piece::Plain(text) => plain(&mut self.out, text),
                Piece::Times(text, times) => {
                    let mut once = String::new();
                    plain(&mut once, text);
                    self.out.push_str(&once.repeat(*times));
                }
                Piece::Escaped(text) => text.encode_utf16().for_each(|unit| escape(&mut self.out, unit)),
                Piece::Unit(unit) => escape(&mut self.out, *unit),
                Piece::Verbatim(text) => self.out.push_str(text),
            }
        }
        self.out.push('"');
    }
}

fn plain(out: &mut String, text: &str) {
    let mut rest = text;
    while let Some(at) = rest.bytes().position(|byte| byte < b' ' || byte == b'"' || byte == b'\\') {
        out.push_str(&rest[..at]);
        let c = char::from(rest.as_bytes()[at]);
        match SHORT.iter().find(|(_, short)| *short == c) {
            Some((letter, _)) => out.extend(['\\', *letter]),
            None => escape(out, c as u16),
        }
        rest = &rest[at + 1..];
    }
    out.push_str(rest);
}

fn escape(out: &mut String, unit: u16) {
    // Writing to a string cannot fail.
    _ = write!(out, "\\u{unit:04x}");
}

/// The short escapes that `plain` writes.
const SHORT: [(char, char); 7] =
    [('"', '"'), ('\\', '\\'), ('n', '\n'), ('r', '\r'), ('t', '\t'), ('b', '\u{8}'), ('f', '\u{c}')];

/// Reads by recursion; `None` anywhere means that the text is not JSON.
struct Reader<'t> {
    rest: &'t str,
    gaps: Vec<Cow<'static, str>>,
    levels: usize,
}

impl<'t> Reader<'t> {
    fn gap(&mut self) {
        let gap = self.take_while(|byte| b" \t\n\r".contains(&byte)).to_owned();
        self.gaps.push(gap.into());
    }

    fn take_while(&mut self, is_in: impl Fn(u8) -> bool) -> &'t str {
        // `is_in` accepts only ASCII, so the end lies between two characters.
        self.take(self.rest.bytes().position(|byte| !is_in(byte)).unwrap_or(self.rest.len()))
    }

    fn take(&mut self, bytes: usize) -> &'t str {
        let (taken, rest) = self.rest.split_at(bytes);
        self.rest = rest;
        taken
    }

    fn eat(&mut self, c: char) -> bool {
        let rest = self.rest.strip_prefix(c);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn value(&mut self) -> Option<Value> {
        if self.eat('"') {
            return self.text().map(Value::Text);
        }
        if self.eat('[') {
            return self.items(']', Self::value).map(Value::Array);
        }
        if self.eat('{') {
            let member = |reader: &mut Self| {
                let key = if reader.eat('"') { reader.text()? } else { return None };
                reader.gap();
                let has_colon = reader.eat(':');
                reader.gap();
                Some((key, if has_colon { reader.value()? } else { return None }))
            };
            return self.items('}', member).map(Value::Object);
        }
        let bare = self.take_while(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
        (matches!(bare, "null" | "true" | "false") || is_number(bare)).then(|| Value::bare(bare.to_owned()))
    }

    fn items<T>(&mut self, close: char, item: impl Fn(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        self.levels += 1;
        let mut items = Vec::new();
        while self.levels <= MOST_LEVELS {
            self.gap();
            if items.is_empty() && self.eat(close) {
                self.levels -= 1;
                return Some(items);
            }
            items.push(item(self)?);
            self.gap();
            if self.eat(close) {
                self.levels -= 1;
                return Some(items);
            }
            if !self.eat(',') {
                return None;
            }
        }
        None
    }

    /// Reads a string after its first quote.
    fn text(&mut self) -> Option<Text> {
        let mut pieces: Vec<Piece> = Vec::new();
        loop {
            let piece = match self.rest.bytes().position(|byte| byte == b'"' || byte == b'\\' || byte < b' ')? {
                0 if self.eat('"') => return Some(Text(pieces)),
                0 => self.escape()?,
                end => Piece::Plain(self.take(end).to_owned().into()),
            };
            match (pieces.last_mut(), piece) {
                (Some(Piece::Plain(before)), Piece::Plain(more)) => before.to_mut().push_str(&more),
                (Some(Piece::Escaped(before)), Piece::Escaped(more)) => before.to_mut().push_str(&more),
                (_, piece) => pieces.push(piece),
            }
        }
    }

    /// Reads an escape. It is kept verbatim unless the writer spells it the same way.
    fn escape(&mut self) -> Option<Piece> {
        let letter = self.rest.strip_prefix('\\')?.chars().next()?;
        if let Some((_, c)) = SHORT.iter().find(|(short, _)| *short == letter) {
            self.take(2);
            return Some(Piece::Plain(c.to_string().into()));
        }
        let (first, second) = (unit(self.rest), self.rest.get(6..).and_then(unit));
        let (units, width) = match (first, second) {
            _ if letter == '/' => return Some(Piece::Verbatim(self.take(2).to_owned().into())),
            (Some(high @ 0xD800..=0xDBFF), Some(low @ 0xDC00..=0xDFFF)) => (vec![high, low], 12),
            (Some(unit), _) => (vec![unit], 6),
            (None, _) => return None,
        };
        let spelled = self.take(width);
        if spelled.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return Some(Piece::Verbatim(spelled.to_owned().into()));
        }
        Some(String::from_utf16(&units).map_or(Piece::Unit(units[0]), |text| Piece::Escaped(text.into())))
    }
}

/// The number in a `\u` escape at the beginning of a text.
fn unit(text: &str) -> Option<u16> {
    let digits =
        text.strip_prefix("\\u")?.get(..4).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
    u16::from_str_radix(digits, 16).ok()
}

/// RFC 8259 section 6.
fn is_number(text: &str) -> bool {
    fn digits(text: &str) -> Option<&str> {
        let rest = text.trim_start_matches(|c: char| c.is_ascii_digit());
        (rest.len() < text.len()).then_some(rest)
    }
    let text = text.strip_prefix('-').unwrap_or(text);
    let after_integer = text.strip_prefix('0').map_or_else(|| digits(text), Some);
    let after_fraction = after_integer.and_then(|rest| rest.strip_prefix('.').map_or(Some(rest), digits));
    let after_exponent = after_fraction.and_then(|rest| match rest.strip_prefix(['e', 'E']) {
        Some(exponent) => digits(exponent.strip_prefix(['+', '-']).unwrap_or(exponent)),
        None => Some(rest),
    });
    after_exponent == Some("")
}

impl Text {
    /// The decoded string, with verbatim pieces unchanged.
    pub(crate) fn decoded(&self) -> String {
        let decoded = |piece: &Piece| match piece {
            Piece::Plain(text) | Piece::Escaped(text) | Piece::Verbatim(text) => text.to_string(),
            Piece::Times(text, times) => text.repeat(*times),
            Piece::Unit(unit) => char::from_u32(u32::from(*unit)).unwrap_or(char::REPLACEMENT_CHARACTER).to_string(),
        };
        self.0.iter().map(decoded).collect()
    }
}
