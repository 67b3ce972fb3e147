//! Progress bars.

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use relogin_conformance::text::safe;

/// Progress bars on standard error, one for each running implementation. Hidden if it is not a terminal.
pub(super) struct Bars(MultiProgress);

impl Bars {
    pub(super) fn new() -> Self {
        Self(MultiProgress::new())
    }

    pub(super) fn add(&self, length: usize, name: &str) -> ProgressBar {
        let style =
            ProgressStyle::with_template("{msg:16} {wide_bar} {pos}/{len}").expect("the template is well-formed");
        self.0.add(ProgressBar::new(length as u64).with_style(style).with_message(safe(name, 16)))
    }
}
