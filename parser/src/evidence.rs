//! Why a verdict is what it is. Plain data.

use std::fmt;

use crate::action::{Code, Exception};

/// Why a verdict is what it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Evidence {
    /// The step that decided.
    pub step: Step,
    /// The place of the code or text that decided, for steps 2 to 4.
    pub place: Option<Place>,
    /// The row of the registry that decided, for steps 2 to 4; `None` for a code that is not registered. If its
    /// action is `relogin` and the verdict's is `unknown`, the status does not speak about a grant (R36).
    pub row: Option<&'static Code>,
    /// The exception of that row that decided instead of it (R53).
    pub exception: Option<&'static Exception>,
    /// The name of the header that decided (R52).
    pub header: Option<&'static str>,
    /// How the body was read, or why it was not. A body that was not parsed has no code and no text.
    pub body: BodyKind,
}

impl Evidence {
    /// Returns the tag of the rule that decided: [`Step::rule`], or `R53` for an exception.
    #[must_use]
    pub const fn rule(&self) -> &'static str {
        if self.exception.is_some() { "R53" } else { self.step.rule() }
    }
}

/// How a body was read, or why it was not parsed (R6 to R17). `Display` writes it in a few words.
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
    /// JSON (R9).
    Json,
    /// A form (R15).
    Form,
    /// A bare text: it is a code and nothing else (R51).
    BareText,
    /// Not parsed: more than 1,048,576 bytes (R6).
    TooLarge,
    /// Not parsed: it begins with `{` or `[` and is not JSON by RFC 8259 (R10).
    NotJson,
    /// Not parsed: an array or object is deeper than 64 levels (R14). A body that is both too deep and not JSON is
    /// reported as one of the two.
    TooDeep,
    /// Not parsed: it does not begin with `{` or `[`, and the content type is not that of a form (R17).
    Neither,
}

impl BodyKind {
    /// Returns whether the body was parsed. Only a parsed body can end a sign-in.
    ///
    /// ```
    /// assert!(relogin::BodyKind::Form.is_parsed());
    /// assert!(!relogin::BodyKind::TooDeep.is_parsed());
    /// ```
    #[must_use]
    pub const fn is_parsed(self) -> bool {
        matches!(self, Self::Json | Self::Form | Self::BareText)
    }

    /// Returns the tag of the rule, such as `R10` for [`Self::NotJson`].
    #[must_use]
    pub const fn rule(self) -> &'static str {
        self.rule_and_words().0
    }

    const fn rule_and_words(self) -> (&'static str, &'static str) {
        match self {
            Self::Json => ("R9", "JSON"),
            Self::Form => ("R15", "a form"),
            Self::BareText => ("R51", "a bare text"),
            Self::TooLarge => ("R6", "more than 1,048,576 bytes"),
            Self::NotJson => ("R10", "not JSON"),
            Self::TooDeep => ("R14", "more than 64 levels deep"),
            Self::Neither => ("R17", "neither JSON nor a form"),
        }
    }
}

impl fmt::Display for BodyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.rule_and_words().1)
    }
}

/// A step of section 5 of the specification.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Step {
    /// Step 1: the status says that the server is broken (R31).
    Status,
    /// Step 1: a header says that something in front of the server has answered (R52).
    Header,
    /// Step 2: there is a code (R32, R53).
    Code,
    /// Step 3: a text is a code (R33).
    Text,
    /// Step 4: a text begins or ends with a code (R34).
    Word,
    /// Step 5: there is no code, and the status says that the request is wrong (R54).
    StatusWithoutCode,
    /// Step 6: nothing decides (R35).
    Nothing,
}

impl Step {
    /// Returns the number of the step, from 1 to 6.
    #[must_use]
    pub const fn number(self) -> u8 {
        self.number_and_rule().0
    }

    /// Returns the tag of the step's rule, such as `R32` for [`Self::Code`].
    #[must_use]
    pub const fn rule(self) -> &'static str {
        self.number_and_rule().1
    }

    const fn number_and_rule(self) -> (u8, &'static str) {
        match self {
            Self::Status => (1, "R31"),
            Self::Header => (1, "R52"),
            Self::Code => (2, "R32"),
            Self::Text => (3, "R33"),
            Self::Word => (4, "R34"),
            Self::StatusWithoutCode => (5, "R54"),
            Self::Nothing => (6, "R35"),
        }
    }
}

/// Where in a body a code or a text stands (R18 to R29).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Place {
    /// The object that holds it.
    pub object: Object,
    /// The key in that object; empty when there is none.
    pub key: &'static str,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.object {
            Object::ErrorObject => write!(f, "`{}` of the error object", self.key),
            Object::TopLevel => write!(f, "`{}` of the top level", self.key),
            Object::Errors => f.write_str("a string in `errors`"),
            Object::Body => f.write_str("the body"),
        }
    }
}

/// The part of a body in which a place stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Object {
    /// The error object (R18).
    ErrorObject,
    /// The top level (R19).
    TopLevel,
    /// The array `errors` of the top level (R29).
    Errors,
    /// The body itself, which is a bare text (R51). It has no key.
    Body,
}
