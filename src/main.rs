//! The command line of the relogin specification: `relogin check`, `report`, `explain`, `hunt`, `init-port`, `port` and `vectors`.

mod cli;

use std::io;
use std::process::ExitCode;

use cli::Stop;

/// What a shell tells of a program that SIGPIPE ended; Rust ignores the signal.
const BROKEN_PIPE: u8 = 141;

fn main() -> ExitCode {
    match cli::run() {
        Ok(end) => ExitCode::from(end as u8),
        Err(Stop::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::from(BROKEN_PIPE),
        Err(Stop::Output(error)) => fail(&format!("cannot write to standard output: {error}")),
        Err(Stop::Error(error)) => fail(&error.to_string()),
    }
}

/// Tells what is wrong, in one line; the exit status is 2.
fn fail(what: &str) -> ExitCode {
    cli::eprint_line(&format!("error: {what}"));
    ExitCode::from(cli::End::Broken as u8)
}
