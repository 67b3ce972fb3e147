//! Commands, their output and their exit statuses.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::support::{
    BIN, DEAD, HELLO, IMPATIENCE, PAGE, PATIENCE, at_once, check, corpus, pin_in, relogin, reply, snapshot, write,
};
use serde_json::Value;
use tempfile::TempDir;

#[test]
fn wrong_usage_and_unreadable_files_are_one_line_of_error() {
    let folder = corpus();
    let path = |name: &str| folder.path().join(name).display().to_string();
    write(path("empty"), "\n");
    write(path("latin"), b"\xe9");
    let nowhere = "/nowhere/body";
    for (name, arguments) in [
        ("missing-file", vec!["explain", nowhere]),
        ("a-folder", vec!["explain", &path("")]),
        ("body-for-a-file", vec!["explain", r#"{"error":"invalid_grant"}"#]),
        ("unknown-profile", vec!["explain", "--profile", "acme"]),
        ("status-out-of-range", vec!["explain", "--status", "42"]),
        ("missing-secret", vec!["explain", "--secret-file", nowhere]),
        ("empty-secret", vec!["explain", "--secret-file", &path("empty")]),
        ("secret-not-utf8", vec!["explain", "--secret-file", &path("latin")]),
        ("unknown-level", vec!["check", "--level", "expert"]),
        ("filter-matches-nothing", vec!["check", "--filter", "core/nothing/*"]),
        ("filter-matches-nothing-at-level", vec!["vectors", "list", "--level", "core", "--filter", "hardening/*"]),
        ("filter-is-no-glob", vec!["check", "--filter", "[a"]),
        ("port-with-an-open-quote", vec!["check", "--port", "sh 'x"]),
        ("port-empty", vec!["check", "--port", " "]),
        ("timeout-zero", vec!["check", "--timeout", "0"]),
        ("corpus-missing", vec!["check", "--corpus", "/nowhere"]),
        ("unknown-vector", vec!["vectors", "show", "core/nothing/\u{1b}[31m"]),
        ("export-to-nowhere", vec!["vectors", "export", "/nowhere/corpus.json"]),
    ] {
        let output = relogin(&arguments, b"");
        assert_eq!(output.status.code(), Some(2), "{name}");
        snapshot(&folder, &format!("error-{name}"), &output);
    }
}

#[test]
fn a_broken_corpus_is_reported_with_file_line_and_vector() {
    for (name, old, new) in [
        ("not-json", "\"rules\": [", "\"rules\": [,"),
        ("unknown-member", "\"near\":", "\"nearby\":"),
        ("no-expect", "\"expect\": null", "\"expected\": null"),
        ("no-status", "\"status\": 200", "\"status\": \"200\""),
        ("unknown-profile", "\"profile\": \"codex\"", "\"profile\": \"acme\""),
        ("two-bodies", "\"body\": {", "\"body\": {\"base64\": \"\","),
        ("large-body", "\"times\": 3", "\"times\": 16777216"),
    ] {
        let folder = corpus();
        let path = folder.path().join("vectors/core/few.json");
        let text = std::fs::read_to_string(&path).expect("the vectors were written");
        assert!(text.contains(old), "{name}");
        write(&path, text.replacen(old, new, 1));
        let output = relogin(&["check", "--corpus", &folder.path().display().to_string()], b"");
        assert_eq!(output.status.code(), Some(2), "{name}");
        snapshot(&folder, &format!("corpus-{name}"), &output);
    }
}

#[test]
fn lint_lists_what_is_wrong() {
    let folder = corpus();
    let path = folder.path().join("vectors/core/few.json");
    let text = std::fs::read_to_string(&path).expect("the vectors were written");
    let text = text.replacen("core/few/dead", "core/few/De\\u001bad", 1).replacen("\"R20\"", "\"R99\"", 1);
    let text = text.replacen("\"relogin_required\": true", "\"relogin_required\": false", 1).replacen(
        "A dead",
        "A d\u{e9}ad",
        1,
    );
    let text = text.replacen("\"url\": null", "\"url\": \"https://example.com\"", 1);
    write(&path, text);
    let output = relogin(&["vectors", "lint", "--corpus", &folder.path().display().to_string()], b"");
    assert_eq!(output.status.code(), Some(2));
    let text = String::from_utf8_lossy(&output.stdout);
    let mut kept: Vec<&str> = text.lines().filter(|line| !line.starts_with("SPEC.md")).collect();
    kept.pop(); // the numbers
    pin_in(&folder, "lint", &kept.join("\n"));
}

#[test]
fn ports_that_cannot_be_run() {
    let folder = corpus();
    for (name, port, limit) in [
        ("does-not-exist", "/nowhere/port", PATIENCE),
        ("cat", "cat", PATIENCE),
        ("true", "true", PATIENCE),
        ("silent", "sleep 1000", "0.2"),
        ("other-protocol", r#"sh -c 'echo "{\"protocol\":2}"; sleep 1000'"#, PATIENCE),
        ("noise", r#"sh -c 'printf "\033[31m::error::x\n"; sleep 1000'"#, PATIENCE),
        ("dies", "sh -c 'echo no module >&2; exit 9'", PATIENCE),
        ("dies-and-tells-more", "sh -c 'echo Error: no module >&2; echo v1 >&2; exit 9'", PATIENCE),
    ] {
        let output = check(&folder, port, &["--timeout", limit, "--start-timeout", limit]);
        assert_eq!(output.status.code(), Some(3), "{name}");
        snapshot(&folder, &format!("port-{name}"), &output);
    }
}

#[test]
fn ports_that_break_during_the_run() {
    let folder = corpus();
    let ports = [
        ("exits", "read -r line; echo trouble >&2; exit 4".to_owned()),
        ("is-killed", "read -r line; kill -9 $$".to_owned()),
        ("hangs", "read -r line; sleep 1000".to_owned()),
        ("writes-noise", format!("echo 'debug: ##[error]'; {}", reply(1, "null"))),
        ("sends-another-seq", format!("{}; {}; {}", reply(9, "null"), reply(2, "null"), reply(3, "null"))),
        ("forgets-one", format!("{}; {}", reply(1, "null"), reply(3, "null"))),
        ("writes-a-long-line", "head -c 1048577 /dev/zero | tr '\\0' x; echo".to_owned()),
        ("skips", "for i in 1 2 3; do echo '{\"seq\":'$i',\"skip\":\"no time\"}'; done; cat >/dev/null".to_owned()),
        ("fails", "for i in 1 2 3; do echo '{\"seq\":'$i',\"error\":\"KeyError\"}'; done; cat >/dev/null".to_owned()),
        (
            "ends-badly",
            format!("{}; {}; {}; cat >/dev/null; exit 5", reply(1, "null"), reply(2, "null"), reply(3, "null")),
        ),
    ];
    let outputs = at_once(&ports, |(name, script)| {
        let path = folder.path().join(name);
        write(&path, format!("{HELLO}\n{script}\n"));
        let limit = if *name == "hangs" { IMPATIENCE } else { PATIENCE };
        check(&folder, &format!("sh {}", path.display()), &["--timeout", limit])
    });
    for ((name, _), output) in ports.iter().zip(outputs) {
        assert_eq!(output.status.code(), Some(1), "{name}");
        snapshot(&folder, &format!("port-{name}"), &output);
    }
}

#[test]
fn terminals_and_ci_services_obey_no_text_of_a_port() {
    let folder = corpus();
    let hello = r###"{"protocol":1,"name":"::error::\u001b[31m","language":"##[x]","version":"\u202e","levels":["core","later"],"fields":["message","action"]}"###;
    let verdict = r###"{"action":"relogin","message":"\ud800 \u001b[2J\n::error::forged ##[error] s3cr3t-t0ken"}"###;
    let path = folder.path().join("port");
    let replies = [1, 2, 3].map(|seq| reply(seq, verdict)).join("; ");
    write(&path, format!("read -r line; echo '{hello}'; printf '\\033[31mred\\n' >&2; {replies}; cat >/dev/null"));
    let output = check(&folder, &format!("sh {}", path.display()), &[]);
    assert_eq!(output.status.code(), Some(1));
    for stream in [&output.stdout, &output.stderr] {
        let text = String::from_utf8_lossy(stream);
        assert!(!text.contains(['\u{1b}', '\u{202e}']) && !text.contains("##["));
        assert!(!text.lines().any(|line| line.trim_start().starts_with("::")));
    }
    snapshot(&folder, "port-hostile", &output);
}

#[test]
fn a_port_that_conforms() {
    let folder = corpus();
    let output = check(&folder, &format!("{BIN} port"), &[]);
    assert_eq!(output.status.code(), Some(0));
    snapshot(&folder, "port-conforms", &output);
}

#[test]
fn a_level_that_is_asked_for_must_be_claimed() {
    let folder = corpus();
    let path = folder.path().join("core-only");
    write(&path, format!("{HELLO}\n{}; {}; {}; cat >/dev/null", reply(1, DEAD), reply(2, PAGE), reply(3, "null")));
    let port = format!("sh {}", path.display());
    assert_eq!(check(&folder, &port, &[]).status.code(), Some(0));
    let output = check(&folder, &port, &["--level", "hardening"]);
    assert_eq!(output.status.code(), Some(1));
    snapshot(&folder, "port-claims-less", &output);
}

#[test]
fn explain_prints_verdict_evidence_and_rule() {
    let folder = corpus();
    write(folder.path().join("secret"), "s3cr3t-t0ken\n");
    write(folder.path().join("short"), "1234567");
    let secret = folder.path().join("secret").display().to_string();
    let short = folder.path().join("short").display().to_string();
    let nested = br#"{"error":{"code":"refresh_token_reused","message":"Already used."}}"#;
    let form = b"error_description=Failed:+invalid_grant&error=";
    let form_type = "application/x-www-form-urlencoded";
    for (name, arguments, body) in [
        ("nested", vec!["--status", "401", "--profile", "codex"], nested.as_slice()),
        ("nested-json", vec!["--status", "401", "--json"], nested),
        ("capped", vec!["--status", "404"], nested),
        ("capped-json", vec!["--status", "404", "--json"], nested),
        ("server-error", vec!["--status", "503"], nested),
        ("unregistered", vec![], br#"{"error":"teapot"}"#),
        ("text", vec![], br#"{"message":"Invalid grant."}"#),
        ("word", vec!["--content-type", form_type], form),
        ("html", vec!["--status", "403"], b"<h1>invalid_grant</h1>"),
        ("success", vec!["--status", "200"], br#"{"access_token":"new"}"#),
        ("success-json", vec!["--status", "200", "--json", "-"], br#"{"access_token":"new"}"#),
        (
            "secret",
            vec!["--secret-file", &secret, "--secret-file", &short],
            br#"{"error":"x","error_description":"s3cr3t-t0ken is dead"}"#,
        ),
        ("escapes", vec![], br#"{"error":"x","error_description":"\u001b[31m::error::\u202e##[error]\u009b"}"#),
        (
            "escapes-json",
            vec!["--json"],
            br#"{"error":"x","error_description":"\u001b[31m::error::\u202e##[error]\u00e9"}"#,
        ),
    ] {
        let output = relogin(&[vec!["explain"], arguments].concat(), body);
        assert_eq!(output.status.code(), Some(0), "{name}");
        assert!(!output.stdout.contains(&0x1b) && !String::from_utf8_lossy(&output.stdout).contains("##["), "{name}");
        snapshot(&folder, &format!("explain-{name}"), &output);
    }
}

#[test]
fn a_body_of_10_mib_is_read_and_not_parsed() {
    let folder = corpus();
    let path = folder.path().join("large");
    write(&path, [br#"{"error":"invalid_grant","x":""#.as_slice(), &vec![b'x'; 10 << 20], b"\"}"].concat());
    let output = relogin(&["explain", &path.display().to_string()], b"");
    assert_eq!(output.status.code(), Some(0));
    snapshot(&folder, "explain-10-mib", &output);
}

#[test]
fn a_vector_is_shown_with_its_body() {
    let folder = corpus();
    let corpus = folder.path().display().to_string();
    for (name, arguments) in [
        ("show", vec!["show", "core/few/dead"]),
        ("show-success", vec!["show", "core/few/success"]),
        ("list", vec!["list", "--filter", "*d*"]),
    ] {
        let output = relogin(&[vec!["vectors"], arguments, vec!["--corpus", &corpus]].concat(), b"");
        assert_eq!(output.status.code(), Some(0), "{name}");
        snapshot(&folder, &format!("vectors-{name}"), &output);
    }
}

/// `scripts/packages` installs it.
#[test]
fn the_export_is_also_a_package() {
    let folder = TempDir::new().expect("there is room for a folder");
    let package = folder.path().join("package");
    let export = |path: &Path| relogin(&["vectors", "export", "--package", &path.display().to_string()], b"");
    assert_eq!(export(&package).status.code(), Some(0));
    let read = |name: &str| std::fs::read_to_string(package.join(name)).expect("the file was written");
    let manifest: Value = serde_json::from_str(&read("package.json")).expect("it is JSON");
    assert_eq!(manifest["version"], env!("CARGO_PKG_VERSION"));
    assert!(read("pyproject.toml").contains(&format!("version = \"{}\"", env!("CARGO_PKG_VERSION"))));
    assert_eq!(read("LICENSE-MIT"), include_str!("../../LICENSE-MIT"));
    let corpus: Value = serde_json::from_str(&read("relogin_corpus/corpus.json")).expect("it is JSON");
    assert!(corpus["exceptions"].as_array().is_some_and(|rows| !rows.is_empty()));
    assert!(read("relogin_corpus/schema/protocol/parse-reply.schema.json").contains("$schema"));

    // It replaces nothing, and leaves nothing behind.
    write(package.join("README.md"), "mine");
    let again = export(&package);
    assert_eq!((again.status.code(), read("README.md").as_str()), (Some(2), "mine"));
    assert_eq!(export(&folder.path().join("no/package")).status.code(), Some(2));
    assert!(!folder.path().join("no").exists());
}

#[test]
fn the_export_is_one_document_and_is_ascii() {
    let folder = corpus();
    let path = folder.path().join("export.json").display().to_string();
    let output = relogin(&["vectors", "export", &path], b"");
    assert!(output.status.success() && output.stdout.is_empty());
    let text = std::fs::read_to_string(&path).expect("the export was written");
    assert!(text.is_ascii());
    let export: Value = serde_json::from_str(&text).expect("the export is JSON");
    let own: Value = serde_json::from_str(include_str!("../../corpus/codes.json")).expect("the registry is JSON");
    assert_eq!(export["codes"], own["codes"]);
    let seed: Value =
        serde_json::from_str(include_str!("../../corpus/vectors/core/seed.json")).expect("the vectors are JSON");
    let first = &seed["vectors"][0];
    assert!(export["vectors"].as_array().is_some_and(|vectors| vectors.contains(first)), "{first}");
}

#[test]
fn the_help_of_each_command() {
    let folder = corpus();
    for (name, arguments) in [
        ("relogin", vec!["--help"]),
        ("check", vec!["check", "--help"]),
        ("explain", vec!["explain", "--help"]),
        ("port", vec!["port", "--help"]),
        ("vectors", vec!["vectors", "--help"]),
    ] {
        let output = relogin(&arguments, b"");
        assert_eq!(output.status.code(), Some(0), "{name}");
        snapshot(&folder, &format!("help-{name}"), &output);
    }
}

#[test]
fn a_closed_pipe_is_quiet_and_a_full_disk_is_an_error() {
    let mut child = Command::new(BIN)
        .args(["vectors", "export"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("relogin starts");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("relogin ends");
    assert_eq!((output.status.code(), output.stderr.len()), (Some(141), 0));
    if let Ok(full) = std::fs::OpenOptions::new().write(true).open("/dev/full") {
        let output = Command::new(BIN).args(["vectors", "list"]).stdout(full).output().expect("relogin runs");
        assert_eq!(output.status.code(), Some(2));
        assert!(String::from_utf8_lossy(&output.stderr).starts_with("error: cannot write to standard output"));
    }
}

#[test]
fn colours_are_printed_only_on_request() {
    let coloured = |name: &str, value: &str| {
        let arguments = ["check", "--filter", "core/seed/*", "--port", "true"];
        let output = Command::new(BIN)
            .args(arguments)
            .env_remove("NO_COLOR")
            .env_remove("CLICOLOR_FORCE")
            .env(name, value)
            .output();
        output.expect("relogin runs").stdout.contains(&0x1b)
    };
    assert!(coloured("CLICOLOR_FORCE", "1"));
    assert!(!coloured("NO_COLOR", "1"));
}
