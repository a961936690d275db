//! Tokens that may be spent in a day.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use crate::person::clock;

/// Tokens that may be spent in a day (UTC). Those who look at once may both begin the last of them.
#[derive(Debug)]
pub(super) struct Allowance {
    daily_tokens_max: u64,
    day: AtomicI64,
    tokens_today: AtomicU64,
}

impl Allowance {
    /// Nothing spent yet.
    pub(super) fn new(daily_tokens_max: u64) -> Self {
        Self { daily_tokens_max, day: AtomicI64::new(0), tokens_today: AtomicU64::new(0) }
    }

    pub(super) fn has_tokens(&self) -> bool {
        let today = clock::now() / 86_400;
        if self.day.swap(today, Ordering::Relaxed) != today {
            self.tokens_today.store(0, Ordering::Relaxed);
        }
        self.tokens_today.load(Ordering::Relaxed) < self.daily_tokens_max
    }

    pub(super) fn spend(&self, tokens: u64) {
        self.tokens_today.fetch_add(tokens, Ordering::Relaxed);
    }

    /// Takes back what was spent ahead and did not have to be; never more than was spent today.
    pub(super) fn take_back(&self, tokens: u64) {
        let _ = self.tokens_today.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |today| {
            Some(today.saturating_sub(tokens))
        });
    }
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
        allowance.take_back(1);
        assert!(allowance.has_tokens());
        allowance.take_back(100);
        allowance.spend(9);
        assert!(allowance.has_tokens());
        allowance.day.store(1, Ordering::Relaxed);
        allowance.spend(100);
        assert!(allowance.has_tokens(), "another day");
        assert!(!Allowance::new(0).has_tokens());
    }
}
