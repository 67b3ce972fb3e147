//! `relogin vectors`.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::PathBuf;

use clap::Subcommand;
use relogin_conformance::Error;
use relogin_conformance::corpus::{ActionRow, Characters, CodeRow, Corpus, Keys, Profile, ProfileChoice, RetiredRow, Vector, lint, spec};
use relogin_conformance::text::{ascii_json, safe, safe_bytes};
use serde::Serialize;

use super::{CorpusChoice, End, Selection, Stop, is_dash};

/// The most lines of a body, and characters of a line, that are shown.
const MOST_LINES: usize = 60;
const MOST_CHARACTERS: usize = 1_000;

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
    /// Hold the corpus to its own rules
    Lint {
        #[command(flatten)]
        corpus: CorpusChoice,
    },
    /// Write the tables and all vectors as one JSON document
    Export {
        /// Where to; `-` or nothing for standard output
        file: Option<PathBuf>,
        #[command(flatten)]
        corpus: CorpusChoice,
    },
}

impl Vectors {
    pub(crate) fn run(self) -> Result<End, Stop> {
        let mut out = anstream::stdout().lock();
        let end = match self {
            Self::List { selection } => {
                let corpus = selection.corpus.load()?;
                for vector in selection.of(&corpus)? {
                    writeln!(out, "{}  {}", safe(&vector.id, 200), safe(&vector.title, 300))?;
                }
                End::Good
            }
            Self::Show { id, corpus } => {
                let corpus = corpus.load()?;
                let vector =
                    corpus.find(&id).ok_or_else(|| Error::new(format!("there is no vector {id}; `relogin vectors list` lists them")))?;
                show(&mut out, vector)?;
                End::Good
            }
            Self::Lint { corpus } => lint(&mut out, &corpus.load()?)?,
            Self::Export { file, corpus } => {
                let json = export(corpus.load()?);
                match file.filter(|path| !is_dash(path)) {
                    Some(path) => std::fs::write(&path, format!("{json}\n"))
                        .map_err(|error| Error::new(format!("cannot write {}: {error}", path.display())))?,
                    None => writeln!(out, "{json}")?,
                }
                End::Good
            }
        };
        out.flush()?;
        Ok(end)
    }
}

fn show(out: &mut impl Write, vector: &Vector) -> io::Result<()> {
    let Vector { id, title, rules, near, source, input, expect, evidence } = vector;
    writeln!(out, "{}", safe(id, 200))?;
    writeln!(out, "{}", safe(title, 300))?;
    writeln!(out)?;
    for (what, tags) in [("shows", rules), ("just fails to trigger", near)] {
        for tag in tags {
            let name = spec::find(tag).map_or("not in SPEC.md", |rule| rule.name);
            writeln!(out, "{what}: {} {name}", safe(tag, 20))?;
        }
    }
    writeln!(out, "source: {}", safe(&source.what, 300))?;
    if let Some(url) = &source.url {
        writeln!(out, "        {}", safe(url, 300))?;
    }
    writeln!(out)?;
    writeln!(out, "status: {}", input.status)?;
    writeln!(out, "content type: {}", input.content_type.as_ref().map_or_else(|| "none".to_owned(), |value| safe(value, 300)))?;
    match &input.profile {
        ProfileChoice::Name(name) => writeln!(out, "profile: {}", safe(name, 100))?,
        ProfileChoice::Inline(profile) => writeln!(out, "profile: {}", ascii_json(profile))?,
    }
    for secret in &input.secrets {
        writeln!(out, "secret: {}", safe(secret, 300))?;
    }
    body(out, &input.body.expand())?;
    writeln!(out)?;
    match expect {
        Some(verdict) => writeln!(out, "expected: {}", ascii_json(verdict))?,
        None => writeln!(out, "expected: null (not a failure)")?,
    }
    evidence.iter().try_for_each(|evidence| writeln!(out, "evidence of the reference: {}", ascii_json(evidence)))
}

/// The body line by line: what is not printable as an escape, what is not UTF-8 as U+FFFD.
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

fn lint(out: &mut impl Write, corpus: &Corpus) -> io::Result<End> {
    let problems = lint::lint(corpus);
    for problem in &problems {
        writeln!(out, "{}", safe(&problem.to_string(), 500))?;
    }
    let (vectors, files) = (corpus.vectors().count(), corpus.files.len());
    let found = match problems.len() {
        0 => "no problem".to_owned(),
        1 => "1 problem".to_owned(),
        count => format!("{count} problems"),
    };
    writeln!(out, "{vectors} vectors in {files} files: {found}")?;
    Ok(if problems.is_empty() { End::Good } else { End::Broken })
}

/// Everything that a port or its tests need.
#[derive(Serialize)]
struct Export {
    version: &'static str,
    actions: Vec<ActionRow>,
    profiles: BTreeMap<String, Profile>,
    codes: Vec<CodeRow>,
    keys: Keys,
    characters: Characters,
    retired: Vec<RetiredRow>,
    vectors: Vec<Vector>,
}

fn export(corpus: Corpus) -> String {
    let Corpus { codes, keys, characters, profiles, actions, retired, files, .. } = corpus;
    let vectors = files.into_iter().flat_map(|file| file.vectors).collect();
    ascii_json(&Export { version: env!("CARGO_PKG_VERSION"), actions, profiles, codes, keys, characters, retired, vectors })
}
