//! `relogin explain` prints how it read the body, or why it did not parse it.

use crate::support::{corpus, relogin, snapshot};
use serde_json::{Value, json};

const FORM: &str = "application/x-www-form-urlencoded";

/// A body that is JSON and has this many levels.
fn levels(many: usize) -> Vec<u8> {
    format!("{{\"error\":\"invalid_grant\",\"x\":{}{}}}", "[".repeat(many - 1), "]".repeat(many - 1)).into_bytes()
}

/// A body that is JSON and has this many bytes.
fn bytes(many: usize) -> Vec<u8> {
    let (start, end) = ("{\"error\":\"invalid_grant\",\"x\":\"", "\"}");
    format!("{start}{}{end}", "x".repeat(many - start.len() - end.len())).into_bytes()
}

#[test]
fn the_body_of_each_kind_in_text() {
    let folder = corpus();
    for (name, arguments, body) in [
        ("body-json", vec!["--status", "401"], br#"{"error":"invalid_grant"}"#.to_vec()),
        ("body-form", vec!["--status", "401", "--content-type", FORM], b"error=invalid_grant".to_vec()),
        ("body-too-large", vec!["--status", "401"], bytes(1_048_577)),
        ("body-not-json", vec!["--status", "401"], br#"{"error":"invalid_grant",}"#.to_vec()),
        ("body-too-deep", vec!["--status", "401"], levels(65)),
        ("body-neither", vec!["--status", "401"], b"<h1>invalid_grant</h1>".to_vec()),
        ("body-empty", vec!["--status", "401"], Vec::new()),
        ("body-like-a-form", vec!["--status", "401"], b"error=invalid_grant&error_description=gone\n".to_vec()),
        ("body-of-a-broken-server", vec!["--status", "503"], br#"{"error":"invalid_grant",}"#.to_vec()),
    ] {
        let output = relogin(&[vec!["explain"], arguments].concat(), &body);
        assert_eq!(output.status.code(), Some(0), "{name}");
        snapshot(&folder, &format!("explain-{name}"), &output);
    }
}

/// The part about the body in the output of `--json`, and its sentence.
fn body_of(content_type: Option<&str>, status: &str, body: &[u8]) -> (Value, String) {
    let mut arguments = vec!["explain", "--json", "--status", status];
    arguments.extend(content_type.iter().flat_map(|content_type| ["--content-type", *content_type]));
    let output = relogin(&arguments, body);
    assert_eq!(output.status.code(), Some(0));
    let mut printed: Value = serde_json::from_slice(&output.stdout).expect("--json prints JSON");
    let sentence = printed["body"]["sentence"].as_str().unwrap_or_default().to_owned();
    if let Some(body) = printed["body"].as_object_mut() {
        body.remove("sentence");
    }
    (printed["body"].take(), sentence)
}

#[test]
fn the_body_of_each_kind_in_json() {
    for (what, content_type, body, parsed, rule) in [
        ("an object", None, br#" {"error":"x"}"#.to_vec(), true, "R9"),
        ("an object that is said to be a form", Some(FORM), br#"{"error":"x"}"#.to_vec(), true, "R9"),
        ("an array", None, b"[]".to_vec(), true, "R9"),
        ("64 levels", None, levels(64), true, "R9"),
        ("65 levels", None, levels(65), false, "R14"),
        ("65 levels in a form that is none", Some(FORM), levels(65), false, "R14"),
        ("1 MiB", None, bytes(1_048_576), true, "R9"),
        ("1 MiB and a byte", None, bytes(1_048_577), false, "R6"),
        ("1 MiB and a byte that is no JSON", None, vec![b'x'; 1_048_577], false, "R6"),
        ("1 MiB and a byte of a form", Some(FORM), vec![b'x'; 1_048_577], false, "R6"),
        ("1 MiB of a form", Some(FORM), vec![b'x'; 1_048_576], true, "R15"),
        ("a raw control in a string", None, b"{\"error\":\"a\nb\"}".to_vec(), false, "R10"),
        ("trailing bytes", None, b"{} {}".to_vec(), false, "R10"),
        ("a cut object", None, br#"{"error":"invalid_grant"#.to_vec(), false, "R10"),
        ("more closing than opening", None, b"[]]".to_vec(), false, "R10"),
        ("an empty form", Some(FORM), Vec::new(), true, "R15"),
        ("nothing", None, Vec::new(), false, "R17"),
        ("null", Some("application/json"), b"null".to_vec(), false, "R17"),
        ("compressed", None, b"\x1f\x8b\x08\x00".to_vec(), false, "R17"),
    ] {
        let (body, sentence) = body_of(content_type, "401", &body);
        assert_eq!(body, json!({"parsed": parsed, "rule": rule}), "{what}");
        assert_eq!(sentence.starts_with("not parsed: "), !parsed, "{what}: {sentence}");
        assert!(sentence.contains(&format!("({rule})")), "{what}: {sentence}");
    }
    assert_eq!(body_of(None, "200", br#"{"access_token":"new"}"#).0, Value::Null);
}

#[test]
fn the_hint_about_the_content_type_is_for_bodies_like_forms() {
    for (body, content_type, hint) in [
        ("error=invalid_grant", None, true),
        ("error=invalid_grant\r\n", Some("text/plain"), true),
        ("error=", Some("application/json"), true),
        ("error=invalid_grant", Some(FORM), false),
        ("a sentence with a = in it", None, false),
        ("invalid_grant", None, false),
        ("=invalid_grant", None, false),
        ("error&x=y", None, false),
        ("<a href=\"x\">", None, false),
        ("{error=invalid_grant}", None, false),
        ("\"a=b\"", None, false),
        ("", None, false),
    ] {
        let (_, sentence) = body_of(content_type, "400", body.as_bytes());
        assert_eq!(sentence.contains("--content-type"), hint, "{body}: {sentence}");
    }
}
