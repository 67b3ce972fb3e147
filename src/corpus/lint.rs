//! `relogin vectors lint`: checks that the types of the corpus cannot express.

use std::collections::BTreeSet;
use std::fmt;

use relogin::Action;

use super::body::first_byte;
use super::level::Level;
use super::read::{Corpus, LINES};
use super::spec;
use super::tables::{CodeRow, Keys};
use super::vector::{Evidence, Input, ProfileChoice, STATUSES, Source, Vector, VectorFile, Verdict};

/// Rules that no vector can only just fail to trigger, and why. They need no vector with the rule in `near`.
const NO_NEAR_MISS: &[(&str, &str)] = &[];

const RETIRED: &str = "the id is retired (retired.json) and must not be used again";

/// The steps of section 5, and the rules that each may have as evidence.
const STEP_RULES: [(u8, &str); 8] =
    [(1, "R31"), (1, "R52"), (2, "R32"), (2, "R53"), (3, "R33"), (4, "R34"), (5, "R54"), (6, "R35")];

/// A problem of a corpus. It may hold strings of vectors: print it through [`text::safe`](crate::text::safe).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The file, or `SPEC.md`.
    pub file: String,
    /// The id of the vector, the row of the table, or the tag of the rule.
    pub subject: Option<String>,
    /// The problem; the end of a sentence that begins with the subject or the file.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let subject = self.subject.as_ref().map_or_else(String::new, |subject| format!("{subject}: "));
        write!(f, "{}: {subject}{}", self.file, self.message)
    }
}

/// Returns all problems of a corpus, in the order of its files.
#[must_use]
pub fn lint(corpus: &Corpus) -> Vec<Problem> {
    let mut problems = Vec::new();
    for place in &corpus.not_ascii {
        problems.push(Problem {
            file: place.clone(),
            subject: None,
            message: "is not ASCII; write \\u escapes".into(),
        });
    }
    for path in &corpus.not_read {
        problems.push(Problem {
            file: path.clone(),
            subject: None,
            message: "is not read; only vectors/LEVEL/TOPIC.json and sweeps/LEVEL/TOPIC.json are".into(),
        });
    }
    for file in &corpus.files {
        if file.path != format!("vectors/{}/{}.json", file.level, file.topic) {
            let message = format!("holds another level or topic: {}/{}", file.level, file.topic);
            problems.push(Problem { file: file.path.clone(), subject: None, message });
        }
        for vector in &file.vectors {
            let mut messages = vector_problems(file, vector);
            messages.extend(
                vector.evidence.iter().flat_map(|evidence| evidence_problems(corpus, vector.expect.as_ref(), evidence)),
            );
            if corpus.retired.iter().any(|row| row.id == vector.id) {
                messages.push(RETIRED.into());
            }
            let problem = |message| Problem { file: file.path.clone(), subject: Some(vector.id.clone()), message };
            problems.extend(messages.into_iter().map(problem));
        }
    }
    for file in &corpus.sweep_files {
        if file.path != format!("sweeps/{}/{}.json", file.level, file.topic) {
            let message = format!("holds another level or topic: {}/{}", file.level, file.topic);
            problems.push(Problem { file: file.path.clone(), subject: None, message });
        }
        for sweep in &file.sweeps {
            let prefix = format!("{}/{}/", file.level, file.topic);
            let mut messages = head_problems(&sweep.id, &prefix, &sweep.title, &sweep.source);
            messages.extend(rule_problems(file.level, &sweep.rules, &sweep.near));
            let of_verdicts = sweep
                .members
                .iter()
                .flat_map(|member| member.expect.iter().flat_map(|verdict| verdict_problems(&member.input, verdict)));
            messages.extend(of_verdicts.collect::<BTreeSet<String>>());
            if corpus.retired.iter().any(|row| row.id == sweep.id) {
                messages.push(RETIRED.into());
            }
            let problem = |message| Problem { file: file.path.clone(), subject: Some(sweep.id.clone()), message };
            problems.extend(messages.into_iter().map(problem));
        }
    }
    for vector in &corpus.lines {
        let mut messages = head_problems(&vector.id, "hardening/protocol/", &vector.title, &vector.source);
        if vector.lines.is_empty() {
            messages.push("it has no line".into());
        }
        if vector.lines.iter().any(|line| line.line.expand().contains(&b'\n')) {
            messages.push("a line has a line feed".into());
        }
        if corpus.retired.iter().any(|row| row.id == vector.id) {
            messages.push(RETIRED.into());
        }
        let problem = |message| Problem { file: LINES.into(), subject: Some(vector.id.clone()), message };
        problems.extend(messages.into_iter().map(problem));
    }
    problems.extend(table_problems(corpus));
    problems.extend(rules_without_a_vector(corpus));
    problems
}

/// Checks what the rules assume about the tables.
fn table_problems(corpus: &Corpus) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut problem = |file: &str, row: &str, message: &str| {
        problems.push(Problem { file: file.into(), subject: Some(row.into()), message: message.into() });
    };
    let mut codes = BTreeSet::new();
    for row in &corpus.codes {
        if !codes.insert(row.code.to_ascii_lowercase()) {
            problem("codes.json", &row.code, "is equal to another code by R2");
        }
        let has_exception = corpus.exceptions.iter().any(|exception| exception.code == row.code);
        if row.action == Action::Unknown && !has_exception {
            problem("codes.json", &row.code, "has the action unknown, but no exception");
        }
        if row.reused && row.action != Action::Relogin {
            problem("codes.json", &row.code, "is marked `reused`, but its action is not relogin (R45)");
        }
        if row.in_text && !row.code.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
            problem(
                "codes.json",
                &row.code,
                "is marked `in_text`, but no text can be this code or hold it as a word (R33, R34)",
            );
        }
    }
    for row in &corpus.exceptions {
        let subject = format!("{} beside `{}`", row.code, row.phrase);
        if !corpus.codes.iter().any(|code| code.code == row.code) {
            problem(
                "exceptions.json",
                &subject,
                "is about a code that codes.json does not have, or spells differently (R53)",
            );
        }
        if row.reused && row.action != Action::Relogin {
            problem("exceptions.json", &subject, "is marked `reused`, but its action is not relogin (R45)");
        }
        if !row.phrase.bytes().all(|byte| matches!(byte, b' '..=b'~') && !byte.is_ascii_uppercase()) {
            problem("exceptions.json", &subject, "has a phrase that is not lower-case ASCII (R53)");
        }
    }
    for pair in corpus.exceptions.iter().enumerate() {
        let (index, row) = pair;
        let mut earlier = corpus.exceptions[..index].iter().filter(|other| other.code == row.code);
        if earlier.any(|other| row.phrase.contains(&other.phrase)) {
            let subject = format!("{} beside `{}`", row.code, row.phrase);
            problem(
                "exceptions.json",
                &subject,
                "never decides: a text with its phrase has that of an earlier row (R53)",
            );
        }
    }
    for row in &corpus.headers {
        if row.header != row.header.to_ascii_lowercase() {
            problem("headers.json", &row.header, "must be in lower case");
        }
    }
    let Keys { error_object, top_level, .. } = &corpus.keys;
    for places in [&error_object.code, &error_object.text, &top_level.code, &top_level.text] {
        for pair in places.windows(2).filter(|pair| pair[1].level < pair[0].level) {
            problem("keys.json", &pair[1].key, "stands behind a row of a higher level (R25, R28)");
        }
    }
    problems
}

fn vector_problems(file: &VectorFile, vector: &Vector) -> Vec<String> {
    let prefix = format!("{}/{}/", file.level, file.topic);
    let mut problems = head_problems(&vector.id, &prefix, &vector.title, &vector.source);
    problems.extend(rule_problems(file.level, &vector.rules, &vector.near));
    if !STATUSES.contains(&vector.input.status) {
        problems.push(format!("{} is not an HTTP status", vector.input.status));
    }
    let says_none = vector.input.content_type.is_none() && !vector.title.contains("content type");
    if vector.source.url.is_some() && says_none && matches!(first_byte(&vector.input.body.expand()), Some(b'{' | b'['))
    {
        problems.push(NO_CONTENT_TYPE.into());
    }
    problems.extend(vector.expect.iter().flat_map(|verdict| verdict_problems(&vector.input, verdict)));
    problems
}

/// Real clients read a body without a content type otherwise, or not at all, and would fail at what no server did.
const NO_CONTENT_TYPE: &str = "has a JSON body and a source, but no content type: write application/json where the source \
                               does not say, as RFC 6749 section 5.2 requires, or name the missing content type in the title";

fn head_problems(id: &str, prefix: &str, title: &str, source: &Source) -> Vec<String> {
    let mut problems = Vec::new();
    let is_slug =
        |slug: &str| !slug.is_empty() && slug.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'));
    if !id.strip_prefix(prefix).is_some_and(is_slug) {
        problems.push(format!("the id must be {prefix} and a slug of a to z, 0 to 9 and `-`"));
    }
    if title.trim().is_empty() || title.chars().count() > 200 {
        problems.push("the title must have 1 to 200 characters".into());
    }
    if source.what.trim().is_empty() {
        problems.push("`source.what` is empty".into());
    }
    if source.url.as_ref().is_some_and(|url| !url.starts_with("https://") && !url.starts_with("http://")) {
        problems.push("`source.url` must be null or begin with https:// or http://".into());
    }
    problems
}

fn rule_problems(level: Level, rules: &[String], near: &[String]) -> Vec<String> {
    let mut problems = Vec::new();
    if rules.is_empty() {
        problems.push("`rules` is empty; name the rule that the vector shows".into());
    }
    let mut tags = BTreeSet::new();
    for tag in rules.iter().chain(near) {
        if spec::find(tag).is_none() {
            problems.push(format!("there is no rule {tag} in SPEC.md"));
        }
        if !tags.insert(tag) {
            problems.push(format!("{tag} is named twice"));
        }
    }
    for rule in rules.iter().filter_map(|tag| spec::find(tag)) {
        if rule.level > level {
            problems.push(format!("{} is of level {}, above the level of the vector", rule.tag, rule.level));
        }
    }
    problems
}

/// Checks what holds for every verdict. The lint does not compute verdicts.
fn verdict_problems(input: &Input, verdict: &Verdict) -> Vec<String> {
    let mut problems = Vec::new();
    if verdict.relogin_required != (verdict.action == Action::Relogin) {
        problems.push("`relogin_required` must be true exactly when `action` is relogin (R44)".into());
    }
    let may_be_empty = matches!(&input.profile, ProfileChoice::Inline(profile) if profile.fallback_code.is_empty());
    if (verdict.code.is_empty() && !may_be_empty) || verdict.message.is_empty() {
        problems.push("`code` and `message` must not be empty, but for an empty fallback code (R43)".into());
    }
    if verdict.description.as_ref().is_some_and(|text| text.is_empty() || text.chars().count() > 500) {
        problems.push("`description` must be null or have 1 to 500 characters (R41, R42)".into());
    }
    problems
}

/// Checks evidence against its verdict, section 5 and the tables.
fn evidence_problems(corpus: &Corpus, verdict: Option<&Verdict>, evidence: &Evidence) -> Vec<String> {
    let Some(Verdict { action, .. }) = verdict else { return vec!["`evidence` is only for a failure (R3)".into()] };
    let mut problems = Vec::new();
    if !STEP_RULES.contains(&(evidence.step, evidence.rule.as_str())) {
        problems.push(format!("step {} of the evidence is not rule {}", evidence.step, evidence.rule));
    }
    if evidence.header.is_some() != (evidence.rule == "R52") {
        problems.push("`evidence.header` is only for R52, and must not be missing there".into());
    }
    if evidence.header.as_ref().is_some_and(|header| !corpus.headers.iter().any(|row| row.header == *header)) {
        problems.push("`evidence.header` is not a header of headers.json".into());
    }
    if evidence.exception.is_some() != (evidence.rule == "R53") {
        problems.push("`evidence.exception` is only for R53, and must not be missing there".into());
    }
    if spec::find(&evidence.body_rule).is_none() {
        problems.push(format!("there is no rule {} in SPEC.md", evidence.body_rule));
    }
    if evidence.place.is_some() != (2..=4).contains(&evidence.step) {
        problems.push("`evidence.place` must be a place at steps 2 to 4, and null otherwise".into());
    }
    let row = evidence.row.as_ref().map(|code| corpus.codes.iter().find(|row| row.code == *code));
    let exception = evidence.exception.as_ref().and_then(|phrase| {
        corpus.exceptions.iter().find(|row| Some(&row.code) == evidence.row.as_ref() && row.phrase == *phrase)
    });
    if evidence.exception.is_some() && exception.is_none() {
        problems.push("`evidence.exception` is not a phrase of exceptions.json for `evidence.row`".into());
    }
    let given = |row: &CodeRow| exception.map_or(row.action, |exception| exception.action);
    match (evidence.step, row) {
        (2 | 6, None) if *action == Action::Unknown => {}
        (1, None) if *action == Action::Retry => {}
        (5, None) if *action == Action::FixClient => {}
        // R36 turns `relogin` into `unknown`.
        (2..=4, Some(Some(row)))
            if given(row) == *action || (given(row), *action) == (Action::Relogin, Action::Unknown) => {}
        (2..=4, Some(None)) => problems.push("`evidence.row` is not a code of codes.json".into()),
        (step, _) => problems.push(format!("step {step} with this `evidence.row` does not give {action} (section 5)")),
    }
    if !corpus.actions.iter().any(|row| row.action == *action && row.next_step == evidence.next_step) {
        problems.push(format!("`evidence.next_step` is not that of {action} in actions.json"));
    }
    problems
}

/// Checks that each rule has a vector that shows it, and one that only just does not trigger it.
fn rules_without_a_vector(corpus: &Corpus) -> Vec<Problem> {
    let mut problems = Vec::new();
    let named = |tags: fn(&Vector) -> &Vec<String>| -> BTreeSet<&String> { corpus.vectors().flat_map(tags).collect() };
    let (shown, near) = (named(|vector| &vector.rules), named(|vector| &vector.near));
    for rule in spec::rules() {
        let mut problem = |message: &str| {
            let subject = Some(format!("{} {}", rule.tag, rule.name));
            problems.push(Problem { file: "SPEC.md".into(), subject, message: message.into() });
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
    use super::super::tables::RetiredRow;
    use super::*;

    #[test]
    fn each_problem_is_reported() {
        let mut corpus = Corpus::embedded().clone();
        corpus.files.truncate(1);
        let file = &mut corpus.files[0];
        file.vectors.truncate(1);
        let first = file.vectors[0].clone();
        let vector = Vector {
            id: "core/Other".into(),
            rules: vec!["R99".into(), "R41".into()],
            near: vec!["R41".into()],
            ..first.clone()
        };
        let evidence = Evidence {
            step: 5,
            rule: "R31".into(),
            place: Some("`code` of the top level".into()),
            row: Some("invalid_grant".into()),
            exception: None,
            header: None,
            body: "JSON".into(),
            body_rule: "R98".into(),
            next_step: "Panic.".into(),
        };
        let with = |evidence: Evidence| Vector { evidence: Some(evidence), ..first.clone() };
        let no_row = with(Evidence { step: 3, row: Some("no_such_row".into()), ..evidence.clone() });
        let no_failure = Vector { expect: None, ..with(evidence.clone()) };
        file.vectors = vec![first.clone(), vector, with(evidence), no_row, no_failure];
        file.topic = "else".into();
        let row = corpus.codes[0].clone();
        corpus.codes.push(CodeRow {
            code: "INVALID_grant".into(),
            action: Action::Retry,
            reused: true,
            in_text: true,
            ..row.clone()
        });
        corpus.codes.push(CodeRow { code: "no-word".into(), action: Action::Unknown, in_text: true, ..row });
        corpus.not_read.push("vectors/stray.json".into());
        corpus.keys.top_level.code.reverse();
        corpus.retired.push(RetiredRow { id: first.id, version: "0.0.1".into(), reason: "r".into() });
        let lines: Vec<String> = lint(&corpus).iter().map(ToString::to_string).collect();
        for part in [
            "another level or topic",
            "retired",
            "no rule R99",
            "R41 is named twice",
            "above the level of the vector",
            "and a slug",
            "step 5 of the evidence is not rule R31",
            "no rule R98",
            "`evidence.place` must",
            "this `evidence.row`",
            "not a code of codes.json",
            "`evidence.next_step` is not",
            "only for a failure (R3)",
            "no vector has it in `near`",
            "is equal to another code",
            "its action is not relogin",
            "no text can be this code",
            "has the action unknown, but no exception",
            "is not read",
            "behind a row of a higher level",
        ] {
            assert!(lines.iter().any(|line| line.contains(part)), "{part}: {lines:#?}");
        }
    }
}
