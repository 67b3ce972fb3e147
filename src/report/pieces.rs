//! The parts that several reports share. All strings that they return are safe to print.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use crate::check::groups::{self, Cause, Group};
use crate::check::{BaselineResult, Edit, Harm, Implementation, Judged, Outcome, VectorInfo, Wrong};
use crate::corpus::{Verdict, spec};
use crate::text::{ascii_json_line, plural, safe, safe_bytes, width};

/// How a report shows the verdict "not a failure".
pub(super) const NULL: &str = "null (not a failure)";

/// The most characters of the name of an implementation, in narrow columns.
const MOST_SHORT_NAME: usize = 24;
/// The most bytes of a body that are shown in hexadecimal, how many of them come before the first that is not UTF-8,
/// and the most outcomes of a group.
const MOST_HEX: usize = 64;
const HEX_BEFORE: usize = 16;
const MOST_OUTCOMES: usize = 3;

/// The failures that a report shows.
#[derive(Clone, Debug, Default)]
pub struct Shown {
    /// All, not only one of each group and the worst.
    pub all: bool,
    /// Those with one of these harms; empty for each harm. The numbers of a report, its JSON and its JUnit XML are of
    /// all.
    pub harms: Vec<Harm>,
}

impl Shown {
    /// Returns whether a failure is of a harm that is shown.
    pub(super) fn has(&self, judged: &Judged) -> bool {
        self.harms.is_empty() || judged.harm.is_some_and(|harm| self.harms.contains(&harm))
    }
}

/// Returns the groups of new failures that a report shows; with `all`, the known ones too.
pub(super) fn shown_groups<'r>(
    implementation: &'r Implementation,
    vectors: &'r [VectorInfo],
    shown: &Shown,
) -> Vec<Group<'r>> {
    groups::groups(implementation, vectors, |judged| shown.has(judged) && (shown.all || !judged.is_known))
}

/// Returns the tag and the name of a rule, or the tag alone of one that is not in SPEC.md.
pub(super) fn rule_name(tag: &str) -> String {
    spec::find(tag).map_or_else(|| safe(tag, width::WORD), |rule| format!("{} {}", rule.tag, rule.name))
}

/// Returns the cause of a group: the rule with its name, or how the port broke.
pub(super) fn cause(cause: &Cause<'_>) -> String {
    match cause {
        Cause::Rule(tag) => rule_name(tag),
        other => safe(&other.name(), width::NAME),
    }
}

/// Returns the heading of a group: its harm, how many failures it has, and its cause.
pub(super) fn group_heading(group: &Group<'_>) -> String {
    let count = group.failures.len();
    format!("{}, {count} vector{}: {}", group.harm, plural(count), cause(&group.cause))
}

/// Returns how the failures of a group differ, as outcomes with their numbers.
pub(super) fn group_outcomes(group: &Group<'_>) -> String {
    let outcomes = group.outcomes();
    let name = |(outcome, count): &(String, usize)| {
        if outcomes.len() == 1 { outcome.clone() } else { format!("{count} {outcome}") }
    };
    let mut names: Vec<String> = outcomes.iter().take(MOST_OUTCOMES).map(name).collect();
    if outcomes.len() > MOST_OUTCOMES {
        let left: usize = outcomes[MOST_OUTCOMES..].iter().map(|(_, count)| count).sum();
        names.push(format!("{left} in other ways"));
    }
    names.join(", ")
}

/// Returns sentences on an implementation, for the beginning of a report: answers that are all alike, and which rules
/// explain most failures of each harm.
pub(super) fn sentences(implementation: &Implementation, vectors: &[VectorInfo], groups: &[Group<'_>]) -> Vec<String> {
    let alike = groups::alike(implementation, vectors).map(|what| format!("It {what}"));
    let all = alike.into_iter().chain(groups::explanations(groups));
    all.map(|sentence| format!("{}.", safe(&sentence, width::MESSAGE))).collect()
}

/// Compares how often an implementation decides right with verdicts that never change; `None` if it declares no field
/// that decides.
pub(super) fn comparison(implementation: &Implementation, vectors: &[VectorInfo]) -> Option<String> {
    let controls = groups::controls(implementation, vectors)?;
    let fields: Vec<&str> = controls.fields.iter().map(|field| field.as_str()).collect();
    let constants: Vec<String> =
        controls.constants.iter().map(|control| format!("{} {}", control.name, control.right)).collect();
    Some(format!(
        "{} alone: right for {} of {}; for comparison: {}",
        fields.join(" and "),
        controls.right,
        controls.judged,
        constants.join(", ")
    ))
}

/// Returns some bytes of a body in hexadecimal, from a little before the first that is not UTF-8; `None` if all are. An
/// incomplete character at the end does not count if the body goes on.
pub(super) fn hexadecimal(body: &[u8], goes_on: bool) -> Option<String> {
    let error = std::str::from_utf8(body).err().filter(|error| error.error_len().is_some() || !goes_on)?;
    let from = if error.valid_up_to() < MOST_HEX { 0 } else { error.valid_up_to() - HEX_BEFORE };
    let bytes: Vec<String> = body[from..].iter().take(MOST_HEX).map(|byte| format!("{byte:02x}")).collect();
    let which = if from == 0 { "its first bytes".to_owned() } else { format!("its bytes from {from} on") };
    Some(format!("{which}: {}", bytes.join(" ")))
}

/// Returns the secrets of a vector and, if its body is not UTF-8, its bytes, each in a line.
pub(super) fn secrets_and_bytes(vector: &VectorInfo) -> Vec<String> {
    let mut lines: Vec<String> =
        vector.secrets.iter().map(|secret| format!("secret: {}", safe(secret, width::LINE))).collect();
    let kept = kept(vector);
    lines.extend(hexadecimal(&kept, kept.len() < vector.body_bytes));
    lines
}

/// Returns the name of an implementation, shortened.
pub(super) fn name(implementation: &Implementation) -> String {
    safe(&implementation.identity.name, MOST_SHORT_NAME)
}

/// Returns the value of `Content-Type`.
pub(super) fn content_type(value: Option<&String>) -> String {
    value.map_or_else(|| "none".to_owned(), |value| safe(value, width::NAME))
}

/// Returns the name of a vector's profile.
pub(super) fn profile(vector: &VectorInfo) -> String {
    vector.profile.as_ref().map_or_else(|| "its own".to_owned(), |name| safe(name, width::WORD))
}

/// Returns the bytes of a body that results keep.
pub(super) fn kept(vector: &VectorInfo) -> Vec<u8> {
    STANDARD.decode(&vector.body).unwrap_or_default() // results that were edited by hand may hold anything
}

/// Returns the beginning of a body.
pub(super) fn body(vector: &VectorInfo, max: usize) -> String {
    let kept = kept(vector);
    let text = safe_bytes(&kept, max);
    let left = vector.body_bytes.saturating_sub(kept.len());
    if left == 0 { text } else { format!("{text}, and {left} bytes more") }
}

/// Returns two values, each from a little before the first difference.
pub(super) fn pair(expected: &Value, actual: Option<&Value>) -> (String, String) {
    let spelled = |value: &Value| value.as_str().map_or_else(|| value.to_string(), |text| format!("\"{text}\""));
    let expected = spelled(expected);
    let Some(actual) = actual.map(spelled) else {
        return (safe(&expected, width::TEXT), "nothing: the field is missing".into());
    };
    let same = expected.chars().zip(actual.chars()).take_while(|(one, other)| one == other).count();
    let from = if same > width::TEXT / 2 { same - width::WORD } else { 0 };
    let shown = |text: &str| {
        let rest: String = text.chars().skip(from).collect();
        let before = if from > 0 { "\u{2026} " } else { "" };
        format!("{before}{}", safe(&rest, width::TEXT))
    };
    (shown(&expected), shown(&actual))
}

/// Returns the heading of a failure or a skip, in a line.
pub(super) fn heading(vector: &VectorInfo, judged: &Judged) -> String {
    let harm = judged.harm.map_or_else(|| "skipped in a level that it claims".to_owned(), |harm| harm.to_string());
    let rules: Vec<String> = vector.rules.iter().map(|rule| safe(rule, width::WORD)).collect();
    format!("{harm}: {} ({})", safe(&vector.title, width::LINE), rules.join(", "))
}

/// Returns the headers of a response, each in a line.
pub(super) fn headers(vector: &VectorInfo) -> Vec<String> {
    let line =
        |(name, value): &(String, String)| format!("header {}: {}", safe(name, width::WORD), safe(value, width::LINE));
    vector.headers.iter().map(line).collect()
}

/// Returns a line about the members of a sweep that fail.
pub(super) fn members(judged: &Judged) -> Option<String> {
    let sweep = judged.sweep.as_ref()?;
    let names: Vec<String> = sweep.names.iter().map(|name| safe(name, width::WORD)).collect();
    let left = sweep.failed.saturating_sub(names.len());
    let more = if left == 0 { String::new() } else { format!(", and {left} more") };
    Some(format!("{} member{} fail: {}{more}", sweep.failed, plural(sweep.failed), names.join(", ")))
}

/// Returns the argument of `relogin vectors show` for a vector or a member, quoted for a shell where needed.
pub(super) fn shown_as(vector: &VectorInfo) -> String {
    let id = safe(&vector.id, width::LINE);
    shlex::try_quote(&id).map(|id| id.into_owned()).unwrap_or_default()
}

/// Returns the facts of a failure or a skip, each in a line.
pub(super) fn facts(vector: &VectorInfo, judged: &Judged) -> Vec<String> {
    let vector = judged.about(vector);
    let content_type = content_type(vector.content_type.as_ref());
    let bytes = vector.body_bytes;
    let mut lines: Vec<String> = members(judged).into_iter().collect();
    lines.extend(vector.status.map(|status| format!("status {status}, content type {content_type}")));
    lines.extend(headers(vector));
    let what = if vector.status.is_some() { "body" } else { "lines" };
    lines.push(format!("{what}, {bytes} byte{}: {}", plural(bytes), body(vector, width::TEXT)));
    lines.extend(secrets_and_bytes(vector));
    for difference in &judged.differences {
        let (expected, actual) = pair(&difference.expected, difference.actual.as_ref());
        lines.push(format!("{}: expected {expected}, actual {actual}", difference.field.as_str()));
    }
    if let Some((expected, actual)) = whole_verdicts(vector.expect.as_ref(), judged) {
        lines.push(format!("expected {expected}, actual {actual}"));
    }
    lines.extend(judged.note.as_ref().map(|note| format!("It {}.", safe(note, width::TEXT))));
    lines
}

/// Returns the expected and the actual verdict if one of them is null.
pub(super) fn whole_verdicts(expect: Option<&Verdict>, judged: &Judged) -> Option<(String, String)> {
    match (&judged.unexpected, expect) {
        (Some(actual), _) => Some((NULL.to_owned(), safe(&ascii_json_line(actual), width::TEXT))),
        (None, Some(expected)) if judged.outcome == Outcome::Wrong(Wrong::Null) => {
            Some((safe(&ascii_json_line(expected), width::TEXT), NULL.to_owned()))
        }
        _ => None,
    }
}

/// Returns the edits of a baseline, those first that need `--bless-harm`, and then in the order of the file.
pub(super) fn edits_in_order(baseline: &BaselineResult) -> Vec<&Edit> {
    let mut edits: Vec<&Edit> = baseline.edits.iter().collect();
    edits.sort_by_key(|edit| (!edit.needs_bless_harm, edit.why)); // a stable sort keeps the order of the file
    edits
}

/// Returns the reason and the line of an edit.
pub(super) fn edit_title(edit: &Edit, baseline: &BaselineResult) -> String {
    let line = edit.line.map_or_else(String::new, |line| format!(", line {line}"));
    let refused = match (edit.needs_bless_harm, baseline.is_blessed) {
        (true, true) => " (not made: needs --bless-harm)",
        (true, false) => " (needs --bless-harm)",
        _ => "",
    };
    format!("{}{line}{refused}", edit.why)
}

/// Returns the removed and the added lines of an edit.
pub(super) fn edit_lines(edit: &Edit) -> impl Iterator<Item = String> {
    let removed = edit.remove.iter().map(|line| format!("-{}", safe(line, width::TEXT)));
    removed.chain(edit.add.iter().map(|line| format!("+{}", safe(line, width::TEXT))))
}
