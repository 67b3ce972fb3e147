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
    Decoded { start: u32, end: u32 },
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
        let length = |decoded: &str| u32::try_from(decoded.len()).expect("a body has at most 1 MiB");
        let start = length(&self.decoded);
        self.decoded.push_str(string);
        Text::Decoded { start, end: length(&self.decoded) }
    }

    /// Returns the characters of a text.
    pub(crate) fn str<'d>(&'d self, text: Text<'d>) -> &'d str {
        match text {
            Text::Plain(text) => text,
            Text::Decoded { start, end } => &self.decoded[start as usize..end as usize],
        }
    }
}

/// The members of an object that are strings, at the positions of their keys in [`Keys::names`].
pub(crate) struct Members<'t, const KEYS: usize> {
    texts: [Text<'t>; KEYS],
    /// Which of them are set, from the lowest bit.
    present: u64,
}

impl<'t, const KEYS: usize> Members<'t, KEYS> {
    /// Returns no members.
    pub(crate) fn none() -> Self {
        Self { texts: [Text::Decoded { start: 0, end: 0 }; KEYS], present: 0 }
    }

    /// Replaces a member by a string, or by a value of another type.
    pub(crate) fn set(&mut self, position: usize, text: Option<Text<'t>>) {
        self.present &= !(1 << position);
        if let Some(text) = text {
            self.texts[position] = text;
            self.present |= 1 << position;
        }
    }
}

pub(crate) type TopLevel<'t> = Members<'t, { TOP_LEVEL.names.len() }>;
pub(crate) type ErrorObject<'t> = Members<'t, { ERROR_OBJECT.names.len() }>;

/// The parts of a body that the rules read.
pub(crate) struct Document<'t> {
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
    pub(crate) strings: Option<Members<'t, MOST_ERRORS>>,
    /// Whether it is an object with a member, or directly holds one or a string that is not blank (R4, R5).
    pub(crate) has_error: bool,
}

impl<'t> Document<'t> {
    /// Returns a document without members.
    pub(crate) fn new() -> Self {
        let containers = std::array::from_fn(|_| Container::default());
        Self { top_level: Members::none(), containers, strings: Strings::default() }
    }

    /// Adds a bare text (R51).
    pub(crate) fn set_bare_text(&mut self, text: &'t str) {
        self.containers[1].strings.insert(Members::none()).set(0, Some(Text::Plain(text)));
    }

    /// Returns whether the document of a 2xx response is a success (R3).
    pub(crate) fn is_success(&self) -> bool {
        let Members { texts, present } = &self.top_level;
        let has_text = |position: usize| present & (1 << position) != 0 && !is_blank(self.strings.str(texts[position]));
        let [error, errors, ..] = &self.containers;
        has_text(ACCESS_TOKEN) && !(has_text(ERROR) || error.has_error || errors.has_error)
    }
}

/// The code of a document (R24).
#[derive(Clone, Copy)]
pub(crate) struct FoundCode<'t> {
    pub(crate) spot: Spot,
    pub(crate) text: Text<'t>,
    /// Its row in the registry (R2).
    pub(crate) row: Option<&'static Code>,
}

/// The code of a document, and its texts.
#[derive(Clone, Copy)]
pub(crate) struct Found<'d, 't> {
    pub(crate) code: Option<FoundCode<'t>>,
    /// The error object, `errors` or the bare text, and the top level, each with its texts from the lowest bit.
    sources: [(&'d [Text<'t>], u64); 3],
    strings: &'d Strings,
}

impl<'d, 't> Found<'d, 't> {
    /// Finds the code and the texts of a document.
    #[inline(always)]
    pub(crate) fn new(document: &'d Document<'t>, secrets: &[&str]) -> Self {
        let Document { top_level, containers, strings, .. } = document;
        let error_object = containers.iter().find_map(|container| container.object.as_ref());
        let sources = [
            error_object.map_or((&[] as &[_], 0), |members| (&members.texts, members.present)),
            containers[1].strings.as_ref().map_or((&[], 0), |members| (&members.texts, members.present)),
            (&top_level.texts, top_level.present),
        ];
        let mut found = Self { code: None, sources, strings };
        for (source, keys) in [(0, &ERROR_OBJECT), (2, &TOP_LEVEL)] {
            found.find_code(source, keys, secrets);
        }
        found
    }

    /// Notes the first code (R20, R24, R25), and which members are texts and no codes (R27).
    #[inline(always)]
    fn find_code(&mut self, source: usize, keys: &Keys, secrets: &[&str]) {
        let (members, present) = self.sources[source];
        let (mut left, mut texts) = (present & keys.codes, present & keys.texts);
        while left != 0 {
            let position = left.trailing_zeros() as usize;
            left &= left - 1;
            if self.code.is_some() && texts & (1 << position) == 0 {
                continue;
            }
            let text = members[position];
            let row = match look_up(trim(self.strings.str(text)), secrets) {
                Lookup::NoCode => continue,
                Lookup::Unregistered => None,
                Lookup::Registered(row) => Some(row),
            };
            texts &= !(1 << position);
            if self.code.is_none() {
                self.code = Some(FoundCode { spot: (source, position), text, row });
            }
        }
        self.sources[source].1 = texts;
    }

    /// Returns the first `Some` from `look`, over the texts in order (R26 to R29). Blank ones are among them.
    #[inline(always)]
    pub(crate) fn find_text<T>(self, mut look: impl FnMut(Spot, Text<'t>) -> Option<T>) -> Option<T> {
        for (source, (texts, mut left)) in self.sources.into_iter().enumerate() {
            while left != 0 {
                let position = left.trailing_zeros() as usize;
                left &= left - 1;
                if let Some(found) = look((source, position), texts[position]) {
                    return Some(found);
                }
            }
        }
        None
    }

    /// Returns the characters of a text.
    #[inline(always)]
    pub(crate) fn str(self, text: Text<'t>) -> &'d str {
        self.strings.str(text)
    }

    /// Applies `change` to a text. The result borrows from the body if it can.
    #[inline]
    pub(crate) fn take(self, text: Text<'t>, change: impl Fn(&str) -> Option<Cow<'_, str>>) -> Option<Cow<'t, str>> {
        match text {
            Text::Plain(text) => change(text),
            text => change(self.str(text)).map(|changed| Cow::Owned(changed.into_owned())),
        }
    }
}

/// One of the three sources of texts, and the position in it.
pub(crate) type Spot = (usize, usize);

/// Returns the place of a code or text.
pub(crate) fn place((source, position): Spot, body: BodyKind) -> Place {
    let (object, key) = match source {
        0 => (Object::ErrorObject, ERROR_OBJECT.names[position]),
        1 if body == BodyKind::BareText => (Object::Body, ""),
        1 => (Object::Errors, "errors"),
        _ => (Object::TopLevel, TOP_LEVEL.names[position]),
    };
    Place { object, key }
}
