//! What the tests of the command line share: a small corpus, ports in shell, and snapshots without paths of the machine.
#![allow(dead_code, reason = "each test file uses a part of it")]

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use insta::Settings;
use serde_json::{Value, json};
use tempfile::TempDir;

pub(crate) const BIN: &str = env!("CARGO_BIN_EXE_relogin");

/// Answers hello as a port of this level would.
pub(crate) const HELLO: &str = r#"read -r line; echo '{"protocol":1,"name":"a-port","language":"sh","version":"1","levels":["core"],"fields":["code","description","action","relogin_required","message"]}'"#;

/// A corpus of three vectors beside the tables of the real one.
pub(crate) fn corpus() -> TempDir {
    let folder = TempDir::new().expect("there is room for a folder");
    let real = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    for table in ["codes", "keys", "characters", "profiles", "actions", "retired"] {
        let name = format!("{table}.json");
        std::fs::copy(real.join(&name), folder.path().join(&name)).expect("the table can be copied");
    }
    std::fs::create_dir_all(folder.path().join("vectors/core")).expect("the folder can be made");
    // As in the real files the id comes first: errors are told with the last one that was read.
    let vector = |id: &str, title: &str, status: u16, body: Value, expect: Value| {
        let rest = json!({
            "title": title, "rules": ["R20"], "near": [], "source": {"what": "SPEC.md, by hand", "url": null},
            "input": {"status": status, "content_type": null, "profile": "codex", "secrets": ["s3cr3t-t0ken"], "body": body}, "expect": expect,
        });
        let rest = serde_json::to_string_pretty(&rest).expect("it is JSON");
        rest.replacen('{', &format!("{{\n  \"id\": \"{id}\","), 1)
    };
    let few = [
        vector(
            "core/few/dead",
            "A dead token",
            400,
            json!({"text": "{\n  \"error\": \"invalid_grant\",\n  \"x\": \"\u{1b}[31m\"\n}".replace('\u{1b}', "\\u001b")}),
            json!({
                "code": "invalid_grant", "description": null, "action": "relogin", "relogin_required": true,
                "message": "Codex token refresh failed: invalid_grant (status 400).",
            }),
        ),
        vector(
            "core/few/page",
            "A page",
            502,
            json!({"parts": [{"text": "<h1>"}, {"base64": "Gw=="}, {"repeat": "x", "times": 3}]}),
            json!({
                "code": "codex_refresh_failed", "description": null, "action": "retry", "relogin_required": false,
                "message": "Codex token refresh failed with status 502.",
            }),
        ),
        vector("core/few/success", "A success", 200, json!({"text": "{\"access_token\": \"a\"}"}), Value::Null),
    ]
    .join(",\n");
    let head = r#"{"$schema": "../../schema/vectors.schema.json", "level": "core", "topic": "few", "vectors": ["#;
    let text = format!("{head}\n{few}\n]}}\n");
    write(folder.path().join("vectors/core/few.json"), text);
    folder
}

/// A shell command that writes a reply.
pub(crate) fn reply(seq: u32, verdict: &str) -> String {
    let json = format!("{{\"seq\":{seq},\"verdict\":{verdict}}}");
    format!("cat <<'END'\n{json}\nEND\n:")
}

pub(crate) fn check(folder: &TempDir, port: &str, more: &[&str]) -> Output {
    let corpus = folder.path().display().to_string();
    relogin(&[&["check", "--corpus", &corpus, "--port", port], more].concat(), b"")
}

pub(crate) fn relogin(arguments: &[&str], input: &[u8]) -> Output {
    let mut command = Command::new(BIN);
    command.args(arguments).env("COLUMNS", "100").env("NO_COLOR", "1").env_remove("CLICOLOR_FORCE");
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("relogin starts");
    // Whoever does not read it has closed it.
    let _ = child.stdin.take().expect("it is a pipe").write_all(input);
    child.wait_with_output().expect("relogin ends")
}

pub(crate) fn write(path: impl Into<PathBuf>, content: impl AsRef<[u8]>) {
    std::fs::write(path.into(), content).expect("the file can be written");
}

pub(crate) fn snapshot(folder: &TempDir, name: &str, output: &Output) {
    let status = output.status.code().map_or_else(|| "none".to_owned(), |code| code.to_string());
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let lines = |text: &str| text.lines().map(str::trim_end).collect::<Vec<&str>>().join("\n");
    let told = format!("exit status {status}\n-- standard output\n{}\n-- standard error\n{}", lines(&stdout), lines(&stderr));
    pin_in(folder, name, &told);
}

/// A snapshot of a text that may hold paths in a folder of the test.
pub(crate) fn pin_in(folder: &TempDir, name: &str, text: &str) {
    // The path of a snapshot is told from the file in which the macro stands: always here.
    bind(folder, || insta::assert_snapshot!(name, text));
}

/// A snapshot of a text that holds no path.
pub(crate) fn pin(name: &str, text: &str) {
    let mut settings = Settings::clone_current();
    settings.set_snapshot_path("../../snapshots");
    settings.set_omit_expression(true);
    settings.set_prepend_module_to_snapshot(false);
    settings.bind(|| insta::assert_snapshot!(name, text));
}

/// Snapshots are of this project's folder, and hold no path of the machine.
fn bind(folder: &TempDir, assert: impl FnOnce()) {
    let mut settings = Settings::clone_current();
    settings.set_snapshot_path("../../snapshots");
    settings.set_omit_expression(true);
    settings.set_prepend_module_to_snapshot(false);
    settings.add_filter(&format!("{}/?", folder.path().display()).replace('.', r"\."), "[DIR]/");
    settings.add_filter(&BIN.replace('.', r"\."), "[BIN]");
    settings.bind(assert);
}
