//! The arguments, and what they select.

mod check;
mod explain;
mod report;
mod vectors;

use std::io;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Parser, Subcommand};
use globset::{Glob, GlobMatcher};
use relogin_conformance::vectors::{Corpus, Level, Vector};
use relogin_conformance::{Error, reference};

/// Must the user sign in again? Holds OAuth token-error parsers to the relogin specification.
#[derive(Debug, Parser)]
#[command(name = "relogin", version, after_help = EXIT_STATUSES, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Command,
}

const EXIT_STATUSES: &str = "Exit status:
  0  every implementation conforms; or the command did what it was asked for
  1  an implementation does not conform
  2  wrong usage, a broken corpus, or a file that cannot be read or written
  3  a port could not be run";

#[derive(Debug, Subcommand)]
enum Command {
    /// Hold the reference, and ports, to the corpus
    #[command(after_help = EXIT_STATUSES)]
    Check(check::Check),
    /// Tell what to do about one response, and which rule decides
    #[command(after_help = EXIT_STATUSES)]
    Explain(explain::Explain),
    /// Run the reference as a port: requests on standard input, replies on standard output
    #[command(after_help = EXIT_STATUSES)]
    Port,
    /// Look at the vectors of the corpus
    #[command(subcommand, after_help = EXIT_STATUSES)]
    Vectors(vectors::Vectors),
}

/// How a command ends, as its exit status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Good = 0,
    NotConforming = 1,
    Broken = 2,
    PortNotRun = 3,
}

/// Why a command stops.
#[derive(Debug)]
pub(crate) enum Stop {
    /// Standard output cannot be written to.
    Output(io::Error),
    /// Anything else; exit status 2.
    Error(Error),
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

impl Cli {
    pub(crate) fn run(self) -> Result<End, Stop> {
        match self.command {
            Command::Check(check) => check.run(),
            Command::Explain(explain) => explain.run(),
            Command::Port => port(),
            Command::Vectors(vectors) => vectors.run(),
        }
    }
}

fn port() -> Result<End, Stop> {
    // A failed read and a failed write are told apart by what the pipe says.
    match reference::serve(io::stdin().lock(), io::stdout().lock()) {
        Ok(()) => Ok(End::Good),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Err(error.into()),
        Err(error) => Err(Error::new(format!("cannot go on reading requests and writing replies: {error}")).into()),
    }
}

/// Which vectors of which corpus.
#[derive(Debug, Args)]
struct Selection {
    /// Only vectors up to this level; levels are cumulative
    #[arg(long, value_parser = PossibleValuesParser::new(Level::ALL.map(Level::as_str)).try_map(|name| Level::from_str(&name)))]
    level: Option<Level>,
    /// Only vectors whose id matches, such as `core/nested/*` or `*reused*`; `*` matches `/` too
    #[arg(long, value_name = "GLOB", value_parser = glob)]
    filter: Option<GlobMatcher>,
    #[command(flatten)]
    corpus: CorpusChoice,
}

impl Selection {
    /// The vectors that are selected, at least one.
    fn of<'c>(&self, corpus: &'c Corpus) -> Result<Vec<&'c Vector>, Error> {
        let at_level = |vector: &&Vector| self.level.is_none_or(|level| vector.level().is_none_or(|own| own <= level));
        let matching = |vector: &&Vector| self.filter.as_ref().is_none_or(|filter| filter.is_match(&vector.id));
        let selected: Vec<&Vector> = corpus.vectors().filter(at_level).filter(matching).collect();
        match (&self.filter, self.level) {
            _ if !selected.is_empty() => Ok(selected),
            (Some(filter), None) => Err(Error::new(format!("no vector has an id that matches {}", filter.glob()))),
            (Some(filter), Some(level)) => {
                Err(Error::new(format!("no vector up to level {level} has an id that matches {}", filter.glob())))
            }
            (None, _) => Err(Error::new("the corpus has no vector of that level")),
        }
    }
}

#[derive(Debug, Args)]
struct CorpusChoice {
    /// A folder with a corpus, instead of the one inside this program
    #[arg(long = "corpus", value_name = "DIR")]
    folder: Option<PathBuf>,
}

impl CorpusChoice {
    fn load(&self) -> Result<Corpus, Error> {
        self.folder.as_deref().map_or_else(Corpus::embedded, Corpus::load)
    }
}

fn glob(text: &str) -> Result<GlobMatcher, String> {
    Glob::new(text).map(|glob| glob.compile_matcher()).map_err(|error| error.kind().to_string())
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse::<f64>().ok().filter(|seconds| (0.001..=86_400.0).contains(seconds));
    seconds.map(Duration::from_secs_f64).ok_or_else(|| "not a number of seconds from 0.001 to 86400".into())
}

/// The standard name for standard input and output.
fn is_dash(path: &Path) -> bool {
    path.as_os_str() == "-"
}
