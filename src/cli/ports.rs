//! The commands of ports, and their end.

use relogin_conformance::Error;
use relogin_conformance::protocol::process;

use super::exit::eprint_line;
use super::files::remove_unfinished;

/// The words of a command.
#[derive(Clone, Debug)]
pub(super) struct Words(pub(super) Vec<String>);

/// Splits a command as a shell does, or reads the words from a JSON array.
pub(super) fn words(command: &str) -> Result<Words, String> {
    let command = command.trim();
    let words: Vec<String> = if command.starts_with('[') {
        serde_json::from_str(command)
            .map_err(|error| format!("it begins with `[` and is not a JSON array of words: {error}"))?
    } else if is_windows_path(command) {
        return Err(
            "a backslash quotes the next character, as in a shell; write `/`, or a JSON array of words such as \
                    [\"C:\\\\tools\\\\my-port.exe\"]"
                .into(),
        );
    } else {
        shlex::split(command).ok_or("a quote is not closed, or the last character is a backslash")?
    };
    match words.first() {
        None => Err("the command is empty".into()),
        Some(program) if program.is_empty() => Err("the name of the program is empty".into()),
        Some(_) if words.iter().any(|word| word.contains('\0')) => Err("a word of a command cannot hold U+0000".into()),
        Some(_) => Ok(Words(words)),
    }
}

/// Returns whether a command begins with a path such as `C:\tools` or `\\server\tools`. Split as a shell does, it would
/// lose its backslashes.
fn is_windows_path(command: &str) -> bool {
    let path = command.trim_start_matches(['"', '\'']).as_bytes();
    matches!(path, [b'\\', b'\\', ..]) || matches!(path, [drive, b':', b'\\', ..] if drive.is_ascii_alphabetic())
}

/// Returns what cannot be ended on a system, if that is so.
fn left_running(is_unix: bool) -> Option<&'static str> {
    (!is_unix).then_some(
        "note: on this system only a port itself can be ended, not what it has started: use a port that starts no other program, \
         or look for programs that stay after the run",
    )
}

/// Kills the ports and removes unfinished files when a signal would end this program, and exits with the status of a
/// shell for SIGINT. Does neither if `is_ending` returns true: the program then ends by itself.
pub(super) fn leave_no_port_behind(is_ending: fn() -> bool) -> Result<(), Error> {
    if let Some(note) = left_running(cfg!(unix)) {
        eprint_line(note);
    }
    process::adopt_orphans();
    let end = move || {
        if is_ending() {
            return;
        }
        process::kill_all();
        remove_unfinished();
        eprint_line("interrupted; the ports were killed, and there is no report");
        std::process::exit(130);
    };
    on_interrupt(end).map_err(|error| Error::new(format!("cannot listen for an interrupt: {error}")))
}

/// Calls `end` for each signal that ends a program and can be handled, whoever sent it: a port may send any. Not those
/// that a fault in this program causes, such as SIGSEGV: after their handler the fault comes again.
#[cfg(unix)]
pub(super) fn on_interrupt(end: impl Fn() + Send + 'static) -> std::io::Result<()> {
    use signal_hook::consts::signal::*;
    let mut signals = vec![
        SIGABRT, SIGALRM, SIGHUP, SIGINT, SIGPROF, SIGQUIT, SIGSYS, SIGTERM, SIGTRAP, SIGUSR1, SIGUSR2, SIGVTALRM,
        SIGXCPU, SIGXFSZ,
    ];
    #[cfg(any(target_os = "linux", target_os = "android"))]
    signals.extend([SIGIO, rustix::process::Signal::POWER.as_raw(), rustix::process::Signal::STKFLT.as_raw()]);
    let mut signals = signal_hook::iterator::Signals::new(signals)?;
    // The real-time signals end a program too. Those that the C library keeps for itself are refused.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    (34..=64).for_each(|signal| _ = signals.add_signal(signal));
    // A file that grows beyond a limit is an error of that write, which names the file.
    std::thread::spawn(move || signals.forever().filter(|signal| *signal != SIGXFSZ).for_each(|_| end()));
    Ok(())
}

/// As above, for the interrupts of other systems.
#[cfg(not(unix))]
pub(super) fn on_interrupt(end: impl Fn() + Send + 'static) -> Result<(), ctrlc::Error> {
    ctrlc::set_handler(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_split_as_a_shell_does_or_is_a_json_array() {
        for (command, expected) in [
            (r"python3 'a b' c\ d", vec!["python3", "a b", "c d"]),
            (r#"["C:\\tools\\my-port.exe","x y",""]"#, vec![r"C:\tools\my-port.exe", "x y", ""]),
            (" [ \"[\" ]\n", vec!["["]),
            ("c:/tools/my-port.exe", vec!["c:/tools/my-port.exe"]),
        ] {
            assert_eq!(
                words(command).map(|Words(words)| words),
                Ok(expected.into_iter().map(str::to_owned).collect()),
                "{command}"
            );
        }
        for (command, part) in [
            (r"C:\tools\my-port.exe", "write `/`, or a JSON array"),
            (r#""c:\my tools\my-port.exe" x"#, "write `/`, or a JSON array"),
            (r"\\server\my-port.exe", "write `/`, or a JSON array"),
            ("[x]", "not a JSON array of words"),
            (r#"["x", 1]"#, "not a JSON array of words"),
            ("[]", "the command is empty"),
            ("''", "the name of the program is empty"),
            (r#"["a\u0000b"]"#, "U+0000"),
        ] {
            assert!(words(command).is_err_and(|error| error.contains(part)), "{command}");
        }
    }

    #[test]
    fn other_systems_than_unix_get_a_note() {
        assert_eq!(left_running(true), None);
        assert!(
            left_running(false)
                .is_some_and(|note| note.starts_with("note: on this system only a port itself can be ended"))
        );
    }
}
