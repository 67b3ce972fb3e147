//! The accepted figures of the parser's cost cover the measured bodies, and the guide shows them. `scripts/speed`
//! measures.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::support::read;

#[path = "../../benches/rivals/src/bodies.rs"]
#[allow(dead_code, unreachable_pub, reason = "the package of the rivals needs more of it")]
mod bodies;

/// The figures of each body for each toolchain.
fn held() -> BTreeMap<String, BTreeMap<String, Value>> {
    serde_json::from_str(&read("benches/instructions.json")).expect("it is JSON of this shape")
}

#[test]
fn every_toolchain_has_figures_for_exactly_the_measured_bodies() {
    let measured: BTreeSet<&str> = bodies::BODIES.iter().map(|body| body.name).collect();
    assert_eq!(measured.len(), bodies::BODIES.len(), "no name is given twice");
    for (toolchain, held) in &held() {
        assert_eq!(
            held.keys().map(String::as_str).collect::<BTreeSet<_>>(),
            measured,
            "{toolchain}; scripts/speed accept writes them"
        );
    }
}

#[test]
fn the_guide_shows_the_accepted_figures() {
    let guide = read("docs/speed.md");
    let (_, table) = guide.split_once("<!-- scripts/speed docs -->").expect("the table has a start");
    let (table, _) = table.split_once("<!-- end -->").expect("the table has an end");
    let held = held();
    let (_, held) = held
        .iter()
        .find(|(toolchain, _)| table.contains(toolchain.as_str()))
        .expect("the table names a toolchain that is held");
    for (body, figures) in held {
        let row =
            table.lines().find(|line| line.starts_with(&format!("| {body} "))).unwrap_or_default().replace(',', "");
        let cells: Vec<&str> = row.split('|').map(str::trim).rev().collect();
        let shown = ["verdict", "message", "allocations"].map(|figure| figures[figure].to_string());
        let [_, _, allocations, _, message, verdict, ..] = cells.as_slice() else { unreachable!("no row of {body}") };
        assert_eq!(
            [verdict, message, allocations].map(|cell| (*cell).to_owned()),
            shown,
            "{body}; scripts/speed docs writes the table anew"
        );
    }
}
