//! Files: what `relogin` reads is limited, and what it writes replaces nothing by accident.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use crate::support::{
    BIN, HELLO, PATIENCE, check, corpus, program, read, relogin, reply, runs, signal, wait_until, write,
};
use relogin_conformance::check::Results;
use tempfile::TempDir;

/// The error of a command that ends with status 2.
fn error_of(output: &Output) -> String {
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{error}");
    error
}

/// A port that fails on the first vector of the small corpus, and answers the others right.
fn failing(folder: &TempDir) -> String {
    let hello = HELLO.replace(r#"["code","description","action","relogin_required","message"]"#, r#"["code"]"#);
    let path = folder.path().join("failing");
    let page = r#"{"code":"codex_refresh_failed"}"#;
    write(
        &path,
        format!("{hello}\n{}; {}; {}; cat >/dev/null", reply(1, r#"{"code":"x"}"#), reply(2, page), reply(3, "null")),
    );
    format!("sh {}", path.display())
}

/// The line of the failure of [`failing`].
const KNOWN: &str = "core/few/dead  wrong(code)  # loops on a dead token";

fn bless(folder: &TempDir, baseline: &Path, more: &[&str]) -> Output {
    check(folder, &failing(folder), &[&["--baseline", &baseline.display().to_string(), "--bless"], more].concat())
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .expect("it can be listed")
        .flatten()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

#[test]
fn blessing_keeps_mode_line_ends_byte_order_mark_and_link() {
    let folder = corpus();
    let inner = TempDir::new().expect("there is room for a folder");
    let (real, link) = (inner.path().join("real"), inner.path().join("link"));
    write(&real, "\u{feff}# mine\r\ncore/few/page  skip\r\n# end");
    fs::set_permissions(&real, fs::Permissions::from_mode(0o640)).expect("the mode can be set");
    symlink("real", &link).expect("a link can be made");
    assert_eq!(bless(&folder, &link, &[]).status.code(), Some(0));
    assert_eq!(fs::read_to_string(&real).expect("it is there"), format!("\u{feff}# mine\r\n# end\r\n{KNOWN}\r\n"));
    assert_eq!(real.metadata().expect("it is there").permissions().mode() & 0o777, 0o640);
    assert!(link.is_symlink());
    assert_eq!(names(inner.path()), ["link", "real"], "no other file is left");

    // Also a link to a file that does not exist yet.
    let link = inner.path().join("link-to-new");
    symlink("new", &link).expect("a link can be made");
    assert_eq!(bless(&folder, &link, &[]).status.code(), Some(0));
    assert!(link.is_symlink() && fs::read_to_string(inner.path().join("new")).is_ok_and(|text| text.contains(KNOWN)));
}

#[test]
fn a_baseline_that_cannot_be_written_does_not_lose_the_report() {
    let folder = corpus();
    let inner = TempDir::new().expect("there is room for a folder");
    let json = folder.path().join("results.jsonl").display().to_string();
    let read_only = inner.path().join("read-only");
    write(&read_only, "# mine\n");
    fs::set_permissions(&read_only, fs::Permissions::from_mode(0o444)).expect("the mode can be set");
    for (baseline, why) in
        [(read_only.clone(), "read-only"), (inner.path().join("gone/baseline"), "No such file or directory")]
    {
        let output = bless(&folder, &baseline, &["--format", "json", "--output", &json]);
        let error = error_of(&output);
        assert!(
            error.contains(&format!("error: cannot write {}: ", baseline.display())) && error.contains(why),
            "{error}"
        );
        assert!(error.contains("; the report stands, and the baseline stays as it was"), "{error}");
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(text.contains("is out of date; make these edits") && text.contains(KNOWN), "{text}");
        let results =
            Results::read(fs::read(&json).expect("it was written").as_slice(), "json").expect("they are results");
        let baseline = results.implementations[1].end.baseline.as_ref().expect("it has a baseline");
        assert!(!baseline.is_blessed && baseline.edits.len() == 1, "the results do not say that it was edited");
        fs::remove_file(&json).expect("it was written");
    }
    assert_eq!(fs::read_to_string(&read_only).expect("it is there"), "# mine\n");
    assert_eq!(names(inner.path()), ["read-only"], "no other file is left");

    // A report that cannot be written does not stop the baseline.
    if Path::new("/dev/full").exists() {
        let baseline = inner.path().join("baseline");
        assert!(
            error_of(&bless(&folder, &baseline, &["--format", "json", "--output", "/dev/full"]))
                .contains("cannot write /dev/full")
        );
        assert!(fs::read_to_string(&baseline).is_ok_and(|text| text.contains(KNOWN)));
    }
}

#[test]
fn a_report_does_not_go_where_standard_output_goes() {
    let folder = corpus();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (marker, port) = (path("marker"), format!("sh -c ': >{}'", path("marker")));
    for output in [path("out"), "/dev/stdout".into()] {
        let standard = fs::File::create(path("out")).expect("the file can be made");
        let output = program()
            .args(["check", "--port", &port, "--format", "json", "--output", &output])
            .stdout(standard)
            .output()
            .expect("relogin runs");
        assert!(error_of(&output).contains("two reports go to "), "{output:?}");
    }
    let output = relogin(&["check", "--port", &port, "--format", "json", "--output", &path("none/")], b"");
    assert!(error_of(&output).contains("none/: it is a folder"), "{output:?}");
    assert!(!Path::new(&marker).exists(), "it is refused before the run");
}

#[test]
fn a_file_has_one_use() {
    let folder = corpus();
    let path = |name: &str| folder.path().join(name).display().to_string();
    write(path("baseline"), "# mine\n");
    write(path("old"), "old");
    symlink("baseline", path("link-to-baseline")).expect("a link can be made");
    symlink("new", path("link-to-new")).expect("a link can be made");
    fs::hard_link(path("old"), path("twin")).expect("a link can be made");
    let (marker, port) = (path("marker"), format!("sh -c ': >{}'", path("marker")));
    let reports = |one: &str, other: &str| {
        let (one, other) = (path(one), path(other));
        let arguments =
            ["check", "--port", &port, "--format", "json", "--output", &one, "--format", "html", "--output", &other];
        error_of(&relogin(&arguments, b""))
    };
    for (one, other) in
        [("new", "link-to-new"), ("new", "./new"), ("new", "vectors/../new"), ("old", "twin"), ("link-to-new", "new")]
    {
        assert!(reports(one, other).contains("two reports go to "), "{one}, {other}");
    }
    assert!(reports("new", "vectors").contains("vectors: it is a folder"));
    for output in ["baseline", "link-to-baseline", "./baseline", "vectors/../baseline"] {
        let arguments =
            ["check", "--port", &port, "--baseline", &path("baseline"), "--format", "json", "--output", &path(output)];
        let error = error_of(&relogin(&arguments, b""));
        assert!(error.contains("is the baseline of a port; write the report to another file"), "{output}: {error}");
    }
    let two = [
        "--port",
        &port,
        "--baseline",
        &path("baseline"),
        "--port",
        &port,
        "--baseline",
        &path("link-to-baseline"),
        "--bless",
    ];
    let error = error_of(&relogin(&[&["check"], two.as_slice()].concat(), b""));
    assert!(error.contains("is the baseline of two ports; to bless, give each a file of its own"), "{error}");
    assert!(!Path::new(&marker).exists(), "no port was started");
    assert_eq!(fs::read_to_string(path("baseline")).expect("it is there"), "# mine\n");
}

#[test]
fn a_corpus_of_odd_files_is_refused_at_once() {
    if !runs(&["mkfifo", "--version"]) {
        return;
    }
    let other = corpus();
    let from_other = |folder: &Path| symlink(other.path().join("codes.json"), folder.join("codes.json"));
    type Spoil<'s> = &'s dyn Fn(&Path) -> std::io::Result<()>;
    let cases: [(&str, Spoil<'_>, &str); 8] = [
        ("codes.json", &|folder| symlink("/dev/zero", folder.join("codes.json")), "it is a link out of the corpus"),
        ("codes.json", &from_other, "it is a link out of the corpus"),
        (
            "vectors/core/few.json",
            &|folder| Command::new("mkfifo").arg(folder.join("vectors/core/few.json")).status().map(|_| ()),
            "it is not a file",
        ),
        (
            "vectors/core/few.json",
            &|folder| symlink("few.json", folder.join("vectors/core/few.json")),
            "symbolic links",
        ),
        (
            "vectors/core/few.json",
            &|folder| symlink("..", folder.join("vectors/core/again")),
            "again is a link to a folder",
        ),
        (
            "vectors/core/few.json",
            &|folder| fs::create_dir(folder.join("vectors/core/few.json")),
            "there is no file LEVEL/TOPIC.json",
        ),
        (
            "keys.json",
            &|folder| fs::File::create(folder.join("keys.json")).and_then(|file| file.set_len((16 << 20) + 1)),
            "keys.json: it is larger than 16 MiB",
        ),
        (
            "vectors/core/few.json",
            &|folder| (0..10_001).try_for_each(|number| fs::write(folder.join(format!("vectors/core/{number}")), "")),
            "a corpus has at most 10,000 files and folders",
        ),
    ];
    for (file, spoil, part) in cases {
        let folder = corpus();
        fs::remove_file(folder.path().join(file)).expect("it was written");
        spoil(folder.path()).expect("it can be made");
        let error =
            error_of(&relogin(&["check", "--corpus", &folder.path().display().to_string(), "--port", "true"], b""));
        assert!(error.contains(part) && error.contains(&folder.path().display().to_string()), "{file}: {error}");
    }
    // A link to a file of the corpus, and one to the corpus itself.
    let folder = corpus();
    fs::rename(folder.path().join("codes.json"), folder.path().join("own.json")).expect("it is there");
    symlink("own.json", folder.path().join("codes.json")).expect("a link can be made");
    symlink(folder.path(), other.path().join("link")).expect("a link can be made");
    let output = relogin(&["vectors", "list", "--corpus", &other.path().join("link").display().to_string()], b"");
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn the_files_of_a_corpus_are_limited_together() {
    let folder = corpus();
    let few = fs::read_to_string(folder.path().join("vectors/core/few.json")).expect("it was written");
    for number in 0..5 {
        let text = few.replace("core/few/", &format!("core/t{number}/")).replace("\"few\"", &format!("\"t{number}\""));
        write(folder.path().join(format!("vectors/core/t{number}.json")), format!("{text}{}", " ".repeat(14 << 20)));
    }
    let error = error_of(&relogin(&["check", "--corpus", &folder.path().display().to_string(), "--port", "true"], b""));
    assert!(error.contains("t4.json: with it the files of the corpus are larger than 64 MiB"), "{error}");
}

#[test]
fn an_id_that_a_baseline_cannot_name_is_refused() {
    let folder = corpus();
    let path = folder.path().join("vectors/core/few.json");
    let text = fs::read_to_string(&path).expect("it was written");
    let baseline = folder.path().join("baseline");
    write(&path, text.replace("core/few/page", "core/few/dead"));
    let error = error_of(&bless(&folder, &baseline, &[]));
    assert!(error.contains("few.json: vector core/few/dead: the id is used twice, first in "), "{error}");
    for id in ["core/few/a b", "core/few/#", "core/few/*", "core/few/d\u{e9}ad", ""] {
        write(&path, text.replace("core/few/page", id));
        let error = error_of(&bless(&folder, &baseline, &[]));
        assert!(error.contains("a baseline cannot name the vector `"), "{id}: {error}");
    }
    assert!(!baseline.exists());
}

#[test]
fn globs_are_limited() {
    let folder = corpus();
    let nested = format!("{}a{}", "{".repeat(250), "}".repeat(250));
    let error = error_of(&relogin(&["vectors", "list", "--filter", &nested], b""));
    assert!(error.contains("has 250 `{`; a glob has at most 16"), "{error}");
    let baseline = folder.path().join("baseline");
    for (glob, part) in
        [(nested, "has 250 `{`"), ("{".repeat(1_000_000), "has 1000000 bytes; a glob has at most 1,000")]
    {
        write(&baseline, format!("# mine\n{glob}  skip\n"));
        let error = error_of(&check(&folder, "true", &["--baseline", &baseline.display().to_string()]));
        assert!(error.contains("baseline:2: `{{{") && error.contains(part), "{error}");
    }
    if runs(&["mkfifo", folder.path().join("pipe").to_str().expect("it is UTF-8")]) {
        let error = error_of(&check(
            &folder,
            "true",
            &["--baseline", &folder.path().join("pipe").display().to_string(), "--bless"],
        ));
        assert!(error.contains("it is not a file"), "{error}");
    }
}

#[test]
fn results_without_end_are_refused() {
    if let Ok(endless) = fs::File::open("/dev/zero") {
        let output = Command::new(BIN).args(["report", "-"]).stdin(endless).output().expect("relogin runs");
        assert!(error_of(&output).contains("standard input:1: the results are too large"));
    }
}

#[test]
fn a_secret_is_not_shown_because_of_its_file() {
    let folder = corpus();
    let file = folder.path().join("secrets");
    let body = br#"{"error":"invalid_grant","error_description":"unknown token s3cr3t-t0ken, not s3cr3t-0ther"}"#;
    for (text, warnings) in [
        ("\u{feff}s3cr3t-t0ken\ns3cr3t-0ther", 0),
        ("s3cr3t-t0ken \r\n\"s3cr3t-0ther\"\r\n", 2),
        ("\t's3cr3t-t0ken'\n\ns3cr3t-0ther\nshort", 2),
    ] {
        write(&file, text);
        for more in [&[][..], &["--json"]] {
            let output = relogin(&[&["explain", "--secret-file", &file.display().to_string()], more].concat(), body);
            let (shown, error) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
            assert!(
                shown.contains("unknown token [redacted], not [redacted]") && !shown.contains("s3cr3t"),
                "{text:?}: {shown}"
            );
            assert_eq!(
                error.lines().filter(|line| line.starts_with("warning: ")).count(),
                warnings,
                "{text:?}: {error}"
            );
            assert!(!error.contains("s3cr3t"), "{error}");
        }
    }
}

#[test]
fn save_makes_a_new_folder_or_none() {
    let folder = corpus();
    let vectors = fs::read(folder.path().join("vectors/core/few.json")).expect("it was written");
    let codes = fs::read(folder.path().join("codes.json")).expect("it was written");
    let before = names(folder.path());
    let liar = TempDir::new().expect("there is room for a folder");
    write(
        liar.path().join("port"),
        format!(
            "{HELLO}\nwhile read -r line; do seq=${{line#*seq\\\":}}; echo \"{{\\\"seq\\\":${{seq%%,*}},\\\"verdict\\\":null}}\"; done"
        ),
    );
    let port = format!("sh {}", liar.path().join("port").display());
    let hunt = |saved: &str| {
        let arguments =
            ["hunt", "--cases", "20", "--findings", "1", "--timeout", PATIENCE, "--port", &port, "--save", saved];
        Command::new(BIN).args(arguments).current_dir(folder.path()).output().expect("relogin runs")
    };
    for (saved, part) in [
        ("new/..", "new/.. does not end in the name of a folder; --save needs a new folder"),
        ("..", "does not end in the name of a folder"),
        ("new/../vectors", "cannot create the folder new/../vectors: File exists"),
        ("vectors", "already exists"),
    ] {
        let error = error_of(&hunt(saved));
        assert!(error.contains(part), "{saved}: {error}");
        assert_eq!(names(folder.path()), before, "{saved}");
    }
    assert_eq!(fs::read(folder.path().join("vectors/core/few.json")).ok(), Some(vectors));
    assert_eq!(fs::read(folder.path().join("codes.json")).ok(), Some(codes));
    assert_eq!(hunt("new/inner").status.code(), Some(1));
    assert!(folder.path().join("new/inner/codes.json").is_file());
}

#[test]
fn a_second_interrupt_leaves_no_folder() {
    let folder = corpus();
    let (port, log, saved) = (folder.path().join("port"), folder.path().join("log"), folder.path().join("new/found"));
    write(&port, format!("{HELLO}\n: >{}\nwhile read -r line; do sleep 1000; done", log.display()));
    let mut child = Command::new(BIN)
        .args([
            "hunt",
            "--timeout",
            PATIENCE,
            "--port",
            &format!("sh {}", port.display()),
            "--save",
            &saved.display().to_string(),
        ])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("relogin starts");
    wait_until("the port is asked", || log.exists());
    signal("INT", child.id());
    std::thread::sleep(std::time::Duration::from_millis(1_500)); // within a second it counts as the same interrupt
    signal("INT", child.id());
    assert_eq!(child.wait().expect("relogin ends").code(), Some(130));
    assert!(!folder.path().join("new").exists());
}

#[test]
fn an_interrupt_leaves_no_part_of_a_baseline() {
    let (folder, inner) = (corpus(), TempDir::new().expect("there is room for a folder"));
    let (pipe, baseline) = (folder.path().join("pipe"), inner.path().join("baseline"));
    if !runs(&["mkfifo", pipe.to_str().expect("it is UTF-8")]) {
        return;
    }
    // The new baseline is complete, and waits for the report; nobody reads that.
    let mut child = Command::new(BIN)
        .args(["check", "--timeout", PATIENCE, "--port", &failing(&folder), "--bless"])
        .arg("--corpus")
        .arg(folder.path())
        .arg("--baseline")
        .arg(&baseline)
        .args(["--format", "json", "--output"])
        .arg(&pipe)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("relogin starts");
    wait_until("the new baseline is written", || !names(inner.path()).is_empty());
    signal("INT", child.id());
    assert_eq!(child.wait().expect("relogin ends").code(), Some(130));
    assert_eq!(names(inner.path()), Vec::<String>::new());
}

#[test]
fn a_port_may_be_a_json_array_of_words() {
    let folder = corpus();
    // A name that a shell would split, with a backslash.
    let path = folder.path().join(r"my tools\port.sh");
    write(&path, format!("exec {BIN} port"));
    let port = serde_json::to_string(&["sh", &path.display().to_string()]).expect("it is JSON");
    let output = check(&folder, &port, &[]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let error = error_of(&check(&folder, r"C:\tools\my-port.exe", &[]));
    assert!(error.contains(r#"a JSON array of words such as ["C:\\tools\\my-port.exe"]"#), "{error}");
}

#[test]
fn the_guide_has_the_limits_of_the_errors() {
    let guide = read("docs/files.md");
    for limit in [
        "16 MiB a file, 64 MiB together, 10,000 files",
        "16 MiB, 100,000 lines, 1,000 globs with 100,000 bytes",
        "1,000 bytes, 16 `{`",
        "1 MiB, 1,000 lines",
        "64 MiB a line, 1 GiB",
    ] {
        assert!(guide.contains(limit), "docs/files.md lacks {limit}");
    }
}
