//! Judges answers, and names the harm of each wrong one.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use relogin::Action;
use serde_json::{Map, Value};

use super::outcome::{Kind, Outcome, Wrong, WrongField};
use super::results::{
    Difference, FailedMembers, Harm, Identity, Implementation, Judged, MOST_KEPT_BYTES, MOST_NAMES, RunEnd, VectorInfo,
    asks, bounded,
};
use crate::corpus::{Corpus, Item, Level, LineReply, LineVector, ProfileChoice, Request, Sweep, Vector, Verdict};
use crate::protocol::{
    Answer, BreakKind, Exchange, Field, Hello, Run, read_hello, read_reply, reference, reference_hello,
    verdict_members, wrong_shape,
};
use crate::text::{is_hidden, plural, safe_bytes, width};

/// The most characters of a text of a port that results keep: more than reports show ([`width::TEXT`]), and few enough
/// for a port that is wrong about every field of every vector.
const MOST_KEPT: usize = 600;

/// Judges the reference parser. `progress` is called with the number of items that are done.
pub fn judge_reference(corpus: &Corpus, items: &[Item<'_>], mut progress: impl FnMut(usize)) -> Implementation {
    let hello = Hello {
        name: "reference".into(),
        language: "Rust".into(),
        version: env!("CARGO_PKG_VERSION").into(),
        level: Some(Level::Hardening),
        fields: Field::ALL.to_vec(),
    };
    let answer = |request: Request<'_>| {
        let input = request.input;
        let (content_type, body) = (input.content_type.as_deref(), input.body.expand());
        let (headers, profile) = (&input.headers, corpus.profile_of(input));
        let verdict = reference::verdict(input.status, content_type, headers, &body, profile, &input.secrets);
        let answer = Answer::Verdict(verdict.as_ref().map(verdict_members));
        Exchange::Answered(judge_answer(&Expected::of_request(&request), &Field::ALL, answer))
    };
    let (mut exchanges, mut lines) = (Vec::new(), Vec::new());
    for (index, item) in items.iter().enumerate() {
        exchanges.extend(item.requests().map(answer));
        if let Item::Lines(vector) = item {
            lines.push(Exchange::Answered(judge_reference_lines(vector)));
        }
        progress(index + 1);
    }
    judge(&hello, items, Run { exchanges, problems: Vec::new(), stderr: Vec::new() }, lines)
}

fn judge_reference_lines(vector: &LineVector) -> Judged {
    let mut output = Vec::new();
    reference::serve(vector.input().as_slice(), &mut output).expect("memory can be read and written");
    let replies: Vec<Vec<u8>> = output.split(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
    let hello = read_hello(reference_hello().to_string().as_bytes()).expect("the reference answers hello");
    judge_lines(vector, &hello, &replies[..replies.len() - 1]) // behind the last line feed stands nothing
}

/// Returns whether a port claims the level of an item. It is asked only then.
#[must_use]
pub fn is_claimed(hello: &Hello, item: Item<'_>) -> bool {
    hello.level.is_some() && item.level() <= hello.level
}

/// Puts the results of an implementation together. `run` has an exchange for each request of the items that it claims,
/// and `lines` one for each vector about the protocol, in their order.
#[must_use]
pub fn judge(hello: &Hello, items: &[Item<'_>], run: Run<Judged>, lines: Vec<Exchange<Judged>>) -> Implementation {
    let (mut exchanges, mut lines) = (run.exchanges.into_iter(), lines.into_iter());
    let results: Vec<Judged> = items
        .iter()
        .map(|item| match item {
            item if !is_claimed(hello, *item) => judged(Outcome::Unclaimed),
            Item::Vector(_) => exchanges.next().map_or_else(|| judged(Outcome::Unclaimed), judge_exchange),
            Item::Lines(_) => lines.next().map_or_else(|| judged(Outcome::Unclaimed), judge_exchange),
            Item::Sweep(sweep) => {
                judge_sweep(sweep, exchanges.by_ref().take(sweep.members.len()).map(judge_exchange).collect())
            }
        })
        .collect();
    let mut problems = run.problems;
    if hello.level.is_none() {
        problems.push("claims no level".into());
    } else if results.iter().all(|judged| judged.kind() == Kind::Unclaimed) {
        problems.push("claims no level that was asked for".into());
    } else if results.iter().all(|judged| matches!(judged.kind(), Kind::Skipped | Kind::Unclaimed)) {
        problems.push("skipped everything".into());
    }
    if hello.fields.is_empty() {
        problems.push("declares no field".into());
    }
    let identity = Identity {
        name: bounded(&hello.name, width::NAME),
        language: bounded(&hello.language, width::NAME),
        version: bounded(&hello.version, width::NAME),
        level: hello.level,
        fields: hello.fields.clone(),
    };
    Implementation { identity, results, end: RunEnd { problems, stderr: run.stderr, ..RunEnd::default() } }
}

/// Drops the details of results that no report shows, as they come: a sweep shows those of its worst member alone.
#[derive(Debug, Default)]
pub struct Shown {
    /// The rank of the worst member so far of each sweep, by index.
    worst: BTreeMap<usize, usize>,
}

impl Shown {
    /// Returns a result, without its details if they are not shown. `item` is the item that the request is of, and its
    /// index; `None` if it is of none.
    #[must_use]
    pub fn keep(&mut self, item: Option<(usize, Item<'_>)>, judged: Judged) -> Judged {
        let is_shown = match item {
            None => false,
            Some((index, Item::Sweep(_))) => {
                let rank = match judged.kind() {
                    Kind::Failed => judged.harm.map_or(0, |harm| harm as usize),
                    Kind::Skipped => Harm::ALL.len(),
                    _ => Harm::ALL.len() + 1,
                };
                let worst = self.worst.entry(index).or_insert(usize::MAX);
                let is_worse = rank < *worst;
                *worst = rank.min(*worst);
                is_worse
            }
            Some(_) => true,
        };
        if is_shown { judged } else { Judged { differences: Vec::new(), unexpected: None, note: None, ..judged } }
    }
}

/// Judges a sweep by its members: the worst of those that fail decides, or else the first that was skipped. Of several
/// that are as bad, one decides that has its details.
fn judge_sweep(sweep: &Sweep, members: Vec<Judged>) -> Judged {
    let failing: Vec<usize> = (0..members.len()).filter(|at| members[*at].kind() == Kind::Failed).collect();
    let is_bare = |one: &Judged| one.differences.is_empty() && one.unexpected.is_none() && one.note.is_none();
    let worst = failing.iter().copied().min_by_key(|at| (members[*at].harm, is_bare(&members[*at])));
    let skipped = || members.iter().position(|judged| judged.kind() == Kind::Skipped);
    let Some(at) = worst.or_else(skipped) else { return judged(Outcome::Pass) };
    let one = members[at].clone();
    if one.kind() != Kind::Failed || one.outcome == Outcome::NotRun {
        return one; // no member that was asked fails
    }
    let mut failing: Vec<usize> = failing.into_iter().filter(|at| members[*at].outcome != Outcome::NotRun).collect();
    failing.sort_by_key(|at| members[*at].harm); // the worst are named
    let names = failing.iter().take(MOST_NAMES).map(|at| bounded(&sweep.members[*at].name, width::NAME)).collect();
    let request = Request::of_member(sweep, &sweep.members[at]);
    let failed = FailedMembers { failed: failing.len(), names, worst: info_of(&request, &sweep.title, &sweep.rules) };
    Judged {
        outcome: Outcome::Members(failing.len(), Box::new(one.outcome.clone())),
        sweep: Some(Box::new(failed)),
        ..one
    }
}

/// Judges the replies to a vector about the protocol.
#[must_use]
pub fn judge_lines(vector: &LineVector, hello: &Hello, replies: &[Vec<u8>]) -> Judged {
    let wrong = |note: String| no_answer(Outcome::Protocol, note);
    for (index, (line, reply)) in vector.lines.iter().zip(replies).enumerate() {
        let number = index + 1;
        let shown = || safe_bytes(reply, width::TEXT);
        let answer = || read_reply(reply).ok().map(|reply| (reply.seq, reply.answer));
        match &line.reply {
            LineReply::Hello if read_hello(reply).as_ref() == Ok(hello) => {}
            LineReply::Hello => {
                return wrong(format!("answered line {number} with {}, and not as it had answered hello", shown()));
            }
            LineReply::Error(seq) => match answer() {
                Some((actual, Answer::Error(_))) if actual == *seq => {}
                _ => {
                    let seq = seq.map_or_else(|| "null".to_owned(), |seq| seq.to_string());
                    return wrong(format!(
                        "answered line {number} with {}, and not with an error and seq {seq}",
                        shown()
                    ));
                }
            },
            LineReply::Verdict { seq, verdict } => match answer() {
                Some((Some(actual), answer @ Answer::Verdict(_))) if actual == *seq => {
                    let judged =
                        judge_answer(&Expected { verdict: verdict.as_ref(), secrets: &[] }, &hello.fields, answer);
                    if judged.kind() != Kind::Passed {
                        return judged;
                    }
                }
                _ => {
                    return wrong(format!(
                        "answered line {number} with {}, and not with a verdict and seq {seq}",
                        shown()
                    ));
                }
            },
        }
    }
    match (vector.lines.len(), replies.len()) {
        (lines, replies) if lines == replies => judged(Outcome::Pass),
        (lines, replies) => wrong(format!("answered {lines} line{} with {replies}", plural(lines))),
    }
}

/// Returns the results of an implementation that was not started, as the deadline of the run had passed.
#[must_use]
pub fn judge_unstarted(name: &str, items: &[Item<'_>]) -> Implementation {
    let why = "the deadline of the run (--deadline) had passed before it was started";
    let results = items.iter().map(|_| judge_exchange(Exchange::NotAsked(why.into()))).collect();
    let end = RunEnd {
        problems: vec!["was not started before the deadline of the run (--deadline)".into()],
        ..RunEnd::default()
    };
    let not_run = Implementation::not_run(name, why);
    // Nobody knows what it reports, so no report may say that it leaves a field out.
    let identity = Identity { fields: Field::ALL.to_vec(), ..not_run.identity };
    Implementation { identity, results, end }
}

/// Returns the parts of an item that reports show.
///
/// # Panics
///
/// Never: a sweep has at least one member.
#[must_use]
pub fn info(item: Item<'_>) -> VectorInfo {
    match item {
        Item::Lines(vector) => {
            let lines: Vec<Vec<u8>> = vector.lines.iter().map(|line| line.line.expand()).collect();
            let body = lines.join(&b'\n');
            VectorInfo {
                id: vector.id.clone(),
                title: vector.title.clone(),
                rules: Vec::new(),
                status: None,
                content_type: None,
                headers: Vec::new(),
                profile: None,
                members: None,
                body_bytes: body.len(),
                body: STANDARD.encode(&body[..body.len().min(MOST_KEPT_BYTES)]),
                secrets: Vec::new(),
                expect: None,
            }
        }
        Item::Vector(vector) => info_of(&Request::of(vector), &vector.title, &vector.rules),
        Item::Sweep(sweep) => {
            let first = Request::of_member(sweep, sweep.members.first().expect("a sweep has at least one member"));
            let first = info_of(&first, &sweep.title, &sweep.rules);
            VectorInfo { id: sweep.id.clone(), members: Some(sweep.members.len()), ..first }
        }
    }
}

fn info_of(request: &Request<'_>, title: &str, rules: &[String]) -> VectorInfo {
    let input = request.input;
    let body = input.body.expand();
    VectorInfo {
        id: request.name(),
        title: title.to_owned(),
        rules: rules.to_vec(),
        status: Some(input.status),
        content_type: input.content_type.clone(),
        headers: input.headers.clone(),
        secrets: input.secrets.clone(),
        profile: match &input.profile {
            ProfileChoice::Name(name) => Some(name.clone()),
            ProfileChoice::Inline(_) => None,
        },
        members: None,
        body_bytes: body.len(),
        body: STANDARD.encode(&body[..body.len().min(MOST_KEPT_BYTES)]),
        expect: request.expect.cloned(),
    }
}

pub(super) fn judged(outcome: Outcome) -> Judged {
    Judged { outcome, is_known: false, harm: None, differences: Vec::new(), unexpected: None, note: None, sweep: None }
}

pub(super) fn no_answer(outcome: Outcome, note: String) -> Judged {
    Judged { harm: Some(Harm::NoAnswer), note: Some(note), ..judged(outcome) }
}

/// The verdict that an answer is judged against.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'e> {
    /// The verdict; `None` for "not a failure".
    pub verdict: Option<&'e Verdict>,
    /// The secrets, which the answer must not show.
    pub secrets: &'e [String],
}

impl<'e> Expected<'e> {
    /// Returns the verdict of a vector.
    #[must_use]
    pub fn of(vector: &'e Vector) -> Self {
        Self::of_request(&Request::of(vector))
    }

    /// Returns the verdict of a request.
    #[must_use]
    pub fn of_request(request: &Request<'e>) -> Self {
        Self { verdict: request.expect, secrets: &request.input.secrets }
    }
}

/// Judges one answer by the fields that the implementation declares. The result keeps no more of it than reports show.
#[must_use]
pub fn judge_answer(expected: &Expected<'_>, fields: &[Field], answer: Answer) -> Judged {
    match answer {
        Answer::Verdict(actual) => judge_verdict(expected, fields, actual),
        Answer::Skip(why) => {
            Judged { note: Some(format!("skipped it: {}", bounded(&why, MOST_KEPT))), ..judged(Outcome::Skip) }
        }
        Answer::Error(what) => {
            no_answer(Outcome::Error, format!("answered with an error: {}", bounded(&what, MOST_KEPT)))
        }
    }
}

/// Judges one exchange, whose answer was judged when it came.
#[must_use]
pub fn judge_exchange(exchange: Exchange<Judged>) -> Judged {
    match exchange {
        Exchange::Answered(judged) => judged,
        Exchange::Broken(how) => no_answer(Outcome::Broken(how.kind()), how.to_string()),
        Exchange::NotAsked(why) => no_answer(Outcome::NotRun, format!("was not asked: {why}")),
    }
}

fn judge_verdict(expectation: &Expected<'_>, fields: &[Field], actual: Option<Map<String, Value>>) -> Judged {
    let expected = expectation.verdict.map(verdict_members);
    match (expected, actual) {
        (None, None) => judged(Outcome::Pass),
        (Some(expected), None) => {
            let harm = if asks_for_sign_in(&expected, &Field::ALL) {
                Harm::LoopsOnADeadToken
            } else {
                Harm::ErrorTakenForSuccess
            };
            Judged { harm: Some(harm), ..judged(Outcome::Wrong(Wrong::Null)) }
        }
        (None, Some(actual)) => {
            let harm =
                if asks_for_sign_in(&actual, fields) { Harm::SignsOutALiveUser } else { Harm::SuccessTakenForError };
            let unexpected = actual
                .iter()
                .map(|(name, value)| (bounded(name, width::NAME), kept(value)))
                .take(Field::ALL.len())
                .collect();
            let decisive = [Field::Action, Field::ReloginRequired].into_iter().find(|field| fields.contains(field));
            let wrong = decisive
                .map_or(Wrong::NotNull, |field| Wrong::Fields(vec![wrong_field(field, actual.get(field.as_str()))]));
            Judged { harm: Some(harm), unexpected: Some(Value::Object(unexpected)), ..judged(Outcome::Wrong(wrong)) }
        }
        (Some(expected), Some(actual)) => {
            let differing: Vec<Field> = fields
                .iter()
                .copied()
                .filter(|field| Some(&expected[field.as_str()]) != actual.get(field.as_str()))
                .collect();
            if differing.is_empty() {
                return judged(Outcome::Pass);
            }
            let harm = harm(expectation.secrets, fields, &expected, &actual, &differing);
            let differences = differing.iter().map(|field| {
                let (expected, actual) = (&expected[field.as_str()], actual.get(field.as_str()));
                Difference { field: *field, expected: kept(expected), actual: actual.map(kept) }
            });
            let differences = differences.collect();
            match wrong_shape(&actual, fields) {
                // A malformed verdict can still sign somebody out.
                Some(what) => {
                    let harm = if harm == Harm::SignsOutALiveUser { harm } else { Harm::NoAnswer };
                    let outcome = Outcome::Broken(BreakKind::Schema);
                    Judged { harm: Some(harm), differences, note: Some(format!("wrote {what}")), ..judged(outcome) }
                }
                None => {
                    let wrong = differing.iter().map(|field| wrong_field(*field, actual.get(field.as_str()))).collect();
                    Judged { harm: Some(harm), differences, ..judged(Outcome::Wrong(Wrong::Fields(wrong))) }
                }
            }
        }
    }
}

/// Returns a field that differs, with the actual value if it decides what a caller does and is well-formed.
fn wrong_field(field: Field, actual: Option<&Value>) -> WrongField {
    let wrong = match (field, actual) {
        (Field::Action, Some(Value::String(action))) => action.parse().ok().map(WrongField::Action),
        (Field::ReloginRequired, Some(Value::Bool(required))) => Some(WrongField::ReloginRequired(*required)),
        _ => None,
    };
    wrong.unwrap_or(WrongField::Differs(field))
}

/// Returns a value of a port, bounded.
fn kept(value: &Value) -> Value {
    match value {
        Value::String(text) => Value::String(bounded(text, MOST_KEPT)),
        Value::Array(_) | Value::Object(_) => Value::String(bounded(&value.to_string(), MOST_KEPT)),
        scalar => scalar.clone(),
    }
}

/// Returns the harm of a verdict that differs in some fields.
fn harm(
    secrets: &[String],
    fields: &[Field],
    expected: &Map<String, Value>,
    actual: &Map<String, Value>,
    differing: &[Field],
) -> Harm {
    let is_needed = asks_for_sign_in(expected, &Field::ALL);
    let differs = |field: Field| differing.contains(&field);
    // Where no field asks for a sign-in, callers know of a dead token by its code.
    let loops =
        if asks(fields) { differs(Field::Action) || differs(Field::ReloginRequired) } else { differs(Field::Code) };
    if asks_for_sign_in(actual, fields) && !is_needed {
        Harm::SignsOutALiveUser
    } else if is_needed && loops {
        Harm::LoopsOnADeadToken
    } else if differing.iter().any(|field| leaks(secrets, &expected[field.as_str()], actual.get(field.as_str()))) {
        Harm::Leaks
    } else if [Field::Action, Field::ReloginRequired, Field::RetryAfter].into_iter().any(differs) {
        Harm::WrongCure
    } else {
        Harm::TextDiffers
    }
}

/// Returns whether a verdict asks for a sign-in, in the fields that are judged.
fn asks_for_sign_in(verdict: &Map<String, Value>, fields: &[Field]) -> bool {
    fields.iter().any(|field| match field {
        Field::Action => verdict.get("action").is_some_and(|action| action == Action::Relogin.as_str()),
        Field::ReloginRequired => verdict.get("relogin_required") == Some(&Value::Bool(true)),
        _ => false,
    })
}

/// Returns whether a text leaks: it shows a secret that R55 marks, or a hidden character that is no white space, and
/// the expected text does not.
fn leaks(secrets: &[String], expected: &Value, actual: Option<&Value>) -> bool {
    let Some(Value::String(actual)) = actual else { return false };
    let expected = expected.as_str().unwrap_or_default();
    let shown = |secret: &&String| {
        secret.chars().count() >= 8 && actual.contains(secret.as_str()) && !expected.contains(secret.as_str())
    };
    secrets.iter().any(|secret| shown(&secret))
        || actual.chars().any(|c| is_hidden(c) && !c.is_whitespace() && !expected.contains(c))
}

#[cfg(test)]
mod tests {
    use super::super::results::Count;
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
        judge_answer(&Expected::of(&vector(expect.clone())), fields, Answer::Verdict(actual)).harm
    }

    fn verdict(action: &str, description: &str) -> Value {
        json!({
            "code": "c", "description": description, "action": action, "relogin_required": action == "relogin",
            "message": "m", "retry_after": null,
        })
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
            (&retry, verdict("retry", "d\u{a0}\n"), Some(Harm::TextDiffers)), // white space that was kept
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

    #[test]
    fn a_lost_code_of_a_dead_token_loops_where_no_field_asks_for_a_sign_in() {
        let lost = json!({"code": "fallback", "description": "d"});
        let fields = [Field::Code, Field::Description];
        assert_eq!(harm_of(&verdict("relogin", "d"), lost.clone(), &fields), Some(Harm::LoopsOnADeadToken));
        assert_eq!(harm_of(&verdict("retry", "d"), lost, &fields), Some(Harm::TextDiffers));
        let another_text = json!({"code": "c", "description": "e"});
        assert_eq!(harm_of(&verdict("relogin", "d"), another_text, &fields), Some(Harm::TextDiffers));
    }

    #[test]
    fn of_a_sweep_the_worst_member_keeps_its_details() {
        let corpus = Corpus::embedded();
        let sweep = corpus.items().find(|item| matches!(item, Item::Sweep(_))).expect("the corpus has sweeps");
        let vector = corpus.items().find(|item| matches!(item, Item::Vector(_))).expect("the corpus has vectors");
        let mut shown = Shown::default();
        let mut keeps = |item, judged: Judged| shown.keep(item, judged).note.is_some();
        let wrong = |harm| Judged { harm: Some(harm), ..no_answer(Outcome::Error, "n".into()) };
        let skip = || Judged { note: Some("n".into()), ..judged(Outcome::Skip) };
        assert_eq!([skip(), skip()].map(|judged| keeps(Some((0, sweep)), judged)), [true, false]);
        let harms = [Harm::TextDiffers, Harm::TextDiffers, Harm::NoAnswer, Harm::Leaks, Harm::SignsOutALiveUser];
        assert_eq!(harms.map(|harm| keeps(Some((0, sweep)), wrong(harm))), [true, false, true, false, true]);
        assert!(keeps(Some((1, sweep)), skip()), "another sweep");
        assert_eq!([(); 2].map(|()| keeps(Some((2, vector)), wrong(Harm::Leaks))), [true, true]);
        assert!(!keeps(None, wrong(Harm::Leaks)), "a twin has no result");
    }

    #[test]
    fn differences_and_notes_are_kept() {
        let vector = vector(verdict("retry", "d"));
        let judge = |answer| judge_answer(&Expected::of(&vector), &Field::ALL, answer);
        let answer = |actual: Value| match actual {
            Value::Object(members) => judge(Answer::Verdict(Some(members))),
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
        let of = [
            difference(Field::Code, json!("c"), Some(json!("[\"c\"]"))),
            difference(Field::ReloginRequired, json!(false), Some(json!(1))),
        ];
        assert_eq!(broken.differences, of);
        assert!(broken.note.is_some_and(|note| note.starts_with("wrote ")));
        for (judged, note) in [
            (judge(Answer::Skip("no".into())), "skipped it: no"),
            (judge(Answer::Error("no".into())), "answered with an error: no"),
            (judge_exchange(Exchange::NotAsked("no".into())), "was not asked: no"),
        ] {
            assert_eq!(judged.note.as_deref(), Some(note));
        }
        let hello = hello_at_core();
        let run = Run {
            exchanges: vec![Exchange::Answered(judge(Answer::Verdict(None)))],
            problems: vec!["p".into()],
            stderr: vec!["s".into()],
        };
        let end = super::judge(&hello, &[Item::Vector(&vector)], run, Vec::new()).end;
        assert_eq!((end.problems, end.stderr), (vec!["p".to_owned()], vec!["s".to_owned()]));
        let higher = Vector { id: "dialects/a/b".into(), ..vector.clone() };
        assert!(is_claimed(&hello, Item::Vector(&vector)) && !is_claimed(&hello, Item::Vector(&higher)));
    }

    fn hello_at_core() -> Hello {
        Hello {
            name: "x".into(),
            language: "L".into(),
            version: "1".into(),
            level: Some(Level::Core),
            fields: vec![Field::Code],
        }
    }

    #[test]
    fn the_reference_reports_its_progress() {
        let corpus = Corpus::embedded();
        let vectors: Vec<Item<'_>> = corpus.items().take(3).collect();
        let mut done = Vec::new();
        assert!(judge_reference(corpus, &vectors, |count| done.push(count)).conforms());
        assert_eq!(done, [1, 2, 3]);
    }

    #[test]
    fn claiming_declaring_or_answering_nothing_does_not_conform() {
        let vector = vector(Value::Null);
        let hello = hello_at_core();
        let judged = |answer| Exchange::Answered(judge_answer(&Expected::of(&vector), &hello.fields, answer));
        let report = |hello: &Hello, exchange: Exchange<Judged>| {
            let item = Item::Vector(&vector);
            let exchanges = if is_claimed(hello, item) { vec![exchange] } else { Vec::new() };
            let run = Run { exchanges, problems: Vec::new(), stderr: Vec::new() };
            let implementation = judge(hello, &[item], run, Vec::new());
            (implementation.conforms(), implementation.count())
        };
        let right = judged(Answer::Verdict(None));
        assert_eq!(report(&hello, right.clone()), (true, Count { passed: 1, ..Count::default() }));
        assert_eq!(
            report(&Hello { level: None, ..hello.clone() }, right.clone()),
            (false, Count { unclaimed: 1, ..Count::default() })
        );
        assert!(!report(&Hello { fields: Vec::new(), ..hello.clone() }, right).0);
        let skip = judged(Answer::Skip("no".into()));
        assert_eq!(report(&hello, skip), (false, Count { skipped: 1, ..Count::default() }));
        assert_eq!(
            report(&hello, Exchange::NotAsked("it hung".into())),
            (false, Count { failed: 1, unanswered: 1, ..Count::default() })
        );
    }

    #[test]
    fn an_outcome_names_the_fields_that_differ() {
        let outcome = |expect: &Value, actual: Value, fields: &[Field]| {
            let actual = if let Value::Object(members) = actual { Some(members) } else { None };
            judge_answer(&Expected::of(&vector(expect.clone())), fields, Answer::Verdict(actual)).outcome.to_string()
        };
        let retry = verdict("retry", "d");
        assert_eq!(outcome(&retry, retry.clone(), &Field::ALL), "pass");
        assert_eq!(outcome(&retry, Value::Null, &Field::ALL), "wrong(null)");
        assert_eq!(
            outcome(&retry, verdict("relogin", "e"), &Field::ALL),
            "wrong(description,action=relogin,relogin_required=true)"
        );
        assert_eq!(outcome(&Value::Null, retry.clone(), &Field::ALL), "wrong(action=retry)");
        assert_eq!(outcome(&Value::Null, retry.clone(), &[Field::ReloginRequired]), "wrong(relogin_required=false)");
        assert_eq!(outcome(&Value::Null, retry.clone(), &[Field::Code]), "wrong(not-null)");
        assert_eq!(outcome(&retry, verdict("re\nlogin", "d"), &Field::ALL), "schema");
    }
}
