//! The structure of a body, as far as it has one: brackets, items and strings of JSON that may be
//! broken, or the pairs of a form.

use std::ops::Range;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The body itself. Its items are separated by commas, or by the `&` of a form.
    Body,
    Array,
    Object,
    /// A string with its quotes.
    Text,
    /// A name or a value of a form.
    Spelled,
    /// Any other word.
    Bare,
}

impl Kind {
    pub(crate) fn is_container(self) -> bool {
        matches!(self, Self::Array | Self::Object)
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) kind: Kind,
    pub(crate) span: Range<usize>,
    /// Whether a colon follows it, or a `=` in a form.
    pub(crate) is_key: bool,
    /// How many containers around it hold nothing else.
    pub(crate) chain: usize,
    /// Its items, when it is a container.
    pub(crate) items: Vec<Item>,
}

impl Node {
    /// The span without the quotes of a string.
    pub(crate) fn inner(&self, body: &[u8]) -> Range<usize> {
        let Range { start, end } = self.span;
        if self.kind != Kind::Text {
            return start..end;
        }
        // A string that is cut off has no second quote.
        start + 1..if end > start + 1 && body[end - 1] == b'"' { end - 1 } else { end }
    }
}

/// The part between two separators.
#[derive(Clone, Debug)]
pub(crate) struct Item {
    pub(crate) span: Range<usize>,
    /// The last node in it, which is the value of a member.
    pub(crate) value: Option<usize>,
}

/// The nodes in the order of their first bytes; the first node is the body.
#[derive(Clone, Debug)]
pub(crate) struct Outline(pub(crate) Vec<Node>);

impl Outline {
    pub(crate) fn new(body: &[u8]) -> Self {
        let is_form = !body.iter().any(|byte| b"{[\"".contains(byte));
        let mut outline = Self(Vec::new());
        let mut open = vec![outline.push(Kind::Body, 0..body.len())];
        outline.begin_item(0, 0);
        let mut at = 0;
        while let Some(byte) = body.get(at) {
            let container = *open.last().unwrap_or(&0);
            let length = match byte {
                b',' | b'&' if (*byte == b'&') == is_form => {
                    outline.end_item(container, at);
                    outline.begin_item(container, at + 1);
                    1
                }
                b'{' | b'[' => {
                    let node = outline.push(if *byte == b'{' { Kind::Object } else { Kind::Array }, at..body.len());
                    outline.holds(container, node);
                    outline.begin_item(node, at + 1);
                    open.push(node);
                    1
                }
                b'}' | b']' if open.len() > 1 => {
                    outline.end_item(container, at);
                    outline.0[container].span.end = at + 1;
                    open.pop();
                    1
                }
                b':' | b'=' if (*byte == b'=') == is_form && !outline.is_in_value(container) => {
                    let key = outline.0[container].items.last().and_then(|item| item.value);
                    key.into_iter().for_each(|key| outline.0[key].is_key = true);
                    1
                }
                b' ' | b'\t' | b'\n' | b'\r' | b'}' | b']' | b',' | b':' | b'&' if !is_form => 1,
                b'&' => 1,
                first => {
                    let (kind, length) = match first {
                        b'"' => (Kind::Text, text_length(&body[at..])),
                        _ if is_form => (
                            Kind::Spelled,
                            length_until(&body[at..], if outline.is_in_value(container) { b"&" } else { b"&=" }),
                        ),
                        _ => (Kind::Bare, length_until(&body[at..], b" \t\n\r,:{}[]\"")),
                    };
                    let node = outline.push(kind, at..at + length);
                    outline.holds(container, node);
                    length
                }
            };
            at += length;
        }
        open.into_iter().for_each(|container| outline.end_item(container, body.len()));
        outline.find_chains();
        outline
    }

    /// Whether the current item already has its key and the separator after it.
    fn is_in_value(&self, container: usize) -> bool {
        let value = self.0[container].items.last().and_then(|item| item.value);
        value.is_some_and(|value| self.0[value].is_key)
    }

    fn push(&mut self, kind: Kind, span: Range<usize>) -> usize {
        self.0.push(Node { kind, span, is_key: false, chain: 0, items: Vec::new() });
        self.0.len() - 1
    }

    fn holds(&mut self, container: usize, node: usize) {
        self.0[container].items.last_mut().into_iter().for_each(|item| item.value = Some(node));
    }

    fn begin_item(&mut self, container: usize, at: usize) {
        self.0[container].items.push(Item { span: at..at, value: None });
    }

    /// An empty container has no item.
    fn end_item(&mut self, container: usize, at: usize) {
        let items = &mut self.0[container].items;
        if items.len() == 1 && items[0].value.is_none() {
            items.clear();
        }
        items.last_mut().into_iter().for_each(|item| item.span.end = at);
    }

    fn find_chains(&mut self) {
        for index in 0..self.0.len() {
            let node = &self.0[index];
            if let [Item { value: Some(inner), .. }] = node.items[..]
                && node.kind.is_container()
            {
                self.0[inner].chain = node.chain + 1;
            }
        }
    }

    /// The container `levels` deeper, following the first container of each level.
    pub(crate) fn inside(&self, node: usize, levels: usize) -> Option<&Node> {
        let inner = |node: &usize| {
            self.0[*node].items.iter().filter_map(|item| item.value).find(|value| self.0[*value].kind.is_container())
        };
        std::iter::successors(Some(node), inner).nth(levels).map(|node| &self.0[node])
    }
}

fn text_length(text: &[u8]) -> usize {
    let mut is_escaped = true; // the first quote ends nothing
    let end = text.iter().position(|byte| {
        let is_end = *byte == b'"' && !is_escaped;
        is_escaped = !is_escaped && *byte == b'\\';
        is_end
    });
    end.map_or(text.len(), |end| end + 1)
}

fn length_until(text: &[u8], ends: &[u8]) -> usize {
    text.iter().skip(1).position(|byte| ends.contains(byte)).map_or(text.len(), |end| end + 1)
}

/// The units of a string, or of a name or value of a form: escapes, characters, and bytes that are
/// not UTF-8.
pub(crate) fn units(body: &[u8], node: &Node) -> Vec<Range<usize>> {
    let is_text = node.kind == Kind::Text;
    let inner = node.inner(body);
    let mut units = Vec::new();
    let mut at = inner.start;
    while at < inner.end {
        let rest = &body[at..inner.end];
        let length = match (rest, percent(rest)) {
            ([b'\\', b'u', ..], _) if is_text => 6,
            ([b'\\', ..], _) if is_text => 2,
            (_, Some(first)) if !is_text => {
                let more = rest[3..].chunks(3).take(character_length(first) - 1);
                3 + 3 * more.take_while(|chunk| matches!(percent(chunk), Some(0x80..=0xBF))).count()
            }
            ([first, ..], _) => character_length(*first),
            ([], _) => 1,
        };
        let next = (at + length).min(inner.end);
        units.push(at..next);
        at = next;
    }
    units
}

/// The byte of a percent escape at the beginning of a text.
pub(crate) fn percent(text: &[u8]) -> Option<u8> {
    let digits = text.strip_prefix(b"%")?.get(..2).filter(|digits| digits.iter().all(u8::is_ascii_hexdigit))?;
    u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

/// The length in bytes of a UTF-8 character with this first byte.
fn character_length(first: u8) -> usize {
    match first {
        0xC0..=0xDF => 2,
        0xE0..=0xEF => 3,
        0xF0..=0xF7 => 4,
        _ => 1,
    }
}
