//! The data of the field report, which a later run compares itself with.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::cell::{Cell, Finding, server_code};
use super::families::FAMILIES;
use super::list::{Client, Language};
use crate::check::{self, VectorInfo};
use crate::corpus::{Item, Level, Vector};
use crate::error::Error;
use crate::files;

/// The version of the file.
const VERSION: u64 = 1;
/// The most bytes of the file.
const MOST_BYTES: u64 = 256 << 20;
/// The most vectors that a change names.
const MOST_NAMED: usize = 20;

/// Clients, responses, and what the clients did with them.
///
/// ```
/// use relogin_conformance::clients::{Report, markdown};
/// use relogin_conformance::corpus::Corpus;
/// let vectors: Vec<_> = Corpus::embedded().vectors().collect();
/// let report = Report::new(None, &vectors, Vec::new());
/// assert!(markdown(&report).contains("| client |"));
/// assert!(report.changes_since(&report).is_empty());
/// ```
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// The version of the file.
    pub report: u64,
    /// The version of the corpus and of this program.
    pub suite: String,
    /// The highest level of the vectors; `None` for all.
    pub level: Option<Level>,
    /// The vectors.
    pub vectors: Vec<VectorInfo>,
    /// The indices of the vectors in which the server sent a code.
    pub with_code: Vec<usize>,
    /// The families of bodies.
    pub families: Vec<FamilyVectors>,
    /// The clients, in the order of the list.
    pub clients: Vec<ClientReport>,
}

/// A family of bodies.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FamilyVectors {
    /// Its name.
    pub name: String,
    /// The trait that its bodies have in common.
    pub about: String,
    /// The indices of its vectors.
    pub vectors: Vec<usize>,
}

/// A client, and what it did. The strings are bounded, and not safe to print.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClientReport {
    /// Its name.
    pub name: String,
    /// The package in its registry.
    pub package: String,
    /// The language of its driver.
    pub language: Language,
    /// The version of the package, as the driver says it; empty if it was not run.
    pub version: String,
    /// The runtime, as the driver says it.
    pub runtime: String,
    /// The driver, a path below `clients/`.
    pub driver: String,
    /// How the driver makes it refresh, and what it works around.
    pub rest: String,
    /// Why it was skipped, as the end of a sentence.
    pub skipped: Option<String>,
    /// How it differs from its baseline, a line each.
    pub differences: Vec<String>,
    /// One cell for each vector; empty if it was not run.
    pub cells: Vec<Cell>,
    /// Responses that `relogin hunt` made small for this client.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hunted: Vec<Hunted>,
}

/// A response that a search made small, and what the client did with it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hunted {
    /// The response.
    pub vector: VectorInfo,
    /// The reaction of the client.
    pub cell: Cell,
}

impl ClientReport {
    /// Makes the report of a client that was not run.
    #[must_use]
    pub fn skipped(client: &Client, why: String) -> Self {
        Self {
            name: client.name.clone(),
            package: client.package.clone(),
            language: client.language,
            version: String::new(),
            runtime: String::new(),
            driver: client.command.first().cloned().unwrap_or_default(),
            rest: client.rest.clone(),
            skipped: Some(why),
            differences: Vec::new(),
            cells: Vec::new(),
            hunted: Vec::new(),
        }
    }

    /// Returns its name with the version, for people.
    #[must_use]
    pub fn title(&self) -> String {
        if self.version.is_empty() { self.name.clone() } else { format!("{} {}", self.name, self.version) }
    }
}

/// How a client changed since an earlier report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    /// The client, with its versions.
    pub client: String,
    /// The changes, a sentence each.
    pub lines: Vec<String>,
}

impl Report {
    /// Makes a report of these vectors and clients.
    #[must_use]
    pub fn new(level: Option<Level>, vectors: &[&Vector], clients: Vec<ClientReport>) -> Self {
        let indices = |is_in: &dyn Fn(&Vector) -> bool| {
            let all = vectors.iter().enumerate();
            all.filter(|(_, vector)| is_in(vector)).map(|(index, _)| index).collect()
        };
        Self {
            report: VERSION,
            suite: env!("CARGO_PKG_VERSION").into(),
            level,
            vectors: vectors.iter().map(|vector| check::info(Item::Vector(vector))).collect(),
            with_code: indices(&|vector| vector.expect.is_some() && server_code(vector).is_some()),
            families: FAMILIES
                .iter()
                .map(|family| FamilyVectors {
                    name: family.name.into(),
                    about: family.about.into(),
                    vectors: indices(&|vector| family.has(vector)),
                })
                .collect(),
            clients,
        }
    }

    /// Reads a report from a file.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, has more than 256 MiB, or is not a report of this version.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let wrong = |why: String| Error::new(format!("cannot read {}: {why}", path.display()));
        let bytes = files::read(path, MOST_BYTES).map_err(|error| wrong(error.to_string()))?;
        let report: Self = serde_json::from_slice(&bytes)
            .map_err(|error| wrong(format!("it is not a report of `relogin clients --format json`: {error}")))?;
        let count = report.vectors.len();
        let indices = report.families.iter().flat_map(|family| &family.vectors).chain(&report.with_code);
        let is_whole = report.clients.iter().all(|client| client.cells.is_empty() || client.cells.len() == count);
        if report.report != VERSION {
            return Err(wrong(format!("it has version {}, and this program reads version {VERSION}", report.report)));
        }
        if !is_whole || indices.copied().any(|index| index >= count) {
            return Err(wrong("its numbers do not match".into()));
        }
        Ok(report)
    }

    /// Returns the clients that were run.
    pub fn run(&self) -> impl Iterator<Item = &ClientReport> {
        self.clients.iter().filter(|client| client.skipped.is_none())
    }

    /// Returns how the clients changed since an earlier report. Vectors that only one of the reports has do not count.
    #[must_use]
    pub fn changes_since(&self, old: &Self) -> Vec<Change> {
        let before: BTreeMap<&str, &ClientReport> = old.clients.iter().map(|one| (one.name.as_str(), one)).collect();
        let old_index: BTreeMap<&str, usize> =
            old.vectors.iter().enumerate().map(|(index, vector)| (vector.id.as_str(), index)).collect();
        let mut changes = Vec::new();
        for client in &self.clients {
            let mut lines = Vec::new();
            let mut name = client.title();
            match before.get(client.name.as_str()) {
                None => lines.push("It is new in this report.".to_owned()),
                Some(old_client) => {
                    if old_client.version != client.version && !old_client.version.is_empty() {
                        name = format!("{} (before: {})", client.title(), old_client.version);
                    }
                    lines.extend(self.changes_of(client, old_client, &old_index));
                }
            }
            if !lines.is_empty() || name != client.title() {
                changes.push(Change { client: name, lines });
            }
        }
        let is_gone = |name: &&str| !self.clients.iter().any(|client| client.name == *name);
        let gone = before.keys().copied().filter(is_gone);
        changes.extend(
            gone.map(|name| Change { client: name.to_owned(), lines: vec!["It is no longer in this report.".into()] }),
        );
        changes
    }

    fn changes_of(&self, new: &ClientReport, old: &ClientReport, index: &BTreeMap<&str, usize>) -> Vec<String> {
        let mut lines = Vec::new();
        match (&old.skipped, &new.skipped) {
            (None, Some(why)) => lines.push(format!("It is skipped now: {why}.")),
            (Some(_), None) => lines.push("It was skipped before.".into()),
            _ => {}
        }
        let both = || {
            let cells = self.vectors.iter().zip(&new.cells);
            cells.filter_map(|(vector, cell)| {
                Some((vector.id.as_str(), cell, old.cells.get(*index.get(vector.id.as_str())?)?))
            })
        };
        for finding in Finding::ALL {
            let ids = |is_now: bool| {
                let changed =
                    both().filter(move |(_, new, old)| (new.has(finding), old.has(finding)) == (is_now, !is_now));
                changed.map(|(id, ..)| id).collect::<Vec<&str>>()
            };
            for (ids, verb) in [(ids(true), "worse"), (ids(false), "better")] {
                if !ids.is_empty() {
                    let more = ids.len().saturating_sub(MOST_NAMED);
                    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
                    let named = ids[..ids.len().min(MOST_NAMED)].join(", ");
                    lines.push(format!("{verb}, {finding}: {} ({named}{more})", ids.len()));
                }
            }
        }
        lines
    }
}
