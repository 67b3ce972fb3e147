//! The harness around the relogin specification. It reads the corpus of vectors, runs ports, and judges their answers.
//!
//! The map, from the bottom up. Each folder imports only from those above its line, and no two files import each other
//! (`tests/repo/imports.rs`):
//!
//! - `error`: the error type.
//! - [`files`]: reading files up to a limit.
//! - `glob`: globs over ids, with limits.
//! - [`corpus`]: the vectors and tables, the rules of SPEC.md, and the lint that holds them together.
//! - [`text`]: how strings from outside are printed.
//! - `html`: pages from templates.
//! - [`protocol`]: the messages of SPEC.md appendix A, the ports that speak them, and the reference as a port.
//! - [`oracle`]: SPEC.md as slow, obvious code, which also says which rules count.
//! - [`generate`]: random responses; making them small; proposing them as vectors.
//! - [`check`]: judges answers, compares them with a baseline, and keeps the results of a run.
//! - [`properties`]: what holds for every verdict, line and file, for tests and fuzzing.
//! - [`fuzzing`]: the fuzz targets, as a table.
//! - `paste`: reads the responses that people paste: output of curl and HTTPie, HAR, bodies.
//! - `hunt`: searches for responses on which a port and the reference differ.
//! - `report`: the results of a run or a hunt, as text, JSON, JUnit, GitHub annotations or HTML.
//! - `clients`: real OAuth clients, what they do with each response, and the report on them.
//! - `serve`: every vector as a live token endpoint.
//!
//! The command line is in the binary `relogin` (`src/cli`).

pub mod check;
#[cfg(feature = "cli")]
pub mod clients;
pub mod corpus;
mod error;
pub mod files;
pub mod fuzzing;
pub mod generate;
#[cfg(feature = "cli")]
pub mod glob;
#[cfg(feature = "cli")]
mod html;
#[cfg(feature = "cli")]
pub mod hunt;
pub mod oracle;
#[cfg(feature = "cli")]
pub mod paste;
pub mod properties;
pub mod protocol;
#[cfg(feature = "cli")]
pub mod report;
#[cfg(feature = "serve")]
pub mod serve;
pub mod text;

pub use error::Error;
