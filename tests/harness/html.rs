//! The page of a run: foreign strings make no markup, the same results make the same page, and its size is bounded.
//! `tests/cli/formats.rs` holds its policy to its hashes.

use std::io::Write as _;
use std::process::Command;

use relogin::Action;
use relogin_conformance::check;
use relogin_conformance::check::{
    BaselineResult, Difference, Edit, Harm, Header, Identity, Implementation, Judged, Outcome, Results, RunEnd, STREAM,
    VectorInfo, Why,
};
use relogin_conformance::corpus::{Corpus, Item, Level, Verdict};
use relogin_conformance::protocol::Field;
use relogin_conformance::report::{Format, Shown};
use serde_json::{Value, json};

/// Both sort before our names, so that the two pages have the same parts.
const TAME: &str = "0 tame";
const HOSTILE: &str = "\"'></script></style><script>document.title=1</script><img src=x onerror=document.title=2><!--]]>{{7*7}}\
    \u{0}\u{1b}[31m\u{9b}\u{202e}\u{fffd}\r\n<a href=javascript:document.title=3>&lt;";

fn page(results: &Results) -> String {
    String::from_utf8(Format::Html.to_bytes(results, &Shown::default())).expect("a page is UTF-8")
}

/// A run with this text in every place for a foreign string.
fn run(text: &str) -> Results {
    let own = || text.to_owned();
    let verdict = Verdict {
        code: own(),
        description: Some(own()),
        action: Action::Relogin,
        relogin_required: true,
        message: own(),
        retry_after: None,
    };
    let vector = |id: String, body: &str, expect: Option<Verdict>| VectorInfo {
        id,
        title: own(),
        rules: vec![own(), "R1".into()],
        status: Some(400),
        members: None,
        content_type: Some(own()),
        headers: vec![(own(), own())],
        secrets: vec![own()],
        profile: Some(own()),
        body_bytes: 9,
        body: body.to_owned(),
        expect,
    };
    let vectors = vec![
        vector(
            format!("core/a/{text}"),
            &base64::Engine::encode(&base64::engine::general_purpose::STANDARD, text),
            Some(verdict),
        ),
        vector(format!("core/b{text}/c"), text, None),
        vector(format!("{text}/d/e"), "", None),
    ];
    let judged = |outcome: &str, harm, is_known| Judged {
        outcome: outcome.parse::<Outcome>().expect("an outcome"),
        is_known,
        harm,
        differences: vec![
            Difference { field: Field::Code, expected: json!(text), actual: Some(json!([text, { text: text }])) },
            Difference {
                field: Field::Message,
                expected: json!(format!("the same {text}")),
                actual: Some(json!(format!("the same too {text}"))),
            },
            Difference { field: Field::Action, expected: Value::Null, actual: None },
        ],
        unexpected: Some(json!({ text: text })),
        sweep: None,
        note: Some(own()),
    };
    let identity = |name: &str| Identity {
        name: format!("{text}{name}"),
        language: own(),
        version: own(),
        level: Some(Level::Core),
        fields: vec![Field::Code],
    };
    let edit =
        Edit { why: Why::NewFailure, line: Some(1), remove: Some(own()), add: vec![own()], needs_bless_harm: true };
    let end = RunEnd {
        not_run: None,
        problems: vec![own()],
        stderr: vec![own(), own()],
        baseline: Some(BaselineResult { file: own(), edits: vec![edit], is_blessed: false }),
    };
    let failing = Implementation {
        identity: identity("1"),
        results: vec![
            judged("wrong(code)", Some(Harm::Leaks), false),
            judged("exit(3)", None, true),
            judged("skip", None, false),
        ],
        end,
    };
    let header = Header {
        stream: STREAM,
        suite: own(),
        level: Some(Level::Core),
        filter: Some(own()),
        vectors: 3,
        notes: vec![own()],
    };
    Results::new(header, vectors, vec![failing, Implementation::not_run(&format!("{text}2"), text)])
}

#[test]
fn a_string_makes_no_markup() {
    let tags = |page: &str| -> Vec<String> {
        page.split('<')
            .skip(1)
            .map(|rest| rest.split('>').next().expect("a split has a first part").to_owned())
            .collect()
    };
    let (hostile, tame) = (page(&run(HOSTILE)), page(&run(TAME)));
    assert!(hostile.contains("&lt;script&gt;document.title=1"), "it is shown");
    // The same attributes too: none holds a foreign string.
    assert_eq!(tags(&hostile), tags(&tame));
    for (most, of) in [(1, "<script>"), (1, "<style>"), (0, " style="), (0, " src="), (0, "href=\"j"), (0, "49")] {
        assert_eq!(tame.matches(of).count(), most, "{of}");
    }
    assert!(hostile.contains("{{7*7}}"), "strings are not templates");
    assert!(!hostile.chars().any(|c| c != '\n' && relogin_conformance::text::is_hidden(c)));
}

#[test]
fn the_same_results_make_the_same_page() {
    let results = run(HOSTILE);
    let mut stream = Vec::new();
    results.write(&mut stream).expect("memory can be written to");
    let read = Results::read(stream.as_slice(), "stream").expect("it was written by us");
    assert!(page(&results) == page(&results) && page(&results) == page(&read), "by way of a file too");
}

/// Four that conform, on the whole corpus: the page says so, lists each vector, and is small enough to be attached to
/// anything.
#[test]
fn a_page_on_which_all_conform_is_small() {
    let corpus = Corpus::embedded();
    let vectors: Vec<Item<'_>> = corpus.items().collect();
    let one = check::judge_reference(corpus, &vectors, |_| {});
    let named =
        |name: &str| Implementation { identity: Identity { name: name.into(), ..one.identity.clone() }, ..one.clone() };
    let header = Header {
        stream: STREAM,
        suite: "1".into(),
        level: None,
        filter: None,
        vectors: vectors.len(),
        notes: Vec::new(),
    };
    let infos = vectors.iter().map(|item| check::info(*item)).collect();
    let page = page(&Results::new(header, infos, ["a", "b", "c", "d"].map(named).to_vec()));
    assert!(page.contains("<h1>Everything that was judged conforms.</h1>"));
    assert!(vectors.iter().all(|vector| page.contains(&vector.id().replace('/', "&#x2f;"))), "each vector is found");
    assert!(page.len() < 1_000 * vectors.len(), "{} bytes", page.len());
}

#[test]
fn a_page_of_many_failures_is_bounded_and_says_so() {
    let mut results = run(TAME);
    let vector = results.vectors[0].clone();
    results.vectors = (0..400).map(|number| VectorInfo { id: format!("core/a/{number}"), ..vector.clone() }).collect();
    let mut one = results.implementations[0].clone();
    one.results = vec![one.results[0].clone(); 400];
    let named = |number: usize| Implementation {
        identity: Identity { name: number.to_string(), ..one.identity.clone() },
        ..one.clone()
    };
    let header = Header { vectors: 400, ..results.header.clone() };
    let page = page(&Results::new(header, results.vectors, (0..90).map(named).collect()));
    assert_eq!(page.matches("<details class=\"entry\" data-v").count(), 90 * 33);
    assert_eq!(page.matches("<p class=\"entry\" data-v").count(), 90 * 300);
    assert!(page.contains("There are 36000, and this page lists 29970 of them"));
    assert!(page.contains("The first 33 are shown in full") && page.contains("The last 67 are not listed"));
    assert!(page.len() < 16_000_000, "{} bytes", page.len());
}

/// The groups come first, each with an open example, and each rule that is named is a link to its text.
#[test]
fn groups_come_first_and_rules_are_links() {
    let page = page(&run(TAME));
    let (first, summary) = (page.find("<section id=\"first\">"), page.find("<section id=\"summary\">"));
    assert!(first.is_some() && first < summary, "{first:?} {summary:?}");
    assert_eq!(page.matches("<details class=\"example\" open>").count(), 1, "the other failure is in the baseline");
    assert!(page.contains("<a href=\"#R1\">R1</a>") && page.contains("<article id=\"R1\">"));
    assert!(page.contains("<dt>Secret<dd>0 tame"));
    let of_another_harm = Shown { harms: vec![Harm::WrongCure], ..Shown::default() };
    let filtered = String::from_utf8(Format::Html.to_bytes(&run(TAME), &of_another_harm)).expect("a page is UTF-8");
    assert!(!filtered.contains("<section id=\"first\">") && !filtered.contains("class=\"entry\" data-v"));
}

/// Chromium runs the script of the page, by its own policy, and none of the strings.
#[test]
#[ignore = "needs Chromium, as `chromium` or what RELOGIN_CHROMIUM names"]
fn a_browser_runs_the_script_of_the_page_and_no_other() {
    let folder = tempfile::tempdir().expect("there is room for a folder");
    let path = folder.path().join("page.html");
    std::fs::write(&path, page(&run(HOSTILE))).expect("there is room for a page");
    let chromium = std::env::var("RELOGIN_CHROMIUM").unwrap_or_else(|_| "chromium".into());
    let output = Command::new(&chromium)
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
        ])
        .args(["--disable-component-update", "--disable-sync", "--dump-dom"])
        .arg(format!("--user-data-dir={}", folder.path().join("user").display()))
        .arg(format!("file://{}", path.display()))
        .output();
    let output = match output {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let _ = writeln!(std::io::stderr(), "skipped: there is no {chromium} here");
            return;
        }
        output => output.expect("Chromium starts"),
    };
    let dom = String::from_utf8_lossy(&output.stdout);
    assert!(
        dom.contains("Shown: 3 of 3 failures and skips, 3 of 3 vectors."),
        "the script ran: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(dom.contains("<title>relogin: 2 of 2"), "a string ran");
    assert_eq!((dom.matches("<script").count(), dom.matches("<img").count()), (1, 0));
}
