//! The files of a corpus: inside this program, in a folder, or in memory.

use std::borrow::Cow;
use std::cell::Cell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{fmt, fs, io};

use include_dir::{Dir, DirEntry, include_dir};

use crate::error::Error;
use crate::files;

/// The most bytes of a file of a corpus in a folder, and of all its files.
const MOST_FILE_BYTES: u64 = 16 << 20;
const MOST_BYTES: u64 = 64 << 20;
/// The most files and folders below `vectors` of a corpus in a folder.
const MOST_ENTRIES: usize = 10_000;

/// The folder of the vectors, which every corpus has.
const VECTORS: &str = "vectors";

static EMBEDDED: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/corpus");

/// Where a corpus is read from.
pub(super) enum Folder<'f> {
    Embedded,
    Disk(Disk),
    Memory(BTreeMap<&'f str, &'f [u8]>),
}

/// A folder of somebody else. Its files are read up to limits, and no link leads out of it.
pub(super) struct Disk {
    folder: PathBuf,
    /// The folder without links, or the error of looking for it.
    real: io::Result<PathBuf>,
    /// How many more bytes may be read.
    left: Cell<u64>,
}

impl Disk {
    fn text(&self, path: &str) -> io::Result<String> {
        let path = fs::canonicalize(self.folder.join(path))?; // fails first if there is no such folder
        let real = self.real.as_ref().map_err(|error| io::Error::from(error.kind()))?;
        if !path.starts_with(real) {
            return Err(io::Error::other("it is a link out of the corpus; put a copy of the file there"));
        }
        let text = files::read_text(&path, MOST_FILE_BYTES)?;
        let left = self.left.get().checked_sub(text.len() as u64);
        self.left.set(left.ok_or_else(|| io::Error::other("with it the files of the corpus are larger than 64 MiB"))?);
        Ok(text)
    }

    /// Returns the paths of the files below a folder; none if there is no such folder. Links to folders are refused,
    /// since they may lead in a circle.
    fn files_below(&self, top: &str) -> Result<Vec<String>, Error> {
        let mut paths = Vec::new();
        if top != VECTORS && fs::symlink_metadata(self.folder.join(top)).is_err() {
            return Ok(paths);
        }
        let mut folders = vec![top.to_owned()];
        let mut entries = 0;
        while let Some(below) = folders.pop() {
            let folder = self.folder.join(&below);
            let cannot = |error: io::Error| Error::new(format!("cannot list {}: {error}", folder.display()));
            for entry in fs::read_dir(&folder).map_err(cannot)? {
                let entry = entry.map_err(cannot)?;
                let path = format!("{below}/{}", entry.file_name().to_string_lossy());
                entries += 1;
                if entries > MOST_ENTRIES {
                    return Err(Error::new(format!(
                        "cannot list {}: a corpus has at most 10,000 files and folders",
                        folder.display()
                    )));
                }
                if entry.file_type().map_err(cannot)?.is_dir() {
                    folders.push(path);
                } else if entry.path().is_dir() {
                    return Err(Error::new(format!(
                        "{} is a link to a folder; a corpus may have links to its files only",
                        entry.path().display()
                    )));
                } else {
                    paths.push(path);
                }
            }
        }
        Ok(paths)
    }
}

impl Folder<'_> {
    /// Returns a corpus in a folder.
    pub(super) fn disk(folder: &Path) -> Self {
        Self::Disk(Disk { folder: folder.to_owned(), real: fs::canonicalize(folder), left: Cell::new(MOST_BYTES) })
    }

    /// Returns a path in the corpus as the user knows it.
    pub(super) fn show(&self, path: &str) -> String {
        match self {
            Self::Embedded => format!("corpus/{path}"),
            Self::Memory(_) => path.to_owned(),
            Self::Disk(disk) => disk.folder.join(path).display().to_string(),
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
            Self::Disk(disk) => disk.text(path).map(Cow::Owned).map_err(|error| {
                let is_corpus = disk.folder.join("vectors").is_dir();
                let hint =
                    "; a corpus is a folder like corpus/ of relogin, with the tables and vectors/LEVEL/TOPIC.json";
                cannot(&format!("{error}{}", if is_corpus { "" } else { hint }))
            }),
        }
    }

    /// Returns whether there is a file with this path.
    pub(super) fn has(&self, path: &str) -> bool {
        match self {
            Self::Embedded => EMBEDDED.get_file(path).is_some(),
            Self::Memory(files) => files.contains_key(path),
            Self::Disk(disk) => fs::symlink_metadata(disk.folder.join(path)).is_ok(),
        }
    }

    /// Returns the paths of the files of vectors, `vectors/LEVEL/TOPIC.json`, sorted; and those of the other files
    /// below `vectors`.
    pub(super) fn vector_files(&self) -> Result<(Vec<String>, Vec<String>), Error> {
        let (files, others) = self.files_below(VECTORS)?;
        if files.is_empty() {
            return Err(Error::new(format!("there is no file LEVEL/TOPIC.json in {}", self.show(VECTORS))));
        }
        Ok((files, others))
    }

    /// Returns the paths of the files `LEVEL/TOPIC.json` in a folder, sorted; and those of the other files below it.
    pub(super) fn files_below(&self, top: &str) -> Result<(Vec<String>, Vec<String>), Error> {
        let mut paths: Vec<String> = match self {
            Self::Embedded => embedded_files().map(|(path, _)| path).collect(),
            Self::Memory(files) => files.keys().map(ToString::to_string).collect(),
            Self::Disk(disk) => disk.files_below(top)?,
        };
        paths.retain(|path| path.strip_prefix(top).is_some_and(|rest| rest.starts_with('/')));
        paths.sort();
        let is_read = |path: &String| path.ends_with(".json") && path.matches('/').count() == 2;
        Ok(paths.into_iter().partition(is_read))
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
