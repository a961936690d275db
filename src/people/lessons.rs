//! The queue of lessons, as the learner sees it.

use std::{sync::atomic::Ordering, time::Duration};

use super::{Epoch, Error, Leased, People, record};
use crate::store::{self, Batch, Job};

impl People {
    /// Up to `limit` lessons nobody works on, leased for `lease`. A lesson that does not open any more is dropped
    /// and counted ([`Self::lessons_dropped`]).
    ///
    /// # Errors
    /// When the store fails.
    pub async fn lessons(&self, limit: usize, lease: Duration) -> Result<Vec<Leased>, Error> {
        // Before the lease: an erasure between the two makes the work void, not unnoticed.
        let since = self.inner.erasures.now();
        let mut lessons = Vec::new();
        for job in self.inner.store.lease(limit, lease).await? {
            match self.open_job(&job, since).await {
                Ok(Some(lesson)) => lessons.push(lesson),
                Ok(None) | Err(Error::Unreadable { .. }) => self.drop_job(&job).await?,
                Err(e) => return Err(e),
            }
        }
        Ok(lessons)
    }

    /// How many lessons wait.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn lessons_waiting(&self) -> Result<u64, Error> {
        Ok(self.inner.store.queued().await?)
    }

    /// How many lessons did not open, and were dropped, since the start.
    #[must_use]
    pub fn lessons_dropped(&self) -> u64 {
        self.inner.lessons_dropped.load(Ordering::Relaxed)
    }

    async fn open_job(&self, job: &Job, since: Epoch) -> Result<Option<Leased>, Error> {
        let Some((key, who)) = self.inner.whose(job.user).await? else { return Ok(None) };
        let lesson = record::read_lesson(&key, job.user, job.job, &job.sealed)?;
        Ok(Some(Leased { who, lesson, job: job.job, since }))
    }

    async fn drop_job(&self, job: &Job) -> Result<(), Error> {
        let done = Batch {
            // No record is written, so no app is either.
            app: store::AppTag([0; 8]),
            user: job.user,
            key: None,
            guard: None,
            writes: vec![store::Write::Done { job: job.job }],
        };
        match self.inner.store.write(done).await {
            Ok(_) => {
                self.inner.lessons_dropped.fetch_add(1, Ordering::Relaxed);
                tracing::warn!("a queued lesson did not open and was dropped");
                Ok(())
            }
            // Erased meanwhile: nothing is lost.
            Err(store::Error::Gone) => Ok(()),
            Err(e) => Err(e.into()),
        }
    }
}
