//! From bytes to a document (R6 to R17), and the places of a document (R18 to R30).

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::action::{BodyKind, Object, Place};
use crate::code;
use crate::tables::{ERROR_OBJECT, MOST_KEYS, TOP_LEVEL};

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

/// The members of an object that stand in places, those that are strings.
#[derive(Default)]
struct Members<'t> {
    values: [Option<Cow<'t, str>>; MOST_KEYS],
}

/// What a body says, as far as any rule asks.
pub(crate) struct Document<'t> {
    body: BodyKind,
    error_object: Option<Members<'t>>,
    top_level: Members<'t>,
    errors: Strings<'t>,
    has_access_token: bool,
    tells_error: bool,
}

type Strings<'t> = [Option<Cow<'t, str>>; MOST_ERRORS];

/// The text of a body that is JSON by its first byte (R9) and small enough (R6), with U+FFFD for what is not UTF-8 (R8).
pub(crate) fn json(body: &[u8]) -> Option<Cow<'_, str>> {
    if body.len() > MOST_BYTES {
        return None;
    }
    let body = without_bom(body);
    let first = body.iter().find(|byte| !is_json_space(**byte));
    matches!(first, Some(b'{' | b'[')).then(|| String::from_utf8_lossy(body))
}

impl<'t> Document<'t> {
    /// A document that says nothing, as an unparsed body does: no code, no text, no token.
    pub(crate) fn empty(body: BodyKind) -> Self {
        Self {
            body,
            error_object: None,
            top_level: Members::default(),
            errors: Strings::default(),
            has_access_token: false,
            tells_error: false,
        }
    }

    /// Reads a JSON text whose outermost value is an object or an array; or tells that it is not one (R10) or too deep (R14).
    pub(crate) fn from_json(text: &'t str) -> Result<Self, BodyKind> {
        check_limits(text)?;
        let mut json = serde_json::Deserializer::from_str(text);
        let document = json.deserialize_any(DocumentVisitor).map_err(|_| BodyKind::NotJson)?;
        json.end().map_err(|_| BodyKind::NotJson)?; // trailing bytes
        Ok(document)
    }

    /// Reads a form, if that is what the content type says (R15, R16) and the body is small enough (R6).
    pub(crate) fn from_form(content_type: Option<&str>, body: &'t [u8]) -> Result<Self, BodyKind> {
        if body.len() > MOST_BYTES {
            return Err(BodyKind::TooLarge);
        }
        let media_type = content_type.and_then(|content_type| content_type.split(';').next()).unwrap_or_default();
        if !code::trim(media_type).eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            return Err(BodyKind::Neither);
        }
        let mut document = Self::empty(BodyKind::Form);
        for (name, value) in form_urlencoded::parse(without_bom(body)) {
            match name.as_bytes() {
                b"access_token" => document.has_access_token = !is_blank(&value),
                name => {
                    if name == b"error" {
                        document.tells_error = !is_blank(&value);
                    }
                    document.top_level.set(position(&TOP_LEVEL, name), Some(value));
                }
            }
        }
        Ok(document)
    }

    /// How the body was read, or why it was not parsed.
    pub(crate) fn body(&self) -> BodyKind {
        self.body
    }

    /// Whether the document, under a status 2xx, is a success (R3).
    pub(crate) fn is_success(&self) -> bool {
        self.has_access_token && !self.tells_error
    }

    /// The first code in the code places, trimmed, and where it stands (R20, R24, R25).
    pub(crate) fn code(&self, secrets: &[&str]) -> Option<(Place, Cow<'t, str>)> {
        self.objects().find_map(|(object, keys, members)| {
            keys.names[..keys.codes].iter().zip(&members.values).find_map(|(key, value)| {
                let code = trimmed(value.as_ref()?);
                code::is_code(&code, secrets).then_some((Place { object, key }, code))
            })
        })
    }

    /// The texts as decoded, and where they stand, in their order (R26 to R29).
    pub(crate) fn texts<'s>(&'s self, secrets: &'s [&str]) -> impl Iterator<Item = (Place, &'s Cow<'t, str>)> {
        let of = move |(object, keys, members): (Object, &'static Keys, &'s Members<'t>)| {
            keys.texts.iter().filter_map(move |position| {
                let key = keys.names[*position];
                let value = members.values[*position].as_ref()?;
                // A code in `error` of the top level is no text (R27); no other code place is a text place.
                let is_code = *position < keys.codes && code::is_code(code::trim(value), secrets);
                (!is_code).then_some((Place { object, key }, value))
            })
        };
        let errors = self.errors.iter().flatten().map(|text| (Place { object: Object::Errors, key: "errors" }, text));
        let error_object = self.error_object.as_ref().map(|members| (Object::ErrorObject, &ERROR_OBJECT, members));
        let top_level = (Object::TopLevel, &TOP_LEVEL, &self.top_level);
        (error_object.into_iter().flat_map(of).chain(errors).chain(of(top_level))).filter(|(_, text)| !is_blank(text))
    }

    /// The error object, then the top level (R18, R19).
    fn objects(&self) -> impl Iterator<Item = (Object, &'static Keys, &Members<'t>)> {
        let error_object = self.error_object.as_ref().map(|members| (Object::ErrorObject, &ERROR_OBJECT, members));
        error_object.into_iter().chain([(Object::TopLevel, &TOP_LEVEL, &self.top_level)])
    }
}

impl<'t> Members<'t> {
    /// Puts a value at a position, or nothing when the value is not a string: the last of duplicate keys counts, whole (R11).
    fn set(&mut self, position: Option<usize>, value: Option<Cow<'t, str>>) {
        if let Some(position) = position {
            self.values[position] = value;
        }
    }
}

/// The position of a key among those that are places; keys are compared exactly (R30).
fn position(keys: &Keys, key: &[u8]) -> Option<usize> {
    keys.names.iter().position(|name| name.as_bytes() == key)
}

/// Checks that a JSON text keeps the limit of depth (R14) and has no raw control in a string (R10), which serde_json does not check for
/// strings that are read as bytes.
fn check_limits(text: &str) -> Result<(), BodyKind> {
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    for byte in text.bytes() {
        if in_string {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => in_string = false,
                0..0x20 => return Err(BodyKind::NotJson),
                _ => {}
            }
        } else {
            match byte {
                b'"' => in_string = true,
                b'{' | b'[' if depth == MOST_LEVELS => return Err(BodyKind::TooDeep),
                b'{' | b'[' => depth += 1,
                b'}' | b']' => depth = depth.saturating_sub(1), // more closing than opening fails to parse later
                _ => {}
            }
        }
    }
    Ok(())
}

/// Reads the outermost value.
struct DocumentVisitor;

impl<'t> Visitor<'t> for DocumentVisitor {
    type Value = Document<'t>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object or an array")
    }

    fn visit_map<A: MapAccess<'t>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut document = Document::empty(BodyKind::Json);
        let (mut error, mut errors) = (Container::default(), Container::default());
        while let Some(key) = map.next_key_seed(KeySeed)? {
            match key.as_ref() {
                b"access_token" => {
                    let token = string(map.next_value()?);
                    document.has_access_token = token.is_some_and(|token| !is_blank(&token));
                }
                b"error" => {
                    let value: &RawValue = map.next_value()?;
                    error = Container::read(value);
                    let string = string(value);
                    error.tells_error |= string.as_deref().is_some_and(|string| !is_blank(string));
                    document.top_level.set(position(&TOP_LEVEL, &key), string);
                }
                b"errors" => errors = Container::read(map.next_value()?),
                key => match position(&TOP_LEVEL, key) {
                    Some(position) => document.top_level.set(Some(position), string(map.next_value()?)),
                    None => _ = map.next_value::<IgnoredAny>()?,
                },
            }
        }
        if !errors.is_array {
            errors = Container::default(); // only an array says anything (R5, R18, R29)
        }
        document.tells_error = error.tells_error || errors.tells_error;
        document.error_object = error.object.or(errors.object);
        document.errors = errors.strings;
        Ok(document)
    }

    fn visit_seq<A: SeqAccess<'t>>(self, seq: A) -> Result<Self::Value, A::Error> {
        let error_object = ContainerVisitor.visit_seq(seq)?.object;
        Ok(Document { error_object, ..Document::empty(BodyKind::Json) })
    }
}

/// An object or array in `error` or `errors`, as far as any rule asks; the default stands for any other type.
#[derive(Default)]
struct Container<'t> {
    /// The object, or the first object directly in the array (R18).
    object: Option<Members<'t>>,
    /// The first strings directly in the array, blank ones among them (R29).
    strings: Strings<'t>,
    is_array: bool,
    /// It holds, directly, a string that is not blank or an object with a member (R4, R5); or it is such an object.
    tells_error: bool,
}

impl<'t> Container<'t> {
    fn read(value: &'t RawValue) -> Self {
        if !value.get().starts_with(['{', '[']) {
            return Self::default();
        }
        // The value was checked when it was passed over, and cannot fail now; if it did, it would say nothing.
        serde_json::Deserializer::from_str(value.get()).deserialize_any(ContainerVisitor).unwrap_or_default()
    }
}

struct ContainerVisitor;

impl<'t> Visitor<'t> for ContainerVisitor {
    type Value = Container<'t>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object or an array")
    }

    fn visit_map<A: MapAccess<'t>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Members::default();
        let mut is_empty = true;
        while let Some(key) = map.next_key_seed(KeySeed)? {
            is_empty = false;
            match position(&ERROR_OBJECT, &key) {
                Some(position) => members.set(Some(position), string(map.next_value()?)),
                None => _ = map.next_value::<IgnoredAny>()?,
            }
        }
        Ok(Container { object: Some(members), tells_error: !is_empty, ..Container::default() })
    }

    fn visit_seq<A: SeqAccess<'t>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut array = Container { is_array: true, ..Container::default() };
        let mut strings = 0;
        while let Some(element) = seq.next_element::<&RawValue>()? {
            if let Some(members) = element.get().strip_prefix('{') {
                array.tells_error |= !members.trim_ascii_start().starts_with('}');
                if array.object.is_none() {
                    array.object = Container::read(element).object;
                }
            } else if let Some(string) = string(element) {
                array.tells_error |= !is_blank(&string);
                if let Some(slot) = array.strings.get_mut(strings) {
                    *slot = Some(string);
                    strings += 1;
                }
            }
        }
        Ok(array)
    }
}

/// The decoded string, when the value is one.
fn string(value: &RawValue) -> Option<Cow<'_, str>> {
    let mut json = serde_json::Deserializer::from_str(value.get());
    let bytes = if value.get().starts_with('"') { json.deserialize_bytes(BytesVisitor).ok()? } else { return None };
    Some(match bytes {
        Cow::Borrowed(bytes) => String::from_utf8_lossy(bytes),
        Cow::Owned(bytes) => Cow::Owned(String::from_utf8_lossy(&bytes).into_owned()),
    })
}

/// Reads a key as bytes.
struct KeySeed;

impl<'t> DeserializeSeed<'t> for KeySeed {
    type Value = Cow<'t, [u8]>;

    fn deserialize<D: Deserializer<'t>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_bytes(BytesVisitor)
    }
}

/// Reads a string as bytes: as text, serde_json refuses a lone surrogate. As bytes it gives the three bytes that would encode it, which are
/// not UTF-8, so that they equal no key and become U+FFFD in a value (R12).
struct BytesVisitor;

impl<'t> Visitor<'t> for BytesVisitor {
    type Value = Cow<'t, [u8]>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_borrowed_bytes<E>(self, bytes: &'t [u8]) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(bytes))
    }

    fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Self::Value, E> {
        Ok(Cow::Owned(bytes.to_vec()))
    }
}

/// A trimmed string, borrowed from where it was borrowed from (R1).
fn trimmed<'t>(text: &Cow<'t, str>) -> Cow<'t, str> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(code::trim(text)),
        Cow::Owned(text) => Cow::Owned(code::trim(text).to_owned()),
    }
}

fn is_blank(text: &str) -> bool {
    code::trim(text).is_empty()
}

fn is_json_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

/// The body without one leading byte order mark (R7).
fn without_bom(body: &[u8]) -> &[u8] {
    body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body)
}
