//! Properties of every verdict, of every line of the protocol and of every file of a corpus, as
//! functions that panic when the property does not hold.
//!
//! Proptest and the fuzz targets ([`fuzzing`](crate::fuzzing)) call them. The message of a panic
//! shows the response, shortened.

mod files;
mod lines;
mod parse;
mod rewrite;
mod verdict;

pub(crate) use files::short_files;
pub use files::{corpus_file, replaceable_files};
pub use lines::{reply, reply_allocation, requests};
pub use rewrite::invariance;
pub use verdict::{agreement, allocation, idempotence, verdict};
