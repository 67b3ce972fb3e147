//! The oracle and the parser on the vectors.

use super::judge::{Input, judge};
use crate::corpus::{Corpus, Request, Verdict};
use crate::protocol::reference;
use crate::text::ascii_json_line;

/// The most disagreements about one vector or sweep that are listed.
const MOST: usize = 10;

/// Returns a line for each vector and each member of a sweep that expects another verdict than that of the oracle or of
/// the parser. The lines are not safe to print.
///
/// ```
/// use relogin_conformance::{corpus::Corpus, oracle::disagreements};
/// let mut corpus = Corpus::embedded().clone();
/// corpus.files.truncate(1);
/// corpus.sweep_files.clear();
/// assert!(disagreements(&corpus).is_empty());
/// corpus.files[0].vectors[0].expect = None;
/// assert!(disagreements(&corpus)[0].contains("oracle"));
/// ```
#[must_use]
pub fn disagreements(corpus: &Corpus) -> Vec<String> {
    let of_item = |requests: Vec<Request<'_>>| -> Vec<String> {
        requests.iter().flat_map(|request| of_request(corpus, request)).take(MOST).collect()
    };
    corpus.items().flat_map(|item| of_item(item.requests().collect())).collect()
}

fn of_request(corpus: &Corpus, request: &Request<'_>) -> Vec<String> {
    let (input, body) = (request.input, request.input.body.expand());
    let (status, content_type, headers) = (input.status, input.content_type.as_deref(), input.headers.as_slice());
    let (profile, secrets) = (corpus.profile_of(input), input.secrets.as_slice());
    let by_oracle = judge(&Input { status, content_type, headers, body: &body, profile, secrets }).verdict;
    let by_parser = reference::verdict(status, content_type, headers, &body, profile, secrets);
    let line = |(who, verdict): (&str, Option<Verdict>)| {
        (verdict.as_ref() != request.expect).then(|| {
            let [expected, verdict] = [request.expect, verdict.as_ref()].map(|verdict| ascii_json_line(&verdict));
            format!("{}: expects {expected}, and the verdict of the {who} is {verdict}", request.name())
        })
    };
    [("oracle", by_oracle), ("parser", by_parser)].into_iter().filter_map(line).collect()
}
