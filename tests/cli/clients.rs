//! `relogin clients`, with two fake clients: no network, no package.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use relogin_conformance::corpus::Corpus;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tempfile::TempDir;

use crate::support::{BIN, has_python, read, relogin, write};

/// A folder of clients, a cache, and what the command writes.
struct Fake {
    folder: TempDir,
}

/// The vectors of the tests: few, and from many families.
const FILTER: &str =
    "{core/nested/*,core/garbage/*,core/success/*,hardening/space/*,hardening/secrets/*,dialects/retry-after/*}";

impl Fake {
    /// Each client is a name and the arguments of its driver.
    fn new(clients: &[(&str, &[&str])], requirements: &str) -> Self {
        let fake = Self { folder: TempDir::new().expect("there is room for a folder") };
        std::fs::create_dir_all(fake.path("clients/python")).expect("the folder can be made");
        write(fake.path("clients/python/fake_client.py"), read("tests/support/fake_client.py"));
        write(fake.path("clients/python/requirements.txt"), requirements);
        fake.list(clients);
        fake
    }

    fn list(&self, clients: &[(&str, &[&str])]) {
        let row = |(name, words): &(&str, &[&str])| {
            let command = [&["python/fake_client.py"], *words].concat();
            json!({"name": name, "language": "python", "package": "fake", "command": command, "rest": "It <b>is</b> a fake."})
        };
        let rows: Vec<Value> = clients.iter().map(row).collect();
        write(self.path("clients/clients.json"), json!({"clients": rows}).to_string());
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    fn arguments(&self) -> [String; 7] {
        let own = ["clients", "--folder", &self.path("clients"), "--cache", &self.path("cache"), "--timeout", "120"];
        own.map(str::to_owned)
    }

    fn run(&self, more: &[&str]) -> Output {
        let own = self.arguments();
        let own = own.iter().map(String::as_str).chain(["--filter", FILTER]).chain(more.iter().copied());
        relogin(&own.collect::<Vec<&str>>(), b"")
    }

    fn json(&self, more: &[&str]) -> Value {
        let output = self.run(&[&["--format", "json"], more].concat());
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).expect("it is JSON")
    }
}

const BOTH: [(&str, &[&str]); 2] = [("honest", &["honest"]), ("careless", &["careless"])];

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Returns how many cells of a client have a finding, and its cell for one vector.
fn count(report: &Value, client: usize, finding: &str) -> usize {
    let cells = report["clients"][client]["cells"].as_array().expect("it has cells");
    let has = |cell: &&Value| cell["findings"].as_array().is_some_and(|all| all.iter().any(|one| one == finding));
    cells.iter().filter(has).count()
}

fn cell<'r>(report: &'r Value, client: usize, id: &str) -> &'r Value {
    let vectors = report["vectors"].as_array().expect("it has vectors");
    let index = vectors.iter().position(|vector| vector["id"] == id).expect("the vector was asked about");
    &report["clients"][client]["cells"][index]
}

#[test]
fn what_hurts_a_user_is_counted_and_shown() {
    if !has_python() {
        return;
    }
    let fake = Fake::new(&BOTH, "# nothing\n");
    let report = fake.json(&["--jobs", "1"]);
    assert_eq!(report["clients"][0]["version"], "1.0");
    for finding in ["crash", "raw_controls"] {
        assert_eq!(count(&report, 0, finding), 0, "{finding}");
        assert!(count(&report, 1, finding) > 0, "{finding}");
    }
    for finding in ["error_taken_for_success", "code_lost", "secret_echoed"] {
        assert!(count(&report, 1, finding) > count(&report, 0, finding), "{finding}");
    }
    let crash = cell(&report, 1, "core/garbage/html");
    assert_eq!((&crash["exception"], &crash["findings"]), (&json!("JSONDecodeError"), &json!(["crash"])));
    let escape = cell(&report, 1, "hardening/space/escape-sequence");
    assert_eq!(escape["shown"], "invalid_grant: a\u{1b}[31mred\u{1b}[0m");
    assert_eq!((&escape["requests"], &escape["waited"]), (&json!(3), &json!(2.5)));
    let honest = cell(&report, 0, "core/nested/error-object-code-only");
    assert_eq!((&honest["code"], honest.get("findings")), (&json!("token_expired"), None));

    // The second run needs no network and says the same, and nothing was written beside the drivers.
    assert_eq!(fake.json(&["--offline"]), report);
    let mut files: Vec<String> = std::fs::read_dir(fake.path("clients/python"))
        .expect("it can be listed")
        .flatten()
        .map(|entry| entry.file_name().display().to_string())
        .collect();
    files.sort();
    assert_eq!(files, ["fake_client.py", "requirements.txt"]);

    // The tables, the page and the reproductions, from the data.
    let (data, page, folder) = (fake.path("report.json"), fake.path("report.html"), fake.path("reproductions"));
    write(&data, report.to_string());
    let output =
        relogin(&["clients", "--from", &data, "--html", &page, "--reproductions", &folder, "--since", &data], b"");
    assert!(output.status.success(), "{}", text(&output.stderr));
    let human = text(&output.stdout);
    assert!(human.contains("\ncareless 1.0 ") && human.contains("Since the last report: nothing changed."), "{human}");
    assert!(human.lines().any(|line| line.starts_with("careless 1.0") && line.ends_with("up to 3 s")), "{human}");
    let markdown = text(&relogin(&["clients", "--from", &data, "--format", "markdown"], b"").stdout);
    assert!(markdown.lines().any(|line| line.starts_with("| careless 1.0 | ")), "{markdown}");
    let page = std::fs::read_to_string(&page).expect("the page was written");
    let words = |line: &&str| line.contains("class=\"words\"") && line.contains("\\u{");
    assert!(!page.contains(['\u{1b}', '\u{202e}']) && page.lines().any(|line| words(&line)), "{page}");
    assert!(!page.contains("<b>is</b>") && page.contains("&lt;b&gt;is"), "the text of a list is escaped");
    assert!(!page.contains("hunter22</dd>") && !page.contains("<script"));
    let reproductions = std::fs::read_to_string(Path::new(&folder).join("careless.md")).expect("it was written");
    assert!(reproductions.contains("## error taken for success: ") && reproductions.contains("$ curl -i "));
    assert!(!reproductions.contains('\u{1b}'));
}

#[test]
fn a_search_gives_smaller_reproductions_and_a_corpus_of_them() {
    if !has_python() {
        return;
    }
    let fake = Fake::new(&BOTH, "");
    let (page, found, data) = (fake.path("report.html"), fake.path("found"), fake.path("report.json"));
    let output = fake.run(&["--hunt", "3000", "--reproductions", &found, "--html", &page, "--json", &data]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let careless = std::fs::read_to_string(Path::new(&found).join("careless.md")).expect("it was written");
    let named = careless.lines().filter_map(|line| line.strip_prefix("The plainest is `")?.split('`').next());
    let id =
        named.into_iter().find(|id| id.starts_with("core/careless/seed-1-number-")).expect("the search has found one");
    assert!(careless.contains("`relogin serve --corpus corpus`"), "{careless}");

    // The corpus holds it.
    let corpus = Corpus::load(&Path::new(&found).join("corpus")).expect("it is a corpus");
    let vector = corpus.find(id).expect("the file names a vector of the corpus");
    assert!(vector.input.body.expand().len() <= 40, "it was made small: {careless}");

    // The data are enough for the same files, and the page shows vectors of the default corpus only.
    let again = fake.path("again");
    assert!(relogin(&["clients", "--from", &data, "--reproductions", &again], b"").status.success());
    assert_eq!(std::fs::read_to_string(Path::new(&again).join("careless.md")).ok(), Some(careless));
    assert!(!std::fs::read_to_string(page).expect("the page was written").contains("/careless/seed-1-"));
    let alone = fake.run(&["--hunt", "5"]);
    assert_eq!(alone.status.code(), Some(2), "--hunt is for --reproductions");
}

#[test]
fn a_run_waits_for_another_that_uses_the_same_cache() {
    if !has_python() {
        return;
    }
    let fake = Fake::new(&BOTH, "");
    std::fs::create_dir_all(fake.path("cache")).expect("the folder can be made");
    let other = std::fs::File::create(fake.path("cache/lock")).expect("the file can be made");
    other.lock_shared().expect("it is free");
    let mut run = Command::new(BIN)
        .args(fake.arguments())
        .args(["--filter", "core/success/*"])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("relogin starts");
    let mut errors = BufReader::new(run.stderr.take().expect("it is a pipe"));
    let mut line = String::new();
    errors.read_line(&mut line).expect("it says that it waits");
    assert!(line.starts_with("waiting for another run, which uses "), "{line}");
    drop(other);
    std::io::copy(&mut errors, &mut std::io::sink()).expect("it goes on");
    assert_eq!(run.wait().expect("it ends").code(), Some(0));
}

#[test]
fn a_client_is_held_to_its_baseline_and_to_the_last_report() {
    if !has_python() {
        return;
    }
    let fake = Fake::new(&BOTH, "");
    let before = fake.path("before.json");
    let output = fake.run(&["--bless", "--json", &before]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let baseline = std::fs::read_to_string(fake.path("clients/baselines/careless.baseline")).expect("it was written");
    assert!(baseline.lines().any(|line| line.starts_with("core/garbage/html  error")), "{baseline}");
    assert_eq!(fake.run(&[]).status.code(), Some(0));

    // The next version of `honest` is careless, and that of `careless` is gone.
    fake.list(&[("honest", &["careless", "2.0"])]);
    let output = fake.run(&["--since", &before]);
    assert_eq!(output.status.code(), Some(1));
    let human = text(&output.stdout);
    assert!(human.contains("honest differs from its baseline in ") && human.contains("  new failure: "), "{human}");
    assert!(human.contains("  honest 2.0 (before: 1.0)\n    worse, error taken for success: "), "{human}");
    assert!(human.contains("  careless\n    It is no longer in this report."), "{human}");
    assert_eq!(fake.run(&["--bless"]).status.code(), Some(0));
    assert_eq!(fake.run(&[]).status.code(), Some(0));
}

#[test]
fn a_client_that_cannot_be_run_is_named_and_hides_no_other() {
    if !has_python() {
        return;
    }
    let fake = Fake::new(&[("broken", &["broken"]), ("honest", &["honest"])], "");
    let output = fake.run(&[]);
    assert_eq!(output.status.code(), Some(3));
    let human = text(&output.stdout);
    assert!(human.contains("Skipped broken: ") && human.contains("ModuleNotFoundError"), "{human}");
    assert!(human.contains("\nhonest 1.0 "), "{human}");

    let unknown = fake.run(&["--only", "nobody"]);
    assert_eq!(unknown.status.code(), Some(2));
    assert!(text(&unknown.stderr).contains("there is no client `nobody`; the clients are broken, honest"));

    // The copy of a driver in the cache does not run without its source.
    std::fs::remove_file(fake.path("clients/python/fake_client.py")).expect("it is there");
    let output = fake.run(&[]);
    assert_eq!(output.status.code(), Some(3));
    let human = text(&output.stdout);
    assert!(human.contains("Skipped honest: its driver python/fake_client.py is missing"), "{human}");
}

#[test]
fn a_missing_runtime_and_a_failed_installation_are_named_skips() {
    let fake = Fake::new(&BOTH, "fake @ file:///nowhere/fake.whl\n");
    let output = Command::new(BIN).args(fake.arguments()).env("PATH", "/nowhere").output().expect("relogin runs");
    assert_eq!(output.status.code(), Some(0));
    assert!(
        text(&output.stdout).contains("Skipped honest: it needs python3, 3.11 or later."),
        "{}",
        text(&output.stdout)
    );
    if !has_python() {
        return;
    }
    let offline = text(&fake.run(&["--offline"]).stdout);
    assert!(
        offline.contains("Skipped careless: it is not installed yet, and --offline installs nothing."),
        "{offline}"
    );
    // One that was asked for by its name must run.
    assert_eq!(fake.run(&["--offline", "--only", "honest"]).status.code(), Some(3));
    let output = fake.run(&[]);
    assert_eq!(output.status.code(), Some(0));
    let human = text(&output.stdout);
    assert!(
        human.contains("Skipped honest: `pip install` failed: ") || human.contains("`python3 -m venv` failed"),
        "{human}"
    );
}

#[test]
fn a_program_is_built_also_from_relative_folders() {
    let fake = Fake::new(&[], "");
    std::fs::create_dir_all(fake.path("clients/rust/src")).expect("the folder can be made");
    let package = "[package]\nname = \"mute\"\nversion = \"0.0.0\"\nedition = \"2024\"\n[workspace]\n";
    write(fake.path("clients/rust/Cargo.toml"), package);
    write(fake.path("clients/rust/Cargo.lock"), "version = 4\n\n[[package]]\nname = \"mute\"\nversion = \"0.0.0\"\n");
    write(fake.path("clients/rust/src/main.rs"), "fn main() {}\n");
    let row =
        json!({"name": "mute", "language": "rust", "package": "mute", "command": ["rust/mute"], "rest": "It ends."});
    write(fake.path("clients/clients.json"), json!({"clients": [row]}).to_string());
    let output = Command::new(BIN)
        .args(["clients", "--folder", "clients", "--cache", "cache", "--filter", "core/garbage/*"])
        .current_dir(fake.folder.path())
        .output()
        .expect("relogin runs");
    let (human, progress) = (text(&output.stdout), text(&output.stderr));
    assert!(progress.contains("Rust: installed in "), "{human}{progress}");
    assert!(!human.contains("Skipped mute: `cargo build`"), "{human}{progress}");
    assert_eq!(output.status.code(), Some(3), "a client that ends at once does not answer: {human}{progress}");
}

#[test]
fn the_policy_of_the_page_allows_its_style_and_nothing_else() {
    let style = read("src/clients/page.css");
    use base64::Engine as _;
    let hash = base64::engine::general_purpose::STANDARD.encode(Sha256::digest(&style));
    let code = read("src/clients/page.rs");
    assert!(code.contains(&format!("const STYLE_HASH: &str = \"sha256-{hash}\";")), "the right hash is sha256-{hash}");
}
