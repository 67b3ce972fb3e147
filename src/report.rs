//! Reports: the [`Results`](crate::check::Results) of a run or the findings of a hunt, for a person, a CI service or a
//! program. A report depends on nothing else.
//!
//! Every string from outside passes [`text::safe`](crate::text::safe), and is then escaped as its format demands.

mod format;
mod github;
mod html;
mod human;
pub mod hunt;
mod junit;
mod pieces;

pub use format::Format;
pub use pieces::Shown;
