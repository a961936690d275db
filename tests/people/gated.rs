//! A store at whose writes of many a test can wait, and fail.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use tactful::store::{
    AppTag, Batch, Census, Error, Job, Kind, Place, Revision, Row, Store, UserTag, WrappedKey,
};
use tokio::sync::Semaphore;

/// Lets through as many writes of many as the test says.
pub(crate) struct Gated {
    pub(crate) store: Arc<dyn Store>,
    /// One permit for each.
    pub(crate) gate: Semaphore,
    /// Fires as one comes to the gate.
    pub(crate) came: Semaphore,
    pub(crate) written: AtomicUsize,
    pub(crate) panics: AtomicBool,
}

impl Gated {
    pub(crate) fn new(store: Arc<dyn Store>) -> Arc<Self> {
        Arc::new(Self {
            store,
            gate: Semaphore::new(0),
            came: Semaphore::new(0),
            written: AtomicUsize::new(0),
            panics: AtomicBool::new(false),
        })
    }

    /// Waits until a write stands before the gate.
    pub(crate) async fn has_come(&self) {
        self.came.acquire().await.unwrap().forget();
    }
}

#[async_trait]
impl Store for Gated {
    async fn write_all(&self, batches: Vec<Batch>) -> Vec<Result<Revision, Error>> {
        self.came.add_permits(1);
        self.gate.acquire().await.unwrap().forget();
        assert!(!self.panics.load(Ordering::SeqCst), "as the test wants it");
        self.written.fetch_add(1, Ordering::SeqCst);
        self.store.write_all(batches).await
    }

    async fn load(&self, user: UserTag, kinds: &[Kind]) -> Result<(Revision, Vec<Row>), Error> {
        self.store.load(user, kinds).await
    }
    async fn get(&self, places: &[Place]) -> Result<Vec<Option<Row>>, Error> {
        self.store.get(places).await
    }
    async fn newest(
        &self,
        user: UserTag,
        kind: Kind,
        before: Option<[u8; 16]>,
        limit: usize,
    ) -> Result<Vec<Row>, Error> {
        self.store.newest(user, kind, before, limit).await
    }
    async fn timeline(
        &self,
        kind: Kind,
        app: Option<AppTag>,
        before: Option<[u8; 16]>,
        limit: usize,
    ) -> Result<Vec<Row>, Error> {
        self.store.timeline(kind, app, before, limit).await
    }
    async fn find(&self, kind: Kind, id: [u8; 16]) -> Result<Option<Row>, Error> {
        self.store.find(kind, id).await
    }
    async fn write(&self, batch: Batch) -> Result<Revision, Error> {
        self.store.write(batch).await
    }
    async fn lease(&self, limit: usize, lease: Duration) -> Result<Vec<Job>, Error> {
        self.store.lease(limit, lease).await
    }
    async fn queued(&self) -> Result<u64, Error> {
        self.store.queued().await
    }
    async fn keep_root(&self, fresh: WrappedKey) -> Result<WrappedKey, Error> {
        self.store.keep_root(fresh).await
    }
    async fn key(&self, user: UserTag) -> Result<Option<WrappedKey>, Error> {
        self.store.key(user).await
    }
    async fn keep_key(&self, user: UserTag, key: WrappedKey) -> Result<WrappedKey, Error> {
        self.store.keep_key(user, key).await
    }
    async fn erase(&self, user: UserTag) -> Result<u64, Error> {
        self.store.erase(user).await
    }
    async fn expire(&self, kind: Kind, before: [u8; 16], limit: usize) -> Result<u64, Error> {
        self.store.expire(kind, before, limit).await
    }
    async fn walk(&self, after: Option<Place>, limit: usize) -> Result<Vec<Row>, Error> {
        self.store.walk(after, limit).await
    }
    async fn check(&self) -> Result<Census, Error> {
        self.store.check().await
    }
    async fn flush(&self) -> Result<(), Error> {
        self.store.flush().await
    }
}
