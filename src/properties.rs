//! What must be true of the verdict on every response, as functions that panic when it is not.
//!
//! Each property has its body here; proptest (`tests/properties.rs`) and the fuzz targets call it.

use relogin::{Action, Failure, Profile, Response, Step, classify};

/// A response made of any bytes: the first chooses the status, the second the content type and the secrets, the rest is the body.
///
/// Panics when a property does not hold.
///
/// ```
/// relogin_conformance::properties::response_from_bytes(b"\x01\x00{\"error\":\"invalid_grant\"}");
/// ```
pub fn response_from_bytes(bytes: &[u8]) {
    const STATUSES: [u16; 10] = [200, 400, 401, 403, 404, 408, 429, 500, 302, 201];
    const CONTENT_TYPES: [Option<&str>; 4] =
        [None, Some("application/json"), Some("application/x-www-form-urlencoded; charset=utf-8"), Some("text/html")];
    let (status, rest) = bytes.split_first().unwrap_or((&0, &[]));
    let (choice, body) = rest.split_first().unwrap_or((&0, &[]));
    let secrets: &[&str] = if choice & 4 == 0 { &[] } else { &["s3cr3t-t0ken", "1234567"] };
    response(STATUSES[usize::from(*status) % STATUSES.len()], CONTENT_TYPES[usize::from(*choice) % CONTENT_TYPES.len()], body, secrets);
}

/// Any response at all.
///
/// Panics when a property does not hold.
///
/// ```
/// relogin_conformance::properties::response(401, None, b"{\"error\":\"invalid_grant\"}", &[]);
/// ```
pub fn response(status: u16, content_type: Option<&str>, body: &[u8], secrets: &[&str]) {
    let verdict = classify(&Response::new(status, content_type, body).with_secrets(secrets));
    match &verdict {
        Ok(()) => assert!((200..=299).contains(&status), "a success has a status 2xx (R3)"),
        Err(failure) => {
            a_relogin_has_evidence(failure);
            an_unparsed_body_says_nothing(failure);
            texts_are_clean(failure, secrets);
            assert_eq!(failure.clone().into_owned(), *failure);
        }
    }
    leading_space_changes_nothing(status, content_type, body, secrets, &verdict);
}

/// `relogin` needs a status that speaks about a grant and a registered code (R32 to R36).
fn a_relogin_has_evidence(failure: &Failure<'_>) {
    let evidence = failure.evidence();
    assert_eq!(failure.relogin_required(), failure.action() == Action::Relogin);
    if failure.relogin_required() {
        assert!(evidence.body.is_parsed());
        assert!(matches!(failure.status(), 200..=299 | 400 | 401 | 403));
        let row = evidence.row.expect("a sign-in ends only on a registered code");
        assert_eq!(row.action, Action::Relogin);
        assert!(evidence.step == Step::Code || row.in_text);
    }
    assert_eq!(evidence.step == Step::Code, failure.code().is_some() && evidence.step != Step::Status);
}

/// What is not parsed has no code and no text, so that the status alone decides (section 3).
fn an_unparsed_body_says_nothing(failure: &Failure<'_>) {
    let evidence = failure.evidence();
    if !evidence.body.is_parsed() {
        assert_eq!((failure.code(), failure.description(), evidence.place, evidence.row), (None, None, None, None));
        assert!(matches!(failure.action(), Action::Retry | Action::Unknown));
    }
}

/// What reaches a terminal holds no control and no invisible character and no known secret, and is bounded (R21, R37 to R42).
fn texts_are_clean(failure: &Failure<'_>, secrets: &[&str]) {
    if let Some(description) = failure.description() {
        assert!((1..=500).contains(&description.chars().count()));
        assert!(!description.chars().any(|c| c.is_control()
            || (c.is_whitespace() && c != ' ')
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}')));
        assert!(!description.contains("  ") && description.trim_matches(' ').len() + 1 >= description.len());
        assert!(!secrets.iter().any(|secret| is_hidden_for_sure(secret) && description.contains(secret)));
    }
    if let Some(code) = failure.code() {
        assert!((1..=128).contains(&code.len()) && code.bytes().all(|byte| byte.is_ascii_graphic()));
        assert!(!secrets.iter().any(|secret| is_hidden_for_sure(secret) && code.contains(secret)));
    }
    let message = failure.message(&Profile::GENERIC).to_string();
    assert!(message.starts_with("OAuth ") && !message.chars().any(char::is_control));
    let without = failure.message_without_server_text(&Profile::GENERIC).to_string();
    assert!(failure.relogin_required() || !without.contains("Sign in"), "a message never asks for a sign-in otherwise");
}

/// Whether R39 looks for a secret, and no replacement or cut can put it together again: for that it must hold a part of what they put in.
fn is_hidden_for_sure(secret: &str) -> bool {
    secret.chars().count() >= 8 && !"[redacted]".contains(secret) && !secret.contains(['[', ']', '\u{2026}'])
}

/// JSON may begin with white space (R9).
fn leading_space_changes_nothing(
    status: u16,
    content_type: Option<&str>,
    body: &[u8],
    secrets: &[&str],
    verdict: &Result<(), Failure<'_>>,
) {
    if matches!(body.first(), Some(b'{' | b'[')) && body.len() < 1_000_000 {
        let spaced = [b" \r\n\t", body].concat();
        assert_eq!(&classify(&Response::new(status, content_type, &spaced).with_secrets(secrets)), verdict);
    }
}
