//! `relogin hunt`.

use std::fmt;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use clap::Args;
use indicatif::{ProgressBar, ProgressState, ProgressStyle};
use relogin_conformance::Error;
use relogin_conformance::corpus::Level;
use relogin_conformance::hunt::{self, Found, Search};
use relogin_conformance::protocol::{Limits, process};
use relogin_conformance::report::hunt::Report;
use relogin_conformance::text::{plural, safe, width};

use super::exit::{CliError, Exit, eprint_line};
use super::files::{Unfinished, cannot_create, fill, remove_folder};
use super::jobs;
use super::ports::{Words, leave_no_port_behind, words};
use super::values::{Deadline, deadline, level, seconds};

/// The most responses from one seed.
const MOST_CASES: u64 = 1_000_000_000_000;
/// The default of `--timeout`.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);
/// The default of `--deadline`, after the end of `--for`.
const DEFAULT_DEADLINE: Duration = Duration::from_secs(600);
/// The bounds of `--for`, in seconds: from 1s to 2400h.
const LEAST_TIME: f64 = 1.0;
const MOST_TIME: f64 = 2_400.0 * 3_600.0;

pub(crate) const EXIT_STATUSES: &str = "Exit status:
    0  no difference was found
    1  a difference was found, the port broke, or nothing was asked
    2  wrong usage, or a file that cannot be written
    3  the port could not be run, or broke so often that it was given up
  130  interrupted";

/// Search for responses on which a port and the reference differ, and shrink each to a minimal one
#[derive(Debug, Args)]
#[command(allow_negative_numbers = true)] // so that the error names the value
pub(crate) struct Hunt {
    /// A command that runs the port, split into words as a shell would, or a JSON array of words
    #[arg(long, value_name = "CMD", value_parser = words)]
    port: Words,
    /// How many responses to draw [default: 100000; with --for no limit]; the same seed and number find the same, for
    /// any --jobs. With both options, the first limit ends the search
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=MOST_CASES))]
    cases: Option<u64>,
    /// Stop drawing after this time, such as 90s, 10m, 1.5h or 1h30m, from 1s to 2400h; then make the findings small
    #[arg(long = "for", value_name = "TIME", value_parser = time)]
    time: Option<Duration>,
    /// The seed of the responses
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// Draw only the response with this number, to see a finding again
    #[arg(long, value_name = "N", conflicts_with_all = ["cases", "time"])]
    only: Option<u64>,
    /// Ask only about responses that rules up to this level decide; levels are cumulative [default: the level that the
    /// port claims]
    #[arg(long, value_parser = level())]
    level: Option<Level>,
    /// How many processes of the port run side by side [default: the number of processors]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    jobs: Option<u16>,
    /// How long the port may take for a reply, in seconds
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = seconds)]
    timeout: Duration,
    /// How long one start of the port may take, up to its reply to `hello`, in seconds [default: 30, or --timeout if
    /// that is longer]
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    start_timeout: Option<Duration>,
    /// End the search after this time, in seconds, with the findings so far; 0 is for no end [default: 600, or 600
    /// after the end of --for, or no end with --cases alone]
    #[arg(long, value_name = "SECONDS", value_parser = deadline)]
    deadline: Option<Deadline>,
    /// The most findings to make small and report, the worst first
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..=1000))]
    findings: u16,
    /// Write the findings as vectors to a new folder, a corpus that `relogin check --corpus` takes
    #[arg(long, value_name = "DIR")]
    save: Option<PathBuf>,
}

impl Hunt {
    pub(crate) fn run(self) -> Result<Exit, CliError> {
        // An error now is better than one after the search.
        // The folder does not stay: nothing is left of a run that is killed or finds nothing.
        if let Some(folder) = &self.save {
            drop(create_new(folder)?);
        }
        leave_no_port_behind(end_with_a_report)?;
        let Words(words) = &self.port;
        let cases = self.cases.unwrap_or(if self.time.is_some() { MOST_CASES } else { 100_000 });
        let jobs = jobs::number(self.jobs);
        let search = Search {
            words: words.clone(),
            seed: self.seed,
            cases: self.only.map_or(0..cases, |number| number..number.saturating_add(1)),
            time: self.time,
            level: self.level,
            jobs,
            limits: self.limits(),
            most_findings: self.findings.into(),
        };
        let bar = self.bar(&search);
        let found = hunt::search(&search, |done, kinds| {
            bar.set_position(done);
            if kinds > 0 {
                bar.set_message(format!("{kinds} kind{}", plural(kinds)));
            }
            !IS_INTERRUPTED.load(Ordering::Relaxed)
        });
        bar.finish_and_clear();
        process::kill_orphans_of_ended_ports();
        let found = match found {
            Ok(found) => found,
            Err(error) => {
                eprint_line(&format!("error: {error}"));
                return Ok(Exit::PortNotRun);
            }
        };
        let mut out = anstream::stdout().lock();
        let port_options = self.port_options();
        let report = Report {
            found: &found,
            seed: self.seed,
            only: self.only,
            unclaimed_level: self.unclaimed_level(&found),
            level: search.level(&found.hello),
            port_options: &port_options,
        };
        report.write(&mut out)?;
        match self.save.as_deref() {
            Some(folder) if found.findings.is_empty() => {
                writeln!(
                    out,
                    "Nothing was saved in {}: there is no finding.",
                    safe(&folder.display().to_string(), width::LINE)
                )?;
            }
            Some(folder) => {
                let files = self.save(folder, &found)?;
                let (count, name) = (found.findings.len(), folder.display().to_string());
                let name = safe(&shlex::try_quote(&name).unwrap_or_default(), width::LINE);
                writeln!(
                    out,
                    "Saved {count} finding{} as vectors, in {files} files with the tables of a corpus.",
                    plural(count)
                )?;
                writeln!(out, "To see them again: relogin check --corpus {name} {port_options}")?;
                writeln!(
                    out,
                    "Their verdicts are the oracle's: work out each by hand from SPEC.md before you add it to a corpus."
                )?;
            }
            None => {}
        }
        out.flush()?;
        Ok(match () {
            () if IS_INTERRUPTED.load(Ordering::Relaxed) => Exit::Interrupted,
            () if found.start_error.is_some() || found.given_up.is_some() => Exit::PortNotRun,
            () if found.wrong > 0
                || !found.is_whole()
                || found.asked == 0
                || self.unclaimed_level(&found).is_some() =>
            {
                Exit::NotConforming
            }
            () => Exit::Good,
        })
    }

    /// Returns how long the port may take, from now on.
    fn limits(&self) -> Limits {
        let default = match (self.time, self.cases) {
            (None, Some(_)) => None, // who names a number wants so many
            (time, _) => Some(time.unwrap_or_default() + DEFAULT_DEADLINE),
        };
        let deadline =
            self.deadline.map_or(default, |Deadline(time)| time).and_then(|time| Instant::now().checked_add(time));
        let limits = Limits::of(self.timeout);
        Limits { start: self.start_timeout.unwrap_or(limits.start), deadline, ..limits }
    }

    /// Returns the level of `--level` if the port does not claim it. A gate with a level must not pass because the port
    /// stopped claiming it.
    fn unclaimed_level(&self, found: &Found) -> Option<Level> {
        self.level.filter(|wanted| found.hello.level < Some(*wanted))
    }

    /// Returns a progress bar on standard error, without an end if only the time ends the search. It is hidden if
    /// standard error is not a terminal.
    fn bar(&self, search: &Search) -> ProgressBar {
        let (bar, template) = if self.time.is_some() && self.cases.is_none() {
            (ProgressBar::no_length(), "{msg} {spinner} {pos} responses, {rate}, {elapsed}")
        } else {
            (ProgressBar::new(search.cases.end - search.cases.start), "{msg} {wide_bar} {pos}/{len} {rate}")
        };
        let style = ProgressStyle::with_template(template).expect("the template is well-formed").with_key("rate", rate);
        bar.with_style(style).with_message("no finding")
    }

    /// Returns the option `--port`, and `--timeout`, `--start-timeout` and `--level` if they are not the defaults, to
    /// paste into a shell.
    fn port_options(&self) -> String {
        let words = self.port.0.iter().map(String::as_str);
        // The words come from the command line, so they hold no NUL and can be quoted.
        let command = shlex::try_join(words).unwrap_or_default();
        let seconds = self.timeout.as_secs_f64();
        let timeout = if self.timeout == DEFAULT_TIMEOUT { String::new() } else { format!(" --timeout {seconds}") };
        let start =
            self.start_timeout.map_or_else(String::new, |time| format!(" --start-timeout {}", time.as_secs_f64()));
        let level = self.level.map_or_else(String::new, |level| format!(" --level {level}"));
        safe(&format!("--port {}{timeout}{start}{level}", shlex::try_quote(&command).unwrap_or_default()), width::TEXT)
    }

    /// Writes the findings as a corpus, and returns how many files it has: the tables of this program, and a file of
    /// vectors for each level with a finding.
    fn save(&self, folder: &Path, found: &Found) -> Result<usize, Error> {
        let files = hunt::as_corpus(found, self.seed, "found");
        fill(folder, create_new(folder)?, &files)?; // a part of a corpus would only refuse the next run
        Ok(files.len())
    }
}

/// Creates a new folder with its parents.
fn create_new(folder: &Path) -> Result<Unfinished, Error> {
    let refused = |why: &str| Err(Error::new(format!("{} {why}; --save needs a new folder", folder.display())));
    if folder.file_name().is_none() {
        return refused("does not end in the name of a folder"); // such as `new/..`, which is the current folder
    }
    if folder.is_symlink() || folder.exists() {
        return refused("already exists");
    }
    let is_missing = |folder: &&Path| !folder.as_os_str().is_empty() && !folder.exists();
    let mut missing: Vec<&Path> = folder.ancestors().take_while(is_missing).collect();
    let mut created = Unfinished::default();
    missing.reverse();
    for place in missing {
        if place != folder && place.is_dir() {
            continue; // such as `new/..`, now that there is `new`
        }
        let remove = if place == folder { remove_folder } else { |path: &Path| std::fs::remove_dir(path) };
        created.make(place, remove, |path| std::fs::create_dir(path)).map_err(|error| cannot_create(folder, &error))?;
    }
    Ok(created)
}

/// Set by the first interrupt.
static IS_INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// Signals this soon after the first belong to the same interrupt: `timeout` signals a program and then its group.
const SAME_INTERRUPT: Duration = Duration::from_secs(1);

/// Handles an interrupt. The first one ends the search with a report, and returns true. The second one returns false,
/// which ends the program.
fn end_with_a_report() -> bool {
    static FIRST: OnceLock<Instant> = OnceLock::new();
    let first = FIRST.get_or_init(|| {
        IS_INTERRUPTED.store(true, Ordering::Relaxed);
        eprint_line("interrupted; the findings so far are made small and reported. Interrupt again to end at once");
        Instant::now()
    });
    first.elapsed() < SAME_INTERRUPT
}

/// Writes a rate without fractions.
fn rate(state: &ProgressState, out: &mut dyn fmt::Write) {
    let _ = write!(out, "{:.0}/s", state.per_sec()); // the bar is not essential
}

/// Parses a sum of numbers with units, such as `1h30m`. A number without a unit is in seconds.
fn time(text: &str) -> Result<Duration, String> {
    let seconds = if let Ok(seconds) = text.parse() {
        Some(seconds)
    } else {
        text.split_inclusive(['h', 'm', 's']).map(of_unit).sum()
    };
    let seconds =
        seconds.filter(|seconds: &f64| (LEAST_TIME..=MOST_TIME).contains(seconds)).map(Duration::from_secs_f64);
    seconds.ok_or_else(|| "not a time from 1s to 2400h, such as 90s, 10m, 1.5h or 1h30m".into())
}

fn of_unit(text: &str) -> Option<f64> {
    let (number, factor) = [('s', 1.0), ('m', 60.0), ('h', 3_600.0)]
        .into_iter()
        .find_map(|(unit, factor)| Some((text.strip_suffix(unit)?, factor)))?;
    let number: f64 = number.parse().ok()?;
    number.is_sign_positive().then_some(number * factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_a_sum_of_units() {
        for (text, seconds) in
            [("90", 90.0), ("90s", 90.0), ("1.5m", 90.0), ("1h30m", 5_400.0), ("1h1m1s", 3_661.0), ("2400h", MOST_TIME)]
        {
            assert_eq!(time(text), Ok(Duration::from_secs_f64(seconds)), "{text}");
        }
        for text in ["", "h", "1x", "0", "0.5s", "2401h", "-1h", "2h-1h", "1h30", "nan", "inf", "1 h", "soon"] {
            assert!(time(text).is_err(), "{text}");
        }
    }
}
