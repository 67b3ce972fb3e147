//! `.clusterfuzzlite/` and its workflows agree and use only inputs that the engine knows, and `scripts/clusterfuzzlite`
//! finds the mistakes of a build script.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use crate::support::{ROOT, read, runs};

/// The workflows, by their mode.
const WORKFLOWS: [(&str, &str); 4] =
    [("pr", "code-change"), ("batch", "batch"), ("prune", "prune"), ("coverage", "coverage")];
/// The inputs of both actions that we use, of those that the engine documents.
const INPUTS: [&str; 5] = ["language", "github-token", "sanitizer", "fuzz-seconds", "mode"];

fn workflow(name: &str) -> String {
    read(&format!(".github/workflows/cflite_{name}.yml"))
}

/// The values of a key, without quotes, wherever it stands.
fn values<'t>(text: &'t str, key: &str) -> Vec<&'t str> {
    let value = |line: &'t str| line.trim_start().trim_start_matches("- ").strip_prefix(key)?.strip_prefix(": ");
    text.lines().filter_map(value).map(|value| value.split(" #").next().unwrap_or_default().trim_matches('"')).collect()
}

#[test]
fn the_workflows_agree_with_the_project() {
    let project = read(".clusterfuzzlite/project.yaml");
    let sanitizers: Vec<&str> = project
        .lines()
        .skip_while(|line| *line != "sanitizers:")
        .skip(1)
        .map(|line| line.trim_matches([' ', '-']))
        .collect();
    for (name, mode) in WORKFLOWS {
        let text = workflow(name);
        assert_eq!(values(&text, "mode"), [mode], "{name}");
        assert_eq!(
            values(&text, "language"),
            [values(&project, "language"), values(&project, "language")].concat(),
            "{name}"
        );
        let sanitizer = if mode == "coverage" { vec!["coverage"] } else { sanitizers.clone() };
        assert_eq!(
            values(&text, "sanitizer"),
            [sanitizer.clone(), sanitizer].concat(),
            "{name}: it is built and run with the same one"
        );
        let actions: Vec<&str> =
            values(&text, "uses").iter().filter_map(|uses| Some(uses.split_once('@')?.0)).collect();
        assert_eq!(
            actions,
            ["build", "run"].map(|step| format!("google/clusterfuzzlite/actions/{step}_fuzzers")),
            "{name}"
        );
    }
    let names = fs::read_dir(Path::new(ROOT).join(".github/workflows")).expect("there are workflows").flatten();
    let ours = names.filter(|entry| entry.file_name().to_string_lossy().starts_with("cflite_")).count();
    assert_eq!(ours, WORKFLOWS.len(), "each workflow is in the table of this test");
}

#[test]
fn the_workflows_are_bounded_and_may_only_read() {
    for (name, _) in WORKFLOWS {
        let text = workflow(name);
        assert_eq!((values(&text, "contents"), values(&text, "actions")), (vec!["read"], vec!["read"]), "{name}");
        assert!(
            !text.contains("write") && text.contains("\npermissions:\n") && text.contains("\nconcurrency:\n"),
            "{name}"
        );
        let number = |key| values(&text, key).first().and_then(|value| value.parse::<u32>().ok()).unwrap_or_default();
        assert!(
            number("fuzz-seconds") > 0 && number("timeout-minutes") * 60 >= number("fuzz-seconds") + 1_800,
            "{name}: there is time to build"
        );
        let inputs =
            text.lines().filter(|line| line.starts_with("          ")).filter_map(|line| line.trim().split_once(": "));
        inputs.for_each(|(input, _)| assert!(INPUTS.contains(&input), "{name}: no action has an input {input}"));
    }
}

/// As much of YAML as single lines show.
#[test]
fn the_workflows_are_well_formed() {
    for (name, _) in WORKFLOWS {
        let mut last = 0;
        for line in workflow(name).lines().filter(|line| !line.trim_start().starts_with('#')) {
            let key = line.trim_start().trim_start_matches("- ");
            let indent = line.len() - key.len();
            assert!(
                indent % 2 == 0 && indent <= last + 4 && !line.contains('\t') && line.trim_end() == line,
                "{name}: {line:?}"
            );
            assert!(key.ends_with(':') || key.contains(": "), "{name}: {line:?}");
            last = indent;
        }
    }
}

#[test]
fn the_image_is_the_one_of_the_engine() {
    let docker = read(".clusterfuzzlite/Dockerfile");
    let from: Vec<&str> = docker.lines().filter(|line| line.starts_with("FROM ")).collect();
    assert!(
        from.len() == 1 && from[0].ends_with("/oss-fuzz-base/base-builder-rust"),
        "the image is the one of the engine's guide: {from:?}"
    );
    assert!(docker.contains("COPY ./.clusterfuzzlite/build.sh $SRC/\n"), "the engine runs the build.sh in $SRC");
}

/// A tree with the build script, the script that proves it, and a `cargo` that plays the build; `edits` are made to the
/// build script.
fn tree(edits: &[(&str, &str)]) -> TempDir {
    let folder = TempDir::new().expect("there is room for a folder");
    let put = |path: &str, text: &str| {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().expect("a file is in a folder")).expect("a folder can be made");
        fs::write(&path, text).expect("a file can be written");
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("it is ours");
    };
    let build = edits.iter().fold(read(".clusterfuzzlite/build.sh"), |text, (old, new)| {
        assert!(text.contains(old), "{old}");
        text.replacen(old, new, 1)
    });
    put(".clusterfuzzlite/build.sh", &build);
    put("scripts/clusterfuzzlite", &read("scripts/clusterfuzzlite"));
    put("bin/cargo", include_str!("../support/building_cargo.sh"));
    let made = Command::new("git").args(["init", "-q"]).current_dir(folder.path()).status();
    assert!(made.is_ok_and(|status| status.success()), "git makes a repository");
    folder
}

/// The status and the output of `scripts/clusterfuzzlite` in a tree.
fn prove(tree: &TempDir, arguments: &[&str]) -> (Option<i32>, String) {
    let path = format!("{}:{}", tree.path().join("bin").display(), std::env::var("PATH").unwrap_or_default());
    let mut command = Command::new(tree.path().join("scripts/clusterfuzzlite"));
    let output =
        command.args(arguments).env("PATH", path).env_remove("CARGO_TARGET_DIR").output().expect("there is a bash");
    (output.status.code(), String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned())
}

#[test]
fn the_mistakes_of_a_build_script_are_found() {
    if !["zip -v", "unzip -v", "git --version"].iter().all(|tool| runs(&tool.split(' ').collect::<Vec<&str>>())) {
        return;
    }
    let (status, output) = prove(&tree(&[]), &["1"]);
    assert_eq!(status, Some(0), "{output}");
    assert!(
        ["ok address  one", "ok address  two", "ok coverage one", "ok coverage two"]
            .iter()
            .all(|line| output.contains(line)),
        "{output}"
    );
    let after = |line: &'static str| ("\ndone\n", line);
    for (edit, what) in [
        (after("\ndone\nrm \"$OUT/two\"\n"), "two: there is no binary"),
        (after("\ndone\nrm \"$OUT/two_seed_corpus.zip\"\n"), "two: there is no seed archive"),
        (after("\ndone\nrm \"$OUT/two.dict\"\n"), "two: there is no dictionary"),
        (after("\ndone\nsed -i s/LLVMFuzzer// \"$OUT/two\"\n"), "two: the engine does not see a fuzz target in it"),
        (after("\ndone\necho exit 1 >>\"$OUT/two\"\n"), "two: it does not run"),
        (after("\ndone\nexit 3\n"), "build.sh"),
    ] {
        let (status, output) = prove(&tree(&[edit]), &["1"]);
        assert!(status == Some(1) && output.contains(&format!("FAILED address {what}")), "{what}: {status:?} {output}");
    }
    for wrong in [&["0"][..], &["soon"], &["1", "2"]] {
        assert_eq!(prove(&tree(&[]), wrong).0, Some(2), "{wrong:?}");
    }
}
