//! Makes a page of the matrix that `scripts/mutants --matrix` writes: which vector notices which bug.
//!
//! ```console
//! $ scripts/mutants --matrix matrix.json
//! $ cargo run --release --example kill_matrix -- matrix.json matrix.html
//! ```
//!
//! Exit status: 0, or 2 when a file cannot be read or written, or is no such matrix.

use std::collections::BTreeSet;
use std::error::Error;
use std::fs;
use std::io::{self, Write};
use std::process::ExitCode;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{Environment, UndefinedBehavior, Value, context};
use relogin_conformance::corpus::spec;
use serde::{Deserialize, Serialize};

/// The most vectors that are named beside a bug.
const MOST_NAMED: usize = 12;

/// What `scripts/mutants` writes.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Matrix {
    vectors: Vec<Vector>,
    bugs: Vec<Bug>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Vector {
    id: String,
    title: String,
    rules: Vec<String>,
    role: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Bug {
    kind: String,
    name: String,
    /// The numbers of the vectors.
    noticed_by: BTreeSet<usize>,
}

/// What the page shows.
#[derive(Serialize)]
struct Page<'m> {
    kinds: Vec<KindRow<'m>>,
    roles: Vec<&'m str>,
    rules: Vec<RuleRow>,
    vectors: Vec<VectorRow<'m>>,
    bugs: Vec<BugRow<'m>>,
}

#[derive(Serialize)]
struct KindRow<'m> {
    name: &'m str,
    count: usize,
}

#[derive(Serialize)]
struct RuleRow {
    tag: &'static str,
    name: &'static str,
    vectors: usize,
    /// How many bugs of each kind its vectors notice.
    bugs: Vec<usize>,
    /// How many of its vectors have each role.
    roles: Vec<usize>,
}

#[derive(Serialize)]
struct VectorRow<'m> {
    id: &'m str,
    title: &'m str,
    rules: String,
    role: &'m str,
    bugs: Vec<usize>,
    /// Its name and a mark for each bug.
    line: String,
}

#[derive(Serialize)]
struct BugRow<'m> {
    kind: &'m str,
    name: &'m str,
    count: usize,
    some: String,
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "error: {error}"); // when not even this can be written, the status is all that is left
            ExitCode::from(2)
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [from, to] = arguments.as_slice() else { return Err("usage: kill_matrix MATRIX.json PAGE.html".into()) };
    let bytes = fs::read(from).map_err(|error| format!("cannot read {from}: {error}"))?;
    let matrix: Matrix = serde_json::from_slice(&bytes)
        .map_err(|error| format!("{from} is no matrix that `scripts/mutants --matrix` has written: {error}"))?;
    if let Some(bug) = matrix.bugs.iter().find(|bug| bug.noticed_by.last().is_some_and(|number| *number >= matrix.vectors.len())) {
        return Err(format!("{from} says that a vector notices `{}` which it does not have", bug.name).into());
    }
    Ok(fs::write(to, page(&matrix)?).map_err(|error| format!("cannot write {to}: {error}"))?)
}

fn page(matrix: &Matrix) -> Result<String, minijinja::Error> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict); // a misspelled name is an error, not a blank
    environment.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
    environment.add_template("kill_matrix.html", include_str!("kill_matrix.html"))?; // `.html` makes it escape
    let kinds: Vec<&str> = in_order(matrix.bugs.iter().map(|bug| bug.kind.as_str()));
    let roles: Vec<&str> = in_order(matrix.vectors.iter().map(|vector| vector.role.as_str()));
    let of_kind = |kind: &str| matrix.bugs.iter().filter(|bug| bug.kind == kind).count();
    let page = Page {
        rules: rules(matrix, &kinds, &roles),
        vectors: vectors(matrix, &kinds),
        bugs: bugs(matrix),
        kinds: kinds.iter().map(|name| KindRow { name, count: of_kind(name) }).collect(),
        roles,
    };
    environment.get_template("kill_matrix.html")?.render(context! {
        style => Value::from_safe_string(include_str!("../src/report/page.css").to_owned()),
        ..Serde(page)
    })
}

fn rules(matrix: &Matrix, kinds: &[&str], roles: &[&str]) -> Vec<RuleRow> {
    let row = |rule: &'static spec::Rule| {
        let of = |vector: &Vector| vector.rules.iter().any(|tag| tag == rule.tag);
        let numbers: BTreeSet<usize> = (0..matrix.vectors.len()).filter(|number| of(&matrix.vectors[*number])).collect();
        let with_role = |role: &&str| numbers.iter().filter(|number| matrix.vectors[**number].role == **role).count();
        RuleRow {
            tag: rule.tag,
            name: rule.name,
            vectors: numbers.len(),
            bugs: kinds.iter().map(|kind| noticed(matrix, kind, |bug| !bug.noticed_by.is_disjoint(&numbers))).collect(),
            roles: roles.iter().map(with_role).collect(),
        }
    };
    spec::rules().iter().map(row).collect()
}

fn vectors<'m>(matrix: &'m Matrix, kinds: &[&str]) -> Vec<VectorRow<'m>> {
    let width = matrix.vectors.iter().map(|vector| vector.id.len()).max().unwrap_or(0);
    let row = |(number, vector): (usize, &'m Vector)| {
        let notices = |bug: &Bug| bug.noticed_by.contains(&number);
        let marks: String = matrix.bugs.iter().map(|bug| if notices(bug) { '#' } else { '.' }).collect();
        VectorRow {
            id: &vector.id,
            title: &vector.title,
            rules: vector.rules.join(" "),
            role: &vector.role,
            bugs: kinds.iter().map(|kind| noticed(matrix, kind, notices)).collect(),
            line: format!("{:<width$}  {marks}", vector.id),
        }
    };
    matrix.vectors.iter().enumerate().map(row).collect()
}

fn bugs(matrix: &Matrix) -> Vec<BugRow<'_>> {
    let some = |bug: &Bug| -> String {
        let named: Vec<&str> = bug.noticed_by.iter().take(MOST_NAMED).map(|number| matrix.vectors[*number].id.as_str()).collect();
        let more = bug.noticed_by.len() - named.len();
        if more == 0 { named.join(", ") } else { format!("{} and {more} more", named.join(", ")) }
    };
    let mut rows: Vec<BugRow<'_>> =
        matrix.bugs.iter().map(|bug| BugRow { kind: &bug.kind, name: &bug.name, count: bug.noticed_by.len(), some: some(bug) }).collect();
    rows.sort_by_key(|bug| bug.count);
    rows
}

/// How many bugs of a kind are noticed.
fn noticed(matrix: &Matrix, kind: &str, is_noticed: impl Fn(&Bug) -> bool) -> usize {
    matrix.bugs.iter().filter(|bug| bug.kind == kind && is_noticed(bug)).count()
}

/// Each text once, in the order in which they come.
fn in_order<'t>(texts: impl Iterator<Item = &'t str>) -> Vec<&'t str> {
    let mut seen = BTreeSet::new();
    texts.filter(|text| seen.insert(*text)).collect()
}
