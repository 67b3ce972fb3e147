//! The properties of `src/properties.rs` on drawn responses under proptest.

use proptest::prelude::*;
use relogin_conformance::generate::strategy;
use relogin_conformance::properties;

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_response_has_a_verdict_that_holds(response in strategy::response()) {
        properties::verdict(&response);
    }

    #[test]
    fn the_verdict_is_the_same_however_the_body_is_written(response in strategy::response()) {
        properties::invariance(&response);
    }

    #[test]
    fn what_is_clean_stays_as_it_is(response in strategy::response()) {
        properties::idempotence(&response);
    }

    #[test]
    fn what_is_allocated_is_a_multiple_of_the_body(response in strategy::response()) {
        properties::allocation(&response, |classify| allocation_counter::measure(classify).bytes_total);
    }
}

proptest! {
    // The oracle is slow.
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_parser_says_what_the_oracle_says(response in strategy::response()) {
        properties::agreement(&response);
    }
}
