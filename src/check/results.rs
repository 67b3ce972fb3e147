//! What a run of `relogin check` found, as one stream of lines: a header, the vectors, what came of each implementation, and a footer.
//!
//! Every report is a function of this and of nothing else, so a stream that was written to a file tells whatever the run could tell. A stream
//! without its footer was cut, and is not read.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{BufRead, Write};

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use crate::corpus::{Level, Verdict};
use crate::error::Error;
use crate::protocol::Field;
use crate::text::ascii_json_line;

/// The version of the stream.
pub const STREAM: u64 = 1;

/// The most bytes of a body that are kept.
pub const MOST_BODY_BYTES: usize = 4096;

/// What a run found.
#[derive(Clone, Debug, PartialEq)]
pub struct Results {
    /// What was run.
    pub header: Header,
    /// The vectors that were selected, in the order of the corpus.
    pub vectors: Vec<VectorInfo>,
    /// What came of each implementation, in the order in which they were named.
    pub implementations: Vec<Implementation>,
    /// The sum of it.
    pub footer: Footer,
}

/// What was run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// The version of the stream, [`STREAM`].
    pub stream: u64,
    /// The version of the suite: specification, corpus and runner.
    pub suite: String,
    /// The highest level that was asked for.
    pub level: Option<Level>,
    /// The glob that selected the vectors.
    pub filter: Option<String>,
    /// How many vectors were selected.
    pub vectors: usize,
    /// What a reader must know besides, such as a bundled port that is not here; whole sentences.
    pub notes: Vec<String>,
}

/// A vector, as far as a report shows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VectorInfo {
    /// Its id.
    pub id: String,
    /// The one thing that it shows.
    pub title: String,
    /// The rules that it shows.
    pub rules: Vec<String>,
    /// The HTTP status.
    pub status: u16,
    /// The value of `Content-Type`.
    pub content_type: Option<String>,
    /// The name of the profile; none when it is the vector's own.
    pub profile: Option<String>,
    /// How many bytes the body has.
    pub body_bytes: usize,
    /// Its first [`MOST_BODY_BYTES`] bytes, in base64.
    pub body: String,
    /// The verdict that is expected.
    pub expect: Option<Verdict>,
}

impl VectorInfo {
    /// The level and the topic that the id names, as `LEVEL/TOPIC`.
    #[must_use]
    pub fn topic(&self) -> &str {
        self.id.rsplit_once('/').map_or("", |(topic, _)| topic)
    }
}

/// What came of one implementation.
#[derive(Clone, Debug, PartialEq)]
pub struct Implementation {
    /// What it says of itself.
    pub about: About,
    /// One for each vector, in their order; empty when it could not be run.
    pub results: Vec<Judged>,
    /// What else there is to say of it.
    pub rest: Rest,
}

/// What an implementation says of itself. Its strings are not safe to print, but bounded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct About {
    /// Its name, one of its own in this run.
    pub name: String,
    /// Its language.
    pub language: String,
    /// Its version.
    pub version: String,
    /// The highest level that it claims.
    pub level: Option<Level>,
    /// The fields that it gives and is judged on.
    pub fields: Vec<Field>,
}

impl About {
    /// The fields that it is not judged on.
    #[must_use]
    pub fn left_out(&self) -> Vec<Field> {
        Field::ALL.into_iter().filter(|field| !self.fields.contains(field)).collect()
    }
}

/// What came of one vector.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Judged {
    /// The name of what came: `pass`, `skip`, `wrong(...)`, `exit(3)`, ...; `unclaimed` when it was not asked.
    pub outcome: String,
    /// Whether the baseline has this outcome.
    pub is_known: bool,
    /// What it does to a user, unless it is right, skipped or unclaimed.
    pub harm: Option<Harm>,
    /// The fields that differ.
    pub differences: Vec<Difference>,
    /// The whole verdict that came where none was expected.
    pub unexpected: Option<Value>,
    /// What else came; the end of a sentence that begins with "it".
    pub note: Option<String>,
}

impl Judged {
    /// How it counts.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self.outcome.as_str() {
            "pass" => Kind::Passed,
            "skip" => Kind::Skipped,
            "unclaimed" => Kind::Unclaimed,
            _ => Kind::Failed,
        }
    }

    /// Whether it keeps the implementation from conforming.
    #[must_use]
    pub fn is_bad(&self) -> bool {
        matches!(self.kind(), Kind::Failed | Kind::Skipped) && !self.is_known
    }
}

/// How a result counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Judged, and right.
    Passed,
    /// Wrong, or not answered.
    Failed,
    /// The implementation said that it skips it.
    Skipped,
    /// The implementation does not claim the level.
    Unclaimed,
}

/// A field that differs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Difference {
    /// The field.
    pub field: Field,
    /// What it must be.
    pub expected: Value,
    /// What it is; nothing when it is missing.
    #[serde(default, deserialize_with = "there", skip_serializing_if = "Option::is_none")]
    pub actual: Option<Value>,
}

/// A member that is there is something, also when it is null.
fn there<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

/// What there is to say of an implementation when all vectors are done.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rest {
    /// Why it could not be run at all; a whole sentence without its full stop.
    pub not_run: Option<String>,
    /// What else keeps it from conforming, as ends of a sentence that begins with "it".
    pub problems: Vec<String>,
    /// The last lines of its standard error.
    pub stderr: Vec<String>,
    /// How it stands to its baseline, when it has one.
    pub baseline: Option<BaselineResult>,
}

/// How the results stand to a baseline.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BaselineResult {
    /// The file.
    pub file: String,
    /// What must be changed in the file to make it true.
    pub edits: Vec<Edit>,
    /// Whether the edits were made, all but those that are refused.
    pub is_blessed: bool,
}

impl BaselineResult {
    /// The edits that are still to be made: what was blessed is true now, what was refused is not.
    pub fn open_edits(&self) -> impl Iterator<Item = &Edit> {
        self.edits.iter().filter(|edit| !self.is_blessed || edit.needs_bless_harm)
    }
}

/// One change of a baseline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Edit {
    /// Why.
    pub why: Why,
    /// The number of the line that goes, from 1.
    pub line: Option<usize>,
    /// The line that goes.
    pub remove: Option<String>,
    /// The lines that come in its place, or at the end.
    pub add: Vec<String>,
    /// Whether `--bless` alone does not make it: it would make a new harm of the worst kind a known one.
    pub needs_bless_harm: bool,
}

/// Why a baseline is not true.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// A vector fails that is not in it.
    NewFailure,
    /// A vector fails in another way than it says.
    ChangedOutcome,
    /// A vector passes that must fail.
    UnexpectedPass,
    /// An entry matches no vector, or none that is not matched by another entry or was asked.
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
}

/// What a wrong answer does to a user, the worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Harm {
    /// It asks for a sign-in that is not needed.
    SignsOutALiveUser,
    /// It does not ask for the sign-in that is needed.
    LoopsOnADeadToken,
    /// It sees no failure where there is one.
    ErrorTakenForSuccess,
    /// It sees a failure where there is none.
    SuccessTakenForError,
    /// A text shows a secret, or holds a control or invisible character.
    Leaks,
    /// Another wrong action.
    WrongCure,
    /// The action is right; a code, a description or a message is not.
    TextDiffers,
    /// There is no answer to judge.
    NoAnswer,
}

impl Harm {
    /// All harms, the worst first.
    pub const ALL: [Self; 8] = [
        Self::SignsOutALiveUser,
        Self::LoopsOnADeadToken,
        Self::ErrorTakenForSuccess,
        Self::SuccessTakenForError,
        Self::Leaks,
        Self::WrongCure,
        Self::TextDiffers,
        Self::NoAnswer,
    ];
}

impl fmt::Display for Harm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::SignsOutALiveUser => "signs out a live user",
            Self::LoopsOnADeadToken => "loops on a dead token",
            Self::ErrorTakenForSuccess => "an error taken for success",
            Self::SuccessTakenForError => "a success taken for an error",
            Self::Leaks => "leaks",
            Self::WrongCure => "wrong cure",
            Self::TextDiffers => "text differs",
            Self::NoAnswer => "no answer",
        })
    }
}

/// How many vectors were passed, failed and skipped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// Judged, and right.
    pub passed: usize,
    /// Wrong, or not answered.
    pub failed: usize,
    /// Of the failed, those for which there was no answer to judge.
    pub unanswered: usize,
    /// Not judged: the implementation said that it skips them.
    pub skipped: usize,
    /// Not asked: the implementation does not claim their level.
    pub unclaimed: usize,
    /// Of the failed and the skipped, those that the baseline has.
    pub known: usize,
}

impl Count {
    /// How many answers were judged.
    #[must_use]
    pub fn judged(&self) -> usize {
        self.passed + self.failed - self.unanswered
    }

    /// How many there are.
    #[must_use]
    pub fn total(&self) -> usize {
        self.passed + self.failed + self.skipped + self.unclaimed
    }

    /// Counts one result more.
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
    /// One that could not be run.
    #[must_use]
    pub fn not_run(name: &str, why: &str) -> Self {
        let about = About { name: bounded(name, 100), language: String::new(), version: String::new(), level: None, fields: Vec::new() };
        Self { about, results: Vec::new(), rest: Rest { not_run: Some(bounded(why, 1_000)), ..Rest::default() } }
    }

    /// Its numbers.
    #[must_use]
    pub fn count(&self) -> Count {
        let mut count = Count::default();
        self.results.iter().for_each(|judged| count.add(judged));
        count
    }

    /// Its numbers by `LEVEL/TOPIC`, of the vectors that it was run on.
    #[must_use]
    pub fn topics<'v>(&self, vectors: &'v [VectorInfo]) -> BTreeMap<&'v str, Count> {
        let mut topics: BTreeMap<&str, Count> = BTreeMap::new();
        for (vector, judged) in vectors.iter().zip(&self.results) {
            topics.entry(vector.topic()).or_default().add(judged);
        }
        topics
    }

    /// Its failures, the worst harm first, and within a harm in the order of the corpus.
    #[must_use]
    pub fn failures<'r>(&'r self, vectors: &'r [VectorInfo]) -> Vec<(&'r VectorInfo, &'r Judged)> {
        let pairs = vectors.iter().zip(&self.results);
        let mut failures: Vec<_> = pairs.filter(|(_, judged)| judged.kind() == Kind::Failed).collect();
        failures.sort_by_key(|(_, judged)| judged.harm);
        failures
    }

    /// Whether it conforms: it was run and judged, nothing is wrong that its baseline does not have, and nothing in its baseline is untrue.
    #[must_use]
    pub fn conforms(&self) -> bool {
        let is_untrue = |baseline: &BaselineResult| baseline.open_edits().next().is_some();
        self.rest.not_run.is_none()
            && self.rest.problems.is_empty()
            && self.results.iter().any(|judged| judged.kind() != Kind::Unclaimed)
            && !self.results.iter().any(Judged::is_bad)
            && !self.rest.baseline.as_ref().is_some_and(is_untrue)
    }
}

impl Results {
    /// Puts together what was found, and counts it.
    #[must_use]
    pub fn new(header: Header, vectors: Vec<VectorInfo>, implementations: Vec<Implementation>) -> Self {
        let not_run = implementations.iter().filter(|implementation| implementation.rest.not_run.is_some()).count();
        let not_conforming = implementations.iter().filter(|implementation| !implementation.conforms()).count();
        let exit_status = match (not_run, not_conforming) {
            (0, 0) => 0,
            (0, _) => 1,
            _ => 3,
        };
        let footer = Footer { implementations: implementations.len(), not_conforming, not_run, exit_status };
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
            line(Line::Implementation(Own::Borrowed(&implementation.about)))?;
            for result in &implementation.results {
                line(Line::Result(Own::Borrowed(result)))?;
            }
            line(Line::End(Own::Borrowed(&implementation.rest)))?;
        }
        line(Line::Footer(Own::Borrowed(&self.footer)))
    }

    /// Reads a stream.
    ///
    /// # Errors
    ///
    /// When it cannot be read, is not such a stream, or was cut; the error names the line. `name` is what the stream is called in it.
    pub fn read(input: impl BufRead, name: &str) -> Result<Self, Error> {
        let mut lines = Vec::new();
        for (index, line) in input.lines().enumerate() {
            let line = line.map_err(|error| Error::new(format!("cannot read {name}: {error}")))?;
            let line: Line<'static> = serde_json::from_str(&line)
                .map_err(|error| Error::new(format!("{name}:{}: not a line of the results of `relogin check`: {error}", index + 1)))?;
            lines.push(line);
        }
        let cut = || Error::new(format!("{name} does not end with its footer: it was cut, and the rest of the results is lost"));
        let wrong = |what: &str| Error::new(format!("{name} is not the results of `relogin check`: {what}"));
        let Some(Line::Footer(footer)) = lines.pop() else { return Err(cut()) };
        let mut lines = lines.into_iter().peekable();
        let header = match lines.next() {
            Some(Line::Header(header)) => header.into_owned(),
            _ => return Err(wrong("the header must come first")),
        };
        if header.stream != STREAM {
            return Err(wrong(&format!("it is a stream of version {}, and this program reads version {STREAM}", header.stream)));
        }
        let mut vectors = Vec::new();
        while let Some(Line::Vector(vector)) = lines.next_if(|line| matches!(line, Line::Vector(_))) {
            vectors.push(vector.into_owned());
        }
        let mut implementations = Vec::new();
        while let Some(line) = lines.next() {
            let Line::Implementation(about) = line else { return Err(wrong("an implementation must come next")) };
            let mut results = Vec::new();
            while let Some(Line::Result(result)) = lines.next_if(|line| matches!(line, Line::Result(_))) {
                results.push(result.into_owned());
            }
            let Some(Line::End(rest)) = lines.next() else { return Err(wrong("an implementation has no end")) };
            if rest.not_run.is_none() && results.len() != vectors.len() {
                return Err(wrong("an implementation has not one result for each vector"));
            }
            implementations.push(Implementation { about: about.into_owned(), results, rest: rest.into_owned() });
        }
        let results = Self::new(header, vectors, implementations);
        if results.header.vectors != results.vectors.len() || results.footer != *footer {
            return Err(wrong("the numbers in header and footer are not those of what is between them"));
        }
        Ok(results)
    }
}

/// A line of the stream.
#[derive(Serialize, Deserialize)]
#[serde(tag = "line", rename_all = "snake_case")]
enum Line<'r> {
    Header(Own<'r, Header>),
    Vector(Own<'r, VectorInfo>),
    Implementation(Own<'r, About>),
    Result(Own<'r, Judged>),
    End(Own<'r, Rest>),
    Footer(Own<'r, Footer>),
}

/// Borrowed when written, owned when read.
type Own<'r, T> = std::borrow::Cow<'r, T>;

/// The beginning of a text that is not ours, so that nobody can fill a report; it is as it was, and not safe to print.
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
        Judged { outcome: outcome.into(), is_known, harm, differences: Vec::new(), unexpected: None, note: None }
    }

    fn implementation(results: Vec<Judged>) -> Implementation {
        let fields = vec![Field::Code, Field::Message];
        let about = About { name: "n".into(), language: "l".into(), version: "1".into(), level: Some(Level::Core), fields };
        Implementation { about, results, rest: Rest::default() }
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
        VectorInfo { id: id.into(), title, rules, status: 400, content_type: None, profile: None, body_bytes: 0, body, expect: None }
    }

    fn results(ids: &[&str], implementations: Vec<Implementation>) -> Results {
        let header = Header { stream: STREAM, suite: "1".into(), level: None, filter: None, vectors: ids.len(), notes: Vec::new() };
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
        assert_eq!(one.about.left_out(), [Field::Description, Field::Action, Field::ReloginRequired]);
    }

    #[test]
    fn a_blessed_edit_is_open_only_when_it_was_refused() {
        let edit = |needs_bless_harm| Edit { why: Why::NewFailure, line: None, remove: None, add: Vec::new(), needs_bless_harm };
        for (is_blessed, open) in [(false, vec![false, true]), (true, vec![true])] {
            let baseline = BaselineResult { file: "b".into(), edits: vec![edit(false), edit(true)], is_blessed };
            assert_eq!(baseline.open_edits().map(|edit| edit.needs_bless_harm).collect::<Vec<bool>>(), open);
            let mut one = implementation(vec![judged("pass", None, false)]);
            assert!(one.conforms());
            one.rest.baseline = Some(baseline);
            assert!(!one.conforms());
        }
    }

    #[test]
    fn the_exit_status_is_that_of_the_worst() {
        let good = || implementation(vec![judged("pass", None, false)]);
        let bad = || implementation(vec![judged("skip", None, false)]);
        let not_run = || Implementation::not_run("n", "w");
        for (implementations, status) in
            [(vec![good()], 0), (vec![good(), bad()], 1), (vec![good(), not_run()], 3), (vec![bad(), not_run()], 3), (vec![], 0)]
        {
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
        let numbers = "the numbers in header and footer";
        for (broken, what) in [
            (without(lines.len() - 1), "it was cut"),
            (without(0), "the header must come first"),
            (without(5), "not one result for each vector"),
            (text.replace("\"stream\":1", "\"stream\":2"), "a stream of version 2"),
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
    fn a_text_is_cut_with_a_word_about_it() {
        assert_eq!((bounded("abc", 3).as_str(), bounded("abcd", 3).as_str()), ("abc", "abc\u{2026} (1 more characters)"));
    }
}
