//! The corpus: its vectors and tables, the rules of SPEC.md that they name, and the checks that hold them together.

pub mod field;
pub mod lint;
pub mod spec;
mod vectors;

pub use vectors::*;
pub(crate) use vectors::{STATUSES, TABLES, embedded_files};
