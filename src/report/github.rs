//! Workflow commands of GitHub Actions: each failure is an annotation that names its vector.
//!
//! A command is a line `::error title=TITLE::MESSAGE`. The runner decodes `%25`, `%0D` and `%0A` in both, and `%3A` and
//! `%2C` in properties, so these are escaped. Before that, each string passes [`safe`], so that it cannot begin another
//! command.

use std::io::{self, Write};

use super::pieces::{edit_lines, facts, heading, name};
use crate::check::{Implementation, Judged, Kind, Results, VectorInfo, Why};
use crate::text::{plural, safe, width};

/// The most annotations of one implementation without `--all`. GitHub shows ten for each step; the log has all.
const MOST_ANNOTATIONS: usize = 50;

pub(super) fn write(results: &Results, all: bool, out: &mut dyn Write) -> io::Result<()> {
    for implementation in &results.implementations {
        annotate(results, implementation, all, out)?;
    }
    let footer = &results.footer;
    let verdict = match (footer.not_conforming, footer.implementations) {
        (0, 1) => "the implementation conforms".to_owned(),
        (0, count) => format!("all {count} implementations conform"),
        (wrong, count) => {
            format!("{wrong} of {count} implementation{} not conform", if wrong == 1 { "s does" } else { "s do" })
        }
    };
    command(out, "notice", &[("title", "relogin")], &verdict)
}

fn annotate(results: &Results, implementation: &Implementation, all: bool, out: &mut dyn Write) -> io::Result<()> {
    let name = name(implementation);
    if let Some(why) = &implementation.end.not_run {
        command(out, "error", &[("title", &format!("{name} could not be run"))], &safe(why, width::MESSAGE))?;
    }
    for problem in &implementation.end.problems {
        command(
            out,
            "error",
            &[("title", &format!("{name} does not conform"))],
            &format!("It {}.", safe(problem, width::MESSAGE)),
        )?;
    }
    let failures = implementation.failures(&results.vectors);
    let skips =
        results.vectors.iter().zip(&implementation.results).filter(|(_, judged)| judged.kind() == Kind::Skipped);
    let bad: Vec<(&VectorInfo, &Judged)> =
        failures.into_iter().chain(skips).filter(|(_, judged)| judged.is_bad()).collect();
    let shown = if all { bad.len() } else { bad.len().min(MOST_ANNOTATIONS) };
    for (vector, judged) in &bad[..shown] {
        let title = format!("{name} fails {}", safe(&vector.id, width::LINE));
        command(out, "error", &[("title", &title)], &message(vector, judged))?;
    }
    if shown < bad.len() {
        let left = bad.len() - shown;
        command(
            out,
            "error",
            &[("title", &format!("{name} fails more"))],
            &format!("{left} more vector{} not annotated; --all annotates all", plural(left)),
        )?;
    }
    let Some(baseline) = &implementation.end.baseline else { return Ok(()) };
    // New failures are annotated above.
    for edit in baseline.open_edits().filter(|edit| edit.why != Why::NewFailure) {
        let (file, line) = (safe(&baseline.file, width::LINE), edit.line.unwrap_or(1).to_string());
        let title = format!("{name}: {}", edit.why);
        let lines: Vec<String> = edit_lines(edit).collect();
        command(out, "error", &[("file", &file), ("line", &line), ("title", &title)], &lines.join("\n"))?;
    }
    Ok(())
}

/// Returns the message of a failure or a skip.
fn message(vector: &VectorInfo, judged: &Judged) -> String {
    [vec![heading(vector, judged)], facts(vector, judged)].concat().join("\n")
}

fn command(out: &mut dyn Write, kind: &str, properties: &[(&str, &str)], message: &str) -> io::Result<()> {
    let data = |text: &str| text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
    let property =
        |(key, value): &(&str, &str)| format!("{key}={}", data(value).replace(':', "%3A").replace(',', "%2C"));
    let properties: Vec<String> = properties.iter().map(property).collect();
    writeln!(out, "::{kind} {}::{}", properties.join(","), data(message))
}
