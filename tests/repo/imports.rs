//! No two files of `parser/src` or `src` import each other, directly or through others, and neither do two folders.
//! `src/lib.rs` lists the folders from the bottom up, and each imports only from those listed above it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use crate::support::ROOT;

/// The files of a crate by module path, such as `["corpus", "read"]`, and the imports of each.
struct Sources(BTreeMap<Vec<String>, String>);

impl Sources {
    fn read(folder: &str) -> Self {
        let mut sources = Self(BTreeMap::new());
        sources.add(&Path::new(ROOT).join(folder), &[]);
        sources
    }

    fn add(&mut self, folder: &Path, module: &[String]) {
        for entry in fs::read_dir(folder).expect("the folder can be listed") {
            let path = entry.expect("the folder can be listed").path();
            let name = path.file_stem().and_then(|name| name.to_str()).expect("names are UTF-8").to_owned();
            let child = [module, std::slice::from_ref(&name)].concat();
            if path.is_dir() {
                self.add(&path, &child);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let module = if name == "lib" { module.to_vec() } else { child };
                self.0.insert(module, code(&fs::read_to_string(path).expect("the file can be read")));
            }
        }
    }

    /// The modules that a file imports from: those of its paths that begin with `crate`, `super`, the name of the
    /// library, or a module that the file declares.
    fn imports(&self, module: &[String]) -> BTreeSet<&Vec<String>> {
        let text = &self.0[module];
        let declared: Vec<&str> =
            text.split("mod ").skip(1).filter_map(|rest| rest.split_once(';')).map(|(name, _)| name).collect();
        // In the binary, `crate` is `main.rs`, which stands beside the library.
        let absolute = |path: Vec<String>| match path[0].as_str() {
            "crate" | "relogin_conformance" => path[1..].to_vec(),
            "self" => [module, &path[1..]].concat(),
            "super" => {
                let up = path.iter().take_while(|segment| *segment == "super").count();
                [&module[..module.len().saturating_sub(up)], &path[up..]].concat()
            }
            _ => [if module == ["main"] { &[] } else { module }, &path].concat(),
        };
        let is_start =
            |word: &str| ["crate", "relogin_conformance", "self", "super"].contains(&word) || declared.contains(&word);
        let targets = paths(text, is_start).into_iter().map(absolute).filter_map(|path| {
            (0..=path.len()).rev().find_map(|length| self.0.get_key_value(&path[..length])).map(|(module, _)| module)
        });
        targets.filter(|target| *target != module).collect()
    }
}

/// The text without comments and unit tests.
fn code(text: &str) -> String {
    let text = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
    let lines = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    lines.map(|line| line.split(" // ").next().unwrap_or_default().to_owned() + "\n").collect()
}

/// The paths of a text that begin with certain words, with the braces of `use` resolved.
fn paths(text: &str, is_start: impl Fn(&str) -> bool) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let mut begin = 0;
    while let Some(offset) = text[begin..].find(is_word) {
        begin += offset;
        let end = text[begin..].find(|c| !is_word(c)).map_or(text.len(), |length| begin + length);
        let is_inside = text[..begin].ends_with("::");
        if !is_inside && is_start(&text[begin..end]) && text[end..].starts_with("::") {
            tree(&text[begin..], &[], &mut found);
        }
        begin = end;
    }
    found
}

/// Adds the paths of one tree of `use`, and returns the text behind it.
fn tree<'t>(text: &'t str, prefix: &[String], found: &mut Vec<Vec<String>>) -> &'t str {
    let mut text = text.trim_start();
    if let Some(mut inner) = text.strip_prefix('{') {
        loop {
            inner = tree(inner, prefix, found).trim_start();
            match inner.strip_prefix(',') {
                Some(next) if !next.trim_start().starts_with('}') => inner = next,
                Some(next) => return next.trim_start().trim_start_matches('}'),
                None => return inner.trim_start_matches('}'),
            }
        }
    }
    let end = text.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(text.len());
    let path = [prefix, &[text[..end].to_owned()]].concat();
    text = &text[end..];
    match text.strip_prefix("::") {
        Some(rest) if rest.starts_with(|c: char| c.is_alphabetic() || "_{".contains(c)) => tree(rest, &path, found),
        _ => {
            found.push(path);
            &text[text.find([',', '}', ';', '\n']).unwrap_or(text.len())..]
        }
    }
}

/// A way from a node back to itself.
fn cycle<T: Ord + Clone>(edges: &BTreeMap<T, BTreeSet<T>>) -> Option<Vec<T>> {
    fn visit<T: Ord + Clone>(
        node: &T,
        edges: &BTreeMap<T, BTreeSet<T>>,
        way: &mut Vec<T>,
        done: &mut BTreeSet<T>,
    ) -> bool {
        if let Some(start) = way.iter().position(|one| one == node) {
            way.drain(..start);
            return true;
        }
        way.push(node.clone());
        if !done.contains(node) && edges.get(node).into_iter().flatten().any(|next| visit(next, edges, way, done)) {
            return true;
        }
        done.insert(node.clone());
        way.pop();
        false
    }
    let (mut way, mut done) = (Vec::new(), BTreeSet::new());
    edges.keys().any(|node| visit(node, edges, &mut way, &mut done)).then_some(way)
}

#[test]
fn no_two_files_import_each_other() {
    for folder in ["parser/src", "src"] {
        let sources = Sources::read(folder);
        let name = |module: &Vec<String>| module.join("::");
        let edges =
            sources.0.keys().map(|module| (name(module), sources.imports(module).into_iter().map(name).collect()));
        let edges: BTreeMap<String, BTreeSet<String>> = edges.collect();
        assert!(
            edges.values().map(BTreeSet::len).sum::<usize>() > edges.len(),
            "{folder}: too few imports were found: {edges:?}"
        );
        assert_eq!(cycle(&edges), None, "{folder}: these modules import each other");
    }
}

#[test]
fn each_folder_imports_only_from_those_listed_above_it() {
    let sources = Sources::read("src");
    let library = fs::read_to_string(Path::new(ROOT).join("src/lib.rs")).expect("the file can be read");
    let map = library.lines().filter_map(|line| line.strip_prefix("//! - ")?.split_once(':'));
    let mut listed: Vec<&str> = map.flat_map(|(names, _)| names.split('`').skip(1).step_by(2)).collect();
    listed.push("cli");
    let folder = |module: &[String]| module.first().cloned().unwrap_or_default();
    let rank = |folder: &str| {
        let rank = listed.iter().position(|one| *one == folder);
        rank.unwrap_or_else(|| unreachable!("src/lib.rs does not list `{folder}`"))
    };
    for module in sources.0.keys().filter(|module| !matches!(folder(module).as_str(), "" | "main")) {
        for target in sources.imports(module).into_iter().filter(|target| !target.is_empty()) {
            let (from, to) = (folder(module), folder(target));
            assert!(
                rank(&to) <= rank(&from),
                "{} imports from {}, which src/lib.rs lists below it",
                module.join("::"),
                target.join("::")
            );
        }
    }
}

#[test]
fn paths_are_found() {
    let text = "use crate::{a::{B, c::D as E}, f};\npub use g::*;\nlet x = super::super::h::i(j::k);\n";
    let found: Vec<String> =
        paths(&code(text), |word| ["crate", "super", "g"].contains(&word)).iter().map(|path| path.join("::")).collect();
    assert_eq!(found, ["crate::a::B", "crate::a::c::D", "crate::f", "g", "super::super::h::i"]);
    let edges = |pairs: &[(u8, u8)]| {
        let mut edges = BTreeMap::<u8, BTreeSet<u8>>::new();
        pairs.iter().for_each(|(from, to)| _ = edges.entry(*from).or_default().insert(*to));
        edges
    };
    assert_eq!(cycle(&edges(&[(1, 2), (1, 3), (2, 3), (4, 1)])), None);
    assert_eq!(cycle(&edges(&[(1, 2), (2, 3), (3, 4), (4, 2)])), Some(vec![2, 3, 4]));
}

/// rustdoc compiles all examples at once. A file that is included by a relative path breaks that, and each is then
/// compiled alone.
#[test]
fn no_example_of_the_documentation_includes_a_file() {
    let mut folders = vec![Path::new(ROOT).join("src"), Path::new(ROOT).join("parser/src")];
    while let Some(folder) = folders.pop() {
        for path in fs::read_dir(&folder)
            .expect("the folder can be listed")
            .map(|entry| entry.expect("it can be listed").path())
        {
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = fs::read_to_string(&path).expect("the file can be read");
            let includes =
                |line: &str| line.trim_start().starts_with("//") && line.contains("include_") && line.contains('!');
            assert!(!text.lines().any(includes), "{}", path.display());
        }
    }
}
