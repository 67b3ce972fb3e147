//! Runs each fuzz target once over its inputs, `seeds/TARGET/*`, `regressions/TARGET/*` and
//! `corpus/TARGET/*` in FOLDER (default: `fuzz/`), and prints their numbers. Stops at the first
//! failure. `scripts/coverage` measures the coverage of this run.
//!
//! ```console
//! $ cargo run --release --example fuzz_replay [FOLDER]
//! ```

use std::ffi::OsString;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use relogin_conformance::fuzzing::{TARGETS, run};

fn main() -> io::Result<()> {
    let here = || concat!(env!("CARGO_MANIFEST_DIR"), "/fuzz").into();
    let folder = std::env::args_os().nth(1).map_or_else(here, PathBuf::from);
    for target in TARGETS {
        for kind in ["seeds", "regressions", "corpus"] {
            let inputs = folder.join(kind).join(target.name);
            let names = names(&inputs)?;
            names.iter().try_for_each(|name| fs::read(inputs.join(name)).map(|bytes| run(target.name, &bytes)))?;
            writeln!(io::stdout(), "{:<10} {:<12} {:>7}", target.name, kind, names.len())?;
        }
    }
    Ok(())
}

/// The names of the files in a folder, sorted; empty when there is no folder.
fn names(folder: &Path) -> io::Result<Vec<OsString>> {
    let mut names = Vec::new();
    if folder.exists() {
        for entry in fs::read_dir(folder)? {
            names.push(entry?.file_name());
        }
    }
    names.sort();
    Ok(names)
}
