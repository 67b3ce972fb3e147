//! How one request to a port ended.

use std::fmt;
use std::time::Duration;

use super::messages::Answer;

/// How one request to a port ended. `A` is the result of judging the answer, which is not kept.
#[derive(Clone, Debug, PartialEq)]
pub enum Exchange<A = Answer> {
    /// The port answered.
    Answered(A),
    /// The port did not answer, or did more than answer.
    Broken(Break),
    /// The runner did not ask, because it had given the port up or the time was over. The reason is safe to print.
    NotAsked(String),
}

/// How a port breaks. The `Display` text is safe to print, and is the end of a sentence that begins with "it".
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Break {
    /// The port replied to another request than the next one.
    WrongSeq {
        /// The `seq` of the request.
        expected: u64,
        /// The `seq` of the reply.
        actual: u64,
    },
    /// More than one reply to this request.
    Twice,
    /// A line before the reply that is not a JSON object: what it is, and its beginning.
    Noise(String),
    /// A line in place of the reply that is not a JSON object: what it is, and its beginning.
    NotJson(String),
    /// A JSON object that is not a reply: what is wrong with it, and its beginning.
    Schema(String),
    /// A line of more than 1 MiB.
    LineTooLong,
    /// No reply within this time, and whether the port has ever answered a request.
    TimedOut(Duration, bool),
    /// The port ended with this exit status.
    Exited(i32),
    /// The port was ended by this signal.
    Killed(i32),
    /// The port closed its output and went on running.
    Closed,
    /// The output of the port could not be read.
    Unreadable(String),
}

impl Break {
    /// Returns the kind, without the details that differ from run to run.
    #[must_use]
    pub fn kind(&self) -> BreakKind {
        match self {
            Self::WrongSeq { .. } => BreakKind::WrongSeq,
            Self::Twice => BreakKind::AnsweredTwice,
            Self::Noise(_) => BreakKind::Noise,
            Self::NotJson(_) => BreakKind::NotJson,
            Self::Schema(_) => BreakKind::Schema,
            Self::LineTooLong => BreakKind::LineTooLong,
            Self::TimedOut(..) => BreakKind::Silence,
            Self::Exited(status) => BreakKind::Exit(*status),
            Self::Killed(signal) => BreakKind::Signal(*signal),
            Self::Closed | Self::Unreadable(_) => BreakKind::ClosedOutput,
        }
    }
}

impl fmt::Display for Break {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WrongSeq { expected, actual } => write!(f, "answered with seq {actual} instead of {expected}"),
            Self::Twice => f.write_str("answered twice"),
            Self::Noise(line) => write!(f, "wrote, before its reply, {line}"),
            Self::NotJson(line) => write!(f, "wrote, in place of its reply, {line}"),
            Self::Schema(line) => write!(f, "wrote {line}"),
            Self::LineTooLong => f.write_str("wrote a line of more than 1 MiB"),
            Self::TimedOut(limit, has_answered) => {
                write!(f, "did not reply within {} s and was killed", limit.as_secs_f64())?;
                if *has_answered {
                    Ok(())
                } else {
                    f.write_str("; if it did read the request, check its output buffering")
                }
            }
            Self::Exited(status) => write!(f, "exited with status {status} before it answered"),
            Self::Killed(signal) => write!(f, "was killed by signal {signal} before it answered"),
            Self::Closed => f.write_str("closed its output before it answered"),
            Self::Unreadable(error) => write!(f, "could not be read: {error}"),
        }
    }
}

/// The kind of a [`Break`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "as the variants of `Break`")]
pub enum BreakKind {
    WrongSeq,
    AnsweredTwice,
    Noise,
    NotJson,
    Schema,
    LineTooLong,
    Silence,
    Exit(i32),
    Signal(i32),
    ClosedOutput,
}

impl BreakKind {
    /// Returns its name in results and baselines, without the number of an exit status or a signal.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::WrongSeq => "wrong-seq",
            Self::AnsweredTwice => "answered-twice",
            Self::Noise => "noise",
            Self::NotJson => "not-json",
            Self::Schema => "schema",
            Self::LineTooLong => "line-too-long",
            Self::Silence => "silence",
            Self::Exit(_) => "exit",
            Self::Signal(_) => "signal",
            Self::ClosedOutput => "closed-output",
        }
    }
}
