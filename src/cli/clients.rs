//! `relogin clients`.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use clap::{Args, ValueEnum};
use relogin_conformance::Error;
use relogin_conformance::check::Outcome::Broken;
use relogin_conformance::check::baseline::{self, Baseline};
use relogin_conformance::check::{self, Expected, Implementation, bounded};
use relogin_conformance::clients::{
    self, Cell, Client, ClientReport, Environment, Hunted, Language, List, Report, reproductions, set_up,
};
use relogin_conformance::corpus::{Corpus, Item, Level, Request, Vector};
use relogin_conformance::hunt::{self, Search};
use relogin_conformance::protocol::{self, BreakKind, Hello, Limits, Port, Reply, VectorRequests, bundled, process};
use relogin_conformance::text::{ascii_json_line, plural, width};

use super::bars::Bars;
use super::exit::{CliError, Exit, eprint_line};
use super::files::{Staged, can_be_written, cannot_create, write_whole};
use super::jobs::{self, side_by_side};
use super::ports::leave_no_port_behind;
use super::selection::Selection;
use super::values::{Deadline, deadline, seconds};

/// Run real OAuth clients against the corpus, and report what its user gets
#[derive(Debug, Args)]
#[command(allow_negative_numbers = true)] // so that the error names the value
pub(crate) struct Clients {
    /// Only this client; may be given more than once
    #[arg(long, value_name = "NAME")]
    only: Vec<String>,
    /// Install nothing: clients that are not installed yet are skipped
    #[arg(long)]
    offline: bool,
    /// Bring the baselines up to date
    #[arg(long)]
    bless: bool,
    /// The folder with `clients.json`, the drivers and the baselines [default: clients/ of the source tree]
    #[arg(long = "folder", value_name = "DIR")]
    drivers: Option<PathBuf>,
    /// Where to install [default: relogin/clients in the user's cache folder]
    #[arg(long, value_name = "DIR")]
    cache: Option<PathBuf>,
    #[command(flatten)]
    selection: Selection,
    /// The format of the table on standard output
    #[arg(long, value_enum, default_value_t = ClientFormat::Human)]
    format: ClientFormat,
    /// Write the field report, one self-contained page
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Write the data of the report, for --since and --from
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Write for each client a NAME.md with the plainest response for each finding: of the lowest level, and then the
    /// smallest
    #[arg(long, value_name = "DIR")]
    reproductions: Option<PathBuf>,
    /// Also draw this many responses for each client, as `relogin hunt` does, and make those small that hurt, for
    /// --reproductions; DIR/corpus gets them as vectors
    #[arg(long, value_name = "N", requires = "reproductions", value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    hunt: Option<u64>,
    /// Report also what has changed since these data of an earlier run
    #[arg(long, value_name = "FILE")]
    since: Option<PathBuf>,
    /// Run nothing, and make the reports from the data of an earlier run
    #[arg(long, value_name = "FILE", conflicts_with_all = ["only", "offline", "bless", "drivers", "cache", "level", "filter", "hunt", "jobs"])]
    from: Option<PathBuf>,
    /// How long a client may take for one refresh, in seconds
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = seconds)]
    timeout: Duration,
    /// End the run after this time, in seconds; the rest is not asked. 0 is for no end
    #[arg(long, value_name = "SECONDS", default_value = "3600", value_parser = deadline)]
    deadline: Deadline,
    /// How many clients run side by side [default: the number of processors]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    jobs: Option<u16>,
}

/// A format for standard output.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum ClientFormat {
    /// Tables for a terminal
    Human,
    /// The summary table
    Markdown,
    /// The data, as --json writes them
    Json,
}

/// A baseline, and its new text.
type Blessed = (PathBuf, String);

/// The result of one client.
struct Outcome {
    report: ClientReport,
    /// Its new baseline.
    blessed: Option<Blessed>,
    could_be_run: bool,
    /// The responses that a search found, as files of a corpus.
    found: Files,
}

/// How the clients of each language are started, or why they are not.
type Environments = BTreeMap<Language, Result<Environment, String>>;

/// Files by their paths.
type Files = BTreeMap<String, String>;

/// The result of a run.
struct Asked {
    report: Report,
    blessed: Vec<Blessed>,
    found: Files,
    exit: Exit,
}

impl Clients {
    /// Runs the command. The exit status is 1 if a client differs from its baseline, and 3 if an installed client does
    /// not answer or one named by `--only` cannot be installed; others that cannot are skipped with a message.
    pub(crate) fn run(self) -> Result<Exit, CliError> {
        [&self.html, &self.json].into_iter().flatten().try_for_each(|path| can_be_written(path))?;
        let old = self.since.as_deref().map(Report::read).transpose()?;
        let Asked { report, blessed, found, exit } = match &self.from {
            Some(path) => {
                Asked { report: Report::read(path)?, blessed: Vec::new(), found: Files::new(), exit: Exit::Good }
            }
            None => self.ask()?,
        };
        let changes = old.map(|old| report.changes_since(&old));
        if let Some(path) = &self.html {
            write_whole(path, clients::html(&report, changes.as_deref()).as_bytes())?;
        }
        let json = || format!("{}\n", ascii_json_line(&report));
        if let Some(path) = &self.json {
            write_whole(path, json().as_bytes())?;
        }
        if let Some(folder) = &self.reproductions {
            create_folder(folder)?;
            for (path, text) in &found {
                let path = folder.join("corpus").join(path);
                create_folder(path.parent().unwrap_or(folder))?;
                write_whole(&path, text.as_bytes())?;
            }
            for client in report.run() {
                if let Some(text) = reproductions(client, &report) {
                    write_whole(&folder.join(format!("{}.md", client.name)), text.as_bytes())?;
                }
            }
        }
        let text = match self.format {
            ClientFormat::Human => clients::human(&report, changes.as_deref()),
            ClientFormat::Markdown => clients::markdown(&report),
            ClientFormat::Json => json(),
        };
        std::io::Write::write_all(&mut anstream::stdout().lock(), text.as_bytes())?;
        // A baseline that cannot be written loses no report.
        for (path, text) in blessed {
            Staged::new(&path, text.as_bytes()).and_then(Staged::replace)?;
            eprint_line(&format!("written: {}", path.display()));
        }
        Ok(exit)
    }

    /// Sets up and runs the clients.
    fn ask(&self) -> Result<Asked, CliError> {
        let folder = match &self.drivers {
            Some(folder) => folder.clone(),
            None => bundled::source_tree().map(|root| root.join("clients")).ok_or_else(|| {
                Error::new(
                    "clients/ was not found; run this in a source tree of relogin, or name the folder with --folder",
                )
            })?,
        };
        let mut list = List::read(&folder)?.clients;
        if let Some(name) = self.only.iter().find(|name| !list.iter().any(|client| client.name == **name)) {
            let names: Vec<&str> = list.iter().map(|client| client.name.as_str()).collect();
            return Err(Error::new(format!("there is no client `{name}`; the clients are {}", names.join(", "))).into());
        }
        list.retain(|client| self.only.is_empty() || self.only.contains(&client.name));
        let corpus = self.selection.corpus.load()?;
        let mut vectors: Vec<&Vector> = Vec::new();
        for item in self.selection.of(&corpus)? {
            // A client is asked about responses of servers, and not about whole domains.
            vectors.extend(if let Item::Vector(vector) = item { Some(vector) } else { None });
        }
        let cache = match &self.cache {
            Some(cache) => cache.clone(),
            None => {
                cache_folder().ok_or_else(|| Error::new("no folder for a cache is known; name one with --cache"))?
            }
        };
        leave_no_port_behind(|| false)?;
        let (environments, _lock) = self.environments(&list, &folder, &cache)?;
        let begin = Instant::now();
        let clients = list.len();
        eprint_line(&format!("asking {clients} client{} about {} responses", plural(clients), vectors.len()));
        let outcomes = self.ask_all(&list, &environments, &folder, &corpus, &vectors);
        process::kill_orphans_of_ended_ports();
        eprint_line(&format!("done in {:.0} s", begin.elapsed().as_secs_f64()));

        let could_all_be_run = outcomes.iter().all(|outcome| outcome.could_be_run);
        let is_up_to_date = outcomes.iter().all(|outcome| outcome.report.differences.is_empty());
        let exit = match (could_all_be_run, is_up_to_date || self.bless) {
            (false, _) => Exit::PortNotRun,
            (true, false) => Exit::NotConforming,
            (true, true) => Exit::Good,
        };
        let (mut reports, mut blessed, mut found) = (Vec::new(), Vec::new(), Files::new());
        for outcome in outcomes {
            reports.push(outcome.report);
            blessed.extend(outcome.blessed);
            found.extend(outcome.found);
        }
        Ok(Asked { report: Report::new(self.selection.level, &vectors, reports), blessed, found, exit })
    }

    /// Sets up each language of the list, one run at a time: two must not install into one folder. The lock keeps
    /// others from installing into the folder that this run uses, until it is dropped.
    fn environments(&self, list: &[Client], folder: &Path, cache: &Path) -> Result<(Environments, File), Error> {
        let cannot = |error: std::io::Error| Error::new(format!("cannot use the cache {}: {error}", cache.display()));
        fs::create_dir_all(cache).map_err(cannot)?;
        let lock = File::create(cache.join("lock")).map_err(cannot)?;
        if lock.try_lock().is_err() {
            eprint_line(&format!("waiting for another run, which uses {}", cache.display()));
            lock.lock().map_err(cannot)?;
        }
        let mut environments = Environments::new();
        for client in list {
            environments.entry(client.language).or_insert_with(|| {
                set_up(client.language, folder, cache, self.offline, &mut |line| eprint_line(&line))
            });
        }
        lock.unlock().and_then(|()| lock.lock_shared()).map_err(cannot)?;
        Ok((environments, lock))
    }

    /// Runs the clients, some side by side, and returns them in the order of the list.
    fn ask_all(
        &self,
        list: &[Client],
        environments: &Environments,
        folder: &Path,
        corpus: &Corpus,
        vectors: &[&Vector],
    ) -> Vec<Outcome> {
        let deadline = self.deadline.0.and_then(|time| Instant::now().checked_add(time));
        let limits = Limits { deadline, ..Limits::of(self.timeout) };
        let bars = Bars::new();
        side_by_side(list, jobs::number(self.jobs), |client| match &environments[&client.language] {
            Ok(_) if !client.has_driver(folder) => {
                skipped(client, format!("its driver {} is missing", client.command[0]), false)
            }
            Ok(environment) => {
                let words = environment.words(client);
                self.ask_one(client, &words, limits, folder, corpus, vectors, &bars)
            }
            // A client that was asked for by its name must run.
            Err(why) => skipped(client, why.clone(), self.only.is_empty()),
        })
    }

    #[expect(clippy::too_many_arguments, reason = "each is another thing of the run")]
    fn ask_one(
        &self,
        client: &Client,
        words: &[String],
        limits: Limits,
        folder: &Path,
        corpus: &Corpus,
        vectors: &[&Vector],
        bars: &Bars,
    ) -> Outcome {
        let bar = bars.add(vectors.len(), &client.name);
        let asked = ask_about(words, limits, corpus, vectors, |done| bar.set_position(done as u64));
        bar.finish_and_clear();
        let (hello, mut implementation, cells) = match asked {
            Ok(asked) => asked,
            Err(error) => return skipped(client, error.to_string(), false),
        };
        let (differences, blessed) = match self.compare(client, folder, corpus, vectors, &mut implementation) {
            Ok(compared) => compared,
            Err(error) => (vec![error.to_string()], None),
        };
        let (hunted, found) = self.hunt.map_or_else(Default::default, |cases| {
            hunted(client, words, limits, cases, bars).unwrap_or_else(|error| {
                eprint_line(&format!("note: {} was not searched: {error}", client.name));
                (Vec::new(), Files::new())
            })
        });
        let report = ClientReport {
            version: bounded(&hello.version, width::WORD),
            runtime: bounded(&hello.language, width::NAME),
            skipped: None,
            differences,
            cells,
            hunted,
            ..ClientReport::skipped(client, String::new())
        };
        Outcome { report, blessed, could_be_run: true, found }
    }

    /// Compares a client with its baseline. Returns the differences, and the new text of the baseline if it is blessed.
    fn compare(
        &self,
        client: &Client,
        folder: &Path,
        corpus: &Corpus,
        vectors: &[&Vector],
        implementation: &mut Implementation,
    ) -> Result<(Vec<String>, Option<Blessed>), Error> {
        let path = folder.join("baselines").join(format!("{}.baseline", client.name));
        if !path.exists() && !self.bless {
            eprint_line(&format!("note: {} has no baseline; --bless writes one", client.name));
            return Ok((Vec::new(), None));
        }
        let baseline: Baseline = baseline::load(&path, self.bless)?;
        let all: Vec<&str> = corpus.vectors().map(|vector| vector.id.as_str()).collect();
        let selected: Vec<&str> = vectors.iter().map(|vector| vector.id.as_str()).collect();
        let mut result = baseline.apply(implementation, &all, &selected);
        if self.bless {
            // A client is measured, not gated: a new version that gets worse is accepted as well.
            result.edits.iter_mut().for_each(|edit| edit.needs_bless_harm = false);
            fs::create_dir_all(folder.join("baselines"))
                .map_err(|error| Error::new(format!("cannot create the folder of the baselines: {error}")))?;
            return Ok((Vec::new(), Some((path, baseline.edited(&result.edits)))));
        }
        let lines = result.edits.iter().map(|edit| {
            let change = edit.add.first().or(edit.remove.as_ref()).map_or("", String::as_str);
            format!("{}: {}", edit.why, bounded(change, width::LINE))
        });
        Ok((lines.collect(), None))
    }
}

/// Asks a client about vectors. Returns its hello, its results, and a cell for each vector.
fn ask_about(
    words: &[String],
    limits: Limits,
    corpus: &Corpus,
    vectors: &[&Vector],
    progress: impl FnMut(usize),
) -> Result<(Hello, Implementation, Vec<Cell>), Error> {
    let (port, mut hello) = Port::start(words, limits)?;
    hello.level = Some(Level::Hardening); // a client claims nothing, and is asked about everything
    let mut cells: Vec<Option<Cell>> = vec![None; vectors.len()];
    let judge = |index: usize, reply: Reply| {
        let vector = vectors[index];
        let judged = check::judge_answer(&Expected::of(vector), &hello.fields, reply.answer.clone());
        cells[index] = Some(Cell::of(vector, &corpus.profile(vector).fallback_code, reply));
        judged
    };
    let requests: Vec<Request<'_>> = vectors.iter().map(|vector| Request::of(vector)).collect();
    let run = protocol::run(port, &VectorRequests(corpus, &requests), judge, progress);
    let items: Vec<Item<'_>> = vectors.iter().copied().map(Item::Vector).collect();
    let implementation = check::judge(&hello, &items, run, Vec::new());
    let cells = cells.into_iter().zip(&implementation.results);
    let cells = cells.map(|(cell, judged)| match cell {
        // A driver that breaks beside its answer has not answered; a verdict of a wrong shape is an answer.
        Some(cell) if !matches!(judged.outcome, Broken(kind) if kind != BreakKind::Schema) => cell,
        _ => Cell::unanswered(judged),
    });
    let cells = cells.collect();
    Ok((hello, implementation, cells))
}

/// Searches for small responses on which a client is wrong. Returns them with what the client did, and as files of a
/// corpus.
fn hunted(
    client: &Client,
    words: &[String],
    limits: Limits,
    cases: u64,
    bars: &Bars,
) -> Result<(Vec<Hunted>, Files), Error> {
    let bar = bars.add(cases.try_into().unwrap_or(usize::MAX), &format!("{} (hunt)", client.name));
    let search = Search {
        words: words.to_vec(),
        seed: 1,
        cases: 0..cases,
        time: None,
        level: None,
        jobs: 1,
        limits,
        most_findings: 50,
    };
    let found = hunt::search(&search, |done, _| {
        bar.set_position(done);
        true
    });
    bar.finish_and_clear();
    let found = found?;
    if found.findings.is_empty() {
        return Ok(Default::default());
    }
    let files: Files = hunt::as_corpus(&found, search.seed, &client.name).into_iter().collect();
    let corpus = Corpus::of(files.iter().map(|(path, text)| (path.as_str(), text.as_bytes())))?;
    let vectors: Vec<&Vector> = corpus.vectors().collect();
    // The search has judged the answers; their texts and exceptions come with a second one.
    let (_, _, cells) = ask_about(words, limits, &corpus, &vectors, |_| {})?;
    let hunted =
        vectors.iter().zip(cells).map(|(vector, cell)| Hunted { vector: check::info(Item::Vector(vector)), cell });
    let hunted = hunted.collect();
    Ok((hunted, files))
}

fn skipped(client: &Client, why: String, could_be_run: bool) -> Outcome {
    Outcome { report: ClientReport::skipped(client, why), blessed: None, could_be_run, found: Files::new() }
}

fn create_folder(folder: &Path) -> Result<(), Error> {
    fs::create_dir_all(folder).map_err(|error| cannot_create(folder, &error))
}

/// Returns the folder for the cache of the user.
fn cache_folder() -> Option<PathBuf> {
    let path = |name: &str| std::env::var_os(name).filter(|path| !path.is_empty()).map(PathBuf::from);
    let cache = if cfg!(windows) {
        path("LOCALAPPDATA")
    } else if cfg!(target_os = "macos") {
        path("HOME").map(|home| home.join("Library/Caches"))
    } else {
        path("XDG_CACHE_HOME")
            .filter(|path| path.is_absolute())
            .or_else(|| path("HOME").map(|home| home.join(".cache")))
    };
    cache.map(|cache| cache.join("relogin").join("clients"))
}
