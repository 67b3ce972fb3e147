//! The number of allocations, as the documentation of the crate gives it.

use std::fmt::Write as _;

use relogin::{Profile, Response, classify};

const FORM: &str = "application/x-www-form-urlencoded";
const SECRETS: [&str; 1] = ["s3cr3t-t0ken"];

/// How often classifying a response allocates, and how often writing its message into a buffer that is large enough.
fn allocations(status: u16, content_type: Option<&str>, body: &[u8]) -> (u64, u64) {
    let response = Response::new(status, content_type, body).with_secrets(&SECRETS);
    let mut verdict = Ok(());
    let classifying = allocation_counter::measure(|| verdict = classify(&response));
    let mut buffer = String::with_capacity(4_096);
    let writing = allocation_counter::measure(|| {
        if let Err(failure) = &verdict {
            write!(
                buffer,
                "{}{}",
                failure.message(&Profile::CODEX),
                failure.message_without_server_text(&Profile::CODEX)
            )
            .expect("a string takes all");
        }
    });
    assert_eq!(buffer.is_empty(), verdict.is_ok());
    (classifying.count_total, writing.count_total)
}

#[test]
fn the_common_shapes_allocate_nothing() {
    let html = format!("<html>{}</html>", "<p>502 Bad Gateway</p>".repeat(400));
    let too_deep = "[".repeat(65) + &"]".repeat(65);
    let too_large = format!("{{\"error\":\"{}\"}}", "x".repeat(1_048_576));
    for (what, status, content_type, body) in [
        (
            "nested",
            401,
            None,
            r#"{"error":{"message":"Already used.","type":"invalid_request_error","param":null,"code":"refresh_token_reused"}}"#,
        ),
        ("flat", 400, None, r#"{"error":"invalid_grant","error_description":"Token has been expired or revoked."}"#),
        ("trimmed", 400, None, r#"{"error":" invalid_grant ","error_description":" caf&eacute; "}"#),
        ("not ASCII", 400, None, r#"{"error":"x","error_description":"Le jeton a expiré."}"#),
        ("a text that is a code", 400, None, r#"{"message":"Invalid Refresh Token."}"#),
        ("a text with a code at its end", 400, None, r#"{"message":"failed to refresh token: invalid_grant"}"#),
        ("strings in errors", 400, None, r#"{"errors":["invalid_grant",1,"gone"]}"#),
        ("objects in errors", 400, None, r#"{"errors":[{"errorType":"invalid_grant","message":"m"},{"x":{}}]}"#),
        ("an object in the error object", 400, None, r#"{"error":{"code":"x","details":{"x":1},"more":[]}}"#),
        ("an array", 400, None, r#"[{"errorCode":"INVALID_SESSION_ID","message":"Session expired or invalid"}]"#),
        ("an escape where nobody looks", 400, None, r#"{"error":"invalid_grant","x":"\u00e9"}"#),
        ("a form", 401, Some(FORM), "error=bad_refresh_token&error_description=gone&error_uri=https://example.org/"),
        ("a bare text", 400, None, "invalid_grant"),
        (
            "a text that may hold a phrase",
            400,
            None,
            r#"{"error":"invalid_grant","error_description":"The audience has been expired, evoked"}"#,
        ),
        ("an exception", 400, None, r#"{"error":"invalid_grant","error_description":"already being processed"}"#),
        ("HTML", 502, Some("text/html"), &html),
        ("nothing", 401, None, ""),
        ("a success", 200, None, r#"{"access_token":"new","token_type":"Bearer","expires_in":3600,"user":{"id":1}}"#),
        ("a success as a form", 200, Some(FORM), "access_token=new&scope="),
        ("too deep", 400, None, &too_deep),
        ("too large", 400, None, &too_large),
    ] {
        assert_eq!(allocations(status, content_type, body.as_bytes()), (0, 0), "{what}");
    }
}

/// The exceptions that the documentation names. They also show that the counter counts. The message never allocates.
#[test]
fn the_exceptions_allocate() {
    let long = format!(r#"{{"error":"x","error_description":"{}"}}"#, "a ".repeat(300));
    for (what, content_type, body, times) in [
        (
            "containers in what is passed over",
            None,
            br#"{"a":[[],{}],"error":{"x":{"y":[]}},"b":{"x":{},"y":[]}}"#.as_slice(),
            1..=1,
        ),
        ("more of them", None, br#"{"error":{"code":"x","details":[[[[[[[[[[{"x":1}]]]]]]]]]]}}"#, 1..=2),
        ("a raw control", None, b"{\"error\":\"a\nb\"}", 1..=3),
        ("broken JSON", None, br#"{"error":"invalid_grant",}"#, 1..=3),
        ("cut JSON", None, br#"{"error":"invalid_grant""#, 1..=5),
        ("an escape in a text", None, br#"{"error":"x","error_description":"caf\u00e9"}"#, 1..=u64::MAX),
        ("an escape in a key", None, br#"{"error":"x","caf\u00e9":1}"#, 1..=u64::MAX),
        ("an escape in a form", Some(FORM), b"error=x&error_description=gone+away", 1..=u64::MAX),
        ("invalid UTF-8", None, b"{\"error\":\"caf\xe9\"}", 1..=u64::MAX),
        ("a description that is cleaned", None, br#"{"error":"x","error_description":"two  spaces"}"#, 1..=u64::MAX),
        ("a secret", None, br#"{"error":"x","error_description":"s3cr3t-t0ken"}"#, 1..=u64::MAX),
        ("a description that is cut", None, long.as_bytes(), 1..=u64::MAX),
    ] {
        let (classifying, writing) = allocations(400, content_type, body);
        assert!(times.contains(&classifying), "{what}: {classifying}");
        assert_eq!(writing, 0, "{what}");
    }
}
