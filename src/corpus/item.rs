//! The questions to a port: the vectors, the sweeps and the vectors about the protocol, in one list.

use super::level::Level;
use super::lines::LineVector;
use super::sweep::{Member, Sweep};
use super::vector::{Input, Vector, Verdict};

/// One entry of the list. Each has an id of its own, counts as one vector, and has one result.
#[derive(Clone, Copy, Debug)]
pub enum Item<'c> {
    /// One response.
    Vector(&'c Vector),
    /// One response with a part that runs over a domain.
    Sweep(&'c Sweep),
    /// Raw lines of the protocol.
    Lines(&'c LineVector),
}

/// One response that a port is asked about.
#[derive(Clone, Copy, Debug)]
pub struct Request<'c> {
    /// The id of the vector or the sweep.
    pub id: &'c str,
    /// The name of the member of a sweep.
    pub member: Option<&'c str>,
    /// The response, and what the caller knows.
    pub input: &'c Input,
    /// The verdict; `None` for "not a failure".
    pub expect: Option<&'c Verdict>,
}

impl<'c> Item<'c> {
    /// Returns the id.
    #[must_use]
    pub fn id(self) -> &'c str {
        match self {
            Self::Vector(vector) => &vector.id,
            Self::Sweep(sweep) => &sweep.id,
            Self::Lines(lines) => &lines.id,
        }
    }

    /// Returns the title.
    #[must_use]
    pub fn title(self) -> &'c str {
        match self {
            Self::Vector(vector) => &vector.title,
            Self::Sweep(sweep) => &sweep.title,
            Self::Lines(lines) => &lines.title,
        }
    }

    /// Returns the rules that decide. None has a part in the protocol.
    #[must_use]
    pub fn rules(self) -> &'c [String] {
        match self {
            Self::Vector(vector) => &vector.rules,
            Self::Sweep(sweep) => &sweep.rules,
            Self::Lines(_) => &[],
        }
    }

    /// Returns the level in the id, or `None` if the id does not begin with a level.
    ///
    /// ```
    /// use relogin_conformance::corpus::{Corpus, Level};
    /// let corpus = Corpus::embedded();
    /// assert!(corpus.items().all(|item| item.level().is_some()));
    /// ```
    #[must_use]
    pub fn level(self) -> Option<Level> {
        self.id().split('/').next()?.parse().ok()
    }

    /// Returns how many requests the item is: none for raw lines.
    #[must_use]
    pub fn count(self) -> usize {
        match self {
            Self::Vector(_) => 1,
            Self::Sweep(sweep) => sweep.members.len(),
            Self::Lines(_) => 0,
        }
    }

    /// Returns the requests, in order.
    ///
    /// ```
    /// use relogin_conformance::corpus::Corpus;
    /// let item = Corpus::embedded().items().next().unwrap();
    /// assert_eq!(item.requests().count(), item.count());
    /// ```
    pub fn requests(self) -> impl Iterator<Item = Request<'c>> {
        let vector = match self {
            Self::Vector(vector) => Some(Request::of(vector)),
            _ => None,
        };
        let sweep = match self {
            Self::Sweep(sweep) => Some(sweep),
            _ => None,
        };
        let members =
            sweep.into_iter().flat_map(|sweep| sweep.members.iter().map(|member| Request::of_member(sweep, member)));
        vector.into_iter().chain(members)
    }
}

impl<'c> Request<'c> {
    /// Returns the request of a vector.
    #[must_use]
    pub fn of(vector: &'c Vector) -> Self {
        Self { id: &vector.id, member: None, input: &vector.input, expect: vector.expect.as_ref() }
    }

    /// Returns the request of a member.
    #[must_use]
    pub fn of_member(sweep: &'c Sweep, member: &'c Member) -> Self {
        Self { id: &sweep.id, member: Some(&member.name), input: &member.input, expect: member.expect.as_ref() }
    }

    /// Returns the id, with `@` and the name of the member if there is one.
    #[must_use]
    pub fn name(&self) -> String {
        self.member.map_or_else(|| self.id.to_owned(), |member| format!("{}@{member}", self.id))
    }
}
