//! Baselines: what a port is known to fail, so that it can adopt the gate today and only get better.
//!
//! A baseline is a text of lines, `vector-or-glob  outcome  # reason`; blank lines and lines of comment are kept. It is held in both directions:
//! a failure that is not in it, a failure of another kind than it says, a pass where it says a failure, and an entry that matches nothing are each
//! a reason to fail, and each comes with the edit that makes the baseline true. An id beats a glob; of two globs the first counts.
//!
//! ```
//! use relogin_conformance::check::baseline::Baseline;
//! let text = "# what my-port is known to fail\ncore/nested/*  wrong(code,message)  # the flat shape only\n";
//! let baseline = Baseline::parse("my-port.baseline", text)?;
//! assert_eq!(baseline.outcome_of("core/nested/first-code"), Some("wrong(code,message)"));
//! # Ok::<(), relogin_conformance::Error>(())
//! ```

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use globset::{Glob, GlobMatcher};

use crate::check::{BaselineResult, Edit, Harm, Implementation, Judged, Kind, Why};
use crate::error::Error;

/// The outcomes that an entry may have; `exit(3)`, `signal(11)` and `wrong(...)` have something in parentheses.
const OUTCOMES: [&str; 13] = [
    "wrong",
    "skip",
    "error",
    "noise",
    "not-json",
    "schema",
    "wrong-seq",
    "answered-twice",
    "line-too-long",
    "silence",
    "exit",
    "signal",
    "closed-output",
];

/// The most bytes of a baseline: far more than a line for each vector.
const MOST_BYTES: u64 = 16 << 20;

/// A baseline.
#[derive(Clone, Debug)]
pub struct Baseline {
    file: String,
    lines: Vec<String>,
    entries: Vec<Entry>,
}

#[derive(Clone, Debug)]
struct Entry {
    /// Its index in the lines.
    line: usize,
    pattern: Pattern,
    outcome: String,
    /// What stands behind it, with the `#`.
    reason: Option<String>,
}

#[derive(Clone, Debug)]
enum Pattern {
    Id(String),
    Glob(Box<GlobMatcher>),
}

impl Baseline {
    /// Reads the text of a baseline; `file` is what it is called in reports.
    ///
    /// # Errors
    ///
    /// When a line is not as it must be; the error names file and line.
    pub fn parse(file: &str, text: &str) -> Result<Self, Error> {
        let lines: Vec<String> = text.lines().map(str::to_owned).collect();
        let mut entries: Vec<Entry> = Vec::new();
        for (line, text) in lines.iter().enumerate() {
            let wrong = |what: &str| Error::new(format!("{file}:{}: {what}", line + 1));
            let (text, reason) = match text.split_once('#') {
                Some((text, reason)) => (text, Some(format!("#{reason}"))),
                None => (text.as_str(), None),
            };
            let words: Vec<&str> = text.split_whitespace().collect();
            let (name, outcome) = match words.as_slice() {
                [] => continue,
                [name, outcome] => (*name, *outcome),
                _ => {
                    return Err(wrong(
                        "an entry is a vector or glob and an outcome, such as `core/nested/*  wrong(action=unknown)  # why`",
                    ));
                }
            };
            if !OUTCOMES.contains(&outcome.split('(').next().unwrap_or_default()) {
                let names = OUTCOMES.join(", ");
                return Err(wrong(&format!("`{outcome}` is no outcome of a failure; the outcomes are {names}")));
            }
            let pattern = if name.contains(['*', '?', '[', '{']) {
                let glob = Glob::new(name).map_err(|error| wrong(&format!("`{name}` is no glob: {}", error.kind())))?;
                Pattern::Glob(Box::new(glob.compile_matcher()))
            } else {
                Pattern::Id(name.to_owned())
            };
            if let Pattern::Id(id) = &pattern
                && let Some(first) = entries.iter().find(|entry| matches!(&entry.pattern, Pattern::Id(other) if other == id))
            {
                return Err(wrong(&format!("the vector stands in line {} already", first.line + 1)));
            }
            entries.push(Entry { line, pattern, outcome: outcome.to_owned(), reason });
        }
        Ok(Self { file: file.to_owned(), lines, entries })
    }

    /// The outcome that it says a vector has, if it says one.
    #[must_use]
    pub fn outcome_of(&self, id: &str) -> Option<&str> {
        self.entry_of(id).map(|index| self.entries[index].outcome.as_str())
    }

    /// The entry that decides for a vector.
    fn entry_of(&self, id: &str) -> Option<usize> {
        let named = self.entries.iter().position(|entry| matches!(&entry.pattern, Pattern::Id(name) if name == id));
        named.or_else(|| self.entries.iter().position(|entry| matches!(&entry.pattern, Pattern::Glob(glob) if glob.is_match(id))))
    }

    /// Marks in an implementation what is known, and tells what is not true in the baseline.
    ///
    /// `all` are the ids of the whole corpus, `selected` those of the vectors that were run, in the order of the results: about the others
    /// nothing is known, and they keep their entries.
    pub fn apply(&self, implementation: &mut Implementation, all: &[&str], selected: &[&str]) -> BaselineResult {
        for (id, judged) in selected.iter().zip(&mut implementation.results) {
            judged.is_known = matches!(judged.kind(), Kind::Failed | Kind::Skipped) && self.outcome_of(id) == Some(&judged.outcome);
        }
        let judged: BTreeMap<&str, &Judged> = selected.iter().copied().zip(&implementation.results).collect();
        let mut decided: Vec<Vec<&str>> = vec![Vec::new(); self.entries.len()];
        for id in all {
            if let Some(entry) = self.entry_of(id) {
                decided[entry].push(id);
            }
        }
        let mut edits: Vec<Edit> = self.entries.iter().zip(decided).filter_map(|(entry, ids)| self.edit_of(entry, &ids, &judged)).collect();
        for (id, judged) in selected.iter().zip(&implementation.results) {
            if judged.is_bad() && self.entry_of(id).is_none() && judged.outcome != "not-run" {
                edits.push(Edit {
                    why: Why::NewFailure,
                    line: None,
                    remove: None,
                    add: vec![line(id, judged, None)],
                    needs_bless_harm: is_of_the_worst(judged, None),
                });
            }
        }
        BaselineResult { file: self.file.clone(), edits, is_blessed: false }
    }

    /// What must be done about one entry, which decides for these vectors.
    fn edit_of(&self, entry: &Entry, ids: &[&str], judged: &BTreeMap<&str, &Judged>) -> Option<Edit> {
        let unchanged = |id: &str| format!("{id}  {}{}", entry.outcome, behind(entry.reason.as_deref()));
        let mut differs = None;
        let mut needs_bless_harm = false;
        let mut add = Vec::new();
        let mut says_something = false;
        for id in ids {
            let Some(judged) = judged.get(id) else {
                says_something = true; // for all that is known: it was not selected
                add.push(unchanged(id));
                continue;
            };
            says_something |= judged.kind() != Kind::Unclaimed;
            match judged.kind() {
                Kind::Unclaimed => {}
                Kind::Passed => differs = differs.max(Some(Why::UnexpectedPass)),
                // It has no outcome of its own: the port was given up, which is told elsewhere.
                _ if judged.outcome == "not-run" => add.push(unchanged(id)),
                Kind::Failed | Kind::Skipped => {
                    add.push(line(id, judged, entry.reason.as_deref()));
                    if judged.outcome != entry.outcome {
                        differs = differs.max(Some(Why::ChangedOutcome));
                        needs_bless_harm |= is_of_the_worst(judged, Some(&entry.outcome));
                    }
                }
            }
        }
        let why = if says_something { differs? } else { Why::MatchesNothing };
        Some(Edit { why, line: Some(entry.line + 1), remove: Some(self.lines[entry.line].clone()), add, needs_bless_harm })
    }

    /// The text of the baseline with these edits, those that are refused left out.
    #[must_use]
    pub fn edited(&self, edits: &[Edit]) -> String {
        let made = || edits.iter().filter(|edit| !edit.needs_bless_harm);
        let replaced: BTreeMap<usize, &[String]> = made().filter_map(|edit| Some((edit.line?, edit.add.as_slice()))).collect();
        let kept = self.lines.iter().enumerate();
        let kept = kept.flat_map(|(index, line)| replaced.get(&(index + 1)).copied().unwrap_or(std::slice::from_ref(line)));
        let new = made().filter(|edit| edit.line.is_none()).flat_map(|edit| &edit.add);
        kept.chain(new).flat_map(|line| [line.as_str(), "\n"]).collect()
    }
}

/// Reads a baseline from a file. One that is not there is empty when it is to be blessed.
///
/// # Errors
///
/// When it cannot be read, or a line is not as it must be.
pub fn load(path: &Path, is_to_be_blessed: bool) -> Result<Baseline, Error> {
    let name = path.display().to_string();
    match text_of(path) {
        Ok(text) => Baseline::parse(&name, text.strip_prefix('\u{feff}').unwrap_or(&text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound && is_to_be_blessed => {
            Baseline::parse(&name, "# What this port is known to fail: vector or glob, outcome, reason.\n")
        }
        Err(error) => {
            let hint = if error.kind() == io::ErrorKind::NotFound { "; --bless writes a new one" } else { "" };
            Err(Error::new(format!("cannot read the baseline {name}: {error}{hint}")))
        }
    }
}

/// The text of a file; a device or a pipe may have no end.
fn text_of(path: &Path) -> io::Result<String> {
    let file = File::open(path)?;
    if !file.metadata()?.is_file() {
        return Err(io::Error::other("it is not a file"));
    }
    let mut text = String::new();
    file.take(MOST_BYTES + 1).read_to_string(&mut text)?;
    if text.len() as u64 > MOST_BYTES { Err(io::Error::other("it is larger than 16 MiB")) } else { Ok(text) }
}

/// An entry for what came.
fn line(id: &str, judged: &Judged, reason: Option<&str>) -> String {
    let harm = judged.harm.map(|harm| format!("# {harm}"));
    // A harm was written here and not by a person: it may be another now.
    let by_hand = reason.filter(|reason| !Harm::ALL.iter().any(|harm| reason.trim_start_matches(['#', ' ']) == harm.to_string()));
    format!("{id}  {}{}", judged.outcome, behind(by_hand.or(harm.as_deref())))
}

fn behind(reason: Option<&str>) -> String {
    reason.map_or_else(String::new, |reason| format!("  {reason}"))
}

/// Whether an outcome does one of the two worst things to a user and the one that was known before did not; or whether the port broke, which may
/// have been the machine's fault and would hide what it answers from then on.
fn is_of_the_worst(judged: &Judged, before: Option<&str>) -> bool {
    let did = |marks: &[&str]| before.is_some_and(|before| marks.iter().any(|mark| before.contains(mark)));
    let breaks = ["silence", "exit", "signal", "closed-output"];
    let name = |outcome: &str| outcome.split('(').next().unwrap_or_default().to_owned();
    if breaks.contains(&name(&judged.outcome).as_str()) {
        return !before.is_some_and(|before| breaks.contains(&name(before).as_str()));
    }
    match judged.harm {
        Some(Harm::SignsOutALiveUser) => !did(&["action=relogin", "relogin_required=true"]),
        Some(Harm::ErrorTakenForSuccess) => !did(&["(null)"]),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::{About, Rest};
    use crate::corpus::Level;

    const ALL: [&str; 5] = ["core/a/one", "core/a/two", "core/b/one", "core/b/two", "dialects/c/one"];

    fn ran(outcomes: [&str; 5]) -> Implementation {
        let judged = |outcome: &&str| Judged {
            outcome: (*outcome).to_owned(),
            is_known: false,
            harm: match *outcome {
                "pass" | "skip" | "unclaimed" => None,
                "wrong(null)" => Some(Harm::ErrorTakenForSuccess),
                outcome if outcome.contains("action=relogin") => Some(Harm::SignsOutALiveUser),
                _ => Some(Harm::TextDiffers),
            },
            differences: Vec::new(),
            unexpected: None,
            note: None,
        };
        let about = About { name: "p".into(), language: "l".into(), version: "1".into(), level: Some(Level::Core), fields: Vec::new() };
        Implementation { about, results: outcomes.iter().map(judged).collect(), rest: Rest::default() }
    }

    /// Why each edit is asked for, and the text after it.
    fn edits(text: &str, outcomes: [&str; 5]) -> (Vec<(Why, bool)>, String) {
        let baseline = Baseline::parse("b", text).expect("the text is a baseline");
        let result = baseline.apply(&mut ran(outcomes), &ALL, &ALL);
        (result.edits.iter().map(|edit| (edit.why, edit.needs_bless_harm)).collect(), baseline.edited(&result.edits))
    }

    #[test]
    fn it_is_held_in_both_directions() {
        let passes = ["pass"; 5];
        let one = |outcome| ["pass", outcome, "pass", "pass", "unclaimed"];
        for (text, outcomes, whys, after) in [
            ("# kept\n", passes, vec![], "# kept\n"),
            ("core/a/two  wrong(code)  # why\n", one("wrong(code)"), vec![], "core/a/two  wrong(code)  # why\n"),
            ("", one("wrong(code)"), vec![(Why::NewFailure, false)], "core/a/two  wrong(code)  # text differs\n"),
            ("\ncore/a/two  skip # w\n", one("error"), vec![(Why::ChangedOutcome, false)], "\ncore/a/two  error  # w\n"),
            ("core/a/two skip\n#\n", passes, vec![(Why::UnexpectedPass, false)], "#\n"),
            ("core/a/two skip\n", one("not-run"), vec![], "core/a/two skip\n"),
            ("core/a/three skip\n", passes, vec![(Why::MatchesNothing, false)], ""),
            ("dialects/* skip\n", one("pass"), vec![(Why::MatchesNothing, false)], ""),
            // The two worst harms are not blessed by the way, unless they were known.
            ("", one("wrong(action=relogin)"), vec![(Why::NewFailure, true)], ""),
            ("", one("wrong(null)"), vec![(Why::NewFailure, true)], ""),
            ("", one("silence"), vec![(Why::NewFailure, true)], ""),
            ("core/a/two error\n", one("exit(1)"), vec![(Why::ChangedOutcome, true)], "core/a/two error\n"),
            ("core/a/two exit(1)\n", one("signal(9)"), vec![(Why::ChangedOutcome, false)], "core/a/two  signal(9)  # text differs\n"),
            (
                "core/a/two skip # leaks\n",
                one("wrong(code)"),
                vec![(Why::ChangedOutcome, false)],
                "core/a/two  wrong(code)  # text differs\n",
            ),
            ("core/a/two error\n", one("wrong(null)"), vec![(Why::ChangedOutcome, true)], "core/a/two error\n"),
            (
                "core/a/two wrong(code,action=relogin)\n",
                one("wrong(action=relogin)"),
                vec![(Why::ChangedOutcome, false)],
                "core/a/two  wrong(action=relogin)  # signs out a live user\n",
            ),
            // A glob says it of every vector that it matches; an id beats it.
            (
                "core/a/* error # g\n",
                ["error", "pass", "pass", "pass", "pass"],
                vec![(Why::UnexpectedPass, false)],
                "core/a/one  error  # g\n",
            ),
            ("core/a/* error\ncore/a/two skip\n", ["error", "skip", "pass", "pass", "pass"], vec![], "core/a/* error\ncore/a/two skip\n"),
            (
                "core/* error\ncore/a/* skip\n",
                ["error", "error", "error", "error", "pass"],
                vec![(Why::MatchesNothing, false)],
                "core/* error\n",
            ),
        ] {
            assert_eq!(edits(text, outcomes), (whys, after.to_owned()), "{text}");
        }
    }

    #[test]
    fn what_it_has_is_known() {
        let baseline = Baseline::parse("b", "core/a/* error\ncore/b/one skip\ncore/b/two wrong(message)\n").expect("it is one");
        let mut implementation = ran(["pass", "error", "skip", "wrong(code)", "unclaimed"]);
        baseline.apply(&mut implementation, &ALL, &ALL);
        let known: Vec<bool> = implementation.results.iter().map(|judged| judged.is_known).collect();
        assert_eq!(known, [false, true, true, false, false]);
    }

    #[test]
    fn a_file_is_read_to_its_limit() {
        let folder = tempfile::tempdir().expect("there is room for a folder");
        let path = folder.path().join("baseline");
        let error = |path: &Path, is_to_be_blessed| load(path, is_to_be_blessed).map(|_| ()).expect_err("it is none").to_string();
        assert!(error(&path, false).contains("--bless writes a new one"));
        assert_eq!(load(&path, true).map(|baseline| baseline.lines.len()), Ok(1), "a new one begins with a comment");
        for is_to_be_blessed in [false, true] {
            let told = error(folder.path(), is_to_be_blessed);
            assert!(told.contains("not a file") && !told.contains("--bless"), "{told}");
        }
        std::fs::write(&path, "\u{feff}core/a/one skip\n").expect("there is room for a file");
        assert_eq!(load(&path, false).map(|baseline| baseline.outcome_of("core/a/one") == Some("skip")), Ok(true));
        let bytes = usize::try_from(MOST_BYTES).expect("it fits");
        std::fs::write(&path, "#".repeat(bytes)).expect("there is room for a file");
        assert_eq!(load(&path, false).map(|baseline| baseline.lines[0].len()), Ok(bytes));
        std::fs::write(&path, "#".repeat(bytes + 1)).expect("there is room for a file");
        assert!(error(&path, false).contains("larger than 16 MiB"));
    }

    #[test]
    fn what_was_not_run_keeps_its_entry() {
        let baseline = Baseline::parse("b", "core/* error # g\ndialects/* skip\n").expect("it is one");
        let mut implementation = ran(["pass"; 5]);
        implementation.results.truncate(2);
        let result = baseline.apply(&mut implementation, &ALL, &ALL[..2]);
        assert_eq!(baseline.edited(&result.edits), "core/b/one  error  # g\ncore/b/two  error  # g\ndialects/* skip\n");
    }

    #[test]
    fn what_is_no_baseline_is_told_with_its_line() {
        for (text, part) in [
            ("\ncore/a/one\n", "b:2: an entry is"),
            ("core/a/one pass", "`pass` is no outcome"),
            ("core/a/one not-run", "`not-run` is no outcome"),
            ("core/[a error", "is no glob"),
            ("core/a/one skip\ncore/a/one error", "b:2: the vector stands in line 1"),
        ] {
            let error = Baseline::parse("b", text).map(|_| ()).expect_err(text).to_string();
            assert!(error.contains(part), "{error}");
        }
    }
}
