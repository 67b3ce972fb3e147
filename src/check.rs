//! `relogin check`: judges the answers of a port, holds them to a baseline, and keeps the results.

#[cfg(feature = "cli")]
pub mod baseline;
mod judge;
mod results;

pub use judge::*;
pub use results::*;
