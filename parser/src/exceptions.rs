//! Exceptions (R53): what a code means beside a certain text.
//!
//! No row has the empty phrase, which any text holds: a test refuses one until this file looks for it.
//!
//! For speed, each phrase has a *probe*: four of its bytes that are rare in the labelled responses. A text that holds
//! the phrase has one of the two *grams* of its probe, the first or the last three bytes, at an odd position, and a
//! table says which grams are in probes. So one look at every second position passes over most texts: this costs 150
//! instructions for a description of 34 characters, and to compare each phrase at each position 70,000.

use crate::action::{Code, Exception};
use crate::document::Found;
use crate::tables::CODES;

/// For each slot of a gram, the groups of the codes that have it in a probe.
static GROUPS: [u8; 1 << SLOT_BITS] = {
    let mut groups = [0; 1 << SLOT_BITS];
    let mut row = 0;
    while row < CODES.len() {
        let mut exceptions = CODES[row].exceptions;
        while let [exception, others @ ..] = exceptions {
            if let Some((_, [a, b, c, d, ..])) = exception.phrase.as_bytes().split_at_checked(exception.probe) {
                groups[slot(u32::from_le_bytes([*a, *b, *c, 0]) | 0x20_2020)] |= CODES[row].group;
                groups[slot(u32::from_le_bytes([*b, *c, *d, 0]) | 0x20_2020)] |= CODES[row].group;
            }
            exceptions = others;
        }
        row += 1;
    }
    groups
};

const SLOT_BITS: u32 = 12;

/// Returns the slot of a gram, the three lower bytes, each with the bit 0x20, so that a letter has one case.
const fn slot(gram: u32) -> usize {
    (gram.wrapping_mul(0xB2AE_3500) >> (u32::BITS - SLOT_BITS)) as usize
}

/// Returns the first exception of a code whose phrase one of the texts holds.
#[inline(always)]
pub(crate) fn find(row: &'static Code, found: Found<'_, '_>) -> Option<&'static Exception> {
    if row.exceptions.is_empty() {
        return None;
    }
    let mut first = row.exceptions.len();
    found.find_text(|_, text| {
        let text = found.str(text).as_bytes();
        if may_hold(row.group, text) {
            first = first_held(row, first, text);
        }
        None::<()>
    });
    row.exceptions.get(first)
}

/// Returns whether a text may hold a phrase of a group of codes. It reads six grams at a time.
fn may_hold(group: u8, text: &[u8]) -> bool {
    let Some(last) = text.len().checked_sub(14).map(|last| last & !1) else { return true };
    let (mut start, mut groups) = (0, 0);
    loop {
        let window: &[u8; 14] = text[start..].first_chunk().expect("`start` is at most `last`");
        for half in [window.first_chunk(), window.last_chunk()] {
            let bytes = u64::from_le_bytes(*half.expect("14 is more than 8")) | 0x2020_2020_2020_2020;
            groups |= GROUPS[slot((bytes >> 8) as u32)]
                | GROUPS[slot((bytes >> 24) as u32)]
                | GROUPS[slot((bytes >> 40) as u32)];
        }
        if start >= last {
            return groups & group != 0;
        }
        start = last.min(start + 12);
    }
}

/// Returns which of the first exceptions of a code has a phrase that a text holds; their number if none has.
#[cold]
fn first_held(row: &Code, mut first: usize, text: &[u8]) -> usize {
    for (index, window) in text.windows(3).enumerate().skip(1).step_by(2) {
        if GROUPS[slot(u32::from_le_bytes([window[0], window[1], window[2], 0]) | 0x20_2020)] & row.group == 0 {
            continue;
        }
        let is_held = |exception: &Exception| {
            let phrase = exception.phrase.as_bytes();
            // The gram is the first or the last of the probe.
            [exception.probe, exception.probe + 1].into_iter().any(|offset| {
                phrase.get(offset) == Some(&window[0].to_ascii_lowercase())
                    && index.checked_sub(offset).is_some_and(|begin| {
                        text.get(begin..begin + phrase.len()).is_some_and(|part| part.eq_ignore_ascii_case(phrase))
                    })
            })
        };
        first = row.exceptions[..first].iter().position(is_held).unwrap_or(first);
    }
    first
}
