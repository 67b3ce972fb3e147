//! The templates of `relogin init-port`, the guide and the worked example: every command in them works as printed.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::support::{BIN, PATIENCE, ROOT, pin, pin_in, read, relogin, runs, search_path, snapshot, write};
use relogin_conformance::check::{Harm, Implementation, Kind, Results, Why};
use serde_json::Value;
use tempfile::TempDir;

/// A language of the templates: its file, and a program that ends with status 0 when the language is here.
const LANGUAGES: [(&str, &str, &[&str]); 3] = [
    ("python", "relogin_port.py", &["python3", "-c", "import sys; sys.exit(sys.version_info < (3, 8))"]),
    ("node", "relogin-port.mjs", &["node", "-e", "process.exit(parseInt(process.versions.node) < 18 ? 1 : 0)"]),
    ("go", "main.go", &["go", "version"]),
];
const VARIANTS: [(&str, &[&str], usize); 3] =
    [("plain", &[], 60), ("stub-transport", &["--stub-transport"], 100), ("local-server", &["--local-server"], 150)];
/// The statuses at which an HTTP client breaks by itself: there is no final response, and `fetch` fails at 407.
const BREAKS_HTTP: [u16; 3] = [100, 199, 407];
/// The steps of the worked example; the last one conforms.
const STEPS: [&str; 6] = [
    "flat shape only",
    "nested object",
    "arrays, later places",
    "what JSON and a code are",
    "the registry",
    "success and statuses",
];

#[test]
fn each_template_works_with_the_commands_that_init_port_prints() {
    for (language, file, probe) in LANGUAGES {
        for (variant, more, most_lines) in VARIANTS {
            let text = read(&format!("ports/templates/{language}/{variant}/{file}"));
            let lines = text.lines().count();
            assert!(lines < most_lines, "{language}, {variant}: {lines} lines");
            if !runs(probe) {
                continue;
            }
            // Without quotes a shell would split this name.
            let folder = TempDir::new().expect("there is room for a folder");
            let target = folder.path().join("a gate's").display().to_string();
            let output = relogin(&[&["init-port", language, &target], more].concat(), b"");
            snapshot(&folder, &format!("init-port-{language}-{variant}"), &output);
            let printed = String::from_utf8_lossy(&output.stdout).into_owned();
            let commands: Vec<&str> = printed.lines().filter_map(|line| line.strip_prefix("    ")).collect();
            let [before @ .., check, bless] = commands.as_slice() else { unreachable!("{printed}") };
            before.iter().for_each(|command| assert_eq!(shell(command, folder.path()).0, Some(0), "{command}"));

            // The variants differ in how a client is driven: no sweep over all statuses and codes is needed for each.
            let some = if variant == "plain" { "" } else { " --filter 'core/{code,field,flat,nested,seed,success}/*'" };
            let results = results(&format!("{check} --format json{some}"), folder.path());
            let port = &results.implementations[1];
            assert_eq!(results.footer.exit_status, 1, "{language}, {variant}: the example knows one shape only");
            for (judged, vector) in port.results.iter().zip(&results.vectors) {
                let breaks_http =
                    variant == "local-server" && vector.status.is_some_and(|status| BREAKS_HTTP.contains(&status));
                // Each language has habits of its own with broken lines, which a template leaves to its reader.
                let is_judged = judged.kind() == Kind::Passed || ["wrong", "protocol"].contains(&judged.outcome.name());
                assert!(
                    is_judged || (breaks_http && judged.outcome.name() == "error"),
                    "{language}, {variant}, {}: {} {:?}",
                    vector.id,
                    judged.outcome,
                    judged.note
                );
            }
            assert_eq!(port.end.problems, Vec::<String>::new(), "{language}, {variant}");
            pin(&format!("adoption-{language}-{variant}"), &score(&results));

            // --bless accepts no serious harm.
            let bless = format!("{bless} --filter 'core/{{seed,success}}/*'");
            assert_eq!(shell(&bless, folder.path()).0, Some(1), "{bless}");
            assert_eq!(shell(&bless.replace("--bless", "--bless-harm"), folder.path()).0, Some(0), "{bless}");
            answers_whatever_it_is_sent(check, folder.path());
        }
    }
}

/// Each template reports an error if its client sends no request, and if an exception comes that is not the client's.
#[test]
fn a_template_reports_a_client_that_is_not_driven() {
    let languages = [
        ("python", "refresh(\"example\"", "int(\"x\"), refresh(\"example\"", "return json.load("),
        ("node", "await refresh('example'", "null.x; await refresh('example'", "const response = await fetch("),
    ];
    for (language, call, broken, sends) in languages {
        let (_, file, probe) = LANGUAGES.into_iter().find(|row| row.0 == language).expect("it has templates");
        for variant in ["stub-transport", "local-server"] {
            let text = read(&format!("ports/templates/{language}/{variant}/{file}"));
            for (find, put, note) in [
                (call, broken, "Error: "),
                (sends, format!("return {{}}; {sends}").as_str(), "the client sent no request"),
            ] {
                assert!(text.contains(find), "{language}, {variant}: {find}");
                if !runs(probe) {
                    continue;
                }
                let folder = TempDir::new().expect("there is room for a folder");
                write(folder.path().join(file), text.replacen(find, put, 1));
                let check = format!(
                    "relogin check --level core --filter core/seed/* --format json --port '{} {file}'",
                    probe[0]
                );
                let results = results(&check, folder.path());
                for judged in &results.implementations[1].results {
                    let note_of = judged.note.as_deref().unwrap_or_default();
                    assert!(
                        judged.outcome.name() == "error" && note_of.contains(note),
                        "{language}, {variant}: {judged:?}"
                    );
                }
            }
        }
    }
}

/// A template also answers requests that the runner never sends.
fn answers_whatever_it_is_sent(check: &str, folder: &Path) {
    let words = shlex::split(check).expect("it was quoted for a shell");
    let place = words.iter().position(|word| word == "--port").expect("it has a port") + 1;
    let parse = |seq: &str, body: &str| {
        format!(
            r#"{{"cmd":"parse","seq":{seq},"status":401,"content_type":null,"body":"{body}","headers":{{}},"profile":{{"fallback_code":"none"}},"secrets":[]}}"#
        )
    };
    let long = "ICAg".repeat(349_525); // a body of 1 MiB
    let input = [
        "no JSON".to_owned(),
        "[]".to_owned(),
        "null".to_owned(),
        r#"{"cmd":"parse","status":401}"#.to_owned(),
        r#"{"cmd":"dance","seq":4}"#.to_owned(),
        parse("9007199254740991", "e30="),
        parse("6", &long),
        r#"{"cmd":"hello","protocol":2}"#.to_owned(),
    ];
    let mut child = Command::new("sh")
        .args(["-c", &format!("exec {}", words[place])])
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the port starts");
    child.stdin.take().expect("it is a pipe").write_all(input.join("\n").as_bytes()).expect("the port reads"); // the last line has no end
    let output = child.wait_with_output().expect("the port ends");
    assert!(output.status.success(), "{check}");
    let replies: Vec<Value> = output
        .stdout
        .split_inclusive(|byte| *byte == b'\n')
        .map(|line| serde_json::from_slice(line).expect("a reply is JSON"))
        .collect();
    assert_eq!(replies.len(), input.len(), "{check}");
    for (reply, seq) in replies.iter().zip([None, None, None, None, Some(4)]) {
        assert_eq!((reply["seq"].as_u64(), reply["error"].is_string()), (seq, true), "{check}: {reply}");
    }
    for (reply, seq) in replies[5..].iter().zip([9_007_199_254_740_991_u64, 6]) {
        assert_eq!(
            (reply["seq"].as_u64(), reply["verdict"]["code"].as_str()),
            (Some(seq), Some("none")),
            "{check}: {reply}"
        );
    }
    assert_eq!(replies[7]["protocol"], 1, "{check}: {}", replies[7]);
}

#[test]
fn init_port_overwrites_nothing() {
    for (language, file, _) in LANGUAGES {
        let folder = TempDir::new().expect("there is room for a folder");
        let (path, target) = (folder.path().join(file), folder.path().display().to_string());
        let refused = |name: &str| {
            let output = relogin(&["init-port", language, &target], b"");
            assert_eq!(output.status.code(), Some(2), "{language}");
            snapshot(&folder, &format!("error-init-port-{name}-{language}"), &output);
        };
        write(&path, "mine");
        refused("exists");
        assert_eq!(fs::read(&path).ok().as_deref(), Some("mine".as_bytes()));
        assert_eq!(fs::read_dir(folder.path()).expect("it can be listed").count(), 1);
        // Writing to a dangling link would create its target.
        fs::remove_file(&path).expect("it can be removed");
        std::os::unix::fs::symlink(folder.path().join("elsewhere"), &path).expect("a link can be made");
        refused("exists");
        assert!(!folder.path().join("elsewhere").exists());
    }
    let folder = TempDir::new().expect("there is room for a folder");
    write(folder.path().join("file"), "");
    let target = folder.path().join("file").display().to_string();
    snapshot(&folder, "error-init-port-no-folder", &relogin(&["init-port", "go", &target], b""));
    snapshot(&folder, "error-init-port-no-language", &relogin(&["init-port", "cobol", &target], b""));
    let help = relogin(&["init-port", "--help"], b"");
    pin_in(&folder, "help-init-port", &String::from_utf8_lossy(&help.stdout));
}

#[test]
fn each_step_of_the_example_has_its_baseline_and_no_other() {
    if !runs(LANGUAGES[0].2) {
        return;
    }
    let readme = read("ports/example/README.md");
    let prose = readme.split_whitespace().collect::<Vec<_>>().join(" ");
    let root = Path::new(ROOT);
    let mut rows = String::new();
    for (step, title) in STEPS.iter().enumerate() {
        let check = |baseline: Option<usize>| {
            let baseline =
                baseline.map_or_else(String::new, |other| format!("--baseline ports/example/parser_{other}.baseline"));
            results(
                &format!(
                    "relogin check --port 'python3 ports/example/port.py {step}' --level core {baseline} --format json"
                ),
                root,
            )
        };
        let is_last = step + 1 == STEPS.len();
        let own = check((!is_last).then_some(step));
        let again = format!(
            "relogin check --port 'python3 ports/example/port.py {step}' --level core --baseline ports/example/parser_{step}.baseline --bless-harm"
        );
        assert_eq!(own.footer.exit_status, 0, "step {step}: when the corpus has changed, run `{again}`");
        writeln!(rows, "{}", row(step, title, &own.implementations[1])).expect("a string takes all");
        if let Some(before) = step.checked_sub(1) {
            let results = check(Some(before));
            assert_eq!(results.footer.exit_status, 1, "step {step} with the baseline before");
            let sentence = against(before, &results.implementations[1]);
            assert!(prose.contains(&sentence), "ports/example/README.md lacks this about step {step}: {sentence}");
            assert!(!sentence.contains(" 0 unexpected passes"), "step {step}");
        }
        if step + 2 < STEPS.len() {
            assert_eq!(check(Some(step + 1)).footer.exit_status, 1, "step {step} with the baseline after");
        }
    }
    assert!(readme.contains(&rows), "ports/example/README.md must have these rows:\n{rows}");
}

/// A row of the table in the example.
fn row(step: usize, title: &str, port: &Implementation) -> String {
    let harms: Vec<Harm> = port.results.iter().filter_map(|judged| judged.harm).collect();
    let of = |harm: Harm| harms.iter().filter(|other| **other == harm).count();
    let worst = [Harm::SignsOutALiveUser, Harm::LoopsOnADeadToken, Harm::ErrorTakenForSuccess].map(of);
    let (count, [first, second, third]) = (port.count(), worst);
    let other = harms.len() - worst.iter().sum::<usize>();
    format!("| {step}: {title} | {} of {} | {first} | {second} | {third} | {other} |", count.passed, count.total())
}

/// The sentence of the example about a step with the baseline of the step before.
fn against(before: usize, port: &Implementation) -> String {
    let edits = port.end.baseline.as_ref().map(|baseline| baseline.edits.as_slice()).unwrap_or_default();
    let of = |why: Why| edits.iter().filter(|edit| edit.why == why).count();
    let (passes, changed, new) = (of(Why::UnexpectedPass), of(Why::ChangedOutcome), of(Why::NewFailure));
    let refused = edits.iter().filter(|edit| edit.needs_bless_harm).count();
    let s = if new == 1 { "" } else { "s" };
    format!(
        "Against the baseline of step {before}: {passes} unexpected passes, {changed} changed outcomes, {new} new failure{s}; `--bless` refuses {refused}."
    )
}

#[test]
fn the_port_of_the_example_is_the_template_with_its_part_filled_in() {
    let around = |path: &str| {
        let text = read(path);
        let (before, rest) = text.split_once("# --- YOURS").expect("the part is marked");
        let (_, after) = rest.split_once("# --- end of yours").expect("the part is marked");
        (before.to_owned(), after.to_owned())
    };
    assert_eq!(around("ports/example/port.py"), around("ports/templates/python/plain/relogin_port.py"));
}

#[test]
fn the_commands_of_the_guide_and_of_the_example_print_the_lines_below_them() {
    if !runs(LANGUAGES[0].2) {
        return;
    }
    let folder = TempDir::new().expect("there is room for a folder");
    run_blocks("docs/write-a-port.md", folder.path());

    // In a copy, for the commands write.
    let folder = TempDir::new().expect("there is room for a folder");
    let root = Path::new(ROOT);
    let copy = folder.path().join("ports/example");
    fs::create_dir_all(&copy).expect("a folder can be made");
    std::os::unix::fs::symlink(root.join("corpus"), folder.path().join("corpus")).expect("a link can be made");
    for entry in fs::read_dir(root.join("ports/example"))
        .expect("it can be listed")
        .flatten()
        .filter(|entry| entry.path().is_file())
    {
        fs::copy(entry.path(), copy.join(entry.file_name())).expect("a file can be copied");
    }
    run_blocks("ports/example/README.md", folder.path());
}

/// Runs the commands of a document. Each prints the lines below it, in this order; `...` stands for other lines.
fn run_blocks(document: &str, folder: &Path) {
    let text = read(document);
    let mut commands = 0;
    for block in text.split("```console\n").skip(1).map(|rest| rest.split("```").next().unwrap_or_default()) {
        for one in block.split("$ ").skip(1) {
            let (command, expected) = one.split_once('\n').expect("a command has a line");
            let (_, printed) = shell(command, folder);
            let mut printed_lines = printed.lines();
            for line in expected.lines().filter(|line| *line != "...") {
                assert!(
                    printed_lines.any(|other| other.trim_end() == line),
                    "{document}: `{command}` does not print (or not there)\n{line}"
                );
            }
            commands += 1;
        }
    }
    assert!(commands > 0, "{document} has no command");
}

#[test]
fn the_guide_names_every_outcome_and_every_harm() {
    let guide = read("docs/write-a-port.md");
    let folder = TempDir::new().expect("there is room for a folder");
    let file = folder.path().join("b").display().to_string();
    write(&file, "core/x  passes");
    let output = relogin(&["check", "--port", BIN, "--baseline", &file], b"");
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    let (_, names) = error.trim_end().split_once("the outcomes are ").expect("the error lists them");
    for name in names.split(", ").chain(["not-run"]) {
        let is_named = guide.lines().any(|line| line.starts_with(&format!("| `{name}")));
        assert!(is_named, "docs/write-a-port.md has no row for {name}");
    }
    let words = guide.split_whitespace().collect::<Vec<&str>>().join(" ");
    for harm in [
        Harm::SignsOutALiveUser,
        Harm::LoopsOnADeadToken,
        Harm::ErrorTakenForSuccess,
        Harm::SuccessTakenForError,
        Harm::Leaks,
        Harm::WrongCure,
        Harm::TextDiffers,
        Harm::NoAnswer,
    ] {
        assert!(words.contains(&format!("*{harm}*")), "docs/write-a-port.md does not name: {harm}");
    }
}

/// The numbers of the port: by topic, and by harm.
fn score(results: &Results) -> String {
    let port = &results.implementations[1];
    let count = port.count();
    let mut text = format!("{} of {} judged conform\n", count.passed, count.judged());
    for (topic, count) in port.topics(&results.vectors) {
        writeln!(text, "  {topic} {}/{}/{}", count.passed, count.failed, count.skipped).expect("a string takes all");
    }
    let mut harms: BTreeMap<Harm, usize> = BTreeMap::new();
    port.results.iter().filter_map(|judged| judged.harm).for_each(|harm| *harms.entry(harm).or_default() += 1);
    for (harm, count) in harms {
        writeln!(text, "{harm}: {count}").expect("a string takes all");
    }
    text
}

fn results(command: &str, folder: &Path) -> Results {
    let (_, printed) = shell(command, folder);
    Results::read(printed.as_bytes(), command).expect("it prints results")
}

/// Runs a command as a reader would, with this `relogin`: its exit status, and what it prints.
fn shell(command: &str, folder: &Path) -> (Option<i32>, String) {
    let path = format!("{ROOT}/tests/support/bin:{}", search_path());
    let output = Command::new("sh")
        .args(["-c", command])
        .current_dir(folder)
        .envs([
            ("PATH", path.as_str()),
            ("RELOGIN", BIN),
            ("PATIENCE", PATIENCE),
            ("COLUMNS", "100"),
            ("NO_COLOR", "1"),
            ("PYTHONDONTWRITEBYTECODE", "1"),
        ])
        .env_remove("CLICOLOR_FORCE")
        .env_remove("PYTHONUNBUFFERED") // a template flushes by itself
        .stdin(Stdio::null())
        .output()
        .expect("sh starts");
    (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned())
}
