//! From response to verdict, and from verdict to message, against `serde_json::Value` doing the look-ups alone.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use relogin::{Profile, Response, classify};

const NESTED: &str = r#"{"error":{"message":"Your refresh token has already been used to generate a new access token. Please try signing in again.","type":"invalid_request_error","param":null,"code":"refresh_token_reused"}}"#;
const FLAT: &str = r#"{"error":"invalid_grant","error_description":"Token has been expired or revoked."}"#;

fn benches(criterion: &mut Criterion) {
    let html = format!("<html>{}</html>", "<p>502 Bad Gateway</p>".repeat(400));
    for (name, body) in [("nested", NESTED), ("flat", FLAT), ("html-8k", &html)] {
        let mut group = criterion.benchmark_group(name);
        group.throughput(Throughput::Bytes(body.len() as u64));
        group.bench_function("classify", |bench| {
            bench.iter(|| classify(&Response::new(401, None, black_box(body.as_bytes()))));
        });
        group.bench_function("classify-and-message", |bench| {
            bench.iter(|| {
                let failure = classify(&Response::new(401, None, black_box(body.as_bytes())));
                failure.map_err(|failure| failure.message(&Profile::CODEX).to_string())
            });
        });
        group.bench_function("serde_json-value", |bench| {
            bench.iter(|| {
                let value: serde_json::Value = serde_json::from_slice(black_box(body.as_bytes())).unwrap_or_default();
                let code = value["error"]["code"].as_str().or(value["error"].as_str()).map(str::to_owned);
                let text = value["error"]["message"].as_str().or(value["error_description"].as_str()).map(str::to_owned);
                (code, text)
            });
        });
        group.finish();
    }
}

criterion_group!(all, benches);
criterion_main!(all);
