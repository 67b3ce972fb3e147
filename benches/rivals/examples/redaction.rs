//! The worst case for redaction (R55): a description that fills the largest body, and secrets that occur everywhere in
//! it and overlap. Prints the time and the peak of memory for 1 to 1,000 secrets: both are straight lines.
//!
//! `cargo run --release --example redaction` in `benches/rivals`.

use std::time::Instant;

use relogin::{Response, classify};

/// The largest body (R6), in bytes.
const MOST_BYTES: usize = 1_048_576;

/// A case: its name, a text that fills a body when repeated, and the secret of a number, which has so many characters.
type Case = (&'static str, &'static str, fn(usize, usize) -> String);

const CASES: [Case; 3] = [
    ("every character begins an occurrence", "a", |_, length| "a".repeat(length)),
    ("the same, percent-encoded in either case", "%2f%2F", |_, length| "/".repeat(length)),
    ("1,000 secrets that differ in their last character", "a", |number, length| {
        let last = char::from_u32(0x4E00 + u32::try_from(number).unwrap_or_default()).unwrap_or('a');
        "a".repeat(length - 1) + &last.to_string()
    }),
];

fn main() {
    for (name, part, secret) in CASES {
        println!("{name}");
        println!("{:>8} {:>10} {:>9} {:>12} {:>9}", "length", "secrets", "seconds", "of one", "peak MiB");
        for length in [8, 1_000] {
            let mut one = 0.0;
            for count in [1, 10, 100, 1_000] {
                let secrets: Vec<String> = (0..count).map(|number| secret(number, length)).collect();
                let secrets: Vec<&str> = secrets.iter().map(String::as_str).collect();
                let (head, tail) = (r#"{"error":"x","error_description":""#, r#""}"#);
                let text = part.repeat((MOST_BYTES - head.len() - tail.len()) / part.len());
                let body = [head, &text, tail].concat();
                let response = Response::new(400, None, body.as_bytes()).with_secrets(&secrets);
                let start = Instant::now();
                let allocated = allocation_counter::measure(|| {
                    let failure = classify(&response).expect_err("it is a failure");
                    assert!(failure.description().is_some_and(|text| text.len() <= 500 * 3));
                });
                let seconds = start.elapsed().as_secs_f64();
                one = if count == 1 { seconds } else { one };
                let peak = allocated.bytes_max as f64 / f64::from(1 << 20);
                println!("{length:>8} {count:>10} {seconds:>9.3} {:>11.0}x {peak:>9.1}", seconds / one);
            }
        }
    }
}
