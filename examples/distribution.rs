//! Prints how often each rule of SPEC.md has a say in the verdict on a drawn response, the rarest
//! last. Fails when a rule has less than 0.5%.
//!
//! ```console
//! $ cargo run --release --example distribution [DRAWS] [SEED]
//! ```
//!
//! Exit status: 0; 1 when a rule has less; 2 for wrong arguments.

use std::io::{self, BufWriter, Write};
use std::num::NonZeroU32;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use relogin_conformance::{corpus::spec, generate::strategy::draws};

/// The least share of each rule, in tenths of a percent.
const LEAST_PERMILLE: usize = 5;
const USUAL_DRAWS: NonZeroU32 = NonZeroU32::new(100_000).expect("it is not 0");

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (status, message) = match read(&arguments).map(|(draws, seed)| measure(draws, seed)) {
        Ok(Ok(0)) => return ExitCode::SUCCESS,
        Ok(Ok(rare)) => (1, format!("{rare} rules have a say in less than 0.5% of the draws")),
        // The reader has closed the pipe.
        Ok(Err(error)) if error.kind() == io::ErrorKind::BrokenPipe => return ExitCode::SUCCESS,
        Ok(Err(error)) => (1, error.to_string()),
        Err(error) => (2, format!("{error}; usage: distribution [DRAWS] [SEED]")),
    };
    let _ = writeln!(io::stderr(), "error: {message}"); // if even this fails, the status is all that is left
    ExitCode::from(status)
}

/// Returns the number of draws, and the seed.
fn read(arguments: &[String]) -> Result<(NonZeroU32, u64), String> {
    let wrong = |text: &String, wanted: &str| format!("`{text}` is not a {wanted}");
    let (draws, seed) = match arguments {
        [] => (None, None),
        [draws] => (Some(draws), None),
        [draws, seed] => (Some(draws), Some(seed)),
        _ => return Err("there are at most two arguments".into()),
    };
    let draws = draws.map_or(Ok(USUAL_DRAWS), |text| {
        text.parse().map_err(|_| wrong(text, "number of draws from 1 to 4294967295"))
    })?;
    let seed = seed.map_or(Ok(1), |text| {
        text.parse().map_err(|_| wrong(text, "seed, which is a number from 0 to 18446744073709551615"))
    })?;
    Ok((draws, seed))
}

/// Draws, prints the table, and returns how many rules are too rare.
fn measure(many: NonZeroU32, seed: u64) -> io::Result<usize> {
    let many = many.get() as usize;
    let (mut counts, mut bytes, mut drawing) = ([0_usize; 256], 0, Duration::ZERO);
    let mut cases = draws(seed);
    for _ in 0..many {
        let start = Instant::now();
        let Some(response) = cases.next().map(|case| case.response()) else { break };
        drawing += start.elapsed();
        bytes += response.body.len();
        response.judgement().decided.into_iter().for_each(|rule| counts[usize::from(rule)] += 1);
    }

    let out = &mut BufWriter::new(io::stdout().lock());
    let mut rows: Vec<_> = spec::rules().iter().map(|rule| (counts[usize::from(rule.number())], rule)).collect();
    rows.sort_by_key(|(count, _)| std::cmp::Reverse(*count));
    writeln!(out, "{:<5} {:>8} {:>8}  name", "rule", "draws", "share")?;
    for (count, rule) in &rows {
        let share = count * 10_000 / many; // in hundredths of a percent
        writeln!(out, "{:<5} {count:>8} {:>4}.{:02} %  {}", rule.tag, share / 100, share % 100, rule.name)?;
    }
    let rate = many as f64 / drawing.as_secs_f64();
    writeln!(out, "\n{many} draws of seed {seed}, {} bytes a body on average, {rate:.0} draws a second", bytes / many)?;
    out.flush()?;
    Ok(rows.iter().filter(|(count, _)| count * 1_000 < many * LEAST_PERMILLE).count())
}
