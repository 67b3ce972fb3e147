//! The command line as a user meets it: what it prints, what it says when something is wrong, and how it exits.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

fn relogin() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_relogin"));
    command.current_dir(env!("CARGO_MANIFEST_DIR")).env("NO_COLOR", "1");
    command
}

fn run(arguments: &[&str], input: &[u8]) -> Output {
    let mut child =
        relogin().args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("relogin starts");
    let mut stdin = child.stdin.take().expect("standard input is piped");
    let input = input.to_vec();
    // In a thread: a command that ends early does not read it.
    let writer = std::thread::spawn(move || _ = stdin.write_all(&input));
    let output = child.wait_with_output().expect("relogin ends");
    writer.join().expect("the writer does not panic");
    output
}

/// Everything that a user sees: exit status, standard output, standard error.
fn seen(arguments: &[&str], input: &[u8]) -> String {
    let output = run(arguments, input);
    let [stdout, stderr] = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8(bytes.clone()).expect("output is UTF-8"));
    for c in stdout.chars().chain(stderr.chars()) {
        assert!(c == '\n' || !c.is_control(), "{c:?} reached the terminal");
    }
    assert!(!stdout.contains("##[") && !stdout.lines().chain(stderr.lines()).any(|line| line.trim_start().starts_with("::")));
    let status = output.status.code().expect("relogin exits");
    format!("exit status {status}\n--- standard output\n{stdout}--- standard error\n{stderr}")
}

fn snapshot(name: &str, seen: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, seen));
}

fn python() -> bool {
    let there = Command::new("python3").arg("--version").output().is_ok_and(|output| output.status.success());
    if !there {
        #[expect(clippy::print_stderr, reason = "a skipped test says so")]
        {
            eprintln!("skipped: there is no python3 here");
        }
    }
    there
}

/// A corpus of which one file is replaced.
fn corpus_with(file: &str, text: &str) -> (tempfile::TempDir, String) {
    fn copy(from: &Path, to: &PathBuf) {
        std::fs::create_dir_all(to).expect("a folder can be made");
        for entry in std::fs::read_dir(from).expect("the corpus can be listed") {
            let entry = entry.expect("the corpus can be listed");
            let target = to.join(entry.file_name());
            if entry.path().is_dir() {
                copy(&entry.path(), &target);
            } else {
                std::fs::copy(entry.path(), target).expect("a file can be copied");
            }
        }
    }
    let dir = tempfile::tempdir().expect("a temporary folder");
    copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus"), &dir.path().to_path_buf());
    std::fs::write(dir.path().join(file), text).expect("a file can be written");
    let name = dir.path().to_string_lossy().into_owned();
    (dir, name)
}

#[test]
fn explain_tells_verdict_and_evidence() {
    let nested = br#"{"error":{"code":"refresh_token_reused","message":"Already used."}}"#;
    snapshot("explain-nested", &seen(&["explain", "--status", "401", "--profile", "codex", "-"], nested));
    snapshot("explain-json", &seen(&["explain", "--status", "401", "--profile", "codex", "--json"], nested));
    snapshot("explain-capped", &seen(&["explain", "--status", "404"], nested));
    snapshot("explain-html", &seen(&["explain", "--status", "401"], b"<h1>invalid_grant</h1>"));
    snapshot("explain-broken-server", &seen(&["explain", "--status", "503"], br#"{"error":"invalid_grant"}"#));
    snapshot("explain-sentence", &seen(&["explain"], br#"{"message":"Invalid grant."}"#));
    snapshot("explain-tail", &seen(&["explain"], br#"{"error":"failed to refresh token: invalid_grant"}"#));
    snapshot("explain-unknown-code", &seen(&["explain"], br#"{"error":"app_blocked"}"#));
    snapshot("explain-success", &seen(&["explain", "--status", "200"], br#"{"access_token":"new"}"#));
    let form = &["explain", "--status", "200", "--content-type", "application/x-www-form-urlencoded"];
    snapshot("explain-form", &seen(form, b"error=bad_refresh_token&error_description=It+is+expired."));
}

#[test]
fn explain_shows_nothing_that_acts_and_no_secret() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let secret = dir.path().join("secret");
    std::fs::write(&secret, "s3cr3t-t0ken\n").expect("a file can be written");
    let body =
        b"{\"error\":\"::stop-commands::x\",\"error_description\":\"\\u001b]52;c;x\\u0007##[add-mask]x \\u202e s3cr3t-t0ken \\u009b2J\"}";
    let seen = seen(&["explain", "--secret-file", &secret.to_string_lossy()], body);
    assert!(!seen.contains("s3cr3t"));
    snapshot("explain-hostile", &seen);
}

#[test]
fn errors_say_what_and_where() {
    for (name, arguments, status) in [
        ("error-missing-file", &["explain", "no/such/file"][..], 2),
        ("error-directory", &["explain", "src"], 2),
        ("error-status", &["explain", "--status", "99999"], 2),
        ("error-profile", &["explain", "--profile", "nobody"], 2),
        ("error-secret-file", &["explain", "--secret-file", "no/such/file"], 2),
        ("error-level", &["check", "--level", "expert"], 2),
        ("error-filter", &["check", "--filter", "[", "--port", "true"], 2),
        ("error-filter-takes-nothing", &["check", "--filter", "nothing/*"], 2),
        ("error-corpus", &["check", "--corpus", "no/such/folder"], 2),
        ("error-not-a-corpus", &["check", "--corpus", "src"], 2),
        ("error-vector", &["vectors", "show", "core/no/such"], 2),
        ("error-export", &["vectors", "export", "no/such/folder/file"], 2),
        ("error-port-missing", &["check", "--port", "no-such-port-anywhere", "--filter", "core/seed/*"], 3),
        ("error-port-quote", &["check", "--port", "'open", "--filter", "core/seed/*"], 3),
        ("error-port-exits", &["check", "--port", "true", "--filter", "core/seed/*"], 3),
        ("error-port-echoes", &["check", "--port", "cat", "--filter", "core/seed/*"], 3),
        ("error-port-is-silent", &["check", "--port", "sleep 5", "--timeout", "1", "--filter", "core/seed/*"], 3),
    ] {
        let seen = seen(arguments, b"");
        assert!(seen.starts_with(&format!("exit status {status}\n")), "{name}: {seen}");
        snapshot(name, &seen);
    }
}

#[test]
fn a_large_body_is_explained() {
    let mut body = br#"{"error":"invalid_grant","x":""#.to_vec();
    body.resize(10 << 20, b'x');
    body.extend_from_slice(b"\"}");
    let seen = seen(&["explain"], &body);
    assert!(seen.starts_with("exit status 0\n") && seen.contains("step 5 (R35)"), "{seen}");
}

#[test]
fn a_broken_corpus_is_refused() {
    for (name, file, text) in [
        ("corpus-not-json", "vectors/core/seed.json", "{\"level\": \"core\","),
        (
            "corpus-unknown-member",
            "vectors/core/seed.json",
            "{\"$schema\":\"\",\"level\":\"core\",\"topic\":\"seed\",\"vectors\":[],\"x\":1}",
        ),
        ("corpus-wrong-level", "vectors/core/seed.json", "{\"$schema\":\"\",\"level\":\"dialects\",\"topic\":\"seed\",\"vectors\":[]}"),
    ] {
        let (_keep, dir) = corpus_with(file, text);
        let seen = seen(&["vectors", "lint", "--corpus", &dir], b"").replace(&dir, "DIR");
        assert!(seen.starts_with("exit status 2\n"), "{seen}");
        snapshot(name, &seen);
    }
}

#[test]
fn lint_finds_what_is_wrong() {
    let (_keep, dir) = corpus_with("retired.json", r#"{"$schema":"","retired":["core/seed/nested-refresh-token-reused-401"]}"#);
    let clean = seen(&["vectors", "lint"], b"");
    assert!(clean.starts_with("exit status 0\n"), "{clean}");
    let first = seen(&["vectors", "list", "--filter", "core/seed/*"], b"");
    let id = first.lines().nth(2).and_then(|line| line.split("  ").next()).expect("there is a seed vector").to_owned();
    std::fs::write(Path::new(&dir).join("retired.json"), format!(r#"{{"$schema":"","retired":["{id}"]}}"#)).expect("a file can be written");
    let retired = seen(&["vectors", "lint", "--corpus", &dir], b"");
    assert!(retired.starts_with("exit status 2\n") && retired.contains("the id is retired"), "{retired}");
}

#[test]
fn check_prints_the_matrix_and_failures_worst_first() {
    if !python() {
        return;
    }
    let port = "python3 ports/python/relogin_port.py";
    snapshot("check-conforming", &seen(&["check", "--port", port, "--filter", "core/seed/*"], b""));
    snapshot("check-core-only", &seen(&["check", "--port", &format!("{port} --level core"), "--filter", "*/form/*"], b""));
    snapshot("check-flat-only", &seen(&["check", "--port", "python3 ports/wrong/flat_only.py", "--filter", "core/seed/*"], b""));
}

#[test]
fn the_reference_is_a_port() {
    let port = format!("'{}' port", env!("CARGO_BIN_EXE_relogin"));
    let seen = seen(&["check", "--port", &port], b"");
    assert!(seen.starts_with("exit status 0\n"), "{seen}");
    let lines = b"{\"cmd\":\"hello\",\"protocol\":1}\nnonsense\n{\"cmd\":\"dance\",\"seq\":7}\n\n";
    snapshot("port-answers", &self::seen(&["port"], lines));
}

#[test]
fn export_holds_the_corpus() {
    let output = run(&["vectors", "export"], b"");
    let all: serde_json::Value = serde_json::from_slice(&output.stdout).expect("the export is JSON");
    let listed = run(&["vectors", "list"], b"").stdout;
    let lines = listed.iter().filter(|byte| **byte == b'\n').count();
    assert_eq!(all["vectors"].as_array().map(Vec::len), Some(lines));
    assert!(all["codes"].is_array() && all["keys"]["top_level"].is_object(), "{}", all["codes"]);
}

#[test]
fn a_vector_can_be_shown() {
    let listed = String::from_utf8(run(&["vectors", "list", "--filter", "core/seed/*"], b"").stdout).expect("the list is UTF-8");
    let id = listed.split("  ").next().expect("there is a seed vector");
    snapshot("vectors-show", &seen(&["vectors", "show", id], b""));
}
