//! State: the same request has the same answer, whatever was sent before it.
//!
//! Some vectors are sent twice, each followed by a twin that differs in one thing: it has no secrets, another profile or
//! another status. The second time a new process gets them in the reverse order, so a port that remembers something of
//! the request before, or has stored an answer under too short a key, changes an answer.

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
        for (index, item) in items.iter().enumerate() {
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

/// An answer, as far as it is compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    hash: u64,
    action: Option<String>,
    shown: String,
}

impl Seen {
    /// Returns the fields of an answer that a port declares.
    #[must_use]
    pub fn of(answer: &Answer, fields: &[Field]) -> Self {
        let mut action = None;
        let shown = match answer {
            Answer::Verdict(None) => "null (not a failure)".to_owned(),
            Answer::Verdict(Some(verdict)) => {
                let declared = fields.iter().filter_map(|field| verdict.get_key_value(field.as_str()));
                action =
                    verdict.get("action").and_then(|action| action.as_str()).map(|action| bounded(action, width::NAME));
                serde_json::Value::Object(declared.map(|(name, value)| (name.clone(), value.clone())).collect())
                    .to_string()
            }
            Answer::Skip(_) => "a skip".to_owned(),
            Answer::Error(_) => "an error".to_owned(),
        };
        let mut hasher = DefaultHasher::new();
        shown.hash(&mut hasher);
        Self { hash: hasher.finish(), action, shown: bounded(&shown, width::TEXT) }
    }

    /// Returns what a port did instead of answering; the end of a sentence that begins with "it".
    #[must_use]
    pub fn nothing(what: &str) -> Self {
        Self { hash: 0, action: None, shown: format!("nothing, as it {what}") }
    }

    /// Returns the result of a request whose answer was `self` after the request `before`, and `again` after `before_again`;
    /// `None` if they are equal.
    #[must_use]
    pub fn changed(&self, name: &str, before: &str, again: &Self, before_again: &str) -> Option<Judged> {
        if self.hash == again.hash {
            return None;
        }
        let asks = |seen: &Self| seen.action.as_deref() == Some("relogin");
        let harm = match (asks(self), asks(again)) {
            (one, other) if one != other => Harm::SignsOutALiveUser,
            _ if self.action != again.action => Harm::WrongCure,
            _ => Harm::TextDiffers,
        };
        let (first, second) = (&self.shown, &again.shown);
        let note = format!(
            "changed its answer to one request: it answered {name} with {second} after {before_again}, and had answered \
             with {first} after {before}"
        );
        Some(Judged { harm: Some(harm), note: Some(note), ..judged(Outcome::Changed) })
    }
}
