//! `relogin vectors`.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::PathBuf;

use clap::Subcommand;
use relogin_conformance::Error;
use relogin_conformance::corpus::{
    ActionRow, Characters, CodeRow, Corpus, ExceptionRow, HeaderRow, Input, Item, Keys, LineReply, LineVector, Member,
    Profile, ProfileChoice, Request, RetiredRow, Source, Sweep, Vector, Verdict, as_package, lint, spec,
};
use relogin_conformance::oracle;
use relogin_conformance::text::{ascii_json, plural, safe, safe_bytes, width};
use serde::Serialize;

use super::exit::{CliError, Exit};
use super::files::{Unfinished, cannot_create, fill, remove_folder, write_whole};
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
        /// The file to write; `-`, or no FILE, writes to standard output
        file: Option<PathBuf>,
        /// Write a package for npm and PyPI into this new folder, with a loader and the schemas
        #[arg(long, value_name = "DIR", conflicts_with = "file")]
        package: Option<PathBuf>,
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
                for item in selection.of(&corpus)? {
                    writeln!(out, "{}  {}", safe(item.id(), width::LINE), safe(item.title(), width::TEXT))?;
                }
                Exit::Good
            }
            Self::Show { id, corpus } => {
                let corpus = corpus.load()?;
                let (of, member) = id.split_once('@').map_or((id.as_str(), None), |(of, member)| (of, Some(member)));
                let unknown = || Error::new(format!("there is no vector {id}; `relogin vectors list` lists them"));
                let item = corpus.items().find(|item| item.id() == of).ok_or_else(unknown)?;
                show(&mut out, item, member).ok_or_else(unknown)??;
                Exit::Good
            }
            Self::Lint { corpus } => {
                let corpus = corpus.load()?;
                lint(&mut out, &corpus)?
            }
            Self::Export { file, package, corpus } => {
                let corpus = corpus.load()?;
                let json = format!("{}\n", export(&corpus));
                match (file.filter(|path| !is_dash(path)), package) {
                    (_, Some(folder)) => {
                        let mut made = Unfinished::default();
                        made.make(&folder, remove_folder, |folder| std::fs::create_dir(folder))
                            .map_err(|error| cannot_create(&folder, &error))?;
                        fill(&folder, made, &as_package(json))?;
                    }
                    (Some(path), None) => write_whole(&path, json.as_bytes())?,
                    (None, None) => out.write_all(json.as_bytes())?,
                }
                Exit::Good
            }
        };
        out.flush()?;
        Ok(end)
    }
}

/// Shows a vector, a sweep, or a member of a sweep. Returns `None` if the sweep has no such member.
fn show(out: &mut impl Write, item: Item<'_>, member: Option<&str>) -> Option<io::Result<()>> {
    match (item, member) {
        (Item::Vector(vector), None) => Some(show_vector(out, vector)),
        (Item::Lines(vector), None) => Some(show_lines(out, vector)),
        (Item::Sweep(sweep), None) => Some(show_sweep(out, sweep)),
        (Item::Sweep(sweep), Some(name)) => {
            let member = sweep.members.iter().find(|member| member.name == name)?;
            let request = Request::of_member(sweep, member);
            Some(
                head(out, &request.name(), &sweep.title, (&sweep.rules, &sweep.near), &sweep.source)
                    .and_then(|()| response(out, &request)),
            )
        }
        _ => None,
    }
}

fn head(
    out: &mut impl Write,
    id: &str,
    title: &str,
    (rules, near): (&[String], &[String]),
    source: &Source,
) -> io::Result<()> {
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
    writeln!(out)
}

fn show_vector(out: &mut impl Write, vector: &Vector) -> io::Result<()> {
    let Vector { id, title, rules, near, source, evidence, .. } = vector;
    head(out, id, title, (rules, near), source)?;
    response(out, &Request::of(vector))?;
    evidence.iter().try_for_each(|evidence| writeln!(out, "evidence of the reference: {}", ascii_json(evidence)))
}

/// Writes a response and the verdict that is expected.
fn response(out: &mut impl Write, request: &Request<'_>) -> io::Result<()> {
    let input = request.input;
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
    expected(out, request.expect)
}

fn expected(out: &mut impl Write, verdict: Option<&Verdict>) -> io::Result<()> {
    match verdict {
        Some(verdict) => writeln!(out, "expected: {}", ascii_json(verdict)),
        None => writeln!(out, "expected: null (not a failure)"),
    }
}

/// Writes the members of a sweep, each with its action.
fn show_sweep(out: &mut impl Write, sweep: &Sweep) -> io::Result<()> {
    let Sweep { id, title, rules, near, source, members } = sweep;
    head(out, id, title, (rules, near), source)?;
    writeln!(out, "{} members, each shown by `relogin vectors show {}@NAME`:", members.len(), safe(id, width::LINE))?;
    // Neighbours with one action stand in one line.
    let action = |member: &Member| member.expect.as_ref().map_or("not a failure", |verdict| verdict.action.as_str());
    let runs: Vec<&[Member]> = members.chunk_by(|one, other| action(one) == action(other)).collect();
    for run in runs.iter().take(MOST_LINES) {
        let names = [&run[0], &run[run.len() - 1]].map(|member| safe(&member.name, width::WORD));
        let names = if run.len() == 1 { names[0].clone() } else { format!("{} to {}", names[0], names[1]) };
        writeln!(out, "  {names}: {}", action(&run[0]))?;
    }
    if runs.len() > MOST_LINES {
        writeln!(out, "  and {} more lines", runs.len() - MOST_LINES)?;
    }
    Ok(())
}

/// Writes lines of the protocol, and the reply to each that is expected.
fn show_lines(out: &mut impl Write, vector: &LineVector) -> io::Result<()> {
    head(out, &vector.id, &vector.title, (&[], &[]), &vector.source)?;
    for line in &vector.lines {
        writeln!(out, "-> {}", safe_bytes(&line.line.expand(), MOST_CHARACTERS))?;
        match &line.reply {
            LineReply::Hello => writeln!(out, "<- the reply to hello")?,
            LineReply::Error(seq) => writeln!(out, "<- an error with seq {}", ascii_json(seq))?,
            LineReply::Verdict { seq, verdict } => {
                writeln!(out, "<- seq {seq}, and the verdict {}", ascii_json(verdict))?;
            }
        }
    }
    if vector.is_cut {
        writeln!(out, "The last line has no line feed, and the input ends.")?;
    }
    Ok(())
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
    let problems: Vec<String> =
        lint::lint(corpus).iter().map(ToString::to_string).chain(oracle::disagreements(corpus)).collect();
    for problem in &problems {
        writeln!(out, "{}", safe(problem, width::MESSAGE))?;
    }
    let (vectors, files) = (corpus.vectors().count(), corpus.files.len());
    let (sweeps, lines) = (corpus.sweeps().count(), corpus.lines.len());
    let members: usize = corpus.sweeps().map(|sweep| sweep.members.len()).sum();
    let found = match problems.len() {
        0 => "no problem".to_owned(),
        count => format!("{count} problem{}", plural(count)),
    };
    let more = match (sweeps, lines) {
        (0, 0) => String::new(),
        _ => format!(", {sweeps} sweeps of {members} requests, {lines} vectors about the protocol"),
    };
    writeln!(out, "{vectors} vectors in {files} files{more}: {found}")?;
    Ok(if problems.is_empty() { Exit::Good } else { Exit::Broken })
}

/// The tables and vectors that a port or its tests need.
#[derive(Serialize)]
struct Export<'c> {
    version: &'static str,
    actions: &'c [ActionRow],
    profiles: &'c BTreeMap<String, Profile>,
    codes: &'c [CodeRow],
    exceptions: &'c [ExceptionRow],
    headers: &'c [HeaderRow],
    keys: &'c Keys,
    characters: &'c Characters,
    retired: &'c [RetiredRow],
    vectors: Vec<&'c Vector>,
    sweeps: Vec<Expanded<'c>>,
    protocol: &'c [LineVector],
}

/// A sweep with its members as they are sent.
#[derive(Serialize)]
struct Expanded<'c> {
    id: &'c str,
    title: &'c str,
    rules: &'c [String],
    members: Vec<ExpandedMember<'c>>,
}

#[derive(Serialize)]
struct ExpandedMember<'c> {
    name: &'c str,
    input: &'c Input,
    expect: Option<&'c Verdict>,
}

impl<'c> Expanded<'c> {
    fn of(sweep: &'c Sweep) -> Self {
        let Sweep { id, title, rules, members, .. } = sweep;
        let member =
            |Member { name, input, expect }: &'c Member| ExpandedMember { name, input, expect: expect.as_ref() };
        Self { id, title, rules, members: members.iter().map(member).collect() }
    }
}

fn export(corpus: &Corpus) -> String {
    let Corpus { codes, exceptions, headers, keys, characters, profiles, actions, retired, .. } = corpus;
    let vectors = corpus.vectors().collect();
    ascii_json(&Export {
        version: env!("CARGO_PKG_VERSION"),
        actions,
        profiles,
        codes,
        exceptions,
        headers,
        keys,
        characters,
        retired,
        vectors,
        sweeps: corpus.sweeps().map(Expanded::of).collect(),
        protocol: &corpus.lines,
    })
}
