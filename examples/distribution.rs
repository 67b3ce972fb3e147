//! Prints how often each rule of SPEC.md has a say in the verdict on a drawn response, the rarest last; fails when one has less than 0.5%.
//!
//! ```console
//! $ cargo run --release --example distribution [DRAWS] [SEED]
//! ```

use std::error::Error;
use std::io::{self, BufWriter, Write};
use std::time::{Duration, Instant};

use relogin_conformance::{generate::strategy::draws, spec};

/// What each rule must have at least, in tenths of a percent.
const LEAST_PERMILLE: usize = 5;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1).map(|argument| argument.parse::<u64>());
    let many = arguments.next().transpose()?.unwrap_or(100_000);
    let seed = arguments.next().transpose()?.unwrap_or(1);
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
    let many = usize::try_from(many)?.max(1);
    let mut rows: Vec<_> = (1..).zip(spec::rules()).map(|(number, rule)| (counts[number], rule)).collect();
    rows.sort_by_key(|(count, _)| std::cmp::Reverse(*count));
    writeln!(out, "{:<5} {:>8} {:>8}  name", "rule", "draws", "share")?;
    for (count, rule) in &rows {
        let share = count * 10_000 / many; // in hundredths of a percent
        writeln!(out, "{:<5} {count:>8} {:>4}.{:02} %  {}", rule.tag, share / 100, share % 100, rule.name)?;
    }
    let rate = many as f64 / drawing.as_secs_f64();
    writeln!(out, "\n{many} draws of seed {seed}, {} bytes a body on average, {rate:.0} draws a second", bytes / many)?;
    out.flush()?;
    match rows.iter().filter(|(count, _)| count * 1_000 < many * LEAST_PERMILLE).count() {
        0 => Ok(()),
        rare => Err(format!("{rare} rules have a say in less than 0.5% of the draws").into()),
    }
}
