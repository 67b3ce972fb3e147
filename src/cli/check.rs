//! `relogin check`: the reference and ports, held to the corpus.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use anstyle::{AnsiColor, Style};
use clap::Args;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use relogin_conformance::check::{Failed, Harm, Judged, judge, judge_reference};
use relogin_conformance::port;
use relogin_conformance::protocol::FIELDS;
use relogin_conformance::reference;
use relogin_conformance::text::safe;
use relogin_conformance::vectors::{Corpus, Level, Vector};

use super::{End, Problem, corpus, filter};

/// How many failures of one implementation are printed, unless all are asked for.
const MOST_FAILURES: usize = 20;
/// The width of a name in tables.
const NAME: usize = 24;

const GOOD: Style = AnsiColor::Green.on_default();
const BAD: Style = AnsiColor::Red.on_default().bold();
const DIM: Style = Style::new().dimmed();

#[derive(Args)]
pub(super) struct Arguments {
    /// A port to check: a command that speaks the port protocol; may be given several times. Without it, every bundled port whose
    /// interpreter is there
    #[arg(long, value_name = "CMD")]
    port: Vec<String>,
    /// Only vectors of this level and those below
    #[arg(long)]
    level: Option<LevelArgument>,
    /// Only vectors whose id matches, e.g. 'core/nested/*'
    #[arg(long, value_name = "GLOB")]
    filter: Option<String>,
    /// A corpus folder instead of the one inside this program
    #[arg(long, value_name = "DIR")]
    corpus: Option<PathBuf>,
    /// How long to wait for each reply of a port, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=3600))]
    timeout: u64,
    /// Print every failure, not only the worst of each implementation
    #[arg(long)]
    all: bool,
}

/// A level on the command line.
#[derive(Clone, Copy)]
pub(super) struct LevelArgument(pub(super) Level);

impl FromStr for LevelArgument {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let level = Level::ALL.into_iter().find(|level| level.name() == name);
        level.map(Self).ok_or_else(|| "the levels are core, dialects and hardening".into())
    }
}

pub(super) fn run(arguments: &Arguments) -> Result<End, Problem> {
    let corpus = corpus(arguments.corpus.as_deref())?;
    let filter = filter(arguments.filter.as_deref())?;
    let vectors: Vec<&Vector> = (corpus.vectors.iter())
        .filter(|vector| filter.is_match(&vector.id) && arguments.level.is_none_or(|level| vector.level <= level.0))
        .collect();
    if vectors.is_empty() {
        return Err(Problem::Usage("no vector is left to check: --level and --filter take none of them".into()));
    }
    let mut notes = Vec::new();
    let commands = if arguments.port.is_empty() { bundled(&mut notes) } else { arguments.port.clone() };

    let mut all = vec![check_reference(&corpus, &vectors)?];
    let mut unusable = Vec::new();
    for command in &commands {
        let bar = progress(vectors.len(), command);
        match port::run(command, Duration::from_secs(arguments.timeout), &corpus, &vectors, || bar.inc(1)) {
            Ok(run) => all.push(judge(&run.hello, &vectors, &run.outcomes, run.stderr)),
            Err(error) => unusable.push((command, error)),
        }
        bar.finish_and_clear();
    }

    let mut out = anstream::stdout().lock();
    report(&mut out, &vectors, &all, arguments.all)?;
    for note in notes {
        writeln!(out, "{note}")?;
    }
    out.flush()?;
    let mut problems = String::new();
    for (command, error) in unusable {
        let sep = if problems.is_empty() { "" } else { "\nrelogin: " };
        write!(problems, "{sep}the port `{}` could not be run: {}", safe(command, 200), safe(&error.what, 300))
            .expect("a string takes all");
        stderr_lines(&error.stderr).for_each(|line| write!(problems, "\n  its standard error: {line}").expect("a string takes all"));
    }
    match problems.is_empty() {
        false => Err(Problem::Port(problems)),
        true if all.iter().all(|judged| judged.why_not().is_none()) => Ok(End::Conforming),
        true => Ok(End::NotConforming),
    }
}

fn check_reference(corpus: &Corpus, vectors: &[&Vector]) -> Result<Judged, Problem> {
    let mut judgements = Vec::with_capacity(vectors.len());
    for vector in vectors {
        let input = &vector.input;
        let body = input.body.bytes().map_err(Problem::Usage)?;
        let verdict = reference::verdict(input.status, input.content_type.as_deref(), &body, corpus.profile(input), &input.secrets);
        judgements.push(judge_reference(vector, verdict.as_ref()));
    }
    Ok(Judged { name: "reference".into(), levels: Level::ALL.to_vec(), fields: FIELDS.to_vec(), judgements, stderr: String::new() })
}

/// The bundled ports whose interpreter is there: in the checkout that this is run from, or the one that it was built from.
fn bundled(notes: &mut Vec<String>) -> Vec<String> {
    let here = std::env::current_dir().unwrap_or_default();
    let roots = here.ancestors().chain([Path::new(env!("CARGO_MANIFEST_DIR"))]);
    let script = roots.map(|root| root.join("ports/python/relogin_port.py")).find(|script| script.is_file());
    let Some(script) = script else {
        notes.push("skipped the bundled ports: there is no checkout of relogin here".into());
        return Vec::new();
    };
    let script = script.strip_prefix(&here).map(Path::to_path_buf).unwrap_or(script);
    for interpreter in ["python3", "python"] {
        let version = std::process::Command::new(interpreter).arg("--version").output();
        if version.is_ok_and(|version| version.status.success()) {
            let script = shlex::try_quote(&script.to_string_lossy()).map(std::borrow::Cow::into_owned);
            return script.map(|script| vec![format!("{interpreter} {script}")]).unwrap_or_default();
        }
    }
    notes.push("skipped ports/python: there is no python3 here".into());
    Vec::new()
}

fn progress(length: usize, command: &str) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(length as u64), ProgressDrawTarget::stderr()); // hidden when it is no terminal
    let style = ProgressStyle::with_template("{bar:30} {pos}/{len} {msg}").expect("the template is fixed and right");
    bar.set_style(style);
    bar.set_message(safe(command, 60));
    bar
}

/// Tables, failures worst first, and a line for each implementation.
fn report(out: &mut impl Write, vectors: &[&Vector], all: &[Judged], print_all: bool) -> std::io::Result<()> {
    let names: Vec<String> = all.iter().map(|judged| safe(&judged.name, NAME - 2)).collect();
    let mut topics: BTreeMap<(Level, &str), ()> = BTreeMap::new();
    vectors.iter().for_each(|vector| _ = topics.insert((vector.level, vector.topic()), ()));

    write!(out, "{:<28}", "passed/failed/skipped")?;
    names.iter().try_for_each(|name| write!(out, "{name:<NAME$}"))?;
    writeln!(out)?;
    for level in Level::ALL {
        if !vectors.iter().any(|vector| vector.level == level) {
            continue;
        }
        row(out, level.name(), all, vectors, |vector| vector.level == level)?;
        for (_, topic) in topics.keys().filter(|(of, _)| *of == level) {
            let name = format!("  {}", safe(topic.rsplit('/').next().unwrap_or(topic), 24));
            row(out, &name, all, vectors, |vector| vector.topic() == *topic)?;
        }
    }
    row(out, "all", all, vectors, |_| true)?;

    for (judged, name) in all.iter().zip(&names) {
        failures(out, vectors, judged, name, print_all)?;
    }
    writeln!(out)?;
    for (judged, name) in all.iter().zip(&names) {
        let [passed, failed, skipped] = judged.count(vectors, |_| true);
        let judged_of =
            format!("{} of {} vectors judged, {passed} passed, {failed} failed, {skipped} skipped", passed + failed, vectors.len());
        let levels: Vec<_> = judged.levels.iter().map(|level| level.name()).collect();
        let left_out: Vec<_> = FIELDS.into_iter().filter(|field| !judged.fields.contains(field)).collect();
        let left_out = if left_out.is_empty() { String::new() } else { format!("; fields left out: {}", left_out.join(", ")) };
        match judged.why_not() {
            None => writeln!(out, "{GOOD}{name} conforms{GOOD:#} ({}): {judged_of}{left_out}", levels.join(", "))?,
            Some(why) => writeln!(out, "{BAD}{name} does not conform{BAD:#} ({why}): {judged_of}{left_out}")?,
        }
    }
    Ok(())
}

fn row<'v>(
    out: &mut impl Write,
    name: &str,
    all: &[Judged],
    vectors: &[&'v Vector],
    select: impl Fn(&'v Vector) -> bool,
) -> std::io::Result<()> {
    write!(out, "{name:<28}")?;
    for judged in all {
        let [passed, failed, skipped] = judged.count(vectors, &select);
        let style = if failed > 0 {
            BAD
        } else if passed > 0 {
            GOOD
        } else {
            DIM
        };
        let cell = format!("{passed}/{failed}/{skipped}");
        write!(out, "{style}{cell:<NAME$}{style:#}")?;
    }
    writeln!(out)
}

fn failures(out: &mut impl Write, vectors: &[&Vector], judged: &Judged, name: &str, print_all: bool) -> std::io::Result<()> {
    let failures = judged.failures(vectors);
    let mut last: Option<Harm> = None;
    let most = if print_all { failures.len() } else { MOST_FAILURES };
    for (vector, failed) in failures.iter().take(most) {
        if last != Some(failed.harm) {
            let count = failures.iter().filter(|(_, other)| other.harm == failed.harm).count();
            writeln!(out, "\n{BAD}{name}: {} ({count}){BAD:#}", failed.harm.words())?;
            last = Some(failed.harm);
        }
        failure(out, vector, failed)?;
    }
    if failures.len() > most {
        writeln!(out, "\n{name}: {} more failures; --all prints them", failures.len() - most)?;
    }
    if !failures.is_empty() {
        stderr_lines(&judged.stderr).try_for_each(|line| writeln!(out, "  {DIM}its standard error: {line}{DIM:#}"))?;
    }
    Ok(())
}

fn failure(out: &mut impl Write, vector: &Vector, failed: &Failed) -> std::io::Result<()> {
    let body = vector.input.body.bytes().unwrap_or_default();
    writeln!(out, "  {} - {}", safe(&vector.id, 100), safe(&vector.title, 200))?;
    writeln!(out, "      rules     {}", safe(&vector.rules.join(", "), 200))?;
    writeln!(out, "      response  {} {}", vector.input.status, safe(&String::from_utf8_lossy(&body), 160))?;
    for (field, expected, actual) in &failed.differences {
        writeln!(out, "      {field}")?;
        writeln!(out, "        expected  {}", safe(&expected.to_string(), 300))?;
        writeln!(out, "        actual    {}", safe(&actual.to_string(), 300))?;
    }
    failed.what.iter().try_for_each(|what| writeln!(out, "      {}", safe(what, 300)))
}

/// The last lines of a port's standard error, safe to print.
fn stderr_lines(stderr: &str) -> impl Iterator<Item = String> + '_ {
    let lines: Vec<_> = stderr.lines().filter(|line| !line.trim().is_empty()).collect();
    let skip = lines.len().saturating_sub(5);
    lines.into_iter().skip(skip).map(|line| safe(line, 200))
}
