//! Reports of a run whose every foreign string is hostile: bodies, codes, ids, titles, names, replies and standard
//! error. In every format the report is valid, shows them as text, and holds no command for its reader.

use std::fs;
use std::path::{Path, PathBuf};

use crate::schema::Schema;
use crate::support::{check, corpus, write};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use quick_junit::Report;
use relogin_conformance::check::{Header, Results, STREAM};
use relogin_conformance::report::{Format, Shown};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tempfile::TempDir;

/// Commands for a terminal, a CI service, XML and HTML, with NUL, ESC, C1 and bidi characters.
const HOSTILE: &str = "]]>--><script>window.owned=1</script><img src=x onerror=window.owned=1>&amp;'\"{{7*7}}\
    \u{0}\u{1b}]0;owned\u{7}\u{1b}[2J\u{9b}31m\u{202e}\u{2066}\u{200b}\u{feff}\u{fffe}\u{e0041}##[add-mask]relogin\r\n::stop-commands::x\n##vso[task.complete]";

fn hostile_run() -> (TempDir, PathBuf) {
    let folder = corpus();
    let script = folder.path().join("port.py");
    let path = folder.path().join("vectors/core/few.json");
    let text = fs::read_to_string(&path).expect("the vectors were written");
    let mut file: Value = serde_json::from_str(&text).expect("the vectors are JSON");
    for vector in file["vectors"].as_array_mut().into_iter().flatten() {
        vector["title"] = json!(format!("{} {HOSTILE}", vector["title"].as_str().unwrap_or_default()));
        vector["id"] = json!(format!("{}{HOSTILE}", vector["id"].as_str().unwrap_or_default()));
        vector["input"]["content_type"] = json!(HOSTILE);
        vector["input"]["body"] = json!({"text": format!("{{\"error\": \"{}\"}}", HOSTILE.repeat(2))});
        if let Some(code) = vector["expect"].get_mut("code") {
            *code = json!(HOSTILE);
        }
    }
    write(&path, file.to_string());
    let hello = json!({
        "protocol": 1, "name": format!("{HOSTILE}{}", "n".repeat(900_000)), "language": HOSTILE, "version": HOSTILE,
        "levels": ["core"], "fields": ["code", "description", "action", "relogin_required", "message"],
    });
    let verdict = json!({"code": HOSTILE, "description": HOSTILE, "action": "relogin", "relogin_required": true, "message": HOSTILE});
    let replies = [
        json!({"seq": 1, "verdict": verdict}).to_string().replacen(
            "\"message\":\"",
            &format!("\"message\":\"\\ud800{}", "m".repeat(900_000)),
            1,
        ),
        json!({"seq": 2, "error": HOSTILE}).to_string(),
        format!("{}\u{1b}[31m\u{202e}::error::no JSON", HOSTILE.replace(['\n', '\r'], " ")),
    ];
    for (name, line) in [("hello", hello.to_string()), ("replies", replies.join("\n")), ("stderr", HOSTILE.repeat(3))] {
        write(folder.path().join(name), format!("{line}\n"));
    }
    write(
        &script,
        format!(
            "read -r line; cat {0}/hello; cat {0}/stderr >&2; cat {0}/replies; cat >/dev/null\n",
            folder.path().display()
        ),
    );
    (folder, script)
}

#[test]
fn hostile_strings_are_text_in_every_format() {
    let (folder, script) = hostile_run();
    let path = |name: &str| folder.path().join(name);
    let mut arguments = vec!["--all".to_owned()];
    for format in Format::ALL {
        arguments.extend(["--format", format.as_str(), "--output"].map(str::to_owned));
        arguments.push(path(&format!("r.{}", format.as_str())).display().to_string());
    }
    arguments.extend(["--baseline".to_owned(), path("baseline").display().to_string()]);
    write(path("baseline"), format!("core/few/dead  error  # {}\n", HOSTILE.replace(['\n', '\r'], " ")));
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    // The baseline follows the port that it is of.
    let (baseline, formats) = (&arguments[arguments.len() - 2..], &arguments[..arguments.len() - 2]);
    let output = check(&folder, &format!("sh {}", script.display()), &[baseline, formats].concat());
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));

    for format in Format::ALL {
        let bytes = fs::read(path(&format!("r.{}", format.as_str()))).expect("the report was written");
        let text = String::from_utf8(bytes).expect("a report is UTF-8");
        assert!(text.len() < 200_000, "{format:?} is bounded");
        let hidden: Vec<char> =
            text.chars().filter(|c| *c != '\n' && relogin_conformance::text::is_hidden(*c)).collect();
        assert!(hidden.is_empty(), "{format:?} holds {hidden:?}");
        for line in text.lines() {
            let line = line.trim_start();
            assert!(!line.contains("##[") && !line.contains("##vso"), "{format:?}: {line}");
            let own = format == Format::Github && (line.starts_with("::error ") || line.starts_with("::notice "));
            assert!(own || !line.starts_with("::"), "{format:?}: {line}");
        }
        match format {
            Format::Human => assert!(text.contains("<script>") && text.contains("\\u{1b}]0;owned")),
            Format::Json => json_is_by_its_schema(&text),
            Format::Junit => junit_is_read_back(&text),
            Format::Github => github_is_decoded(&text),
            Format::Html => html_has_only_its_own_markup(&text, &path("r.json")),
        }
    }
    // The gate checks this file against the schema of Jenkins.
    fs::copy(path("r.junit"), Path::new(env!("CARGO_TARGET_TMPDIR")).join("hostile-junit.xml")).expect("there is room");
}

fn json_is_by_its_schema(text: &str) {
    let schema = Schema::read("results.schema.json");
    assert!(text.is_ascii());
    let mut kinds = Vec::new();
    for line in text.lines() {
        let line: Value = serde_json::from_str(line).expect("a line is JSON");
        assert_eq!(schema.check(&line), Ok(()), "{line}");
        kinds.push(line["line"].as_str().unwrap_or_default().to_owned());
        let mut broken = line.clone();
        broken["unknown"] = json!(1);
        assert!(!schema.is_valid(&broken), "the schema is closed");
    }
    let one = ["implementation", "result", "result", "result", "end"];
    assert_eq!(kinds, [&["header", "vector", "vector", "vector"][..], &one, &one, &["footer"]].concat());
    assert!(text.contains("\\u001b]0;owned"), "a program gets the original characters");
}

fn junit_is_read_back(text: &str) {
    let report = Report::deserialize_from_str(text).expect("the report is XML of JUnit");
    let wrong: Vec<usize> = report.test_suites.iter().map(|suite| suite.failures + suite.errors).collect();
    assert_eq!(wrong[0], 3, "the reference does not give hostile verdicts");
    assert!(wrong[1] > 3, "three vectors, and a baseline that is out of date");
    assert!(
        text.contains("\\u{1b}]0;owned") && text.contains("&lt;script&gt;"),
        "characters that XML forbids are spelled out, not dropped"
    );
}

fn github_is_decoded(text: &str) {
    for line in text.lines() {
        let (command, message) =
            line.strip_prefix("::").and_then(|rest| rest.split_once("::")).expect("every line is a command");
        let (kind, properties) = command.split_once(' ').expect("every command has properties");
        assert!(matches!(kind, "error" | "notice"));
        for property in properties.split(',') {
            let (key, _) = property.split_once('=').expect("a property has a value");
            assert!(matches!(key, "title" | "file" | "line"), "{key}");
        }
        let decoded = message.replace("%0A", "\n").replace("%0D", "\r").replace("%25", "%");
        assert!(
            !decoded.lines().any(|line| line.trim_start().starts_with("::")),
            "nor is what it decodes to a command: {decoded}"
        );
    }
    assert!(text.contains("core/few/dead"), "an annotation names its vector");
}

fn html_has_only_its_own_markup(text: &str, results: &Path) {
    let results = fs::read(results).expect("the results were written");
    let results = Results::read(results.as_slice(), "r").expect("they are results");
    let clean = {
        let mut clean = results.clone();
        clean.vectors.iter_mut().for_each(|vector| vector.title = "t".into());
        String::from_utf8(Format::Html.to_bytes(&clean, &Shown { all: true, ..Shown::default() }))
            .expect("a page is text")
    };
    for tag in ["<script", "<img", "<style", "<iframe", "<svg", "<object", "<link"] {
        assert_eq!(text.matches(tag).count(), clean.matches(tag).count(), "{tag}");
    }
    assert!(!text.contains("<img") && text.contains("&lt;img"), "no element comes from a string");
    assert!(text.contains("{{7*7}}"), "strings are not templates");
}

/// The page allows its own style and script by their hashes, and nothing else.
#[test]
fn the_page_allows_its_own_style_and_script_and_nothing_else() {
    let results = Results::new(
        Header { stream: STREAM, suite: "1".into(), level: None, filter: None, vectors: 0, notes: Vec::new() },
        Vec::new(),
        Vec::new(),
    );
    let page = String::from_utf8(Format::Html.to_bytes(&results, &Shown::default())).expect("a page is text");
    let between = |start: &str, end: &str| {
        let (_, rest) = page.split_once(start).expect("the page has it");
        rest.split_once(end).expect("and its end").0.to_owned()
    };
    let hash = |text: &str| format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text)));
    let policy = between("http-equiv=\"Content-Security-Policy\" content=\"", "\"");
    assert!(policy.starts_with("default-src 'none';") && !policy.contains("unsafe"), "{policy}");
    for (start, end) in [("<style>", "</style>"), ("<script>", "</script>")] {
        let hash = hash(&between(start, end));
        assert!(policy.contains(&hash), "{start}: the hash in src/report/html.rs must be {hash}");
    }
}
