//! action.yml and the workflows use the actions of others by commit, and leave no credentials behind.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::support::{ROOT, read};

/// The files that use actions, with their text.
fn files() -> Vec<(String, String)> {
    let folder = fs::read_dir(Path::new(ROOT).join(".github/workflows")).expect("there are workflows").flatten();
    let workflows = folder.map(|entry| format!(".github/workflows/{}", entry.file_name().display()));
    workflows.chain(["action.yml".to_owned()]).map(|name| (name.clone(), read(&name))).collect()
}

/// A tag or a branch moves, a commit does not. Its version stands beside it, for people and for updates.
#[test]
fn actions_are_pinned_by_commit_with_one_version_each() {
    let mut pins = BTreeMap::new();
    for (file, text) in files() {
        for line in text.lines().filter_map(|line| line.trim().trim_start_matches("- ").strip_prefix("uses: ")) {
            let parts = line.split_once('@').and_then(|(action, pin)| Some((action, pin.split_once(" # ")?)));
            let Some((action, (commit, version))) = parts else {
                unreachable!("{file}: {line}: no commit, or no version")
            };
            assert!(commit.len() == 40 && commit.bytes().all(|byte| byte.is_ascii_hexdigit()), "{file}: {line}");
            assert!(
                version.starts_with('v') && version[1..].split('.').all(|part| part.parse::<u32>().is_ok()),
                "{file}: {line}"
            );
            // The actions of one repository have one commit.
            let repository = action.split('/').take(2).collect::<Vec<&str>>().join("/");
            let pin = (commit.to_owned(), version.to_owned());
            assert_eq!(pins.entry(repository).or_insert_with(|| pin.clone()), &pin, "{file}: {line}");
        }
    }
    assert!(pins.contains_key("actions/checkout") && pins.contains_key("actions/cache"), "{pins:?}");
}

#[test]
fn no_checkout_leaves_credentials_and_no_workflow_may_write() {
    for (file, text) in files().iter().filter(|(file, _)| file != "action.yml") {
        let checkouts = text.matches("uses: actions/checkout@").count();
        assert_eq!(text.matches("\n          persist-credentials: false\n").count(), checkouts, "{file}");
        assert!(text.contains("\npermissions:\n  contents: read\n") && !text.contains(": write"), "{file}");
    }
}
