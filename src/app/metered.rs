//! A store whose operations are timed and whose failures are counted.

use std::{
    future::Future,
    sync::Arc,
    time::{Duration, Instant},
};

use async_trait::async_trait;

use crate::{
    metrics::Metrics,
    store::{
        AppTag, Batch, Census, Error, Job, Kind, Place, Revision, Row, Store, UserTag, WrappedKey,
    },
};

/// A store whose operations are timed and whose failures are counted.
pub(super) struct Metered<S> {
    pub(super) store: S,
    pub(super) metrics: Arc<Metrics>,
}

impl<S> Metered<S> {
    async fn timed<T>(
        &self,
        op: &'static str,
        call: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        let began = Instant::now();
        let result = call.await;
        self.metrics
            .store_operation
            .with_label_values(&[op])
            .observe(began.elapsed().as_secs_f64());
        if result.as_ref().is_err_and(is_failure) {
            self.metrics.store_errors.with_label_values(&[op]).inc();
        }
        result
    }
}

/// How writers take turns and how a queue says it is full are answers, not failures.
fn is_failure(error: &Error) -> bool {
    !matches!(error, Error::Conflict | Error::Gone | Error::KeyGone | Error::QueueFull)
}

#[async_trait]
impl<S: Store> Store for Metered<S> {
    async fn load(&self, user: UserTag, kinds: &[Kind]) -> Result<(Revision, Vec<Row>), Error> {
        self.timed("load", self.store.load(user, kinds)).await
    }

    async fn get(&self, places: &[Place]) -> Result<Vec<Option<Row>>, Error> {
        self.timed("get", self.store.get(places)).await
    }

    async fn newest(
        &self,
        user: UserTag,
        kind: Kind,
        before: Option<[u8; 16]>,
        limit: usize,
    ) -> Result<Vec<Row>, Error> {
        self.timed("newest", self.store.newest(user, kind, before, limit)).await
    }

    async fn timeline(
        &self,
        kind: Kind,
        app: Option<AppTag>,
        before: Option<[u8; 16]>,
        limit: usize,
    ) -> Result<Vec<Row>, Error> {
        self.timed("timeline", self.store.timeline(kind, app, before, limit)).await
    }

    async fn find(&self, kind: Kind, id: [u8; 16]) -> Result<Option<Row>, Error> {
        self.timed("find", self.store.find(kind, id)).await
    }

    async fn write(&self, batch: Batch) -> Result<Revision, Error> {
        self.timed("write", self.store.write(batch)).await
    }

    async fn write_all(&self, batches: Vec<Batch>) -> Vec<Result<Revision, Error>> {
        let began = Instant::now();
        let results = self.store.write_all(batches).await;
        self.metrics
            .store_operation
            .with_label_values(&["write_all"])
            .observe(began.elapsed().as_secs_f64());
        let failed = results.iter().filter(|result| result.as_ref().is_err_and(is_failure)).count();
        self.metrics.store_errors.with_label_values(&["write_all"]).inc_by(failed as u64);
        results
    }

    async fn lease(&self, limit: usize, lease: Duration) -> Result<Vec<Job>, Error> {
        self.timed("lease", self.store.lease(limit, lease)).await
    }

    async fn queued(&self) -> Result<u64, Error> {
        self.timed("queued", self.store.queued()).await
    }

    async fn keep_root(&self, fresh: WrappedKey) -> Result<WrappedKey, Error> {
        self.timed("keep_root", self.store.keep_root(fresh)).await
    }

    async fn key(&self, user: UserTag) -> Result<Option<WrappedKey>, Error> {
        self.timed("key", self.store.key(user)).await
    }

    async fn keep_key(&self, user: UserTag, key: WrappedKey) -> Result<WrappedKey, Error> {
        self.timed("keep_key", self.store.keep_key(user, key)).await
    }

    async fn erase(&self, user: UserTag) -> Result<u64, Error> {
        self.timed("erase", self.store.erase(user)).await
    }

    async fn expire(&self, kind: Kind, before: [u8; 16], limit: usize) -> Result<u64, Error> {
        self.timed("expire", self.store.expire(kind, before, limit)).await
    }

    async fn walk(&self, after: Option<Place>, limit: usize) -> Result<Vec<Row>, Error> {
        self.timed("walk", self.store.walk(after, limit)).await
    }

    async fn check(&self) -> Result<Census, Error> {
        self.timed("check", self.store.check()).await
    }

    async fn flush(&self) -> Result<(), Error> {
        self.timed("flush", self.store.flush()).await
    }
}
