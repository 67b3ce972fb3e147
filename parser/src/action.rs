//! Actions, and the rows that say which one. Plain data: this file imports none of the others.

use std::error::Error;
use std::fmt;
use std::str::FromStr;

/// The cure of a failed refresh (SPEC.md, section 5).
///
/// ```
/// use relogin::Action;
///
/// assert_eq!(Action::FixClient.to_string(), "fix_client");
/// assert_eq!("fix_client".parse(), Ok(Action::FixClient));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Action {
    /// The user must sign in again.
    Relogin,
    /// The same request may succeed later.
    Retry,
    /// The client's registration or request is wrong.
    FixClient,
    /// The response does not say.
    Unknown,
}

impl Action {
    /// Returns the name of the action in verdicts: `relogin`, `retry`, `fix_client` or `unknown`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Relogin => "relogin",
            Self::Retry => "retry",
            Self::FixClient => "fix_client",
            Self::Unknown => "unknown",
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Action {
    type Err = ParseActionError;

    /// Reads the name of an action, as [`Action::as_str`] writes it.
    fn from_str(name: &str) -> Result<Self, ParseActionError> {
        let actions = [Self::Relogin, Self::Retry, Self::FixClient, Self::Unknown];
        actions.into_iter().find(|action| action.as_str() == name).ok_or(ParseActionError(()))
    }
}

/// The error of `str::parse` for a string that is not the name of an [`Action`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseActionError(());

impl fmt::Display for ParseActionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("expected `relogin`, `retry`, `fix_client` or `unknown`")
    }
}

impl Error for ParseActionError {}

/// A row of the registry, `corpus/codes.json`: a known code and its action.
///
/// ```
/// let row = relogin::CODES.iter().find(|row| row.code == "invalid_grant").unwrap();
/// assert_eq!(row.action, relogin::Action::Relogin);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Code {
    /// The code. It is compared without ASCII case (R2).
    pub code: &'static str,
    /// The action for a response with this code.
    pub action: Action,
    /// Whether a text that is this code, or that begins or ends with it, decides (R33, R34).
    pub in_text: bool,
    /// Whether the code says that another client has used the refresh token (R45).
    pub reused: bool,
    /// The exceptions beside certain texts, in order (R53).
    pub exceptions: &'static [Exception],
    /// Its bit in the table of `exceptions.rs`; several codes may share one.
    pub(crate) group: u8,
}

/// A row of `corpus/exceptions.json`: what a code means beside a certain text (R53).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Exception {
    /// A part that one of the texts must hold, in lower case.
    pub phrase: &'static str,
    /// The action for a response with the code and such a text.
    pub action: Action,
    /// Whether the text says that another client has used the refresh token (R45).
    pub reused: bool,
    /// Where in the phrase its probe begins; see `exceptions.rs`.
    pub(crate) probe: usize,
}
