//! Prints what the parser makes of every response in `corpus/field.json`, against a person's label of what truly
//! happened.
//!
//! ```console
//! $ cargo run --release --example field_table
//! ```

use std::error::Error;
use std::io::{self, BufWriter, Write};

use relogin_conformance::corpus::field::{self, Counts, Mark};
use relogin_conformance::text::safe;

fn main() -> Result<(), Box<dyn Error>> {
    match print(&mut BufWriter::new(io::stdout().lock())) {
        // `field_table | head` is not a failure.
        Err(error)
            if error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe) =>
        {
            Ok(())
        }
        result => result,
    }
}

fn print(out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    let mut counts = Counts::default();
    let mut wrong = Vec::new();

    writeln!(out, "{:<48} {:<6} {:<13} {:<10} mark", "id", "status", "action", "label")?;
    let rows = field::rows(include_str!("../corpus/field.json"))?;
    for row in &rows {
        let outcome = row.evaluate();
        counts.add(&outcome);
        if outcome.mark == Mark::Wrong {
            wrong.push(row);
        }
        let action = outcome.verdict.map_or("not a failure", |(action, _)| action.as_str());
        // A status that was not reported is shown in parentheses.
        let status = row.status.map_or_else(|| "(400)".to_owned(), |status| status.to_string());
        writeln!(
            out,
            "{:<48} {status:<6} {action:<13} {:<10} {}",
            safe(&row.id, 48),
            row.right_action,
            outcome.mark.as_str()
        )?;
    }

    let permille = counts.right_permille();
    writeln!(out, "\n{} rows", counts.rows())?;
    writeln!(out, "{:>5} right ({}.{}%)", counts.right, permille / 10, permille % 10)?;
    writeln!(out, "{:>5} unknown, where the label is another", counts.unknown)?;
    writeln!(out, "{:>5} wrong, {} of them false sign-outs", counts.wrong, counts.false_sign_outs)?;
    writeln!(out, "{:>5} not a failure", counts.not_a_failure)?;

    writeln!(out, "\nWhy no rule can know better from the body of each wrong row:")?;
    for row in wrong {
        writeln!(
            out,
            "  {}: {}",
            safe(&row.id, 48),
            safe(row.why_unknowable.as_deref().unwrap_or("no reason is written down"), 200)
        )?;
    }
    Ok(out.flush()?)
}
