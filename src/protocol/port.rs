//! One process of a port: a program that answers requests on its standard output.

use std::process::ExitStatus;
use std::time::{Duration, Instant};

use super::exchange::Break;
use super::messages::{Hello, MOST_REPLY_BYTES, Request, VERSION, read_hello};
use super::process::{Line, Process};
use crate::error::Error;
use crate::text::{safe, safe_bytes, width};

/// How long one start of a port may take, unless it may take longer for a reply: some start a virtual machine or a
/// container.
const START: Duration = Duration::from_secs(30);

/// How long a port may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The most time for one reply.
    pub reply: Duration,
    /// The most time for one start, up to the reply to `hello`.
    pub start: Duration,
    /// When the run ends, with the results until then; `None` for no end.
    pub deadline: Option<Instant>,
}

impl Limits {
    /// Returns the limits of a port that may take up to `reply` for each reply, without a deadline.
    ///
    /// ```
    /// use std::time::Duration;
    /// use relogin_conformance::protocol::Limits;
    /// assert_eq!(Limits::of(Duration::from_secs(10)).start, Duration::from_secs(30));
    /// assert_eq!(Limits::of(Duration::from_secs(60)).start, Duration::from_secs(60));
    /// ```
    #[must_use]
    pub fn of(reply: Duration) -> Self {
        Self { reply, start: reply.max(START), deadline: None }
    }

    /// Returns whether the deadline has passed.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.deadline.is_some_and(|deadline| Instant::now() >= deadline)
    }

    /// Returns the point in time after this limit, or the deadline if it is earlier.
    pub(super) fn until(&self, limit: Duration) -> Instant {
        let until = Instant::now() + limit;
        self.deadline.map_or(until, |deadline| deadline.min(until))
    }
}

/// A running port. Dropping it kills it, with the processes that it started.
pub struct Port {
    words: Vec<String>,
    pub(super) limits: Limits,
    pub(super) process: Process,
}

impl Port {
    /// Starts a program, sends `hello`, and returns its reply.
    ///
    /// # Errors
    ///
    /// When the program cannot be started or does not answer; the message is safe to print.
    pub fn start(words: &[String], limits: Limits) -> Result<(Self, Hello), Error> {
        let (program, arguments) = words.split_first().ok_or_else(|| Error::new("the command of the port is empty"))?;
        let name = safe(&words.join(" "), width::LINE);
        let process = Process::start(program, arguments, MOST_REPLY_BYTES)
            .map_err(|error| Error::new(format!("cannot start the port `{name}`: {error}{}", hint(&error))))?;
        let mut port = Self { words: words.to_vec(), limits, process };
        let hello = port.hello().map_err(|what| {
            port.process.kill();
            let stderr = port.process.stderr();
            // Some programs write more after the error, as Node does with its version.
            let line = stderr.iter().rfind(|line| line.contains("Error")).or(stderr.last());
            let line = line.map_or_else(String::new, |line| format!("; on its stderr: {}", safe(line, width::TEXT)));
            Error::new(format!("the port `{name}` {what}{line}"))
        })?;
        Ok((port, hello))
    }

    /// Replaces the process by a new one.
    ///
    /// # Errors
    ///
    /// As [`start`](Self::start); the old process stays then.
    pub(super) fn restart(&mut self) -> Result<(), Error> {
        *self = Self::start(&self.words, self.limits)?.0;
        Ok(())
    }

    pub(super) fn send(&self, request: &Request) {
        let mut line = serde_json::to_vec(request).expect("a request has string keys and no failing parts");
        line.push(b'\n');
        self.process.send(line);
    }

    fn hello(&mut self) -> Result<Hello, String> {
        self.send(&Request::Hello { protocol: VERSION });
        match self.process.next_line(self.limits.until(self.limits.start)) {
            Line::Whole(line) => read_hello(&line).map_err(|what| {
                let hint = if line.trim_ascii_start().starts_with(b"{") {
                    ""
                } else {
                    " (a port must log to standard error; its standard output is for replies)"
                };
                format!("{}: {}{hint}", safe(&what, width::TEXT), safe_bytes(&line, width::NAME))
            }),
            Line::TooLong => Err("answered hello with a line of more than 1 MiB".into()),
            Line::Broken(error) => Err(format!("cannot be read: {error}")),
            Line::End => Err(match self.process.wait() {
                Some(status) => format!("{} before it answered hello", ended(status)),
                None => "closed its output before it answered hello".into(),
            }),
            Line::Silence if self.limits.is_over() => Err("had not answered hello at the deadline of the run".into()),
            Line::Silence => Err(format!(
                "did not answer hello within {} s; if it did read the line, check its output buffering: each reply must be flushed",
                self.limits.start.as_secs_f64()
            )),
        }
    }
}

/// Returns a hint for a command that cannot be started.
fn hint(error: &std::io::Error) -> &'static str {
    match error.kind() {
        std::io::ErrorKind::NotFound => "; the command runs without a shell: use `sh -c '...'` for shell syntax",
        std::io::ErrorKind::PermissionDenied => {
            "; is it executable? Otherwise name its interpreter first, such as `python3 FILE`"
        }
        _ => "",
    }
}

/// Returns the break of a process that ended before it answered.
pub(super) fn break_of(status: ExitStatus) -> Break {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return Break::Killed(signal);
    }
    status.code().map_or(Break::Closed, Break::Exited)
}

/// Returns how a process ended, as the end of a sentence that begins with "it".
pub(super) fn ended(status: ExitStatus) -> String {
    match break_of(status) {
        Break::Exited(status) => format!("exited with status {status}"),
        Break::Killed(signal) => format!("was killed by signal {signal}"),
        _ => "ended".to_owned(),
    }
}
