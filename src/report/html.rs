//! One self-contained page.
//!
//! It fetches nothing and runs only the script beside this file: its content security policy forbids everything else.
//! Strings from outside pass [`safe`], and then the template escapes them. They stand only between tags: attributes
//! hold only numbers and letters of this file, and the script holds no data.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use minijinja::value::Serde;
use minijinja::{Value, context};
use serde::Serialize;
use serde_json::Value as Json;

use super::pieces::{
    NULL, Shown, body, cause, comparison, edit_lines, edit_title, edits_in_order, group_outcomes, hexadecimal, kept,
    members, profile, sentences, shown_as, shown_groups, whole_verdicts,
};
use crate::check::groups::{Cause, Group};
use crate::check::{BaselineResult, Harm, Implementation, Judged, Kind, Results, VectorInfo, known_failures};
use crate::corpus::spec;
use crate::html::page;
use crate::text::{plural, safe, width};

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");
/// Their SHA-256 in base64, by which the policy allows them. `tests/cli/formats.rs` prints the right ones.
const STYLE_HASH: &str = "sha256-bF73G3kOLWWKJHpk1HT/CIhXuENb4KWH1DPPPQ6S3SA=";
const SCRIPT_HASH: &str = "sha256-LC1rGktTjP9lAXa0Bfq+Z8kcWCn/2Z9jAhpil91CAEM=";

/// The most failures and skips that are shown in full, and the most that are listed, shared among the implementations:
/// browsers are slow to open a page with more. The page says how many are missing.
const MOST_IN_FULL: usize = 3_000;
const MOST_LISTED: usize = 30_000;
/// The most groups of failures that are shown, shared among the implementations, and the most of one of them.
const MOST_GROUPS: usize = 300;
const MOST_GROUPS_OF_ONE: usize = 20;
/// The most characters of a body in the list of vectors.
const MOST_BODY: usize = 2_000;
/// The most characters of the equal text before and after a difference.
const MOST_EQUAL: usize = 80;
/// The most implementations that are named beside a vector, and the most edits of one baseline.
const MOST_NAMES: usize = 20;
const MOST_EDITS: usize = 200;
/// The most names of outcomes to filter by; the rest are one more choice.
const MOST_FAMILIES: usize = 25;

/// One more, for a failure without a harm.
const RANKS: usize = Harm::ALL.len() + 1;

pub(super) fn write(results: &Results, shown: &Shown, out: &mut dyn Write) -> io::Result<()> {
    let page = render(results, shown).map_err(io::Error::other)?;
    writeln!(out, "{page}")
}

fn render(results: &Results, shown: &Shown) -> Result<String, minijinja::Error> {
    let unescaped = |text: &str| Value::from_safe_string(text.to_owned());
    let values = context! {
        style => unescaped(STYLE),
        script => unescaped(SCRIPT),
        style_hash => unescaped(STYLE_HASH),
        script_hash => unescaped(SCRIPT_HASH),
        ..Serde(Page::new(results, shown))
    };
    page(include_str!("page.html"), values)
}

/// The data of the template.
#[derive(Serialize)]
struct Page {
    /// The verdict on the whole run.
    verdict: String,
    /// `good` or `bad`.
    class: &'static str,
    /// The settings of the run.
    facts: Vec<String>,
    notes: Vec<String>,
    /// The harms that occur.
    harms: Vec<Choice>,
    /// The names of the outcomes of failures.
    families: Vec<Choice>,
    levels: Vec<LevelView>,
    tally: Tally,
    /// The implementations, the worst first.
    rows: Vec<Row>,
    /// Whether one of them has a group of failures.
    has_groups: bool,
    /// The rules that vectors name.
    rules: Vec<RuleView>,
    vectors: usize,
    findings: usize,
    listed: usize,
}

/// A rule of SPEC.md, and its text.
#[derive(Serialize)]
struct RuleView {
    tag: &'static str,
    name: &'static str,
    paragraphs: Vec<String>,
}

/// The tag of a rule, and whether the page has its text. Only then it is safe in an attribute.
#[derive(Serialize)]
struct RuleTag {
    tag: String,
    is_known: bool,
}

/// A group of failures, with one of them as an example.
#[derive(Serialize)]
struct GroupView {
    letter: char,
    harm: String,
    count: usize,
    cause: String,
    /// The tag of the rule that is the cause, if the page has its text.
    rule: Option<&'static str>,
    outcomes: String,
    example: Finding,
}

/// A choice to filter by, and its letter in attributes.
#[derive(Serialize)]
struct Choice {
    letter: char,
    name: String,
    counts: Counts,
}

/// How many are new, and how many are in the baseline.
type Counts = [usize; 2];

#[derive(Serialize)]
struct LevelView {
    name: String,
    topics: Vec<TopicView>,
}

#[derive(Serialize)]
struct TopicView {
    /// Its index among all topics.
    number: usize,
    /// Without its level.
    name: String,
    vectors: Vec<VectorView>,
    /// How many of the vectors have a failure or a skip.
    troubled: usize,
}

#[derive(Serialize)]
struct VectorView {
    number: usize,
    id: String,
    title: String,
    rules: Vec<RuleTag>,
    facts: Vec<Fact>,
    body: String,
    command: String,
    /// The results; `None` if all passed.
    marks: Option<Marks>,
}

/// The results of a vector: for each implementation a letter for the harm or the kind, and one for the name of the
/// outcome.
#[derive(Serialize)]
struct Marks {
    harms: String,
    families: String,
    tally: Tally,
    not_passed: String,
}

/// A label and a text.
type Fact = (&'static str, String);

/// An implementation.
#[derive(Serialize)]
struct Row {
    name: String,
    /// `good`, `bad` or `none`.
    class: &'static str,
    glyph: char,
    verdict: String,
    facts: Vec<Fact>,
    not_run: Option<String>,
    problems: Vec<String>,
    stderr: Vec<String>,
    baseline: Option<BaselineView>,
    tally: Tally,
    bar: Vec<Bar>,
    /// How often it does each of the harms that occur.
    harms: Vec<Counts>,
    /// One for each topic.
    cells: Vec<Cell>,
    /// Sentences on the groups, and the groups that are shown.
    sentences: Vec<String>,
    groups: Vec<GroupView>,
    groups_left: usize,
    findings: Vec<Finding>,
    in_full: usize,
    unlisted: usize,
}

#[derive(Serialize)]
struct BaselineView {
    file: String,
    state: &'static str,
    /// How many edits need `--bless-harm`.
    refused: usize,
    edits: Vec<(String, Vec<String>)>,
    left: usize,
}

/// A part of the bar that shows a tally.
#[derive(Serialize)]
struct Bar {
    class: char,
    from: usize,
    width: usize,
}

#[derive(Serialize)]
struct Cell {
    /// The topic, for narrow screens.
    topic: String,
    class: char,
    glyph: char,
    tally: Tally,
    total: usize,
}

/// A failure or a skip.
#[derive(Serialize)]
struct Finding {
    vector: usize,
    letter: char,
    family: char,
    is_known: bool,
    harm: String,
    id: String,
    title: String,
    outcome: String,
    note: Option<String>,
    full: Option<Full>,
}

#[derive(Serialize)]
struct Full {
    rules: Vec<RuleTag>,
    facts: Vec<Fact>,
    body: String,
    differences: Vec<(&'static str, Parts, Parts)>,
    command: String,
}

/// A text that is compared with another: the equal beginning, the difference, and the equal end.
#[derive(Serialize)]
struct Parts(String, String, String);

/// How results count. Those in the baseline count only as known.
#[derive(Clone, Copy, Default, Serialize)]
struct Tally {
    passed: usize,
    failed: usize,
    skipped: usize,
    known: usize,
    unclaimed: usize,
}

impl<'r> FromIterator<&'r Judged> for Tally {
    fn from_iter<I: IntoIterator<Item = &'r Judged>>(results: I) -> Self {
        let mut tally = Self::default();
        for judged in results {
            *match (judged.kind(), judged.is_known) {
                (Kind::Passed, _) => &mut tally.passed,
                (Kind::Unclaimed, _) => &mut tally.unclaimed,
                (_, true) => &mut tally.known,
                (Kind::Failed, false) => &mut tally.failed,
                (Kind::Skipped, false) => &mut tally.skipped,
            } += 1;
        }
        tally
    }
}

impl Tally {
    /// Returns the counts with their classes in the style sheet, failures first.
    fn parts(self) -> [(char, usize); 5] {
        [('f', self.failed), ('s', self.skipped), ('k', self.known), ('u', self.unclaimed), ('p', self.passed)]
    }

    fn total(self) -> usize {
        self.parts().iter().map(|(_, count)| count).sum()
    }
}

impl Page {
    fn new(results: &Results, shown: &Shown) -> Self {
        let mut implementations: Vec<&Implementation> = results.implementations.iter().collect();
        implementations.sort_by_cached_key(|one| {
            let known = |is_known| Reverse(harms(one, is_known));
            (one.conforms(), one.end.not_run.is_some(), known(false), known(true))
        });
        let all = || implementations.iter().flat_map(|one| &one.results);
        let tally: Tally = all().collect();
        let total = |rank: usize, is_known| implementations.iter().map(|one| harms(one, is_known)[rank]).sum();
        let totals = (0..RANKS).map(|rank| (rank, [total(rank, false), total(rank, true)]));
        let occurring: Vec<(usize, Counts)> = totals.filter(|(_, counts)| *counts != [0, 0]).collect();
        let families: BTreeSet<&str> =
            all().filter(|judged| judged.kind() == Kind::Failed).map(|judged| judged.outcome.name()).collect();
        let numbers: Vec<usize> =
            implementations.iter().map(|one| findings(one, &results.vectors, shown).len()).collect();
        let groups: Vec<usize> =
            implementations.iter().map(|one| shown_groups(one, &results.vectors, shown).len()).collect();
        let view = View {
            results,
            shown,
            groups: share(&groups, MOST_GROUPS).min(MOST_GROUPS_OF_ONE),
            topics: topics(&results.vectors),
            harms: occurring.iter().map(|(rank, _)| *rank).collect(),
            families: families.into_iter().collect(),
            in_full: share(&numbers, MOST_IN_FULL),
            listed: share(&numbers, MOST_LISTED),
            implementations,
        };
        Self {
            verdict: results.footer.summary.clone(),
            class: if results.footer.not_conforming == 0 { "good" } else { "bad" },
            facts: facts_of_run(results),
            notes: results.header.notes.iter().map(|note| safe(note, width::MESSAGE)).collect(),
            harms: occurring
                .iter()
                .map(|(rank, counts)| Choice { letter: nth_letter(*rank), name: harm_name(*rank), counts: *counts })
                .collect(),
            families: view.family_choices(),
            levels: view.levels(),
            tally,
            rows: view.implementations.iter().map(|one| view.row(one)).collect(),
            has_groups: groups.iter().any(|number| *number > 0),
            rules: rules(&results.vectors),
            vectors: results.vectors.len(),
            findings: numbers.iter().sum(),
            listed: numbers.iter().map(|number| number.min(&view.listed)).sum(),
        }
    }
}

/// The data that all parts of the page need.
struct View<'r> {
    results: &'r Results,
    shown: &'r Shown,
    /// How many groups of one implementation are shown.
    groups: usize,
    /// The worst first.
    implementations: Vec<&'r Implementation>,
    /// The numbers of the vectors of each topic, in the order of the topics.
    topics: BTreeMap<&'r str, Vec<usize>>,
    /// The ranks of the harms that occur.
    harms: Vec<usize>,
    families: Vec<&'r str>,
    /// How many findings of one implementation are shown in full, and listed.
    in_full: usize,
    listed: usize,
}

impl View<'_> {
    fn levels(&self) -> Vec<LevelView> {
        let mut levels: Vec<LevelView> = Vec::new();
        for (number, (topic, vectors)) in self.topics.iter().enumerate() {
            let (level, name) = topic.split_once('/').unwrap_or((topic, ""));
            let level = safe(level, width::NAME);
            let vectors: Vec<VectorView> = vectors.iter().map(|vector| self.vector(*vector)).collect();
            let is_troubled =
                |vector: &&VectorView| vector.marks.as_ref().is_some_and(|marks| !marks.not_passed.is_empty());
            let troubled = vectors.iter().filter(is_troubled).count();
            let topic = TopicView { number, name: safe(name, width::NAME), troubled, vectors };
            match levels.last_mut().filter(|last| last.name == level) {
                Some(last) => last.topics.push(topic),
                None => levels.push(LevelView { name: level, topics: vec![topic] }),
            }
        }
        levels
    }

    fn vector(&self, number: usize) -> VectorView {
        let vector = &self.results.vectors[number];
        let expected = match &vector.expect {
            None if vector.status.is_none() => Vec::new(),
            None => vec![("Expected", NULL.to_owned())],
            Some(verdict) => vec![
                ("Expected", format!("action {}, relogin_required {}", verdict.action, verdict.relogin_required)),
                ("Code", safe(&verdict.code, width::LINE)),
                ("Description", safe(verdict.description.as_deref().unwrap_or("null"), width::TEXT)),
                ("Message", safe(&verdict.message, width::TEXT)),
            ],
        };
        VectorView {
            number,
            id: safe(&vector.id, width::LINE),
            title: safe(&vector.title, width::LINE),
            rules: rule_tags(vector),
            facts: [facts(vector), expected].concat(),
            body: body(vector, MOST_BODY),
            command: command(vector),
            marks: self.marks(number),
        }
    }

    fn marks(&self, number: usize) -> Option<Marks> {
        let of_each: Vec<Option<&Judged>> = self.implementations.iter().map(|one| one.results.get(number)).collect();
        let marks = Marks {
            harms: of_each.iter().map(|judged| judged.map_or('-', letter)).collect(),
            families: of_each.iter().map(|judged| judged.map_or('-', |judged| self.family_letter(judged))).collect(),
            tally: of_each.iter().copied().flatten().collect(),
            not_passed: {
                let pairs = self
                    .implementations
                    .iter()
                    .zip(&of_each)
                    .filter_map(|(one, judged)| judged.map(|judged| (one, judged)));
                let lines = pairs.filter(|(_, judged)| judged.is_finding()).map(|(one, judged)| {
                    let known = if judged.is_known { ", known" } else { "" };
                    format!("{}: {}{known}", safe(&one.identity.name, width::NAME), judged.outcome)
                });
                some_of(lines.collect(), MOST_NAMES, "; ")
            },
        };
        (marks.tally.passed < of_each.len()).then_some(marks)
    }

    fn row(&self, one: &Implementation) -> Row {
        let tally: Tally = one.results.iter().collect();
        let found = findings(one, &self.results.vectors, self.shown);
        let groups = shown_groups(one, &self.results.vectors, self.shown);
        let (class, glyph, verdict) = match (&one.end.not_run, one.conforms(), known_failures([one])) {
            (Some(_), ..) => ("none", '!', "could not be run".to_owned()),
            (_, true, None) => ("good", '\u{2713}', "conforms".to_owned()),
            (_, true, Some(known)) => ("good", '\u{2713}', format!("no new failures; {known}")),
            (_, false, _) => ("bad", '\u{2717}', "does not conform".to_owned()),
        };
        let comparison = comparison(one, &self.results.vectors).filter(|_| one.count().failed > 0);
        let [new, known] = [false, true].map(|is_known| harms(one, is_known));
        Row {
            name: safe(&one.identity.name, width::NAME),
            class,
            glyph,
            verdict,
            facts: facts_of_implementation(one)
                .into_iter()
                .chain(comparison.map(|comparison| ("Score of", comparison)))
                .collect(),
            sentences: sentences(one, &self.results.vectors, &groups),
            groups: groups.iter().take(self.groups).map(|group| self.group(group)).collect(),
            groups_left: groups.len().saturating_sub(self.groups),
            not_run: one.end.not_run.as_ref().map(|why| safe(why, width::MESSAGE)),
            problems: one.end.problems.iter().map(|problem| safe(problem, width::MESSAGE)).collect(),
            stderr: one.end.stderr.iter().map(|line| safe(line, width::TEXT)).collect(),
            baseline: one.end.baseline.as_ref().map(baseline),
            tally,
            bar: bar(tally),
            harms: self.harms.iter().map(|rank| [new[*rank], known[*rank]]).collect(),
            cells: self
                .topics
                .iter()
                .map(|(topic, vectors)| {
                    cell(topic, vectors.iter().filter_map(|vector| one.results.get(*vector)).collect())
                })
                .collect(),
            in_full: found.len().min(self.in_full),
            unlisted: found.len().saturating_sub(self.listed),
            findings: found
                .iter()
                .take(self.listed)
                .enumerate()
                .map(|(index, found)| self.finding(found, index < self.in_full))
                .collect(),
        }
    }

    fn group(&self, group: &Group<'_>) -> GroupView {
        let (vector, judged) = group.example();
        let number = self.results.vectors.iter().position(|other| std::ptr::eq(other, vector)).unwrap_or(0);
        let rule = match group.cause {
            Cause::Rule(tag) => spec::find(tag).map(|rule| rule.tag),
            Cause::Break(..) => None,
        };
        GroupView {
            letter: nth_letter(Harm::ALL.iter().position(|harm| *harm == group.harm).unwrap_or(Harm::ALL.len())),
            harm: group.harm.to_string(),
            count: group.failures.len(),
            cause: cause(&group.cause),
            rule,
            outcomes: group_outcomes(group),
            example: self.finding(&(number, vector, judged), true),
        }
    }

    fn finding(&self, (number, vector, judged): &(usize, &VectorInfo, &Judged), is_full: bool) -> Finding {
        let about = judged.about(vector);
        let members = members(judged).map(|members| format!("{members}."));
        let note = judged.note.as_ref().map(|note| format!("It {}.", safe(note, width::TEXT)));
        Finding {
            vector: *number,
            letter: letter(judged),
            family: self.family_letter(judged),
            is_known: judged.is_known,
            harm: if judged.kind() == Kind::Skipped { "skipped".to_owned() } else { harm_name(rank(judged)) },
            id: safe(&vector.id, width::LINE),
            title: safe(&vector.title, width::LINE),
            outcome: judged.outcome.to_string(),
            note: members.into_iter().chain(note).reduce(|one, other| format!("{one} {other}")),
            full: is_full.then(|| Full {
                rules: rule_tags(about),
                facts: facts(about),
                body: body(about, width::TEXT),
                differences: differences(about, judged),
                command: command(about),
            }),
        }
    }

    fn family_letter(&self, judged: &Judged) -> char {
        match judged.kind() {
            Kind::Failed => nth_letter(
                self.families.iter().position(|name| *name == judged.outcome.name()).unwrap_or(0).min(MOST_FAMILIES),
            ),
            _ => '-',
        }
    }

    fn family_choices(&self) -> Vec<Choice> {
        let name =
            |rank: usize| if rank < MOST_FAMILIES { self.families[rank].to_owned() } else { "others".to_owned() };
        let ranks = 0..self.families.len().min(MOST_FAMILIES + 1);
        ranks.map(|rank| Choice { letter: nth_letter(rank), name: name(rank), counts: [0, 0] }).collect()
    }
}

/// Returns the rules that vectors name, with their texts.
fn rules(vectors: &[VectorInfo]) -> Vec<RuleView> {
    let named: BTreeSet<&str> = vectors.iter().flat_map(|vector| &vector.rules).map(String::as_str).collect();
    let rule = |rule: &'static spec::Rule| {
        let (_, text) = spec::section(rule.tag)?.split_once('\n')?;
        let paragraphs = text.split("\n\n").map(|text| safe(&text.replace('\n', " "), width::PARAGRAPH)).collect();
        Some(RuleView { tag: rule.tag, name: rule.name, paragraphs })
    };
    spec::rules().iter().filter(|rule| named.contains(rule.tag)).filter_map(rule).collect()
}

/// Returns the rules of a vector; not all, for a vector that names a great many.
fn rule_tags(vector: &VectorInfo) -> Vec<RuleTag> {
    let tag = |tag: &String| RuleTag { tag: safe(tag, width::WORD), is_known: spec::find(tag).is_some() };
    vector.rules.iter().take(MOST_NAMES).map(tag).collect()
}

fn facts_of_run(results: &Results) -> Vec<String> {
    let header = &results.header;
    let count = |count: usize, what: &str| format!("{count} {what}{}", plural(count));
    let mut facts = vec![
        format!("suite {}", safe(&header.suite, width::WORD)),
        count(results.vectors.len(), "vector"),
        count(results.implementations.len(), "implementation"),
    ];
    facts.extend(header.level.map(|level| format!("up to level {level}")));
    facts.extend(header.filter.as_ref().map(|filter| format!("only {}", safe(filter, width::LINE))));
    facts
}

fn facts_of_implementation(one: &Implementation) -> Vec<Fact> {
    let identity = &one.identity;
    if one.end.not_run.is_some() {
        return Vec::new(); // it did not describe itself
    }
    let unreported: Vec<&str> = identity.unreported_fields().iter().map(|field| field.as_str()).collect();
    vec![
        ("Language", safe(&identity.language, width::NAME)),
        ("Version", safe(&identity.version, width::NAME)),
        ("Claims", identity.level.map_or_else(|| "no level".to_owned(), |level| format!("up to {level}"))),
        ("Not checked", if unreported.is_empty() { "nothing".to_owned() } else { unreported.join(", ") }),
    ]
}

fn baseline(baseline: &BaselineResult) -> BaselineView {
    BaselineView {
        file: safe(&baseline.file, width::LINE),
        state: match (baseline.edits.is_empty(), baseline.is_blessed) {
            (true, _) => "is up to date",
            (false, true) => "was edited",
            (false, false) => "is out of date; make these edits, or use --bless",
        },
        refused: baseline.edits.iter().filter(|edit| edit.needs_bless_harm).count(),
        edits: edits_in_order(baseline)
            .into_iter()
            .take(MOST_EDITS)
            .map(|edit| (edit_title(edit, baseline), edit_lines(edit).collect()))
            .collect(),
        left: baseline.edits.len().saturating_sub(MOST_EDITS),
    }
}

/// Returns the parts of the bar, failures first.
fn bar(tally: Tally) -> Vec<Bar> {
    let mut from = 0;
    let parts = tally.parts().into_iter().map(|(class, width)| {
        from += width;
        Bar { class, from: from - width, width }
    });
    parts.filter(|part| part.width > 0).collect()
}

fn cell(topic: &str, results: Vec<&Judged>) -> Cell {
    let tally: Tally = results.into_iter().collect();
    let (class, glyph) = match tally {
        Tally { failed: 1.., passed, .. } => (if tally.failed > passed { 'm' } else { 'f' }, '\u{2717}'),
        Tally { skipped: 1.., .. } => ('s', '\u{25cb}'),
        Tally { known: 1.., .. } => ('k', '\u{25c6}'),
        Tally { passed: 1.., .. } => ('p', '\u{2713}'),
        _ => ('u', '\u{2013}'),
    };
    Cell { topic: safe(topic, width::NAME), class, glyph, tally, total: tally.total() }
}

/// Returns the failures and skips of an implementation with the index of the vector: new ones before those in the
/// baseline, failures before skips, and the worst harm first.
fn findings<'r>(
    one: &'r Implementation,
    vectors: &'r [VectorInfo],
    shown: &Shown,
) -> Vec<(usize, &'r VectorInfo, &'r Judged)> {
    let triples =
        vectors.iter().zip(&one.results).enumerate().map(|(number, (vector, judged))| (number, vector, judged));
    let mut findings: Vec<_> = triples.filter(|(.., judged)| judged.is_finding() && shown.has(judged)).collect();
    findings.sort_by_key(|(.., judged)| (judged.is_known, judged.kind() == Kind::Skipped, rank(judged)));
    findings
}

/// Returns how often an implementation does each harm.
fn harms(one: &Implementation, is_known: bool) -> [usize; RANKS] {
    let mut counts = [0; RANKS];
    for judged in one.results.iter().filter(|judged| judged.kind() == Kind::Failed && judged.is_known == is_known) {
        counts[rank(judged)] += 1;
    }
    counts
}

/// Returns the index of its harm, the worst first; the last is for a failure without a harm.
fn rank(judged: &Judged) -> usize {
    judged.harm.and_then(|harm| Harm::ALL.iter().position(|one| *one == harm)).unwrap_or(Harm::ALL.len())
}

fn harm_name(rank: usize) -> String {
    Harm::ALL.get(rank).map_or_else(|| "no harm given".to_owned(), Harm::to_string)
}

/// Returns the letter of a result in attributes: that of its harm or else of its kind, a capital if it is in the
/// baseline.
fn letter(judged: &Judged) -> char {
    let letter = match judged.kind() {
        Kind::Passed => return 'p',
        Kind::Unclaimed => return 'u',
        Kind::Skipped => 's',
        Kind::Failed => nth_letter(rank(judged)),
    };
    if judged.is_known { letter.to_ascii_uppercase() } else { letter }
}

fn nth_letter(rank: usize) -> char {
    ('a'..='z').nth(rank).unwrap_or('z')
}

fn topics(vectors: &[VectorInfo]) -> BTreeMap<&str, Vec<usize>> {
    let mut topics: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (number, vector) in vectors.iter().enumerate() {
        topics.entry(vector.topic()).or_default().push(number);
    }
    topics
}

fn facts(vector: &VectorInfo) -> Vec<Fact> {
    let bytes = format!("{} byte{}", vector.body_bytes, plural(vector.body_bytes));
    let Some(status) = vector.status else { return vec![("Lines", bytes)] };
    let members = vector.members.map(|members| ("Members", format!("{members}, of which this is the first")));
    let mut facts = vec![
        ("Status", status.to_string()),
        (
            "Content type",
            vector.content_type.as_ref().map_or_else(|| "none".to_owned(), |value| safe(value, width::LINE)),
        ),
    ];
    facts.extend(
        vector
            .headers
            .iter()
            .map(|(name, value)| ("Header", format!("{}: {}", safe(name, width::WORD), safe(value, width::LINE)))),
    );
    facts.extend([("Profile", profile(vector)), ("Body", bytes)]);
    facts.extend(members);
    facts.extend(vector.secrets.iter().map(|secret| ("Secret", safe(secret, width::LINE))));
    let bytes = kept(vector);
    facts.extend(hexadecimal(&bytes, bytes.len() < vector.body_bytes).map(|bytes| ("Bytes", bytes)));
    facts
}

/// Returns a command to paste into a shell.
fn command(vector: &VectorInfo) -> String {
    format!("relogin vectors show {}", shown_as(vector))
}

fn differences(vector: &VectorInfo, judged: &Judged) -> Vec<(&'static str, Parts, Parts)> {
    let of_fields = judged.differences.iter().map(|difference| {
        let (expected, actual) = compared(&difference.expected, difference.actual.as_ref());
        (difference.field.as_str(), expected, actual)
    });
    let whole = |text: String| Parts(String::new(), text, String::new());
    let of_verdicts = whole_verdicts(vector.expect.as_ref(), judged)
        .map(|(expected, actual)| ("verdict", whole(expected), whole(actual)));
    of_fields.chain(of_verdicts).collect()
}

/// Compares two values.
fn compared(expected: &Json, actual: Option<&Json>) -> (Parts, Parts) {
    let spelled = |value: &Json| {
        value.as_str().map_or_else(|| value.to_string(), |text| format!("\"{text}\"")).chars().collect::<Vec<char>>()
    };
    let Some(actual) = actual else {
        let whole = |text: &str| Parts(String::new(), safe(text, width::TEXT), String::new());
        return (whole(&spelled(expected).iter().collect::<String>()), whole("nothing: the field is missing"));
    };
    let (expected, actual) = (spelled(expected), spelled(actual));
    let before = expected.iter().zip(&actual).take_while(|(one, other)| one == other).count();
    let left = expected.len().min(actual.len()) - before;
    let behind =
        expected.iter().rev().zip(actual.iter().rev()).take(left).take_while(|(one, other)| one == other).count();
    // Differences begin and end between words, or `true` and `false` would share the last letter.
    let is_word = |c: &&char| c.is_alphanumeric() || **c == '_';
    let whole = |same: usize, word: usize| if word <= width::WORD { same - word } else { same };
    let before = whole(before, expected[..before].iter().rev().take_while(is_word).count());
    let behind = whole(behind, expected[expected.len() - behind..].iter().take_while(is_word).count());
    let parts = |text: &[char]| {
        let skipped = before.saturating_sub(MOST_EQUAL);
        let differs = before..text.len() - behind;
        let string = |chars: &[char]| chars.iter().collect::<String>();
        Parts(
            // An escape has up to ten characters.
            format!(
                "{}{}",
                if skipped > 0 { "\u{2026} " } else { "" },
                safe(&string(&text[skipped..before]), MOST_EQUAL * 10)
            ),
            safe(&string(&text[differs]), width::TEXT),
            safe(&string(&text[text.len() - behind..]), MOST_EQUAL),
        )
    };
    (parts(&expected), parts(&actual))
}

/// Joins the first texts, and adds how many more there are.
fn some_of(mut texts: Vec<String>, most: usize, between: &str) -> String {
    let left = texts.len().saturating_sub(most);
    texts.truncate(most);
    let more = if left > 0 { format!("{between}and {left} more") } else { String::new() };
    texts.join(between) + &more
}

/// Returns the largest share of each, so that all together have at most `all`.
fn share(numbers: &[usize], all: usize) -> usize {
    let mut numbers = numbers.to_vec();
    numbers.sort_unstable();
    let mut left = all;
    for (index, number) in numbers.iter().enumerate() {
        let share = left / (numbers.len() - index);
        if *number > share {
            return share;
        }
        left -= number;
    }
    usize::MAX
}
