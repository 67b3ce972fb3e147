//! Judging what an implementation answers, and naming the harm of each wrong answer.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::{Map, Value};

use crate::port::{Outcome, Run};
use crate::protocol::{Answer, Field, Hello};
use crate::reference;
use crate::text::{is_hidden, safe};
use crate::vectors::{Corpus, Level, Vector};

/// What a wrong answer does to a user, the worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
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

/// How an implementation fails a vector.
#[derive(Clone, Debug)]
pub struct Failure<'c> {
    /// What it does to a user.
    pub harm: Harm,
    /// The vector.
    pub vector: &'c Vector,
    /// What was expected and what came.
    pub wrong: Wrong,
}

/// What was expected and what came.
#[derive(Clone, Debug, PartialEq)]
pub enum Wrong {
    /// These fields differ.
    Fields(Vec<Difference>),
    /// Null was expected, and this came; or null came.
    Null {
        /// The verdict that came, when null was expected.
        actual: Option<Value>,
    },
    /// Nothing to judge came. Safe to print; the end of a sentence that begins with "it".
    Nothing(String),
}

/// A field that differs.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// The field.
    pub field: Field,
    /// What it must be.
    pub expected: Value,
    /// What it is; none when it is missing.
    pub actual: Option<Value>,
}

/// How many vectors were passed, failed and skipped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// Judged, and right.
    pub passed: usize,
    /// Judged, and wrong.
    pub failed: usize,
    /// Not judged: the implementation said that it skips them.
    pub skipped: usize,
    /// Not asked: the implementation does not claim their level.
    pub unclaimed: usize,
}

impl Count {
    /// How many were judged.
    #[must_use]
    pub fn judged(&self) -> usize {
        self.passed + self.failed
    }

    /// How many there are.
    #[must_use]
    pub fn total(&self) -> usize {
        self.judged() + self.skipped + self.unclaimed
    }
}

/// What came of one implementation.
#[derive(Clone, Debug)]
pub struct Report<'c> {
    /// Its name, safe to print.
    pub name: String,
    /// Its language and version, safe to print.
    pub about: String,
    /// The fields that it does not give, which it is not judged on.
    pub left_out: Vec<Field>,
    /// Its numbers, by `LEVEL/TOPIC`.
    pub topics: BTreeMap<&'c str, Count>,
    /// Its failures, the worst harm first.
    pub failures: Vec<Failure<'c>>,
    /// The vectors that it skipped, and why; safe to print.
    pub skips: Vec<(&'c Vector, String)>,
    /// What else keeps it from conforming, as ends of a sentence that begins with "it"; safe to print.
    pub problems: Vec<String>,
    /// The last lines of its standard error; not safe to print.
    pub stderr: Vec<String>,
}

impl Report<'_> {
    /// Its numbers at one level, or at all.
    #[must_use]
    pub fn count(&self, level: Option<Level>) -> Count {
        let mut sum = Count::default();
        for (topic, count) in &self.topics {
            if level.is_none_or(|level| topic.split('/').next() == Some(level.as_str())) {
                sum.passed += count.passed;
                sum.failed += count.failed;
                sum.skipped += count.skipped;
                sum.unclaimed += count.unclaimed;
            }
        }
        sum
    }

    /// Whether it conforms: it was judged, nothing failed, nothing was skipped, nothing else was wrong.
    #[must_use]
    pub fn conforms(&self) -> bool {
        let count = self.count(None);
        count.passed > 0 && count.failed == 0 && count.skipped == 0 && self.problems.is_empty()
    }
}

/// Judges the reference, which needs no port.
pub fn reference<'c>(corpus: &'c Corpus, vectors: &[&'c Vector], mut progress: impl FnMut(usize)) -> Report<'c> {
    let answer = |(index, vector): (usize, &&Vector)| {
        let input = &vector.input;
        let (content_type, body) = (input.content_type.as_deref(), input.body.expand());
        let verdict = reference::verdict(input.status, content_type, &body, corpus.profile(vector), &input.secrets);
        progress(index + 1);
        Outcome::Answer(Answer::of(verdict.as_ref()))
    };
    let outcomes = vectors.iter().enumerate().map(answer).collect();
    let hello = Hello {
        name: "reference".into(),
        language: "Rust".into(),
        version: env!("CARGO_PKG_VERSION").into(),
        level: Some(Level::Hardening),
        fields: Field::ALL.to_vec(),
    };
    judge(&hello, vectors, vectors, Run { outcomes, problems: Vec::new(), stderr: Vec::new() })
}

/// The vectors that a port is asked about: those of the levels that it claims.
#[must_use]
pub fn claimed<'c>(hello: &Hello, vectors: &[&'c Vector]) -> Vec<&'c Vector> {
    vectors.iter().copied().filter(|vector| hello.level.is_some() && vector.level() <= hello.level).collect()
}

/// Judges what an implementation did about the vectors that it was `asked` about, out of `all`.
#[must_use]
pub fn judge<'c>(hello: &Hello, all: &[&'c Vector], asked: &[&'c Vector], run: Run) -> Report<'c> {
    let mut report = Report {
        name: safe(&hello.name, 24),
        about: format!("{}, version {}", safe(&hello.language, 40), safe(&hello.version, 40)),
        left_out: Field::ALL.into_iter().filter(|field| !hello.fields.contains(field)).collect(),
        topics: BTreeMap::new(),
        failures: Vec::new(),
        skips: Vec::new(),
        problems: run.problems,
        stderr: run.stderr,
    };
    for vector in all {
        report.topics.entry(vector.topic()).or_default().unclaimed += 1;
    }
    for (vector, outcome) in asked.iter().zip(run.outcomes) {
        let count = report.topics.entry(vector.topic()).or_default();
        count.unclaimed = count.unclaimed.saturating_sub(1);
        if let Outcome::Answer(Answer::Skip(why)) = outcome {
            count.skipped += 1;
            report.skips.push((vector, safe(&why, 200)));
        } else if let Some((harm, wrong)) = wrong_in(vector, &hello.fields, outcome) {
            count.failed += 1;
            report.failures.push(Failure { harm, vector, wrong });
        } else {
            count.passed += 1;
        }
    }
    report.failures.sort_by_key(|failure| failure.harm); // stable: within a harm in the order of the corpus
    if hello.level.is_none() {
        report.problems.push("claims no level".into());
    } else if asked.is_empty() {
        report.problems.push("claims no level that was asked for".into());
    } else if report.count(None).judged() == 0 {
        report.problems.push("judged nothing".into());
    }
    if hello.fields.is_empty() {
        report.problems.push("declares no field".into());
    }
    report
}

/// What is wrong with an outcome that is not a skip, and its harm.
fn wrong_in(vector: &Vector, fields: &[Field], outcome: Outcome) -> Option<(Harm, Wrong)> {
    let nothing = |what: String| Some((Harm::NoAnswer, Wrong::Nothing(what)));
    let actual = match outcome {
        Outcome::Answer(Answer::Verdict(actual)) => actual,
        Outcome::Answer(Answer::Error(what)) => return nothing(format!("answered with an error: {}", safe(&what, 300))),
        Outcome::Answer(Answer::Skip(why)) => return nothing(format!("skipped it: {}", safe(&why, 300))),
        Outcome::Broken(how) => return nothing(how.to_string()),
        Outcome::NotRun(id) => return nothing(format!("was not asked, because it broke on {}", safe(&id, 200))),
    };
    let Answer::Verdict(expected) = Answer::of(vector.expect.as_ref()) else { return None };
    match (expected, actual) {
        (None, None) => None,
        (None, Some(actual)) => {
            let harm = if asks_for_sign_in(&actual, fields) { Harm::SignsOutALiveUser } else { Harm::SuccessTakenForError };
            Some((harm, Wrong::Null { actual: Some(Value::Object(actual)) }))
        }
        (Some(expected), None) => {
            let harm = if asks_for_sign_in(&expected, &Field::ALL) { Harm::LoopsOnADeadToken } else { Harm::ErrorTakenForSuccess };
            Some((harm, Wrong::Null { actual: None }))
        }
        (Some(expected), Some(actual)) => {
            let differing = fields.iter().filter_map(|field| {
                let (expected, actual) = (&expected[field.as_str()], actual.get(field.as_str()));
                (Some(expected) != actual).then(|| Difference { field: *field, expected: expected.clone(), actual: actual.cloned() })
            });
            let differing: Vec<Difference> = differing.collect();
            if differing.is_empty() {
                return None;
            }
            Some((harm(vector, fields, &expected, &actual, &differing), Wrong::Fields(differing)))
        }
    }
}

/// The harm of a verdict that differs in some fields.
fn harm(vector: &Vector, fields: &[Field], expected: &Map<String, Value>, actual: &Map<String, Value>, differing: &[Difference]) -> Harm {
    let must = asks_for_sign_in(expected, &Field::ALL);
    // An implementation that gives neither field tells nobody whether to sign in.
    let tells = fields.iter().any(|field| matches!(field, Field::Action | Field::ReloginRequired));
    let differs = |field: Field| differing.iter().any(|difference| difference.field == field);
    if tells && asks_for_sign_in(actual, fields) && !must {
        Harm::SignsOutALiveUser
    } else if tells && must && (differs(Field::Action) || differs(Field::ReloginRequired)) {
        Harm::LoopsOnADeadToken
    } else if differing.iter().any(|difference| leaks(vector, difference)) {
        Harm::Leaks
    } else if differs(Field::Action) || differs(Field::ReloginRequired) {
        Harm::WrongCure
    } else {
        Harm::TextDiffers
    }
}

/// Whether a verdict asks for a sign-in, in the fields that are judged.
fn asks_for_sign_in(verdict: &Map<String, Value>, fields: &[Field]) -> bool {
    fields.iter().any(|field| match field {
        Field::Action => verdict.get("action").is_some_and(|action| action == "relogin"),
        Field::ReloginRequired => verdict.get("relogin_required") == Some(&Value::Bool(true)),
        _ => false,
    })
}

/// Whether a text shows what must not be shown: a secret that R39 names and the expected text does not hold, or a character that hides or commands.
fn leaks(vector: &Vector, difference: &Difference) -> bool {
    let Some(Value::String(actual)) = &difference.actual else { return false };
    let expected = difference.expected.as_str().unwrap_or_default();
    let shown = |secret: &&String| secret.chars().count() >= 8 && actual.contains(secret.as_str()) && !expected.contains(secret.as_str());
    vector.input.secrets.iter().any(|secret| shown(&secret)) || actual.chars().any(|c| is_hidden(c) && !expected.contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn vector(expect: Value) -> Vector {
        let vector = json!({
            "id": "core/a/b", "title": "t", "rules": ["R1"], "near": [], "source": {"what": "w", "url": null}, "expect": expect,
            "input": {"status": 400, "content_type": null, "profile": "codex", "secrets": ["s3cr3t-t0ken"], "body": {"text": ""}},
        });
        serde_json::from_value(vector).expect("the vector is one")
    }

    fn harm_of(expect: &Value, actual: Value, fields: &[Field]) -> Option<Harm> {
        let actual = match actual {
            Value::Object(members) => Some(members),
            _ => None,
        };
        wrong_in(&vector(expect.clone()), fields, Outcome::Answer(Answer::Verdict(actual))).map(|(harm, _)| harm)
    }

    fn verdict(action: &str, description: &str) -> Value {
        json!({"code": "c", "description": description, "action": action, "relogin_required": action == "relogin", "message": "m"})
    }

    #[test]
    fn each_harm_has_its_name() {
        let all = &Field::ALL;
        let relogin = verdict("relogin", "d");
        let retry = verdict("retry", "d");
        for (expect, actual, harm) in [
            (&retry, retry.clone(), None),
            (&Value::Null, Value::Null, None),
            (&retry, relogin.clone(), Some(Harm::SignsOutALiveUser)),
            (&Value::Null, relogin.clone(), Some(Harm::SignsOutALiveUser)),
            (&relogin, retry.clone(), Some(Harm::LoopsOnADeadToken)),
            (&relogin, Value::Null, Some(Harm::LoopsOnADeadToken)),
            (&retry, Value::Null, Some(Harm::ErrorTakenForSuccess)),
            (&Value::Null, retry.clone(), Some(Harm::SuccessTakenForError)),
            (&retry, verdict("retry", "a s3cr3t-t0ken"), Some(Harm::Leaks)),
            (&retry, verdict("retry", "a\u{1b}"), Some(Harm::Leaks)),
            (&retry, verdict("unknown", "d"), Some(Harm::WrongCure)),
            (&relogin, verdict("relogin", "e"), Some(Harm::TextDiffers)),
            (&retry, json!({}), Some(Harm::WrongCure)),
        ] {
            assert_eq!(harm_of(expect, actual.clone(), all), harm, "{expect} {actual}");
        }
    }

    #[test]
    fn only_declared_fields_are_judged() {
        let actual = json!({"code": "c", "action": "relogin"});
        assert_eq!(harm_of(&verdict("retry", "d"), actual.clone(), &[Field::Code]), None);
        assert_eq!(harm_of(&verdict("retry", "d"), actual, &[Field::Code, Field::Description]), Some(Harm::TextDiffers));
    }

    #[test]
    fn who_claims_declares_or_answers_nothing_does_not_conform() {
        let vector = vector(Value::Null);
        let hello =
            Hello { name: "x".into(), language: "L".into(), version: "1".into(), level: Some(Level::Core), fields: vec![Field::Code] };
        let report = |hello: &Hello, outcome: Outcome| {
            let all = [&vector];
            let asked = claimed(hello, &all);
            let run = Run { outcomes: vec![outcome; asked.len()], problems: Vec::new(), stderr: Vec::new() };
            let report = judge(hello, &all, &asked, run);
            (report.conforms(), report.count(None))
        };
        let right = Outcome::Answer(Answer::Verdict(None));
        assert_eq!(report(&hello, right.clone()), (true, Count { passed: 1, ..Count::default() }));
        assert_eq!(report(&Hello { level: None, ..hello.clone() }, right.clone()), (false, Count { unclaimed: 1, ..Count::default() }));
        assert!(!report(&Hello { fields: Vec::new(), ..hello.clone() }, right).0);
        let skip = Outcome::Answer(Answer::Skip("no".into()));
        assert_eq!(report(&hello, skip), (false, Count { skipped: 1, ..Count::default() }));
        assert_eq!(report(&hello, Outcome::NotRun("core/a/a".into())), (false, Count { failed: 1, ..Count::default() }));
    }
}
