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

/// What happens to a user in the cells of a family.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Fates {
    /// The user must sign in again, and the program cannot know it.
    pub(super) stuck: usize,
    /// A program that acts on the code ends a sign-in that may be alive.
    pub(super) wiped: usize,
    /// An error that passes for success or a crash, without being stuck.
    pub(super) misled: usize,
    /// The code is lost, and the user need not sign in.
    pub(super) vague: usize,
    /// The client says what the server said.
    pub(super) told: usize,
    /// The response was not asked about.
    pub(super) not_asked: usize,
}

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

impl Fates {
    /// Counts the cells of some vectors.
    pub(super) fn of<'r>(cells: impl Iterator<Item = (&'r VectorInfo, &'r Cell)>) -> Self {
        let mut fates = Self::default();
        for (vector, cell) in cells {
            let must_sign_in = vector.expect.as_ref().is_some_and(|expect| expect.relogin_required);
            let is_misled = cell.has(Finding::ErrorTakenForSuccess) || cell.has(Finding::Crash);
            *match () {
                () if cell.has(Finding::NotAsked) => &mut fates.not_asked,
                () if must_sign_in && (is_misled || cell.has(Finding::CodeLost)) => &mut fates.stuck,
                () if cell.has(Finding::SignsOut) => &mut fates.wiped,
                () if is_misled || cell.has(Finding::SuccessTakenForError) => &mut fates.misled,
                () if cell.has(Finding::CodeLost) => &mut fates.vague,
                () => &mut fates.told,
            } += 1;
        }
        fates
    }

    /// Returns how many responses were asked about.
    pub(super) fn asked(self) -> usize {
        self.stuck + self.wiped + self.misled + self.vague + self.told
    }
}
