//! The field report: one self-contained page.
//!
//! It has no script and fetches nothing: its content security policy forbids both. Strings from outside pass [`safe`],
//! and then the template escapes them. They stand only between tags.

use std::cmp::Reverse;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use minijinja::value::Serde;
use minijinja::{Value, context};
use serde::Serialize;

use super::cell::{Cell, Finding};
use super::report::{Change, ClientReport, Report};
use super::reproductions::curl;
use super::table::{COLUMNS, row, totals};
use super::tally::{Fate, Fates};
use crate::check::VectorInfo;
use crate::html::page;
use crate::text::{safe, safe_bytes, width};

const STYLE: &str = include_str!("page.css");
/// Its SHA-256 in base64, by which the policy allows it. `tests/cli/clients.rs` prints the right one.
const STYLE_HASH: &str = "sha256-HbCRLK8w1wiu+QlM8JD4vz5qhSnb3E3TGTxSJCsrcds=";

/// The findings that the list of the worst ones has: those that a client can do something about.
const LISTED: [Finding; 6] = [
    Finding::ErrorTakenForSuccess,
    Finding::Crash,
    Finding::CodeLost,
    Finding::RawControls,
    Finding::SecretEchoed,
    Finding::SuccessTakenForError,
];
/// The most examples in a cell.
const MOST_EXAMPLES: usize = 4;
/// The most findings that stand open.
const MOST_OPEN: usize = 3;

/// Returns the page.
///
/// # Panics
///
/// Never: the template is part of this program, and a test renders it.
#[must_use]
pub fn html(report: &Report, changes: Option<&[Change]>) -> String {
    render(report, changes).expect("the template is well-formed, and has all its values")
}

fn render(report: &Report, changes: Option<&[Change]>) -> Result<String, minijinja::Error> {
    let unescaped = |text: &str| Value::from_safe_string(text.to_owned());
    let values = context! {
        style => unescaped(STYLE),
        style_hash => unescaped(STYLE_HASH),
        ..Serde(Page::new(report, changes))
    };
    page(include_str!("page.html"), values)
}

/// The data of the template.
#[derive(Serialize)]
struct Page {
    title: String,
    totals: String,
    suite: String,
    columns: Vec<String>,
    rows: Vec<Row>,
    skipped: Vec<(String, String)>,
    worst: Vec<Worst>,
    families: Vec<(String, String, usize)>,
    clients: Vec<ClientView>,
    changes: Option<Vec<ChangeView>>,
}

/// A row of the summary.
#[derive(Serialize)]
struct Row {
    number: usize,
    title: String,
    cells: Vec<(String, &'static str)>,
}

/// One finding of one client.
#[derive(Serialize)]
struct Worst {
    finding: String,
    class: &'static str,
    client: String,
    count: usize,
    is_open: bool,
    example: Example,
}

#[derive(Serialize)]
struct ClientView {
    number: usize,
    title: String,
    facts: Vec<(&'static str, String)>,
    differences: Vec<String>,
    cells: Vec<CellView>,
}

#[derive(Serialize)]
struct CellView {
    name: String,
    class: &'static str,
    summary: String,
    fates: String,
    left: usize,
    examples: Vec<Example>,
}

/// A response, and what the client did with it.
#[derive(Clone, Serialize)]
struct Example {
    id: String,
    title: String,
    class: &'static str,
    fate: String,
    response: String,
    body: String,
    expected: String,
    outcome: Vec<(&'static str, String)>,
    curl: String,
}

#[derive(Serialize)]
struct ChangeView {
    client: String,
    lines: Vec<String>,
}

impl Page {
    fn new(report: &Report, changes: Option<&[Change]>) -> Self {
        let run: Vec<&ClientReport> = report.run().collect();
        let mut worst: Vec<Worst> = Vec::new();
        for finding in LISTED {
            let mut of_finding: Vec<Worst> =
                run.iter().filter_map(|client| Worst::of(finding, client, report)).collect();
            of_finding.sort_by_key(|one| Reverse(one.count));
            worst.extend(of_finding);
        }
        worst.iter_mut().take(MOST_OPEN).for_each(|one| one.is_open = true);
        let skipped = report
            .clients
            .iter()
            .filter_map(|client| Some((safe(&client.name, width::NAME), safe(client.skipped.as_ref()?, width::TEXT))));
        Self {
            title: format!("{} OAuth clients, {} answers of token endpoints", run.len(), report.vectors.len()),
            totals: totals(report),
            suite: safe(&report.suite, width::WORD),
            columns: COLUMNS.iter().map(|(_, long)| long.replace('`', "")).collect(),
            rows: run.iter().enumerate().map(|(number, client)| Row::of(number, client, report)).collect(),
            skipped: skipped.collect(),
            worst,
            families: report
                .families
                .iter()
                .map(|family| (safe(&family.name, width::WORD), safe(&family.about, width::LINE), family.vectors.len()))
                .collect(),
            clients: run.iter().enumerate().map(|(number, client)| ClientView::of(number, client, report)).collect(),
            changes: changes.map(|changes| changes.iter().map(ChangeView::of).collect()),
        }
    }
}

impl Row {
    fn of(number: usize, client: &ClientReport, report: &Report) -> Self {
        let bad = |index: usize, text: &str| match (index, text) {
            (_, "0" | "no" | "-") | (5.., "1") => "",
            (0..=1, _) => "m",
            (2..=4, _) => "f",
            _ => "s",
        };
        let cells = row(client, report).into_iter().enumerate().map(|(index, text)| {
            let class = bad(index, &text);
            (text, class)
        });
        Self { number, title: safe(&client.title(), width::NAME), cells: cells.collect() }
    }
}

impl Worst {
    fn of(finding: Finding, client: &ClientReport, report: &Report) -> Option<Self> {
        let (vector, cell) = smallest(client, report, finding)?;
        Some(Self {
            finding: finding.to_string(),
            class: if finding <= Finding::Crash { "m" } else { "f" },
            client: safe(&client.title(), width::NAME),
            count: client.cells.iter().filter(|cell| cell.has(finding)).count(),
            is_open: false,
            example: Example::of(vector, cell),
        })
    }
}

impl ClientView {
    fn of(number: usize, client: &ClientReport, report: &Report) -> Self {
        let facts = [
            ("Package", &client.package),
            ("Version", &client.version),
            ("Runtime", &client.runtime),
            ("Driver", &client.rest),
        ];
        let cells = report.families.iter().map(|family| {
            let pairs: Vec<(&VectorInfo, &Cell)> =
                family.vectors.iter().map(|at| (&report.vectors[*at], &client.cells[*at])).collect();
            CellView::of(&family.name, &pairs)
        });
        Self {
            number,
            title: safe(&client.title(), width::NAME),
            facts: facts.into_iter().map(|(name, text)| (name, safe(text, width::TEXT))).collect(),
            differences: client.differences.iter().map(|line| safe(line, width::TEXT)).collect(),
            cells: cells.collect(),
        }
    }
}

impl CellView {
    fn of(name: &str, pairs: &[(&VectorInfo, &Cell)]) -> Self {
        let fates = Fates::of(pairs.iter().copied());
        // One example of each way to fail, the smallest body of each, the worst first; then the smallest that is fine.
        let mut ordered: Vec<&(&VectorInfo, &Cell)> = pairs.iter().collect();
        ordered.sort_by_key(|(vector, cell)| (fate_of(vector, cell).0, vector.body_bytes));
        let mut seen: Vec<(u8, &[Finding], Option<&String>)> = Vec::new();
        let mut examples = Vec::new();
        for (vector, cell) in ordered {
            let kind = (fate_of(vector, cell).0, cell.findings.as_slice(), cell.exception.as_ref());
            if examples.len() < MOST_EXAMPLES && !seen.contains(&kind) {
                seen.push(kind);
                examples.push(Example::of(vector, cell));
            }
        }
        let counts = Fate::ALL.map(|fate| (fates.count(fate), fate.name()));
        let words = counts.iter().filter(|(count, _)| *count > 0).map(|(count, name)| format!("{count} {name}"));
        let (informed, asked) = (fates.count(Fate::Informed), fates.asked());
        Self {
            name: safe(name, width::WORD),
            class: match () {
                () if asked == 0 => "u",
                () if informed * 2 < asked => "m",
                () if informed < asked => "f",
                () if pairs.iter().any(|(_, cell)| !cell.findings.is_empty()) => "s",
                () => "p",
            },
            summary: format!("{informed} of {asked}"),
            fates: words.collect::<Vec<String>>().join(", "),
            left: pairs.len() - examples.len(),
            examples,
        }
    }
}

/// Returns the smallest response with this finding.
fn smallest<'r>(client: &'r ClientReport, report: &'r Report, finding: Finding) -> Option<(&'r VectorInfo, &'r Cell)> {
    let cells = report.vectors.iter().zip(&client.cells).filter(|(_, cell)| cell.has(finding));
    cells.min_by_key(|(vector, _)| vector.body_bytes)
}

/// Returns a rank, the worst first, a class of the style sheet, and a word for what happens to the user.
fn fate_of(vector: &VectorInfo, cell: &Cell) -> (u8, &'static str, &'static str) {
    let fate = Fate::of(vector, cell);
    let (rank, class) = match fate {
        Fate::Stuck => (0, "m"),
        Fate::Misled => (1, "m"),
        Fate::Wiped => (2, "f"),
        Fate::CodeLost => (3, "f"),
        Fate::Informed if !cell.findings.is_empty() => (4, "s"),
        Fate::Informed => (5, "p"),
        Fate::NotAsked => (6, "u"),
    };
    (rank, class, fate.name())
}

impl Example {
    fn of(vector: &VectorInfo, cell: &Cell) -> Self {
        let (_, class, fate) = fate_of(vector, cell);
        let mut response = format!("status {}", vector.status.unwrap_or_default());
        if let Some(content_type) = &vector.content_type {
            response.push_str(&format!(", {}", safe(content_type, width::NAME)));
        }
        for (name, value) in &vector.headers {
            response.push_str(&format!(", {}: {}", safe(name, width::WORD), safe(value, width::NAME)));
        }
        let findings: Vec<String> = cell.findings.iter().map(ToString::to_string).collect();
        let mut outcome = Vec::new();
        let mut fact = |name, text: Option<String>| outcome.extend(text.map(|text| (name, text)));
        fact("Finding", (!findings.is_empty()).then(|| findings.join("; ")));
        fact(
            "Result",
            cell.exception.is_none().then(|| if cell.shown.is_none() { "success" } else { "failure" }.into()),
        );
        fact("Exception", cell.exception.as_ref().map(|name| safe(name, width::NAME)));
        fact("Code", cell.code.as_ref().map(|code| safe(code, width::NAME)));
        fact("The user sees", cell.shown.as_ref().map(|text| safe(text, width::MESSAGE)));
        fact("Requests", cell.requests.filter(|requests| *requests != 1).map(|requests| requests.to_string()));
        fact("Waited", cell.waited.filter(|waited| *waited > 0.0).map(|waited| format!("{waited} s")));
        fact("Note", cell.note.as_ref().map(|note| format!("It {}.", safe(note, width::TEXT))));
        Self {
            id: safe(&vector.id, width::LINE),
            title: safe(&vector.title, width::LINE),
            class,
            fate: fate.to_owned(),
            response,
            body: safe_bytes(&STANDARD.decode(&vector.body).unwrap_or_default(), width::TEXT),
            expected: vector.expect.as_ref().map_or_else(
                || "not a failure".to_owned(),
                |expect| safe(&format!("{}: {}", expect.action, expect.message), width::TEXT),
            ),
            outcome,
            curl: curl(vector),
        }
    }
}

impl ChangeView {
    fn of(change: &Change) -> Self {
        let lines = change.lines.iter().map(|line| safe(line, width::MESSAGE)).collect();
        Self { client: safe(&change.client, width::LINE), lines }
    }
}
