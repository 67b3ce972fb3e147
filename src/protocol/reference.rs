//! The reference parser behind the messages of the protocol.

use std::io::{self, BufRead, Write};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use relogin::{Response, classify};
use serde_json::{Value, json};

use crate::corpus::{Evidence, Profile, STATUSES, Verdict};
use crate::protocol::{MOST_SEQ, Parse, Request, reference_hello, verdict_members};
use crate::text::ascii_json_line;

/// Returns the verdict of the reference parser, or `None` for "not a failure".
///
/// ```
/// use relogin_conformance::{corpus::Corpus, protocol::reference};
/// let profile = &Corpus::embedded().profiles["codex"];
/// let verdict = reference::verdict(400, None, &[], br#"{"error": "invalid_grant"}"#, profile, &[]);
/// assert!(verdict.unwrap().relogin_required);
/// ```
#[must_use]
pub fn verdict(
    status: u16,
    content_type: Option<&str>,
    headers: &[(String, String)],
    body: &[u8],
    profile: &Profile,
    secrets: &[String],
) -> Option<Verdict> {
    let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let secrets: Vec<&str> = secrets.iter().map(String::as_str).collect();
    let response = Response::new(status, content_type, body).with_headers(&headers).with_secrets(&secrets);
    let failure = classify(&response).err()?;
    Some(verdict_of(&failure, profile))
}

/// Returns the fields of a failure.
#[must_use]
pub fn verdict_of(failure: &relogin::Failure<'_>, profile: &Profile) -> Verdict {
    Verdict {
        code: failure.code().unwrap_or(&profile.fallback_code).to_owned(),
        description: failure.description().map(str::to_owned),
        action: failure.action(),
        relogin_required: failure.relogin_required(),
        message: failure.message(&profile.borrowed()).to_string(),
        retry_after: failure.retry_after(),
    }
}

/// The evidence of a failure, as vectors spell it.
#[must_use]
pub fn evidence_of(failure: &relogin::Failure<'_>) -> Evidence {
    let evidence = failure.evidence();
    let relogin::Evidence { step, place, row, exception, header, body, .. } = evidence;
    Evidence {
        step: step.number(),
        rule: evidence.rule().to_owned(),
        place: place.map(|place| place.to_string()),
        row: row.map(|row| row.code.to_owned()),
        exception: exception.map(|exception| exception.phrase.to_owned()),
        header: header.map(str::to_owned),
        body: body.to_string(),
        body_rule: body.rule().to_owned(),
        next_step: failure.next_step().to_owned(),
    }
}

/// Runs the reference as a port: answers each line of `input` with one of `output`, until the input ends.
///
/// A line that it does not understand is answered with an error.
///
/// # Errors
///
/// When `input` cannot be read or `output` not be written.
pub fn serve(mut input: impl BufRead, mut output: impl Write) -> io::Result<()> {
    let mut line = Vec::new();
    while input.read_until(b'\n', &mut line)? > 0 {
        // In ASCII, as a reply may repeat what a server or a runner wrote, and may be read on a terminal.
        writeln!(output, "{}", ascii_json_line(&reply(&line)))?;
        output.flush()?;
        line.clear();
    }
    Ok(())
}

fn reply(line: &[u8]) -> Value {
    let value = match serde_json::from_slice(line) {
        Ok(value @ Value::Object(_)) => value,
        Ok(_) => return json!({"seq": null, "error": "the request is not a JSON object"}),
        Err(error) => return json!({"seq": null, "error": format!("the request is not JSON: {error}")}),
    };
    // A hello is always answered alike: the runner decides whether the versions agree.
    if value["cmd"] == "hello" {
        return reference_hello();
    }
    let seq = value.get("seq").and_then(Value::as_u64).filter(|seq| *seq <= MOST_SEQ);
    match serde_json::from_value(value) {
        Ok(Request::Hello { .. }) => reference_hello(),
        Ok(Request::Parse(_)) if seq.is_none() => json!({"seq": null, "error": "`seq` is too large"}),
        Ok(Request::Parse(request)) if !STATUSES.contains(&request.status) => {
            json!({"seq": seq, "error": format!("`status` is {}, which is not from 100 to 999", request.status)})
        }
        Ok(Request::Parse(request)) => match STANDARD.decode(&request.body) {
            Ok(body) => {
                let Parse { status, content_type, headers, profile, secrets, .. } = &request;
                let values = |(name, values): (&String, &Vec<String>)| -> Vec<(String, String)> {
                    values.iter().map(|value| (name.clone(), value.clone())).collect()
                };
                let headers: Vec<(String, String)> = headers.iter().flat_map(values).collect();
                let verdict = verdict(*status, content_type.as_deref(), &headers, &body, profile, secrets);
                json!({"seq": seq, "verdict": verdict.as_ref().map(verdict_members)})
            }
            Err(error) => json!({"seq": seq, "error": format!("`body` is not base64: {error}")}),
        },
        Err(error) => json!({"seq": seq, "error": format!("not a request of protocol 1: {error}")}),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reference_answers_line_by_line() {
        let profile = r#"{"product":"P","other_clients":"o","sign_in":"s","fallback_code":"f","later":1}"#;
        let input = format!(
            "{{\"cmd\":\"hello\",\"protocol\":9}}\n\
             {{\"cmd\":\"parse\",\"seq\":3,\"status\":503,\"content_type\":null,\"body\":\"\",\"profile\":{profile},\"secrets\":[],\"headers\":{{}}}}\n\
             {{\"cmd\":\"dance\",\"seq\":4}}\n\
             {{\"cmd\":\"parse\",\"seq\":5,\"status\":99,\"content_type\":null,\"body\":\"\",\"profile\":{profile},\"secrets\":[]}}\n\
             nonsense"
        );
        let mut output = Vec::new();
        assert!(serve(input.as_bytes(), &mut output).is_ok());
        let replies: Vec<Value> =
            output.split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice(line).ok()).collect();
        assert_eq!(replies.len(), 5);
        assert_eq!(replies[0]["protocol"], 1);
        assert_eq!((&replies[1]["seq"], &replies[1]["verdict"]["action"]), (&json!(3), &json!("retry")));
        assert_eq!(replies[2]["seq"], 4);
        assert!(replies[2]["error"].is_string() && replies[3]["error"].is_string() && replies[4]["error"].is_string());
        assert_eq!(replies[3]["seq"], 5);
        assert!(replies[4]["seq"].is_null());
    }
}
