//! From bytes to a document (R6 to R17), and the places of a document (R18 to R30).

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::action::{BodyKind, Object, Place};
use crate::clean;
use crate::code::{self, Code};
use crate::tables::{ACCESS_TOKEN, ERROR, ERROR_OBJECT, ERRORS, TOP_LEVEL, position_in_error_object, position_in_top_level};

/// The largest body that is parsed, in bytes (R6).
const MOST_BYTES: usize = 1_048_576;
/// The most arrays and objects inside each other; the outermost is 1 (R14).
const MOST_LEVELS: usize = 64;
/// How many strings of `errors` are looked at (R29).
const MOST_ERRORS: usize = 16;

/// The keys of one object that say something.
pub(crate) struct Keys {
    /// The code places in their order, then the keys that are text places only, then those that are no places.
    pub(crate) names: &'static [&'static str],
    /// How many of the names are code places.
    pub(crate) codes: usize,
    /// The text places in their order, as positions in `names`.
    pub(crate) texts: &'static [usize],
}

/// The members of an object that are strings, at the positions of their keys among those that say something.
type Members<'t, const KEYS: usize> = [Option<Text<'t>>; KEYS];

/// An object that is looked at, its keys and its members.
type Looked<'d, 't> = (Object, &'static Keys, &'d [Option<Text<'t>>]);

/// A body that is to be read as JSON (R9) or as a form (R15), after its byte order mark.
#[derive(Clone, Copy)]
pub(crate) enum Readable<'t> {
    Json(&'t str),
    Form(&'t [u8]),
}

/// A string of a body. It owns nothing, so that nothing is to be freed of a document without escapes.
#[derive(Clone, Copy)]
pub(crate) enum Text<'t> {
    /// It is written without escapes.
    Plain(&'t str),
    /// Its escapes are undone; where it stands among those, in bytes.
    Decoded { start: usize, end: usize },
}

/// A code of a document.
pub(crate) struct FoundCode<'t> {
    pub(crate) place: Place,
    /// The code, trimmed.
    pub(crate) text: Text<'t>,
    /// Its row in the registry, if it has one.
    pub(crate) row: Option<&'static Code>,
}

/// What a body says, as far as any rule asks.
#[derive(Default)]
pub(crate) struct Document<'t> {
    is_form: bool,
    top_level: Members<'t, { TOP_LEVEL.names.len() }>,
    /// What stands in `error`; or the outermost array.
    error: Container<'t>,
    errors: Container<'t>,
    decoded: Decoded,
}

/// The strings whose escapes are undone, one after the other.
#[derive(Default)]
struct Decoded(String);

/// An object or array in `error` or `errors`, as far as any rule asks; the default stands for any other type.
#[derive(Default)]
struct Container<'t> {
    /// The object, or the first object directly in the array (R18).
    object: Option<Members<'t, { ERROR_OBJECT.names.len() }>>,
    /// The first strings directly in the array, blank ones among them (R29).
    strings: Option<[Option<Text<'t>>; MOST_ERRORS]>,
    /// It holds, directly, a string that is not blank or an object with a member (R4, R5); or it is such an object.
    tells_error: bool,
}

/// The bytes of a body after its byte order mark (R7), unless it is too large (R6).
#[inline]
pub(crate) fn after_byte_order_mark(body: &[u8]) -> Option<&[u8]> {
    match body {
        body if body.len() > MOST_BYTES => None,
        [0xEF, 0xBB, 0xBF, body @ ..] => Some(body),
        body => Some(body),
    }
}

/// Whether a body can be JSON (R9).
#[inline]
pub(crate) fn begins_as_json(body: &[u8]) -> bool {
    matches!(body.iter().find(|byte| !is_json_space(**byte)), Some(b'{' | b'['))
}

/// The media type of forms.
const FORM: &str = "application/x-www-form-urlencoded";

/// Whether a content type is long enough to be that of forms, as most are not; only for speed.
#[inline]
pub(crate) fn may_name_form(content_type: &str) -> bool {
    content_type.len() >= FORM.len()
}

/// Whether the media type, which ends at the first `;`, is that of forms (R15).
pub(crate) fn names_form(content_type: &str) -> bool {
    let start = code::trim_start(content_type);
    start.get(..FORM.len()).is_some_and(|media_type| media_type.eq_ignore_ascii_case(FORM))
        && matches!(code::trim_start(&start[FORM.len()..]).bytes().next(), None | Some(b';'))
}

impl<'t> Document<'t> {
    /// Reads a body; or tells that it is no JSON text whose outermost value is an object or an array (R10), or too deep (R14).
    pub(crate) fn read(&mut self, body: Readable<'t>) -> Result<(), BodyKind> {
        match body {
            Readable::Json(text) => self.read_json(text),
            Readable::Form(pairs) => {
                self.read_form(pairs);
                Ok(())
            }
        }
    }

    fn read_json(&mut self, text: &'t str) -> Result<(), BodyKind> {
        // Few texts hold as many brackets as may stand inside each other; each takes two bytes, one to open and one to close.
        if text.len() > 2 * MOST_LEVELS && has_many_brackets(text) {
            check_limits(text)?;
        }
        if self.read_value::<false>(text).is_ok() {
            return Ok(());
        }
        check_limits(text)?;
        *self = Self::default();
        self.read_value::<true>(text).map_err(|_| BodyKind::NotJson)
    }

    fn read_value<const WITH_CARE: bool>(&mut self, text: &'t str) -> serde_json::Result<()> {
        let mut json = serde_json::Deserializer::from_str(text);
        json.deserialize_any(Outermost::<WITH_CARE> { document: self })?;
        json.end() // no trailing bytes
    }

    /// Reads a form (R16).
    fn read_form(&mut self, pairs: &'t [u8]) {
        self.is_form = true;
        for (name, value) in form_urlencoded::parse(pairs) {
            if let Some(position) = position_in_top_level(name.as_bytes()) {
                self.top_level[position] = Some(match value {
                    Cow::Borrowed(value) => Text::Plain(value),
                    Cow::Owned(value) => self.decoded.keep(&value),
                });
            }
        }
    }

    /// How the body was read.
    pub(crate) fn body(&self) -> BodyKind {
        if self.is_form { BodyKind::Form } else { BodyKind::Json }
    }

    /// Whether the document, under a status 2xx, is a success (R3).
    pub(crate) fn is_success(&self) -> bool {
        let has_text = |position: usize| self.top_level[position].is_some_and(|text| !is_blank(self.str(text)));
        let tells_error = has_text(ERROR) || self.error.tells_error || self.errors.tells_error;
        has_text(ACCESS_TOKEN) && !tells_error
    }

    /// The first text of the code places that, trimmed, is a code (R20, R24, R25).
    #[inline]
    pub(crate) fn code(&self, secrets: &[&str]) -> Option<FoundCode<'t>> {
        for (object, keys, members) in self.objects() {
            for (key, text) in keys.names[..keys.codes].iter().zip(members) {
                if let Some(text) = text
                    && let text = self.trimmed(*text)
                    && let Some(row) = code::of(self.str(text), secrets)
                {
                    return Some(FoundCode { place: Place { object, key }, text, row });
                }
            }
        }
        None
    }

    /// What `look` finds in the first text in which it finds something, which is no blank one; texts are as decoded, and in their order (R26 to
    /// R29).
    #[inline]
    pub(crate) fn find_text<T>(&self, secrets: &[&str], look: impl Fn(Place, Text<'t>) -> Option<T>) -> Option<T> {
        for (object, keys, members) in self.objects() {
            for position in keys.texts {
                // A code in `error` of the top level is no text (R27); no other code place is a text place.
                if let Some(Some(text)) = members.get(*position)
                    && !(*position < keys.codes && code::of(self.str(self.trimmed(*text)), secrets).is_some())
                    && let Some(found) = look(Place { object, key: keys.names[*position] }, *text)
                {
                    return Some(found);
                }
            }
            if let (Object::ErrorObject, Some(strings)) = (object, &self.errors.strings) {
                // They stand between the two objects (R29).
                for text in strings.iter().flatten() {
                    if let Some(found) = look(Place { object: Object::Errors, key: "errors" }, *text) {
                        return Some(found);
                    }
                }
            }
        }
        None
    }

    /// The error object (R18), without members if there is none, and the top level (R19).
    #[inline]
    fn objects(&self) -> [Looked<'_, 't>; 2] {
        let error_object = self.error.object.as_ref().or(self.errors.object.as_ref());
        [
            (Object::ErrorObject, &ERROR_OBJECT, error_object.map_or(&[], |members| members.as_slice())),
            (Object::TopLevel, &TOP_LEVEL, &self.top_level),
        ]
    }

    /// A text without the space around it (R1).
    #[inline]
    fn trimmed(&self, text: Text<'t>) -> Text<'t> {
        match text {
            Text::Plain(text) => Text::Plain(code::trim(text)),
            Text::Decoded { start, .. } => {
                let whole = self.str(text);
                let start = start + whole.len() - code::trim_start(whole).len();
                Text::Decoded { start, end: start + code::trim(whole).len() }
            }
        }
    }

    /// The characters of a text.
    pub(crate) fn str<'d>(&'d self, text: Text<'t>) -> &'d str {
        self.decoded.str(text)
    }

    /// A text, borrowed from the body if it can be.
    #[inline]
    pub(crate) fn take(&self, text: Text<'t>) -> Cow<'t, str> {
        match text {
            Text::Plain(text) => Cow::Borrowed(text),
            text => Cow::Owned(self.str(text).to_owned()),
        }
    }

    /// A text, cleaned, if anything is left of it (R37 to R42); borrowed from the body if it can be.
    #[inline]
    pub(crate) fn clean(&self, text: Text<'t>, secrets: &[&str]) -> Option<Cow<'t, str>> {
        match text {
            Text::Plain(text) => clean::clean(text, secrets),
            text => self.clean_decoded(text, secrets),
        }
    }

    #[inline(never)] // few texts have escapes, and the others save no registers for it
    fn clean_decoded(&self, text: Text<'t>, secrets: &[&str]) -> Option<Cow<'t, str>> {
        clean::clean(self.str(text), secrets).map(|text| Cow::Owned(text.into_owned()))
    }
}

impl Decoded {
    /// Takes up a string.
    fn keep<'t>(&mut self, decoded: &str) -> Text<'t> {
        let start = self.0.len();
        self.0.push_str(decoded);
        Text::Decoded { start, end: self.0.len() }
    }

    /// The characters of a text.
    fn str<'d>(&'d self, text: Text<'d>) -> &'d str {
        match text {
            Text::Plain(text) => text,
            Text::Decoded { start, end } => &self.0[start..end],
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

/// Reads the outermost value into a document.
///
/// Without care, some of what RFC 8259 allows is refused: a lone surrogate, a number that no `f64` holds, and what [`Key`] refuses. With care
/// strings are read as bytes, and each value is passed over first to tell its type from its first byte: this takes longer, and few bodies ask for it.
struct Outermost<'d, 't, const WITH_CARE: bool> {
    document: &'d mut Document<'t>,
}

impl<'t, const WITH_CARE: bool> Visitor<'t> for Outermost<'_, 't, WITH_CARE> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object or an array")
    }

    fn visit_map<A: MapAccess<'t>>(self, mut map: A) -> Result<(), A::Error> {
        let Document { top_level, decoded, error, errors, .. } = self.document;
        while let Some(position) = map.next_key_seed(Key::<WITH_CARE, _>(position_in_top_level))? {
            match position {
                // The last of members with the same key counts (R11).
                Some(ERROR) => {
                    *error = Container::default();
                    top_level[ERROR] = map.next_value_seed(Read::<WITH_CARE> { decoded, sink: Sink::Error(error) })?;
                }
                Some(ERRORS) => {
                    *errors = Container::default();
                    map.next_value_seed(Read::<WITH_CARE> { decoded, sink: Sink::Errors(errors) })?;
                }
                Some(position) => top_level[position] = map.next_value_seed(Read::<WITH_CARE> { decoded, sink: Sink::Nothing })?,
                None => _ = map.next_value::<IgnoredAny>()?,
            }
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'t>>(self, seq: A) -> Result<(), A::Error> {
        let Document { decoded, error, .. } = self.document;
        error.read_array::<_, WITH_CARE>(decoded, seq)
    }
}

impl<'t> Container<'t> {
    fn read_object<A: MapAccess<'t>, const WITH_CARE: bool>(&mut self, decoded: &mut Decoded, mut map: A) -> Result<(), A::Error> {
        let members = self.object.insert(Members::default());
        while let Some(position) = map.next_key_seed(Key::<WITH_CARE, _>(position_in_error_object))? {
            self.tells_error = true;
            match position {
                Some(position) => members[position] = map.next_value_seed(Read::<WITH_CARE> { decoded, sink: Sink::Nothing })?,
                None => _ = map.next_value::<IgnoredAny>()?,
            }
        }
        Ok(())
    }

    fn read_array<A: SeqAccess<'t>, const WITH_CARE: bool>(&mut self, decoded: &mut Decoded, mut seq: A) -> Result<(), A::Error> {
        let mut strings = 0;
        while let Some(string) = seq.next_element_seed(Read::<WITH_CARE> { decoded, sink: Sink::Element(self) })? {
            let Some(string) = string else { continue };
            self.tells_error |= !is_blank(decoded.str(string));
            if let Some(slot) = self.strings.get_or_insert_default().get_mut(strings) {
                *slot = Some(string);
                strings += 1;
            }
        }
        Ok(())
    }
}

/// Where a value goes that is not a string.
enum Sink<'d, 't> {
    /// It is passed over.
    Nothing,
    /// It stands in `error`, where an object and an array are looked into.
    Error(&'d mut Container<'t>),
    /// It stands in `errors`, where only an array says anything (R5, R18, R29).
    Errors(&'d mut Container<'t>),
    /// It stands directly in an array there, or in the outermost array.
    Element(&'d mut Container<'t>),
}

/// Reads a value, and gives it when it is a string.
struct Read<'d, 't, const WITH_CARE: bool> {
    decoded: &'d mut Decoded,
    sink: Sink<'d, 't>,
}

impl<'t, const WITH_CARE: bool> DeserializeSeed<'t> for Read<'_, 't, WITH_CARE> {
    type Value = Option<Text<'t>>;

    fn deserialize<D: Deserializer<'t>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        if !WITH_CARE {
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

impl<'t, const WITH_CARE: bool> Visitor<'t> for Read<'_, 't, WITH_CARE> {
    type Value = Option<Text<'t>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_borrowed_str<E>(self, string: &'t str) -> Result<Self::Value, E> {
        Ok(Some(Text::Plain(string)))
    }

    fn visit_str<E>(self, string: &str) -> Result<Self::Value, E> {
        Ok(Some(self.decoded.keep(string)))
    }

    /// For a lone surrogate serde_json gives the three bytes that would encode it, which are not UTF-8 and become U+FFFD (R12).
    fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Self::Value, E> {
        Ok(Some(self.decoded.keep(&String::from_utf8_lossy(bytes))))
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
        let Self { decoded, sink } = self;
        match sink {
            Sink::Error(container) => container.read_object::<_, WITH_CARE>(decoded, map)?,
            Sink::Element(container) if container.object.is_none() => container.read_object::<_, WITH_CARE>(decoded, map)?,
            sink => {
                let mut is_empty = true;
                while map.next_key_seed(Key::<WITH_CARE, _>(|_: &[u8]| ()))?.is_some() {
                    map.next_value::<IgnoredAny>()?;
                    is_empty = false;
                }
                if let Sink::Element(container) = sink {
                    container.tells_error |= !is_empty;
                }
            }
        }
        Ok(None)
    }

    fn visit_seq<A: SeqAccess<'t>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        match self.sink {
            Sink::Error(container) | Sink::Errors(container) => container.read_array::<_, WITH_CARE>(self.decoded, seq)?,
            Sink::Nothing | Sink::Element(_) => while seq.next_element::<IgnoredAny>()?.is_some() {},
        }
        Ok(None)
    }
}

/// Reads a key, and gives what the function tells of it.
struct Key<const WITH_CARE: bool, F>(F);

impl<'t, T, F: Fn(&[u8]) -> T, const WITH_CARE: bool> DeserializeSeed<'t> for Key<WITH_CARE, F> {
    type Value = T;

    fn deserialize<D: Deserializer<'t>>(self, deserializer: D) -> Result<T, D::Error> {
        if WITH_CARE { deserializer.deserialize_bytes(self) } else { deserializer.deserialize_str(self) }
    }
}

impl<'t, T, F: Fn(&[u8]) -> T, const WITH_CARE: bool> Visitor<'t> for Key<WITH_CARE, F> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E: Error>(self, key: &str) -> Result<T, E> {
        // With its feature `arbitrary_precision`, which any crate of a program can ask for, serde_json shows a number as an object with this key.
        if key == "$serde_json::private::Number" {
            Err(E::custom("a number, or an object that looks like one"))
        } else {
            Ok((self.0)(key.as_bytes()))
        }
    }

    /// A key with a lone surrogate equals none: its bytes are not UTF-8.
    fn visit_bytes<E>(self, key: &[u8]) -> Result<T, E> {
        Ok((self.0)(key))
    }
}

fn is_blank(text: &str) -> bool {
    text.bytes().all(code::is_space)
}

fn is_json_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}
