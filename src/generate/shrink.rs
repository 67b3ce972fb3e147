//! Makes a response small while it keeps a property: removes whole containers first, then members,
//! values, words, characters and single bytes, and simplifies the status and whatever else is not
//! the body.
//!
//! Each candidate costs the caller time, often a round trip to a slow port. So no candidate is
//! tried twice, and words of the tables are not taken apart.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::Range;
use std::sync::LazyLock;

use proptest::strategy::ValueTree;

use super::case::Rendered;
use super::json::Json;
use super::outline::{Kind, Node, Outline, percent, units};
use super::parts::FORM;
use super::tables::tables;
use crate::corpus::{CodeRow, Corpus};

/// The limit on the cost of all candidates for one response. A candidate costs its bytes plus
/// [`TRY`], so large bodies, which are slow, get fewer tries.
const MOST_COST: usize = 4_000 * TRY;

/// The cost of a candidate, without its bytes.
const TRY: usize = 16 << 10;

/// A response that is being made smaller. Each candidate is simpler than the best so far, so the
/// search ends.
///
/// ```
/// use proptest::strategy::ValueTree;
/// use relogin_conformance::generate::{Rendered, shrink::Shrink};
/// let given = Rendered { body: br#"{"error": "invalid_grant", "error_description": "a [b] c"}"#.to_vec(), ..Rendered::default() };
/// let mut shrink = Shrink::new(given);
/// let has_bracket = |shrink: &Shrink| shrink.current().body.contains(&b'[');
/// while if has_bracket(&shrink) { shrink.simplify() } else { shrink.complicate() } {}
/// assert_eq!(shrink.current().body, b"[");
/// ```
#[derive(Clone, Debug)]
pub struct Shrink {
    best: Rendered,
    current: Rendered,
    outline: Outline,
    /// The units of each string of the best response that is not a word, and of each long number.
    units: Vec<Vec<Range<usize>>>,
    /// Whether the best response is JSON, so that no bytes need to be cut out of the middle.
    is_json: bool,
    passes: Vec<Pass>,
    /// The index of the current pass, and the position in that pass.
    pass: usize,
    at: usize,
    /// Whether a pass of this round has made the response simpler.
    found: bool,
    tried: HashSet<u64>,
    cost: usize,
}

/// A kind of candidates. Each pass goes through its positions in order.
#[derive(Clone, Copy, Debug)]
enum Pass {
    /// Makes the status, content type, profile and secrets plain.
    Around,
    /// Rewrites the whole body at once.
    Rewrite,
    /// Decodes escapes.
    Unescape,
    /// Makes one container the body.
    Whole,
    /// Removes this many items of a container.
    Items(usize),
    /// Replaces a container by the one this many levels deeper.
    Hoist(usize),
    /// Replaces a value by a smaller one.
    Values,
    /// Replaces a key or code by a shorter one.
    Words,
    /// Replaces this many units of a string by as many `a`.
    Uniform(usize),
    /// Removes this many units of a string.
    Units(usize),
    /// Replaces a unit of more than one byte by an `a`.
    Plain,
    /// Removes this many bytes.
    Bytes(usize),
    /// Shortens secrets.
    Secrets,
    /// Removes this many characters of the content type.
    ContentType(usize),
}

/// The candidate of a pass at a position.
enum Offer {
    Try(Rendered),
    Nothing,
    End,
}

impl Shrink {
    /// Starts at a response.
    ///
    /// ```
    /// use proptest::strategy::ValueTree;
    /// use relogin_conformance::generate::{Rendered, shrink::Shrink};
    /// assert_eq!(Shrink::new(Rendered::default()).current(), Rendered::default());
    /// ```
    #[must_use]
    pub fn new(given: Rendered) -> Self {
        let down_to = |last: usize| {
            let sizes = std::iter::successors(Some(given.body.len().next_power_of_two() / 2), |size| Some(size / 2));
            sizes.take_while(move |size| *size >= last.max(1)).collect::<Vec<_>>()
        };
        let mut passes = vec![Pass::Around, Pass::Rewrite, Pass::Unescape, Pass::Whole];
        passes.extend(down_to(1).into_iter().map(Pass::Items));
        passes.extend(down_to(1).into_iter().map(Pass::Hoist));
        passes.extend([Pass::Values, Pass::Words]);
        passes.extend(down_to(4).into_iter().map(Pass::Uniform));
        passes.extend(down_to(1).into_iter().map(Pass::Units));
        passes.push(Pass::Plain);
        passes.extend(down_to(4).into_iter().map(Pass::Bytes));
        passes.extend([3, 2, 1].map(Pass::Bytes));
        passes.push(Pass::Secrets);
        passes.extend([16, 8, 4, 2, 1].map(Pass::ContentType));
        let mut shrink = Self {
            current: given.clone(),
            outline: Outline(Vec::new()),
            units: Vec::new(),
            is_json: false,
            best: given,
            passes,
            pass: 0,
            at: 0,
            found: false,
            tried: HashSet::new(),
            cost: 0,
        };
        shrink.keep();
        shrink
    }

    /// The number of candidates tried so far.
    ///
    /// ```
    /// use relogin_conformance::generate::{Rendered, shrink::Shrink};
    /// assert_eq!(Shrink::new(Rendered::default()).tries(), 0);
    /// ```
    #[must_use]
    pub fn tries(&self) -> usize {
        self.tried.len() - 1
    }

    /// Makes the current response the best.
    fn keep(&mut self) {
        self.best.clone_from(&self.current);
        self.outline = Outline::new(&self.best.body);
        self.is_json = std::str::from_utf8(&self.best.body).is_ok_and(|text| Json::read(text).is_some());
        let is_long = |node: &&Node| node.kind == Kind::Bare && node.span.len() > LONG_NUMBER;
        let strings = self.strings().filter(|node| !self.is_word(node)).chain(self.outline.0.iter().filter(is_long));
        self.units = strings.map(|node| units(&self.best.body, node)).collect();
        self.tried.insert(hash(&self.best));
    }

    /// Moves to the next candidate that is simpler than the best and new. Without one, the current
    /// response is the best again.
    fn next(&mut self) -> bool {
        while self.cost < MOST_COST {
            let Some(pass) = self.passes.get(self.pass) else {
                if !std::mem::take(&mut self.found) {
                    break;
                }
                (self.pass, self.at) = (0, 0);
                continue;
            };
            match self.offer(*pass) {
                Offer::Try(candidate)
                    if weight(&candidate) < weight(&self.best) && self.tried.insert(hash(&candidate)) =>
                {
                    self.cost += TRY + candidate.body.len();
                    self.current = candidate;
                    return true;
                }
                Offer::End => (self.pass, self.at) = (self.pass + 1, 0),
                Offer::Try(candidate) => {
                    self.cost += candidate.body.len() / 4; // building it took time too
                    self.at += 1;
                }
                Offer::Nothing => self.at += 1,
            }
        }
        self.current.clone_from(&self.best);
        false
    }

    fn offer(&self, pass: Pass) -> Offer {
        match pass {
            Pass::Around => self.around(),
            Pass::Rewrite => self.rewrite(),
            Pass::Unescape => self.unescape(),
            Pass::Whole => self.whole(),
            Pass::Items(size) => self.items(size),
            Pass::Hoist(levels) => self.hoist(levels),
            Pass::Values => self.values(),
            Pass::Words => self.words(),
            Pass::Uniform(size) => self.units(size, |run| Some(b"a".repeat(run.len()))),
            Pass::Units(size) => self.units(size, |_| Some(Vec::new())),
            Pass::Plain => self.units(1, |run| (run[0].len() > 1).then(|| b"a".to_vec())),
            Pass::Bytes(size) => self.bytes(size),
            Pass::Secrets => self.secrets(),
            Pass::ContentType(size) => self.content_type(size),
        }
    }

    /// The best response with another body.
    fn with(&self, body: Vec<u8>) -> Offer {
        let Rendered { status, content_type, headers, profile, secrets, .. } = &self.best;
        Offer::Try(Rendered {
            status: *status,
            content_type: content_type.clone(),
            headers: headers.clone(),
            body,
            profile: profile.clone(),
            secrets: secrets.clone(),
        })
    }

    fn replaced(&self, span: &Range<usize>, by: &[u8]) -> Offer {
        let body = &self.best.body;
        self.with([&body[..span.start], by, &body[span.end..]].concat())
    }

    fn text_of(&self, node: &Node) -> &[u8] {
        &self.best.body[node.span.clone()]
    }

    /// The best response with a plainer status, content type, profile or header, or with fewer secrets or headers.
    fn around(&self) -> Offer {
        let mut new = self.best.clone();
        match self.at {
            at @ 0..=3 => new.status = STATUSES[at],
            4 => new.content_type = None,
            5 => new.content_type = Some(FORM.to_owned()),
            6 => new.content_type = new.content_type.and_then(|value| value.split(';').next().map(str::to_owned)),
            at @ 7..=8 => new.profile.clone_from(&tables().profiles[at - 7]),
            9 => new.secrets.clear(),
            10 => new.headers.clear(),
            // One secret or header at a time, and then each header with a plainer name or value.
            at => {
                let (secrets, headers) = (new.secrets.len(), new.headers.len());
                match at - 11 {
                    at if at < secrets => drop(new.secrets.remove(at)),
                    at if at - secrets < headers => drop(new.headers.remove(at - secrets)),
                    at if at - secrets - headers < headers * HEADER_WAYS => {
                        let at = at - secrets - headers;
                        plainer_header(&mut new.headers[at / HEADER_WAYS], at % HEADER_WAYS);
                    }
                    _ => return Offer::End,
                }
            }
        }
        Offer::Try(new)
    }

    /// The best response with several spans of its body replaced.
    fn edited(&self, edits: impl IntoIterator<Item = (Range<usize>, Vec<u8>)>) -> Offer {
        let mut edits: Vec<_> = edits.into_iter().collect();
        edits.sort_by_key(|(span, _)| span.start);
        let (mut body, mut at) = (Vec::new(), 0);
        for (span, by) in edits {
            // Containers that are cut off all end at the end of the body, and so overlap.
            if span.start < at {
                continue;
            }
            body.extend_from_slice(&self.best.body[at..span.start]);
            body.extend(by);
            at = span.end;
        }
        body.extend_from_slice(&self.best.body[at..]);
        self.with(body)
    }

    /// The whole body without white space between words; then without the keys of objects that hold
    /// nothing but one another.
    fn rewrite(&self) -> Offer {
        let (body, nodes) = (&self.best.body, &self.outline.0);
        match self.at {
            0 => {
                let mut words =
                    nodes.iter().filter(|node| !node.kind.is_container()).skip(1).map(|node| &node.span).peekable();
                let mut kept = Vec::new();
                for (at, byte) in body.iter().enumerate() {
                    while words.next_if(|word| word.end <= at).is_some() {}
                    if words.peek().is_some_and(|word| word.contains(&at)) || !byte.is_ascii_whitespace() {
                        kept.push(*byte);
                    }
                }
                self.with(kept)
            }
            1 => {
                self.edited(nodes.iter().filter(|node| node.kind == Kind::Object && node.chain > 0).flat_map(|node| {
                    let inner =
                        node.items.first().and_then(|item| Some(&nodes[item.value?])).filter(|_| node.items.len() == 1);
                    let end = node.span.end.saturating_sub(1).max(node.span.start + 1);
                    let edits = inner.map(|inner| {
                        [(node.span.start..inner.span.start, b"[".to_vec()), (end..node.span.end, b"]".to_vec())]
                    });
                    edits.into_iter().flatten()
                }))
            }
            _ => Offer::End,
        }
    }

    /// Strings with their escapes decoded: all strings, then each string, then each escape.
    fn unescape(&self) -> Offer {
        /// The most escapes that are tried one by one.
        const MOST: usize = 32;
        let body = &self.best.body;
        let strings =
            self.strings().map(|node| units(body, node).into_iter().filter(|unit| unit.len() > 1)).map(Vec::from_iter);
        let strings: Vec<Vec<_>> = strings.filter(|units| !units.is_empty()).collect();
        let spans = match self.at.checked_sub(1) {
            None => strings.concat(),
            Some(at) if at < strings.len() => strings[at].clone(),
            Some(at) => match strings.concat().iter().take(MOST).nth(at - strings.len()) {
                Some(unit) => vec![unit.clone()],
                None => return Offer::End,
            },
        };
        self.edited(spans.into_iter().filter_map(|span| Some((span.clone(), decoded(&body[span])?))))
    }

    /// One container as the whole body: the small ones first, and only some of many.
    fn whole(&self) -> Offer {
        let mut containers: Vec<_> =
            self.outline.0.iter().filter(|node| node.kind.is_container()).map(|node| &node.span).collect();
        containers.sort_by_key(|span| span.len());
        let step = containers.len() / 12 + 1;
        containers.get(self.at * step).map_or(Offer::End, |span| self.with(self.best.body[(*span).clone()].to_vec()))
    }

    /// All nodes except those deep inside a chain of containers.
    fn nodes(&self) -> impl Iterator<Item = &Node> {
        let is_link = |node: &&Node| node.chain >= 3 && node.items.iter().any(|item| item.value.is_some());
        self.outline.0.iter().filter(move |node| !is_link(node))
    }

    fn items(&self, size: usize) -> Offer {
        let runs = self.nodes().filter(|node| node.items.len() >= size).flat_map(|node| {
            (0..node.items.len())
                .step_by(size)
                .map(move |first| (node, first, (first + size).min(node.items.len()) - 1))
        });
        let Some((node, first, last)) = runs.into_iter().nth(self.at) else { return Offer::End };
        // Including the separator after the items, or else the one before them.
        let start = |index: usize| node.items.get(index).map(|item| item.span.start);
        let span = match (start(last + 1), first.checked_sub(1)) {
            (Some(next), _) => node.items[first].span.start..next,
            (None, Some(before)) => node.items[before].span.end..node.items[last].span.end,
            (None, None) => node.items[first].span.start..node.items[last].span.end,
        };
        self.replaced(&span, b"")
    }

    fn hoist(&self, levels: usize) -> Offer {
        /// The most containers that are tried; those of a deep body are alike.
        const MOST: usize = 64;
        let mut containers = self.outline.0.iter().enumerate().filter(|(_, node)| node.kind.is_container()).take(MOST);
        let Some((index, node)) = containers.nth(self.at) else { return Offer::End };
        self.outline
            .inside(index, levels)
            .map_or(Offer::Nothing, |inner| self.replaced(&node.span, self.text_of(inner)))
    }

    /// A value replaced by a smaller one of the same type, or of another.
    fn values(&self) -> Offer {
        const WAYS: usize = 4;
        let Some(node) = self.nodes().skip(1).nth(self.at / WAYS) else { return Offer::End };
        match (self.at % WAYS, node.kind) {
            (0, _) if !node.is_key => self.replaced(&node.span, b"0"),
            (1, Kind::Text) => self.replaced(&node.span, b"\"\""),
            (1, Kind::Object) => self.replaced(&node.span, b"{}"),
            (1, Kind::Array) => self.replaced(&node.span, b"[]"),
            (2, Kind::Text) => self.replaced(&node.span, b"\"a\""),
            // Only the first value.
            (2, Kind::Object | Kind::Array) => match node.items.iter().find_map(|item| item.value) {
                Some(value) => self.replaced(&node.span, self.text_of(&self.outline.0[value])),
                None => Offer::Nothing,
            },
            (3, Kind::Object) => {
                let values: Vec<&[u8]> =
                    node.items.iter().filter_map(|item| Some(self.text_of(&self.outline.0[item.value?]))).collect();
                self.replaced(&node.span, &[b"[".as_slice(), &values.join(b",".as_slice()), b"]"].concat())
            }
            _ => Offer::Nothing,
        }
    }

    /// A key or code of the tables replaced by a shorter one, also inside a text.
    fn words(&self) -> Offer {
        let Short { keys, codes } = Short::words();
        let ways = keys.len().max(codes.len());
        let Some(node) = self.strings().nth(self.at / ways) else { return Offer::End };
        let span = node.inner(&self.best.body);
        let Some(word) = self.word_in(node) else { return Offer::Nothing };
        let others = if node.is_key { keys } else { codes };
        let other = others.get(self.at % ways).filter(|other| other.len() < word.len());
        let (Some(other), body) = (other, &self.best.body) else { return Offer::Nothing };
        // Equal strings change together: one of two duplicate keys alone would lose the duplicate.
        let equal = self
            .strings()
            .filter(|node| body[node.inner(body)] == body[span.clone()])
            .map(|node| node.inner(body).start);
        self.edited(equal.map(|start| (start + word.start..start + word.end, other.as_bytes().to_vec())))
    }

    fn strings(&self) -> impl Iterator<Item = &Node> {
        self.outline.0.iter().filter(|node| matches!(node.kind, Kind::Text | Kind::Spelled))
    }

    /// The position of the longest code of the tables in a string; for a key, the whole key if it
    /// is in the tables.
    fn word_in(&self, node: &Node) -> Option<Range<usize>> {
        let inner = &self.best.body[node.inner(&self.best.body)];
        if node.is_key {
            return self.is_word(node).then_some(0..inner.len());
        }
        // A long text is shortened before its words are.
        let inner = &inner[..inner.len().min(MOST_SEARCHED)];
        let start =
            |code: &str| inner.windows(code.len()).position(|window| window.eq_ignore_ascii_case(code.as_bytes()));
        let codes = tables().codes.iter().filter_map(|code| Some((start(code)?, code.len())));
        codes.max_by_key(|(_, length)| *length).map(|(start, length)| start..start + length)
    }

    /// Whether a string is in the tables, so that a part of it would mean nothing.
    fn is_word(&self, node: &Node) -> bool {
        let Ok(word) = std::str::from_utf8(&self.best.body[node.inner(&self.best.body)]) else { return false };
        let is_in = |words: &[&str]| words.contains(&word);
        if node.is_key {
            is_in(&tables().keys) || matches!(word, "errors" | "access_token")
        } else {
            is_in(&tables().codes)
        }
    }

    /// A run of `size` units replaced by the result of `other`.
    fn units(&self, size: usize, other: impl Fn(&[Range<usize>]) -> Option<Vec<u8>>) -> Offer {
        let mut left = self.at;
        for units in self.units.iter().filter(|units| units.len() >= size) {
            let runs = units.len().div_ceil(size);
            if left >= runs {
                left -= runs;
                continue;
            }
            let run = &units[left * size..units.len().min((left + 1) * size)];
            let span = run[0].start..run[run.len() - 1].end;
            let other = other(run).filter(|_| !repeats(&self.best.body, &span));
            return other.map_or(Offer::Nothing, |other| self.replaced(&span, &other));
        }
        Offer::End
    }

    fn bytes(&self, size: usize) -> Offer {
        let length = self.best.body.len();
        let start = self.at * size;
        // In JSON, the other passes have removed such parts; only white space may be larger.
        if start >= length || (self.is_json && (2..64).contains(&size)) {
            return Offer::End;
        }
        let span = start..length.min(start + size);
        if repeats(&self.best.body, &span) { Offer::Nothing } else { self.replaced(&span, b"") }
    }

    /// A secret made short, also in the body.
    fn secrets(&self) -> Offer {
        const WAYS: usize = 3;
        let Some(secret) = self.best.secrets.get(self.at / WAYS) else { return Offer::End };
        let short: String = secret.chars().take(8).collect();
        let (other, in_body) = match self.at % WAYS {
            0 => ("aaaaaaaa", true),
            1 => (short.as_str(), true),
            _ => (short.as_str(), false),
        };
        let mut new = self.best.clone();
        if in_body && !secret.is_empty() {
            while let Some(at) = new.body.windows(secret.len()).position(|window| window == secret.as_bytes())
                && other.len() < secret.len()
            {
                new.body.splice(at..at + secret.len(), other.bytes());
            }
        }
        other.clone_into(&mut new.secrets[self.at / WAYS]);
        Offer::Try(new)
    }

    fn content_type(&self, size: usize) -> Offer {
        let value: Vec<char> = self.best.content_type.iter().flat_map(|value| value.chars()).collect();
        let start = self.at * size;
        if start >= value.len() || value.iter().collect::<String>() == FORM {
            return Offer::End;
        }
        let mut new = self.best.clone();
        new.content_type = Some(value.iter().take(start).chain(value.iter().skip(start + size)).collect());
        Offer::Try(new)
    }
}

impl ValueTree for Shrink {
    type Value = Rendered;

    fn current(&self) -> Rendered {
        self.current.clone()
    }

    /// The current response has the property: keeps it and moves to a simpler one.
    fn simplify(&mut self) -> bool {
        if self.current != self.best {
            self.keep();
            self.found = true;
        }
        self.next()
    }

    /// The current response does not have the property: moves to another that is simpler than the
    /// best.
    fn complicate(&mut self) -> bool {
        if self.current == self.best {
            return false;
        }
        self.at += 1;
        self.next()
    }
}

/// The words that replace others.
struct Short {
    /// The first and the shortest key of each list of places, by length.
    keys: Vec<&'static str>,
    /// The shortest code of each kind of row, and one without a row.
    codes: Vec<&'static str>,
}

impl Short {
    fn words() -> &'static Self {
        static WORDS: LazyLock<Short> = LazyLock::new(Short::new);
        &WORDS
    }

    fn new() -> Self {
        let (inner, top) = (&tables().error_object, &tables().top_level);
        let of_list = |list: &[&'static str]| [list.first().copied(), list.iter().copied().min_by_key(|key| key.len())];
        let mut keys: Vec<_> = [&inner.code, &inner.text, &top.code, &top.text]
            .into_iter()
            .flat_map(|list| of_list(list))
            .flatten()
            .collect();
        keys.sort_by_key(|key| (key.len(), *key));
        keys.dedup();
        let kind = |row: &'static CodeRow| (row.action.as_str(), row.in_text, row.reused);
        let mut rows: Vec<&CodeRow> = Corpus::embedded().codes.iter().collect();
        rows.sort_by_key(|row| (kind(row), row.code.len()));
        rows.dedup_by_key(|row| kind(row));
        Self { keys, codes: ["a"].into_iter().chain(rows.iter().map(|row| row.code.as_str())).collect() }
    }
}

/// The plain statuses, the plainest first.
const STATUSES: [u16; 4] = [400, 200, 401, 500];

/// The character of an escape, when it can be written without an escape.
fn decoded(unit: &[u8]) -> Option<Vec<u8>> {
    let text = match unit.strip_prefix(b"\\u") {
        Some(digits) => char::from_u32(u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?)?.to_string(),
        None => String::from_utf8(unit.chunks(3).map(percent).collect::<Option<_>>()?).ok()?,
    };
    let is_special = |c: char| c < ' ' || "\"\\&=%+ ".contains(c);
    (!text.contains(is_special)).then(|| text.into_bytes())
}

/// How many bytes of a text are searched for codes.
const MOST_SEARCHED: usize = 1_000;

/// A longer number is shortened in runs, a shorter one byte by byte.
const LONG_NUMBER: usize = 16;

/// Whether the same bytes also stand directly before a span, so that removing either gives the same
/// body.
fn repeats(body: &[u8], span: &Range<usize>) -> bool {
    span.start.checked_sub(span.len()).is_some_and(|before| body[before..span.start] == body[span.clone()])
}

/// How many ways there are to make a header plainer.
const HEADER_WAYS: usize = 5;

/// Makes a header plainer in one of the ways. Some change nothing.
fn plainer_header((name, value): &mut (String, String), way: usize) {
    match way {
        0 => name.make_ascii_lowercase(),
        1 => *value = "1".to_owned(),
        2 => *value = value.trim().to_owned(),
        3 => *value = value.chars().take(value.chars().count() / 2).collect(),
        _ => drop(value.pop()),
    }
}

/// The measure that decreases with every step, so that the search ends.
fn weight(response: &Rendered) -> impl Ord + use<> {
    let Rendered { status, content_type, headers, body, profile, secrets } = response;
    let odd_bytes = body.iter().filter(|byte| **byte != b'a').count();
    let status = STATUSES.iter().position(|plain| plain == status).unwrap_or(STATUSES.len());
    let content_type =
        content_type.as_deref().map_or(0, |value| if value == FORM { 1 } else { 2 + value.chars().count() });
    let profile = tables().profiles.iter().position(|named| named == profile).unwrap_or(usize::MAX);
    let headers_length: usize = headers.iter().map(|(name, value)| name.len() + value.len()).sum();
    let odd_in_headers =
        headers.iter().filter(|(name, value)| *name != name.to_ascii_lowercase() || value != "1").count();
    let odd_letters = secrets.iter().flat_map(|secret| secret.chars()).filter(|c| *c != 'a').count();
    (
        body.len(),
        odd_bytes,
        status,
        content_type,
        profile,
        secrets.len(),
        secrets.iter().map(String::len).sum::<usize>(),
        odd_letters,
        (headers.len(), headers_length, odd_in_headers),
    )
}

fn hash(response: &Rendered) -> u64 {
    let Rendered { status, content_type, headers, body, profile, secrets } = response;
    let texts = [&profile.product, &profile.other_clients, &profile.sign_in, &profile.fallback_code];
    // This hasher has fixed keys, so that a response is shrunk the same way every time.
    let mut hasher = DefaultHasher::new();
    (status, content_type, headers, body, texts, secrets).hash(&mut hasher);
    hasher.finish()
}
