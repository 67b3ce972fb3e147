//! The numbers of one client.

use super::cell::{Cell, Finding};
use super::report::{ClientReport, Report};
use crate::check::VectorInfo;

/// The numbers of one client over all vectors.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Tally {
    /// Responses that the client was asked about.
    pub asked: usize,
    /// How often each of [`Finding::ALL`] occurs.
    pub findings: [usize; Finding::ALL.len()],
    /// The fewest and the most requests for one refresh without `Retry-After`.
    pub requests: Option<(u64, u64)>,
    /// The same with `Retry-After`.
    pub requests_retry_after: Option<(u64, u64)>,
    /// The longest that the client waited, in seconds, without and with `Retry-After`.
    pub waited: [f64; 2],
}

/// The fate of a user: what one response does to them through the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// The user must sign in again, and the program cannot know it.
    Stuck,
    /// A program that acts on the code ends a sign-in that may be alive.
    Wiped,
    /// An error that passes for success or a crash, without being stuck.
    Misled,
    /// The code is lost, and the user need not sign in.
    CodeLost,
    /// The program learns what the server said.
    Informed,
    /// The response was not asked about.
    NotAsked,
}

/// How many cells of a family have each of [`Fate::ALL`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Fates([usize; Fate::ALL.len()]);

impl Tally {
    /// Counts the cells of a client.
    #[must_use]
    pub fn of(client: &ClientReport, report: &Report) -> Self {
        let mut tally = Self::default();
        for (vector, cell) in report.vectors.iter().zip(&client.cells) {
            tally.asked += usize::from(!cell.has(Finding::NotAsked));
            for (count, finding) in tally.findings.iter_mut().zip(Finding::ALL) {
                *count += usize::from(cell.has(finding));
            }
            let asks_to_wait = asks_to_wait(vector);
            let requests = if asks_to_wait { &mut tally.requests_retry_after } else { &mut tally.requests };
            if let Some(sent) = cell.requests.filter(|sent| *sent > 0) {
                let (least, most) = requests.unwrap_or((sent, sent));
                *requests = Some((least.min(sent), most.max(sent)));
            }
            let longest = &mut tally.waited[usize::from(asks_to_wait)];
            *longest = longest.max(cell.waited.unwrap_or_default());
        }
        tally
    }

    /// Returns how often something hurts in this way.
    #[must_use]
    pub fn count(&self, finding: Finding) -> usize {
        self.findings[finding as usize]
    }
}

/// Returns whether the server says how long to wait, in a way that the specification reads (R58).
fn asks_to_wait(vector: &VectorInfo) -> bool {
    vector.expect.as_ref().is_some_and(|expect| expect.retry_after.is_some())
}

impl Fate {
    /// All fates, in the order of a list.
    pub(super) const ALL: [Self; 6] =
        [Self::Stuck, Self::Wiped, Self::Misled, Self::CodeLost, Self::Informed, Self::NotAsked];

    /// Returns the fate of the user in a cell.
    pub(super) fn of(vector: &VectorInfo, cell: &Cell) -> Self {
        let must_sign_in = vector.expect.as_ref().is_some_and(|expect| expect.relogin_required);
        let is_misled = cell.has(Finding::ErrorTakenForSuccess) || cell.has(Finding::Crash);
        match () {
            () if cell.has(Finding::NotAsked) => Self::NotAsked,
            () if must_sign_in && (is_misled || cell.has(Finding::CodeLost)) => Self::Stuck,
            () if cell.has(Finding::SignsOut) => Self::Wiped,
            () if is_misled || cell.has(Finding::SuccessTakenForError) => Self::Misled,
            () if cell.has(Finding::CodeLost) => Self::CodeLost,
            () => Self::Informed,
        }
    }

    /// Returns its name in reports.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Stuck => "stuck",
            Self::Wiped => "wiped",
            Self::Misled => "misled",
            Self::CodeLost => "code lost",
            Self::Informed => "informed",
            Self::NotAsked => "not asked",
        }
    }
}

impl Fates {
    /// Counts the cells of some vectors.
    pub(super) fn of<'r>(cells: impl Iterator<Item = (&'r VectorInfo, &'r Cell)>) -> Self {
        let mut fates = Self::default();
        cells.for_each(|(vector, cell)| fates.0[Fate::of(vector, cell) as usize] += 1);
        fates
    }

    /// Returns how many cells have a fate.
    pub(super) fn count(self, fate: Fate) -> usize {
        self.0[fate as usize]
    }

    /// Returns how many responses were asked about.
    pub(super) fn asked(self) -> usize {
        self.0.iter().sum::<usize>() - self.count(Fate::NotAsked)
    }
}
