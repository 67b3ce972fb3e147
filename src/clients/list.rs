//! The list of the clients, `clients/clients.json`.

use std::collections::BTreeSet;
use std::fmt;
use std::path::{Component, Path};

use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::files;

/// The most bytes of the list.
const MOST_BYTES: u64 = 1 << 20;

/// The list of the clients.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct List {
    /// The clients, each with a name of its own.
    pub clients: Vec<Client>,
}

/// A client and its driver. A row has no version: lock files pin it, and the driver says it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Client {
    /// Its name in reports and in `baselines/NAME.baseline`: `[A-Za-z0-9._-]`.
    pub name: String,
    /// The language of its driver.
    pub language: Language,
    /// The package in the registry of the language.
    pub package: String,
    /// The words of the command after the interpreter. The first is a path below `clients/`; for Rust it ends with the
    /// name of the program.
    pub command: Vec<String>,
    /// One sentence: how the driver makes the client refresh, and what it works around.
    pub rest: String,
}

/// A language of drivers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Language {
    /// Python, in a virtual environment.
    Python,
    /// Node, with npm.
    Node,
    /// Rust, with cargo.
    Rust,
}

impl Language {
    /// Returns the name of its folder below `clients/`.
    #[must_use]
    pub const fn folder(self) -> &'static str {
        match self {
            Self::Python => "python",
            Self::Node => "node",
            Self::Rust => "rust",
        }
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Python => "Python",
            Self::Node => "Node",
            Self::Rust => "Rust",
        })
    }
}

impl List {
    /// Reads `clients.json` in a folder.
    ///
    /// # Errors
    ///
    /// When the file cannot be read or is malformed, or when a row has a bad or a repeated name, or a command that
    /// leads out of the folder.
    pub fn read(folder: &Path) -> Result<Self, Error> {
        let path = folder.join("clients.json");
        let wrong = |why: String| Error::new(format!("cannot read {}: {why}", path.display()));
        let text = files::read_text(&path, MOST_BYTES).map_err(|error| wrong(error.to_string()))?;
        let list: Self = serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))?;
        let mut names = BTreeSet::new();
        for client in &list.clients {
            client.check().map_err(|why| wrong(format!("client `{}`: {why}", client.name)))?;
            if !names.insert(&client.name) {
                return Err(wrong(format!("two clients have the name `{}`", client.name)));
            }
        }
        Ok(list)
    }
}

impl Client {
    /// Returns whether the source of its driver is in a folder such as `clients/`. For Rust, cargo reports a missing
    /// one.
    ///
    /// ```
    /// use relogin_conformance::clients::List;
    /// use std::path::Path;
    /// let folder = Path::new("clients");
    /// assert!(List::read(folder).unwrap().clients.iter().all(|client| client.has_driver(folder)));
    /// ```
    #[must_use]
    pub fn has_driver(&self, folder: &Path) -> bool {
        self.language == Language::Rust || self.command.first().is_some_and(|first| folder.join(first).is_file())
    }

    fn check(&self) -> Result<(), &'static str> {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
        if self.name.is_empty() || self.name.starts_with('.') || !self.name.chars().all(is_plain) {
            return Err("a name holds only letters, digits, `.`, `_` and `-`, and does not begin with `.`");
        }
        let Some(first) = self.command.first() else { return Err("the command is empty") };
        if first.is_empty() || !Path::new(first).components().all(|part| matches!(part, Component::Normal(_))) {
            return Err("the first word of the command must be a path below the folder");
        }
        if !Path::new(first).starts_with(self.language.folder()) {
            return Err("the first word of the command must be in the folder of the language");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<usize, String> {
        let folder = tempfile::tempdir().expect("there is room for a folder");
        std::fs::write(folder.path().join("clients.json"), json).expect("there is room for a file");
        List::read(folder.path()).map(|list| list.clients.len()).map_err(|error| error.to_string())
    }

    fn row(name: &str, command: &str) -> String {
        format!(r#"{{"name":"{name}","language":"python","package":"p","command":{command},"rest":"r"}}"#)
    }

    #[test]
    fn a_list_is_read_and_bad_rows_are_refused() {
        let good = row("a-1.b_c", r#"["python/a.py","x"]"#);
        assert_eq!(read(&format!(r#"{{"clients":[{good}]}}"#)), Ok(1));
        for (rows, part) in [
            (format!("{good},{good}"), "two clients"),
            (row("../a", r#"["python/a.py"]"#), "a name holds only"),
            (row("", r#"["python/a.py"]"#), "a name holds only"),
            (row("a", "[]"), "the command is empty"),
            (row("a", r#"["python/../../x"]"#), "below the folder"),
            (row("a", r#"["/bin/sh"]"#), "below the folder"),
            (row("a", r#"["node/a.mjs"]"#), "folder of the language"),
            (r#"{"name":"a"}"#.into(), "missing field"),
        ] {
            let error = read(&format!(r#"{{"clients":[{rows}]}}"#));
            assert!(error.as_ref().is_err_and(|error| error.contains(part)), "{rows}: {error:?}");
        }
    }
}
