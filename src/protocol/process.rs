//! A child process that reads and writes lines. It runs in a process group of its own and is always killed in the end.
//!
//! Threads read and write, so the caller never waits longer than its own limit: not for a child that does not read, and
//! not for one that floods its output or writes nothing.

use std::collections::{BTreeSet, VecDeque};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender, channel, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// How long a child may run after it closed its output.
const GRACE: Duration = Duration::from_secs(1);
/// The most lines that wait to be taken. A child that writes more is blocked.
const MOST_WAITING: usize = 64;
/// The most lines of a child's standard error that are kept, and the most bytes of one line.
const STDERR_LINES: usize = 10;
const STDERR_LINE_BYTES: u64 = 2_000;

/// The children that run or are not reaped yet. Before this process ends, it kills them.
static LIVE: Mutex<BTreeSet<u32>> = Mutex::new(BTreeSet::new());

/// A line of a child's output, or the reason why there is none.
pub(crate) enum Line {
    Whole(Vec<u8>),
    /// The line had too many bytes and was skipped.
    TooLong,
    Broken(io::Error),
    End,
    /// No line came in time.
    Silence,
}

/// A running child. Dropping it kills it, with the processes of its group.
pub(crate) struct Process {
    child: Child,
    input: Option<Sender<Vec<u8>>>,
    lines: Receiver<Line>,
    stderr: Stderr,
}

impl Process {
    /// Starts a program. A line of its output may have up to `most_bytes` bytes.
    pub(crate) fn start(program: &str, arguments: &[String], most_bytes: usize) -> io::Result<Self> {
        let mut command = Command::new(program);
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        // The lock is held from before the start until the child is listed: `kill_all` cannot miss it.
        let mut live = live();
        let mut child = command.spawn()?;
        live.insert(child.id());
        drop(live);
        Ok(Self {
            input: child.stdin.take().map(write_in_a_thread),
            lines: read_in_a_thread(child.stdout.take().expect("the output was made a pipe"), most_bytes),
            stderr: Stderr::keep(child.stderr.take().expect("the error output was made a pipe")),
            child,
        })
    }

    /// Queues a line. A child that does not read is noticed when it does not reply.
    pub(crate) fn send(&self, line: Vec<u8>) {
        if let Some(input) = &self.input {
            // Fails when the child has closed its input. The caller notices when it reads the output.
            let _ = input.send(line);
        }
    }

    /// Closes the child's input after the queued lines.
    pub(crate) fn close_input(&mut self) {
        self.input = None;
    }

    /// Returns the next line. Waits until this point in time.
    pub(crate) fn next_line(&self, until: Instant) -> Line {
        match until.checked_duration_since(Instant::now()) {
            Some(left) => match self.lines.recv_timeout(left) {
                Ok(line) => line,
                Err(RecvTimeoutError::Disconnected) => Line::End,
                Err(RecvTimeoutError::Timeout) => Line::Silence,
            },
            None => Line::Silence, // also when more lines wait: a child that writes noise must not keep the caller waiting
        }
    }

    /// Returns how the child ended, or `None` if it runs.
    pub(crate) fn ended(&mut self) -> Option<ExitStatus> {
        if self.has_ended() { self.kill() } else { None }
    }

    /// Waits a moment for the child to end, kills the rest of its group, and returns how it ended.
    pub(crate) fn wait(&mut self) -> Option<ExitStatus> {
        let until = Instant::now() + GRACE;
        while !self.has_ended() && Instant::now() < until {
            thread::sleep(Duration::from_millis(2));
        }
        self.ended()
    }

    /// Kills the child and its group, and returns how the child ended.
    pub(crate) fn kill(&mut self) -> Option<ExitStatus> {
        self.close_input();
        let mut live = live();
        if live.remove(&self.child.id()) {
            // Until the child is reaped, no other process or group can have its number.
            kill_group(self.child.id());
            let _ = self.child.kill(); // it may have ended by itself
        }
        self.child.wait().ok()
    }

    /// Returns the last lines of its standard error. Call it when the child has ended.
    pub(crate) fn stderr(&self) -> Vec<String> {
        self.stderr.lines()
    }

    #[cfg(unix)]
    fn has_ended(&mut self) -> bool {
        use rustix::process::{WaitId, WaitIdOptions, waitid};
        // `NOWAIT` does not reap it: its group must be killed first.
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        pid(self.child.id()).is_none_or(|pid| !matches!(waitid(WaitId::Pid(pid), options), Ok(None)))
    }

    #[cfg(not(unix))]
    fn has_ended(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Kills every running child, and blocks the start of any other. Call it before this process ends.
pub fn kill_all() {
    let live = live();
    live.iter().for_each(|id| kill_group(*id));
    #[cfg(unix)]
    for pid in live.iter().copied().filter_map(pid) {
        use rustix::process::{WaitId, WaitIdOptions, waitid};
        // Its own children become orphans when it has ended.
        let _ = waitid(WaitId::Pid(pid), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT);
    }
    kill_orphans(&live);
    std::mem::forget(live); // stays locked: a thread that would start another child waits until this process ends
}

/// Makes this process the parent of the orphans of its children, so that [`kill_orphans_of_ended_ports`] finds them.
/// Linux only: elsewhere a process that leaves the group of its port is not found.
pub fn adopt_orphans() {
    #[cfg(target_os = "linux")]
    let _ = rustix::process::set_child_subreaper(Some(rustix::process::getpid())); // fails on an old kernel
}

/// Kills the processes that ended children left running outside their groups: daemons, and processes started with
/// `setsid`.
///
/// Only for a process that starts no other children.
pub fn kill_orphans_of_ended_ports() {
    kill_orphans(&live());
}

#[cfg(target_os = "linux")]
fn kill_orphans(live: &BTreeSet<u32>) {
    use rustix::process::{Signal, WaitId, WaitIdOptions, kill_process, waitid};
    let own = std::process::id();
    // Killing one may orphan its own children, so this repeats until there are none. The bound is for a fork bomb.
    for _ in 0..100 {
        let orphans: Vec<u32> = children_of(own).into_iter().filter(|id| !live.contains(id)).collect();
        if orphans.is_empty() {
            return;
        }
        for pid in orphans.into_iter().filter_map(pid) {
            let _ = kill_process(pid, Signal::KILL); // it may have ended by itself
            let _ = waitid(WaitId::Pid(pid), WaitIdOptions::EXITED);
        }
    }
}

#[cfg(not(target_os = "linux"))]
fn kill_orphans(_: &BTreeSet<u32>) {}

/// Returns the processes whose parent is `parent`.
#[cfg(target_os = "linux")]
fn children_of(parent: u32) -> Vec<u32> {
    let parent_of = |id: u32| -> Option<u32> {
        let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
        // After the name, in parentheses and with any characters, come the state and the parent.
        stat.rsplit_once(") ")?.1.split(' ').nth(1)?.parse().ok()
    };
    let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).filter(|id| parent_of(*id) == Some(parent)).collect()
}

fn live() -> MutexGuard<'static, BTreeSet<u32>> {
    LIVE.lock().unwrap_or_else(PoisonError::into_inner) // a panic cannot leave a set of numbers half changed
}

#[cfg(unix)]
fn pid(id: u32) -> Option<rustix::process::Pid> {
    i32::try_from(id).ok().and_then(rustix::process::Pid::from_raw)
}

fn kill_group(id: u32) {
    // The port may run as a child of a shell or a launcher.
    #[cfg(unix)]
    if let Some(group) = pid(id) {
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL); // it may have ended by itself
    }
    #[cfg(not(unix))]
    let _ = id;
}

fn read_in_a_thread(output: impl Read + Send + 'static, most_bytes: usize) -> Receiver<Line> {
    let (sender, lines) = sync_channel(MOST_WAITING);
    thread::spawn(move || read_lines(BufReader::new(output), most_bytes, &sender));
    lines
}

fn read_lines(mut output: impl BufRead, most_bytes: usize, sender: &SyncSender<Line>) {
    loop {
        let mut line = Vec::new();
        let read = output.by_ref().take(most_bytes as u64 + 1).read_until(b'\n', &mut line);
        let line = match read {
            Ok(0) => Line::End,
            Ok(_) if line.last() == Some(&b'\n') => {
                line.pop();
                Line::Whole(line)
            }
            Ok(_) if line.len() > most_bytes => match output.skip_until(b'\n') {
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
    let (sender, lines) = channel::<Vec<u8>>(); // the sender bounds it
    thread::spawn(move || {
        while let Ok(line) = lines.recv() {
            if input.write_all(&line).is_err() {
                return; // the child has closed its input
            }
        }
    });
    sender
}

/// The last lines of a child's standard error.
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

    /// Waits only a moment: another process may keep the pipe open.
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
        let text = [vec![b'x'; 9], b"\nab\n".to_vec(), vec![b'y'; 8], b"\nlast".to_vec()].concat();
        let (sender, lines) = sync_channel(9);
        read_lines(text.as_slice(), 8, &sender);
        let seen: Vec<String> = lines
            .try_iter()
            .map(|line| match line {
                Line::Whole(line) => format!("{} bytes", line.len()),
                Line::TooLong => "too long".into(),
                Line::Broken(error) => error.to_string(),
                Line::End => "end".into(),
                Line::Silence => "silence".into(),
            })
            .collect();
        assert_eq!(seen, ["too long", "2 bytes", "8 bytes", "4 bytes", "end"]);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_process_is_found_by_its_parent() {
        let mut child = Command::new("sleep").arg("60").spawn().expect("`sleep` is installed");
        assert!(children_of(std::process::id()).contains(&child.id()));
        child.kill().and_then(|()| child.wait()).expect("it can be killed");
        assert!(!children_of(std::process::id()).contains(&child.id()));
    }
}
