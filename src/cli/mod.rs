//! The commands, and how they end.

mod check;
mod explain;
mod port;
mod vectors;

use std::fmt;
use std::io;
use std::path::Path;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use globset::{Glob, GlobMatcher};
use relogin_conformance::text::safe;
use relogin_conformance::vectors::Corpus;

/// Must the user sign in again? Holds parsers of failed OAuth token refreshes, in any language, to one specification.
#[derive(Parser)]
#[command(
    version,
    name = "relogin",
    after_help = "Exit status: 0 conforming, 1 not conforming, 2 wrong usage or a broken corpus, 3 a port could not be run."
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Hold the reference and ports to the corpus
    Check(check::Arguments),
    /// Explain the verdict on one response
    Explain(explain::Arguments),
    /// Run the reference parser as a port
    Port,
    /// List, show, check or export the vectors
    #[command(subcommand)]
    Vectors(vectors::Arguments),
}

/// How a command ended that could do what it was asked.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Conforming,
    NotConforming,
}

/// Why a command could not do what it was asked.
enum Problem {
    /// Wrong usage, a broken corpus, a file that cannot be read or written.
    Usage(String),
    /// A port could not be run.
    Port(String),
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Self::Usage(what) | Self::Port(what)) = self;
        f.write_str(what)
    }
}

/// Writing what a command prints failed.
impl From<io::Error> for Problem {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            std::process::exit(0); // whoever read has read enough
        }
        Self::Usage(format!("the output cannot be written: {error}"))
    }
}

/// Runs the command of this process's arguments.
pub(crate) fn main() -> ExitCode {
    use std::io::Write as _;
    let ended = match Arguments::parse().command {
        Command::Check(arguments) => check::run(&arguments),
        Command::Explain(arguments) => explain::run(&arguments),
        Command::Port => port::run(),
        Command::Vectors(arguments) => vectors::run(&arguments),
    };
    match ended {
        Ok(End::Conforming) => ExitCode::SUCCESS,
        Ok(End::NotConforming) => ExitCode::from(1),
        Err(problem) => {
            let _ = writeln!(anstream::stderr().lock(), "relogin: {problem}"); // nobody is left to tell
            ExitCode::from(match problem {
                Problem::Usage(_) => 2,
                Problem::Port(_) => 3,
            })
        }
    }
}

/// The corpus in a folder, or the one inside this binary.
fn corpus(dir: Option<&Path>) -> Result<Corpus, Problem> {
    dir.map_or_else(Corpus::embedded, Corpus::load).map_err(|error| Problem::Usage(safe(&error.to_string(), 500)))
}

/// A pattern for vector ids: `*` matches within and across `/`.
fn filter(pattern: Option<&str>) -> Result<GlobMatcher, Problem> {
    let glob = Glob::new(pattern.unwrap_or("*"));
    glob.map(|glob| glob.compile_matcher()).map_err(|error| Problem::Usage(safe(&format!("--filter is no pattern: {error}"), 300)))
}
