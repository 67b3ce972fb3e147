//! The results of `relogin check`, as a stream of JSON lines: a header, the vectors, the results of each
//! implementation, and a footer.
//!
//! Every report is a function of these results and of nothing else, so reports can be made from a file later. A stream
//! without its footer was cut, and is refused.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, BufRead, Read, Write};

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use super::outcome::{Kind, Outcome};
use crate::corpus::{Level, Verdict};
use crate::error::Error;
use crate::protocol::Field;
use crate::text::{ascii_json_line, plural, width};

/// The version of the stream.
pub const STREAM: u64 = 1;

/// The most bytes of a line of the stream, and of a stream. Only what is read is limited.
const MOST_LINE_BYTES: u64 = 64 << 20;
const MOST_STREAM_BYTES: u64 = 1 << 30;

/// The most bytes of a body that results keep.
pub const MOST_KEPT_BYTES: usize = 4096;

/// The results of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Results {
    /// The settings of the run.
    pub header: Header,
    /// The vectors that were selected, in the order of the corpus.
    pub vectors: Vec<VectorInfo>,
    /// The implementations, in the order of the command line.
    pub implementations: Vec<Implementation>,
    /// The totals.
    pub footer: Footer,
}

/// The settings of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// The version of the stream, [`STREAM`].
    pub stream: u64,
    /// The version of the suite: specification, corpus and runner.
    pub suite: String,
    /// The highest level of the selected vectors, as given by `--level`.
    pub level: Option<Level>,
    /// The glob that selected the vectors.
    pub filter: Option<String>,
    /// How many vectors were selected.
    pub vectors: usize,
    /// Notes for the reader, such as a bundled port that was skipped; whole sentences.
    pub notes: Vec<String>,
}

/// The parts of a vector that reports show.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VectorInfo {
    /// Its id.
    pub id: String,
    /// The one thing that the vector shows.
    pub title: String,
    /// The rules that decide.
    pub rules: Vec<String>,
    /// The HTTP status; `None` for lines of the protocol.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// The value of `Content-Type`.
    pub content_type: Option<String>,
    /// The headers in order, each a name and a value.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<(String, String)>,
    /// The secrets that the caller named; an answer must not show them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub secrets: Vec<String>,
    /// The name of the profile; `None` if the vector has a profile of its own.
    pub profile: Option<String>,
    /// How many members a sweep has; `None` for anything else. The response is then that of the first member.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub members: Option<usize>,
    /// How many bytes the body has, or the lines.
    pub body_bytes: usize,
    /// Its first [`MOST_KEPT_BYTES`] bytes, in base64.
    pub body: String,
    /// The expected verdict; `None` for "not a failure".
    pub expect: Option<Verdict>,
}

impl VectorInfo {
    /// Returns the level and the topic in the id, as `LEVEL/TOPIC`.
    #[must_use]
    pub fn topic(&self) -> &str {
        self.id.rsplit_once('/').map_or("", |(topic, _)| topic)
    }

    /// Returns whether the vector is one response, and so has one answer: no sweep, and no lines of the protocol.
    #[must_use]
    pub const fn is_one_response(&self) -> bool {
        self.members.is_none() && self.status.is_some()
    }
}

/// The results of one implementation.
#[derive(Clone, Debug, PartialEq)]
pub struct Implementation {
    /// Its description of itself.
    pub identity: Identity,
    /// One result for each vector, in their order; empty if the implementation could not be run.
    pub results: Vec<Judged>,
    /// How its run ended.
    pub end: RunEnd,
}

/// An implementation's description of itself. The strings are bounded, and not safe to print.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Identity {
    /// Its name, unique in this run.
    pub name: String,
    /// Its language.
    pub language: String,
    /// Its version.
    pub version: String,
    /// The highest level that it claims.
    pub level: Option<Level>,
    /// The fields that it reports and is judged on.
    pub fields: Vec<Field>,
}

/// Returns whether one of these fields asks for a sign-in.
pub(super) fn asks(fields: &[Field]) -> bool {
    fields.iter().any(|field| matches!(field, Field::Action | Field::ReloginRequired))
}

impl Identity {
    /// Returns the fields that it does not report. They are not judged.
    #[must_use]
    pub fn unreported_fields(&self) -> Vec<Field> {
        Field::ALL.into_iter().filter(|field| !self.fields.contains(field)).collect()
    }
}

/// The result of one vector.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Judged {
    /// The outcome.
    pub outcome: Outcome,
    /// Whether the baseline has this outcome.
    pub is_known: bool,
    /// The harm to a user; `None` if the outcome is right, skipped or unclaimed.
    pub harm: Option<Harm>,
    /// The fields that differ.
    pub differences: Vec<Difference>,
    /// The whole verdict, where "not a failure" was expected.
    pub unexpected: Option<Value>,
    /// A note; the end of a sentence that begins with "it".
    pub note: Option<String>,
    /// The members of a sweep that fail. All other values are those of the worst.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sweep: Option<Box<FailedMembers>>,
}

/// The members of a sweep that fail.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FailedMembers {
    /// How many fail.
    pub failed: usize,
    /// The names of the first [`MOST_NAMES`] of them, bounded.
    pub names: Vec<String>,
    /// The worst.
    pub worst: VectorInfo,
}

/// The most members of a sweep that results name.
pub const MOST_NAMES: usize = 20;

impl Judged {
    /// Returns how it counts.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.outcome.kind()
    }

    /// Returns the response that the result is about: that of the worst member of a sweep, or else that of the vector.
    #[must_use]
    pub fn about<'v>(&'v self, vector: &'v VectorInfo) -> &'v VectorInfo {
        self.sweep.as_ref().map_or(vector, |sweep| &sweep.worst)
    }

    /// Returns whether it is a failure or a skip.
    #[must_use]
    pub fn is_finding(&self) -> bool {
        matches!(self.kind(), Kind::Failed | Kind::Skipped)
    }

    /// Returns whether it keeps the implementation from conforming.
    #[must_use]
    pub fn is_bad(&self) -> bool {
        self.is_finding() && !self.is_known
    }
}

/// A field that differs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Difference {
    /// The field.
    pub field: Field,
    /// The expected value.
    pub expected: Value,
    /// The actual value; `None` if the field is missing.
    #[serde(default, deserialize_with = "some_value", skip_serializing_if = "Option::is_none")]
    pub actual: Option<Value>,
}

/// Reads a member that is present: `null` is `Some(Value::Null)`.
fn some_value<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

/// How the run of an implementation ended.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunEnd {
    /// Why it could not be run at all; a sentence without its full stop.
    pub not_run: Option<String>,
    /// Other reasons why it does not conform, as ends of a sentence that begins with "it".
    pub problems: Vec<String>,
    /// The last lines of its standard error.
    pub stderr: Vec<String>,
    /// The comparison with its baseline, if it has one.
    pub baseline: Option<BaselineResult>,
}

/// The comparison of results with a baseline.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BaselineResult {
    /// The file.
    pub file: String,
    /// The changes that bring the file up to date.
    pub edits: Vec<Edit>,
    /// Whether the edits were made, except those that need `--bless-harm`.
    pub is_blessed: bool,
}

impl BaselineResult {
    /// Returns the edits that were not made.
    pub fn open_edits(&self) -> impl Iterator<Item = &Edit> {
        self.edits.iter().filter(|edit| !self.is_blessed || edit.needs_bless_harm)
    }
}

/// One change of a baseline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Edit {
    /// The reason.
    pub why: Why,
    /// The number of the removed line, from 1.
    pub line: Option<usize>,
    /// The removed line.
    pub remove: Option<String>,
    /// The lines in its place, or at the end of the file.
    pub add: Vec<String>,
    /// Whether `--bless` does not make this edit, and only `--bless-harm` does: it would accept a new harm of the worst
    /// kinds.
    pub needs_bless_harm: bool,
}

/// Why a baseline is out of date.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// A vector fails that is not in the baseline.
    NewFailure,
    /// A vector fails in another way than the baseline says.
    ChangedOutcome,
    /// A vector passes that the baseline expects to fail.
    UnexpectedPass,
    /// An entry decides for no vector that the port claims: it matches none, or other entries come first.
    MatchesNothing,
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::NewFailure => "new failure",
            Self::ChangedOutcome => "changed outcome",
            Self::UnexpectedPass => "unexpected pass",
            Self::MatchesNothing => "matches nothing",
        })
    }
}

/// The end of the stream.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Footer {
    /// How many implementations there are.
    pub implementations: usize,
    /// How many of them do not conform.
    pub not_conforming: usize,
    /// How many of them could not be run.
    pub not_run: usize,
    /// The exit status of the run.
    pub exit_status: u8,
    /// The verdict on the whole run, a sentence without its full stop.
    pub summary: String,
}

/// The harm of a wrong answer to a user, the worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Harm {
    /// The answer asks for a sign-in that is not needed.
    SignsOutALiveUser,
    /// The answer does not ask for a sign-in that is needed. Where no field asks for one, the code is wrong by which a
    /// caller would know.
    LoopsOnADeadToken,
    /// The answer is "not a failure" for a failure.
    ErrorTakenForSuccess,
    /// The answer is a failure for a success.
    SuccessTakenForError,
    /// There is no answer: an exception, an exit, silence, or a reply that is none.
    NoAnswer,
    /// A text shows a secret, or holds a control or an invisible character that is no white space.
    Leaks,
    /// Another wrong action, or a wrong delay.
    WrongCure,
    /// The action is right; a code, a description or a message is not.
    TextDiffers,
}

impl Harm {
    /// All harms, the worst first.
    pub const ALL: [Self; 8] = [
        Self::SignsOutALiveUser,
        Self::LoopsOnADeadToken,
        Self::ErrorTakenForSuccess,
        Self::SuccessTakenForError,
        Self::NoAnswer,
        Self::Leaks,
        Self::WrongCure,
        Self::TextDiffers,
    ];

    /// Returns its name in results and options.
    ///
    /// ```
    /// assert_eq!(relogin_conformance::check::Harm::TextDiffers.as_str(), "text_differs");
    /// ```
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SignsOutALiveUser => "signs_out_a_live_user",
            Self::LoopsOnADeadToken => "loops_on_a_dead_token",
            Self::ErrorTakenForSuccess => "error_taken_for_success",
            Self::SuccessTakenForError => "success_taken_for_error",
            Self::NoAnswer => "no_answer",
            Self::Leaks => "leaks",
            Self::WrongCure => "wrong_cure",
            Self::TextDiffers => "text_differs",
        }
    }
}

impl fmt::Display for Harm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::SignsOutALiveUser => "signs out a live user",
            Self::LoopsOnADeadToken => "loops on a dead token",
            Self::ErrorTakenForSuccess => "an error taken for success",
            Self::SuccessTakenForError => "a success taken for an error",
            Self::NoAnswer => "no answer",
            Self::Leaks => "leaks",
            Self::WrongCure => "wrong cure",
            Self::TextDiffers => "text differs",
        })
    }
}

/// How many vectors passed, failed and were skipped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// Judged and right.
    pub passed: usize,
    /// Wrong, or no answer.
    pub failed: usize,
    /// Of the failed, those without an answer.
    pub unanswered: usize,
    /// Skipped by the implementation.
    pub skipped: usize,
    /// Not asked, because the implementation does not claim their level.
    pub unclaimed: usize,
    /// Of the failed and the skipped, those in the baseline.
    pub known: usize,
}

impl Count {
    /// Returns how many answers were judged.
    #[must_use]
    pub fn judged(&self) -> usize {
        self.passed + self.failed - self.unanswered
    }

    /// Returns how many vectors there are.
    #[must_use]
    pub fn total(&self) -> usize {
        self.passed + self.failed + self.skipped + self.unclaimed
    }

    /// Counts one more result.
    fn add(&mut self, judged: &Judged) {
        match judged.kind() {
            Kind::Passed => self.passed += 1,
            Kind::Failed => self.failed += 1,
            Kind::Skipped => self.skipped += 1,
            Kind::Unclaimed => self.unclaimed += 1,
        }
        self.unanswered += usize::from(judged.harm == Some(Harm::NoAnswer));
        self.known += usize::from(judged.is_known);
    }
}

impl std::iter::Sum for Count {
    fn sum<I: Iterator<Item = Self>>(counts: I) -> Self {
        counts.fold(Self::default(), |sum, count| Self {
            passed: sum.passed + count.passed,
            failed: sum.failed + count.failed,
            unanswered: sum.unanswered + count.unanswered,
            skipped: sum.skipped + count.skipped,
            unclaimed: sum.unclaimed + count.unclaimed,
            known: sum.known + count.known,
        })
    }
}

impl Implementation {
    /// Makes an implementation that could not be run.
    #[must_use]
    pub fn not_run(name: &str, why: &str) -> Self {
        let identity = Identity {
            name: bounded(name, width::NAME),
            language: String::new(),
            version: String::new(),
            level: None,
            fields: Vec::new(),
        };
        let end = RunEnd { not_run: Some(bounded(why, width::MESSAGE)), ..RunEnd::default() };
        Self { identity, results: Vec::new(), end }
    }

    /// Counts its results.
    #[must_use]
    pub fn count(&self) -> Count {
        let mut count = Count::default();
        self.results.iter().for_each(|judged| count.add(judged));
        count
    }

    /// Counts its results by `LEVEL/TOPIC`.
    #[must_use]
    pub fn topics<'v>(&self, vectors: &'v [VectorInfo]) -> BTreeMap<&'v str, Count> {
        let mut topics: BTreeMap<&str, Count> = BTreeMap::new();
        for (vector, judged) in vectors.iter().zip(&self.results) {
            topics.entry(vector.topic()).or_default().add(judged);
        }
        topics
    }

    /// Returns its failures, the worst harm first, and within a harm in the order of the corpus.
    #[must_use]
    pub fn failures<'r>(&'r self, vectors: &'r [VectorInfo]) -> Vec<(&'r VectorInfo, &'r Judged)> {
        let pairs = vectors.iter().zip(&self.results);
        let mut failures: Vec<_> = pairs.filter(|(_, judged)| judged.kind() == Kind::Failed).collect();
        failures.sort_by_key(|(_, judged)| judged.harm);
        failures
    }

    /// Returns whether it conforms: it was run and judged, nothing fails that is not in its baseline, and the baseline
    /// is up to date.
    #[must_use]
    pub fn conforms(&self) -> bool {
        let is_out_of_date = |baseline: &BaselineResult| baseline.open_edits().next().is_some();
        self.end.not_run.is_none()
            && self.end.problems.is_empty()
            && self.results.iter().any(|judged| judged.kind() != Kind::Unclaimed)
            && !self.results.iter().any(Judged::is_bad)
            && !self.end.baseline.as_ref().is_some_and(is_out_of_date)
    }
}

impl Results {
    /// Makes the results of a run, with the totals and the exit status.
    #[must_use]
    pub fn new(header: Header, vectors: Vec<VectorInfo>, implementations: Vec<Implementation>) -> Self {
        let not_run = implementations.iter().filter(|implementation| implementation.end.not_run.is_some()).count();
        let not_conforming = implementations.iter().filter(|implementation| !implementation.conforms()).count();
        let exit_status = match (not_run, not_conforming) {
            (0, 0) => 0,
            (0, _) => 1,
            _ => 3,
        };
        let summary = summary(&implementations, not_conforming, not_run);
        let footer = Footer { implementations: implementations.len(), not_conforming, not_run, exit_status, summary };
        Self { header, vectors, implementations, footer }
    }

    /// Writes the stream: a JSON object a line, in ASCII.
    ///
    /// # Errors
    ///
    /// When `out` cannot be written to.
    pub fn write(&self, out: &mut dyn Write) -> std::io::Result<()> {
        let mut line = |line: Line<'_>| writeln!(out, "{}", ascii_json_line(&line));
        line(Line::Header(Own::Borrowed(&self.header)))?;
        for vector in &self.vectors {
            line(Line::Vector(Own::Borrowed(vector)))?;
        }
        for implementation in &self.implementations {
            line(Line::Implementation(Own::Borrowed(&implementation.identity)))?;
            for result in &implementation.results {
                line(Line::Result(Own::Borrowed(result)))?;
            }
            line(Line::End(Own::Borrowed(&implementation.end)))?;
        }
        line(Line::Footer(Own::Borrowed(&self.footer)))
    }

    /// Reads a stream.
    ///
    /// # Errors
    ///
    /// When the stream cannot be read, is malformed, was cut, has a line of more than 64 MiB or has more than 1 GiB.
    /// The error contains `name` and the line.
    pub fn read(input: impl BufRead, name: &str) -> Result<Self, Error> {
        let mut lines = Vec::new();
        let mut input = input.take(MOST_STREAM_BYTES + 1);
        while let Some(line) =
            next_line(&mut input).map_err(|error| Error::new(format!("cannot read {name}: {error}")))?
        {
            let at = lines.len() + 1;
            if line.len() as u64 > MOST_LINE_BYTES || input.limit() == 0 {
                return Err(Error::new(format!(
                    "{name}:{at}: the results are too large: a line has at most 64 MiB, all have at most 1 GiB"
                )));
            }
            let line: Line<'static> = serde_json::from_slice(&line).map_err(|error| {
                Error::new(format!("{name}:{at}: not a line of results of `relogin check`: {error}"))
            })?;
            lines.push(line);
        }
        let cut = || Error::new(format!("{name} has no footer: the file was cut, and the rest of the results is lost"));
        let wrong = |what: &str| Error::new(format!("{name} does not hold results of `relogin check`: {what}"));
        let Some(Line::Footer(footer)) = lines.pop() else { return Err(cut()) };
        let mut lines = lines.into_iter().peekable();
        let header = match lines.next() {
            Some(Line::Header(header)) => header.into_owned(),
            _ => return Err(wrong("the header must come first")),
        };
        if header.stream != STREAM {
            return Err(wrong(&format!(
                "the stream has version {}, and this program reads version {STREAM}",
                header.stream
            )));
        }
        let mut vectors = Vec::new();
        while let Some(Line::Vector(vector)) = lines.next_if(|line| matches!(line, Line::Vector(_))) {
            vectors.push(vector.into_owned());
        }
        let mut implementations = Vec::new();
        while let Some(line) = lines.next() {
            let Line::Implementation(identity) = line else { return Err(wrong("an implementation must come next")) };
            let mut results = Vec::new();
            while let Some(Line::Result(result)) = lines.next_if(|line| matches!(line, Line::Result(_))) {
                results.push(result.into_owned());
            }
            let Some(Line::End(end)) = lines.next() else { return Err(wrong("an implementation has no end")) };
            if end.not_run.is_none() && results.len() != vectors.len() {
                return Err(wrong("an implementation must have one result for each vector"));
            }
            implementations.push(Implementation { identity: identity.into_owned(), results, end: end.into_owned() });
        }
        let results = Self::new(header, vectors, implementations);
        if results.header.vectors != results.vectors.len() || results.footer != *footer {
            return Err(wrong("the numbers in the header and the footer do not match the lines between them"));
        }
        Ok(results)
    }
}

/// Returns the verdict on a whole run, without its full stop.
fn summary(implementations: &[Implementation], wrong: usize, not_run: usize) -> String {
    let all = implementations.len();
    match (wrong, known_failures(implementations)) {
        _ if all == 0 => "No implementation was run".to_owned(),
        (0, Some(known)) => format!("No new failures; {known}"),
        (0, None) => "Everything that was judged conforms".to_owned(),
        _ if wrong == not_run => format!("{not_run} of {all} implementation{} could not be run", plural(all)),
        _ => {
            let not_run = if not_run > 0 { format!(", and {not_run} of them could not be run") } else { String::new() };
            let verb = if wrong == 1 { "does" } else { "do" };
            format!("{wrong} of {all} implementation{} {verb} not conform{not_run}", plural(all))
        }
    }
}

/// Says how many failures the baselines have, and how many of them sign out a live user; `None` if there are none.
/// Where no implementation with known failures reports whether it asks for a sign-in, says that instead.
///
/// ```
/// assert_eq!(relogin_conformance::check::known_failures([]), None);
/// ```
#[must_use]
pub fn known_failures<'r>(implementations: impl IntoIterator<Item = &'r Implementation>) -> Option<String> {
    let (mut known, mut harmful, mut is_judged) = (0, 0, false);
    for one in implementations {
        let harms: Vec<Option<Harm>> =
            one.results.iter().filter(|judged| judged.is_known).map(|judged| judged.harm).collect();
        known += harms.len();
        harmful += harms.iter().filter(|harm| **harm == Some(Harm::SignsOutALiveUser)).count();
        is_judged |= !harms.is_empty() && asks(&one.identity.fields);
    }
    let which = match harmful {
        0 if is_judged => "none of which signs out a live user".to_owned(),
        0 => "sign-outs not judged (neither action nor relogin_required is reported)".to_owned(),
        1 => "of which 1 signs out a live user".to_owned(),
        _ => format!("of which {harmful} sign out a live user"),
    };
    (known > 0).then(|| format!("{known} known, {which}"))
}

/// A line of the stream.
#[derive(Serialize, Deserialize)]
#[serde(tag = "line", rename_all = "snake_case")]
enum Line<'r> {
    Header(Own<'r, Header>),
    Vector(Own<'r, VectorInfo>),
    Implementation(Own<'r, Identity>),
    Result(Own<'r, Judged>),
    End(Own<'r, RunEnd>),
    Footer(Own<'r, Footer>),
}

/// Borrowed when written, owned when read.
type Own<'r, T> = std::borrow::Cow<'r, T>;

/// Returns the next line, of which it reads one byte more than it may have.
fn next_line(input: &mut impl BufRead) -> io::Result<Option<Vec<u8>>> {
    let mut line = Vec::new();
    if input.take(MOST_LINE_BYTES + 1).read_until(b'\n', &mut line)? == 0 {
        return Ok(None);
    }
    line.pop_if(|last| *last == b'\n'); // it would move the position in an error
    Ok(Some(line))
}

/// Returns at most `max` characters of a text from outside, with a note if it was cut. The result is not safe to print.
#[must_use]
pub fn bounded(text: &str, max: usize) -> String {
    match text.char_indices().nth(max) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}\u{2026} ({} more characters)", &text[..end], text[end..].chars().count()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(outcome: &str, harm: Option<Harm>, is_known: bool) -> Judged {
        Judged {
            outcome: outcome.parse().expect("the outcome is one"),
            is_known,
            harm,
            differences: Vec::new(),
            unexpected: None,
            note: None,
            sweep: None,
        }
    }

    fn implementation(results: Vec<Judged>) -> Implementation {
        let fields = vec![Field::Code, Field::Message];
        let identity =
            Identity { name: "n".into(), language: "l".into(), version: "1".into(), level: Some(Level::Core), fields };
        Implementation { identity, results, end: RunEnd::default() }
    }

    /// Some of each kind, in numbers that cannot be taken for each other.
    fn some() -> Implementation {
        let times = |count, judged: Judged| vec![judged; count];
        let unanswered = judged("error", Some(Harm::NoAnswer), false);
        let wrong = judged("wrong(code)", Some(Harm::TextDiffers), false);
        let known = judged("wrong(action)", Some(Harm::WrongCure), true);
        let all = [
            times(11, judged("pass", None, false)),
            times(5, wrong),
            times(1, known),
            times(3, unanswered),
            times(2, judged("skip", None, true)),
            times(7, judged("unclaimed", None, false)),
        ];
        implementation(all.concat())
    }

    fn vector(id: &str) -> VectorInfo {
        let (title, rules, body) = ("t".to_owned(), Vec::new(), String::new());
        VectorInfo {
            id: id.into(),
            title,
            rules,
            status: Some(400),
            members: None,
            content_type: None,
            headers: Vec::new(),
            secrets: Vec::new(),
            profile: None,
            body_bytes: 0,
            body,
            expect: None,
        }
    }

    fn results(ids: &[&str], implementations: Vec<Implementation>) -> Results {
        let header = Header {
            stream: STREAM,
            suite: "1".into(),
            level: None,
            filter: None,
            vectors: ids.len(),
            notes: Vec::new(),
        };
        Results::new(header, ids.iter().map(|id| vector(id)).collect(), implementations)
    }

    #[test]
    fn each_kind_is_counted() {
        let count = some().count();
        assert_eq!(count, Count { passed: 11, failed: 9, unanswered: 3, skipped: 2, unclaimed: 7, known: 3 });
        assert_eq!((count.judged(), count.total()), (17, 29));
        let twice: Count = [count, count].into_iter().sum();
        assert_eq!(twice, Count { passed: 22, failed: 18, unanswered: 6, skipped: 4, unclaimed: 14, known: 6 });
    }

    #[test]
    fn the_worst_failure_comes_first() {
        let vectors = ["core/a/one", "core/a/two", "core/b/one"].map(vector);
        let wrong = judged("wrong(code)", Some(Harm::TextDiffers), false);
        let worst = judged("wrong(action=relogin)", Some(Harm::SignsOutALiveUser), false);
        let one = implementation(vec![wrong, judged("pass", None, false), worst]);
        let failures: Vec<&str> = one.failures(&vectors).iter().map(|(vector, _)| vector.id.as_str()).collect();
        assert_eq!(failures, ["core/b/one", "core/a/one"]);
        let topics: Vec<(&str, usize, usize)> =
            one.topics(&vectors).iter().map(|(topic, count)| (*topic, count.passed, count.failed)).collect();
        assert_eq!(topics, [("core/a", 1, 1), ("core/b", 0, 1)]);
        assert_eq!(
            one.identity.unreported_fields(),
            [Field::Description, Field::Action, Field::ReloginRequired, Field::RetryAfter]
        );
    }

    #[test]
    fn of_blessed_edits_only_those_that_need_bless_harm_stay_open() {
        let edit = |needs_bless_harm| Edit {
            why: Why::NewFailure,
            line: None,
            remove: None,
            add: Vec::new(),
            needs_bless_harm,
        };
        for (is_blessed, open) in [(false, vec![false, true]), (true, vec![true])] {
            let baseline = BaselineResult { file: "b".into(), edits: vec![edit(false), edit(true)], is_blessed };
            assert_eq!(baseline.open_edits().map(|edit| edit.needs_bless_harm).collect::<Vec<bool>>(), open);
            let mut one = implementation(vec![judged("pass", None, false)]);
            assert!(one.conforms());
            one.end.baseline = Some(baseline);
            assert!(!one.conforms());
        }
    }

    #[test]
    fn the_exit_status_is_that_of_the_worst() {
        let good = || implementation(vec![judged("pass", None, false)]);
        let bad = || implementation(vec![judged("skip", None, false)]);
        let not_run = || Implementation::not_run("n", "w");
        for (implementations, status) in [
            (vec![good()], 0),
            (vec![good(), bad()], 1),
            (vec![good(), not_run()], 3),
            (vec![bad(), not_run()], 3),
            (vec![], 0),
        ] {
            assert_eq!(results(&["core/a/one"], implementations).footer.exit_status, status);
        }
    }

    #[test]
    fn a_stream_is_read_as_it_was_written_or_refused() {
        let mut written = Vec::new();
        let mut wrong = judged("wrong(code)", Some(Harm::TextDiffers), false);
        let difference = |actual| Difference { field: Field::Code, expected: Value::from("c"), actual };
        wrong.differences = [Some(Value::Null), None, Some(Value::from(1))].map(difference).to_vec();
        let whole = results(
            &["core/a/one", "core/a/two"],
            vec![implementation(vec![judged("pass", None, false), wrong]), Implementation::not_run("n", "w")],
        );
        whole.write(&mut written).expect("memory can be written to");
        let read = |text: &str| Results::read(text.as_bytes(), "stream");
        let text = String::from_utf8(written).expect("it is ASCII");
        assert_eq!(read(&text), Ok(whole));
        let lines: Vec<&str> = text.lines().collect();
        let without = |left_out: usize| {
            let kept = lines.iter().enumerate().filter(|(index, _)| *index != left_out);
            kept.map(|(_, line)| format!("{line}\n")).collect::<String>()
        };
        let numbers = "the numbers in the header and the footer";
        for (broken, what) in [
            (without(lines.len() - 1), "the file was cut"),
            (without(0), "the header must come first"),
            (without(5), "one result for each vector"),
            (text.replace("\"stream\":1", "\"stream\":2"), "the stream has version 2"),
            (text.replace("\"vectors\":2", "\"vectors\":3"), numbers),
            (text.replace("\"exit_status\":3", "\"exit_status\":0"), numbers),
            (without(6), "an implementation has no end"),
            (without(3), "an implementation must come next"),
        ] {
            let error = read(&broken).map(|_| ()).expect_err(what).to_string();
            assert!(error.contains(what), "{what}: {error}");
        }
    }

    #[test]
    fn a_long_text_is_cut_with_a_note() {
        assert_eq!(
            (bounded("abc", 3).as_str(), bounded("abcd", 3).as_str()),
            ("abc", "abc\u{2026} (1 more characters)")
        );
    }
}
