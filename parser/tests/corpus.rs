//! Every vector of the corpus against this parser, and nothing else. It builds quickly, and `scripts/coverage` counts
//! it as the corpus.
//!
//! The harness has the same check and more (`relogin check`); this one only names the vectors that fail.

use std::fs;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use relogin::{Evidence, Profile, Response, classify};
use serde_json::{Value, json};

#[test]
fn every_vector_has_its_verdict() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../corpus");
    let profiles = read(&corpus.join("profiles.json"))["profiles"].take();
    let vectors = topics(&corpus.join("vectors")).into_iter().flat_map(|topic| match read(&topic)["vectors"].take() {
        Value::Array(vectors) => vectors,
        _ => unreachable!("a topic has vectors"),
    });
    // A panic is a failure too.
    let failed: Vec<String> = vectors
        .filter(|vector| !catch_unwind(|| is_judged_as_expected(vector, &profiles)).unwrap_or(false))
        .map(|vector| string(&vector["id"]).to_owned())
        .collect();
    assert_eq!(failed, Vec::<String>::new());
}

/// Whether a vector has its verdict and, if the vector gives one, its evidence.
fn is_judged_as_expected(vector: &Value, profiles: &Value) -> bool {
    let (verdict, evidence) = judge(&vector["input"], profiles);
    verdict == vector["expect"] && vector.get("evidence").is_none_or(|expected| evidence == *expected)
}

/// The verdict on an input and the evidence for it, as the corpus spells them.
fn judge(input: &Value, profiles: &Value) -> (Value, Value) {
    let profile = if input["profile"].is_string() { &profiles[string(&input["profile"])] } else { &input["profile"] };
    let text = |key| string(&profile[key]);
    let profile = Profile {
        product: text("product"),
        other_clients: text("other_clients"),
        sign_in: text("sign_in"),
        fallback_code: text("fallback_code"),
    };
    let secrets: Vec<&str> = input["secrets"].as_array().into_iter().flatten().map(string).collect();
    let status = input["status"].as_u64().and_then(|status| u16::try_from(status).ok()).expect("a status");
    let body = body(&input["body"]);
    let headers: Vec<(&str, &str)> =
        input["headers"].as_array().into_iter().flatten().map(|pair| (string(&pair[0]), string(&pair[1]))).collect();
    let response =
        Response::new(status, input["content_type"].as_str(), &body).with_headers(&headers).with_secrets(&secrets);
    let Err(failure) = classify(&response) else {
        return (Value::Null, Value::Null);
    };
    let mut verdict = json!({
        "code": failure.code().unwrap_or(profile.fallback_code),
        "description": failure.description(),
        "action": failure.action().as_str(),
        "relogin_required": failure.relogin_required(),
        "message": failure.message(&profile).to_string(),
    });
    if let Some(seconds) = failure.retry_after() {
        verdict["retry_after"] = seconds.into();
    }
    let Evidence { step, place, row, exception, header, body, .. } = failure.evidence();
    let mut evidence = json!({
        "step": step.number(),
        "rule": failure.evidence().rule(),
        "place": place.map(|place| place.to_string()),
        "row": row.map(|row| row.code),
        "body": body.to_string(),
        "body_rule": body.rule(),
        "next_step": failure.next_step(),
    });
    if let Some(exception) = exception {
        evidence["exception"] = exception.phrase.into();
    }
    if let Some(header) = header {
        evidence["header"] = (*header).into();
    }
    (verdict, evidence)
}

/// The bytes of a body or of a part of one.
fn body(spelling: &Value) -> Vec<u8> {
    match spelling {
        Value::Array(parts) => parts.iter().flat_map(body).collect(),
        spelling if spelling["parts"].is_array() => body(&spelling["parts"]),
        spelling if spelling["base64"].is_string() => STANDARD.decode(string(&spelling["base64"])).expect("base64"),
        spelling if spelling["repeat"].is_string() => {
            let times = spelling["times"].as_u64().and_then(|times| usize::try_from(times).ok()).expect("how often");
            string(&spelling["repeat"]).repeat(times).into_bytes()
        }
        spelling => string(&spelling["text"]).into(),
    }
}

fn string(value: &Value) -> &str {
    value.as_str().expect("a string")
}

/// The files of vectors, `LEVEL/TOPIC.json`, by their names.
fn topics(folder: &Path) -> Vec<PathBuf> {
    let mut topics: Vec<PathBuf> = files(folder).iter().flat_map(|level| files(level)).collect();
    topics.sort();
    assert!(!topics.is_empty(), "there are vectors");
    topics
}

fn files(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder)
        .expect("a folder can be listed")
        .map(|file| file.expect("a file can be listed").path())
        .collect()
}

fn read(file: &Path) -> Value {
    serde_json::from_slice(&fs::read(file).expect("a file can be read")).expect("a file of the corpus is JSON")
}
