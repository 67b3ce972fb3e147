//! Ports that are wrong on purpose are caught, on exactly the vectors that they must fail.

use std::process::Command;

/// The founding bug: only the flat shape is known. Exactly the vectors whose document has an error object with a code or text fail.
#[test]
fn the_flat_only_port_fails_exactly_the_nested_seed_vectors() {
    if !Command::new("python3").arg("--version").output().is_ok_and(|output| output.status.success()) {
        #[expect(clippy::print_stderr, reason = "a skipped test says so")]
        {
            eprintln!("skipped: there is no python3 here");
        }
        return;
    }
    let arguments = ["check", "--all", "--port", "python3 ports/wrong/flat_only.py", "--filter", "core/seed/*"];
    let output = Command::new(env!("CARGO_BIN_EXE_relogin"))
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env("NO_COLOR", "1")
        .output()
        .expect("relogin starts");
    assert_eq!(output.status.code(), Some(1));
    let report = String::from_utf8(output.stdout).expect("output is UTF-8");
    let failed = |id: &str| report.contains(&format!("  {id} - "));
    let corpus = relogin_conformance::vectors::Corpus::embedded().expect("the corpus inside is good");
    let seed: Vec<_> = corpus.vectors.iter().filter(|vector| vector.topic() == "core/seed").collect();
    assert!(seed.iter().any(|vector| failed(&vector.id)) && seed.iter().any(|vector| !failed(&vector.id)));
    for vector in seed {
        let is_nested = vector.rules.iter().any(|rule| rule == "R18");
        assert_eq!(failed(&vector.id), is_nested, "{}", vector.id);
    }
}
