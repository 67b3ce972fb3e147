//! The fuzz targets as a table: the properties that each checks on arbitrary bytes, its seeds, and
//! its dictionary.
//!
//! The files of `fuzz/fuzz_targets/` call [`run`], as do the tests on stable. [`write_inputs`]
//! writes the seeds and dictionaries for `cargo fuzz`.

mod inputs;
mod responses;
mod targets;

pub use targets::{TARGETS, Target, proposed_vector, run, write_inputs};
