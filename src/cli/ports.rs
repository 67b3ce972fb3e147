//! The commands of ports, and their end.

use relogin_conformance::Error;
use relogin_conformance::protocol::process;

use super::exit::eprint_line;

/// The words of a command.
#[derive(Clone, Debug)]
pub(super) struct Words(pub(super) Vec<String>);

pub(super) fn words(command: &str) -> Result<Words, String> {
    let words = shlex::split(command).ok_or("a quote is not closed, or the last character is a backslash")?;
    if words.is_empty() { Err("the command is empty".into()) } else { Ok(Words(words)) }
}

/// Kills the ports when a signal would end this program, and exits with the status of a shell for SIGINT. Does neither
/// if `is_ending` returns true: the program then ends by itself.
pub(super) fn leave_no_port_behind(is_ending: fn() -> bool) -> Result<(), Error> {
    process::adopt_orphans();
    let end = move || {
        if is_ending() {
            return;
        }
        process::kill_all();
        eprint_line("interrupted; the ports were killed, and there is no report");
        std::process::exit(130);
    };
    on_interrupt(end).map_err(|error| Error::new(format!("cannot listen for an interrupt: {error}")))
}

/// Calls `end` for each signal that ends a program and can be handled, whoever sent it: a port may send any. Not those
/// that a fault in this program causes, such as SIGSEGV: after their handler the fault comes again.
#[cfg(unix)]
fn on_interrupt(end: impl Fn() + Send + 'static) -> std::io::Result<()> {
    use signal_hook::consts::signal::*;
    let mut signals = vec![
        SIGABRT, SIGALRM, SIGHUP, SIGINT, SIGPROF, SIGQUIT, SIGSYS, SIGTERM, SIGTRAP, SIGUSR1, SIGUSR2, SIGVTALRM, SIGXCPU, SIGXFSZ,
    ];
    #[cfg(any(target_os = "linux", target_os = "android"))]
    signals.extend([SIGIO, rustix::process::Signal::POWER.as_raw(), rustix::process::Signal::STKFLT.as_raw()]);
    let mut signals = signal_hook::iterator::Signals::new(signals)?;
    std::thread::spawn(move || signals.forever().for_each(|_| end()));
    Ok(())
}

/// As above, for the interrupts of other systems.
#[cfg(not(unix))]
fn on_interrupt(end: impl Fn() + Send + 'static) -> Result<(), ctrlc::Error> {
    ctrlc::set_handler(end)
}
