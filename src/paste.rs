//! Reading what people have of a failed refresh: a pasted response of `curl -i`, `curl -v` or HTTPie, a HAR, or a body.
//!
//! The beginning of the input says which it is. Reading takes time and memory in proportion to the input, and no input
//! makes it panic. Text before the response, such as the request, is read for its secrets only.

mod har;
mod head;
mod pasted;
mod secrets;

use std::borrow::Cow;

use crate::error::Error;
use crate::text::{safe_bytes, width};
use head::{Head, is_request_line, is_status_line, line_at};

pub use pasted::{Kind, Pasted};
pub use secrets::MOST_SECRETS;

/// Reads an input. Of several responses the last counts. `entry` is the number of an entry of a HAR, from 1.
///
/// ```
/// use relogin_conformance::paste::{Kind, read};
/// let pasted = read(b"HTTP/2 401 \r\ncontent-type: text/html\r\n\r\n<h1>no</h1>", None)?;
/// assert_eq!((pasted.kind, pasted.status, pasted.content_type()), (Kind::Response, Some(401), Some("text/html")));
/// assert_eq!(pasted.body.as_ref(), b"<h1>no</h1>");
/// # Ok::<(), relogin_conformance::Error>(())
/// ```
///
/// # Errors
///
/// When the input is a HAR and no entry with a response is chosen, when `entry` is given and it is not a HAR, or when
/// it says that curl has failed before a response came.
pub fn read(input: &[u8], entry: Option<usize>) -> Result<Pasted<'_>, Error> {
    let text = &input[blank_bytes(input)..];
    if text.first() == Some(&b'{')
        && let Some(har) = har::read(text)
    {
        return har.choose(entry);
    }
    if entry.is_some() {
        return Err(Error::new("the input is not a HAR, so it has no entry to choose with --entry"));
    }
    let (command, rest) = text.split_at(command_bytes(text));
    let output = &rest[blank_bytes(rest)..];
    let Some(mut pasted) = read_output(output) else {
        if let Some(failure) = head::failure_of_curl(output) {
            return Err(Error::new(format!(
                "the input has no response: `{}`. Nothing says that a sign-in has ended; try again, and paste the response",
                safe_bytes(failure, width::LINE)
            )));
        }
        // The output of a command may be a body alone.
        let mut pasted = Pasted::body(if command.is_empty() { input } else { rest });
        pasted.secrets = secrets::of(&[command]);
        return Ok(pasted);
    };
    let request = pasted.secrets;
    pasted.secrets = secrets::of(&[command]);
    pasted.secrets.extend(request);
    secrets::tidy(&mut pasted.secrets);
    Ok(pasted)
}

/// Reads the output of a tool; `None` if it is of none.
fn read_output(text: &[u8]) -> Option<Pasted<'_>> {
    let first = line_at(text, 0).0;
    if is_status_line(first) {
        Some(of_response(Kind::Response, text, 0))
    } else if is_request_line(first) {
        let start = head::last_status_line(text)?;
        Some(of_response(Kind::Exchange, text, start))
    } else if head::is_of_curl(first) {
        curl_verbose(text)
    } else {
        None
    }
}

/// Reads the last response from `start` on; everything before it is the request.
fn of_response(kind: Kind, text: &[u8], start: usize) -> Pasted<'_> {
    let start = head::last_status_line(&text[start..]).map_or(start, |offset| start + offset);
    let Head { status, headers, bytes } = head::read(&text[start..]);
    Pasted {
        kind,
        status,
        headers,
        media_type: None,
        body: Cow::Borrowed(&text[start + bytes..]),
        secrets: secrets::of(&[&text[..start]]),
    }
}

/// Reads the output of `curl -v`: lines of the head begin with `<`, those of the request with `>`, and notes with `*`.
fn curl_verbose(text: &[u8]) -> Option<Pasted<'_>> {
    let (mut request, mut head, mut body) = (Vec::new(), Vec::new(), Vec::new());
    let (mut has_head, mut is_in_head) = (false, false);
    let mut at = 0;
    while at < text.len() {
        let (line, next) = line_at(text, at);
        let marked = |mark: u8| {
            let rest = line.strip_prefix(&[mark])?;
            if rest.is_empty() { Some(rest) } else { rest.strip_prefix(b" ") }
        };
        if let Some(rest) = marked(b'<').filter(|rest| is_in_head || is_status_line(rest)) {
            if is_status_line(rest) {
                head.clear();
                body.clear();
                has_head = true;
            }
            is_in_head = !rest.is_empty();
            head.extend_from_slice(rest);
            head.push(b'\n');
        } else if let Some(rest) = marked(b'>').or_else(|| marked(b'*')) {
            request.extend_from_slice(rest);
            request.push(b'\n');
        } else if !head::is_meter(line) && has_head {
            body.extend_from_slice(&text[at..next]);
        }
        at = next;
    }
    if !has_head {
        return None;
    }
    body.truncate(head::without_note_of_curl(&body));
    let mut pasted = if is_status_line(line_at(&body, 0).0) {
        // `curl -iv` prints the head twice.
        let Pasted { kind, status, headers, media_type, body, secrets } = of_response(Kind::CurlVerbose, &body, 0);
        Pasted { kind, status, headers, media_type, body: Cow::Owned(body.into_owned()), secrets }
    } else {
        let Head { status, headers, .. } = head::read(&head);
        let (kind, body) = (Kind::CurlVerbose, Cow::Owned(body));
        Pasted { kind, status, headers, media_type: None, body, secrets: Vec::new() }
    };
    pasted.secrets = secrets::of(&[&request]);
    Some(pasted)
}

/// Reads a header as it stands in a head, such as `Retry-After: 60`; `None` if it is none.
///
/// ```
/// use relogin_conformance::paste::header;
/// assert_eq!(header("Retry-After: 60"), Some(("Retry-After".into(), "60".into())));
/// assert_eq!(header("{\"error\": 1}"), None);
/// ```
#[must_use]
pub fn header(line: &str) -> Option<(String, String)> {
    let string = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    head::header(line.as_bytes()).map(|(name, value)| (string(name), string(value)))
}

/// Returns how many bytes of white space, or of a byte order mark, the input begins with.
fn blank_bytes(input: &[u8]) -> usize {
    let text = input.strip_prefix(b"\xef\xbb\xbf").unwrap_or(input);
    input.len() - text.trim_ascii_start().len()
}

/// Returns how many bytes the command has that the input begins with, as in `$ curl -i URL`. It goes on behind a line
/// that ends with a backslash or within quotes.
fn command_bytes(text: &[u8]) -> usize {
    let first = line_at(text, 0).0;
    let words = first.strip_prefix(b"$ ").or(first.strip_prefix(b"% ")).unwrap_or(first).trim_ascii_start();
    if words.len() == first.len() && ![&b"curl "[..], b"http ", b"https "].iter().any(|tool| words.starts_with(tool)) {
        return 0;
    }
    let (mut at, mut quote) = (0, None);
    while at < text.len() {
        let (line, next) = line_at(text, at);
        let mut is_escaped = false;
        for byte in line {
            match (quote, byte) {
                _ if is_escaped => is_escaped = false,
                (None | Some(b'"'), b'\\') => is_escaped = true,
                (None, b'"' | b'\'') => quote = Some(*byte),
                (Some(open), byte) if open == *byte => quote = None,
                _ => {}
            }
        }
        at = next;
        if quote.is_none() && !is_escaped {
            break;
        }
    }
    at
}
