//! Choices read from bytes. They never fail: after the end of the bytes, every choice is the first.

use std::cell::Cell;

use arbitrary::Unstructured;

/// The source of a generator's choices. The first choice is always the plain one, so few bytes give
/// a plain response.
pub(crate) struct Draw<'u>(Cell<&'u [u8]>);

impl Draw<'_> {
    /// Runs `draw` on a source, and takes from the source the bytes that it used.
    pub(crate) fn from<T>(source: &mut Unstructured<'_>, draw: impl FnOnce(&Draw<'_>) -> T) -> T {
        let bytes = source.peek_bytes(source.len()).unwrap_or_default();
        let choices = Draw(Cell::new(bytes));
        let drawn = draw(&choices);
        _ = source.bytes(bytes.len() - choices.0.get().len());
        drawn
    }

    /// A number below `n`; 0 when `n` is 0.
    pub(crate) fn below(&self, n: usize) -> usize {
        let mut source = Unstructured::new(self.0.get());
        let number = source.int_in_range(0..=n.saturating_sub(1)).unwrap_or(0);
        self.0.set(source.take_rest());
        number
    }

    /// A number from one to another, both included.
    pub(crate) fn range(&self, first: usize, last: usize) -> usize {
        first + self.below(last - first + 1)
    }

    /// True once in `n` times.
    pub(crate) fn one_in(&self, n: usize) -> bool {
        self.below(n) == n - 1
    }

    /// One of the choices.
    pub(crate) fn pick<T: Copy>(&self, choices: &[T]) -> T {
        choices[self.below(choices.len())]
    }

    /// A reference to one of the choices.
    pub(crate) fn one_of<'t, T>(&self, choices: &'t [T]) -> &'t T {
        &choices[self.below(choices.len())]
    }

    /// One of the choices, each with a chance in proportion to its weight.
    pub(crate) fn weighted<'t, T>(&self, choices: &'t [T], weight: impl Fn(&T) -> usize) -> &'t T {
        let mut left = self.below(choices.iter().map(&weight).sum());
        let chosen = choices.iter().find(|choice| {
            let weight = weight(choice);
            let is_it = left < weight;
            left = left.saturating_sub(weight);
            is_it
        });
        chosen.unwrap_or(&choices[0])
    }

    /// One of the texts, each with a chance in proportion to its weight.
    pub(crate) fn text(&self, choices: &[(usize, &'static str)]) -> &'static str {
        self.weighted(choices, |(weight, _)| *weight).1
    }

    /// A code point from one of the ranges, each range as often as any other.
    pub(crate) fn point(&self, ranges: &[(u32, u32)]) -> char {
        let (first, last) = self.pick(ranges);
        // Mistakes are at the ends of a range.
        let inner = (first..=last).nth(self.below((last - first + 1) as usize)).unwrap_or(last);
        char::from_u32(self.pick(&[first, last, inner])).unwrap_or(char::REPLACEMENT_CHARACTER)
    }
}
