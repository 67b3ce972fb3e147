//! The properties of `src/properties.rs` on drawn responses under proptest.

use std::sync::LazyLock;

use proptest::prelude::*;
use proptest::sample::{Index, select};
use relogin_conformance::fuzzing::{TARGETS, Target};
use relogin_conformance::generate::{Damage, strategy};
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
    fn a_clean_description_stays_the_same(response in strategy::response()) {
        properties::idempotence(&response);
    }

    #[test]
    fn allocation_is_bounded_by_the_body(response in strategy::response()) {
        properties::allocation(&response, |classify| allocation_counter::measure(classify).bytes_total);
    }
}

proptest! {
    // The oracle is slow.
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_parser_and_the_oracle_agree(response in strategy::response()) {
        properties::agreement(&response);
    }
}

/// Lines of a MiB in which each part of a reply and of a hello is as large as it can be.
#[test]
fn memory_for_a_line_of_a_port_is_bounded_by_the_line() {
    const LINE: usize = 1 << 20;
    let parts = [
        (r#"{"":0},"#, "0"),
        ("[],", "0"),
        ("[", ""), // not closed: not JSON
        (r#""\ud800","#, "0"),
        (r#"{"a":{"b":{"c":{"d":{"e":{"f":{"g":{"h":0}}}}}}}},"#, "0"),
    ];
    let starts = [
        (r#"{"seq":1,"more":["#, "]}"),
        (r#"{"seq":1,"verdict":{"code":["#, "]}}"),
        (r#"{"seq":["#, "]}"),
        (r#"{"protocol":1,"name":"n","language":"l","version":"v","levels":["core"],"fields":["#, "]}"),
        ("[", "]"),
    ];
    let strings = [r#"{"seq":1,"verdict":{"code":""#, r#"{"protocol":1,"name":""#].map(|start| {
        let filler = "\\ud800x".repeat((LINE - start.len()) / 7);
        format!("{start}{filler}\"}}")
    });
    let arrays = starts.iter().flat_map(|(start, end)| {
        parts.iter().map(move |(unit, after)| {
            let filler = unit.repeat((LINE - start.len() - end.len() - 9) / unit.len());
            format!("{start}{filler}{after}{end}")
        })
    });
    for line in arrays.chain(strings) {
        properties::reply_allocation(line.as_bytes(), |read| allocation_counter::measure(read).bytes_max);
    }
}

/// A target and its seeds.
type Seeded = (Target, Vec<Vec<u8>>);
static SEEDED: LazyLock<Vec<Seeded>> = LazyLock::new(|| {
    let seeds = |target: Target| (target, target.seeds().into_iter().map(|(_, bytes)| bytes).collect());
    TARGETS.into_iter().map(seeds).collect()
});

fn damage() -> impl Strategy<Value = Damage> {
    let pieces = [
        "\"",
        "\\",
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "\n",
        "\0",
        "\u{202e}",
        "\\ud800",
        "1e999",
        "null",
        "9007199254740992",
    ];
    prop_oneof![
        any::<usize>().prop_map(Damage::Truncate),
        any::<usize>().prop_map(Damage::Remove),
        (any::<usize>(), 1..=u8::MAX).prop_map(|(at, mask)| Damage::Flip(at, mask)),
        (any::<usize>(), select(pieces.to_vec())).prop_map(|(at, piece)| Damage::Insert(at, piece.into())),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    /// A short run of a simple fuzzer, because lines of the protocol and files of a corpus have no generator.
    #[test]
    fn damaged_seeds_hold((target, seeds) in select(SEEDED.as_slice()), seed: Index, damages in prop::collection::vec(damage(), 1..4)) {
        let mut bytes = seed.get(&seeds).clone();
        damages.iter().for_each(|damage| damage.apply(&mut bytes));
        (target.run)(&bytes);
    }
}
