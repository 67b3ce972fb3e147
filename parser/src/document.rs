//! The document of a response: its places of codes and texts (R18 to R30). The readers of JSON and of forms fill it.
//!
//! For speed, it holds no name of a key and owns no string: a member stands at the position of its key in the tables,
//! and a string without escapes is borrowed from the body. The others share one buffer. Strings that own their text
//! would cost 150 instructions a response, and an allocation for each string.

use std::borrow::Cow;

use crate::evidence::{BodyKind, Object, Place};
use crate::registry::{Lookup, look_up};
use crate::tables::{ACCESS_TOKEN, ERROR, ERROR_OBJECT, Keys, TOP_LEVEL};
use crate::trim::{is_blank, trim};

/// How many strings of `errors` are read (R29).
pub(crate) const MOST_ERRORS: usize = 16;

/// A string of a body.
#[derive(Clone, Copy)]
pub(crate) enum Text<'t> {
    /// It has no escapes.
    Plain(&'t str),
    /// It had escapes, and is this part of [`Document::decoded`].
    Decoded { start: usize, end: usize },
}

impl<'t> Text<'t> {
    /// Copies a string that had escapes.
    pub(crate) fn keep(decoded: &mut String, string: &str) -> Self {
        let start = decoded.len();
        decoded.push_str(string);
        Self::Decoded { start, end: decoded.len() }
    }

    /// Returns the characters.
    pub(crate) fn str<'d>(self, decoded: &'d str) -> &'d str
    where
        't: 'd,
    {
        match self {
            Self::Plain(text) => text,
            Self::Decoded { start, end } => &decoded[start..end],
        }
    }
}

/// The members of an object that are strings, at the positions of their keys in [`Keys::names`].
pub(crate) type Members<'t, const KEYS: usize> = [Option<Text<'t>>; KEYS];

/// The parts of a body that the rules read.
pub(crate) struct Document<'t> {
    /// How the body was read.
    pub(crate) body: BodyKind,
    pub(crate) top_level: Members<'t, { TOP_LEVEL.names.len() }>,
    /// The member `error`; or the outermost array.
    pub(crate) error: Container<'t>,
    /// The member `errors`.
    pub(crate) errors: Container<'t>,
    /// The strings that had escapes, one after the other.
    pub(crate) decoded: String,
}

/// An object or array in `error` or `errors`. A member of another type is the default.
#[derive(Default)]
pub(crate) struct Container<'t> {
    /// The object, or the first object directly in the array (R18).
    pub(crate) object: Option<Members<'t, { ERROR_OBJECT.names.len() }>>,
    /// The first strings directly in the array, blank ones included (R29); or a bare text.
    pub(crate) strings: Option<[Option<Text<'t>>; MOST_ERRORS]>,
    /// Whether it is an object with a member, or directly holds one or a string that is not blank (R4, R5).
    pub(crate) has_error: bool,
}

/// The code of a document (R24).
pub(crate) struct FoundCode<'t> {
    pub(crate) place: Place,
    /// As it was sent, not trimmed.
    pub(crate) text: Text<'t>,
    pub(crate) lookup: Lookup,
}

/// One of the two objects, with its keys and its members.
struct Places<'d, 't> {
    object: Object,
    keys: &'static Keys,
    members: &'d [Option<Text<'t>>],
}

impl<'t> Document<'t> {
    /// Returns a document without members.
    pub(crate) fn new(body: BodyKind) -> Self {
        let top_level = [None; TOP_LEVEL.names.len()];
        Self { body, top_level, error: Container::default(), errors: Container::default(), decoded: String::new() }
    }

    /// Returns the document of a bare text (R51).
    pub(crate) fn bare(text: &'t str) -> Self {
        let mut document = Self::new(BodyKind::BareText);
        document.errors.strings.get_or_insert_default()[0] = Some(Text::Plain(text));
        document
    }

    /// Returns whether the document of a 2xx response is a success (R3).
    pub(crate) fn is_success(&self) -> bool {
        let has_text = |position: usize| self.top_level[position].is_some_and(|text| !is_blank(self.str(text)));
        has_text(ACCESS_TOKEN) && !(has_text(ERROR) || self.error.has_error || self.errors.has_error)
    }

    /// Returns the first code, in the order of the code places (R20, R24, R25).
    #[inline]
    pub(crate) fn code(&self, secrets: &[&str]) -> Option<FoundCode<'t>> {
        for Places { object, keys, members } in self.objects() {
            for (key, text) in keys.names[..keys.codes].iter().zip(members) {
                let Some(text) = *text else { continue };
                match look_up(trim(self.str(text)), secrets) {
                    Lookup::NoCode => {}
                    lookup => return Some(FoundCode { place: Place { object, key }, text, lookup }),
                }
            }
        }
        None
    }

    /// Returns the first `Some` from `look`, over the texts in order (R26 to R29). Blank ones are among them.
    #[inline]
    pub(crate) fn find_text<T>(&self, secrets: &[&str], mut look: impl FnMut(Place, Text<'t>) -> Option<T>) -> Option<T> {
        for Places { object, keys, members } in self.objects() {
            for position in keys.texts {
                let Some(Some(text)) = members.get(*position) else { continue };
                // One code place is also a text place: `error` of the top level, when it holds no code (R27).
                if *position < keys.codes && !matches!(look_up(trim(self.str(*text)), secrets), Lookup::NoCode) {
                    continue;
                }
                if let Some(found) = look(Place { object, key: keys.names[*position] }, *text) {
                    return Some(found);
                }
            }
            if let (Object::ErrorObject, Some(strings)) = (object, &self.errors.strings) {
                let is_bare = matches!(self.body, BodyKind::BareText);
                let place = if is_bare { Place { object: Object::Body, key: "" } } else { Place { object: Object::Errors, key: "errors" } };
                if let Some(found) = strings.iter().flatten().find_map(|text| look(place, *text)) {
                    return Some(found);
                }
            }
        }
        None
    }

    /// Returns the error object (R18), without members if there is none, and the top level (R19).
    #[inline]
    fn objects(&self) -> [Places<'_, 't>; 2] {
        let error_object = self.error.object.as_ref().or(self.errors.object.as_ref());
        let members = error_object.map_or([].as_slice(), |members| members);
        [
            Places { object: Object::ErrorObject, keys: &ERROR_OBJECT, members },
            Places { object: Object::TopLevel, keys: &TOP_LEVEL, members: &self.top_level },
        ]
    }

    /// Returns the characters of a text.
    pub(crate) fn str<'d>(&'d self, text: Text<'t>) -> &'d str {
        text.str(&self.decoded)
    }

    /// Applies `change` to a text. The result borrows from the body if it can.
    #[inline]
    pub(crate) fn take(&self, text: Text<'t>, change: impl Fn(&str) -> Option<Cow<'_, str>>) -> Option<Cow<'t, str>> {
        match text {
            Text::Plain(text) => change(text),
            text => change(self.str(text)).map(|changed| Cow::Owned(changed.into_owned())),
        }
    }
}
