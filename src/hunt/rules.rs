//! Which rules a finding is about.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::LazyLock;

use relogin::{Response, classify};

use super::model::Signature;
use crate::check::Judged;
use crate::check::groups::DERIVED;
use crate::corpus::Level;
use crate::corpus::spec::Rule;
use crate::generate::{Rendered, strategy};
use crate::protocol::Field;

/// How many responses are drawn to see how often each rule usually counts.
const USUAL_DRAWS: usize = 2_000;

/// Counts of rules, by tag.
pub(super) type Counts = BTreeMap<&'static str, u64>;

/// Returns the rules of a higher level that count for a response: why a port of this level is not asked about it.
#[must_use]
pub fn rules_beyond(level: Option<Level>, response: &Rendered) -> Vec<&'static Rule> {
    if level == Some(Level::Hardening) {
        return Vec::new(); // saves the oracle, which takes as long as the reference
    }
    response.judgement().rules().into_iter().filter(|rule| Some(rule.level) > level).collect()
}

/// In how many of some drawn responses each rule counts.
static USUALLY: LazyLock<Counts> = LazyLock::new(|| {
    let mut counts = Counts::new();
    strategy::draws(1).take(USUAL_DRAWS).for_each(|case| count_rules(&case.response(), &mut counts));
    counts
});

/// Adds the rules that count for a response.
pub(super) fn count_rules(response: &Rendered, counts: &mut Counts) {
    response.judgement().rules().into_iter().for_each(|rule| *counts.entry(rule.tag).or_default() += 1);
}

/// Returns the rule by which the reference decides.
pub(super) fn deciding_rule(response: &Rendered) -> &'static str {
    let headers: Vec<(&str, &str)> =
        response.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let secrets: Vec<&str> = response.secrets.iter().map(String::as_str).collect();
    let response = Response::new(response.status, response.content_type.as_deref(), &response.body);
    let failure = classify(&response.with_headers(&headers).with_secrets(&secrets)).err();
    failure.map_or("R3", |failure| failure.evidence().rule())
}

/// Returns the other rules that count, the most telling first: those that count in more of the responses of the kind
/// (`of_kind`) than usual. A rule that the port breaks counts in each of them.
pub(super) fn other_rules(
    response: &Rendered,
    signature: &Signature,
    of_kind: &Counts,
    judged: Option<&Judged>,
) -> Vec<&'static Rule> {
    let differences = judged.map_or(&[][..], |judged| &judged.differences);
    let is_derived = |field: Field| matches!(field, Field::Code | Field::ReloginRequired | Field::Message);
    let only_derived = !differences.is_empty() && differences.iter().all(|difference| is_derived(difference.field));
    let mut rules = response.judgement().rules();
    rules.retain(|rule| rule.tag != signature.rule && (only_derived || !DERIVED.contains(&rule.tag)));
    rules.sort_by_cached_key(|rule| {
        let of = |counts: &Counts| counts.get(rule.tag).copied().unwrap_or(0);
        Reverse(of(of_kind) * USUAL_DRAWS as u64 / (of(&USUALLY) + 1))
    });
    rules
}
