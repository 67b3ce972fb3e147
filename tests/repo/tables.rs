//! The tables of the corpus: the characters are those of Unicode, and each row is needed by a vector.

use std::process::Command;

use regex_syntax::hir::{Class, HirKind};
use serde_json::Value;

use crate::support::{ROOT, has_python};

/// The version of the Unicode tables in regex-syntax 0.8: it stands at the head of each file in its
/// `src/unicode_tables/`, and no item of its interface has it. When a new regex-syntax changes the ranges, look there,
/// then change both `characters.json` and this.
const UNICODE: &str = "16.0.0";

#[test]
fn characters_are_those_of_unicode() {
    let characters: Value =
        serde_json::from_str(include_str!("../../corpus/characters.json")).expect("characters.json is JSON");
    assert_eq!(characters["unicode"], UNICODE);
    for (kind, class) in [
        ("invisible", r"[\p{Default_Ignorable_Code_Point}\p{Bidi_Control}\x{2800}\x{FFF9}-\x{FFFB}]"),
        ("space", r"[\p{White_Space}\p{Cc}]"),
    ] {
        assert_eq!(table(&characters[kind]), unicode(class), "{kind}");
    }
}

#[test]
fn no_character_is_both() {
    let characters: Value =
        serde_json::from_str(include_str!("../../corpus/characters.json")).expect("characters.json is JSON");
    for (first, last) in table(&characters["invisible"]) {
        assert!(
            table(&characters["space"]).iter().all(|space| space.1 < first || last < space.0),
            "{first:04X} to {last:04X}"
        );
    }
}

fn table(ranges: &Value) -> Vec<(u32, u32)> {
    let point = |value: &Value| {
        u32::from_str_radix(value.as_str().expect("a code point is a string"), 16).expect("a code point is hexadecimal")
    };
    ranges
        .as_array()
        .expect("a table is an array")
        .iter()
        .map(|range| (point(&range["first"]), point(&range["last"])))
        .collect()
}

fn unicode(class: &str) -> Vec<(u32, u32)> {
    let hir = regex_syntax::parse(class).expect("the class is one that regex-syntax knows");
    match hir.kind() {
        HirKind::Class(Class::Unicode(class)) => {
            class.iter().map(|range| (range.start().into(), range.end().into())).collect()
        }
        _ => Vec::new(), // equal to no table
    }
}

#[test]
fn the_python_port_passes_every_vector() {
    necessity("vectors");
}

#[test]
fn another_reader_expands_the_sweeps_alike() {
    python(&["tests/sweeps.py"]);
}

#[test]
fn a_vector_has_the_same_verdict_at_every_higher_level() {
    necessity("levels");
}

#[test]
fn every_row_is_needed_by_a_vector() {
    necessity("rows");
}

/// Runs `tests/necessity.py`, which changes the tables under the Python port: the parser's own are compiled in.
fn necessity(what: &str) {
    python(&["tests/necessity.py", what]);
}

fn python(arguments: &[&str]) {
    if !has_python() {
        return;
    }
    let output = Command::new("python3").args(arguments).current_dir(ROOT).output().expect("Python starts");
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{arguments:?}:\n{stdout}{stderr}");
}
