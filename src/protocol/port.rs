//! One process of a port: a program that answers requests on its standard output.

use std::process::ExitStatus;
use std::time::{Duration, Instant};

use super::exchange::Break;
use super::messages::{Hello, MOST_REPLY_BYTES, Request, VERSION, read_hello};
use super::process::{Line, Process};
use crate::error::Error;
use crate::text::{safe, safe_bytes, width};

/// A running port. Dropping it kills it, with the processes that it started.
pub struct Port {
    words: Vec<String>,
    pub(super) limit: Duration,
    pub(super) process: Process,
}

impl Port {
    /// Starts a program, sends `hello`, and returns its reply. The program may take up to `limit` for each reply.
    ///
    /// # Errors
    ///
    /// When the program cannot be started or does not answer; the message is safe to print.
    pub fn start(words: &[String], limit: Duration) -> Result<(Self, Hello), Error> {
        let (program, arguments) = words.split_first().ok_or_else(|| Error::new("the command of the port is empty"))?;
        let name = safe(&words.join(" "), width::LINE);
        let process = Process::start(program, arguments, MOST_REPLY_BYTES)
            .map_err(|error| Error::new(format!("cannot start the port `{name}`: {error}{}", hint(&error))))?;
        let mut port = Self { words: words.to_vec(), limit, process };
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
        *self = Self::start(&self.words, self.limit)?.0;
        Ok(())
    }

    pub(super) fn send(&self, request: &Request) {
        let mut line = serde_json::to_vec(request).expect("a request has string keys and no failing parts");
        line.push(b'\n');
        self.process.send(line);
    }

    fn hello(&mut self) -> Result<Hello, String> {
        self.send(&Request::Hello { protocol: VERSION });
        match self.process.next_line(Instant::now() + self.limit) {
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
            Line::Silence => Err(format!(
                "did not answer hello within {} s; if it did read the line, check its output buffering: each reply must be flushed",
                self.limit.as_secs_f64()
            )),
        }
    }
}

/// Returns a hint for a command that cannot be started.
fn hint(error: &std::io::Error) -> &'static str {
    match error.kind() {
        std::io::ErrorKind::NotFound => "; the command runs without a shell: use `sh -c '...'` for shell syntax",
        std::io::ErrorKind::PermissionDenied => "; is it executable? Otherwise name its interpreter first, such as `python3 FILE`",
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
