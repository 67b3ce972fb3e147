//! R18, R19 and R60: the objects in which codes and texts are looked for.

use super::document::Reading;
use super::value::{Member, Value, elements, first_object, member, strings};
use crate::corpus::{Corpus, KeyRow};

pub(super) struct Places<'r> {
    /// R18, R60.
    pub(super) error_object: Option<&'r [Member]>,
    /// The number of the rule that finds the error object.
    pub(super) error_object_rule: Option<u8>,
    /// The strings directly in `errors` (R29).
    pub(super) errors: Vec<&'r str>,
    /// R51.
    pub(super) bare_text: Option<&'r str>,
    /// R19.
    pub(super) top_level: Option<&'r [Member]>,
}

/// A row of `keys.json`, and the member of that name.
pub(super) type Place<'r> = (&'static KeyRow, Option<&'r Value>);

impl<'r> Places<'r> {
    pub(super) fn of(reading: &'r Reading) -> Self {
        let top_level = reading.top_level();
        let error = top_level.and_then(|members| member(members, "error"));
        let errors = elements(top_level.and_then(|members| member(members, "errors")));
        let core = match (error, reading.array()) {
            (Some(Value::Object(members)), _) => Some(members.as_slice()),
            (_, Some(document)) => first_object(document),
            (_, None) => first_object(elements(error)).or_else(|| first_object(errors)),
        };
        let dialect = top_level.and_then(first_of_objects);
        let (error_object, error_object_rule) = match (core, dialect) {
            (Some(object), _) => (Some(object), Some(18)),
            (None, Some(object)) => (Some(object), Some(60)),
            (None, None) => (None, None),
        };
        Self { error_object, error_object_rule, errors: strings(errors), bare_text: reading.bare_text(), top_level }
    }
}

/// R60.
fn first_of_objects(top_level: &[Member]) -> Option<&[Member]> {
    let mut rows = Corpus::embedded().keys.objects.iter();
    rows.find_map(|row| match member(top_level, &row.key) {
        Some(Value::Object(members)) => Some(members.as_slice()),
        _ => None,
    })
}

/// The places of one object, in the order of the rows. An object that does not exist has no places.
pub(super) fn places_in<'r>(object: Option<&'r [Member]>, rows: &'static [KeyRow]) -> Vec<Place<'r>> {
    let place = |members| rows.iter().map(move |row| (row, member(members, &row.key))).collect();
    object.map_or_else(Vec::new, place)
}
