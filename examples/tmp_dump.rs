use relogin_conformance::generate::strategy::draws;
use relogin_conformance::protocol::{Parse, Request, header_values, verdict_members};
use base64::Engine;
use std::io::Write;
fn main() {
    let a: Vec<u64> = std::env::args().skip(1).map(|x| x.parse().unwrap()).collect();
    let mut req = std::io::BufWriter::new(std::fs::File::create("/tmp/cmp/requests").unwrap());
    let mut exp = std::io::BufWriter::new(std::fs::File::create("/tmp/cmp/expected").unwrap());
    writeln!(req, "{{\"cmd\":\"hello\",\"protocol\":1}}").unwrap();
    for (seq, case) in draws(a[1]).take(a[0] as usize).enumerate() {
        let r = case.response();
        let parse = Parse { seq: seq as u64, status: r.status, content_type: r.content_type.clone(), headers: header_values(&r.headers), body: base64::engine::general_purpose::STANDARD.encode(&r.body), profile: r.profile.clone(), secrets: r.secrets.clone() };
        serde_json::to_writer(&mut req, &Request::Parse(parse)).unwrap(); req.write_all(b"\n").unwrap();
        let j = r.judgement();
        let line = serde_json::json!({"kind": case.kind, "verdict": j.verdict.as_ref().map(verdict_members), "rules": j.decided});
        serde_json::to_writer(&mut exp, &line).unwrap(); exp.write_all(b"\n").unwrap();
    }
}
