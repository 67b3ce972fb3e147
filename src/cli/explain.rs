//! `relogin explain`.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use relogin::{Action, BodyKind, Failure, Response, Step, classify};
use relogin_conformance::Error;
use relogin_conformance::corpus::{Corpus, Profile, Verdict};
use relogin_conformance::protocol::reference::verdict_of;
use relogin_conformance::text::{ascii_json, safe, width};
use serde::Serialize;

use super::exit::{CliError, Exit, eprint_line};
use super::secrets::Secrets;
use super::values::is_dash;

/// The most bytes of a body that are read. A larger body is not parsed in any case (R6).
const MOST_BODY_BYTES: u64 = 64 << 20;

#[derive(Debug, Args)]
pub(crate) struct Explain {
    /// The HTTP status of the response
    #[arg(long, value_name = "N", default_value_t = 400, value_parser = clap::value_parser!(u16).range(100..=999))]
    status: u16,
    /// The value of the Content-Type header; a form needs it
    #[arg(long, value_name = "T")]
    content_type: Option<String>,
    /// The profile for the texts of the message
    #[arg(long, value_name = "P", default_value = "generic")]
    profile: String,
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// A file of secrets that must not be shown, such as the refresh token: each line is one. At most 1,000 lines and 1 MiB
    #[arg(long = "secret-file", value_name = "FILE")]
    secret_files: Vec<PathBuf>,
    /// The body of the response, byte for byte; `-` or nothing for standard input
    #[arg(value_name = "FILE")]
    body: Option<PathBuf>,
}

/// The output of `--json`.
#[derive(Serialize)]
struct Explanation<'t> {
    verdict: Option<Verdict>,
    next_step: Option<&'t str>,
    decided_by: Option<DecidedBy>,
    /// How the body was read; `None` for a success.
    body: Option<ReadAs>,
    body_bytes: usize,
}

#[derive(Serialize)]
struct ReadAs {
    parsed: bool,
    rule: &'static str,
    sentence: String,
}

#[derive(Serialize)]
struct DecidedBy {
    step: u8,
    rule: &'static str,
    place: Option<String>,
    registered: Option<&'static str>,
    /// R36, if it turned the action of the registered code into `unknown`.
    capped_by: Option<&'static str>,
    sentence: String,
}

impl Explain {
    pub(crate) fn run(self) -> Result<Exit, CliError> {
        let profiles = &Corpus::embedded().profiles;
        let profile = profiles.get(&self.profile).ok_or_else(|| {
            let names: Vec<&str> = profiles.keys().map(String::as_str).collect();
            Error::new(format!("there is no profile `{}`; the profiles are {}", self.profile, names.join(" and ")))
        })?;
        let files =
            self.secret_files.iter().map(|path| Secrets::read(path)).collect::<Result<Vec<Secrets>, Error>>()?;
        files.iter().flat_map(|file| &file.warnings).for_each(|warning| eprint_line(&format!("warning: {warning}")));
        let secrets: Vec<&str> = files.iter().flat_map(|file| &file.secrets).map(String::as_str).collect();
        let body = match &self.body {
            Some(path) if !is_dash(path) => read(path, MOST_BODY_BYTES)?,
            _ => read_at_most(io::stdin().lock(), MOST_BODY_BYTES)
                .map_err(|error| Error::new(format!("cannot read the body from standard input: {error}")))?,
        };

        let verdict = classify(&Response::new(self.status, self.content_type.as_deref(), &body).with_secrets(&secrets));
        let mut out = anstream::stdout().lock();
        if self.json {
            let explanation = Explanation {
                verdict: verdict.as_ref().err().map(|failure| verdict_of(failure, profile)),
                next_step: verdict.as_ref().err().map(Failure::next_step),
                decided_by: verdict.as_ref().err().map(decided_by),
                body: verdict.as_ref().err().map(|failure| read_as(failure, &body)),
                body_bytes: body.len(),
            };
            writeln!(out, "{}", ascii_json(&explanation))?;
        } else {
            match &verdict {
                Ok(()) => {
                    writeln!(out, "verdict:     not a failure (R3): the response is a success, with an access token")?
                }
                Err(failure) => print_failure(&mut out, failure, profile, &body)?,
            }
            if body.len() as u64 > MOST_BODY_BYTES {
                writeln!(out, "note:        the body is larger than 64 MiB; the rest was not read")?;
            }
        }
        out.flush()?;
        Ok(Exit::Good)
    }
}

fn print_failure(out: &mut impl Write, failure: &Failure<'_>, profile: &Profile, body: &[u8]) -> io::Result<()> {
    let Verdict { code, description, action, message, .. } = verdict_of(failure, profile);
    let whose = if failure.code().is_none() { " (the profile's: the server sent none, R43)" } else { "" };
    writeln!(out, "verdict:     failure; sign in again: {}", if failure.relogin_required() { "yes" } else { "no" })?;
    writeln!(out, "action:      {action}. {}", failure.action().meaning())?;
    writeln!(out, "code:        {}{whose}", safe(&code, width::LINE))?;
    writeln!(
        out,
        "description: {}",
        description.map_or_else(|| "none".to_owned(), |text| safe(&text, width::MESSAGE))
    )?;
    writeln!(out, "message:     {}", safe(&message, width::MESSAGE))?;
    writeln!(out, "next step:   {}", failure.next_step())?;
    writeln!(out, "body:        {}", read_as(failure, body).sentence)?;
    writeln!(out, "decided by:  {}", safe(&decided_by(failure).sentence, width::MESSAGE))
}

fn read_as(failure: &Failure<'_>, body: &[u8]) -> ReadAs {
    let kind = failure.evidence().body;
    let (parsed, rule) = (kind.is_parsed(), kind.rule());
    let mut sentence = if parsed {
        format!("{kind} ({rule})")
    } else {
        format!("not parsed: {kind} ({rule}), so nothing in it counts")
    };
    if kind == BodyKind::Neither && looks_like_a_form(body) {
        sentence.push_str(
            "; it looks like a form, but only the content type can say so (R15): if the response had one, pass \
             --content-type application/x-www-form-urlencoded",
        );
    }
    ReadAs { parsed, rule, sentence }
}

/// Returns whether a body looks like a form: one line of names and values without blanks and controls. For a hint only;
/// no rule depends on it. A line end at the end belongs to the file.
fn looks_like_a_form(body: &[u8]) -> bool {
    let line = body.trim_ascii_end();
    let name = line.split(|byte| matches!(byte, b'=' | b'&')).next().unwrap_or_default();
    line.get(name.len()) == Some(&b'=')
        && line.iter().all(u8::is_ascii_graphic)
        && !name.is_empty()
        && name.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'))
}

fn decided_by(failure: &Failure<'_>) -> DecidedBy {
    let evidence = failure.evidence();
    let (step, rule, status) = (evidence.step.number(), evidence.step.rule(), failure.status());
    let place = evidence.place.as_ref().map(ToString::to_string);
    let registered = evidence.row.map(|row| row.code);
    let (at, row) = (place.as_deref().unwrap_or("nothing"), registered.unwrap_or("nothing"));
    let reason = match (evidence.step, evidence.row) {
        (Step::Status, _) => {
            format!(
                "with status {status} the server reports that it is broken, so its words about the token do not count"
            )
        }
        (Step::Code, Some(_)) => format!("{at} is the registered code {row}"),
        (Step::Code, None) => {
            format!("{at} is the code {}, which is not registered", failure.code().unwrap_or_default())
        }
        (Step::Text, _) => format!("{at} is a text that is the registered code {row}"),
        (Step::Word, _) => format!("{at} is a text that begins or ends with the registered code {row}"),
        _ => "there is no code, and no text that is a code or begins or ends with one".to_owned(),
    };
    let is_capped = evidence.row.is_some_and(|row| row.action == Action::Relogin) && !failure.relogin_required();
    let cap = if is_capped {
        format!("; it asks for a sign-in, but a token endpoint does not reject a grant with status {status} (R36)")
    } else {
        String::new()
    };
    let capped_by = is_capped.then_some("R36");
    DecidedBy { step, rule, place, registered, capped_by, sentence: format!("step {step} ({rule}): {reason}{cap}") }
}

fn read(path: &Path, most: u64) -> Result<Vec<u8>, Error> {
    let cannot = |error: io::Error| Error::new(format!("cannot read {}: {error}", path.display()));
    read_at_most(File::open(path).map_err(cannot)?, most).map_err(cannot)
}

/// Reads up to one byte more than `most`, which shows that there are more.
fn read_at_most(input: impl Read, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    input.take(most + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}
