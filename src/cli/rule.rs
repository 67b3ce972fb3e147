//! `relogin rule`.

use std::io::Write;

use clap::Args;
use relogin_conformance::Error;
use relogin_conformance::corpus::{Corpus, Vector, spec};
use relogin_conformance::text::{plural, safe, width};

use super::exit::{CliError, Exit};

/// The most vectors that are listed without `--all`.
const MOST_VECTORS: usize = 20;

/// Print a rule of SPEC.md with its reason, and the vectors that show it
#[derive(Debug, Args)]
pub(crate) struct RuleOf {
    /// Its tag, such as R36, or its number; nothing to list all rules
    tag: Option<String>,
    /// List all vectors, not only the first 20
    #[arg(long)]
    all: bool,
}

impl RuleOf {
    pub(crate) fn run(self) -> Result<Exit, CliError> {
        let mut out = anstream::stdout().lock();
        let Some(tag) = self.tag else {
            for rule in spec::rules() {
                writeln!(out, "{:<4} {} ({})", rule.tag, rule.name, rule.level)?;
            }
            out.flush()?;
            return Ok(Exit::Good);
        };
        let is_number = tag.bytes().all(|byte| byte.is_ascii_digit());
        let tag = if is_number { format!("R{tag}") } else { tag.to_ascii_uppercase() };
        let text = spec::section(&tag)
            .ok_or_else(|| Error::new(format!("there is no rule {tag}; `relogin rule` lists them")))?;
        writeln!(out, "{}", text.trim_start_matches(['#', ' ']))?;
        let corpus = Corpus::embedded();
        type Tags = fn(&Vector) -> &Vec<String>;
        let tags: [(&str, Tags); 2] =
            [("show it", |vector| &vector.rules), ("only just do not trigger it", |vector| &vector.near)];
        for (what, tags) in tags {
            let vectors: Vec<&Vector> = corpus.vectors().filter(|vector| tags(vector).contains(&tag)).collect();
            if vectors.is_empty() {
                continue;
            }
            let count = vectors.len();
            writeln!(out, "\n{count} vector{} that {what}:", plural(count))?;
            let shown = if self.all { count } else { count.min(MOST_VECTORS) };
            for vector in &vectors[..shown] {
                writeln!(out, "  {}  {}", safe(&vector.id, width::LINE), safe(&vector.title, width::TEXT))?;
            }
            if shown < count {
                writeln!(out, "  and {} more; --all lists all", count - shown)?;
            }
        }
        out.flush()?;
        Ok(Exit::Good)
    }
}
