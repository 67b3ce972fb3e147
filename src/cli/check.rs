//! `relogin check`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use clap::{ArgMatches, Args};
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use relogin_conformance::check::baseline::{self, Baseline};
use relogin_conformance::check::{BaselineResult, Header, Implementation, Results, STREAM};
use relogin_conformance::corpus::{Corpus, Vector};
use relogin_conformance::protocol::{OfVectors, Port};
use relogin_conformance::protocol::{bundled, process};
use relogin_conformance::text::safe;
use relogin_conformance::{Error, check};

use super::reports::{ReportChoice, write_whole};
use super::{End, Selection, Stop, eprint_line, preceding, seconds};

#[derive(Debug, Args)]
#[command(allow_negative_numbers = true)] // so that what is wrong with one is said
pub(crate) struct Check {
    /// A command that runs a port, split into words as a shell would; may be given more than once. Without it the bundled ports are run
    #[arg(long = "port", value_name = "CMD", value_parser = words)]
    ports: Vec<Words>,
    /// What the port named before it is known to fail; the run fails when the file is not true
    #[arg(long = "baseline", value_name = "FILE", requires = "ports")]
    baselines: Vec<PathBuf>,
    /// Make each baseline true: write what is new, take away what is gone
    #[arg(long, requires = "baselines")]
    bless: bool,
    /// As --bless, and even where the port newly signs out a live user, takes an error for success, or breaks
    #[arg(long, requires = "baselines")]
    bless_harm: bool,
    #[command(flatten)]
    selection: Selection,
    /// How long a port may take for a reply, in seconds
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = seconds)]
    timeout: Duration,
    /// How many ports run side by side; as many as there are processors when it is not given
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    jobs: Option<u16>,
    #[command(flatten)]
    reports: ReportChoice,
}

/// A command, split.
#[derive(Clone, Debug)]
pub(super) struct Words(pub(super) Vec<String>);

pub(super) fn words(command: &str) -> Result<Words, String> {
    let words = shlex::split(command).ok_or("a quote is not closed, or the last character is a backslash")?;
    if words.is_empty() { Err("the command is empty".into()) } else { Ok(Words(words)) }
}

/// A port to be run.
struct Planned {
    /// What it is called as long as it has not said its name.
    name: String,
    words: Vec<String>,
    baseline: Option<(PathBuf, Baseline)>,
}

impl Check {
    pub(crate) fn run(self, matches: &ArgMatches) -> Result<End, Stop> {
        let corpus = self.selection.corpus.load()?;
        let vectors = self.selection.of(&corpus)?;
        let outputs = self.reports.outputs(matches)?;
        let (ports, mut notes) = if self.ports.is_empty() { planned_bundled() } else { (self.planned(matches)?, Vec::new()) };
        notes.extend(self.selection.corpus.note(&corpus)?);
        leave_no_port_behind(|| false)?;

        let bars = Bars::new();
        let bar = bars.add(vectors.len(), "reference");
        let mut implementations = vec![check::reference(&corpus, &vectors, |done| bar.set_position(done as u64))];
        bar.finish_and_clear();
        implementations.extend(self.ask_all(&ports, &corpus, &vectors, &bars));
        process::kill_orphans_of_ended_ports();
        give_each_its_name(&mut implementations);

        for (port, implementation) in ports.iter().zip(&mut implementations[1..]) {
            if let Some((path, baseline)) = port.baseline.as_ref().filter(|_| implementation.rest.not_run.is_none()) {
                implementation.rest.baseline = Some(self.hold_to(path, baseline, &corpus, &vectors, implementation)?);
            }
        }
        let header = Header {
            stream: STREAM,
            suite: env!("CARGO_PKG_VERSION").into(),
            level: self.selection.level,
            filter: self.selection.filter.as_ref().map(|filter| filter.glob().to_string()),
            vectors: vectors.len(),
            notes,
        };
        let results = Results::new(header, vectors.iter().map(|vector| check::info(vector)).collect(), implementations);
        outputs.write(&results)?;
        Ok(End::of(results.footer.exit_status))
    }

    /// The ports that are named, each with the baseline that follows it.
    fn planned(&self, matches: &ArgMatches) -> Result<Vec<Planned>, Error> {
        let mut planned: Vec<Planned> = Vec::new();
        for Words(words) in &self.ports {
            planned.push(Planned { name: words.join(" "), words: words.clone(), baseline: None });
        }
        let owners = preceding(matches, "baselines", "ports");
        for (path, owner) in self.baselines.iter().zip(owners) {
            let name = path.display();
            let owner = owner.ok_or_else(|| Error::new(format!("--baseline {name} must follow the --port that it is of")))?;
            if planned[owner].baseline.is_some() {
                return Err(Error::new(format!("--baseline {name} is the second of one port; each port has one")));
            }
            planned[owner].baseline = Some((path.clone(), baseline::load(path, self.bless || self.bless_harm)?));
        }
        Ok(planned)
    }

    /// Runs the ports, some of them side by side, and judges them in the order in which they are named.
    fn ask_all(&self, ports: &[Planned], corpus: &Corpus, vectors: &[&Vector], bars: &Bars) -> Vec<Implementation> {
        let jobs = self.jobs.map_or_else(|| std::thread::available_parallelism().map_or(1, usize::from), usize::from);
        let (next, done) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
        let work = || {
            while let Some((index, port)) = ports.iter().enumerate().nth(next.fetch_add(1, Ordering::Relaxed)) {
                let implementation = self.ask(port, corpus, vectors, bars);
                done.lock().unwrap_or_else(PoisonError::into_inner).push((index, implementation));
            }
        };
        std::thread::scope(|scope| (0..jobs.min(ports.len())).for_each(|_| _ = scope.spawn(work)));
        let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
        done.sort_by_key(|(index, _)| *index);
        done.into_iter().map(|(_, implementation)| implementation).collect()
    }

    /// Runs one port and judges it.
    fn ask(&self, port: &Planned, corpus: &Corpus, vectors: &[&Vector], bars: &Bars) -> Implementation {
        let (running, hello) = match Port::start(&port.words, self.timeout) {
            Ok(started) => started,
            Err(error) => return Implementation::not_run(&port.name, &error.to_string()),
        };
        let claimed: Vec<&Vector> = vectors.iter().copied().filter(|vector| check::is_claimed(&hello, vector)).collect();
        let bar = bars.add(claimed.len(), &hello.name);
        let run = running.run(&OfVectors(corpus, &claimed), |done| bar.set_position(done as u64));
        bar.finish_and_clear();
        let mut implementation = check::judge(&hello, vectors, run);
        // A gate that names a level must not pass because the port has stopped claiming it.
        if let (Some(wanted), Some(claimed)) = (self.selection.level, hello.level)
            && claimed < wanted
        {
            implementation.rest.problems.push(format!("claims level {claimed}, and --level asks for {wanted}"));
        }
        implementation
    }

    /// Holds an implementation to its baseline, and writes what is blessed.
    fn hold_to(
        &self,
        path: &Path,
        baseline: &Baseline,
        corpus: &Corpus,
        vectors: &[&Vector],
        implementation: &mut Implementation,
    ) -> Result<BaselineResult, Error> {
        let all: Vec<&str> = corpus.vectors().map(|vector| vector.id.as_str()).collect();
        let selected: Vec<&str> = vectors.iter().map(|vector| vector.id.as_str()).collect();
        let mut result = baseline.apply(implementation, &all, &selected);
        if self.bless || self.bless_harm {
            if self.bless_harm {
                result.edits.iter_mut().for_each(|edit| edit.needs_bless_harm = false);
            }
            let text = baseline.edited(&result.edits);
            if !result.edits.is_empty() || !path.exists() {
                write_whole(path, text.as_bytes())?;
            }
            Baseline::parse(&result.file, &text)?.apply(implementation, &all, &selected);
            result.is_blessed = true;
        }
        Ok(result)
    }
}

/// The ports of the source tree that can be run here, and why others are not.
fn planned_bundled() -> (Vec<Planned>, Vec<String>) {
    let (ports, notes) = bundled::ready();
    let planned = |port: bundled::Ready| Planned { name: port.name, words: port.words, baseline: None };
    (ports.into_iter().map(planned).collect(), notes)
}

/// Ends the ports when this program is interrupted or told to end, unless `is_ending` says that it ends by itself. The exit status is that of a
/// shell for SIGINT.
pub(super) fn leave_no_port_behind(is_ending: fn() -> bool) -> Result<(), Error> {
    process::adopt_orphans();
    let end = move || {
        if is_ending() {
            return;
        }
        process::kill_all();
        eprint_line("interrupted; the ports were ended, and nothing is reported");
        std::process::exit(130);
    };
    ctrlc::set_handler(end).map_err(|error| Error::new(format!("cannot listen for an interrupt: {error}")))
}

/// Two ports may have one name, and one may call itself `reference`.
fn give_each_its_name(implementations: &mut [Implementation]) {
    let mut taken = BTreeSet::new();
    for implementation in implementations {
        let name = std::mem::take(&mut implementation.about.name);
        let numbered = (2..).map(|number| format!("{name} ({number})"));
        let free = std::iter::once(name.clone()).chain(numbered).find(|name| !taken.contains(name));
        implementation.about.name = free.expect("there are more numbers than ports");
        taken.insert(implementation.about.name.clone());
    }
}

/// On a terminal, a bar on standard error for each implementation that is being asked; otherwise nothing.
struct Bars(MultiProgress);

impl Bars {
    fn new() -> Self {
        Self(MultiProgress::new())
    }

    fn add(&self, length: usize, name: &str) -> ProgressBar {
        let style = ProgressStyle::with_template("{msg:16} {wide_bar} {pos}/{len}").expect("the template is well-formed");
        self.0.add(ProgressBar::new(length as u64).with_style(style).with_message(safe(name, 16)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_given_once() {
        let mut all = ["reference", "a", "reference", "reference (2)"].map(|name| Implementation::not_run(name, "w"));
        give_each_its_name(&mut all);
        assert_eq!(all.map(|one| one.about.name), ["reference", "a", "reference (2)", "reference (2) (2)"]);
    }
}
