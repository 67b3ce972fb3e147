//! `relogin explain` prints how it read the input and the body, or why it did not parse it, and what decided.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::process::Command;

use crate::support::{corpus, relogin, runs, snapshot, write};
use serde_json::{Value, json};

const FORM: &str = "application/x-www-form-urlencoded";

/// A body that is JSON and has this many levels.
fn levels(many: usize) -> Vec<u8> {
    format!("{{\"error\":\"invalid_grant\",\"x\":{}{}}}", "[".repeat(many - 1), "]".repeat(many - 1)).into_bytes()
}

/// A body that is JSON and has this many bytes.
fn bytes(many: usize) -> Vec<u8> {
    let (start, end) = ("{\"error\":\"invalid_grant\",\"x\":\"", "\"}");
    format!("{start}{}{end}", "x".repeat(many - start.len() - end.len())).into_bytes()
}

#[test]
fn the_body_of_each_kind_in_text() {
    let folder = corpus();
    for (name, arguments, body) in [
        ("body-json", vec!["--status", "401"], br#"{"error":"invalid_grant"}"#.to_vec()),
        ("body-form", vec!["--status", "401", "--content-type", FORM], b"error=invalid_grant".to_vec()),
        ("body-too-large", vec!["--status", "401"], bytes(1_048_577)),
        ("body-not-json", vec!["--status", "401"], br#"{"error":"invalid_grant",}"#.to_vec()),
        ("body-too-deep", vec!["--status", "401"], levels(65)),
        ("body-neither", vec!["--status", "401"], b"<h1>invalid_grant</h1>".to_vec()),
        ("body-empty", vec!["--status", "401"], Vec::new()),
        ("body-like-a-form", vec!["--status", "401"], b"error=invalid_grant&error_description=gone\n".to_vec()),
        ("body-of-a-broken-server", vec!["--status", "503"], br#"{"error":"invalid_grant",}"#.to_vec()),
    ] {
        let output = relogin(&[vec!["explain"], arguments].concat(), &body);
        assert_eq!(output.status.code(), Some(0), "{name}");
        snapshot(&folder, &format!("explain-{name}"), &output);
    }
}

/// The part about the body in the output of `--json`, and its sentence.
fn body_of(content_type: Option<&str>, status: &str, body: &[u8]) -> (Value, String) {
    let mut arguments = vec!["explain", "--json", "--status", status];
    arguments.extend(content_type.iter().flat_map(|content_type| ["--content-type", *content_type]));
    let output = relogin(&arguments, body);
    assert_eq!(output.status.code(), Some(0));
    let mut printed: Value = serde_json::from_slice(&output.stdout).expect("--json prints JSON");
    let sentence = printed["body"]["sentence"].as_str().unwrap_or_default().to_owned();
    if let Some(body) = printed["body"].as_object_mut() {
        body.remove("sentence");
    }
    (printed["body"].take(), sentence)
}

#[test]
fn the_body_of_each_kind_in_json() {
    for (what, content_type, body, parsed, rule) in [
        ("an object", None, br#" {"error":"x"}"#.to_vec(), true, "R9"),
        ("an object that is said to be a form", Some(FORM), br#"{"error":"x"}"#.to_vec(), true, "R9"),
        ("an array", None, b"[]".to_vec(), true, "R9"),
        ("64 levels", None, levels(64), true, "R9"),
        ("65 levels", None, levels(65), false, "R14"),
        ("65 levels in a form that is none", Some(FORM), levels(65), false, "R14"),
        ("1 MiB", None, bytes(1_048_576), true, "R9"),
        ("1 MiB and a byte", None, bytes(1_048_577), false, "R6"),
        ("1 MiB and a byte that is no JSON", None, vec![b'x'; 1_048_577], false, "R6"),
        ("1 MiB and a byte of a form", Some(FORM), vec![b'x'; 1_048_577], false, "R6"),
        ("1 MiB of a form", Some(FORM), vec![b'x'; 1_048_576], true, "R15"),
        ("a raw control in a string", None, b"{\"error\":\"a\nb\"}".to_vec(), false, "R10"),
        ("trailing bytes", None, b"{} {}".to_vec(), false, "R10"),
        ("a cut object", None, br#"{"error":"invalid_grant"#.to_vec(), false, "R10"),
        ("more closing than opening", None, b"[]]".to_vec(), false, "R10"),
        ("an empty form", Some(FORM), Vec::new(), true, "R15"),
        ("nothing", None, Vec::new(), false, "R17"),
        ("null", Some("application/json"), b"null".to_vec(), false, "R17"),
        ("compressed", None, b"\x1f\x8b\x08\x00".to_vec(), false, "R17"),
    ] {
        let (body, sentence) = body_of(content_type, "401", &body);
        assert_eq!(body, json!({"parsed": parsed, "rule": rule}), "{what}");
        assert_eq!(sentence.starts_with("not parsed: "), !parsed, "{what}: {sentence}");
        assert!(sentence.contains(&format!("({rule})")), "{what}: {sentence}");
    }
    assert_eq!(body_of(None, "200", br#"{"access_token":"new"}"#).0, Value::Null);
}

#[test]
fn the_hint_about_the_content_type_is_for_bodies_like_forms() {
    for (body, content_type, hint) in [
        ("error=invalid_grant", None, true),
        ("error=invalid_grant\r\n", Some("text/plain"), true),
        ("error=", Some("application/json"), true),
        ("error=invalid_grant", Some(FORM), false),
        ("a sentence with a = in it", None, false),
        ("invalid_grant", None, false),
        ("=invalid_grant", None, false),
        ("error&x=y", None, false),
        ("<a href=\"x\">", None, false),
        ("{error=invalid_grant}", None, false),
        ("\"a=b\"", None, false),
        ("", None, false),
    ] {
        let (_, sentence) = body_of(content_type, "400", body.as_bytes());
        assert_eq!(sentence.contains("--content-type"), hint, "{body}: {sentence}");
    }
}

/// The body of the founding report.
const FOUNDING: &str = r#"{"error":{"message":"Your refresh token has already been used to generate a new access token. Please try signing in again.","type":"invalid_request_error","param":null,"code":"refresh_token_reused"}}"#;

/// A paste of each kind, and what decided: an exception, a header, a bare text, a status.
#[test]
fn a_paste_of_each_kind_in_text() {
    let folder = corpus();
    let har = json!({"log": {"entries": [{
        "request": {"method": "POST", "url": "https://a.example/t", "postData": {"text": "refresh_token=s3cr3t-t0ken"}},
        "response": {"status": 400, "headers": [], "content": {"mimeType": "application/json", "text": "{\"error\":\"invalid_grant\",\"error_description\":\"unknown token s3cr3t-t0ken\"}"}},
    }]}});
    let http = format!(
        "POST /t?refresh_token=s3cr3t-t0ken HTTP/1.1\nAuthorization: Basic aWQ6cGFzc3cwcmQ5OQ==\n\n\nHTTP/1.1 401 Unauthorized\n\
        Content-Type: application/json\n\n{}\n\n",
        r#"{"error":"invalid_token","error_description":"token s3cr3t-t0ken of passw0rd99 has expired"}"#
    );
    let refused = r#"{"error":"invalid_request","error_description":"client_secret is missing"}"#;
    for (name, arguments, input) in [
        ("curl-i", vec![], format!("HTTP/2 401 \r\ncontent-type: application/json\r\n\r\n{FOUNDING}")),
        (
            "curl-v",
            vec![],
            format!("* Trying\n> POST / HTTP/1.1\n>\n< HTTP/1.1 503 No\n< Retry-After: 60\n<\n{FOUNDING}"),
        ),
        ("httpie", vec![], http),
        ("har", vec![], har.to_string()),
        ("har-json", vec!["--json"], har.to_string()),
        ("exception", vec!["--status", "400"], refused.to_owned()),
        ("header", vec!["--status", "403", "--header", "CF-Mitigated: challenge"], "<h1>Just a moment</h1>".to_owned()),
        ("header-json", vec!["--json", "--header", "CF-Mitigated: challenge"], "<h1>Just a moment</h1>".to_owned()),
        ("bare-text", vec!["--status", "401"], "Invalid refresh token.".to_owned()),
        ("status", vec!["--status", "404"], "<h1>Not Found</h1>".to_owned()),
        ("as-body", vec!["--as-body"], "HTTP/1.1 401 Unauthorized\n\n{}".to_owned()),
        ("over", vec!["--status", "429"], "HTTP/1.1 401 Unauthorized\nA: b\n\n{}".to_owned()),
    ] {
        let output = relogin(&[vec!["explain"], arguments].concat(), input.as_bytes());
        assert_eq!(output.status.code(), Some(0), "{name}");
        for stream in [&output.stdout, &output.stderr] {
            let text = String::from_utf8_lossy(stream);
            assert!(!text.contains("s3cr3t-t0ken") && !text.contains("passw0rd99"), "{name} shows no secret: {text}");
        }
        snapshot(&folder, &format!("explain-paste-{name}"), &output);
    }
}

#[test]
fn the_exit_status_is_the_action_on_request() {
    for (arguments, input, status) in [
        (vec!["--status", "401"], FOUNDING, 10),
        (vec!["--status", "503"], FOUNDING, 11),
        (vec!["--status", "401"], r#"{"error":"invalid_client"}"#, 12),
        (vec!["--status", "401"], "{}", 13),
        (vec!["--status", "200"], r#"{"access_token":"a"}"#, 0),
        (vec![], "HTTP/1.1 200 OK\n\n{\"access_token\":\"a\"}", 0),
    ] {
        let output = relogin(&[vec!["explain", "--exit-code"], arguments.clone()].concat(), input.as_bytes());
        assert_eq!(output.status.code(), Some(status), "{arguments:?} {input}");
        let output = relogin(&[vec!["explain"], arguments].concat(), input.as_bytes());
        assert_eq!(output.status.code(), Some(0), "{input}");
    }
    let broken = relogin(&["explain", "--exit-code", "--header", "no header"], b"");
    assert_eq!(broken.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&broken.stderr).contains("a header is a name, a colon and a value"));
}

#[test]
fn a_har_of_several_entries_needs_a_number() {
    let folder = corpus();
    let entry = |status: u16| json!({"request": {"method": "GET", "url": "https://a/?token=s3cr3t-t0ken"}, "response": {"status": status, "headers": [], "content": {"text": "{}"}}});
    let har = json!({"log": {"entries": [entry(200), entry(404)]}}).to_string();
    let path = folder.path().join("a.har");
    write(&path, &har);
    let output = relogin(&["explain", &path.display().to_string()], b"");
    assert_eq!(output.status.code(), Some(2));
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(error.contains("--entry N: 2 is GET https://a/ (404)") && !error.contains("s3cr3t"), "{error}");
    let output = relogin(&["explain", "--exit-code", "--entry", "2", &path.display().to_string()], b"");
    assert_eq!(output.status.code(), Some(12));
}

/// Answers each connection with the founding body, as a token endpoint would.
fn serve(listener: &TcpListener) {
    for connection in listener.incoming().take(2).flatten() {
        let mut reader = BufReader::new(connection);
        let (mut line, mut length) = (String::new(), 0);
        while reader.read_line(&mut line).is_ok_and(|bytes| bytes > 2) {
            let value = line.to_ascii_lowercase().strip_prefix("content-length:").map(|value| value.trim().to_owned());
            length = value.and_then(|value| value.parse().ok()).unwrap_or(length);
            line.clear();
        }
        std::io::copy(&mut reader.by_ref().take(length), &mut std::io::sink()).expect("the request has its body");
        let (kind, bytes) = ("Content-Type: application/json", FOUNDING.len());
        write!(
            reader.get_mut(),
            "HTTP/1.1 401 Unauthorized\r\n{kind}\r\nContent-Length: {bytes}\r\nConnection: close\r\n\r\n{FOUNDING}"
        )
        .expect("the client reads");
    }
}

/// The output of the `curl` of this machine, into a pipe.
#[test]
fn the_output_of_curl_is_read() {
    if !runs(&["curl", "--version"]) {
        return;
    }
    let listener = TcpListener::bind("127.0.0.1:0").expect("there is a port");
    let url = format!("http://127.0.0.1:{}/token", listener.local_addr().expect("it has an address").port());
    std::thread::scope(|scope| {
        scope.spawn(|| serve(&listener));
        for (flag, kind) in [("-i", "response"), ("-v", "curl_verbose")] {
            let arguments = [flag, "--noproxy", "*", "-d", "refresh_token=s3cr3t-t0ken", &url];
            let output = Command::new("curl").args(arguments).output().expect("curl runs");
            // `2>&1` in a shell; into pipes, curl writes the body last.
            let paste = if flag == "-v" { [output.stderr, output.stdout].concat() } else { output.stdout };
            let output = relogin(&["explain", "--exit-code", "--json"], &paste);
            assert_eq!(output.status.code(), Some(10), "{}", String::from_utf8_lossy(&paste));
            let printed: Value = serde_json::from_slice(&output.stdout).expect("--json prints JSON");
            let (input, code) = (&printed["input"], &printed["verdict"]["code"]);
            assert_eq!(
                (&input["kind"], &input["status"], code),
                (&json!(kind), &json!(401), &json!("refresh_token_reused"))
            );
        }
    });
}
