//! Shared by the tests: a small corpus, ports in shell, snapshots without paths of the machine, and patience.
#![allow(dead_code, reason = "each test binary uses a part of it")]

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use insta::Settings;
use serde_json::{Value, json};
use tempfile::TempDir;

pub(crate) const BIN: &str = env!("CARGO_BIN_EXE_relogin");
pub(crate) const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// How long a port may take to answer, in seconds. Only a port that is meant to be silent gets a shorter limit: on a
/// busy machine every other one may need seconds.
pub(crate) const PATIENCE: &str = "120";

/// The limit, in seconds, for a port that says hello and is silent later. Its hello must come within it.
pub(crate) const IMPATIENCE: &str = "3";

/// Answers hello as a port of this level would.
pub(crate) const HELLO: &str = r#"read -r line; echo '{"protocol":1,"name":"a-port","language":"sh","version":"1","levels":["core"],"fields":["code","description","action","relogin_required","message"]}'"#;

/// The right verdicts of `core/few/dead` and `core/few/page` in [`corpus`].
pub(crate) const DEAD: &str = r#"{"code":"invalid_grant","description":null,"action":"relogin","relogin_required":true,"message":"Codex token refresh failed: invalid_grant (status 400). Run `codex` in your terminal to generate fresh tokens, then run `hermes auth` to re-authenticate."}"#;
pub(crate) const PAGE: &str = r#"{"code":"codex_refresh_failed","description":null,"action":"retry","relogin_required":false,"message":"Codex token refresh failed with status 502."}"#;

/// A corpus of three vectors beside the tables of the real one, without those about the protocol: most ports in shell
/// answer no broken line.
pub(crate) fn corpus() -> TempDir {
    let folder = TempDir::new().expect("there is room for a folder");
    let real = Path::new(ROOT).join("corpus");
    for entry in std::fs::read_dir(&real)
        .expect("it can be listed")
        .flatten()
        .filter(|entry| entry.path().is_file() && entry.file_name() != "protocol.json")
    {
        std::fs::copy(entry.path(), folder.path().join(entry.file_name())).expect("a table can be copied");
    }
    std::fs::create_dir_all(folder.path().join("vectors/core")).expect("the folder can be made");
    // As in the real files the id comes first: an error names the last id before it.
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
                "message": "Codex token refresh failed: invalid_grant (status 400). Run `codex` in your terminal to generate fresh tokens, then run `hermes auth` to re-authenticate.",
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

/// Runs `relogin check` on the small corpus, with [`PATIENCE`] unless `more` gives another limit.
pub(crate) fn check(folder: &TempDir, port: &str, more: &[&str]) -> Output {
    let corpus = folder.path().display().to_string();
    relogin(&[&["check", "--corpus", &corpus, "--port", port], more].concat(), b"")
}

/// The program `relogin`, with the [`search_path`] of the tests.
pub(crate) fn program() -> Command {
    let mut command = Command::new(BIN);
    command.env("PATH", search_path());
    command
}

/// Runs `relogin` with this standard input. `check` and `hunt` of a port get [`PATIENCE`] and no deadline unless they
/// are given.
pub(crate) fn relogin(arguments: &[&str], input: &[u8]) -> Output {
    let mut command = program();
    command.args(arguments).env("COLUMNS", "100").env("NO_COLOR", "1").env_remove("CLICOLOR_FORCE");
    if arguments.contains(&"--port") && !arguments.contains(&"--timeout") {
        command.args(["--timeout", PATIENCE]);
    }
    if arguments.contains(&"--port") && !arguments.contains(&"--deadline") {
        command.args(["--deadline", "0"]);
    }
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("relogin starts");
    // A command that does not read its input has closed it.
    let _ = child.stdin.take().expect("it is a pipe").write_all(input);
    child.wait_with_output().expect("relogin ends")
}

/// Runs each of these on a thread of its own: ports that are silent cost time, and no processor.
pub(crate) fn at_once<T: Sync, R: Send>(all: &[T], run: impl Fn(&T) -> R + Sync) -> Vec<R> {
    std::thread::scope(|scope| {
        let threads: Vec<_> = all.iter().map(|one| scope.spawn(|| run(one))).collect();
        threads.into_iter().map(|thread| thread.join().expect("it does not panic")).collect()
    })
}

/// Waits until something holds, for two minutes at most.
pub(crate) fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let until = Instant::now() + Duration::from_secs(120);
    while !holds() {
        assert!(Instant::now() < until, "{what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Sends a signal to a process, such as `INT`.
pub(crate) fn signal(name: &str, process: u32) {
    let status = Command::new("kill").args([format!("-{name}"), process.to_string()]).status();
    assert!(status.is_ok_and(|status| status.success()), "kill -{name} {process}");
}

/// The text of a file of this repository.
pub(crate) fn read(path: &str) -> String {
    std::fs::read_to_string(Path::new(ROOT).join(path)).unwrap_or_else(|error| unreachable!("{path}: {error}"))
}

/// Whether this command runs here and succeeds. If not, prints that the test is skipped.
#[expect(clippy::print_stderr, reason = "a skipped test says so")]
pub(crate) fn runs(command: &[&str]) -> bool {
    let output = Command::new(command[0]).args(&command[1..]).stdin(Stdio::null()).output();
    let runs = output.as_ref().is_ok_and(|output| output.status.success());
    if !runs {
        eprintln!("skipped: `{}` does not run here", command.join(" "));
    }
    runs
}

#[expect(clippy::print_stderr, reason = "a skipped test says so")]
pub(crate) fn has_python() -> bool {
    if python().is_none() {
        eprintln!("skipped: `python3` does not run here");
    }
    python().is_some()
}

/// The interpreter itself: `python3` may be the script of a version manager, which takes longer to start than Python.
/// `None` without Python.
pub(crate) fn python() -> Option<&'static str> {
    static PYTHON: LazyLock<Option<String>> = LazyLock::new(|| {
        let output = Command::new("python3").args(["-c", "import sys; print(sys.executable)"]).output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    });
    PYTHON.as_deref()
}

/// The `PATH` of the tests, with the folder of [`python`] first.
pub(crate) fn search_path() -> String {
    let path = std::env::var("PATH").unwrap_or_default();
    python().and_then(|python| python.rsplit_once('/')).map_or(path.clone(), |(folder, _)| format!("{folder}:{path}"))
}

pub(crate) fn write(path: impl Into<PathBuf>, content: impl AsRef<[u8]>) {
    std::fs::write(path.into(), content).expect("the file can be written");
}

/// A snapshot of an exit status and of both streams.
pub(crate) fn snapshot(folder: &TempDir, name: &str, output: &Output) {
    let status = output.status.code().map_or_else(|| "none".to_owned(), |code| code.to_string());
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let lines = |text: &str| text.lines().map(str::trim_end).collect::<Vec<&str>>().join("\n");
    let text =
        format!("exit status {status}\n-- standard output\n{}\n-- standard error\n{}", lines(&stdout), lines(&stderr));
    pin_in(folder, name, &text);
}

/// A snapshot of a text that may name files in a folder of the test.
pub(crate) fn pin_in(folder: &TempDir, name: &str, text: &str) {
    pin_with(
        name,
        text,
        &[(format!("{}/?", folder.path().display()), "[DIR]/"), (BIN.to_owned(), "[BIN]"), (ROOT.to_owned(), "[ROOT]")],
    );
}

/// A snapshot of a text that names no file.
pub(crate) fn pin(name: &str, text: &str) {
    pin_with(name, text, &[]);
}

/// Snapshots are in one folder, under their own names, and hold no path of the machine.
fn pin_with(name: &str, text: &str, paths: &[(String, &str)]) {
    let mut settings = Settings::clone_current();
    settings.set_snapshot_path("../../snapshots");
    settings.set_omit_expression(true);
    settings.set_prepend_module_to_snapshot(false);
    paths.iter().for_each(|(path, shown)| settings.add_filter(&path.replace('.', r"\."), *shown));
    settings.bind(|| insta::assert_snapshot!(name, text));
}
