//! Each package that is published alone has its own copies of the licence texts.

use std::path::Path;

use crate::support::ROOT;

#[test]
fn the_licence_texts_of_each_package_are_those_of_the_root() {
    let root = Path::new(ROOT);
    for package in ["parser", "ports/node", "ports/go", "ports/python"] {
        for name in ["LICENSE-MIT", "LICENSE-APACHE"] {
            let read = |path: &Path| std::fs::read(path.join(name)).expect("the licence text can be read");
            assert!(read(root) == read(&root.join(package)), "{package}/{name} is not the root's");
        }
    }
}
