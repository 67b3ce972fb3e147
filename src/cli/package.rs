//! The corpus as one package for npm and PyPI.

use std::fs;
use std::io;
use std::path::Path;

use include_dir::{Dir, include_dir};
use relogin_conformance::Error;

use super::files::Unfinished;

static PACKAGE: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/ports/corpus");
static SCHEMAS: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/corpus/schema");

/// Writes the package into a new folder. `document` is the export. After an error or an interrupt nothing stays.
pub(super) fn write(folder: &Path, document: &str) -> Result<(), Error> {
    write_all(folder, document)
        .map_err(|error| Error::new(format!("cannot write the package {}: {error}", folder.display())))
}

fn write_all(folder: &Path, document: &str) -> io::Result<()> {
    let mut unfinished = Unfinished::default();
    unfinished.make(folder, |folder| fs::remove_dir_all(folder), |folder| fs::create_dir(folder))?;
    write_folder(&PACKAGE, folder)?;
    let data = folder.join("relogin_corpus");
    write_folder(&SCHEMAS, &data.join("schema"))?;
    fs::write(data.join("corpus.json"), document)?;
    unfinished.finish(|| Ok(()))
}

/// Writes the files of a folder and those below it. The version of this program stands for `@VERSION@`.
fn write_folder(source: &Dir<'_>, target: &Path) -> io::Result<()> {
    fs::create_dir_all(target)?;
    for file in source.files() {
        let name = file.path().file_name().unwrap_or_default();
        let text = file.contents_utf8().ok_or(io::ErrorKind::InvalidData)?;
        fs::write(target.join(name), text.replace("@VERSION@", env!("CARGO_PKG_VERSION")))?;
    }
    source
        .dirs()
        .try_for_each(|folder| write_folder(folder, &target.join(folder.path().file_name().unwrap_or_default())))
}
