//! Installs the clients of a language with the language's own tools, in a cache folder.
//!
//! The cache has a folder for each language: copies of the drivers, the installed packages, and a `stamp` of the lock
//! file and the runtime. With an equal stamp nothing is installed, so the second run needs no network.

use std::fs;
use std::io;
use std::path::{self, Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use super::list::{Client, Language};
use crate::text::{safe, width};

/// Where the clients of a language are installed.
#[derive(Clone, Debug)]
pub struct Environment {
    /// The interpreter; `None` for programs.
    interpreter: Option<PathBuf>,
    /// The folder that the commands of the list are relative to.
    base: PathBuf,
    /// For Rust, the folder of the built programs.
    programs: Option<PathBuf>,
}

impl Environment {
    /// Returns the words that run the driver of a client.
    #[must_use]
    pub fn words(&self, client: &Client) -> Vec<String> {
        let (first, rest) = client.command.split_first().expect("the list was checked: a command is not empty");
        let first = match &self.programs {
            Some(programs) => programs.join(Path::new(first).file_name().unwrap_or_default()),
            None => self.base.join(first),
        };
        let words = self.interpreter.iter().chain([&first]).map(|path| path.to_string_lossy().into_owned());
        words.chain(rest.iter().cloned()).collect()
    }
}

/// How a language is set up.
struct Tools {
    /// A command that prints the version of the runtime, and fails if it is too old.
    probe: &'static [&'static str],
    needs: &'static str,
    /// The file that pins every package.
    lock: &'static str,
}

fn tools(language: Language) -> Tools {
    match language {
        Language::Python => Tools {
            probe: &["python3", "-c", "import sys; print(sys.version); sys.exit(sys.version_info < (3, 11))"],
            needs: "python3, 3.11 or later",
            lock: "requirements.txt",
        },
        Language::Node => Tools {
            probe: &[
                "node",
                "-e",
                "console.log(process.version); process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)",
            ],
            needs: "node, 20 or later",
            lock: "package-lock.json",
        },
        Language::Rust => Tools { probe: &["cargo", "--version"], needs: "cargo", lock: "Cargo.lock" },
    }
}

/// Sets up a language: `folder` is `clients/`, `cache` the cache folder. `say` gets lines about the progress.
///
/// # Errors
///
/// Why the clients of this language are skipped: the runtime is missing or too old, the installation failed, or nothing
/// is installed yet and `is_offline` forbids it. The text is the end of a sentence.
pub fn set_up(
    language: Language,
    folder: &Path,
    cache: &Path,
    is_offline: bool,
    say: &mut dyn FnMut(String),
) -> Result<Environment, String> {
    let tools = tools(language);
    // The tools run in the folder that they fill, so a relative path would lead elsewhere.
    let full = |path: &Path| path::absolute(path).map_err(|error| format!("cannot find {}: {error}", path.display()));
    let (folder, cache) = (full(folder)?, full(cache)?);
    let source = folder.join(language.folder());
    let target = cache.join(language.folder());
    let runtime = output(command(tools.probe, &source)).map_err(|_| format!("it needs {}", tools.needs))?;
    let cannot = |what: &str, error: &io::Error| format!("cannot {what}: {error}");
    fs::create_dir_all(&target).map_err(|error| cannot(&format!("create {}", target.display()), &error))?;
    if language != Language::Rust {
        copy_files(&source, &target).map_err(|error| cannot("copy the drivers", &error))?;
    }
    let lock = fs::read_to_string(source.join(tools.lock)).unwrap_or_default();
    // A lock file without packages needs no installation, and the interpreter of the machine will do.
    let is_plain = !lock.lines().any(|line| !line.trim().is_empty() && !line.starts_with('#'));
    let environment = Environment {
        interpreter: match language {
            Language::Python if is_plain => Some("python3".into()),
            Language::Python => Some(python_of(&target)),
            Language::Node => Some("node".into()),
            Language::Rust => None,
        },
        base: cache,
        programs: (language == Language::Rust).then(|| target.join("target").join("debug")),
    };
    let stamp = target.join("stamp");
    let current = format!("{}\n{lock}", runtime.trim());
    let is_installed = fs::read_to_string(&stamp).is_ok_and(|old| old == current);
    // cargo itself sees whether a program is out of date; a stamp says that all crates are here.
    if is_plain || (is_installed && language != Language::Rust) {
        return Ok(environment);
    }
    if !is_installed && is_offline {
        return Err("it is not installed yet, and --offline installs nothing".into());
    }
    let begin = Instant::now();
    say(format!("{language}: installing into {}", target.display()));
    let _ = fs::remove_file(&stamp);
    for step in steps(language, &source, &target, is_installed || is_offline) {
        if let Some(old) = step.replaces.as_ref().filter(|old| old.exists()) {
            fs::remove_dir_all(old).map_err(|error| cannot(&format!("remove {}", old.display()), &error))?;
        }
        output(step.command).map_err(|why| format!("`{}` failed: {why}", step.name))?;
    }
    fs::write(&stamp, current).map_err(|error| cannot(&format!("write {}", stamp.display()), &error))?;
    let mebibytes = size(&target) >> 20;
    say(format!("{language}: installed in {:.0} s, {mebibytes} MiB", begin.elapsed().as_secs_f64()));
    Ok(environment)
}

/// A step of an installation.
struct Step {
    name: &'static str,
    command: Command,
    /// A folder that is removed before.
    replaces: Option<PathBuf>,
}

fn steps(language: Language, source: &Path, target: &Path, is_offline: bool) -> Vec<Step> {
    let step = |name: &'static str, more: &[&str], replaces: Option<PathBuf>| {
        let words: Vec<&str> = name.split(' ').chain(more.iter().copied()).collect();
        Step { name, command: command(&words, target), replaces }
    };
    match language {
        Language::Python => {
            let mut install = Command::new(python_of(target));
            let quiet = ["--quiet", "--no-input", "--disable-pip-version-check"];
            install.args(["-m", "pip", "install"]).args(quiet).args(["-r", "requirements.txt"]).current_dir(target);
            vec![
                step("python3 -m venv", &["venv"], Some(target.join("venv"))),
                Step { name: "pip install", command: install, replaces: None },
            ]
        }
        // Scripts of packages do not run: a client is code to call, not code to trust at installation.
        Language::Node => {
            vec![step("npm ci", &["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], None)]
        }
        Language::Rust => {
            let (manifest, built) = (source.join("Cargo.toml"), target.join("target"));
            let mut build = step("cargo build", &["--quiet", "--locked"], None);
            build.command.arg("--manifest-path").arg(manifest).arg("--target-dir").arg(built);
            if is_offline {
                build.command.arg("--offline");
            }
            vec![build]
        }
    }
}

/// Returns the Python of a virtual environment.
fn python_of(target: &Path) -> PathBuf {
    target.join("venv").join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" })
}

fn command(words: &[&str], folder: &Path) -> Command {
    let mut command = Command::new(words[0]);
    command.args(&words[1..]).current_dir(folder);
    command
}

/// Runs a command without input. Returns its standard output, or why it failed.
fn output(mut command: Command) -> Result<String, String> {
    let output = command.stdin(Stdio::null()).output().map_err(|error| error.to_string())?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let text = [output.stderr, output.stdout].map(|bytes| String::from_utf8_lossy(&bytes).trim().to_owned()).join("\n");
    // The line that names the error comes first with npm, and last with pip and cargo.
    let is_error = |line: &&str| line.to_lowercase().contains("error");
    let line = text.lines().rfind(is_error).or_else(|| text.lines().rfind(|line| !line.trim().is_empty()));
    Err(format!("{}: {}", output.status, safe(line.unwrap_or("it wrote nothing"), width::TEXT)))
}

/// Copies the files of a folder that differ; folders in it are left out.
fn copy_files(source: &Path, target: &Path) -> io::Result<()> {
    for entry in fs::read_dir(source)? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            let (bytes, copy) = (fs::read(entry.path())?, target.join(entry.file_name()));
            if fs::read(&copy).ok().as_ref() != Some(&bytes) {
                fs::write(copy, bytes)?;
            }
        }
    }
    Ok(())
}

/// Returns how many bytes the files below a folder have.
fn size(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let one = |entry: fs::DirEntry| match entry.metadata() {
        Ok(metadata) if metadata.is_dir() => size(&entry.path()),
        Ok(metadata) => metadata.len(),
        Err(_) => 0,
    };
    entries.map(one).sum()
}
