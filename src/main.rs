//! The command line of the relogin specification: `relogin check`, `report`, `explain`, `rule`, `hunt`, `clients`,
//! `serve`, `init-port`, `port` and `vectors`.

mod cli;

use std::io;
use std::process::ExitCode;

use cli::CliError;

/// The exit status that a shell shows for a program that SIGPIPE ended. Rust programs ignore the signal.
const BROKEN_PIPE: u8 = 141;

fn main() -> ExitCode {
    match cli::run() {
        Ok(exit) => ExitCode::from(exit as u8),
        Err(CliError::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::from(BROKEN_PIPE),
        Err(CliError::Output(error)) => fail(&format!("cannot write to standard output: {error}")),
        Err(CliError::Error(error)) => fail(&error.to_string()),
    }
}

/// Prints an error in one line, and returns exit status 2.
fn fail(message: &str) -> ExitCode {
    cli::eprint_line(&format!("error: {message}"));
    ExitCode::from(cli::Exit::Broken as u8)
}
