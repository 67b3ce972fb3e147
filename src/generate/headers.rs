//! Headers: those that are read, and others that are nearly one.

use super::draw::Draw;
use super::tables::tables;
use super::words;

/// Headers that are not read.
const OTHERS: [&str; 10] = [
    "date",
    "www-authenticate",
    "content-type",
    "dpop-nonce",
    "cf-ray",
    "x-retry-after",
    "retry_after",
    "retryafter",
    "retry-after-ms",
    "cf-mitigated-by",
];

/// Values of `retry-after`, those in seconds first.
const DELAYS: [&str; 30] = [
    "60",
    "0",
    "1",
    "604800",
    "604799",
    "604801",
    "124633",
    "00060",
    "4294967295",
    "4294967296",
    "18446744073709551616",
    "99999999999999999999999999999999",
    "",
    " ",
    "-1",
    "+5",
    "1.5",
    "1e3",
    "0x10",
    "60s",
    "1_000",
    "1,000",
    "60, 120",
    "6 0",
    "Wed, 21 Oct 2026 07:28:00 GMT",
    "never",
    "\u{ff15}",
    "\u{661}0",
    "5\u{b2}",
    "null",
];

/// Values of a header of `headers.json`; those without a character that is not trimmed do not count.
const SIGNS: [&str; 8] = ["challenge", "block", "", " ", "\t\r\n", "0", "false", "\u{a0}"];

/// Headers of which most matter.
pub(crate) fn headers(draw: &Draw<'_>) -> Vec<(String, String)> {
    let many = draw.pick(&[1, 1, 2, 3]);
    let mut headers: Vec<_> = (0..many).map(|_| header(draw)).collect();
    if draw.one_in(5) {
        // The same header again, in another case or with another value.
        let (name, value) = draw.one_of(&headers).clone();
        let value = if draw.one_in(2) { value } else { delay(draw) };
        let twin = (words::recased(draw, &name), value);
        headers.insert(draw.below(headers.len() + 1), twin);
    }
    headers
}

fn header(draw: &Draw<'_>) -> (String, String) {
    match draw.below(8) {
        0..=3 => (spelled(draw, "retry-after"), delay(draw)),
        4..=5 => {
            let name = draw.pick(&tables().headers);
            (spelled(draw, name), padded(draw, draw.pick(&SIGNS)))
        }
        _ => (
            draw.pick(&OTHERS).to_owned(),
            draw.pick(&["60", "challenge", "Bearer error=\"invalid_token\"", ""]).to_owned(),
        ),
    }
}

/// A value of `retry-after`.
pub(crate) fn delay(draw: &Draw<'_>) -> String {
    let value = if draw.one_in(2) { draw.pick(&DELAYS[..12]) } else { draw.pick(&DELAYS) };
    padded(draw, value)
}

/// A name in lower case, in another case, or nearly the name.
pub(crate) fn spelled(draw: &Draw<'_>, name: &str) -> String {
    match draw.below(6) {
        0..=2 => name.to_owned(),
        3 => words::recased(draw, name),
        4 => "Retry-After".to_owned(),
        _ => draw.pick(&["retry-after", "RETRY-AFTER", "CF-Mitigated", "cf-mitigated", "cf_mitigated"]).to_owned(),
    }
}

fn padded(draw: &Draw<'_>, value: &str) -> String {
    if draw.one_in(6) { words::padded(draw, value) } else { value.to_owned() }
}
