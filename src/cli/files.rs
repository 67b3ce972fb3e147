//! Writing files.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

use relogin_conformance::Error;

/// Returns whether a path exists and is not a file: a folder, a terminal, a pipe, a device.
pub(super) fn is_device(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|metadata| !metadata.is_file())
}

/// Replaces a file in one step: the old file stays until the new one is complete. A path that is not a file (a terminal,
/// a pipe) is written to.
pub(super) fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let cannot = |error: io::Error| Error::new(format!("cannot write {}: {error}", path.display()));
    if is_device(path) {
        return File::options().write(true).open(path).and_then(|mut file| file.write_all(bytes)).map_err(cannot);
    }
    let target = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned()); // follows a link; fails for a new file
    let mut name = target.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.new", std::process::id()));
    let beside = target.with_file_name(name);
    let written = std::fs::write(&beside, bytes).and_then(|()| std::fs::rename(&beside, &target));
    written.map_err(|error| {
        let _ = std::fs::remove_file(&beside); // no half-written file stays
        cannot(error)
    })
}
