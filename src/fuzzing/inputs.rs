//! The seeds and the words of the targets.

use std::collections::HashMap;

use arbitrary::Unstructured;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::responses::{BETWEEN, CONTENT_TYPES, HEADERS, HEADERS_FROM_BIT, SECRETS, STATUSES, WITH_SECRETS};
use crate::corpus::{Corpus, KeyRow, Vector};
use crate::generate::mix::mix;
use crate::properties::{replaceable_files, short_files};
use crate::protocol::reference;
use crate::protocol::{Parse, Request, header_values, reference_hello};
use crate::text::ascii_json_line;

/// A larger seed is left out.
pub(super) const MOST_SEED_BYTES: usize = 1 << 14;

type Seeds = Vec<(String, Vec<u8>)>;

/// How many bytes a case draws from, how many cases are drawn, and how many of each kind are kept.
const BYTES: usize = 512;
const DRAWS: usize = 3_000;
const OF_EACH_KIND: usize = 3;

/// The status of a seed when that of the vector is not in the list.
const OTHER_STATUS: u16 = 404;

pub(super) fn bytes() -> Seeds {
    seeds_of_vectors(|vector, body| {
        let position = |status| STATUSES.iter().position(|one| *one == status);
        let status = position(vector.input.status).or_else(|| position(OTHER_STATUS)).unwrap_or_default();
        let like = |of: &str| CONTENT_TYPES.iter().position(|one| one.is_some_and(|one| one.contains(of)));
        let content_type = match &vector.input.content_type {
            None => Some(0),
            Some(it) => ["urlencoded", "json"].iter().find(|of| it.contains(*of)).map_or(like("html"), |of| like(of)),
        };
        let secrets = if vector.input.secrets.is_empty() { 0 } else { WITH_SECRETS };
        let headers = HEADERS.iter().position(|headers| are_alike(headers, &vector.input.headers));
        let headers = byte(headers.unwrap_or_default()) << HEADERS_FROM_BIT;
        [&[byte(status), byte(content_type.unwrap_or_default()) | secrets | headers], body].concat()
    })
}

/// Whether the first headers have the same name.
fn are_alike(headers: &[(&str, &str)], of_vector: &[(String, String)]) -> bool {
    match (headers.first(), of_vector.first()) {
        (Some((name, _)), Some((other, _))) => name.eq_ignore_ascii_case(other),
        (one, other) => one.is_none() && other.is_none(),
    }
}

pub(super) fn model() -> Seeds {
    let mut counts = HashMap::new();
    let mut seeds = Vec::new();
    for draw in 0..DRAWS {
        let bytes = scrambled(draw);
        let mut source = Unstructured::new(&bytes);
        let case = mix(&mut source);
        let count = counts.entry(case.kind).or_insert(0);
        if *count < OF_EACH_KIND && case.render().len() <= MOST_SEED_BYTES {
            *count += 1;
            seeds.push((format!("{}-{count}", case.kind.replace(' ', "-")), bytes[..BYTES - source.len()].to_vec()));
        }
    }
    seeds
}

pub(super) fn oracle() -> Seeds {
    let with = |first: u8, seeds: Seeds| {
        seeds.into_iter().map(move |(name, bytes)| (name, [&[first], bytes.as_slice()].concat()))
    };
    with(0, bytes()).chain(with(1, model())).collect()
}

pub(super) fn message() -> Seeds {
    let of_vector = |(vector, body): (&Vector, Vec<u8>)| {
        let mut texts = Vec::new();
        serde_json::from_slice(&body).iter().for_each(|body: &Value| strings(body, &mut texts));
        let profile = Corpus::embedded().profile(vector);
        let of_profile = [&profile.product, &profile.other_clients, &profile.sign_in];
        let others: Vec<String> = of_profile.into_iter().chain(&vector.input.secrets).cloned().collect();
        let seed = move |(index, text): (usize, String)| {
            let fields: Vec<&[u8]> = [&text].into_iter().chain(&others).map(String::as_bytes).collect();
            (format!("{}-{index}", name(&vector.id)), [b"\x01", fields.join(&BETWEEN).as_slice()].concat())
        };
        texts.into_iter().enumerate().map(seed).collect::<Seeds>()
    };
    small_vectors().flat_map(of_vector).collect()
}

pub(super) fn protocol() -> Seeds {
    let mut seeds = seeds_of_vectors(|vector, body| {
        let (input, profile) = (&vector.input, Corpus::embedded().profile(vector).clone());
        let (content_type, secrets, body) = (input.content_type.clone(), input.secrets.clone(), STANDARD.encode(body));
        let (status, headers) = (input.status, header_values(&input.headers));
        let request = Parse { seq: 1, status, content_type, headers, body, profile, secrets };
        ascii_json_line(&Request::Parse(request)).into_bytes()
    });
    seeds.extend(
        seeds_of_vectors(|vector, _| ascii_json_line(&json!({"seq": 1, "verdict": vector.expect})).into_bytes())
            .into_iter()
            .map(|(name, bytes)| (format!("{name}-reply"), bytes)),
    );
    for (name, line) in [
        ("hello", json!({"cmd": "hello", "protocol": 1})),
        ("hello-reply", reference_hello()),
        ("skip", json!({"seq": 1, "skip": "no forms"})),
        ("error", json!({"seq": null, "error": "not JSON"})),
    ] {
        seeds.push((name.to_owned(), line.to_string().into_bytes()));
    }
    seeds
}

pub(super) fn corpus_files() -> Seeds {
    let files = replaceable_files();
    let first = |path: &str| files.iter().position(|file| *file == path).unwrap_or(files.len() - 1);
    short_files().map(|(path, text)| (name(&path), [&[byte(first(&path))], text.as_bytes()].concat())).collect()
}

/// A seed for each vector with a small body.
fn seeds_of_vectors(seed: impl Fn(&Vector, &[u8]) -> Vec<u8>) -> Seeds {
    small_vectors().map(|(vector, body)| (name(&vector.id), seed(vector, &body))).collect()
}

fn small_vectors() -> impl Iterator<Item = (&'static Vector, Vec<u8>)> {
    let small = Corpus::embedded().vectors().filter(|vector| vector.input.body.size() <= MOST_SEED_BYTES);
    small.map(|vector| (vector, vector.input.body.expand()))
}

/// An id or path as a file name.
fn name(path: &str) -> String {
    path.replace('/', "-")
}

/// A position in a short table, as a byte.
fn byte(position: usize) -> u8 {
    u8::try_from(position).expect("the table is short")
}

fn strings(value: &Value, to: &mut Vec<String>) {
    match value {
        Value::String(text) => to.push(text.clone()),
        Value::Array(elements) => elements.iter().for_each(|element| strings(element, to)),
        Value::Object(members) => members.values().for_each(|value| strings(value, to)),
        _ => {}
    }
}

/// Bytes that look random and are always the same, by SplitMix64.
fn scrambled(draw: usize) -> Vec<u8> {
    let word = |index: usize| {
        let state = ((draw * BYTES + index + 1) as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)).to_le_bytes()
    };
    (0..BYTES / 8).flat_map(word).collect()
}

type Words = Vec<Vec<u8>>;

/// Words of JSON, forms and texts that are not in the tables.
const PUNCTUATION: [&str; 24] = [
    "{\"", "\":\"", "\":{\"", "\":[", "\",\"", "\"}", "{}", "[]", "[{", "}]", "null", "1e999", "\\u0065", "\\u001b",
    "\\ud83d", "\\ude00", "error=", "&", "%1B", "%E9", "+", "\u{feff}", "\u{fffd}", "\\/",
];

fn strings_of(words: impl IntoIterator<Item = impl AsRef<str>>) -> Words {
    words.into_iter().map(|word| word.as_ref().as_bytes().to_vec()).collect()
}

fn keys() -> Vec<&'static str> {
    let keys = &Corpus::embedded().keys;
    let rows = [&keys.error_object.code, &keys.error_object.text, &keys.top_level.code, &keys.top_level.text];
    let key = |row: &'static KeyRow| row.key.as_str();
    rows.into_iter().flatten().map(key).chain(["error", "errors", "access_token"]).collect()
}

/// The bytes of `model` are choices, so there are no words.
pub(super) fn no_words() -> Words {
    vec![vec![0; 4], vec![0xFF; 4]]
}

pub(super) fn text_words() -> Words {
    let characters = &Corpus::embedded().characters;
    let ends = characters.ranges().flat_map(|(first, last)| [first, last]).filter_map(char::from_u32).map(String::from);
    let codes = Corpus::embedded().codes.iter().map(|row| row.code.as_str());
    let phrases = Corpus::embedded().exceptions.iter().map(|row| row.phrase.as_str());
    let others = [
        "[redacted]",
        "\u{2026}",
        "\u{fffd}",
        "{sign_in}",
        "{description}",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa12",
        "://",
        "urn:",
    ];
    let between = [vec![BETWEEN], vec![BETWEEN; 4]];
    [
        strings_of(ends),
        strings_of(codes),
        strings_of(phrases),
        strings_of(SECRETS),
        strings_of(others),
        between.to_vec(),
    ]
    .concat()
}

pub(super) fn body_words() -> Words {
    let quoted = keys().into_iter().map(|key| format!("\"{key}\""));
    [text_words(), strings_of(quoted), strings_of(PUNCTUATION)].concat()
}

pub(super) fn protocol_words() -> Words {
    // The keys and strings of a request and of each kind of reply.
    let profile = Corpus::embedded().profiles.values().next().cloned().expect("there is a profile");
    let request = Parse {
        seq: 1,
        status: 400,
        content_type: Some("application/json".into()),
        headers: header_values(&[("retry-after".into(), "60".into())]),
        body: "e30=".into(),
        profile,
        secrets: Vec::new(),
    };
    let verdict = reference::verdict(400, None, &[], b"{}", &request.profile, &[]);
    let messages = [
        serde_json::to_value(Request::Parse(request)).expect("a request can be written"),
        json!({"cmd": "hello", "protocol": 1}),
        reference_hello(),
        json!({"seq": null, "verdict": verdict, "skip": "", "error": "9007199254740991"}),
    ];
    let words = messages.iter().flat_map(quoted_words);
    let others =
        ["null", "true", "9007199254740991", "9007199254740992", "\\ud83d", "\\ude00", "\n", "##", "::", "\u{1b}"];
    words.chain(strings_of(PUNCTUATION)).chain(strings_of(others)).collect()
}

pub(super) fn corpus_words() -> Words {
    let files: Vec<Value> = short_files().filter_map(|(_, text)| serde_json::from_str(&text).ok()).collect();
    let others = [
        "\"base64\":",
        "\"parts\":",
        "\"repeat\":",
        "\"times\":",
        "\"unless_code\":",
        "16777216",
        "10FFFF",
        "\"R49\"",
        "\"vectors\"",
    ];
    let words = files.iter().flat_map(quoted_words).filter(|word| word.len() <= MOST_WORD);
    words.chain(strings_of(PUNCTUATION)).chain(strings_of(others)).collect()
}

/// A longer string is prose, and no use in a dictionary.
const MOST_WORD: usize = 24;

/// The keys and the strings of a value, spelled in JSON.
fn quoted_words(value: &Value) -> Words {
    let mut words = Vec::new();
    quote(value, &mut words);
    words
}

fn quote(value: &Value, to: &mut Words) {
    match value {
        Value::String(_) => to.push(value.to_string().into_bytes()),
        Value::Array(elements) => elements.iter().for_each(|element| quote(element, to)),
        Value::Object(members) => members.iter().for_each(|(key, value)| {
            to.push(format!("{}:", Value::from(key.as_str())).into_bytes());
            quote(value, to);
        }),
        _ => {}
    }
}
