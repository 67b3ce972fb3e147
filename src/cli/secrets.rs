//! The files of `--secret-file`.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use relogin_conformance::Error;
use relogin_conformance::text::is_hidden;

/// The most bytes of a file.
const MOST_BYTES: u64 = 1 << 20;
/// The most secrets of a file: the time to look for them grows with each.
const MOST_SECRETS: usize = 1_000;
/// A shorter secret is ignored (R55).
const LEAST_CHARACTERS: usize = 8;

/// The secrets of a file, and what the user should know about them.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Secrets {
    pub(super) secrets: Vec<String>,
    pub(super) warnings: Vec<String>,
}

impl Secrets {
    /// Reads a file of secrets. It may be a pipe, such as `<(pass show token)`.
    pub(super) fn read(path: &Path) -> Result<Self, Error> {
        let name = path.display().to_string();
        let cannot = |error: io::Error| Error::new(format!("cannot read {name}: {error}"));
        let mut bytes = Vec::new();
        File::open(path).map_err(cannot)?.take(MOST_BYTES + 1).read_to_end(&mut bytes).map_err(cannot)?;
        if bytes.len() as u64 > MOST_BYTES {
            return Err(Error::new(format!("the secret in {name} is larger than 1 MiB")));
        }
        let text = String::from_utf8(bytes).map_err(|_| Error::new(format!("the secret in {name} is not UTF-8")))?;
        Self::parse(&name, &text)
    }

    /// Each line is a secret, without its end and without a byte order mark. A line with blanks or quotes at its ends
    /// is two: it is looked for without them too.
    fn parse(name: &str, text: &str) -> Result<Self, Error> {
        let mut found = Self::default();
        // CRLF, and CR alone, end a line too; this only adds empty lines.
        for (index, line) in
            text.strip_prefix('\u{feff}').unwrap_or(text).replace("\r\n", "\n").split(['\n', '\r']).enumerate()
        {
            let trimmed = line.trim_matches(is_around);
            if trimmed.is_empty() {
                continue;
            }
            let at = format!("{name}:{}", index + 1);
            if found.secrets.len() >= MOST_SECRETS {
                return Err(Error::new(format!("{at}: there are more than 1,000 secrets; each line is one")));
            }
            if trimmed != line {
                found.warnings.push(format!(
                    "{at}: the secret has a blank or a quote at an end; it is redacted with and without it"
                ));
                found.secrets.push(line.to_owned());
            }
            if trimmed.chars().count() < LEAST_CHARACTERS {
                found
                    .warnings
                    .push(format!("{at}: a secret of fewer than {LEAST_CHARACTERS} characters is not redacted (R55)"));
            }
            found.secrets.push(trimmed.to_owned());
        }
        if found.secrets.is_empty() {
            return Err(Error::new(format!("there is no secret in {name}: it is empty")));
        }
        Ok(found)
    }
}

/// Returns whether a character at the end of a line is likely not a part of the secret.
fn is_around(c: char) -> bool {
    c.is_whitespace() || is_hidden(c) || matches!(c, '"' | '\'' | '`' | '\u{2018}'..='\u{201f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_line_is_a_secret() {
        for (text, secrets, warnings) in [
            ("s3cr3t-t0ken", vec!["s3cr3t-t0ken"], 0),
            ("\u{feff}s3cr3t-t0ken\r\n", vec!["s3cr3t-t0ken"], 0),
            ("\ns3cr3t-t0ken\rs3cr3t-0ther\n\n", vec!["s3cr3t-t0ken", "s3cr3t-0ther"], 0),
            ("s3cr3t t0ken \n", vec!["s3cr3t t0ken ", "s3cr3t t0ken"], 1),
            (
                "\"s3cr3t-t0ken\"\n'\u{a0}s3cr3t-0ther",
                vec!["\"s3cr3t-t0ken\"", "s3cr3t-t0ken", "'\u{a0}s3cr3t-0ther", "s3cr3t-0ther"],
                2,
            ),
            ("\u{201c}s3cr3t-t0ken\u{200b}", vec!["\u{201c}s3cr3t-t0ken\u{200b}", "s3cr3t-t0ken"], 1),
            ("1234567", vec!["1234567"], 1),
            ("\"123456\"", vec!["\"123456\"", "123456"], 2),
        ] {
            let found = Secrets::parse("f", text).expect("there is one");
            assert_eq!(
                (found.secrets.as_slice(), found.warnings.len()),
                (secrets.into_iter().map(str::to_owned).collect::<Vec<String>>().as_slice(), warnings),
                "{text:?}"
            );
            assert!(found.warnings.iter().all(|warning| !warning.contains("s3cr3t")), "a warning shows no secret");
        }
    }

    #[test]
    fn empty_files_and_files_of_many_secrets_are_refused() {
        for text in ["", "\n\r\n", "\u{feff}", " \t\n", "\"\""] {
            assert_eq!(Secrets::parse("f", text), Err(Error::new("there is no secret in f: it is empty")), "{text:?}");
        }
        assert!(Secrets::parse("f", &"s3cr3t-t0ken\n".repeat(1_000)).is_ok());
        let error = Secrets::parse("f", &"s3cr3t-t0ken\n".repeat(1_001));
        assert_eq!(error, Err(Error::new("f:1001: there are more than 1,000 secrets; each line is one")));
    }
}
