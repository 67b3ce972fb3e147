//! Properties of the lines of the protocol (SPEC.md appendix A), whatever they hold.

use serde_json::{Value, json};

use crate::corpus::Level;
use crate::protocol::reference::serve;
use crate::protocol::{
    Answer, Field, Hello, MOST_SEQ, NoReply, Reply, Request, VERSION, read_hello, read_reply, wrong_shape,
};
use crate::text::{is_hidden, safe, safe_bytes};

/// The most characters of a line that a panic shows.
const SHOWN: usize = 300;

/// The reference as a port answers every line with one line of ASCII JSON that has the `seq` of the
/// request. It gives the same answer to a request that was read and written again.
///
/// Panics when a property does not hold.
///
/// ```
/// relogin_conformance::properties::requests(b"{\"cmd\":\"hello\",\"protocol\":1}\nnonsense");
/// ```
pub fn requests(bytes: &[u8]) {
    let lines: Vec<&[u8]> = bytes.split_inclusive(|byte| *byte == b'\n').collect();
    let replies = served(bytes);
    assert_eq!(replies.len(), lines.len(), "each line has a reply: {}", safe_bytes(bytes, SHOWN));
    lines.iter().zip(&replies).for_each(|(line, reply)| request(line, reply));
}

/// The lines that the reference writes.
fn served(input: &[u8]) -> Vec<Vec<u8>> {
    let mut output = Vec::new();
    serve(input, &mut output).expect("a vector takes everything");
    output.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect()
}

fn request(line: &[u8], reply: &[u8]) {
    let shown = || format!("{} is answered with {}", safe_bytes(line, SHOWN), safe_bytes(reply, SHOWN));
    let reply = reply.strip_suffix(b"\n").expect("a reply ends with a line feed");
    assert!(reply.iter().all(|byte| matches!(byte, b' '..=b'~')), "a reply is printable ASCII: {}", shown());
    let value = serde_json::from_slice::<Value>(line).ok().filter(Value::is_object);
    let seq = value.as_ref().and_then(|value| value["seq"].as_u64()).filter(|seq| *seq <= MOST_SEQ);
    let is_hello = value.as_ref().is_some_and(|value| value["cmd"] == "hello");
    let request = value.and_then(|value| serde_json::from_value::<Request>(value).ok());
    if let Some(request) = &request {
        let again = serde_json::to_vec(request).expect("a request can be written");
        assert_eq!(
            served(&again).concat().trim_ascii_end(),
            reply,
            "a request that is written again has another answer: {}",
            shown()
        );
    }
    if is_hello {
        assert!(read_hello(reply).is_ok(), "a hello is answered with one, whatever else is in it: {}", shown());
        return;
    }
    let answered =
        read_reply(reply).unwrap_or_else(|error| unreachable!("a reply can be read: {error:?}, {}", shown()));
    assert_eq!(answered.seq, seq, "a reply has the `seq` of its request: {}", shown());
    match answered.answer {
        Answer::Verdict(verdict) => {
            assert!(request.is_some(), "only a request has a verdict: {}", shown());
            let wrong = verdict.and_then(|verdict| wrong_shape(&verdict, &Field::ALL));
            assert_eq!(wrong, None, "{}", shown());
        }
        Answer::Error(why) => assert!(!why.is_empty(), "a refusal names its reason: {}", shown()),
        Answer::Skip(_) => unreachable!("the reference skips nothing: {}", shown()),
    }
}

/// A line of a port is read, or refused with a reason that can be printed. A reply that was read
/// and written again reads the same.
///
/// Panics when a property does not hold.
///
/// ```
/// relogin_conformance::properties::reply(br#"{"seq": 1, "verdict": null}"#);
/// ```
pub fn reply(line: &[u8]) {
    match read_reply(line) {
        Ok(reply) => {
            let reply = judged(reply);
            assert_eq!(
                read_reply(&written(&reply)),
                Ok(reply),
                "a reply that is written again reads differently: {}",
                safe_bytes(line, SHOWN)
            );
        }
        Err(NoReply::Noise(why) | NoReply::Malformed { what: why, .. }) => has_reason(&why, line),
    }
    match read_hello(line) {
        Ok(hello) => {
            let again = read_hello(&written_hello(&hello));
            assert_eq!(
                again,
                Ok(hello),
                "a hello that is written again reads differently: {}",
                safe_bytes(line, SHOWN)
            );
        }
        Err(why) => has_reason(&why, line),
    }
}

/// The peak of memory for reading a line of a port, in bytes: a part that does not depend on the line, for the values
/// that are kept, and a part for each byte of it.
const PEAK: u64 = 2 << 20;
const PEAK_A_BYTE: u64 = 8;

/// Reading a line of a port takes no more memory than a small multiple of it, whatever is in it. `peak` runs the
/// function that it gets, and returns the most bytes that were allocated at one time.
///
/// Panics when it takes more.
///
/// ```
/// relogin_conformance::properties::reply_allocation(b"{}", |read| {
///     read();
///     0 // as an allocator that counts would say
/// });
/// ```
pub fn reply_allocation(line: &[u8], peak: impl Fn(&dyn Fn()) -> u64) {
    let most = PEAK + PEAK_A_BYTE * line.len() as u64;
    for bytes in [peak(&|| _ = read_reply(line)), peak(&|| _ = read_hello(line))] {
        assert!(bytes <= most, "{bytes} bytes are allocated, and {most} may be: {}", safe_bytes(line, SHOWN));
    }
}

/// The part of a reply that is judged: a verdict of the right shape, without unknown members. Those
/// may hold numbers, which need not be written the way they were read.
fn judged(mut reply: Reply) -> Reply {
    if let Answer::Verdict(Some(verdict)) = &mut reply.answer {
        verdict.retain(|name, _| Field::ALL.iter().any(|field| field.as_str() == name));
        if wrong_shape(verdict, &Field::ALL).is_some() {
            verdict.clear();
        }
    }
    reply
}

fn written(Reply { seq, answer, observed }: &Reply) -> Vec<u8> {
    let mut line = match answer {
        Answer::Verdict(verdict) => json!({"seq": seq, "verdict": verdict}),
        Answer::Skip(why) => json!({"seq": seq, "skip": why}),
        Answer::Error(reason) => json!({"seq": seq, "error": reason}),
    };
    if let Some(observed) = observed {
        line["observed"] = json!(observed);
    }
    line.to_string().into_bytes()
}

fn written_hello(Hello { name, language, version, level, fields }: &Hello) -> Vec<u8> {
    let levels: Vec<Level> = Level::ALL.into_iter().filter(|one| Some(*one) <= *level).collect();
    let line = json!({
        "protocol": VERSION, "name": name, "language": language, "version": version, "levels": levels, "fields": fields,
    });
    line.to_string().into_bytes()
}

fn has_reason(why: &str, line: &[u8]) {
    assert!(!why.is_empty(), "a refusal names its reason: {}", safe_bytes(line, SHOWN));
    let printed = safe(why, SHOWN);
    assert!(
        !printed.contains(is_hidden),
        "a printed reason holds hidden characters: {printed:?} of {}",
        safe_bytes(line, SHOWN)
    );
}
