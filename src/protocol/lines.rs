//! Raw lines to a port, for the vectors about the protocol.

use super::exchange::{Break, Exchange};
use super::messages::{MOST_SEQ, Parse, Request, read_reply};
use super::port::{Limits, Port, break_of};
use super::process::Line;
use crate::corpus::{LineVector, Profile};
use crate::text::{safe, width};

/// Sends the lines of each vector to a port, and judges the replies: `judge` gets the index of a vector and its
/// replies.
///
/// One process reads all vectors, until it breaks. Those that end without a line end come last, since the process ends
/// with them. After the lines of another vector comes a fence, a `parse` with a `seq` of its own: a port that leaves a
/// line without a reply is not waited for.
pub fn ask_lines<A>(
    words: &[String],
    limits: Limits,
    vectors: &[&LineVector],
    mut judge: impl FnMut(usize, &[Vec<u8>]) -> A,
) -> Vec<Exchange<A>> {
    let mut running: Option<Port> = None;
    let mut ask = |index: usize| {
        let vector = vectors[index];
        if limits.is_over() {
            return Exchange::NotAsked("the run had reached its deadline (--deadline)".into());
        }
        let mut port = match running.take().map_or_else(|| Port::start(words, limits).map(|(port, _)| port), Ok) {
            Ok(port) => port,
            Err(error) => return Exchange::NotAsked(format!("it could not be started again: {error}")),
        };
        let replies = if vector.is_cut { port.replies_to_a_cut_line(vector) } else { port.replies(vector, index) };
        match replies {
            Ok(replies) => {
                running = (!vector.is_cut).then_some(port);
                Exchange::Answered(judge(index, &replies))
            }
            Err(broken) => Exchange::Broken(broken),
        }
    };
    let mut order: Vec<usize> = (0..vectors.len()).collect();
    order.sort_by_key(|index| vectors[*index].is_cut);
    let mut exchanges: Vec<(usize, Exchange<A>)> = order.into_iter().map(|index| (index, ask(index))).collect();
    exchanges.sort_by_key(|(index, _)| *index);
    exchanges.into_iter().map(|(_, exchange)| exchange).collect()
}

impl Port {
    /// Returns the replies to the lines, up to the reply to the fence.
    fn replies(&mut self, vector: &LineVector, index: usize) -> Result<Vec<Vec<u8>>, Break> {
        self.process.send(vector.input());
        let fence = MOST_SEQ - 1_000_000 - index as u64;
        self.send(&Request::Parse(fence_request(fence)));
        let mut replies = Vec::new();
        loop {
            match self.process.next_line(self.limits.until(self.limits.reply)) {
                Line::Whole(line) if read_reply(&line).is_ok_and(|reply| reply.seq == Some(fence)) => {
                    return Ok(replies);
                }
                Line::Whole(line) if replies.len() <= vector.lines.len() => replies.push(line),
                Line::Whole(_) => return Err(Break::Twice),
                other => return Err(self.broken(other)),
            }
        }
    }

    /// Returns the replies to lines of which the last has no end, until the port ends.
    fn replies_to_a_cut_line(&mut self, vector: &LineVector) -> Result<Vec<Vec<u8>>, Break> {
        self.process.send(vector.input());
        self.process.close_input();
        let mut replies = Vec::new();
        loop {
            match self.process.next_line(self.limits.until(self.limits.reply)) {
                Line::Whole(line) if replies.len() <= vector.lines.len() => replies.push(line),
                Line::Whole(_) => return Err(Break::Twice),
                Line::End => {
                    return match self.process.wait() {
                        Some(status) if status.success() => Ok(replies),
                        status => Err(status.map_or(Break::Closed, break_of)),
                    };
                }
                other => return Err(self.broken(other)),
            }
        }
    }

    fn broken(&mut self, line: Line) -> Break {
        match line {
            Line::TooLong => Break::LineTooLong,
            Line::Broken(error) => Break::Unreadable(safe(&error.to_string(), width::LINE)),
            Line::End => self.process.wait().map_or(Break::Closed, break_of),
            Line::Whole(_) | Line::Silence => Break::TimedOut(self.limits.reply, true),
        }
    }
}

fn fence_request(seq: u64) -> Parse {
    let profile =
        Profile { product: "P".into(), other_clients: "o".into(), sign_in: "s".into(), fallback_code: "f".into() };
    Parse {
        seq,
        status: 503,
        content_type: None,
        headers: std::collections::BTreeMap::new(),
        body: String::new(),
        profile,
        secrets: Vec::new(),
    }
}
