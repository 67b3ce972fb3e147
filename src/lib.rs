//! The harness around the relogin specification: it reads the corpus of vectors, runs ports, and judges what they answer.
//!
//! - [`vectors`] reads the corpus, [`spec`] the tags of SPEC.md, and [`lint`] holds the one to the other.
//! - [`protocol`] has the messages of SPEC.md appendix A, [`port`] runs a program that speaks them (in a [`process`] that is never left behind), and [`reference`](mod@reference) is the reference
//!   parser behind the same messages.
//! - [`check`] judges answers and names the harm of each wrong one; `baseline` remembers what is known to fail.
//! - [`results`] is what a run has found, as one stream; each of the reports in `report` is a function of it.
//! - [`oracle`] is SPEC.md as slow, obvious code, and tells which rules had a say.
//! - [`generate`] draws responses that nobody wrote, and `hunt` looks among them for those on which a port and the reference differ.
//! - [`proposal`] makes a vector of what was found.
//! - [`bundled`] are the ports of the source tree.
//! - [`text`] is what every string that is not ours passes before it is printed.
//! - [`properties`] is what must be true of every verdict, line and file, for proptest and the fuzz targets, and [`fuzzing`] lists the latter.
//!
//! The command line is in the binary `relogin`.

use std::fmt;

#[cfg(feature = "cli")]
pub mod baseline;
pub mod bundled;
pub mod check;
pub mod field;
pub mod fuzzing;
pub mod generate;
#[cfg(feature = "cli")]
pub mod hunt;
pub mod lint;
pub mod oracle;
pub mod port;
pub mod process;
pub mod properties;
pub mod proposal;
pub mod protocol;
pub mod reference;
#[cfg(feature = "cli")]
pub mod report;
pub mod results;
pub mod spec;
pub mod text;
pub mod vectors;

/// What went wrong: one sentence that says where, and what to do about it.
///
/// It may hold strings of files and ports: print it through [`text::safe`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error(String);

impl Error {
    /// An error with this message.
    #[must_use]
    pub fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Error {}
