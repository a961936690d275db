//! The people who spoke lately, decoded. Bounded by count and by bytes.

use std::{
    num::NonZeroUsize,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use lru::LruCache;

use super::Person;
use crate::{
    person::{AttributeId, Profile},
    store::{Revision, UserKey, UserTag},
};

/// How much of the recent speakers is kept in memory.
#[derive(Clone, Copy, Debug)]
pub struct CacheBounds {
    /// The most people.
    pub people_max: usize,
    /// About how many bytes they may take together. Estimated, not measured.
    pub bytes_max: usize,
}

impl Default for CacheBounds {
    fn default() -> Self {
        Self { people_max: 100_000, bytes_max: 256 << 20 }
    }
}

/// A person, and what it takes to write about them.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) person: Arc<Person>,
    pub(super) revision: Revision,
    /// Whether the record that says who they are is there.
    pub(super) named: bool,
    /// Still stored, and no longer theirs to have: what lapsed before the load.
    pub(super) lapsed: Vec<AttributeId>,
    /// When the next attribute lapses, and this no longer stands.
    pub(super) until: Option<i64>,
    /// None: nothing is held.
    pub(super) key: Option<UserKey>,
    /// Whether attributes were used since: their counts here are of the moment of the load.
    pub(super) uses_moved: AtomicBool,
}

impl Held {
    pub(super) fn have_uses_moved(&self) -> bool {
        self.uses_moved.load(Ordering::Relaxed)
    }
}

const SHARDS: usize = 16;

/// The people who spoke lately.
pub(super) struct Cache {
    shards: [Mutex<Shard>; SHARDS],
    bytes_max: usize,
}

struct Shard {
    people: LruCache<UserTag, (Arc<Held>, usize)>,
    bytes: usize,
    /// Moves whenever someone in this shard changed: a load that began before may carry what was.
    changes: u64,
}

/// When a load began.
#[derive(Clone, Copy)]
pub(super) struct Since(u64);

impl Cache {
    pub(super) fn new(bounds: CacheBounds) -> Self {
        let people_max = NonZeroUsize::new(bounds.people_max / SHARDS).unwrap_or(NonZeroUsize::MIN);
        Self {
            // Grown as people come: room for the maximum would be taken at once otherwise.
            shards: std::array::from_fn(|_| {
                Mutex::new(Shard { people: LruCache::unbounded(), bytes: 0, changes: 0 })
            }),
            bytes_max: bounds.bytes_max / SHARDS,
        }
        .bounded(people_max)
    }

    fn bounded(self, people_max: NonZeroUsize) -> Self {
        for shard in &self.shards {
            lock(shard).people.resize(people_max);
        }
        self
    }

    pub(super) fn get(&self, user: UserTag) -> Option<Arc<Held>> {
        self.shard(user).people.get(&user).map(|(held, _)| Arc::clone(held))
    }

    /// Taken before a load, handed to [`Self::put`] after it.
    pub(super) fn since(&self, user: UserTag) -> Since {
        Since(self.shard(user).changes)
    }

    /// Keeps what was loaded, unless someone changed since the load began.
    pub(super) fn put(&self, user: UserTag, held: &Arc<Held>, since: Since) {
        let bytes = bytes_of(&held.person.profile);
        let mut shard = self.shard(user);
        if shard.changes != since.0 || bytes > self.bytes_max {
            return;
        }
        shard.bytes += bytes;
        if let Some((_, (_, evicted))) = shard.people.push(user, (Arc::clone(held), bytes)) {
            shard.bytes -= evicted;
        }
        while shard.bytes > self.bytes_max {
            let Some((_, (_, evicted))) = shard.people.pop_lru() else { break };
            shard.bytes -= evicted;
        }
    }

    /// Forgets a person who changed. After the write, before it is acknowledged.
    pub(super) fn forget(&self, user: UserTag) {
        let mut shard = self.shard(user);
        shard.changes += 1;
        if let Some((_, bytes)) = shard.people.pop(&user) {
            shard.bytes -= bytes;
        }
    }

    /// Uses of a person were counted. They are kept, for the choice does not look at counts; a load that began before
    /// is not, as nobody could tell.
    pub(super) fn uses_moved(&self, user: UserTag) {
        let mut shard = self.shard(user);
        shard.changes += 1;
        if let Some((held, _)) = shard.people.peek(&user) {
            held.uses_moved.store(true, Ordering::Relaxed);
        }
    }

    fn shard(&self, user: UserTag) -> MutexGuard<'_, Shard> {
        // Not the byte that engines and turns pick their locks by.
        lock(&self.shards[usize::from(user.0[1]) % SHARDS])
    }
}

fn lock(shard: &Mutex<Shard>) -> MutexGuard<'_, Shard> {
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The texts, and for every attribute about as much again as the selector's features take.
fn bytes_of(profile: &Profile) -> usize {
    const PERSON: usize = 512;
    const ATTRIBUTE: usize = 1_024;
    let attributes: usize = profile
        .attributes
        .iter()
        .map(|attribute| {
            let quotes: usize = attribute.evidence.iter().map(|e| e.quote.len() + 64).sum();
            ATTRIBUTE + 4 * attribute.text.len() + quotes
        })
        .sum();
    let tombstones: usize = profile.tombstones.iter().map(|t| 64 + 8 * t.stems.len()).sum();
    PERSON + attributes + tombstones
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held() -> Arc<Held> {
        let person = Person { profile: Profile::default(), prepared: Default::default() };
        let person = Arc::new(person);
        Arc::new(Held {
            person,
            revision: 0,
            named: false,
            lapsed: vec![],
            until: None,
            key: None,
            uses_moved: AtomicBool::new(false),
        })
    }

    fn user(n: u16) -> UserTag {
        let mut tag = [0; 16];
        tag[2..4].copy_from_slice(&n.to_be_bytes());
        UserTag(tag)
    }

    #[test]
    fn a_load_that_began_before_a_change_is_not_kept() {
        let cache = Cache::new(CacheBounds::default());
        let since = cache.since(user(1));
        cache.forget(user(1));
        cache.put(user(1), &held(), since);
        assert!(cache.get(user(1)).is_none());
        cache.put(user(1), &held(), cache.since(user(1)));
        assert!(cache.get(user(1)).is_some());
        let since = cache.since(user(1));
        cache.uses_moved(user(1));
        assert!(cache.get(user(1)).unwrap().have_uses_moved());
        cache.forget(user(1));
        assert!(cache.get(user(1)).is_none());
        cache.put(user(1), &held(), since);
        assert!(cache.get(user(1)).is_none(), "as if no use had been counted");
    }

    #[test]
    fn both_bounds_hold_and_the_latest_stay() {
        for bounds in [
            CacheBounds { people_max: 10 * SHARDS, bytes_max: usize::MAX },
            CacheBounds { people_max: 1 << 20, bytes_max: 10 * 512 * SHARDS },
        ] {
            let cache = Cache::new(bounds);
            for n in 0..100 {
                cache.put(user(n), &held(), cache.since(user(n)));
                cache.put(user(n), &held(), cache.since(user(n)));
            }
            let kept: Vec<u16> = (0..100).filter(|n| cache.get(user(*n)).is_some()).collect();
            assert_eq!(kept, (90..100).collect::<Vec<_>>());
            assert_eq!(cache.shard(user(0)).bytes, 10 * 512);
        }
    }
}
