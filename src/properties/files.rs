//! Properties of the files of a corpus, whatever they hold.

use std::sync::LazyLock;

use serde_json::Value;

use crate::corpus::lint::lint;
use crate::corpus::{Corpus, Item, embedded_files};
use crate::text::{is_hidden, safe, safe_bytes};
use crate::{check, corpus};

/// The most characters of a file that a panic shows.
const SHOWN: usize = 300;
/// The most elements that an array of the small corpus has, so that a run is quick.
const MOST_ELEMENTS: usize = 2;
/// The most bytes that the bodies of a corpus may have to be run: a few bytes can spell many
/// mebibytes.
const MOST_BODY_BYTES: usize = 1 << 16;

/// The paths that [`corpus_file`] accepts: the tables, and one file of vectors.
///
/// ```
/// assert!(relogin_conformance::properties::replaceable_files().contains(&"codes.json"));
/// ```
#[must_use]
pub fn replaceable_files() -> Vec<&'static str> {
    SMALL.iter().map(|(path, _)| path.as_str()).collect()
}

/// A corpus in which one file has these contents is read, linted and run, or is refused with an
/// error that names the file.
///
/// Panics when the property does not hold, and when the path is not one of [`replaceable_files`].
///
/// ```
/// relogin_conformance::properties::corpus_file("codes.json", br#"{"$schema": "", "codes": [7]}"#);
/// ```
pub fn corpus_file(path: &str, contents: &[u8]) {
    assert!(replaceable_files().contains(&path), "{path} is a file of the small corpus");
    let files = SMALL.iter().map(|(at, text)| (at.as_str(), if at == path { contents } else { text.as_bytes() }));
    let shown = || format!("{path} with {}", safe_bytes(contents, SHOWN));
    match Corpus::of(files) {
        Err(error) => {
            assert!(error.to_string().contains(path), "an error names the file: {error}: {}", shown());
            assert!(
                !safe(&error.to_string(), SHOWN).contains(is_hidden),
                "a printed error holds hidden characters: {}",
                shown()
            );
        }
        Ok(corpus) => {
            for problem in lint(&corpus) {
                assert!(
                    !problem.file.is_empty() && !problem.message.is_empty(),
                    "a problem has a file and a sentence: {}",
                    shown()
                );
            }
            run(&corpus, shown);
        }
    }
}

fn run(corpus: &Corpus, shown: impl Fn() -> String) {
    let items: Vec<Item<'_>> = corpus.items().collect();
    let bodies = items.iter().flat_map(|item| item.requests()).map(|request| request.input.body.size());
    let lines = corpus.lines.iter().flat_map(|vector| &vector.lines).map(|line| line.line.size());
    let size = bodies.chain(lines).fold(0, usize::saturating_add);
    if size <= MOST_BODY_BYTES {
        let results = check::judge_reference(corpus, &items, |_| ()).results;
        assert_eq!(results.len(), items.len(), "each vector has a result: {}", shown());
        items.iter().for_each(|item| assert_eq!(check::info(*item).id, item.id(), "{}", shown()));
    }
}

/// The embedded files, with their arrays cut short: the tables, then the vectors.
pub(crate) fn short_files() -> impl Iterator<Item = (String, String)> {
    let is_read = |path: &str| corpus::TABLES.contains(&path) || path.starts_with("vectors/");
    embedded_files().filter(move |(path, _)| is_read(path)).map(|(path, text)| {
        let mut file: Value = serde_json::from_str(text).expect("the embedded corpus is JSON");
        shorten(&mut file);
        (path, file.to_string())
    })
}

fn shorten(value: &mut Value) {
    match value {
        Value::Array(elements) => {
            elements.truncate(MOST_ELEMENTS);
            elements.iter_mut().for_each(shorten);
        }
        Value::Object(members) => members.values_mut().for_each(shorten),
        _ => {}
    }
}

/// The tables and one file of vectors, all cut short.
static SMALL: LazyLock<Vec<(String, String)>> = LazyLock::new(|| {
    let (mut tables, mut vectors): (Vec<_>, Vec<_>) =
        short_files().partition(|(path, _)| !path.starts_with("vectors/"));
    vectors.truncate(1);
    tables.append(&mut vectors);
    tables
});
