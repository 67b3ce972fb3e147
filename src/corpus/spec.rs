//! The rules of SPEC.md, as far as a program needs them: tag, name and level.

use std::sync::LazyLock;

use crate::corpus::Level;

/// The text of the specification.
pub const TEXT: &str = include_str!("../../SPEC.md");

/// A numbered rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Its tag, such as `R1`.
    pub tag: &'static str,
    /// Its name.
    pub name: &'static str,
    /// The level from which it is judged.
    pub level: Level,
}

impl Rule {
    /// The number in the tag: 1 for `R1`.
    ///
    /// # Panics
    ///
    /// Never: a rule is read from a heading with a number.
    ///
    /// ```
    /// assert_eq!(relogin_conformance::corpus::spec::rules()[0].number(), 1);
    /// ```
    #[must_use]
    pub fn number(&self) -> u8 {
        self.tag[1..].parse().expect("a tag is R and a number")
    }
}

/// Returns all rules that are in force, in the order of the text.
///
/// ```
/// assert_eq!(relogin_conformance::corpus::spec::rules()[0].name, "Characters and trimming");
/// ```
#[must_use]
pub fn rules() -> &'static [Rule] {
    static RULES: LazyLock<Vec<Rule>> = LazyLock::new(|| TEXT.lines().filter_map(rule).collect());
    &RULES
}

/// Returns the rule with this tag.
#[must_use]
pub fn find(tag: &str) -> Option<&'static Rule> {
    rules().iter().find(|rule| rule.tag == tag)
}

/// Returns the text of a rule, with its heading: also that of a withdrawn one.
///
/// ```
/// use relogin_conformance::corpus::spec::section;
/// assert!(section("R44").is_some_and(|text| text.starts_with("### R44 Whether to sign in")));
/// assert_eq!(section("R999"), None);
/// ```
#[must_use]
pub fn section(tag: &str) -> Option<&'static str> {
    let start = TEXT.find(&format!("\n### {tag} "))? + 1;
    let end = TEXT[start + 3..].find("\n##").map_or(TEXT.len(), |end| start + 3 + end);
    Some(TEXT[start..end].trim_end())
}

/// A heading: `### R1 Characters and trimming <middle dot> core`.
fn rule(line: &'static str) -> Option<Rule> {
    let heading = line.strip_prefix("### ").filter(|heading| heading.starts_with('R'))?;
    let (tag, rest) = heading.split_once(' ')?;
    let (name, level) = rest.rsplit_once(" \u{b7} ")?;
    let has_number = tag[1..].parse::<u8>().is_ok();
    // The level of a withdrawn rule is `withdrawn`.
    level.parse().ok().filter(|_| has_number).map(|level| Rule { tag, name, level })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_heading_is_a_rule_or_withdrawn() {
        let headings: Vec<&str> = TEXT.lines().filter(|line| line.starts_with("### R")).collect();
        let withdrawn = headings.iter().filter(|heading| heading.ends_with(" \u{b7} withdrawn")).count();
        assert_eq!(rules().len() + withdrawn, headings.len());
        let mut numbers: Vec<&str> = headings.iter().filter_map(|heading| heading.split(' ').nth(1)).collect();
        numbers.sort_unstable();
        numbers.dedup();
        assert_eq!(numbers.len(), headings.len(), "no tag is used twice");
        assert_eq!(find("R33").map(|rule| rule.level), Some(Level::Dialects));
    }
}
