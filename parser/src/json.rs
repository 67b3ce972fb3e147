//! Reading JSON (R9 to R14) with serde_json, by one visitor.
//!
//! For speed, the visitor borrows strings from the text and passes over what no rule reads. A look at the depth is
//! taken only when more brackets open than may stand inside each other: this costs 0.1 instructions a byte, and saves
//! 2 a byte.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::document::{Container, Document, ErrorObject, Members, Strings, Text, TopLevel, Wrapped};
use crate::tables::{ERROR, ERRORS, OBJECTS, position_in_error_object, position_in_top_level};
use crate::trim::is_blank;

/// The most arrays and objects inside each other; the outermost is 1 (R14).
const MOST_LEVELS: usize = 64;

/// Returns whether a body is JSON (R9).
pub(crate) fn begins_as_json(body: &[u8]) -> bool {
    let first = body.iter().find(|byte| !matches!(byte, b' ' | b'\t' | b'\n' | b'\r'));
    matches!(first, Some(b'{' | b'['))
}

/// Returns whether an array or object stands deeper than 64 levels (R14), if the text is JSON.
pub(crate) fn is_too_deep(text: &str) -> bool {
    // A bracket opens and closes, so a text of 65 levels has 130 bytes.
    if text.len() <= 2 * MOST_LEVELS || !may_be_too_deep(text.as_bytes()) {
        return false;
    }
    let (mut depth, mut bytes) = (0_usize, text.bytes());
    while let Some(byte) = bytes.next() {
        match byte {
            b'{' | b'[' if depth == MOST_LEVELS => return true,
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1), // more brackets that close than open are not JSON
            b'"' => {
                while let Some(b'\\') = bytes.find(|byte| matches!(byte, b'"' | b'\\')) {
                    bytes.next(); // the escaped character
                }
            }
            _ => {}
        }
    }
    false
}

/// Returns whether more than 64 brackets may open, also in strings.
fn may_be_too_deep(text: &[u8]) -> bool {
    // `{` and `[` differ in one bit, and a byte holds the sum of 224 bytes: the compiler adds 32 at once, and the bytes
    // that are left count as brackets.
    let (whole, rest) = text.as_chunks::<32>();
    let opening = |bytes: &[u8]| usize::from(bytes.iter().map(|byte| u8::from(byte | 0x20 == b'{')).sum::<u8>());
    whole.as_flattened().chunks(224).map(opening).sum::<usize>() + rest.len() > MOST_LEVELS
}

/// Reads a JSON text whose outermost value is an object or an array.
///
/// It refuses some texts that are JSON by RFC 8259, and reads what `sanitize` makes of them: `is_sanitized` says that
/// it was.
pub(crate) fn read<'t>(text: &'t str, is_sanitized: bool, document: &mut Document<'t>) -> serde_json::Result<()> {
    let Document { strings, top_level, error, errors, wrapped, .. } = document;
    strings.is_sanitized = is_sanitized;
    let mut json = serde_json::Deserializer::from_str(text);
    json.deserialize_any(Outermost { strings, top_level, error, errors, wrapped })?;
    json.end() // no trailing bytes
}

/// Reads the outermost value.
struct Outermost<'d, 't> {
    strings: &'d mut Strings,
    top_level: &'d mut TopLevel<'t>,
    error: &'d mut Container<'t>,
    errors: &'d mut Container<'t>,
    wrapped: &'d mut Wrapped<'t>,
}

impl<'t> Visitor<'t> for Outermost<'_, 't> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object or an array")
    }

    fn visit_map<A: MapAccess<'t>>(self, mut map: A) -> Result<(), A::Error> {
        let Self { strings, top_level, error, errors, wrapped } = self;
        while let Some(position) = map.next_key_seed(Key(strings, position_in_top_level))? {
            // The last of members with the same key counts, whole (R11).
            match position {
                Some(ERROR) => {
                    *error = Container::default();
                    top_level.set(ERROR, map.next_value_seed(Value { strings, sink: Sink::Error(error) })?);
                }
                Some(ERRORS) => {
                    *errors = Container::default();
                    map.next_value_seed(Value { strings, sink: Sink::Errors(errors) })?;
                }
                Some(position) => {
                    let sink = match OBJECTS.iter().position(|object| *object == position) {
                        Some(object) => {
                            wrapped[object] = None;
                            Sink::Wrapped(&mut wrapped[object])
                        }
                        None => Sink::Nothing,
                    };
                    top_level.set(position, map.next_value_seed(Value { strings, sink })?);
                }
                None => _ = map.next_value::<IgnoredAny>()?,
            }
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'t>>(self, seq: A) -> Result<(), A::Error> {
        self.error.read_array(self.strings, seq)
    }
}

/// Where the members or elements of a value go.
enum Sink<'d, 't> {
    /// It is the member `error`, of which an object and an array are read.
    Error(&'d mut Container<'t>),
    /// It is the member `errors`, of which only an array is read (R5, R18, R29).
    Errors(&'d mut Container<'t>),
    /// It stands directly in an array in one of these, or in the outermost array.
    Element(&'d mut Container<'t>),
    /// It is a member that may be the error object (R60), of which an object is read.
    Wrapped(&'d mut Option<Box<ErrorObject<'t>>>),
    /// It is any other value: only a string is read.
    Nothing,
}

/// Reads a value, and returns it when it is a string.
struct Value<'d, 't> {
    strings: &'d mut Strings,
    sink: Sink<'d, 't>,
}

impl<'t> DeserializeSeed<'t> for Value<'_, 't> {
    type Value = Option<Text<'t>>;

    fn deserialize<D: Deserializer<'t>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

macro_rules! no_string {
    ($($visit:ident: $type:ty),*) => { $(fn $visit<E>(self, _: $type) -> Result<Self::Value, E> { Ok(None) })* };
}

impl<'t> Visitor<'t> for Value<'_, 't> {
    type Value = Option<Text<'t>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_borrowed_str<E>(self, string: &'t str) -> Result<Self::Value, E> {
        Ok(Some(Text::Plain(string)))
    }

    fn visit_str<E>(self, string: &str) -> Result<Self::Value, E> {
        Ok(Some(self.strings.keep(string)))
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    no_string!(visit_bool: bool, visit_u64: u64, visit_i64: i64, visit_f64: f64);

    fn visit_map<A: MapAccess<'t>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let Self { strings, sink } = self;
        match sink {
            Sink::Error(container) => container.read_object(strings, map)?,
            Sink::Element(container) if container.object.is_none() => container.read_object(strings, map)?,
            Sink::Element(container) => {
                if map.next_key_seed(Key(strings, position_in_error_object))?.is_some() {
                    container.has_error = true;
                    map.next_value::<IgnoredAny>()?;
                    IgnoredAny.visit_map(map)?;
                }
            }
            Sink::Wrapped(object) => _ = object.insert(Box::new(Members::none())).read(strings, map)?,
            Sink::Errors(_) | Sink::Nothing => _ = IgnoredAny.visit_map(map)?,
        }
        Ok(None)
    }

    fn visit_seq<A: SeqAccess<'t>>(self, seq: A) -> Result<Self::Value, A::Error> {
        match self.sink {
            Sink::Error(container) | Sink::Errors(container) => container.read_array(self.strings, seq)?,
            Sink::Element(_) | Sink::Wrapped(_) | Sink::Nothing => _ = IgnoredAny.visit_seq(seq)?,
        }
        Ok(None)
    }
}

impl<'t> ErrorObject<'t> {
    /// Reads the members, and returns whether there is one.
    fn read<A: MapAccess<'t>>(&mut self, strings: &mut Strings, mut map: A) -> Result<bool, A::Error> {
        let mut has_member = false;
        while let Some(position) = map.next_key_seed(Key(strings, position_in_error_object))? {
            has_member = true;
            match position {
                Some(position) => self.set(position, map.next_value_seed(Value { strings, sink: Sink::Nothing })?),
                None => _ = map.next_value::<IgnoredAny>()?,
            }
        }
        Ok(has_member)
    }
}

impl<'t> Container<'t> {
    fn read_object<A: MapAccess<'t>>(&mut self, strings: &mut Strings, map: A) -> Result<(), A::Error> {
        self.has_error |= self.object.insert(Members::none()).read(strings, map)?;
        Ok(())
    }

    fn read_array<A: SeqAccess<'t>>(&mut self, strings: &mut Strings, mut seq: A) -> Result<(), A::Error> {
        let mut count = 0;
        while let Some(string) = seq.next_element_seed(Value { strings, sink: Sink::Element(self) })? {
            let Some(string) = string else { continue };
            self.has_error |= !is_blank(strings.str(string));
            if let Some(slot) = self.strings.get_or_insert_default().get_mut(count) {
                *slot = Some(string);
                count += 1;
            }
        }
        Ok(())
    }
}

/// Reads a key, and returns its position by the function.
struct Key<'d, F>(&'d Strings, F);

impl<'t, F: Fn(&[u8]) -> Option<usize>> DeserializeSeed<'t> for Key<'_, F> {
    type Value = Option<usize>;

    fn deserialize<D: Deserializer<'t>>(self, deserializer: D) -> Result<Option<usize>, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<F: Fn(&[u8]) -> Option<usize>> Visitor<'_> for Key<'_, F> {
    type Value = Option<usize>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E: Error>(self, key: &str) -> Result<Option<usize>, E> {
        // With its feature `arbitrary_precision`, which any crate of a program can ask for, serde_json shows a number
        // as an object with this key. A sanitized text has no numbers.
        if key == "$serde_json::private::Number" && !self.0.is_sanitized {
            return Err(E::custom("a number, or an object that looks like one"));
        }
        Ok((self.1)(key.as_bytes()))
    }
}
