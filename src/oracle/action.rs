//! SPEC.md section 5: the action.

use relogin::Action;

use super::headers::{Headers, header_that_decides};
use super::text::Text;
use super::words::{row_of, text_as_code, word_as_code};
use crate::corpus::{CodeRow, Corpus, ExceptionRow, HeaderRow};

/// The parts that decide about the action, before R36.
pub(super) enum Step<'r> {
    /// Step 1, R31.
    Status,
    /// Step 1, R52.
    Header(#[expect(dead_code, reason = "it says which")] &'static HeaderRow),
    /// Step 2, R53, with the text that holds the phrase.
    Exception(&'static ExceptionRow, Text<'r>),
    /// Step 2, R32; the code has a row, or none.
    Code(Option<&'static CodeRow>),
    /// Step 3, R33.
    TextIsCode(Found<'r>),
    /// Step 4, R34.
    TextHoldsCode(Found<'r>),
    /// Step 5, R54.
    StatusWithoutCode,
    /// Step 6, R35.
    Nothing,
}

/// A code in a text.
pub(super) struct Found<'r> {
    pub(super) text: Text<'r>,
    /// The code in the text's spelling.
    pub(super) spelled: String,
    pub(super) row: &'static CodeRow,
}

impl<'r> Step<'r> {
    /// R31, R52, R53, R32 to R34, R54, R35.
    pub(super) fn of(status: u16, headers: Headers<'_>, code: Option<&str>, texts: &[Text<'r>]) -> Self {
        let first = |code_in: fn(&str) -> Option<(String, &'static CodeRow)>| {
            texts.iter().find_map(|text| {
                let (spelled, row) = code_in(text.text)?;
                Some(Found { text: *text, spelled, row })
            })
        };
        if [408, 425, 429].contains(&status) || status >= 500 {
            Self::Status
        } else if let Some(row) = header_that_decides(headers) {
            Self::Header(row)
        } else if let Some((row, text)) = code.and_then(|code| exception(code, texts)) {
            Self::Exception(row, text)
        } else if let Some(code) = code {
            Self::Code(row_of(code))
        } else if let Some(found) = first(text_as_code) {
            Self::TextIsCode(found)
        } else if let Some(found) = first(word_as_code) {
            Self::TextHoldsCode(found)
        } else if (300..=399).contains(&status) || [404, 405, 406, 410, 411, 413, 414, 415, 422].contains(&status) {
            Self::StatusWithoutCode
        } else {
            Self::Nothing
        }
    }

    /// The action, before R36.
    pub(super) fn action(&self) -> Action {
        match self {
            Self::Status | Self::Header(_) => Action::Retry,
            Self::Exception(row, _) => row.action,
            Self::Code(row) => row.map_or(Action::Unknown, |row| row.action),
            Self::TextIsCode(found) | Self::TextHoldsCode(found) => found.row.action,
            Self::StatusWithoutCode => Action::FixClient,
            Self::Nothing => Action::Unknown,
        }
    }

    /// Whether the row that decides is marked `reused`.
    pub(super) fn is_reused(&self) -> bool {
        match self {
            Self::Exception(row, _) => row.reused,
            Self::Code(row) => row.is_some_and(|row| row.reused),
            Self::TextIsCode(found) | Self::TextHoldsCode(found) => found.row.reused,
            Self::Status | Self::Header(_) | Self::StatusWithoutCode | Self::Nothing => false,
        }
    }
}

/// R53: the first row for the code whose phrase a text holds, and the first such text.
fn exception<'r>(code: &str, texts: &[Text<'r>]) -> Option<(&'static ExceptionRow, Text<'r>)> {
    let rows = Corpus::embedded().exceptions.iter().filter(|row| row.code.eq_ignore_ascii_case(code));
    let holds = |text: &Text<'r>, row: &ExceptionRow| text.text.to_ascii_lowercase().contains(&row.phrase);
    rows.into_iter().find_map(|row| Some((row, *texts.iter().find(|text| holds(text, row))?)))
}

/// R36: whether an action at this status is replaced by `unknown`.
pub(super) fn is_overruled(action: Action, status: u16) -> bool {
    action == Action::Relogin && !((200..=299).contains(&status) || [400, 401, 403].contains(&status))
}
