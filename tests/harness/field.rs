//! The parser against the responses from the field: how often it is right, and that it never ends a sign-in on weak
//! evidence.
//!
//! `cargo run --example field_table` prints the rows behind these numbers.

use relogin::{Action, Step};
use relogin_conformance::corpus::field::{self, Counts, Mark, Row};
use serde::de::IgnoredAny;

fn rows() -> Vec<Row> {
    field::rows(include_str!("../../corpus/field.json")).expect("corpus/field.json is as its schema says")
}

#[test]
fn the_parser_is_right_often_enough() {
    let mut counts = Counts::default();
    for row in rows() {
        counts.add(&row.evaluate());
    }
    assert_eq!(counts.rows(), 295);
    assert!(counts.right_permille() >= 740, "{counts:?}");
    assert!(counts.wrong <= 11, "{counts:?}");
    assert!(counts.false_sign_outs <= 5, "{counts:?}");
}

#[test]
fn no_text_ends_a_living_sign_in() {
    for row in rows() {
        let outcome = row.evaluate();
        let by_text = matches!(outcome.verdict, Some((_, Step::Text | Step::Word)));
        assert!(!(by_text && outcome.false_sign_out), "{}", row.id);
    }
}

#[test]
fn no_unparsed_body_ends_a_sign_in() {
    let mut unparsed = 0;
    for row in rows() {
        if is_document(&row) {
            continue;
        }
        unparsed += 1;
        let verdict = row.evaluate().verdict;
        // Only a bare text is decided by step 3 without a document (R51).
        let is_bare = matches!(verdict, Some((_, Step::Text)));
        assert!(is_bare || !matches!(verdict, None | Some((Action::Relogin, _))), "{}: {verdict:?}", row.id);
    }
    assert!(unparsed >= 50, "only {unparsed} rows are garbage: is the table cut?");
}

/// Whether a body is an object, an array or a form, found out without the parser under test.
fn is_document(row: &Row) -> bool {
    let bytes = row.body.expand();
    let text = String::from_utf8_lossy(bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&bytes)).into_owned();
    if text.trim_ascii_start().starts_with(['{', '[']) {
        // The one deep row: its depth is the first thing wrong with it (R14), and `IgnoredAny` does not count.
        row.id != "deep-nesting" && serde_json::from_str::<IgnoredAny>(&text).is_ok()
    } else {
        row.content_type
            .as_deref()
            .is_some_and(|content_type| content_type.starts_with("application/x-www-form-urlencoded"))
    }
}

#[test]
fn every_wrong_row_says_why_and_no_other() {
    for row in rows() {
        let wrong = row.evaluate().mark == Mark::Wrong;
        assert_eq!(
            wrong,
            row.why_unknowable.is_some(),
            "{}: {}",
            row.id,
            if wrong { "add why_unknowable" } else { "is not wrong: drop why_unknowable" }
        );
    }
}

#[test]
fn rows_have_ids_of_their_own_and_an_action() {
    let mut ids: Vec<String> = rows().into_iter().map(|row| row.id).collect();
    ids.sort();
    assert!(ids.windows(2).all(|pair| pair[0] != pair[1]));
    for row in rows() {
        assert!(["relogin", "retry", "fix_client", "unknown"].contains(&row.right_action.as_str()), "{}", row.id);
    }
}
