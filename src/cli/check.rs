//! `relogin check`.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use relogin_conformance::Error;
use relogin_conformance::check::{self, Report};
use relogin_conformance::port::Port;
use relogin_conformance::text::safe;
use relogin_conformance::vectors::{Corpus, Vector};

use super::report;
use super::{End, Selection, Stop, seconds};

#[derive(Debug, Args)]
pub(crate) struct Check {
    /// A command that runs a port, split into words as a shell would; may be given more than once. Without it the bundled ports are run
    #[arg(long = "port", value_name = "CMD", value_parser = words)]
    ports: Vec<Words>,
    #[command(flatten)]
    selection: Selection,
    /// How long a port may take for a reply, in seconds
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = seconds)]
    timeout: Duration,
    /// Show all failures, not only the worst 20 of each implementation
    #[arg(long)]
    all: bool,
}

/// A command, split.
#[derive(Clone, Debug)]
struct Words(Vec<String>);

fn words(command: &str) -> Result<Words, String> {
    let words = shlex::split(command).ok_or("a quote is not closed, or the last character is a backslash")?;
    if words.is_empty() { Err("the command is empty".into()) } else { Ok(Words(words)) }
}

impl Check {
    pub(crate) fn run(self) -> Result<End, Stop> {
        let corpus = self.selection.corpus.load()?;
        let vectors = self.selection.of(&corpus)?;
        let (ports, skipped) = if self.ports.is_empty() { bundled() } else { (self.ports.clone(), None) };
        let mut failed = 0;

        let bar = progress(vectors.len(), "reference");
        let mut reports = vec![check::reference(&corpus, &vectors, |done| bar.set_position(done as u64))];
        bar.finish_and_clear();
        for words in &ports {
            match self.ask(words, &corpus, &vectors) {
                Ok(mut report) => {
                    report.name = free_name(&report.name, &reports);
                    reports.push(report);
                }
                Err(error) => {
                    // The report goes on; that nobody can read this is no reason to stop.
                    let _ = writeln!(anstream::stderr(), "error: {}", safe(&error.to_string(), 1_000));
                    failed += 1;
                }
            }
        }
        report::print(&mut anstream::stdout().lock(), &reports, skipped.as_deref(), failed, self.all)?;
        Ok(if failed > 0 {
            End::PortNotRun
        } else if reports.iter().all(Report::conforms) {
            End::Good
        } else {
            End::NotConforming
        })
    }

    /// Runs one port and judges it.
    fn ask<'c>(&self, words: &Words, corpus: &'c Corpus, vectors: &[&'c Vector]) -> Result<Report<'c>, Error> {
        let (port, hello) = Port::start(&words.0, self.timeout)?;
        let asked = check::claimed(&hello, vectors);
        let bar = progress(asked.len(), "port");
        let run = port.run(corpus, &asked, |done| bar.set_position(done as u64));
        bar.finish_and_clear();
        let mut report = check::judge(&hello, vectors, &asked, run);
        // A gate that names a level must not pass because the port has stopped claiming it.
        if let (Some(wanted), Some(claimed)) = (self.selection.level, hello.level)
            && claimed < wanted
        {
            report.problems.push(format!("claims level {claimed}, and --level asks for {wanted}"));
        }
        Ok(report)
    }
}

/// Two ports may have one name, and one may call itself `reference`.
fn free_name(name: &str, reports: &[Report<'_>]) -> String {
    let taken = |name: &str| reports.iter().any(|report| report.name == name);
    let numbered = (2..).map(|number| format!("{name} ({number})"));
    std::iter::once(name.to_owned()).chain(numbered).find(|name| !taken(name)).expect("there are more numbers than ports")
}

/// On a terminal, a bar on standard error; otherwise nothing.
fn progress(length: usize, name: &'static str) -> ProgressBar {
    let style = ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len}").expect("the template is well-formed");
    ProgressBar::new(length as u64).with_style(style).with_message(name)
}

/// The ports of the source tree whose interpreter is there, or why one is skipped.
fn bundled() -> (Vec<Words>, Option<String>) {
    let script = Path::new("ports").join("python").join("relogin_port.py");
    let skipped = |why: &str| (Vec::new(), Some(format!("skipped the bundled port ports/python: {why}")));
    let Some(path) = in_source_tree(&script) else {
        return skipped("it is not here; run this in a source tree of relogin, or name a port with --port");
    };
    let version = "import sys; sys.exit(sys.version_info < (3, 11))";
    let python = Command::new("python3").args(["-c", version]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
    match python {
        Ok(status) if status.success() => (vec![Words(vec!["python3".into(), path.to_string_lossy().into_owned()])], None),
        Ok(_) => skipped("python3 is older than 3.11"),
        Err(_) => skipped("there is no python3"),
    }
}

/// A file of the source tree around the current directory, or of the one that this program was built from.
fn in_source_tree(file: &Path) -> Option<PathBuf> {
    let here = std::env::current_dir().ok();
    let above = here.iter().flat_map(|folder| folder.ancestors()).filter(|folder| folder.join("SPEC.md").is_file());
    above.chain([Path::new(env!("CARGO_MANIFEST_DIR"))]).map(|folder| folder.join(file)).find(|path| path.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_given_once() {
        let report = |name: &str| Report {
            name: name.into(),
            about: String::new(),
            left_out: Vec::new(),
            topics: std::collections::BTreeMap::new(),
            failures: Vec::new(),
            skips: Vec::new(),
            problems: Vec::new(),
            stderr: Vec::new(),
        };
        assert_eq!(free_name("a", &[report("reference")]), "a");
        assert_eq!(free_name("reference", &[report("reference"), report("reference (2)")]), "reference (3)");
    }
}
