//! The embedded engine, on sled 0.34. The only place that names sled.
//!
//! One tree for everything: a batch over one tree is atomic in memory and on disk, a transaction over several is
//! not kept small (`layout` says what lies where). A user's guard, the check of their key and the batch itself are
//! one step under that user's lock, and a load takes the same lock, so it never sees half a batch.
//!
//! What a write that returned promises: it survives `kill -9` at once, a power cut within half a second, or after
//! [`Store::flush`]. Leases are kept in memory: a restart releases them.

mod apply;
mod compact;
mod count;
mod directory;
mod erase;
mod flusher;
mod layout;
mod open;
mod queue;
mod read;
mod tally;

use std::{
    fs::File,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use tokio::{runtime::Handle, sync::Semaphore};

use self::{count::Count, flusher::Flusher, queue::Queue};
use super::{
    AppTag, Batch, Census, Error, Job, Kind, Place, Revision, Row, Store, UserTag, WrappedKey,
    keyring::Keyring,
};

/// How the engine uses the machine.
#[derive(Clone, Copy, Debug)]
pub struct SledOptions {
    /// The most memory sled's page cache may take.
    pub cache_bytes: u64,
    /// The most jobs the queue may hold.
    pub queue_max: usize,
}

impl Default for SledOptions {
    fn default() -> Self {
        Self { cache_bytes: 16 << 20, queue_max: 10_000 }
    }
}

/// The store on the local disk. One process at a time.
#[derive(Debug)]
pub struct SledStore {
    engine: Arc<Engine>,
    /// How many calls may be in sled at once: more would only wait for each other on threads of their own.
    calls: Arc<Semaphore>,
    /// Whose threads they block: not those of whoever calls, which others may have blocked.
    runtime: Handle,
}

const CALLS_MAX: usize = 16;
const LOCKS: usize = 64;

#[derive(Debug)]
struct Engine {
    // Dropped in this order: the flusher holds the tree too, and nobody may open the directory before both are gone.
    flusher: Flusher,
    tree: ::sled::Db,
    /// Of the tree's entries; whatever changes them goes by it.
    count: Arc<Count>,
    keyring: Keyring,
    queue: Mutex<Queue>,
    locks: [Mutex<()>; LOCKS],
    directory: PathBuf,
    /// How many entries there were at the last close; none: it was killed.
    entries_before: Option<u64>,
    _lock: File,
}

impl SledStore {
    /// Opens the store in this directory, or makes one where there is none. Blocks. Never deletes a record. Its calls
    /// block threads of the runtime that it is opened on, whichever runtime makes them.
    ///
    /// # Errors
    /// [`Error::Locked`], [`Error::Foreign`] or [`Error::Damaged`], each with what to do; [`Error::Engine`] when the
    /// disk does not serve, or outside of a runtime.
    pub fn open(directory: &Path, options: SledOptions) -> Result<Self, Error> {
        let runtime = Handle::try_current().map_err(|e| Error::engine("open", e))?;
        let engine = Arc::new(Engine::open(directory, options)?);
        Ok(Self { engine, calls: Arc::new(Semaphore::new(CALLS_MAX)), runtime })
    }

    /// Whether nothing was ever stored here, so that a fresh master key may be made for it.
    #[must_use]
    pub fn is_new(directory: &Path) -> bool {
        directory::is_new(directory)
    }

    /// Makes the directory where there is none, and refuses one that holds something else. Opening does so too; this
    /// is for who puts something there before.
    ///
    /// # Errors
    /// [`Error::Foreign`] when it holds something else, [`Error::Engine`] when it cannot be made or read.
    pub fn claim(directory: &Path) -> Result<(), Error> {
        directory::claim(directory)
    }

    /// Runs one call on a thread that may block. A caller who stops waiting does not stop it half-way.
    async fn call<T: Send + 'static>(
        &self,
        doing: &'static str,
        call: impl FnOnce(&Engine) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let permit = Arc::clone(&self.calls).acquire_owned().await;
        let permit = permit.map_err(|closed| Error::engine(doing, closed))?;
        let engine = Arc::clone(&self.engine);
        let run = move || {
            let result = engine.count.check().and_then(|()| call(&engine));
            drop(permit);
            result
        };
        self.runtime.spawn_blocking(run).await.unwrap_or_else(|fault| {
            // Its text would carry whatever sled panicked with.
            let why = if fault.is_panic() { "the engine panicked" } else { "shutting down" };
            Err(Error::engine(doing, why))
        })
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.count.stop();
        if self.count.check().is_err() {
            // It was told, and the tally says it to the next start.
            return;
        }
        if let Err(error) = self.close() {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "the store was not closed in good order: the next start cannot tell whether everything is there"
            );
        }
    }
}

impl Engine {
    fn lock(&self, user: UserTag) -> MutexGuard<'_, ()> {
        let lock = &self.locks[usize::from(user.0[0]) % LOCKS];
        lock.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Store for SledStore {
    async fn load(&self, user: UserTag, kinds: &[Kind]) -> Result<(Revision, Vec<Row>), Error> {
        let mut kinds = kinds.to_vec();
        kinds.sort_unstable();
        self.call("load a user", move |engine| engine.load(user, &kinds)).await
    }

    async fn get(&self, places: &[Place]) -> Result<Vec<Option<Row>>, Error> {
        let places = places.to_vec();
        self.call("read records", move |engine| places.iter().map(|at| engine.get(*at)).collect())
            .await
    }

    async fn newest(
        &self,
        user: UserTag,
        kind: Kind,
        before: Option<[u8; 16]>,
        limit: usize,
    ) -> Result<Vec<Row>, Error> {
        self.call("list records", move |engine| engine.newest(user, kind, before, limit)).await
    }

    async fn timeline(
        &self,
        kind: Kind,
        app: Option<AppTag>,
        before: Option<[u8; 16]>,
        limit: usize,
    ) -> Result<Vec<Row>, Error> {
        self.call("list by time", move |engine| engine.timeline(kind, app, before, limit)).await
    }

    async fn find(&self, kind: Kind, id: [u8; 16]) -> Result<Option<Row>, Error> {
        self.call("find a record", move |engine| engine.find(kind, id)).await
    }

    async fn write(&self, batch: Batch) -> Result<Revision, Error> {
        let revision = self.call("write", move |engine| engine.apply(batch)).await?;
        self.engine.flusher.flushed().await?;
        Ok(revision)
    }

    async fn write_all(&self, batches: Vec<Batch>) -> Vec<Result<Revision, Error>> {
        let count = batches.len();
        let apply = move |engine: &Engine| {
            Ok(batches.into_iter().map(|batch| engine.apply(batch)).collect::<Vec<_>>())
        };
        let written = match self.call("write", apply).await {
            Ok(written) => self.engine.flusher.flushed().await.map(|()| written),
            Err(e) => Err(e),
        };
        written.unwrap_or_else(|e| {
            (0..count).map(|_| Err(Error::engine("write", e.to_string()))).collect()
        })
    }

    async fn lease(&self, limit: usize, lease: Duration) -> Result<Vec<Job>, Error> {
        self.call("lease jobs", move |engine| engine.lease(limit, lease)).await
    }

    async fn queued(&self) -> Result<u64, Error> {
        self.engine.count.check()?;
        Ok(self.engine.queue().len())
    }

    async fn keep_root(&self, fresh: WrappedKey) -> Result<WrappedKey, Error> {
        self.call("keep the root key", move |engine| engine.keyring.keep_root(fresh)).await
    }

    async fn key(&self, user: UserTag) -> Result<Option<WrappedKey>, Error> {
        self.call("read a key", move |engine| engine.keyring.get(user)).await
    }

    async fn keep_key(&self, user: UserTag, key: WrappedKey) -> Result<WrappedKey, Error> {
        self.call("keep a key", move |engine| engine.keep_key(user, key)).await
    }

    async fn erase(&self, user: UserTag) -> Result<u64, Error> {
        self.call("erase a user", move |engine| engine.erase(user)).await
    }

    async fn expire(&self, kind: Kind, before: [u8; 16], limit: usize) -> Result<u64, Error> {
        self.call("expire records", move |engine| engine.expire(kind, before, limit)).await
    }

    async fn walk(&self, after: Option<Place>, limit: usize) -> Result<Vec<Row>, Error> {
        self.call("read everything", move |engine| engine.walk(after, limit)).await
    }

    async fn check(&self) -> Result<Census, Error> {
        self.call("check the store", Engine::check).await
    }

    async fn flush(&self) -> Result<(), Error> {
        self.call("flush", Engine::flush_to_disk).await
    }
}
