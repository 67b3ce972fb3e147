//! `relogin explain`.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use relogin::{Action, BodyKind, Failure, Object, Response, Step, classify};
use relogin_conformance::Error;
use relogin_conformance::corpus::{Corpus, Profile, Verdict};
use relogin_conformance::paste::{self, Kind, Pasted};
use relogin_conformance::protocol::reference::verdict_of;
use relogin_conformance::text::{ascii_json, plural, safe, width};
use serde::Serialize;

use super::exit::{CliError, Exit, eprint_line};
use super::secrets::Secrets;
use super::values::{is_dash, status};

/// The most bytes of the input that are read. A body of more than 1 MiB is not parsed in any case (R6).
const MOST_BYTES: u64 = 64 << 20;
/// The status of a response, if nothing says it: that of most errors of a token endpoint (RFC 6749 section 5.2).
const ASSUMED_STATUS: u16 = 400;
/// The most sources of a row that are printed.
const MOST_SOURCES: usize = 3;

pub(super) const EXIT_STATUSES: &str = "Exit status:
    0  the verdict was printed; with --exit-code: the response is not a failure
    2  wrong usage, or a file that cannot be read
   10  --exit-code: relogin, the user must sign in again
   11  --exit-code: retry, the same request may succeed later
   12  --exit-code: fix_client, the client's registration or request is wrong
   13  --exit-code: unknown, the response does not say
  130  interrupted";

#[derive(Debug, Args)]
pub(crate) struct Explain {
    /// The HTTP status of the response [default: that of the input, or else 400]
    #[arg(long, value_name = "N", value_parser = status)]
    status: Option<u16>,
    /// The value of the Content-Type header; a form is recognised only by it [default: that of the input]
    #[arg(long, value_name = "T")]
    content_type: Option<String>,
    /// A header of the response, which wins over one of the input with its name; may be given more than once
    #[arg(long = "header", value_name = "NAME: VALUE", value_parser = header)]
    headers: Vec<(String, String)>,
    /// The entry of a HAR, from 1
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..), conflicts_with = "as_body")]
    entry: Option<u32>,
    /// Take the input as the body, byte for byte, whatever it begins with
    #[arg(long)]
    as_body: bool,
    /// The profile for the texts of the message: generic or codex
    #[arg(long, value_name = "P", default_value = "generic")]
    profile: String,
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// End with 10, 11, 12 or 13, by the action, and with 0 if the response is not a failure
    #[arg(long)]
    exit_code: bool,
    /// A file of secrets that must not be shown, such as the refresh token: each line is one. At most 1,000 lines and 1
    /// MiB
    #[arg(long = "secret-file", value_name = "FILE")]
    secret_files: Vec<PathBuf>,
    /// The response: the output of `curl -i`, `curl -v` or HTTPie, a HAR or one of its entries, or a body; `-`, or no
    /// FILE, reads standard input
    #[arg(value_name = "FILE")]
    input: Option<PathBuf>,
}

/// The output of `--json`.
#[derive(Serialize)]
struct Explanation<'t> {
    input: Input,
    verdict: Option<Verdict>,
    next_step: Option<&'t str>,
    decided_by: Option<DecidedBy>,
    /// How the body was read; `None` for a success.
    body: Option<ReadAs>,
    body_bytes: usize,
}

/// The response, as it was read.
#[derive(Serialize)]
struct Input {
    kind: &'static str,
    status: u16,
    /// `option`, `input` or `assumed`.
    status_from: &'static str,
    content_type: Option<String>,
    headers: usize,
    /// How many secrets of the request are redacted.
    secrets: usize,
    sentence: String,
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
    /// The phrase of the exception that decided.
    exception: Option<&'static str>,
    /// The header that decided.
    header: Option<&'static str>,
    /// The sources of the row that decided.
    source: &'static [String],
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
        let input = match &self.input {
            Some(path) if !is_dash(path) => read(path, MOST_BYTES)?,
            _ => read_at_most(io::stdin().lock(), MOST_BYTES)
                .map_err(|error| Error::new(format!("cannot read the response from standard input: {error}")))?,
        };
        if input.is_empty() && !self.as_body {
            eprint_line(
                "warning: the input is empty, and is taken as an empty body; --as-body says that this is meant",
            );
        }
        let pasted = if self.as_body {
            Pasted::body(&input)
        } else {
            paste::read(&input, self.entry.map(|entry| entry as usize))?
        };
        let of_files = files.iter().flat_map(|file| &file.secrets);
        let secrets: Vec<&str> = of_files.chain(&pasted.secrets).map(String::as_str).collect();
        let headers: Vec<(&str, &str)> =
            self.headers.iter().chain(&pasted.headers).map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let read = self.input(&pasted, &headers);
        let response = Response::new(read.status, read.content_type.as_deref(), &pasted.body);
        let verdict = classify(&response.with_headers(&headers).with_secrets(&secrets));
        let exit = match &verdict {
            Err(failure) if self.exit_code => exit_of(failure.action()),
            _ => Exit::Good,
        };
        let body = pasted.body.as_ref();
        let mut out = anstream::stdout().lock();
        if self.json {
            let explanation = Explanation {
                input: read,
                verdict: verdict.as_ref().err().map(|failure| verdict_of(failure, profile)),
                next_step: verdict.as_ref().err().map(Failure::next_step),
                decided_by: verdict.as_ref().err().map(decided_by),
                body: verdict.as_ref().err().map(|failure| read_as(failure, body)),
                body_bytes: body.len(),
            };
            writeln!(out, "{}", ascii_json(&explanation))?;
        } else {
            writeln!(out, "input:       {}", safe(&read.sentence, width::MESSAGE))?;
            match &verdict {
                Ok(()) => {
                    writeln!(out, "verdict:     not a failure (R3): the response is a success, with an access token")?
                }
                Err(failure) => print_failure(&mut out, failure, profile, body)?,
            }
            if input.len() as u64 > MOST_BYTES {
                writeln!(out, "note:        the input is larger than 64 MiB; the rest was not read")?;
            }
        }
        out.flush()?;
        Ok(exit)
    }

    /// Returns how the response was read. Options come before the input.
    fn input(&self, pasted: &Pasted<'_>, headers: &[(&str, &str)]) -> Input {
        let (status, status_from) = match (self.status, pasted.status) {
            (Some(status), _) => (status, "option"),
            (None, Some(status)) => (status, "input"),
            (None, None) => (ASSUMED_STATUS, "assumed"),
        };
        let header = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-type"));
        let content_type = self.content_type.as_deref().or(header.map(|header| header.1)).or(pasted.content_type());
        let (kind, name) = match pasted.kind {
            Kind::Body => ("body", "a body".to_owned()),
            Kind::Response => ("response", "a response with its head, as of curl -i or HTTPie".to_owned()),
            Kind::Exchange => ("exchange", "a request and its response, as of HTTPie".to_owned()),
            Kind::CurlVerbose => ("curl_verbose", "the output of curl -v".to_owned()),
            Kind::Har { number, of } => ("har", format!("entry {number} of {of} of a HAR")),
        };
        let from = match (status_from, pasted.status) {
            ("assumed", _) => " (assumed: nothing says it; --status does)".to_owned(),
            ("option", Some(other)) if other != status => format!(" (by --status; the input has {other})"),
            _ => String::new(),
        };
        let media = content_type.map_or_else(
            || "no content type".to_owned(),
            |content_type| format!("content type {}", safe(content_type, width::NAME)),
        );
        let (count, secrets) = (headers.len(), pasted.secrets.len());
        let mut sentence = format!("{name}; status {status}{from}, {media}, {count} header{}", plural(count));
        if secrets > 0 {
            let verb = if secrets == 1 { "is" } else { "are" };
            sentence.push_str(&format!("; {secrets} secret{} of the request {verb} redacted", plural(secrets)));
        }
        let content_type = content_type.map(str::to_owned);
        Input { kind, status, status_from, content_type, headers: count, secrets, sentence }
    }
}

/// Parses a value of `--header`.
fn header(text: &str) -> Result<(String, String), String> {
    paste::header(text).ok_or_else(|| "a header is a name, a colon and a value, such as 'Retry-After: 60'".to_owned())
}

fn exit_of(action: Action) -> Exit {
    match action {
        Action::Relogin => Exit::Relogin,
        Action::Retry => Exit::Retry,
        Action::FixClient => Exit::FixClient,
        _ => Exit::Unknown,
    }
}

fn print_failure(out: &mut impl Write, failure: &Failure<'_>, profile: &Profile, body: &[u8]) -> io::Result<()> {
    let Verdict { code, description, action, message, retry_after, .. } = verdict_of(failure, profile);
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
    if let Some(seconds) = retry_after {
        writeln!(out, "retry after: {seconds} seconds (R58)")?;
    }
    writeln!(out, "next step:   {}", failure.next_step())?;
    writeln!(out, "body:        {}", read_as(failure, body).sentence)?;
    let decided = decided_by(failure);
    writeln!(out, "decided by:  {}", safe(&decided.sentence, width::MESSAGE))?;
    for (index, source) in decided.source.iter().take(MOST_SOURCES).enumerate() {
        writeln!(out, "{:<13}{}", if index == 0 { "source:" } else { "" }, safe(source, width::TEXT))?;
    }
    if decided.source.len() > MOST_SOURCES {
        writeln!(out, "{:<13}and {} more; --json has all", "", decided.source.len() - MOST_SOURCES)?;
    }
    writeln!(out, "rule:        relogin rule {}", decided.rule)
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
    let (step, rule, status) = (evidence.step.number(), evidence.rule(), failure.status());
    let place = evidence.place.as_ref().map(ToString::to_string);
    let registered = evidence.row.map(|row| row.code);
    let (at, row) = (place.as_deref().unwrap_or("nothing"), registered.unwrap_or("nothing"));
    let is_bare = evidence.place.is_some_and(|place| place.object == Object::Body);
    let reason = match (evidence.step, evidence.exception) {
        (Step::Status, _) => {
            format!(
                "with status {status} the server reports that it is broken, so its words about the token do not count"
            )
        }
        (Step::Header, _) => {
            let header = evidence.header.unwrap_or("nothing");
            format!(
                "the header {header} says that something in front of the server has answered, so the body does not count"
            )
        }
        (Step::Code, Some(exception)) if exception.phrase.is_empty() => {
            format!("{at} is the registered code {row}, which is {} beside any text", exception.action)
        }
        (Step::Code, Some(exception)) => {
            let (phrase, action) = (exception.phrase, exception.action);
            format!("{at} is the registered code {row}, which is {action} beside a text that holds \"{phrase}\"")
        }
        (Step::Code, None) if registered.is_some() => format!("{at} is the registered code {row}"),
        (Step::Code, None) => {
            format!("{at} is the code {}, which is not registered", failure.code().unwrap_or_default())
        }
        (Step::Text, _) if is_bare => format!("the body is a bare text (R51) that is the registered code {row}"),
        (Step::Text, _) => format!("{at} is a text that is the registered code {row}"),
        (Step::Word, _) => format!("{at} is a text that begins or ends with the registered code {row}"),
        (Step::StatusWithoutCode, _) => format!("there is no code, and status {status} blames the request"),
        _ => "there is no code, and no text that is a code or begins or ends with one".to_owned(),
    };
    let action = evidence.exception.map(|exception| exception.action).or(evidence.row.map(|row| row.action));
    let is_capped = action == Some(Action::Relogin) && !failure.relogin_required();
    let cap = if is_capped {
        format!("; it asks for a sign-in, but a token endpoint does not reject a grant with status {status} (R36)")
    } else {
        String::new()
    };
    DecidedBy {
        step,
        rule,
        place,
        registered,
        exception: evidence.exception.map(|exception| exception.phrase),
        header: evidence.header,
        source: source(failure),
        capped_by: is_capped.then_some("R36"),
        sentence: format!("step {step} ({rule}): {reason}{cap}"),
    }
}

/// Returns the sources of the row that decided, of the exceptions, the headers or the registry.
fn source(failure: &Failure<'_>) -> &'static [String] {
    let (evidence, corpus) = (failure.evidence(), Corpus::embedded());
    let header = evidence.header.and_then(|name| corpus.headers.iter().find(|row| row.header == name));
    let code = evidence.row.and_then(|row| corpus.codes.iter().find(|other| other.code == row.code));
    let exception = evidence.exception.zip(evidence.row).and_then(|(exception, row)| {
        corpus.exceptions.iter().find(|other| other.code == row.code && other.phrase == exception.phrase)
    });
    let source = exception.map(|row| &row.source).or(header.map(|row| &row.source)).or(code.map(|row| &row.source));
    source.map_or(&[], Vec::as_slice)
}

fn read(path: &Path, most: u64) -> Result<Vec<u8>, Error> {
    let cannot = |error: io::Error| Error::new(format!("cannot read {}: {error}", path.display()));
    let file = File::open(path).map_err(|error| {
        let is_a_body = path.as_os_str().to_string_lossy().trim_start().starts_with(['{', '[']);
        if is_a_body {
            return Error::new(
                "the argument is a body, and not the name of a file: pipe it, `echo '...' | relogin explain -`",
            );
        }
        cannot(error)
    })?;
    read_at_most(file, most).map_err(cannot)
}

/// Reads up to one byte more than `most`, which shows that there are more.
fn read_at_most(input: impl Read, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    input.take(most + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}
