//! JUnit XML: a test suite for each implementation, a test case for each vector.
//!
//! A wrong verdict is a `failure`. No verdict (a crash, silence, noise) is an `error`. A failure in the baseline is
//! `skipped`. XML cannot hold most controls, and libraries drop them; [`safe`] spells them out first.

use std::io::{self, Write};

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::pieces::{Shown, edit_lines, facts, heading, sentences, shown_as, shown_groups};
use crate::check::{Harm, Implementation, Judged, Kind, Results, VectorInfo, known_failures};
use crate::text::{safe, width};

pub(super) fn write(results: &Results, out: &mut dyn Write) -> io::Result<()> {
    let mut report = Report::new(format!("relogin {}", safe(&results.header.suite, width::WORD)));
    for implementation in &results.implementations {
        report.add_test_suite(suite(results, implementation));
    }
    let text = report.to_string().map_err(io::Error::other)?;
    // The library writes `skipped` in the root element too, and the schema of Jenkins does not allow it. Before it
    // comes only the name, in which quotes are escaped, so the first match is that of the root.
    out.write_all(text.replacen(&format!(" skipped=\"{}\"", report.skipped), "", 1).as_bytes())
}

fn suite(results: &Results, implementation: &Implementation) -> TestSuite {
    let identity = &implementation.identity;
    let mut suite = TestSuite::new(safe(&identity.name, width::NAME));
    for (key, value) in [("language", &identity.language), ("version", &identity.version)] {
        suite.add_property((key, safe(value, width::NAME).as_str()));
    }
    suite.add_property(("summary", summary(results, implementation).as_str()));
    if let Some(why) = &implementation.end.not_run {
        suite.add_test_case(port_failure("the port could be run", &format!("{}.", safe(why, width::MESSAGE))));
    }
    for problem in &implementation.end.problems {
        suite.add_test_case(port_failure("the port behaves", &format!("It {}.", safe(problem, width::MESSAGE))));
    }
    if let Some(baseline) = &implementation.end.baseline {
        for edit in baseline.open_edits() {
            let message = format!("{}:\n{}", edit.why, edit_lines(edit).collect::<Vec<String>>().join("\n"));
            let name = format!("the baseline {} is up to date", safe(&baseline.file, width::LINE));
            suite.add_test_case(port_failure(&name, &message));
        }
    }
    for (vector, judged) in results.vectors.iter().zip(&implementation.results) {
        if judged.kind() != Kind::Unclaimed {
            suite.add_test_case(case(vector, judged));
        }
    }
    if !implementation.end.stderr.is_empty() {
        let lines: Vec<String> = implementation.end.stderr.iter().map(|line| safe(line, width::MESSAGE)).collect();
        suite.set_system_err(lines.join("\n"));
    }
    suite
}

/// Returns the sentences on an implementation.
fn summary(results: &Results, implementation: &Implementation) -> String {
    let groups = shown_groups(implementation, &results.vectors, &Shown::default());
    let mut sentences = sentences(implementation, &results.vectors, &groups);
    if let Some(known) = known_failures([implementation]) {
        let new = if implementation.conforms() { "No new failures; " } else { "" };
        sentences.push(format!("{new}{known}."));
    } else if implementation.conforms() {
        sentences.push("Everything that was judged conforms.".into());
    }
    sentences.join(" ")
}

/// Returns a failed test case about the port as a whole.
fn port_failure(name: &str, message: &str) -> TestCase {
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
    status.set_message(message);
    let mut case = TestCase::new(name, status);
    case.set_classname("relogin.port");
    case
}

fn case(vector: &VectorInfo, judged: &Judged) -> TestCase {
    let status = match judged.kind() {
        Kind::Passed | Kind::Unclaimed => TestCaseStatus::success(),
        _ if judged.is_known => skipped(&format!("known by the baseline: {}", judged.outcome)),
        // A skip in a claimed level does not conform, and a `skipped` test case would not fail a build.
        Kind::Skipped | Kind::Failed => {
            let is_verdict = judged.harm.is_some_and(|harm| harm != Harm::NoAnswer) || judged.kind() == Kind::Skipped;
            let kind = if is_verdict { NonSuccessKind::Failure } else { NonSuccessKind::Error };
            let mut status = TestCaseStatus::non_success(kind);
            status.set_message(heading(vector, judged));
            status.set_type(judged.outcome.to_string());
            status.set_description(description(vector, judged));
            status
        }
    };
    let mut case = TestCase::new(safe(&vector.id, width::LINE), status);
    case.set_classname(format!("relogin.{}", safe(vector.topic(), width::LINE).replace('/', ".")));
    case
}

fn skipped(why: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::skipped();
    status.set_message(why);
    status
}

/// Returns the facts of a failure or a skip, and how to see more.
fn description(vector: &VectorInfo, judged: &Judged) -> String {
    let see = format!("See it: relogin vectors show {}", shown_as(judged.about(vector)));
    [facts(vector, judged), vec![see]].concat().join("\n")
}
