//! How a command ends.

use std::io::{self, Write};

use relogin_conformance::Error;
use relogin_conformance::text::{safe, width};

/// The exit status of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    Good = 0,
    NotConforming = 1,
    Broken = 2,
    PortNotRun = 3,
    /// The action of `explain --exit-code`; [`Self::Good`] is for no failure.
    Relogin = 10,
    Retry = 11,
    FixClient = 12,
    Unknown = 13,
    /// Interrupted, with a report of the results until then.
    Interrupted = 130,
}

/// Why a command failed.
#[derive(Debug)]
pub(crate) enum CliError {
    /// Standard output cannot be written to.
    Output(io::Error),
    /// Anything else; exit status 2.
    Error(Error),
}

impl From<io::Error> for CliError {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

impl From<Error> for CliError {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

impl Exit {
    /// Returns the variant for an exit status in results.
    pub(super) fn of(status: u8) -> Self {
        [Self::Good, Self::NotConforming, Self::Broken, Self::PortNotRun]
            .into_iter()
            .find(|exit| *exit as u8 == status)
            .unwrap_or(Self::Broken)
    }
}

/// Prints a message to standard error, in one line.
pub(crate) fn eprint_line(message: &str) {
    // If standard error cannot be written to, the exit status must do.
    let _ = writeln!(anstream::stderr(), "{}", safe(message, width::MESSAGE));
}
