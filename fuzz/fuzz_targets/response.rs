//! Any response at all: `properties::response_from_bytes`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| relogin_conformance::properties::response_from_bytes(bytes));
