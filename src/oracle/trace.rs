//! Which rules had a say in a verdict. Each line that inserts a number says in a comment when that
//! rule counts.
//!
//! Nothing here changes a verdict. The corpus says which rules a vector shows, the search for
//! differences which rules a finding is about, and the generators are measured by how often each
//! rule counts.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use relogin::Action;

use super::action::{Found, Step};
use super::code::Content;
use super::description::Cleaning;
use super::document::{MOST_OF_BARE_TEXT, Reading, without_byte_order_mark};
use super::failure::Failure;
use super::form::media_type;
use super::headers::{Headers, header};
use super::json::Refusal;
use super::places::places_in;
use super::success::Success;
use super::text::{Text, texts_and_codes};
use super::value::{Member, Value, elements, member, string, strings};
use super::words::{is_blank, trim};
use crate::corpus::{Corpus, Keys, Level, Places, Profile};

type Numbers = BTreeSet<u8>;

/// Section 3.
pub(super) fn of_reading(body: &[u8], content_type: Option<&str>, reading: &Reading) -> Numbers {
    let mut numbers = Numbers::new();
    if let Reading::TooLarge = reading {
        // R6 counts when the body is too large.
        return Numbers::from([6]);
    }
    let rest = without_byte_order_mark(body);
    // R7 counts when a byte order mark is dropped.
    insert_if(&mut numbers, 7, rest.len() < body.len());
    match reading {
        Reading::TooLarge => {}
        Reading::Json(json) => {
            // R9 counts when the body is read as JSON.
            numbers.insert(9);
            // R8 counts when the body is read as JSON and is not UTF-8.
            insert_if(&mut numbers, 8, std::str::from_utf8(rest).is_err());
            match json {
                // R10 counts when the body is refused because it is not JSON, R14 when it is
                // refused at level 65.
                Err(Refusal::NotJson) => _ = numbers.insert(10),
                Err(Refusal::TooDeep) => _ = numbers.insert(14),
                Ok(json) => {
                    // R12 counts when a lone surrogate is replaced, anywhere in the text.
                    insert_if(&mut numbers, 12, json.lone_surrogates > 0);
                    // R13 counts when some number would be spelled differently after it was read as
                    // a double.
                    insert_if(&mut numbers, 13, holds_number_that_changes(&json.value));
                    // R19 counts when the document is an array, which has no top level.
                    insert_if(&mut numbers, 19, matches!(json.value, Value::Array(_)));
                }
            }
        }
        Reading::Form(pairs) => {
            // R15 counts when the body is read as a form, R16 when the form has a pair.
            numbers.insert(15);
            insert_if(&mut numbers, 16, !pairs.is_empty());
        }
        Reading::BareText(text) => {
            // R51 counts when the body is a bare text. R1 counts here when that loses a character.
            numbers.insert(51);
            insert_if(&mut numbers, 1, is_trimmed([text.as_str()]));
        }
        // R17 counts when the body is not JSON, a form or a bare text.
        Reading::Nothing => _ = numbers.insert(17),
    }
    // R8 counts, too, when a body that is short enough for a bare text is not UTF-8.
    let may_be_bare = matches!(reading, Reading::Nothing) && rest.len() <= MOST_OF_BARE_TEXT;
    insert_if(&mut numbers, 8, may_be_bare && std::str::from_utf8(rest).is_err());
    // R1 counts here when the media type is asked for and loses a character.
    let is_asked = !matches!(reading, Reading::TooLarge | Reading::Json(_));
    let media_type = content_type.filter(|_| is_asked).map(media_type);
    insert_if(&mut numbers, 1, is_trimmed(media_type));
    numbers
}

fn holds_number_that_changes(value: &Value) -> bool {
    match value {
        Value::Number(text) => text == "-0" || text.parse::<f64>().map_or(true, |number| number.to_string() != *text),
        Value::Array(elements) => elements.iter().any(holds_number_that_changes),
        Value::Object(members) => members.iter().any(|member| holds_number_that_changes(&member.value)),
        Value::Null | Value::Boolean | Value::String(_) => false,
    }
}

/// R3 to R5, and the rules about the members that they ask for.
pub(super) fn of_success(reading: &Reading, success: &Success) -> Numbers {
    let mut numbers = Numbers::new();
    let Some(top_level) = reading.top_level() else { return numbers };
    let Success { has_token, error, errors } = *success;
    // R3 counts when the response is not a failure.
    insert_if(&mut numbers, 3, success.holds());
    // R4 counts when only `error` (or `error` and `errors`) keeps the response from being a
    // success; R5 likewise.
    insert_if(&mut numbers, 4, has_token && error);
    insert_if(&mut numbers, 5, has_token && errors);
    insert_if(&mut numbers, 11, has_duplicate(top_level, &OF_SUCCESS));
    // Of a failure more keys are asked for.
    let has_lookalike = success.holds() && has_lookalike(top_level, &OF_SUCCESS, &LETTERS_OF_SUCCESS);
    insert_if(&mut numbers, 30, has_lookalike);
    // R1 counts here when the access token loses a character, or a string in `error` or `errors`
    // that R4 or R5 asks for.
    let value = |key| member(top_level, key);
    let token = value("access_token").and_then(string);
    let of_errors = [value("error"), value("errors")].into_iter().filter(|_| has_token);
    let asked = of_errors.flat_map(|value| value.and_then(string).into_iter().chain(strings(elements(value))));
    insert_if(&mut numbers, 1, is_trimmed(token.into_iter().chain(asked)));
    numbers
}

/// Sections 4 to 7.
pub(super) fn of_failure(
    failure: &Failure<'_>,
    headers: Headers<'_>,
    profile: &Profile,
    secrets: &[String],
) -> Numbers {
    let mut numbers = Numbers::new();
    of_objects(&mut numbers, failure);
    of_code(&mut numbers, failure);
    of_texts(&mut numbers, failure, secrets);
    of_headers(&mut numbers, headers);
    of_action(&mut numbers, failure);
    of_description(&mut numbers, failure);
    of_message(&mut numbers, failure, profile, secrets);
    // R43 counts when there is a verdict: it has a code, or the fallback. R44 counts when there is
    // a verdict.
    numbers.extend([43, 44]);
    numbers
}

/// R11, R18, R30 and R60.
fn of_objects(numbers: &mut Numbers, failure: &Failure<'_>) {
    let (keys, places) = (&Corpus::embedded().keys, &failure.places);
    // R18 and R60 count when they find the error object.
    numbers.extend(places.error_object_rule);
    // R11 counts when JSON holds a key more than once that is asked for; in a form that is R16.
    let keys_of = |places: &'static Places| places.code.iter().chain(&places.text);
    let of_error_object: Vec<&str> = keys_of(&keys.error_object).map(|row| row.key.as_str()).collect();
    let of_top_level = keys_of(&keys.top_level).chain(&keys.objects).map(|row| row.key.as_str());
    let of_top_level: Vec<&str> = of_top_level.chain(OF_SUCCESS).collect();
    for (object, asked) in [(places.error_object, of_error_object), (places.top_level, of_top_level)] {
        insert_if(numbers, 11, object.is_some_and(|object| has_duplicate(object, &asked)));
        insert_if(numbers, 30, object.is_some_and(|object| has_lookalike(object, &asked, &LETTERS)));
    }
}

fn has_duplicate(members: &[Member], keys: &[&str]) -> bool {
    keys.iter().any(|key| members.iter().filter(|member| member.key == *key).count() > 1)
}

/// The keys that R3 to R5, R18 and R29 ask for.
const OF_SUCCESS: [&str; 3] = ["access_token", "error", "errors"];

/// The letters of [`OF_SUCCESS`].
static LETTERS_OF_SUCCESS: LazyLock<BTreeSet<String>> =
    LazyLock::new(|| OF_SUCCESS.iter().map(|key| letters(key)).collect());

/// The letters of all keys that rules ask for.
static LETTERS: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
    let Keys { objects, error_object, top_level, .. } = &Corpus::embedded().keys;
    let rows = [objects, &error_object.code, &error_object.text, &top_level.code, &top_level.text];
    rows.into_iter().flatten().map(|row| row.key.as_str()).chain(OF_SUCCESS).map(letters).collect()
});

/// A key without case and punctuation.
fn letters(key: &str) -> String {
    key.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase()
}

/// R30 counts when a key of the top level or the error object is not asked for there, or is spelled with escapes, and
/// has the letters of a key that rules ask for; is like another key there; or is special in some language.
fn has_lookalike(members: &[Member], asked: &[&str], wanted: &BTreeSet<String>) -> bool {
    let mut seen = BTreeMap::new();
    members.iter().any(|Member { key, escaped, .. }| {
        let is_asked = asked.contains(&key.as_str());
        let is_like_wanted = wanted.contains(&letters(key)) && (!is_asked || *escaped);
        let is_like_another = is_asked && seen.insert(letters(key), key).is_some_and(|other| other != key);
        is_like_wanted || is_like_another || ["__proto__", "constructor"].contains(&key.as_str())
    })
}

/// R1 and R20 to R25.
fn of_code(numbers: &mut Numbers, failure: &Failure<'_>) {
    let places = &failure.code_places;
    let first = places.iter().position(|(_, content)| content.code().is_some());
    let later = first.map_or(&[][..], |first| &places[first + 1..]);
    let later: Vec<Level> =
        later.iter().filter(|(_, content)| content.code().is_some()).map(|((row, _), _)| row.level).collect();
    let is_followed = !later.is_empty();
    if let Some(first) = first {
        // R20 counts when the code stands in a core place, or when another code follows; R25 when
        // the code or one that follows stands in a dialect place.
        let (row, _) = places[first].0;
        numbers.insert(if row.level == Level::Core { 20 } else { 25 });
        insert_if(numbers, 20, is_followed);
        insert_if(numbers, 25, later.contains(&Level::Dialects));
    }
    // R24 counts when a place before the code is passed over, or another code follows;
    // and, when there is no code, when a member is passed over.
    let is_passed_over = places.iter().any(|(_, content)| !matches!(content, Content::Missing));
    insert_if(numbers, 24, first.map_or(is_passed_over, |first| first > 0 || is_followed));
    // R21 to R23 count when a string in a place that is asked is refused by them.
    // R1 counts here when such a string loses a character.
    for ((_, value), content) in &places[..first.map_or(places.len(), |first| first + 1)] {
        if let Content::Refused(rule) = content {
            numbers.insert(*rule);
        }
        insert_if(numbers, 1, is_trimmed(value.and_then(string)));
    }
}

/// R1, R21 to R23 and R26 to R29.
fn of_texts(numbers: &mut Numbers, failure: &Failure<'_>, secrets: &[String]) {
    let (places, texts) = (&failure.places, &failure.texts);
    // R29 counts when `errors` holds a string that is not blank, even if 16 strings stand before
    // it.
    insert_if(numbers, 29, places.errors.iter().any(|text| !is_blank(text)));
    // R27 counts when `error` is a text, or when it would be the first text if it were not a code.
    let would_be_first = texts_and_codes(places).first().is_some_and(Text::is_in_error);
    insert_if(numbers, 27, would_be_first || texts.iter().any(Text::is_in_error));
    // R26 counts when there are two texts or more, which are then in order.
    insert_if(numbers, 26, texts.len() > 1);
    let of_error_object = places_in(places.error_object, &Corpus::embedded().keys.error_object.text);
    let of_top_level = places_in(places.top_level, &Corpus::embedded().keys.top_level.text);
    for (row, value) in of_error_object.into_iter().chain(of_top_level) {
        let Some(value) = value else { continue };
        let text = string(value);
        if row.unless_code {
            // R21 to R23 count when they keep `error` from being a code, and so make it a text.
            if let Content::Refused(rule) = Content::of(Some(value), secrets) {
                numbers.insert(rule);
            }
        } else {
            // R26 counts when a member in a text place is passed over, except for `error`, which
            // often holds something else.
            insert_if(numbers, 26, text.is_none_or(is_blank));
        }
        // R1 counts here when a string in a text place loses a character.
        insert_if(numbers, 1, is_trimmed(text));
    }
    insert_if(numbers, 1, is_trimmed(places.errors.iter().copied()));
}

/// R1, R50 and R58.
fn of_headers(numbers: &mut Numbers, headers: Headers<'_>) {
    // R58 counts when there is a header `retry-after`.
    insert_if(numbers, 58, header(headers, "retry-after").is_some());
    let that_decide = Corpus::embedded().headers.iter().map(|row| row.header.as_str());
    for read in that_decide.chain(["retry-after"]) {
        let same: Vec<_> = headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case(read)).collect();
        let is_lookalike = |name: &str| letters(name) == letters(read) && !name.eq_ignore_ascii_case(read);
        let is_padded = same.first().is_some_and(|(_, value)| is_trimmed([value.as_str()]));
        // R1 counts here when the value loses a character.
        insert_if(numbers, 1, is_padded);
        // R50 counts when a header that is read is spelled in another case, is there twice or loses a character; and
        // when the name of another header is like that of one.
        let in_other_case = same.iter().any(|(name, _)| name != read);
        let has_lookalike = headers.iter().any(|(name, _)| is_lookalike(name));
        insert_if(numbers, 50, in_other_case || same.len() > 1 || is_padded || has_lookalike);
    }
}

/// R2, R31 to R36 and R52 to R54.
fn of_action(numbers: &mut Numbers, failure: &Failure<'_>) {
    // Each of these rules counts when its step decides.
    let code = failure.code.unwrap_or_default();
    let (rule, text, spelled, registered) = match &failure.step {
        Step::Status => (31, None, "", None),
        Step::Header(_) => (52, None, "", None),
        Step::Exception(row, text) => (53, Some(text), code, Some(&row.code)),
        Step::Code(row) => (32, None, code, row.map(|row| &row.code)),
        Step::TextIsCode(Found { text, spelled, row }) => (33, Some(text), spelled.as_str(), Some(&row.code)),
        Step::TextHoldsCode(Found { text, spelled, row }) => (34, Some(text), spelled.as_str(), Some(&row.code)),
        Step::StatusWithoutCode => (54, None, "", None),
        Step::Nothing => (35, None, "", None),
    };
    numbers.insert(rule);
    // R32 counts when the code decides, by its row or by an exception.
    insert_if(numbers, 32, rule == 53);
    // R26, R28, R29 and R51 count when a text that they allow decides.
    numbers.extend(text.map(Text::rule));
    // R2 counts when the code that decides is spelled differently in the tables.
    insert_if(numbers, 2, registered.is_some_and(|registered| registered != spelled));
    // R36 counts when it makes the action `unknown`.
    insert_if(numbers, 36, failure.is_overruled);
}

/// R26, R28, R29, R37, R38, R41, R42, R51 and R55 to R57.
fn of_description(numbers: &mut Numbers, failure: &Failure<'_>) {
    for Cleaning { decoded, visible, spaced, secret, long_run, redacted, cleaned } in &failure.cleanings {
        // R37, R38, R57 and R41 each count when they change a text on the way to the description.
        insert_if(numbers, 37, visible != decoded);
        insert_if(numbers, 38, spaced != visible);
        insert_if(numbers, 57, redacted != spaced);
        insert_if(numbers, 41, cleaned != redacted);
        // R55 and R56 each count when they mark a character.
        insert_if(numbers, 55, secret.contains(&true));
        insert_if(numbers, 56, long_run.contains(&true));
        // R42 counts when nothing is left of a text.
        insert_if(numbers, 42, cleaned.is_empty());
    }
    if failure.description.is_some() {
        // R26, R28, R29 and R51 count when a text that they allow becomes the description.
        numbers.extend(failure.texts.get(failure.cleanings.len() - 1).map(|text| text.rule()));
    }
}

/// R45 to R49 and R59.
fn of_message(numbers: &mut Numbers, failure: &Failure<'_>, profile: &Profile, secrets: &[String]) {
    // R45 to R48 each count when the message is theirs.
    let rule = failure.message.rule;
    numbers.insert(rule);
    // R59 counts when it adds to the message.
    let is_followed = rule != 45 && failure.action == Action::Relogin;
    insert_if(numbers, 59, is_followed);
    let Profile { product, other_clients, sign_in, .. } = profile;
    let of_profile: &[&String] = match rule {
        45 => &[product, other_clients, sign_in],
        _ if is_followed => &[product, sign_in],
        _ => &[product],
    };
    let of_server = match rule {
        46 => failure.description.as_deref(),
        47 => failure.code,
        _ => None,
    };
    let placeholders = ["{product}", "{other_clients}", "{sign_in}", "{description}", "{code}", "{status}"];
    let looks_like_one = |text: &str| placeholders.iter().any(|placeholder| text.contains(placeholder));
    let would_change = |text: &str| Cleaning::of(text, secrets).cleaned != *text;
    // R49 counts when a text that is filled in looks like a placeholder, or when section 6 would
    // change one of the profile.
    let is_shown = of_profile.iter().any(|text| looks_like_one(text) || would_change(text));
    insert_if(numbers, 49, is_shown || of_server.is_some_and(looks_like_one));
}

fn is_trimmed<'t>(texts: impl IntoIterator<Item = &'t str>) -> bool {
    texts.into_iter().any(|text| trim(text) != text)
}

fn insert_if(numbers: &mut Numbers, rule: u8, counts: bool) {
    if counts {
        numbers.insert(rule);
    }
}
