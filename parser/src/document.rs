//! The document of a response: its places of codes and texts (R18 to R30). The readers of JSON and of forms fill it.
//!
//! For speed, it holds no name of a key and owns no string: a member stands at the position of its key in the tables,
//! and a string without escapes is borrowed from the body. The others share one buffer. Strings that own their text
//! would cost 150 instructions a response, and an allocation for each string.

use std::borrow::Cow;

use crate::evidence::{BodyKind, Object, Place};
use crate::registry::{Lookup, look_up};
use crate::tables::{ACCESS_TOKEN, ERROR, ERROR_OBJECT, Keys, OBJECTS, TOP_LEVEL};
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

    /// Returns the first `Some` from `look`, over the members in a mask, in order.
    #[inline(always)]
    fn find<T>(&self, mask: u64, mut look: impl FnMut(usize, Text<'t>) -> Option<T>) -> Option<T> {
        let mut left = self.present & mask;
        while left != 0 {
            let position = left.trailing_zeros() as usize;
            left &= left - 1;
            if let Some(Some(text)) = self.texts.get(position)
                && let Some(found) = look(position, *text)
            {
                return Some(found);
            }
        }
        None
    }
}

pub(crate) type TopLevel<'t> = Members<'t, { TOP_LEVEL.names.len() }>;
pub(crate) type ErrorObject<'t> = Members<'t, { ERROR_OBJECT.names.len() }>;
/// The members that may be the error object, in their order (R60). Few bodies have one, so they are boxed.
pub(crate) type Wrapped<'t> = [Option<Box<ErrorObject<'t>>>; OBJECTS.len()];

/// The parts of a body that the rules read.
pub(crate) struct Document<'t> {
    /// How the body was read.
    pub(crate) body: BodyKind,
    pub(crate) top_level: TopLevel<'t>,
    /// The member `error`; or the outermost array.
    pub(crate) error: Container<'t>,
    /// The member `errors`.
    pub(crate) errors: Container<'t>,
    pub(crate) wrapped: Wrapped<'t>,
    /// Which members of the error object and of the top level are no texts, because they are codes (R27).
    not_texts: [u64; 2],
    pub(crate) strings: Strings,
}

/// An object or array in `error` or `errors`. A member of another type is the default.
#[derive(Default)]
pub(crate) struct Container<'t> {
    /// The object, or the first object directly in the array (R18).
    pub(crate) object: Option<ErrorObject<'t>>,
    /// The first strings directly in the array, blank ones included (R29); or a bare text.
    pub(crate) strings: Option<[Option<Text<'t>>; MOST_ERRORS]>,
    /// Whether it is an object with a member, or directly holds one or a string that is not blank (R4, R5).
    pub(crate) has_error: bool,
}

/// The code of a document (R24).
pub(crate) struct FoundCode<'t> {
    pub(crate) place: Place,
    /// The position of its key in the tables.
    position: usize,
    /// As it was sent, not trimmed.
    pub(crate) text: Text<'t>,
    pub(crate) lookup: Lookup,
}

impl<'t> Document<'t> {
    /// Returns a document without members.
    pub(crate) fn new(body: BodyKind) -> Self {
        let (error, errors) = (Container::default(), Container::default());
        Self {
            body,
            top_level: Members::none(),
            error,
            errors,
            wrapped: Wrapped::default(),
            not_texts: [0; 2],
            strings: Strings::default(),
        }
    }

    /// Returns the document of a bare text (R51).
    pub(crate) fn bare(text: &'t str) -> Self {
        let mut document = Self::new(BodyKind::BareText);
        document.errors.strings.get_or_insert_default()[0] = Some(Text::Plain(text));
        document
    }

    /// Returns whether the document of a 2xx response is a success (R3).
    pub(crate) fn is_success(&self) -> bool {
        let has_text = |position: usize| self.top_level.texts[position].is_some_and(|text| !is_blank(self.str(text)));
        has_text(ACCESS_TOKEN) && !(has_text(ERROR) || self.error.has_error || self.errors.has_error)
    }

    /// Returns the first code, in the order of the code places (R20, R24, R25).
    #[inline]
    pub(crate) fn find_code(&self, secrets: &[&str]) -> Option<FoundCode<'t>> {
        let code_at = |object, keys: &Keys, position: usize, text| match look_up(trim(self.str(text)), secrets) {
            Lookup::NoCode => None,
            lookup => Some(FoundCode { place: Place { object, key: keys.names[position] }, position, text, lookup }),
        };
        if let Some(members) = self.error_object()
            && let Some(code) = members
                .find(ERROR_OBJECT.codes, |position, text| code_at(Object::ErrorObject, &ERROR_OBJECT, position, text))
        {
            return Some(code);
        }
        self.top_level.find(TOP_LEVEL.codes, |position, text| code_at(Object::TopLevel, &TOP_LEVEL, position, text))
    }

    /// Notes which members are no text places, because they hold codes (R27).
    #[inline]
    pub(crate) fn mark_not_texts(&mut self, code: Option<&FoundCode<'t>>, secrets: &[&str]) {
        let mut not_texts = [0; 2];
        let mut mark = |object, position: usize, text| {
            let is_code = code.is_some_and(|code| code.place.object == object && code.position == position);
            if is_code || !matches!(look_up(trim(self.str(text)), secrets), Lookup::NoCode) {
                not_texts[usize::from(object == Object::TopLevel)] |= 1 << position;
            }
            None::<()>
        };
        if let Some(members) = self.error_object() {
            members.find(ERROR_OBJECT.codes & ERROR_OBJECT.texts, |position, text| {
                mark(Object::ErrorObject, position, text)
            });
        }
        self.top_level.find(TOP_LEVEL.codes & TOP_LEVEL.texts, |position, text| mark(Object::TopLevel, position, text));
        self.not_texts = not_texts;
    }

    /// Returns the first `Some` from `look`, over the texts in order (R26 to R29). Blank ones are among them.
    #[inline(always)]
    pub(crate) fn find_text<T>(&self, mut look: impl FnMut(Place, Text<'t>) -> Option<T>) -> Option<T> {
        if let Some(members) = self.error_object()
            && let Some(found) = members.find(ERROR_OBJECT.texts & !self.not_texts[0], |position, text| {
                look(Place { object: Object::ErrorObject, key: ERROR_OBJECT.names[position] }, text)
            })
        {
            return Some(found);
        }
        if let Some(strings) = &self.errors.strings {
            let is_bare = matches!(self.body, BodyKind::BareText);
            let (object, key) = if is_bare { (Object::Body, "") } else { (Object::Errors, "errors") };
            if let Some(found) = strings.iter().flatten().find_map(|text| look(Place { object, key }, *text)) {
                return Some(found);
            }
        }
        self.top_level.find(TOP_LEVEL.texts & !self.not_texts[1], |position, text| {
            look(Place { object: Object::TopLevel, key: TOP_LEVEL.names[position] }, text)
        })
    }

    /// Returns the error object (R18, R60).
    fn error_object(&self) -> Option<&ErrorObject<'t>> {
        let wrapped = || self.wrapped.iter().find_map(Option::as_deref);
        self.error.object.as_ref().or(self.errors.object.as_ref()).or_else(wrapped)
    }

    /// Returns the characters of a text.
    pub(crate) fn str<'d>(&'d self, text: Text<'t>) -> &'d str {
        self.strings.str(text)
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
