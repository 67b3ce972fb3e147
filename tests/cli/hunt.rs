//! `relogin hunt`: it finds the bugs of wrong ports, finds the same with any number of processes, and copes with ports
//! that break.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::support::{
    BIN, HELLO, IMPATIENCE, ROOT, at_once, corpus, has_python, python, read, relogin, signal, snapshot, wait_until,
    write,
};
use relogin_conformance::corpus::Level;
use relogin_conformance::generate::{Rendered, strategy};
use relogin_conformance::hunt::{Finding, Found, Search, rules_beyond, search};
use relogin_conformance::protocol::Limits;

fn hunted(port: &str, cases: std::ops::Range<u64>, seed: u64, jobs: usize) -> Found {
    search(&search_for(port, cases, seed, jobs), |_, _| true).expect("the port starts")
}

fn search_for(port: &str, cases: std::ops::Range<u64>, seed: u64, jobs: usize) -> Search {
    let word = |word| if word == "python3" { python().unwrap_or(word) } else { word };
    let words: Vec<String> = port.split(' ').map(|one| word(one).to_owned()).collect();
    Search {
        words,
        seed,
        cases,
        time: None,
        level: None,
        jobs,
        limits: Limits::of(Duration::from_secs(120)),
        most_findings: 6,
    }
}

fn wrong(name: &str) -> String {
    format!("python3 {ROOT}/ports/wrong/wrong_port.py {name}")
}

fn python_at_core() -> String {
    format!("python3 {ROOT}/ports/python/port.py --level core")
}

#[test]
fn the_reference_agrees_with_itself() {
    agrees_with_itself(0..4_000);
}

#[test]
#[ignore = "the same on more responses, for half a minute"]
fn the_reference_agrees_with_itself_for_longer() {
    agrees_with_itself(4_000..40_000);
}

fn agrees_with_itself(cases: std::ops::Range<u64>) {
    let count = cases.end - cases.start;
    let found = hunted(&format!("{BIN} port"), cases, 7, 2);
    assert_eq!((found.asked, found.wrong, found.left_out, found.findings.len()), (count, 0, 0, 0));
}

/// A few thousand responses are enough to find each of these bugs. The response that remains is small and shows the
/// bug.
#[test]
fn a_bug_is_found_and_made_small() {
    are_found_and_made_small(&[
        ("first-duplicate-wins", 64, "", "R11"),
        ("form-ignored", 48, "=", "R16"),
        ("status-401-is-relogin", 8, "", ""),
    ]);
}

#[test]
#[ignore = "the same for other bugs, for half a minute"]
fn other_bugs_are_found_and_made_small() {
    are_found_and_made_small(&[
        ("bom-refused", 48, "\u{feff}", "R7"),
        ("no-depth-limit", 64 + 2 * 65, "[[", "R14"),
        ("lone-surrogate-crash", 64, "\\ud", "R12"),
    ]);
}

/// Each bug comes with the most bytes of the body that remains, a text in it, and the rule that the port breaks.
fn are_found_and_made_small(bugs: &[(&str, usize, &str, &str)]) {
    if !has_python() {
        return;
    }
    for &(name, most, shows, rule) in bugs {
        let found = hunted(&wrong(name), 0..4_000, 1, 2);
        let finding = found.findings.first().unwrap_or_else(|| unreachable!("{name} is found"));
        let body = String::from_utf8_lossy(&finding.response.body);
        assert!(body.len() <= most && body.to_lowercase().contains(shows), "{name}: {} bytes {body}", body.len());
        let rank = |finding: &Finding| (finding.signature.harm, finding.response.body.len());
        assert!(
            found.findings.is_sorted_by_key(rank),
            "{name}: the worst harm comes first, and the smallest within one"
        );
        assert!(finding.judged.is_some(), "{name}");
        let names_it = finding.rules.iter().take(2).any(|other| other.tag == rule);
        assert!(
            rule.is_empty() || names_it,
            "{name}: the rule that it breaks is one of the first two: {:?}",
            finding.rules
        );
        let is_arithmetic = |tag| ["R43", "R44", "R46", "R47", "R48"].contains(&tag);
        let are_telling =
            finding.rules.iter().all(|rule| rule.tag != finding.signature.rule && !is_arithmetic(rule.tag));
        assert!(are_telling, "{name}: {:?}", finding.rules);
    }
}

#[test]
fn the_same_seed_finds_the_same_for_any_number_of_jobs() {
    if !has_python() {
        return;
    }
    let findings = |jobs: usize| {
        let found = hunted(&wrong("case-sensitive-registry"), 0..1_500, 3, jobs);
        let one = |finding: &Finding| (finding.signature.clone(), finding.number, finding.response.clone());
        (found.asked, found.wrong, found.unreported, found.findings.iter().map(one).collect::<Vec<_>>())
    };
    let alone = findings(1);
    assert!(!alone.3.is_empty());
    assert_eq!(alone, findings(5));
}

/// As in `relogin check`: responses that rules of a higher level decide are left out, and a port that does not claim
/// the level fails.
#[test]
fn level_limits_the_rules_that_are_judged() {
    let search = |level| Search { level: Some(level), ..search_for(&format!("{BIN} port"), 0..600, 1, 1) };
    let of = |level| relogin_conformance::hunt::search(&search(level), |_, _| true).expect("the port starts");
    let (core, dialects, hardening) = (of(Level::Core), of(Level::Dialects), of(Level::Hardening));
    assert!(core.left_out > dialects.left_out && dialects.left_out > 0 && hardening.left_out == 0);
    assert!(core.asked > 0 && [core, dialects, hardening].iter().all(|found| found.wrong == 0));
    let hunt =
        |level: &str| relogin(&["hunt", "--cases", "20", "--port", &format!("{BIN} port"), "--level", level], b"");
    assert_eq!(hunt("core").status.code(), Some(0));
    if has_python() {
        let port = python_at_core();
        let output = relogin(&["hunt", "--cases", "20", "--port", &port, "--level", "dialects"], b"");
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(
            output.status.code() == Some(1) && text.contains("It claims level core, and --level asks for dialects."),
            "{text}"
        );
    }
}

#[test]
fn a_run_in_which_nothing_was_asked_fails() {
    let folder = corpus();
    let path = folder.path().join("core");
    write(&path, format!("{HELLO}\nwhile read -r line; do exit 9; done"));
    let port = format!("sh {}", path.display());
    // Of those that seed 1 draws, one with a rule of a higher level.
    let output = relogin(&["hunt", "--port", &port, "--only", "1"], b"");
    assert_eq!(output.status.code(), Some(1));
    snapshot(&folder, "hunt-left-out", &output);
    write(&path, format!("{}\nwhile read -r line; do exit 9; done", HELLO.replace(r#"["core"]"#, "[]")));
    let output = relogin(&["hunt", "--port", &port, "--cases", "300"], b"");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.code() == Some(1) && text.contains("Nothing was asked"), "{text}");
}

/// A field that the port does not declare is neither judged nor shown.
#[test]
fn only_declared_fields_that_differ_are_shown() {
    let folder = corpus();
    let path = folder.path().join("two");
    let answer = "seq=${line#*seq\\\":}; seq=${seq%%,*}; echo \"{\\\"seq\\\":$seq,\\\"verdict\\\":{\\\"code\\\":\\\"a\\\",\\\"relogin_required\\\":false}}\"";
    let hello = HELLO
        .replace(r#"["code","description","action","relogin_required","message"]"#, r#"["code","relogin_required"]"#);
    write(&path, format!("{hello}\nwhile read -r line; do {answer}; done"));
    let output = relogin(&["hunt", "--port", &format!("sh {}", path.display()), "--cases", "300", "--jobs", "1"], b"");
    assert_eq!(output.status.code(), Some(1));
    snapshot(&folder, "hunt-two-fields", &output);
    let text = String::from_utf8_lossy(&output.stdout);
    let place =
        |harm: &str| text.find(&format!(". {harm}: ")).unwrap_or_else(|| unreachable!("{harm} is found: {text}"));
    assert!(
        place("loops on a dead token") < place("a success taken for an error")
            && place("a success taken for an error") < place("text differs")
    );
    assert!(!text.contains("   message:") && text.contains("   relogin_required:"), "{text}");
}

#[test]
fn a_lower_level_is_judged_on_its_own_rules() {
    if !has_python() {
        return;
    }
    let found = hunted(&python_at_core(), 0..4_000, 1, 2);
    assert!(found.left_out > 400 && found.asked > 400, "{} left out, {} asked", found.left_out, found.asked);
    assert_eq!(found.wrong, 0, "{:?}", found.findings.first());
}

fn vector_files(corpus: &str) -> usize {
    let levels = std::fs::read_dir(format!("{corpus}/vectors")).expect("there are vectors").flatten();
    levels.map(|level| std::fs::read_dir(level.path()).map_or(0, Iterator::count)).sum()
}

/// A folder that cannot be made is an error before any request is sent. The folder is not left behind when there is
/// nothing to save.
#[test]
fn the_folder_of_save_is_made_first() {
    let folder = corpus();
    let (log, port) = (folder.path().join("log"), folder.path().join("port"));
    write(&port, format!("echo >{}\nexec {BIN} port", log.display()));
    let port = format!("sh {}", port.display());
    let hunt = |saved: &Path| {
        relogin(&["hunt", "--cases", "10", "--port", &port, "--save", &saved.display().to_string()], b"")
    };
    let output = hunt(&folder.path().join("codes.json/found"));
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{error}");
    assert!(error.contains("cannot create the folder ") && !log.exists(), "{error}");
    let saved = folder.path().join("found");
    let output = hunt(&saved);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(text.contains("Nothing was saved in ") && !saved.exists() && log.exists(), "{text}");
    assert_eq!(
        relogin(&["hunt", "--port", "/nowhere/port", "--save", &saved.display().to_string()], b"").status.code(),
        Some(3)
    );
    assert!(!saved.exists(), "a search that did not start leaves nothing");
}

#[test]
fn saved_findings_are_a_corpus_on_which_check_fails() {
    if !has_python() {
        return;
    }
    let folder = corpus();
    let saved = folder.path().join("found").display().to_string();
    let port = wrong("unknown-code-is-relogin");
    let arguments = ["hunt", "--port", &port, "--cases", "3000", "--findings", "3", "--save", &saved];
    let output = relogin(&arguments, b"");
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let files = std::fs::read_dir(&saved)
        .expect("the folder is there")
        .flatten()
        .filter(|entry| entry.path().is_file())
        .count();
    assert!(text.contains(&format!(" as vectors, in {} files", files + vector_files(&saved))), "{text}");
    let checked = relogin(&["check", "--corpus", &saved, "--port", &port], b"");
    let text = String::from_utf8_lossy(&checked.stdout);
    assert_eq!(checked.status.code(), Some(1), "{text}");
    assert!(
        text.contains("reference: ") && text.contains("unknown-code-is-relogin: 0 of "),
        "each of them fails: {text}"
    );
    let again = relogin(&arguments, b"");
    assert_eq!(again.status.code(), Some(2), "it overwrites nothing");
}

/// After a first batch on which the port broke nearly always, the hunt gives up, with any number of processes.
#[test]
fn a_port_that_breaks_on_nearly_everything_is_given_up() {
    let folder = corpus();
    let answers = "seq=${line#*seq\\\":}; seq=${seq%%,*}; echo \"{\\\"seq\\\":$seq,\\\"verdict\\\":null}\"";
    let noisy = format!("while read -r line; do echo hm; {answers}; done");
    let ports = [
        ("exits", "read -r line; exit 9", 120, 40, "exit(9)"),
        ("hangs", "while read -r line; do sleep 1000; done", 3, 1, "silence"),
        ("talks", "while read -r line; do echo hm; done", 3, 1, "not-json"),
        ("noisy", &noisy, 120, 64, "noise"),
    ];
    let searches = at_once(&ports, |(name, script, limit, ..)| {
        let path = folder.path().join(name);
        write(&path, format!("{HELLO}\n{script}"));
        let port = format!("sh {}", path.display());
        [2, 1].map(|jobs| {
            let limits = Limits::of(Duration::from_secs(*limit));
            search(&Search { limits, ..search_for(&port, 0..100_000, 1, jobs) }, |_, _| true).expect("the port starts")
        })
    });
    for ((name, _, _, broken, outcome), [found, alone]) in ports.iter().zip(searches) {
        assert!(found.given_up.is_some() && !found.is_whole() && found.start_error.is_none(), "{name}: {found:?}");
        assert!(found.asked + found.left_out + found.not_asked == 256, "{name}: the first batch is the last");
        assert!(found.broken >= *broken && found.broken == found.wrong, "{name}: {} of {}", found.broken, found.asked);
        let outcomes: Vec<_> = found.findings.iter().map(|finding| finding.signature.outcome.to_string()).collect();
        assert_eq!(outcomes, [*outcome], "{name}: one break is reported");
        assert_eq!((alone.asked, alone.wrong, alone.given_up), (found.asked, found.wrong, found.given_up), "{name}");
    }
}

#[test]
fn the_report_about_a_port_that_is_given_up() {
    let folder = corpus();
    let path = folder.path().join("hangs");
    write(&path, format!("{HELLO}\nwhile read -r line; do sleep 1000; done"));
    let output = relogin(&["hunt", "--port", &format!("sh {}", path.display()), "--timeout", IMPATIENCE], b"");
    assert_eq!(output.status.code(), Some(3));
    snapshot(&folder, "hunt-given-up", &output);
}

#[test]
fn a_port_that_cannot_be_started_again_ends_the_search() {
    let folder = corpus();
    let path = folder.path().join("goes");
    write(&path, format!("{HELLO}\nrm -f \"$0\"\nread -r line; exit 9"));
    let output = relogin(&["hunt", "--port", &format!("sh {}", path.display()), "--cases", "300", "--jobs", "1"], b"");
    let text = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(3), "{text}");
    assert!(text.contains("The search ended early: ") && text.contains("Nothing was asked"), "{text}");
}

/// A break that does not come again cannot be made small; it is reported all the same.
#[test]
fn a_port_that_breaks_once_is_reported() {
    let folder = corpus();
    let (path, marker) = (folder.path().join("once"), folder.path().join("marker").display().to_string());
    write(&path, format!("if [ -e {marker} ]; then exec {BIN} port; fi\n: >{marker}\nsed -u 20q | {BIN} port\nexit 7"));
    let output = relogin(&["hunt", "--port", &format!("sh {}", path.display()), "--cases", "600", "--jobs", "1"], b"");
    let text = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(
        text.contains("0 wrong of 600")
            && text.contains("It broke 1 time on requests that it answered when asked again"),
        "{text}"
    );
}

/// A finding that needs the responses before it says so, with a command that asks them as well.
#[test]
fn a_finding_that_depends_on_state() {
    let folder = corpus();
    let path = folder.path().join("counts");
    // Right 30 times, and then it ends, also when each request is sent alone.
    write(&path, format!("sed -u 31q | {BIN} port\nexit 7"));
    let output = relogin(&["hunt", "--port", &format!("sh {}", path.display()), "--cases", "100", "--jobs", "1"], b"");
    assert_eq!(output.status.code(), Some(1));
    snapshot(&folder, "hunt-state", &output);
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(
        text.contains("no answer: exit(7)")
            && text.contains("Wrong only after the responses before it")
            && !text.contains("--only"),
        "{text}"
    );
}

/// Each finding is seen again by a new process: earlier candidates have no part in it.
#[test]
fn a_finding_is_seen_by_a_new_process() {
    let folder = corpus();
    let path = folder.path().join("tires");
    // It throws at status 401, and from its third request on in any case.
    let answer = "seq=${line#*seq\\\":}; seq=${seq%%,*}; echo \"{\\\"seq\\\":$seq,$what}\"";
    let throws =
        "n=x$n; what='\"verdict\":null'; case $n$line in xxx*|*'\"status\":401,'*) what='\"error\":\"tired\"';; esac";
    write(&path, format!("{HELLO}\nwhile read -r line; do {throws}; {answer}; done"));
    let is_asked = |response: &Rendered| response.status == 401 && rules_beyond(Some(Level::Core), response).is_empty();
    let number = (0..).find(|number| is_asked(&strategy::draw(1, *number).response())).expect("one is drawn");
    let found = hunted(&format!("sh {}", path.display()), number..number + 1, 1, 1);
    let finding = found.findings.first().expect("it is wrong");
    assert!(finding.judged.is_some() && finding.response.status == 401, "{finding:?}");
}

/// A port that is silent about some responses costs its limit each time, so the number of silences is bounded, for all
/// kinds together.
#[test]
#[ignore = "waits for two minutes"]
fn a_port_that_hangs_is_found_in_bounded_time() {
    let folder = corpus();
    let (path, log) = (folder.path().join("hangs"), folder.path().join("log"));
    // It takes every response for a success, and is silent about two statuses that several rules decide.
    let answer = "seq=${line#*seq\\\":}; seq=${seq%%,*}; echo \"{\\\"seq\\\":$seq,\\\"verdict\\\":null}\"";
    let is_heard = "case $line in *'\"status\":401'*) echo hm; sleep 1000;; *'\"status\":403'*) sleep 1000;; esac";
    write(&path, format!("echo >>{}\n{HELLO}\nwhile read -r line; do {is_heard}; {answer}; done", log.display()));
    let port = format!("sh {}", path.display());
    let impatient =
        Search { limits: Limits::of(Duration::from_secs(2)), most_findings: 20, ..search_for(&port, 0..70, 1, 1) };
    let found = search(&impatient, |_, _| true).expect("the port starts");
    assert!(found.findings.iter().any(|finding| finding.signature.outcome.name() == "not-json"), "{found:?}");
    let silent = found.findings.iter().filter(|finding| finding.signature.outcome.name() == "silence");
    assert!(
        silent.clone().count() > 0
            && silent.clone().all(|finding| finding.judged.as_ref().is_some_and(|judged| judged.note.is_some())),
        "{found:?}"
    );
    // 25 silences while searching, 50 s in all, and 16 while making small, and a process for each of the findings.
    let starts = std::fs::read_to_string(log).expect("it has written").lines().count();
    assert!(starts <= 1 + 25 + 16 + found.findings.len() + found.unreported, "{starts}");
}

/// The first interrupt ends the search; the findings so far are reported.
#[test]
fn an_interrupt_loses_no_finding() {
    let folder = corpus();
    let (path, log) = (folder.path().join("null"), folder.path().join("log"));
    // It takes every response for a success.
    let loop_ = "while read -r line; do echo >&2; seq=${line#*seq\\\":}; seq=${seq%%,*}; echo \"{\\\"seq\\\":$seq,\\\"verdict\\\":null}\"; done";
    write(&path, format!("exec 2>>{}\n{HELLO}\n{loop_}", log.display()));
    let port = format!("sh {}", path.display());
    let mut child = Command::new(BIN)
        .args(["hunt", "--for", "1h", "--findings", "1", "--port", &port])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("relogin starts");
    // The first 256 are judged before others are sent.
    wait_until("it is asked", || std::fs::metadata(&log).is_ok_and(|log| log.len() > 600));
    assert!(child.try_wait().expect("it can be asked").is_none(), "without --cases only the time ends it");
    // As from `timeout`, which signals the program and then its group.
    signal("INT", child.id());
    signal("INT", child.id());
    let output = child.wait_with_output().expect("relogin ends");
    let (text, error) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(130), "{error}");
    assert!(error.starts_with("interrupted; the findings so far") && text.contains("1 finding"), "{text}{error}");
}

#[test]
fn the_report_of_a_hunt() {
    let folder = corpus();
    let path = folder.path().join("crash");
    write(&path, format!("{HELLO}\nread -r line; exit 9"));
    let missing = relogin(&["hunt", "--port", "/nowhere/port", "--cases", "1"], b"");
    assert_eq!(missing.status.code(), Some(3));
    snapshot(&folder, "hunt-port-missing", &missing);
    snapshot(&folder, "hunt-help", &relogin(&["hunt", "--help"], b""));
    for (name, arguments) in [("time", ["--for", "soon"]), ("cases", ["--cases", "0"])] {
        let output = relogin(&[&["hunt", "--port", "x"][..], &arguments].concat(), b"");
        assert_eq!(output.status.code(), Some(2), "{name}");
        snapshot(&folder, &format!("error-hunt-{name}"), &output);
    }
    if has_python() {
        let output = relogin(&["hunt", "--port", &wrong("bom-refused"), "--cases", "2000", "--findings", "2"], b"");
        assert_eq!(output.status.code(), Some(1));
        snapshot(&folder, "hunt-bom-refused", &output);
        let output = relogin(&["hunt", "--port", &wrong("recursion-crash"), "--cases", "4000", "--findings", "1"], b"");
        snapshot(&folder, "hunt-recursion-crash", &output);
    }
    let output = relogin(&["hunt", "--port", &format!("{BIN} port"), "--cases", "1000"], b"");
    assert_eq!(output.status.code(), Some(0));
    snapshot(&folder, "hunt-no-finding", &output);
}

/// The guide quotes a report; `...` stands for the rest.
#[test]
fn the_guide_quotes_a_real_report() {
    let (guide, printed) = (read("docs/hunt.md"), read("snapshots/hunt-bom-refused.snap"));
    let shown = guide
        .split("## Reading a finding")
        .nth(1)
        .and_then(|rest| rest.split("```").nth(1))
        .expect("the guide shows a finding");
    let parts: Vec<&str> = shown.lines().flat_map(|line| line.split(" ...")).map(str::trim_end).collect();
    assert!(parts.len() > 8);
    assert!(read("docs/write-a-port.md").contains("](hunt.md)"), "the guide for authors of ports links to the hunt");
    for part in parts {
        let part = part.trim_matches(' ').trim_end_matches(',');
        assert!(printed.contains(part.trim_end_matches('}')), "not printed: {part}");
    }
}

#[test]
fn a_deadline_ends_the_search() {
    let folder = corpus();
    let path = folder.path().join("mute");
    write(&path, format!("{HELLO}\ncat >/dev/null"));
    let output = relogin(&["hunt", "--port", &format!("sh {}", path.display()), "--deadline", "20"], b"");
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stdout).contains("it had reached its deadline (--deadline)"), "{output:?}");
}
