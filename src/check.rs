//! `relogin check`: judges the answers of ports, compares them with baselines, and keeps the results.

#[cfg(feature = "cli")]
pub mod baseline;
pub mod groups;
mod judge;
mod outcome;
mod results;
mod state;
mod timing;

pub use judge::{
    Expected, Shown, info, is_claimed, judge, judge_answer, judge_exchange, judge_lines, judge_reference,
    judge_unstarted,
};
pub use outcome::{Kind, Outcome, Wrong, WrongField};
pub use results::{
    BaselineResult, Count, Difference, Edit, FailedMembers, Footer, Harm, Header, Identity, Implementation, Judged,
    MOST_KEPT_BYTES, MOST_NAMES, Results, RunEnd, STREAM, VectorInfo, Why, bounded, known_failures,
};
pub use state::{Again, Asked, Seen};
pub use timing::{Pace, judge_time};
