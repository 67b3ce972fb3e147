//! `relogin hunt`: searches for responses on which a port and the reference differ, and makes each as small as it can
//! be.
//!
//! Responses are drawn by number, so a seed gives the same ones however many processes of the port are asked. Of those
//! on which the port is wrong, the first of each [`Signature`] is shrunk by proptest against the running port, as long
//! as the signature stays the same.

mod asker;
mod model;
mod rules;
mod save;
mod search;
mod tally;

pub use model::{Finding, Found, Search, Signature};
pub use rules::rules_beyond;
pub use save::as_corpus;
pub use search::search;
