//! The parts of the interface that no vector shows: meanings of actions, accessors, `Debug`, `Display` with a width.

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
        assert_eq!(format!("{action:>12}"), format!("{name:>12}"), "a width counts");
    }
}

#[test]
fn only_json_and_forms_are_parsed() {
    use BodyKind::{Form, Json, Neither, NotJson, TooDeep, TooLarge};
    let kinds = [Json, Form, TooLarge, NotJson, TooDeep, Neither];
    assert_eq!(kinds.map(BodyKind::is_parsed), [true, true, false, false, false, false]);
    assert_eq!(format!("{Json:>6}"), "  JSON", "a width counts");
}

#[test]
fn a_failure_has_a_status_and_is_an_error() {
    let failure = failure(br#"{"error": "invalid_grant", "error_description": "Gone."}"#);
    assert_eq!(failure.status(), 400);
    assert_eq!(failure.to_string(), "OAuth token refresh failed: Gone.", "by the profile that names no product of anyone's");
    assert_eq!(
        failure.message_without_server_text(&Profile::GENERIC).to_string(),
        "OAuth token refresh failed: invalid_grant (status 400)."
    );
}

#[test]
fn an_owned_failure_is_the_same() {
    let failure = failure(br#"{"error": "invalid_grant", "error_description": "Gone."}"#);
    assert_eq!(failure.clone().into_owned(), failure);
}

#[test]
fn debug_output_shows_neither_body_nor_secrets() {
    let response = Response::new(400, Some("text/plain"), b"the body").with_secrets(&SECRETS);
    assert_eq!(format!("{response:?}"), r#"Response { status: 400, content_type: Some("text/plain"), body: 8 bytes, secrets: 1 }"#);
}
