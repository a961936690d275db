//! How often a lesson may take too long.

use std::{
    num::NonZeroUsize,
    sync::{Mutex, PoisonError},
};

use lru::LruCache;

/// A lesson is asked about so often at most when each time it takes too long: every time is paid for.
const TRIES_MAX: u32 = 3;
/// Lessons that are kept count of; past it the one counted longest ago may be tried more often, till it is too old.
const LESSONS_MAX: NonZeroUsize = NonZeroUsize::new(4096).unwrap();

/// How often lessons took too long, since the start.
#[derive(Debug)]
pub(super) struct Tries(Mutex<LruCache<[u8; 16], u32>>);

impl Default for Tries {
    fn default() -> Self {
        Self(Mutex::new(LruCache::new(LESSONS_MAX)))
    }
}

impl Tries {
    /// It took too long: whether it may be tried again.
    pub(super) fn has_another(&self, lesson: [u8; 16]) -> bool {
        let mut tries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let tried = tries.get_or_insert_mut(lesson, || 0);
        *tried += 1;
        let has_another = *tried < TRIES_MAX;
        if !has_another {
            tries.pop(&lesson);
        }
        has_another
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_takes_too_long_three_times_is_let_go() {
        let tries = Tries::default();
        let (one, other) = ([1; 16], [2; 16]);
        assert!(tries.has_another(one) && tries.has_another(one) && tries.has_another(other));
        assert!(!tries.has_another(one) && tries.has_another(other) && !tries.has_another(other));
    }
}
