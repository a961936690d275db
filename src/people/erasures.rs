//! Who was erased when, counted in erasures: so that what began before one is refused after it.

use std::{
    num::NonZeroUsize,
    sync::{Mutex, MutexGuard, PoisonError},
};

use lru::LruCache;

use super::{Epoch, Error};
use crate::store::UserTag;

/// More erasures than any request outlives.
const REMEMBERED: NonZeroUsize = NonZeroUsize::new(65_536).unwrap();

/// The last erasures of this process.
pub(super) struct Erasures(Mutex<Noted>);

struct Noted {
    /// How many there were.
    count: u64,
    /// Which number each person's last one had.
    last: LruCache<UserTag, u64>,
    /// The number of the last one forgotten: who is not in `last` may have been erased until then.
    forgotten: u64,
}

impl Default for Erasures {
    fn default() -> Self {
        Self(Mutex::new(Noted { count: 0, last: LruCache::new(REMEMBERED), forgotten: 0 }))
    }
}

impl Erasures {
    pub(super) fn now(&self) -> Epoch {
        Epoch(self.noted().count)
    }

    pub(super) fn note(&self, user: UserTag) {
        let mut noted = self.noted();
        noted.count += 1;
        let count = noted.count;
        if let Some((evicted, number)) = noted.last.push(user, count)
            && evicted != user
        {
            noted.forgotten = number;
        }
    }

    /// Refuses what began before this person's last erasure.
    pub(super) fn check(&self, user: UserTag, since: Epoch) -> Result<(), Error> {
        let noted = self.noted();
        let last = noted.last.peek(&user).copied().unwrap_or(noted.forgotten);
        if last <= since.0 { Ok(()) } else { Err(Error::Erased) }
    }

    fn noted(&self) -> MutexGuard<'_, Noted> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(n: u32) -> UserTag {
        let mut tag = [0; 16];
        tag[..4].copy_from_slice(&n.to_be_bytes());
        UserTag(tag)
    }

    #[test]
    fn only_what_began_before_ones_own_erasure_is_refused() {
        let erasures = Erasures::default();
        let before = erasures.now();
        erasures.note(user(1));
        assert!(erasures.check(user(1), before).is_err());
        assert!(erasures.check(user(2), before).is_ok());
        assert!(erasures.check(user(1), erasures.now()).is_ok());
    }

    #[test]
    fn what_is_forgotten_is_refused_rather_than_let_through() {
        let erasures = Erasures::default();
        let before = erasures.now();
        erasures.note(user(0));
        let between = erasures.now();
        (1..=65_536).for_each(|n| erasures.note(user(n)));
        assert!(erasures.check(user(0), before).is_err());
        assert!(erasures.check(user(0), between).is_ok());
    }
}
