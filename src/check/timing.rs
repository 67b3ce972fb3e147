//! Time: a reader that takes quadratic time is found by its own times, so that a slow machine or language fails
//! nothing.

use std::time::{Duration, Instant};

use super::judge::no_answer;
use super::outcome::Outcome;
use super::results::Judged;
use crate::corpus::{Input, Request, Vector};

/// A shorter time is not looked at: it harms nobody, and on a busy machine a short task runs at once where a long one
/// waits.
const LEAST: Duration = Duration::from_secs(1);
/// The shorter body has this part of the longer one, for which linear time is so many times as long, and quadratic time
/// its square. The limit lies between them, with room for a busy machine.
const PART: usize = 8;
const MOST: u32 = 24;
/// Each is measured at most so often, and the best time counts.
const TIMES: usize = 3;

/// The pace of the replies of a run.
pub struct Pace {
    last: Instant,
}

impl Pace {
    /// Begins now.
    #[must_use]
    pub fn begin() -> Self {
        Self { last: Instant::now() }
    }

    /// Notes a reply. Returns whether it may have taken so long that its time must be measured: it came long after the
    /// one before. A port takes no longer for a request than that, since it replies to one after the other.
    pub fn is_slow(&mut self) -> bool {
        let before = std::mem::replace(&mut self.last, Instant::now());
        self.last - before >= LEAST / 2 // the replies may be read late
    }
}

/// Measures the time for a vector against that for a shorter one. Returns the result if it grows too fast. `time`
/// returns the time for a request, or `None` without an answer.
pub fn judge_time(vector: &Vector, mut time: impl FnMut(Request<'_>) -> Option<Duration>) -> Option<Judged> {
    let long = Request::of(vector);
    let shorter = Input { body: vector.input.body.cut_to(PART), ..vector.input.clone() };
    let short = Request { input: &shorter, ..long };
    let mut best = [Duration::MAX; 2];
    for _ in 0..TIMES {
        best = [best[0].min(time(short)?), best[1].min(time(long)?)];
        if best[1] < LEAST || best[1] <= best[0].saturating_mul(MOST) {
            return None;
        }
    }
    let [short_bytes, long_bytes] = [shorter.body.size(), vector.input.body.size()];
    let [short, long] = best.map(|time| time.as_millis());
    Some(no_answer(
        Outcome::Slow,
        format!(
            "took {long} ms for {long_bytes} bytes and {short} ms for {short_bytes}: it takes quadratic time, and a server can \
             make it hang"
        ),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns whether a reader fails that takes this many microseconds for a body of `bytes`.
    fn is_slow(micros: impl Fn(u64) -> u64) -> bool {
        let vector = serde_json::json!({
            "id": "core/a/b", "title": "t", "rules": ["R1"], "near": [], "source": {"what": "w", "url": null}, "expect": null,
            "input": {
                "status": 400, "content_type": null, "profile": "codex", "secrets": [],
                "body": {"parts": [{"repeat": " ", "times": 200_000}]},
            },
        });
        let vector: Vector = serde_json::from_value(vector).expect("the vector is one");
        let time = |request: Request<'_>| Some(Duration::from_micros(micros(request.input.body.size() as u64)));
        judge_time(&vector, time).is_some()
    }

    #[test]
    fn quadratic_time_fails_and_linear_time_does_not() {
        assert!(is_slow(|bytes| bytes * bytes / 10_000));
        assert!(is_slow(|bytes| 5_000 + bytes * bytes / 30_000));
        assert!(!is_slow(|bytes| bytes * 1_000));
        assert!(!is_slow(|bytes| 1_000 + bytes * 40));
        assert!(!is_slow(|bytes| bytes * bytes / 100_000)); // 0.4 s
    }
}
