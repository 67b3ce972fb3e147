//! Hunts each port of `ports/wrong/`, and prints how soon its bug is found and how small the response is that is left;
//! fails when one is not found within 200,000 responses and 60 seconds, or is larger than it may be.
//!
//! ```console
//! $ cargo run --release --example hunt_wrong_ports [SEED...]
//! ```
//!
//! A body may have 200 bytes, and the median 48; a bug that only a larger body of the corpus shows is one of a limit,
//! and may have 64 more than that.

use std::error::Error;
use std::io::{self, Write};
use std::time::{Duration, Instant};

use relogin_conformance::check::{Expected, Kind, judge_answer, judge_exchange};
use relogin_conformance::corpus::{Corpus, Request, Vector};
use relogin_conformance::hunt::{Search, search};
use relogin_conformance::protocol::{self, Limits, Port, VectorRequests};
use serde_json::Value;

const MOST_CASES: u64 = 200_000;
const MOST_TIME: Duration = Duration::from_secs(60);
const MOST_BYTES: usize = 200;
const MOST_MEDIAN: usize = 48;
/// The size that a bug of a limit may have beyond its smallest witness in the corpus.
const MORE_OF_A_LIMIT: usize = 64;
const REPLY: Duration = Duration::from_secs(10);

fn main() -> Result<(), Box<dyn Error>> {
    let seeds = std::env::args().skip(1).map(|seed| seed.parse::<u64>()).collect::<Result<Vec<_>, _>>()?;
    let seeds = if seeds.is_empty() { vec![1, 2, 3] } else { seeds };
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/ports/wrong");
    let table: Value = serde_json::from_str(&std::fs::read_to_string(format!("{folder}/wrong.json"))?)?;
    let corpus = Corpus::embedded();
    let vectors: Vec<&Vector> = corpus.vectors().collect();

    let out = &mut io::stdout().lock();
    writeln!(out, "{:<34} {:>8}  for each seed: number of the response, seconds, bytes left", "port", "witness")?;
    let (mut bytes, mut missed) = (Vec::new(), Vec::new());
    for wrong in table["wrong"].as_array().into_iter().flatten() {
        let name = wrong["name"].as_str().ok_or("a wrong port has a name")?;
        let words = vec!["python3".to_owned(), format!("{folder}/wrong_port.py"), name.to_owned()];
        let witness = smallest_witness(&words, corpus, &vectors)?;
        write!(out, "{name:<34} {witness:>8}")?;
        let is_of_limit = witness > MOST_BYTES;
        let most = if is_of_limit { witness + MORE_OF_A_LIMIT } else { MOST_BYTES };
        for seed in &seeds {
            let begin = Instant::now();
            let of_seed = Search {
                words: words.clone(),
                seed: *seed,
                cases: 0..MOST_CASES,
                time: Some(MOST_TIME),
                level: None,
                jobs: 2,
                limits: Limits::of(REPLY),
                most_findings: 1,
            };
            let found = search(&of_seed, |_, kinds| kinds == 0)?;
            let seconds = begin.elapsed().as_secs_f64();
            let finding = found.findings.first();
            match finding {
                Some(finding) => {
                    write!(out, "  {:>6} {seconds:>5.1} {:>4}", finding.number, finding.response.body.len())?
                }
                None => write!(out, "  not found in {seconds:.1} s")?,
            }
            let left = finding.map(|finding| finding.response.body.len());
            if left.is_none_or(|left| left > most) || seconds > MOST_TIME.as_secs_f64() {
                missed.push(format!("{name} with seed {seed}"));
            }
            bytes.extend(left.filter(|_| !is_of_limit));
        }
        writeln!(out)?;
        out.flush()?;
    }
    bytes.sort_unstable();
    let median = bytes.get(bytes.len() / 2).copied().unwrap_or(usize::MAX);
    let largest = bytes.last().copied().unwrap_or(usize::MAX);
    writeln!(out, "\n{} bodies of bugs that are of no limit: median {median} bytes, largest {largest}", bytes.len())?;
    if missed.is_empty() && median <= MOST_MEDIAN {
        Ok(())
    } else {
        Err(format!("not as it must be: {missed:?}").into())
    }
}

/// How many bytes the smallest body has among the vectors that a port fails.
fn smallest_witness(words: &[String], corpus: &Corpus, vectors: &[&Vector]) -> Result<usize, Box<dyn Error>> {
    let (port, hello) = Port::start(words, Limits::of(REPLY))?;
    let judge =
        |index: usize, reply: protocol::Reply| judge_answer(&Expected::of(vectors[index]), &hello.fields, reply.answer);
    let requests: Vec<Request<'_>> = vectors.iter().map(|vector| Request::of(vector)).collect();
    let run = protocol::run(port, &VectorRequests(corpus, &requests), judge, |_| {});
    let fails = vectors
        .iter()
        .zip(run.exchanges)
        .filter(|(_, exchange)| judge_exchange(exchange.clone()).kind() == Kind::Failed);
    let sizes = fails.map(|(vector, _)| vector.input.body.size());
    sizes.min().ok_or_else(|| format!("the corpus does not catch {}", words.join(" ")).into())
}
