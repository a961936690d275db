//! Threads that serve: each has a runtime, a listener and connections of its own. What they share on the way of a
//! request is counted or looked up, and never waited for.

use std::{future::Future, io, thread};

use crate::tasks::Tasks;

/// Threads of one worker that may block, for names of hosts: all workers together look up at most four at once.
const BLOCKING_THREADS_MAX: usize = 8;

/// How many workers make use of every core.
#[must_use]
pub fn cores() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

/// Runs what `work` makes on a thread of its own, and everything that it spawns there, until all tasks have ended.
///
/// # Errors
/// When the system gives no thread or no events.
pub fn on_worker<F>(
    number: usize,
    tasks: &Tasks,
    work: impl FnOnce() -> F + Send + 'static,
) -> io::Result<()>
where
    F: Future<Output = ()>,
{
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .max_blocking_threads(BLOCKING_THREADS_MAX)
        .thread_name(format!("worker-{number}-io"))
        .build()?;
    let tasks = tasks.clone();
    thread::Builder::new().name(format!("worker-{number}")).spawn(move || {
        runtime.block_on(async {
            work().await;
            // Its connections go on here until the last answer has ended.
            tasks.ended().await;
        });
        // What still blocks belongs to nobody any more.
        runtime.shutdown_background();
    })?;
    Ok(())
}
