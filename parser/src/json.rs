//! Reading JSON (R9 to R14) with serde_json, by one visitor.
//!
//! For speed, the visitor borrows strings from the text, passes over what no rule reads, and is compiled in one piece
//! with the loop over the members (`inline(always)`), which saves 100 instructions for a nested body. A look at the
//! depth is taken only when more brackets open than may stand inside each other: this costs 0.1 instructions a byte,
//! and saves 2 a byte.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::document::{Container, Document, MOST_ERRORS, Members, Strings, Text};
use crate::tables::{CONTAINERS, position_in_error_object, position_in_top_level};
use crate::trim::is_blank;

/// The most arrays and objects inside each other; the outermost is 1 (R14).
const MOST_LEVELS: usize = 64;

/// The index of `errors` among the containers.
const ERRORS: usize = 1;
/// The index of an element of an array: that of no container.
const ELEMENT: usize = CONTAINERS.len();

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
    document.strings.is_sanitized = is_sanitized;
    let mut json = serde_json::Deserializer::from_str(text);
    json.deserialize_any(Outermost(document))?;
    json.end() // no trailing bytes
}

/// Reads the outermost value.
struct Outermost<'d, 't>(&'d mut Document<'t>);

impl<'t> Visitor<'t> for Outermost<'_, 't> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object or an array")
    }

    fn visit_map<A: MapAccess<'t>>(self, map: A) -> Result<(), A::Error> {
        let Document { strings, top_level, containers, .. } = self.0;
        top_level.read(strings, containers, position_in_top_level, map).map(|_| ())
    }

    fn visit_seq<A: SeqAccess<'t>>(self, seq: A) -> Result<(), A::Error> {
        self.0.containers[0].read_array(&mut self.0.strings, seq)
    }
}

/// Reads a value, and returns it when it is a string.
struct Value<'d, 't> {
    strings: &'d mut Strings,
    /// The container that an object or array may fill, with its index in [`Containers`](crate::document::Containers).
    container: Option<(&'d mut Container<'t>, usize)>,
}

impl<'t> DeserializeSeed<'t> for Value<'_, 't> {
    type Value = Option<Text<'t>>;

    #[inline(always)]
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

    fn visit_map<A: MapAccess<'t>>(self, map: A) -> Result<Self::Value, A::Error> {
        match self.container {
            // Of `errors` only an array is read (R5, R18, R29).
            Some((Container { object, has_error, .. }, index)) if index != ERRORS => {
                let mut later = None; // the first object counts (R18)
                let members = if object.is_none() { object } else { &mut later };
                let members = members.insert(Members::none());
                *has_error |= members.read(self.strings, &mut [], position_in_error_object, map)?;
            }
            _ => _ = IgnoredAny.visit_map(map)?,
        }
        Ok(None)
    }

    fn visit_seq<A: SeqAccess<'t>>(self, seq: A) -> Result<Self::Value, A::Error> {
        match self.container {
            // Of the containers after `errors` only an object is read (R60), and of an element too.
            Some((container, index)) if index <= ERRORS => container.read_array(self.strings, seq)?,
            _ => _ = IgnoredAny.visit_seq(seq)?,
        }
        Ok(None)
    }
}

impl<'t> Container<'t> {
    fn read_array<A: SeqAccess<'t>>(&mut self, strings: &mut Strings, mut seq: A) -> Result<(), A::Error> {
        let mut count = 0;
        loop {
            let container = Some((&mut *self, ELEMENT));
            let Some(element) = seq.next_element_seed(Value { strings, container })? else { return Ok(()) };
            if let Some(string) = element {
                self.has_error |= !is_blank(strings.str(string));
                if count < MOST_ERRORS {
                    self.strings.get_or_insert_with(Members::none).set(count, element);
                    count += 1;
                }
            }
        }
    }
}

impl<'t, const KEYS: usize> Members<'t, KEYS> {
    /// Reads the members, and returns whether there is one. `containers` are those of the top level, or none.
    #[inline(always)]
    fn read<A: MapAccess<'t>>(
        &mut self,
        strings: &mut Strings,
        containers: &mut [Container<'t>],
        position_of: impl Fn(&[u8]) -> Option<usize> + Copy,
        mut map: A,
    ) -> Result<bool, A::Error> {
        let mut has_member = false;
        while let Some(position) = map.next_key_seed(Key(strings, position_of))? {
            has_member = true;
            let Some(position) = position else {
                map.next_value::<IgnoredAny>()?;
                continue;
            };
            let index = CONTAINERS.iter().position(|container| *container == position);
            let mut container = index.and_then(|index| Some((containers.get_mut(index)?, index)));
            if let Some((container, _)) = &mut container {
                **container = Container::default(); // the last of members with the same key counts, whole (R11)
            }
            self.set(position, map.next_value_seed(Value { strings, container })?);
        }
        Ok(has_member)
    }
}

/// Reads a key, and returns its position by the function.
struct Key<'d, F>(&'d Strings, F);

impl<'t, F: Fn(&[u8]) -> Option<usize>> DeserializeSeed<'t> for Key<'_, F> {
    type Value = Option<usize>;

    #[inline(always)]
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
