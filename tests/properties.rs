//! The properties of `src/properties.rs` under proptest and over the fuzz seeds, on stable.

use std::path::Path;

use proptest::prelude::*;
use relogin_conformance::properties;

/// Pieces that bodies are made of, so that random ones come close to real ones.
const PIECES: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\"",
    "\\",
    "\"error\"",
    "\"errors\"",
    "\"code\"",
    "\"message\"",
    "\"access_token\"",
    "\"invalid_grant\"",
    "\"refresh_token_reused\"",
    "{\"error\":{\"code\":",
    "{\"error\":\"",
    "invalid_grant",
    "token_expired",
    "Invalid grant.",
    "\\ud800",
    "\\ude00",
    "\\u0000",
    "\u{1b}[2J",
    "\u{202e}",
    "\u{feff}",
    " ",
    "\n",
    "\u{85}",
    "1e999",
    "null",
    "s3cr3t-t0ken",
    "error=",
    "&error_description=",
    "%1B",
    "+",
    "\u{fffd}",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "12",
];

fn body() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        8 => prop::sample::select(PIECES).prop_map(|piece| piece.as_bytes().to_vec()),
        1 => prop::collection::vec(any::<u8>(), 0..8),
    ];
    let pieces = prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat());
    let described = "\\PC*".prop_map(|text| format!("{{\"error\":{{\"message\":{}}}}}", serde_json::Value::from(text)).into_bytes());
    prop_oneof![3 => pieces, 1 => described, 1 => prop::collection::vec(any::<u8>(), 0..64)]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_response_has_a_verdict_that_holds(status in any::<u8>(), choice in any::<u8>(), body in body()) {
        properties::response_from_bytes(&[&[status, choice], body.as_slice()].concat());
    }
}

#[test]
fn the_fuzz_seeds_hold() {
    let seeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds/response");
    let files = std::fs::read_dir(&seeds).expect("the seeds are checked in");
    let mut replayed = 0;
    for file in files {
        let bytes = std::fs::read(file.expect("a seed can be listed").path()).expect("a seed can be read");
        properties::response_from_bytes(&bytes);
        replayed += 1;
    }
    assert!(replayed > 0, "there are seeds");
}
