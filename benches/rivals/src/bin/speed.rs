//! Counts instructions by callgrind, and allocations by a counting allocator. `scripts/speed` runs it.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, ExitCode};

use allocation_counter::AllocationInfo;
use rivals::{
    BODIES, Body, Buffers, CONTENDERS, Contender, LINE, MESSAGE, ONE_BYTE, Response, VALUE, VERDICT, measured,
};
use serde::{Deserialize, Serialize};

/// By how much a figure may grow, in percent.
const TOLERANCE: u64 = 3;
/// By how much, in percent, a piece of the line may be steeper or flatter than the whole.
const BEND: f64 = 15.0;
/// The file with the figures.
const ACCEPTED: &str = "benches/instructions.json";
/// The command that accepts new figures.
const ACCEPT: &str = "scripts/speed accept";
/// The page that shows the summary.
const PAGE: &str = "docs/speed.md";

/// The share of the instructions of `serde_json::Value`, in percent, that a verdict may cost, and contenders that do
/// less and still cost more.
const SHARES: [(&str, u64, &[&str]); 4] = [
    ("nested", 56, &["serde_json untagged", "simd-json value"]),
    ("flat", 60, &["serde_json untagged", "simd-json value"]),
    ("nested, pretty", 56, &["serde_json untagged"]),
    ("nested, escapes", 82, &["serde_json untagged"]),
];
/// Contenders that do less than the parser. Their distance is printed; only those in [`SHARES`] are promises.
const RIVALS: [&str; 5] =
    ["serde_json nested", "serde_json flat", "serde_json untagged", "simd-json value", "simd-json tape"];
/// Bodies that allocate nothing.
const WITHOUT_ALLOCATION: [&str; 7] =
    ["nested", "nested, pretty", "flat", "HTML, 8 KiB", "HTML, 1 MiB", "brackets, 1 MiB", "empty"];
/// Bodies that the first byte decides, and how many instructions more than a look at it they may cost.
const AT_A_GLANCE: [&str; 2] = ["HTML, 1 MiB", "empty"];
const GLANCE: u64 = 150;

type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let mut meter = Meter::default();
    let outcome = match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [] => print(&mut meter),
        ["docs"] => docs(&mut meter),
        ["gate"] => gate(&mut meter),
        ["accept"] => accept(&mut meter),
        ["linear"] => linear(&mut meter),
        ["promises"] => promises(&mut meter),
        _ => Err("usage: scripts/speed [docs|gate|accept|linear|promises]".into()),
    };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("scripts/speed: {error}");
            ExitCode::from(2)
        }
    }
}

/// Prints every table.
fn print(meter: &mut Meter) -> Outcome<bool> {
    for table in [summary, rivals, allocations, line] {
        println!("{}", table(meter)?.markdown());
    }
    println!("{}", toolchain()?);
    Ok(true)
}

/// Rewrites the table in the page.
fn docs(meter: &mut Meter) -> Outcome<bool> {
    let path = root().join(PAGE);
    let text = fs::read_to_string(&path)?;
    let (start, end) = ("<!-- scripts/speed docs -->\n", "<!-- end -->");
    let (before, rest) = text.split_once(start).ok_or_else(|| format!("{PAGE} has no line {start}"))?;
    let (_, after) = rest.split_once(end).ok_or_else(|| format!("{PAGE} has no {end} after {start}"))?;
    let table = summary(meter)?.markdown();
    fs::write(path, format!("{before}{start}\n{table}\n{}.\n\n{end}{after}", toolchain()?))?;
    println!("written: {PAGE}");
    Ok(true)
}

// ---- The gate ----

/// The accepted figures of one body.
#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Figures {
    /// Instructions to a verdict.
    verdict: u64,
    /// Instructions to a verdict and its message.
    message: u64,
    /// Allocations to a verdict and its message.
    allocations: u64,
}

impl Figures {
    fn measure(meter: &mut Meter, body: &Body) -> Outcome<Self> {
        let allocations = meter.allocations(&MESSAGE, body).count_total;
        Ok(Self {
            verdict: meter.instructions(&VERDICT, body)?,
            message: meter.instructions(&MESSAGE, body)?,
            allocations,
        })
    }
}

/// The figures of each body for each toolchain.
type Accepted = BTreeMap<String, BTreeMap<String, Figures>>;

fn accepted() -> Outcome<Accepted> {
    let text =
        fs::read_to_string(accepted_file()).map_err(|error| format!("{ACCEPTED}: {error}; `{ACCEPT}` writes it"))?;
    Ok(serde_json::from_str(&text)
        .map_err(|error| format!("{ACCEPTED}: {error}; take it from git, or remove it: `{ACCEPT}` writes it"))?)
}

fn accepted_file() -> PathBuf {
    root().join(ACCEPTED)
}

/// Compares the parser with the figures that are accepted for this toolchain, and its cost with a straight line.
fn gate(meter: &mut Meter) -> Outcome<bool> {
    let toolchain = toolchain()?;
    let accepted = accepted()?;
    let mut held = accepted.get(&toolchain).cloned();
    if held.is_none() {
        println!("no figures are accepted for {toolchain}, so they are printed and not checked; `{ACCEPT}` adds them");
    }
    let mut faults = Vec::new();
    let mut table = Table::new(&["body", "verdict", "accepted", "with message", "accepted", "allocations", "accepted"]);
    for body in &BODIES {
        let now = Figures::measure(meter, body)?;
        let before = held.as_mut().and_then(|held| held.remove(body.name));
        let show = |figure: fn(&Figures) -> u64| {
            [digits(figure(&now)), before.as_ref().map_or("-".into(), |before| digits(figure(before)))]
        };
        let cells = [show(|of| of.verdict), show(|of| of.message), show(|of| of.allocations)];
        table.row(std::iter::once(body.name.into()).chain(cells.into_iter().flatten()));
        match before {
            Some(before) => faults.extend(compare(body, &before, &now)),
            None if held.is_some() => faults.push(format!("{}: no figure is accepted", body.name)),
            None => {}
        }
    }
    println!("{}\n{toolchain}", table.markdown());
    faults.extend(held.unwrap_or_default().keys().map(|name| format!("{name}: there is no such body")));
    let is_straight = linear(meter)?;
    for fault in &faults {
        println!("FAILED: {fault}");
    }
    if !faults.is_empty() {
        println!(
            "docs/speed.md shows how to find the instructions; if they are meant, accept the new figures and commit them: {ACCEPT}"
        );
    }
    Ok(is_straight && faults.is_empty())
}

/// Returns a message for each figure that has grown by more than it may.
fn compare(body: &Body, before: &Figures, now: &Figures) -> Vec<String> {
    let mut faults = Vec::new();
    for (what, before, now) in
        [("to a verdict", before.verdict, now.verdict), ("to a message", before.message, now.message)]
    {
        let (name, change) = (body.name, 100.0 * (now as f64 / before as f64 - 1.0));
        if now * 100 > before * (100 + TOLERANCE) {
            faults.push(format!("{name}: {} instructions {what}, {change:+.1}%", digits(now)));
        } else if now * (100 + TOLERANCE) < before * 100 {
            println!("{name}: {change:+.1}% {what}; `{ACCEPT}` holds it to that");
        }
    }
    if now.allocations > before.allocations {
        faults.push(format!("{}: allocations: {}, accepted {}", body.name, now.allocations, before.allocations));
    }
    faults
}

/// Writes the figures of this toolchain; those of others stay. Returns whether the promises are kept.
fn accept(meter: &mut Meter) -> Outcome<bool> {
    let path = accepted_file();
    let mut accepted = if path.exists() { accepted()? } else { Accepted::new() };
    let figures =
        BODIES.iter().map(|body| Ok((body.name.to_owned(), Figures::measure(meter, body)?))).collect::<Outcome<_>>()?;
    accepted.insert(toolchain()?, figures);
    fs::write(path, serde_json::to_string_pretty(&accepted)? + "\n")?;
    println!("written: {ACCEPTED}; the tables of the documents: scripts/speed docs");
    promises(meter)
}

/// Returns whether the cost is a straight line in the size of the body.
fn linear(meter: &mut Meter) -> Outcome<bool> {
    let costs = costs(meter)?;
    println!("{}", line_of(&costs).markdown());
    let mut straight = true;
    let whole = slope(&costs[0], &costs[costs.len() - 1]);
    for (body, pair) in LINE[1..].iter().zip(costs.windows(2)) {
        let bend = 100.0 * (slope(&pair[0], &pair[1]) / whole - 1.0);
        if bend.abs() > BEND {
            println!("FAILED: up to {}, a byte costs {bend:+.1}% against one from 1 KiB to 1 MiB", body.name);
            straight = false;
        }
        if pair[1].allocations != pair[0].allocations {
            println!(
                "FAILED: up to {}, allocations go from {} to {}",
                body.name, pair[0].allocations, pair[1].allocations
            );
            straight = false;
        }
    }
    if straight {
        println!("a straight line: {whole:.2} instructions a byte, no piece of it differs by more than {BEND}%");
    }
    Ok(straight)
}

/// The cost of a body of some size.
struct Cost {
    size: usize,
    instructions: u64,
    allocations: u64,
}

fn costs(meter: &mut Meter) -> Outcome<Vec<Cost>> {
    let cost = |body: &Body| {
        let allocations = meter.allocations(&VERDICT, body).count_total;
        Ok(Cost { size: Response::new(body).size(), instructions: meter.instructions(&VERDICT, body)?, allocations })
    };
    LINE.iter().map(cost).collect()
}

/// Instructions a byte, between two sizes.
fn slope(from: &Cost, to: &Cost) -> f64 {
    (to.instructions as f64 - from.instructions as f64) / (to.size - from.size) as f64
}

/// Returns whether the parser keeps its promises.
fn promises(meter: &mut Meter) -> Outcome<bool> {
    let mut table = Table::new(&["promise", "figure", "at most", "kept"]);
    let mut faults = Vec::new();
    let mut not_promised = Vec::new();
    let mut promise = |what: String, figure: u64, most: u64| {
        table.row([what.clone(), digits(figure), digits(most), if figure <= most { "yes" } else { "NO" }.into()]);
        if figure > most {
            faults.push(format!("{what}: {} instead of at most {}", digits(figure), digits(most)));
        }
    };
    for (name, share, beaten) in SHARES {
        let body = body(name)?;
        if let Some(unknown) = beaten.iter().find(|rival| !RIVALS.contains(rival)) {
            return Err(format!(
                "SHARES: {unknown}, which {name} is to beat, is none of the rivals: {}",
                RIVALS.join(", ")
            )
            .into());
        }
        let verdict = meter.instructions(&VERDICT, body)?;
        promise(
            format!("{name}: {share}% of {}", VALUE.name),
            verdict,
            meter.instructions(&VALUE, body)? * share / 100,
        );
        for rival in RIVALS {
            let contender = contender(rival)?;
            let figure = meter.instructions(contender, body)?;
            let finds_the_code = mark(contender, body).is_empty();
            if beaten.contains(&rival) {
                if !finds_the_code {
                    return Err(format!("SHARES: {rival}, which {name} is to beat, does not find its code").into());
                }
                promise(format!("{name}: fewer than {rival}"), verdict, figure - 1);
            } else if finds_the_code {
                let by = digits(figure.abs_diff(verdict));
                not_promised
                    .push(format!("{name}: {rival} takes {by} {}", if figure < verdict { "fewer" } else { "more" }));
            }
        }
    }
    for name in AT_A_GLANCE {
        let body = body(name)?;
        let most = meter.instructions(&ONE_BYTE, body)? + GLANCE - 1;
        promise(
            format!("{name}: under {GLANCE} more than {}", ONE_BYTE.name),
            meter.instructions(&VERDICT, body)?,
            most,
        );
    }
    for name in WITHOUT_ALLOCATION {
        promise(
            format!("{name}: allocations, with the message"),
            meter.allocations(&MESSAGE, body(name)?).count_total,
            0,
        );
    }
    println!("{}", table.markdown());
    println!("Not promised:");
    for rival in not_promised {
        println!("- {rival}");
    }
    for fault in &faults {
        println!("FAILED: {fault}");
    }
    if !faults.is_empty() {
        println!("docs/speed.md shows how to find the instructions");
    }
    Ok(faults.is_empty())
}

fn contender(name: &str) -> Outcome<&'static Contender> {
    Ok(CONTENDERS
        .iter()
        .find(|contender| contender.name == name)
        .ok_or_else(|| format!("there is no contender {name}"))?)
}

fn body(name: &str) -> Outcome<&'static Body> {
    Ok(BODIES.iter().find(|body| body.name == name).ok_or_else(|| format!("there is no body {name}"))?)
}

// ---- The tables ----

fn summary(meter: &mut Meter) -> Outcome<Table> {
    let mut table =
        Table::new(&["body", "bytes", "to a verdict", "and its message", "of `Value`", "allocations", "promised"]);
    for body in &BODIES {
        let (verdict, value) = (meter.instructions(&VERDICT, body)?, meter.instructions(&VALUE, body)?);
        table.row([
            body.name.into(),
            digits(Response::new(body).size() as u64),
            digits(verdict),
            digits(meter.instructions(&MESSAGE, body)?),
            format!("{:.2}{}", verdict as f64 / value as f64, mark(&VALUE, body)),
            digits(meter.allocations(&MESSAGE, body).count_total),
            promised(body.name),
        ]);
    }
    Ok(table)
}

/// The promises about a body, for a cell of the summary.
fn promised(name: &str) -> String {
    let share = SHARES.iter().find(|row| row.0 == name).map(|row| format!("0.{} of `Value`", row.1));
    let glance = AT_A_GLANCE.contains(&name).then(|| format!("one byte + {GLANCE}"));
    let allocations = WITHOUT_ALLOCATION.contains(&name).then(|| "0 allocations".to_owned());
    [share, glance, allocations].into_iter().flatten().collect::<Vec<_>>().join(", ")
}

fn rivals(meter: &mut Meter) -> Outcome<Table> {
    everyone(|contender, body| Ok(digits(meter.instructions(contender, body)?)))
}

fn allocations(meter: &mut Meter) -> Outcome<Table> {
    everyone(|contender, body| {
        let allocated = meter.allocations(contender, body);
        Ok(if allocated.count_total == 0 {
            "0".into()
        } else {
            format!("{}: {}", digits(allocated.count_total), digits(allocated.bytes_total))
        })
    })
}

/// A row a body, a column a contender.
fn everyone(mut cell: impl FnMut(&Contender, &Body) -> Outcome<String>) -> Outcome<Table> {
    let names: Vec<&str> = std::iter::once("body").chain(CONTENDERS.iter().map(|contender| contender.name)).collect();
    let mut table = Table::new(&names);
    for body in &BODIES {
        let cells = CONTENDERS
            .iter()
            .map(|contender| Ok(cell(contender, body)? + mark(contender, body)))
            .collect::<Outcome<Vec<_>>>()?;
        table.row(std::iter::once(body.name.into()).chain(cells));
    }
    Ok(table)
}

/// A dagger for a contender that does not find the code that the parser finds.
fn mark(contender: &Contender, body: &Body) -> &'static str {
    let code = |contender: &Contender| {
        let mut buffers = Buffers::default();
        measured(contender, &Response::new(body), &mut buffers);
        buffers.code
    };
    if contender.reads && code(contender) != code(&VERDICT) { "†" } else { "" }
}

fn line(meter: &mut Meter) -> Outcome<Table> {
    Ok(line_of(&costs(meter)?))
}

fn line_of(costs: &[Cost]) -> Table {
    let mut table = Table::new(&["body", "bytes", "to a verdict", "a byte", "a byte more", "allocations"]);
    for (index, (body, cost)) in LINE.iter().zip(costs).enumerate() {
        let more = index.checked_sub(1).map_or("-".into(), |before| format!("{:.2}", slope(&costs[before], cost)));
        let mean = format!("{:.2}", cost.instructions as f64 / cost.size as f64);
        table.row([
            body.name.into(),
            digits(cost.size as u64),
            digits(cost.instructions),
            mean,
            more,
            digits(cost.allocations),
        ]);
    }
    table
}

/// A table in Markdown, aligned so that the source is readable too.
struct Table(Vec<Vec<String>>);

impl Table {
    fn new(names: &[&str]) -> Self {
        Self(vec![names.iter().map(|name| (*name).to_owned()).collect()])
    }

    fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.0.push(cells.into_iter().collect());
    }

    fn markdown(&self) -> String {
        let width = |column: usize| self.0.iter().map(|row| row[column].chars().count()).max().unwrap_or_default();
        let widths: Vec<usize> = (0..self.0[0].len()).map(width).collect();
        // The first column is words, the others are numbers.
        let cell = |(column, text): (usize, &String)| match (column, widths[column]) {
            (0, width) => format!("| {text:<width$} |"),
            (_, width) => format!(" {text:>width$} |"),
        };
        let line = |row: &Vec<String>| row.iter().enumerate().map(cell).collect::<String>() + "\n";
        let rule = widths.iter().enumerate().map(|(column, width)| match column {
            0 => format!("|{}|", "-".repeat(width + 2)),
            _ => format!("{}:|", "-".repeat(width + 1)),
        });
        let mut lines = self.0.iter().map(line);
        lines.next().into_iter().chain([rule.collect::<String>() + "\n"]).chain(lines).collect()
    }
}

/// A number with a comma before each three digits.
fn digits(number: u64) -> String {
    let digits = number.to_string();
    let comma = |position: usize| position > 0 && (digits.len() - position).is_multiple_of(3);
    digits
        .char_indices()
        .flat_map(|(position, digit)| comma(position).then_some(',').into_iter().chain([digit]))
        .collect()
}

// ---- The measures ----

/// Counts, each once.
#[derive(Default)]
struct Meter {
    known: BTreeMap<(&'static str, &'static str), u64>,
}

impl Meter {
    /// Returns how many instructions a contender takes for a body, in a process of its own, after a first call.
    fn instructions(&mut self, contender: &Contender, body: &Body) -> Outcome<u64> {
        let key = (contender.name, body.name);
        if let Some(known) = self.known.get(&key) {
            return Ok(*known);
        }
        let output = Command::new("valgrind")
            .args(["--tool=callgrind", "--callgrind-out-file=/dev/null", "--toggle-collect=rivals::measured*"])
            .arg(std::env::current_exe()?.with_file_name("one-call"))
            .args([contender.name, body.name])
            .output()?;
        let report = String::from_utf8_lossy(&output.stderr);
        let collected = report
            .lines()
            .find_map(|line| line.split_once("Collected : "))
            .and_then(|(_, count)| count.trim().parse().ok());
        match collected {
            Some(count) if output.status.success() && count > 0 => Ok(*self.known.entry(key).or_insert(count)),
            _ => Err(format!("callgrind collects nothing of {} of {}:\n{report}", contender.name, body.name).into()),
        }
    }

    /// Returns what a contender allocates for a body, after a first call.
    fn allocations(&self, contender: &Contender, body: &Body) -> AllocationInfo {
        let (response, mut buffers) = (Response::new(body), Buffers::default());
        (contender.run)(&response, &mut buffers);
        buffers.clear();
        allocation_counter::measure(|| measured(contender, &response, &mut buffers))
    }
}

/// Returns the version of rustc and its target, which are the key of the accepted figures.
fn toolchain() -> Outcome<String> {
    let output = Command::new(std::env::var_os("RUSTC").unwrap_or("rustc".into())).arg("-vV").output()?;
    let version = String::from_utf8(output.stdout)?;
    let of = |name: &str| {
        version
            .lines()
            .find_map(|line| line.strip_prefix(name))
            .ok_or_else(|| format!("`rustc -vV` has no line {name}"))
    };
    Ok(format!("rustc {}, {}", of("release: ")?, of("host: ")?))
}

/// The folder of the repository.
fn root() -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "..", ".."].iter().collect()
}
