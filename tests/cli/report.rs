//! Reports that say what to fix first: groups, in every format; and the rules that they name.

use std::fs;

use crate::support::{DEAD, HELLO, PAGE, check, corpus, has_python, relogin, reply, snapshot, write};
use relogin_conformance::corpus::spec;
use relogin_conformance::report::Format;

/// A port that signs a live user out, and breaks on a success.
fn harmful(folder: &tempfile::TempDir) -> String {
    let page =
        PAGE.replace("\"retry\"", "\"relogin\"").replace("\"relogin_required\":false", "\"relogin_required\":true");
    let script = folder.path().join("port.sh");
    let broken = "echo '{\"seq\":3,\"error\":\"KeyError: no error\"}'";
    write(&script, format!("{HELLO}\n{}\n{}\n{broken}\ncat >/dev/null\n", reply(1, DEAD), reply(2, &page)));
    format!("sh {}", script.display())
}

#[test]
fn groups_stand_in_every_format() {
    let folder = corpus();
    let port = harmful(&folder);
    for format in [Format::Human, Format::Github, Format::Junit, Format::Html] {
        let output = check(&folder, &port, &["--format", format.as_str()]);
        assert_eq!(output.status.code(), Some(1));
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        for part in ["One rule explains the sign-out of a live user: R20 (1)", "KeyError", "R20"] {
            assert!(text.contains(part), "{format:?}: {part}: {text}");
        }
        if matches!(format, Format::Human | Format::Github) {
            snapshot(&folder, &format!("report-groups-{}", format.as_str()), &output);
        }
    }
    let output = check(&folder, &port, &["--harm", "no_answer"]);
    snapshot(&folder, "report-groups-of-a-harm", &output);
    let output = check(&folder, &port, &["--harm", "sadness"]);
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn a_green_run_with_a_baseline_says_in_every_format_what_is_known() {
    let folder = corpus();
    let port = harmful(&folder);
    let baseline = folder.path().join("baseline").display().to_string();
    let blessed = check(&folder, &port, &["--baseline", &baseline, "--bless-harm"]);
    assert_eq!(blessed.status.code(), Some(0), "{}", String::from_utf8_lossy(&blessed.stderr));
    for format in Format::ALL {
        let output = check(&folder, &port, &["--baseline", &baseline, "--format", format.as_str()]);
        assert_eq!(output.status.code(), Some(0), "{format:?}");
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(text.contains("No new failures; 2 known, of which 1 signs out a live user"), "{format:?}: {text}");
        assert!(!text.contains("comes to harm"), "{format:?}");
    }
}

#[test]
fn github_gets_at_most_ten_errors() {
    if !has_python() {
        return;
    }
    let port = ["--port", "python3 ports/example/port.py 0"];
    let output = relogin(&[&["check", "--level", "core", "--format", "github"], &port[..]].concat(), b"");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = text.lines().filter(|line| line.starts_with("::error ")).count();
    assert_eq!(errors, 10, "it breaks more rules than that: {text}");
    assert_eq!(text.lines().filter(|line| line.starts_with("::notice ")).count(), 1);
}

/// The secrets of a vector, and bytes that are not UTF-8, stand beside the difference.
#[test]
fn a_failure_shows_its_secrets_and_its_bytes() {
    let folder = corpus();
    let path = folder.path().join("vectors/core/few.json");
    let text = fs::read_to_string(&path).expect("the vectors were written");
    write(&path, text.replace("\"base64\": \"Gw==\"", "\"base64\": \"/w==\""));
    for format in [Format::Human, Format::Github, Format::Junit, Format::Html] {
        let output = check(&folder, &harmful(&folder), &["--format", format.as_str()]);
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(text.contains("s3cr3t-t0ken") && text.contains("3c 68 31 3e ff"), "{format:?}: {text}");
    }
}

#[test]
fn a_rule_is_printed_with_its_reason_and_its_vectors() {
    let folder = corpus();
    for (name, arguments) in
        [("rule", vec!["rule", "r36"]), ("rule-withdrawn", vec!["rule", "R39"]), ("rule-unknown", vec!["rule", "R999"])]
    {
        snapshot(&folder, name, &relogin(&arguments, b""));
    }
    assert_eq!(relogin(&["rule", "36"], b"").stdout, relogin(&["rule", "R36"], b"").stdout);
    let all = relogin(&["rule", "R32", "--all"], b"");
    assert!(!String::from_utf8_lossy(&all.stdout).contains("--all lists all"));
    let list = String::from_utf8_lossy(&relogin(&["rule"], b"").stdout).into_owned();
    assert_eq!(list.lines().count(), spec::rules().len());
    for rule in spec::rules() {
        let output = relogin(&["rule", rule.tag], b"");
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(text.starts_with(&format!("{} {}", rule.tag, rule.name)) && !text.contains("\n###"), "{text}");
    }
}
