//! `relogin hunt`.

use std::fmt;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use clap::Args;
use indicatif::{ProgressBar, ProgressState, ProgressStyle};
use relogin_conformance::Error;
use relogin_conformance::check::Difference;
use relogin_conformance::corpus::Level;
use relogin_conformance::corpus::spec::{self, Rule};
use relogin_conformance::generate::strategy;
use relogin_conformance::hunt::{self, Finding, Found, Search, rules_beyond};
use relogin_conformance::report::{pair, whole_verdicts};
use relogin_conformance::text::{ascii_json_line, plural, safe, safe_bytes};

use super::check::{Words, leave_no_port_behind, words};
use super::reports::write_whole;
use super::{End, Stop, eprint_line, level, seconds};

/// The most responses that one seed draws.
const MOST_CASES: u64 = 1_000_000_000_000;
/// That of `--timeout` when it is not given.
const USUAL_TIMEOUT: Duration = Duration::from_secs(10);
/// The bounds of `--for`, in seconds: from 1s to 2400h.
const LEAST_TIME: f64 = 1.0;
const MOST_TIME: f64 = 2_400.0 * 3_600.0;
/// The most characters of a body, a value or a note.
const MOST_SHOWN: usize = 400;

pub(crate) const EXIT_STATUSES: &str = "Exit status:
    0  no difference was found
    1  one was found, the port broke, or it was asked nothing
    2  wrong usage, or a file that cannot be written
    3  the port could not be run, or broke on so much that it was given up
  130  interrupted";

/// Search for responses on which a port and the reference differ, and make each as small as it can be
#[derive(Debug, Args)]
#[command(allow_negative_numbers = true)] // so that what is wrong with one is said
pub(crate) struct Hunt {
    /// A command that runs the port, split into words as a shell would
    #[arg(long, value_name = "CMD", value_parser = words)]
    port: Words,
    /// How many responses are drawn: 100000, or with --for as many as there is time for; the same seed and number find the same, for any --jobs. With both, what comes first ends the search
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=MOST_CASES))]
    cases: Option<u64>,
    /// Draw no more after this time, such as 90s, 10m, 1.5h or 1h30m, from 1s to 2400h; what was found is then made small
    #[arg(long = "for", value_name = "TIME", value_parser = time)]
    time: Option<Duration>,
    /// What the responses are drawn from
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// Only the response with this number, of those that the seed draws: to see a finding again
    #[arg(long, value_name = "N", conflicts_with_all = ["cases", "time"])]
    only: Option<u64>,
    /// Judge only what rules up to this level decide; levels are cumulative. It is the level that the port claims when it is not given
    #[arg(long, value_parser = level())]
    level: Option<Level>,
    /// How many processes of the port are asked side by side; as many as there are processors when it is not given
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    jobs: Option<u16>,
    /// How long the port may take for a reply, in seconds
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = seconds)]
    timeout: Duration,
    /// The most findings that are made small and told, the worst first
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..=1000))]
    findings: u16,
    /// Write the findings as vectors to a new folder, a corpus that `relogin check --corpus` takes
    #[arg(long, value_name = "DIR")]
    save: Option<PathBuf>,
}

impl Hunt {
    pub(crate) fn run(self) -> Result<End, Stop> {
        // It is better to know now than after the search.
        let made = self.save.as_deref().map_or(Ok(Vec::new()), make_new)?;
        leave_no_port_behind(tell_what_there_is)?;
        let Words(words) = &self.port;
        let cases = self.cases.unwrap_or(if self.time.is_some() { MOST_CASES } else { 100_000 });
        let jobs = self.jobs.map_or_else(|| std::thread::available_parallelism().map_or(1, usize::from), usize::from);
        let search = Search {
            words: words.clone(),
            seed: self.seed,
            cases: self.only.map_or(0..cases, |number| number..number.saturating_add(1)),
            time: self.time,
            level: self.level,
            jobs,
            limit: self.timeout,
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
        let found = match found {
            Ok(found) => found,
            Err(error) => {
                remove_empty(&made);
                eprint_line(&format!("error: {error}"));
                return Ok(End::PortNotRun);
            }
        };
        let mut out = anstream::stdout().lock();
        self.tell(&mut out, &found, search.level(&found.hello))?;
        match self.save.as_deref() {
            Some(folder) if found.findings.is_empty() => {
                remove_empty(&made);
                writeln!(out, "Nothing was saved in {}: there is no finding.", safe(&folder.display().to_string(), 200))?;
            }
            Some(folder) => {
                let files = self.save(folder, &found)?;
                let (count, name) = (found.findings.len(), folder.display().to_string());
                let name = safe(&shlex::try_quote(&name).unwrap_or_default(), 200);
                writeln!(out, "Saved {count} finding{} as vectors, in {files} files with the tables of a corpus.", plural(count))?;
                writeln!(out, "To see them again: relogin check --corpus {name} {}", self.port_option())?;
                writeln!(out, "Their verdicts are the oracle's: work each out by hand from SPEC.md before it goes into a corpus.")?;
            }
            None => {}
        }
        out.flush()?;
        Ok(match () {
            () if IS_INTERRUPTED.load(Ordering::Relaxed) => End::Interrupted,
            () if found.trouble.is_some() || found.given_up.is_some() => End::PortNotRun,
            () if found.wrong > 0 || !found.is_whole() || found.asked == 0 || self.beyond_claim(&found).is_some() => End::NotConforming,
            () => End::Good,
        })
    }

    /// The level that is asked for, if the port does not claim it: a gate that names a level must not pass because the port has stopped claiming it.
    fn beyond_claim(&self, found: &Found) -> Option<Level> {
        self.level.filter(|wanted| found.hello.level < Some(*wanted))
    }

    /// On a terminal, a bar on standard error; without an end when only the time ends it.
    fn bar(&self, search: &Search) -> ProgressBar {
        let (bar, template) = if self.time.is_some() && self.cases.is_none() {
            (ProgressBar::no_length(), "{msg} {spinner} {pos} responses, {rate}, {elapsed}")
        } else {
            (ProgressBar::new(search.cases.end - search.cases.start), "{msg} {wide_bar} {pos}/{len} {rate}")
        };
        let style = ProgressStyle::with_template(template).expect("the template is well-formed").with_key("rate", rate);
        bar.with_style(style).with_message("no finding")
    }

    /// The option `--port`, and `--timeout` and `--level` when they are not the usual ones, to be pasted into a shell.
    fn port_option(&self) -> String {
        let words = self.port.0.iter().map(String::as_str);
        // A word from the command line holds no NUL.
        let command = shlex::try_join(words).unwrap_or_default();
        let seconds = self.timeout.as_secs_f64();
        let timeout = if self.timeout == USUAL_TIMEOUT { String::new() } else { format!(" --timeout {seconds}") };
        let level = self.level.map_or_else(String::new, |level| format!(" --level {level}"));
        safe(&format!("--port {}{timeout}{level}", shlex::try_quote(&command).unwrap_or_default()), 400)
    }

    fn tell(&self, out: &mut impl Write, found: &Found, level: Option<Level>) -> io::Result<()> {
        for (number, finding) in found.findings.iter().enumerate() {
            self.one(out, number + 1, finding)?;
            writeln!(out)?;
        }
        let Found { hello, asked, wrong, left_out, passing, untold, findings, .. } = found;
        let left_out = if *left_out == 0 { String::new() } else { format!("; {left_out} left out, which rules of a higher level decide") };
        writeln!(out, "{}: {wrong} wrong of {asked} responses, seed {}{left_out}", safe(&hello.name, 40), self.seed)?;
        if let (0, Some(number)) = (*asked, self.only.filter(|_| found.left_out > 0)) {
            let beyond = rules_beyond(level, &strategy::draw(self.seed, number).response());
            let beyond: Vec<String> = beyond.iter().map(|rule| format!("{} {} ({})", rule.tag, rule.name, rule.level)).collect();
            let up_to = level.map_or_else(|| "no level is claimed".to_owned(), |level| format!("it is asked up to level {level}"));
            writeln!(
                out,
                "It was not asked about response {number}: {up_to}, and of the rules that decide these are of a higher one: {}.",
                beyond.join(", ")
            )?;
        }
        if let Some(wanted) = self.beyond_claim(found) {
            let claimed = hello.level.map_or("no level".to_owned(), |level| format!("level {level}"));
            writeln!(out, "It claims {claimed}, and --level asks for {wanted}.")?;
        }
        if let (times, Some(what)) = passing {
            writeln!(out, "It broke {times} time{} on what it could answer when it was asked again: it {what}.", plural(*times))?;
        }
        if let Some(trouble) = &found.trouble {
            writeln!(out, "The search ended early: {trouble}")?;
        }
        if let Some(why) = &found.given_up {
            let broken = if *asked == 0 { String::new() } else { format!(" It broke on {} of {asked} responses.", found.broken) };
            writeln!(out, "The search ended early: {why}.{broken}")?;
            writeln!(out, "Run this first, and mend what it shows: relogin check {}", self.port_option())?;
        }
        let untold =
            if *untold == 0 { String::new() } else { format!(", and {untold} kind{} more; --findings N tells more", plural(*untold)) };
        match findings.len() {
            0 if *asked == 0 => writeln!(out, "Nothing was asked, so this says nothing of the port."),
            0 if *wrong == 0 && found.is_whole() => writeln!(out, "No disagreement was found."),
            0 if *wrong == 0 => writeln!(out, "No disagreement was found in what it answered."),
            0 => writeln!(out, "None of them could be made small."),
            1 => writeln!(out, "1 finding{untold}."),
            count => writeln!(out, "{count} findings, the worst first{untold}."),
        }
    }

    fn one(&self, out: &mut impl Write, number: usize, finding: &Finding) -> io::Result<()> {
        let response = &finding.response;
        writeln!(out, "{number}. {}: {}", finding.signature.harm, safe(&finding.signature.outcome, 200))?;
        let content_type = response.content_type.as_ref().map_or_else(|| "none".to_owned(), |value| safe(value, 100));
        writeln!(out, "   status {}, content type {content_type}, profile {}", response.status, safe(&response.profile.product, 40))?;
        for secret in &response.secrets {
            writeln!(out, "   secret: {}", safe(secret, 200))?;
        }
        let (length, drawn) = (response.body.len(), finding.drawn_bytes);
        writeln!(out, "   body, {length} byte{} (drawn with {drawn}): {}", plural(length), safe_bytes(&response.body, MOST_SHOWN))?;
        if std::str::from_utf8(&response.body).is_err() {
            let bytes: Vec<String> = response.body.iter().take(64).map(|byte| format!("{byte:02x}")).collect();
            writeln!(out, "   its first bytes: {}", bytes.join(" "))?;
        }
        let expected = finding.expected.as_ref();
        match &finding.judged {
            None => {
                writeln!(
                    out,
                    "   Only after the responses before it: a new process that is asked about it alone is right. Look for state."
                )?;
            }
            Some(judged) => {
                for Difference { field, expected, actual } in &judged.differences {
                    let (expected, actual) = pair(expected, actual.as_ref());
                    writeln!(out, "   {}:\n     expected {expected}\n     actual   {actual}", field.as_str())?;
                }
                if let Some((expected, actual)) = whole_verdicts(expected, judged) {
                    writeln!(out, "   expected {expected}\n   actual   {actual}")?;
                } else if judged.differences.is_empty() {
                    let null = || "null (not a failure)".to_owned();
                    writeln!(out, "   expected {}", expected.map_or_else(null, |verdict| safe(&ascii_json_line(verdict), MOST_SHOWN)))?;
                }
                if let Some(note) = &judged.note {
                    writeln!(out, "   It {}.", safe(note, MOST_SHOWN))?;
                }
            }
        }
        let told = |rule: &Rule| format!("{} {}", rule.tag, rule.name);
        let rules: Vec<String> = finding.rules.iter().map(|rule| told(rule)).collect();
        let decided = spec::find(finding.signature.rule).map_or_else(String::new, told);
        let rest = if rules.is_empty() {
            String::new()
        } else {
            format!("; others that have a say, the most telling first: {}", rules.join(", "))
        };
        writeln!(out, "   Decided by {decided}{rest}")?;
        // What depends on those before is seen with them, and as one process sees them.
        let which = if finding.judged.is_some() {
            format!("--only {}", finding.number)
        } else {
            format!("--cases {} --jobs 1", finding.number + 1)
        };
        writeln!(out, "   See it again: relogin hunt {} --seed {} {which}", self.port_option(), self.seed)
    }

    /// A corpus with the tables of this program and a file of vectors for each level that has a finding; how many files these are.
    fn save(&self, folder: &Path, found: &Found) -> Result<usize, Error> {
        let files = hunt::as_corpus(found, self.seed);
        for (path, text) in &files {
            let path = folder.join(path);
            let parent = path.parent().unwrap_or(folder);
            std::fs::create_dir_all(parent).map_err(|error| cannot_make(parent, &error))?;
            write_whole(&path, text.as_bytes())?;
        }
        Ok(files.len())
    }
}

/// Makes a folder, and those around it that are not there; the innermost of these comes first.
fn make_new(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    if folder.exists() {
        return Err(Error::new(format!("{} is there already; --save makes a new folder", folder.display())));
    }
    let made = folder.ancestors().take_while(|folder| !folder.as_os_str().is_empty() && !folder.exists()).map(Path::to_owned).collect();
    std::fs::create_dir_all(folder).map_err(|error| cannot_make(folder, &error))?;
    Ok(made)
}

/// Removes the folders that were made for what was not found.
fn remove_empty(made: &[PathBuf]) {
    for folder in made {
        let _ = std::fs::remove_dir(folder); // what is in it by now is somebody's
    }
}

fn cannot_make(folder: &Path, error: &io::Error) -> Error {
    Error::new(format!("cannot make the folder {}: {error}", folder.display()))
}

/// Set by the first interrupt.
static IS_INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// Signals that come so soon after the first are the same interrupt: `timeout` signals a program and then its group.
const SAME_INTERRUPT: Duration = Duration::from_secs(1);

/// What to do about an interrupt: at the first the search ends, and what was found is made small and told; at the second everything ends.
fn tell_what_there_is() -> bool {
    static FIRST: OnceLock<Instant> = OnceLock::new();
    let first = FIRST.get_or_init(|| {
        IS_INTERRUPTED.store(true, Ordering::Relaxed);
        eprint_line("interrupted; what was found until now is made small and told. Interrupt again to end at once");
        Instant::now()
    });
    first.elapsed() < SAME_INTERRUPT
}

/// Without the fractions that a rate does not have.
fn rate(state: &ProgressState, out: &mut dyn fmt::Write) {
    let _ = write!(out, "{:.0}/s", state.per_sec()); // a bar that cannot be written is not missed
}

/// A sum of numbers with units, such as `1h30m`; a lone number is seconds.
fn time(text: &str) -> Result<Duration, String> {
    let seconds = if let Ok(seconds) = text.parse() { Some(seconds) } else { text.split_inclusive(['h', 'm', 's']).map(of_unit).sum() };
    let seconds = seconds.filter(|seconds: &f64| (LEAST_TIME..=MOST_TIME).contains(seconds)).map(Duration::from_secs_f64);
    seconds.ok_or_else(|| "not a time from 1s to 2400h, such as 90s, 10m, 1.5h or 1h30m".into())
}

fn of_unit(text: &str) -> Option<f64> {
    let (number, factor) =
        [('s', 1.0), ('m', 60.0), ('h', 3_600.0)].into_iter().find_map(|(unit, factor)| Some((text.strip_suffix(unit)?, factor)))?;
    let number: f64 = number.parse().ok()?;
    number.is_sign_positive().then_some(number * factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_a_sum_of_units() {
        for (text, seconds) in [("90", 90.0), ("90s", 90.0), ("1.5m", 90.0), ("1h30m", 5_400.0), ("1h1m1s", 3_661.0), ("2400h", MOST_TIME)]
        {
            assert_eq!(time(text), Ok(Duration::from_secs_f64(seconds)), "{text}");
        }
        for text in ["", "h", "1x", "0", "0.5s", "2401h", "-1h", "2h-1h", "1h30", "nan", "inf", "1 h", "soon"] {
            assert!(time(text).is_err(), "{text}");
        }
    }
}
