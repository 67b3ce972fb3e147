//! `relogin check` finds the bugs of ports that are wrong on purpose. `ports/wrong/wrong.json`, written by hand from
//! SPEC.md, names the rules that each bug breaks.

use std::collections::BTreeSet;
use std::process::Command;

use crate::support::{PATIENCE, ROOT, has_python, program};
use relogin_conformance::check::{Implementation, Kind, Results, VectorInfo, groups};
use relogin_conformance::corpus::spec;
use relogin_conformance::corpus::{Corpus, Level, Vector};
use relogin_conformance::protocol::reference;
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Table {
    #[serde(rename = "$comment")]
    _comment: Vec<String>,
    wrong: Vec<Wrong>,
    pub(crate) misbehaving: Vec<Misbehaving>,
    pub(crate) hostile: Vec<Hostile>,
    pub(crate) controls: Vec<Control>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wrong {
    name: String,
    bug: String,
    modelled_on: String,
    must_fail: Vec<String>,
    must_pass: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Misbehaving {
    pub(crate) name: String,
    #[serde(rename = "what")]
    _what: String,
    pub(crate) on: String,
    pub(crate) outcome: Option<String>,
    pub(crate) message: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Hostile {
    pub(crate) name: String,
    #[serde(rename = "what")]
    _what: String,
    /// The names of the outcomes that its results may have.
    pub(crate) outcomes: Vec<String>,
    /// The most seconds that a run may take, for a port that wastes time.
    pub(crate) seconds: Option<u64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Control {
    pub(crate) name: String,
    #[serde(rename = "what")]
    _what: String,
    #[serde(rename = "passes")]
    _passes: String,
}

#[test]
fn the_table_has_a_row_for_each_bug() {
    let rows = table().wrong;
    let Some(listed) = listed("ports/wrong/wrong_port.py") else { return };
    assert_eq!(rows.iter().map(|row| row.name.clone()).collect::<BTreeSet<String>>(), listed);
    for row in &rows {
        assert!(!row.bug.is_empty() && !row.modelled_on.is_empty(), "{}", row.name);
        assert!(!row.must_fail.is_empty() && row.must_pass.len() >= 3, "{}", row.name);
        for tag in row.must_fail.iter().chain(&row.must_pass) {
            assert!(spec::find(tag).is_some(), "{}: there is no rule {tag}", row.name);
        }
    }
}

/// A name that is gone would make a bug crash, and it would be found for this instead of its habit.
#[test]
fn bugs_use_names_that_the_python_port_has() {
    let read = |path: &str| std::fs::read_to_string(format!("{ROOT}/ports/{path}")).expect("the file is there");
    let rules = read("python/src/relogin/_rules.py");
    for file in ["bugs.py", "form_habits.py", "json_habits.py", "text_habits.py", "wrong_port.py"] {
        for rest in read(&format!("wrong/{file}")).split("right.").skip(1) {
            let name: String = rest.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
            let is_defined = [format!("\ndef {name}("), format!("\n{name} = ")].iter().any(|line| rules.contains(line));
            assert!(is_defined, "ports/wrong/{file} uses {name}, which _rules.py does not define");
        }
    }
}

/// Two of the bugs. The next test has more of them.
#[test]
fn some_bugs_are_found_where_the_table_says_and_nowhere_near() {
    find_bugs(table().wrong.iter().step_by(150).collect());
}

#[test]
#[ignore = "runs an eighth of the wrong ports on the whole corpus, which takes minutes; RELOGIN_EVERY=1 is for all of them"]
fn more_bugs_are_found_where_the_table_says_and_nowhere_near() {
    let every = std::env::var("RELOGIN_EVERY").map_or(8, |every| every.parse().expect("RELOGIN_EVERY is a number"));
    find_bugs(table().wrong.iter().step_by(every).collect());
}

/// Runs the port of each row and holds it to the row. Does nothing without Python.
fn find_bugs(rows: Vec<&Wrong>) {
    if !has_python() {
        return;
    }
    let ports: Vec<String> = rows.iter().map(|row| format!("python3 ports/wrong/wrong_port.py {}", row.name)).collect();
    let results = check(&ports, &[]);
    assert_eq!(results.footer.exit_status, 1);
    let find = |(row, port): (&&Wrong, &Implementation)| {
        let name = &row.name;
        assert_eq!(&port.identity.name, name);
        assert!(!port.conforms(), "{name}");
        let failing: Vec<&VectorInfo> = failing(&results, port);
        let named: BTreeSet<&str> = failing.iter().flat_map(|vector| &vector.rules).map(String::as_str).collect();
        for tag in &row.must_fail {
            assert!(named.contains(tag.as_str()), "{name}: no vector of {tag} fails");
        }
        for tag in &row.must_pass {
            // A sweep names the rules of all its members.
            let near: Vec<&str> = failing
                .iter()
                .filter(|vector| vector.members.is_none() && vector.rules.contains(tag))
                .map(|vector| vector.id.as_str())
                .collect();
            assert!(near.is_empty(), "{name}: vectors of {tag} fail: {near:?}");
        }
    };
    rows.iter().zip(&results.implementations[1..]).for_each(find);
}

/// The controls always give the same verdict. Their scores are the measure for all others.
#[test]
fn the_report_gives_the_scores_of_the_controls() {
    if !has_python() {
        return;
    }
    let controls = table().controls;
    let ports: Vec<String> =
        controls.iter().map(|row| format!("python3 ports/wrong/misbehaving.py {}", row.name)).collect();
    let results = check(&ports, &["--level", "core"]);
    for (row, port) in controls.iter().zip(&results.implementations[1..]) {
        let action = row.name.strip_prefix("always-").expect("a control is named after its answer");
        // A sweep expects several verdicts.
        let single = results.vectors.iter().zip(&port.results).filter(|(vector, _)| vector.is_one_response());
        let mut passed = 0;
        for (vector, judged) in single.clone() {
            let is_right = vector.expect.as_ref().is_some_and(|verdict| verdict.action.as_str() == action);
            assert_eq!(judged.kind() == Kind::Passed, is_right, "{}: {}", row.name, vector.id);
            passed += usize::from(is_right);
        }
        let controls = groups::controls(port, &results.vectors).expect("it declares the action");
        assert_eq!((controls.right, controls.judged), (passed, single.count()), "always {action}");
        let constant = controls.constants.iter().find(|constant| constant.name == format!("always {action}"));
        assert_eq!(constant.map(|constant| constant.right), Some(passed), "always {action}");
        let alike = groups::alike(port, &results.vectors).expect("its verdicts are all alike");
        assert!(alike.contains(&format!("(action {action} and relogin_required {})", action == "relogin")), "{alike}");
    }
}

/// The bug of the first report, on the cases of that report: every nested one fails, no flat one does.
#[test]
fn the_flat_only_port_fails_exactly_the_nested_seeds() {
    let Some(results) = flat_only(&["--filter", "core/seed/*"]) else { return };
    let nested: BTreeSet<&str> = results
        .vectors
        .iter()
        .map(|vector| vector.id.as_str())
        .filter(|id| id.starts_with("core/seed/nested-"))
        .collect();
    assert!(nested.contains("core/seed/nested-refresh-token-reused"), "{nested:?}");
    let failing = failing(&results, &results.implementations[1]);
    assert_eq!(failing.iter().map(|vector| vector.id.as_str()).collect::<BTreeSet<&str>>(), nested);
}

/// Over the whole level: the port fails where the error object makes a difference, and nowhere else.
#[test]
fn the_flat_only_port_fails_exactly_where_the_error_object_decides() {
    let Some(results) = flat_only(&["--level", "core"]) else { return };
    let corpus = Corpus::embedded();
    let expected: BTreeSet<&str> = corpus
        .vectors()
        .filter(|vector| vector.level() == Some(Level::Core) && needs_error_object(corpus, vector))
        .map(|vector| vector.id.as_str())
        .collect();
    assert!(expected.len() > 50, "{expected:?}");
    let failing = failing(&results, &results.implementations[1]);
    let single = failing.iter().filter(|vector| vector.members.is_none());
    assert_eq!(single.map(|vector| vector.id.as_str()).collect::<BTreeSet<&str>>(), expected);
}

pub(crate) fn table() -> Table {
    serde_json::from_str(include_str!("../../ports/wrong/wrong.json")).expect("the table is as it must be")
}

/// The lines that a script prints; `None` without Python.
pub(crate) fn listed(script: &str) -> Option<BTreeSet<String>> {
    has_python().then(|| {
        let output =
            Command::new("python3").args([script, "--list"]).current_dir(ROOT).output().expect("Python starts");
        String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect()
    })
}

pub(crate) fn check(ports: &[String], more: &[&str]) -> Results {
    let mut command = program();
    command.args(["check", "--format", "json", "--deadline", "0"]).args(more).current_dir(ROOT);
    if !more.contains(&"--timeout") {
        command.args(["--timeout", PATIENCE]);
    }
    ports.iter().for_each(|port| _ = command.args(["--port", port]));
    let output = command.output().expect("the binary under test starts");
    Results::read(output.stdout.as_slice(), "the output").expect("the output is results")
}

fn flat_only(more: &[&str]) -> Option<Results> {
    if !has_python() {
        return None;
    }
    let results = check(&["python3 ports/wrong/wrong_port.py flat-only".to_owned()], more);
    assert_eq!(results.footer.exit_status, 1);
    Some(results)
}

fn failing<'r>(results: &'r Results, port: &Implementation) -> Vec<&'r VectorInfo> {
    results
        .vectors
        .iter()
        .zip(&port.results)
        .filter(|(_, judged)| judged.kind() == Kind::Failed)
        .map(|(vector, _)| vector)
        .collect()
}

/// Whether the verdict changes when the error object alone is taken out of the body.
fn needs_error_object(corpus: &Corpus, vector: &Vector) -> bool {
    let input = &vector.input;
    let Ok(mut document) = serde_json::from_slice::<Value>(&input.body.expand()) else { return false };
    if !take_error_object(&mut document) {
        return false;
    }
    let body = document.to_string();
    let without = reference::verdict(
        input.status,
        input.content_type.as_deref(),
        &input.headers,
        body.as_bytes(),
        corpus.profile(vector),
        &input.secrets,
    );
    without != vector.expect
}

/// Takes every object out of the places where R18 looks for one, and returns whether there was any. If the top level
/// showed an error (R4, R5), it still does: by a string in an array, which is neither a code nor a text.
fn take_error_object(document: &mut Value) -> bool {
    if let Some(elements) = document.as_array_mut() {
        let before = elements.len();
        elements.retain(|element| !element.is_object());
        return elements.len() < before;
    }
    let mut taken = Vec::new();
    for key in ["error", "errors"] {
        match document.get_mut(key) {
            Some(Value::Array(elements)) => taken.extend(elements.extract_if(.., |element| element.is_object())),
            Some(member) if key == "error" && member.is_object() => taken.push(member.take()),
            _ => {}
        }
    }
    let showed_error = taken.iter().any(|object| *object != json!({}));
    if showed_error && !document["error"].is_string() {
        document["error"] = json!(["an error"]);
    }
    !taken.is_empty()
}
