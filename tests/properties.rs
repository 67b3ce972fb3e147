//! The properties of `src/properties.rs` under proptest and over the fuzz seeds, on stable.
#![cfg(feature = "cli")]

use std::path::Path;

use proptest::prelude::*;
use relogin_conformance::generate::strategy;
use relogin_conformance::properties;

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_response_has_a_verdict_that_holds(response in strategy::response()) {
        let secrets: Vec<&str> = response.secrets.iter().map(String::as_str).collect();
        properties::response(response.status, response.content_type.as_deref(), &response.body, &secrets);
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
