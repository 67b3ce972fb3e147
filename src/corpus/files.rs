//! The files of a corpus: inside this program, in a folder, or in memory.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use include_dir::{Dir, DirEntry, include_dir};

use crate::error::Error;

static EMBEDDED: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/corpus");

/// Where a corpus is read from.
pub(super) enum Folder<'f> {
    Embedded,
    Disk(PathBuf),
    Memory(BTreeMap<&'f str, &'f [u8]>),
}

impl Folder<'_> {
    /// Returns a path in the corpus as the user knows it.
    pub(super) fn show(&self, path: &str) -> String {
        match self {
            Self::Embedded => format!("corpus/{path}"),
            Self::Memory(_) => path.to_owned(),
            Self::Disk(folder) => folder.join(path).display().to_string(),
        }
    }

    /// Reads a file.
    pub(super) fn text(&self, path: &str) -> Result<Cow<'static, str>, Error> {
        let cannot = |why: &dyn fmt::Display| Error::new(format!("cannot read {}: {why}", self.show(path)));
        match self {
            Self::Embedded => {
                let text = EMBEDDED.get_file(path).and_then(include_dir::File::contents_utf8);
                text.map(Cow::Borrowed).ok_or_else(|| cannot(&"it is not inside this program, or not UTF-8"))
            }
            Self::Memory(files) => {
                let text = files.get(path).and_then(|bytes| std::str::from_utf8(bytes).ok());
                text.map(|text| Cow::Owned(text.to_owned())).ok_or_else(|| cannot(&"it is missing, or not UTF-8"))
            }
            Self::Disk(folder) => std::fs::read_to_string(folder.join(path)).map(Cow::Owned).map_err(|error| {
                let is_corpus = folder.join("vectors").is_dir();
                let hint = "; a corpus is a folder like corpus/ of relogin, with the tables and vectors/LEVEL/TOPIC.json";
                cannot(&format!("{error}{}", if is_corpus { "" } else { hint }))
            }),
        }
    }

    /// Returns the paths of the files of vectors, `vectors/LEVEL/TOPIC.json`, sorted; and those of the other files
    /// below `vectors`.
    pub(super) fn vector_files(&self) -> Result<(Vec<String>, Vec<String>), Error> {
        let mut paths: Vec<String> = match self {
            Self::Embedded => embedded_files().map(|(path, _)| path).collect(),
            Self::Memory(files) => files.keys().map(ToString::to_string).collect(),
            Self::Disk(folder) => files_in(folder, "vectors")?,
        };
        paths.retain(|path| path.starts_with("vectors/"));
        paths.sort();
        let is_vector_file = |path: &String| path.ends_with(".json") && path.matches('/').count() == 2;
        let (files, others): (Vec<String>, Vec<String>) = paths.into_iter().partition(is_vector_file);
        if files.is_empty() {
            return Err(Error::new(format!("there is no file LEVEL/TOPIC.json in {}", self.show("vectors"))));
        }
        Ok((files, others))
    }
}

/// Returns the path and the text of each UTF-8 file of the embedded corpus, sorted by path.
pub(crate) fn embedded_files() -> impl Iterator<Item = (String, &'static str)> {
    fn files(folder: &'static Dir<'_>) -> Vec<(String, &'static str)> {
        let one = |entry: &'static DirEntry<'_>| match entry {
            DirEntry::Dir(inner) => files(inner),
            DirEntry::File(file) => {
                let path = file.path().to_str().map(|path| path.replace('\\', "/"));
                path.zip(file.contents_utf8()).into_iter().collect()
            }
        };
        folder.entries().iter().flat_map(one).collect()
    }
    let mut files = files(&EMBEDDED);
    files.sort();
    files.into_iter()
}

/// Returns the files below a folder of the corpus, as paths from the corpus. A corpus has no circular links.
fn files_in(corpus: &Path, below: &str) -> Result<Vec<String>, Error> {
    let folder = corpus.join(below);
    let cannot = |error: std::io::Error| Error::new(format!("cannot list {}: {error}", folder.display()));
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(&folder).map_err(cannot)? {
        let entry = entry.map_err(cannot)?;
        let path = format!("{below}/{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            paths.extend(files_in(corpus, &path)?);
        } else {
            paths.push(path);
        }
    }
    Ok(paths)
}
