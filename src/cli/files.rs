//! Writing files.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use relogin_conformance::Error;

/// Returns whether a path exists and is not a file: a folder, a terminal, a pipe, a device.
pub(super) fn is_device(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|metadata| !metadata.is_file())
}

/// Returns the path behind links. Also for a file that does not exist yet, and for a link to one.
pub(super) fn real_path(path: &Path) -> PathBuf {
    let mut path = path.to_owned();
    for _ in 0..40 {
        let Ok(next) = fs::read_link(&path) else { break };
        path = path.parent().unwrap_or(Path::new("")).join(next);
    }
    let parent = path.parent().map(|parent| if parent.as_os_str().is_empty() { Path::new(".") } else { parent });
    match (parent.map(fs::canonicalize), path.file_name()) {
        (Some(Ok(parent)), Some(name)) => parent.join(name),
        _ => fs::canonicalize(&path).unwrap_or(path),
    }
}

/// Returns an error when a path is a folder or is in a folder that does not exist: better now than after the run.
pub(super) fn can_be_written(path: &Path) -> Result<(), Error> {
    let cannot = |why: String| Err(Error::new(format!("cannot write {}: {why}", path.display())));
    if path.is_dir() || path.as_os_str().as_encoded_bytes().ends_with(b"/") {
        return cannot("it is a folder".into());
    }
    match real_path(path).parent().filter(|folder| !folder.as_os_str().is_empty() && !folder.is_dir()) {
        Some(folder) => cannot(format!("there is no folder {}", folder.display())),
        None => Ok(()),
    }
}

/// Returns whether two paths name one file, also by a link, and also if it does not exist yet.
pub(super) fn is_same_file(one: &Path, other: &Path) -> bool {
    #[cfg(unix)]
    if let (Ok(one), Ok(other)) = (fs::metadata(one), fs::metadata(other)) {
        use std::os::unix::fs::MetadataExt;
        return (one.dev(), one.ino()) == (other.dev(), other.ino());
    }
    real_path(one) == real_path(other)
}

/// How to remove a file or a folder, such as [`fs::remove_file`].
type Remove = fn(&Path) -> io::Result<()>;

/// The files and folders of all [`Unfinished`].
static UNFINISHED: Mutex<BTreeMap<PathBuf, Remove>> = Mutex::new(BTreeMap::new());

fn unfinished() -> MutexGuard<'static, BTreeMap<PathBuf, Remove>> {
    UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner) // a panic cannot leave a map of paths half changed
}

/// Removes every unfinished file and folder, and blocks the making of any other. Call it before this process ends.
pub(super) fn remove_unfinished() {
    let all = unfinished();
    // A folder comes before what is in it.
    all.iter().rev().for_each(|(path, remove)| _ = remove(path));
    std::mem::forget(all); // stays locked: a thread that would make another file waits until this process ends
}

/// Files and folders that are not complete yet. Dropping it removes them, and an interrupt does.
#[derive(Debug, Default)]
pub(super) struct Unfinished(Vec<PathBuf>);

impl Unfinished {
    /// Makes a file or a folder that does not exist, and notes how to remove it.
    pub(super) fn make<T>(
        &mut self,
        path: &Path,
        remove: Remove,
        make: impl FnOnce(&Path) -> io::Result<T>,
    ) -> io::Result<T> {
        let mut all = unfinished();
        let made = make(path)?;
        all.insert(path.to_owned(), remove);
        self.0.push(path.to_owned());
        Ok(made)
    }

    /// Takes the last step, after which the files and folders stay.
    pub(super) fn finish(mut self, step: impl FnOnce() -> io::Result<()>) -> io::Result<()> {
        let mut all = unfinished();
        step()?;
        self.0.drain(..).for_each(|path| _ = all.remove(&path));
        Ok(())
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        let mut all = unfinished();
        for path in self.0.drain(..).rev() {
            if let Some(remove) = all.remove(&path) {
                let _ = remove(&path); // another program may have removed it, or put a file into a folder
            }
        }
    }
}

/// Removes a folder with all that is in it.
pub(super) fn remove_folder(folder: &Path) -> io::Result<()> {
    fs::remove_dir_all(folder)
}

/// Writes files, each a path and a text, into a folder that was made for them. After an error nothing stays.
pub(super) fn fill(folder: &Path, made: Unfinished, files: &[(String, String)]) -> Result<(), Error> {
    for (path, text) in files {
        let path = folder.join(path);
        let parent = path.parent().unwrap_or(folder);
        fs::create_dir_all(parent).map_err(|error| cannot_create(parent, &error))?;
        write_whole(&path, text.as_bytes())?;
    }
    made.finish(|| Ok(())).map_err(|error| cannot_create(folder, &error))
}

/// Returns the error of making a folder.
pub(super) fn cannot_create(folder: &Path, error: &io::Error) -> Error {
    Error::new(format!("cannot create the folder {}: {error}", folder.display()))
}

/// The new contents of a file, complete, in a file beside it. Dropping it removes them, and an interrupt does.
pub(super) struct Staged {
    beside: PathBuf,
    target: PathBuf,
    name: String,
    unfinished: Unfinished,
}

impl Staged {
    /// Writes the contents beside the file, with its mode. The file itself stays until [`replace`](Self::replace).
    /// Follows a link. A read-only file is an error.
    pub(super) fn new(path: &Path, bytes: &[u8]) -> Result<Self, Error> {
        let target = real_path(path);
        let mut name = target.file_name().unwrap_or_default().to_owned();
        name.push(format!(".{}.new", std::process::id()));
        let beside = target.with_file_name(name);
        let mut staged = Self { beside, target, name: path.display().to_string(), unfinished: Unfinished::default() };
        staged.write(bytes).map_err(|error| cannot_write(&staged.name, &error))?;
        Ok(staged)
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        let permissions = fs::metadata(&self.target).ok().map(|metadata| metadata.permissions());
        if permissions.as_ref().is_some_and(fs::Permissions::readonly) {
            return Err(io::Error::other("it is read-only"));
        }
        let _ = fs::remove_file(&self.beside); // of a process that had the same number and was killed
        let mut file =
            self.unfinished.make(&self.beside, |path| fs::remove_file(path), |path| File::create_new(path))?;
        if let Some(permissions) = permissions {
            file.set_permissions(permissions)?;
        }
        file.write_all(bytes)
    }

    /// Replaces the file in one step.
    pub(super) fn replace(self) -> Result<(), Error> {
        let Self { beside, target, name, unfinished } = self;
        unfinished.finish(|| fs::rename(&beside, &target)).map_err(|error| cannot_write(&name, &error))
    }
}

fn cannot_write(name: &str, error: &io::Error) -> Error {
    Error::new(format!("cannot write {name}: {error}"))
}

/// Replaces a file in one step: the old file stays until the new one is complete. A path that is not a file (a
/// terminal, a pipe) is written to.
pub(super) fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    if is_device(path) {
        let written = File::options().write(true).open(path).and_then(|mut file| file.write_all(bytes));
        return written.map_err(|error| cannot_write(&path.display().to_string(), &error));
    }
    Staged::new(path, bytes)?.replace()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_has_one_path() {
        let folder = tempfile::tempdir().expect("there is room for a folder");
        let path = |name: &str| folder.path().join(name);
        fs::create_dir(path("inner")).expect("there is room for a folder");
        for name in ["new", "old"] {
            assert!(is_same_file(&path(name), &path("inner/../").join(name)), "{name}");
            assert!(!is_same_file(&path(name), &path("inner").join(name)), "{name}");
            fs::write(path("old"), "").expect("there is room for a file");
        }
        assert!(!is_same_file(&path("new"), &path("old")));
        #[cfg(unix)]
        {
            for (target, link) in [("new", "inner/to-new"), ("old", "inner/to-old")] {
                std::os::unix::fs::symlink(format!("../{target}"), path(link)).expect("a link can be made");
                assert!(is_same_file(&path(target), &path(link)), "{target}");
            }
            std::os::unix::fs::symlink("circle", path("circle")).expect("a link can be made");
            assert!(!is_same_file(&path("circle"), &path("old")));
            fs::hard_link(path("old"), path("twin")).expect("a link can be made");
            assert!(is_same_file(&path("old"), &path("twin")));
        }
    }
}
