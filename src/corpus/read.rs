//! Reading a corpus into closed types.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, LazyLock};

use serde::de::DeserializeOwned;

use super::files::Folder;
use super::item::Item;
use super::lines::{LineVector, LinesFile};
use super::sweep::{self, Sweep, SweepFile};
use super::tables::{
    ActionRow, ActionsFile, Characters, CodeRow, CodesFile, ExceptionRow, ExceptionsFile, HeaderRow, HeadersFile, Keys,
    Profile, ProfilesFile, RetiredFile, RetiredRow,
};
use super::vector::{Input, ProfileChoice, Vector, VectorFile};
use crate::error::Error;

/// The paths of the tables.
pub(crate) const TABLES: [&str; 8] = [
    "codes.json",
    "exceptions.json",
    "keys.json",
    "headers.json",
    "characters.json",
    "profiles.json",
    "actions.json",
    "retired.json",
];

/// The path of the vectors about the protocol.
pub(crate) const LINES: &str = "protocol.json";

/// The vectors and the tables.
#[derive(Clone, Debug)]
pub struct Corpus {
    /// The registry, `codes.json`.
    pub codes: Vec<CodeRow>,
    /// The exceptions, `exceptions.json`.
    pub exceptions: Vec<ExceptionRow>,
    /// The places, `keys.json`.
    pub keys: Keys,
    /// The headers that decide, `headers.json`.
    pub headers: Vec<HeaderRow>,
    /// The invisible and the space characters, `characters.json`.
    pub characters: Characters,
    /// The profiles by name, `profiles.json`.
    pub profiles: BTreeMap<String, Profile>,
    /// The meaning of the actions, `actions.json`.
    pub actions: Vec<ActionRow>,
    /// The ids that are no longer used, `retired.json`.
    pub retired: Vec<RetiredRow>,
    /// The files of vectors, in the order of their paths.
    pub files: Vec<VectorFile>,
    /// The files of sweeps, in the order of their paths.
    pub sweep_files: Vec<SweepFile>,
    /// The vectors about the protocol, `protocol.json`.
    pub lines: Vec<LineVector>,
    /// Lines of the files that are not ASCII, as `path:line`.
    pub not_ascii: Vec<String>,
    /// Files below `vectors` and `sweeps` that are not read, because they are not `LEVEL/TOPIC.json`.
    pub not_read: Vec<String>,
}

impl Corpus {
    /// Returns the corpus inside this program. It is read once.
    ///
    /// # Panics
    ///
    /// When the corpus is broken; the tests of this crate fail then.
    #[must_use]
    pub fn embedded() -> &'static Self {
        static CORPUS: LazyLock<Corpus> = LazyLock::new(|| {
            Corpus::read(&Folder::Embedded).expect("the tests of this crate read the embedded corpus")
        });
        &CORPUS
    }

    /// Reads the corpus in a folder like `corpus/`: the tables, vectors in `vectors/LEVEL/TOPIC.json`; and, if they are
    /// there, sweeps in `sweeps/LEVEL/TOPIC.json` and `protocol.json`.
    ///
    /// # Errors
    ///
    /// When a file cannot be read or is malformed, or an id is used twice; the error names file, line, column and
    /// vector. A file has at most 16 MiB, all together at most 64 MiB, and `vectors` at most 10,000 files and folders.
    /// Pipes, devices, links out of the folder and links to folders are refused.
    pub fn load(folder: &Path) -> Result<Self, Error> {
        Self::read(&Folder::disk(folder))
    }

    /// Reads a corpus from pairs of a path in the corpus and the contents. If a path occurs twice, the last pair
    /// counts.
    ///
    /// # Errors
    ///
    /// As [`load`](Self::load).
    ///
    /// ```
    /// use relogin_conformance::corpus::Corpus;
    /// let error = Corpus::of([("codes.json", b"7".as_slice())]).unwrap_err();
    /// assert!(error.to_string().contains("codes.json"));
    /// ```
    pub fn of<'f>(files: impl IntoIterator<Item = (&'f str, &'f [u8])>) -> Result<Self, Error> {
        Self::read(&Folder::Memory(files.into_iter().collect()))
    }

    /// Returns all vectors, by file and then in the order of the file.
    pub fn vectors(&self) -> impl Iterator<Item = &Vector> {
        self.files.iter().flat_map(|file| &file.vectors)
    }

    /// Returns all sweeps, by file and then in the order of the file.
    pub fn sweeps(&self) -> impl Iterator<Item = &Sweep> {
        self.sweep_files.iter().flat_map(|file| &file.sweeps)
    }

    /// Returns what a port is asked: the vectors, the sweeps, and the vectors about the protocol.
    pub fn items(&self) -> impl Iterator<Item = Item<'_>> {
        let vectors = self.vectors().map(Item::Vector);
        vectors.chain(self.sweeps().map(Item::Sweep)).chain(self.lines.iter().map(Item::Lines))
    }

    /// Returns the vector with this id.
    #[must_use]
    pub fn find(&self, id: &str) -> Option<&Vector> {
        self.vectors().find(|vector| vector.id == id)
    }

    /// Returns the profile of a vector's input.
    ///
    /// # Panics
    ///
    /// When the vector is of another corpus, and names a profile that this one does not have.
    #[must_use]
    pub fn profile<'c>(&'c self, vector: &'c Vector) -> &'c Profile {
        self.profile_of(&vector.input)
    }

    /// Returns the profile of an input.
    ///
    /// # Panics
    ///
    /// As [`profile`](Self::profile).
    #[must_use]
    pub fn profile_of<'c>(&'c self, input: &'c Input) -> &'c Profile {
        match &input.profile {
            ProfileChoice::Inline(profile) => profile,
            ProfileChoice::Name(name) => {
                self.profiles.get(name).expect("names of profiles are looked up when the corpus is read")
            }
        }
    }

    fn read(folder: &Folder<'_>) -> Result<Self, Error> {
        let mut not_ascii = Vec::new();
        let [codes, exceptions, keys, headers, characters, profiles, actions, retired] = TABLES;
        let CodesFile { codes, .. } = parse(folder, codes, &mut not_ascii)?;
        let ExceptionsFile { exceptions, .. } = parse(folder, exceptions, &mut not_ascii)?;
        let keys: Keys = parse(folder, keys, &mut not_ascii)?;
        let HeadersFile { headers, .. } = parse(folder, headers, &mut not_ascii)?;
        let characters: Characters = parse(folder, characters, &mut not_ascii)?;
        let ProfilesFile { profiles, .. } = parse(folder, profiles, &mut not_ascii)?;
        let ActionsFile { actions, .. } = parse(folder, actions, &mut not_ascii)?;
        let RetiredFile { retired, .. } = parse(folder, retired, &mut not_ascii)?;
        let mut files = Vec::new();
        let mut seen = BTreeMap::new();
        let (paths, mut not_read) = folder.vector_files()?;
        for path in paths {
            let mut file: VectorFile = parse(folder, &path, &mut not_ascii)?;
            for vector in &file.vectors {
                // Results and baselines name a vector by its id alone.
                if let Some(first) = seen.insert(vector.id.clone(), path.clone()) {
                    let (file, id, first) = (folder.show(&path), &vector.id, folder.show(&first));
                    return Err(Error::new(format!("{file}: vector {id}: the id is used twice, first in {first}")));
                }
                if let ProfileChoice::Name(name) = &vector.input.profile
                    && !profiles.contains_key(name)
                {
                    let (file, id) = (folder.show(&path), &vector.id);
                    return Err(Error::new(format!(
                        "{file}: vector {id}: there is no profile `{name}` in profiles.json"
                    )));
                }
            }
            file.path = path;
            files.push(file);
        }
        let tables = Arc::new(sweep::Tables {
            codes: codes.clone(),
            exceptions: exceptions.clone(),
            headers: headers.clone(),
            keys: keys.clone(),
            characters: characters.clone(),
            profiles: profiles.clone(),
        });
        let mut sweep_files = Vec::new();
        let (paths, other_files) = folder.files_below("sweeps")?;
        not_read.extend(other_files);
        for path in paths {
            let written: sweep::Written = parse(folder, &path, &mut not_ascii)?;
            let cannot = |what: String| Error::new(format!("{}: {what}", folder.show(&path)));
            let file = written.sweeps(&path, &tables);
            if !matches!(folder, Folder::Embedded) {
                file.expand().map_err(cannot)?;
            }
            for Sweep { id, .. } in &file.sweeps {
                if let Some(first) = seen.insert(id.clone(), path.clone()) {
                    return Err(cannot(format!("sweep {id}: the id is used twice, first in {}", folder.show(&first))));
                }
            }
            sweep_files.push(file);
        }
        let mut lines = Vec::new();
        if folder.has(LINES) {
            let file: LinesFile = parse(folder, LINES, &mut not_ascii)?;
            lines = file.vectors;
            for LineVector { id, .. } in &lines {
                if let Some(first) = seen.insert(id.clone(), LINES.to_owned()) {
                    let (file, first) = (folder.show(LINES), folder.show(&first));
                    return Err(Error::new(format!("{file}: vector {id}: the id is used twice, first in {first}")));
                }
            }
        }
        Ok(Self {
            codes,
            exceptions,
            keys,
            headers,
            characters,
            profiles,
            actions,
            retired,
            files,
            sweep_files,
            lines,
            not_ascii,
            not_read,
        })
    }
}

/// Parses one JSON file of the corpus, and appends its lines that are not ASCII.
fn parse<T: DeserializeOwned>(folder: &Folder<'_>, path: &str, not_ascii: &mut Vec<String>) -> Result<T, Error> {
    let text = folder.text(path)?;
    let lines = text.lines().enumerate().filter(|(_, line)| !line.is_ascii());
    not_ascii.extend(lines.map(|(index, _)| format!("{}:{}", folder.show(path), index + 1)));
    serde_json::from_str(&text).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        let message = error.to_string();
        let message = message.strip_suffix(&format!(" at line {line} column {column}")).unwrap_or(&message);
        let id = id_before(&text, line).map_or_else(String::new, |id| format!("vector {id}: "));
        Error::new(format!("{}:{line}:{column}: {id}{message}", folder.show(path)))
    })
}

/// Returns the id of the vector around a line: each vector begins with its id.
fn id_before(text: &str, line: usize) -> Option<&str> {
    let ids = text.lines().take(line).filter_map(|line| line.trim_start().strip_prefix("\"id\":"));
    ids.last().map(|id| id.trim().trim_end_matches(',').trim_matches('"'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_corpus_can_be_read() {
        assert!(Corpus::embedded().vectors().count() > 0);
        assert!(Corpus::embedded().sweep_files.iter().all(|file| file.expand() == Ok(())));
    }
}
