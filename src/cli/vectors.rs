//! `relogin vectors`: the corpus in hand.

use std::io::Write as _;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use relogin_conformance::lint::lint;
use relogin_conformance::text::safe;
use relogin_conformance::vectors::{Corpus, Vector};
use serde_json::{Map, Value, json};

use super::{End, Problem, check::LevelArgument, corpus, filter};

#[derive(Subcommand)]
pub(super) enum Arguments {
    /// Print an id and a title a line
    List(List),
    /// Print one vector, with its body as text
    Show(Show),
    /// Check the corpus: form, ids, rules
    Lint(Lint),
    /// Write the vectors and tables as one JSON file, for another project's tests
    Export(Export),
}

#[derive(Args)]
pub(super) struct List {
    /// Only vectors of this level and those below
    #[arg(long)]
    level: Option<LevelArgument>,
    /// Only vectors whose id matches, e.g. 'core/nested/*'
    #[arg(long, value_name = "GLOB")]
    filter: Option<String>,
    /// A corpus folder instead of the one inside this program
    #[arg(long, value_name = "DIR")]
    corpus: Option<PathBuf>,
}

#[derive(Args)]
pub(super) struct Show {
    /// The id of the vector
    id: String,
    /// A corpus folder instead of the one inside this program
    #[arg(long, value_name = "DIR")]
    corpus: Option<PathBuf>,
}

#[derive(Args)]
pub(super) struct Lint {
    /// A corpus folder instead of the one inside this program
    #[arg(long, value_name = "DIR")]
    corpus: Option<PathBuf>,
}

#[derive(Args)]
pub(super) struct Export {
    /// The file to write, `-` for standard output
    #[arg(default_value = "-")]
    file: PathBuf,
    /// A corpus folder instead of the one inside this program
    #[arg(long, value_name = "DIR")]
    corpus: Option<PathBuf>,
}

pub(super) fn run(arguments: &Arguments) -> Result<End, Problem> {
    match arguments {
        Arguments::List(arguments) => list(arguments),
        Arguments::Show(arguments) => show(arguments),
        Arguments::Lint(arguments) => check(arguments),
        Arguments::Export(arguments) => export(arguments),
    }
}

fn list(arguments: &List) -> Result<End, Problem> {
    let corpus = corpus(arguments.corpus.as_deref())?;
    let filter = filter(arguments.filter.as_deref())?;
    let mut out = anstream::stdout().lock();
    for vector in &corpus.vectors {
        if filter.is_match(&vector.id) && arguments.level.is_none_or(|level| vector.level <= level.0) {
            writeln!(out, "{}  {}", safe(&vector.id, 200), safe(&vector.title, 200))?;
        }
    }
    Ok(End::Conforming)
}

fn show(arguments: &Show) -> Result<End, Problem> {
    let corpus = corpus(arguments.corpus.as_deref())?;
    let vector = corpus.vectors.iter().find(|vector| vector.id == arguments.id).ok_or_else(|| {
        Problem::Usage(format!("there is no vector `{}`; `relogin vectors list` prints all ids", safe(&arguments.id, 200)))
    })?;
    let mut out = anstream::stdout().lock();
    let url = vector.source.url.as_deref().map(|url| format!(" <{}>", safe(url, 300))).unwrap_or_default();
    writeln!(out, "{}\n{}\n", safe(&vector.id, 200), safe(&vector.title, 500))?;
    writeln!(out, "shows    {}", safe(&vector.rules.join(", "), 500))?;
    if !vector.near.is_empty() {
        writeln!(out, "near     {}", safe(&vector.near.join(", "), 500))?;
    }
    writeln!(out, "source   {}{url}", safe(&vector.source.what, 500))?;
    writeln!(out, "status   {}", vector.input.status)?;
    writeln!(out, "type     {}", vector.input.content_type.as_deref().map_or("(none)".into(), |text| safe(text, 300)))?;
    let profile = corpus.profile(&vector.input);
    writeln!(out, "profile  {}", safe(&json!(profile).to_string(), 2000))?;
    writeln!(out, "secrets  {}", safe(&json!(vector.input.secrets).to_string(), 2000))?;
    let body = vector.input.body.bytes().map_err(Problem::Usage)?;
    writeln!(out, "body     {} bytes\n\n{}\n", body.len(), safe(&String::from_utf8_lossy(&body), 4000))?;
    writeln!(out, "expect   {}", pretty(vector))?;
    Ok(End::Conforming)
}

fn pretty(vector: &Vector) -> String {
    let Some(expect) = &vector.expect else { return "null: not a failure".into() };
    let fields = json!(expect);
    let fields = fields.as_object().into_iter().flatten();
    fields.map(|(name, value)| format!("\n  {name:<17}{}", safe(&value.to_string(), 1000))).collect()
}

fn check(arguments: &Lint) -> Result<End, Problem> {
    let corpus = corpus(arguments.corpus.as_deref())?;
    let problems = lint(&corpus);
    let mut out = anstream::stdout().lock();
    for problem in &problems {
        writeln!(out, "{}", safe(problem, 500))?;
    }
    writeln!(out, "{} vectors, {} problems", corpus.vectors.len(), problems.len())?;
    if problems.is_empty() { Ok(End::Conforming) } else { Err(Problem::Usage("the corpus is broken".into())) }
}

/// Everything as one document: the tables by name, the vectors in one array. Vectors are as in the files.
fn export(arguments: &Export) -> Result<End, Problem> {
    let corpus = corpus(arguments.corpus.as_deref())?;
    let mut all = Map::new();
    all.insert("version".into(), env!("CARGO_PKG_VERSION").into());
    for table in ["codes", "keys", "characters", "profiles", "actions"] {
        all.insert(table.into(), read_table(&corpus, table)?);
    }
    all.insert("vectors".into(), json!(corpus.vectors));
    let text = format!("{:#}\n", Value::from(all));
    if arguments.file.as_os_str() == "-" {
        std::io::stdout().lock().write_all(text.as_bytes())?;
    } else {
        let name = safe(&arguments.file.to_string_lossy(), 300);
        std::fs::write(&arguments.file, text).map_err(|error| Problem::Usage(format!("{name}: cannot be written: {error}")))?;
    }
    Ok(End::Conforming)
}

fn read_table(corpus: &Corpus, table: &str) -> Result<Value, Problem> {
    let file = format!("{table}.json");
    let text = corpus.files.get(&file).ok_or_else(|| Problem::Usage(format!("{file} is missing in the corpus")))?;
    let value: Value = serde_json::from_str(text).map_err(|error| Problem::Usage(format!("{file}: {error}")))?;
    // Most files hold one table, with their own name; two hold several.
    Ok(value.get(table).cloned().unwrap_or_else(|| {
        let members = value.as_object().into_iter().flatten().filter(|(name, _)| *name != "$schema");
        members.map(|(name, value)| (name.clone(), value.clone())).collect::<Map<_, _>>().into()
    }))
}
