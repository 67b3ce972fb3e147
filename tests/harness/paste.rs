//! The reader of pastes: examples of real output, what a tool prints is read back, and no input makes it panic.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use proptest::collection::vec;
use proptest::prelude::*;
use relogin_conformance::paste::{Kind, MOST_SECRETS, Pasted, read};
use serde_json::json;

const BODY: &str = r#"{"error":"invalid_grant"}"#;

/// The output of `curl -v` 7.88 into a pipe: a progress meter, CRLF in heads, and the body after the last note.
const CURL_PIPE: &str = "  % Total    % Received % Xferd  Average Speed   Time    Time     Time  Current\n\
    \u{20}                                Dload  Upload   Total   Spent    Left  Speed\n\
    \r  0     0    0     0    0     0      0      0 --:--:-- --:--:-- --:--:--     0*   Trying 127.0.0.1:8765...\n\
    * Server auth using Basic with user 'u'\n\
    > POST /t?refresh_token=query-s3cret HTTP/1.1\r\n> Authorization: Basic dTpwYXNzdzByZDk5\r\n> \r\n} [26 bytes data]\n\
    < HTTP/1.1 401 Unauthorized\r\n< Content-Type: application/json\r\n< Content-Length: 25\r\n< \r\n{ [25 bytes data]\n\
    \r100   212  100   186  100    26  10135   1416 --:--:-- --:--:-- --:--:-- 11777\n\
    * Connection #0 to host 127.0.0.1 left intact\n{\"error\":\"invalid_grant\"}";

fn response(text: &str) -> Pasted<'_> {
    read(text.as_bytes(), None).expect("it is no HAR")
}

fn secrets(text: &str) -> Vec<String> {
    response(text).secrets
}

#[test]
fn a_failure_of_curl_is_no_response() {
    for text in [
        "curl: (6) Could not resolve host: auth.example.com\n",
        "$ curl https://auth.example.com/token\ncurl: (6) Could not resolve host: auth.example.com",
        "* Could not resolve host: auth.example.com\n* Closing connection 0\ncurl: (6) Could not resolve host: auth.example.com\n",
        "  % Total    % Received % Xferd  Average Speed   Time    Time     Time  Current\n\
         \r  0     0    0     0    0     0      0      0 --:--:-- --:--:-- --:--:--     0curl: (6) Could not resolve host: auth.example.com\n",
    ] {
        let error = read(text.as_bytes(), None).expect_err("there is no response").to_string();
        assert!(
            error.contains("no response: `curl: (6) Could not resolve host: auth.example.com`."),
            "{text}: {error}"
        );
    }
    // A response counts, and so does a body that quotes curl.
    assert_eq!(response("HTTP/2 401\n\ncurl: (18) transfer closed").status, Some(401));
    assert_eq!(response("it printed curl: (6)").kind, Kind::Body);
}

#[test]
fn output_of_each_tool_is_read() {
    let json = Some("application/json");
    for (text, kind, status, content_type, body) in [
        ("HTTP/1.1 401 Unauthorized\r\nContent-Type: application/json\r\n\r\n{}", Kind::Response, 401, json, "{}"),
        ("HTTP/2 401 \ncontent-type:application/json\n\n{}\n", Kind::Response, 401, json, "{}\n"),
        ("\n\nHTTP/2 400\n\nx\n\ny", Kind::Response, 400, None, "x\n\ny"),
        ("HTTP/1.1 400 Bad Request", Kind::Response, 400, None, ""),
        ("HTTP/1.1 400 Bad Request\r\r\nContent-Type: application/json\r\r\n\r\r\n{}", Kind::Response, 400, json, "{}"),
        // A head without its blank line, and a folded header.
        ("HTTP/2 401\ncontent-type: application/json\n{\"a\":1}", Kind::Response, 401, json, "{\"a\":1}"),
        ("HTTP/1.1 401\nX: a\n b\nContent-Type: application/json\n\n", Kind::Response, 401, json, ""),
        // Several heads: of a proxy, of `100 Continue`, of a redirect.
        (
            "HTTP/1.1 200 Connection established\r\n\r\nHTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 401 No\r\nContent-Type: application/json\r\n\r\n{}",
            Kind::Response,
            401,
            json,
            "{}",
        ),
        (
            "HTTP/1.1 307 Go\nLocation: /t\n\nHTTP/1.1 403 No\nContent-Type: a/b\n\nz",
            Kind::Response,
            403,
            Some("a/b"),
            "z",
        ),
        // A body that begins like a head.
        (
            "HTTP/1.1 502 Bad\nA: b\n\nHTTP/1.0 400 Bad Request\n",
            Kind::Response,
            502,
            None,
            "HTTP/1.0 400 Bad Request\n",
        ),
        (
            "POST /token HTTP/1.1\nHost: a\n\ngrant_type=refresh_token\n\nHTTP/1.1 401 No\nContent-Type: application/json\n\n{}\n\n",
            Kind::Exchange,
            401,
            json,
            "{}\n\n",
        ),
        (CURL_PIPE, Kind::CurlVerbose, 401, json, BODY),
        (
            "* Trying\n> GET / HTTP/1.1\n>\n< HTTP/2 401\n< a: b\n<\n<p>\nx\n* Closing connection 0\n",
            Kind::CurlVerbose,
            401,
            None,
            "<p>\nx\n",
        ),
        (
            "< HTTP/1.1 400 Bad\n< \n{}* Connection #0 to host localhost left intact\n",
            Kind::CurlVerbose,
            400,
            None,
            "{}",
        ),
        // `curl -iv` prints each head twice.
        (
            "* x\n< HTTP/1.1 401 No\r\n< Content-Type: application/json\r\n< \r\nHTTP/1.1 401 No\r\nContent-Type: application/json\r\n\r\n{}",
            Kind::CurlVerbose,
            401,
            json,
            "{}",
        ),
        ("$ curl -i -d 'a=b' \\\n  https://a/t\nHTTP/1.1 401 No\nA: b\n\n{}", Kind::Response, 401, None, "{}"),
        ("curl -d '{\n\"a\": 1}' -v https://a\n* x\n< HTTP/1.1 401 No\n<\n{}", Kind::CurlVerbose, 401, None, "{}"),
    ] {
        let pasted = response(text);
        let read = (pasted.kind, pasted.status, pasted.content_type(), String::from_utf8_lossy(&pasted.body));
        assert_eq!(read, (kind, Some(status), content_type, body.into()), "{text}");
    }
}

#[test]
fn other_inputs_are_bodies_byte_for_byte() {
    for text in [
        "",
        "\n",
        BODY,
        " {\"a\"",
        "[]",
        "invalid_grant",
        "error=invalid_grant\n",
        "<h1>HTTP/1.1 401</h1>",
        "HTTP/1.1",
        "HTTP/1.1 40",
        "HTTP/1.1 4011 x",
        "HTTP/ 401",
        "HTTPS/1.1 401",
        "POST /token",
        "* a note alone",
        "> a quote",
        "\u{feff}{\"error\":\"x\"}",
        r#"{"log":1}"#,
        r#"{"log":{"entries":1}}"#,
        r#"{"request":{},"response":{}}"#,
    ] {
        let pasted = response(text);
        assert_eq!((pasted.kind, pasted.status, pasted.body.as_ref()), (Kind::Body, None, text.as_bytes()), "{text}");
    }
    // The output of a command may be a body alone.
    assert_eq!(response("$ curl https://a/t\n{\"error\":\"x\"}\n").body.as_ref(), b"{\"error\":\"x\"}\n");
}

fn entry(status: u16, url: &str, content: &serde_json::Value) -> serde_json::Value {
    json!({
        "request": {
            "method": "POST", "url": url, "headers": [{"name": "Authorization", "value": "Bearer bearer-s3cret"}],
            "postData": {"mimeType": "x", "text": "refresh_token=text-s3cret", "params": [{"name": "client_secret", "value": "param-s3cret"}]},
        },
        "response": {"status": status, "headers": [{"name": "Retry-After", "value": "7"}], "content": content},
    })
}

#[test]
fn a_har_and_its_entries_are_read() {
    let text = json!({"mimeType": "application/json", "text": BODY});
    let coded = json!({"mimeType": "text/plain", "text": STANDARD.encode("\u{e9}"), "encoding": "base64"});
    let one = entry(401, "https://me:passw0rd99@a.example/t?code=query-s3cret", &text);
    let archive = |entries: serde_json::Value| json!({"log": {"version": "1.2", "entries": entries}}).to_string();
    let all = archive(json!([
        entry(200, "https://a/ok?token=s3cr3t-t0ken", &text),
        one,
        entry(0, "https://a/0", &text),
        entry(500, "b", &coded)
    ]));
    let alone = one.to_string();
    for (input, number, kind, body) in [
        (&alone, None, Kind::Har { number: 1, of: 1 }, BODY),
        (&archive(json!([one])), None, Kind::Har { number: 1, of: 1 }, BODY),
        (&all, Some(2), Kind::Har { number: 2, of: 4 }, BODY),
        (&all, Some(4), Kind::Har { number: 4, of: 4 }, "\u{e9}"),
    ] {
        let pasted = read(input.as_bytes(), number).expect("the entry has a response");
        assert_eq!((pasted.kind, pasted.body.as_ref()), (kind, body.as_bytes()));
        assert_eq!(pasted.headers, [("Retry-After".to_owned(), "7".to_owned())]);
    }
    let pasted = read(alone.as_bytes(), None).expect("the entry has a response");
    assert_eq!((pasted.status, pasted.content_type()), (Some(401), Some("application/json")));
    assert_eq!(pasted.secrets, ["bearer-s3cret", "param-s3cret", "passw0rd99", "query-s3cret", "text-s3cret"]);

    let error = |input: &str, number| read(input.as_bytes(), number).expect_err("nothing is chosen").to_string();
    let listed = error(&all, None);
    assert_eq!(
        listed,
        "the HAR has 4 entries; choose one with --entry N: 2 is POST https://a.example/t (401), 4 is POST b (500)"
    );
    assert_eq!(error(&all, Some(5)), "the HAR has 4 entries, and no entry 5");
    assert_eq!(error(&all, Some(3)), "entry 3 of the HAR has no response: its status is 0");
    assert_eq!(error(&archive(json!([])), None), "the HAR has no entry");
    assert!(error(BODY, Some(1)).contains("not a HAR"));
    assert!(
        error(&entry(400, "a", &json!({"text": "!", "encoding": "base64"})).to_string(), None).contains("not base64")
    );
}

#[test]
fn the_secrets_of_a_request_are_found() {
    assert_eq!(secrets(CURL_PIPE), ["dTpwYXNzdzByZDk5", "passw0rd99", "query-s3cret"]);
    let answer = "\n\nHTTP/1.1 401 No\nA: b\n\n{\"refresh_token\": \"not-of-the-request\"}";
    for (request, found) in [
        ("POST /t HTTP/1.1\nAuthorization: Bearer s3cr3t-t0ken", vec!["s3cr3t-t0ken"]),
        ("POST /t HTTP/1.1\nauthorization:DPoP s3cr3t-t0ken\r", vec!["s3cr3t-t0ken"]),
        ("POST /t HTTP/1.1\nProxy-Authorization: s3cr3t-t0ken", vec!["s3cr3t-t0ken"]),
        ("POST /t?code=s3cr3t-t0ken&state=s3cr3t-0ther HTTP/1.1", vec!["s3cr3t-t0ken"]),
        // As it was sent, and decoded.
        (
            "POST /t HTTP/1.1\n\nclient_id=abcdefgh&refresh_token=a%2Fbcdefgh%3D&x=y",
            vec!["a%2Fbcdefgh%3D", "a/bcdefgh="],
        ),
        (
            "POST /t HTTP/1.1\n\n{\"grant_type\": \"refresh_token\",\n \"refresh_token\" : \"a\\/bcdefgh\"}",
            vec!["a/bcdefgh", "a\\/bcdefgh"],
        ),
        (
            "$ curl -i -u id:s3cr3t-t0ken -d \"refresh_token=s3cr3t-0ther\" https://a/t",
            vec!["s3cr3t-0ther", "s3cr3t-t0ken"],
        ),
        (
            "$ curl -i -H 'Authorization: Bearer s3cr3t-t0ken' https://me:s3cr3t-0ther@a/t",
            vec!["s3cr3t-0ther", "s3cr3t-t0ken"],
        ),
        // Names of others, values that are short, and words that are no parameter.
        ("POST /t HTTP/1.1\n\nmy_code=s3cr3t-t0ken&token=1234567&grant_type=refresh_token", vec![]),
    ] {
        assert_eq!(secrets(&format!("{request}{answer}")), found, "{request}");
    }
}

#[test]
fn a_hostile_request_costs_no_more_than_its_length() {
    for unit in [
        "token=",
        "\"token\":\"\\",
        "authorization:",
        "://",
        " -u",
        "code=%2",
        "$ curl '",
        "< HTTP/1.1 401 x\n< a: b\n",
        "HTTP/1.1 401\na: b\n",
    ] {
        let text =
            format!("POST /t HTTP/1.1\n\n{}\nHTTP/1.1 401 No\nA: b\n\n{{}}", unit.repeat(1_000_000 / unit.len()));
        let begin = std::time::Instant::now();
        assert!(secrets(&text).len() <= MOST_SECRETS);
        assert!(begin.elapsed().as_secs() < 30, "{unit}");
    }
}

/// Pieces that readers look for, and bytes that they do not expect.
fn piece() -> impl Strategy<Value = Vec<u8>> {
    let known = [
        "HTTP/1.1 401 No",
        "HTTP/2 200",
        "POST /t?token=s3cr3t-t0ken HTTP/1.1",
        "Content-Type: a/b",
        "a:",
        ": b",
        " folded",
        "\n",
        "\r\n",
        "\r\r\n",
        "\n\n",
        "< ",
        "> ",
        "* ",
        "<",
        ">",
        "$ curl -d '",
        "' \\\n",
        "\"",
        "\\",
        "{ [5 bytes data]",
        "\r 1 --:--:-- ",
        "% Total ",
        "* Connection #0",
        "* Closing connection",
        "{\"log\":{\"entries\":[",
        "]}}",
        BODY,
        "Authorization: Basic ",
        "dTpwYXNzdzByZDk5",
        "refresh_token=",
        "\"code\": \"",
        "https://a:b@c/",
        "\u{feff}",
        "\u{e9}",
        " -u ",
        "%2",
        "=",
        "&",
    ];
    prop_oneof![
        6 => proptest::sample::select(known.to_vec()).prop_map(|text| text.as_bytes().to_vec()),
        1 => vec(any::<u8>(), 0..8),
    ]
}

fn header_value() -> impl Strategy<Value = String> {
    "[!-~]([ -~]{0,20}[!-~])?"
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_input_is_read(pieces in vec(piece(), 0..24), entry in proptest::option::of(0_usize..3)) {
        let input = pieces.concat();
        let Ok(pasted) = read(&input, entry) else { return Ok(()) };
        prop_assert_eq!(pasted.status.is_none(), pasted.kind == Kind::Body);
        prop_assert!(pasted.status.is_none_or(|status| (100..=999).contains(&status)));
        prop_assert!(pasted.body.len() <= input.len() && pasted.headers.len() <= input.len());
        prop_assert!(pasted.secrets.len() <= MOST_SECRETS && pasted.secrets.is_sorted());
        prop_assert!(pasted.secrets.iter().all(|secret| secret.chars().count() >= 8));
        if pasted.kind == Kind::Body {
            prop_assert!(input.ends_with(&pasted.body) && pasted.headers.is_empty());
        }
    }

    #[test]
    fn the_output_of_a_tool_is_read_back(
        status in 100_u16..=999,
        names in vec("[A-Za-z][A-Za-z0-9-]{0,8}", 1..5),
        value in header_value(),
        body in "[\\{\\[a-z]([ -~]{0,30}\n?){0,3}",
        end in proptest::sample::select(vec!["\n", "\r\n"]),
        is_verbose in any::<bool>(),
    ) {
        let mark = if is_verbose { "< " } else { "" };
        let mut text = if is_verbose { format!("* Trying{end}> POST / HTTP/1.1{end}> {end}") } else { String::new() };
        text += &format!("{mark}HTTP/1.1 {status} Reason{end}");
        names.iter().for_each(|name| text += &format!("{mark}{name}: {value}{end}"));
        text += &format!("{mark}{end}{body}");
        let pasted = read(text.as_bytes(), None).expect("it is no HAR");
        let headers: Vec<(String, String)> = names.iter().map(|name| (name.clone(), value.clone())).collect();
        prop_assert_eq!((pasted.status, &pasted.headers), (Some(status), &headers));
        // Lines like those of curl are not of the body.
        if !(is_verbose && body.lines().any(|line| line.starts_with(['*', '>', '<', '{', '}']))) {
            prop_assert_eq!(pasted.body.as_ref(), body.as_bytes());
        }
    }
}
