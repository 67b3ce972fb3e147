//! The tables inside the packages of the ports are generated from `corpus/`, checked in, and
//! compared with it here.
//!
//! `RELOGIN_BLESS=1 cargo test --test repo generated` writes them anew.

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
        assert!(checked_in == generated, "{copy} is out of date; run RELOGIN_BLESS=1 cargo test --test repo generated");
    }
}

/// The tables as a port reads them, one row a line: without reasons and sources, each exception with
/// its code (R53), and code points as numbers.
fn generate(table: impl Fn(&str) -> Value) -> String {
    let [registry, exceptions, keys] = ["codes.json", "exceptions.json", "keys.json"].map(&table);
    let [characters, headers, profiles] = ["characters.json", "headers.json", "profiles.json"].map(&table);

    let mut kept = 0;
    let codes = rows(&registry["codes"]).map(|code| {
        let of_code = |row: &&Value| text(row, "code").eq_ignore_ascii_case(text(code, "code"));
        let own: Vec<String> = rows(&exceptions["exceptions"])
            .filter(of_code)
            .map(|row| object(row, &["phrase", "action", "reused"]))
            .collect();
        kept += own.len();
        let row = object(code, &["code", "action", "in_text", "reused"]);
        format!("{}, \"exceptions\": [{}]}}", row.trim_end_matches('}'), own.join(", "))
    });
    let mut out = format!("{{\n\"codes\": {},\n", lines(codes));
    assert_eq!(kept, rows(&exceptions["exceptions"]).count(), "each exception is about one code of the registry");

    let column =
        |rows: &mut dyn Iterator<Item = &Value>, name: &str| Value::from_iter(rows.map(|row| row[name].clone()));
    out += &format!("\"objects\": {},\n", column(&mut rows(&keys["objects"]), "key"));
    for object_name in ["error_object", "top_level"] {
        for kind in ["code", "text"] {
            let places = rows(&keys[object_name][kind]).map(|row| object(row, &["key", "level", "unless_code"]));
            out += &format!("\"{object_name}_{kind}\": {},\n", lines(places));
        }
    }
    out += &format!("\"headers\": {},\n", column(&mut rows(&headers["headers"]), "header"));
    for kind in ["invisible", "space"] {
        let point = |row: &Value, end| u32::from_str_radix(text(row, end), 16).expect("a code point is hexadecimal");
        let ranges = rows(&characters[kind]).map(|row| json!([point(row, "first"), point(row, "last")]));
        out += &format!("\"{kind}\": {},\n", Value::from_iter(ranges));
    }
    let profile = |name: &str| {
        let texts = object(&profiles["profiles"][name], &["product", "other_clients", "sign_in", "fallback_code"]);
        format!("  \"{name}\": {texts}")
    };
    out + &format!("\"profiles\": {{\n{},\n{}\n}}\n}}\n", profile("codex"), profile("generic"))
}

/// Some members of a row, in this order. A mark that a row lacks is false.
fn object(row: &Value, names: &[&str]) -> String {
    let members: Vec<String> =
        names.iter().map(|name| format!("\"{name}\": {}", row.get(*name).unwrap_or(&Value::Bool(false)))).collect();
    format!("{{{}}}", members.join(", "))
}

/// An array with one row a line.
fn lines(rows: impl Iterator<Item = String>) -> String {
    format!("[\n  {}\n]", rows.collect::<Vec<_>>().join(",\n  "))
}

fn rows(table: &Value) -> impl Iterator<Item = &Value> {
    table.as_array().unwrap_or_else(|| panic!("it is an array: {table}")).iter()
}

fn text<'v>(row: &'v Value, name: &str) -> &'v str {
    row[name].as_str().unwrap_or_else(|| panic!("`{name}` is a string in {row}"))
}
