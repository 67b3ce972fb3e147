//! The arguments, and what they select.

mod check;
mod explain;
mod hunt;
mod init_port;
mod reports;
mod vectors;

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::error::ErrorKind;
use clap::{ArgMatches, Args, CommandFactory, FromArgMatches, Parser, Subcommand};
use globset::{Glob, GlobMatcher};
use relogin_conformance::Error;
use relogin_conformance::corpus::{Corpus, Level, Vector};
use relogin_conformance::protocol::reference;
use relogin_conformance::text::safe;

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
    3  a port could not be run
  130  interrupted";

#[derive(Debug, Subcommand)]
enum Command {
    /// Hold the reference, and ports, to the corpus
    #[command(after_help = EXIT_STATUSES)]
    Check(check::Check),
    #[command(after_help = EXIT_STATUSES)]
    Report(reports::Report),
    /// Tell what to do about one response, and which rule decides
    #[command(after_help = EXIT_STATUSES)]
    Explain(explain::Explain),
    #[command(after_help = hunt::EXIT_STATUSES)]
    Hunt(hunt::Hunt),
    #[command(after_help = EXIT_STATUSES)]
    InitPort(init_port::InitPort),
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
    /// With a report of what there was until then.
    Interrupted = 130,
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

impl End {
    /// The end with this exit status.
    fn of(status: u8) -> Self {
        [Self::Good, Self::NotConforming, Self::Broken, Self::PortNotRun]
            .into_iter()
            .find(|end| *end as u8 == status)
            .unwrap_or(Self::Broken)
    }
}

/// Reads the arguments and does what they say; wrong ones end the program.
pub(crate) fn run() -> Result<End, Stop> {
    let matches = match Cli::command().try_get_matches() {
        Ok(matches) => matches,
        Err(error) if !error.use_stderr() => {
            // What was asked for: the help, or the version.
            let mut out = anstream::stdout().lock();
            write!(out, "{}", error.render().ansi())?;
            out.flush()?;
            return Ok(End::Good);
        }
        Err(error) if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            write!(anstream::stderr(), "{}", error.render().ansi())?;
            return Ok(End::Broken);
        }
        Err(error) => return Err(usage(&error).into()),
    };
    let cli = Cli::from_arg_matches(&matches).map_err(|error| usage(&error))?;
    // Which --output belongs to which --format is told by their order, which only the matches know.
    let (_, own) = matches.subcommand().expect("a subcommand is required");
    cli.run(own)
}

/// What is wrong with the arguments, in one line: it may hold what somebody else wrote, such as the name of a file.
fn usage(error: &clap::Error) -> Error {
    let text = error.render().to_string();
    let lines = text.lines().map(str::trim).take_while(|line| !line.starts_with("For more information"));
    let told: Vec<&str> = lines.filter(|line| !line.is_empty()).collect();
    let told = told.join("; ");
    let told = told.strip_prefix("error: ").unwrap_or(&told).replace(":;", ":");
    Error::new(format!("{told} (--help tells more)"))
}

impl Cli {
    fn run(self, matches: &ArgMatches) -> Result<End, Stop> {
        match self.command {
            Command::Check(check) => check.run(matches),
            Command::Report(report) => report.run(matches),
            Command::Explain(explain) => explain.run(),
            Command::Hunt(hunt) => hunt.run(),
            Command::InitPort(init_port) => init_port.run(),
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

/// For each use of the argument `later`, the number of the last use of `earlier` before it.
fn preceding(matches: &ArgMatches, later: &str, earlier: &str) -> Vec<Option<usize>> {
    let indices = |name: &str| matches.indices_of(name).into_iter().flatten().collect::<Vec<usize>>();
    let earlier = indices(earlier);
    indices(later).into_iter().map(|later| earlier.iter().rposition(|index| *index < later)).collect()
}

/// Says something on standard error, in one line.
pub(crate) fn eprint_line(what: &str) {
    // When not even this can be written, the exit status is all that is left.
    let _ = writeln!(anstream::stderr(), "{}", safe(what, 2_000));
}

/// Which vectors of which corpus.
#[derive(Debug, Args)]
struct Selection {
    /// Only vectors up to this level; levels are cumulative
    #[arg(long, value_parser = level())]
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
    /// A folder with vectors and profiles, instead of those inside this program; parsers keep the tables that they have
    #[arg(long = "corpus", value_name = "DIR")]
    folder: Option<PathBuf>,
}

impl CorpusChoice {
    fn load(&self) -> Result<Corpus, Error> {
        self.folder.as_deref().map_or_else(Corpus::embedded, Corpus::load)
    }

    /// What a reader of the results must know of a corpus from a folder.
    fn note(&self, corpus: &Corpus) -> Result<Option<String>, Error> {
        let Some(folder) = &self.folder else { return Ok(None) };
        let own = Corpus::embedded()?;
        let is_same = (&own.codes, &own.keys, &own.characters) == (&corpus.codes, &corpus.keys, &corpus.characters);
        let name = folder.display();
        Ok((!is_same).then(|| format!("The tables in {name} are not those of this program, and the reference has its own built in.")))
    }
}

/// The names of the levels.
fn level() -> impl TypedValueParser<Value = Level> {
    PossibleValuesParser::new(Level::ALL.map(Level::as_str)).try_map(|name| Level::from_str(&name))
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
