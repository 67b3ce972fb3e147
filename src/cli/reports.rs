//! Which reports are written and where to, and `relogin report`.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, BufReader, Write};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{ArgMatches, Args};
use relogin_conformance::Error;
use relogin_conformance::check::Results;
use relogin_conformance::report::Format;

use super::{End, Stop, is_dash, preceding};

#[derive(Debug, Args)]
pub(super) struct ReportChoice {
    /// How to report; may be given more than once, each with its own --output
    #[arg(long = "format", value_name = "FORMAT", value_parser = PossibleValuesParser::new(Format::ALL.map(Format::as_str)).try_map(|name| Format::from_str(&name)))]
    formats: Vec<Format>,
    /// Write the report of the --format before it to a file; standard output gets a report for people unless it gets another
    #[arg(long = "output", value_name = "FILE")]
    outputs: Vec<PathBuf>,
    /// Show all failures, not only the worst 20 of each implementation
    #[arg(long)]
    all: bool,
}

/// The reports to write: for each format a file, or standard output.
pub(super) struct Outputs {
    reports: Vec<(Format, Option<PathBuf>)>,
    all: bool,
}

impl ReportChoice {
    /// Puts together what belongs together on the command line.
    pub(super) fn outputs(&self, matches: &ArgMatches) -> Result<Outputs, Error> {
        let mut reports: Vec<(Format, Option<PathBuf>)> = self.formats.iter().map(|format| (*format, None)).collect();
        for (path, owner) in self.outputs.iter().zip(preceding(matches, "outputs", "formats")) {
            let name = path.display();
            match owner.map(|owner| &mut reports[owner].1) {
                Some(slot @ None) => *slot = Some(path.clone()),
                Some(Some(_)) => return Err(Error::new(format!("--output {name} is the second of one --format; each --format has one"))),
                None => return Err(Error::new(format!("--output {name} must follow the --format that it is for"))),
            }
            // It is better to know now than after the run.
            if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty() && !folder.is_dir()) {
                return Err(Error::new(format!("cannot write {name}: there is no folder {}", folder.display())));
            }
        }
        let mut seen = BTreeSet::new();
        for path in reports.iter().filter_map(|(_, path)| path.as_deref()).filter(|path| !is_dash(path)) {
            if !seen.insert(std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())) && !is_device(path) {
                return Err(Error::new(format!("two reports go to {}; each has a file of its own", path.display())));
            }
        }
        let is_standard = |path: &Option<PathBuf>| path.as_deref().is_none_or(is_dash);
        if !reports.iter().any(|(_, path)| is_standard(path)) {
            reports.push((Format::Human, None));
        }
        Ok(Outputs { reports, all: self.all })
    }
}

impl Outputs {
    /// Writes the reports: the files first, so that a closed pipe costs none of them. Each is tried, whatever becomes of the others.
    pub(super) fn write(&self, results: &Results) -> Result<(), Stop> {
        let is_file = |path: &Option<PathBuf>| path.as_deref().is_some_and(|path| !is_dash(path));
        let mut first_error = None;
        for (format, path) in self.reports.iter().filter(|(_, path)| is_file(path)) {
            let path = path.as_deref().expect("only those with a file were taken");
            if let Err(error) = write_whole(path, &format.to_bytes(results, self.all)) {
                first_error.get_or_insert(error);
            }
        }
        for (format, _) in self.reports.iter().filter(|(_, path)| !is_file(path)) {
            format.write(results, self.all, &mut anstream::stdout().lock())?;
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
    /// The exit status is that of the run.
    pub(crate) fn run(self, matches: &ArgMatches) -> Result<End, Stop> {
        let outputs = self.reports.outputs(matches)?;
        if !is_dash(&self.results) {
            let input = std::fs::canonicalize(&self.results).ok();
            let is_input = |path: &&Path| input.is_some() && std::fs::canonicalize(path).ok() == input;
            if let Some(path) = outputs.reports.iter().filter_map(|(_, path)| path.as_deref()).find(is_input) {
                return Err(Error::new(format!("{} is where the results are read from; write the report elsewhere", path.display())).into());
            }
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
        Ok(End::of(results.footer.exit_status))
    }
}

/// Whether a path is there and is no file: a folder, a terminal, a pipe, a device.
fn is_device(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|metadata| !metadata.is_file())
}

/// Writes a file whole or not at all: what was there stays until all is written. What is no file (a terminal, a pipe) is written to.
pub(super) fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let cannot = |error: io::Error| Error::new(format!("cannot write {}: {error}", path.display()));
    if is_device(path) {
        return File::options().write(true).open(path).and_then(|mut file| file.write_all(bytes)).map_err(cannot);
    }
    let target = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned()); // through a link, or a new file
    let mut name = target.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.new", std::process::id()));
    let beside = target.with_file_name(name);
    let written = std::fs::write(&beside, bytes).and_then(|()| std::fs::rename(&beside, &target));
    written.map_err(|error| {
        let _ = std::fs::remove_file(&beside); // half a file helps nobody
        cannot(error)
    })
}
