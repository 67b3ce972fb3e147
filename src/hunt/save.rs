//! Writing findings as a corpus.

use super::model::{Finding, Found};
use crate::corpus::{LINES, embedded_files};
use crate::generate::proposal::Origin;

/// Returns the findings as the files of a corpus, each a path and a text: the tables of this program, and vectors of
/// this topic.
#[must_use]
pub fn as_corpus(found: &Found, seed: u64, topic: &str) -> Vec<(String, String)> {
    let origin = Origin { topic, what: &format!("relogin hunt, seed {seed}") };
    let vectors = found.findings.iter().map(|finding| {
        let Finding { response, number, signature, .. } = finding;
        let title = format!("Found by relogin hunt: {}, {}", signature.harm, signature.outcome);
        origin.vector(&format!("seed-{seed}-number-{number}"), &title, response)
    });
    let tables = embedded_files()
        .filter(|(path, _)| !path.contains('/') && path != LINES)
        .map(|(path, text)| (path, text.to_owned()));
    let files = origin
        .files(vectors.collect())
        .into_iter()
        .map(|(level, text)| (format!("vectors/{level}/{topic}.json"), text + "\n"));
    tables.chain(files).collect()
}
