//! From bytes to a document (R6 to R17), and the places of a document (R18 to R30).

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::action::{BodyKind, Object, Place};
use crate::code;
use crate::tables::{ERROR_OBJECT, TOP_LEVEL, position_in_error_object, position_in_top_level};

/// The largest body that is parsed, in bytes (R6).
const MOST_BYTES: usize = 1_048_576;
/// The most arrays and objects inside each other; the outermost is 1 (R14).
const MOST_LEVELS: usize = 64;
/// How many strings of `errors` are looked at (R29).
const MOST_ERRORS: usize = 16;

/// The keys of one object that are places.
pub(crate) struct Keys {
    /// The code places in their order, then the keys that are text places only.
    pub(crate) names: &'static [&'static str],
    /// How many of the names are code places.
    pub(crate) codes: usize,
    /// The text places in their order, as positions in `names`.
    pub(crate) texts: &'static [usize],
}

/// The members of an object that stand in places, those that are strings, at the positions of their keys.
type Members<'t, const KEYS: usize> = [Option<Text<'t>>; KEYS];

/// An object that is looked at, its keys and its members.
type Looked<'d, 't> = (Object, &'static Keys, &'d [Option<Text<'t>>]);

/// A string of a body. It owns nothing, so that nothing is to be freed of a document without escapes.
#[derive(Clone, Copy)]
pub(crate) enum Text<'t> {
    /// It is written without escapes.
    Plain(&'t str),
    /// Its escapes are undone; where it stands among those, in bytes.
    Decoded { start: usize, end: usize },
}

/// What a body says, as far as any rule asks.
#[derive(Default)]
pub(crate) struct Document<'t> {
    care: Care,
    is_form: bool,
    has_access_token: bool,
    tells_error: bool,
    top_level: Members<'t, { TOP_LEVEL.names.len() }>,
    /// What stands in `error`; or in the top level, when that is an array.
    error: Container<'t>,
    errors: Container<'t>,
    /// The strings whose escapes are undone, one after the other.
    decoded: String,
}

/// An object or array in `error` or `errors`, as far as any rule asks; the default stands for any other type.
#[derive(Default)]
struct Container<'t> {
    /// The object, or the first object directly in the array (R18).
    object: Option<Members<'t, { ERROR_OBJECT.names.len() }>>,
    /// The first strings directly in the array, blank ones among them (R29).
    strings: Option<[Option<Text<'t>>; MOST_ERRORS]>,
    is_array: bool,
    /// It holds, directly, a string that is not blank or an object with a member (R4, R5); or it is such an object.
    tells_error: bool,
}

/// How a body is to be read, or why it is not (R6, R9, R15, R17), and its bytes after the byte order mark (R7).
#[inline]
pub(crate) fn kind<'t>(content_type: Option<&str>, body: &'t [u8]) -> (BodyKind, &'t [u8]) {
    if body.len() > MOST_BYTES {
        return (BodyKind::TooLarge, body);
    }
    let body = body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body);
    let kind = match body.iter().find(|byte| !is_json_space(**byte)) {
        Some(b'{' | b'[') => BodyKind::Json,
        // Most content types are shorter than that of forms, which is seen without a call.
        _ if content_type.is_some_and(|content_type| content_type.len() >= FORM.len() && names_form(content_type)) => BodyKind::Form,
        _ => BodyKind::Neither,
    };
    (kind, body)
}

/// The media type of forms.
const FORM: &str = "application/x-www-form-urlencoded";

/// Whether the media type, which ends at the first `;`, is that of forms.
fn names_form(content_type: &str) -> bool {
    let start = code::trim_start(content_type);
    start.get(..FORM.len()).is_some_and(|media_type| media_type.eq_ignore_ascii_case(FORM))
        && matches!(code::trim_start(&start[FORM.len()..]).bytes().next(), None | Some(b';'))
}

impl<'t> Document<'t> {
    /// Reads a JSON text whose outermost value is an object or an array; or tells that it is not one (R10) or too deep (R14).
    pub(crate) fn read_json(&mut self, text: &'t str) -> Result<(), BodyKind> {
        // Few texts hold as many brackets as may stand inside each other; each takes two bytes, one to open and one to close.
        if text.len() > 2 * MOST_LEVELS && has_many_brackets(text) {
            check_limits(text)?;
        }
        if self.read(text).is_ok() {
            return Ok(());
        }
        check_limits(text)?;
        *self = Self { care: Care::Great, ..Self::default() }; // few texts hold what has to be read with care
        self.read(text).map_err(|_| BodyKind::NotJson)
    }

    fn read(&mut self, text: &'t str) -> serde_json::Result<()> {
        let mut json = serde_json::Deserializer::from_str(text);
        json.deserialize_any(Outermost { document: self })?;
        json.end() // no trailing bytes
    }

    /// Reads a form (R16).
    pub(crate) fn read_form(&mut self, pairs: &'t [u8]) {
        self.is_form = true;
        for (name, value) in form_urlencoded::parse(pairs) {
            match name.as_bytes() {
                b"access_token" => self.has_access_token = !is_blank(&value),
                name => {
                    if name == b"error" {
                        self.tells_error = !is_blank(&value);
                    }
                    if let Some(position) = position_in_top_level(name) {
                        self.top_level[position] = Some(match value {
                            Cow::Borrowed(value) => Text::Plain(value),
                            Cow::Owned(value) => self.keep(&value),
                        });
                    }
                }
            }
        }
    }

    /// Takes up a string whose escapes are undone.
    fn keep(&mut self, decoded: &str) -> Text<'t> {
        let start = self.decoded.len();
        self.decoded.push_str(decoded);
        Text::Decoded { start, end: self.decoded.len() }
    }

    /// How the body was read.
    pub(crate) fn body(&self) -> BodyKind {
        if self.is_form { BodyKind::Form } else { BodyKind::Json }
    }

    /// Whether the document, under a status 2xx, is a success (R3).
    pub(crate) fn is_success(&self) -> bool {
        self.has_access_token && !self.tells_error
    }

    /// The first text of the code places that, trimmed, is a code, and where it stands (R20, R24, R25).
    pub(crate) fn code(&self, secrets: &[&str]) -> Option<(Place, Text<'t>)> {
        let in_object = |(object, keys, members): Looked<'_, 't>| {
            keys.names[..keys.codes].iter().zip(members).find_map(|(key, text)| {
                let text = (*text)?;
                self.is_code(text, secrets).then_some((Place { object, key }, text))
            })
        };
        self.error_object().and_then(in_object).or_else(|| in_object(self.top_level()))
    }

    /// What `look` finds in the first text in which it finds something; texts are as decoded, and in their order (R26 to R29).
    pub(crate) fn find_text<T>(&self, secrets: &[&str], look: impl Fn(Place, Text<'t>) -> Option<T>) -> Option<T> {
        let look = |object, key, text: Text<'t>| if is_blank(self.str(text)) { None } else { look(Place { object, key }, text) };
        let in_object = |(object, keys, members): Looked<'_, 't>| {
            for position in keys.texts {
                // A code in `error` of the top level is no text (R27); no other code place is a text place.
                if let Some(text) = members[*position]
                    && !(*position < keys.codes && self.is_code(text, secrets))
                    && let Some(found) = look(object, keys.names[*position], text)
                {
                    return Some(found);
                }
            }
            None
        };
        self.error_object()
            .and_then(in_object)
            .or_else(|| self.errors.strings.as_ref()?.iter().find_map(|text| look(Object::Errors, "errors", (*text)?)))
            .or_else(|| in_object(self.top_level()))
    }

    /// Whether a text, trimmed, is a code (R1, R24).
    fn is_code(&self, text: Text<'t>, secrets: &[&str]) -> bool {
        code::is_code(code::trim(self.str(text)), secrets)
    }

    /// The error object (R18).
    fn error_object(&self) -> Option<Looked<'_, 't>> {
        let members = self.error.object.as_ref().or(self.errors.object.as_ref())?;
        Some((Object::ErrorObject, &ERROR_OBJECT, members))
    }

    /// The top level (R19).
    fn top_level(&self) -> Looked<'_, 't> {
        (Object::TopLevel, &TOP_LEVEL, &self.top_level)
    }

    /// The characters of a text.
    pub(crate) fn str<'d>(&'d self, text: Text<'t>) -> &'d str {
        match text {
            Text::Plain(text) => text,
            Text::Decoded { start, end } => &self.decoded[start..end],
        }
    }

    /// What `part` takes from a text; it is borrowed from the body where the text is.
    pub(crate) fn take(&self, text: Text<'t>, part: impl Fn(&str) -> Option<Cow<'_, str>>) -> Option<Cow<'t, str>> {
        match text {
            Text::Plain(text) => part(text),
            text => part(self.str(text)).map(|text| Cow::Owned(text.into_owned())),
        }
    }
}

/// Whether more brackets open in a text, also in its strings, than may stand inside each other.
fn has_many_brackets(text: &str) -> bool {
    // The two differ in one bit. A byte holds the sum of so few, and the compiler adds many bytes at once.
    let few = |bytes: &[u8]| bytes.iter().map(|byte| u8::from(byte | 0x20 == b'{')).sum::<u8>();
    let mut brackets = 0;
    text.as_bytes().chunks(255).any(|bytes| {
        brackets += usize::from(few(bytes));
        brackets > MOST_LEVELS
    })
}

/// Checks that a JSON text keeps the limit of depth (R14) and has no raw control in a string (R10), which serde_json does not check for
/// strings that are read as bytes.
fn check_limits(text: &str) -> Result<(), BodyKind> {
    let (mut depth, mut bytes) = (0_usize, text.bytes());
    while let Some(byte) = bytes.next() {
        match byte {
            b'{' | b'[' if depth == MOST_LEVELS => return Err(BodyKind::TooDeep),
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1), // more closing than opening fails to parse later
            b'"' => loop {
                // A string that does not end fails to parse later.
                match bytes.find(|byte| matches!(byte, b'"' | b'\\' | 0..0x20)) {
                    Some(b'\\') => _ = bytes.next(),
                    Some(0..0x20) => return Err(BodyKind::NotJson),
                    _ => break,
                }
            },
            _ => {}
        }
    }
    Ok(())
}

/// How keys and values are read. With usual care, serde_json refuses some of what RFC 8259 allows: a lone surrogate, and a number that no `f64`
/// holds. With great care strings are read as bytes, and each value is passed over first to tell its type from its first byte: this takes longer.
#[derive(Clone, Copy, Default)]
enum Care {
    #[default]
    Usual,
    Great,
}

/// Reads the outermost value into a document.
struct Outermost<'d, 't> {
    document: &'d mut Document<'t>,
}

impl<'t> Visitor<'t> for Outermost<'_, 't> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object or an array")
    }

    fn visit_map<A: MapAccess<'t>>(self, mut map: A) -> Result<(), A::Error> {
        let Self { document } = self;
        let mut error_tells = false;
        while let Some(key) = map.next_key_seed(Key { care: document.care, of: TopLevelKey::of })? {
            match key {
                TopLevelKey::AccessToken => {
                    let token = map.next_value_seed(Read { document, sink: Sink::Nothing })?;
                    document.has_access_token = token.is_some_and(|token| !is_blank(document.str(token)));
                }
                TopLevelKey::Error(position) => {
                    document.error = Container::default();
                    let string = map.next_value_seed(Read { document, sink: Sink::Member(Holder::Error) })?;
                    error_tells = string.is_some_and(|string| !is_blank(document.str(string)));
                    document.top_level[position] = string;
                }
                TopLevelKey::Errors => {
                    document.errors = Container::default();
                    map.next_value_seed(Read { document, sink: Sink::Member(Holder::Errors) })?;
                }
                TopLevelKey::Place(position) => {
                    document.top_level[position] = map.next_value_seed(Read { document, sink: Sink::Nothing })?;
                }
                TopLevelKey::Other => _ = map.next_value::<IgnoredAny>()?,
            }
        }
        if !document.errors.is_array {
            document.errors = Container::default(); // only an array says anything (R5, R18, R29)
        }
        document.tells_error = error_tells || document.error.tells_error || document.errors.tells_error;
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'t>>(self, seq: A) -> Result<(), A::Error> {
        self.document.read_array(Holder::Error, seq)
    }
}

impl<'t> Document<'t> {
    fn container(&mut self, holder: Holder) -> &mut Container<'t> {
        match holder {
            Holder::Error => &mut self.error,
            Holder::Errors => &mut self.errors,
        }
    }

    fn read_object<A: MapAccess<'t>>(&mut self, holder: Holder, mut map: A) -> Result<(), A::Error> {
        let mut members = Members::default();
        let mut tells_error = false;
        while let Some(position) = map.next_key_seed(Key { care: self.care, of: position_in_error_object })? {
            tells_error = true;
            match position {
                Some(position) => members[position] = map.next_value_seed(Read { document: self, sink: Sink::Nothing })?,
                None => _ = map.next_value::<IgnoredAny>()?,
            }
        }
        let container = self.container(holder);
        container.object = Some(members);
        container.tells_error |= tells_error;
        Ok(())
    }

    fn read_array<A: SeqAccess<'t>>(&mut self, holder: Holder, mut seq: A) -> Result<(), A::Error> {
        self.container(holder).is_array = true;
        let mut strings = 0;
        while let Some(string) = seq.next_element_seed(Read { document: self, sink: Sink::Element(holder) })? {
            let Some(string) = string else { continue };
            let is_blank = is_blank(self.str(string));
            let container = self.container(holder);
            container.tells_error |= !is_blank;
            if let Some(slot) = container.strings.get_or_insert_default().get_mut(strings) {
                *slot = Some(string);
                strings += 1;
            }
        }
        Ok(())
    }
}

/// A member of the top level whose object or array is looked into; an array at the top level is as one in `error`.
#[derive(Clone, Copy)]
enum Holder {
    Error,
    Errors,
}

/// Where a value goes that is not a string.
#[derive(Clone, Copy)]
enum Sink {
    /// It is passed over.
    Nothing,
    /// It stands in such a member.
    Member(Holder),
    /// It stands directly in an array in such a member.
    Element(Holder),
}

/// Reads a value, and gives it when it is a string.
struct Read<'d, 't> {
    document: &'d mut Document<'t>,
    sink: Sink,
}

impl<'t> DeserializeSeed<'t> for Read<'_, 't> {
    type Value = Option<Text<'t>>;

    fn deserialize<D: Deserializer<'t>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        if matches!(self.document.care, Care::Usual) {
            return deserializer.deserialize_any(self);
        }
        let text = <&RawValue>::deserialize(deserializer)?.get();
        let mut json = serde_json::Deserializer::from_str(text);
        let string = match text.as_bytes() {
            [b'"', ..] => json.deserialize_bytes(self),
            [b'{' | b'[', ..] => json.deserialize_any(self),
            _ => Ok(None),
        };
        string.map_err(D::Error::custom)
    }
}

impl<'t> Visitor<'t> for Read<'_, 't> {
    type Value = Option<Text<'t>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_borrowed_str<E>(self, string: &'t str) -> Result<Self::Value, E> {
        Ok(Some(Text::Plain(string)))
    }

    fn visit_str<E>(self, string: &str) -> Result<Self::Value, E> {
        Ok(Some(self.document.keep(string)))
    }

    /// For a lone surrogate serde_json gives the three bytes that would encode it, which are not UTF-8 and become U+FFFD (R12).
    fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Self::Value, E> {
        Ok(Some(self.document.keep(&String::from_utf8_lossy(bytes))))
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_map<A: MapAccess<'t>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let Self { document, sink } = self;
        match sink {
            Sink::Member(holder) => document.read_object(holder, map)?,
            Sink::Element(holder) if document.container(holder).object.is_none() => document.read_object(holder, map)?,
            sink => {
                let mut is_empty = true;
                while map.next_key_seed(Key { care: document.care, of: |_| () })?.is_some() {
                    map.next_value::<IgnoredAny>()?;
                    is_empty = false;
                }
                if let Sink::Element(holder) = sink {
                    document.container(holder).tells_error |= !is_empty;
                }
            }
        }
        Ok(None)
    }

    fn visit_seq<A: SeqAccess<'t>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        match self.sink {
            Sink::Member(holder) => self.document.read_array(holder, seq)?,
            Sink::Nothing | Sink::Element(_) => while seq.next_element::<IgnoredAny>()?.is_some() {},
        }
        Ok(None)
    }
}

/// What a key of the top level is.
enum TopLevelKey {
    AccessToken,
    /// With the position among the places.
    Error(usize),
    Errors,
    Place(usize),
    Other,
}

impl TopLevelKey {
    fn of(key: &[u8]) -> Self {
        match key {
            b"access_token" => Self::AccessToken,
            b"errors" => Self::Errors,
            key => match position_in_top_level(key) {
                Some(position) if key == b"error" => Self::Error(position),
                Some(position) => Self::Place(position),
                None => Self::Other,
            },
        }
    }
}

/// Reads a key, and gives what the function tells of it.
struct Key<T> {
    care: Care,
    of: fn(&[u8]) -> T,
}

impl<'t, T> DeserializeSeed<'t> for Key<T> {
    type Value = T;

    fn deserialize<D: Deserializer<'t>>(self, deserializer: D) -> Result<T, D::Error> {
        match self.care {
            Care::Usual => deserializer.deserialize_str(self),
            Care::Great => deserializer.deserialize_bytes(self),
        }
    }
}

impl<'t, T> Visitor<'t> for Key<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E: Error>(self, key: &str) -> Result<T, E> {
        // With its feature `arbitrary_precision`, which any crate of a program can ask for, serde_json shows a number as an object with this key.
        if key == "$serde_json::private::Number" {
            Err(E::custom("a number, or an object that looks like one"))
        } else {
            Ok((self.of)(key.as_bytes()))
        }
    }

    /// A key with a lone surrogate equals none: its bytes are not UTF-8.
    fn visit_bytes<E>(self, key: &[u8]) -> Result<T, E> {
        Ok((self.of)(key))
    }
}

fn is_blank(text: &str) -> bool {
    text.bytes().all(code::is_space)
}

fn is_json_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}
