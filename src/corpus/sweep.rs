//! Sweeps: one input of which one part runs over a whole domain, with the verdict that is expected of each class of
//! members. A sweep counts as one vector; each member is a request.
//!
//! The sweeps of another corpus are expanded when it is read, so that a mistake in one is an error. Those inside this
//! program are expanded when their members are first read, which most commands never do. Nothing after that knows about
//! domains. `tests/sweeps.py` does the same in Python.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io::Write as _;
use std::ops::Deref;
use std::sync::{Arc, LazyLock};

use serde::Deserialize;
use serde_json::{Map, Value};

use super::body::Body;
use super::level::Level;
use super::tables::{Characters, CodePoint, CodeRow, ExceptionRow, HeaderRow, Keys, Profile};
use super::vector::{Input, ProfileChoice, STATUSES, Source, Verdict, required_option};

/// The most members of a sweep.
pub const MOST_MEMBERS: usize = 10_000;
/// The most bytes that the bodies of a sweep, or its members, have together.
const MOST_BYTES: usize = 64 << 20;

/// A file of sweeps: one topic of one level.
#[derive(Clone, Debug)]
pub struct SweepFile {
    /// Its path in the corpus.
    pub path: String,
    /// The level of its sweeps.
    pub level: Level,
    /// The topic of its sweeps.
    pub topic: String,
    /// The sweeps.
    pub sweeps: Vec<Sweep>,
}

/// One input with a part that runs over a domain.
#[derive(Clone, Debug)]
pub struct Sweep {
    /// `LEVEL/TOPIC/SLUG`, never used again.
    pub id: String,
    /// The one thing that the sweep shows.
    pub title: String,
    /// The rules that decide.
    pub rules: Vec<String>,
    /// The rules that some member only just does not trigger.
    pub near: Vec<String>,
    /// Where the responses come from.
    pub source: Source,
    /// The members.
    pub members: Members,
}

/// The members of a sweep, in the order of the domain; at least one.
///
/// ```
/// use relogin_conformance::corpus::Corpus;
/// assert!(Corpus::embedded().sweeps().all(|sweep| !sweep.members.is_empty()));
/// ```
#[derive(Clone)]
pub struct Members(Arc<LazyLock<Expanded, Box<dyn FnOnce() -> Expanded + Send>>>);

type Expanded = Result<Vec<Member>, String>;

impl Deref for Members {
    type Target = [Member];

    fn deref(&self) -> &[Member] {
        let members = (**self.0).as_ref();
        members.expect("another corpus is expanded when it is read, and the tests of this crate expand this one")
    }
}

impl fmt::Debug for Members {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&**self).finish()
    }
}

/// A member of a sweep: one response, and the verdict that is expected.
#[derive(Clone, Debug)]
pub struct Member {
    /// Its name, unique in the sweep.
    pub name: String,
    /// The response, and what the caller knows.
    pub input: Input,
    /// The verdict; `None` for "not a failure".
    pub expect: Option<Verdict>,
}

/// A file as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Written {
    #[serde(rename = "$schema")]
    _schema: String,
    level: Level,
    topic: String,
    sweeps: Vec<WrittenSweep>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenSweep {
    id: String,
    title: String,
    rules: Vec<String>,
    near: Vec<String>,
    source: Source,
    input: Template,
    over: Over,
    expect: Vec<Class>,
}

/// An input with placeholders.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Template {
    status: StatusTemplate,
    #[serde(deserialize_with = "required_option")]
    content_type: Option<String>,
    #[serde(default)]
    headers: Vec<(String, String)>,
    profile: ProfileChoice,
    secrets: Vec<String>,
    body: Body,
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "a status is an integer, or `{member}`")]
enum StatusTemplate {
    One(u16),
    Member(String),
}

/// The domain.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Over {
    /// The integers from the first to the last.
    Integers(u32, u32),
    /// The bytes from the first to the last, each two hexadecimal digits.
    Bytes(String, String),
    /// The characters of these ranges.
    Characters(Vec<(CodePoint, CodePoint)>),
    /// The ends of the ranges of a table of `characters.json`, and their neighbours.
    Edges(CharacterTable),
    /// Sequences of bytes, in hexadecimal.
    Hex(Vec<String>),
    /// Each text of the first list, followed by each of the second, and so on.
    Texts(Vec<Vec<String>>),
    /// The words of a table, each changed.
    Rows(Rows),
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum CharacterTable {
    Invisible,
    Space,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rows {
    table: Table,
    change: Change,
}

#[derive(Deserialize)]
enum Table {
    #[serde(rename = "codes")]
    Codes,
    #[serde(rename = "exceptions")]
    Exceptions,
    #[serde(rename = "headers")]
    Headers,
    #[serde(rename = "objects")]
    Objects,
    #[serde(rename = "error_object.code")]
    InnerCode,
    #[serde(rename = "error_object.text")]
    InnerText,
    #[serde(rename = "top_level.code")]
    TopCode,
    #[serde(rename = "top_level.text")]
    TopText,
}

/// How a word is changed.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Change {
    /// Each character in turn is missing.
    Missing,
    /// Each character in turn is doubled.
    Doubled,
    /// Each ASCII letter in turn has the other case.
    Case,
    /// The first and the last ASCII letter in turn are missing.
    EndsMissing,
    /// The middle ASCII letter is doubled.
    MiddleDoubled,
    /// The first and the last ASCII letter in turn have the other case.
    EndsCase,
    /// Each pair of texts stands before and after the word.
    Around(Vec<(String, String)>),
}

/// A class of members, and the verdict that is expected of them.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Class {
    /// Missing: the members that no earlier class has.
    of: Option<Of>,
    #[serde(deserialize_with = "required_option")]
    expect: Option<Verdict>,
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "`of` is an array of names and of pairs of names, or an object of values of the row")]
enum Of {
    Names(Vec<NameOrRange>),
    /// Members whose row has these values; an array is for one of several.
    Row(Map<String, Value>),
}

#[derive(Deserialize)]
#[serde(untagged)]
enum NameOrRange {
    Name(String),
    Range(String, String),
}

/// A member before it is put into the input.
struct Drawn {
    name: String,
    bytes: Vec<u8>,
    row: Map<String, Value>,
}

/// The tables that a domain can run over.
pub(super) struct Tables {
    pub(super) codes: Vec<CodeRow>,
    pub(super) exceptions: Vec<ExceptionRow>,
    pub(super) headers: Vec<HeaderRow>,
    pub(super) keys: Keys,
    pub(super) characters: Characters,
    pub(super) profiles: BTreeMap<String, Profile>,
}

impl Tables {
    /// Returns one more column of a row of the exceptions: `otherwise`, the action of its code beside a text without a
    /// phrase, with `_reused` behind it if that row is marked so.
    fn otherwise(&self, row: &Map<String, Value>) -> Option<(String, Value)> {
        let code = row.get("code")?.as_str()?;
        let exception = self.exceptions.iter().find(|other| other.code == code && other.phrase.is_empty());
        let of_exception = exception.map(|row| (row.action, row.reused));
        let of_code = || self.codes.iter().find(|row| row.code == code).map(|row| (row.action, row.reused));
        let (action, reused) = of_exception.or_else(of_code)?;
        let reused = if reused { "_reused" } else { "" };
        Some(("otherwise".to_owned(), Value::String(format!("{action}{reused}"))))
    }
}

impl Written {
    /// Returns the sweeps, which are expanded when their members are first read.
    pub(super) fn sweeps(self, path: &str, tables: &Arc<Tables>) -> SweepFile {
        let Self { level, topic, sweeps, .. } = self;
        let sweeps = sweeps.into_iter().map(|sweep| sweep.with(Arc::clone(tables))).collect();
        SweepFile { path: path.to_owned(), level, topic, sweeps }
    }
}

impl SweepFile {
    /// Expands the sweeps. The error names the sweep.
    pub(super) fn expand(&self) -> Result<(), String> {
        self.sweeps.iter().try_for_each(|Sweep { id, members, .. }| match &**members.0 {
            Ok(_) => Ok(()),
            Err(what) => Err(format!("sweep {id}: {what}")),
        })
    }
}

impl WrittenSweep {
    fn with(self, tables: Arc<Tables>) -> Sweep {
        let Self { id, title, rules, near, source, input, over, expect } = self;
        let members = Box::new(move || expand(&input, &over, &expect, &tables)) as Box<dyn FnOnce() -> Expanded + Send>;
        Sweep { id, title, rules, near, source, members: Members(Arc::new(LazyLock::new(members))) }
    }
}

fn expand(input: &Template, over: &Over, expect: &[Class], tables: &Tables) -> Expanded {
    if let ProfileChoice::Name(name) = &input.profile
        && !tables.profiles.contains_key(name)
    {
        return Err(format!("there is no profile `{name}` in profiles.json"));
    }
    let values = over.values(tables)?;
    let classes = classes(&values, expect)?;
    if input.body.size().saturating_mul(values.len()) > MOST_BYTES {
        return Err("its bodies are larger than 64 MiB together".into());
    }
    let body = input.body.expand();
    let member = |(value, class): (&Drawn, &Class)| {
        let holes = Holes { value, escape: OnceCell::new() };
        let input = input.fill(&holes, &body)?;
        let expect = class.expect.as_ref().map(|verdict| holes.verdict(verdict)).transpose()?;
        Ok(Member { name: value.name.clone(), input, expect })
    };
    values.iter().zip(classes).map(member).collect()
}

/// Returns the class of each member.
fn classes<'c>(values: &[Drawn], classes: &'c [Class]) -> Result<Vec<&'c Class>, String> {
    let places: BTreeMap<&str, usize> =
        values.iter().enumerate().map(|(place, value)| (value.name.as_str(), place)).collect();
    let place =
        |name: &String| places.get(name.as_str()).copied().ok_or_else(|| format!("no member has the name `{name}`"));
    let mut found: Vec<Option<&Class>> = vec![None; values.len()];
    for (number, class) in classes.iter().enumerate() {
        let mut is_of = vec![class.of.is_none(); values.len()];
        match &class.of {
            None => {}
            Some(Of::Names(names)) => {
                for name in names {
                    match name {
                        NameOrRange::Name(name) => is_of[place(name)?] = true,
                        NameOrRange::Range(first, last) => {
                            let range = is_of.get_mut(place(first)?..=place(last)?);
                            range.ok_or_else(|| format!("`{last}` comes before `{first}`"))?.fill(true);
                        }
                    }
                }
            }
            Some(Of::Row(columns)) => {
                let has = |row: &Map<String, Value>| {
                    columns.iter().all(|(column, wanted)| match (row.get(column), wanted) {
                        (Some(value), Value::Array(some)) => some.contains(value),
                        (value, wanted) => value == Some(wanted),
                    })
                };
                values.iter().zip(&mut is_of).for_each(|(value, is_of)| *is_of = has(&value.row));
            }
        }
        let mut is_empty = true;
        for (found, _) in found.iter_mut().zip(is_of).filter(|(found, is_of)| found.is_none() && *is_of) {
            *found = Some(class);
            is_empty = false;
        }
        if is_empty {
            return Err(format!("class {} of `expect` has no member", number + 1));
        }
    }
    let name = |place: usize| format!("the member `{}` is in no class of `expect`", values[place].name);
    found.into_iter().enumerate().map(|(place, class)| class.ok_or_else(|| name(place))).collect()
}

/// The placeholders, each with its value: `{member}`, `{escape}` and the texts of the row.
struct Holes<'v> {
    value: &'v Drawn,
    escape: OnceCell<Vec<u8>>,
}

impl Holes<'_> {
    /// Returns the value of the placeholder that a template begins with, and the rest of the template.
    fn first<'t>(&self, template: &'t [u8]) -> Option<(&[u8], &'t [u8])> {
        let name = template.strip_prefix(b"{")?;
        let after = |hole: &str| name.strip_prefix(hole.as_bytes())?.strip_prefix(b"}");
        let Drawn { bytes, row, .. } = self.value;
        if let Some(rest) = after("member") {
            return Some((bytes, rest));
        }
        if let Some(rest) = after("escape") {
            let text = std::str::from_utf8(bytes).ok()?;
            return Some((self.escape.get_or_init(|| escapes(text)), rest));
        }
        row.iter().find_map(|(name, value)| Some((value.as_str()?.as_bytes(), after(name)?)))
    }

    /// Fills a template once: nothing is looked for in the values.
    fn bytes(&self, template: &[u8]) -> Vec<u8> {
        let mut filled = Vec::with_capacity(template.len() + self.value.bytes.len());
        let mut rest = template;
        while let Some(place) = rest.iter().position(|byte| *byte == b'{') {
            filled.extend_from_slice(&rest[..place]);
            let (value, after) = self.first(&rest[place..]).unwrap_or((b"{", &rest[place + 1..]));
            filled.extend_from_slice(value);
            rest = after;
        }
        filled.extend_from_slice(rest);
        filled
    }

    fn text(&self, template: &str) -> Result<String, String> {
        if !template.contains('{') {
            return Ok(template.to_owned());
        }
        let not_utf8 = |_| "a member that is not UTF-8 can only stand in the body".to_owned();
        String::from_utf8(self.bytes(template.as_bytes())).map_err(not_utf8)
    }

    fn verdict(&self, verdict: &Verdict) -> Result<Verdict, String> {
        Ok(Verdict {
            code: self.text(&verdict.code)?,
            description: verdict.description.as_ref().map(|text| self.text(text)).transpose()?,
            message: self.text(&verdict.message)?,
            ..verdict.clone()
        })
    }
}

/// Returns a text as JSON can spell it, each UTF-16 unit as an escape.
fn escapes(text: &str) -> Vec<u8> {
    let mut escapes = Vec::new();
    text.encode_utf16().for_each(|unit| write!(escapes, "\\u{unit:04x}").expect("memory can be written"));
    escapes
}

impl Template {
    fn fill(&self, holes: &Holes<'_>, body: &[u8]) -> Result<Input, String> {
        let status = match &self.status {
            StatusTemplate::One(status) => *status,
            StatusTemplate::Member(text) => {
                let status = holes.text(text)?.parse().ok().filter(|status| STATUSES.contains(status));
                status.ok_or_else(|| format!("`{text}` is not a status for every member"))?
            }
        };
        let text = |text: &String| holes.text(text);
        Ok(Input {
            status,
            content_type: self.content_type.as_ref().map(text).transpose()?,
            headers: self
                .headers
                .iter()
                .map(|(name, value)| Ok((text(name)?, text(value)?)))
                .collect::<Result<_, String>>()?,
            profile: match &self.profile {
                ProfileChoice::Name(name) => ProfileChoice::Name(name.clone()),
                ProfileChoice::Inline(profile) => ProfileChoice::Inline(Profile {
                    product: text(&profile.product)?,
                    other_clients: text(&profile.other_clients)?,
                    sign_in: text(&profile.sign_in)?,
                    fallback_code: text(&profile.fallback_code)?,
                }),
            },
            secrets: self.secrets.iter().map(text).collect::<Result<_, _>>()?,
            body: Body::of(holes.bytes(body)),
        })
    }
}

impl Over {
    /// Returns the members. Of several with one name, the first counts.
    fn values(&self, tables: &Tables) -> Result<Vec<Drawn>, String> {
        let named = |name: String, bytes: Vec<u8>| Drawn { name, bytes, row: Map::new() };
        let mut values = match self {
            Self::Integers(first, last) => {
                if last.saturating_sub(*first) as usize >= MOST_MEMBERS {
                    return Err(too_many());
                }
                (*first..=*last).map(|number| named(number.to_string(), number.to_string().into_bytes())).collect()
            }
            Self::Bytes(first, last) => {
                let byte = |text: &String| match hex(text)?.as_slice() {
                    [byte] => Ok(*byte),
                    _ => Err(format!("`{text}` is not a byte in hexadecimal")),
                };
                (byte(first)?..=byte(last)?).map(|byte| named(format!("{byte:02X}"), vec![byte])).collect()
            }
            Self::Characters(ranges) => {
                let points = ranges.iter().flat_map(|(first, last)| first.0..=last.0);
                points.filter_map(char::from_u32).take(MOST_MEMBERS + 1).map(|c| character(c, Map::new())).collect()
            }
            Self::Edges(table) => edges(&tables.characters, table),
            Self::Hex(all) => {
                all.iter().map(|text| Ok(named(text.clone(), hex(text)?))).collect::<Result<_, String>>()?
            }
            Self::Texts(lists) => {
                if lists.iter().fold(1, |product: usize, list| product.saturating_mul(list.len())) > MOST_MEMBERS {
                    return Err(too_many());
                }
                let mut texts = vec![String::new()];
                for list in lists {
                    let bytes = |texts: &[String]| texts.iter().map(String::len).sum::<usize>();
                    let (one, other) =
                        (bytes(&texts).saturating_mul(list.len()), bytes(list).saturating_mul(texts.len()));
                    if one.saturating_add(other) > MOST_BYTES {
                        return Err("its members are larger than 64 MiB together".into());
                    }
                    texts =
                        texts.iter().flat_map(|text| list.iter().map(move |next| format!("{text}{next}"))).collect();
                }
                texts.into_iter().map(|text| named(text.clone(), text.into_bytes())).collect()
            }
            Self::Rows(rows) => rows.values(tables),
        };
        let mut seen = BTreeSet::new();
        values.retain(|value| seen.insert(value.name.clone()));
        match values.len() {
            0 => Err("the domain is empty".into()),
            1..=MOST_MEMBERS => Ok(values),
            _ => Err(too_many()),
        }
    }
}

fn too_many() -> String {
    format!("the domain has more than {MOST_MEMBERS} members")
}

fn character(c: char, row: Map<String, Value>) -> Drawn {
    Drawn { name: format!("{:04X}", c as u32), bytes: c.to_string().into_bytes(), row }
}

/// Returns the ends of the ranges and their neighbours, each with the tables that hold it.
fn edges(characters: &Characters, table: &CharacterTable) -> Vec<Drawn> {
    let ranges = match table {
        CharacterTable::Invisible => &characters.invisible,
        CharacterTable::Space => &characters.space,
    };
    let ends = ranges.iter().map(|range| (range.first.0, range.last.0));
    let points = ends.flat_map(|(first, last)| [first.checked_sub(1), Some(first), Some(last), last.checked_add(1)]);
    let holds = |ranges: &[super::tables::Range], point: u32| {
        Value::Bool(ranges.iter().any(|range| (range.first.0..=range.last.0).contains(&point)))
    };
    points
        .flatten()
        .filter_map(char::from_u32)
        .map(|c| {
            let (invisible, space) = (holds(&characters.invisible, c as u32), holds(&characters.space, c as u32));
            character(c, [("invisible".to_owned(), invisible), ("space".to_owned(), space)].into_iter().collect())
        })
        .collect()
}

impl Rows {
    fn values(&self, tables: &Tables) -> Vec<Drawn> {
        fn rows<R: serde::Serialize>(rows: &[R], word: &'static str) -> Vec<(String, Map<String, Value>)> {
            let one = |row: &R| {
                let Ok(Value::Object(row)) = serde_json::to_value(row) else { return None };
                Some((row.get(word)?.as_str()?.to_owned(), row))
            };
            rows.iter().filter_map(one).collect()
        }
        let keys = &tables.keys;
        let rows = match self.table {
            Table::Codes => rows(&tables.codes, "code"),
            Table::Exceptions => {
                let mut rows = rows(&tables.exceptions, "phrase");
                rows.iter_mut().for_each(|(_, row)| row.extend(tables.otherwise(row)));
                rows
            }
            Table::Headers => rows(&tables.headers, "header"),
            Table::Objects => rows(&keys.objects, "key"),
            Table::InnerCode => rows(&keys.error_object.code, "key"),
            Table::InnerText => rows(&keys.error_object.text, "key"),
            Table::TopCode => rows(&keys.top_level.code, "key"),
            Table::TopText => rows(&keys.top_level.text, "key"),
        };
        let changed = |(word, row): (String, Map<String, Value>)| {
            let value = |text: String| Drawn { name: text.clone(), bytes: text.into_bytes(), row: row.clone() };
            self.change.of(&word).into_iter().map(value).collect::<Vec<Drawn>>()
        };
        rows.into_iter().flat_map(changed).collect()
    }
}

impl Change {
    /// Returns the changed words. The words of the tables are ASCII.
    fn of(&self, word: &str) -> Vec<String> {
        let places: Vec<usize> = (0..word.len()).collect();
        let letters: Vec<usize> =
            places.iter().copied().filter(|at| word.as_bytes()[*at].is_ascii_alphabetic()).collect();
        let ends: Vec<usize> = letters.first().into_iter().chain(letters.last()).copied().collect();
        let missing = |at: &usize| format!("{}{}", &word[..*at], &word[at + 1..]);
        let doubled = |at: &usize| format!("{}{}", &word[..=*at], &word[*at..]);
        let other_case = |at: &usize| {
            let mut bytes = word.as_bytes().to_vec();
            bytes[*at] ^= 0x20;
            String::from_utf8_lossy(&bytes).into_owned()
        };
        if !word.is_ascii() {
            return Vec::new();
        }
        match self {
            Self::Missing => places.iter().map(missing).collect(),
            Self::Doubled => places.iter().map(doubled).collect(),
            Self::Case => letters.iter().map(other_case).collect(),
            Self::EndsMissing => ends.iter().map(missing).collect(),
            Self::MiddleDoubled => letters.get(letters.len() / 2).into_iter().map(doubled).collect(),
            Self::EndsCase => ends.iter().map(other_case).collect(),
            Self::Around(pairs) => pairs.iter().map(|(before, after)| format!("{before}{word}{after}")).collect(),
        }
    }
}

/// Reads bytes in hexadecimal.
fn hex(text: &str) -> Result<Vec<u8>, String> {
    let wrong = || format!("`{text}` is not bytes in hexadecimal");
    if !text.len().is_multiple_of(2) || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(wrong());
    }
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).map_err(|_| wrong())).collect()
}
