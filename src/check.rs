//! `relogin check`: judges the answers of ports, compares them with baselines, and keeps the results.

#[cfg(feature = "cli")]
pub mod baseline;
pub mod groups;
mod judge;
mod outcome;
mod results;

pub use judge::{Expected, info, is_claimed, judge, judge_answer, judge_exchange, judge_reference, judge_unstarted};
pub use outcome::{Kind, Outcome, Wrong, WrongField};
pub use results::{
    BaselineResult, Count, Difference, Edit, Footer, Harm, Header, Identity, Implementation, Judged, MOST_KEPT_BYTES,
    Results, RunEnd, STREAM, VectorInfo, Why, bounded, known_failures,
};
