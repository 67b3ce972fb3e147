//! Reading files that somebody else may have chosen: files only, up to a limit.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

/// Reads a file of at most `most` bytes; links are followed.
///
/// # Errors
///
/// When the path cannot be read, or is a folder, a pipe or a device, which may have no end, or when the file is larger.
///
/// ```
/// use relogin_conformance::files::read;
/// let error = read(std::path::Path::new("."), 1 << 20).unwrap_err();
/// assert_eq!(error.to_string(), "it is not a file");
/// ```
pub fn read(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    // Before it is opened: to open a pipe is to wait for a writer.
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::other("it is not a file"));
    }
    let mut bytes = Vec::new();
    File::open(path)?.take(most + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most {
        Err(io::Error::other(format!("it is larger than {}", size(most))))
    } else {
        Ok(bytes)
    }
}

/// [`read`] for UTF-8.
///
/// # Errors
///
/// As [`read`], and when the file is not UTF-8.
pub fn read_text(path: &Path, most: u64) -> io::Result<String> {
    String::from_utf8(read(path, most)?).map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "it is not UTF-8"))
}

fn size(bytes: u64) -> String {
    if bytes >= 1 << 20 { format!("{} MiB", bytes >> 20) } else { format!("{bytes} bytes") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_to_its_limit() {
        let folder = tempfile::tempdir().expect("there is room for a folder");
        let path = folder.path().join("file");
        fs::write(&path, "abc").expect("there is room for a file");
        assert_eq!(read(&path, 3).expect("it has three bytes"), b"abc");
        for (path, most, message) in
            [(path.as_path(), 2, "it is larger than 2 bytes"), (folder.path(), 9, "it is not a file")]
        {
            assert_eq!(read(path, most).expect_err("it is refused").to_string(), message);
        }
        fs::write(&path, b"\xff").expect("there is room for a file");
        assert_eq!(read_text(&path, 9).expect_err("it is refused").to_string(), "it is not UTF-8");
        assert_eq!(size(16 << 20), "16 MiB");
    }
}
