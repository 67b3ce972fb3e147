//! The report for a person. The same results print the same text: it has no times and no paths.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use anstyle::{AnsiColor, Style};

use super::pieces::{
    Shown, body, cause, comparison, content_type, edit_lines, edit_title, edits_in_order, group_outcomes, headers,
    members, name, pair, profile, secrets_and_bytes, sentences, shown_as, shown_groups, whole_verdicts,
};
use crate::check::groups::{Cause, Group};
use crate::check::{
    BaselineResult, Count, Difference, Implementation, Judged, Kind, Results, VectorInfo, Why, known_failures,
};
use crate::corpus::Level;
use crate::text::{plural, safe, width};

/// The most groups of failures and the most skips of one implementation that are shown without `--all`, the most edits
/// of a baseline, and the most other vectors of a group that are named.
const MOST_GROUPS: usize = 20;
const MOST_SKIPS: usize = 5;
const MOST_EDITS: usize = 40;
const MOST_OTHERS: usize = 3;
/// The most implementations side by side in the table of topics, to fit in 100 columns.
const MOST_COLUMNS: usize = 4;
/// The widths of the first and the other columns of a table.
const FIRST_COLUMN: usize = 28;
const COLUMN: usize = 14;

const BAD: Style = AnsiColor::Red.on_default().bold();
const GOOD: Style = AnsiColor::Green.on_default();
const HEAD: Style = Style::new().bold();

/// Writes the tables, the failures and the summary.
pub(super) fn write(results: &Results, shown: &Shown, out: &mut dyn Write) -> io::Result<()> {
    let was_run = |implementation: &&Implementation| implementation.end.not_run.is_none();
    let run: Vec<&Implementation> = results.implementations.iter().filter(was_run).collect();
    levels(out, results, &run)?;
    for some in run.chunks(MOST_COLUMNS) {
        topics(out, results, some)?;
    }
    for implementation in &results.implementations {
        if let Some(why) = &implementation.end.not_run {
            writeln!(out, "{HEAD}{}{HEAD:#} could not be run", safe(&implementation.identity.name, width::NAME))?;
            writeln!(out, "  {}.\n", safe(why, width::MESSAGE))?;
        } else if !implementation.conforms() || (shown.all && implementation.count().known > 0) {
            failures(out, results, implementation, shown)?;
        }
    }
    summary(out, results, &run)
}

/// Writes a line for each implementation.
fn levels(out: &mut dyn Write, results: &Results, run: &[&Implementation]) -> io::Result<()> {
    let total = results.vectors.len();
    writeln!(out, "{total} vector{}; passed/failed/skipped, `-` if not claimed\n", plural(total))?;
    write!(out, "{HEAD}{:<FIRST_COLUMN$}", "implementation")?;
    Level::ALL.iter().try_for_each(|level| write!(out, "  {level:<COLUMN$}"))?;
    writeln!(out, "  total{HEAD:#}")?;
    for implementation in run {
        write!(out, "{}", padded(&name(implementation), FIRST_COLUMN))?;
        let topics = implementation.topics(&results.vectors);
        for level in Level::ALL {
            let of_level = topics.iter().filter(|(topic, _)| topic.split('/').next() == Some(level.as_str()));
            write!(out, "  ")?;
            cell(out, of_level.map(|(_, count)| *count).sum(), COLUMN)?;
        }
        write!(out, "  ")?;
        cell(out, implementation.count(), 0)?;
        writeln!(out)?;
    }
    writeln!(out)
}

/// Writes a line for each topic.
fn topics(out: &mut dyn Write, results: &Results, some: &[&Implementation]) -> io::Result<()> {
    let names: BTreeSet<&str> = results.vectors.iter().map(VectorInfo::topic).collect();
    let counts: Vec<BTreeMap<&str, Count>> = some.iter().map(|one| one.topics(&results.vectors)).collect();
    let width_of = |index: usize| if index + 1 == some.len() { 0 } else { COLUMN };
    write!(out, "{HEAD}{:<FIRST_COLUMN$}{HEAD:#}", "topic")?;
    for (index, implementation) in some.iter().enumerate() {
        write!(out, "  {HEAD}{}{HEAD:#}", padded(&shortened(&name(implementation), COLUMN), width_of(index)))?;
    }
    writeln!(out)?;
    for topic in names {
        write!(out, "{}", padded(&safe(topic, width::NAME), FIRST_COLUMN))?;
        for (index, topics) in counts.iter().enumerate() {
            write!(out, "  ")?;
            cell(out, topics.get(topic).copied().unwrap_or_default(), width_of(index))?;
        }
        writeln!(out)?;
    }
    writeln!(out)
}

/// Writes a cell of a table, padded after its colour.
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

/// Writes why one implementation does not conform.
fn failures(out: &mut dyn Write, results: &Results, implementation: &Implementation, shown: &Shown) -> io::Result<()> {
    let [language, version] =
        [&implementation.identity.language, &implementation.identity.version].map(|it| safe(it, width::WORD));
    writeln!(out, "{HEAD}{}{HEAD:#} ({language}, version {version})", name(implementation))?;
    for problem in &implementation.end.problems {
        writeln!(out, "  It {}.", safe(problem, width::MESSAGE))?;
    }
    let groups = shown_groups(implementation, &results.vectors, shown);
    for sentence in sentences(implementation, &results.vectors, &groups) {
        writeln!(out, "  {sentence}")?;
    }
    let number: usize = groups.iter().map(|group| group.failures.len()).sum();
    let count = if shown.all { groups.len() } else { groups.len().min(MOST_GROUPS) };
    if number > 0 {
        let cut = if count < groups.len() {
            format!("; the first {count} groups are shown, --all shows all")
        } else {
            String::new()
        };
        let of = groups.len();
        let rule = groups.iter().find_map(|group| match group.cause {
            Cause::Rule(tag) => Some(format!("; `relogin rule {}` prints a rule", safe(tag, width::WORD))),
            Cause::Break(..) => None,
        });
        let (s, rule) = (plural(of), rule.unwrap_or_default());
        writeln!(out, "  {number} failure{} in {of} group{s}, worst harm first{cut}{rule}", plural(number))?;
    }
    let others = implementation.results.iter().filter(|judged| judged.kind() == Kind::Failed);
    let (known, of_other_harms) =
        others.fold((0, 0), |(known, other), judged| match (shown.has(judged), judged.is_known) {
            (false, _) => (known, other + 1),
            (true, is_known) => (known + usize::from(is_known), other),
        });
    if known > 0 && !shown.all {
        writeln!(out, "  {known} more are in the baseline; --all shows them")?;
    }
    if of_other_harms > 0 {
        writeln!(out, "  {of_other_harms} more have another harm than --harm asks for")?;
    }
    for (number, group) in groups.iter().take(count).enumerate() {
        writeln!(out)?;
        one_group(out, number + 1, group, shown.all)?;
    }
    skips(out, results, implementation, shown.all)?;
    if let Some(baseline) = implementation.end.baseline.as_ref().filter(|baseline| !baseline.edits.is_empty()) {
        edits(out, baseline, shown.all)?;
    }
    if !implementation.end.stderr.is_empty() {
        writeln!(out, "\n  The end of its standard error:")?;
        for line in &implementation.end.stderr {
            writeln!(out, "    | {}", safe(line, width::LINE))?;
        }
    }
    writeln!(out)
}

/// Writes a group: its harm, its cause, and one example, or all failures.
fn one_group(out: &mut dyn Write, number: usize, group: &Group<'_>, all: bool) -> io::Result<()> {
    let (harm, count) = (group.harm, group.failures.len());
    let cause = cause(&group.cause);
    writeln!(out, "  {number}. {BAD}{harm}{BAD:#}, {count} vector{}: {cause}", plural(count))?;
    let outcomes = group_outcomes(group);
    if outcomes != cause {
        writeln!(out, "     {outcomes}")?;
    }
    if all {
        return group.failures.iter().try_for_each(|(vector, judged)| {
            writeln!(out)?;
            one_failure(out, "", vector, judged)
        });
    }
    let (vector, judged) = group.example();
    one_failure(out, if count > 1 { "for example " } else { "" }, vector, judged)?;
    let others: Vec<String> = group
        .failures
        .iter()
        .filter(|(other, _)| other.id != vector.id)
        .map(|(other, _)| safe(&other.id, width::LINE))
        .collect();
    if others.is_empty() {
        return Ok(());
    }
    let more =
        if others.len() > MOST_OTHERS { format!(", and {} more", others.len() - MOST_OTHERS) } else { String::new() };
    writeln!(out, "     also {}{more}", others[..others.len().min(MOST_OTHERS)].join(", "))
}

fn skips(out: &mut dyn Write, results: &Results, implementation: &Implementation, all: bool) -> io::Result<()> {
    let pairs = results.vectors.iter().zip(&implementation.results);
    let skips: Vec<_> = pairs.filter(|(_, judged)| judged.kind() == Kind::Skipped && !judged.is_known).collect();
    if skips.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n  {} skipped in a level that it claims, so it does not conform", skips.len())?;
    let shown = if all { skips.len() } else { MOST_SKIPS };
    for (vector, judged) in skips.iter().take(shown) {
        let note = safe(judged.note.as_deref().unwrap_or("skipped it"), width::LINE);
        writeln!(out, "    {}: it {note}", safe(&vector.id, width::LINE))?;
    }
    more(out, skips.len(), shown)
}

/// Writes the edits of a baseline, as lines that can be pasted.
fn edits(out: &mut dyn Write, baseline: &BaselineResult, all: bool) -> io::Result<()> {
    let file = safe(&baseline.file, width::LINE);
    if baseline.is_blessed {
        writeln!(out, "\n  The baseline {file} was edited:")?;
    } else {
        writeln!(out, "\n  The baseline {file} is out of date; make these edits, or use --bless:")?;
    }
    let shown = if all { baseline.edits.len() } else { MOST_EDITS };
    for edit in edits_in_order(baseline).into_iter().take(shown) {
        writeln!(out, "    {}", edit_title(edit, baseline))?;
        edit_lines(edit).try_for_each(|line| writeln!(out, "    {line}"))?;
    }
    more(out, baseline.edits.len(), shown)?;
    let count = |why: Why| baseline.edits.iter().filter(|edit| edit.why == why).count();
    let kinds = [Why::UnexpectedPass, Why::ChangedOutcome, Why::NewFailure, Why::MatchesNothing];
    let counts = kinds.into_iter().filter(|why| count(*why) > 0).map(|why| format!("{why}: {}", count(why)));
    write!(out, "    {}", counts.collect::<Vec<String>>().join(", "))?;
    let refused = baseline.edits.iter().filter(|edit| edit.needs_bless_harm).count();
    if refused > 0 {
        let all = baseline.edits.len();
        let made = if baseline.is_blessed {
            format!("{} of these were made, and {refused} were not", all - refused)
        } else {
            format!("{refused} of these {all} are not made by --bless")
        };
        let why = "the port newly signs out a live user, takes an error for success, or breaks";
        write!(out, "; {made}, because {why}: check them, then use --bless-harm")?;
    }
    writeln!(out, ".")
}

/// Writes how many lines were not shown.
fn more(out: &mut dyn Write, all: usize, shown: usize) -> io::Result<()> {
    if all > shown { writeln!(out, "    and {} more; --all shows all", all - shown) } else { Ok(()) }
}

fn one_failure(out: &mut dyn Write, intro: &str, vector: &VectorInfo, judged: &Judged) -> io::Result<()> {
    let id = safe(&vector.id, width::LINE);
    let vector = judged.about(vector);
    let known = if judged.is_known { " (known)" } else { "" };
    let (content_type, profile) = (content_type(vector.content_type.as_ref()), profile(vector));
    let (bytes, body) = (vector.body_bytes, body(vector, width::TEXT));
    let rules: Vec<String> = vector.rules.iter().map(|rule| safe(rule, width::WORD)).collect();
    let rules = if rules.is_empty() { String::new() } else { format!(" ({})", rules.join(", ")) };
    writeln!(out, "     {intro}{HEAD}{id}{HEAD:#}{known}: {}{rules}", safe(&vector.title, width::LINE))?;
    members(judged).map_or(Ok(()), |line| writeln!(out, "     {line}"))?;
    match vector.status {
        Some(status) => {
            writeln!(out, "     status {status}, content type {content_type}, profile {profile}")?;
            headers(vector).iter().try_for_each(|line| writeln!(out, "     {line}"))?;
            writeln!(out, "     body, {bytes} byte{}: {body}", plural(bytes))?;
        }
        None => writeln!(out, "     lines, {bytes} byte{}: {body}", plural(bytes))?,
    }
    secrets_and_bytes(vector).iter().try_for_each(|line| writeln!(out, "     {line}"))?;
    for Difference { field, expected, actual } in &judged.differences {
        let (expected, actual) = pair(expected, actual.as_ref());
        writeln!(out, "     {}:\n       expected {expected}\n       actual   {actual}", field.as_str())?;
    }
    if let Some((expected, actual)) = whole_verdicts(vector.expect.as_ref(), judged) {
        writeln!(out, "     expected {expected}\n     actual   {actual}")?;
    }
    if let Some(note) = &judged.note {
        writeln!(out, "     It {}.", safe(note, width::TEXT))?;
    }
    writeln!(out, "     outcome {}; see it: relogin vectors show {}", judged.outcome, shown_as(vector))
}

/// Writes a line for each implementation, and one for all.
fn summary(out: &mut dyn Write, results: &Results, run: &[&Implementation]) -> io::Result<()> {
    for implementation in run {
        let count = implementation.count();
        let style = if implementation.conforms() { GOOD } else { BAD };
        let (passed, judged) = (count.passed, count.judged());
        let notes = notes(implementation, count).join("; ");
        writeln!(out, "{}: {style}{passed} of {judged} judged conform{style:#}; {notes}", name(implementation))?;
        if let Some(comparison) = comparison(implementation, &results.vectors).filter(|_| count.failed > 0) {
            writeln!(out, "  {comparison}")?;
        }
    }
    for note in &results.header.notes {
        writeln!(out, "{}", safe(note, width::MESSAGE))?;
    }
    let wrong: Vec<String> = run.iter().filter(|one| !one.conforms()).map(|one| name(one)).collect();
    if !wrong.is_empty() {
        writeln!(out, "{BAD}Not conforming:{BAD:#} {}", wrong.join(", "))?;
    }
    let not_run = results.footer.not_run;
    if not_run > 0 {
        let not_run = results.implementations.iter().filter(|one| one.end.not_run.is_some());
        let names: Vec<String> = not_run.map(|one| safe(&one.identity.name, width::NAME)).collect();
        writeln!(out, "{BAD}Could not be run:{BAD:#} {}", names.join(", "))?;
    }
    if wrong.is_empty() && not_run == 0 {
        writeln!(out, "{GOOD}{}.{GOOD:#}", results.footer.summary)?;
    }
    Ok(())
}

/// Returns the notes of the summary on one implementation.
fn notes(implementation: &Implementation, count: Count) -> Vec<String> {
    let mut notes = vec![format!("{} of {} vectors judged", count.judged(), count.total())];
    for (number, what) in [(count.unanswered, "not answered"), (count.skipped, "skipped")] {
        if number > 0 {
            notes.push(format!("{number} {what}"));
        }
    }
    notes.extend(known_failures([implementation]));
    let fields: Vec<&str> = implementation.identity.unreported_fields().iter().map(|field| field.as_str()).collect();
    if !fields.is_empty() {
        notes.push(format!("not checked (the port does not report them): {}", fields.join(", ")));
    }
    notes.extend(implementation.end.problems.iter().map(|problem| safe(problem, width::MESSAGE)));
    if let Some(baseline) = implementation.end.baseline.as_ref().filter(|baseline| !baseline.edits.is_empty()) {
        let is_up_to_date = baseline.open_edits().next().is_none();
        notes.push(format!("the baseline {}", if is_up_to_date { "was edited" } else { "is out of date" }));
    }
    notes
}

/// Pads by characters, after `safe`.
fn padded(text: &str, width: usize) -> String {
    format!("{text}{:1$}", "", width.saturating_sub(text.chars().count()))
}

/// Shortens a text for the head of a narrow column.
fn shortened(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        text.to_owned()
    } else {
        text.chars().take(width - 1).chain(['\u{2026}']).collect()
    }
}
