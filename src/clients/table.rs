//! The summary tables, as text for a terminal and as Markdown.

use std::fmt::Write as _;

use super::cell::Finding;
use super::report::{Change, ClientReport, Report};
use super::tally::{Fate, Fates, Tally};
use crate::text::{plural, safe, width};

/// The columns behind the client: those of a terminal are short.
pub(super) const COLUMNS: [(&str, &str); 8] = [
    ("success", "error taken for success"),
    ("crash", "crash with an unrelated exception"),
    ("lost", "code lost"),
    ("controls", "raw controls shown"),
    ("secret", "secret echoed"),
    ("requests", "requests for one refresh"),
    ("R-A", "requests with `Retry-After`"),
    ("waited", "waited between them"),
];

/// Returns the cells of a client behind its name.
pub(super) fn row(client: &ClientReport, report: &Report) -> [String; 8] {
    let tally = Tally::of(client, report);
    let count = |finding| tally.count(finding).to_string();
    let range = |range: Option<(u64, u64)>| match range {
        None => "-".to_owned(),
        Some((least, most)) if least == most => most.to_string(),
        Some((least, most)) => format!("{least} to {most}"),
    };
    let longest = tally.waited[0].max(tally.waited[1]);
    [
        count(Finding::ErrorTakenForSuccess),
        count(Finding::Crash),
        count(Finding::CodeLost),
        count(Finding::RawControls),
        count(Finding::SecretEchoed),
        range(tally.requests),
        range(tally.requests_retry_after),
        if longest > 0.0 { format!("up to {} s", longest.round()) } else { "no".to_owned() },
    ]
}

/// Returns the numbers that the counts are of, in a sentence.
pub(super) fn totals(report: &Report) -> String {
    let errors = report.vectors.iter().filter(|vector| vector.expect.is_some()).count();
    let family =
        |name: &str| report.families.iter().find(|family| family.name == name).map_or(0, |family| family.vectors.len());
    format!(
        "Each client was asked about {} responses, of which {errors} are errors; in {} the server sends a code, in {} \
         a text holds controls or invisible characters, and in {} it repeats a secret.",
        report.vectors.len(),
        report.with_code.len(),
        family("escapes"),
        family("secret"),
    )
}

/// Returns the tables for a terminal, with the skips, the differences from baselines, and the changes.
#[must_use]
pub fn human(report: &Report, changes: Option<&[Change]>) -> String {
    let mut out = format!("{}\n\n", totals(report));
    let title = |client: &ClientReport| safe(&client.title(), width::WORD);
    let heads = COLUMNS.map(|(short, _)| short.to_owned()).to_vec();
    let rows = report.run().map(|client| (title(client), row(client, report).to_vec())).collect();
    out.push_str(&table(&heads, rows));
    out.push_str("\nHow often the client says what the server said, by family of bodies:\n\n");
    let heads: Vec<String> = report.families.iter().map(|family| family.name.clone()).collect();
    let informed = |client: &ClientReport| {
        let of = |indices: &Vec<usize>| {
            let fates = Fates::of(indices.iter().map(|at| (&report.vectors[*at], &client.cells[*at])));
            format!("{}/{}", fates.count(Fate::Informed), fates.asked())
        };
        (title(client), report.families.iter().map(|family| of(&family.vectors)).collect())
    };
    out.push_str(&table(&heads, report.run().map(informed).collect()));
    out.push_str(&notes(report, changes));
    out
}

/// Returns a table with its columns aligned, the first to the left.
fn table(heads: &[String], rows: Vec<(String, Vec<String>)>) -> String {
    let all: Vec<(String, Vec<String>)> = std::iter::once(("client".to_owned(), heads.to_vec())).chain(rows).collect();
    let length = |text: &String| text.chars().count();
    let first = all.iter().map(|(name, _)| length(name)).max().unwrap_or(0);
    let widths: Vec<usize> =
        (0..heads.len()).map(|column| all.iter().map(|(_, row)| length(&row[column])).max().unwrap_or(0)).collect();
    let mut out = String::new();
    for (name, cells) in &all {
        let _ = write!(out, "{name:first$}"); // a string takes everything
        for (cell, width) in cells.iter().zip(&widths) {
            let _ = write!(out, "  {cell:>width$}");
        }
        out.push('\n');
    }
    out
}

/// Returns the skips, the differences from baselines, and the changes.
fn notes(report: &Report, changes: Option<&[Change]>) -> String {
    let mut out = String::new();
    for client in &report.clients {
        let name = safe(&client.name, width::NAME);
        if let Some(why) = &client.skipped {
            let _ = writeln!(out, "\nSkipped {name}: {}.", safe(why, width::TEXT));
        }
        if !client.differences.is_empty() {
            let count = client.differences.len();
            let _ = writeln!(out, "\n{name} differs from its baseline in {count} line{}:", plural(count));
            for line in client.differences.iter().take(MOST_DIFFERENCES) {
                let _ = writeln!(out, "  {}", safe(line, width::LINE));
            }
            if count > MOST_DIFFERENCES {
                let _ = writeln!(out, "  and {} more", count - MOST_DIFFERENCES);
            }
        }
    }
    if let Some(changes) = changes {
        let _ = writeln!(out, "\nSince the last report: {}", if changes.is_empty() { "nothing changed." } else { "" });
        for change in changes {
            let _ = writeln!(out, "  {}", safe(&change.client, width::LINE));
            for line in &change.lines {
                let _ = writeln!(out, "    {}", safe(line, width::MESSAGE));
            }
        }
    }
    out
}

/// The most lines of a difference from a baseline that are shown.
const MOST_DIFFERENCES: usize = 20;

/// Returns the summary table as Markdown, with a sentence about what the numbers are of.
#[must_use]
pub fn markdown(report: &Report) -> String {
    let mut out = format!("{}\n\n| client |", wrapped(&totals(report)));
    COLUMNS.iter().for_each(|(_, long)| _ = write!(out, " {long} |")); // a string takes everything
    let _ = writeln!(out, "\n|---|{}", "---:|".repeat(COLUMNS.len()));
    for client in report.run() {
        let _ = writeln!(out, "| {} | {} |", escaped(&client.title()), row(client, report).join(" | "));
    }
    for client in report.clients.iter().filter(|client| client.skipped.is_some()) {
        let why = client.skipped.as_deref().unwrap_or_default();
        let _ = writeln!(out, "\nSkipped {}: {}.", escaped(&client.name), escaped(why));
    }
    out
}

/// Wraps a sentence at 100 columns.
fn wrapped(text: &str) -> String {
    let (mut out, mut column) = (String::new(), 0);
    for word in text.split(' ') {
        let is_first = column == 0;
        if !is_first && column + 1 + word.len() > 100 {
            out.push('\n');
            column = 0;
        } else if !is_first {
            out.push(' ');
            column += 1;
        }
        out.push_str(word);
        column += word.len();
    }
    out
}

/// Returns a text that Markdown shows unchanged, in one line.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::new();
    for c in safe(text, width::TEXT).chars() {
        if "\\`*_{}[]<>#|&!~".contains(c) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}
