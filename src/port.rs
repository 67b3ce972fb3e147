//! Running a port: a process that is asked for verdicts over its standard input and output.

use std::collections::VecDeque;
use std::fmt;
use std::io::{BufRead, BufReader, Read as _, Write as _};
use std::process::{Child, ChildStderr, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::protocol::{self, Hello, MOST_LINE, Parse, Reply, Request};
use crate::vectors::{Corpus, Vector};

/// How often a port that broke is started again before the rest is left.
const MOST_STARTS: usize = 20;
/// How much of a port's standard error is kept, in bytes: the last of it.
const MOST_STDERR: usize = 4096;

/// What came of asking a port about one vector.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// The port answered.
    Reply(Reply),
    /// The port broke the protocol, and how.
    Broken(String),
    /// The port was not asked, because it broke too often before.
    NotRun,
}

/// A run of a port over some vectors.
#[derive(Debug)]
pub struct Run {
    /// What the port says of itself.
    pub hello: Hello,
    /// An outcome for each vector, in their order.
    pub outcomes: Vec<Outcome>,
    /// The last of what the port wrote to its standard error.
    pub stderr: String,
}

/// A port that could not be run at all.
#[derive(Debug)]
pub struct PortError {
    /// What happened, as a sentence without the command.
    pub what: String,
    /// The last of what the port wrote to its standard error.
    pub stderr: String,
}

impl fmt::Display for PortError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

impl std::error::Error for PortError {}

/// A port, started and greeted. Dropping it ends it.
pub struct Port {
    child: Child,
    stdin: Option<ChildStdin>,
    lines: Receiver<Line>,
    stderr: Arc<Mutex<VecDeque<u8>>>,
    timeout: Duration,
    hello: Hello,
}

enum Line {
    Text(Vec<u8>),
    TooLong,
}

impl Port {
    /// Starts a command, split into words as a shell splits them, and asks it who it is. `timeout` bounds each reply.
    ///
    /// # Errors
    ///
    /// A [`PortError`] when it cannot be started, or does not answer `hello` as appendix A says.
    pub fn start(command: &str, timeout: Duration) -> Result<Self, PortError> {
        let problem = |what: String| PortError { what, stderr: String::new() };
        let words = shlex::split(command).ok_or_else(|| problem("the command has an open quote".into()))?;
        let (program, arguments) = words.split_first().ok_or_else(|| problem("the command is empty".into()))?;
        let mut child = Command::new(program)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| problem(format!("it cannot be started: {error}")))?;
        let stdout = child.stdout.take().expect("standard output is piped");
        let stderr = keep_last(child.stderr.take().expect("standard error is piped"));
        let (sender, lines) = sync_channel(64);
        // The thread ends with the pipe. It is not waited for: a grandchild may keep the pipe open.
        thread::spawn(move || {
            let mut reader = BufReader::new(stdout);
            while let Some(line) = read_line(&mut reader) {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        let stdin = child.stdin.take();
        let hello = Hello {
            protocol: 0,
            name: String::new(),
            language: String::new(),
            version: String::new(),
            levels: Vec::new(),
            fields: Vec::new(),
        };
        let mut port = Self { child, stdin, lines, stderr, timeout, hello };
        match port.greet() {
            Ok(hello) => {
                port.hello = hello;
                Ok(port)
            }
            Err(what) => Err(PortError { what, stderr: port.last_stderr() }),
        }
    }

    /// What the port says of itself.
    #[must_use]
    pub fn hello(&self) -> &Hello {
        &self.hello
    }

    fn greet(&mut self) -> Result<Hello, String> {
        let request = serde_json::to_string(&Request::Hello { protocol: protocol::VERSION }).expect("a request is JSON");
        if let Some(stdin) = &mut self.stdin {
            // A port that is gone is told by its missing reply.
            let _ = stdin.write_all(format!("{request}\n").as_bytes()).and_then(|()| stdin.flush());
        }
        let line = self.line().map_err(|what| format!("no answer to `hello`: {what}"))?;
        let hello: serde_json::Value =
            serde_json::from_slice(&line).map_err(|error| format!("the answer to `hello` is not JSON: {error}"))?;
        match hello.get("protocol").and_then(serde_json::Value::as_u64) {
            Some(protocol::VERSION) => {}
            Some(other) => return Err(format!("it speaks protocol {other}, and this runner speaks {}", protocol::VERSION)),
            None => return Err("the answer to `hello` has no `protocol`".into()),
        }
        serde_json::from_value(hello).map_err(|error| format!("the answer to `hello` is not one: {error}"))
    }

    /// Waits for a line.
    fn line(&mut self) -> Result<Vec<u8>, String> {
        match self.lines.recv_timeout(self.timeout) {
            Ok(Line::Text(line)) => Ok(line),
            Ok(Line::TooLong) => Err(format!("a line of more than {MOST_LINE} bytes")),
            Err(RecvTimeoutError::Timeout) => Err(format!(
                "silence for {} s (if the port did write: does it flush its output after each line?)",
                self.timeout.as_secs_f32()
            )),
            Err(RecvTimeoutError::Disconnected) => Err(match self.wait() {
                Some(status) => describe(status),
                None => "it closed its standard output".into(),
            }),
        }
    }

    /// The exit status, waited for a moment.
    fn wait(&mut self) -> Option<ExitStatus> {
        let end = Instant::now() + Duration::from_secs(1);
        while Instant::now() < end {
            if let Ok(Some(status)) = self.child.try_wait() {
                return Some(status);
            }
            thread::sleep(Duration::from_millis(5));
        }
        None
    }

    /// The last of what the port wrote to its standard error.
    #[must_use]
    pub fn last_stderr(&self) -> String {
        thread::sleep(Duration::from_millis(20)); // what it said while it died is on its way
        let kept = self.stderr.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&kept.iter().copied().collect::<Vec<_>>()).into_owned()
    }
}

impl Drop for Port {
    fn drop(&mut self) {
        self.stdin = None; // the end of input asks it to exit
        if self.wait_briefly().is_none() {
            let _ = self.child.kill();
        }
        let _ = self.child.wait();
    }
}

impl Port {
    fn wait_briefly(&mut self) -> Option<ExitStatus> {
        for _ in 0..20 {
            if let Ok(Some(status)) = self.child.try_wait() {
                return Some(status);
            }
            thread::sleep(Duration::from_millis(5));
        }
        None
    }
}

/// Asks a port about vectors, one process for all; a port that breaks is started again for the rest, a bounded number of times.
///
/// `progress` is called after each outcome.
///
/// # Errors
///
/// A [`PortError`] when the port cannot be run at all.
pub fn run(command: &str, timeout: Duration, corpus: &Corpus, vectors: &[&Vector], mut progress: impl FnMut()) -> Result<Run, PortError> {
    let requests: Arc<Vec<String>> = Arc::new(vectors.iter().zip(1..).map(|(vector, seq)| request(corpus, vector, seq)).collect());
    let mut port = Port::start(command, timeout)?;
    let hello = port.hello.clone();
    let mut outcomes = Vec::with_capacity(vectors.len());
    let mut stderr = String::new();
    for _ in 0..MOST_STARTS {
        send(&mut port, Arc::clone(&requests), outcomes.len());
        while outcomes.len() < vectors.len() {
            let seq = outcomes.len() as u64 + 1;
            let outcome = match port.line().and_then(|line| protocol::read_reply(&line, seq)) {
                Ok(reply) => Outcome::Reply(reply),
                Err(what) => Outcome::Broken(what),
            };
            let is_broken = matches!(outcome, Outcome::Broken(_));
            outcomes.push(outcome);
            progress();
            if is_broken {
                break;
            }
        }
        stderr = port.last_stderr();
        if outcomes.len() == vectors.len() {
            break;
        }
        drop(port);
        match Port::start(command, timeout) {
            Ok(again) => port = again,
            Err(error) => {
                outcomes.push(Outcome::Broken(format!("started again after the failure before: {error}")));
                break;
            }
        }
    }
    outcomes.resize(vectors.len(), Outcome::NotRun);
    Ok(Run { hello, outcomes, stderr })
}

/// Writes the requests from one on, in a thread of its own: the pipe holds it back while the port is busy.
fn send(port: &mut Port, requests: Arc<Vec<String>>, from: usize) {
    let Some(mut stdin) = port.stdin.take() else { return };
    thread::spawn(move || {
        for request in requests.iter().skip(from) {
            if stdin.write_all(request.as_bytes()).is_err() {
                return; // the port is gone; the missing reply says so
            }
        }
        let _ = stdin.flush();
        // Dropping `stdin` is the end of input.
    });
}

fn request(corpus: &Corpus, vector: &Vector, seq: u64) -> String {
    let input = &vector.input;
    let body = input.body.bytes().expect("the body was read when the corpus was");
    let parse = Parse {
        seq,
        status: input.status,
        content_type: input.content_type.clone(),
        body: protocol::encode(&body),
        profile: corpus.profile(input).clone(),
        secrets: input.secrets.clone(),
    };
    serde_json::to_string(&Request::Parse(Box::new(parse))).expect("a request is JSON") + "\n"
}

/// A line without its end, or `None` at the end of input.
fn read_line(reader: &mut impl BufRead) -> Option<Line> {
    let mut line = Vec::new();
    let read = reader.by_ref().take(MOST_LINE as u64 + 1).read_until(b'\n', &mut line).ok()?;
    if line.last() == Some(&b'\n') {
        line.pop();
        return Some(Line::Text(line));
    }
    match read {
        0 => None,
        read if read > MOST_LINE => Some(Line::TooLong),
        _ => Some(Line::Text(line)), // the last line may lack its end
    }
}

/// Keeps the last of a pipe in memory.
fn keep_last(mut pipe: ChildStderr) -> Arc<Mutex<VecDeque<u8>>> {
    let kept = Arc::new(Mutex::new(VecDeque::new()));
    let shared = Arc::clone(&kept);
    thread::spawn(move || {
        let mut buffer = [0; 4096];
        while let Ok(read @ 1..) = pipe.read(&mut buffer) {
            let mut kept = shared.lock().unwrap_or_else(PoisonError::into_inner);
            kept.extend(&buffer[..read]);
            let surplus = kept.len().saturating_sub(MOST_STDERR);
            kept.drain(..surplus);
        }
    });
    kept
}

fn describe(status: ExitStatus) -> String {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return format!("killed by signal {signal}");
    }
    status.code().map_or_else(|| "it ended".into(), |code| format!("exited with status {code}"))
}
