//! What must hold of a corpus beyond its form.

use std::collections::HashSet;

use crate::vectors::{Corpus, rules};

/// Rules that have no near miss, with the reason.
const WITHOUT_NEAR_MISS: [(&str, &str); 0] = [];

/// The problems of a corpus, each a sentence that names the place; none when it is sound.
///
/// ```
/// # use relogin_conformance::{lint, vectors::Corpus};
/// assert_eq!(lint::lint(&Corpus::embedded().unwrap()), Vec::<String>::new());
/// ```
#[must_use]
pub fn lint(corpus: &Corpus) -> Vec<String> {
    let mut problems = Vec::new();
    let tags = rules();
    let mut seen = HashSet::new();
    for (path, text) in &corpus.files {
        if let Some(line) = text.lines().position(|line| !line.is_ascii()) {
            problems.push(format!("{path}: line {} is not ASCII; write \\u escapes, so that a reader sees what is there", line + 1));
        }
    }
    for vector in &corpus.vectors {
        let id = &vector.id;
        let mut problem = |what: String| problems.push(format!("{id}: {what}"));
        let mut parts = id.split('/');
        let slug_is_good =
            |slug: &str| !slug.is_empty() && slug.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        if parts.next() != Some(vector.level.name())
            || !parts.next().is_some_and(slug_is_good)
            || !parts.next().is_some_and(slug_is_good)
            || parts.next().is_some()
        {
            problem("the id is not <level>/<topic>/<slug> with a slug of a-z, 0-9 and -".into());
        }
        if !corpus.files.contains_key(&format!("vectors/{}.json", vector.topic())) {
            problem("the id names another file than the one that holds it".into());
        }
        if !seen.insert(id) {
            problem("the id is there twice".into());
        }
        if corpus.retired.contains(id) {
            problem("the id is retired (retired.json) and is never used again".into());
        }
        if vector.title.trim().is_empty() || vector.source.what.trim().is_empty() {
            problem("the title and the source say nothing".into());
        }
        if vector.source.url.as_ref().is_some_and(|url| !url.starts_with("https://") && !url.starts_with("http://")) {
            problem("the source's url is no address".into());
        }
        if vector.rules.is_empty() {
            problem("it shows no rule".into());
        }
        for tag in vector.rules.iter().chain(&vector.near) {
            if !tags.contains(&tag.as_str()) {
                problem(format!("SPEC.md has no rule {tag}"));
            }
        }
        if let Some(tag) = vector.rules.iter().find(|tag| vector.near.contains(tag)) {
            problem(format!("{tag} cannot both decide and only just not decide"));
        }
        if !(100..=999).contains(&vector.input.status) {
            problem("the status is not one of HTTP".into());
        }
        if let Some(expect) = &vector.expect {
            if expect.relogin_required != (expect.action == "relogin") {
                problem("relogin_required is true exactly when the action is relogin (R44)".into());
            }
            if !["relogin", "retry", "fix_client", "unknown"].contains(&expect.action.as_str()) {
                problem("the action is none of relogin, retry, fix_client, unknown".into());
            }
        }
    }
    for tag in tags {
        let has =
            |of: fn(&crate::vectors::Vector) -> &Vec<String>| corpus.vectors.iter().any(|vector| of(vector).iter().any(|rule| rule == tag));
        if !has(|vector| &vector.rules) {
            problems.push(format!("{tag}: no vector shows it deciding"));
        }
        if !has(|vector| &vector.near) && !WITHOUT_NEAR_MISS.iter().any(|(rule, _)| *rule == tag) {
            problems.push(format!("{tag}: no vector shows a near miss"));
        }
    }
    problems
}
