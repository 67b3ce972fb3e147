//! Values of options.

use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

use clap::ArgMatches;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use globset::GlobMatcher;
use relogin_conformance::corpus::Level;
use relogin_conformance::glob;

/// Parses a level.
pub(super) fn level() -> impl TypedValueParser<Value = Level> {
    PossibleValuesParser::new(Level::ALL.map(Level::as_str)).try_map(|name| Level::from_str(&name))
}

pub(super) fn glob(text: &str) -> Result<GlobMatcher, String> {
    glob::parse(text).map(|glob| glob.compile_matcher()).map_err(|what| format!("it {what}"))
}

pub(super) fn seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse::<f64>().ok().filter(|seconds| (0.001..=86_400.0).contains(seconds));
    seconds.map(Duration::from_secs_f64).ok_or_else(|| "not a number of seconds from 0.001 to 86400".into())
}

/// The time after which a run ends; `None` for no end.
#[derive(Clone, Copy, Debug)]
pub(super) struct Deadline(pub(super) Option<Duration>);

/// Parses a number of seconds; 0 is for no end.
pub(super) fn deadline(text: &str) -> Result<Deadline, String> {
    if text == "0" { Ok(Deadline(None)) } else { seconds(text).map(|seconds| Deadline(Some(seconds))) }
}

/// Parses an HTTP status.
pub(super) fn status(text: &str) -> Result<u16, String> {
    text.parse().ok().filter(|status| (100..=999).contains(status)).ok_or_else(|| "not a status from 100 to 999".into())
}

/// Returns whether a path is `-`, which means standard input or output.
pub(super) fn is_dash(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// Returns for each use of the argument `later` the number of the last use of `earlier` before it.
pub(super) fn preceding(matches: &ArgMatches, later: &str, earlier: &str) -> Vec<Option<usize>> {
    let indices = |name: &str| matches.indices_of(name).into_iter().flatten().collect::<Vec<usize>>();
    let earlier = indices(earlier);
    indices(later).into_iter().map(|later| earlier.iter().rposition(|index| *index < later)).collect()
}
