//! The formats of a report on a run.

use std::io::{self, Write};
use std::str::FromStr;

use anstream::StripStream;

use super::pieces::Shown;
use super::{github, html, human, junit};
use crate::check::Results;
use crate::error::Error;

/// A format of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// For a person at a terminal or in a log.
    Human,
    /// The results themselves, a JSON object a line, in ASCII; see `corpus/schema/results.schema.json`.
    Json,
    /// JUnit XML: a test suite for each implementation, a test case for each vector.
    Junit,
    /// Workflow commands of GitHub Actions: annotations that name the vector.
    Github,
    /// One self-contained page.
    Html,
}

impl Format {
    /// All formats.
    pub const ALL: [Self; 5] = [Self::Human, Self::Json, Self::Junit, Self::Github, Self::Html];

    /// Returns its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Human => "human",
            Self::Json => "json",
            Self::Junit => "junit",
            Self::Github => "github",
            Self::Html => "html",
        }
    }

    /// Writes the report. `Human` has colours if `out` passes them on.
    ///
    /// ```
    /// use relogin_conformance::check::{Header, Results, STREAM};
    /// use relogin_conformance::report::{Format, Shown};
    /// let header =
    ///     Header { stream: STREAM, suite: "1".into(), level: None, filter: None, vectors: 0, notes: vec![] };
    /// let mut text = Vec::new();
    /// Format::Json.write(&Results::new(header, vec![], vec![]), &Shown::default(), &mut text)?;
    /// assert!(text.starts_with(br#"{"line":"header""#));
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// When `out` cannot be written to.
    pub fn write(self, results: &Results, shown: &Shown, out: &mut dyn Write) -> io::Result<()> {
        match self {
            Self::Human => human::write(results, shown, out),
            Self::Json => results.write(out),
            Self::Junit => junit::write(results, out),
            Self::Github => github::write(results, shown, out),
            Self::Html => html::write(results, shown, out),
        }?;
        out.flush()
    }

    /// Returns the report without colours.
    ///
    /// # Panics
    ///
    /// Never: memory can be written to.
    #[must_use]
    pub fn to_bytes(self, results: &Results, shown: &Shown) -> Vec<u8> {
        let mut bytes = StripStream::new(Vec::new());
        self.write(results, shown, &mut bytes).expect("memory can be written to");
        bytes.into_inner()
    }
}

impl FromStr for Format {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        let format = Self::ALL.into_iter().find(|format| format.as_str() == name);
        let names = || Self::ALL.map(Self::as_str).join(", ");
        format.ok_or_else(|| Error::new(format!("there is no format `{name}`; the formats are {}", names())))
    }
}
