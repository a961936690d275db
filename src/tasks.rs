//! The only spawner: work that a stop waits for.

use std::{future::Future, time::Duration};

use tokio::runtime::Handle;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// Work that a stop waits for. Clones share one set of tasks.
#[derive(Clone, Debug, Default)]
pub struct Tasks {
    tracker: TaskTracker,
    stopping: CancellationToken,
    /// Where background work runs; none: wherever it is spawned.
    background: Option<Handle>,
}

impl Tasks {
    /// Tasks whose background work runs on this runtime, whichever thread spawns it: the threads that serve chats only
    /// serve chats.
    #[must_use]
    pub fn in_background_of(runtime: Handle) -> Self {
        Self { background: Some(runtime), ..Self::default() }
    }

    /// Runs `work` beside everything else, in the background. A stop waits for it, so it must end by itself or watch
    /// [`Tasks::stopping`].
    pub fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        match &self.background {
            Some(runtime) => {
                runtime.spawn(self.tracker.track_future(work));
            }
            None => self.spawn_here(work),
        }
    }

    /// Runs `work` on the runtime that this is called on, as what reads and writes this runtime's sockets must. A stop
    /// waits for it too.
    pub fn spawn_here(&self, work: impl Future<Output = ()> + Send + 'static) {
        #[expect(clippy::disallowed_methods, reason = "this is the one spawner")]
        tokio::spawn(self.tracker.track_future(work));
    }

    /// Where background work runs.
    #[must_use]
    pub fn background(&self) -> Handle {
        self.background.clone().unwrap_or_else(Handle::current)
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
        tokio::time::timeout(patience, self.ended()).await.is_ok()
    }

    /// Waits until a stop was told and all work has ended.
    pub async fn ended(&self) {
        self.tracker.wait().await;
    }
}
