//! `relogin init-port`.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use relogin_conformance::Error;
use relogin_conformance::text::{safe, width};

use super::exit::{CliError, Exit};

/// Write the template of a port, for a parser that you already have
#[derive(Debug, Args)]
pub(crate) struct InitPort {
    /// The language of the parser
    #[arg(value_name = "LANG", value_enum)]
    language: Language,
    /// The folder to write to; it is created if needed, and no file in it is overwritten
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// The port drives a client whose transport is stubbed (urllib, fetch, http.RoundTripper), instead of calling a
    /// parser
    #[arg(long)]
    stub_transport: bool,
    /// The port drives a client with any transport: it refreshes against a token endpoint on loopback, inside the port
    #[arg(long, conflicts_with = "stub_transport")]
    local_server: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Language {
    Python,
    Node,
    Go,
}

/// The template of a port.
struct Template {
    file: &'static str,
    plain: &'static str,
    stub_transport: &'static str,
    local_server: &'static str,
    /// The program that runs the file; `None` if the file must be built.
    run: Option<&'static str>,
}

/// The name of a built port.
const BUILT: &str = "relogin-port";

impl Language {
    fn template(self) -> Template {
        match self {
            Self::Python => Template {
                file: "relogin_port.py",
                plain: include_str!("../../ports/templates/python/plain/relogin_port.py"),
                stub_transport: include_str!("../../ports/templates/python/stub-transport/relogin_port.py"),
                local_server: include_str!("../../ports/templates/python/local-server/relogin_port.py"),
                run: Some("python3"),
            },
            Self::Node => Template {
                file: "relogin-port.mjs",
                plain: include_str!("../../ports/templates/node/plain/relogin-port.mjs"),
                stub_transport: include_str!("../../ports/templates/node/stub-transport/relogin-port.mjs"),
                local_server: include_str!("../../ports/templates/node/local-server/relogin-port.mjs"),
                run: Some("node"),
            },
            Self::Go => Template {
                file: "main.go",
                plain: include_str!("../../ports/templates/go/plain/main.go"),
                stub_transport: include_str!("../../ports/templates/go/stub-transport/main.go"),
                local_server: include_str!("../../ports/templates/go/local-server/main.go"),
                run: None,
            },
        }
    }
}

impl InitPort {
    pub(crate) fn run(self) -> Result<Exit, CliError> {
        let template = self.language.template();
        let path = self.folder.join(template.file);
        let text = match (self.stub_transport, self.local_server) {
            (true, _) => template.stub_transport,
            (_, true) => template.local_server,
            _ => template.plain,
        };
        let cannot = |what: &str, error: io::Error| Error::new(format!("cannot {what}: {error}"));

        fs::create_dir_all(&self.folder)
            .map_err(|error| cannot(&format!("create the folder {}", self.folder.display()), error))?;
        // Creates the file or fails, in one step, so that no other program can come between.
        let mut file = File::create_new(&path).map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => {
                Error::new(format!("{} already exists, and nothing was written", path.display()))
            }
            _ => cannot(&format!("write {}", path.display()), error),
        })?;
        file.write_all(text.as_bytes()).map_err(|error| {
            let _ = fs::remove_file(&path); // no half-written port stays
            cannot(&format!("write {}", path.display()), error)
        })?;

        let name = path.display().to_string();
        let (port, build) = match template.run {
            Some(program) => (format!("{program} {}", quoted(&name)), None),
            // Not `go run`: the first build may take longer than a port may take to answer hello.
            None => {
                let built = quoted(&self.folder.join(BUILT).display().to_string()).into_owned();
                let build = format!("go build -o {built} {}", quoted(&name));
                (built, Some(build))
            }
        };
        let check = format!("relogin check --port {} --level core", quoted(&port));
        let mut out = anstream::stdout().lock();
        writeln!(
            out,
            "Wrote {}. It answers with an example until you replace the marked part.",
            safe(&name, width::LINE)
        )?;
        writeln!(
            out,
            "Get the first score; then write a baseline of the known failures, so that the port only gets better:"
        )?;
        writeln!(out)?;
        if let Some(build) = build {
            writeln!(out, "    {}", safe(&build, width::MESSAGE))?;
        }
        writeln!(out, "    {}", safe(&check, width::MESSAGE))?;
        writeln!(out, "    {}", safe(&format!("{check} --baseline my-port.baseline --bless"), width::MESSAGE))?;
        writeln!(out)?;
        writeln!(out, "The guide is docs/write-a-port.md in the sources of relogin.")?;
        Ok(Exit::Good)
    }
}

/// Quotes a word for a shell. A word that cannot be quoted is shown unquoted; the file has been written anyway.
fn quoted(word: &str) -> std::borrow::Cow<'_, str> {
    shlex::try_quote(word).unwrap_or(word.into())
}
