//! `relogin serve`: exact responses, responses that are spoiled on the way, hostile requests, and the stop.

use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use relogin_conformance::corpus::Corpus;

use crate::support::{BIN, at_once, signal};

struct Server {
    child: Child,
    out: BufReader<std::process::ChildStdout>,
    address: String,
}

impl Server {
    fn start(listen: &str) -> Self {
        Self::start_with(listen, &[])
    }

    fn start_with(listen: &str, more: &[&str]) -> Self {
        let mut child = Command::new(BIN)
            .args(["serve", "--listen", listen])
            .args(more)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("relogin starts");
        let mut out = BufReader::new(child.stdout.take().expect("it is a pipe"));
        let mut line = String::new();
        out.read_line(&mut line).expect("it says where it listens");
        let address = line.split("http://").nth(1).and_then(|rest| rest.split('/').next()).map(str::to_owned);
        Self { child, out, address: address.unwrap_or_else(|| unreachable!("{line}")) }
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(&self.address).expect("it accepts connections");
        stream.set_read_timeout(Some(Duration::from_secs(60))).expect("a time limit can be set");
        stream
    }

    /// Sends bytes, and returns all that comes back until the end of the connection.
    fn send(&self, bytes: &[u8]) -> std::io::Result<Vec<u8>> {
        let mut stream = self.connect();
        stream.write_all(bytes)?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).map(|_| answer)
    }

    fn ask(&self, target: &str) -> std::io::Result<Vec<u8>> {
        self.send(post(target, "close").as_bytes())
    }

    /// Stops it, and returns what it has said since it began.
    fn stop(mut self) -> (Option<i32>, String) {
        signal("TERM", self.child.id());
        let mut rest = String::new();
        self.out.read_to_string(&mut rest).expect("its output is UTF-8");
        (self.child.wait().expect("it ends").code(), rest)
    }
}

/// A test that does not stop its server leaves none.
impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn post(target: &str, connection: &str) -> String {
    let body = "grant_type=refresh_token&refresh_token=example";
    format!(
        "POST {target} HTTP/1.1\r\nHost: localhost\r\nConnection: {connection}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// The status, the head and the body of an answer.
fn parts(answer: &[u8]) -> (u16, String, Vec<u8>) {
    let end = answer
        .windows(4)
        .position(|four| four == b"\r\n\r\n")
        .unwrap_or_else(|| unreachable!("an answer has a head: {}", String::from_utf8_lossy(answer)));
    let head = String::from_utf8_lossy(&answer[..end]).into_owned();
    let status = head.get(9..12).and_then(|status| status.parse().ok());
    (status.unwrap_or_else(|| unreachable!("{head}")), head, answer[end + 4..].to_vec())
}

#[test]
fn another_corpus_is_served_in_place_of_the_own_one() {
    let folder = crate::support::corpus();
    let corpus = Corpus::load(folder.path()).expect("it is a corpus");
    let vector = corpus.vectors().next().expect("it has a vector");
    let server = Server::start_with("127.0.0.1:0", &["--corpus", &folder.path().display().to_string()]);
    let (status, _, body) = parts(&server.ask(&format!("/{}/token", vector.id)).expect("it answers"));
    assert_eq!((status, body), (vector.input.status, vector.input.body.expand()));
    let (status, _, body) = parts(&server.ask("/core/seed/flat-invalid-grant/token").expect("it answers"));
    assert_eq!((status, body.starts_with(b"relogin serve: there is no ")), (404, true));
}

#[test]
fn a_vector_answers_with_its_status_headers_and_bytes() {
    let server = Server::start("127.0.0.1:0");
    let corpus = Corpus::embedded();
    let few = corpus.vectors().step_by(41).chain(
        [
            "core/status/100-without-a-code",
            "core/action/no-grant-status-304",
            "core/success/empty-204",
            "dialects/retry-after/no-break-space",
            "dialects/retry-after/arabic-digits",
        ]
        .map(|id| corpus.find(id).expect("the corpus has it")),
    );
    for vector in few {
        let (status, head, body) = parts(&server.ask(&format!("/{}/token", vector.id)).expect("it answers"));
        assert_eq!((status, body), (vector.input.status, vector.input.body.expand()), "{}", vector.id);
        let lines: Vec<String> = head.to_lowercase().lines().skip(1).map(str::to_owned).collect();
        let sent = lines.iter().filter(|line| !line.starts_with("content-length:") && !line.starts_with("connection:"));
        let own = vector.input.headers.len() + usize::from(vector.input.content_type.is_some());
        assert_eq!(sent.count(), own, "{}: {head}", vector.id);
    }
    // One connection carries several answers.
    let mut stream = server.connect();
    for _ in 0..3 {
        stream.write_all(post("/core/seed/flat-invalid-grant/token", "keep-alive").as_bytes()).expect("it reads");
        let expected = corpus.find("core/seed/flat-invalid-grant").expect("the corpus has it").input.body.expand();
        let mut got = Vec::new();
        while !got.ends_with(&expected) {
            let mut buffer = [0; 1_024];
            let read = stream.read(&mut buffer).expect("it answers");
            assert_ne!(read, 0, "it closed the connection");
            got.extend_from_slice(&buffer[..read]);
        }
    }
    drop(stream);
    let (status, rest) = server.stop();
    assert_eq!(status, Some(0));
    assert!(rest.starts_with("Stopped after ") && rest.ends_with(" answers.\n"), "{rest}");
}

#[test]
fn an_answer_can_be_slow_cut_or_reset() {
    let server = Server::start("127.0.0.1:0");
    let path = "/core/garbage/html-labelled-json/token";
    let whole = Corpus::embedded().find("core/garbage/html-labelled-json").expect("it is there").input.body.expand();
    let begin = Instant::now();
    let (_, _, body) = parts(&server.ask(&format!("{path}?slow=1")).expect("it answers"));
    assert!(begin.elapsed() >= Duration::from_secs(1) && body == whole);
    let (_, head, body) = parts(&server.ask(&format!("{path}?cut=7")).expect("it answers"));
    assert_eq!(body, whole[..7]);
    assert!(head.contains(&format!("content-length: {}", whole.len())), "{head}");
    let reset = server.ask(&format!("{path}?reset"));
    assert!(reset.is_err_and(|error| error.kind() == ErrorKind::ConnectionReset));
    let (status, _, body) = parts(&server.ask(&format!("{path}?slow=61")).expect("it answers"));
    assert_eq!((status, body.starts_with(b"relogin serve: the query may be ")), (400, true));
}

#[test]
fn hostile_requests_get_a_clear_refusal() {
    let server = Server::start("127.0.0.1:0");
    let token = "/core/seed/flat-invalid-grant/token";
    let long_head = format!("POST {token} HTTP/1.1\r\nHost: x\r\nX: {}\r\n\r\n", "x".repeat(100_000));
    let large_body = format!("POST {token} HTTP/1.1\r\nHost: x\r\nContent-Length: 70000\r\n\r\n{}", "x".repeat(70_000));
    let endless =
        format!("POST {token} HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n{}", "x".repeat(70_000));
    let bad_chunk = format!("POST {token} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n");
    let slow_head = format!("POST {token} HTTP/1.1\r\nHost: x\r\n");
    let slow_body = format!("POST {token} HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nx");
    let get = format!("GET {token} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    let cases: Vec<(&str, Vec<u8>, u16)> = vec![
        ("a long head", long_head.into_bytes(), 431),
        ("a large body", large_body.into_bytes(), 413),
        ("a body without an end", endless.into_bytes(), 413),
        ("a bad chunk", bad_chunk.into_bytes(), 400),
        ("noise", b"\x16\x03\x01 hello\r\n\r\n".to_vec(), 400),
        ("a head that does not come", slow_head.into_bytes(), 408),
        ("a body that does not come", slow_body.into_bytes(), 408),
        ("another method", get.into_bytes(), 405),
        ("no vector", post("/core/nothing/token", "close").into_bytes(), 404),
        ("a path out", post("/../../etc/passwd", "close").into_bytes(), 404),
    ];
    let answers = at_once(&cases, |(_, bytes, _)| server.send(bytes));
    for ((name, _, expected), answer) in cases.iter().zip(answers) {
        let answer = answer.unwrap_or_else(|error| unreachable!("{name}: {error}"));
        assert_eq!(parts(&answer).0, *expected, "{name}");
    }
    // Somebody who connects and says nothing, or goes away, disturbs nobody.
    let silent = server.connect();
    server.connect().shutdown(Shutdown::Both).expect("a connection can be closed");
    assert_eq!(parts(&server.ask(token).expect("it answers")).0, 400);
    drop(silent);
}

#[test]
fn a_stop_lets_an_answer_finish() {
    let server = Server::start("127.0.0.1:0");
    let mut stream = server.connect();
    stream.write_all(post("/core/garbage/html/token?slow=2", "close").as_bytes()).expect("it reads");
    let mut first = [0; 12];
    stream.read_exact(&mut first).expect("the answer has begun");
    let (status, rest) = server.stop();
    assert_eq!((status, rest.as_str()), (Some(0), "Stopped after 1 answers.\n"));
    let mut answer = first.to_vec();
    stream.read_to_end(&mut answer).expect("the answer goes on");
    assert_eq!(
        parts(&answer).2,
        Corpus::embedded().find("core/garbage/html").expect("it is there").input.body.expand()
    );
}

#[test]
fn the_index_lists_vectors_and_other_addresses_than_loopback_are_named() {
    let mut server = Server::start("0.0.0.0:0");
    let port = server.address.rsplit(':').next().unwrap_or_default().to_owned();
    server.address = format!("127.0.0.1:{port}");
    let get = |target: &str| {
        let request = format!("GET {target} HTTP/1.1\r\nHost: there.example:1\r\nConnection: close\r\n\r\n");
        let (status, _, body) = parts(&server.send(request.as_bytes()).expect("it answers"));
        (status, String::from_utf8_lossy(&body).into_owned())
    };
    let (status, page) = get("/?q=flat-invalid-grant");
    assert_eq!(status, 200);
    let curl = "curl -i -d grant_type=refresh_token -d refresh_token=example http:&#x2f;&#x2f;there.example:1&#x2f;core&#x2f;seed&#x2f;flat-invalid-grant&#x2f;token";
    assert!(page.replace('/', "&#x2f;").contains(curl), "{page}");
    let (status, document) = get("/core/seed/flat-invalid-grant/.well-known/openid-configuration");
    assert_eq!(status, 200);
    assert!(
        document.contains(r#""token_endpoint":"http://there.example:1/core/seed/flat-invalid-grant/token""#),
        "{document}"
    );
    let child = &mut server.child;
    signal("TERM", child.id());
    let mut notes = String::new();
    child.stderr.take().expect("it is a pipe").read_to_string(&mut notes).expect("it is UTF-8");
    assert!(notes.starts_with("note: 0.0.0.0:") && notes.contains("is not a loopback address"), "{notes}");
    assert_eq!(child.wait().expect("it ends").code(), Some(0));
}
