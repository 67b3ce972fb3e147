//! `.clusterfuzzlite/` and its workflows say the same, and only what the engine knows. `scripts/clusterfuzzlite` shows that build.sh works.

use std::fs;
use std::path::{Path, PathBuf};

/// The workflows, by their mode.
const WORKFLOWS: [(&str, &str); 4] = [("pr", "code-change"), ("batch", "batch"), ("prune", "prune"), ("coverage", "coverage")];
/// The inputs of both actions that we use, of those that the engine documents.
const INPUTS: [&str; 5] = ["language", "github-token", "sanitizer", "fuzz-seconds", "mode"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).expect("a file of the tree can be read")
}

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
    let sanitizers: Vec<&str> =
        project.lines().skip_while(|line| *line != "sanitizers:").skip(1).map(|line| line.trim_matches([' ', '-'])).collect();
    for (name, mode) in WORKFLOWS {
        let text = workflow(name);
        assert_eq!(values(&text, "mode"), [mode], "{name}");
        assert_eq!(values(&text, "language"), [values(&project, "language"), values(&project, "language")].concat(), "{name}");
        let sanitizer = if mode == "coverage" { vec!["coverage"] } else { sanitizers.clone() };
        assert_eq!(values(&text, "sanitizer"), [sanitizer.clone(), sanitizer].concat(), "{name}: it is built and run with the same one");
        let uses = ["build", "run"].map(|step| format!("google/clusterfuzzlite/actions/{step}_fuzzers@v1"));
        assert_eq!(values(&text, "uses"), uses, "{name}");
    }
    let names = fs::read_dir(root().join(".github/workflows")).expect("there are workflows").flatten();
    let ours = names.filter(|entry| entry.file_name().to_string_lossy().starts_with("cflite_")).count();
    assert_eq!(ours, WORKFLOWS.len(), "each workflow is in the table of this test");
}

#[test]
fn the_workflows_are_bounded_and_may_only_read() {
    for (name, _) in WORKFLOWS {
        let text = workflow(name);
        assert_eq!((values(&text, "contents"), values(&text, "actions")), (vec!["read"], vec!["read"]), "{name}");
        assert!(!text.contains("write") && text.contains("\npermissions:\n") && text.contains("\nconcurrency:\n"), "{name}");
        let number = |key| values(&text, key).first().and_then(|value| value.parse::<u32>().ok()).unwrap_or_default();
        assert!(
            number("fuzz-seconds") > 0 && number("timeout-minutes") * 60 >= number("fuzz-seconds") + 1_800,
            "{name}: there is time to build"
        );
        let inputs = text.lines().filter(|line| line.starts_with("          ")).filter_map(|line| line.trim().split_once(": "));
        inputs.for_each(|(input, _)| assert!(INPUTS.contains(&input), "{name}: no action has an input {input}"));
    }
}

/// As much of YAML as can be told by its lines.
#[test]
fn the_workflows_are_well_formed() {
    for (name, _) in WORKFLOWS {
        let mut last = 0;
        for line in workflow(name).lines().filter(|line| !line.trim_start().starts_with('#')) {
            let key = line.trim_start().trim_start_matches("- ");
            let indent = line.len() - key.len();
            assert!(indent % 2 == 0 && indent <= last + 4 && !line.contains('\t') && line.trim_end() == line, "{name}: {line:?}");
            assert!(key.ends_with(':') || key.contains(": "), "{name}: {line:?}");
            last = indent;
        }
    }
}

#[test]
fn one_registry_is_named_in_one_place() {
    let docker = read(".clusterfuzzlite/Dockerfile");
    let from: Vec<&str> = docker.lines().filter(|line| line.contains("gcr.io")).collect();
    assert_eq!(from, ["FROM gcr.io/oss-fuzz-base/base-builder-rust"]);
    assert!(docker.contains("COPY ./.clusterfuzzlite/build.sh $SRC/\n"), "the engine runs the build.sh in $SRC");
}
