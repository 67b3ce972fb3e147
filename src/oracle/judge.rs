//! The verdict of the oracle, with the rules that had a say in it.

use std::collections::BTreeSet;

use super::document::Reading;
use super::failure::Failure;
use super::success::Success;
use super::trace;
use crate::corpus::spec::{self, Rule};
use crate::corpus::{Profile, Verdict};

/// One response, and what the caller knows about it (SPEC.md section 1).
///
/// ```
/// use relogin_conformance::{oracle::{Input, judge}, corpus::Corpus};
/// let corpus = Corpus::embedded();
/// let profile = &corpus.profiles["generic"];
/// let body = br#"{"access_token": "t"}"#;
/// let input = Input { status: 200, content_type: None, headers: &[], body, profile, secrets: &[] };
/// assert_eq!(judge(&input).verdict, None);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Input<'a> {
    /// The HTTP status.
    pub status: u16,
    /// The value of `Content-Type`.
    pub content_type: Option<&'a str>,
    /// The headers in order, each a name and a value.
    pub headers: &'a [(String, String)],
    /// The bytes of the body.
    pub body: &'a [u8],
    /// The texts of the calling product.
    pub profile: &'a Profile,
    /// Strings that the caller knows to be secret.
    pub secrets: &'a [String],
}

/// The answer of the oracle about one response.
///
/// ```
/// use relogin_conformance::{oracle::{Input, judge}, corpus::Corpus};
/// let corpus = Corpus::embedded();
/// let profile = &corpus.profiles["generic"];
/// let input = Input { status: 503, content_type: None, headers: &[], body: b"", profile, secrets: &[] };
/// let judgement = judge(&input);
/// assert_eq!(judgement.verdict.unwrap().action, relogin::Action::Retry);
/// assert!(judgement.decided.contains(&31) && !judgement.decided.contains(&35));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// The verdict; `None` for "not a failure".
    pub verdict: Option<Verdict>,
    /// The numbers of the rules that had a say: 31 is R31.
    pub decided: BTreeSet<u8>,
}

impl Judgement {
    /// The rules that had a say, in the order of their numbers.
    ///
    /// ```
    /// use relogin_conformance::generate::Rendered;
    /// assert!(Rendered::default().judgement().rules().iter().any(|rule| rule.tag == "R35"));
    /// ```
    #[must_use]
    pub fn rules(&self) -> Vec<&'static Rule> {
        self.decided.iter().filter_map(|number| spec::find(&format!("R{number}"))).collect()
    }
}

/// Judges a response by SPEC.md.
///
/// ```
/// use relogin_conformance::{oracle::{Input, judge}, corpus::Corpus};
/// let corpus = Corpus::embedded();
/// let profile = &corpus.profiles["generic"];
/// let body = br#"{"error": "INVALID_GRANT"}"#;
/// let judgement = judge(&Input { status: 400, content_type: None, headers: &[], body, profile, secrets: &[] });
/// assert!(judgement.verdict.unwrap().relogin_required);
/// assert!(judgement.decided.contains(&2), "the code is compared without case");
/// ```
#[must_use]
pub fn judge(input: &Input<'_>) -> Judgement {
    let Input { status, content_type, headers, body, profile, secrets } = *input;
    let reading = Reading::of(body, content_type);
    let success = Success::of(status, &reading);
    let mut decided = trace::of_reading(body, content_type, &reading);
    decided.extend(trace::of_success(&reading, &success));
    if success.holds() {
        return Judgement { verdict: None, decided };
    }
    let failure = Failure::of(status, headers, &reading, profile, secrets);
    decided.extend(trace::of_failure(&failure, headers, profile, secrets));
    Judgement { verdict: Some(failure.verdict(profile)), decided }
}
