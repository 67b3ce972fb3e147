//! The runner against ports that are wrong on purpose: it must find what is wrong, and nothing else.

#![expect(clippy::print_stderr, reason = "a skipped test says so")]

use std::collections::BTreeSet;
use std::process::{Command, Stdio};

use relogin_conformance::reference;
use relogin_conformance::vectors::{Corpus, Level, Vector};
use serde_json::{Value, json};

const FLAT_ONLY: &str = "python3 ports/wrong/flat_only.py";

/// The bug of the founding report, on the report's own cases: every nested one fails, no flat one does.
#[test]
fn the_flat_only_port_fails_exactly_the_nested_seeds() {
    let Some(output) = check(&["--port", FLAT_ONLY, "--level", "core", "--filter", "core/seed/*", "--all"]) else { return };
    let nested: BTreeSet<String> =
        corpus().vectors().map(|vector| vector.id.clone()).filter(|id| id.starts_with("core/seed/nested-")).collect();
    assert!(nested.contains("core/seed/nested-refresh-token-reused"), "{nested:?}");
    assert_eq!(failing(&output), nested);
    assert!(output.contains("loops on a dead token: core/seed/nested-refresh-token-reused\n"), "{output}");
}

/// Over the whole level: the port fails where the error object makes a difference, and nowhere else.
#[test]
fn the_flat_only_port_fails_exactly_where_the_error_object_decides() {
    let Some(output) = check(&["--port", FLAT_ONLY, "--level", "core", "--all"]) else { return };
    let corpus = corpus();
    let expected: BTreeSet<String> = corpus
        .vectors()
        .filter(|vector| vector.level() == Some(Level::Core) && needs_error_object(&corpus, vector))
        .map(|vector| vector.id.clone())
        .collect();
    assert!(expected.len() > 50, "{expected:?}");
    assert_eq!(failing(&output), expected);
}

/// Runs `relogin check`, which must find that a port does not conform; nothing when there is no python3.
fn check(arguments: &[&str]) -> Option<String> {
    match Command::new("python3").arg("--version").stdout(Stdio::null()).status() {
        Ok(status) if status.success() => {}
        other => {
            eprintln!("skipped: `python3 --version` did not run: {other:?}");
            return None;
        }
    }
    let output = Command::new(env!("CARGO_BIN_EXE_relogin"))
        .arg("check")
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("the binary under test starts");
    let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(1), "{stdout}{}", String::from_utf8_lossy(&output.stderr));
    Some(stdout)
}

/// The ids of the failures in what `relogin check` prints: each ends with the command that shows its vector.
fn failing(output: &str) -> BTreeSet<String> {
    output.lines().filter_map(|line| line.trim_start().strip_prefix("See it: relogin vectors show ")).map(str::to_owned).collect()
}

fn corpus() -> Corpus {
    Corpus::embedded().expect("the corpus of this source tree is well-formed")
}

/// Whether the verdict is another when the error object is taken out of the body, and all else stays.
fn needs_error_object(corpus: &Corpus, vector: &Vector) -> bool {
    let input = &vector.input;
    let Ok(mut document) = serde_json::from_slice::<Value>(&input.body.expand()) else { return false };
    if !take_error_object(&mut document) {
        return false;
    }
    let body = document.to_string();
    let without = reference::verdict(input.status, input.content_type.as_deref(), body.as_bytes(), corpus.profile(vector), &input.secrets);
    without != vector.expect
}

/// Takes every object out of the places where R18 looks for one; says whether there was any. The top level still tells of an error (R4, R5)
/// when it did, by a string in an array, which is neither a code nor a text.
fn take_error_object(document: &mut Value) -> bool {
    if let Some(elements) = document.as_array_mut() {
        let before = elements.len();
        elements.retain(|element| !element.is_object());
        return elements.len() < before;
    }
    let mut taken = Vec::new();
    for key in ["error", "errors"] {
        match document.get_mut(key) {
            Some(Value::Array(elements)) => taken.extend(elements.extract_if(.., |element| element.is_object())),
            Some(member) if key == "error" && member.is_object() => taken.push(member.take()),
            _ => {}
        }
    }
    let told = taken.iter().any(|object| *object != json!({}));
    if told && !document["error"].is_string() {
        document["error"] = json!(["an error"]);
    }
    !taken.is_empty()
}
