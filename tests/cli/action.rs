//! The GitHub Action: `scripts/action`, run as `action.yml` runs it, with the variables that GitHub sets.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use crate::support::{BIN, PATIENCE, ROOT, corpus};
use tempfile::TempDir;

const ACTION: &str = include_str!("../../action.yml");

fn action(folder: &TempDir, step: &str, variables: &[(&str, &str)]) -> Output {
    let source = ROOT;
    let mut command = Command::new("bash");
    command.arg(format!("{source}/scripts/action")).arg(step).current_dir(folder.path());
    command.env("GITHUB_ACTION_PATH", source).env("GITHUB_OUTPUT", folder.path().join("output")).env("RUNNER_TEMP", folder.path());
    command.envs(variables.iter().copied()).env("NO_COLOR", "1").output().expect("there is a bash")
}

/// A folder in which relogin was built before.
fn built() -> TempDir {
    let folder = corpus();
    fs::create_dir_all(folder.path().join("relogin/bin")).expect("a folder can be made");
    std::os::unix::fs::symlink(BIN, folder.path().join("relogin/bin/relogin")).expect("a link can be made");
    folder
}

#[test]
fn the_gate_step_reports_and_ends_as_the_run_does() {
    let folder = built();
    for (port, status, told) in [
        (format!("{BIN} port"), 0, "::notice title=relogin::all 2 implementations conform"),
        ("/nowhere/port; echo owned $(id)".to_owned(), 3, "::error title=/nowhere/port; echo own"),
    ] {
        let output = action(
            &folder,
            "gate",
            &[("RELOGIN_PORT", &port), ("RELOGIN_LEVEL", "core"), ("RELOGIN_FOLDER", "r"), ("RELOGIN_TIMEOUT", PATIENCE)],
        );
        let text = String::from_utf8_lossy(&output.stdout);
        assert_eq!(output.status.code(), Some(status), "{text}{}", String::from_utf8_lossy(&output.stderr));
        assert!(text.contains(told) && text.contains("implementation "), "{text}");
        for name in ["results.jsonl", "report.html", "junit.xml"] {
            assert!(folder.path().join("r").join(name).is_file(), "{name}");
        }
    }
    assert!(fs::read_to_string(folder.path().join("output")).is_ok_and(|text| text.contains("folder=r\n")));
    let output = action(&folder, "gate", &[("RELOGIN_PORT", "x"), ("RELOGIN_BASELINE", "/nowhere/baseline")]);
    assert_eq!(output.status.code(), Some(2), "a baseline that is not there is wrong usage");
}

#[test]
fn what_is_built_is_told_by_the_lock_file_and_the_sources() {
    let folder = built();
    assert!(action(&folder, "key", &[]).status.success());
    let key = fs::read_to_string(folder.path().join("output")).expect("the key was written");
    let parts: Vec<&str> = key.trim().strip_prefix("key=").unwrap_or_default().split('-').collect();
    assert!(parts.len() == 2 && parts.iter().all(|part| part.len() == 16), "{key}");
    let output = action(&folder, "build", &[]);
    assert!(String::from_utf8_lossy(&output.stdout).starts_with("relogin was built before"), "a cached binary is used");
    assert_eq!(action(&folder, "dance", &[]).status.code(), Some(2));
}

/// Each variable that the script reads is set by the action, from an input that it declares, and nothing of an input is pasted into a script.
#[test]
fn action_and_script_name_the_same_things() {
    let script = fs::read_to_string(Path::new(ROOT).join("scripts/action")).expect("the script is there");
    let words = |text: &str| -> BTreeSet<String> {
        let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
        words.filter(|word| word.starts_with("RELOGIN_")).map(str::to_owned).collect()
    };
    assert_eq!(words(ACTION), words(&script));
    for variable in words(ACTION) {
        let input = variable.trim_start_matches("RELOGIN_").to_ascii_lowercase();
        assert!(ACTION.contains(&format!("\n  {input}:\n    description:")), "{input} is declared");
        assert!(ACTION.contains(&format!("        {variable}: ${{{{ inputs.{input} }}}}\n")), "{variable} is that input");
    }
    let runs: Vec<&str> = ACTION.lines().filter_map(|line| line.trim_start().strip_prefix("run: ")).collect();
    assert_eq!(runs, ["key", "build", "gate"].map(|step| format!("bash \"$GITHUB_ACTION_PATH/scripts/action\" {step}")));
}
