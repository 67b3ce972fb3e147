//! What the features `http` and `serde` add.

#[cfg(feature = "http")]
#[test]
fn a_response_of_the_crate_http_is_classified_with_its_headers() {
    use relogin::{Action, Response, classify, classify_http};

    let build = |headers: &[(&str, &[u8])], body: &'static str| {
        let mut builder = http::Response::builder().status(400);
        for (name, value) in headers {
            builder = builder.header(*name, *value);
        }
        builder.body(body).expect("it is a response")
    };
    let form = build(&[("Content-Type", b"application/x-www-form-urlencoded")], "error=invalid_grant");
    assert_eq!(classify_http(&form, &[]).map_err(|failure| failure.action()), Err(Action::Relogin));
    let challenged = build(&[("CF-Mitigated", b"\xe9")], r#"{"error": "invalid_grant"}"#);
    let failure = classify_http(&challenged, &[]).expect_err("it is a failure");
    assert_eq!(failure.evidence().header, Some("cf-mitigated"), "bytes that are not UTF-8 are a value too");
    let first = build(
        &[("retry-after", b"1"), ("Retry-After", b"2"), ("x", b"")],
        r#"{"error": "temporarily_unavailable", "error_description": "s3cr3t-t0ken"}"#,
    );
    let expected = Response::new(400, None, first.body().as_bytes())
        .with_headers(&[("Retry-After", "1")])
        .with_secrets(&["s3cr3t-t0ken"]);
    assert_eq!(classify_http(&first, &["s3cr3t-t0ken"]), classify(&expected));
}

#[cfg(feature = "serde")]
#[test]
fn failures_are_written_in_the_words_of_the_protocol() {
    use relogin::{Response, classify};
    use serde_json::json;

    let body = br#"{"error": "invalid_grant", "error_description": "Already being processed"}"#;
    let response = Response::new(400, None, body).with_headers(&[("retry-after", "5")]);
    let failure = classify(&response).expect_err("it is a failure");
    let expected = json!({
        "status": 400,
        "code": "invalid_grant",
        "description": "Already being processed",
        "action": "retry",
        "relogin_required": false,
        "retry_after": 5,
        "evidence": {
            "step": 2,
            "rule": "R53",
            "place": "`error` of the top level",
            "row": "invalid_grant",
            "exception": "already being processed",
            "header": null,
            "body": "JSON",
            "body_rule": "R9",
        },
    });
    assert_eq!(serde_json::to_value(&failure).expect("it is JSON"), expected);
    let nothing = classify(&Response::new(401, None, b"")).expect_err("it is a failure");
    let value = serde_json::to_value(&nothing).expect("it is JSON");
    assert_eq!((&value["code"], &value["evidence"]["place"]), (&json!(null), &json!(null)));
}
