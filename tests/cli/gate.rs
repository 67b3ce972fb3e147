//! The gate: ports that break in the middle of a run, several at once, interrupts, baselines, and reports that go to
//! files.
#![expect(clippy::print_stderr, reason = "a skipped port is reported")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Output, Stdio};

use crate::support::{
    BIN, DEAD, HELLO, IMPATIENCE, PAGE, PATIENCE, ROOT, at_once, check, corpus, has_python, program, relogin, reply,
    signal, snapshot, wait_until, write,
};
use relogin_conformance::check::{Implementation, Results};
use relogin_conformance::report::Format;
use tempfile::TempDir;

/// The results of a run, read from its JSON.
fn results(output: &Output) -> Results {
    Results::read(output.stdout.as_slice(), "the output").expect("the output is results")
}

/// The number of times that each outcome came.
fn outcomes(implementation: &Implementation) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    implementation.results.iter().for_each(|judged| *counts.entry(judged.outcome.to_string()).or_default() += 1);
    counts
}

/// A port that misbehaves once in the middle of the run. Started again, it is the reference.
fn once(folder: &TempDir, name: &str, what: &str) -> String {
    let (script, marker) = (folder.path().join(name), folder.path().join(format!("{name}.marker")));
    let marker = marker.display();
    // Requests that `sed` has read and not passed on are lost with this process, as in a crash.
    write(
        &script,
        format!("if [ -e {marker} ]; then exec {BIN} port; fi\n: >{marker}\nsed -u 300q | {BIN} port\n{what}\n"),
    );
    format!("sh {}", script.display())
}

#[test]
fn a_port_that_breaks_once_in_the_middle_loses_no_result() {
    let folder = TempDir::new().expect("there is room for a folder");
    // Each of the silent ones is silent once, and answers 1,000 requests besides.
    let ports = [
        ("kill", "kill -KILL $$", PATIENCE, "was killed by signal 9"),
        ("stop", "kill -STOP $$", "10", "did not reply within 10 s"),
        ("full-pipe", "sleep 1000", "10", "did not reply within 10 s"),
        ("exit", "exit 7", PATIENCE, "exited with status 7"),
    ];
    let outputs = at_once(&ports, |(name, what, limit, _)| {
        relogin(&["check", "--port", &once(&folder, name, what), "--timeout", limit, "--format", "json"], b"")
    });
    for ((name, .., message), output) in ports.iter().zip(outputs) {
        assert_eq!(output.status.code(), Some(1), "{name}");
        let results = results(&output);
        let port = &results.implementations[1];
        assert_eq!(outcomes(port), BTreeMap::from([("pass".to_owned(), results.vectors.len())]), "{name}");
        let [problem] = port.end.problems.as_slice() else { unreachable!("{name}: {:?}", port.end.problems) };
        assert!(
            problem.contains(message) && problem.ends_with("not again when each was sent alone"),
            "{name}: {problem}"
        );
    }
}

#[test]
fn a_port_that_always_breaks_on_one_request_is_blamed_for_that_one() {
    let folder = corpus();
    let ports = [
        ("kill", "kill -SEGV $$", PATIENCE, "signal(11)"),
        ("stop", "kill -STOP $$", IMPATIENCE, "silence"),
        ("exit", "exit 3", PATIENCE, "exit(3)"),
        ("close", "exec >&-; sleep 1000", PATIENCE, "closed-output"),
    ];
    let outputs = at_once(&ports, |(name, what, limit, _)| {
        let path = folder.path().join(name);
        let (first, third) = (reply(1, DEAD), reply(3, "null"));
        write(
            &path,
            format!(
                "{HELLO}\nwhile read -r line; do case $line in *'\"seq\":1,'*) {first};; *'\"seq\":2,'*) {what};; *) {third};; esac; done"
            ),
        );
        check(&folder, &format!("sh {}", path.display()), &["--timeout", limit, "--format", "json"])
    });
    for ((name, .., outcome), output) in ports.iter().zip(outputs) {
        let results = results(&output);
        let found: Vec<String> =
            results.implementations[1].results.iter().map(|judged| judged.outcome.to_string()).collect();
        assert_eq!(found, ["pass", *outcome, "pass"], "{name}");
        assert_eq!(results.implementations[1].end.problems, Vec::<String>::new(), "{name}");
    }
}

#[test]
fn a_port_that_never_answers_is_given_up() {
    let folder = TempDir::new().expect("there is room for a folder");
    let path = folder.path().join("mute");
    write(&path, format!("{HELLO}\ncat >/dev/null"));
    let output = relogin(
        &["check", "--port", &format!("sh {}", path.display()), "--timeout", IMPATIENCE, "--format", "json"],
        b"",
    );
    let results = results(&output);
    let counts = outcomes(&results.implementations[1]);
    assert_eq!(counts.keys().map(String::as_str).collect::<Vec<&str>>(), ["not-run", "silence", "unclaimed"]);
    let note = results.implementations[1].results[0].note.clone().unwrap_or_default();
    assert!(note.contains("check its output buffering"), "{note}");
}

#[test]
fn a_start_has_a_limit_of_its_own() {
    let output = relogin(&["check", "--port", "sleep 1000", "--timeout", PATIENCE, "--start-timeout", "1"], b"");
    assert_eq!(output.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&output.stdout).contains("did not answer hello within 1 s"), "{output:?}");
}

#[test]
fn ports_run_side_by_side_and_are_reported_in_the_order_of_the_command_line() {
    let folder = corpus();
    let slow = folder.path().join("slow");
    write(&slow, format!("sleep 1; exec {BIN} port"));
    let (slow, fast) = (format!("sh {}", slow.display()), format!("{BIN} port"));
    for jobs in ["1", "2", "8"] {
        let output =
            check(&folder, &slow, &["--port", &fast, "--port", "/nowhere/port", "--jobs", jobs, "--format", "json"]);
        assert_eq!(output.status.code(), Some(3));
        let names: Vec<String> = results(&output).implementations.into_iter().map(|one| one.identity.name).collect();
        assert_eq!(names, ["reference", "relogin", "relogin (2)", "/nowhere/port"], "{jobs}");
    }
}

/// The reference behind a delay of a function of `n`, which is 1 for the body of the vector.
const DELAYED: &str = "import subprocess, sys, time
port = subprocess.Popen([sys.argv[1], 'port'], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
for line in sys.stdin.buffer:
    n = len(line) / 267_000
    time.sleep(eval(sys.argv[2]))
    port.stdin.write(line)
    port.stdin.flush()
    sys.stdout.buffer.write(port.stdout.readline())
    sys.stdout.buffer.flush()
";

#[test]
fn a_reader_whose_time_grows_faster_than_the_body_is_slow() {
    if !has_python() {
        return;
    }
    let folder = TempDir::new().expect("there is room for a folder");
    let path = folder.path().join("delayed.py");
    write(&path, DELAYED);
    let cases = [("3 * n ** 3", "slow"), ("1.5 * n", "pass")];
    let outputs = at_once(&cases, |(delay, _)| {
        let port = format!("python3 {} {BIN} '{delay}'", path.display());
        let filter = "hardening/time/blanks-before-json";
        relogin(&["check", "--port", &port, "--filter", filter, "--timeout", PATIENCE, "--format", "json"], b"")
    });
    for ((delay, outcome), output) in cases.iter().zip(outputs) {
        let counts = outcomes(&results(&output).implementations[1]);
        assert_eq!(counts, BTreeMap::from([((*outcome).to_owned(), 1)]), "{delay}");
    }
}

#[test]
fn the_bundled_ports_conform() {
    let output = program()
        .args(["check", "--format", "json", "--timeout", PATIENCE, "--deadline", "0"])
        .current_dir(ROOT)
        .output()
        .expect("relogin runs");
    let results = results(&output);
    results.header.notes.iter().for_each(|note| eprintln!("{note}"));
    assert_eq!(output.status.code(), Some(0), "{:?}", results.footer);
    assert_eq!(
        results.implementations.len() + results.header.notes.len(),
        4,
        "each of them runs, or is skipped with a message"
    );
    for implementation in &results.implementations {
        assert_eq!(implementation.count().passed, results.vectors.len(), "{}", implementation.identity.name);
    }
}

/// The processes whose command line holds a text.
fn running(text: &str) -> Vec<u32> {
    let ids = fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let holds = |id: &u32| {
        fs::read(format!("/proc/{id}/cmdline"))
            .is_ok_and(|line| String::from_utf8_lossy(&line).replace('\0', " ").contains(text))
    };
    ids.filter(holds).collect()
}

#[cfg(target_os = "linux")]
#[test]
fn no_process_survives_an_interrupt_or_the_end() {
    let folder = corpus();
    let path = folder.path().join("port");
    // The number marks these sleeps: one in the group, one that has left it, one whose parent is gone.
    let sleep = format!("sleep 8{:09}", std::process::id());
    let start = format!(
        "{sleep} & (setsid {sleep} >/dev/null 2>&1 &) ; setsid sh -c '{sleep} & {sleep} & wait' >/dev/null 2>&1 &"
    );
    write(&path, format!("{HELLO}\n{start}\nwhile true; do sleep 1; done"));
    for name in ["INT", "TERM", "HUP", "QUIT", "USR1", "ALRM", "XCPU"] {
        let mut child = program()
            .args([
                "check",
                "--corpus",
                &folder.path().display().to_string(),
                "--timeout",
                PATIENCE,
                "--port",
                &format!("sh {}", path.display()),
            ])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("relogin starts");
        wait_until("the port starts what it starts", || running(&sleep).len() >= 4);
        signal(name, child.id());
        assert_eq!(child.wait().expect("relogin ends").code(), Some(130), "{name}");
        wait_until("all processes of the port end", || running(&sleep).is_empty());
    }
    // The same at the end of a run, when the port has ended by itself.
    let path = folder.path().join("leaves");
    write(&path, format!("{start}\nexec {BIN} port"));
    let output = check(&folder, &format!("sh {}", path.display()), &[]);
    assert_eq!(output.status.code(), Some(1), "a child holds the output open");
    wait_until("all processes of the port end", || running(&sleep).is_empty());
}

/// A port that answers the three vectors of the small corpus like this.
fn answers(folder: &TempDir, replies: [&str; 3]) -> String {
    let path = folder.path().join("answers");
    let [first, second, third] = [1, 2, 3].map(|seq| reply(seq, replies[seq as usize - 1]));
    write(&path, format!("{HELLO}\n{first}; {second}; {third}; cat >/dev/null"));
    format!("sh {}", path.display())
}

const DEAD_UNSEEN: &str = r#"{"code":"invalid_grant","description":null,"action":"unknown","relogin_required":false,"message":"Codex token refresh failed: invalid_grant (status 400). Run `codex` in your terminal to generate fresh tokens, then run `hermes auth` to re-authenticate."}"#;
const PAGE_SIGNS_OUT: &str = r#"{"code":"codex_refresh_failed","description":null,"action":"relogin","relogin_required":true,"message":"Codex token refresh failed with status 502."}"#;

#[test]
fn a_baseline_is_held_in_both_directions() {
    let folder = corpus();
    let file = folder.path().join("port.baseline");
    let name = file.display().to_string();
    let run = |replies: [&str; 3], more: &[&str]| {
        check(&folder, &answers(&folder, replies), &[&["--baseline", &name], more].concat())
    };
    let text = || fs::read_to_string(&file).unwrap_or_default();

    // A baseline records the known failures.
    let weak = [DEAD_UNSEEN, PAGE, "null"];
    let output = run(weak, &[]);
    assert_eq!(output.status.code(), Some(2), "there is no baseline yet");
    snapshot(&folder, "baseline-missing", &output);
    let output = run(weak, &["--bless"]);
    assert_eq!(output.status.code(), Some(0));
    snapshot(&folder, "baseline-new", &output);
    assert_eq!(
        text(),
        "# Known failures of this port: vector or glob, outcome, reason.\n\
         core/few/dead  wrong(action=unknown,relogin_required=false)  # loops on a dead token\n"
    );
    assert_eq!(run(weak, &[]).status.code(), Some(0));

    // Each of these differs from the baseline and is reported with the edit.
    let before = text();
    for (what, replies) in [
        ("new-failure", [DEAD_UNSEEN, PAGE, PAGE]),
        ("changed-outcome", [r#"{"action":1}"#, PAGE, "null"]),
        ("unexpected-pass", [DEAD, PAGE, "null"]),
        ("new-harm", [DEAD_UNSEEN, PAGE_SIGNS_OUT, "null"]),
    ] {
        let output = run(replies, &[]);
        assert_eq!(output.status.code(), Some(1), "{what}");
        snapshot(&folder, &format!("baseline-{what}"), &output);
        assert_eq!(text(), before, "{what}: nothing is written without --bless");
    }
    assert_eq!(run([DEAD, PAGE, "null"], &["--bless"]).status.code(), Some(0));
    assert_eq!(text(), "# Known failures of this port: vector or glob, outcome, reason.\n");

    // A port that fails nothing gets a baseline too.
    let other = folder.path().join("other.baseline");
    let output = check(
        &folder,
        &answers(&folder, [DEAD, PAGE, "null"]),
        &["--baseline", &other.display().to_string(), "--bless"],
    );
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(fs::read_to_string(&other).unwrap(), text());

    // --bless accepts no serious harm; --bless-harm does.
    let harmful = [DEAD_UNSEEN, PAGE_SIGNS_OUT, "null"];
    let output = run(harmful, &["--bless"]);
    assert_eq!(output.status.code(), Some(1));
    snapshot(&folder, "baseline-harm-refused", &output);
    assert!(text().contains("core/few/dead") && !text().contains("core/few/page"), "{}", text());
    assert_eq!(run(harmful, &["--bless-harm"]).status.code(), Some(0));
    assert!(
        text().contains("core/few/page  wrong(action=relogin,relogin_required=true)  # signs out a live user"),
        "{}",
        text()
    );
    assert_eq!(run(harmful, &[]).status.code(), Some(0));

    // An entry that is out of date, and one about vectors that were not selected.
    write(&file, "core/few/success  error  # was so once\ncore/many/*  skip\n");
    let output = run([DEAD, PAGE, "null"], &[]);
    assert_eq!(output.status.code(), Some(1));
    snapshot(&folder, "baseline-untrue", &output);
    write(&file, "core/few/page  silence\n");
    let output = check(&folder, &format!("{BIN} port"), &["--baseline", &name, "--filter", "core/few/dead"]);
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn wrong_baselines_and_reports_are_errors_before_any_port_starts() {
    let folder = corpus();
    let baseline = folder.path().join("b").display().to_string();
    write(&baseline, "core/few/dead  wrong(code)\ncore/few/page  passes  # why\n");
    let port = format!("{BIN} port");
    let marker = folder.path().join("marker");
    let would_mark = format!("sh -c ': >{}'", marker.display());
    for (name, arguments) in [
        ("baseline-is-none", vec!["check", "--port", &would_mark, "--baseline", &baseline]),
        ("baseline-before-port", vec!["check", "--baseline", &baseline, "--port", &would_mark]),
        ("baseline-without-port", vec!["check", "--baseline", &baseline]),
        ("two-baselines", vec!["check", "--port", &port, "--baseline", "/dev/null", "--baseline", "/dev/null"]),
        ("bless-without-baseline", vec!["check", "--port", &would_mark, "--bless"]),
        ("output-without-format", vec!["check", "--output", "x"]),
        ("two-outputs", vec!["check", "--format", "json", "--output", "a", "--output", "b"]),
        (
            "output-without-folder",
            vec!["check", "--port", &would_mark, "--format", "html", "--output", "/nowhere/report.html"],
        ),
        (
            "two-reports-to-one-file",
            vec![
                "check",
                "--port",
                &would_mark,
                "--format",
                "json",
                "--output",
                "x",
                "--format",
                "html",
                "--output",
                "x",
            ],
        ),
        ("baseline-is-a-folder", vec!["check", "--port", &would_mark, "--baseline", "/", "--bless"]),
        ("baseline-without-end", vec!["check", "--port", &would_mark, "--baseline", "/dev/zero", "--bless"]),
        ("report-without-end", vec!["report", "/dev/zero"]),
        ("corpus-is-another-folder", vec!["check", "--corpus", "/"]),
        ("unknown-format", vec!["check", "--format", "pdf"]),
        ("report-missing", vec!["report", "/nowhere/results.jsonl"]),
        ("jobs-zero", vec!["check", "--jobs", "0"]),
        ("forged-argument", vec!["check", "\n::error::x\u{1b}[31m"]),
    ] {
        let output = relogin(&arguments, b"");
        assert_eq!(output.status.code(), Some(2), "{name}");
        assert_eq!(String::from_utf8_lossy(&output.stderr).lines().count(), 1, "{name}");
        snapshot(&folder, &format!("error-{name}"), &output);
        assert!(!marker.exists(), "{name}: the port was started");
    }
}

#[test]
fn report_makes_the_same_reports_from_the_saved_results() {
    let folder = corpus();
    let port = answers(&folder, [DEAD_UNSEEN, "7", "null"]);
    let path = |name: &str| folder.path().join(name).display().to_string();
    let mut arguments = Vec::new();
    for format in Format::ALL {
        arguments.extend([
            "--format".to_owned(),
            format.as_str().to_owned(),
            "--output".to_owned(),
            path(format.as_str()),
        ]);
    }
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let output = check(&folder, &port, &arguments);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        output.stdout,
        fs::read(path("human")).expect("it was written"),
        "standard output gets the report for people all the same"
    );
    for format in Format::ALL {
        let again = relogin(&["report", &path("json"), "--format", format.as_str()], b"");
        assert_eq!(again.status.code(), Some(1), "the exit status is that of the run");
        assert_eq!(again.stdout, fs::read(path(format.as_str())).expect("it was written"), "{format:?}");
    }

    let over_itself = relogin(&["report", &path("json"), "--format", "html", "--output", &path("json")], b"");
    assert_eq!(over_itself.status.code(), Some(2));
    snapshot(&folder, "report-over-itself", &over_itself);
    assert!(
        fs::read(path("json")).is_ok_and(|bytes| bytes.starts_with(b"{\"line\":\"header\"")),
        "the results are still there"
    );

    // Results that were cut or edited are refused.
    let whole = fs::read_to_string(path("json")).expect("it was written");
    let lines: Vec<&str> = whole.lines().collect();
    for (name, text) in [
        ("cut", lines[..lines.len() - 1].join("\n")),
        ("half-a-line", whole[..whole.len() / 2].to_owned()),
        ("one-missing", [&lines[..7], &lines[8..]].concat().join("\n")),
        ("later-stream", whole.replacen("\"stream\":1", "\"stream\":2", 1)),
        ("empty", String::new()),
    ] {
        let output = relogin(&["report", "-"], text.as_bytes());
        assert_eq!(output.status.code(), Some(2), "{name}");
        snapshot(&folder, &format!("report-{name}"), &output);
    }
}

#[test]
fn a_report_that_cannot_be_written_does_not_stop_the_others() {
    let folder = corpus();
    let path = |name: &str| folder.path().join(name);
    let (junit, port) = (path("r.xml").display().to_string(), format!("{BIN} port"));
    if Path::new("/dev/full").exists() {
        let arguments = ["--format", "json", "--output", "/dev/full", "--format", "junit", "--output", &junit];
        let output = check(&folder, &port, &arguments);
        assert_eq!(output.status.code(), Some(2));
        assert!(String::from_utf8_lossy(&output.stderr).contains("cannot write /dev/full"));
        assert!(path("r.xml").is_file() && !output.stdout.is_empty());
        assert!(
            Path::new("/dev/full").metadata().is_ok_and(|metadata| !metadata.is_file()),
            "a device is written to, not replaced"
        );
    }
    // Writing through a link keeps the link.
    write(path("real"), "old");
    std::os::unix::fs::symlink("real", path("link")).expect("a link can be made");
    let link = path("link").display().to_string();
    assert_eq!(check(&folder, &port, &["--format", "junit", "--output", &link]).status.code(), Some(0));
    assert!(path("link").is_symlink());
    assert_eq!(
        fs::read(path("real")).expect("it is there"),
        fs::read(&junit).unwrap_or_else(|_| fs::read(path("real")).unwrap_or_default())
    );
    let left: Vec<_> = fs::read_dir(folder.path())
        .expect("it can be listed")
        .flatten()
        .filter(|entry| entry.path().extension().is_some_and(|end| end == "new"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}
