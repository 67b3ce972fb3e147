//! The corpus as one package for npm and PyPI.

use super::files::embedded_files;

/// The files beside the data. The version of this program stands for `@VERSION@`.
const FILES: [(&str, &str); 7] = [
    ("LICENSE-APACHE", include_str!("../../LICENSE-APACHE")),
    ("LICENSE-MIT", include_str!("../../LICENSE-MIT")),
    ("README.md", include_str!("../../ports/corpus/README.md")),
    ("index.mjs", include_str!("../../ports/corpus/index.mjs")),
    ("package.json", include_str!("../../ports/corpus/package.json")),
    ("pyproject.toml", include_str!("../../ports/corpus/pyproject.toml")),
    ("relogin_corpus/__init__.py", include_str!("../../ports/corpus/relogin_corpus/__init__.py")),
];

/// Returns the files of the package, each a path and a text: a loader for each language, the schemas, and `document`,
/// which is the corpus.
///
/// ```
/// let files = relogin_conformance::corpus::as_package("{}".into());
/// assert!(files.contains(&("relogin_corpus/corpus.json".into(), "{}".into())));
/// ```
#[must_use]
pub fn as_package(document: String) -> Vec<(String, String)> {
    let text = |text: &str| text.replace("@VERSION@", env!("CARGO_PKG_VERSION"));
    let files = FILES.into_iter().map(|(path, file)| (path.to_owned(), text(file)));
    let schemas = embedded_files()
        .filter(|(path, _)| path.starts_with("schema/"))
        .map(|(path, schema)| (format!("relogin_corpus/{path}"), schema.to_owned()));
    files.chain(schemas).chain([("relogin_corpus/corpus.json".to_owned(), document)]).collect()
}
