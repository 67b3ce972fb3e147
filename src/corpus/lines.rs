//! Vectors about the protocol: raw lines, and the replies that SPEC.md appendix A asks for.

use serde::{Deserialize, Serialize};

use super::body::Body;
use super::vector::{Source, Verdict, required_option};

/// `protocol.json`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LinesFile {
    #[serde(rename = "$schema")]
    _schema: String,
    pub(super) vectors: Vec<LineVector>,
}

/// Lines that a port reads, and its replies.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LineVector {
    /// `hardening/protocol/SLUG`, never used again.
    pub id: String,
    /// The one thing that the vector shows.
    pub title: String,
    /// Where it comes from.
    pub source: Source,
    /// The lines, in their order; at least one.
    pub lines: Vec<Line>,
    /// Whether the last line has no LF. The input ends there, and the port must end with status 0.
    #[serde(default)]
    pub is_cut: bool,
}

impl LineVector {
    /// Returns the bytes that a port reads.
    #[must_use]
    pub fn input(&self) -> Vec<u8> {
        let lines: Vec<Vec<u8>> = self.lines.iter().map(|line| line.line.expand()).collect();
        let mut input = lines.join(&b'\n');
        if !self.is_cut {
            input.push(b'\n');
        }
        input
    }
}

/// A line, and the reply to it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// The bytes, without the LF.
    pub line: Body,
    /// The reply.
    pub reply: LineReply,
}

/// The reply that is expected. Other members of a reply are ignored.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub enum LineReply {
    /// The same as to the first line of the run.
    Hello,
    /// An error with this `seq`; `None` for null.
    Error(Option<u64>),
    /// A verdict.
    Verdict {
        /// The `seq`.
        seq: u64,
        /// The verdict; `None` for "not a failure".
        #[serde(deserialize_with = "required_option")]
        verdict: Option<Verdict>,
    },
}
