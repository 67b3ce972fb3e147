//! The parts that several reports share. All strings that they return are safe to print.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use crate::check::{BaselineResult, Edit, Implementation, Judged, Outcome, VectorInfo, Wrong};
use crate::corpus::Verdict;
use crate::text::{ascii_json_line, plural, safe, safe_bytes, width};

/// How a report shows the verdict "not a failure".
pub(super) const NULL: &str = "null (not a failure)";

/// The most characters of the name of an implementation, in narrow columns.
const MOST_SHORT_NAME: usize = 24;

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

/// Returns the beginning of a body.
pub(super) fn body(vector: &VectorInfo, max: usize) -> String {
    let kept = STANDARD.decode(&vector.body).unwrap_or_default(); // results that were edited by hand may hold anything
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
    format!("{harm}: {}", safe(&vector.title, width::LINE))
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
