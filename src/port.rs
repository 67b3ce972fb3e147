//! Running a port: a program that answers requests on its standard output, and may hang, die or talk nonsense instead.

use std::collections::VecDeque;
use std::fmt;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender, channel, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::Error;
use crate::protocol::{Answer, Hello, MOST_REPLY_BYTES, NoReply, Parse, Request, VERSION, read_hello, read_reply};
use crate::text::{safe, safe_bytes};
use crate::vectors::{Corpus, Vector};

/// The most requests that are sent before their replies are read.
const WINDOW: usize = 64;

/// How long a port may take to end after its output has.
const GRACE: Duration = Duration::from_secs(2);

/// The most lines, and bytes of a line, that are kept of a port's standard error.
const STDERR_LINES: usize = 10;
const STDERR_LINE_BYTES: u64 = 2_000;

/// What a port did about one vector.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// It answered.
    Answer(Answer),
    /// It did something that is no answer.
    Broken(Break),
    /// It was not asked, because it broke on the vector with this id.
    NotRun(String),
}

/// How a port breaks. Its text is safe to print, and is the end of a sentence that begins with "it".
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Break {
    /// A reply to another request.
    WrongSeq {
        /// The `seq` of the request.
        expected: u64,
        /// The `seq` of the reply.
        actual: u64,
    },
    /// A line that is not a JSON object, or not a reply; what it is, and its beginning.
    NotAReply(String),
    /// A line of more than 1 MiB.
    LineTooLong,
    /// No reply for this long.
    TimedOut(Duration),
    /// The end of its output, and how it ended.
    Ended(String),
}

impl fmt::Display for Break {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WrongSeq { expected, actual } => write!(f, "answered with seq {actual} instead of {expected}"),
            Self::NotAReply(what) => write!(f, "wrote {what}"),
            Self::LineTooLong => f.write_str("wrote a line of more than 1 MiB"),
            Self::TimedOut(limit) => write!(f, "wrote nothing that answers within {} s and was killed", limit.as_secs_f64()),
            Self::Ended(how) => write!(f, "{how} before it answered"),
        }
    }
}

/// What a port did about all vectors.
#[derive(Clone, Debug)]
pub struct Run {
    /// One for each vector, in their order.
    pub outcomes: Vec<Outcome>,
    /// What else was wrong, as ends of a sentence that begins with "it"; safe to print.
    pub problems: Vec<String>,
    /// The last lines of its standard error; not safe to print.
    pub stderr: Vec<String>,
}

/// A running port. It is killed when it is dropped, with the processes that it started.
pub struct Port {
    child: Child,
    requests: Option<Sender<Vec<u8>>>,
    lines: Receiver<Line>,
    stderr: Stderr,
    limit: Duration,
    /// Its end was seen: its number may by now be another process's.
    is_reaped: bool,
}

impl Port {
    /// Starts a program, says hello, and reads what it says of itself.
    ///
    /// `limit` is how long it may take for each reply.
    ///
    /// # Errors
    ///
    /// When it cannot be started or does not answer; the message is safe to print.
    pub fn start(words: &[String], limit: Duration) -> Result<(Self, Hello), Error> {
        let (program, arguments) = words.split_first().ok_or_else(|| Error::new("the command of the port is empty"))?;
        let mut command = Command::new(program);
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let name = safe(&words.join(" "), 200);
        let mut child = command.spawn().map_err(|error| Error::new(format!("cannot start the port `{name}`: {error}")))?;
        let mut port = Self {
            requests: child.stdin.take().map(write_in_a_thread),
            lines: read_in_a_thread(child.stdout.take().expect("the output of the port is a pipe")),
            stderr: Stderr::keep(child.stderr.take().expect("the error output of the port is a pipe")),
            child,
            limit,
            is_reaped: false,
        };
        let hello = port.hello().map_err(|what| {
            port.kill();
            let last =
                port.stderr.lines().pop().map_or_else(String::new, |line| format!("; its last line on stderr: {}", safe(&line, 300)));
            Error::new(format!("the port `{name}` {what}{last}"))
        })?;
        Ok((port, hello))
    }

    fn hello(&mut self) -> Result<Hello, String> {
        self.send(&Request::Hello { protocol: VERSION });
        match self.lines.recv_timeout(self.limit) {
            Ok(Line::Whole(line)) => read_hello(&line).map_err(|what| format!("{}: {}", safe(&what, 300), safe_bytes(&line, 100))),
            Ok(Line::TooLong) => Err("answered hello with a line of more than 1 MiB".into()),
            Ok(Line::Broken(error)) => Err(format!("cannot be read: {error}")),
            Ok(Line::End) | Err(RecvTimeoutError::Disconnected) => Err(format!("{} before it answered hello", self.how_it_ended())),
            Err(RecvTimeoutError::Timeout) => Err(format!(
                "did not answer hello within {} s; if it did read it, look at its output buffering: each reply must be flushed",
                self.limit.as_secs_f64()
            )),
        }
    }

    /// Sends the vectors, and collects what comes back. `progress` is called with the number of vectors that are done.
    ///
    /// What the vectors expect is never sent. Whatever the port does, there is one outcome for each vector.
    pub fn run(mut self, corpus: &Corpus, vectors: &[&Vector], mut progress: impl FnMut(usize)) -> Run {
        let mut outcomes: Vec<Option<Outcome>> = vec![None; vectors.len()];
        let mut problems = Vec::new();
        let mut sent = 0; // requests are numbered from 1: seq is the index plus one
        let mut done = 0; // vectors that are answered or given up; the next one, the front, is `done`
        let mut since = Instant::now(); // when the front became the front
        while done < vectors.len() {
            while sent < vectors.len() && sent - done < WINDOW {
                self.send(&request(corpus, vectors[sent], sent));
                sent += 1;
            }
            if sent == vectors.len() {
                self.requests = None; // the end of the input: whoever forgets a reply then ends, and need not be waited for
            }
            let line = match self.limit.checked_sub(since.elapsed()) {
                Some(left) => self.lines.recv_timeout(left),
                None => Err(RecvTimeoutError::Timeout), // however much noise there still is to read
            };
            let before = done;
            match line {
                Ok(Line::Whole(line)) => match read_reply(&line) {
                    Ok(reply) if (done as u64 + 1..=sent as u64).contains(&reply.seq) => {
                        let index = usize::try_from(reply.seq - 1).expect("it is less than the number of vectors");
                        for (skipped, outcome) in outcomes[..index].iter_mut().enumerate().skip(done) {
                            let wrong = Break::WrongSeq { expected: skipped as u64 + 1, actual: reply.seq };
                            outcome.get_or_insert(Outcome::Broken(wrong));
                        }
                        outcomes[index].get_or_insert(Outcome::Answer(reply.answer));
                        done = index + 1;
                    }
                    Ok(reply) => {
                        // A second reply to the same request, or one to a request that was never sent. The right one may follow; but two in
                        // a row are answers to this one and the next.
                        let wrong = Break::WrongSeq { expected: done as u64 + 1, actual: reply.seq };
                        if outcomes[done].is_some() || reply.seq > sent as u64 {
                            outcomes[done].get_or_insert_with(|| Outcome::Broken(wrong.clone()));
                            done += 1;
                        } else {
                            outcomes[done] = Some(Outcome::Broken(wrong));
                        }
                    }
                    Err(NoReply::Noise(what)) => {
                        outcomes[done].get_or_insert_with(|| not_a_reply(&what, &line));
                    }
                    Err(NoReply::Malformed(what)) => {
                        outcomes[done].get_or_insert_with(|| not_a_reply(&what, &line));
                        done += 1;
                    }
                },
                Ok(Line::TooLong) => {
                    outcomes[done].get_or_insert(Outcome::Broken(Break::LineTooLong));
                }
                Ok(Line::Broken(error)) => {
                    outcomes[done].get_or_insert(Outcome::Broken(Break::Ended(format!("could not be read ({error})"))));
                    break;
                }
                Ok(Line::End) | Err(RecvTimeoutError::Disconnected) => {
                    let how = self.how_it_ended();
                    outcomes[done].get_or_insert(Outcome::Broken(Break::Ended(how)));
                    break;
                }
                Err(RecvTimeoutError::Timeout) => {
                    outcomes[done].get_or_insert(Outcome::Broken(Break::TimedOut(self.limit)));
                    break;
                }
            }
            if done > before {
                since = Instant::now();
                progress(done);
            }
        }
        if done == vectors.len() {
            problems.extend(self.end());
        }
        self.kill();
        let blamed = vectors.get(done).map_or_else(String::new, |vector| vector.id.clone());
        let outcomes = outcomes.into_iter().map(|outcome| outcome.unwrap_or_else(|| Outcome::NotRun(blamed.clone()))).collect();
        Run { outcomes, problems, stderr: self.stderr.lines() }
    }

    /// What is wrong with how a port ends that has answered everything.
    fn end(&mut self) -> Option<String> {
        self.requests = None;
        match self.lines.recv_timeout(self.limit) {
            Ok(Line::End) | Err(RecvTimeoutError::Disconnected) => match self.wait() {
                Some(status) if status.success() => None,
                Some(status) => Some(format!("{} at the end of its input, which must be status 0", told(status))),
                None => Some("did not end at the end of its input and was killed".into()),
            },
            Ok(Line::Whole(line)) => Some(format!("wrote more lines than it was asked for: {}", safe_bytes(&line, 100))),
            Ok(Line::TooLong | Line::Broken(_)) => Some("wrote more than it was asked for".into()),
            Err(RecvTimeoutError::Timeout) => Some("did not end at the end of its input and was killed".into()),
        }
    }

    /// Queues a request; a port that does not read is noticed by its silence.
    fn send(&self, request: &Request) {
        let mut line = serde_json::to_vec(request).expect("a request has string keys and no failing parts");
        line.push(b'\n');
        if let Some(requests) = &self.requests {
            // The thread is gone when the port has closed its input; its end is noticed when it is read from.
            let _ = requests.send(line);
        }
    }

    /// How a port ended that has closed its output.
    fn how_it_ended(&mut self) -> String {
        self.wait().map_or_else(|| "closed its output".to_owned(), told)
    }

    /// The status with which the port ends, soon.
    fn wait(&mut self) -> Option<ExitStatus> {
        let until = Instant::now() + GRACE;
        loop {
            match self.child.try_wait() {
                Ok(Some(status)) => {
                    self.is_reaped = true;
                    return Some(status);
                }
                Ok(None) if Instant::now() < until => thread::sleep(Duration::from_millis(5)),
                _ => return None,
            }
        }
    }

    fn kill(&mut self) {
        self.requests = None;
        // The group first: a shell or a launcher may have started what really runs.
        #[cfg(unix)]
        if !self.is_reaped
            && let Some(group) = i32::try_from(self.child.id()).ok().and_then(rustix::process::Pid::from_raw)
        {
            let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL); // it may have ended by itself
        }
        let _ = self.child.kill(); // as above
        let _ = self.child.wait();
        self.is_reaped = true;
    }
}

impl Drop for Port {
    fn drop(&mut self) {
        self.kill();
    }
}

/// What the runner sends for a vector.
fn request(corpus: &Corpus, vector: &Vector, index: usize) -> Request {
    let input = &vector.input;
    Request::Parse(Parse {
        seq: index as u64 + 1,
        status: input.status,
        content_type: input.content_type.clone(),
        body: STANDARD.encode(input.body.expand()),
        profile: corpus.profile(vector).clone(),
        secrets: input.secrets.clone(),
    })
}

fn not_a_reply(what: &str, line: &[u8]) -> Outcome {
    Outcome::Broken(Break::NotAReply(format!("{}: {}", safe(what, 200), safe_bytes(line, 100))))
}

fn told(status: ExitStatus) -> String {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return format!("was killed by signal {signal}");
    }
    status.code().map_or_else(|| "ended".to_owned(), |code| format!("exited with status {code}"))
}

/// A line of a port's output.
enum Line {
    Whole(Vec<u8>),
    TooLong,
    Broken(std::io::Error),
    End,
}

/// Reads lines until the end; the channel is bounded, so that a port that floods its output has to wait.
fn read_in_a_thread(output: impl Read + Send + 'static) -> Receiver<Line> {
    let (sender, lines) = sync_channel(WINDOW);
    thread::spawn(move || read_lines(BufReader::new(output), &sender));
    lines
}

fn read_lines(mut output: impl BufRead, sender: &SyncSender<Line>) {
    loop {
        let mut line = Vec::new();
        let limit = MOST_REPLY_BYTES as u64 + 1;
        let read = output.by_ref().take(limit).read_until(b'\n', &mut line);
        let line = match read {
            Ok(0) => Line::End,
            Ok(_) if line.last() == Some(&b'\n') => {
                line.pop();
                Line::Whole(line)
            }
            Ok(_) if line.len() > MOST_REPLY_BYTES => match output.skip_until(b'\n') {
                Ok(_) => Line::TooLong,
                Err(error) => Line::Broken(error),
            },
            Ok(_) => Line::Whole(line), // the last one, without a line feed
            Err(error) => Line::Broken(error),
        };
        let last = matches!(line, Line::End | Line::Broken(_));
        if sender.send(line).is_err() || last {
            return;
        }
    }
}

fn write_in_a_thread(mut input: ChildStdin) -> Sender<Vec<u8>> {
    let (sender, lines) = channel::<Vec<u8>>(); // bounded by the window
    thread::spawn(move || {
        while let Ok(line) = lines.recv() {
            if input.write_all(&line).is_err() {
                return; // the port has closed its input
            }
        }
    });
    sender
}

/// The last lines of a port's standard error.
struct Stderr {
    last: Arc<Mutex<VecDeque<String>>>,
    ended: Receiver<()>,
}

impl Stderr {
    fn keep(output: impl Read + Send + 'static) -> Self {
        let last = Arc::new(Mutex::new(VecDeque::new()));
        let (sender, ended) = channel();
        let kept = Arc::clone(&last);
        thread::spawn(move || {
            let mut output = BufReader::new(output);
            let mut line = Vec::new();
            while let Ok(1..) = output.by_ref().take(STDERR_LINE_BYTES).read_until(b'\n', &mut line) {
                let text = String::from_utf8_lossy(&line).trim_end().to_owned();
                line.clear();
                let Ok(mut kept) = kept.lock() else { return };
                if kept.len() == STDERR_LINES {
                    kept.pop_front();
                }
                kept.push_back(text);
            }
            drop(sender);
        });
        Self { last, ended }
    }

    /// The lines so far, once the port has ended; a process that it left behind may keep the pipe open, so there is a limit.
    fn lines(&self) -> Vec<String> {
        let _ = self.ended.recv_timeout(GRACE);
        self.last.lock().map_or_else(|_| Vec::new(), |kept| kept.iter().cloned().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lines_are_skipped_and_the_rest_is_read() {
        let text = [vec![b'x'; MOST_REPLY_BYTES + 1], b"\nab\n".to_vec(), vec![b'y'; MOST_REPLY_BYTES], b"\nlast".to_vec()].concat();
        let (sender, lines) = sync_channel(9);
        read_lines(text.as_slice(), &sender);
        let told: Vec<String> = lines
            .try_iter()
            .map(|line| match line {
                Line::Whole(line) => format!("{} bytes", line.len()),
                Line::TooLong => "too long".into(),
                Line::Broken(error) => error.to_string(),
                Line::End => "end".into(),
            })
            .collect();
        assert_eq!(told, ["too long", "2 bytes", "1048576 bytes", "4 bytes", "end"]);
    }
}
