//! Prints an input of a fuzz target as a proposed vector, or an error when the target does not make
//! responses of its inputs.
//!
//! ```console
//! $ cargo run --release --example fuzz_vector TARGET FILE >fuzz/proposed/FILE.json
//! ```
//!
//! Exit status: 0; 1 when there is no vector; 2 for wrong arguments.

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use relogin_conformance::fuzzing::{TARGETS, proposed_vector};

fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    let (status, message) = match proposed(&arguments) {
        Ok(vector) => match writeln!(io::stdout(), "{vector}") {
            Ok(()) => return ExitCode::SUCCESS,
            // The reader has closed the pipe.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return ExitCode::SUCCESS,
            Err(error) => (1, error.to_string()),
        },
        Err(failure) => failure,
    };
    let _ = writeln!(io::stderr(), "error: {message}"); // if even this fails, the status is all that is left
    ExitCode::from(status)
}

/// Returns the vector, or an exit status with the reason.
fn proposed(arguments: &[OsString]) -> Result<String, (u8, String)> {
    let [name, path] = arguments else { return Err((2, "usage: fuzz_vector TARGET FILE".into())) };
    let target = TARGETS.iter().find(|target| *name == target.name);
    let names = TARGETS.map(|target| target.name).join(", ");
    let target = target.ok_or_else(|| (2, format!("there is no target {}; there are {names}", name.display())))?;
    let path = Path::new(path);
    let bytes = std::fs::read(path).map_err(|error| (2, format!("cannot read {}: {error}", path.display())))?;
    match target.response {
        Some(response) => Ok(proposed_vector(&slug(target.name, path), &response(&bytes))),
        None => Err((
            1,
            format!(
                "an input of `{}` is not a response, so there is no vector to propose: {}",
                target.name, target.about
            ),
        )),
    }
}

/// The names, reduced to the characters of an id.
fn slug(target: &str, path: &Path) -> String {
    let file = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().to_lowercase());
    let file: String = file.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    format!("{target}-{file}")
}
