//! The table of targets.

use std::path::Path;
use std::{fs, io};

use super::inputs::{self, MOST_SEED_BYTES};
use super::responses::{of_bytes, of_either, of_message, of_model};
use crate::generate::Rendered;
use crate::generate::proposal::Origin;
use crate::properties;

/// A fuzz target.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// Its name, which is also that of its file and of the folders of its inputs.
    pub name: &'static str,
    /// The input that it makes of its bytes, and the properties that it checks.
    pub about: &'static str,
    /// Checks the properties; panics when one does not hold.
    pub run: fn(&[u8]),
    /// Makes a response of the bytes; `None` for a target that makes something else of them.
    pub response: Option<fn(&[u8]) -> Rendered>,
    seeds: fn() -> Vec<(String, Vec<u8>)>,
    words: fn() -> Vec<Vec<u8>>,
}

/// All targets.
pub const TARGETS: [Target; 6] = [
    Target {
        name: "bytes",
        about: "two bytes choose status, content type, secrets and headers, the rest is the body: the verdict holds",
        run: bytes,
        response: Some(of_bytes),
        seeds: inputs::bytes,
        words: inputs::body_words,
    },
    Target {
        name: "model",
        about: "a response drawn by `generate`: the verdict holds, does not depend on how JSON is written, and \
               a clean description stays the same",
        run: model,
        response: Some(of_model),
        seeds: inputs::model,
        words: inputs::no_words,
    },
    Target {
        name: "oracle",
        about: "a response as of `bytes` (first byte even) or of `model` (odd): the parser and the oracle agree",
        run: oracle,
        response: Some(of_either),
        seeds: inputs::oracle,
        words: inputs::body_words,
    },
    Target {
        name: "message",
        about: "a text, the texts of a profile and secrets, separated by FF: the verdict holds and is the \
               oracle's, and a clean description stays the same",
        run: message,
        response: Some(of_message),
        seeds: inputs::message,
        words: inputs::text_words,
    },
    Target {
        name: "protocol",
        about: "lines as requests and as replies: the reference answers each request in ASCII, and the runner \
               reads each reply or refuses it with a reason",
        run: protocol,
        response: None,
        seeds: inputs::protocol,
        words: inputs::protocol_words,
    },
    Target {
        name: "corpus",
        about: "a file of a corpus, chosen by the first byte: it is read, linted and run, or refused with an \
               error that names it",
        run: corpus,
        response: None,
        seeds: inputs::corpus_files,
        words: inputs::corpus_words,
    },
];

impl Target {
    /// Its seeds by name: the bytes of vectors, or of the first draws. Large ones are left out,
    /// because they slow down every run.
    ///
    /// ```
    /// use relogin_conformance::fuzzing::TARGETS;
    /// assert!(TARGETS[0].seeds().iter().any(|(name, _)| name == "core-seed-flat-invalid-grant"));
    /// ```
    #[must_use]
    pub fn seeds(&self) -> Vec<(String, Vec<u8>)> {
        let mut seeds = (self.seeds)();
        seeds.retain(|(_, bytes)| bytes.len() <= MOST_SEED_BYTES);
        seeds
    }

    /// Its words, in the format of libFuzzer's `-dict`.
    ///
    /// ```
    /// use relogin_conformance::fuzzing::TARGETS;
    /// assert!(TARGETS[0].dictionary().contains("\"invalid_grant\"\n"));
    /// ```
    #[must_use]
    pub fn dictionary(&self) -> String {
        let mut words = (self.words)();
        words.sort();
        words.dedup();
        let line = |word: &Vec<u8>| word.iter().fold("\"".to_owned(), |line, byte| line + &escaped(*byte)) + "\"\n";
        words.iter().filter(|word| !word.is_empty()).map(line).collect()
    }
}

fn escaped(byte: u8) -> String {
    match byte {
        b'"' | b'\\' => format!("\\{}", char::from(byte)),
        b' '..=b'~' => char::from(byte).to_string(),
        _ => format!("\\x{byte:02X}"),
    }
}

/// Runs a target on bytes.
///
/// Panics when a property does not hold, and when there is no such target.
///
/// ```
/// relogin_conformance::fuzzing::run("bytes", b"\x01\x00{\"error\":\"invalid_grant\"}");
/// ```
pub fn run(name: &str, bytes: &[u8]) {
    let target = TARGETS.iter().find(|target| target.name == name).expect("a target of the table");
    (target.run)(bytes);
}

/// A vector file with one vector, `LEVEL/fuzz/SLUG`, for a response that a target has found.
///
/// ```
/// use relogin_conformance::fuzzing::{TARGETS, proposed_vector};
/// let response = TARGETS[0].response.unwrap();
/// let file = proposed_vector("a-dead-token", &response(b"\x01\x00{\"error\":\"invalid_grant\"}"));
/// assert!(file.contains(r#""id": "core/fuzz/a-dead-token""#) && file.contains(r#""action": "relogin""#));
/// ```
#[must_use]
pub fn proposed_vector(slug: &str, response: &Rendered) -> String {
    let origin = Origin { topic: "fuzz", what: &format!("fuzzing, input {slug}") };
    let vector = origin.vector(slug, "Found by fuzzing: say what it shows", response);
    origin.files(vec![vector]).into_iter().map(|(_, text)| text).collect()
}

/// Writes `seeds/TARGET/*` and `dictionaries/TARGET.dict` of each target into a folder.
///
/// # Errors
///
/// When a file or folder cannot be written.
///
/// ```no_run
/// relogin_conformance::fuzzing::write_inputs("fuzz".as_ref())?;
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn write_inputs(folder: &Path) -> io::Result<()> {
    let dictionaries = folder.join("dictionaries");
    fs::create_dir_all(&dictionaries)?;
    for target in TARGETS {
        fs::write(dictionaries.join(target.name).with_extension("dict"), target.dictionary())?;
        let seeds = folder.join("seeds").join(target.name);
        fs::create_dir_all(&seeds)?;
        target.seeds().iter().try_for_each(|(name, bytes)| fs::write(seeds.join(name), bytes))?;
    }
    Ok(())
}

/// Larger bodies are skipped where a few bytes draw a body: they would take most of the time. The tests and `relogin hunt`
/// have them.
const MOST_BODY_BYTES: usize = 1 << 15;
/// Larger ones are not rewritten, since each is rewritten five times.
const MOST_REWRITTEN_BYTES: usize = 1 << 12;

fn bytes(bytes: &[u8]) {
    properties::verdict(&of_bytes(bytes));
}

fn model(bytes: &[u8]) {
    let response = of_model(bytes);
    if response.body.len() <= MOST_BODY_BYTES {
        properties::verdict(&response);
        properties::idempotence(&response);
    }
    if response.body.len() <= MOST_REWRITTEN_BYTES {
        properties::invariance(&response);
    }
}

fn oracle(bytes: &[u8]) {
    let response = of_either(bytes);
    if response.body.len() <= MOST_BODY_BYTES {
        properties::agreement(&response);
    }
}

fn message(bytes: &[u8]) {
    let response = of_message(bytes);
    properties::verdict(&response);
    properties::agreement(&response);
    properties::idempotence(&response);
}

/// The most lines of an input: each is answered by itself, so more of them only take more time.
const MOST_LINES: usize = 8;

fn protocol(bytes: &[u8]) {
    let length = bytes.split_inclusive(|byte| *byte == b'\n').take(MOST_LINES).map(<[u8]>::len).sum();
    let bytes = &bytes[..length];
    properties::requests(bytes);
    bytes.split(|byte| *byte == b'\n').for_each(properties::reply);
}

fn corpus(bytes: &[u8]) {
    let (first, rest) = bytes.split_first().unwrap_or((&0, &[]));
    let files = properties::replaceable_files();
    properties::corpus_file(files[usize::from(*first) % files.len()], rest);
}
