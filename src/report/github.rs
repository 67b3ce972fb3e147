//! Workflow commands of GitHub Actions: each group of failures is an annotation, with one example.
//!
//! A command is a line `::error title=TITLE::MESSAGE`. The runner decodes `%25`, `%0D` and `%0A` in both, and `%3A` and
//! `%2C` in properties, so these are escaped. Before that, each string passes [`safe`], so that it cannot begin another
//! command.

use std::io::{self, Write};

use super::pieces::{Shown, edit_lines, facts, group_heading, group_outcomes, name, sentences, shown_groups};
use crate::check::groups::Group;
use crate::check::{Implementation, Kind, Results, Why};
use crate::text::{plural, safe, width};

/// The most errors without `--all`: GitHub shows ten for each step.
const MOST_ERRORS: usize = 10;
/// The most edits of a baseline in one annotation.
const MOST_EDITS: usize = 20;

/// An error: its properties and its message.
struct Annotation {
    properties: Vec<(&'static str, String)>,
    message: String,
}

pub(super) fn write(results: &Results, shown: &Shown, out: &mut dyn Write) -> io::Result<()> {
    // A reason that keeps a port from running comes first, then the worst groups of all ports, then the baselines.
    let mut annotations: Vec<Annotation> = results.implementations.iter().flat_map(problems).collect();
    let mut message = vec![format!("{}.", results.footer.summary)];
    let mut groups: Vec<(&Implementation, Group<'_>)> = Vec::new();
    for one in &results.implementations {
        let own = shown_groups(one, &results.vectors, shown);
        let sentences = sentences(one, &results.vectors, &own);
        message.extend(sentences.iter().map(|sentence| format!("{}: {sentence}", name(one))));
        groups.extend(own.into_iter().map(|group| (one, group)));
    }
    groups.sort_by_key(|(_, group)| group.harm);
    annotations.extend(groups.iter().map(|(one, group)| of_group(one, group)));
    annotations.extend(results.implementations.iter().filter_map(|one| skips(results, one)));
    annotations.extend(results.implementations.iter().flat_map(edits));
    let most = if shown.all || annotations.len() <= MOST_ERRORS { annotations.len() } else { MOST_ERRORS - 1 };
    for Annotation { properties, message } in &annotations[..most] {
        command(out, "error", properties, message)?;
    }
    if most < annotations.len() {
        let left = annotations.len() - most;
        let message = format!("{left} more kind{} of failures not annotated; --all annotates each", plural(left));
        command(out, "error", &[("title", "relogin: more failures".to_owned())], &message)?;
    }
    command(out, "notice", &[("title", "relogin".to_owned())], &message.join("\n"))
}

/// Returns why an implementation could not be run, and the problems with its behaviour.
fn problems(implementation: &Implementation) -> Vec<Annotation> {
    let name = name(implementation);
    let one = |title: String, message: String| Annotation { properties: vec![("title", title)], message };
    let not_run = implementation.end.not_run.iter();
    let not_run = not_run.map(|why| one(format!("{name} could not be run"), safe(why, width::MESSAGE)));
    let problems = implementation.end.problems.iter();
    let problems = problems
        .map(|problem| one(format!("{name} does not conform"), format!("It {}.", safe(problem, width::MESSAGE))));
    not_run.chain(problems).collect()
}

fn of_group(implementation: &Implementation, group: &Group<'_>) -> Annotation {
    let (vector, judged) = group.example();
    let title = format!("{}: {}", name(implementation), group_heading(group));
    let mut lines =
        vec![group_outcomes(group), format!("{}: {}", safe(&vector.id, width::LINE), safe(&vector.title, width::LINE))];
    lines.extend(facts(vector, judged));
    Annotation { properties: vec![("title", title)], message: lines.join("\n") }
}

/// Returns the skips of an implementation, in levels that it claims.
fn skips(results: &Results, implementation: &Implementation) -> Option<Annotation> {
    let pairs = results.vectors.iter().zip(&implementation.results);
    let mut skips = pairs.filter(|(_, judged)| judged.kind() == Kind::Skipped && judged.is_bad());
    let (vector, judged) = skips.next()?;
    let count = 1 + skips.count();
    let title = format!("{} skips {count} vector{} in a level that it claims", name(implementation), plural(count));
    let note = safe(judged.note.as_deref().unwrap_or("skipped it"), width::TEXT);
    Some(Annotation {
        properties: vec![("title", title)],
        message: format!("{}: it {note}", safe(&vector.id, width::LINE)),
    })
}

/// Returns the edits of a baseline, one annotation for each reason. New failures have their groups.
fn edits(implementation: &Implementation) -> Vec<Annotation> {
    let Some(baseline) = &implementation.end.baseline else { return Vec::new() };
    let of = |why: Why| {
        let edits: Vec<_> = baseline.open_edits().filter(|edit| edit.why == why).collect();
        let first = edits.first()?.line.unwrap_or(1);
        let mut lines: Vec<String> = edits.iter().take(MOST_EDITS).flat_map(|edit| edit_lines(edit)).collect();
        if edits.len() > MOST_EDITS {
            lines.push(format!("and {} more", edits.len() - MOST_EDITS));
        }
        let title = format!("{}: {why}", name(implementation));
        let properties =
            vec![("file", safe(&baseline.file, width::LINE)), ("line", first.to_string()), ("title", title)];
        Some(Annotation { properties, message: lines.join("\n") })
    };
    [Why::ChangedOutcome, Why::UnexpectedPass, Why::MatchesNothing].into_iter().filter_map(of).collect()
}

fn command(out: &mut dyn Write, kind: &str, properties: &[(&str, String)], message: &str) -> io::Result<()> {
    let data = |text: &str| text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
    let property =
        |(key, value): &(&str, String)| format!("{key}={}", data(value).replace(':', "%3A").replace(',', "%2C"));
    let properties: Vec<String> = properties.iter().map(property).collect();
    writeln!(out, "::{kind} {}::{}", properties.join(","), data(message))
}
