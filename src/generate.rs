//! Responses of a token endpoint that nobody wrote: one model, for property tests, for fuzzing and
//! for the search for differences.
//!
//! - [`Case`] is the model: a response as a tree of choices, with [`json`] for bodies, and
//!   [`Damage`]s to the bytes. [`Case::response`] renders it to a [`Rendered`], which is the input
//!   of a parser or a port.
//! - [`parts`] draws cases of one kind from any bytes. [`near`] has a kind for each rule of
//!   SPEC.md, close to the edge of the rule. Both draw words and keys from the corpus.
//! - [`mix`](mod@mix) draws from all of them. It is how [`Case`] and [`Rendered`] implement
//!   [`Arbitrary`](arbitrary::Arbitrary) for a fuzzer.
//! - `strategy` (with the feature `cli`) draws the same cases for proptest and by number, and
//!   `shrink` makes a response small.
//!
//! ```
//! use arbitrary::{Arbitrary, Unstructured};
//! use relogin_conformance::generate::Case;
//! let case = Case::arbitrary(&mut Unstructured::new(b"any bytes will do")).unwrap();
//! assert_eq!(case.response().body, case.render());
//! ```

mod case;
mod draw;
mod headers;
pub mod json;
pub mod mix;
pub mod near;
mod neighbour;
#[cfg(feature = "cli")]
mod outline;
pub mod parts;
pub mod proposal;
mod secrets;
#[cfg(feature = "cli")]
pub mod shrink;
#[cfg(feature = "cli")]
pub mod strategy;
mod tables;
mod words;

pub use case::{Body, Case, Damage, Pair, Rendered};
