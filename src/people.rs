//! The one door to what is held about people: cached reads, guarded writes, erasure.
//!
//! Seals and opens records, keeps the decoded profiles of recent speakers, and makes every change to a profile a
//! guarded read-change-write, so that two writers never undo each other. Knows the domain and the store; no HTTP.
//!
//! Every record is sealed under its user's data key, and the store takes nothing sealed under a key that is no
//! longer the user's: that, and the [`Epoch`], keep the erased erased.

mod ageing;
mod cache;
mod change;
mod check;
mod erasures;
mod judged;
mod lessons;
mod lists;
mod load;
mod pages;
mod receipts;
mod record;
mod told;
mod turns;

use std::sync::{Arc, atomic::AtomicU64};

use tokio::{runtime::Handle, sync::Semaphore};

use crate::{
    person::{Changes, Lesson, Profile, UserRef},
    select::Prepared,
    store::{self, Kind, MasterKey, Store, UserTag, Vault},
};

use self::{cache::Cache, erasures::Erasures, receipts::Noted, turns::Turns};

pub use ageing::Swept;
pub use cache::CacheBounds;
pub use judged::Judged;
pub use receipts::Written;
pub use told::Told;

/// A person as requests see them: what is held, and what the selector made of it once.
#[derive(Debug)]
pub struct Person {
    /// What is held and allowed.
    pub profile: Profile,
    /// The selector's features, one per attribute of the profile.
    pub prepared: Prepared,
}

/// A moment in a person's erasures: changes that began before an erasure are refused after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Epoch(u64);

/// Records to add to those of a person: [`People::append_all`].
#[derive(Debug)]
pub struct Addition {
    /// Whose.
    pub who: UserRef,
    /// When what led to them began: a person erased since gets none.
    pub since: Epoch,
    /// What is added; nothing that shows in a profile.
    pub changes: Changes,
}

/// One page of a list.
#[derive(Clone, Debug)]
pub struct Page<T> {
    /// What is on it.
    pub items: Vec<T>,
    /// Whether there is more after it.
    pub has_more: bool,
}

/// A lesson in the hands of one worker.
#[derive(Debug)]
pub struct Leased {
    /// Whose.
    pub who: UserRef,
    /// What to learn from.
    pub lesson: Lesson,
    job: [u8; 16],
    since: Epoch,
}

impl Leased {
    /// The same each time the lesson is leased, and no other's.
    #[must_use]
    pub fn id(&self) -> [u8; 16] {
        self.job
    }
}

/// What an erasure removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Erasure {
    /// Whether anything was held.
    pub existed: bool,
    /// Records and queued lessons that went.
    pub records: u64,
    /// When, Unix seconds.
    pub erased_at: i64,
}

/// Why people's records could not be read or changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// A record did not open under its user's key, or holds what no version of this program wrote.
    #[error("a record of kind {kind} does not open: run `tactful store check`")]
    Unreadable {
        /// Its kind.
        kind: &'static str,
    },
    /// The person was erased after this began.
    #[error("the person was erased meanwhile")]
    Erased,
    /// Others kept changing the same person.
    #[error("the person's records kept changing; try again")]
    Contended,
    /// As many profiles are being loaded as may be at once: the store is slow, or there are too many strangers.
    #[error("too many profiles are being loaded; try again")]
    Busy,
}

/// Profiles loaded at once.
const LOADS_AT_ONCE: usize = 256;

/// The one door to what is held about people. Clones share everything.
#[derive(Clone)]
pub struct People {
    inner: Arc<Inner>,
}

struct Inner {
    store: Arc<dyn Store>,
    vault: Vault,
    cache: Cache,
    erasures: Erasures,
    noted: Noted,
    /// One change at a time to one person; also held while a key is made or destroyed.
    turns: Turns,
    lessons_dropped: AtomicU64,
    /// Profiles loaded at once: with a store that hangs, those who do not wait for it must not leave a task each.
    loads: Arc<Semaphore>,
    unreadable_skipped: AtomicU64,
    /// Whose threads profiles are decoded on: a caller's own may all be blocked.
    runtime: Handle,
}

impl std::fmt::Debug for People {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("People").finish_non_exhaustive()
    }
}

impl People {
    /// Opens the door to a store. Profiles are decoded by the runtime that it is opened on.
    ///
    /// # Errors
    /// [`store::Error::WrongKey`] when the master key is not the one the store was made with; [`store::Error::Engine`]
    /// when the store fails, or outside of a runtime.
    pub async fn open(
        store: Arc<dyn Store>,
        master: &MasterKey,
        bounds: CacheBounds,
    ) -> Result<Self, Error> {
        let runtime = Handle::try_current().map_err(|e| store::Error::engine("open", e))?;
        let vault = Vault::open(&store, master).await?;
        Ok(Self {
            inner: Arc::new(Inner {
                store,
                vault,
                cache: Cache::new(bounds),
                erasures: Erasures::default(),
                noted: Noted::default(),
                turns: Turns::default(),
                lessons_dropped: AtomicU64::new(0),
                loads: Arc::new(Semaphore::new(LOADS_AT_ONCE)),
                unreadable_skipped: AtomicU64::new(0),
                runtime,
            }),
        })
    }

    /// Where everyone stands in their erasures; taken when a request begins, handed to [`Self::append`] when it ends.
    #[must_use]
    pub fn epoch(&self) -> Epoch {
        self.inner.erasures.now()
    }

    /// The person as held; an empty profile where nothing is. Never creates anything. Cached; a miss is loaded by a
    /// task of its own, so that a caller who stops waiting still leaves the cache warm.
    ///
    /// Of a person about whom nothing is held, the fingerprint key is all zero; [`Self::update`] shows the real one.
    ///
    /// # Errors
    /// When the store fails or a record does not open.
    pub async fn read(&self, who: &UserRef) -> Result<Arc<Person>, Error> {
        Ok(Arc::clone(&self.held(self.tag(who)).await?.person))
    }

    /// The person as [`Self::read`] gives them, with the uses counted to this moment: for whoever looks at what is
    /// held.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub async fn look(&self, who: &UserRef) -> Result<Arc<Person>, Error> {
        self.settle(who).await;
        let user = self.tag(who);
        let held = self.held(user).await?;
        if !held.have_uses_moved() {
            return Ok(Arc::clone(&held.person));
        }
        self.inner.cache.forget(user);
        Ok(Arc::clone(&self.held(user).await?.person))
    }

    /// The person where they are in memory, without waiting for anything.
    #[must_use]
    pub fn cached(&self, who: &UserRef) -> Option<Arc<Person>> {
        Some(Arc::clone(&self.cached_as(self.tag(who))?.person))
    }

    /// Destroys the person's key and everything held about them. Lessons and answers under way are refused after it.
    ///
    /// # Errors
    /// When the store fails: try again, an erasure that began can be repeated.
    pub async fn erase(&self, who: &UserRef) -> Result<Erasure, Error> {
        let user = self.tag(who);
        let inner = Arc::clone(&self.inner);
        detached(async move {
            // First, so that whatever ends from here on knows.
            inner.erasures.note(user);
            let _turn = inner.turns.of(user).await;
            let existed = inner.store.key(user).await?.is_some();
            let erased = inner.store.erase(user).await;
            inner.cache.forget(user);
            let records = erased?;
            Ok(Erasure {
                existed: existed || records > 0,
                records,
                erased_at: crate::person::clock::now(),
            })
        })
        .await
    }

    /// Deletes records of a kind that are older than this moment, everyone's. Receipts, comparisons and judgments
    /// age; other kinds do not. Returns how many went.
    ///
    /// # Errors
    /// When the store fails; what was deleted until then stays deleted.
    pub async fn expire(&self, kind: Kind, older_than: i64) -> Result<u64, Error> {
        const AT_ONCE: usize = 1_000;
        let before = record::first_id_at(older_than);
        let mut gone = 0;
        loop {
            let went = self.inner.store.expire(kind, before, AT_ONCE).await?;
            gone += went;
            if went < AT_ONCE as u64 {
                return Ok(gone);
            }
        }
    }

    /// Makes everything written survive a power cut.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn flush(&self) -> Result<(), Error> {
        Ok(self.inner.store.flush().await?)
    }

    fn tag(&self, who: &UserRef) -> UserTag {
        self.inner.vault.user(&who.app, &who.user)
    }
}

/// Runs to its end even where the caller stops waiting: a write and the cache that must forget it go together.
#[expect(
    clippy::disallowed_methods,
    reason = "milliseconds of work that an acknowledged caller waited for; `tasks` is above this room"
)]
async fn detached<T: Send + 'static>(
    work: impl Future<Output = Result<T, Error>> + Send + 'static,
) -> Result<T, Error> {
    tokio::spawn(work).await.unwrap_or_else(|_| {
        Err(store::Error::engine("finish", "shutting down, or a fault in the engine").into())
    })
}
