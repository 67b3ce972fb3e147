//! The document of a response: its places of codes and texts (R18 to R30). The readers of JSON and of forms fill it.
//!
//! For speed, it holds no name of a key and owns no string: a member stands at the position of its key in the tables,
//! and a string without escapes is borrowed from the body. The others share one buffer. Strings that own their text
//! would cost 150 instructions a response, and an allocation for each string.

use std::borrow::Cow;

use crate::action::Code;
use crate::evidence::{BodyKind, Object, Place};
use crate::registry::{Lookup, look_up};
use crate::tables::{ACCESS_TOKEN, CONTAINERS, ERROR, ERROR_OBJECT, Keys, TOP_LEVEL};
use crate::trim::{is_blank, trim};

/// How many strings of `errors` are read (R29).
pub(crate) const MOST_ERRORS: usize = 16;

/// A string of a body.
#[derive(Clone, Copy)]
pub(crate) enum Text<'t> {
    /// It has no escapes.
    Plain(&'t str),
    /// It had escapes, and is this part of [`Strings::decoded`].
    Decoded { start: usize, end: usize },
}

/// The strings that had escapes, one after the other.
#[derive(Default)]
pub(crate) struct Strings {
    decoded: String,
    /// Whether the text is a sanitized one; only the reader of JSON asks.
    pub(crate) is_sanitized: bool,
}

impl Strings {
    /// Copies a string that had escapes.
    pub(crate) fn keep<'t>(&mut self, string: &str) -> Text<'t> {
        let start = self.decoded.len();
        self.decoded.push_str(string);
        Text::Decoded { start, end: self.decoded.len() }
    }

    /// Returns the characters of a text.
    pub(crate) fn str<'d>(&'d self, text: Text<'d>) -> &'d str {
        match text {
            Text::Plain(text) => text,
            Text::Decoded { start, end } => &self.decoded[start..end],
        }
    }
}

/// The members of an object that are strings, at the positions of their keys in [`Keys::names`].
pub(crate) struct Members<'t, const KEYS: usize> {
    texts: [Option<Text<'t>>; KEYS],
    /// Which of them were set, from the lowest bit.
    present: u64,
}

impl<'t, const KEYS: usize> Members<'t, KEYS> {
    /// Returns no members.
    pub(crate) fn none() -> Self {
        Self { texts: [None; KEYS], present: 0 }
    }

    /// Replaces a member by a string, or by a value of another type.
    pub(crate) fn set(&mut self, position: usize, text: Option<Text<'t>>) {
        self.texts[position] = text;
        self.present |= 1 << position;
    }
}

pub(crate) type TopLevel<'t> = Members<'t, { TOP_LEVEL.names.len() }>;
pub(crate) type ErrorObject<'t> = Members<'t, { ERROR_OBJECT.names.len() }>;

/// What the rules read of a body.
pub(crate) struct Document<'t> {
    /// How the body was read.
    pub(crate) body: BodyKind,
    pub(crate) top_level: TopLevel<'t>,
    pub(crate) containers: Containers<'t>,
    pub(crate) strings: Strings,
}

/// The values that may hold the error object, in the order of R18 and R60: `error`, or the outermost array; `errors`;
/// and the members that `keys.json` lists.
pub(crate) type Containers<'t> = [Container<'t>; CONTAINERS.len()];

/// An object or array that may hold the error object. A value of another type is the default.
#[derive(Default)]
pub(crate) struct Container<'t> {
    /// The object, or the first object directly in the array (R18).
    pub(crate) object: Option<ErrorObject<'t>>,
    /// The first strings directly in the array, blank ones included (R29); or a bare text.
    pub(crate) strings: Option<[Option<Text<'t>>; MOST_ERRORS]>,
    /// Whether it is an object with a member, or directly holds one or a string that is not blank (R4, R5).
    pub(crate) has_error: bool,
}

impl<'t> Document<'t> {
    /// Returns a document without members.
    pub(crate) fn new(body: BodyKind) -> Self {
        let containers = std::array::from_fn(|_| Container::default());
        Self { body, top_level: Members::none(), containers, strings: Strings::default() }
    }

    /// Returns the document of a bare text (R51).
    pub(crate) fn bare(text: &'t str) -> Self {
        let mut document = Self::new(BodyKind::BareText);
        document.containers[1].strings.get_or_insert_default()[0] = Some(Text::Plain(text));
        document
    }

    /// Returns whether the document of a 2xx response is a success (R3).
    pub(crate) fn is_success(&self) -> bool {
        let has_text =
            |position: usize| self.top_level.texts[position].is_some_and(|text| !is_blank(self.strings.str(text)));
        let [error, errors, ..] = &self.containers;
        has_text(ACCESS_TOKEN) && !(has_text(ERROR) || error.has_error || errors.has_error)
    }
}

/// The code of a document (R24).
pub(crate) struct FoundCode<'t> {
    pub(crate) place: Place,
    /// As it was sent, not trimmed.
    pub(crate) text: Text<'t>,
    /// Its row in the registry (R2).
    pub(crate) row: Option<&'static Code>,
}

/// The code of a document, and its texts.
pub(crate) struct Found<'d, 't> {
    pub(crate) code: Option<FoundCode<'t>>,
    error_object: View<'d, 't>,
    top_level: View<'d, 't>,
    document: &'d Document<'t>,
}

/// The members of one of the two objects with places.
struct View<'d, 't> {
    object: Object,
    keys: &'static Keys,
    texts: &'d [Option<Text<'t>>],
    present: u64,
    /// Which of the members are in text places.
    in_text_places: u64,
}

impl<'d, 't> View<'d, 't> {
    /// Returns the strings among the members in a mask, in order.
    #[inline(always)]
    fn members(&self, mask: u64) -> impl Iterator<Item = (usize, Text<'t>)> + use<'d, 't> {
        let (mut left, texts) = (self.present & mask, self.texts);
        std::iter::from_fn(move || {
            while left != 0 {
                let position = left.trailing_zeros() as usize;
                left &= left - 1;
                if let Some(Some(text)) = texts.get(position) {
                    return Some((position, *text));
                }
            }
            None
        })
    }

    fn place(&self, position: usize) -> Place {
        Place { object: self.object, key: self.keys.names[position] }
    }

    /// Notes which members hold codes and are no texts (R27), and the first code if there is none yet (R20, R24, R25).
    #[inline(always)]
    fn find_code(&mut self, code: &mut Option<FoundCode<'t>>, strings: &Strings, secrets: &[&str]) {
        for (position, text) in self.members(self.keys.codes) {
            if code.is_none() || self.keys.texts & (1 << position) != 0 {
                let row = match look_up(trim(strings.str(text)), secrets) {
                    Lookup::NoCode => continue,
                    Lookup::Unregistered => None,
                    Lookup::Registered(row) => Some(row),
                };
                self.in_text_places &= !(1 << position);
                if code.is_none() {
                    *code = Some(FoundCode { place: self.place(position), text, row });
                }
            }
        }
    }
}

impl<'d, 't> Found<'d, 't> {
    /// Finds the code and the texts of a document.
    #[inline]
    pub(crate) fn new(document: &'d Document<'t>, secrets: &[&str]) -> Self {
        let Document { top_level, containers, strings, .. } = document;
        let error_object = containers.iter().find_map(|container| container.object.as_ref());
        let (texts, present) = error_object.map_or((&[] as &[_], 0), |members| (&members.texts, members.present));
        let object = Object::ErrorObject;
        let mut error_object = View { object, keys: &ERROR_OBJECT, texts, present, in_text_places: ERROR_OBJECT.texts };
        let (object, texts, present) = (Object::TopLevel, &top_level.texts, top_level.present);
        let mut top_level = View { object, keys: &TOP_LEVEL, texts, present, in_text_places: TOP_LEVEL.texts };
        let mut code = None;
        error_object.find_code(&mut code, strings, secrets);
        top_level.find_code(&mut code, strings, secrets);
        Self { code, error_object, top_level, document }
    }

    /// Returns the first `Some` from `look`, over the texts in order (R26 to R29). Blank ones are among them.
    #[inline(always)]
    pub(crate) fn find_text<T>(&self, mut look: impl FnMut(Place, Text<'t>) -> Option<T>) -> Option<T> {
        let Self { error_object, top_level, document, .. } = self;
        for (position, text) in error_object.members(error_object.in_text_places) {
            if let Some(found) = look(error_object.place(position), text) {
                return Some(found);
            }
        }
        if let Some(strings) = &document.containers[1].strings {
            let is_bare = matches!(document.body, BodyKind::BareText);
            let (object, key) = if is_bare { (Object::Body, "") } else { (Object::Errors, "errors") };
            if let Some(found) = strings.iter().flatten().find_map(|text| look(Place { object, key }, *text)) {
                return Some(found);
            }
        }
        top_level.members(top_level.in_text_places).find_map(|(position, text)| look(top_level.place(position), text))
    }

    /// Returns the characters of a text.
    pub(crate) fn str(&self, text: Text<'t>) -> &str {
        self.document.strings.str(text)
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
