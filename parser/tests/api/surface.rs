//! The parts of the interface that no vector shows: names and meanings, accessors, lifetimes, `Debug`, `Display` with a
//! width.

use relogin::{Action, BodyKind, Failure, Profile, Response, classify};

const SECRETS: [&str; 1] = ["s3cr3t-t0ken"];

fn failure(body: &[u8]) -> Failure<'_> {
    classify(&Response::new(400, Some("text/plain"), body).with_secrets(&SECRETS)).expect_err("it is a failure")
}

#[test]
fn actions_say_what_they_mean() {
    for (action, name, meaning) in [
        (Action::Relogin, "relogin", "The grant behind the refresh token has ended."),
        (Action::Retry, "retry", "The server or the network failed; nothing was said about the grant."),
        (Action::FixClient, "fix_client", "The client's registration or request is at fault."),
        (Action::Unknown, "unknown", "The answer does not tell."),
    ] {
        assert_eq!((action.as_str(), action.meaning()), (name, meaning));
        assert_eq!(name.parse(), Ok(action));
        assert_eq!(format!("{action:>12}"), format!("{name:>12}"), "a width counts");
    }
    for name in ["", "Relogin", "fix-client", "retry "] {
        let error = name.parse::<Action>().expect_err("it is no name");
        assert_eq!(error.to_string(), "expected `relogin`, `retry`, `fix_client` or `unknown`");
    }
}

#[test]
fn json_forms_and_bare_texts_are_parsed() {
    use BodyKind::{BareText, Form, Json, Neither, NotJson, TooDeep, TooLarge};
    let kinds = [Json, Form, BareText, TooLarge, NotJson, TooDeep, Neither];
    assert_eq!(kinds.map(BodyKind::is_parsed), [true, true, true, false, false, false, false]);
    assert_eq!(format!("{Json:>6}"), "  JSON", "a width counts");
}

#[test]
fn a_failure_has_a_status_and_is_an_error() {
    let failure = failure(br#"{"error": "invalid_grant", "error_description": "Gone."}"#);
    assert_eq!(failure.status(), 400);
    assert_eq!(
        failure.to_string(),
        "OAuth token refresh failed: Gone. Sign in again.",
        "`Display` uses the generic profile"
    );
    assert_eq!(
        failure.message_without_server_text(&Profile::GENERIC).to_string(),
        "OAuth token refresh failed: invalid_grant (status 400). Sign in again."
    );
}

#[test]
fn a_failure_borrows_from_the_body_only() {
    let body = br#"{"error": "invalid_grant", "error_description": "Gone: s3cr3t-t0ken"}"#.to_vec();
    let failure = {
        let (secret, content_type, name) =
            (String::from("s3cr3t-t0ken"), String::from("text/plain"), String::from("Retry-After"));
        let (secrets, headers) = ([secret.as_str()], [(name.as_str(), "60")]);
        let response = Response::new(400, Some(&content_type), &body).with_headers(&headers).with_secrets(&secrets);
        classify(&response).expect_err("it is a failure")
    };
    assert_eq!(failure.description(), Some("Gone: [redacted]"));
    assert_eq!(failure.retry_after(), None, "it is for a retry only");
}

#[test]
fn an_exception_and_a_header_are_evidence() {
    let busy = failure(br#"{"error": "INVALID_GRANT", "error_description": "Already Being Processed"}"#);
    let exception = busy.evidence().exception.expect("an exception decided");
    assert_eq!(
        (exception.phrase, exception.action, busy.action()),
        ("already being processed", Action::Retry, Action::Retry)
    );
    assert_eq!((busy.evidence().rule(), busy.evidence().step.rule()), ("R53", "R32"));

    let response = Response::new(403, None, b"<html>").with_headers(&[("CF-Mitigated", "challenge")]);
    let challenged = classify(&response).expect_err("it is a failure");
    assert_eq!((challenged.evidence().header, challenged.evidence().rule()), (Some("cf-mitigated"), "R52"));
    let broken = classify(&Response::new(503, None, b"").with_headers(&[("cf-mitigated", "challenge")]))
        .expect_err("it is a failure");
    assert_eq!((broken.evidence().header, broken.evidence().rule()), (None, "R31"), "the status decides first");
}

#[test]
fn an_owned_failure_is_the_same() {
    let failure = failure(br#"{"error": "invalid_grant", "error_description": "Gone."}"#);
    assert_eq!(failure.clone().into_owned(), failure);
}

#[test]
fn debug_output_shows_neither_body_nor_secrets() {
    let response = Response::new(400, Some("text/plain"), b"the body").with_secrets(&SECRETS);
    assert_eq!(
        format!("{response:?}"),
        r#"Response { status: 400, content_type: Some("text/plain"), body: 8 bytes, secrets: 1 }"#
    );
}
