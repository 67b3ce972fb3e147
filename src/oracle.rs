//! SPEC.md as slow, obvious code: a second opinion on every response, and the numbers of the rules
//! that had a say in it.
//!
//! It shares nothing with the parser but the tables. Each file is a part of SPEC.md, and each
//! function names the rules that it follows: `words` is section 2, `document` (with `json` and
//! `form`) section 3, `success` rule R3, `places`, `code` and `text` section 4, `headers` and `action`
//! section 5, `description` section 6 and `failure` section 7. [`judge`] puts them together. Only
//! `trace` knows when a rule counts as having had a say.

mod action;
mod code;
mod description;
mod document;
mod failure;
mod form;
mod headers;
mod json;
mod judge;
mod places;
mod success;
mod text;
mod trace;
mod value;
mod vectors;
mod words;

pub use judge::{Input, Judgement, judge};
pub use vectors::disagreements;
