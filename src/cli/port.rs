//! `relogin port`: the reference parser as a port (appendix A of SPEC.md).

use std::io::{self, BufRead as _, Write};

use relogin_conformance::protocol::{FIELDS, Hello, Parse, Request, VERSION};
use relogin_conformance::reference;
use relogin_conformance::vectors::Level;
use serde_json::{Value, json};

use super::{End, Problem};

pub(super) fn run() -> Result<End, Problem> {
    let mut out = io::stdout().lock(); // JSON is ASCII here and needs no escaping for a terminal
    for line in io::stdin().lock().split(b'\n') {
        let line = line.map_err(|error| Problem::Usage(format!("standard input cannot be read: {error}")))?;
        if line.trim_ascii().is_empty() {
            continue;
        }
        answer(&mut out, &reply(&line))?;
    }
    Ok(End::Conforming)
}

fn reply(line: &[u8]) -> Value {
    match serde_json::from_slice(line) {
        Ok(Request::Hello { .. }) => {
            let hello = Hello {
                protocol: VERSION,
                name: "reference".into(),
                language: "Rust".into(),
                version: env!("CARGO_PKG_VERSION").into(),
                levels: Level::ALL.to_vec(),
                fields: FIELDS.map(str::to_owned).to_vec(),
            };
            json!(hello)
        }
        Ok(Request::Parse(parse)) => match verdict(&parse) {
            Ok(verdict) => json!({"seq": parse.seq, "verdict": verdict}),
            Err(what) => json!({"seq": parse.seq, "error": what}),
        },
        Err(error) => {
            let seq = serde_json::from_slice::<Value>(line).ok().and_then(|value| value.get("seq").cloned());
            json!({"seq": seq, "error": format!("not a request of protocol {VERSION}: {error}")})
        }
    }
}

fn verdict(parse: &Parse) -> Result<Value, String> {
    let body = parse.bytes()?;
    Ok(json!(reference::verdict(parse.status, parse.content_type.as_deref(), &body, &parse.profile, &parse.secrets)))
}

/// Writes a reply in ASCII, so that whatever shows it cannot be acted on.
fn answer(out: &mut impl Write, reply: &Value) -> io::Result<()> {
    let mut line = String::new();
    for c in reply.to_string().chars() {
        if c.is_ascii() && c != '\u{7f}' {
            line.push(c);
        } else {
            for unit in c.encode_utf16(&mut [0; 2]) {
                line.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    line.push('\n');
    out.write_all(line.as_bytes())?;
    out.flush()
}
