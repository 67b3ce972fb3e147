//! Choices from bytes, which never fail: where the bytes have ended, every choice is the first.

use std::cell::Cell;

use arbitrary::Unstructured;

/// What generators ask. The first choice is always the plain one, so that few bytes give a plain response.
pub(crate) struct Draw<'u>(Cell<&'u [u8]>);

impl Draw<'_> {
    /// Lets `draw` take what it needs of a source.
    pub(crate) fn from<T>(source: &mut Unstructured<'_>, draw: impl FnOnce(&Draw<'_>) -> T) -> T {
        let bytes = source.peek_bytes(source.len()).unwrap_or_default();
        let choices = Draw(Cell::new(bytes));
        let drawn = draw(&choices);
        _ = source.bytes(bytes.len() - choices.0.get().len());
        drawn
    }

    /// A number below `n`; 0 when there is none.
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

    /// One of them.
    pub(crate) fn pick<T: Copy>(&self, choices: &[T]) -> T {
        choices[self.below(choices.len())]
    }

    /// One of them, to be cloned or not.
    pub(crate) fn one_of<'t, T>(&self, choices: &'t [T]) -> &'t T {
        &choices[self.below(choices.len())]
    }

    /// One of them, each as often as its weight says.
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

    /// One of the texts, each as often as its weight says.
    pub(crate) fn text(&self, choices: &[(usize, &'static str)]) -> &'static str {
        self.weighted(choices, |(weight, _)| *weight).1
    }

    /// A code point from one of the ranges, each range as often as any other.
    pub(crate) fn point(&self, ranges: &[(u32, u32)]) -> char {
        let (first, last) = self.pick(ranges);
        // The ends are what goes wrong.
        let inner = (first..=last).nth(self.below((last - first + 1) as usize)).unwrap_or(last);
        char::from_u32(self.pick(&[first, last, inner])).unwrap_or(char::REPLACEMENT_CHARACTER)
    }
}
