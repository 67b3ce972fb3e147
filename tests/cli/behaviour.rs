//! `relogin check` and ports that break the protocol on purpose. The longest test of this program, most of which is
//! sleep, is here: it begins early, so that the others run beside it.

use std::collections::BTreeSet;

use crate::support::{PATIENCE, at_once};
use crate::wrong_ports::{Misbehaving, Table, check, listed, table};
use relogin_conformance::check::{Again, VectorInfo};
use relogin_conformance::corpus::{Corpus, Item};

#[test]
fn each_misbehaviour_has_its_outcome_on_its_own_requests() {
    let Table { misbehaving: rows, hostile, controls, .. } = table();
    let Some(listed) = listed("ports/wrong/misbehaving.py") else { return };
    let names = rows
        .iter()
        .map(|row| &row.name)
        .chain(hostile.iter().map(|row| &row.name))
        .chain(controls.iter().map(|row| &row.name));
    assert_eq!(names.cloned().collect::<BTreeSet<String>>(), listed, "the table has a row for each port");

    // Each group with the limits of its own, all side by side: most of the time of the silent ones is sleep.
    let mut groups: [Vec<&Misbehaving>; 3] = Default::default();
    for row in &rows {
        let is_in = |group: &[&str]| group.contains(&row.name.as_str());
        groups[if is_in(&MUTE) { 0 } else { 1 + usize::from(!is_in(&SILENT)) }].push(row);
    }
    let [mute, silent, others] = groups;
    assert_eq!((mute.len(), silent.len()), (MUTE.len(), SILENT.len()));
    // Three requests of status 429 and the 300th request, without the sweeps over thousands of statuses and codes.
    let some = "core/{action,code,libraries,messages,nested,success}/*";
    let all: [(Vec<&Misbehaving>, &[&str]); 3] = [
        (mute, &["--timeout", "1", "--start-timeout", "1", "--filter", some]),
        (silent, &["--timeout", "5", "--start-timeout", PATIENCE, "--filter", some, "--jobs", "3"]),
        (others, &["--filter", some]),
    ];
    at_once(&all, |(rows, selection)| judge_misbehaviour(rows, selection));
}

/// The ports that never answer: no limit is too short for them.
const MUTE: [&str; 2] = ["never-reads", "never-flushes"];

/// The ports that answer and are silent later, or do not end; the others must not need their limit.
const SILENT: [&str; 3] = ["hangs", "hangs-from-the-200th", "never-ends"];

fn judge_misbehaviour(rows: &[&Misbehaving], selection: &[&str]) {
    let ports: Vec<String> =
        rows.iter().map(|row| format!("python3 ports/wrong/misbehaving.py {}", row.name)).collect();
    let results = check(&ports, selection);
    let corpus = Corpus::embedded();
    let item = |vector: &VectorInfo| corpus.items().find(|item| item.id() == vector.id).expect("it is there");
    let items: Vec<Item<'_>> = results.vectors.iter().map(item).collect();
    // Some vectors are followed by a twin, which is a request too.
    let again = Again::of(&items);
    let asked = again.first();
    for (row, port) in rows.iter().zip(&results.implementations[1..]) {
        let name = &row.name;
        let messages: Vec<&String> = port.end.problems.iter().chain(&port.end.not_run).collect();
        assert!(
            row.message.iter().all(|part| messages.iter().any(|message| message.contains(part.as_str()))),
            "{name}: {messages:?}"
        );
        assert_eq!(row.message.is_none(), messages.is_empty(), "{name}: {messages:?}");
        assert_eq!(port.end.not_run.is_some(), row.outcome.is_none(), "{name}");
        let Some(outcome) = &row.outcome else { continue };
        let is_meant = |index: usize, vector: &VectorInfo| match row.on.as_str() {
            "each request of status 429" => vector.status == Some(429),
            "the first request" => index == 0,
            // The last one has no partner when their number is odd.
            "every pair of requests" => {
                let place = asked.iter().position(|(item, _)| *item == Some(index)).expect("each is asked");
                place.is_multiple_of(2) && place + 1 < asked.len()
            }
            _ => true,
        };
        for (index, (vector, judged)) in results.vectors.iter().zip(&port.results).enumerate() {
            if vector.members.is_some() {
                continue; // its requests have several statuses
            }
            let expected = if is_meant(index, vector) { outcome } else { "pass" };
            assert_eq!(judged.outcome.to_string(), expected, "{name}: {}", vector.id);
        }
        assert_eq!(port.conforms(), outcome == "pass" && row.message.is_none(), "{name}");
    }
}
