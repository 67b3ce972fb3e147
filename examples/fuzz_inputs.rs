//! Writes the seeds and dictionaries of the fuzz targets, `seeds/TARGET/*` and
//! `dictionaries/TARGET.dict`, into FOLDER (default: `fuzz/`).
//!
//! ```console
//! $ cargo run --release --example fuzz_inputs [FOLDER]
//! ```

use std::path::PathBuf;

fn main() -> std::io::Result<()> {
    let here = || concat!(env!("CARGO_MANIFEST_DIR"), "/fuzz").into();
    let folder = std::env::args_os().nth(1).map_or_else(here, PathBuf::from);
    relogin_conformance::fuzzing::write_inputs(&folder)
}
