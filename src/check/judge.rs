//! Judging what an implementation answers, and naming the harm of each wrong answer.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

use crate::check::{About, Difference, Harm, Implementation, Judged, MOST_BODY_BYTES, Rest, VectorInfo, bounded};
use crate::corpus::{Corpus, Level, ProfileChoice, Vector, Verdict};
use crate::protocol::reference;
use crate::protocol::{ACTIONS, Answer, Field, Hello, wrong_shape};
use crate::protocol::{Break, Outcome, Run};
use crate::text::is_hidden;

/// The most characters that are kept of a text of a port's.
const MOST_KEPT: usize = 2_000;
const MOST_NAME: usize = 100;

/// Judges the reference, which needs no port.
pub fn reference(corpus: &Corpus, vectors: &[&Vector], mut progress: impl FnMut(usize)) -> Implementation {
    let answer = |(index, vector): (usize, &&Vector)| {
        let input = &vector.input;
        let (content_type, body) = (input.content_type.as_deref(), input.body.expand());
        let (headers, profile) = (&input.headers, corpus.profile(vector));
        let verdict = reference::verdict(input.status, content_type, headers, &body, profile, &input.secrets);
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
    judge(&hello, vectors, Run { outcomes, problems: Vec::new(), stderr: Vec::new() })
}

/// Whether a port is asked about a vector: it claims the level.
#[must_use]
pub fn is_claimed(hello: &Hello, vector: &Vector) -> bool {
    hello.level.is_some() && vector.level() <= hello.level
}

/// Judges what an implementation did; `run` has an outcome for each vector that it claims, in their order.
#[must_use]
pub fn judge(hello: &Hello, vectors: &[&Vector], run: Run) -> Implementation {
    let mut outcomes = run.outcomes.into_iter();
    let results: Vec<Judged> = vectors
        .iter()
        .map(|vector| match is_claimed(hello, vector).then(|| outcomes.next()).flatten() {
            Some(outcome) => judge_one(&Expected::of(vector), &hello.fields, outcome),
            None => judged("unclaimed"),
        })
        .collect();
    let mut problems = run.problems;
    if hello.level.is_none() {
        problems.push("claims no level".into());
    } else if results.iter().all(|judged| judged.outcome == "unclaimed") {
        problems.push("claims no level that was asked for".into());
    } else if results.iter().all(|judged| matches!(judged.outcome.as_str(), "skip" | "unclaimed")) {
        problems.push("judged nothing".into());
    }
    if hello.fields.is_empty() {
        problems.push("declares no field".into());
    }
    let about = About {
        name: bounded(&hello.name, MOST_NAME),
        language: bounded(&hello.language, MOST_NAME),
        version: bounded(&hello.version, MOST_NAME),
        level: hello.level,
        fields: hello.fields.clone(),
    };
    Implementation { about, results, rest: Rest { problems, stderr: run.stderr, ..Rest::default() } }
}

/// What a report shows of a vector.
#[must_use]
pub fn info(vector: &Vector) -> VectorInfo {
    let input = &vector.input;
    let body = input.body.expand();
    VectorInfo {
        id: vector.id.clone(),
        title: vector.title.clone(),
        rules: vector.rules.clone(),
        status: input.status,
        content_type: input.content_type.clone(),
        profile: match &input.profile {
            ProfileChoice::Name(name) => Some(name.clone()),
            ProfileChoice::Inline(_) => None,
        },
        body_bytes: body.len(),
        body: STANDARD.encode(&body[..body.len().min(MOST_BODY_BYTES)]),
        expect: vector.expect.clone(),
    }
}

fn judged(outcome: impl Into<String>) -> Judged {
    Judged { outcome: outcome.into(), is_known: false, harm: None, differences: Vec::new(), unexpected: None, note: None }
}

/// An outcome that is no verdict.
fn no_answer(outcome: impl Into<String>, note: String) -> Judged {
    Judged { harm: Some(Harm::NoAnswer), note: Some(note), ..judged(outcome) }
}

/// What an answer is judged against.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'e> {
    /// The verdict; none for "not a failure".
    pub verdict: Option<&'e Verdict>,
    /// What the answer must not show.
    pub secrets: &'e [String],
}

impl<'e> Expected<'e> {
    /// What a vector expects.
    #[must_use]
    pub fn of(vector: &'e Vector) -> Self {
        Self { verdict: vector.expect.as_ref(), secrets: &vector.input.secrets }
    }
}

/// Judges what came of one request, by the fields that the implementation declares.
#[must_use]
pub fn judge_one(expected: &Expected<'_>, fields: &[Field], outcome: Outcome) -> Judged {
    match outcome {
        Outcome::Answer(Answer::Verdict(actual)) => judge_verdict(expected, fields, actual),
        Outcome::Answer(Answer::Skip(why)) => Judged { note: Some(format!("skipped it: {}", bounded(&why, MOST_KEPT))), ..judged("skip") },
        Outcome::Answer(Answer::Error(what)) => no_answer("error", format!("answered with an error: {}", bounded(&what, MOST_KEPT))),
        Outcome::Broken(how) => no_answer(how.name(), how.to_string()),
        Outcome::NotRun(why) => no_answer("not-run", format!("was not asked: {why}")),
    }
}

/// The outcome names the fields that differ, and what of them decides what a caller does: `wrong(action=unknown,relogin_required=false,message)`.
/// The values are of a fixed set, so that a baseline can be written and read.
fn judge_verdict(must: &Expected<'_>, fields: &[Field], actual: Option<Map<String, Value>>) -> Judged {
    let Answer::Verdict(expected) = Answer::of(must.verdict) else { return judged("pass") };
    match (expected, actual) {
        (None, None) => judged("pass"),
        (Some(expected), None) => {
            let harm = if asks_for_sign_in(&expected, &Field::ALL) { Harm::LoopsOnADeadToken } else { Harm::ErrorTakenForSuccess };
            Judged { harm: Some(harm), ..judged("wrong(null)") }
        }
        (None, Some(actual)) => {
            let harm = if asks_for_sign_in(&actual, fields) { Harm::SignsOutALiveUser } else { Harm::SuccessTakenForError };
            let unexpected = actual.iter().map(|(name, value)| (bounded(name, MOST_NAME), kept(value))).take(Field::ALL.len()).collect();
            let named = [Field::Action, Field::ReloginRequired].into_iter().find(|field| fields.contains(field));
            let named = named.map_or_else(|| "not-null".to_owned(), |field| spelled(field, actual.get(field.as_str())));
            Judged { harm: Some(harm), unexpected: Some(Value::Object(unexpected)), ..judged(format!("wrong({named})")) }
        }
        (Some(expected), Some(actual)) => {
            let differing: Vec<Field> =
                fields.iter().copied().filter(|field| Some(&expected[field.as_str()]) != actual.get(field.as_str())).collect();
            if differing.is_empty() {
                return judged("pass");
            }
            let harm = harm(must.secrets, fields, &expected, &actual, &differing);
            let names: Vec<String> = differing.iter().map(|field| spelled(*field, actual.get(field.as_str()))).collect();
            let differences = differing.iter().map(|field| {
                let (expected, actual) = (&expected[field.as_str()], actual.get(field.as_str()));
                Difference { field: *field, expected: kept(expected), actual: actual.map(kept) }
            });
            let differences = differences.collect();
            match wrong_shape(&actual, fields) {
                // What is no verdict can still sign somebody out.
                Some(what) => {
                    let harm = if harm == Harm::SignsOutALiveUser { harm } else { Harm::NoAnswer };
                    Judged { harm: Some(harm), differences, note: Some(format!("wrote {what}")), ..judged(Break::Schema(what).name()) }
                }
                None => Judged { harm: Some(harm), differences, ..judged(format!("wrong({})", names.join(","))) },
            }
        }
    }
}

/// A field that differs, as an outcome names it.
fn spelled(field: Field, actual: Option<&Value>) -> String {
    let value = match (field, actual) {
        (Field::Action, Some(Value::String(action))) => ACTIONS.into_iter().find(|name| name == action),
        (Field::ReloginRequired, Some(Value::Bool(required))) => Some(if *required { "true" } else { "false" }),
        _ => None,
    };
    value.map_or_else(|| field.as_str().to_owned(), |value| format!("{}={value}", field.as_str()))
}

/// A value of a port's, bounded.
fn kept(value: &Value) -> Value {
    match value {
        Value::String(text) => Value::String(bounded(text, MOST_KEPT)),
        Value::Array(_) | Value::Object(_) => Value::String(bounded(&value.to_string(), MOST_KEPT)),
        scalar => scalar.clone(),
    }
}

/// The harm of a verdict that differs in some fields.
fn harm(secrets: &[String], fields: &[Field], expected: &Map<String, Value>, actual: &Map<String, Value>, differing: &[Field]) -> Harm {
    let must = asks_for_sign_in(expected, &Field::ALL);
    // An implementation that gives neither field tells nobody whether to sign in.
    let tells = fields.iter().any(|field| matches!(field, Field::Action | Field::ReloginRequired));
    let differs = |field: Field| differing.contains(&field);
    if tells && asks_for_sign_in(actual, fields) && !must {
        Harm::SignsOutALiveUser
    } else if tells && must && (differs(Field::Action) || differs(Field::ReloginRequired)) {
        Harm::LoopsOnADeadToken
    } else if differing.iter().any(|field| leaks(secrets, &expected[field.as_str()], actual.get(field.as_str()))) {
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
fn leaks(secrets: &[String], expected: &Value, actual: Option<&Value>) -> bool {
    let Some(Value::String(actual)) = actual else { return false };
    let expected = expected.as_str().unwrap_or_default();
    let shown = |secret: &&String| secret.chars().count() >= 8 && actual.contains(secret.as_str()) && !expected.contains(secret.as_str());
    secrets.iter().any(|secret| shown(&secret)) || actual.chars().any(|c| is_hidden(c) && !expected.contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::Count;
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
        judge_one(&Expected::of(&vector(expect.clone())), fields, Outcome::Answer(Answer::Verdict(actual))).harm
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
            (&retry, json!({}), Some(Harm::NoAnswer)),
            (&retry, json!({"action": "relogin"}), Some(Harm::SignsOutALiveUser)),
        ] {
            assert_eq!(harm_of(expect, actual.clone(), all), harm, "{expect} {actual}");
        }
    }

    #[test]
    fn only_declared_fields_are_judged() {
        let actual = json!({"code": "c", "action": "relogin"});
        assert_eq!(harm_of(&verdict("retry", "d"), actual.clone(), &[Field::Code]), None);
        assert_eq!(harm_of(&verdict("retry", "d"), actual, &[Field::Code, Field::Description]), Some(Harm::NoAnswer));
    }

    #[test]
    fn either_of_two_fields_asks_for_a_sign_in() {
        let (relogin, retry) = (verdict("relogin", "d"), verdict("retry", "d"));
        for field in [Field::Action, Field::ReloginRequired] {
            assert_eq!(harm_of(&retry, relogin.clone(), &[field]), Some(Harm::SignsOutALiveUser), "{field:?}");
            assert_eq!(harm_of(&relogin, retry.clone(), &[field]), Some(Harm::LoopsOnADeadToken), "{field:?}");
        }
    }

    /// What a report shows beside the outcome.
    #[test]
    fn what_came_is_kept() {
        let vector = vector(verdict("retry", "d"));
        let judge = |outcome| judge_one(&Expected::of(&vector), &Field::ALL, outcome);
        let answer = |actual: Value| match actual {
            Value::Object(members) => judge(Outcome::Answer(Answer::Verdict(Some(members)))),
            _ => unreachable!("a verdict is an object"),
        };
        let difference = |field, expected, actual| Difference { field, expected, actual };
        let wrong = answer(verdict("unknown", "e"));
        let of = [
            difference(Field::Description, json!("d"), Some(json!("e"))),
            difference(Field::Action, json!("retry"), Some(json!("unknown"))),
        ];
        assert_eq!((wrong.differences, wrong.note), (of.to_vec(), None));
        let mut broken = verdict("retry", "d");
        broken["relogin_required"] = json!(1);
        broken["code"] = json!(["c"]);
        let broken = answer(broken);
        let of =
            [difference(Field::Code, json!("c"), Some(json!("[\"c\"]"))), difference(Field::ReloginRequired, json!(false), Some(json!(1)))];
        assert_eq!(broken.differences, of);
        assert!(broken.note.is_some_and(|note| note.starts_with("wrote ")));
        for (outcome, note) in [
            (Outcome::Answer(Answer::Skip("no".into())), "skipped it: no"),
            (Outcome::Answer(Answer::Error("no".into())), "answered with an error: no"),
            (Outcome::NotRun("no".into()), "was not asked: no"),
        ] {
            assert_eq!(judge(outcome).note.as_deref(), Some(note));
        }
        let hello =
            Hello { name: "x".into(), language: "L".into(), version: "1".into(), level: Some(Level::Core), fields: vec![Field::Code] };
        let run = Run { outcomes: vec![Outcome::Answer(Answer::Verdict(None))], problems: vec!["p".into()], stderr: vec!["s".into()] };
        let rest = super::judge(&hello, &[&vector], run).rest;
        assert_eq!((rest.problems, rest.stderr), (vec!["p".to_owned()], vec!["s".to_owned()]));
        let higher = Vector { id: "dialects/a/b".into(), ..vector.clone() };
        assert!(is_claimed(&hello, &vector) && !is_claimed(&hello, &higher));
    }

    #[test]
    fn the_reference_tells_how_many_are_done() {
        let corpus = Corpus::embedded().expect("the embedded corpus can be read");
        let vectors: Vec<&Vector> = corpus.vectors().take(3).collect();
        let mut done = Vec::new();
        assert!(reference(&corpus, &vectors, |count| done.push(count)).conforms());
        assert_eq!(done, [1, 2, 3]);
    }

    #[test]
    fn who_claims_declares_or_answers_nothing_does_not_conform() {
        let vector = vector(Value::Null);
        let hello =
            Hello { name: "x".into(), language: "L".into(), version: "1".into(), level: Some(Level::Core), fields: vec![Field::Code] };
        let report = |hello: &Hello, outcome: Outcome| {
            let outcomes = if is_claimed(hello, &vector) { vec![outcome] } else { Vec::new() };
            let implementation = judge(hello, &[&vector], Run { outcomes, problems: Vec::new(), stderr: Vec::new() });
            (implementation.conforms(), implementation.count())
        };
        let right = Outcome::Answer(Answer::Verdict(None));
        assert_eq!(report(&hello, right.clone()), (true, Count { passed: 1, ..Count::default() }));
        assert_eq!(report(&Hello { level: None, ..hello.clone() }, right.clone()), (false, Count { unclaimed: 1, ..Count::default() }));
        assert!(!report(&Hello { fields: Vec::new(), ..hello.clone() }, right).0);
        let skip = Outcome::Answer(Answer::Skip("no".into()));
        assert_eq!(report(&hello, skip), (false, Count { skipped: 1, ..Count::default() }));
        assert_eq!(report(&hello, Outcome::NotRun("it hung".into())), (false, Count { failed: 1, unanswered: 1, ..Count::default() }));
    }

    #[test]
    fn an_outcome_names_what_differs_and_what_decides() {
        let outcome = |expect: &Value, actual: Value, fields: &[Field]| {
            let actual = if let Value::Object(members) = actual { Some(members) } else { None };
            judge_one(&Expected::of(&vector(expect.clone())), fields, Outcome::Answer(Answer::Verdict(actual))).outcome
        };
        let retry = verdict("retry", "d");
        assert_eq!(outcome(&retry, retry.clone(), &Field::ALL), "pass");
        assert_eq!(outcome(&retry, Value::Null, &Field::ALL), "wrong(null)");
        assert_eq!(outcome(&retry, verdict("relogin", "e"), &Field::ALL), "wrong(description,action=relogin,relogin_required=true)");
        assert_eq!(outcome(&Value::Null, retry.clone(), &Field::ALL), "wrong(action=retry)");
        assert_eq!(outcome(&Value::Null, retry.clone(), &[Field::ReloginRequired]), "wrong(relogin_required=false)");
        assert_eq!(outcome(&Value::Null, retry.clone(), &[Field::Code]), "wrong(not-null)");
        assert_eq!(outcome(&retry, verdict("re\nlogin", "d"), &Field::ALL), "schema");
    }
}
