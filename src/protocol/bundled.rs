//! The ports of the source tree: which can run here, and how.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A bundled port that can run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ready {
    /// Its folder, such as `ports/python`.
    pub name: String,
    /// The words of its command.
    pub words: Vec<String>,
}

/// Returns the bundled ports that can run here, built if needed; and for each other port a sentence that says why it is
/// skipped.
///
/// ```no_run
/// let (ports, notes) = relogin_conformance::protocol::bundled::ready();
/// assert_eq!(ports.len() + notes.len(), 3);
/// ```
#[must_use]
pub fn ready() -> (Vec<Ready>, Vec<String>) {
    let Some(root) = source_tree() else {
        return (
            Vec::new(),
            vec![
                "The bundled ports were not found; run this in a source tree of relogin, or name a port with --port."
                    .into(),
            ],
        );
    };
    let mut notes = Vec::new();
    let ready = BUNDLED.iter().filter_map(|port| {
        let name = format!("ports/{}", port.folder);
        let words =
            command(port, &root).map_err(|why| notes.push(format!("Skipped the bundled port {name}: {why}."))).ok()?;
        Some(Ready { name, words })
    });
    (ready.collect(), notes)
}

/// A port of the source tree.
struct Bundled {
    folder: &'static str,
    source: &'static str,
    /// A command that ends with status 0 if the port can run here.
    probe: &'static [&'static str],
    needs: &'static str,
    /// A command that builds the port, run in its folder. `{}` stands for the path of the program.
    build: Option<&'static [&'static str]>,
    /// The command that runs the port, with the path of the source or of the built program as the last argument.
    run: &'static [&'static str],
}

const BUNDLED: [Bundled; 3] = [
    Bundled {
        folder: "python",
        source: "port.py",
        probe: &["python3", "-c", "import sys; sys.exit(sys.version_info < (3, 10))"],
        needs: "python3, 3.10 or later",
        build: None,
        run: &["python3"],
    },
    Bundled {
        folder: "node",
        source: "port.mjs",
        probe: &["node", "-e", "process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)"],
        needs: "node, 20 or later",
        build: None,
        run: &["node"],
    },
    Bundled {
        folder: "go",
        source: "go.mod",
        probe: &["go", "version"],
        needs: "go, 1.19 or later",
        build: Some(&["go", "build", "-o", "{}", "./cmd/relogin-port"]),
        run: &[],
    },
];

/// Returns the words of the command, or why the port cannot run here.
fn command(port: &Bundled, root: &Path) -> Result<Vec<String>, String> {
    let folder = root.join("ports").join(port.folder);
    if !folder.join(port.source).is_file() {
        return Err("its source was not found".into());
    }
    let built = root.join("target").join("ports").join(port.folder);
    let quiet = |words: &[&str]| {
        let words = words.iter().map(|word| if *word == "{}" { built.as_os_str() } else { OsStr::new(word) });
        let words: Vec<&OsStr> = words.collect();
        Command::new(words[0]).args(&words[1..]).current_dir(&folder).stdin(Stdio::null()).output()
    };
    if !quiet(port.probe).is_ok_and(|output| output.status.success()) {
        return Err(format!("it needs {}", port.needs));
    }
    let mut words: Vec<String> = port.run.iter().map(|word| (*word).to_owned()).collect();
    let Some(build) = port.build else {
        words.push(folder.join(port.source).to_string_lossy().into_owned());
        return Ok(words);
    };
    match quiet(build) {
        Ok(output) if output.status.success() => {}
        Ok(output) => return Err(format!("it cannot be built: {}", String::from_utf8_lossy(&output.stderr).trim())),
        Err(error) => return Err(format!("it cannot be built: {error}")),
    }
    words.push(built.to_string_lossy().into_owned());
    Ok(words)
}

/// Returns the source tree around the current directory, or else the one that this program was built from.
#[must_use]
pub fn source_tree() -> Option<PathBuf> {
    let here = std::env::current_dir().ok();
    let above = here.iter().flat_map(|folder| folder.ancestors());
    let is_source_tree = |folder: &Path| folder.join("SPEC.md").is_file() && folder.join("ports").is_dir();
    above.chain([Path::new(env!("CARGO_MANIFEST_DIR"))]).find(|folder| is_source_tree(folder)).map(Path::to_owned)
}
