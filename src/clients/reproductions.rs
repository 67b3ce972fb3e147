//! For the maintainer of a client: the plainest response for each finding, with a command that sends it.

use std::fmt::Write as _;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::cell::{Cell, Finding};
use super::report::{ClientReport, Hunted, Report};
use super::table::escaped;
use crate::check::VectorInfo;
use crate::corpus::Level;
use crate::text::{plural, safe, safe_bytes, width};

/// The address that `relogin serve` listens on by default.
pub const SERVE_ADDRESS: &str = "127.0.0.1:8417";

/// The change that maintainers are asked for, for each finding that is theirs to change.
const NEEDS: [(Finding, &str); 5] = [
    (
        Finding::ErrorTakenForSuccess,
        "an error: the response holds no usable `access_token`, or an `error` beside it. A caller that gets a success \
         stores it, and finds out at the next request.",
    ),
    (
        Finding::Crash,
        "the client's own error, with the status and the body. A caller catches the client's error, not those of a \
         JSON parser or of a missing member.",
    ),
    (
        Finding::CodeLost,
        "the code that the server sent, in a field that a program can read. Without it the program cannot know \
         whether to ask for a sign-in, to wait, or to try again.",
    ),
    (
        Finding::RawControls,
        "a text without control, bidi and invisible characters: the server chooses it, and it reaches a terminal or \
         a log.",
    ),
    (Finding::SecretEchoed, "a text without the token or the secret that the client has just sent."),
];

/// Returns the plainest response with this finding: of the lowest level, one for which the client has no code, with a
/// status that ends an answer, and then the smallest. Those that a search made small are among them.
fn plainest<'r>(client: &'r ClientReport, report: &'r Report, finding: Finding) -> Option<(&'r VectorInfo, &'r Cell)> {
    let hunted = client.hunted.iter().map(|Hunted { vector, cell }| (vector, cell));
    let all = report.vectors.iter().zip(&client.cells).chain(hunted).filter(|(_, cell)| cell.has(finding));
    let level = |vector: &VectorInfo| Level::ALL.into_iter().find(|level| vector.id.starts_with(level.as_str()));
    // Of two equal ones the vector counts, which a person has worked out.
    let rank = |(vector, cell): &(&VectorInfo, &Cell)| {
        (level(vector), cell.code.is_some(), vector.status < Some(200), vector.body_bytes)
    };
    all.min_by_key(rank)
}

/// Returns a command that sends a refresh to `relogin serve` and shows the response.
pub(super) fn curl(vector: &VectorInfo) -> String {
    format!(
        "curl -i -d grant_type=refresh_token -d refresh_token=example http://{SERVE_ADDRESS}/{}/token",
        safe(&vector.id, width::LINE)
    )
}

/// Returns the Markdown of a client, or `None` if nothing hurts.
#[must_use]
pub fn reproductions(client: &ClientReport, report: &Report) -> Option<String> {
    let mut out = format!("# {}\n\n", escaped(&client.title()));
    let _ = writeln!(
        out,
        "Made by `relogin clients` {} over {} responses of token endpoints. {} ({}), driven by `clients/{}`: {}\n",
        safe(&report.suite, width::WORD),
        client.cells.len(),
        escaped(&client.package),
        escaped(&client.runtime),
        safe(&client.driver, width::NAME),
        escaped(&client.rest)
    );
    let _ = writeln!(
        out,
        "`relogin serve` answers as the endpoint: point the client's token URL at `http://{SERVE_ADDRESS}/ID/token` and \
         refresh once, as the driver does.{}\n",
        if client.hunted.is_empty() {
            ""
        } else {
            " Where an ID has the name of the client in it, serve the folder beside this file: \
             `relogin serve --corpus corpus`."
        }
    );
    let mut is_clean = true;
    for (finding, need) in NEEDS {
        let Some((vector, cell)) = plainest(client, report, finding) else { continue };
        is_clean = false;
        let count = client.cells.iter().filter(|cell| cell.has(finding)).count();
        let _ = match count {
            0 => writeln!(out, "## {finding}: found by a search\n"),
            _ => writeln!(out, "## {finding}: {count} response{}\n", plural(count)),
        };
        let _ = writeln!(out, "The plainest is `{}`: {}.\n", safe(&vector.id, width::LINE), escaped(&vector.title));
        let _ = writeln!(out, "```console\n$ {}\n```\n", curl(vector));
        let body = STANDARD.decode(&vector.body).unwrap_or_default();
        let _ = write!(out, "```\nstatus {}\n", vector.status.unwrap_or_default());
        if let Some(content_type) = &vector.content_type {
            let _ = writeln!(out, "content-type: {}", safe(content_type, width::NAME));
        }
        for (name, value) in &vector.headers {
            let _ = writeln!(out, "{}: {}", safe(name, width::NAME), safe(value, width::NAME));
        }
        let _ = writeln!(out, "\n{}\n```\n", safe_bytes(&body, width::TEXT).replace('`', "\u{2019}"));
        let _ = writeln!(out, "The client {}\n", outcome(cell));
        let _ = writeln!(out, "Its user needs {need}\n");
    }
    out.truncate(out.trim_end().len());
    out.push('\n');
    (!is_clean).then_some(out)
}

/// Returns what a client did, as the end of a sentence that begins with "the client".
fn outcome(cell: &Cell) -> String {
    let shown = cell.shown.as_ref().map(|text| safe(text, width::TEXT).replace('`', "\u{2019}"));
    let code = cell.code.as_ref().map_or_else(|| "no code".to_owned(), |code| format!("the code {}", escaped(code)));
    match (&cell.exception, shown) {
        _ if cell.has(Finding::ErrorTakenForSuccess) => "returns a success.".to_owned(),
        (Some(exception), Some(shown)) => {
            format!("raises {} with {code}, and shows:\n\n```\n{shown}\n```", escaped(exception))
        }
        (None, Some(shown)) => format!("fails with {code}, and shows:\n\n```\n{shown}\n```"),
        _ => format!("{}.", cell.note.as_ref().map_or_else(|| format!("fails with {code}"), |note| escaped(note))),
    }
}
