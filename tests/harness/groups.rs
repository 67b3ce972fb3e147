//! Groups of failures, the sentences on them, and the verdicts that never change.

use relogin_conformance::check::groups::{Cause, Group, alike, controls, explanations, groups};
use relogin_conformance::check::{
    Harm, Header, Identity, Implementation, Judged, Results, RunEnd, STREAM, VectorInfo, info, known_failures,
};
use relogin_conformance::corpus::{Item, Level};
use relogin_conformance::protocol::Field;
use serde_json::{Value, json};

fn vector(id: &str, rules: &[&str], expect: Option<&str>) -> VectorInfo {
    let expect = expect.map(|action| {
        json!({"code": "c", "description": null, "action": action, "relogin_required": action == "relogin", "message": "m"})
    });
    let vector = json!({
        "id": id, "title": "t", "rules": rules, "near": [], "source": {"what": "w", "url": null}, "expect": expect,
        "input": {"status": 400, "content_type": null, "profile": "codex", "secrets": ["s3cr3t-t0ken"], "body": {"text": ""}},
    });
    info(Item::Vector(&serde_json::from_value(vector).expect("the vector is one")))
}

fn judged(outcome: &str, harm: Option<Harm>, note: Option<&str>) -> Judged {
    Judged {
        outcome: outcome.parse().expect("the outcome is one"),
        is_known: false,
        harm,
        differences: Vec::new(),
        unexpected: None,
        note: note.map(str::to_owned),
        sweep: None,
    }
}

fn implementation(fields: &[Field], results: Vec<Judged>) -> Implementation {
    let identity = Identity {
        name: "n".into(),
        language: "l".into(),
        version: "1".into(),
        level: Some(Level::Core),
        fields: fields.to_vec(),
    };
    Implementation { identity, results, end: RunEnd::default() }
}

fn named(groups: &[Group<'_>]) -> Vec<(Harm, String, usize)> {
    groups.iter().map(|group| (group.harm, group.cause.name(), group.failures.len())).collect()
}

#[test]
fn a_failure_is_put_down_to_the_rule_whose_vectors_fail_most() {
    use Harm::{NoAnswer, SignsOutALiveUser, TextDiffers};
    let (signs_out, crash) = (Some(SignsOutALiveUser), Some(NoAnswer));
    let some = [
        // R36 fails in each of its vectors, R32 in few, and R44 only derives a field.
        (vector("core/a/1", &["R32", "R36", "R44"], None), judged("wrong(action=relogin)", signs_out, None)),
        (vector("core/a/2", &["R36"], None), judged("wrong(action=relogin,code)", signs_out, None)),
        (vector("core/a/3", &["R36"], None), judged("wrong(action=relogin)", signs_out, None)),
        (vector("core/a/4", &["R32"], None), judged("pass", None, None)),
        (vector("core/a/5", &["R32"], None), judged("pass", None, None)),
        (vector("core/a/6", &["R32", "R46"], None), judged("wrong(message)", Some(TextDiffers), None)),
        (vector("core/a/7", &["R46"], None), judged("wrong(message)", Some(TextDiffers), None)),
        (vector("core/a/8", &["R3"], None), judged("error", crash, Some("answered with an error: KeyError: 'a'"))),
        (vector("core/a/9", &["R4"], None), judged("error", crash, Some("answered with an error: KeyError: 'b'"))),
        (vector("core/b/1", &["R4"], None), judged("not-run", crash, Some("was not asked: it hung"))),
        (vector("core/b/2", &["R4"], None), judged("exit(3)", crash, Some("exited with status 3"))),
        (vector("core/b/3", &["R4"], None), judged("skip", None, None)),
    ];
    let (vectors, results): (Vec<VectorInfo>, Vec<Judged>) = some.into_iter().unzip();
    let one = implementation(&Field::ALL, results);
    let all = groups(&one, &vectors, |_| true);
    assert_eq!(
        named(&all),
        [
            (SignsOutALiveUser, "R36".into(), 3),
            (NoAnswer, "error KeyError".into(), 2),
            (NoAnswer, "exit".into(), 1),
            (TextDiffers, "R32".into(), 1),
            (TextDiffers, "R46".into(), 1),
            (NoAnswer, "not-run".into(), 1),
        ],
        "real crashes stand above texts that differ, and what was not asked comes last"
    );
    assert_eq!(all[0].example().0.id, "core/a/2", "the example has the fewest rules");
    assert_eq!(all[0].outcomes(), [("wrong(action=relogin)".into(), 2), ("wrong(action=relogin,code)".into(), 1)]);
    assert_eq!(all[1].cause, Cause::Break("error", Some("KeyError")));
    assert_eq!(
        explanations(&all)[1],
        "Two causes explain all 3 missing answers: error KeyError (2), exit (1)",
        "without those that were not asked"
    );
    assert_eq!(named(&groups(&one, &vectors, |judged| judged.harm == signs_out)).len(), 1);
}

#[test]
fn a_sentence_says_how_few_rules_explain_a_harm() {
    let sentence = |sizes: &[(&str, usize)], harm: Harm| {
        let vectors: Vec<VectorInfo> = sizes
            .iter()
            .flat_map(|(rule, size)| {
                (0..*size).map(move |number| vector(&format!("core/{rule}/{number}"), &[rule], None))
            })
            .collect();
        let one = implementation(&Field::ALL, vec![judged("wrong(code)", Some(harm), None); vectors.len()]);
        explanations(&groups(&one, &vectors, |_| true))
    };
    use Harm::{Leaks, SignsOutALiveUser};
    for (sizes, harm, expected) in [
        (
            vec![("R36", 19), ("R31", 8), ("R1", 3), ("R2", 2)],
            SignsOutALiveUser,
            "Two rules explain 27 of the 32 sign-outs of live users: R36 (19), R31 (8)",
        ),
        (
            vec![("R36", 9), ("R1", 1)],
            SignsOutALiveUser,
            "One rule explains 9 of the 10 sign-outs of live users: R36 (9)",
        ),
        (vec![("R36", 4)], Leaks, "One rule explains all 4 leaks: R36 (4)"),
        (vec![("R36", 1)], Leaks, "One rule explains the leak: R36 (1)"),
        (
            vec![("R1", 3), ("R2", 3), ("R3", 3), ("R4", 3), ("R5", 3)],
            Leaks,
            "Three rules explain 9 of the 15 leaks: R1 (3), R2 (3), R3 (3)",
        ),
    ] {
        assert_eq!(sentence(&sizes, harm), [expected], "{sizes:?}");
    }
    assert_eq!(sentence(&[], Leaks), Vec::<String>::new());
}

#[test]
fn controls_are_of_the_declared_fields_and_of_each_constant() {
    let vectors = [
        vector("core/a/1", &["R1"], Some("relogin")),
        vector("core/a/2", &["R1"], Some("retry")),
        vector("core/a/3", &["R1"], Some("unknown")),
        vector("core/a/4", &["R1"], None),
        vector("core/a/5", &["R1"], Some("relogin")),
    ];
    let results = vec![
        judged("wrong(relogin_required=false)", Some(Harm::LoopsOnADeadToken), None),
        judged("wrong(code)", Some(Harm::TextDiffers), None),
        judged("pass", None, None),
        judged("wrong(relogin_required=false)", Some(Harm::SuccessTakenForError), None),
        judged("exit(1)", Some(Harm::NoAnswer), None),
    ];
    let scores = |fields: &[Field]| {
        let controls = controls(&implementation(fields, results.clone()), &vectors)?;
        let constants: Vec<(&str, usize)> =
            controls.constants.iter().map(|control| (control.name, control.right)).collect();
        Some((controls.fields, controls.right, controls.judged, constants))
    };
    assert_eq!(
        scores(&[Field::ReloginRequired, Field::Code]),
        Some((
            vec![Field::ReloginRequired],
            2,
            4,
            vec![
                ("always \"not a failure\"", 1),
                ("always relogin_required: true", 1),
                ("always relogin_required: false", 2)
            ]
        ))
    );
    let (fields, right, judged, constants) = scores(&Field::ALL).expect("it declares an action");
    assert_eq!((fields, right, judged), (vec![Field::Action, Field::ReloginRequired], 2, 4));
    assert_eq!(constants.iter().map(|(_, right)| *right).collect::<Vec<usize>>(), [1, 1, 1, 0, 1]);
    assert_eq!(scores(&[Field::Code]), None);
}

#[test]
fn answers_that_are_all_alike_are_reported() {
    let vectors = [
        vector("core/a/1", &["R1"], Some("relogin")),
        vector("core/a/2", &["R1"], Some("retry")),
        vector("core/a/3", &["R1"], None),
    ];
    let said = |fields: &[Field], results: &[Judged]| alike(&implementation(fields, results.to_vec()), &vectors);
    let wrong = |outcome: &str| judged(outcome, Some(Harm::LoopsOnADeadToken), None);
    let false_for_success =
        Judged { unexpected: Some(json!({"relogin_required": false})), ..wrong("wrong(relogin_required=false)") };
    let only = [Field::ReloginRequired];
    // Always `false`: right for the second vector.
    let always = [wrong("wrong(relogin_required=false)"), judged("pass", None, None), false_for_success.clone()];
    assert!(
        said(&only, &always).is_some_and(|text| text.contains("relogin_required false")),
        "{:?}",
        said(&only, &always)
    );
    // Always "not a failure": right for the third.
    let null = [wrong("wrong(null)"), wrong("wrong(null)"), judged("pass", None, None)];
    assert!(said(&only, &null).is_some_and(|text| text.contains("not a failure")));
    let error = judged("error", Some(Harm::NoAnswer), Some("answered with an error: the stub was not called"));
    assert!(
        said(&only, &[error.clone(), error.clone(), error.clone()])
            .is_some_and(|text| text.contains("the stub was not called"))
    );
    // Others are not alike.
    assert_eq!(
        said(&only, &[judged("pass", None, None), judged("pass", None, None), judged("pass", None, None)]),
        None
    );
    assert_eq!(
        said(
            &only,
            &[wrong("wrong(relogin_required=false)"), wrong("wrong(relogin_required=true)"), false_for_success]
        ),
        None
    );
    assert_eq!(said(&only, &[error, wrong("wrong(null)"), judged("pass", None, None)]), None);
    // Vectors that all ask for the same say nothing.
    assert_eq!(alike(&implementation(&only, vec![judged("pass", None, None)]), &vectors[..1]), None);
}

#[test]
fn a_green_run_with_a_baseline_says_what_it_knows() {
    let header = |vectors: usize| Header {
        stream: STREAM,
        suite: "1".into(),
        level: None,
        filter: None,
        vectors,
        notes: Vec::new(),
    };
    let known = |harm| Judged { is_known: true, ..judged("wrong(code)", Some(harm), None) };
    let summary = |results: Vec<Judged>| {
        let vectors = vec![vector("core/a/1", &["R1"], None); results.len()];
        Results::new(header(vectors.len()), vectors, vec![implementation(&Field::ALL, results)]).footer.summary
    };
    let (harmful, other) = (known(Harm::SignsOutALiveUser), known(Harm::TextDiffers));
    assert_eq!(
        summary(vec![harmful.clone(), other.clone()]),
        "No new failures; 2 known, of which 1 signs out a live user"
    );
    assert_eq!(summary(vec![harmful.clone(), harmful]), "No new failures; 2 known, of which 2 sign out a live user");
    assert_eq!(summary(vec![other]), "No new failures; 1 known, none of which signs out a live user");
    let asks_nothing = implementation(&[Field::Code], vec![known(Harm::TextDiffers)]);
    assert_eq!(
        known_failures([&asks_nothing]).as_deref(),
        Some("1 known, sign-outs not judged (neither action nor relogin_required is reported)")
    );
    assert_eq!(summary(vec![judged("pass", None, None)]), "Everything that was judged conforms");
    assert_eq!(summary(vec![judged("skip", None, None)]), "1 of 1 implementation does not conform");
    assert_eq!(known_failures([]), None);
    assert_eq!(
        Value::from(Harm::ALL.map(Harm::as_str).to_vec()),
        json!(Harm::ALL),
        "options have the names of results"
    );
}
