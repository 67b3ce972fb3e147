//! Reports: what a person, a CI service or a program reads of the [`Results`] of a run. Each is a function of the results and of nothing else.
//!
//! Every string that is not ours passes [`text::safe`](crate::text::safe), or is escaped as its format demands, in the module of the format.

mod github;
mod html;
mod human;
mod junit;

use std::io::{self, Write};
use std::str::FromStr;

use anstream::StripStream;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use crate::check::{Edit, Implementation, Judged, Results, VectorInfo};
use crate::corpus::Verdict;
use crate::error::Error;
use crate::text::{ascii_json_line, plural, safe, safe_bytes};

/// The most characters of a value or a body in a line.
const MOST_SHOWN: usize = 240;

/// A format of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// For a person at a terminal or in a log.
    Human,
    /// The results themselves, a JSON object a line, in ASCII; see `corpus/schema/results.schema.json`.
    Json,
    /// JUnit XML, one test suite an implementation and one test case a vector.
    Junit,
    /// Workflow commands of GitHub Actions: annotations that name the vector.
    Github,
    /// One self-contained page.
    Html,
}

impl Format {
    /// All formats.
    pub const ALL: [Self; 5] = [Self::Human, Self::Json, Self::Junit, Self::Github, Self::Html];

    /// Its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Human => "human",
            Self::Json => "json",
            Self::Junit => "junit",
            Self::Github => "github",
            Self::Html => "html",
        }
    }

    /// Writes the report, with colours where `human` is written to a terminal that shows them. `all` shows all failures where otherwise the
    /// worst are shown.
    ///
    /// ```
    /// use relogin_conformance::report::Format;
    /// use relogin_conformance::check::{Header, Results, STREAM};
    /// let header = Header { stream: STREAM, suite: "1".into(), level: None, filter: None, vectors: 0, notes: vec![] };
    /// let mut text = Vec::new();
    /// Format::Json.write(&Results::new(header, vec![], vec![]), false, &mut text)?;
    /// assert!(text.starts_with(br#"{"line":"header""#));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// When `out` cannot be written to.
    pub fn write(self, results: &Results, all: bool, out: &mut dyn Write) -> io::Result<()> {
        match self {
            Self::Human => human::write(results, all, out),
            Self::Json => results.write(out),
            Self::Junit => junit::write(results, out),
            Self::Github => github::write(results, all, out),
            Self::Html => html::write(results, out),
        }?;
        out.flush()
    }

    /// The report as bytes without colours.
    ///
    /// # Panics
    ///
    /// Never: memory can be written to.
    #[must_use]
    pub fn to_bytes(self, results: &Results, all: bool) -> Vec<u8> {
        let mut bytes = StripStream::new(Vec::new());
        self.write(results, all, &mut bytes).expect("memory can be written to");
        bytes.into_inner()
    }
}

impl FromStr for Format {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        let format = Self::ALL.into_iter().find(|format| format.as_str() == name);
        format.ok_or_else(|| Error::new(format!("there is no format `{name}`; the formats are {}", Self::ALL.map(Self::as_str).join(", "))))
    }
}

/// The name of an implementation, short and safe to print.
fn name(implementation: &Implementation) -> String {
    safe(&implementation.about.name, 24)
}

/// The beginning of a body, safe to print.
fn body(vector: &VectorInfo, max: usize) -> String {
    let kept = STANDARD.decode(&vector.body).unwrap_or_default(); // a stream of results that was edited may hold anything
    let text = safe_bytes(&kept, max);
    let left = vector.body_bytes.saturating_sub(kept.len());
    if left == 0 { text } else { format!("{text}, and {left} bytes more") }
}

/// Two values, the expected one and the actual one, each from a little before where they begin to differ; safe to print.
#[must_use]
pub fn pair(expected: &Value, actual: Option<&Value>) -> (String, String) {
    let spelled = |value: &Value| value.as_str().map_or_else(|| value.to_string(), |text| format!("\"{text}\""));
    let expected = spelled(expected);
    let Some(actual) = actual.map(spelled) else { return (safe(&expected, MOST_SHOWN), "nothing: the field is missing".into()) };
    let same = expected.chars().zip(actual.chars()).take_while(|(one, other)| one == other).count();
    let from = if same > MOST_SHOWN / 2 { same - 40 } else { 0 };
    let shown = |text: &str| {
        let rest: String = text.chars().skip(from).collect();
        let before = if from > 0 { "\u{2026} " } else { "" };
        format!("{before}{}", safe(&rest, MOST_SHOWN))
    };
    (shown(&expected), shown(&actual))
}

/// What is wrong with a vector that failed or was skipped, in a line.
fn heading(vector: &VectorInfo, judged: &Judged) -> String {
    let harm = judged.harm.map_or_else(|| "skipped in a level that it claims".to_owned(), |harm| harm.to_string());
    format!("{harm}: {}", safe(&vector.title, 200))
}

/// What came of a vector that failed or was skipped, a line a fact.
fn facts(vector: &VectorInfo, judged: &Judged) -> Vec<String> {
    let content_type = vector.content_type.as_ref().map_or_else(|| "none".to_owned(), |value| safe(value, 100));
    let mut lines = vec![
        format!("status {}, content type {content_type}", vector.status),
        format!("body, {} byte{}: {}", vector.body_bytes, plural(vector.body_bytes), body(vector, MOST_SHOWN)),
    ];
    for difference in &judged.differences {
        let (expected, actual) = pair(&difference.expected, difference.actual.as_ref());
        lines.push(format!("{}: expected {expected}, actual {actual}", difference.field.as_str()));
    }
    if let Some((expected, actual)) = whole_verdicts(vector.expect.as_ref(), judged) {
        lines.push(format!("expected {expected}, actual {actual}"));
    }
    lines.extend(judged.note.as_ref().map(|note| format!("It {}.", safe(note, 400))));
    lines
}

/// The verdict that was expected and the one that came, where one of them is null; safe to print.
#[must_use]
pub fn whole_verdicts(expect: Option<&Verdict>, judged: &Judged) -> Option<(String, String)> {
    let null = || "null (not a failure)".to_owned();
    match (&judged.unexpected, expect) {
        (Some(actual), _) => Some((null(), safe(&ascii_json_line(actual), MOST_SHOWN))),
        (None, Some(expected)) if judged.outcome == "wrong(null)" => Some((safe(&ascii_json_line(expected), MOST_SHOWN), null())),
        _ => None,
    }
}

/// The lines of a baseline that go and come.
fn edit_lines(edit: &Edit) -> impl Iterator<Item = String> {
    let go = edit.remove.iter().map(|line| format!("-{}", safe(line, 400)));
    go.chain(edit.add.iter().map(|line| format!("+{}", safe(line, 400))))
}
