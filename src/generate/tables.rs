//! The words, keys and vectors of the corpus, sorted once for the generators.

use std::sync::LazyLock;

use relogin::Action;

use super::case::{Case, Rendered};
use crate::corpus::{CodeRow, Corpus, ExceptionRow, KeyRow, Places, Profile, Range};

/// A vector with a longer body is not drawn.
const MOST_VECTOR_BYTES: usize = 8 << 10;

/// The keys of the places of one object.
pub(crate) struct Keys {
    pub(crate) code: Vec<&'static str>,
    pub(crate) text: Vec<&'static str>,
}

pub(crate) struct Tables {
    /// All codes; then those with the action `relogin`, those marked `in_text`, and those marked
    /// `reused`.
    pub(crate) codes: Vec<&'static str>,
    pub(crate) relogin: Vec<&'static str>,
    /// Those with the action `retry`.
    pub(crate) retry: Vec<&'static str>,
    pub(crate) in_text: Vec<&'static str>,
    pub(crate) reused: Vec<&'static str>,
    /// The members that may be the error object (R60).
    pub(crate) objects: Vec<&'static str>,
    pub(crate) exceptions: &'static [ExceptionRow],
    /// The names of the headers that decide (R52).
    pub(crate) headers: Vec<&'static str>,
    pub(crate) error_object: Keys,
    pub(crate) top_level: Keys,
    /// Every key of both objects.
    pub(crate) keys: Vec<&'static str>,
    pub(crate) invisible: Vec<(u32, u32)>,
    pub(crate) space: Vec<(u32, u32)>,
    pub(crate) profiles: Vec<Profile>,
    /// The vectors, without those with large bodies.
    pub(crate) vectors: Vec<Case>,
}

/// The tables of the embedded corpus.
pub(crate) fn tables() -> &'static Tables {
    static TABLES: LazyLock<Tables> = LazyLock::new(|| Tables::new(Corpus::embedded()));
    &TABLES
}

impl Tables {
    fn new(corpus: &'static Corpus) -> Self {
        let codes = |is_in: fn(&CodeRow) -> bool| {
            corpus.codes.iter().filter(|row| is_in(row)).map(|row| row.code.as_str()).collect()
        };
        let names = |rows: &'static [KeyRow]| rows.iter().map(|row| row.key.as_str()).collect();
        let places = |places: &'static Places| Keys { code: names(&places.code), text: names(&places.text) };
        let points = |ranges: &[Range]| ranges.iter().map(|range| (range.first.0, range.last.0)).collect();
        let (error_object, top_level) = (places(&corpus.keys.error_object), places(&corpus.keys.top_level));
        let objects = names(&corpus.keys.objects);
        let mut keys = [&error_object, &top_level].map(|keys| [keys.code.clone(), keys.text.clone()].concat()).concat();
        keys.extend(&objects);
        keys.sort_unstable();
        keys.dedup();
        let vectors = corpus.vectors().filter_map(|vector| {
            let input = &vector.input;
            let body = Some(input.body.expand()).filter(|body| body.len() <= MOST_VECTOR_BYTES)?;
            let (content_type, secrets) = (input.content_type.clone(), input.secrets.clone());
            Some(Case::from(Rendered {
                headers: input.headers.clone(),
                status: input.status,
                content_type,
                body,
                profile: corpus.profile(vector).clone(),
                secrets,
            }))
        });
        Self {
            codes: codes(|_| true),
            relogin: codes(|row| row.action == Action::Relogin),
            retry: codes(|row| row.action == Action::Retry),
            in_text: codes(|row| row.in_text),
            reused: codes(|row| row.reused),
            objects,
            exceptions: &corpus.exceptions,
            headers: corpus.headers.iter().map(|row| row.header.as_str()).collect(),
            error_object,
            top_level,
            keys,
            invisible: points(&corpus.characters.invisible),
            space: points(&corpus.characters.space),
            profiles: corpus.profiles.values().cloned().collect(),
            vectors: vectors.collect(),
        }
    }
}
