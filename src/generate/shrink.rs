//! Makes a response small while what it shows stays: whole containers first, then members, values, words, characters and single bytes; and what
//! stands around the body.
//!
//! Whoever asks pays for every try, often with a round trip to a slow port. So nothing is tried twice, nothing that only looks different, and
//! words that must be whole are not taken apart.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::Range;
use std::sync::LazyLock;

use proptest::strategy::ValueTree;

use super::Rendered;
use super::json::Json;
use super::outline::{Kind, Node, Outline, percent, units};
use super::parts::FORM;
use super::tables::{corpus, tables};
use crate::corpus::CodeRow;

/// What all tries for one response may cost: each costs its bytes, and [`TRY`] besides. So large bodies, which are slow, are tried less often.
const MOST_COST: usize = 4_000 * TRY;

/// What a try costs besides its bytes.
const TRY: usize = 16 << 10;

/// A response on its way to a smaller one. It begins at the given one, always tries something simpler than the best so far, and ends.
///
/// ```
/// use proptest::strategy::ValueTree;
/// use relogin_conformance::generate::{Rendered, shrink::Shrink};
/// let given = Rendered { body: br#"{"error": "invalid_grant", "error_description": "a [b] c"}"#.to_vec(), ..Rendered::default() };
/// let mut shrink = Shrink::new(given);
/// while if shrink.current().body.contains(&b'[') { shrink.simplify() } else { shrink.complicate() } {}
/// assert_eq!(shrink.current().body, b"[");
/// ```
#[derive(Clone, Debug)]
pub struct Shrink {
    best: Rendered,
    current: Rendered,
    outline: Outline,
    /// The units of each string of the best that is no word, and of each long number.
    units: Vec<Vec<Range<usize>>>,
    /// Whether the best is JSON, so that bytes need not be taken out of the middle of it.
    is_json: bool,
    passes: Vec<Pass>,
    /// The pass, and the place in it, of what is tried.
    pass: usize,
    at: usize,
    /// Whether a pass of this round has found something simpler.
    found: bool,
    tried: HashSet<u64>,
    cost: usize,
}

/// What is tried, place by place.
#[derive(Clone, Copy, Debug)]
enum Pass {
    /// What stands around the body.
    Around,
    /// The whole body at once.
    Rewrite,
    /// Escapes become what they stand for.
    Unescape,
    /// A container becomes the body.
    Whole,
    /// So many items of a container go.
    Items(usize),
    /// A container gives way to one so many levels further in.
    Hoist(usize),
    /// Values become smaller ones.
    Values,
    /// Keys and codes become shorter ones.
    Words,
    /// So many units of a string become as many `a`.
    Uniform(usize),
    /// So many units of a string go.
    Units(usize),
    /// Units of more than one byte become an `a`.
    Plain,
    /// So many bytes go.
    Bytes(usize),
    /// Secrets become shorter.
    Secrets,
    /// So many characters of the content type go.
    ContentType(usize),
}

/// What a pass has at a place.
enum Offer {
    Try(Rendered),
    Nothing,
    End,
}

impl Shrink {
    /// Begins at a response.
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

    /// How many responses were tried, without the first.
    ///
    /// ```
    /// use relogin_conformance::generate::{Rendered, shrink::Shrink};
    /// assert_eq!(Shrink::new(Rendered::default()).tries(), 0);
    /// ```
    #[must_use]
    pub fn tries(&self) -> usize {
        self.tried.len() - 1
    }

    /// The current one is the best now.
    fn keep(&mut self) {
        self.best.clone_from(&self.current);
        self.outline = Outline::new(&self.best.body);
        self.is_json = std::str::from_utf8(&self.best.body).is_ok_and(|text| Json::read(text).is_some());
        let is_long = |node: &&Node| node.kind == Kind::Bare && node.span.len() > LONG_NUMBER;
        let strings = self.strings().filter(|node| !self.is_word(node)).chain(self.outline.0.iter().filter(is_long));
        self.units = strings.map(|node| units(&self.best.body, node)).collect();
        self.tried.insert(hash(&self.best));
    }

    /// Goes on to the next that is simpler than the best and was not tried; the current one is the best again when there is none.
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
                Offer::Try(candidate) if weight(&candidate) < weight(&self.best) && self.tried.insert(hash(&candidate)) => {
                    self.cost += TRY + candidate.body.len();
                    self.current = candidate;
                    return true;
                }
                Offer::End => (self.pass, self.at) = (self.pass + 1, 0),
                Offer::Try(candidate) => {
                    self.cost += candidate.body.len() / 4; // it was made for nothing
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

    /// The best with another body.
    fn with(&self, body: Vec<u8>) -> Offer {
        let Rendered { status, content_type, profile, secrets, .. } = &self.best;
        Offer::Try(Rendered {
            status: *status,
            content_type: content_type.clone(),
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

    /// The status, the content type, the profile and the secrets, each as plain as it can be.
    fn around(&self) -> Offer {
        let mut new = self.best.clone();
        match self.at {
            at @ 0..=3 => new.status = STATUSES[at],
            4 => new.content_type = None,
            5 => new.content_type = Some(FORM.to_owned()),
            6 => new.content_type = new.content_type.and_then(|value| value.split(';').next().map(str::to_owned)),
            at @ 7..=8 => new.profile.clone_from(&tables().profiles[at - 7]),
            9 => new.secrets.clear(),
            at if at - 10 < new.secrets.len() => drop(new.secrets.remove(at - 10)),
            _ => return Offer::End,
        }
        Offer::Try(new)
    }

    /// The best with several spans of its body replaced.
    fn edited(&self, edits: impl IntoIterator<Item = (Range<usize>, Vec<u8>)>) -> Offer {
        let mut edits: Vec<_> = edits.into_iter().collect();
        edits.sort_by_key(|(span, _)| span.start);
        let (mut body, mut at) = (Vec::new(), 0);
        for (span, by) in edits {
            // Containers that are cut off all end at one place.
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

    /// The whole body at once: without white space between words, and without the keys of objects that hold nothing but one another.
    fn rewrite(&self) -> Offer {
        let (body, nodes) = (&self.best.body, &self.outline.0);
        match self.at {
            0 => {
                let mut words = nodes.iter().filter(|node| !node.kind.is_container()).skip(1).map(|node| &node.span).peekable();
                let mut kept = Vec::new();
                for (at, byte) in body.iter().enumerate() {
                    while words.next_if(|word| word.end <= at).is_some() {}
                    if words.peek().is_some_and(|word| word.contains(&at)) || !byte.is_ascii_whitespace() {
                        kept.push(*byte);
                    }
                }
                self.with(kept)
            }
            1 => self.edited(nodes.iter().filter(|node| node.kind == Kind::Object && node.chain > 0).flat_map(|node| {
                let inner = node.items.first().and_then(|item| Some(&nodes[item.value?])).filter(|_| node.items.len() == 1);
                let end = node.span.end.saturating_sub(1).max(node.span.start + 1);
                let edits = inner.map(|inner| [(node.span.start..inner.span.start, b"[".to_vec()), (end..node.span.end, b"]".to_vec())]);
                edits.into_iter().flatten()
            })),
            _ => Offer::End,
        }
    }

    /// Strings without escapes: all of them, one by one, and escape by escape.
    fn unescape(&self) -> Offer {
        /// Of many escapes the first will tell.
        const MOST: usize = 32;
        let body = &self.best.body;
        let strings = self.strings().map(|node| units(body, node).into_iter().filter(|unit| unit.len() > 1)).map(Vec::from_iter);
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

    /// One container as the whole body; the small ones first, of many only a few.
    fn whole(&self) -> Offer {
        let mut containers: Vec<_> = self.outline.0.iter().filter(|node| node.kind.is_container()).map(|node| &node.span).collect();
        containers.sort_by_key(|span| span.len());
        let step = containers.len() / 12 + 1;
        containers.get(self.at * step).map_or(Offer::End, |span| self.with(self.best.body[(*span).clone()].to_vec()))
    }

    /// All nodes but those deep inside of containers that hold one another.
    fn nodes(&self) -> impl Iterator<Item = &Node> {
        let is_link = |node: &&Node| node.chain >= 3 && node.items.iter().any(|item| item.value.is_some());
        self.outline.0.iter().filter(move |node| !is_link(node))
    }

    fn items(&self, size: usize) -> Offer {
        let runs = self
            .nodes()
            .filter(|node| node.items.len() >= size)
            .flat_map(|node| (0..node.items.len()).step_by(size).map(move |first| (node, first, (first + size).min(node.items.len()) - 1)));
        let Some((node, first, last)) = runs.into_iter().nth(self.at) else { return Offer::End };
        // With the separator behind, or else the one in front.
        let start = |index: usize| node.items.get(index).map(|item| item.span.start);
        let span = match (start(last + 1), first.checked_sub(1)) {
            (Some(next), _) => node.items[first].span.start..next,
            (None, Some(before)) => node.items[before].span.end..node.items[last].span.end,
            (None, None) => node.items[first].span.start..node.items[last].span.end,
        };
        self.replaced(&span, b"")
    }

    fn hoist(&self, levels: usize) -> Offer {
        /// Further ones of a deep body would only repeat the first.
        const MOST: usize = 64;
        let mut containers = self.outline.0.iter().enumerate().filter(|(_, node)| node.kind.is_container()).take(MOST);
        let Some((index, node)) = containers.nth(self.at) else { return Offer::End };
        self.outline.inside(index, levels).map_or(Offer::Nothing, |inner| self.replaced(&node.span, self.text_of(inner)))
    }

    /// A value gives way to a smaller one of its type, or of another.
    fn values(&self) -> Offer {
        const WAYS: usize = 4;
        let Some(node) = self.nodes().skip(1).nth(self.at / WAYS) else { return Offer::End };
        match (self.at % WAYS, node.kind) {
            (0, _) if !node.is_key => self.replaced(&node.span, b"0"),
            (1, Kind::Text) => self.replaced(&node.span, b"\"\""),
            (1, Kind::Object) => self.replaced(&node.span, b"{}"),
            (1, Kind::Array) => self.replaced(&node.span, b"[]"),
            (2, Kind::Text) => self.replaced(&node.span, b"\"a\""),
            // The first value alone.
            (2, Kind::Object | Kind::Array) => match node.items.iter().find_map(|item| item.value) {
                Some(value) => self.replaced(&node.span, self.text_of(&self.outline.0[value])),
                None => Offer::Nothing,
            },
            (3, Kind::Object) => {
                let values: Vec<&[u8]> = node.items.iter().filter_map(|item| Some(self.text_of(&self.outline.0[item.value?]))).collect();
                self.replaced(&node.span, &[b"[".as_slice(), &values.join(b",".as_slice()), b"]"].concat())
            }
            _ => Offer::Nothing,
        }
    }

    /// A key or code of the tables gives way to a shorter one, in a text too.
    fn words(&self) -> Offer {
        let Short { keys, codes } = Short::words();
        let ways = keys.len().max(codes.len());
        let Some(node) = self.strings().nth(self.at / ways) else { return Offer::End };
        let span = node.inner(&self.best.body);
        let Some(word) = self.word_in(node) else { return Offer::Nothing };
        let others = if node.is_key { keys } else { codes };
        let other = others.get(self.at % ways).filter(|other| other.len() < word.len());
        let (Some(other), body) = (other, &self.best.body) else { return Offer::Nothing };
        // The same string elsewhere too: of equal keys one alone means nothing.
        let equal = self.strings().filter(|node| body[node.inner(body)] == body[span.clone()]).map(|node| node.inner(body).start);
        self.edited(equal.map(|start| (start + word.start..start + word.end, other.as_bytes().to_vec())))
    }

    fn strings(&self) -> impl Iterator<Item = &Node> {
        self.outline.0.iter().filter(|node| matches!(node.kind, Kind::Text | Kind::Spelled))
    }

    /// Where in a string a word of the tables stands, the longest: as a key the whole of it.
    fn word_in(&self, node: &Node) -> Option<Range<usize>> {
        let inner = &self.best.body[node.inner(&self.best.body)];
        if node.is_key {
            return self.is_word(node).then_some(0..inner.len());
        }
        // A long text becomes shorter first.
        let inner = &inner[..inner.len().min(MOST_SEARCHED)];
        let start = |code: &str| inner.windows(code.len()).position(|window| window.eq_ignore_ascii_case(code.as_bytes()));
        let codes = tables().codes.iter().filter_map(|code| Some((start(code)?, code.len())));
        codes.max_by_key(|(_, length)| *length).map(|(start, length)| start..start + length)
    }

    /// Whether a string is in the tables, so that a part of it would mean nothing.
    fn is_word(&self, node: &Node) -> bool {
        let Ok(word) = std::str::from_utf8(&self.best.body[node.inner(&self.best.body)]) else { return false };
        let is_in = |words: &[&str]| words.contains(&word);
        if node.is_key { is_in(&tables().keys) || matches!(word, "errors" | "access_token") } else { is_in(&tables().codes) }
    }

    /// A run of so many units gives way to what `other` makes of it.
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
        // Of JSON, larger parts were taken out already where it stays JSON; white space may be large.
        if start >= length || (self.is_json && (2..64).contains(&size)) {
            return Offer::End;
        }
        let span = start..length.min(start + size);
        if repeats(&self.best.body, &span) { Offer::Nothing } else { self.replaced(&span, b"") }
    }

    /// A secret becomes short, in the body too.
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

    /// The current one shows what it must: on to a simpler one.
    fn simplify(&mut self) -> bool {
        if self.current != self.best {
            self.keep();
            self.found = true;
        }
        self.next()
    }

    /// The current one does not: on to another that is simpler than the best.
    fn complicate(&mut self) -> bool {
        if self.current == self.best {
            return false;
        }
        self.at += 1;
        self.next()
    }
}

/// The words that others give way to.
struct Short {
    /// Of each list of places the first key and the shortest; the short ones first.
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
        let mut keys: Vec<_> =
            [&inner.code, &inner.text, &top.code, &top.text].into_iter().flat_map(|list| of_list(list)).flatten().collect();
        keys.sort_by_key(|key| (key.len(), *key));
        keys.dedup();
        let kind = |row: &'static CodeRow| (row.action.as_str(), row.in_text, row.reused);
        let mut rows: Vec<&CodeRow> = corpus().codes.iter().collect();
        rows.sort_by_key(|row| (kind(row), row.code.len()));
        rows.dedup_by_key(|row| kind(row));
        Self { keys, codes: ["a"].into_iter().chain(rows.iter().map(|row| row.code.as_str())).collect() }
    }
}

/// The plain statuses, the plainest first.
const STATUSES: [u16; 4] = [400, 200, 401, 500];

/// The character that a unit stands for, when that can stand for itself.
fn decoded(unit: &[u8]) -> Option<Vec<u8>> {
    let text = match unit.strip_prefix(b"\\u") {
        Some(digits) => char::from_u32(u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?)?.to_string(),
        None => String::from_utf8(unit.chunks(3).map(percent).collect::<Option<_>>()?).ok()?,
    };
    let is_special = |c: char| c < ' ' || "\"\\&=%+ ".contains(c);
    (!text.contains(is_special)).then(|| text.into_bytes())
}

/// How much of a text is searched for codes.
const MOST_SEARCHED: usize = 1_000;

/// Shorter numbers are shortened byte by byte.
const LONG_NUMBER: usize = 16;

/// Whether the bytes of a span stand directly before it too, so that without either the rest is the same.
fn repeats(body: &[u8], span: &Range<usize>) -> bool {
    span.start.checked_sub(span.len()).is_some_and(|before| body[before..span.start] == body[span.clone()])
}

/// What must become less with every step, so that there is an end.
fn weight(response: &Rendered) -> impl Ord + use<> {
    let Rendered { status, content_type, body, profile, secrets } = response;
    let odd_bytes = body.iter().filter(|byte| **byte != b'a').count();
    let status = STATUSES.iter().position(|plain| plain == status).unwrap_or(STATUSES.len());
    let content_type = content_type.as_deref().map_or(0, |value| if value == FORM { 1 } else { 2 + value.chars().count() });
    let profile = tables().profiles.iter().position(|named| named == profile).unwrap_or(usize::MAX);
    let odd_letters = secrets.iter().flat_map(|secret| secret.chars()).filter(|c| *c != 'a').count();
    (body.len(), odd_bytes, status, content_type, profile, secrets.len(), secrets.iter().map(String::len).sum::<usize>(), odd_letters)
}

fn hash(response: &Rendered) -> u64 {
    let Rendered { status, content_type, body, profile, secrets } = response;
    let texts = [&profile.product, &profile.other_clients, &profile.sign_in, &profile.fallback_code];
    // The keys of this one are fixed, so that the same response is shrunk alike every time.
    let mut hasher = DefaultHasher::new();
    (status, content_type, body, texts, secrets).hash(&mut hasher);
    hasher.finish()
}
