//! The only spawner: background work that a stop waits for.

use std::{future::Future, time::Duration};

use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// Background work that a stop waits for. Clones share one set of tasks.
#[derive(Clone, Debug, Default)]
pub struct Tasks {
    tracker: TaskTracker,
    stopping: CancellationToken,
}

impl Tasks {
    /// Runs `work` beside everything else. A stop waits for it, so it must end by itself or watch [`Tasks::stopping`].
    pub fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        #[expect(clippy::disallowed_methods, reason = "this is the one spawner")]
        tokio::spawn(self.tracker.track_future(work));
    }

    /// Fires when the process has begun to stop.
    #[must_use]
    pub fn stopping(&self) -> &CancellationToken {
        &self.stopping
    }

    /// Tells everything to stop and waits for it, at most `patience`. Whether all of it ended.
    pub async fn stop(&self, patience: Duration) -> bool {
        self.stopping.cancel();
        self.tracker.close();
        tokio::time::timeout(patience, self.tracker.wait()).await.is_ok()
    }
}
