//! Holding the corpus to its own rules: what the types of [`vectors`](crate::corpus) cannot say.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::corpus::spec;
use crate::corpus::{Corpus, Evidence, Keys, STATUSES, Vector, VectorFile, Verdict};
use crate::protocol::ACTIONS;

/// Rules that no vector can only just fail to trigger, and why. They need none in `near`.
const NO_NEAR_MISS: &[(&str, &str)] = &[];

/// What is wrong with the corpus. It may hold strings of vectors: print it through [`text::safe`](crate::text::safe).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The file, or `SPEC.md`.
    pub file: String,
    /// The id of the vector, or the tag of the rule.
    pub about: Option<String>,
    /// What is wrong.
    pub what: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let about = self.about.as_ref().map_or_else(String::new, |about| format!("{about}: "));
        write!(f, "{}: {about}{}", self.file, self.what)
    }
}

/// Everything that is wrong with a corpus, in the order of its files.
#[must_use]
pub fn lint(corpus: &Corpus) -> Vec<Problem> {
    let mut problems = Vec::new();
    for place in &corpus.not_ascii {
        problems.push(Problem { file: place.clone(), about: None, what: "is not ASCII; write \\u escapes".into() });
    }
    for path in &corpus.not_read {
        problems.push(Problem { file: path.clone(), about: None, what: "is not read: only vectors/LEVEL/TOPIC.json is".into() });
    }
    let mut seen = BTreeMap::new();
    for file in &corpus.files {
        if file.path != format!("vectors/{}/{}.json", file.level, file.topic) {
            let what = format!("is the file of another level or topic than {}/{}", file.level, file.topic);
            problems.push(Problem { file: file.path.clone(), about: None, what });
        }
        for vector in &file.vectors {
            let mut wrong = wrong_with(file, vector);
            wrong.extend(vector.evidence.iter().flat_map(|evidence| wrong_with_evidence(corpus, vector.expect.as_ref(), evidence)));
            if let Some(first) = seen.insert(&vector.id, &file.path) {
                wrong.push(format!("the id is used twice, first in {first}"));
            }
            if corpus.retired.iter().any(|row| row.id == vector.id) {
                wrong.push("the id is retired (retired.json) and must not be used again".into());
            }
            let problem = |what| Problem { file: file.path.clone(), about: Some(vector.id.clone()), what };
            problems.extend(wrong.into_iter().map(problem));
        }
    }
    problems.extend(wrong_with_tables(corpus));
    problems.extend(rules_without_a_vector(corpus));
    problems
}

/// What the rules suppose of the tables.
fn wrong_with_tables(corpus: &Corpus) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut problem = |file: &str, about: &str, what: &str| {
        problems.push(Problem { file: file.into(), about: Some(about.into()), what: what.into() });
    };
    let mut codes = BTreeSet::new();
    for row in &corpus.codes {
        if !codes.insert(row.code.to_ascii_lowercase()) {
            problem("codes.json", &row.code, "is equal to another code by R2");
        }
        if !ACTIONS.contains(&row.action.as_str()) || row.action == "unknown" {
            problem("codes.json", &row.code, "must have one of the actions relogin, retry and fix_client");
        }
        if row.reused && row.action != "relogin" {
            problem("codes.json", &row.code, "is marked `reused`, and its action is not relogin (R45)");
        }
        if row.in_text && !row.code.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
            problem("codes.json", &row.code, "is marked `in_text`, and no text can be it or hold it as a word (R33, R34)");
        }
    }
    let Keys { error_object, top_level, .. } = &corpus.keys;
    for places in [&error_object.code, &error_object.text, &top_level.code, &top_level.text] {
        for pair in places.windows(2).filter(|pair| pair[1].level < pair[0].level) {
            problem("keys.json", &pair[1].key, "is a core row behind one of a higher level (R25, R28)");
        }
    }
    problems
}

fn wrong_with(file: &VectorFile, vector: &Vector) -> Vec<String> {
    let mut wrong = Vec::new();
    let prefix = format!("{}/{}/", file.level, file.topic);
    let is_slug = |slug: &str| !slug.is_empty() && slug.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'));
    if !vector.id.strip_prefix(&prefix).is_some_and(is_slug) {
        wrong.push(format!("the id must be {prefix} and a slug of a to z, 0 to 9 and `-`"));
    }
    if vector.title.trim().is_empty() || vector.title.chars().count() > 200 {
        wrong.push("the title must have 1 to 200 characters".into());
    }
    if vector.rules.is_empty() {
        wrong.push("`rules` is empty: name the rule that it shows".into());
    }
    let mut tags = BTreeSet::new();
    for tag in vector.rules.iter().chain(&vector.near) {
        if spec::find(tag).is_none() {
            wrong.push(format!("there is no rule {tag} in SPEC.md"));
        }
        if !tags.insert(tag) {
            wrong.push(format!("{tag} is named twice"));
        }
    }
    for rule in vector.rules.iter().filter_map(|tag| spec::find(tag)) {
        if rule.level > file.level {
            wrong.push(format!("{} is judged from level {} on, above that of the vector", rule.tag, rule.level));
        }
    }
    if vector.source.what.trim().is_empty() {
        wrong.push("`source.what` is empty".into());
    }
    if vector.source.url.as_ref().is_some_and(|url| !url.starts_with("https://") && !url.starts_with("http://")) {
        wrong.push("`source.url` must be null or begin with https:// or http://".into());
    }
    if !STATUSES.contains(&vector.input.status) {
        wrong.push(format!("{} is not an HTTP status", vector.input.status));
    }
    wrong.extend(vector.expect.iter().flat_map(wrong_with_verdict));
    wrong
}

/// What no verdict can be, whatever the response: the lint computes none.
fn wrong_with_verdict(verdict: &Verdict) -> Vec<String> {
    let mut wrong = Vec::new();
    if !ACTIONS.contains(&verdict.action.as_str()) {
        wrong.push(format!("`{}` is not an action", verdict.action));
    }
    if verdict.relogin_required != (verdict.action == "relogin") {
        wrong.push("`relogin_required` must be true exactly when `action` is relogin (R44)".into());
    }
    if verdict.code.is_empty() || verdict.message.is_empty() {
        wrong.push("`code` and `message` must not be empty".into());
    }
    if verdict.description.as_ref().is_some_and(|text| text.is_empty() || text.chars().count() > 500) {
        wrong.push("`description` must be null or have 1 to 500 characters (R41, R42)".into());
    }
    wrong
}

/// What no evidence for this verdict can be, by section 5 and the tables.
fn wrong_with_evidence(corpus: &Corpus, verdict: Option<&Verdict>, evidence: &Evidence) -> Vec<String> {
    let Some(Verdict { action, .. }) = verdict else { return vec!["`evidence` is of a failure, and this is none (R3)".into()] };
    let mut wrong = Vec::new();
    if evidence.rule != format!("R{}", 30 + evidence.step) {
        wrong.push(format!("step {} of the evidence is not {}", evidence.step, evidence.rule));
    }
    if spec::find(&evidence.body_rule).is_none() {
        wrong.push(format!("there is no rule {} in SPEC.md", evidence.body_rule));
    }
    if evidence.place.is_some() != (2..=4).contains(&evidence.step) {
        wrong.push("`evidence.place` must be there at steps 2 to 4, and null otherwise".into());
    }
    let row = evidence.row.as_ref().map(|code| corpus.codes.iter().find(|row| row.code == *code));
    match (evidence.step, row) {
        (2 | 5, None) if action == "unknown" => {}
        (1, None) if action == "retry" => {}
        // R36 makes `unknown` of `relogin`.
        (2..=4, Some(Some(row))) if row.action == *action || (row.action == "relogin" && action == "unknown") => {}
        (2..=4, Some(None)) => wrong.push("`evidence.row` is no code of codes.json".into()),
        (step, _) => wrong.push(format!("step {step} with such an `evidence.row` does not give {action} (R31 to R36)")),
    }
    if !corpus.actions.iter().any(|row| row.action == *action && row.next_step == evidence.next_step) {
        wrong.push(format!("`evidence.next_step` is not that of {action} in actions.json"));
    }
    wrong
}

/// Each rule needs a vector that shows it and one that it only just does not decide.
fn rules_without_a_vector(corpus: &Corpus) -> Vec<Problem> {
    let mut problems = Vec::new();
    let named = |tags: fn(&Vector) -> &Vec<String>| -> BTreeSet<&String> { corpus.vectors().flat_map(tags).collect() };
    let (shown, near) = (named(|vector| &vector.rules), named(|vector| &vector.near));
    for rule in spec::rules() {
        let mut problem = |what: &str| {
            let about = Some(format!("{} {}", rule.tag, rule.name));
            problems.push(Problem { file: "SPEC.md".into(), about, what: what.into() });
        };
        let tag = rule.tag.to_owned();
        if !shown.contains(&tag) {
            problem("no vector has it in `rules`");
        }
        if !near.contains(&tag) && !NO_NEAR_MISS.iter().any(|(tag, _)| *tag == rule.tag) {
            problem("no vector has it in `near`");
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_is_said() {
        let mut corpus = Corpus::embedded().expect("the embedded corpus can be read");
        corpus.files.truncate(1);
        let file = &mut corpus.files[0];
        file.vectors.truncate(1);
        let first = file.vectors[0].clone();
        let vector = Vector { id: "core/Other".into(), rules: vec!["R99".into(), "R40".into()], near: vec!["R40".into()], ..first.clone() };
        let evidence = Evidence {
            step: 5,
            rule: "R31".into(),
            place: Some("`code` of the top level".into()),
            row: Some("invalid_grant".into()),
            body: "JSON".into(),
            body_rule: "R98".into(),
            next_step: "Panic.".into(),
        };
        let with = |evidence: Evidence| Vector { evidence: Some(evidence), ..first.clone() };
        let no_row = with(Evidence { step: 3, row: Some("no_such_row".into()), ..evidence.clone() });
        let no_failure = Vector { expect: None, ..with(evidence.clone()) };
        file.vectors = vec![first.clone(), first.clone(), vector, with(evidence), no_row, no_failure];
        file.topic = "else".into();
        let row = corpus.codes[0].clone();
        corpus.codes.push(crate::corpus::CodeRow {
            code: "INVALID_grant".into(),
            action: "retry".into(),
            reused: true,
            in_text: true,
            ..row.clone()
        });
        corpus.codes.push(crate::corpus::CodeRow { code: "no-word".into(), action: "wipe".into(), in_text: true, ..row });
        corpus.not_read.push("vectors/stray.json".into());
        corpus.keys.top_level.code.reverse();
        corpus.retired.push(crate::corpus::RetiredRow { id: first.id, version: "0.0.1".into(), reason: "r".into() });
        let told: Vec<String> = lint(&corpus).iter().map(ToString::to_string).collect();
        for part in [
            "another level or topic",
            "used twice",
            "retired",
            "no rule R99",
            "R40 is named twice",
            "above that of the vector",
            "and a slug",
            "step 5 of the evidence is not R31",
            "no rule R98",
            "`evidence.place` must",
            "such an `evidence.row`",
            "no code of codes.json",
            "`evidence.next_step` is not",
            "this is none (R3)",
            "no vector has it in `near`",
            "is equal to another code",
            "its action is not relogin",
            "no text can be it",
            "must have one of the actions",
            "is not read",
            "behind one of a higher level",
        ] {
            assert!(told.iter().any(|line| line.contains(part)), "{part}: {told:#?}");
        }
    }
}
