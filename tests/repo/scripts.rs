//! `--help` of every script prints what it does, and does nothing else.

#![expect(clippy::print_stderr, reason = "a skipped test says so")]

use std::env;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::python;
use tempfile::TempDir;

#[test]
fn help_prints_and_runs_nothing() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let entries = fs::read_dir(root.join("scripts")).expect("there are scripts").flatten();
    let mut scripts: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    scripts.push(root.join("fuzz/overnight"));
    let folder = TempDir::new().expect("there is room for a folder");
    let bin = folder.path().join("bin"); // all that a script may run
    fs::create_dir(&bin).expect("a folder can be made");
    let path = env::var_os("PATH").unwrap_or_default();
    for tool in ["bash", "env", "sed"] {
        let found = env::split_paths(&path).map(|place| place.join(tool)).find(|path| path.is_file());
        symlink(found.expect("the tool is here"), bin.join(tool)).expect("a link can be made");
    }
    // `python3` may be a script that looks for Python in the PATH.
    if let Some(python) = python() {
        symlink(python, bin.join("python3")).expect("a link can be made");
    }
    for script in scripts {
        let name = script.strip_prefix(root).expect("it is in the repository").display().to_string();
        if !bin.join("python3").exists()
            && fs::read_to_string(&script).is_ok_and(|text| text.starts_with("#!/usr/bin/env python3"))
        {
            eprintln!("skipped: {name} needs Python");
            continue;
        }
        let output = Command::new(&script)
            .arg("--help")
            .current_dir(&folder)
            .env("PATH", &bin)
            .output()
            .expect("the script starts");
        let (help, error) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success() && error.is_empty(), "{name}: {error}");
        assert!(help.contains(&name) && help.lines().count() > 2, "{name} does not say what it does: {help}");
    }
    assert_eq!(fs::read_dir(&folder).expect("it can be listed").count(), 1, "nothing is written");
}
