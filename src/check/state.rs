//! State: the same request has the same answer, whatever was sent before it.
//!
//! Some vectors are sent twice, each followed by a twin that differs in one thing: it has no secrets, another profile
//! or another status. The second time a new process gets them in the reverse order, so a port that remembers something
//! of the request before, or has stored an answer under too short a key, changes an answer.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};

use super::judge::judged;
use super::outcome::Outcome;
use super::results::{Harm, Judged, bounded};
use crate::corpus::{Input, Item, Profile, ProfileChoice, Request};
use crate::protocol::{Answer, Field};
use crate::text::width;

/// The most bytes of a body that is sent again, and of which vectors without secrets each one is.
const MOST_BYTES: usize = 4_096;
const EACH: usize = 3;
/// Fewer items are not sent again: somebody looks at a few vectors.
const LEAST_ITEMS: usize = 64;

/// The vectors that are sent again, each with its twin.
pub struct Again<'c> {
    items: &'c [Item<'c>],
    /// For some of the items: the twin, and how it differs.
    twins: Vec<(usize, Input, &'static str)>,
}

/// A request of the first run, and the item that it is of; a twin is of none.
pub type Asked<'c> = (Option<usize>, Request<'c>);

impl<'c> Again<'c> {
    /// Chooses among the items, which a port claims.
    #[must_use]
    pub fn of(items: &'c [Item<'c>]) -> Self {
        let mut twins = Vec::new();
        let some = if items.len() < LEAST_ITEMS { &[] } else { items };
        for (index, item) in some.iter().enumerate() {
            let Item::Vector(vector) = item else { continue };
            let input = &vector.input;
            if input.body.size() > MOST_BYTES || (input.secrets.is_empty() && index % EACH != 0) {
                continue;
            }
            let mut twin = input.clone();
            let change = match twins.len() % 3 {
                _ if !input.secrets.is_empty() => {
                    twin.secrets.clear();
                    "without secrets"
                }
                0 => {
                    twin.status = if input.status == 400 { 503 } else { 400 };
                    "with another status"
                }
                _ => {
                    let text = |text: &str| text.to_owned();
                    twin.profile = ProfileChoice::Inline(Profile {
                        product: text("Twin"),
                        other_clients: text("a twin"),
                        sign_in: text("Ask the twin."),
                        fallback_code: text("twin_failed"),
                    });
                    "with another profile"
                }
            };
            twins.push((index, twin, change));
        }
        Self { items, twins }
    }

    /// Returns the requests of the first run: all of the items, with the twins among them.
    #[must_use]
    pub fn first(&self) -> Vec<Asked<'_>> {
        let mut asked = Vec::new();
        let mut twins = self.twins.iter().peekable();
        for (index, item) in self.items.iter().enumerate() {
            asked.extend(item.requests().map(|request| (Some(index), request)));
            asked.extend(twins.next_if(|(of, ..)| *of == index).map(|twin| (None, self.twin(twin))));
        }
        asked
    }

    /// Returns the places in [`first`](Self::first) of the requests of the second run, in their order.
    #[must_use]
    pub fn second(&self, first: &[Asked<'_>]) -> Vec<usize> {
        let is_twin = |place: &usize| first[*place].0.is_none();
        (0..first.len()).rev().filter(is_twin).flat_map(|place| [place, place - 1]).collect()
    }

    fn twin<'s>(&'s self, (index, input, change): &'s (usize, Input, &'static str)) -> Request<'s> {
        Request { id: self.items[*index].id(), member: Some(change), input, expect: None }
    }
}

/// The parts of an answer that are compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    hash: u64,
    /// The names and the values of its fields, bounded.
    fields: Vec<(&'static str, String)>,
}

impl Seen {
    /// Returns the fields of an answer that a port declares.
    #[must_use]
    pub fn of(answer: &Answer, fields: &[Field]) -> Self {
        let verdict = match answer {
            Answer::Verdict(Some(verdict)) => verdict,
            Answer::Verdict(None) => return Self::whole("null (not a failure)"),
            Answer::Skip(_) => return Self::whole("a skip"),
            Answer::Error(_) => return Self::whole("an error"),
        };
        let mut hasher = DefaultHasher::new();
        let mut kept = Vec::new();
        for field in fields {
            let value = verdict.get(field.as_str()).map_or_else(|| "nothing".to_owned(), ToString::to_string);
            value.hash(&mut hasher);
            kept.push((field.as_str(), bounded(&value, width::NAME)));
        }
        Self { hash: hasher.finish(), fields: kept }
    }

    /// Returns what a port did instead of answering; the end of a sentence that begins with "it".
    #[must_use]
    pub fn nothing(what: &str) -> Self {
        Self::whole(&format!("nothing, as it {what}"))
    }

    fn whole(text: &str) -> Self {
        let mut hasher = DefaultHasher::new();
        text.hash(&mut hasher);
        Self { hash: hasher.finish(), fields: vec![("answer", bounded(text, width::LINE))] }
    }

    fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(own, _)| *own == name).map(|(_, value)| value.as_str())
    }

    /// Returns the result of a request whose answer was `self` after the request `before`, and `again` after
    /// `before_again`; `None` if the answers are equal.
    #[must_use]
    pub fn changed(&self, name: &str, before: &str, again: &Self, before_again: &str) -> Option<Judged> {
        if self.hash == again.hash {
            return None;
        }
        let action = |seen: &Self| seen.field("action").map(str::to_owned);
        let asks = |seen: &Self| action(seen).as_deref() == Some("\"relogin\"");
        let harm = match (asks(self), asks(again)) {
            (one, other) if one != other => Harm::SignsOutALiveUser,
            _ if action(self) != action(again) => Harm::WrongCure,
            _ => Harm::TextDiffers,
        };
        let changed: Vec<String> = if self.fields.len() == again.fields.len() && self.field("answer").is_none() {
            let pairs = self.fields.iter().zip(&again.fields).filter(|(one, other)| one != other);
            pairs.map(|((name, one), (_, other))| format!("{name} {one}, then {other}")).collect()
        } else {
            let all =
                |seen: &Self| seen.fields.iter().map(|(_, value)| value.as_str()).collect::<Vec<&str>>().join(" ");
            vec![format!("{}, then {}", all(self), all(again))]
        };
        let note = format!(
            "changed its answer to {name}, which was sent after {before} and again after {before_again}: {}",
            changed.join("; ")
        );
        Some(Judged { harm: Some(harm), note: Some(note), ..judged(Outcome::Changed) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::Corpus;

    #[test]
    fn the_second_run_is_the_reverse_of_some_of_the_first() {
        let items: Vec<Item<'_>> = Corpus::embedded().items().collect();
        let again = Again::of(&items);
        let first = again.first();
        let second = again.second(&first);
        assert!(second.len() > 1_000 && second.len().is_multiple_of(2));
        for pair in second.chunks(2) {
            let [twin, own] = [pair[0], pair[1]].map(|place| first[place].1);
            assert!(twin.member.is_some() && own.member.is_none() && twin.id == own.id);
            assert!(pair[0] == pair[1] + 1, "a twin directly follows its vector, and precedes it the second time");
        }
        assert!(second.windows(3).step_by(2).all(|some| some[2] < some[0]));
        assert_eq!(
            first.iter().filter(|(item, _)| item.is_some()).count(),
            items.iter().map(|item| item.count()).sum::<usize>()
        );
    }

    #[test]
    fn a_change_names_both_requests() {
        let verdict = |action: &str| {
            let verdict = serde_json::json!({"code": "c", "action": action});
            Seen::of(&Answer::Verdict(verdict.as_object().cloned()), &[Field::Code, Field::Action])
        };
        assert_eq!(verdict("retry").changed("a", "b", &verdict("retry"), "c"), None);
        let changed = verdict("retry").changed("a", "b", &verdict("relogin"), "c").expect("it changed");
        assert_eq!((changed.outcome, changed.harm), (Outcome::Changed, Some(Harm::SignsOutALiveUser)));
        let note =
            "changed its answer to a, which was sent after b and again after c: action \"retry\", then \"relogin\"";
        assert_eq!(changed.note.as_deref(), Some(note));
        let null = Seen::of(&Answer::Verdict(None), &[Field::Code]);
        let changed = null.changed("a", "b", &Seen::nothing("was killed"), "c").expect("it changed");
        assert!(
            changed.note.is_some_and(|note| note.ends_with("null (not a failure), then nothing, as it was killed"))
        );
    }
}
