//! The action (R31 to R36), and the evidence for it.

use std::fmt;

use crate::code::{self, Code};
use crate::document::{Document, FoundCode};
use crate::tables::{self, CODES};

/// What to do about a failed refresh.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Action {
    /// The user must sign in again.
    Relogin,
    /// The same request may succeed later.
    Retry,
    /// The client's registration or request is at fault.
    FixClient,
    /// The response does not tell.
    Unknown,
}

impl Action {
    /// The name of the action in verdicts: `relogin`, `retry`, `fix_client` or `unknown`.
    ///
    /// ```
    /// assert_eq!(relogin::Action::FixClient.as_str(), "fix_client");
    /// ```
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Relogin => "relogin",
            Self::Retry => "retry",
            Self::FixClient => "fix_client",
            Self::Unknown => "unknown",
        }
    }

    /// What the action means, in one sentence (`corpus/actions.json`).
    ///
    /// ```
    /// assert_eq!(relogin::Action::Unknown.meaning(), "The answer does not tell.");
    /// ```
    #[must_use]
    pub const fn meaning(self) -> &'static str {
        tables::action(self).0
    }

    /// The next step for the user, in one sentence that promises nothing the response does not say (`corpus/actions.json`).
    ///
    /// ```
    /// assert_eq!(relogin::Action::Relogin.next_step(), "Sign in again.");
    /// ```
    #[must_use]
    pub const fn next_step(self) -> &'static str {
        tables::action(self).1
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Why a verdict is what it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Evidence {
    /// The step that decided.
    pub step: Step,
    /// The place of the code or text that decided, for steps 2 to 4.
    pub place: Option<Place>,
    /// The row of the registry that decided, for steps 2 to 4; none for a code that is not registered. Its action is `relogin` and the
    /// verdict's is `unknown` when the status does not speak about a grant (R36).
    pub row: Option<&'static Code>,
    /// How the body was read, or why it was not parsed. What is not parsed has no code and no text, so only steps 1 and 5 decide.
    pub body: BodyKind,
}

/// How a body was read, or why it was not parsed (R6 to R17). Its `Display` says so in a few words.
///
/// ```
/// use relogin::{BodyKind, Response, classify};
///
/// let failure = classify(&Response::new(401, None, br#"{"error": "invalid_grant",}"#)).unwrap_err();
/// assert_eq!(failure.evidence().body, BodyKind::NotJson);
/// assert_eq!(failure.evidence().body.to_string(), "not JSON");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum BodyKind {
    /// It is JSON (R9).
    Json,
    /// It is a form (R15).
    Form,
    /// Not parsed: it has more than 1,048,576 bytes (R6).
    TooLarge,
    /// Not parsed: it begins with `{` or `[` and is not JSON by RFC 8259 (R10).
    NotJson,
    /// Not parsed: an array or object stands deeper than 64 levels (R14). Where more is wrong with a body, this or [`Self::NotJson`] is told.
    TooDeep,
    /// Not parsed: it does not begin with `{` or `[`, and the content type names no form (R17).
    Neither,
}

impl BodyKind {
    /// Whether the body was parsed. Only a parsed body can end a sign-in.
    ///
    /// ```
    /// assert!(relogin::BodyKind::Form.is_parsed());
    /// assert!(!relogin::BodyKind::TooDeep.is_parsed());
    /// ```
    #[must_use]
    pub const fn is_parsed(self) -> bool {
        matches!(self, Self::Json | Self::Form)
    }

    /// The tag of the rule that says so.
    ///
    /// ```
    /// assert_eq!(relogin::BodyKind::NotJson.rule(), "R10");
    /// ```
    #[must_use]
    pub const fn rule(self) -> &'static str {
        match self {
            Self::Json => "R9",
            Self::Form => "R15",
            Self::TooLarge => "R6",
            Self::NotJson => "R10",
            Self::TooDeep => "R14",
            Self::Neither => "R17",
        }
    }
}

impl fmt::Display for BodyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Json => "JSON",
            Self::Form => "a form",
            Self::TooLarge => "more than 1,048,576 bytes",
            Self::NotJson => "not JSON",
            Self::TooDeep => "more than 64 levels deep",
            Self::Neither => "neither JSON nor a form",
        })
    }
}

/// A step of section 5 of the specification.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Step {
    /// Step 1: the status says that the server is broken (R31).
    Status,
    /// Step 2: there is a code (R32).
    Code,
    /// Step 3: a text is a code (R33).
    Text,
    /// Step 4: a text begins or ends with a code (R34).
    Word,
    /// Step 5: nothing decides (R35).
    Nothing,
}

impl Step {
    /// The number of the step, from 1 to 5.
    ///
    /// ```
    /// assert_eq!(relogin::Step::Code.number(), 2);
    /// ```
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::Status => 1,
            Self::Code => 2,
            Self::Text => 3,
            Self::Word => 4,
            Self::Nothing => 5,
        }
    }

    /// The tag of the step's rule.
    ///
    /// ```
    /// assert_eq!(relogin::Step::Code.rule(), "R32");
    /// ```
    #[must_use]
    pub const fn rule(self) -> &'static str {
        match self {
            Self::Status => "R31",
            Self::Code => "R32",
            Self::Text => "R33",
            Self::Word => "R34",
            Self::Nothing => "R35",
        }
    }
}

/// Where in a body a code or a text stands (R18 to R29).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Place {
    /// The object that holds it.
    pub object: Object,
    /// The key in that object.
    pub key: &'static str,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.object {
            Object::ErrorObject => write!(f, "`{}` of the error object", self.key),
            Object::TopLevel => write!(f, "`{}` of the top level", self.key),
            Object::Errors => f.write_str("a string in `errors`"),
        }
    }
}

/// One of the objects that are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Object {
    /// The error object (R18).
    ErrorObject,
    /// The top level (R19).
    TopLevel,
    /// The array `errors` of the top level (R29).
    Errors,
}

/// Asks the steps that need no document, in order.
pub(crate) fn decide_without_document(status: u16, body: BodyKind) -> (Action, Evidence) {
    let (step, action) = if is_broken(status) { (Step::Status, Action::Retry) } else { (Step::Nothing, Action::Unknown) };
    (action, Evidence { step, place: None, row: None, body })
}

/// Asks the steps in order.
#[inline]
pub(crate) fn decide<'t>(status: u16, code: Option<&FoundCode<'t>>, document: &Document<'t>, secrets: &[&str]) -> (Action, Evidence) {
    if is_broken(status) {
        return decide_without_document(status, document.body());
    }
    let evidence = |step, place, row| Evidence { step, place, row, body: document.body() };
    let evidence = if let Some(code) = code {
        evidence(Step::Code, Some(code.place), code.row)
    } else if let Some((place, row)) = find(document, secrets, text_is_code) {
        evidence(Step::Text, Some(place), Some(row))
    } else if let Some((place, row)) = find(document, secrets, text_has_code_at_an_end) {
        evidence(Step::Word, Some(place), Some(row))
    } else {
        return decide_without_document(status, document.body());
    };
    let action = match evidence.row.map_or(Action::Unknown, |row| row.action) {
        Action::Relogin if !speaks_about_a_grant(status) => Action::Unknown,
        action => action,
    };
    (action, evidence)
}

/// R31.
fn is_broken(status: u16) -> bool {
    matches!(status, 408 | 425 | 429 | 500..)
}

/// R36.
fn speaks_about_a_grant(status: u16) -> bool {
    matches!(status, 200..=299 | 400 | 401 | 403)
}

/// The first text in which `look` finds a row.
#[inline(never)] // few bodies come to this, and the others save no registers for it
fn find(document: &Document<'_>, secrets: &[&str], look: fn(&str) -> Option<&'static Code>) -> Option<(Place, &'static Code)> {
    document.find_text(secrets, |place, text| Some((place, look(code::trim(document.str(text)))?)))
}

/// R33: "Invalid grant.", "TOKEN_EXPIRED".
fn text_is_code(text: &str) -> Option<&'static Code> {
    let text = text.strip_suffix('.').unwrap_or(text);
    let mut in_run = false;
    let joined = text.bytes().filter_map(move |byte| {
        let was_in_run = std::mem::replace(&mut in_run, matches!(byte, b' ' | b'-'));
        match byte {
            b' ' | b'-' => (!was_in_run).then_some(b'_'),
            byte => Some(byte.to_ascii_lowercase()),
        }
    });
    in_text_rows().find(|row| joined.clone().eq(row.code.bytes().map(|byte| byte.to_ascii_lowercase())))
}

/// R34: "failed to refresh token: `invalid_grant`".
fn text_has_code_at_an_end(text: &str) -> Option<&'static Code> {
    let mut words = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).filter(|word| !word.is_empty());
    let first = words.next();
    [first, words.next_back()]
        .into_iter()
        .flatten()
        .filter(|word| word.contains('_'))
        .find_map(|word| in_text_rows().find(|row| row.code.eq_ignore_ascii_case(word)))
}

fn in_text_rows() -> impl Iterator<Item = &'static Code> {
    CODES.iter().filter(|row| row.in_text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_that_are_codes() {
        let code = |text| text_is_code(text).map(|row| row.code);
        assert_eq!(code("Invalid grant."), Some("invalid_grant"));
        assert_eq!(code("invalid  - grant"), Some("invalid_grant"));
        assert_eq!(code("TOKEN_EXPIRED"), Some("token_expired"));
        assert_eq!(code("Invalid grant.."), None);
        assert_eq!(code("invalid_-grant"), None);
        assert_eq!(code("Access denied."), None);
    }

    #[test]
    fn texts_with_a_code_at_an_end() {
        let code = |text| text_has_code_at_an_end(text).map(|row| row.code);
        assert_eq!(code("failed to refresh token: invalid_grant"), Some("invalid_grant"));
        assert_eq!(code("invalid_grant - refresh token expired"), Some("invalid_grant"));
        assert_eq!(code("the invalid_grant error"), None);
        assert_eq!(code("server_error"), None);
        assert_eq!(code("..."), None);
    }
}
