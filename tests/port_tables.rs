//! The tables inside the packages of the ports are generated from `corpus/`, checked in, and
//! compared with it here.
//!
//! `RELOGIN_BLESS=1 cargo test --test port_tables` writes them anew.

#![expect(clippy::panic, reason = "a test that panics has done its work")]

use std::path::Path;

use serde_json::{Value, json};

/// Where each package has its copy. All copies are alike.
const COPIES: [&str; 3] = ["ports/node/tables.json", "ports/go/tables.json", "ports/python/src/relogin/tables.json"];

#[test]
fn the_tables_of_the_ports_are_those_of_the_corpus() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let generated = generate(|name| {
        let text = std::fs::read_to_string(root.join("corpus").join(name)).expect("a table of the corpus can be read");
        serde_json::from_str(&text).expect("a table of the corpus is JSON")
    });
    for copy in COPIES {
        if std::env::var_os("RELOGIN_BLESS").is_some() {
            std::fs::write(root.join(copy), &generated).expect("a copy can be written");
        }
        let checked_in = std::fs::read_to_string(root.join(copy)).unwrap_or_default();
        assert!(checked_in == generated, "{copy} is out of date; run RELOGIN_BLESS=1 cargo test --test port_tables");
    }
}

/// The tables as a port reads them, one row a line: without reasons and sources, each exception with
/// its code (R53), and code points as numbers.
fn generate(table: impl Fn(&str) -> Value) -> String {
    let exceptions = table("exceptions.json");
    let exceptions_of = |code: &str| -> Vec<Value> {
        rows(&exceptions["exceptions"])
            .filter(|row| text(row, "code").eq_ignore_ascii_case(code))
            .map(|row| json!({"phrase": row["phrase"], "action": row["action"], "reused": row["reused"]}))
            .collect()
    };
    let registry = table("codes.json");
    let not_codes: Value = rows(&registry["not_codes"]).map(|row| row["word"].clone()).collect();
    let codes = rows(&registry["codes"]).map(|row| {
        json!({
            "code": row["code"], "action": row["action"], "in_text": row["in_text"], "reused": row["reused"],
            "exceptions": exceptions_of(text(row, "code")),
        })
    });
    let codes: Vec<Value> = codes.collect();
    let kept: usize = codes.iter().map(|row| rows(&row["exceptions"]).count()).sum();
    assert_eq!(kept, rows(&exceptions["exceptions"]).count(), "each exception is about a code of the registry");

    let keys = table("keys.json");
    let places = |object: &str, kind: &str| -> Value {
        let place = |row: &Value| json!({"key": row["key"], "level": row["level"], "unless_code": row["unless_code"] == true});
        rows(&keys[object][kind]).map(place).collect()
    };
    let characters = table("characters.json");
    let ranges = |kind: &str| -> Value {
        let point = |row: &Value, end| u32::from_str_radix(text(row, end), 16).expect("a code point is hexadecimal");
        rows(&characters[kind]).map(|row| json!([point(row, "first"), point(row, "last")])).collect()
    };
    let headers = table("headers.json");
    let headers: Value = rows(&headers["headers"]).map(|row| row["header"].clone()).collect();
    let profiles = table("profiles.json")["profiles"].take();

    let mut out = String::from("{\n");
    out.push_str(&format!("\"codes\": {},\n", lines(&codes.into())));
    out.push_str(&format!("\"not_codes\": {not_codes},\n"));
    for object in ["error_object", "top_level"] {
        for kind in ["code", "text"] {
            out.push_str(&format!("\"{object}_{kind}\": {},\n", lines(&places(object, kind))));
        }
    }
    out.push_str(&format!("\"headers\": {headers},\n"));
    out.push_str(&format!("\"invisible\": {},\n\"space\": {},\n", ranges("invisible"), ranges("space")));
    out.push_str(&format!("\"profiles\": {profiles:#}\n}}\n"));
    out
}

/// An array with one row a line.
fn lines(array: &Value) -> String {
    let rows: Vec<String> = rows(array).map(Value::to_string).collect();
    format!("[\n  {}\n]", rows.join(",\n  "))
}

fn rows(table: &Value) -> impl Iterator<Item = &Value> {
    table.as_array().unwrap_or_else(|| panic!("it is an array: {table}")).iter()
}

fn text<'v>(row: &'v Value, name: &str) -> &'v str {
    row[name].as_str().unwrap_or_else(|| panic!("`{name}` is a string in {row}"))
}
