//! What `relogin check` prints. The same results print the same text: no times, no paths.

use std::collections::BTreeSet;
use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use relogin_conformance::check::{Count, Difference, Failure, Report, Wrong};
use relogin_conformance::text::{ascii_json_line, safe, safe_bytes};
use relogin_conformance::vectors::{Level, ProfileChoice};
use serde_json::Value;

/// The most failures of one implementation that are shown without `--all`.
const MOST_FAILURES: usize = 20;
/// The most skips of one implementation that are shown without `--all`.
const MOST_SKIPS: usize = 5;
/// The most implementations beside each other in the table of topics: what fits 100 columns.
const MOST_COLUMNS: usize = 4;
/// The most characters of a value or a body.
const MOST_SHOWN: usize = 240;

const BAD: Style = AnsiColor::Red.on_default().bold();
const GOOD: Style = AnsiColor::Green.on_default();
const HEAD: Style = Style::new().bold();

/// Prints the tables, the failures and the summary; `skipped` says which bundled port is not there, `failed` is the number of ports that could
/// not be run.
pub(crate) fn print(out: &mut impl Write, reports: &[Report<'_>], skipped: Option<&str>, failed: usize, all: bool) -> io::Result<()> {
    levels(out, reports)?;
    for some in reports.chunks(MOST_COLUMNS) {
        topics(out, some)?;
    }
    for report in reports.iter().filter(|report| !report.conforms()) {
        failures(out, report, all)?;
    }
    summary(out, reports, skipped, failed)?;
    out.flush()
}

/// One line for each implementation.
fn levels(out: &mut impl Write, reports: &[Report<'_>]) -> io::Result<()> {
    let total = reports.first().map_or(0, |report| report.count(None).total());
    writeln!(out, "{total} vector{}; passed/failed/skipped, `-` for what is not claimed", plural(total))?;
    writeln!(out)?;
    writeln!(out, "{HEAD}{:<28}  {:<14}  {:<14}  {:<14}  total{HEAD:#}", "implementation", "core", "dialects", "hardening")?;
    for report in reports {
        write!(out, "{}", padded(&report.name, 28))?;
        for level in Level::ALL.map(Some).into_iter().chain([None]) {
            write!(out, "  ")?;
            cell(out, report.count(level), if level.is_none() { 0 } else { 14 })?;
        }
        writeln!(out)?;
    }
    writeln!(out)
}

/// One line for each topic.
fn topics(out: &mut impl Write, reports: &[Report<'_>]) -> io::Result<()> {
    let topics: BTreeSet<&str> = reports.iter().flat_map(|report| report.topics.keys().copied()).collect();
    write!(out, "{HEAD}{:<28}{HEAD:#}", "topic")?;
    for (index, report) in reports.iter().enumerate() {
        let name = safe_name(&report.name, 14);
        let name = if index + 1 == reports.len() { name } else { padded(&name, 14) };
        write!(out, "  {HEAD}{name}{HEAD:#}")?;
    }
    writeln!(out)?;
    for topic in topics {
        write!(out, "{}", padded(&safe(topic, 60), 28))?;
        for (index, report) in reports.iter().enumerate() {
            write!(out, "  ")?;
            let count = report.topics.get(topic).copied().unwrap_or_default();
            cell(out, count, if index + 1 == reports.len() { 0 } else { 14 })?;
        }
        writeln!(out)?;
    }
    writeln!(out)
}

/// A cell of a table, padded after its colour.
fn cell(out: &mut impl Write, count: Count, width: usize) -> io::Result<()> {
    let Count { passed, failed, skipped, .. } = count;
    let text = if count.judged() + skipped == 0 { "-".to_owned() } else { format!("{passed}/{failed}/{skipped}") };
    let style = if failed > 0 {
        BAD
    } else if passed > 0 && skipped == 0 {
        GOOD
    } else {
        Style::new()
    };
    write!(out, "{style}{text}{style:#}{:1$}", "", width.saturating_sub(text.len()))
}

/// Why one implementation does not conform.
fn failures(out: &mut impl Write, report: &Report<'_>, all: bool) -> io::Result<()> {
    let count = report.failures.len();
    let shown = if all { count } else { count.min(MOST_FAILURES) };
    writeln!(out, "{HEAD}{}{HEAD:#} ({})", report.name, report.about)?;
    for problem in &report.problems {
        writeln!(out, "  It {problem}.")?;
    }
    if count > 0 {
        let cut = if shown < count { format!("; the first {shown} are shown, --all shows all") } else { String::new() };
        writeln!(out, "  {count} failure{}, worst harm first{cut}", plural(count))?;
    }
    for (number, failure) in report.failures.iter().take(shown).enumerate() {
        writeln!(out)?;
        one_failure(out, number + 1, failure)?;
    }
    let skipped = report.skips.len();
    if skipped > 0 {
        writeln!(out)?;
        writeln!(out, "  {skipped} skipped in a level that it claims, which does not conform")?;
    }
    let shown = if all { skipped } else { skipped.min(MOST_SKIPS) };
    for (vector, why) in report.skips.iter().take(shown) {
        writeln!(out, "    {}: {why}", safe(&vector.id, 200))?;
    }
    if shown < skipped {
        writeln!(out, "    and {} more; --all shows all", skipped - shown)?;
    }
    if !report.stderr.is_empty() {
        writeln!(out)?;
        writeln!(out, "  The end of what it wrote on standard error:")?;
        for line in &report.stderr {
            writeln!(out, "    | {}", safe(line, 200))?;
        }
    }
    writeln!(out)
}

fn one_failure(out: &mut impl Write, number: usize, failure: &Failure<'_>) -> io::Result<()> {
    let Failure { harm, vector, wrong } = failure;
    let input = &vector.input;
    let id = safe(&vector.id, 200);
    writeln!(out, "  {number}. {BAD}{harm}{BAD:#}: {id}")?;
    writeln!(out, "     {}", safe(&vector.title, 200))?;
    let content_type = input.content_type.as_ref().map_or_else(|| "none".to_owned(), |value| safe(value, 100));
    let profile = match &input.profile {
        ProfileChoice::Name(name) => safe(name, 40),
        ProfileChoice::Inline(_) => "its own".into(),
    };
    writeln!(out, "     status {}, content type {content_type}, profile {profile}", input.status)?;
    let body = input.body.expand();
    writeln!(out, "     body, {} byte{}: {}", body.len(), plural(body.len()), safe_bytes(&body, MOST_SHOWN))?;
    match wrong {
        Wrong::Fields(fields) => {
            for Difference { field, expected, actual } in fields {
                let (expected, actual) = pair(expected, actual.as_ref());
                writeln!(out, "     {}:", field.as_str())?;
                writeln!(out, "       expected {expected}")?;
                writeln!(out, "       actual   {actual}")?;
            }
        }
        Wrong::Null { actual: Some(actual) } => {
            writeln!(out, "     expected null (not a failure)")?;
            writeln!(out, "     actual   {}", safe(&actual.to_string(), MOST_SHOWN))?;
        }
        Wrong::Null { actual: None } => {
            let expected = vector.expect.as_ref().map(ascii_json_line).unwrap_or_default();
            writeln!(out, "     expected {}", safe(&expected, MOST_SHOWN))?;
            writeln!(out, "     actual   null (not a failure)")?;
        }
        Wrong::Nothing(what) => writeln!(out, "     It {what}.")?,
    }
    writeln!(out, "     See it: relogin vectors show {id}")
}

/// Two values, each from a little before where they begin to differ.
fn pair(expected: &Value, actual: Option<&Value>) -> (String, String) {
    let spelled = |value: &Value| value.as_str().map_or_else(|| value.to_string(), |text| format!("\"{text}\""));
    let expected = spelled(expected);
    let Some(actual) = actual.map(spelled) else { return (safe(&expected, MOST_SHOWN), "nothing: the field is missing".into()) };
    let same = expected.chars().zip(actual.chars()).take_while(|(one, other)| one == other).count();
    let from = if same > MOST_SHOWN / 2 { same - 40 } else { 0 };
    let shown = |text: &str| {
        let rest: String = text.chars().skip(from).collect();
        let before = if from > 0 { "\u{2026} " } else { "" };
        format!("{before}{}", safe(&rest, MOST_SHOWN))
    };
    (shown(&expected), shown(&actual))
}

/// One line for each implementation, and one for all.
fn summary(out: &mut impl Write, reports: &[Report<'_>], skipped: Option<&str>, failed: usize) -> io::Result<()> {
    for report in reports {
        let count = report.count(None);
        let (passed, judged, total) = (count.passed, count.judged(), count.total());
        let mut notes = vec![format!("{judged} of {total} vectors judged")];
        if count.skipped > 0 {
            notes.push(format!("{} skipped", count.skipped));
        }
        if !report.left_out.is_empty() {
            let fields: Vec<&str> = report.left_out.iter().map(|field| field.as_str()).collect();
            notes.push(format!("leaves out {}", fields.join(", ")));
        }
        notes.extend(report.problems.iter().cloned());
        let style = if report.conforms() { GOOD } else { BAD };
        writeln!(out, "{}: {style}{passed} of {judged} judged conform{style:#}; {}", report.name, notes.join("; "))?;
    }
    if let Some(skipped) = skipped {
        writeln!(out, "{skipped}")?;
    }
    let wrong: Vec<&str> = reports.iter().filter(|report| !report.conforms()).map(|report| report.name.as_str()).collect();
    if !wrong.is_empty() {
        writeln!(out, "{BAD}Not conforming:{BAD:#} {}", wrong.join(", "))?;
    }
    if failed > 0 {
        writeln!(out, "{BAD}Could not be run:{BAD:#} {failed} port{}; the reason is on standard error", plural(failed))?;
    }
    if wrong.is_empty() && failed == 0 {
        writeln!(out, "{GOOD}Everything that was judged conforms.{GOOD:#}")?;
    }
    Ok(())
}

/// Pads by characters, after the escaping that `{:<28}` would count as well.
fn padded(text: &str, width: usize) -> String {
    format!("{text}{:1$}", "", width.saturating_sub(text.chars().count()))
}

/// A name for the head of a narrow column.
fn safe_name(name: &str, width: usize) -> String {
    if name.chars().count() <= width { name.to_owned() } else { name.chars().take(width - 1).chain(['\u{2026}']).collect() }
}

fn plural(count: usize) -> &'static str {
    if count == 1 { "" } else { "s" }
}
