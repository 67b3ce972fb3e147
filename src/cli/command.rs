//! The commands.

use std::io::{self, Write};

use clap::error::ErrorKind;
use clap::{ArgMatches, CommandFactory, FromArgMatches, Parser, Subcommand};
use relogin_conformance::Error;
use relogin_conformance::protocol::reference;

use super::exit::{CliError, Exit};
#[cfg(feature = "serve")]
use super::serve;
use super::{check, clients, explain, hunt, init_port, reports, rule, vectors};

/// Must the user sign in again? Checks OAuth token-error parsers against the relogin specification.
#[derive(Debug, Parser)]
#[command(name = "relogin", version, after_help = EXIT_STATUSES, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Command,
}

const EXIT_STATUSES: &str = "Exit status:
    0  every implementation conforms; or the command succeeded
    1  an implementation does not conform
    2  wrong usage, a broken corpus, or a file that cannot be read or written
    3  a port could not be run
  130  interrupted";

#[derive(Debug, Subcommand)]
enum Command {
    /// Check the reference and ports against the corpus
    #[command(after_help = EXIT_STATUSES)]
    Check(check::Check),
    #[command(after_help = EXIT_STATUSES)]
    Report(reports::Report),
    /// Explain the verdict on one response: what to do, and which rule decides
    #[command(after_help = explain::EXIT_STATUSES)]
    Explain(explain::Explain),
    #[command(after_help = EXIT_STATUSES)]
    Rule(rule::RuleOf),
    #[command(after_help = hunt::EXIT_STATUSES)]
    Hunt(hunt::Hunt),
    #[command(after_help = EXIT_STATUSES)]
    Clients(clients::Clients),
    #[command(after_help = EXIT_STATUSES)]
    InitPort(init_port::InitPort),
    /// Run the reference as a port: requests on standard input, replies on standard output
    #[command(after_help = EXIT_STATUSES)]
    Port,
    #[cfg(feature = "serve")]
    #[command(after_help = EXIT_STATUSES)]
    Serve(serve::Serve),
    /// List, show, check or export the vectors of the corpus
    #[command(subcommand, after_help = EXIT_STATUSES)]
    Vectors(vectors::Vectors),
}

/// Parses the arguments and runs the command.
pub(crate) fn run() -> Result<Exit, CliError> {
    let matches = match Cli::command().try_get_matches() {
        Ok(matches) => matches,
        Err(error) if !error.use_stderr() => {
            // The help or the version, which is not an error.
            let mut out = anstream::stdout().lock();
            write!(out, "{}", error.render().ansi())?;
            out.flush()?;
            return Ok(Exit::Good);
        }
        Err(error) if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            write!(anstream::stderr(), "{}", error.render().ansi())?;
            return Ok(Exit::Broken);
        }
        Err(error) => return Err(usage(&error).into()),
    };
    let cli = Cli::from_arg_matches(&matches).map_err(|error| usage(&error))?;
    // Only the matches have the order of the arguments: it says which --output belongs to which --format.
    let (_, own) = matches.subcommand().expect("a subcommand is required");
    cli.run(own)
}

/// Returns an error of clap in one line. It may hold strings from outside, such as the name of a file.
fn usage(error: &clap::Error) -> Error {
    let text = error.render().to_string();
    let lines = text.lines().map(str::trim).take_while(|line| !line.starts_with("For more information"));
    let lines: Vec<&str> = lines.filter(|line| !line.is_empty()).collect();
    let message = lines.join("; ");
    let message = message.strip_prefix("error: ").unwrap_or(&message).replace(":;", ":");
    Error::new(format!("{message} (see --help)"))
}

impl Cli {
    fn run(self, matches: &ArgMatches) -> Result<Exit, CliError> {
        match self.command {
            Command::Check(check) => check.run(matches),
            Command::Report(report) => report.run(matches),
            Command::Explain(explain) => explain.run(),
            Command::Rule(rule) => rule.run(),
            Command::Hunt(hunt) => hunt.run(),
            Command::Clients(clients) => clients.run(),
            Command::InitPort(init_port) => init_port.run(),
            Command::Port => port(),
            #[cfg(feature = "serve")]
            Command::Serve(serve) => serve.run(),
            Command::Vectors(vectors) => vectors.run(),
        }
    }
}

fn port() -> Result<Exit, CliError> {
    match reference::serve(io::stdin().lock(), io::stdout().lock()) {
        Ok(()) => Ok(Exit::Good),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Err(error.into()),
        Err(error) => Err(Error::new(format!("cannot go on reading requests and writing replies: {error}")).into()),
    }
}
