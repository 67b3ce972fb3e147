//! What a user reads: message and next step of every core vector, and of one vector of each action in both profiles.

use std::fmt::Write as _;

use relogin::{Profile, Response, classify};
use relogin_conformance::text::safe;
use relogin_conformance::vectors::{Corpus, Level};

fn snapshot(name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text));
}

#[test]
fn messages_of_every_core_vector() {
    let corpus = Corpus::embedded().expect("the corpus inside is good");
    let mut text = String::new();
    for vector in corpus.vectors().filter(|vector| vector.level() == Some(Level::Core)) {
        let input = &vector.input;
        let body = input.body.expand();
        let verdict = classify(&Response::new(input.status, input.content_type.as_deref(), &body));
        writeln!(text, "{}", vector.id).expect("a string takes all");
        match verdict {
            Ok(()) => writeln!(text, "  not a failure").expect("a string takes all"),
            Err(failure) => {
                let message = failure.message(&corpus.profile(vector).borrowed()).to_string();
                writeln!(text, "  {}\n  > {}", safe(&message, 700), failure.next_step()).expect("a string takes all");
            }
        }
    }
    snapshot("messages-core", &text);
}

#[test]
fn messages_of_each_action_in_both_profiles() {
    let mut text = String::new();
    for (status, body) in [
        (400, r#"{"error":"invalid_grant","error_description":"Token has been expired or revoked."}"#),
        (401, r#"{"error":{"code":"refresh_token_reused"}}"#),
        (429, r#"{"error":"invalid_grant"}"#),
        (401, r#"{"error":"invalid_client"}"#),
        (403, "<html>Just a moment...</html>"),
    ] {
        let failure = classify(&Response::new(status, None, body.as_bytes())).expect_err("these are failures");
        writeln!(text, "{status} {body}\n  {}", failure.action()).expect("a string takes all");
        for profile in [Profile::CODEX, Profile::GENERIC] {
            writeln!(text, "  {}", failure.message(&profile)).expect("a string takes all");
            writeln!(text, "  without server text: {}", failure.message_without_server_text(&profile)).expect("a string takes all");
        }
        writeln!(text, "  > {}", failure.next_step()).expect("a string takes all");
    }
    snapshot("messages-actions", &text);
}
