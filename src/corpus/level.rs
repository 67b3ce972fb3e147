//! The levels of the specification.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::error::Error;

/// A level of the specification. Levels are cumulative and ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Nested, flat and garbage bodies; the core places; registered codes; the messages.
    Core,
    /// The other places, form bodies, and codes found in texts.
    Dialects,
    /// Bytes, limits and cleaning, to the letter.
    Hardening,
}

impl Level {
    /// All levels, from the lowest.
    pub const ALL: [Self; 3] = [Self::Core, Self::Dialects, Self::Hardening];

    /// Returns the name of the level, as in ids of vectors.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Core => "core",
            Self::Dialects => "dialects",
            Self::Hardening => "hardening",
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Level {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        let level = Self::ALL.into_iter().find(|level| level.as_str() == name);
        level.ok_or_else(|| {
            Error::new(format!("there is no level `{name}`; the levels are core, dialects and hardening"))
        })
    }
}
