//! Groups of failures: which rules a port breaks, the worst harm first. Everything here is a function of the results.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};

use serde_json::Value;

use super::outcome::{Kind, Outcome, Wrong, WrongField};
use super::results::{Harm, Implementation, Judged, VectorInfo};
use crate::corpus::Verdict;
use crate::protocol::Field;

/// The rules that derive a field from the decision: the code, whether to sign in, and the message. They are the cause
/// of a failure only if no other rule can be.
pub const DERIVED: [&str; 5] = ["R43", "R44", "R46", "R47", "R48"];

/// The part of the failures that a sentence explains, in per cent, and the most rules that it names.
const MOST_EXPLAINED: usize = 75;
const MOST_RULES: usize = 3;
/// The most characters of the name of an exception.
const MOST_EXCEPTION: usize = 60;

/// A failure: its vector, and its result.
pub type Failure<'r> = (&'r VectorInfo, &'r Judged);

/// Failures with one harm and one cause.
#[derive(Clone, Debug)]
pub struct Group<'r> {
    /// The harm to a user.
    pub harm: Harm,
    /// The likely cause.
    pub cause: Cause<'r>,
    /// The failures, in the order of the corpus.
    pub failures: Vec<Failure<'r>>,
}

/// The likely cause of a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Cause<'r> {
    /// The port breaks this rule: of those of the vector, the one whose vectors fail most.
    Rule(&'r str),
    /// There is no answer, or not one answer: the name of the outcome, and of the exception if there is one.
    Break(&'static str, Option<&'r str>),
}

impl<'r> Group<'r> {
    /// Returns whether its vectors were not asked, so that it says nothing about the port.
    fn is_not_run(&self) -> bool {
        matches!(self.cause, Cause::Break("not-run", _))
    }

    /// Returns the failure to show: of the vectors with the fewest rules, the one with the smallest body.
    ///
    /// # Panics
    ///
    /// Never: a group has a failure.
    #[must_use]
    pub fn example(&self) -> Failure<'r> {
        let simplest = self.failures.iter().min_by_key(|(vector, _)| (vector.rules.len(), vector.body_bytes));
        *simplest.expect("a group has a failure")
    }

    /// Returns its outcomes, each with its number, the most frequent first.
    #[must_use]
    pub fn outcomes(&self) -> Vec<(String, usize)> {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        self.failures.iter().for_each(|(_, judged)| *counts.entry(judged.outcome.to_string()).or_default() += 1);
        let mut counts: Vec<(String, usize)> = counts.into_iter().collect();
        counts.sort_by_key(|(_, count)| Reverse(*count));
        counts
    }
}

/// Groups the failures that `keep` keeps: the worst harm first, and the largest group first within one. Vectors that
/// were not asked come last.
#[must_use]
pub fn groups<'r>(
    implementation: &'r Implementation,
    vectors: &'r [VectorInfo],
    keep: impl Fn(&Judged) -> bool,
) -> Vec<Group<'r>> {
    let pairs = || vectors.iter().zip(&implementation.results);
    let rates = Rates::new(pairs());
    let mut groups: Vec<Group<'r>> = Vec::new();
    let mut places: HashMap<(Harm, Cause<'r>), usize> = HashMap::new();
    for (vector, judged) in pairs().filter(|(_, judged)| judged.kind() == Kind::Failed && keep(judged)) {
        let harm = judged.harm.unwrap_or(Harm::NoAnswer);
        let cause = match (harm, &judged.outcome) {
            (Harm::NoAnswer, Outcome::Error) => Cause::Break("error", exception(judged)),
            (_, Outcome::Changed) => Cause::Break("changed", None),
            (Harm::NoAnswer, outcome) => Cause::Break(outcome.name(), None),
            _ => Cause::Rule(rates.most_telling(vector)),
        };
        let place = *places.entry((harm, cause)).or_insert(groups.len());
        if place == groups.len() {
            groups.push(Group { harm, cause, failures: Vec::new() });
        }
        groups[place].failures.push((vector, judged));
    }
    groups.sort_by_key(|group| (group.is_not_run(), group.harm, Reverse(group.failures.len())));
    groups
}

/// How many vectors of each rule there are, and how many of them fail.
struct Rates<'r>(HashMap<&'r str, (usize, usize)>);

impl<'r> Rates<'r> {
    fn new(pairs: impl Iterator<Item = Failure<'r>>) -> Self {
        let mut counts: HashMap<&str, (usize, usize)> = HashMap::new();
        for (vector, judged) in pairs.filter(|(_, judged)| judged.kind() != Kind::Unclaimed) {
            for rule in &vector.rules {
                let (failed, all) = counts.entry(rule).or_default();
                *failed += usize::from(judged.kind() == Kind::Failed);
                *all += 1;
            }
        }
        Self(counts)
    }

    /// Returns the rule of a vector whose vectors fail most. A rule with one vector tells less than one with many.
    fn most_telling(&self, vector: &'r VectorInfo) -> &'r str {
        let rate = |rule: &str| {
            let (failed, all) = self.0.get(rule).copied().unwrap_or_default();
            (!DERIVED.contains(&rule), failed * 1_000 / (all + 2))
        };
        let rules = vector.rules.iter().map(String::as_str);
        rules.rev().max_by_key(|rule| rate(rule)).unwrap_or("no rule")
    }
}

/// Returns the name of the exception in the note of an error, such as `KeyError` in "answered with an error: KeyError:
/// 'error'".
fn exception(judged: &Judged) -> Option<&str> {
    let (_, error) = judged.note.as_deref()?.split_once(": ")?;
    let name = error.split([':', '\n']).next()?.trim();
    (!name.is_empty() && name.chars().count() <= MOST_EXCEPTION).then_some(name)
}

/// Returns a sentence for each harm that says how few causes explain most of it, such as "Two rules explain 27 of the
/// 32 sign-outs of live users: R36 (19), R31 (8)". Vectors that were not asked do not count. Names are not safe to
/// print.
#[must_use]
pub fn explanations(groups: &[Group<'_>]) -> Vec<String> {
    let of_harm = |harm: Harm| {
        let groups = groups.iter().filter(|group| group.harm == harm && !group.is_not_run());
        groups.collect::<Vec<&Group<'_>>>()
    };
    Harm::ALL.into_iter().map(of_harm).filter(|groups| !groups.is_empty()).map(|groups| explanation(&groups)).collect()
}

/// Returns the sentence about groups of one harm, the largest first.
fn explanation(groups: &[&Group<'_>]) -> String {
    let size = |groups: &[&Group<'_>]| groups.iter().map(|group| group.failures.len()).sum::<usize>();
    let (harm, all) = (groups[0].harm, size(groups));
    let most = MOST_RULES.min(groups.len());
    let named = (1..most).find(|count| size(&groups[..*count]) * 100 >= all * MOST_EXPLAINED).unwrap_or(most);
    let named = &groups[..named];
    let (what, explained) = (noun(harm, all), size(named));
    let number = ["No", "One", "Two", "Three"][named.len()];
    let cause = match (harm, named.len()) {
        (Harm::NoAnswer, 1) => "cause explains",
        (Harm::NoAnswer, _) => "causes explain",
        (_, 1) => "rule explains",
        _ => "rules explain",
    };
    let which = match (explained == all, all) {
        (true, 1) => "the".to_owned(),
        (true, _) => format!("all {all}"),
        (false, _) => format!("{explained} of the {all}"),
    };
    let names: Vec<String> =
        named.iter().map(|group| format!("{} ({})", group.cause.name(), group.failures.len())).collect();
    format!("{number} {cause} {which} {what}: {}", names.join(", "))
}

/// Returns a harm as a noun, in the singular for 1.
fn noun(harm: Harm, count: usize) -> &'static str {
    let (one, many) = match harm {
        Harm::SignsOutALiveUser => ("sign-out of a live user", "sign-outs of live users"),
        Harm::LoopsOnADeadToken => ("loop on a dead token", "loops on a dead token"),
        Harm::ErrorTakenForSuccess => ("error taken for success", "errors taken for success"),
        Harm::SuccessTakenForError => ("success taken for an error", "successes taken for errors"),
        Harm::NoAnswer => ("missing answer", "missing answers"),
        Harm::Leaks => ("leak", "leaks"),
        Harm::WrongCure => ("wrong cure", "wrong cures"),
        Harm::TextDiffers => ("text that differs", "texts that differ"),
    };
    if count == 1 { one } else { many }
}

impl Cause<'_> {
    /// Returns its name: the tag of the rule, or the outcome and the exception. It is not safe to print.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Rule(tag) => (*tag).to_owned(),
            Self::Break(outcome, None) => (*outcome).to_owned(),
            Self::Break(outcome, Some(exception)) => format!("{outcome} {exception}"),
        }
    }
}

/// A verdict that never changes, or the port itself, and how often it decides right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Control {
    /// The verdict, such as "always relogin".
    pub name: &'static str,
    /// In how many of the judged vectors it is right, in the fields that decide.
    pub right: usize,
}

/// How often a port decides right, against verdicts that never change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Controls {
    /// The fields that decide and that the port declares.
    pub fields: Vec<Field>,
    /// How many vectors were judged.
    pub judged: usize,
    /// In how many of them the port is right in these fields.
    pub right: usize,
    /// The verdicts that never change.
    pub constants: Vec<Control>,
}

/// Returns the vectors of one response each that were judged: only these have an answer to compare.
fn single<'r>(
    implementation: &'r Implementation,
    vectors: &'r [VectorInfo],
) -> impl Iterator<Item = (&'r VectorInfo, &'r Judged)> {
    let pairs = vectors.iter().zip(&implementation.results);
    pairs.filter(|(vector, judged)| vector.is_one_response() && matches!(judged.kind(), Kind::Passed | Kind::Failed))
}

/// Returns how often verdicts that never change would be right, in the fields that the port declares and that decide
/// what a caller does; `None` if it declares none of them, or nothing was judged.
#[must_use]
pub fn controls(implementation: &Implementation, vectors: &[VectorInfo]) -> Option<Controls> {
    use relogin::Action::{FixClient, Relogin, Retry, Unknown};
    let declared = &implementation.identity.fields;
    let fields: Vec<Field> =
        [Field::Action, Field::ReloginRequired].into_iter().filter(|field| declared.contains(field)).collect();
    let judged = || single(implementation, vectors).filter(|(_, judged)| judged.harm != Some(Harm::NoAnswer));
    let count = |is_right: &dyn Fn(Option<&Verdict>) -> bool| {
        judged().filter(|(vector, _)| is_right(vector.expect.as_ref())).count()
    };
    let mut constants = vec![Control { name: "always \"not a failure\"", right: count(&|expect| expect.is_none()) }];
    if declared.contains(&Field::Action) {
        for (name, action) in [
            ("always relogin", Relogin),
            ("always retry", Retry),
            ("always fix_client", FixClient),
            ("always unknown", Unknown),
        ] {
            constants
                .push(Control { name, right: count(&|expect| expect.is_some_and(|verdict| verdict.action == action)) });
        }
    } else {
        for (name, required) in [("always relogin_required: true", true), ("always relogin_required: false", false)] {
            let is_right =
                |expect: Option<&Verdict>| expect.is_some_and(|verdict| verdict.relogin_required == required);
            constants.push(Control { name, right: count(&is_right) });
        }
    }
    let right = judged().filter(|(_, judged)| decides_right(judged)).count();
    let judged = judged().count();
    (!fields.is_empty() && judged > 0).then_some(Controls { fields, judged, right, constants })
}

/// Returns whether a verdict is right in the fields that decide.
fn decides_right(judged: &Judged) -> bool {
    match &judged.outcome {
        Outcome::Pass => true,
        Outcome::Wrong(Wrong::Fields(fields)) => fields.iter().all(|field| {
            matches!(field, WrongField::Differs(field) if !matches!(field, Field::Action | Field::ReloginRequired))
        }),
        _ => false,
    }
}

/// Returns what all answers have in common, if they are alike and the vectors ask for different ones: the end of a
/// sentence that begins with "it". It is not safe to print.
#[must_use]
pub fn alike(implementation: &Implementation, vectors: &[VectorInfo]) -> Option<String> {
    let fields = &implementation.identity.fields;
    let pairs: Vec<Failure<'_>> = single(implementation, vectors).collect();
    let expected = |vector: &VectorInfo| vector.expect.as_ref().map(|verdict| decided(verdict, fields));
    let (first, others) = pairs.split_first()?;
    if others.iter().all(|(vector, _)| expected(vector) == expected(first.0)) {
        return None;
    }
    let count = pairs.len();
    if first.1.outcome == Outcome::Error
        && others.iter().all(|other| other.1.outcome == Outcome::Error && other.1.note == first.1.note)
    {
        let error = first.1.note.as_deref().unwrap_or("answered with an error");
        return Some(format!(
            "gave the same answer to all {count} vectors, as if the client was never called: it {error}"
        ));
    }
    let answer = |(vector, judged): &Failure<'_>| actual(vector, judged, fields);
    let one = answer(first)?;
    others.iter().all(|other| answer(other).as_ref() == Some(&one)).then(|| {
        let one = one.map_or_else(
            || "\"not a failure\"".to_owned(),
            |values| {
                let named = values.iter().map(|(field, value)| format!("{} {value}", field.as_str()));
                named.collect::<Vec<String>>().join(" and ")
            },
        );
        format!("gave the same verdict to all {count} vectors ({one}): look whether it reads the response at all")
    })
}

/// The values that a verdict gives to the declared fields that decide; `None` for "not a failure".
type Decided = Option<Vec<(Field, String)>>;

fn decided(verdict: &Verdict, fields: &[Field]) -> Vec<(Field, String)> {
    let values =
        [(Field::Action, verdict.action.to_string()), (Field::ReloginRequired, verdict.relogin_required.to_string())];
    values.into_iter().filter(|(field, _)| fields.contains(field)).collect()
}

/// Returns the values of an answer, as far as the results keep them.
fn actual(vector: &VectorInfo, judged: &Judged, fields: &[Field]) -> Option<Decided> {
    let expected = || vector.expect.as_ref().map(|verdict| decided(verdict, fields));
    match &judged.outcome {
        Outcome::Pass => Some(expected()),
        Outcome::Wrong(Wrong::Null) => Some(None),
        Outcome::Wrong(_) if judged.unexpected.is_some() => {
            let members = judged.unexpected.as_ref()?;
            let value = |field: &Field| match members.get(field.as_str())? {
                Value::String(text) => Some((*field, text.clone())),
                other => Some((*field, other.to_string())),
            };
            let declared = [Field::Action, Field::ReloginRequired].into_iter().filter(|field| fields.contains(field));
            declared.map(|field| value(&field)).collect::<Option<Vec<_>>>().map(Some)
        }
        Outcome::Wrong(Wrong::Fields(wrong)) => {
            let mut values = expected()?;
            for (field, value) in &mut values {
                for other in wrong {
                    match other {
                        WrongField::Action(action) if *field == Field::Action => *value = action.to_string(),
                        WrongField::ReloginRequired(required) if *field == Field::ReloginRequired => {
                            *value = required.to_string();
                        }
                        WrongField::Differs(differs) if differs == field => return None, // its value is not kept
                        _ => {}
                    }
                }
            }
            Some(Some(values))
        }
        _ => None,
    }
}
