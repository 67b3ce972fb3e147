//! The lines of a response as tools print it.

/// The head of a response.
pub(super) struct Head {
    /// The status of its status line.
    pub(super) status: Option<u16>,
    pub(super) headers: Vec<(String, String)>,
    /// How many bytes it has, with the blank line at its end.
    pub(super) bytes: usize,
}

/// Returns the line that begins at `at`, without its end, and where the next one begins. A terminal may have made LF of
/// CRLF, or added a CR.
pub(super) fn line_at(text: &[u8], at: usize) -> (&[u8], usize) {
    let rest = text.get(at..).unwrap_or_default();
    let (line, next) = match rest.iter().position(|byte| *byte == b'\n') {
        Some(length) => (&rest[..length], at + length + 1),
        None => (rest, text.len()),
    };
    let end = line.iter().rposition(|byte| *byte != b'\r').map_or(0, |last| last + 1);
    (&line[..end], next)
}

/// Returns the status of a status line (RFC 9112 section 4), such as `HTTP/1.1 401 Unauthorized` or `HTTP/2 401`.
fn status(line: &[u8]) -> Option<u16> {
    let rest = line.strip_prefix(b"HTTP/")?;
    let version = rest.iter().position(|byte| !byte.is_ascii_digit() && *byte != b'.')?;
    let rest = rest[version..].strip_prefix(b" ").filter(|_| version > 0)?.trim_ascii_start();
    let (digits, after) = rest.split_first_chunk::<3>()?;
    let status = str::from_utf8(digits).ok()?.parse().ok()?;
    (after.first().is_none_or(|byte| *byte == b' ') && status >= 100 && digits.iter().all(u8::is_ascii_digit))
        .then_some(status)
}

pub(super) fn is_status_line(line: &[u8]) -> bool {
    status(line).is_some()
}

/// Returns whether a line is a request line (RFC 9112 section 3), such as `POST /token HTTP/1.1`.
pub(super) fn is_request_line(line: &[u8]) -> bool {
    let mut words = line.split(|byte| *byte == b' ');
    let (method, target, version) = (words.next(), words.next(), words.next());
    method.is_some_and(|method| !method.is_empty() && method.iter().all(u8::is_ascii_uppercase))
        && target.is_some_and(|target| !target.is_empty())
        && version.is_some_and(|version| version.starts_with(b"HTTP/"))
}

/// Returns whether the output of `curl -v` can begin with a line: a note, a line of a head, or its progress meter.
pub(super) fn is_of_curl(line: &[u8]) -> bool {
    [&b"* "[..], b"> ", b"< HTTP/"].iter().any(|mark| line.starts_with(mark)) || is_meter(line)
}

/// Returns what curl says of a request that failed, such as `curl: (6) Could not resolve host: example.com`; `None` if
/// the text is no output of curl, or says nothing of the kind.
pub(super) fn failure_of_curl(text: &[u8]) -> Option<&[u8]> {
    const MARK: &[u8] = b"curl: (";
    let first = line_at(text, 0).0;
    if !first.starts_with(MARK) && !is_of_curl(first) {
        return None;
    }
    // It follows the progress meter on its line.
    let start = text.windows(MARK.len()).rposition(|window| window == MARK)?;
    Some(line_at(text, start).0)
}

/// Returns whether a line is of the progress meter of curl, or says how many bytes were sent or received.
pub(super) fn is_meter(line: &[u8]) -> bool {
    let text = line.trim_ascii_start();
    let holds = |part: &[u8]| text.windows(part.len()).any(|window| window == part);
    text.starts_with(b"% Total ")
        || text.starts_with(b"Dload  Upload ")
        || ((text.starts_with(b"{ [") || text.starts_with(b"} [")) && text.ends_with(b" bytes data]"))
        || (text.first().is_some_and(u8::is_ascii_digit) && text.len() < 4_096 && holds(b" --:--:-- "))
}

/// Returns the length of a body without the note that `curl -v` writes behind it, on the same line.
pub(super) fn without_note_of_curl(body: &[u8]) -> usize {
    let text = body.trim_ascii_end();
    let line = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
    // A note is short; the last line of a body need not be.
    let from = line.max(text.len().saturating_sub(300));
    let last = &text[from..];
    let notes: [&[u8]; 3] = [b"* Connection #", b"* Closing connection", b"* shutting down connection"];
    let note = (0..last.len()).find(|start| notes.iter().any(|note| last[*start..].starts_with(note)));
    note.map_or(body.len(), |start| from + start)
}

/// Returns where the last status line begins that is followed by a header. Without one, it is the first status line.
pub(super) fn last_status_line(text: &[u8]) -> Option<usize> {
    let (mut at, mut last, mut first) = (0, None, None);
    while at < text.len() {
        let (line, next) = line_at(text, at);
        if is_status_line(line) {
            first = first.or(Some(at));
            if header(line_at(text, next).0).is_some() {
                last = Some(at);
            }
        }
        at = next;
    }
    last.or(first)
}

/// Reads the head that a text begins with. It ends at a blank line, or before a line that is no header.
pub(super) fn read(text: &[u8]) -> Head {
    let (line, mut at) = line_at(text, 0);
    let mut head = Head { status: status(line), headers: Vec::new(), bytes: at };
    while at < text.len() {
        let (line, next) = line_at(text, at);
        if line.trim_ascii().is_empty() {
            head.bytes = next;
            return head;
        }
        match (header(line), line.first(), head.headers.last_mut()) {
            (Some((name, value)), ..) => head.headers.push((string(name), string(value))),
            // A folded line goes on with the header before it (RFC 9112 section 5.2).
            (None, Some(b' ' | b'\t'), Some((_, value))) => {
                value.push(' ');
                value.push_str(&string(line.trim_ascii()));
            }
            _ => return head,
        }
        at = next;
        head.bytes = at;
    }
    head
}

/// Returns the name and the value of a header (RFC 9110 section 5.1).
pub(super) fn header(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let colon = line.iter().position(|byte| *byte == b':')?;
    let name = &line[..colon];
    let is_token = |byte: &u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte);
    (!name.is_empty() && name.iter().all(is_token)).then(|| (name, line[colon + 1..].trim_ascii()))
}

fn string(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
