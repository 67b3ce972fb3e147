//! `relogin check`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use clap::{ArgMatches, Args};
use relogin_conformance::check::baseline::{self, Baseline};
use relogin_conformance::check::{
    Again, BaselineResult, Expected, Header, Implementation, Judged, Kind, Pace, Results, STREAM, Seen, Shown,
};
use relogin_conformance::corpus::{Corpus, Item, LineVector, Request};
use relogin_conformance::protocol::{
    self, Exchange, Hello, Limits, Port, Reply, Timer, VectorRequests, bundled, process,
};
use relogin_conformance::{Error, check};

use super::bars::Bars;
use super::exit::{CliError, Exit, eprint_line};
use super::files::{Staged, is_same_file};
use super::jobs::{self, side_by_side};
use super::ports::{Words, leave_no_port_behind, words};
use super::reports::{Outputs, ReportChoice};
use super::selection::Selection;
use super::values::{Deadline, deadline, preceding, seconds};

#[derive(Debug, Args)]
#[command(allow_negative_numbers = true)] // so that the error names the value
pub(crate) struct Check {
    /// A command that runs a port, split into words as a shell would, or a JSON array of words; may be given more than
    /// once. Without it the bundled ports are run
    #[arg(long = "port", value_name = "CMD", value_parser = words)]
    ports: Vec<Words>,
    /// The known failures of the preceding --port; the run fails when the file is out of date. At most 16 MiB, 100,000
    /// lines and 1,000 globs
    #[arg(long = "baseline", value_name = "FILE", requires = "ports")]
    baselines: Vec<PathBuf>,
    /// Bring each baseline up to date: add new failures, but no serious harm, and remove old ones
    #[arg(long, requires = "baselines")]
    bless: bool,
    /// As --bless, and also where the port newly signs out a live user, takes an error for success, or breaks
    #[arg(long, requires = "baselines")]
    bless_harm: bool,
    #[command(flatten)]
    selection: Selection,
    /// How long a port may take for a reply, in seconds
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = seconds)]
    timeout: Duration,
    /// How long one start of a port may take, up to its reply to `hello`, in seconds [default: 30, or --timeout if that
    /// is longer]
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    start_timeout: Option<Duration>,
    /// End the run after this time, in seconds, with every result so far; the rest is `not-run`. 0 is for no end
    #[arg(long, value_name = "SECONDS", default_value = "600", value_parser = deadline)]
    deadline: Deadline,
    /// How many ports run side by side [default: the number of processors]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    jobs: Option<u16>,
    #[command(flatten)]
    reports: ReportChoice,
}

/// A port to run.
struct Planned {
    /// Its name until it has answered `hello`.
    name: String,
    words: Vec<String>,
    baseline: Option<(PathBuf, Baseline)>,
}

impl Check {
    pub(crate) fn run(self, matches: &ArgMatches) -> Result<Exit, CliError> {
        let corpus = self.selection.corpus.load()?;
        let vectors = self.selection.of(&corpus)?;
        let outputs = self.reports.outputs(matches)?;
        let (ports, mut notes) =
            if self.ports.is_empty() { planned_bundled() } else { (self.planned(matches)?, Vec::new()) };
        notes.extend(self.selection.corpus.note(&corpus));
        self.check_baselines(&ports, &corpus, &outputs)?;
        leave_no_port_behind(|| false)?;

        let bars = Bars::new();
        let bar = bars.add(vectors.len(), "reference");
        let judge_reference = || {
            let judged = check::judge_reference(&corpus, &vectors, |done| bar.set_position(done as u64));
            bar.finish_and_clear();
            judged
        };
        let mut implementations = std::thread::scope(|scope| {
            let reference = scope.spawn(judge_reference);
            let ports = self.ask_all(&ports, &corpus, &vectors, &bars);
            let reference = reference.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            std::iter::once(reference).chain(ports).collect::<Vec<Implementation>>()
        });
        process::kill_orphans_of_ended_ports();
        make_names_unique(&mut implementations);

        let mut blessings = Vec::new();
        for (port, implementation) in ports.iter().zip(&mut implementations[1..]) {
            if let Some((path, baseline)) = port.baseline.as_ref().filter(|_| implementation.end.not_run.is_none()) {
                implementation.end.baseline =
                    Some(self.compare(path, baseline, &corpus, &vectors, implementation, &mut blessings));
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
        let results = Results::new(header, vectors.iter().map(|item| check::info(*item)).collect(), implementations);
        // The report comes first, and neither stops the other.
        let reported = outputs.write(&results);
        let mut is_blessed = true;
        for error in blessings.into_iter().filter_map(|blessing| blessing.and_then(Staged::replace).err()) {
            eprint_line(&format!("error: {error}; the report stands, and the baseline stays as it was"));
            is_blessed = false;
        }
        reported?;
        Ok(if is_blessed { Exit::of(results.footer.exit_status) } else { Exit::Broken })
    }

    /// Refuses baselines that a report would overwrite, and, to bless, those of two ports or whose lines cannot name a
    /// vector.
    fn check_baselines(&self, ports: &[Planned], corpus: &Corpus, outputs: &Outputs) -> Result<(), Error> {
        let mut paths: Vec<&Path> = Vec::new();
        for path in ports.iter().filter_map(|port| port.baseline.as_ref()).map(|(path, _)| path.as_path()) {
            outputs.must_not_be(path, "the baseline of a port")?;
            if (self.bless || self.bless_harm) && paths.iter().any(|other| is_same_file(other, path)) {
                return Err(Error::new(format!(
                    "{} is the baseline of two ports; to bless, give each a file of its own",
                    path.display()
                )));
            }
            paths.push(path);
        }
        match corpus.items().find(|item| !Baseline::can_name(item.id())) {
            Some(item) if !paths.is_empty() && (self.bless || self.bless_harm) => Err(Error::new(format!(
                "a baseline cannot name the vector `{}`: an id is LEVEL/TOPIC/SLUG (`relogin vectors lint` lists all that are not)",
                item.id()
            ))),
            _ => Ok(()),
        }
    }

    /// Returns the ports of the command line, each with its baseline.
    fn planned(&self, matches: &ArgMatches) -> Result<Vec<Planned>, Error> {
        let mut planned: Vec<Planned> = Vec::new();
        for Words(words) in &self.ports {
            planned.push(Planned { name: words.join(" "), words: words.clone(), baseline: None });
        }
        let owners = preceding(matches, "baselines", "ports");
        for (path, owner) in self.baselines.iter().zip(owners) {
            let name = path.display();
            let owner = owner
                .ok_or_else(|| Error::new(format!("--baseline {name} must follow the --port that it belongs to")))?;
            if planned[owner].baseline.is_some() {
                return Err(Error::new(format!(
                    "--baseline {name} is the second baseline of one port; a port has at most one"
                )));
            }
            planned[owner].baseline = Some((path.clone(), baseline::load(path, self.bless || self.bless_harm)?));
        }
        Ok(planned)
    }

    /// Returns how long each port may take, from now on.
    fn limits(&self) -> Limits {
        let limits = Limits::of(self.timeout);
        let deadline = self.deadline.0.and_then(|time| Instant::now().checked_add(time));
        Limits { start: self.start_timeout.unwrap_or(limits.start), deadline, ..limits }
    }

    /// Runs and judges the ports, some side by side, and returns them in the order of the command line.
    fn ask_all(&self, ports: &[Planned], corpus: &Corpus, vectors: &[Item<'_>], bars: &Bars) -> Vec<Implementation> {
        let limits = self.limits();
        side_by_side(ports, jobs::number(self.jobs), |port| self.ask(port, limits, corpus, vectors, bars))
    }

    /// Runs one port and judges it.
    fn ask(
        &self,
        port: &Planned,
        limits: Limits,
        corpus: &Corpus,
        vectors: &[Item<'_>],
        bars: &Bars,
    ) -> Implementation {
        if limits.is_over() {
            return check::judge_unstarted(&port.name, vectors);
        }
        let (running, hello) = match Port::start(&port.words, limits) {
            Ok(started) => started,
            Err(_) if limits.is_over() => return check::judge_unstarted(&port.name, vectors),
            Err(error) => return Implementation::not_run(&port.name, &error.to_string()),
        };
        let claimed: Vec<Item<'_>> = vectors.iter().copied().filter(|item| check::is_claimed(&hello, *item)).collect();
        let again = Again::of(&claimed);
        let asked = again.first();
        let requests: Vec<Request<'_>> = asked.iter().map(|(_, request)| *request).collect();
        let order = again.second(&asked);
        let bar = bars.add(requests.len(), &hello.name);
        // A port does not decide how much of its answers is kept: those that are compared later, and those that reports
        // show.
        let mut seen: BTreeMap<usize, Option<Seen>> = order.iter().map(|place| (*place, None)).collect();
        let (mut shown, mut pace, mut late) = (Shown::default(), Pace::begin(), BTreeSet::new());
        let judge = |index: usize, reply: Reply| {
            let item = asked[index].0;
            if pace.is_slow() {
                late.extend(item.map(|item| claimed[item].id()));
            }
            if let Some(seen) = seen.get_mut(&index) {
                *seen = Some(Seen::of(&reply.answer, &hello.fields));
            }
            let judged = check::judge_answer(&Expected::of_request(&requests[index]), &hello.fields, reply.answer);
            shown.keep(item.map(|item| (item, claimed[item])), judged)
        };
        let run =
            protocol::run(running, &VectorRequests(corpus, &requests), judge, |done| bar.set_position(done as u64));
        bar.finish_and_clear();
        let is_clean =
            run.problems.is_empty() && run.exchanges.iter().all(|exchange| matches!(exchange, Exchange::Answered(_)));
        let lines = ask_lines(port, limits, &hello, &claimed, &run.exchanges);
        let exchanges = asked.iter().zip(run.exchanges).filter(|((item, _), _)| item.is_some());
        let exchanges = exchanges.map(|(_, exchange)| exchange).collect();
        let mut implementation = check::judge(&hello, vectors, protocol::Run { exchanges, ..run }, lines);
        if is_clean && !order.is_empty() {
            let changed = ask_again(port, limits, &hello, corpus, &requests, &order, &seen);
            // A twin stands behind its vector, and has no result of its own.
            let item = |place: usize| asked[place].0.or_else(|| asked[place.checked_sub(1)?].0);
            let ids: Vec<&str> = vectors.iter().map(|item| item.id()).collect();
            for (place, changed) in changed {
                let result = item(place).and_then(|item| ids.iter().position(|id| *id == claimed[item].id()));
                let judged = result.map(|result| &mut implementation.results[result]);
                if let Some(judged) = judged.filter(|judged| judged.kind() == Kind::Passed) {
                    *judged = changed;
                }
            }
        }
        let mut timer = None;
        for (item, judged) in vectors.iter().zip(&mut implementation.results) {
            let Item::Vector(vector) = item else { continue };
            if is_clean && vector.is_timed && late.contains(item.id()) && judged.kind() == Kind::Passed {
                let timer = timer.get_or_insert_with(|| Timer::start(&port.words, limits, corpus));
                if let Some(slow) = check::judge_time(vector, |request| timer.as_mut()?.time(request)) {
                    *judged = slow;
                }
            }
        }
        // A gate with a level must not pass because the port stopped claiming it.
        if let (Some(wanted), Some(claimed)) = (self.selection.level, hello.level)
            && claimed < wanted
        {
            implementation.end.problems.push(format!("claims level {claimed}, and --level asks for {wanted}"));
        }
        implementation
    }

    /// Compares an implementation with its baseline. Appends the blessed baseline, or why it cannot be written; the
    /// edits are open then.
    fn compare(
        &self,
        path: &Path,
        baseline: &Baseline,
        corpus: &Corpus,
        vectors: &[Item<'_>],
        implementation: &mut Implementation,
        blessings: &mut Vec<Result<Staged, Error>>,
    ) -> BaselineResult {
        let all: Vec<&str> = corpus.items().map(Item::id).collect();
        let selected: Vec<&str> = vectors.iter().map(|item| item.id()).collect();
        let mut result = baseline.apply(implementation, &all, &selected);
        if self.bless || self.bless_harm {
            if self.bless_harm {
                result.edits.iter_mut().for_each(|edit| edit.needs_bless_harm = false);
            }
            let text = baseline.edited(&result.edits);
            let is_new = !result.edits.is_empty() || !path.exists();
            let blessed = Baseline::parse(&result.file, &text);
            match blessed
                .and_then(|blessed| Ok((blessed, is_new.then(|| Staged::new(path, text.as_bytes())).transpose()?)))
            {
                Ok((blessed, staged)) => {
                    blessed.apply(implementation, &all, &selected);
                    result.is_blessed = true;
                    blessings.extend(staged.map(Ok));
                }
                Err(error) => blessings.push(Err(error)),
            }
        }
        result
    }
}

/// Sends the lines of the vectors about the protocol, unless the port was given up before.
fn ask_lines(
    port: &Planned,
    limits: Limits,
    hello: &Hello,
    claimed: &[Item<'_>],
    before: &[Exchange<Judged>],
) -> Vec<Exchange<Judged>> {
    let mut vectors: Vec<&LineVector> = Vec::new();
    for item in claimed {
        vectors.extend(if let Item::Lines(vector) = item { Some(*vector) } else { None });
    }
    if let Some(why) = before.iter().find_map(|exchange| match exchange {
        Exchange::NotAsked(why) => Some(why),
        _ => None,
    }) {
        return vectors.iter().map(|_| Exchange::NotAsked(why.clone())).collect();
    }
    protocol::ask_lines(&port.words, limits, &vectors, |index, replies| {
        check::judge_lines(vectors[index], hello, replies)
    })
}

/// Sends some requests again, to a new process and in another order. Returns those whose answers changed.
fn ask_again(
    port: &Planned,
    limits: Limits,
    hello: &Hello,
    corpus: &Corpus,
    requests: &[Request<'_>],
    order: &[usize],
    seen: &BTreeMap<usize, Option<Seen>>,
) -> Vec<(usize, Judged)> {
    let again: Vec<Request<'_>> = order.iter().map(|place| requests[*place]).collect();
    // That it starts was seen, and nothing is known to be wrong if it does not start again.
    let Ok((running, _)) = Port::start(&port.words, limits) else { return Vec::new() };
    let run = protocol::run(
        running,
        &VectorRequests(corpus, &again),
        |_, reply: Reply| Seen::of(&reply.answer, &hello.fields),
        |_| {},
    );
    let before = |requests: &[Request<'_>], place: usize| {
        place.checked_sub(1).map_or_else(|| "hello".to_owned(), |before| requests[before].name())
    };
    let changed = |(number, (place, exchange)): (usize, (&usize, Exchange<Seen>))| {
        let now = match exchange {
            Exchange::Answered(seen) => seen,
            Exchange::Broken(how) => Seen::nothing(&how.to_string()),
            Exchange::NotAsked(_) => return None,
        };
        let (name, first) = (requests[*place].name(), seen.get(place)?.as_ref()?);
        let judged = first.changed(&name, &before(requests, *place), &now, &before(&again, number))?;
        Some((*place, judged))
    };
    order.iter().zip(run.exchanges).enumerate().filter_map(changed).collect()
}

/// Returns the ports of the source tree that can run here, and notes on the others.
fn planned_bundled() -> (Vec<Planned>, Vec<String>) {
    let (ports, notes) = bundled::ready();
    let planned = |port: bundled::Ready| Planned { name: port.name, words: port.words, baseline: None };
    (ports.into_iter().map(planned).collect(), notes)
}

/// Adds numbers to equal names: two ports may have one name, and a port may call itself `reference`.
fn make_names_unique(implementations: &mut [Implementation]) {
    let mut taken = BTreeSet::new();
    for implementation in implementations {
        let name = std::mem::take(&mut implementation.identity.name);
        let numbered = (2..).map(|number| format!("{name} ({number})"));
        let free = std::iter::once(name.clone()).chain(numbered).find(|name| !taken.contains(name));
        implementation.identity.name = free.expect("there are more numbers than ports");
        taken.insert(implementation.identity.name.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique() {
        let mut all = ["reference", "a", "reference", "reference (2)"].map(|name| Implementation::not_run(name, "w"));
        make_names_unique(&mut all);
        assert_eq!(all.map(|one| one.identity.name), ["reference", "a", "reference (2)", "reference (2) (2)"]);
    }
}
