//! The target `protocol` of `relogin_conformance::fuzzing`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| relogin_conformance::fuzzing::run("protocol", bytes));
