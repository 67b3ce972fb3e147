//! `relogin vectors`.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::PathBuf;

use clap::Subcommand;
use relogin_conformance::Error;
use relogin_conformance::corpus::{
    ActionRow, Characters, CodeRow, Corpus, Keys, Profile, ProfileChoice, RetiredRow, Vector, lint, spec,
};
use relogin_conformance::text::{ascii_json, plural, safe, safe_bytes, width};
use serde::Serialize;

use super::exit::{CliError, Exit};
use super::selection::{CorpusChoice, Selection};
use super::values::is_dash;

/// The most lines of a body that are shown, and the most characters of a line.
const MOST_LINES: usize = 60;
const MOST_CHARACTERS: usize = width::MESSAGE;

#[derive(Debug, Subcommand)]
pub(crate) enum Vectors {
    /// List ids and titles
    List {
        #[command(flatten)]
        selection: Selection,
    },
    /// Show one vector, with its body decoded
    Show {
        /// Its id
        id: String,
        #[command(flatten)]
        corpus: CorpusChoice,
    },
    /// Check the corpus itself
    Lint {
        #[command(flatten)]
        corpus: CorpusChoice,
    },
    /// Write the tables and all vectors as one JSON document
    Export {
        /// The file to write; `-` or nothing for standard output
        file: Option<PathBuf>,
        #[command(flatten)]
        corpus: CorpusChoice,
    },
}

impl Vectors {
    pub(crate) fn run(self) -> Result<Exit, CliError> {
        let mut out = anstream::stdout().lock();
        let end = match self {
            Self::List { selection } => {
                let corpus = selection.corpus.load()?;
                for vector in selection.of(&corpus)? {
                    writeln!(out, "{}  {}", safe(&vector.id, width::LINE), safe(&vector.title, width::TEXT))?;
                }
                Exit::Good
            }
            Self::Show { id, corpus } => {
                let corpus = corpus.load()?;
                let vector = corpus
                    .find(&id)
                    .ok_or_else(|| Error::new(format!("there is no vector {id}; `relogin vectors list` lists them")))?;
                show(&mut out, vector)?;
                Exit::Good
            }
            Self::Lint { corpus } => {
                let corpus = corpus.load()?;
                lint(&mut out, &corpus)?
            }
            Self::Export { file, corpus } => {
                let corpus = corpus.load()?;
                let json = export(&corpus);
                match file.filter(|path| !is_dash(path)) {
                    Some(path) => std::fs::write(&path, format!("{json}\n"))
                        .map_err(|error| Error::new(format!("cannot write {}: {error}", path.display())))?,
                    None => writeln!(out, "{json}")?,
                }
                Exit::Good
            }
        };
        out.flush()?;
        Ok(end)
    }
}

fn show(out: &mut impl Write, vector: &Vector) -> io::Result<()> {
    let Vector { id, title, rules, near, source, input, expect, evidence } = vector;
    writeln!(out, "{}", safe(id, width::LINE))?;
    writeln!(out, "{}", safe(title, width::TEXT))?;
    writeln!(out)?;
    for (label, tags) in [("shows", rules), ("only just does not trigger", near)] {
        for tag in tags {
            let name = spec::find(tag).map_or("not in SPEC.md", |rule| rule.name);
            writeln!(out, "{label}: {} {name}", safe(tag, width::WORD))?;
        }
    }
    writeln!(out, "source: {}", safe(&source.what, width::TEXT))?;
    if let Some(url) = &source.url {
        writeln!(out, "        {}", safe(url, width::TEXT))?;
    }
    writeln!(out)?;
    writeln!(out, "status: {}", input.status)?;
    writeln!(
        out,
        "content type: {}",
        input.content_type.as_ref().map_or_else(|| "none".to_owned(), |value| safe(value, width::TEXT))
    )?;
    for (name, value) in &input.headers {
        writeln!(out, "header: {}: {}", safe(name, width::NAME), safe(value, width::TEXT))?;
    }
    match &input.profile {
        ProfileChoice::Name(name) => writeln!(out, "profile: {}", safe(name, width::NAME))?,
        ProfileChoice::Inline(profile) => writeln!(out, "profile: {}", ascii_json(profile))?,
    }
    for secret in &input.secrets {
        writeln!(out, "secret: {}", safe(secret, width::TEXT))?;
    }
    body(out, &input.body.expand())?;
    writeln!(out)?;
    match expect {
        Some(verdict) => writeln!(out, "expected: {}", ascii_json(verdict))?,
        None => writeln!(out, "expected: null (not a failure)")?,
    }
    evidence.iter().try_for_each(|evidence| writeln!(out, "evidence of the reference: {}", ascii_json(evidence)))
}

/// Writes the body line by line, hidden characters as escapes, and bytes that are not UTF-8 as U+FFFD.
fn body(out: &mut impl Write, body: &[u8]) -> io::Result<()> {
    let note = if std::str::from_utf8(body).is_ok() { "" } else { ", not UTF-8" };
    writeln!(out, "body, {} bytes{note}:", body.len())?;
    let lines: Vec<&[u8]> = body.split(|byte| *byte == b'\n').collect();
    for line in lines.iter().take(MOST_LINES) {
        writeln!(out, "  | {}", safe_bytes(line, MOST_CHARACTERS))?;
    }
    if lines.len() > MOST_LINES {
        writeln!(out, "  and {} more lines", lines.len() - MOST_LINES)?;
    }
    Ok(())
}

fn lint(out: &mut impl Write, corpus: &Corpus) -> io::Result<Exit> {
    let problems = lint::lint(corpus);
    for problem in &problems {
        writeln!(out, "{}", safe(&problem.to_string(), width::MESSAGE))?;
    }
    let (vectors, files) = (corpus.vectors().count(), corpus.files.len());
    let found = match problems.len() {
        0 => "no problem".to_owned(),
        count => format!("{count} problem{}", plural(count)),
    };
    writeln!(out, "{vectors} vectors in {files} files: {found}")?;
    Ok(if problems.is_empty() { Exit::Good } else { Exit::Broken })
}

/// The tables and vectors that a port or its tests need.
#[derive(Serialize)]
struct Export<'c> {
    version: &'static str,
    actions: &'c [ActionRow],
    profiles: &'c BTreeMap<String, Profile>,
    codes: &'c [CodeRow],
    keys: &'c Keys,
    characters: &'c Characters,
    retired: &'c [RetiredRow],
    vectors: Vec<&'c Vector>,
}

fn export(corpus: &Corpus) -> String {
    let Corpus { codes, keys, characters, profiles, actions, retired, .. } = corpus;
    let vectors = corpus.vectors().collect();
    ascii_json(&Export {
        version: env!("CARGO_PKG_VERSION"),
        actions,
        profiles,
        codes,
        keys,
        characters,
        retired,
        vectors,
    })
}
