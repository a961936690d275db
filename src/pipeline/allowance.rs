//! Tokens that may be spent in a day.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::person::clock;

/// Tokens that may be spent in a day (UTC). Those who look at once may both begin the last of them.
#[derive(Debug)]
pub(super) struct Allowance {
    daily_tokens_max: u64,
    today: Mutex<Day>,
}

#[derive(Debug, Default)]
struct Day {
    /// Since the Unix epoch.
    number: i64,
    tokens: u64,
}

/// Tokens that were spent before it was known how many it takes.
#[derive(Debug)]
#[must_use = "what it took in the end is to be settled"]
pub(super) struct Ahead {
    tokens: u64,
    /// The day they were spent on.
    day: i64,
}

impl Allowance {
    /// Nothing spent yet.
    pub(super) fn new(daily_tokens_max: u64) -> Self {
        Self { daily_tokens_max, today: Mutex::default() }
    }

    pub(super) fn has_tokens(&self) -> bool {
        self.on(today()).tokens < self.daily_tokens_max
    }

    pub(super) fn spend(&self, tokens: u64) {
        self.on(today()).spend(tokens);
    }

    pub(super) fn spend_ahead(&self, tokens: u64) -> Ahead {
        self.spend_ahead_on(today(), tokens)
    }

    /// Spends what it took in the end instead of what was spent ahead. What another day paid ahead stays with that day,
    /// and today pays the rest.
    pub(super) fn settle(&self, ahead: Ahead, tokens: u64) {
        self.settle_on(today(), ahead, tokens);
    }

    fn spend_ahead_on(&self, day: i64, tokens: u64) -> Ahead {
        self.on(day).spend(tokens);
        Ahead { tokens, day }
    }

    fn settle_on(&self, day: i64, ahead: Ahead, tokens: u64) {
        let mut today = self.on(day);
        if today.number == ahead.day {
            today.tokens = today.tokens.saturating_sub(ahead.tokens);
            today.spend(tokens);
        } else {
            today.spend(tokens.saturating_sub(ahead.tokens));
        }
    }

    /// What was spent on this day, which is today.
    fn on(&self, day: i64) -> MutexGuard<'_, Day> {
        let mut today = self.today.lock().unwrap_or_else(PoisonError::into_inner);
        if today.number != day {
            *today = Day { number: day, tokens: 0 };
        }
        today
    }
}

impl Day {
    fn spend(&mut self, tokens: u64) {
        self.tokens = self.tokens.saturating_add(tokens);
    }
}

/// The day it is (UTC), since the Unix epoch.
fn today() -> i64 {
    clock::now().div_euclid(86_400)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_has_so_many_tokens_and_no_more() {
        let allowance = Allowance::new(10);
        assert!(allowance.has_tokens());
        allowance.spend(10);
        assert!(!allowance.has_tokens());
        allowance.on(1).spend(0);
        assert!(allowance.has_tokens(), "another day");
        assert!(!Allowance::new(0).has_tokens());
    }

    #[test]
    fn what_it_took_in_the_end_takes_the_place_of_what_was_spent_ahead() {
        let allowance = Allowance::new(10);
        for (ahead, took, spent) in [(8, 3, 3), (5, 0, 3), (2, 9, 12)] {
            let ahead = allowance.spend_ahead_on(7, ahead);
            allowance.settle_on(7, ahead, took);
            assert_eq!(allowance.on(7).tokens, spent);
        }
    }

    #[test]
    fn what_was_spent_ahead_before_midnight_is_no_gift_to_the_next_day() {
        for (took, pays) in [(0, 4), (8, 4), (11, 7)] {
            let allowance = Allowance::new(10);
            let ahead = allowance.spend_ahead_on(7, 8);
            allowance.on(8).spend(4);
            allowance.settle_on(8, ahead, took);
            assert_eq!(allowance.on(8).tokens, pays, "{took}");
        }
    }

    #[test]
    fn however_much_a_provider_says_it_took_it_does_not_begin_anew() {
        let allowance = Allowance::new(10);
        let ahead = allowance.spend_ahead_on(7, 1);
        allowance.settle_on(7, ahead, u64::MAX);
        allowance.on(7).spend(u64::MAX);
        assert_eq!(allowance.on(7).tokens, u64::MAX);
    }
}
