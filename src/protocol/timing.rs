//! How long a port takes for one request.

use std::time::{Duration, Instant};

use super::messages::{Request as Message, read_reply};
use super::port::{Limits, Port};
use super::process::Line;
use super::session::{Requests, VectorRequests};
use crate::corpus::{Corpus, Request};

/// A port that is asked one request at a time.
pub struct Timer<'c> {
    port: Port,
    corpus: &'c Corpus,
    asked: u64,
}

impl<'c> Timer<'c> {
    /// Starts the port, or returns `None` if that fails.
    #[must_use]
    pub fn start(words: &[String], limits: Limits, corpus: &'c Corpus) -> Option<Self> {
        let (port, _) = Port::start(words, limits).ok()?;
        Some(Self { port, corpus, asked: 0 })
    }

    /// Returns the time from the request to the reply, or `None` if there is none.
    pub fn time(&mut self, request: Request<'_>) -> Option<Duration> {
        self.asked += 1;
        let message = Message::Parse(VectorRequests(self.corpus, &[request]).parse(0, self.asked));
        let begin = Instant::now();
        self.port.send(&message);
        match self.port.process.next_line(self.port.limits.until(self.port.limits.reply)) {
            Line::Whole(line) if read_reply(&line).is_ok() => Some(begin.elapsed()),
            _ => None,
        }
    }
}
