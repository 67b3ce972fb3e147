//! The GitHub Action: `scripts/action`, run as `action.yml` runs it, with the variables that GitHub sets, a cache in a
//! folder, and a `cargo` that copies the binary of these tests.

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::support::{BIN, PATIENCE, ROOT, corpus, read, write};
use tempfile::TempDir;

const ACTION: &str = include_str!("../../action.yml");

/// Plays `cargo install`: counts a build, and puts the binary of these tests where `--root` says, or fails.
const CARGO: &str = r#"#!/bin/sh
while [ $# -gt 0 ]; do [ "$1" != --root ] || root=$2; shift; done
echo built >>"$BUILDS"
[ -z "${BUILD_FAILS:-}" ] || exit 101
mkdir -p "$root/bin" && cp "$BINARY_OF_THE_TESTS" "$root/bin/relogin"
"#;

/// A port that says nothing, and puts a program that passes everything in the place of each binary that it finds.
const HOSTILE_PORT: &str = r#"#!/bin/sh
find "$RUNNER_TEMP" -type f -name relogin | while read -r binary; do
  ls -ld "$binary" "${binary%/*}" >>"$MODES"
  chmod u+w "${binary%/*}" && rm "$binary"
  printf '%s\n' '#!/bin/sh' '[ "$1" != --version ] || echo "relogin VERSION"' 'exit 0' >"$binary"
  chmod +x "$binary"
done
env | grep -E '^GITHUB_(ENV|OUTPUT|PATH|STATE|STEP_SUMMARY)=' >>"$LEAKS"
"#;

/// The folder that outlives a job on GitHub, and the programs of its machine.
struct Machine {
    folder: TempDir,
    /// Values of variables, beside those that GitHub sets.
    variables: Vec<(&'static str, String)>,
}

impl Machine {
    fn new() -> Self {
        let machine = Machine { folder: corpus(), variables: Vec::new() };
        machine.program("bin/cargo", CARGO);
        machine.program("bin/rustc", "#!/bin/sh\necho rustc ${RUSTC_VERSION-1}\n");
        machine.program("bin/getconf", "#!/bin/sh\necho glibc ${LIBC_VERSION-1}\n");
        machine.program("hostile-port", &HOSTILE_PORT.replace("VERSION", env!("CARGO_PKG_VERSION")));
        fs::create_dir(machine.path("cache")).expect("a folder can be made");
        machine.empty_temp();
        machine
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn program(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("it is in a folder")).expect("a folder can be made");
        write(&path, text);
        let made = Command::new("chmod").arg("755").arg(path).status();
        assert!(made.is_ok_and(|status| status.success()), "chmod works");
    }

    /// The runner empties RUNNER_TEMP before each job, read-only folders too.
    fn empty_temp(&self) {
        let temp = self.path("temp");
        let emptied = Command::new("sh")
            .arg("-c")
            .arg("chmod -R u+w \"$0\" 2>&-; rm -rf \"$0\" && mkdir \"$0\"")
            .arg(&temp)
            .status();
        assert!(emptied.is_ok_and(|status| status.success()), "the folder can be emptied");
    }

    /// Runs one step of the script.
    fn step(&self, step: &str, variables: &[(&str, &str)]) -> Output {
        let _ = fs::remove_file(self.path("output"));
        let mut command = Command::new("bash");
        command.arg(format!("{ROOT}/scripts/action")).arg(step).current_dir(&self.folder);
        command
            .env("GITHUB_ACTION_PATH", ROOT)
            .env("GITHUB_OUTPUT", self.path("output"))
            .env("RUNNER_TEMP", self.path("temp"));
        command
            .env("GITHUB_ENV", self.path("github-env"))
            .env("NO_COLOR", "1")
            .env_remove("CACHE_HIT")
            .env_remove("ImageOS");
        let path = env::join_paths(
            [self.path("bin")].into_iter().chain(env::split_paths(&env::var_os("PATH").unwrap_or_default())),
        );
        command.env("PATH", path.expect("no colon in it")).env("BINARY_OF_THE_TESTS", BIN);
        for name in ["BUILDS", "MODES", "LEAKS"] {
            command.env(name, self.path(name));
        }
        command.envs(self.variables.iter().cloned()).envs(variables.iter().copied()).output().expect("there is a bash")
    }

    fn builds(&self) -> usize {
        fs::read_to_string(self.path("BUILDS")).map_or(0, |text| text.lines().count())
    }

    /// Runs the steps of `action.yml` in their order, on the hostile port. Returns the status of the last step that
    /// ran, and the output.
    fn use_action(&self) -> (Option<i32>, String) {
        let mut values = BTreeMap::from([
            ("runner.temp".to_owned(), self.path("temp").display().to_string()),
            ("runner.os".to_owned(), "Linux".to_owned()),
            ("runner.arch".to_owned(), "X64".to_owned()),
            ("inputs.port".to_owned(), self.path("hostile-port").display().to_string()),
            ("inputs.timeout".to_owned(), PATIENCE.to_owned()),
            ("inputs.folder".to_owned(), "reports".to_owned()),
        ]);
        let (_, steps) = ACTION.split_once("\n  steps:\n").expect("it has steps");
        let (mut text, mut status, mut at_the_end) = (String::new(), None, Vec::new());
        for step in format!("\n{steps}").split("\n    - ").skip(1) {
            let pairs = step.lines().filter_map(|line| line.trim().split_once(": "));
            let pairs: Vec<(&str, String)> = pairs.map(|(key, value)| (key, expand(value, &values))).collect();
            let get = |name| pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| value.as_str());
            if get("if").is_some_and(|condition| !holds(condition, &values)) {
                continue;
            }
            let id = get("id").unwrap_or_default();
            if let Some(uses) = get("uses") {
                let (action, _) = uses.split_once('@').expect("it has a version");
                let (key, path) = (get("key").expect("a cache has a key"), get("path").expect("a cache has a path"));
                let stored = self.path("cache").join(key);
                if action == "actions/cache" || action == "actions/cache/restore" {
                    let hit = stored.exists();
                    if hit {
                        copy(&stored, Path::new(path));
                    }
                    values.insert(format!("steps.{id}.outputs.cache-hit"), hit.to_string());
                }
                match action {
                    "actions/cache" => at_the_end.push((PathBuf::from(path), stored)), // it saves when the job ends
                    "actions/cache/save" if !stored.exists() => copy(Path::new(path), &stored),
                    "actions/cache/save" | "actions/cache/restore" => {}
                    _ => unreachable!("the Action uses {action}"),
                }
                continue;
            }
            let run = get("run").expect("a step that uses no action runs something");
            let variables: Vec<(&str, &str)> = pairs
                .iter()
                .filter(|(key, _)| key.starts_with("RELOGIN_") || *key == "CACHE_HIT")
                .map(|(key, value)| (*key, value.as_str()))
                .collect();
            let output = self.step(run.rsplit(' ').next().unwrap_or_default(), &variables);
            text += &String::from_utf8_lossy(&[output.stdout, output.stderr].concat());
            for line in fs::read_to_string(self.path("output")).unwrap_or_default().lines() {
                let (name, value) = line.split_once('=').expect("an output has a value");
                values.insert(format!("steps.{id}.outputs.{name}"), value.to_owned());
            }
            status = output.status.code();
            if status != Some(0) {
                break;
            }
        }
        for (path, stored) in at_the_end.iter().filter(|(path, stored)| path.exists() && !stored.exists()) {
            copy(path, stored);
        }
        (status, text)
    }
}

/// Replaces `${{ name }}` by its value, or by nothing.
fn expand(text: &str, values: &BTreeMap<String, String>) -> String {
    let mut parts = text.split("${{ ");
    let mut expanded = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (name, rest) = part.split_once(" }}").expect("an expression ends");
        expanded += values.get(name).map_or("", String::as_str);
        expanded += rest;
    }
    expanded
}

/// Whether a condition of the form `name == 'value'` holds.
fn holds(condition: &str, values: &BTreeMap<String, String>) -> bool {
    let (name, value) = condition.split_once(" == ").expect("the condition compares");
    values.get(name).map_or("", String::as_str) == value.trim_matches('\'')
}

fn copy(from: &Path, to: &Path) {
    let copied = Command::new("cp").arg("-R").arg(from).arg(to).status();
    assert!(copied.is_ok_and(|status| status.success()), "{} can be copied to {}", from.display(), to.display());
}

#[test]
fn a_port_cannot_poison_the_cache() {
    let machine = Machine::new();
    let (first, text) = machine.use_action();
    assert_eq!((first, machine.builds()), (Some(3), 1), "the port says nothing: {text}");
    assert_eq!(fs::read_dir(machine.path("cache")).map(Iterator::count).ok(), Some(1), "the build is saved");

    machine.empty_temp();
    let (second, text) = machine.use_action();
    assert_eq!(second, Some(3), "the second job runs a binary that the port of the first one wrote: {text}");
    assert_eq!(machine.builds(), 1, "the cache is used");

    let modes = fs::read_to_string(machine.path("MODES")).expect("the port found a binary");
    assert!(
        modes.lines().all(|line| line[1..].starts_with("r-xr-xr-x")),
        "the port has a writable path to a binary: {modes}"
    );
    assert_eq!(
        fs::read_to_string(machine.path("LEAKS")).unwrap_or_default(),
        "",
        "the port can write variables of later steps"
    );
}

#[test]
fn a_second_use_in_the_same_job_builds_anew_when_the_cache_is_down() {
    let machine = Machine::new();
    for builds in 1..=2 {
        let (status, text) = machine.use_action();
        assert_eq!((status, machine.builds()), (Some(3), builds), "{text}");
        fs::remove_dir_all(machine.path("cache")).expect("it can be removed");
        fs::create_dir(machine.path("cache")).expect("a folder can be made");
        // As a port would leave it, for whoever takes a binary that is there for a build.
        machine.program("temp/relogin/bin/relogin", "#!/bin/sh\necho relogin 0.1.0\n");
    }
}

#[test]
fn a_restored_binary_that_does_not_print_its_version_is_built_again() {
    let machine = Machine::new();
    let restored = [("CACHE_HIT", "true")];
    assert_eq!(machine.step("build", &[("CACHE_HIT", "false")]).status.code(), Some(0));
    assert_eq!(
        (machine.step("build", &restored).status.code(), machine.builds()),
        (Some(0), 1),
        "a restored binary is used"
    );
    assert!(!machine.path("output").exists(), "it is not saved again");
    for (count, damage) in ["#!/bin/sh\nexit 1\n", "#!/bin/sh\necho relogin 0.0.1\n", "\0", ""].iter().enumerate() {
        machine.program("temp/relogin/bin/relogin", damage);
        let output = machine.step("build", &restored);
        let text = String::from_utf8_lossy(&output.stdout);
        assert_eq!((output.status.code(), machine.builds()), (Some(0), count + 2), "{damage:?}: {text}");
        assert!(text.contains("::warning title=relogin is built again::"), "{text}");
        assert!(fs::read_to_string(machine.path("output")).is_ok_and(|text| text == "built=true\n"));
    }
}

#[test]
fn a_gate_that_cannot_run_ends_with_3() {
    let mut machine = Machine::new();
    let port = [("RELOGIN_PORT", "x")];
    assert_eq!(machine.step("gate", &port).status.code(), Some(3), "there is no binary");
    for broken in ["#!/bin/sh\nexit 1\n", "\0"] {
        machine.program("temp/relogin/bin/relogin", broken);
        assert_eq!(machine.step("gate", &port).status.code(), Some(3), "{broken:?}");
    }
    machine.variables.push(("BUILD_FAILS", "1".to_owned()));
    let output = machine.step("build", &[]);
    assert_eq!(output.status.code(), Some(3), "the build fails");
    assert!(String::from_utf8_lossy(&output.stdout).contains("::error title=relogin cannot be built::"));
    machine.program("bin/rustc", "#!/bin/sh\nexit 1\n");
    assert_eq!(machine.step("key", &[]).status.code(), Some(3), "there is no rustc");
}

#[test]
fn the_gate_step_reports_and_has_the_exit_status_of_the_run() {
    for (port, status, title) in [
        (format!("{BIN} port"), 0, "::notice title=relogin::Everything that was judged conforms"),
        ("/nowhere/port; echo owned $(id)".to_owned(), 3, "::error title=/nowhere/port; echo own"),
    ] {
        let machine = Machine::new();
        assert_eq!(machine.step("build", &[]).status.code(), Some(0));
        let output = machine.step(
            "gate",
            &[
                ("RELOGIN_PORT", &port),
                ("RELOGIN_LEVEL", "core"),
                ("RELOGIN_FOLDER", "r"),
                ("RELOGIN_TIMEOUT", PATIENCE),
            ],
        );
        let text = String::from_utf8_lossy(&output.stdout);
        assert_eq!(output.status.code(), Some(status), "{text}{}", String::from_utf8_lossy(&output.stderr));
        assert!(text.contains(title) && text.contains("implementation "), "{text}");
        for name in ["results.jsonl", "report.html", "junit.xml"] {
            assert!(machine.path("r").join(name).is_file(), "{name}");
        }
        assert!(fs::read_to_string(machine.path("output")).is_ok_and(|text| text.contains("folder=r\n")));
    }
}

#[test]
fn wrong_inputs_end_with_2_and_are_not_printed() {
    let machine = Machine::new();
    assert_eq!(machine.step("build", &[]).status.code(), Some(0));
    for input in ["PORT", "LEVEL", "BASELINE", "TIMEOUT", "FOLDER"] {
        for value in ["--help", "a\nfolder=/etc", "a\r::error::b", "a\n"] {
            let variable = format!("RELOGIN_{input}");
            let output = machine.step("gate", &[("RELOGIN_PORT", "x"), (&variable, value)]);
            let text = String::from_utf8_lossy(&output.stdout).into_owned();
            assert_eq!(output.status.code(), Some(2), "{input} {value:?}: {text}");
            let start = format!("::error title=relogin::The input {} ", input.to_ascii_lowercase());
            assert!(text.starts_with(&start) && text.lines().count() == 1, "{input} {value:?}: {text}");
            assert!(!machine.path("output").exists(), "{input} {value:?}: an output is written");
        }
    }
    assert_eq!(machine.step("gate", &[]).status.code(), Some(2), "there is no port");
    assert_eq!(machine.step("dance", &[]).status.code(), Some(2));
    let output = machine.step("gate", &[("RELOGIN_PORT", "x"), ("RELOGIN_BASELINE", "/nowhere/baseline")]);
    assert_eq!(output.status.code(), Some(2), "a baseline that is not there is wrong usage");
}

#[test]
fn the_key_depends_on_the_system_the_lock_file_and_the_sources() {
    let machine = Machine::new();
    let key = |variables: &[(&str, &str)]| {
        let output = machine.step("key", variables);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        fs::read_to_string(machine.path("output")).expect("the key was written")
    };
    let usual = key(&[]);
    let parts: Vec<&str> = usual.trim().strip_prefix("key=").unwrap_or_default().split('-').collect();
    assert!(parts.len() == 3 && parts.iter().all(|part| part.len() == 16), "{usual}");
    for variable in ["ImageOS", "LIBC_VERSION", "RUSTC_VERSION"] {
        assert_ne!(key(&[(variable, "2")]), usual, "{variable}");
    }

    // A copy of what is hashed, in which one file after the other changes.
    let source = machine.path("source");
    fs::create_dir(&source).expect("a folder can be made");
    for name in ["Cargo.toml", "Cargo.lock", "build.rs", "SPEC.md", "src", "parser", "corpus", "ports"] {
        copy(&Path::new(ROOT).join(name), &source.join(name));
    }
    let source = source.display().to_string();
    let of_copy = || key(&[("GITHUB_ACTION_PATH", &source)]);
    let mut seen = BTreeSet::from([of_copy()]);
    for name in
        ["Cargo.toml", "Cargo.lock", "build.rs", "SPEC.md", "src/main.rs", "parser/src/lib.rs", "corpus/codes.json"]
    {
        let path = format!("{source}/{name}");
        write(&path, fs::read_to_string(&path).expect("it is text") + "\n");
        assert!(seen.insert(of_copy()), "{name}");
    }
}

/// Some images of macOS have `shasum` only.
#[test]
fn the_key_needs_no_sha256sum() {
    let machine = Machine::new();
    let usual = machine.step("key", &[]);
    assert!(usual.status.success());
    let expected = fs::read_to_string(machine.path("output")).expect("the key was written");

    let path = env::var_os("PATH").unwrap_or_default();
    let find = |tool: &str| env::split_paths(&path).map(|place| place.join(tool)).find(|path| path.is_file());
    for tool in ["bash", "cat", "find", "rm", "sed", "sh", "sort", "uname", "xargs"] {
        symlink(find(tool).expect("the tool is here"), machine.path("bin").join(tool)).expect("a link can be made");
    }
    let (sum, arguments) = find("sha256sum").map_or_else(|| (find("shasum"), " -a 256"), |found| (Some(found), ""));
    let sum = sum.expect("there is a sha256sum or a shasum");
    let shasum =
        format!("#!/bin/sh\n[ \"$1 $2\" = '-a 256' ] || exit 9\nshift 2\nexec '{}'{arguments} \"$@\"\n", sum.display());
    machine.program("bin/shasum", &shasum);
    let bin = machine.path("bin").display().to_string();
    let output = machine.step("key", &[("PATH", &bin)]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(fs::read_to_string(machine.path("output")).ok(), Some(expected));
}

/// The action sets each variable that the script reads, from an input that it declares. It pastes no input into a
/// script.
#[test]
fn action_and_script_name_the_same_things() {
    let script = read("scripts/action");
    let words = |text: &str| -> BTreeSet<String> {
        let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
        words.filter(|word| word.starts_with("RELOGIN_")).map(str::to_owned).collect()
    };
    assert_eq!(words(ACTION), words(&script));
    for variable in words(ACTION) {
        let input = variable.trim_start_matches("RELOGIN_").to_ascii_lowercase();
        assert!(ACTION.contains(&format!("\n  {input}:\n    description:")), "{input} is declared");
        assert!(
            ACTION.contains(&format!("        {variable}: ${{{{ inputs.{input} }}}}\n")),
            "{variable} is that input"
        );
        assert!(script.contains(&format!("  check_input {input} \"${{{variable}:-}}\"\n")), "{input} is checked");
    }
    let runs: Vec<&str> = ACTION.lines().filter_map(|line| line.trim_start().strip_prefix("run: ")).collect();
    assert_eq!(
        runs,
        ["key", "build", "gate"].map(|step| format!("bash \"$GITHUB_ACTION_PATH/scripts/action\" {step}"))
    );
}
