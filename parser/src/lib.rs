//! **The refresh of an OAuth token failed: must the user sign in again, or not?**
//!
//! This crate answers from one HTTP response of a token endpoint. It reads nested bodies (`{"error": {"code": ...}}`),
//! flat ones (RFC 6749 section 5.2), form bodies and garbage. It returns the machine code as the server sent it, a
//! clean description, one of four [actions](Action), and one sentence for the user. It is the reference parser of the
//! relogin specification; `R1`, `R2`, ... in these pages are rules of its SPEC.md.
//!
//! ```
//! use relogin::{Action, Profile, Response, classify};
//!
//! let body = br#"{"error": {"code": "refresh_token_reused", "message": "Already used."}}"#;
//! let failure = classify(&Response::new(401, Some("application/json"), body)).unwrap_err();
//!
//! assert_eq!(failure.code(), Some("refresh_token_reused"));
//! assert_eq!(failure.action(), Action::Relogin);
//! assert!(failure.relogin_required());
//! assert_eq!(
//!     failure.message(&Profile::CODEX).to_string(),
//!     "Codex refresh token was already consumed by another client (e.g. Codex CLI or VS Code extension). Run `codex` in \
//!      your terminal to generate fresh tokens, then run `hermes auth` to re-authenticate."
//! );
//! ```
//!
//! # How a response is read
//!
//! 1. The body becomes a document or nothing: JSON when it begins with `{` or `[`, a form when the content type says
//!    so, a bare text when it is a code and nothing else (`json`, `form`, R6 to R17, R51).
//! 2. The first code and the texts are taken from fixed places, in a fixed order (`document`, R18 to R30; the tables
//!    are in `tables`).
//! 3. Status, headers, code and texts, in this order, give the action (`decide`, R31 to R36, R52 to R54).
//! 4. The first text that is not empty after cleaning is the description (`clean`, R37 to R42, R55 to R57).
//!
//! # What is deliberately not accepted
//!
//! - A word on a page: HTML, plain text, XML and broken JSON never end a sign-in.
//! - JSON that RFC 8259 does not allow: trailing bytes, `NaN`, comments, raw controls in strings; more than 64 levels;
//!   more than 1 MiB.
//! - Numbers as codes (`"code": 401`), codes in the middle of a sentence, codes deeper than the places say.
//! - Headers but `Retry-After` and `cf-mitigated`: `WWW-Authenticate` repeats the body on token endpoints, and means
//!   "refresh" on a resource. A date in `Retry-After` is not read.
//! - A server that says it is broken (408, 425, 429, 5xx): the rest of its answer is not believed.
//!
//! The crate does no I/O, has no unsafe code, does not recurse without bound and does not panic on any input.
//!
//! # What allocates
//!
//! Nothing for JSON without escapes, for a form without `%` and `+`, and for other bodies, as long as the body is UTF-8
//! and the description needs no cleaning. Writing a message never allocates. Otherwise:
//!
//! - An array or object inside another one that no rule reads, as in `{"debug": {"trace": []}}`, costs one allocation,
//!   and deeper ones may cost more: `serde_json` keeps the open brackets.
//! - Broken JSON costs a few: it is read twice, and `serde_json` makes an error each time.
//! - Escapes in keys and in strings that a rule reads, invalid UTF-8, and cleaning that changes the description copy
//!   text. So do lone surrogates and numbers that no `f64` holds, outside of values that no rule reads.

mod action;
mod clean;
mod decide;
mod document;
mod evidence;
mod exceptions;
mod failure;
mod form;
mod headers;
#[cfg(feature = "http")]
mod http_response;
mod json;
mod profile;
mod redact;
mod registry;
mod response;
mod sanitize;
#[cfg(feature = "serde")]
mod serialize;
#[rustfmt::skip] // generated
mod tables;
mod trim;

pub use action::{Action, Code, Exception, ParseActionError};
pub use evidence::{BodyKind, Evidence, Object, Place, Step};
pub use failure::{Failure, Message};
#[cfg(feature = "http")]
pub use http_response::classify_http;
pub use profile::Profile;
pub use response::{Response, classify};
pub use tables::CODES;
