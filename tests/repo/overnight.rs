//! `fuzz/overnight` with a `cargo` that plays the fuzzer: no nightly toolchain is needed, and a night takes seconds.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use tempfile::TempDir;

use crate::support::{ROOT, has_python, python, signal, wait_until};

/// A tree with nothing but the script, and a `cargo` beside it; none without Python.
struct Tree {
    folder: TempDir,
    python: &'static str,
}

impl Tree {
    fn new(goes_wrong: &[&str]) -> Option<Self> {
        if !has_python() {
            return None;
        }
        let tree = Self { folder: TempDir::new().expect("there is room for a folder"), python: python()? };
        fs::create_dir_all(tree.path("fuzz")).expect("a folder can be made");
        fs::create_dir_all(tree.path("bin")).expect("a folder can be made");
        for script in ["fuzz/overnight", "fuzz/rustc"] {
            fs::copy(Path::new(ROOT).join(script), tree.path(script)).expect("the script is there");
        }
        fs::write(
            tree.path("bin/cargo"),
            format!("#!{}\n{}", tree.python, include_str!("../support/fuzzing_cargo.py")),
        )
        .expect("can be written");
        fs::set_permissions(tree.path("bin/cargo"), fs::Permissions::from_mode(0o755)).expect("it is ours");
        goes_wrong.iter().for_each(|what| fs::write(tree.path("bin").join(what), "").expect("a file can be written"));
        Some(tree)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_default()
    }

    fn names(&self, folder: &str) -> Vec<String> {
        let entries = fs::read_dir(self.path(folder)).into_iter().flatten().flatten();
        let mut names: Vec<String> = entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    fn start(&self, arguments: &[&str]) -> Child {
        let mut command = Command::new(self.python);
        command
            .args(["-c", IN_THE_FOREGROUND])
            .arg(self.path("fuzz/overnight"))
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let path = format!("{}:/usr/bin:/bin", self.path("bin").display());
        command.env("PATH", path).env_remove("CARGO_TARGET_DIR").spawn().expect("Python starts")
    }

    fn night(&self, arguments: &[&str]) -> (i32, String, String) {
        texts(&self.start(arguments).wait_with_output().expect("it ends"))
    }
}

/// A shell starts what stands before `&` so that it ignores an interrupt, and so do these tests if they stand there.
const IN_THE_FOREGROUND: &str = "import os, signal, sys; signal.signal(signal.SIGINT, signal.SIG_DFL); os.execv(sys.executable, [sys.executable, *sys.argv[1:]])";

fn texts(output: &Output) -> (i32, String, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code().unwrap_or(-1), text(&output.stdout), text(&output.stderr))
}

#[test]
fn help_and_wrong_arguments() {
    let Some(tree) = Tree::new(&[]) else { return };
    let (status, help, _) = tree.night(&["--help"]);
    assert!(
        status == 0 && help.contains("usage: fuzz/overnight [-h] [HOURS]") && help.contains("exit status"),
        "{help}"
    );
    for wrong in [&["0"][..], &["-1"], &["nan"], &["inf"], &["eight"], &["1", "2"], &["--quick"]] {
        let (status, output, error) = tree.night(wrong);
        assert_eq!((status, output.as_str(), error.lines().count()), (2, "", 2), "{wrong:?}: {error}");
    }
    assert!(
        tree.read("bin/calls").is_empty() && !tree.path("fuzz/overnight.state").exists(),
        "nothing is done for a wrong argument"
    );
}

#[test]
fn a_missing_tool_is_reported_with_the_command_that_installs_it() {
    for (what, advice) in [
        ("no-cargo-fuzz", "`rustup toolchain install nightly` and `cargo install cargo-fuzz --locked`"),
        ("does-not-build", "error[E0425]: this does not build"),
    ] {
        let Some(tree) = Tree::new(&[what]) else { return };
        let (status, _, error) = tree.night(&["0.001"]);
        assert!(status == 2 && error.contains(advice), "{what}: {status} {error}");
        fs::remove_file(tree.path("bin").join(what)).expect("it is there");
        assert_eq!(tree.night(&["0.001"]).0, 0, "once it is mended the night runs: {what}");
    }
    let Some(tree) = Tree::new(&[]) else { return };
    fs::remove_file(tree.path("bin/cargo")).expect("it is there");
    let mut command = Command::new(tree.python);
    let output =
        command.arg(tree.path("fuzz/overnight")).env("PATH", tree.path("bin")).output().expect("Python starts");
    let (status, _, error) = texts(&output);
    assert!(status == 2 && error.contains("No such file or directory: 'cargo'"), "{status} {error}");
}

#[test]
fn a_quiet_night_runs_every_target_in_every_shift() {
    let Some(tree) = Tree::new(&[]) else { return };
    let (status, summary, error) = tree.night(&["0.001"]);
    assert_eq!((status, error.as_str()), (0, ""), "{summary}");
    let calls = tree.read("bin/calls");
    let forks: Vec<String> = calls
        .lines()
        .filter(|call| call.contains("-fork="))
        .map(|call| {
            let words: Vec<&str> = call.split(' ').collect();
            format!("{} {}", words[4], words[7])
        })
        .collect();
    assert_eq!(forks, ["none one", "none two", "address one", "address two"]);
    assert!(calls.contains("--example fuzz_inputs") && calls.matches("fuzz cmin -s address").count() == 2, "{calls}");
    assert_eq!(tree.names("fuzz/corpus/one"), ["new"], "inputs that add no coverage are removed");
    let rows: Vec<String> = summary.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    for row in ["two address 100 executions 100/s coverage 10 -> 15 findings 0", "two minimised corpus: 1 inputs"] {
        assert!(rows.iter().any(|line| line == row), "{row}: {summary}");
    }
    assert!(
        summary.ends_with("nothing was found\n")
            && tree.read("fuzz/overnight.state/summary.txt").contains("nothing was found")
    );
}

#[test]
fn a_finding_becomes_a_regression_and_a_vector_and_the_night_goes_on() {
    let Some(tree) = Tree::new(&["finds"]) else { return };
    let (status, summary, _) = tree.night(&["0.001"]);
    assert!(
        status == 1 && summary.contains("\ncrash in one (bulk): src/some.rs:1:2 -> fuzz/regressions/one/"),
        "{summary}"
    );
    let names = tree.names("fuzz/regressions/one");
    assert_eq!(names, ["11f6ad8ec52a2984abaafd7c3b516503785c2072"], "findings that become the same input are one");
    assert_eq!(tree.read(&format!("fuzz/regressions/one/{}", names[0])), "x", "it is minimised");
    assert_eq!(tree.read("fuzz/proposed/one-11f6ad8ec52a.json"), "{\"a\": \"vector\"}\n");
    assert_eq!(tree.names("fuzz/artifacts/one"), ["done", "slow-unit-d"], "what is dealt with is put away");
    assert_eq!(tree.names("fuzz/artifacts/one/done"), ["crash-a", "crash-b", "timeout-c"]);
    assert!(
        tree.read("bin/calls").lines().any(|call| call.contains("two") && call.contains("-fork=")),
        "the others had their turn"
    );
}

#[test]
fn an_interrupted_night_leaves_no_process_and_keeps_what_it_found() {
    for name in ["INT", "TERM"] {
        let Some(tree) = Tree::new(&["hangs"]) else { return };
        let child = tree.start(&["0.001"]);
        wait_until("the fuzzer starts or ends", || !tree.read("bin/pid").is_empty());
        signal(name, child.id());
        let (status, _, error) = texts(&child.wait_with_output().expect("it ends"));
        assert!(status == 130 && error.contains("the next night starts from what it has found"), "{status} {error}");
        let fuzzer = tree.read("bin/pid");
        wait_until("the fuzzer starts or ends", || {
            fs::read_to_string(format!("/proc/{fuzzer}/stat")).map_or(true, |stat| stat.contains(") Z "))
        });
        assert_eq!(tree.names("fuzz/corpus/one").len(), 2, "what was not merged yet is kept");
    }
}

#[test]
fn a_fuzzer_that_ends_early_is_an_error() {
    let Some(tree) = Tree::new(&[]) else { return };
    let (status, _, error) = tree.night(&["1"]);
    assert!(status == 2 && error.contains("`one` ended early with status 0 and no finding"), "{status} {error}");
}
