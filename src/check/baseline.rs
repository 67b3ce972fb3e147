//! Baselines: the known failures of a port, so that it can adopt the gate today and only get better.
//!
//! A baseline is a text of lines, `vector-or-glob  outcome  # reason`; blank lines and comments are kept. It is held in
//! both directions. A run fails on a failure that is not in it, a failure with another outcome, a pass where it has a
//! failure, and an entry that matches nothing; each comes with the edit that brings the baseline up to date. An id
//! beats a glob. Of two globs the first counts.
//!
//! A baseline has at most 16 MiB, 100,000 lines, and 1,000 globs of 100,000 bytes (see also [`crate::glob`]).
//!
//! ```
//! use relogin_conformance::check::baseline::Baseline;
//! let text = "# known failures of my-port\ncore/nested/*  wrong(code,message)  # reads flat bodies only\n";
//! let baseline = Baseline::parse("my-port.baseline", text)?;
//! let outcome = baseline.outcome_of("core/nested/first-code").unwrap();
//! assert_eq!(outcome.to_string(), "wrong(code,message)");
//! # Ok::<(), relogin_conformance::Error>(())
//! ```

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::path::Path;

use globset::{GlobSet, GlobSetBuilder};

use super::outcome::{Kind, Outcome, Wrong};
use super::results::{BaselineResult, Edit, Harm, Implementation, Judged, Why, bounded};
use crate::error::Error;
use crate::text::width;
use crate::{files, glob};

/// The most bytes of a baseline: far more than a line for each vector.
const MOST_BYTES: u64 = 16 << 20;
/// The most lines of a baseline.
const MOST_LINES: usize = 100_000;
/// The most globs of a baseline, and the most bytes that they have together: they are compiled into one automaton.
const MOST_GLOBS: usize = 1_000;
const MOST_GLOB_BYTES: usize = 100_000;
/// The characters that make a name a glob.
const OF_GLOBS: [char; 4] = ['*', '?', '[', '{'];

/// A baseline.
#[derive(Clone, Debug)]
pub struct Baseline {
    file: String,
    /// Whether the text begins with a byte order mark.
    has_mark: bool,
    /// The end of new lines: that of the first line.
    line_end: &'static str,
    /// The lines, each with its end.
    lines: Vec<String>,
    entries: Vec<Entry>,
    /// The entries with an id, by id.
    ids: HashMap<String, usize>,
    /// The globs, in their order.
    globs: GlobSet,
    /// The entry of each glob.
    entries_of_globs: Vec<usize>,
    glob_bytes: usize,
}

#[derive(Clone, Debug)]
struct Entry {
    /// The index of its line.
    line: usize,
    outcome: Outcome,
    /// The comment behind it, with the `#`.
    reason: Option<String>,
}

impl Baseline {
    /// Parses the text of a baseline. Reports name it by `file`. A byte order mark and the ends of the lines are kept.
    ///
    /// # Errors
    ///
    /// When a line is malformed, or a limit is passed; the error names file and line.
    pub fn parse(file: &str, text: &str) -> Result<Self, Error> {
        if text.len() as u64 > MOST_BYTES {
            return Err(Error::new(format!("{file}: the baseline is larger than 16 MiB")));
        }
        let (has_mark, text) = text.strip_prefix('\u{feff}').map_or((false, text), |text| (true, text));
        let lines: Vec<String> = text.split_inclusive('\n').map(str::to_owned).collect();
        let mut baseline = Self {
            file: file.to_owned(),
            has_mark,
            line_end: if lines.first().is_some_and(|line| line.ends_with("\r\n")) { "\r\n" } else { "\n" },
            lines,
            entries: Vec::new(),
            ids: HashMap::new(),
            globs: GlobSet::empty(),
            entries_of_globs: Vec::new(),
            glob_bytes: 0,
        };
        let mut globs = GlobSetBuilder::new();
        for (line, text) in text.lines().enumerate() {
            baseline
                .parse_line(line, text, &mut globs)
                .map_err(|what| Error::new(format!("{file}:{}: {what}", line + 1)))?;
        }
        // globset has a limit too, which is larger.
        baseline.globs =
            globs.build().map_err(|error| Error::new(format!("{file}: the globs cannot be used: {}", error.kind())))?;
        Ok(baseline)
    }

    fn parse_line(&mut self, line: usize, text: &str, globs: &mut GlobSetBuilder) -> Result<(), String> {
        if line == MOST_LINES {
            return Err("a baseline has at most 100,000 lines".into());
        }
        let (text, reason) = match text.split_once('#') {
            Some((text, reason)) => (text, Some(format!("#{reason}"))),
            None => (text, None),
        };
        let words: Vec<&str> = text.split_whitespace().collect();
        let (name, outcome) = match words.as_slice() {
            [] => return Ok(()),
            [name, outcome] => (*name, *outcome),
            _ => {
                return Err("an entry is a vector or glob and an outcome, such as \
                            `core/nested/*  wrong(action=unknown)  # why`"
                    .into());
            }
        };
        let parsed = outcome.parse().ok().filter(Outcome::is_for_baselines);
        let outcome = parsed.ok_or_else(|| {
            let names = Outcome::baseline_names().join(", ");
            format!(
                "`{outcome}` is not an outcome of a failure, such as `wrong(code,message)`; the outcomes are {names}"
            )
        })?;
        let index = self.entries.len();
        if name.contains(OF_GLOBS) {
            if self.entries_of_globs.len() == MOST_GLOBS {
                return Err("a baseline has at most 1,000 globs; name the vectors".into());
            }
            globs.add(glob::parse(name).map_err(|what| format!("`{}` {what}", bounded(name, width::LINE)))?);
            self.glob_bytes += name.len();
            if self.glob_bytes > MOST_GLOB_BYTES {
                return Err("the globs of a baseline have at most 100,000 bytes together; name the vectors".into());
            }
            self.entries_of_globs.push(index);
        } else if let Some(first) = self.ids.insert(name.to_owned(), index) {
            return Err(format!("the vector is already in line {}", self.entries[first].line + 1));
        }
        self.entries.push(Entry { line, outcome, reason });
        Ok(())
    }

    /// Returns whether a line can name this vector: the id is printable ASCII without blanks, `#` and what makes a
    /// glob.
    ///
    /// ```
    /// use relogin_conformance::check::baseline::Baseline;
    /// assert!(Baseline::can_name("core/flat/invalid-grant") && !Baseline::can_name("core/flat/a b"));
    /// ```
    #[must_use]
    pub fn can_name(id: &str) -> bool {
        !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'#') && !id.contains(OF_GLOBS)
    }

    /// Returns the outcome of a vector by this baseline, if it has one.
    #[must_use]
    pub fn outcome_of(&self, id: &str) -> Option<&Outcome> {
        self.entry_of(id).map(|index| &self.entries[index].outcome)
    }

    /// Returns the index of the entry that decides for a vector.
    fn entry_of(&self, id: &str) -> Option<usize> {
        let by_glob = || self.globs.matches(id).first().map(|index| self.entries_of_globs[*index]);
        self.ids.get(id).copied().or_else(by_glob)
    }

    /// Marks the known results of an implementation, and returns the edits that bring the baseline up to date.
    ///
    /// `all` are the ids of the whole corpus; `selected` are those of the vectors that were run, in the order of the
    /// results. Entries of other vectors stay.
    pub fn apply(&self, implementation: &mut Implementation, all: &[&str], selected: &[&str]) -> BaselineResult {
        let mut ids_of_entries: Vec<Vec<&str>> = vec![Vec::new(); self.entries.len()];
        for id in all {
            if let Some(entry) = self.entry_of(id) {
                ids_of_entries[entry].push(id);
            }
        }
        let mut new_failures = Vec::new();
        for (id, judged) in selected.iter().zip(&mut implementation.results) {
            let known = self.outcome_of(id);
            judged.is_known = judged.is_finding() && known == Some(&judged.outcome);
            if known.is_none() && judged.is_finding() && judged.outcome != Outcome::NotRun {
                new_failures.push(Edit {
                    why: Why::NewFailure,
                    line: None,
                    remove: None,
                    add: vec![line(id, judged, None)],
                    needs_bless_harm: needs_bless_harm(judged, None),
                });
            }
        }
        let judged: HashMap<&str, &Judged> = selected.iter().copied().zip(&implementation.results).collect();
        let entries = self.entries.iter().zip(ids_of_entries);
        let mut edits: Vec<Edit> = entries.filter_map(|(entry, ids)| self.edit_of(entry, &ids, &judged)).collect();
        edits.extend(new_failures);
        BaselineResult { file: self.file.clone(), edits, is_blessed: false }
    }

    /// Returns the edit of an entry that decides for these vectors, or `None` if the entry is up to date.
    fn edit_of(&self, entry: &Entry, ids: &[&str], judged: &HashMap<&str, &Judged>) -> Option<Edit> {
        let unchanged = |id: &str| format!("{id}  {}{}", entry.outcome, after(entry.reason.as_deref()));
        let mut why = None;
        let mut is_refused = false;
        let mut add = Vec::new();
        let mut is_used = false;
        for id in ids {
            let Some(judged) = judged.get(id) else {
                is_used = true; // the vector was not selected, so the entry may be right
                add.push(unchanged(id));
                continue;
            };
            is_used |= judged.kind() != Kind::Unclaimed;
            match judged.kind() {
                Kind::Unclaimed => {}
                Kind::Passed => why = why.max(Some(Why::UnexpectedPass)),
                // The port was given up, which is reported as such. The entry may be right.
                _ if judged.outcome == Outcome::NotRun => add.push(unchanged(id)),
                Kind::Failed | Kind::Skipped => {
                    add.push(line(id, judged, entry.reason.as_deref()));
                    if judged.outcome != entry.outcome {
                        why = why.max(Some(Why::ChangedOutcome));
                        is_refused |= needs_bless_harm(judged, Some(&entry.outcome));
                    }
                }
            }
        }
        let why = if is_used { why? } else { Why::MatchesNothing };
        let remove = Some(without_end(&self.lines[entry.line]).to_owned());
        Some(Edit { why, line: Some(entry.line + 1), remove, add, needs_bless_harm: is_refused })
    }

    /// Returns the text of the baseline with these edits, except those that need `--bless-harm`. Other lines stay, byte
    /// for byte, and new lines end as the first one does.
    #[must_use]
    pub fn edited(&self, edits: &[Edit]) -> String {
        let made = || edits.iter().filter(|edit| !edit.needs_bless_harm);
        let replaced: BTreeMap<usize, &[String]> =
            made().filter_map(|edit| Some((edit.line?, edit.add.as_slice()))).collect();
        let mut text = if self.has_mark { "\u{feff}".to_owned() } else { String::new() };
        let mut push = |line: &str| {
            if text.ends_with(|last| last != '\n' && last != '\u{feff}') {
                text.push_str(self.line_end); // the last line had no end
            }
            text.push_str(line);
        };
        let with_end = |line: &String| format!("{line}{}", self.line_end);
        for (index, line) in self.lines.iter().enumerate() {
            match replaced.get(&(index + 1)) {
                Some(lines) => lines.iter().for_each(|line| push(&with_end(line))),
                None => push(line),
            }
        }
        made().filter(|edit| edit.line.is_none()).flat_map(|edit| &edit.add).for_each(|line| push(&with_end(line)));
        text
    }
}

/// Returns a line without its end, as [`str::lines`] does.
fn without_end(line: &str) -> &str {
    let line = line.strip_suffix('\n').unwrap_or(line);
    line.strip_suffix('\r').unwrap_or(line)
}

/// Reads a baseline from a file. If there is no file, the baseline is empty if it is to be blessed.
///
/// # Errors
///
/// When the file cannot be read, is no file, or is larger than 16 MiB; or when a line is malformed.
pub fn load(path: &Path, is_to_be_blessed: bool) -> Result<Baseline, Error> {
    let name = path.display().to_string();
    match files::read_text(path, MOST_BYTES) {
        Ok(text) => Baseline::parse(&name, &text),
        Err(error) if error.kind() == io::ErrorKind::NotFound && is_to_be_blessed => {
            Baseline::parse(&name, "# Known failures of this port: vector or glob, outcome, reason.\n")
        }
        Err(error) => {
            let hint = if error.kind() == io::ErrorKind::NotFound { "; --bless writes a new one" } else { "" };
            Err(Error::new(format!("cannot read the baseline {name}: {error}{hint}")))
        }
    }
}

/// Returns the line of a baseline for a result.
fn line(id: &str, judged: &Judged, reason: Option<&str>) -> String {
    let harm = judged.harm.map(|harm| format!("# {harm}"));
    // A reason that is a harm was written by `--bless`, and the harm may have changed.
    let is_harm =
        |reason: &&str| Harm::ALL.iter().any(|harm| reason.trim_start_matches(['#', ' ']) == harm.to_string());
    let by_hand = reason.filter(|reason| !is_harm(reason));
    format!("{id}  {}{}", judged.outcome, after(by_hand.or(harm.as_deref())))
}

fn after(reason: Option<&str>) -> String {
    reason.map_or_else(String::new, |reason| format!("  {reason}"))
}

/// Returns whether only `--bless-harm` accepts a result: it newly signs out a live user, takes an error for success, or
/// is a crash. A crash may be the machine's fault, and would hide the answers of the port from then on.
fn needs_bless_harm(judged: &Judged, before: Option<&Outcome>) -> bool {
    let was = |is_so: fn(&Outcome) -> bool| before.is_some_and(is_so);
    if judged.outcome.is_crash() {
        return !was(Outcome::is_crash);
    }
    // An error taken for success may have a worse harm: on a dead token the caller tries for ever.
    let is_null = |outcome: &Outcome| *outcome.of_one() == Outcome::Wrong(Wrong::Null);
    let is_new_null = is_null(&judged.outcome) && !was(is_null);
    is_new_null || (judged.harm == Some(Harm::SignsOutALiveUser) && !was(Outcome::asks_for_sign_in))
}

#[cfg(test)]
mod tests {
    use super::super::results::{Identity, RunEnd};
    use super::*;
    use crate::corpus::Level;

    const ALL: [&str; 5] = ["core/a/one", "core/a/two", "core/b/one", "core/b/two", "dialects/c/one"];

    fn ran(outcomes: [&str; 5]) -> Implementation {
        let judged = |outcome: &&str| Judged {
            outcome: outcome.parse().expect("the outcome is one"),
            is_known: false,
            harm: match *outcome {
                "pass" | "skip" | "unclaimed" => None,
                "wrong(null)" => Some(Harm::LoopsOnADeadToken), // the worse of its two harms
                outcome if outcome.contains("action=relogin") => Some(Harm::SignsOutALiveUser),
                _ => Some(Harm::TextDiffers),
            },
            differences: Vec::new(),
            unexpected: None,
            note: None,
            sweep: None,
        };
        let identity = Identity {
            name: "p".into(),
            language: "l".into(),
            version: "1".into(),
            level: Some(Level::Core),
            fields: Vec::new(),
        };
        Implementation { identity, results: outcomes.iter().map(judged).collect(), end: RunEnd::default() }
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
            (
                "\ncore/a/two  skip # w\n",
                one("error"),
                vec![(Why::ChangedOutcome, false)],
                "\ncore/a/two  error  # w\n",
            ),
            ("core/a/two skip\n#\n", passes, vec![(Why::UnexpectedPass, false)], "#\n"),
            ("core/a/two skip\n", one("not-run"), vec![], "core/a/two skip\n"),
            ("core/a/three skip\n", passes, vec![(Why::MatchesNothing, false)], ""),
            ("dialects/* skip\n", one("pass"), vec![(Why::MatchesNothing, false)], ""),
            // `--bless` does not accept the two worst harms, unless they were known.
            ("", one("wrong(action=relogin)"), vec![(Why::NewFailure, true)], ""),
            ("", one("wrong(null)"), vec![(Why::NewFailure, true)], ""),
            ("", one("silence"), vec![(Why::NewFailure, true)], ""),
            ("core/a/two error\n", one("exit(1)"), vec![(Why::ChangedOutcome, true)], "core/a/two error\n"),
            (
                "core/a/two exit(1)\n",
                one("signal(9)"),
                vec![(Why::ChangedOutcome, false)],
                "core/a/two  signal(9)  # text differs\n",
            ),
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
            // A glob holds for every vector that it matches; an id beats it.
            (
                "core/a/* error # g\n",
                ["error", "pass", "pass", "pass", "pass"],
                vec![(Why::UnexpectedPass, false)],
                "core/a/one  error  # g\n",
            ),
            (
                "core/a/* error\ncore/a/two skip\n",
                ["error", "skip", "pass", "pass", "pass"],
                vec![],
                "core/a/* error\ncore/a/two skip\n",
            ),
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
    fn results_with_the_outcome_of_the_baseline_are_known() {
        let baseline =
            Baseline::parse("b", "core/a/* error\ncore/b/one skip\ncore/b/two wrong(message)\n").expect("it is one");
        let mut implementation = ran(["pass", "error", "skip", "wrong(code)", "unclaimed"]);
        baseline.apply(&mut implementation, &ALL, &ALL);
        let known: Vec<bool> = implementation.results.iter().map(|judged| judged.is_known).collect();
        assert_eq!(known, [false, true, true, false, false]);
    }

    #[test]
    fn a_baseline_is_read_to_its_limit() {
        let folder = tempfile::tempdir().expect("there is room for a folder");
        let path = folder.path().join("baseline");
        let error = |path: &Path, is_to_be_blessed| {
            load(path, is_to_be_blessed).map(|_| ()).expect_err("it is none").to_string()
        };
        assert!(error(&path, false).contains("--bless writes a new one"));
        assert_eq!(load(&path, true).map(|baseline| baseline.lines.len()), Ok(1), "a new one begins with a comment");
        for is_to_be_blessed in [false, true] {
            let error = error(folder.path(), is_to_be_blessed);
            assert!(error.contains("not a file") && !error.contains("--bless"), "{error}");
        }
        std::fs::write(&path, "\u{feff}core/a/one skip\n").expect("there is room for a file");
        assert_eq!(
            load(&path, false).map(|baseline| baseline.outcome_of("core/a/one") == Some(&Outcome::Skip)),
            Ok(true)
        );
        let bytes = usize::try_from(MOST_BYTES).expect("it fits");
        std::fs::write(&path, "#".repeat(bytes)).expect("there is room for a file");
        assert_eq!(load(&path, false).map(|baseline| baseline.lines[0].len()), Ok(bytes));
        std::fs::write(&path, "#".repeat(bytes + 1)).expect("there is room for a file");
        assert!(error(&path, false).contains("larger than 16 MiB"));
    }

    #[test]
    fn an_edit_keeps_byte_order_mark_and_line_ends() {
        let mut outcomes = ["pass"; 5];
        outcomes[1] = "wrong(code)";
        for (text, after) in [
            ("\u{feff}# a\r\n# b", "\u{feff}# a\r\n# b\r\ncore/a/two  wrong(code)  # text differs\r\n"),
            ("# a\r\n# b\ncore/a/two skip # w\n", "# a\r\n# b\ncore/a/two  wrong(code)  # w\r\n"),
            (
                "\u{feff}core/a/one skip\r\ncore/a/two wrong(code)  # w\r\n\r\n# end",
                "\u{feff}core/a/two wrong(code)  # w\r\n\r\n# end",
            ),
            ("\u{feff}", "\u{feff}core/a/two  wrong(code)  # text differs\n"),
            ("# no end", "# no end\ncore/a/two  wrong(code)  # text differs\n"),
        ] {
            assert_eq!(edits(text, outcomes).1, after, "{text:?}");
        }
    }

    #[test]
    fn lines_and_globs_are_limited_and_found_at_once() {
        let lines = |count: usize| (0..count).map(|number| format!("core/many/v-{number}  skip\n")).collect::<String>();
        let error = |text: &str| Baseline::parse("b", text).map(|_| ()).expect_err("it is refused").to_string();
        let baseline = Baseline::parse("b", &lines(MOST_LINES)).expect("that many are taken");
        assert_eq!(baseline.outcome_of("core/many/v-99999"), Some(&Outcome::Skip));
        assert_eq!(error(&lines(MOST_LINES + 1)), "b:100001: a baseline has at most 100,000 lines");
        let globs = |count: usize| (0..count).map(|number| format!("*-{number}/*  skip\n")).collect::<String>();
        let baseline =
            Baseline::parse("b", &format!("{}core/* error\n", globs(MOST_GLOBS - 1))).expect("that many are taken");
        assert_eq!(baseline.outcome_of("core/x-900/y"), Some(&Outcome::Skip), "the first glob counts");
        assert_eq!(baseline.outcome_of("core/x/y").map(ToString::to_string), Some("error".into()));
        assert_eq!(error(&globs(MOST_GLOBS + 1)), "b:1001: a baseline has at most 1,000 globs; name the vectors");
        let long = format!("{}*\tskip\n", "?".repeat(999));
        assert!(Baseline::parse("b", &long.repeat(100)).is_ok());
        assert_eq!(
            error(&long.repeat(101)),
            "b:101: the globs of a baseline have at most 100,000 bytes together; name the vectors"
        );
    }

    #[test]
    fn entries_of_vectors_that_were_not_selected_stay() {
        let baseline = Baseline::parse("b", "core/* error # g\ndialects/* skip\n").expect("it is one");
        let mut implementation = ran(["pass"; 5]);
        implementation.results.truncate(2);
        let result = baseline.apply(&mut implementation, &ALL, &ALL[..2]);
        assert_eq!(baseline.edited(&result.edits), "core/b/one  error  # g\ncore/b/two  error  # g\ndialects/* skip\n");
    }

    #[test]
    fn an_error_names_the_line() {
        for (text, part) in [
            ("\ncore/a/one\n", "b:2: an entry is"),
            ("core/a/one pass", "`pass` is not an outcome"),
            ("core/a/one not-run", "`not-run` is not an outcome"),
            ("core/a/one wrong(codes)", "`wrong(codes)` is not an outcome"),
            ("core/[a error", "b:1: `core/[a` is not a glob"),
            (&format!("\n{}a{} skip", "{".repeat(250), "}".repeat(250)), "b:2: `{{{"),
            (&format!("{}a{} skip", "{".repeat(250), "}".repeat(250)), "has 250 `{`; a glob has at most 16"),
            (&format!("{} skip", "{".repeat(1_000_000)), "has 1000000 bytes; a glob has at most 1,000"),
            ("core/a/one skip\ncore/a/one error", "b:2: the vector is already in line 1"),
        ] {
            let error = Baseline::parse("b", text).map(|_| ()).expect_err(text).to_string();
            assert!(error.contains(part), "{error}");
        }
    }
}
