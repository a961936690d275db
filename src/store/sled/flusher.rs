//! Group commit: writers who wait at the same time share one flush.

use std::{
    sync::mpsc,
    thread::{self, JoinHandle},
};

use tokio::sync::oneshot;

use super::{super::Error, layout::failed};

type Reply = oneshot::Sender<Result<(), Error>>;

/// A thread that flushes when asked, once for all who asked meanwhile.
#[derive(Debug)]
pub(super) struct Flusher {
    /// None only while dropping: the thread ends when nobody can ask any more.
    asks: Option<mpsc::Sender<Reply>>,
    thread: Option<JoinHandle<()>>,
}

impl Flusher {
    pub(super) fn start(tree: ::sled::Db) -> Result<Self, Error> {
        let (asks, asked) = mpsc::channel();
        let thread = thread::Builder::new()
            .name("store-flush".into())
            .spawn(move || run(&tree, &asked))
            .map_err(|e| Error::engine("start the flush thread", e))?;
        Ok(Self { asks: Some(asks), thread: Some(thread) })
    }

    /// Returns when everything applied before this call survives the process.
    pub(super) async fn flushed(&self) -> Result<(), Error> {
        let stopped = || Error::engine("flush", "the flush thread stopped");
        let (reply, done) = oneshot::channel();
        let asks = self.asks.as_ref().ok_or_else(stopped)?;
        asks.send(reply).map_err(|_| stopped())?;
        done.await.map_err(|_| stopped())?
    }
}

impl Drop for Flusher {
    fn drop(&mut self) {
        drop(self.asks.take());
        if let Some(thread) = self.thread.take() {
            // A panic in there was already told to everyone who waited.
            let _ended = thread.join();
        }
    }
}

fn run(tree: &::sled::Db, asked: &mpsc::Receiver<Reply>) {
    while let Ok(first) = asked.recv() {
        let waiting: Vec<Reply> = std::iter::once(first).chain(asked.try_iter()).collect();
        let flushed = tree.flush();
        for reply in waiting {
            let result = match &flushed {
                Ok(_) => Ok(()),
                Err(e) => Err(failed("flush")(e.clone())),
            };
            // Whoever stopped waiting does not need to know.
            let _gone = reply.send(result);
        }
    }
}
