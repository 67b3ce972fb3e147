//! Every file of the corpus follows its schema, and the schemas are closed: they refuse a member that they do not know.

#![expect(clippy::panic, reason = "a test fails by panicking")]

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use relogin_conformance::corpus::VectorFile;
use relogin_conformance::fuzzing::{TARGETS, proposed_vector};
use serde_json::{Value, json};

use crate::schema::Schema;
use crate::support::{BIN, ROOT};

#[test]
fn every_file_follows_its_schema() {
    for file in corpus_files() {
        let document = read(&file);
        assert_eq!(schema_of(&file, &document).check(&document), Ok(()), "{}", file.display());
    }
}

#[test]
fn files_are_ascii() {
    for file in corpus_files() {
        let bytes = fs::read(&file).expect("a corpus file can be read");
        assert!(bytes.is_ascii(), "{} is not ASCII: use \\u escapes", file.display());
        assert!(bytes.ends_with(b"}\n"), "{} does not end with one line end", file.display());
    }
}

#[test]
fn an_unknown_member_is_refused_in_every_object() {
    for file in corpus_files() {
        let document = read(&file);
        let schema = schema_of(&file, &document);
        for place in objects(&document) {
            let mut broken = document.clone();
            broken.pointer_mut(&place).expect("`objects` gives places of the document")["unknown"] = json!(true);
            assert!(!schema.is_valid(&broken), "{}: a member `unknown` at `{place}` was not refused", file.display());
        }
    }
}

#[test]
fn schemas_are_schemas() {
    for file in json_files(&corpus().join("schema")).into_iter().chain(json_files(&corpus().join("schema/protocol"))) {
        assert_eq!(read(&file)["$schema"], "https://json-schema.org/draft/2020-12/schema", "{}", file.display());
        schema_at(&file);
    }
}

#[test]
fn requests_are_closed() {
    let hello = json!({"cmd": "hello", "protocol": 1});
    let parse = parse_request();
    let mut with_headers = parse.clone();
    with_headers["headers"] = json!({"retry-after": ["30"]});

    for (name, request) in [("hello-request", hello), ("parse-request", parse), ("parse-request", with_headers)] {
        let schema = Schema::read(&format!("protocol/{name}.schema.json"));
        assert!(schema.is_valid(&request), "{request}");
        let mut broken = request.clone();
        broken["expect"] = Value::Null;
        assert!(!schema.is_valid(&broken), "{broken}");
    }
}

#[test]
fn replies_are_open_and_hold_one_answer() {
    let hello = Schema::read("protocol/hello-reply.schema.json");
    let reply = json!({
        "protocol": 1, "name": "python-port", "language": "Python 3.11", "version": "1.0.0",
        "levels": ["core", "dialects", "hardening"], "fields": ["code", "action"], "home": "somewhere"
    });
    assert!(hello.is_valid(&reply));
    for (member, value) in
        [("protocol", json!(2)), ("levels", json!([])), ("levels", json!(["all"])), ("fields", json!(["verdict"]))]
    {
        let mut broken = reply.clone();
        broken[member] = value;
        assert!(!hello.is_valid(&broken), "{broken}");
    }

    let parse = Schema::read("protocol/parse-reply.schema.json");
    for reply in [
        json!({"seq": 1, "verdict": null}),
        json!({"seq": 1, "verdict": {"action": "relogin", "took": 3}, "took": 3}),
        json!({"seq": 1, "skip": "no forms yet"}),
        json!({"seq": 1, "error": "index out of range"}),
    ] {
        assert!(parse.is_valid(&reply), "{reply}");
    }
    for broken in [
        json!({"seq": 1}),
        json!({"verdict": null}),
        json!({"seq": 1, "verdict": null, "skip": "both"}),
        json!({"seq": 1, "verdict": {"action": "wipe"}}),
        json!({"seq": 1, "skip": true}),
    ] {
        assert!(!parse.is_valid(&broken), "{broken}");
    }
}

#[test]
fn the_replies_of_the_reference_port_follow_the_schemas() {
    let mut port = Command::new(BIN)
        .arg("port")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the binary under test starts");
    let mut input = port.stdin.take().expect("standard input is piped");
    writeln!(input, "{}", json!({"cmd": "hello", "protocol": 1})).expect("the port reads");
    writeln!(input, "{}", parse_request()).expect("the port reads");
    drop(input); // the end of input ends the port
    let output = port.wait_with_output().expect("the port ends");
    assert!(output.status.success());

    let replies: Vec<Value> = output
        .stdout
        .split_inclusive(|&byte| byte == b'\n')
        .map(|line| serde_json::from_slice(line).expect("a JSON line"))
        .collect();
    assert_eq!(replies.len(), 2);
    assert!(Schema::read("protocol/hello-reply.schema.json").is_valid(&replies[0]), "{}", replies[0]);
    assert!(Schema::read("protocol/parse-reply.schema.json").is_valid(&replies[1]), "{}", replies[1]);
}

fn parse_request() -> Value {
    json!({
        "cmd": "parse", "seq": 1, "status": 401, "content_type": "application/json", "body": "e30=",
        "profile": {"product": "Codex", "other_clients": "...", "sign_in": "...", "fallback_code": "codex_refresh_failed"},
        "secrets": [], "headers": {}
    })
}

fn corpus() -> PathBuf {
    Path::new(ROOT).join("corpus")
}

/// The tables and the vectors.
fn corpus_files() -> Vec<PathBuf> {
    let mut files = json_files(&corpus());
    for level in ["core", "dialects", "hardening"] {
        files.extend(json_files(&corpus().join("vectors").join(level)));
        files.extend(json_files(&corpus().join("sweeps").join(level)));
    }
    files
}

fn json_files(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).unwrap_or_else(|error| panic!("{}: {error}", directory.display()));
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("a directory entry can be read").path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "json"));
    files.sort();
    assert!(!files.is_empty(), "no files in {}", directory.display());
    files
}

fn read(file: &Path) -> Value {
    let text = fs::read_to_string(file).expect("a corpus file can be read");
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

/// The schema that a file names by a relative path.
fn schema_of(file: &Path, document: &Value) -> Schema {
    let named = document["$schema"].as_str().unwrap_or_else(|| panic!("{} names no schema", file.display()));
    schema_at(&file.with_file_name(named))
}

/// The schema in a file of the corpus.
fn schema_at(file: &Path) -> Schema {
    let path = file.canonicalize().unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let schemas = corpus().join("schema").canonicalize().expect("the schemas are there");
    Schema::read(path.strip_prefix(schemas).expect("a schema of the corpus").to_str().expect("an ASCII path"))
}

/// JSON pointers to the objects of a document; of arrays, the first element stands for all.
fn objects(document: &Value) -> Vec<String> {
    match document {
        Value::Object(members) => {
            let inner = members.iter().flat_map(|(key, member)| {
                let key = key.replace('~', "~0").replace('/', "~1");
                objects(member).into_iter().map(move |place| format!("/{key}{place}"))
            });
            std::iter::once(String::new()).chain(inner).collect()
        }
        Value::Array(elements) => {
            elements.first().map_or_else(Vec::new, objects).into_iter().map(|place| format!("/0{place}")).collect()
        }
        _ => Vec::new(),
    }
}

#[test]
fn a_proposed_vector_follows_the_schema() {
    let schema = Schema::read("vectors.schema.json");
    for target in TARGETS {
        let inputs = target
            .seeds()
            .into_iter()
            .chain([(String::new(), Vec::new()), ("empty".to_owned(), b"\x01\xff\xff\xff".to_vec())]);
        for (name, bytes) in inputs {
            let Some(response) = target.response else { continue };
            let slug = format!("{}-seed", target.name);
            let text = proposed_vector(&slug, &response(&bytes));
            let file: Value = serde_json::from_str(&text).expect("it is JSON");
            assert_eq!(schema.check(&file), Ok(()), "{} {name}", target.name);
            let vectors: Result<VectorFile, _> = serde_json::from_value(file);
            assert!(
                vectors.is_ok_and(|file| file.vectors[0].id.ends_with(&slug)),
                "{} {name} is read as a vector",
                target.name
            );
        }
    }
}
