//! The target `protocol` of `relogin_conformance::fuzzing`, and the memory that a line of a port takes.
#![no_main]

use relogin_conformance::{fuzzing, properties};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    properties::reply_allocation(bytes, |read| allocation_counter::measure(read).bytes_max);
    fuzzing::run("protocol", bytes);
});
