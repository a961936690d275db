//! The pause after a provider that did not answer.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// The longest pause; the first is of a second, each next one twice as long.
const REST_MAX: Duration = Duration::from_secs(64);

/// The pause after a provider that did not answer: nobody asks it then.
#[derive(Debug, Default)]
pub(super) struct Rest(Mutex<Pause>);

#[derive(Debug, Default)]
struct Pause {
    /// How long the last one was.
    length: Duration,
    until: Option<Instant>,
}

impl Rest {
    /// Begins a pause, or goes on with the one that there is; how long it is in all.
    pub(super) fn begin(&self) -> Duration {
        let mut pause = self.lock();
        // Those who were asking when it began say nothing new.
        if pause.left().is_none() {
            pause.length = (pause.length * 2).clamp(Duration::from_secs(1), REST_MAX);
            pause.until = Some(Instant::now() + pause.length);
        }
        pause.length
    }

    /// The provider answers.
    pub(super) fn end(&self) {
        *self.lock() = Pause::default();
    }

    /// How much of a pause is left, if there is one.
    pub(super) fn left(&self) -> Option<Duration> {
        self.lock().left()
    }

    fn lock(&self) -> MutexGuard<'_, Pause> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pause {
    fn left(&self) -> Option<Duration> {
        self.until?.checked_duration_since(Instant::now()).filter(|left| !left.is_zero())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_grows_until_somebody_answers_and_never_past_its_limit() {
        let rest = Rest::default();
        assert!(rest.left().is_none());
        let mut lengths = Vec::new();
        for _ in 0..9 {
            lengths.push(rest.begin().as_secs());
            assert_eq!(rest.begin().as_secs(), lengths[lengths.len() - 1], "one at a time");
            rest.lock().until = None;
        }
        assert_eq!(lengths, [1, 2, 4, 8, 16, 32, 64, 64, 64]);
        rest.begin();
        assert!(rest.left().is_some());
        rest.end();
        assert!(rest.left().is_none());
        assert_eq!(rest.begin().as_secs(), 1);
    }
}
