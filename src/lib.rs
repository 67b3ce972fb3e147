//! Holds OAuth token-error parsers in any language to the relogin specification.
//!
//! The parser itself is the crate `relogin`; this library reads the corpus ([`vectors`]), asks a port over its standard input and output
//! ([`port`], [`protocol`]), and judges what it answers ([`check`]). The binary `relogin` is the command line over it.
//!
//! ```
//! use relogin_conformance::{check, reference, vectors::Corpus};
//!
//! let corpus = Corpus::embedded()?;
//! let vector = &corpus.vectors[0];
//! let body = vector.input.body.bytes()?;
//! let input = &vector.input;
//! let verdict = reference::verdict(input.status, input.content_type.as_deref(), &body, corpus.profile(input), &input.secrets);
//! assert!(matches!(check::judge_reference(vector, verdict.as_ref()), check::Judgement::Passed));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod check;
pub mod field;
pub mod lint;
pub mod port;
pub mod properties;
pub mod protocol;
pub mod reference;
pub mod text;
pub mod vectors;
