//! Judging what an implementation answered.

use serde_json::Value;

use crate::port::Outcome;
use crate::protocol::{FIELDS, Hello, Reply};
use crate::text;
use crate::vectors::{Level, Vector, Verdict};

/// The harm that a wrong verdict does to a user, worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Harm {
    /// It asks for a sign-in that the response does not ask for.
    SignsOutALiveUser,
    /// It does not ask for the sign-in that alone would help.
    LoopsOnADeadToken,
    /// It takes a failure for a success.
    ErrorTakenForSuccess,
    /// It shows a secret, or a character that acts on a terminal.
    Leaks,
    /// It takes a success for a failure.
    SuccessTakenForError,
    /// It sends the user or the operator the wrong way.
    WrongCure,
    /// It gives no verdict.
    NoVerdict,
    /// A text is another.
    TextDiffers,
}

impl Harm {
    /// The harm in words.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::SignsOutALiveUser => "signs out a live user",
            Self::LoopsOnADeadToken => "loops on a dead token",
            Self::ErrorTakenForSuccess => "an error taken for success",
            Self::Leaks => "leaks",
            Self::SuccessTakenForError => "a success taken for an error",
            Self::WrongCure => "wrong cure",
            Self::NoVerdict => "no verdict",
            Self::TextDiffers => "text differs",
        }
    }
}

/// What came of one vector.
#[derive(Debug)]
pub enum Judgement {
    /// As expected, in all fields that the implementation gives.
    Passed,
    /// Not judged, in a level that is not claimed or by the port's own word.
    Skipped(String),
    /// Not as expected.
    Failed(Failed),
}

/// A failed vector.
#[derive(Debug)]
pub struct Failed {
    /// The harm to the user.
    pub harm: Harm,
    /// Each field that differs: its name, what was expected and what came. Empty when there is no verdict.
    pub differences: Vec<(&'static str, Value, Value)>,
    /// What happened when there is no verdict.
    pub what: Option<String>,
}

/// An implementation and what came of each vector.
#[derive(Debug)]
pub struct Judged {
    /// The name, not ours.
    pub name: String,
    /// The levels it claims.
    pub levels: Vec<Level>,
    /// The fields it gives.
    pub fields: Vec<&'static str>,
    /// A judgement for each vector, in their order.
    pub judgements: Vec<Judgement>,
    /// The last of its standard error.
    pub stderr: String,
}

impl Judged {
    /// How many vectors passed, failed and were skipped, of those that `select` takes.
    pub fn count<'v>(&self, vectors: &[&'v Vector], select: impl Fn(&'v Vector) -> bool) -> [usize; 3] {
        let mut counts = [0; 3];
        for (_, judgement) in vectors.iter().zip(&self.judgements).filter(|(vector, _)| select(vector)) {
            counts[match judgement {
                Judgement::Passed => 0,
                Judgement::Failed(_) => 1,
                Judgement::Skipped(_) => 2,
            }] += 1;
        }
        counts
    }

    /// Why it does not conform; `None` when it does.
    #[must_use]
    pub fn why_not(&self) -> Option<String> {
        let failed = self.judgements.iter().filter(|judgement| matches!(judgement, Judgement::Failed(_))).count();
        let passed = self.judgements.iter().filter(|judgement| matches!(judgement, Judgement::Passed)).count();
        match () {
            () if failed > 0 => Some(format!("{failed} failed")),
            () if self.levels.is_empty() => Some("it claims no level".into()),
            () if self.fields.is_empty() => Some("it declares no field".into()),
            () if passed == 0 => Some("nothing was judged".into()),
            () => None,
        }
    }

    /// The failures, worst first, and each harm's in the order of the corpus.
    #[must_use]
    pub fn failures<'s, 'v>(&'s self, vectors: &[&'v Vector]) -> Vec<(&'v Vector, &'s Failed)> {
        let mut failures: Vec<_> = (vectors.iter().zip(&self.judgements))
            .filter_map(|(vector, judgement)| if let Judgement::Failed(failed) = judgement { Some((*vector, failed)) } else { None })
            .collect();
        failures.sort_by_key(|(_, failed)| failed.harm);
        failures
    }
}

/// Judges the outcomes of a port.
#[must_use]
pub fn judge(hello: &Hello, vectors: &[&Vector], outcomes: &[Outcome], stderr: String) -> Judged {
    let fields: Vec<&'static str> = FIELDS.into_iter().filter(|field| hello.fields.iter().any(|declared| declared == field)).collect();
    let judgements = vectors.iter().zip(outcomes).map(|(vector, outcome)| judge_one(hello, &fields, vector, outcome)).collect();
    Judged { name: hello.name.clone(), levels: hello.levels.clone(), fields, judgements, stderr }
}

fn judge_one(hello: &Hello, fields: &[&'static str], vector: &Vector, outcome: &Outcome) -> Judgement {
    if !hello.levels.contains(&vector.level) {
        return Judgement::Skipped("level not claimed".into());
    }
    let no_verdict = |what: String| Judgement::Failed(Failed { harm: Harm::NoVerdict, differences: Vec::new(), what: Some(what) });
    match outcome {
        Outcome::Reply(Reply::Verdict(actual)) => {
            let expected = as_fields(vector.expect.as_ref());
            let actual = actual.as_ref().map(|verdict| FIELDS.map(|field| verdict.get(field).cloned()));
            compare(fields, vector, expected, actual)
        }
        Outcome::Reply(Reply::Skip(why)) => no_verdict(format!("skipped in a level that is claimed: {why}")),
        Outcome::Reply(Reply::Error(what)) => no_verdict(format!("the port says: {what}")),
        Outcome::Broken(what) => no_verdict(what.clone()),
        Outcome::NotRun => no_verdict("not asked: the port broke too often".into()),
    }
}

/// Judges a verdict of the reference.
#[must_use]
pub fn judge_reference(vector: &Vector, actual: Option<&Verdict>) -> Judgement {
    compare(&FIELDS, vector, as_fields(vector.expect.as_ref()), as_fields(actual))
}

type Fields = Option<[Option<Value>; 5]>;

/// The fields of a verdict in the order of [`FIELDS`].
fn as_fields(verdict: Option<&Verdict>) -> Fields {
    let Verdict { code, description, action, relogin_required, message } = verdict?.clone();
    Some([Some(code.into()), Some(description.into()), Some(action.into()), Some(relogin_required.into()), Some(message.into())])
}

fn compare(fields: &[&'static str], vector: &Vector, expected: Fields, actual: Fields) -> Judgement {
    let differences: Vec<_> = match (&expected, &actual) {
        (None, None) => return Judgement::Passed,
        (Some(expected), Some(actual)) => (FIELDS.into_iter().zip(expected).zip(actual))
            .filter(|((field, expected), actual)| fields.contains(field) && expected != actual)
            .map(|((field, expected), actual)| (field, shown(expected.as_ref()), shown(actual.as_ref())))
            .collect(),
        (expected, actual) => vec![("verdict", whole(expected.as_ref()), whole(actual.as_ref()))],
    };
    if differences.is_empty() {
        return Judgement::Passed;
    }
    Judgement::Failed(Failed { harm: harm(vector, expected.as_ref(), actual.as_ref(), &differences), differences, what: None })
}

fn shown(value: Option<&Value>) -> Value {
    value.cloned().unwrap_or_else(|| Value::from("(missing)"))
}

fn whole(fields: Option<&[Option<Value>; 5]>) -> Value {
    let Some(fields) = fields else { return Value::Null };
    FIELDS
        .iter()
        .zip(fields)
        .filter_map(|(field, value)| Some(((*field).to_owned(), value.clone()?)))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

fn harm(
    vector: &Vector,
    expected: Option<&[Option<Value>; 5]>,
    actual: Option<&[Option<Value>; 5]>,
    differences: &[(&'static str, Value, Value)],
) -> Harm {
    let asks = |fields: Option<&[Option<Value>; 5]>| {
        fields.is_some_and(|[_, _, action, relogin_required, _]| {
            *relogin_required == Some(Value::Bool(true)) || action.as_ref().is_some_and(|action| action == "relogin")
        })
    };
    let differs = |field: &str| differences.iter().any(|(name, _, _)| *name == field);
    match (expected, actual) {
        (Some(_), None) => Harm::ErrorTakenForSuccess,
        _ if asks(actual) && !asks(expected) => Harm::SignsOutALiveUser,
        _ if asks(expected) && (!asks(actual) || differs("relogin_required")) => Harm::LoopsOnADeadToken,
        (None, Some(_)) => Harm::SuccessTakenForError,
        _ if differences.iter().any(|(_, expected, actual)| leaks(vector, expected, actual)) => Harm::Leaks,
        _ if differs("action") || differs("relogin_required") => Harm::WrongCure,
        _ => Harm::TextDiffers,
    }
}

/// Whether a text shows a secret, or a character that acts on a terminal, where the expected one does not.
fn leaks(vector: &Vector, expected: &Value, actual: &Value) -> bool {
    let (expected, actual) = (expected.as_str().unwrap_or_default(), actual.as_str().unwrap_or_default());
    let secret = |secret: &String| secret.chars().count() >= 8 && actual.contains(secret.as_str()) && !expected.contains(secret.as_str());
    vector.input.secrets.iter().any(secret) || (actual.chars().any(text::is_unprintable) && !expected.chars().any(text::is_unprintable))
}
