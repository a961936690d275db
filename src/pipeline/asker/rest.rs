//! The pause after a provider that did not answer.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// The longest pause of ours; the first is of a second, each next one twice as long.
const REST_MAX: Duration = Duration::from_secs(64);

/// The pause after a provider that did not answer: with this key nobody asks it then.
#[derive(Debug, Default)]
pub(super) struct Rest(Mutex<Pause>);

#[derive(Debug, Default)]
struct Pause {
    /// How long the last one of ours was.
    length: Duration,
    began: Option<Instant>,
    until: Option<Instant>,
}

impl Rest {
    /// Begins a pause, or goes on with the one that there is, and makes it no shorter than the provider asks for; how
    /// much of it is left.
    pub(super) fn begin(&self, asked_for: Option<Duration>) -> Duration {
        let (mut pause, now) = (self.lock(), Instant::now());
        // Those who were asking when it began say nothing new.
        if pause.left(now).is_none() {
            pause.length = (pause.length * 2).clamp(Duration::from_secs(1), REST_MAX);
            pause.began = Some(now);
            pause.until = Some(now + pause.length);
        }
        let asked_for = asked_for.map(|asked_for| now + asked_for);
        pause.until = pause.until.max(asked_for);
        pause.left(now).unwrap_or_default()
    }

    /// The provider answers who asked it then. Who asked before the pause began says nothing of the time since.
    pub(super) fn end(&self, asked_at: Instant) {
        let mut pause = self.lock();
        if pause.began.is_none_or(|began| began < asked_at) {
            *pause = Pause::default();
        }
    }

    /// How much of a pause is left, if there is one.
    pub(super) fn left(&self) -> Option<Duration> {
        self.lock().left(Instant::now())
    }

    fn lock(&self) -> MutexGuard<'_, Pause> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pause {
    fn left(&self, now: Instant) -> Option<Duration> {
        self.until?.checked_duration_since(now).filter(|left| !left.is_zero())
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
            lengths.push(rest.begin(None).as_secs());
            let length = rest.lock().length;
            rest.begin(None);
            assert_eq!(rest.lock().length, length, "one at a time");
            rest.lock().until = None;
        }
        assert_eq!(lengths, [1, 2, 4, 8, 16, 32, 64, 64, 64]);
        rest.begin(None);
        assert!(rest.left().is_some());
        rest.end(Instant::now());
        assert!(rest.left().is_none());
        assert_eq!(rest.begin(None).as_secs(), 1);
    }

    #[test]
    fn a_provider_that_asks_for_more_is_given_it() {
        let rest = Rest::default();
        let asked_for = |seconds| Some(Duration::from_secs(seconds));
        assert_eq!(rest.begin(asked_for(0)).as_secs(), 1, "no less than ours");
        assert_eq!(rest.begin(asked_for(900)).as_secs(), 900, "it is made longer");
        assert!(rest.begin(asked_for(5)).as_secs() > 800, "and no shorter");
    }

    #[test]
    fn who_asked_before_a_pause_does_not_end_it() {
        let rest = Rest::default();
        let asked_at = Instant::now();
        rest.begin(None);
        rest.end(asked_at);
        assert!(rest.left().is_some());
    }
}
