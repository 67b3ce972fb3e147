//! The parser's package is published alone, and takes its own copies of the licence texts along.

use std::path::Path;

#[test]
fn the_parsers_licence_texts_are_those_of_the_root() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for name in ["LICENSE-MIT", "LICENSE-APACHE"] {
        let read = |path: &Path| std::fs::read(path.join(name)).expect("the licence text can be read");
        assert!(read(root) == read(&root.join("parser")), "parser/{name} is not the root's");
    }
}
