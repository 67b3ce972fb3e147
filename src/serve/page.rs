//! The index page: a search over the vectors, each with a command and the configuration of a client.

use minijinja::context;
use minijinja::value::Serde;
use serde::Serialize;

use crate::corpus::Vector;
use crate::html::page;
use crate::text::{safe, safe_bytes, width};

/// The most vectors on one page.
const MOST: usize = 100;
/// The most characters of a search.
const MOST_SEARCH: usize = 200;

#[derive(Serialize)]
struct Page {
    search: String,
    entries: Vec<Entry>,
    found: usize,
    all: usize,
}

#[derive(Serialize)]
struct Entry {
    id: String,
    title: String,
    status: u16,
    content_type: String,
    headers: Vec<String>,
    body: String,
    action: String,
    url: String,
}

/// Returns the page for a query such as `q=nested`. All words of a search must occur in the id, the title, the rules or
/// the body.
pub(super) fn index(vectors: &[&Vector], query: Option<&str>, origin: &str) -> String {
    let search = query.and_then(|query| query.split('&').find_map(|pair| pair.strip_prefix("q="))).unwrap_or_default();
    let search: String = decoded(search).chars().take(MOST_SEARCH).collect();
    let words: Vec<String> = search.split_whitespace().map(str::to_lowercase).collect();
    let matches = |vector: &&&Vector| {
        words.is_empty() || {
            let text = format!(
                "{} {} {} {} {}",
                vector.id,
                vector.title,
                vector.rules.join(" "),
                vector.input.status,
                String::from_utf8_lossy(&vector.input.body.expand())
            );
            let text = text.to_lowercase();
            words.iter().all(|word| text.contains(word))
        }
    };
    let found: Vec<&&Vector> = vectors.iter().filter(matches).collect();
    let entries: Vec<Entry> = found.iter().take(MOST).map(|vector| entry(vector, origin)).collect();
    let values = context! { ..Serde(Page { search, entries, found: found.len(), all: vectors.len() }) };
    let page = page(include_str!("index.html"), values);
    page.expect("the template is well-formed, and has all its values; a test renders it")
}

fn entry(vector: &Vector, origin: &str) -> Entry {
    let input = &vector.input;
    let header =
        |(name, value): &(String, String)| format!("{}: {}", safe(name, width::WORD), safe(value, width::NAME));
    Entry {
        id: vector.id.clone(),
        title: safe(&vector.title, width::LINE),
        status: input.status,
        content_type: input.content_type.as_ref().map_or("none".into(), |value| safe(value, width::NAME)),
        headers: input.headers.iter().map(header).collect(),
        body: safe_bytes(&input.body.expand(), width::TEXT),
        action: vector.expect.as_ref().map_or_else(|| "not a failure".into(), |expect| expect.action.to_string()),
        url: format!("{origin}/{}", vector.id),
    }
}

/// Decodes a value of a query, as a form encodes it.
fn decoded(value: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = value.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let digits = after.get(..2).and_then(|two| std::str::from_utf8(two).ok());
        let byte = digits.filter(|_| first == b'%').and_then(|two| u8::from_str_radix(two, 16).ok());
        bytes.push(byte.unwrap_or(if first == b'+' { b' ' } else { first }));
        rest = if byte.is_some() { &after[2..] } else { after };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::Corpus;

    #[test]
    fn the_page_finds_vectors_and_escapes_the_search() {
        let vectors: Vec<&Vector> = Corpus::embedded().vectors().collect();
        let page = |query| index(&vectors, query, "http://127.0.0.1:1");
        let all = page(None);
        assert!(all.contains("The first 100 of them are shown"));
        assert!(!all.contains(['\u{1b}', '\u{202e}']));
        let found = page(Some("q=escape-sequence+R38")).replace("&#x2f;", "/");
        assert!(found.contains("http://127.0.0.1:1/hardening/space/escape-sequence/token"), "{found}");
        let hostile = page(Some("q=%3Cscript%3E%22'%ff%"));
        assert!(hostile.contains("&lt;script&gt;&quot;") && !hostile.contains("<script>"), "{hostile}");
    }
}
