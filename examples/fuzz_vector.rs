//! Proposes a vector of an input of a fuzz target, and prints it; prints nothing when the target makes no response of its inputs.
//!
//! ```console
//! $ cargo run --release --example fuzz_vector TARGET FILE >fuzz/proposed/FILE.json
//! ```

use std::io::Write;
use std::path::{Path, PathBuf};

use relogin_conformance::fuzzing::{TARGETS, proposed_vector};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args_os().skip(1);
    let (Some(name), Some(path), None) = (arguments.next(), arguments.next().map(PathBuf::from), arguments.next()) else {
        return Err("usage: fuzz_vector TARGET FILE".into());
    };
    let target = TARGETS.iter().find(|target| name == target.name);
    let target = target.ok_or_else(|| format!("there is no target {}; `cargo +nightly fuzz list` lists them", name.display()))?;
    let bytes = std::fs::read(&path).map_err(|error| format!("cannot read {}: {error}", path.display()))?;
    if let Some(response) = target.response {
        writeln!(std::io::stdout(), "{}", proposed_vector(&slug(target.name, &path), &response(&bytes)))?;
    }
    Ok(())
}

/// What an id may hold of the names.
fn slug(target: &str, path: &Path) -> String {
    let file = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().to_lowercase());
    let file: String = file.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    format!("{target}-{file}")
}
