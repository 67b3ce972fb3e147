//! Properties of verdicts.

use std::sync::LazyLock;

use relogin::{Action, Failure, Profile, Step};

use super::parse::parsed;
use crate::corpus::Corpus;
use crate::generate::Rendered;
use crate::generate::json::{Json, Value};
use crate::oracle::Judgement;

/// R41 and R21.
const MOST_OF_DESCRIPTION: usize = 500;
const MOST_OF_CODE: usize = 128;
/// R58.
const MOST_SECONDS: u32 = 604_800;

/// Stands in a message exactly where the user is asked to sign in: no control stands in a server's
/// text (R38) or in a code (R21).
const SIGN_IN: char = '\u{2}';
const ASKING: Profile<'static> = Profile { product: "P", other_clients: "o", sign_in: "\u{2}", fallback_code: "f" };

/// The dearest byte is one that is not UTF-8, in a description with an escape: it is 3 bytes of
/// U+FFFD in the copy that R8 asks for, in the buffer of the JSON parser, in the string, and in the
/// cleaned text, each buffer grown by doubling. 17 is the most that was measured.
const BYTES_A_BYTE: u64 = 24;
/// The marks of the characters of a text, for each secret at most.
const BYTES_A_BYTE_AND_SECRET: u64 = 4;
/// Whatever the body: an error of the JSON parser, the smallest buffers, and the list of secrets.
const BYTES_AT_LEAST: u64 = 512;
const BYTES_A_SECRET: u64 = 64;

/// The parser answers; a `relogin` has evidence; an unparsed body yields no code and no text; texts
/// are clean; and a message asks for a sign-in only when one is required.
///
/// Panics when a property does not hold.
///
/// ```
/// use relogin_conformance::{generate::Rendered, properties};
/// properties::verdict(&Rendered { body: br#"{"error": "invalid_grant"}"#.to_vec(), ..Rendered::default() });
/// ```
pub fn verdict(response: &Rendered) {
    match parsed(response, &response.body) {
        Ok(()) => assert!((200..=299).contains(&response.status), "a success has a status 2xx (R3): {response:?}"),
        Err(failure) => {
            a_relogin_has_evidence(&failure, response);
            an_unparsed_body_yields_nothing(&failure, response);
            texts_are_clean(&failure, response);
            messages_are_clean(&failure, response);
            a_delay_is_bounded(&failure, response);
            assert_eq!(failure.clone().into_owned(), failure, "an owned copy differs: {response:?}");
        }
    }
}

/// The parser and the oracle give the same verdict. Returns the judgement of the oracle.
///
/// Panics when the verdicts differ.
///
/// ```
/// use relogin_conformance::{generate::Rendered, properties};
/// assert_eq!(properties::agreement(&Rendered::default()).verdict.unwrap().action, relogin::Action::Unknown);
/// ```
pub fn agreement(response: &Rendered) -> Judgement {
    let (judged, parsed) = (response.judgement(), response.verdict());
    let oracle = &judged.verdict;
    assert!(
        parsed == *oracle,
        "the parser and the oracle differ on {response:?}\nparser {parsed:?}\noracle {oracle:?}"
    );
    judged
}

/// A description that a server sends back as a text becomes the same description.
///
/// A secret with `[`, `]` or U+2026 is an exception, and not checked: the replacement `[redacted]`
/// (R57) or the cut (R41) can put it together again.
///
/// Panics when a property does not hold.
///
/// ```
/// use relogin_conformance::{generate::Rendered, properties};
/// properties::idempotence(&Rendered { body: br#"{"message": "a  b"}"#.to_vec(), ..Rendered::default() });
/// ```
pub fn idempotence(response: &Rendered) {
    if response.secrets.iter().any(|secret| is_looked_for(secret) && !is_hidden_for_sure(secret)) {
        return;
    }
    let Err(failure) = parsed(response, &response.body) else { return };
    let Some(description) = failure.description() else { return };
    let body = Json::from(Value::object([("error_description", Value::text(description))])).render();
    let again = parsed(response, body.as_bytes());
    let again = again.as_ref().err().and_then(Failure::description);
    assert_eq!(again, Some(description), "a clean text is changed by cleaning: {response:?}");
}

/// Reading a response allocates at most a multiple of its body. `allocated` runs the function that
/// it gets, and returns the bytes that this allocated.
///
/// Panics when it allocates more.
///
/// ```
/// use relogin_conformance::{generate::Rendered, properties};
/// properties::allocation(&Rendered::default(), |classify| {
///     classify();
///     0 // as an allocator that counts would say
/// });
/// ```
pub fn allocation(response: &Rendered, allocated: impl FnOnce(&dyn Fn()) -> u64) {
    let bytes = allocated(&|| _ = parsed(response, &response.body));
    let (length, secrets) = (response.body.len() as u64, response.secrets.len() as u64);
    let most = (BYTES_A_BYTE + BYTES_A_BYTE_AND_SECRET * secrets) * length + BYTES_AT_LEAST + BYTES_A_SECRET * secrets;
    assert!(bytes <= most, "{bytes} bytes are allocated, and {most} may be: {response:?}");
}

/// `relogin` needs a status that speaks about a grant, and a registered code or an `in_text` word
/// (R32 to R36, R53).
fn a_relogin_has_evidence(failure: &Failure<'_>, response: &Rendered) {
    let evidence = failure.evidence();
    assert_eq!(failure.relogin_required(), failure.action() == Action::Relogin, "{response:?}");
    if failure.relogin_required() {
        assert!(evidence.body.is_parsed(), "a sign-in ends only on structured evidence: {response:?}");
        assert!(
            matches!(failure.status(), 200..=299 | 400 | 401 | 403),
            "this status does not speak about a grant: {response:?}"
        );
        let action = |row: &relogin::Code| evidence.exception.map_or(row.action, |exception| exception.action);
        let row = evidence.row.filter(|row| action(row) == Action::Relogin);
        let by_code = evidence.step == Step::Code
            && row.is_some_and(|row| failure.code().is_some_and(|code| is_code_of(row, code)));
        let by_text = matches!(evidence.step, Step::Text | Step::Word)
            && evidence.exception.is_none()
            && failure.code().is_none()
            && row.is_some_and(|row| row.in_text);
        assert!(by_code || by_text, "a sign-in ends only on a registered code: {evidence:?}, {response:?}");
    }
    let has_decided = failure.code().is_some() && !matches!(evidence.step, Step::Status | Step::Header);
    assert_eq!(evidence.step == Step::Code, has_decided, "a code decides unless step 1 does: {response:?}");
}

/// R2.
fn is_code_of(row: &relogin::Code, code: &str) -> bool {
    row.code.eq_ignore_ascii_case(code)
}

/// An unparsed body yields no code and no text, so the status and the headers alone decide
/// (section 3).
fn an_unparsed_body_yields_nothing(failure: &Failure<'_>, response: &Rendered) {
    let evidence = failure.evidence();
    if !evidence.body.is_parsed() {
        let yielded = (failure.code(), failure.description(), evidence.place, evidence.row);
        assert_eq!(yielded, (None, None, None, None), "an unparsed body yields a code or a text: {response:?}");
        assert_ne!(failure.action(), Action::Relogin, "{response:?}");
    }
}

/// A code and a description are bounded, and hold no control, no invisible character and no known
/// secret (R21, R37 to R42).
fn texts_are_clean(failure: &Failure<'_>, response: &Rendered) {
    let length_of = |text: &str| text.chars().count();
    if let Some(description) = failure.description() {
        assert!(
            (1..=MOST_OF_DESCRIPTION).contains(&length_of(description)),
            "a description has a length of R41: {response:?}"
        );
        assert!(
            !description.contains(is_not_shown),
            "a description holds a character that R37 deletes or R38 replaces: {description:?}, {response:?}"
        );
        let runs = ["  ", "\u{fffd}\u{fffd}"];
        assert!(
            !runs.iter().any(|run| description.contains(run)),
            "a description holds a run (R38): {description:?}, {response:?}"
        );
        assert!(
            !description.starts_with(' ') && !description.ends_with(' '),
            "a description has blank ends (R41): {response:?}"
        );
        let shown = response.secrets.iter().find(|secret| is_hidden_for_sure(secret) && description.contains(*secret));
        assert_eq!(shown, None, "a description holds a secret (R55): {description:?}, {response:?}");
    }
    if let Some(code) = failure.code() {
        assert!((1..=MOST_OF_CODE).contains(&length_of(code)), "a code has a length of R21: {response:?}");
        assert!(
            code.bytes().all(|byte| byte.is_ascii_graphic()),
            "a code is graphic ASCII (R21): {code:?}, {response:?}"
        );
        let shown = response.secrets.iter().find(|secret| is_looked_for(secret) && code.contains(*secret));
        assert_eq!(shown, None, "a code holds a secret (R23): {code:?}, {response:?}");
    }
}

/// A message of clean profile texts is clean, and asks for a sign-in exactly when one is required
/// (R59). Secrets are only looked for in its parts, because a secret may be made of words of the
/// profile.
fn messages_are_clean(failure: &Failure<'_>, response: &Rendered) {
    for message in [failure.message(&ASKING), failure.message_without_server_text(&ASKING)] {
        let message = message.to_string();
        let asks = message.contains(SIGN_IN);
        assert_eq!(asks, failure.relogin_required(), "a message asks for a sign-in: {message:?}, {response:?}");
        let is_clean = !message.contains(|c| is_not_shown(c) && c != SIGN_IN);
        assert!(message.starts_with("P ") && is_clean, "a message of R45 to R48 is clean: {message:?}, {response:?}");
    }
}

/// A delay is at most a week, and only for a retry (R58).
fn a_delay_is_bounded(failure: &Failure<'_>, response: &Rendered) {
    if let Some(seconds) = failure.retry_after() {
        assert!(seconds <= MOST_SECONDS && failure.action() == Action::Retry, "{seconds} s: {response:?}");
    }
}

/// Whether R37 deletes a character or R38 replaces it by a space, by the tables of the corpus.
fn is_not_shown(c: char) -> bool {
    static RANGES: LazyLock<Vec<(u32, u32)>> = LazyLock::new(|| Corpus::embedded().characters.ranges().collect());
    !matches!(c, ' '..='~') && RANGES.iter().any(|(first, last)| (*first..=*last).contains(&u32::from(c)))
}

/// Whether R55 looks for a secret.
fn is_looked_for(secret: &str) -> bool {
    secret.chars().count() >= 8 && !"[redacted]".contains(secret)
}

/// Whether R55 looks for a secret, and no replacement or cut can put it together again: such a secret
/// holds a part of `[redacted]` or the U+2026 of a cut.
fn is_hidden_for_sure(secret: &str) -> bool {
    is_looked_for(secret) && !secret.contains(['[', ']', '\u{2026}'])
}
