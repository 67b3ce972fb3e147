//! The harness around the relogin specification. It reads the corpus of vectors, runs ports, and judges their answers.
//!
//! The map, from the bottom up. A module imports only modules above its line:
//!
//! - `error` and [`text`]: the error type; how strings from outside are printed.
//! - [`corpus`]: the vectors and tables, the rules of SPEC.md, and the lint that holds them together.
//! - [`protocol`]: the messages of SPEC.md appendix A, the processes that speak them, and the reference behind them.
//! - [`oracle`]: SPEC.md as slow, obvious code, which also says which rules counted.
//! - [`generate`]: random responses, made small, and as vectors.
//! - [`check`]: judges answers, holds them to a baseline, and keeps the results of a run.
//! - [`properties`] and [`fuzzing`]: what must hold for every verdict, line and file; the fuzz targets that try it.
//! - `hunt`: searches for responses on which a port and the reference differ.
//! - `report`: the results of a run or a hunt, as text, JSON, JUnit, GitHub annotations or HTML.
//!
//! The command line is in the binary `relogin` (`src/cli`).

pub mod check;
pub mod corpus;
mod error;
pub mod fuzzing;
pub mod generate;
#[cfg(feature = "cli")]
pub mod hunt;
pub mod oracle;
pub mod properties;
pub mod protocol;
#[cfg(feature = "cli")]
pub mod report;
pub mod text;

pub use error::Error;
