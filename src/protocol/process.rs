//! A child process that reads and writes lines. It runs in a session of its own, without a controlling terminal, and is
//! always killed in the end.
//!
//! Threads read and write, so the caller never waits longer than its own limit: not for a child that does not read, and
//! not for one that floods its output or writes nothing. The lines that wait between the threads are bounded in bytes.

use std::collections::{BTreeSet, VecDeque};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::process::{ChildStdin, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender, channel, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use process_wrap::std::{ChildWrapper, CommandWrap};

/// How long a child may run after it closed its output.
pub(super) const GRACE: Duration = Duration::from_secs(1);
/// How long a killed child may take to end. One that cannot be killed must not keep the runner.
const KILLED: Duration = Duration::from_secs(5);
/// The most bytes of output that are read at once, and the most such pieces that wait to be taken. A child that writes
/// more is blocked.
const PIECE_BYTES: usize = 1 << 16;
const MOST_PIECES: usize = 4;
/// From this many bytes on that wait to be written to the child, [`Process::is_input_full`] says so.
const FULL_INPUT: usize = 4 << 20;
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
    child: Box<dyn ChildWrapper>,
    input: Option<Sender<Vec<u8>>>,
    /// How many bytes wait to be written to its input.
    waiting: Arc<AtomicUsize>,
    output: Receiver<io::Result<Vec<u8>>>,
    lines: Lines,
    stderr: Stderr,
}

impl Process {
    /// Starts a program. A line of its output may have up to `most_bytes` bytes.
    pub(crate) fn start(program: &str, arguments: &[String], most_bytes: usize) -> io::Result<Self> {
        let mut command = Command::new(program);
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut command = CommandWrap::from(command);
        // The leader of a session leads a process group too, which `kill_group` ends.
        #[cfg(unix)]
        command.wrap(process_wrap::std::ProcessSession);
        // The lock is held from before the start until the child is listed: `kill_all` cannot miss it.
        let mut live = live();
        let child = command.spawn()?;
        live.insert(child.id());
        drop(live);
        #[cfg(unix)]
        let child = child.into_inner(); // without the wrapper that would wait for the whole group
        let mut child = child;
        let waiting = Arc::new(AtomicUsize::new(0));
        Ok(Self {
            input: child.stdin().take().map(|input| write_in_a_thread(input, Arc::clone(&waiting))),
            waiting,
            output: read_in_a_thread(child.stdout().take().expect("the output was made a pipe")),
            lines: Lines::new(most_bytes),
            stderr: Stderr::keep(child.stderr().take().expect("the error output was made a pipe")),
            child,
        })
    }

    /// Queues a line. A child that does not read is noticed when it does not reply.
    pub(crate) fn send(&self, line: Vec<u8>) {
        if let Some(input) = &self.input {
            self.waiting.fetch_add(line.len(), Ordering::Relaxed);
            // Fails when the child has closed its input. The caller notices when it reads the output.
            let _ = input.send(line);
        }
    }

    /// Returns whether so much waits to be written that the caller should read a reply first.
    pub(crate) fn is_input_full(&self) -> bool {
        self.waiting.load(Ordering::Relaxed) >= FULL_INPUT
    }

    /// Closes the child's input after the queued lines.
    pub(crate) fn close_input(&mut self) {
        self.input = None;
    }

    /// Returns the next line. Waits until this point in time.
    pub(crate) fn next_line(&mut self, until: Instant) -> Line {
        loop {
            // Before the lines that wait: a child that writes noise must not keep the caller waiting.
            let Some(left) = until.checked_duration_since(Instant::now()) else { return Line::Silence };
            if let Some(line) = self.lines.next() {
                return line;
            }
            match self.output.recv_timeout(left) {
                Ok(Ok(piece)) => self.lines.add(&piece),
                Ok(Err(error)) => return Line::Broken(error),
                Err(RecvTimeoutError::Disconnected) => return self.lines.last().unwrap_or(Line::End),
                Err(RecvTimeoutError::Timeout) => return Line::Silence,
            }
        }
    }

    /// Returns how the child ended, or `None` if it runs.
    pub(crate) fn ended(&mut self) -> Option<ExitStatus> {
        if self.has_ended() { self.kill() } else { None }
    }

    /// Waits a moment for the child to end, kills the rest of its group, and returns how it ended.
    pub(crate) fn wait(&mut self) -> Option<ExitStatus> {
        wait_until(GRACE, || self.has_ended());
        self.ended()
    }

    /// Kills the child and its group, and returns how the child ended; `None` if it cannot be killed, such as a program
    /// that `sudo` runs.
    pub(crate) fn kill(&mut self) -> Option<ExitStatus> {
        self.close_input();
        let mut live = live();
        let is_first = live.remove(&self.child.id());
        if is_first {
            // Until the child is reaped, no other process or group can have its number.
            kill_group(self.child.id());
            let _ = self.child.start_kill(); // it may have ended by itself
        }
        drop(live);
        let has_ended = if is_first { wait_until(KILLED, || self.has_ended()) } else { self.has_ended() };
        if has_ended { self.child.wait().ok() } else { None }
    }

    /// Returns the last lines of its standard error. Call it when the child has ended.
    pub(crate) fn stderr(&self) -> Vec<String> {
        self.stderr.lines()
    }

    /// Returns whether the child has ended. Some of its output may not be read yet.
    #[cfg(unix)]
    pub(crate) fn has_ended(&mut self) -> bool {
        has_ended(self.child.id())
    }

    #[cfg(not(unix))]
    pub(crate) fn has_ended(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Waits until something holds, for this time at most, and returns whether it holds.
fn wait_until(time: Duration, mut holds: impl FnMut() -> bool) -> bool {
    let until = Instant::now() + time;
    loop {
        if holds() {
            return true;
        }
        if Instant::now() >= until {
            return false;
        }
        thread::sleep(Duration::from_millis(2));
    }
}

/// Returns whether a child has ended. Does not reap it: its group must be killed first.
#[cfg(unix)]
fn has_ended(id: u32) -> bool {
    use rustix::process::{WaitId, WaitIdOptions, waitid};
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
    pid(id).is_none_or(|pid| !matches!(waitid(WaitId::Pid(pid), options), Ok(None)))
}

/// Kills every running child, and blocks the start of any other. Call it before this process ends.
pub fn kill_all() {
    let live = live();
    live.iter().for_each(|id| kill_group(*id));
    // Their own children become orphans when they have ended.
    #[cfg(unix)]
    wait_until(KILLED, || live.iter().all(|id| has_ended(*id)));
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
        // Those of another user cannot be killed, and are not waited for.
        let killed: Vec<_> =
            orphans.into_iter().filter_map(pid).filter(|pid| kill_process(*pid, Signal::KILL).is_ok()).collect();
        if killed.is_empty() {
            return;
        }
        for pid in killed {
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
    entries
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter(|id| parent_of(*id) == Some(parent))
        .collect()
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

fn read_in_a_thread(output: impl Read + Send + 'static) -> Receiver<io::Result<Vec<u8>>> {
    let (sender, pieces) = sync_channel(MOST_PIECES);
    thread::spawn(move || read_pieces(output, &sender));
    pieces
}

fn read_pieces(mut output: impl Read, sender: &SyncSender<io::Result<Vec<u8>>>) {
    let mut piece = vec![0; PIECE_BYTES];
    loop {
        let read = match output.read(&mut piece) {
            Ok(0) => return,
            Ok(length) => Ok(piece[..length].to_vec()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => Err(error),
        };
        let is_last = read.is_err();
        if sender.send(read).is_err() || is_last {
            return;
        }
    }
}

/// Cuts output into lines. Keeps at most one line that is not whole, and the piece after it.
struct Lines {
    /// The output that is not taken yet begins at `start`; there is no line feed before `searched`.
    bytes: Vec<u8>,
    start: usize,
    searched: usize,
    /// The line that comes has too many bytes. Those before `start` are dropped.
    is_too_long: bool,
    most_bytes: usize,
}

impl Lines {
    fn new(most_bytes: usize) -> Self {
        Self { bytes: Vec::new(), start: 0, searched: 0, is_too_long: false, most_bytes }
    }

    fn add(&mut self, piece: &[u8]) {
        self.is_too_long |= self.bytes.len() - self.start > self.most_bytes;
        if self.is_too_long {
            self.start = self.bytes.len();
        }
        self.bytes.drain(..self.start);
        (self.start, self.searched) = (0, self.bytes.len());
        self.bytes.extend_from_slice(piece);
    }

    /// Returns the next line that is whole.
    fn next(&mut self) -> Option<Line> {
        let length = self.bytes[self.searched..].iter().position(|byte| *byte == b'\n')?;
        let end = self.searched + length;
        let line = self.cut(end);
        (self.start, self.searched) = (end + 1, end + 1);
        Some(line)
    }

    /// Returns the last line, which has no line feed.
    fn last(&mut self) -> Option<Line> {
        let end = self.bytes.len();
        let line = (self.is_too_long || self.start < end).then(|| self.cut(end));
        (self.start, self.searched) = (end, end);
        line
    }

    fn cut(&mut self, end: usize) -> Line {
        let line = &self.bytes[self.start..end];
        if std::mem::take(&mut self.is_too_long) || line.len() > self.most_bytes {
            Line::TooLong
        } else {
            Line::Whole(line.to_vec())
        }
    }
}

fn write_in_a_thread(mut input: ChildStdin, waiting: Arc<AtomicUsize>) -> Sender<Vec<u8>> {
    let (sender, lines) = channel::<Vec<u8>>(); // `is_input_full` bounds it
    thread::spawn(move || {
        while let Ok(line) = lines.recv() {
            if input.write_all(&line).is_err() {
                return; // the child has closed its input
            }
            waiting.fetch_sub(line.len(), Ordering::Relaxed);
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
        for piece in 1..=text.len() {
            let mut lines = Lines::new(8);
            let mut seen = Vec::new();
            for piece in text.chunks(piece) {
                lines.add(piece);
                seen.extend(std::iter::from_fn(|| lines.next()));
            }
            seen.extend(std::iter::from_fn(|| lines.last()));
            let seen: Vec<String> = seen
                .into_iter()
                .map(|line| match line {
                    Line::Whole(line) => format!("{} bytes", line.len()),
                    _ => "too long".into(),
                })
                .collect();
            assert_eq!(seen, ["too long", "2 bytes", "8 bytes", "4 bytes"], "pieces of {piece}");
        }
        let mut endless = Lines::new(8);
        for _ in 0..1_000 {
            endless.add(b"xxxx");
            assert!(endless.next().is_none() && endless.bytes.len() <= 16);
        }
        assert!(matches!(endless.last(), Some(Line::TooLong)));
        assert!(endless.last().is_none());
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
