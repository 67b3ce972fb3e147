//! The fuzz targets on stable: each runs over its seeds and its regressions, and has one name everywhere.

use std::collections::BTreeSet;
use std::fs;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use relogin_conformance::fuzzing::{TARGETS, run, write_inputs};

use crate::support::ROOT;

fn fuzz() -> PathBuf {
    Path::new(ROOT).join("fuzz")
}

/// The files and folders in a folder, sorted, without what a name may end with; none when there is no folder.
fn names(folder: &Path, ending: &str) -> Vec<String> {
    let files = fs::read_dir(folder).map(|files| files.map(|file| file.expect("a file can be listed").file_name()));
    let files = files.into_iter().flatten().map(|name| name.to_string_lossy().into_owned());
    let mut names: Vec<String> = files.map(|name| name.strip_suffix(ending).unwrap_or(&name).to_owned()).collect();
    names.sort();
    names
}

fn targets() -> Vec<String> {
    let names: BTreeSet<String> = TARGETS.iter().map(|target| target.name.to_owned()).collect();
    assert_eq!(names.len(), TARGETS.len(), "no name is given twice");
    names.into_iter().collect()
}

/// Runs a target over the files of a folder, of which there must be one.
fn replay(target: &str, folder: &Path) {
    let files = names(folder, "");
    assert!(!files.is_empty(), "{} has a file", folder.display());
    files.iter().for_each(|file| {
        let bytes = fs::read(folder.join(file)).expect("a file can be read");
        assert!(catch_unwind(|| run(target, &bytes)).is_ok(), "{target} does not hold for {file}");
    });
}

#[test]
fn the_regressions_hold() {
    targets().iter().for_each(|target| replay(target, &fuzz().join("regressions").join(target)));
}

#[test]
fn the_generated_seeds_hold() {
    let folder = tempfile::tempdir().unwrap();
    write_inputs(folder.path()).unwrap();
    let seeds = folder.path().join("seeds");
    assert_eq!(names(&seeds, ""), targets());
    assert_eq!(names(&folder.path().join("dictionaries"), ".dict"), targets());
    targets().iter().for_each(|target| replay(target, &seeds.join(target)));
}

/// `fuzz/rustc` with a compiler that prints its arguments.
#[test]
fn only_the_crates_that_a_target_is_about_are_instrumented_and_no_comparison_is_traced() {
    let [pass, counters, compares, address, memory] = [
        "-Cpasses=sancov-module",
        "-Cllvm-args=-sanitizer-coverage-level=4",
        "-Cllvm-args=-sanitizer-coverage-trace-compares",
        "-Zsanitizer=address",
        "-Zsanitizer=memory",
    ];
    let arguments = |name: &str, kind: &str, crates: &str| {
        let mut command = Command::new(fuzz().join("rustc"));
        command.args(["echo", "--crate-name", name, "--crate-type", kind, pass, counters, compares, address, memory]);
        let output = command.env("RELOGIN_INSTRUMENT", crates).output().expect("the script starts");
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    };
    let of_parser = format!("--crate-name relogin --crate-type lib {pass} {counters} {address} {memory}");
    assert_eq!(arguments("relogin", "lib", "relogin serde_json"), of_parser);
    let other = format!("--crate-name relogin_conformance --crate-type lib {memory}");
    assert_eq!(arguments("relogin_conformance", "lib", "relogin"), other);
    let program = format!("--crate-name bytes --crate-type bin {address} {memory}");
    assert_eq!(arguments("bytes", "bin", "relogin"), program);
}

#[test]
fn a_target_has_one_name_everywhere() {
    let manifest = fs::read_to_string(fuzz().join("Cargo.toml")).unwrap();
    let readme = fs::read_to_string(fuzz().join("README.md")).unwrap();
    let between = |text: &str, before: &str, after: &str| {
        let mut names: Vec<String> = text
            .lines()
            .filter_map(|line| line.strip_prefix(before)?.split_once(after).map(|(name, _)| name.to_owned()))
            .collect();
        names.sort();
        names
    };
    let mut binaries = between(&manifest, "name = \"", "\"");
    binaries.retain(|name| name != "relogin-fuzz"); // the package
    for (what, names) in [
        ("fuzz/fuzz_targets", names(&fuzz().join("fuzz_targets"), ".rs")),
        ("fuzz/Cargo.toml", binaries),
        ("fuzz/regressions", names(&fuzz().join("regressions"), "")),
        ("fuzz/README.md", between(&readme, "| `", "`")),
    ] {
        assert_eq!(names, targets(), "{what}");
    }
    for target in TARGETS {
        let file = fuzz().join("fuzz_targets").join(target.name).with_extension("rs");
        let text = fs::read_to_string(&file).unwrap();
        assert!(text.contains(&format!("run(\"{}\", ", target.name)), "{} runs its own target", file.display());
        assert!(
            readme.contains(&format!("| `{}` | {} |", target.name, target.about)),
            "fuzz/README.md says of {}: {}",
            target.name,
            target.about
        );
    }
}

fn command_of(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO"));
    command
        .current_dir(ROOT)
        .args(["run", "--quiet", "--locked", "--example", arguments[0], "--"])
        .args(&arguments[1..]);
    command
}

fn example(arguments: &[&str]) -> (i32, String, String) {
    let output = command_of(arguments).output().expect("cargo starts");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code().unwrap_or(-1), text(&output.stdout), text(&output.stderr))
}

#[test]
fn distribution_refuses_wrong_arguments() {
    for wrong in ["0", "abc", "-1", "1.5", "5000000000"] {
        let (status, output, error) = example(&["distribution", wrong]);
        assert_eq!((status, output.as_str()), (2, ""), "{error}");
        assert!(
            error.starts_with(&format!("error: `{wrong}` is not a number of draws")) && error.contains("usage: "),
            "{error}"
        );
    }
}

/// Some targets have inputs that no vector can express. A closed pipe is not an error.
#[test]
fn fuzz_vector_proposes_a_vector_or_says_why_not() {
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("input").display().to_string();
    fs::write(&input, b"\x01\x00{\"error\":\"invalid_grant\"}").unwrap();
    for target in TARGETS {
        let (status, output, error) = example(&["fuzz_vector", target.name, &input]);
        let says_why = error.contains("so there is no vector to propose: ") && output.is_empty();
        assert_eq!(
            (status, !says_why),
            if target.response.is_some() { (0, true) } else { (1, false) },
            "{}: {error}",
            target.name
        );
    }
    let mut child =
        command_of(&["fuzz_vector", "bytes", &input]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(example(&["fuzz_vector", "bytes"]).0, 2);
    assert_eq!(example(&["fuzz_vector", "bites", &input]).0, 2);
}
