//! What a person reads. The same results print the same text: no times, no paths.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use anstyle::{AnsiColor, Style};

use super::{MOST_SHOWN, body, edit_lines, name, pair, whole_verdicts};
use crate::check::{BaselineResult, Count, Difference, Edit, Harm, Implementation, Judged, Kind, Results, VectorInfo, Why};
use crate::corpus::Level;
use crate::text::{plural, safe};

/// The most failures, and skips, of one implementation that are shown without `--all`.
const MOST_FAILURES: usize = 20;
const MOST_SKIPS: usize = 5;
/// The most vectors without an answer that are named, and the most edits of a baseline.
const MOST_BREAKS: usize = 10;
const MOST_EDITS: usize = 40;
/// The most implementations beside each other in the table of topics: what fits 100 columns.
const MOST_COLUMNS: usize = 4;

const BAD: Style = AnsiColor::Red.on_default().bold();
const GOOD: Style = AnsiColor::Green.on_default();
const HEAD: Style = Style::new().bold();

/// Writes the tables, the failures and the summary.
pub(super) fn write(results: &Results, all: bool, out: &mut dyn Write) -> io::Result<()> {
    let run: Vec<&Implementation> = results.implementations.iter().filter(|implementation| implementation.rest.not_run.is_none()).collect();
    levels(out, results, &run)?;
    for some in run.chunks(MOST_COLUMNS) {
        topics(out, results, some)?;
    }
    for implementation in &results.implementations {
        if let Some(why) = &implementation.rest.not_run {
            writeln!(out, "{HEAD}{}{HEAD:#} could not be run", safe(&implementation.about.name, 100))?;
            writeln!(out, "  {}.\n", safe(why, 1_000))?;
        } else if !implementation.conforms() || (all && implementation.count().known > 0) {
            failures(out, results, implementation, all)?;
        }
    }
    summary(out, results, &run)
}

/// One line for each implementation.
fn levels(out: &mut dyn Write, results: &Results, run: &[&Implementation]) -> io::Result<()> {
    let total = results.vectors.len();
    writeln!(out, "{total} vector{}; passed/failed/skipped, `-` for what is not claimed", plural(total))?;
    writeln!(out)?;
    writeln!(out, "{HEAD}{:<28}  {:<14}  {:<14}  {:<14}  total{HEAD:#}", "implementation", "core", "dialects", "hardening")?;
    for implementation in run {
        write!(out, "{}", padded(&name(implementation), 28))?;
        let topics = implementation.topics(&results.vectors);
        for level in Level::ALL {
            let of_level = topics.iter().filter(|(topic, _)| topic.split('/').next() == Some(level.as_str()));
            write!(out, "  ")?;
            cell(out, of_level.map(|(_, count)| *count).sum(), 14)?;
        }
        write!(out, "  ")?;
        cell(out, implementation.count(), 0)?;
        writeln!(out)?;
    }
    writeln!(out)
}

/// One line for each topic.
fn topics(out: &mut dyn Write, results: &Results, some: &[&Implementation]) -> io::Result<()> {
    let names: BTreeSet<&str> = results.vectors.iter().map(VectorInfo::topic).collect();
    let counts: Vec<BTreeMap<&str, Count>> = some.iter().map(|implementation| implementation.topics(&results.vectors)).collect();
    let width = |index: usize| if index + 1 == some.len() { 0 } else { 14 };
    write!(out, "{HEAD}{:<28}{HEAD:#}", "topic")?;
    for (index, implementation) in some.iter().enumerate() {
        write!(out, "  {HEAD}{}{HEAD:#}", padded(&shortened(&name(implementation), 14), width(index)))?;
    }
    writeln!(out)?;
    for topic in names {
        write!(out, "{}", padded(&safe(topic, 60), 28))?;
        for (index, topics) in counts.iter().enumerate() {
            write!(out, "  ")?;
            cell(out, topics.get(topic).copied().unwrap_or_default(), width(index))?;
        }
        writeln!(out)?;
    }
    writeln!(out)
}

/// A cell of a table, padded after its colour.
fn cell(out: &mut dyn Write, count: Count, width: usize) -> io::Result<()> {
    let Count { passed, failed, skipped, known, .. } = count;
    let text = if passed + failed + skipped == 0 { "-".to_owned() } else { format!("{passed}/{failed}/{skipped}") };
    let style = if failed + skipped > known {
        BAD
    } else if failed + skipped == 0 && passed > 0 {
        GOOD
    } else {
        Style::new()
    };
    write!(out, "{style}{text}{style:#}{:1$}", "", width.saturating_sub(text.len()))
}

/// Why one implementation does not conform.
fn failures(out: &mut dyn Write, results: &Results, implementation: &Implementation, all: bool) -> io::Result<()> {
    let about = &implementation.about;
    writeln!(out, "{HEAD}{}{HEAD:#} ({}, version {})", name(implementation), safe(&about.language, 40), safe(&about.version, 40))?;
    for problem in &implementation.rest.problems {
        writeln!(out, "  It {}.", safe(problem, 600))?;
    }
    let failures = implementation.failures(&results.vectors);
    let (known, new): (Vec<_>, Vec<_>) = failures.iter().partition(|(_, judged)| judged.is_known);
    let listed: Vec<_> = if all { failures.iter().collect() } else { new };
    let shown = if all { listed.len() } else { listed.len().min(MOST_FAILURES) };
    if !listed.is_empty() {
        let cut = if shown < listed.len() { format!("; the first {shown} are shown, --all shows all") } else { String::new() };
        writeln!(out, "  {} failure{}, worst harm first{cut}", listed.len(), plural(listed.len()))?;
    }
    if !known.is_empty() && !all {
        writeln!(out, "  {} more that the baseline knows; --all shows them", known.len())?;
    }
    for (number, (vector, judged)) in listed.into_iter().take(shown).enumerate() {
        writeln!(out)?;
        one_failure(out, number + 1, vector, judged)?;
    }
    if shown < failures.len() {
        breaks(out, &failures)?;
    }
    skips(out, results, implementation, all)?;
    if let Some(baseline) = implementation.rest.baseline.as_ref().filter(|baseline| !baseline.edits.is_empty()) {
        edits(out, baseline, all)?;
    }
    if !implementation.rest.stderr.is_empty() {
        writeln!(out)?;
        writeln!(out, "  The end of what it wrote on standard error:")?;
        for line in &implementation.rest.stderr {
            writeln!(out, "    | {}", safe(line, 200))?;
        }
    }
    writeln!(out)
}

/// Where a port broke, one line each: that is the worst to look for in a long list, and its harm stands at the end of it.
fn breaks(out: &mut dyn Write, failures: &[(&VectorInfo, &Judged)]) -> io::Result<()> {
    let broken: Vec<_> = failures.iter().filter(|(_, judged)| judged.harm == Some(Harm::NoAnswer) && !judged.is_known).collect();
    if broken.is_empty() {
        return Ok(());
    }
    writeln!(out)?;
    writeln!(out, "  No answer to {}:", broken.len())?;
    for (vector, judged) in broken.iter().take(MOST_BREAKS) {
        writeln!(out, "    {}  {}", safe(&judged.outcome, 100), safe(&vector.id, 200))?;
    }
    if broken.len() > MOST_BREAKS {
        writeln!(out, "    and {} more; --all shows all", broken.len() - MOST_BREAKS)?;
    }
    Ok(())
}

fn skips(out: &mut dyn Write, results: &Results, implementation: &Implementation, all: bool) -> io::Result<()> {
    let pairs = results.vectors.iter().zip(&implementation.results);
    let skips: Vec<_> = pairs.filter(|(_, judged)| judged.kind() == Kind::Skipped && !judged.is_known).collect();
    if skips.is_empty() {
        return Ok(());
    }
    writeln!(out)?;
    writeln!(out, "  {} skipped in a level that it claims, which does not conform", skips.len())?;
    let shown = if all { skips.len() } else { skips.len().min(MOST_SKIPS) };
    for (vector, judged) in skips.iter().take(shown) {
        writeln!(out, "    {}: it {}", safe(&vector.id, 200), safe(judged.note.as_deref().unwrap_or("skipped it"), 200))?;
    }
    if shown < skips.len() {
        writeln!(out, "    and {} more; --all shows all", skips.len() - shown)?;
    }
    Ok(())
}

/// What must be changed in a baseline, as lines that can be pasted.
fn edits(out: &mut dyn Write, baseline: &BaselineResult, all: bool) -> io::Result<()> {
    writeln!(out)?;
    let file = safe(&baseline.file, 200);
    if baseline.is_blessed {
        writeln!(out, "  The baseline {file} was edited:")?;
    } else {
        writeln!(out, "  The baseline {file} is not true; make these edits, or let --bless make them:")?;
    }
    let shown = if all { baseline.edits.len() } else { baseline.edits.len().min(MOST_EDITS) };
    let mut worst_first: Vec<&Edit> = baseline.edits.iter().collect();
    worst_first.sort_by_key(|edit| (!edit.needs_bless_harm, edit.why)); // stable: else in the order of the file
    for edit in worst_first.into_iter().take(shown) {
        let line = edit.line.map_or_else(String::new, |line| format!(", line {line}"));
        let refused = match (edit.needs_bless_harm, baseline.is_blessed) {
            (true, true) => " (not made: only --bless-harm makes it)",
            (true, false) => " (only --bless-harm makes it)",
            _ => "",
        };
        writeln!(out, "    {}{line}{refused}", edit.why)?;
        for line in edit_lines(edit) {
            writeln!(out, "    {line}")?;
        }
    }
    if shown < baseline.edits.len() {
        writeln!(out, "    and {} more; --all shows all", baseline.edits.len() - shown)?;
    }
    let count = |why: Why| baseline.edits.iter().filter(|edit| edit.why == why).count();
    let kinds = [Why::UnexpectedPass, Why::ChangedOutcome, Why::NewFailure, Why::MatchesNothing];
    let counts = kinds.into_iter().filter(|why| count(*why) > 0).map(|why| format!("{why}: {}", count(why)));
    let mut told = counts.collect::<Vec<String>>().join(", ");
    let refused = baseline.edits.iter().filter(|edit| edit.needs_bless_harm).count();
    if refused > 0 {
        let but = if baseline.is_blessed { "not made" } else { "not made by --bless" };
        let why = "the port newly signs out a live user, takes an error for success, or breaks";
        told.push_str(&format!("; {but}: {refused}, for {why}; look at them, then use --bless-harm"));
    }
    writeln!(out, "    {told}.")
}

fn one_failure(out: &mut dyn Write, number: usize, vector: &VectorInfo, judged: &Judged) -> io::Result<()> {
    let id = safe(&vector.id, 200);
    let harm = judged.harm.unwrap_or(Harm::NoAnswer);
    let known = if judged.is_known { " (known)" } else { "" };
    writeln!(out, "  {number}. {BAD}{harm}{BAD:#}: {id}{known}")?;
    writeln!(out, "     {}", safe(&vector.title, 200))?;
    let content_type = vector.content_type.as_ref().map_or_else(|| "none".to_owned(), |value| safe(value, 100));
    let profile = vector.profile.as_ref().map_or_else(|| "its own".to_owned(), |name| safe(name, 40));
    writeln!(out, "     status {}, content type {content_type}, profile {profile}", vector.status)?;
    writeln!(out, "     body, {} byte{}: {}", vector.body_bytes, plural(vector.body_bytes), body(vector, MOST_SHOWN))?;
    for Difference { field, expected, actual } in &judged.differences {
        let (expected, actual) = pair(expected, actual.as_ref());
        writeln!(out, "     {}:", field.as_str())?;
        writeln!(out, "       expected {expected}")?;
        writeln!(out, "       actual   {actual}")?;
    }
    if let Some((expected, actual)) = whole_verdicts(vector.expect.as_ref(), judged) {
        writeln!(out, "     expected {expected}")?;
        writeln!(out, "     actual   {actual}")?;
    }
    if let Some(note) = &judged.note {
        writeln!(out, "     It {}.", safe(note, 400))?;
    }
    writeln!(out, "     outcome {}; see it: relogin vectors show {id}", safe(&judged.outcome, 100))
}

/// One line for each implementation, and one for all.
fn summary(out: &mut dyn Write, results: &Results, run: &[&Implementation]) -> io::Result<()> {
    for implementation in run {
        let count = implementation.count();
        let mut notes = vec![format!("{} of {} vectors judged", count.judged(), count.total())];
        if count.unanswered > 0 {
            notes.push(format!("{} not answered", count.unanswered));
        }
        if count.skipped > 0 {
            notes.push(format!("{} skipped", count.skipped));
        }
        if count.known > 0 {
            notes.push(format!("{} known by the baseline", count.known));
        }
        let left_out = implementation.about.left_out();
        if !left_out.is_empty() {
            let fields: Vec<&str> = left_out.iter().map(|field| field.as_str()).collect();
            notes.push(format!("leaves out {}", fields.join(", ")));
        }
        notes.extend(implementation.rest.problems.iter().map(|problem| safe(problem, 600)));
        if let Some(baseline) = implementation.rest.baseline.as_ref().filter(|baseline| !baseline.edits.is_empty()) {
            let is_true_now = baseline.open_edits().next().is_none();
            notes.push(format!("the baseline {}", if is_true_now { "was edited" } else { "is not true" }));
        }
        let style = if implementation.conforms() { GOOD } else { BAD };
        let (passed, judged) = (count.passed, count.judged());
        writeln!(out, "{}: {style}{passed} of {judged} judged conform{style:#}; {}", name(implementation), notes.join("; "))?;
    }
    let (relogin, unknown) = controls(results);
    let total = results.vectors.len();
    writeln!(
        out,
        "For comparison, an implementation that always says relogin has {relogin} of {total} actions right, always unknown {unknown}."
    )?;
    for note in &results.header.notes {
        writeln!(out, "{}", safe(note, 600))?;
    }
    let wrong: Vec<String> = run.iter().filter(|implementation| !implementation.conforms()).map(|one| name(one)).collect();
    if !wrong.is_empty() {
        writeln!(out, "{BAD}Not conforming:{BAD:#} {}", wrong.join(", "))?;
    }
    let not_run = results.footer.not_run;
    if not_run > 0 {
        let not_run = results.implementations.iter().filter(|one| one.rest.not_run.is_some());
        let names: Vec<String> = not_run.map(|one| safe(&one.about.name, 100)).collect();
        writeln!(out, "{BAD}Could not be run:{BAD:#} {}", names.join(", "))?;
    }
    if wrong.is_empty() && not_run == 0 {
        let known: usize = run.iter().map(|implementation| implementation.count().known).sum();
        let but = if known > 0 { ", but for what the baselines know" } else { "" };
        writeln!(out, "{GOOD}Everything that was judged conforms{but}.{GOOD:#}")?;
    }
    Ok(())
}

/// How many actions the two answers that need no parser would get right, so that a score can be read against them.
fn controls(results: &Results) -> (usize, usize) {
    let count = |action: &str| {
        let expected = results.vectors.iter().filter_map(|vector| vector.expect.as_ref());
        expected.filter(|verdict| verdict.action == action).count()
    };
    (count("relogin"), count("unknown"))
}

/// Pads by characters, after the escaping that `{:<28}` would count as well.
fn padded(text: &str, width: usize) -> String {
    format!("{text}{:1$}", "", width.saturating_sub(text.chars().count()))
}

/// A text for the head of a narrow column.
fn shortened(text: &str, width: usize) -> String {
    if text.chars().count() <= width { text.to_owned() } else { text.chars().take(width - 1).chain(['\u{2026}']).collect() }
}
