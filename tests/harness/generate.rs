//! The generators and the shrinker of `src/generate`.

use std::collections::BTreeSet;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};

use arbitrary::{Arbitrary, Unstructured};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use relogin_conformance::corpus::spec::{self, Rule};
use relogin_conformance::corpus::{Corpus, Verdict};
use relogin_conformance::generate::json::{Json, Piece, Text, Value};
use relogin_conformance::generate::near::NEAR;
use relogin_conformance::generate::parts::PARTS;
use relogin_conformance::generate::shrink::Shrink;
use relogin_conformance::generate::strategy::{draw, draws, near, response, shrinkable};
use relogin_conformance::generate::{Body, Case, Rendered, strategy};
use serde::de::IgnoredAny;

const MIB: usize = 1 << 20;

#[test]
fn a_seed_fixes_every_case() {
    let cases: Vec<Case> = draws(5).take(200).collect();
    // Each is drawn alone, as one of several jobs would.
    assert!(cases.iter().enumerate().rev().all(|(position, case)| draw(5, position as u64) == *case));
    let different = cases.iter().enumerate().filter(|(position, case)| !cases[..*position].contains(case)).count();
    assert!(different > 190, "{different}");
    assert_ne!(cases, draws(6).take(200).collect::<Vec<_>>());
}

#[test]
fn what_is_rendered_is_read_again() {
    for case in draws(7).take(5_000) {
        let given = case.response();
        assert_eq!(Case::from(given.clone()).response(), given, "{case:?}");
    }
}

#[test]
fn undamaged_trees_are_json() {
    let tree = PARTS.iter().find(|part| part.name == "tree").expect("there is a part for trees");
    let mut trees = 0;
    for case in draws(8).take(20_000).chain((0..5_000).map(|seed| tree.case(&mut Unstructured::new(&bytes(seed))))) {
        let Body::Json(json) = &case.body else { continue };
        let text = json.render();
        let is_json = serde_json::from_slice::<IgnoredAny>(text.as_bytes()).is_ok();
        assert!(is_json || case.kind != "tree" || is_odd(&json.value), "{text}");
        // The reader of the model knows what JSON is, but for what is too deep for it.
        assert!(Json::read(&text).is_some() == is_json || levels(text.as_bytes()) > 256, "{text}");
        trees += usize::from(is_json);
    }
    assert!(trees > 10_000);
}

/// Whether something in a tree is meant not to be JSON.
fn is_odd(value: &Value) -> bool {
    fn text_is_odd(text: &Text) -> bool {
        text.0.iter().any(|piece| matches!(piece, Piece::Verbatim(_)))
    }
    match value {
        Value::Bare(_) | Value::Deep { .. } => false,
        Value::Text(text) => text_is_odd(text),
        Value::Array(elements) => elements.iter().any(is_odd),
        Value::Object(members) => members.iter().any(|(key, value)| text_is_odd(key) || is_odd(value)),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_make_a_case(bytes in prop::collection::vec(any::<u8>(), 0..700)) {
        prop_assert!(Case::arbitrary(&mut Unstructured::new(&bytes)).is_ok());
        for part in PARTS.iter().chain(&NEAR) {
            prop_assert_eq!(part.case(&mut Unstructured::new(&bytes)).kind, part.name);
        }
    }

    #[test]
    fn anything_can_be_shrunk(body in prop::collection::vec(prop::sample::select(b"{}[]\",:\\u0a%=& \xC3\xA9".as_slice()), 0..80), ends in 1..7_u64) {
        let given = Rendered { body, content_type: Some("a".into()), secrets: vec!["a".into()], ..Rendered::default() };
        // The property is arbitrary, but always the same.
        let stays = |response: &Rendered| BuildHasherDefault::<DefaultHasher>::new().hash_one(&response.body).is_multiple_of(ends);
        let (least, tries) = shrink(given.clone(), stays);
        prop_assert!(least == given || stays(&least));
        prop_assert!(least.body.len() <= given.body.len());
        prop_assert_eq!((least, tries), shrink(given, stays));
    }
}

#[test]
fn every_rule_has_near_misses() {
    let mut runner = TestRunner::deterministic();
    for rule in spec::rules().iter().map(Rule::number) {
        let cases = near(rule).and_then(|cases| cases.new_tree(&mut runner).ok());
        assert!(
            cases.is_some_and(|tree| NEAR
                .iter()
                .any(|part| part.name == tree.current().kind && part.rules.contains(&rule))),
            "R{rule}"
        );
    }
    assert!(near(0).is_none());
}

#[test]
fn no_rule_is_rare() {
    const DRAWS: usize = 20_000;
    let mut counts = [0; 256];
    for case in draws(9).take(DRAWS) {
        let decided = judge(&case.response()).1;
        decided.into_iter().for_each(|rule| counts[usize::from(rule)] += 1);
    }
    // The example `distribution` holds 100,000 draws to 0.5%; of fewer a rule may happen to have less.
    let rare: Vec<usize> = spec::rules()
        .iter()
        .map(|rule| usize::from(rule.number()))
        .filter(|rule| counts[*rule] < DRAWS * 4 / 1_000)
        .collect();
    assert!(rare.is_empty(), "{rare:?}");
}

fn judge(response: &Rendered) -> (Option<Verdict>, BTreeSet<u8>) {
    let judgement = response.judgement();
    (judgement.verdict, judgement.decided)
}

// ---- Shrinking ----

/// The result of shrinking a response, and the number of tries.
fn shrink(given: Rendered, stays: impl Fn(&Rendered) -> bool) -> (Rendered, usize) {
    let mut tree = Shrink::new(given);
    let mut tried = Vec::new();
    while if stays(&tree.current()) { tree.simplify() } else { tree.complicate() } {
        assert!(tree.current().body.len() > 1_000 || !tried.contains(&tree.current()), "tried twice");
        tried.push(tree.current());
    }
    assert_eq!(tried.len(), tree.tries());
    (tree.current(), tree.tries())
}

/// One thing in a body of 300 bytes or more: what is around it must go.
#[test]
fn the_least_is_reached_in_few_tries() {
    type Row = (&'static str, &'static str, fn(&Rendered) -> bool, &'static str);
    let long = "é and ".repeat(100);
    let deep = format!("{}0{}", "[{\"a\":".repeat(36), "}]".repeat(36));
    let rows: [Row; 10] = [
        ("a lone surrogate", r"\ud83d", |it| has(it, r"\ud83d"), "\\ud83d"),
        ("a lone surrogate in a string of JSON", r"\ud83d", |it| judge(it).1.contains(&12), r#"["\ud83d"]"#),
        ("deeper than 64", "@deep", |it| levels(&it.body) > 64 && is_json(it), DEEP),
        (
            "a status and a code",
            "",
            |it| it.status == 429 && judge(it).0.is_some_and(|verdict| verdict.code != it.profile.fallback_code),
            r#"{"code":"a"}"#,
        ),
        ("a status 2xx and a code", "", |it| it.status / 100 == 2 && judge(it).1.contains(&32), r#"{"code":"a"}"#),
        ("two equal keys", r#"x","message":"y"#, |it| is_json(it) && judge(it).1.contains(&11), r#"{"msg":0,"msg":0}"#),
        (
            "a description over 500",
            "@long",
            |it| {
                judge(it).0.is_some_and(|it| {
                    it.description.is_some_and(|it| it.chars().count() == 500 && it.ends_with('\u{2026}'))
                })
            },
            LONG,
        ),
        ("the code of a reused token", "", |it| judge(it).1.contains(&45), r#"{"msg":"refresh_token_reused"}"#),
        ("a secret", "s3cr3t-t0ken", |it| judge(it).1.contains(&55), r#"{"msg":"aaaaaaaa"}"#),
        ("a run", "0123456789abcdefghij0123456789abcdefghij", |it| judge(it).1.contains(&56), RUN),
    ];
    for (name, text, stays, least) in rows {
        let text = text.replace("@long", &long).replace("@deep", "");
        let nested = if name == "deeper than 64" { deep.as_str() } else { "[]" };
        let body = format!(
            "{{\n  \"err\\u006fr\": {{\"type\": \"invalid_request_error\", \"code\": \"refresh_token_reused\", \"param\": null, \"message\": \"{text}\"}},\n  \
             \"data\": [1, {{\"a\": {nested}}}, true],\n  \"request_id\": \"req_0123456789\", \"error_uri\": \"https://idp.example/errors?id=7\"\n}}\n"
        );
        let status = if name.contains("2xx") { 204 } else { 429 };
        let profile = relogin_conformance::corpus::Profile { product: "P".into(), ..Rendered::default().profile };
        let given = Rendered {
            status: if name.contains("status") { status } else { 403 },
            content_type: Some("application/json; charset=utf-8".into()),
            headers: vec![("Retry-After".into(), " 120".into()), ("date".into(), "today".into())],
            body: body.into_bytes(),
            profile,
            secrets: vec!["other-secret".into(), "s3cr3t-t0ken".into()],
        };
        assert!(stays(&given), "{name}");
        let (shrunk, tries) = shrink(given, stays);
        let expected = least
            .replace("@open", &"[".repeat(65))
            .replace("@close", &"]".repeat(65))
            .replace("@letters", &"a".repeat(501));
        assert_eq!(String::from_utf8_lossy(&shrunk.body), expected, "{name} in {tries} tries");
        assert!(tries <= 100, "{name}: {tries} tries");
        assert_eq!((shrunk.content_type, shrunk.profile), (None, Rendered::default().profile), "{name}");
        assert_eq!(shrunk.secrets.len(), usize::from(name == "a secret"), "{name}");
    }
}

/// With 65 brackets of each kind, and 501 letters.
const DEEP: &str = "@open@close";
const LONG: &str = r#"{"msg":"@letters"}"#;
const RUN: &str = r#"{"msg":"aaaaaaaaaaaaaaaaaaaaaaaaaaaa89abaaaaaaaa"}"#;

#[test]
fn a_deep_body_is_shrunk_in_few_tries() {
    let body = format!("{{\"error\":\"a\",\"b\":{}0{}}}", "[{\"a\": ".repeat(2_500), "}]".repeat(2_500)).into_bytes();
    let stays = |it: &Rendered| judge(it).1.contains(&14) && has(it, "\"error\":");
    let (least, tries) = shrink(Rendered { body, ..Rendered::default() }, stays);
    assert_eq!(String::from_utf8_lossy(&least.body), format!("{{\"error\":0,\"\":{}", "[".repeat(64)));
    assert!(tries < 200, "{tries}");
}

#[test]
fn escapes_become_what_they_stand_for() {
    let shows = |it: &Rendered| {
        judge(it).0.is_some_and(|verdict| verdict.description.is_some_and(|text| text.contains('\u{e9}')))
    };
    for body in [r#"{"\u0065rror_description":"\u0063af\u00e9"}"#, "%65rror_description=caf%C3%A9"] {
        let content_type = (!body.starts_with('{')).then(|| "application/x-www-form-urlencoded".to_owned());
        let (least, tries) = shrink(Rendered { body: body.into(), content_type, ..Rendered::default() }, shows);
        let expected = if body.starts_with('{') { "{\"msg\":\"\u{e9}\"}" } else { "msg=\u{e9}" };
        assert_eq!((String::from_utf8_lossy(&least.body).as_ref(), tries < 80), (expected, true));
    }
}

#[test]
fn a_form_is_shrunk_too() {
    let body =
        b"?x=1&error_description=The+refresh%20token%2C+or+grant%2E&error=%69nvalid_grant&error_uri=https%3A%2F%2Fidp.example&&".to_vec();
    let given = Rendered {
        content_type: Some("Application/x-www-form-urlencoded ; charset=utf-8".into()),
        body,
        ..Rendered::default()
    };
    let (least, tries) = shrink(given.clone(), |it| has(it, "+") && judge(it).1.contains(&46));
    assert_eq!(String::from_utf8_lossy(&least.body), "msg=r+");
    assert_eq!(least.content_type.as_deref(), Some("application/x-www-form-urlencoded"));
    assert!(tries < 200, "{tries}");
    let (least, tries) = shrink(given, |it| it.content_type.as_deref().is_some_and(|value| value.contains("charset")));
    assert_eq!((least.body.as_slice(), least.content_type.as_deref()), (b"".as_slice(), Some("charset")));
    assert!(tries < 60, "{tries}");
}

#[test]
fn large_bodies_are_tried_seldom() {
    let padded = |size: usize| {
        let mut body = br#"{"error": "invalid_grant", "error_description": "gone"}"#.to_vec();
        body.resize(size, b' ');
        Rendered { body, ..Rendered::default() }
    };
    let (least, tries) = shrink(padded(2 * MIB), |it| it.body.len() > MIB);
    assert_eq!(least.body.len(), MIB + 1);
    assert!(tries < 80, "{tries}");
    let (least, tries) = shrink(padded(2 * MIB), |it| judge(it).1.contains(&32) || it.body.len() > MIB);
    assert!(least.body.len() < 30 && tries < 150, "{tries}");
    // Where everything counts, there is an end too.
    let numbers: Vec<String> = (0..MIB / 8).map(|number| number.to_string()).collect();
    let given = Rendered { body: format!("[{}]", numbers.join(",")).into_bytes(), ..Rendered::default() };
    let (least, tries) = shrink(given.clone(), |it| *it == given);
    assert!(least == given && tries < 200, "{tries}");
}

#[test]
fn strategies_begin_with_what_they_draw() {
    let mut runner = TestRunner::deterministic();
    let given = response().new_tree(&mut runner).expect("any response can be drawn").current();
    let mut tree = shrinkable(given.clone()).new_tree(&mut runner).expect("it can be shrunk");
    assert_eq!(tree.current(), given);
    while tree.simplify() {}
    assert_eq!(tree.current(), Rendered::default());
    // A case that is shrunk is one that renders to what it is shrunk to.
    let mut tree = strategy::nested().new_tree(&mut runner).expect("any case can be drawn");
    assert_eq!(tree.current().kind, "nested");
    while tree.simplify() {}
    assert_eq!((tree.current().kind, tree.current().response()), ("given", Rendered::default()));
}

// ---- Near misses ----

/// A drawn case, with its parts collected.
struct Seen {
    case: Case,
    it: Rendered,
    /// The strings of its body, decoded, and the keys.
    strings: Vec<String>,
    keys: Vec<String>,
}

#[test]
fn every_kind_of_near_miss_is_drawn() {
    let mut missing = kinds();
    for case in draws(1).take(20_000) {
        let it = case.response();
        let mut seen = Seen { it, strings: Vec::new(), keys: Vec::new(), case };
        if let Body::Json(json) = seen.case.body.clone() {
            collect(&json.value, &mut seen);
        }
        missing.retain(|(_, is_seen)| !is_seen(&seen));
    }
    let missing: Vec<String> = missing.into_iter().map(|(name, _)| name).collect();
    assert!(missing.is_empty(), "{missing:#?}");
}

fn collect(value: &Value, seen: &mut Seen) {
    match value {
        Value::Bare(_) => {}
        Value::Text(text) => seen.strings.push(says(text)),
        Value::Array(elements) => elements.iter().for_each(|element| collect(element, seen)),
        Value::Object(members) => members.iter().for_each(|(key, value)| {
            seen.keys.push(says(key));
            collect(value, seen);
        }),
        Value::Deep { inner, .. } => collect(inner, seen),
    }
}

fn says(text: &Text) -> String {
    let says = |piece: &Piece| match piece {
        Piece::Plain(text) | Piece::Escaped(text) | Piece::Verbatim(text) => text.to_string(),
        Piece::Times(text, times) => text.repeat(*times),
        Piece::Unit(unit) => char::from_u32(u32::from(*unit)).unwrap_or('\u{fffd}').to_string(),
    };
    text.0.iter().map(says).collect()
}

type Kind = (String, Box<dyn Fn(&Seen) -> bool>);

fn kinds() -> Vec<Kind> {
    let mut kinds: Vec<Kind> = Vec::new();
    let mut kind = |name: String, is_seen: Box<dyn Fn(&Seen) -> bool>| kinds.push((name, is_seen));
    for part in PARTS.iter().chain(&NEAR) {
        kind(format!("part {}", part.name), Box::new(|seen| seen.case.kind == part.name));
    }
    for status in [
        100, 199, 200, 201, 299, 300, 302, 399, 400, 401, 402, 403, 404, 405, 407, 408, 409, 415, 424, 425, 426, 428,
        429, 430, 499, 500, 501, 599, 600, 999,
    ] {
        kind(format!("status {status}"), Box::new(move |seen| seen.it.status == status));
    }
    for length in [0, 1, 127, 128, 129, 130] {
        kind(
            format!("a code of {length}"),
            Box::new(move |seen| seen.strings.iter().any(|text| text.chars().count() == length && text.is_ascii())),
        );
    }
    for length in 498..=502 {
        for letter in ["a", "é", "令", "\u{1f600}", "\u{301}"] {
            let is_it = move |text: &String| text.chars().count() == length && text.matches(letter).count() > 200;
            kind(format!("a text of {length} {letter}"), Box::new(move |seen| seen.strings.iter().any(is_it)));
        }
    }
    for (length, digits) in (38..=42).flat_map(|length| (0..=3).map(move |digits| (length, digits))) {
        let is_it = move |run: &str| run.len() == length && run.bytes().filter(u8::is_ascii_digit).count() == digits;
        let of_run = |c: char| c.is_ascii_alphanumeric() || "._~+=%-".contains(c);
        kind(
            format!("a run of {length} with {digits} digits"),
            Box::new(move |seen| seen.strings.iter().any(|text| text.split(|c| !of_run(c)).any(is_it))),
        );
    }
    for depth in 63..=66 {
        kind(
            format!("depth {depth}"),
            Box::new(move |seen| levels(&seen.it.body) == depth && seen.case.damages.is_empty()),
        );
        kind(
            format!("depth {depth} in a member that is replaced"),
            Box::new(move |seen| {
                levels(&seen.it.body) == depth && judge(&seen.it).1.contains(&11)
                    || depth > 64 && replaced_deep(seen, depth)
            }),
        );
    }
    for size in [MIB - 1, MIB, MIB + 1] {
        kind(format!("{size} bytes"), Box::new(move |seen| seen.it.body.len() == size));
    }
    for length in 7..=9 {
        kind(
            format!("a secret of {length} that is echoed"),
            Box::new(move |seen| {
                let is_it = |secret: &&String| secret.chars().count() == length;
                seen.it
                    .secrets
                    .iter()
                    .filter(is_it)
                    .any(|secret| seen.strings.iter().any(|text| text.contains(secret.as_str())))
            }),
        );
    }
    kind(
        "secrets that overlap".into(),
        Box::new(|seen| {
            let without_first = |text: &str| text.chars().skip(1).collect::<String>();
            matches!(&seen.it.secrets[..], [one, other, ..] if one != other && one.contains(&without_first(other)) && other.len() > 7)
        }),
    );
    kind(
        "a part of [redacted]".into(),
        Box::new(|seen| {
            seen.it.secrets.iter().any(|secret| secret.len() > 7 && "[redacted]".contains(secret.as_str()))
        }),
    );
    for count in 15..=17 {
        kind(format!("{count} strings in errors"), Box::new(move |seen| strings_in_errors(&seen.case) == count));
    }
    for (name, value) in [
        ("the form type", "application/x-www-form-urlencoded"),
        ("in another case", "APPLICATION/X-WWW-FORM-URLENCODED"),
        ("with a charset", "application/x-www-form-urlencoded; charset=utf-8"),
        ("with space", " \tapplication/x-www-form-urlencoded ; x"),
        ("with more", "application/x-www-form-urlencodedx"),
        ("with less", "application/x-www-form-urlencode"),
        ("with a no-break space", "\u{a0}application/x-www-form-urlencoded"),
        ("second in a list", ";application/x-www-form-urlencoded"),
    ] {
        kind(format!("content type: {name}"), Box::new(move |seen| seen.it.content_type.as_deref() == Some(value)));
    }
    for (name, front) in [
        ("once", "\u{feff}{"),
        ("twice", "\u{feff}\u{feff}{"),
        ("after a space", " \u{feff}{"),
        ("before a space", "\u{feff} {"),
    ] {
        kind(format!("byte order mark {name}"), Box::new(move |seen| seen.it.body.starts_with(front.as_bytes())));
    }
    for c in " \t\n\r\u{c}\u{b}\u{1c}\u{85}\u{a0}\u{feff}\u{200b}\u{3000}".chars() {
        kind(
            format!("{c:?} at an end"),
            Box::new(move |seen| seen.strings.iter().any(|text| text.len() > 4 && text.trim_matches(c) != text)),
        );
    }
    let characters = &Corpus::embedded().characters;
    for (first, last) in characters.ranges() {
        for c in [first, last].into_iter().filter_map(char::from_u32) {
            kind(format!("{c:?}"), Box::new(move |seen| seen.strings.iter().any(|text| text.contains(c))));
        }
    }
    for c in "\u{212a}\u{131}\u{130}\u{17f}\u{ff45}\u{ff34}".chars() {
        kind(
            format!("{c:?} in a word"),
            Box::new(move |seen| seen.strings.iter().any(|text| text.contains(c) && text.contains('_'))),
        );
    }
    for key in ["__proto__", "constructor", "Error", "ERROR", "Code", "error\0", "acceſs_token"] {
        kind(
            format!("the key {key:?}"),
            Box::new(move |seen| {
                seen.keys.iter().any(|it| it == key) || key == "Code" && seen.keys.iter().any(|it| it == "CODE")
            }),
        );
    }
    kind(
        "a key with space".into(),
        Box::new(|seen| seen.keys.iter().any(|key| key != "error" && key.trim() == "error")),
    );
    for text in [
        "NaN",
        "Infinity",
        "1e999",
        "-0",
        ":01",
        "1.",
        "/*",
        "//",
        ",}",
        ",]",
        "'a'",
        "\\x41",
        "\\u12\"",
        "\u{0}",
        "\\ud83d",
        "\\ude00\\ud83d",
        "\\/",
        "+1",
        "0x1f",
        "{product}",
        "{description}",
        "://",
        "about:",
        "URN:",
        "urn:",
        "[redacted]",
        "\u{1b}",
        "%zz",
        "%E9",
        "Invalid grant.",
        "INVALID_GRANT",
        "failed to refresh token: ",
    ] {
        kind(format!("{text:?}"), Box::new(move |seen| has(&seen.it, text) || text == "URN:" && has(&seen.it, "Urn:")));
    }
    kind("5,000 digits".into(), Box::new(|seen| has(&seen.it, &"7".repeat(5_000))));
    kind("not UTF-8".into(), Box::new(|seen| is_json_start(&seen.it) && std::str::from_utf8(&seen.it.body).is_err()));
    kind("a surrogate in UTF-8".into(), Box::new(|seen| seen.it.body.windows(3).any(|bytes| bytes == b"\xED\xA0\x80")));
    kind(
        "brackets in a string".into(),
        Box::new(|seen| seen.strings.iter().any(|text| text.matches(['[', '{']).count() > 65)),
    );
    kind("UTF-16".into(), Box::new(|seen| seen.it.body.starts_with(b"{\0\"\0")));
    kind("a placeholder in a profile".into(), Box::new(|seen| seen.it.profile.product.contains("{description}")));
    kind(
        "a success with an empty error".into(),
        Box::new(|seen| judge(&seen.it).0.is_none() && seen.keys.iter().any(|key| key == "error")),
    );
    kind(
        "a success with empty errors".into(),
        Box::new(|seen| judge(&seen.it).0.is_none() && seen.keys.iter().any(|key| key == "errors")),
    );
    kinds
}

fn replaced_deep(seen: &Seen, depth: usize) -> bool {
    levels(&seen.it.body) == depth && seen.keys.iter().filter(|key| *key == "error").count() > 1
}

fn strings_in_errors(case: &Case) -> usize {
    let Body::Json(Json { value: Value::Object(members), .. }) = &case.body else { return 0 };
    let errors = members.iter().find(|(key, _)| says(key) == "errors");
    let Some((_, Value::Array(elements))) = errors else { return 0 };
    elements.iter().filter(|element| matches!(element, Value::Text(_))).count()
}

fn has(response: &Rendered, text: &str) -> bool {
    response.body.windows(text.len()).any(|window| window == text.as_bytes())
}

fn is_json(response: &Rendered) -> bool {
    serde_json::from_slice::<IgnoredAny>(&response.body).is_ok()
}

fn is_json_start(response: &Rendered) -> bool {
    response.body.first() == Some(&b'{')
}

/// The most brackets that are open at once, outside of strings.
fn levels(body: &[u8]) -> usize {
    let (mut depth, mut most, mut in_string, mut escaped) = (0_usize, 0, false, false);
    for byte in body {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'{' | b'[' if !in_string => {
                depth += 1;
                most = most.max(depth);
            }
            b'}' | b']' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    most
}

/// Some bytes to draw from.
fn bytes(seed: u64) -> Vec<u8> {
    let hasher = BuildHasherDefault::<DefaultHasher>::new();
    (0..64).flat_map(|index| hasher.hash_one((seed, index)).to_le_bytes()).collect()
}
