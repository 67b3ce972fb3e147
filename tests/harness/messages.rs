//! Messages and next steps: of every core vector, and of one vector of each action in both profiles.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use relogin::{Failure, Profile, Response, classify};
use relogin_conformance::corpus::{Corpus, Level, Vector};
use relogin_conformance::text::safe;

use crate::support::pin;

fn verdict(vector: &Vector) -> Result<(), Failure<'static>> {
    let input = &vector.input;
    let secrets: Vec<&str> = input.secrets.iter().map(String::as_str).collect();
    classify(&Response::new(input.status, input.content_type.as_deref(), &input.body.expand()).with_secrets(&secrets))
        .map_err(Failure::into_owned)
}

#[test]
fn messages_of_every_core_vector() {
    let corpus = Corpus::embedded();
    let mut text = String::new();
    for vector in corpus.vectors().filter(|vector| vector.level() == Some(Level::Core)) {
        writeln!(text, "{}", vector.id).expect("a string takes all");
        match verdict(vector) {
            Ok(()) => writeln!(text, "  not a failure").expect("a string takes all"),
            Err(failure) => {
                let message = failure.message(&corpus.profile(vector).borrowed()).to_string();
                writeln!(text, "  {}\n  > {}", safe(&message, 700), failure.next_step()).expect("a string takes all");
            }
        }
    }
    pin("messages-core", &text);
}

#[test]
fn messages_of_each_action_in_both_profiles() {
    let corpus = Corpus::embedded();
    let mut shown = BTreeSet::new();
    let mut text = String::new();
    for id in [
        "core/seed/flat-invalid-grant",
        "core/seed/nested-refresh-token-reused",
        "core/field/anthropic-429-rate-limit-type-only",
        "core/seed/nested-invalid-client",
        "core/seed/unparseable-401-html",
    ] {
        let failure = verdict(corpus.find(id).expect("the corpus has the vector")).expect_err("these are failures");
        shown.insert(failure.action().to_string());
        writeln!(text, "{id}\n  {}", failure.action()).expect("a string takes all");
        for profile in [Profile::CODEX, Profile::GENERIC] {
            writeln!(text, "  {}", failure.message(&profile)).expect("a string takes all");
            writeln!(text, "  without server text: {}", failure.message_without_server_text(&profile))
                .expect("a string takes all");
        }
        writeln!(text, "  > {}", failure.next_step()).expect("a string takes all");
    }
    assert_eq!(shown, corpus.actions.iter().map(|row| row.action.to_string()).collect());
    pin("messages-actions", &text);
}
