//! `relogin report`, and the choice of reports and files that it shares with `relogin check`.

use std::fs::File;
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{ArgMatches, Args};
use relogin_conformance::Error;
use relogin_conformance::check::{Harm, Results};
use relogin_conformance::report::{Format, Shown};

use super::exit::{CliError, Exit};
use super::files::{can_be_written, is_device, is_same_file, write_whole};
use super::values::{is_dash, preceding};

#[derive(Debug, Args)]
pub(super) struct ReportChoice {
    /// The format of a report; may be given more than once, each with its own --output
    #[arg(long = "format", value_name = "FORMAT", value_parser = PossibleValuesParser::new(Format::ALL.map(Format::as_str)).try_map(|name| Format::from_str(&name)))]
    formats: Vec<Format>,
    /// Write the report of the --format before it to a file; standard output then gets the human report, unless another
    /// --format goes there
    #[arg(long = "output", value_name = "FILE")]
    outputs: Vec<PathBuf>,
    /// Show all failures, not only one of each group and the worst 20 groups of each implementation
    #[arg(long)]
    all: bool,
    /// Show only failures of this harm; may be given more than once. Totals, json and junit still have all failures
    #[arg(long = "harm", value_name = "HARM", value_parser = PossibleValuesParser::new(Harm::ALL.map(Harm::as_str)).try_map(|name| harm(&name)))]
    harms: Vec<Harm>,
}

/// The reports to write: for each format a file, or standard output.
pub(super) struct Outputs {
    reports: Vec<(Format, Option<PathBuf>)>,
    shown: Shown,
}

/// Returns the harm with a name.
fn harm(name: &str) -> Result<Harm, String> {
    Harm::ALL.into_iter().find(|harm| harm.as_str() == name).ok_or_else(|| format!("there is no harm `{name}`"))
}

impl ReportChoice {
    /// Returns the reports, each with the --output that follows its --format.
    pub(super) fn outputs(&self, matches: &ArgMatches) -> Result<Outputs, Error> {
        let mut reports: Vec<(Format, Option<PathBuf>)> = self.formats.iter().map(|format| (*format, None)).collect();
        for (path, owner) in self.outputs.iter().zip(preceding(matches, "outputs", "formats")) {
            let name = path.display();
            match owner.map(|owner| &mut reports[owner].1) {
                Some(slot @ None) => *slot = Some(path.clone()),
                Some(Some(_)) => {
                    return Err(Error::new(format!(
                        "--output {name} is the second file of one --format; a --format has at most one"
                    )));
                }
                None => return Err(Error::new(format!("--output {name} must follow the --format that it belongs to"))),
            }
            can_be_written(path)?;
        }
        // One report always goes to standard output, which may be a file.
        let standard = Some(Path::new("/dev/stdout")).filter(|path| path.is_file());
        let mut files: Vec<&Path> = standard.into_iter().collect();
        for path in
            reports.iter().filter_map(|(_, path)| path.as_deref()).filter(|path| !is_dash(path) && !is_device(path))
        {
            if files.iter().any(|other| is_same_file(other, path)) {
                return Err(Error::new(format!("two reports go to {}; give each a file of its own", path.display())));
            }
            files.push(path);
        }
        let is_standard = |path: &Option<PathBuf>| path.as_deref().is_none_or(is_dash);
        if !reports.iter().any(|(_, path)| is_standard(path)) {
            reports.push((Format::Human, None));
        }
        Ok(Outputs { reports, shown: Shown { all: self.all, harms: self.harms.clone() } })
    }
}

impl Outputs {
    /// Refuses a file that a report would overwrite.
    pub(super) fn must_not_be(&self, path: &Path, what: &str) -> Result<(), Error> {
        let mut files = self.reports.iter().filter_map(|(_, path)| path.as_deref()).filter(|path| !is_dash(path));
        match files.find(|other| is_same_file(other, path)) {
            Some(path) => Err(Error::new(format!("{} is {what}; write the report to another file", path.display()))),
            None => Ok(()),
        }
    }

    /// Writes the reports, the files first: a closed pipe must not lose them. An error of one does not stop the others.
    pub(super) fn write(&self, results: &Results) -> Result<(), CliError> {
        let is_file = |path: &Option<PathBuf>| path.as_deref().is_some_and(|path| !is_dash(path));
        let mut first_error = None;
        for (format, path) in self.reports.iter().filter(|(_, path)| is_file(path)) {
            let path = path.as_deref().expect("only those with a file were taken");
            if let Err(error) = write_whole(path, &format.to_bytes(results, &self.shown)) {
                first_error.get_or_insert(error);
            }
        }
        for (format, _) in self.reports.iter().filter(|(_, path)| !is_file(path)) {
            format.write(results, &self.shown, &mut anstream::stdout().lock())?;
        }
        first_error.map_or(Ok(()), |error| Err(error.into()))
    }
}

/// Make reports from the results that `relogin check --format json` has written
#[derive(Debug, Args)]
pub(crate) struct Report {
    /// The results; `-` for standard input
    #[arg(value_name = "RESULTS")]
    results: PathBuf,
    #[command(flatten)]
    reports: ReportChoice,
}

impl Report {
    /// Runs the command. The exit status is that of the run in the results.
    pub(crate) fn run(self, matches: &ArgMatches) -> Result<Exit, CliError> {
        let outputs = self.reports.outputs(matches)?;
        if !is_dash(&self.results) {
            outputs.must_not_be(&self.results, "the input")?;
            if is_device(&self.results) {
                return Err(Error::new(format!("cannot read {}: it is not a file", self.results.display())).into());
            }
        }
        let results = if is_dash(&self.results) {
            Results::read(io::stdin().lock(), "standard input")?
        } else {
            let name = self.results.display().to_string();
            let file = File::open(&self.results).map_err(|error| Error::new(format!("cannot read {name}: {error}")))?;
            Results::read(BufReader::new(file), &name)?
        };
        outputs.write(&results)?;
        Ok(Exit::of(results.footer.exit_status))
    }
}
