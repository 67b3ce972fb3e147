//! SPEC.md section 5: the action.

use super::text::Text;
use super::words::{row_of, trim};
use crate::corpus::CodeRow;

/// What decides about the action, before R36.
pub(super) enum Step<'r> {
    /// Step 1, R31.
    Status,
    /// Step 2, R32; the code has a row, or none.
    Code(Option<&'static CodeRow>),
    /// Step 3, R33.
    TextIsCode(Found<'r>),
    /// Step 4, R34.
    TextHoldsCode(Found<'r>),
    /// Step 5, R35.
    Nothing,
}

/// A code in a text.
pub(super) struct Found<'r> {
    pub(super) text: Text<'r>,
    /// The code as the text spells it.
    pub(super) spelled: String,
    pub(super) row: &'static CodeRow,
}

impl<'r> Step<'r> {
    /// R31 to R35.
    pub(super) fn of(status: u16, code: Option<&str>, texts: &[Text<'r>]) -> Self {
        let first = |code_in: fn(&str) -> Option<String>| {
            texts.iter().find_map(|text| {
                let spelled = code_in(text.text)?;
                let row = row_of(&spelled).filter(|row| row.in_text)?;
                Some(Found { text: *text, spelled, row })
            })
        };
        if [408, 425, 429].contains(&status) || status >= 500 {
            Self::Status
        } else if let Some(code) = code {
            Self::Code(row_of(code))
        } else if let Some(found) = first(as_a_code) {
            Self::TextIsCode(found)
        } else if let Some(found) = first(word_in_the_registry) {
            Self::TextHoldsCode(found)
        } else {
            Self::Nothing
        }
    }

    /// The row that decides.
    pub(super) fn row(&self) -> Option<&'static CodeRow> {
        match self {
            Self::Code(row) => *row,
            Self::TextIsCode(found) | Self::TextHoldsCode(found) => Some(found.row),
            Self::Status | Self::Nothing => None,
        }
    }

    /// The action, before R36.
    pub(super) fn action(&self) -> &'static str {
        match self {
            Self::Status => "retry",
            _ => self.row().map_or("unknown", |row| &row.action),
        }
    }
}

/// R36: whether an action at this status is replaced by `unknown`.
pub(super) fn is_overruled(action: &str, status: u16) -> bool {
    action == "relogin" && !((200..=299).contains(&status) || [400, 401, 403].contains(&status))
}

/// R33: the text in the spelling in which it may be a code.
fn as_a_code(text: &str) -> Option<String> {
    let text = trim(text);
    let text = text.strip_suffix('.').unwrap_or(text);
    let mut code = String::new();
    let mut in_run = false;
    for c in text.chars() {
        let is_of_run = c == ' ' || c == '-';
        if !is_of_run {
            code.push(c);
        } else if !in_run {
            code.push('_');
        }
        in_run = is_of_run;
    }
    Some(code)
}

/// R34: the first word of a text if it is an `in_text` code, or else the last word if that is one.
fn word_in_the_registry(text: &str) -> Option<String> {
    let is_separator = |c: char| !(c.is_ascii_alphanumeric() || c == '_');
    let words: Vec<&str> = text.split(is_separator).filter(|word| !word.is_empty()).collect();
    let is_code = |word: &&&str| word.contains('_') && row_of(word).is_some_and(|row| row.in_text);
    [words.first(), words.last()].into_iter().flatten().find(is_code).map(ToString::to_string)
}
