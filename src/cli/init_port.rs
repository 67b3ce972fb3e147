//! `relogin init-port`.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use relogin_conformance::Error;
use relogin_conformance::text::safe;

use super::{End, Stop};

/// Write a port to begin with, for a parser that you have already
#[derive(Debug, Args)]
pub(crate) struct InitPort {
    /// The language of the parser
    #[arg(value_name = "LANG", value_enum)]
    language: Language,
    /// The folder to write to; it is made when it is not there, and no file in it is overwritten
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// The port drives a client whose transport is stubbed (urllib, fetch, http.RoundTripper), instead of calling a parser
    #[arg(long)]
    stub_transport: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Language {
    Python,
    Node,
    Go,
}

/// A template: what its file is called, what stands in it, and what runs it.
struct Template {
    file: &'static str,
    plain: &'static str,
    stub_transport: &'static str,
    /// The program that is given the file; without one the file is built first.
    run: Option<&'static str>,
}

/// What a built port is called.
const BUILT: &str = "relogin-port";

impl Language {
    fn template(self) -> Template {
        match self {
            Self::Python => Template {
                file: "relogin_port.py",
                plain: include_str!("../../ports/templates/python/plain/relogin_port.py"),
                stub_transport: include_str!("../../ports/templates/python/stub-transport/relogin_port.py"),
                run: Some("python3"),
            },
            Self::Node => Template {
                file: "relogin-port.mjs",
                plain: include_str!("../../ports/templates/node/plain/relogin-port.mjs"),
                stub_transport: include_str!("../../ports/templates/node/stub-transport/relogin-port.mjs"),
                run: Some("node"),
            },
            Self::Go => Template {
                file: "main.go",
                plain: include_str!("../../ports/templates/go/plain/main.go"),
                stub_transport: include_str!("../../ports/templates/go/stub-transport/main.go"),
                run: None,
            },
        }
    }
}

impl InitPort {
    pub(crate) fn run(self) -> Result<End, Stop> {
        let template = self.language.template();
        let path = self.folder.join(template.file);
        let text = if self.stub_transport { template.stub_transport } else { template.plain };
        let cannot = |what: &str, error: io::Error| Error::new(format!("cannot {what}: {error}"));

        fs::create_dir_all(&self.folder).map_err(|error| cannot(&format!("make the folder {}", self.folder.display()), error))?;
        // Made only when it is not there, in one step: nothing can come between.
        let mut file = File::create_new(&path).map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => Error::new(format!("{} is there already, and nothing was written", path.display())),
            _ => cannot(&format!("write {}", path.display()), error),
        })?;
        file.write_all(text.as_bytes()).map_err(|error| {
            let _ = fs::remove_file(&path); // half a port helps nobody
            cannot(&format!("write {}", path.display()), error)
        })?;

        let name = path.display().to_string();
        let (port, build) = match template.run {
            Some(program) => (format!("{program} {}", quoted(&name)), None),
            // Built, not `go run`: the first build outlasts the time that a port has to say hello.
            None => {
                let built = quoted(&self.folder.join(BUILT).display().to_string()).into_owned();
                let build = format!("go build -o {built} {}", quoted(&name));
                (built, Some(build))
            }
        };
        let check = format!("relogin check --port {} --level core", quoted(&port));
        let mut out = anstream::stdout().lock();
        writeln!(out, "Wrote {}. As it is, it answers with an example; your part of it is marked.", safe(&name, 500))?;
        writeln!(out, "The first score, and then what is known to fail, so that it only gets better:")?;
        writeln!(out)?;
        if let Some(build) = build {
            writeln!(out, "    {}", safe(&build, 2_000))?;
        }
        writeln!(out, "    {}", safe(&check, 2_000))?;
        writeln!(out, "    {}", safe(&format!("{check} --baseline my-port.baseline --bless"), 2_000))?;
        writeln!(out)?;
        writeln!(out, "The guide is docs/write-a-port.md in the sources of relogin.")?;
        Ok(End::Good)
    }
}

/// A word for a shell. One that no shell can take is shown as it is: the file has been written all the same.
fn quoted(word: &str) -> std::borrow::Cow<'_, str> {
    shlex::try_quote(word).unwrap_or(word.into())
}
