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

/// All rules, in the order of the text.
///
/// ```
/// assert_eq!(relogin_conformance::corpus::spec::rules()[0].name, "Characters and trimming");
/// ```
#[must_use]
pub fn rules() -> &'static [Rule] {
    static RULES: LazyLock<Vec<Rule>> = LazyLock::new(|| TEXT.lines().filter_map(rule).collect());
    &RULES
}

/// The rule with this tag.
#[must_use]
pub fn find(tag: &str) -> Option<&'static Rule> {
    rules().iter().find(|rule| rule.tag == tag)
}

/// A heading: `### R1 Characters and trimming <middle dot> core`.
fn rule(line: &'static str) -> Option<Rule> {
    let heading = line.strip_prefix("### ").filter(|heading| heading.starts_with('R'))?;
    let (tag, rest) = heading.split_once(' ')?;
    let (name, level) = rest.rsplit_once(" \u{b7} ")?;
    Some(Rule { tag, name, level: level.parse().ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_heading_is_a_rule_and_they_are_numbered() {
        assert_eq!(rules().len(), TEXT.lines().filter(|line| line.starts_with("### R")).count());
        for (index, rule) in rules().iter().enumerate() {
            assert_eq!(rule.tag, format!("R{}", index + 1));
        }
        assert_eq!(find("R33").map(|rule| rule.level), Some(Level::Dialects));
    }
}
