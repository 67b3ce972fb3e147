//! The command line of the relogin specification: `relogin check`, `explain`, `port` and `vectors`.

mod cli;

use std::io::{self, Write};
use std::process::ExitCode;

use clap::Parser;
use relogin_conformance::text::safe;

use cli::{Cli, Stop};

/// What a shell tells of a program that SIGPIPE ended; Rust ignores the signal.
const BROKEN_PIPE: u8 = 141;

fn main() -> ExitCode {
    match Cli::parse().run() {
        Ok(end) => ExitCode::from(end as u8),
        Err(Stop::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::from(BROKEN_PIPE),
        Err(Stop::Output(error)) => fail(&format!("cannot write to standard output: {error}")),
        Err(Stop::Error(error)) => fail(&error.to_string()),
    }
}

/// Tells what is wrong, in one line; the exit status is 2.
fn fail(what: &str) -> ExitCode {
    // When not even this can be written, the exit status is all that is left.
    let _ = writeln!(anstream::stderr(), "error: {}", safe(what, 2_000));
    ExitCode::from(cli::End::Broken as u8)
}
