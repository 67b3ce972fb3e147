//! JUnit XML: one test suite an implementation, one test case a vector.
//!
//! A wrong verdict is a `failure`; what is no verdict (a crash, silence, noise) is an `error`; a skip, and what a baseline knows, is `skipped`.
//! XML cannot hold most controls at all, and libraries drop them: every string passes [`safe`] first, which spells them out.

use std::io::{self, Write};

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::{edit_lines, facts, heading};
use crate::check::{Harm, Implementation, Judged, Kind, Results, VectorInfo};
use crate::text::safe;

pub(super) fn write(results: &Results, out: &mut dyn Write) -> io::Result<()> {
    let mut report = Report::new(format!("relogin {}", safe(&results.header.suite, 40)));
    for implementation in &results.implementations {
        report.add_test_suite(suite(results, implementation));
    }
    let text = report.to_string().map_err(io::Error::other)?;
    // The library counts the skipped in the root element too, where the schema of Jenkins knows no such number. Its name comes before and holds
    // no quote as it is, so the first of these is the root's.
    out.write_all(text.replacen(&format!(" skipped=\"{}\"", report.skipped), "", 1).as_bytes())
}

fn suite(results: &Results, implementation: &Implementation) -> TestSuite {
    let about = &implementation.about;
    let mut suite = TestSuite::new(safe(&about.name, 100));
    for (key, value) in [("language", &about.language), ("version", &about.version)] {
        suite.add_property((key, safe(value, 100).as_str()));
    }
    if let Some(why) = &implementation.rest.not_run {
        suite.add_test_case(whole("the port could be run", &format!("{}.", safe(why, 1_000))));
    }
    for problem in &implementation.rest.problems {
        suite.add_test_case(whole("the port behaves", &format!("It {}.", safe(problem, 600))));
    }
    if let Some(baseline) = &implementation.rest.baseline {
        for edit in baseline.open_edits() {
            let what = format!("{}:\n{}", edit.why, edit_lines(edit).collect::<Vec<String>>().join("\n"));
            suite.add_test_case(whole(&format!("the baseline {} is true", safe(&baseline.file, 200)), &what));
        }
    }
    for (vector, judged) in results.vectors.iter().zip(&implementation.results) {
        if judged.kind() != Kind::Unclaimed {
            suite.add_test_case(case(vector, judged));
        }
    }
    if !implementation.rest.stderr.is_empty() {
        let lines: Vec<String> = implementation.rest.stderr.iter().map(|line| safe(line, 2_000)).collect();
        suite.set_system_err(lines.join("\n"));
    }
    suite
}

/// A test case about the port as a whole, which has failed.
fn whole(name: &str, what: &str) -> TestCase {
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
    status.set_message(what);
    let mut case = TestCase::new(name, status);
    case.set_classname("relogin.port");
    case
}

fn case(vector: &VectorInfo, judged: &Judged) -> TestCase {
    let status = match judged.kind() {
        Kind::Passed | Kind::Unclaimed => TestCaseStatus::success(),
        _ if judged.is_known => skipped(&format!("known by the baseline: {}", safe(&judged.outcome, 100))),
        // A skip in a level that is claimed does not conform, and a skipped test case fails nobody's build.
        Kind::Skipped | Kind::Failed => {
            let is_verdict = judged.harm.is_some_and(|harm| harm != Harm::NoAnswer) || judged.kind() == Kind::Skipped;
            let kind = if is_verdict { NonSuccessKind::Failure } else { NonSuccessKind::Error };
            let mut status = TestCaseStatus::non_success(kind);
            status.set_message(heading(vector, judged));
            status.set_type(safe(&judged.outcome, 100));
            status.set_description(what(vector, judged));
            status
        }
    };
    let mut case = TestCase::new(safe(&vector.id, 200), status);
    case.set_classname(format!("relogin.{}", safe(vector.topic(), 200).replace('/', ".")));
    case
}

fn skipped(why: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::skipped();
    status.set_message(why);
    status
}

/// What is wrong with a result, and where to see more.
fn what(vector: &VectorInfo, judged: &Judged) -> String {
    let see = format!("See it: relogin vectors show {}", safe(&vector.id, 200));
    [facts(vector, judged), vec![see]].concat().join("\n")
}
