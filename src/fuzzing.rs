//! The fuzz targets as a table: what each does with any bytes, what it starts from, and which words it tries.
//!
//! A file of `fuzz/fuzz_targets/` calls [`run`], as the tests do on stable. [`write_inputs`] writes seeds and dictionaries where `cargo fuzz` wants them.

mod inputs;

use std::path::Path;
use std::{fs, io};

use arbitrary::{Arbitrary, Unstructured};

use crate::generate::json::{Json, Value};
use crate::generate::proposal::Origin;
use crate::generate::{Case, Rendered};
use crate::properties;

/// A fuzz target.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// Its name, which is also that of its file and of the folders of its inputs.
    pub name: &'static str,
    /// What it feeds to which properties.
    pub about: &'static str,
    /// Does it; panics when a property does not hold.
    pub run: fn(&[u8]),
    /// The response that it makes of its bytes; none when it makes something else of them.
    pub response: Option<fn(&[u8]) -> Rendered>,
    seeds: fn() -> Vec<(String, Vec<u8>)>,
    words: fn() -> Vec<Vec<u8>>,
}

/// All targets.
pub const TARGETS: [Target; 6] = [
    Target {
        name: "bytes",
        about: "a status, a content type and secrets by the first two bytes, and any body: the verdict holds",
        run: bytes,
        response: Some(response),
        seeds: inputs::bytes,
        words: inputs::body_words,
    },
    Target {
        name: "model",
        about: "a response drawn by `generate`: the verdict holds, is the same however the body is written, and its description cleans to itself",
        run: model,
        response: Some(drawn),
        seeds: inputs::model,
        words: inputs::no_words,
    },
    Target {
        name: "oracle",
        about: "a response as of `bytes` when the first byte is even, as of `model` when it is odd: the parser says what the oracle says",
        run: oracle,
        response: Some(response_or_drawn),
        seeds: inputs::oracle,
        words: inputs::body_words,
    },
    Target {
        name: "message",
        about: "a text, the texts of a profile and secrets, with FF between them: the verdict holds, is the oracle's, and its description cleans to itself",
        run: message,
        response: Some(spoken),
        seeds: inputs::message,
        words: inputs::text_words,
    },
    Target {
        name: "protocol",
        about: "any lines as requests, and as replies: the reference answers each in ASCII, and the runner reads or refuses it with a reason",
        run: protocol,
        response: None,
        seeds: inputs::protocol,
        words: inputs::protocol_words,
    },
    Target {
        name: "corpus",
        about: "a file of a corpus, which one by the first byte: it is read, linted and run, or refused with an error that names it",
        run: corpus,
        response: None,
        seeds: inputs::corpus_files,
        words: inputs::corpus_words,
    },
];

impl Target {
    /// What it starts from, by a name that stays: bytes of the vectors, or of first draws. What is large is left out, as it would slow down every run.
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

    /// The words that it tries, in the format of libFuzzer's `-dict`.
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

/// Runs a target on any bytes.
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

/// A file of one vector, `LEVEL/fuzz/SLUG`, of a response that a target has found.
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

/// A larger body is given to the parser alone: the other properties would take most of the time for it, and the tests have them for large bodies.
const MOST_BODY_BYTES: usize = 1 << 15;
/// A larger seed is left out.
const MOST_SEED_BYTES: usize = 1 << 14;

/// The first choose themselves; the others are those of vectors.
const STATUSES: [u16; 16] = [200, 400, 401, 403, 404, 408, 429, 500, 302, 201, 503, 299, 300, 422, 999, 100];
const CONTENT_TYPES: [Option<&str>; 4] =
    [None, Some("application/json"), Some("application/x-www-form-urlencoded; charset=utf-8"), Some("text/html")];
const SECRETS: [&str; 2] = ["s3cr3t-t0ken", "1234567"];
/// The bit of the second byte that gives [`SECRETS`] to a response, beside those of the content type.
const WITH_SECRETS: u8 = 4;
/// What stands between the fields of a message: a byte that no UTF-8 has.
const BETWEEN: u8 = 0xFF;
/// The codes of a message, by the upper bits of its first byte.
const MESSAGE_CODES: [Option<&str>; 4] = [None, Some("refresh_token_reused"), Some("invalid_grant"), Some("unheard_of")];

fn bytes(bytes: &[u8]) {
    properties::verdict(&response(bytes));
}

fn model(bytes: &[u8]) {
    let response = drawn(bytes);
    properties::verdict(&response);
    if response.body.len() <= MOST_BODY_BYTES {
        properties::invariance(&response);
        properties::idempotence(&response);
    }
}

fn oracle(bytes: &[u8]) {
    let response = response_or_drawn(bytes);
    if response.body.len() <= MOST_BODY_BYTES {
        properties::agreement(&response);
    }
}

fn message(bytes: &[u8]) {
    let response = spoken(bytes);
    properties::verdict(&response);
    properties::agreement(&response);
    properties::idempotence(&response);
}

fn protocol(bytes: &[u8]) {
    properties::requests(bytes);
    bytes.split(|byte| *byte == b'\n').for_each(properties::reply);
}

fn corpus(bytes: &[u8]) {
    let (first, rest) = bytes.split_first().unwrap_or((&0, &[]));
    let files = properties::replaceable_files();
    properties::corpus_file(files[usize::from(*first) % files.len()], rest);
}

/// The first byte chooses the status, the second the content type and the secrets, the rest is the body.
fn response(bytes: &[u8]) -> Rendered {
    let (status, rest) = bytes.split_first().unwrap_or((&0, &[]));
    let (choice, body) = rest.split_first().unwrap_or((&0, &[]));
    Rendered {
        status: STATUSES[usize::from(*status) % STATUSES.len()],
        content_type: CONTENT_TYPES[usize::from(*choice) % CONTENT_TYPES.len()].map(str::to_owned),
        body: body.to_vec(),
        secrets: if choice & WITH_SECRETS == 0 { Vec::new() } else { SECRETS.map(str::to_owned).to_vec() },
        ..Rendered::default()
    }
}

fn drawn(bytes: &[u8]) -> Rendered {
    Case::arbitrary(&mut Unstructured::new(bytes)).expect("whatever the bytes, a case can be drawn").response()
}

/// The first byte says which of them the others are.
fn response_or_drawn(bytes: &[u8]) -> Rendered {
    let (first, rest) = bytes.split_first().unwrap_or((&0, &[]));
    if first % 2 == 0 { response(rest) } else { drawn(rest) }
}

/// The first byte chooses the status and a code; then come, between bytes FF, the text, three texts of the profile and the secrets.
fn spoken(bytes: &[u8]) -> Rendered {
    let (choice, rest) = bytes.split_first().unwrap_or((&1, &[]));
    let mut fields = rest.split(|byte| *byte == BETWEEN).map(|field| String::from_utf8_lossy(field).into_owned());
    let text = fields.next().unwrap_or_default();
    let mut response = Rendered { status: STATUSES[usize::from(choice & 0xF)], ..Rendered::default() };
    let profile = &mut response.profile;
    for place in [&mut profile.product, &mut profile.other_clients, &mut profile.sign_in] {
        *place = fields.next().unwrap_or_default();
    }
    response.secrets = fields.collect();
    let code = MESSAGE_CODES[usize::from(choice >> 4) % MESSAGE_CODES.len()].map(|code| ("error", Value::text(code)));
    let members = code.into_iter().chain([("error_description", Value::text(text))]);
    response.body = Json::from(Value::object(members)).render().into_bytes();
    response
}
