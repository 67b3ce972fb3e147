//! The shared piece of the Rust drivers: a port for relogin, and a token endpoint on loopback for a real client.
//!
//! A driver defines `ask(url)` and calls [`run`]. For each request of the protocol (SPEC.md, appendix A) the endpoint
//! answers with exactly its status, headers, content type and body. `ask` makes the client refresh once, and returns
//! `Ok` for a success or a [`Failure`] for an error of the client's own. A panic of the client becomes the port's
//! `error`, and so does a refresh that does not end.
//!
//! Rust lets nobody replace the clock or the network of a process from outside. So a pause of a client takes its time,
//! and each driver switches off redirects and proxies by the options of its client.

use std::any::Any;
use std::error::Error;
use std::fmt::{self, Write as _};
use std::io::{self, BufRead, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::panic::{self, AssertUnwindSafe};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::StatusCode;
use oauth2::RequestTokenError;
use oauth2::basic::BasicRequestTokenError;
use serde_json::{Map, Value, json};

/// How many characters of the text that a client shows are reported.
const SHOWN: usize = 2_000;
/// How long a refresh may take; it is one that never ends then.
const ANSWER: Duration = Duration::from_secs(5);
/// Headers that the endpoint itself sends.
const FRAMING: [&str; 4] = ["connection", "content-length", "content-type", "transfer-encoding"];
/// The lock file beside this crate: the versions that are built in.
const LOCK: &str = include_str!("../Cargo.lock");

/// An error of the client's own: the fields of the verdict, and how its caller sees it.
#[derive(Debug)]
pub struct Failure {
    code: Option<String>,
    description: Option<String>,
    shown: String,
    variant: String,
}

impl Failure {
    /// Takes an error, and the texts in the fields that the client has for the server's code and description. An empty
    /// text is none.
    #[must_use]
    pub fn new(error: &dyn Error, code: Option<&str>, description: Option<&str>) -> Self {
        let given = |text: Option<&str>| text.filter(|text| !text.is_empty()).map(str::to_owned);
        let mut variant = FirstWord(String::new());
        let _ = write!(variant, "{error:?}"); // it ends with an error after the word
        Self { code: given(code), description: given(description), shown: error.to_string(), variant: variant.0 }
    }
}

/// Takes an error of `oauth2`, which `openidconnect` has too. Only a `ServerResponse` has a code and a text; the other variants
/// (`Parse`, `Request`, `Other`) have neither.
pub fn oauth2_failure<E: Error + 'static>(error: &BasicRequestTokenError<E>) -> Failure {
    let response = match error {
        RequestTokenError::ServerResponse(response) => Some(response),
        _ => None,
    };
    let code = response.map(|response| response.error().as_ref());
    let description = response.and_then(|response| response.error_description()).map(String::as_str);
    Failure::new(error, code, description)
}

/// Takes the first word of a text and refuses the rest: the `Debug` of an error begins with its variant, and may go on
/// with a whole body.
struct FirstWord(String);

impl fmt::Write for FirstWord {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let end = text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
        self.0.push_str(&text[..end]);
        if end < text.len() { Err(fmt::Error) } else { Ok(()) }
    }
}

/// Runs the future of a client to its end, on a new runtime.
///
/// # Panics
///
/// When the machine has no file descriptor left.
pub fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime needs a few file descriptors").block_on(future)
}

/// Speaks the protocol until the end of input. `package` is the client's name in its registry; `ask` makes the client
/// refresh at a URL.
///
/// # Errors
///
/// When loopback has no free port, or standard input or output breaks.
pub fn run(package: &str, ask: fn(&str) -> Result<(), Failure>) -> io::Result<()> {
    let endpoint = Endpoint::start()?;
    let (mut lines, mut replies) = (io::stdin().lock(), io::stdout().lock());
    let about = json!({
        "protocol": 1,
        "name": package,
        "language": "Rust",
        "version": version(package),
        "levels": ["core", "dialects", "hardening"],
        "fields": ["code", "description"],
    });
    // The message of a panic without a backtrace: a client may panic often.
    panic::set_hook(Box::new(|info| eprintln!("{info}")));
    let mut line = Vec::new();
    while lines.read_until(b'\n', &mut line)? > 0 {
        let reply = match Request::read(line.strip_suffix(b"\n").unwrap_or(&line)) {
            Ok(Request::Hello) => about.clone(),
            Ok(Request::Parse { seq, answer: Ok(answer), fallback_code }) => {
                refresh(seq, answer, fallback_code, &endpoint, ask)
            }
            Ok(Request::Parse { seq, answer: Err(why), .. }) => json!({"seq": seq, "skip": why}),
            Err((seq, why)) => json!({"seq": seq, "error": why}),
        };
        writeln!(replies, "{reply}")?;
        replies.flush()?;
        line.clear();
    }
    Ok(())
}

/// Returns the version of a package in the lock file.
fn version(package: &str) -> Option<&'static str> {
    let (_, entry) = LOCK.split_once(&format!("name = \"{package}\"\nversion = \""))?;
    entry.split('"').next()
}

// --- The port.

/// A line of the protocol.
enum Request {
    Hello,
    /// `answer` holds the bytes of the HTTP response, or why HTTP cannot carry it.
    Parse {
        seq: u64,
        answer: Result<Vec<u8>, String>,
        fallback_code: String,
    },
}

impl Request {
    /// Reads a line. The error has the `seq`, if the line has one, and what is wrong.
    fn read(line: &[u8]) -> Result<Self, (Option<u64>, String)> {
        let request: Map<String, Value> = serde_json::from_slice(line).map_err(|error| (None, error.to_string()))?;
        let command = request.get("cmd").and_then(Value::as_str);
        if command == Some("hello") {
            return Ok(Self::Hello);
        }
        let seq = request.get("seq").and_then(Value::as_u64).filter(|seq| *seq < 1 << 53);
        let seq = seq.ok_or_else(|| (None, "there is no seq".to_owned()))?;
        if command != Some("parse") {
            return Err((Some(seq), "unknown cmd".into()));
        }
        let (answer, fallback_code) = Self::parse(&request).map_err(|what| (Some(seq), format!("{what} is broken")))?;
        Ok(Self::Parse { seq, answer, fallback_code })
    }

    /// Returns the HTTP response and the fallback code, or the name of a member that is missing or malformed.
    fn parse(request: &Map<String, Value>) -> Result<(Result<Vec<u8>, String>, String), &'static str> {
        let texts = |value: &Value| -> Option<Vec<String>> {
            value.as_array()?.iter().map(|text| text.as_str().map(str::to_owned)).collect()
        };
        let status = request.get("status").and_then(Value::as_u64).filter(|status| (100..=999).contains(status));
        let status = status.and_then(|status| u16::try_from(status).ok()).ok_or("status")?;
        let content_type = match request.get("content_type") {
            Some(Value::Null) => None,
            Some(Value::String(text)) => Some(text.as_str()),
            _ => return Err("content_type"),
        };
        let body = request.get("body").and_then(Value::as_str).ok_or("body")?;
        let body = STANDARD.decode(body).map_err(|_| "body")?;
        let mut headers = Vec::new();
        match request.get("headers") {
            None => {}
            Some(Value::Object(given)) => {
                for (name, values) in given {
                    headers.extend(texts(values).ok_or("headers")?.into_iter().map(|value| (name.as_str(), value)));
                }
            }
            Some(_) => return Err("headers"),
        }
        request.get("secrets").and_then(texts).ok_or("secrets")?;
        let profile = |name| request.get("profile")?.get(name)?.as_str();
        for name in ["product", "other_clients", "sign_in"] {
            profile(name).ok_or("profile")?;
        }
        let fallback_code = profile("fallback_code").ok_or("profile")?.to_owned();
        Ok((response(status, content_type, &headers, &body), fallback_code))
    }
}

/// Returns the bytes of an HTTP response, or why HTTP cannot carry one of the headers.
fn response(
    status: u16,
    content_type: Option<&str>,
    headers: &[(&str, String)],
    body: &[u8],
) -> Result<Vec<u8>, String> {
    let phrase = StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason()).unwrap_or_default();
    let length = body.len().to_string();
    let own = [("Content-Length", length.as_str()), ("Connection", "close")];
    let sent = headers.iter().filter(|(name, _)| !FRAMING.contains(&name.to_ascii_lowercase().as_str()));
    let sent = sent.map(|(name, value)| (*name, value.as_str()));
    let mut head = String::new();
    for (name, value) in sent.chain(content_type.map(|value| ("Content-Type", value))).chain(own) {
        let is_token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+.^_`|~-".contains(c);
        if name.is_empty() || !name.chars().all(is_token) || value.contains(['\0', '\r', '\n']) {
            return Err(format!("HTTP cannot carry this header: {name}"));
        }
        head += &format!("{name}: {value}\r\n");
    }
    // HTTP clients read a header as Latin-1; only text that does not fit is sent as UTF-8.
    let latin1: Option<Vec<u8>> = head.chars().map(|c| u8::try_from(u32::from(c)).ok()).collect();
    let mut bytes = format!("HTTP/1.1 {status} {phrase}\r\n").into_bytes();
    bytes.extend(latin1.unwrap_or_else(|| head.into_bytes()));
    bytes.extend(b"\r\n");
    bytes.extend(body);
    Ok(bytes)
}

/// Lets the client refresh against an answer, and returns the reply.
fn refresh(
    seq: u64,
    answer: Vec<u8>,
    fallback_code: String,
    endpoint: &Endpoint,
    ask: fn(&str) -> Result<(), Failure>,
) -> Value {
    endpoint.hold(answer);
    let (sender, receiver) = mpsc::channel();
    let url = format!("http://{}/token", endpoint.address);
    // A thread of its own, because nobody can stop a refresh that never ends.
    thread::spawn(move || sender.send(panic::catch_unwind(AssertUnwindSafe(|| ask(&url)))));
    let outcome = receiver.recv_timeout(ANSWER);
    let (requests, waited) = endpoint.seen();
    let (mut shown, mut exception) = (None, None);
    let mut reply = match outcome {
        Ok(Ok(_)) if requests == 0 => json!({"error": "the client sent no request"}),
        Ok(Ok(Ok(()))) => json!({"verdict": null}),
        Ok(Ok(Err(failure))) => {
            (shown, exception) = (Some(failure.shown), Some(failure.variant));
            json!({"verdict": {"code": failure.code.unwrap_or(fallback_code), "description": failure.description}})
        }
        Ok(Err(panic)) => {
            let text = panic_text(panic.as_ref());
            let error = endpoint.cut(&format!("panic: {text}"));
            (shown, exception) = (Some(text.to_owned()), Some("panic".into()));
            json!({"error": error})
        }
        Err(_) => json!({"error": "the client never answers"}),
    };
    reply["seq"] = seq.into();
    let shown = shown.map(|text| endpoint.cut(&text));
    reply["observed"] = json!({"requests": requests, "waited": waited, "shown": shown, "exception": exception});
    reply
}

/// Returns the message of a panic.
fn panic_text(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("without a message")
}

// --- The token endpoint.

/// Answers every request with the response in hand, byte for byte, and counts them. One connection a request.
struct Endpoint {
    address: SocketAddr,
    held: Arc<Mutex<Held>>,
}

/// The response in hand, and the requests that got it.
#[derive(Default)]
struct Held {
    answer: Arc<Vec<u8>>,
    requests: u64,
    first: Option<Instant>,
    last: Option<Instant>,
}

impl Endpoint {
    /// Listens on loopback, in a thread.
    fn start() -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let endpoint = Self { address: listener.local_addr()?, held: Arc::default() };
        let held = Arc::clone(&endpoint.held);
        thread::spawn(move || {
            for connection in listener.incoming() {
                let _ = connection.and_then(|connection| serve(connection, &held)); // the client went away
            }
        });
        Ok(endpoint)
    }

    /// Takes the response of the next refresh in hand.
    fn hold(&self, answer: Vec<u8>) {
        *lock(&self.held) = Held { answer: Arc::new(answer), ..Held::default() };
    }

    /// Returns how many requests came, and the seconds between the first and the last. Less than a tenth is no pause.
    fn seen(&self) -> (u64, f64) {
        let held = lock(&self.held);
        let waited = held.last.zip(held.first).map(|(last, first)| last.duration_since(first)).unwrap_or_default();
        (held.requests, (waited.as_secs_f64() * 10.0).floor() / 10.0)
    }

    /// Returns a text of the client, bounded, and without the port of the endpoint, which is another in each run.
    fn cut(&self, text: &str) -> String {
        text.chars().take(SHOWN).collect::<String>().replace(&self.address.to_string(), "127.0.0.1")
    }
}

/// Takes the lock. No thread panics while it holds it, and a broken promise would leave only numbers behind.
fn lock(held: &Mutex<Held>) -> MutexGuard<'_, Held> {
    held.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Reads one request to its end, and answers.
fn serve(mut connection: TcpStream, held: &Mutex<Held>) -> io::Result<()> {
    connection.set_read_timeout(Some(ANSWER))?;
    connection.set_write_timeout(Some(ANSWER))?;
    let mut data = Vec::new();
    while !is_whole(&data) {
        let mut more = [0; 16_384];
        let count = connection.read(&mut more)?;
        if count == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        data.extend(&more[..count]);
    }
    let answer = {
        let mut held = lock(held);
        let now = Instant::now();
        held.requests += 1;
        held.first.get_or_insert(now);
        held.last = Some(now);
        Arc::clone(&held.answer)
    };
    connection.write_all(&answer)
}

/// Returns whether a request has come with its whole body.
fn is_whole(data: &[u8]) -> bool {
    let Some(end) = data.windows(4).position(|part| part == b"\r\n\r\n") else { return false };
    let (head, body) = (String::from_utf8_lossy(&data[..end]).to_ascii_lowercase(), &data[end + 4..]);
    let header = |name| head.lines().filter_map(|line| line.split_once(':')).find(|line| line.0 == name);
    match header("content-length").and_then(|(_, length)| length.trim().parse().ok()) {
        Some(length) => body.len() >= length,
        None => header("transfer-encoding").is_none() || body.ends_with(b"0\r\n\r\n"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn get(url: &str) -> String {
        let host = url.trim_start_matches("http://").trim_end_matches("/token");
        let mut connection = TcpStream::connect(host).expect("the endpoint listens");
        connection.write_all(b"POST /token HTTP/1.1\r\nContent-Length: 3\r\n\r\na=b").expect("it reads");
        let mut text = String::new();
        connection.read_to_string(&mut text).expect("it answers");
        text
    }

    fn reply(answer: &[u8], ask: fn(&str) -> Result<(), Failure>) -> Value {
        let endpoint = Endpoint::start().expect("loopback has a free port");
        refresh(7, answer.to_vec(), "fallback".into(), &endpoint, ask)
    }

    #[test]
    fn a_refresh_that_fails_by_itself_is_an_error() {
        let error = |ask| reply(b"", ask)["error"].as_str().map(str::to_owned);
        assert_eq!(error(|_| Ok(())).as_deref(), Some("the client sent no request"));
        assert_eq!(error(|_| panic!("number {}", 1)).as_deref(), Some("panic: number 1"));
        let never = |_: &str| {
            thread::sleep(ANSWER * 2);
            Ok(())
        };
        assert_eq!(error(never).as_deref(), Some("the client never answers"));
    }

    #[test]
    fn an_error_of_the_client_is_a_verdict_with_what_it_shows() {
        let ask = |url: &str| {
            let (first, second) = (get(url), get(url));
            assert_eq!(first, second);
            Err(Failure::new(&io::Error::other(format!("{url} {first}")), Some(""), Some("text")))
        };
        let reply = reply(b"HTTP/1.1 400 Bad Request\r\n\r\n{}", ask);
        assert_eq!(reply["verdict"], json!({"code": "fallback", "description": "text"}));
        let shown = "http://127.0.0.1/token HTTP/1.1 400 Bad Request\r\n\r\n{}";
        assert_eq!(reply["observed"], json!({"requests": 2, "waited": 0.0, "shown": shown, "exception": "Custom"}));
        assert_eq!(reply["seq"], 7);
    }

    #[test]
    fn a_response_has_each_header_once_and_its_own_framing() {
        let headers = [("X", "é".to_owned()), ("content-length", "7".to_owned()), ("Content-Type", "a".to_owned())];
        let bytes = response(401, Some("b"), &headers, b"\0body").expect("HTTP can carry it");
        let expect =
            b"HTTP/1.1 401 Unauthorized\r\nX: \xe9\r\nContent-Type: b\r\nContent-Length: 5\r\nConnection: close\r\n\r\n\0body";
        assert_eq!(bytes, expect);
        assert!(response(200, None, &[("a b", String::new())], b"").is_err());
        assert!(response(200, Some("a\r\nb"), &[], b"").is_err());
    }

    #[test]
    fn a_request_is_whole_with_its_body() {
        for (data, expect) in [
            ("POST / HTTP/1.1\r\n", false),
            ("POST / HTTP/1.1\r\n\r\n", true),
            ("POST / HTTP/1.1\r\nCONTENT-LENGTH: 2\r\n\r\na", false),
            ("POST / HTTP/1.1\r\ncontent-length: 2\r\n\r\nab", true),
            ("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n", false),
            ("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n", true),
        ] {
            assert_eq!(is_whole(data.as_bytes()), expect, "{data:?}");
        }
    }

    #[test]
    fn the_lock_file_has_the_versions() {
        assert!(["oauth2", "openidconnect", "yup-oauth2"].iter().all(|package| version(package).is_some()));
        assert_eq!(version("nothing"), None);
    }
}
