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

/// Kills the ports when this program gets SIGINT or SIGTERM, and exits with the status of a shell for SIGINT. Does
/// neither if `is_ending` returns true: the program then ends by itself.
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
    ctrlc::set_handler(end).map_err(|error| Error::new(format!("cannot listen for an interrupt: {error}")))
}
