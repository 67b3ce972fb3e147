//! `relogin explain`: for a person with a failing response in hand.

use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use clap::Args;
use relogin::{Action, Failure, Response, Step, classify};
use relogin_conformance::reference;
use relogin_conformance::text::safe;
use relogin_conformance::vectors::Corpus;
use serde_json::json;

use super::{End, Problem};

/// The largest file that is read, in bytes. What is over 1 MiB is not parsed (R6); the rest of the room is for saying so.
const MOST_READ: u64 = 64 << 20;

#[derive(Args)]
pub(super) struct Arguments {
    /// The HTTP status of the response
    #[arg(long, value_name = "N", default_value_t = 400, value_parser = clap::value_parser!(u16).range(100..=999))]
    status: u16,
    /// The value of its Content-Type header
    #[arg(long, value_name = "T")]
    content_type: Option<String>,
    /// The profile whose texts are used
    #[arg(long, value_name = "P", default_value = "generic")]
    profile: String,
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// A file that holds a secret, such as the refresh token, that must not be shown; may be given several times
    #[arg(long, value_name = "FILE")]
    secret_file: Vec<PathBuf>,
    /// The body of the response, `-` for standard input
    #[arg(default_value = "-")]
    file: PathBuf,
}

pub(super) fn run(arguments: &Arguments) -> Result<End, Problem> {
    let corpus = Corpus::embedded().map_err(|error| Problem::Usage(error.to_string()))?;
    let profile = corpus.profiles.get(&arguments.profile).ok_or_else(|| {
        let names: Vec<_> = corpus.profiles.keys().map(String::as_str).collect();
        Problem::Usage(format!("there is no profile `{}`; there are {}", safe(&arguments.profile, 100), names.join(", ")))
    })?;
    let secrets = arguments.secret_file.iter().map(|file| secret(file)).collect::<Result<Vec<_>, _>>()?;
    let secrets: Vec<&str> = secrets.iter().map(String::as_str).collect();
    let body = read(&arguments.file)?;
    let verdict = classify(&Response::new(arguments.status, arguments.content_type.as_deref(), &body).with_secrets(&secrets));
    let texts = reference::texts(profile);
    let mut out = anstream::stdout().lock();
    let failure = match verdict {
        Ok(()) if arguments.json => {
            writeln!(out, "{:#}", json!({ "verdict": null }))?;
            return Ok(End::Conforming);
        }
        Ok(()) => {
            writeln!(out, "verdict      not a failure: the response holds an access token and tells of no error (R3)")?;
            return Ok(End::Conforming);
        }
        Err(failure) => failure,
    };
    let message = failure.message(&texts).to_string();
    let code = failure.code().unwrap_or(&profile.fallback_code);
    if arguments.json {
        let evidence = failure.evidence();
        let json = json!({
            "verdict": {
                "code": code,
                "description": failure.description(),
                "action": failure.action().as_str(),
                "relogin_required": failure.relogin_required(),
                "message": message,
            },
            "next_step": failure.next_step(),
            "evidence": {
                "step": evidence.step.number(),
                "rule": evidence.step.rule(),
                "place": evidence.place.map(|place| place.to_string()),
                "row": evidence.row.map(|row| row.code),
            },
        });
        writeln!(out, "{json:#}")?;
        return Ok(End::Conforming);
    }
    let from = if failure.code().is_some() { "" } else { "  (the server sent no code; this is the profile's)" };
    writeln!(out, "verdict      {}: {}", failure.action(), failure.action().meaning())?;
    writeln!(out, "message      {}", safe(&message, 2000))?;
    writeln!(out, "next step    {}", failure.next_step())?;
    writeln!(out, "code         {}{from}", safe(code, 200))?;
    writeln!(out, "description  {}", failure.description().map_or("(none)".into(), |text| safe(text, 600)))?;
    writeln!(out, "decided by   {}", decided_by(&failure))?;
    Ok(End::Conforming)
}

/// Which step, which place, which row.
fn decided_by(failure: &Failure<'_>) -> String {
    let evidence = failure.evidence();
    let place = evidence.place.map(|place| place.to_string()).unwrap_or_default();
    let row = evidence.row.map(|row| row.code).unwrap_or_default();
    let status = failure.status();
    let why = match (evidence.step, evidence.row) {
        (Step::Status, _) => format!("status {status} says that the server is broken; the body is not believed"),
        (Step::Code, None) => format!("{place} is a code that is not registered"),
        (Step::Code, Some(_)) => format!("{place} is the registered code {row}"),
        (Step::Text, _) => format!("{place} is a text that is the code {row}"),
        (Step::Word, _) => format!("{place} is a text that begins or ends with the code {row}"),
        (Step::Nothing, _) => "there is no code, and no text that is one".into(),
        (_, _) => String::new(),
    };
    let capped = evidence.row.is_some_and(|row| row.action == Action::Relogin) && !failure.relogin_required();
    let cap =
        if capped { format!(", which asks for a sign-in; but status {status} does not speak about a grant (R36)") } else { String::new() };
    format!("step {} ({}): {why}{cap}", evidence.step.number(), evidence.step.rule())
}

/// A secret, without the line end that editors add.
fn secret(file: &Path) -> Result<String, Problem> {
    let text = String::from_utf8_lossy(&read(file)?).into_owned();
    Ok(text.trim_end_matches(['\n', '\r']).to_owned())
}

fn read(file: &Path) -> Result<Vec<u8>, Problem> {
    let name = safe(&file.to_string_lossy(), 300);
    let problem = |error: std::io::Error| Problem::Usage(format!("{name}: cannot be read: {error}"));
    let mut bytes = Vec::new();
    if file.as_os_str() == "-" {
        std::io::stdin().lock().take(MOST_READ + 1).read_to_end(&mut bytes).map_err(problem)?;
    } else {
        std::fs::File::open(file).map_err(problem)?.take(MOST_READ + 1).read_to_end(&mut bytes).map_err(problem)?;
    }
    if bytes.len() as u64 > MOST_READ {
        return Err(Problem::Usage(format!("{name}: is larger than {MOST_READ} bytes; no token endpoint answers that")));
    }
    Ok(bytes)
}
