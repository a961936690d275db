//! The streams of one connection of HTTP/2: whether there are any, and whether the client takes what they carry.
//!
//! A socket that moves says neither: a client may answer every ping, ask for nothing and open no window.

use std::{
    future::poll_fn,
    pin::{Pin, pin},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed},
    },
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::rt::Executor;
use tokio::time::{Instant, sleep};

use super::alarm::Stall;
use crate::tasks::Tasks;

/// Runs the streams of a connection beside each other, where the connection runs, and ends one whose client takes
/// nothing of it. Clones share one connection.
#[derive(Clone, Debug)]
pub(super) struct Streams {
    tasks: Tasks,
    write_timeout: Duration,
    open: Arc<Open>,
}

#[derive(Debug)]
struct Open(Mutex<Count>);

#[derive(Debug)]
struct Count {
    streams: usize,
    /// When the last one ended.
    since: Instant,
}

impl Open {
    fn lock(&self) -> MutexGuard<'_, Count> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Streams {
    pub(super) fn new(tasks: &Tasks, write_timeout: Duration) -> Self {
        let count = Count { streams: 0, since: Instant::now() };
        Self { tasks: tasks.clone(), write_timeout, open: Arc::new(Open(Mutex::new(count))) }
    }

    /// Waits until there was no stream for `limit`, counted from now on.
    pub(super) async fn idle(&self, limit: Duration) {
        let began = Instant::now();
        loop {
            let now = Instant::now();
            let since = match &*self.open.lock() {
                Count { streams: 0, since } => began.max(*since),
                _ => now,
            };
            if since + limit <= now {
                return;
            }
            sleep(since + limit - now).await;
        }
    }
}

/// A stream among those of its connection.
struct Place(Arc<Open>);

impl Place {
    fn take(open: &Arc<Open>) -> Self {
        open.lock().streams += 1;
        Self(Arc::clone(open))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut count = self.0.lock();
        count.streams -= 1;
        count.since = Instant::now();
    }
}

tokio::task_local! {
    /// What the stream that is being run has handed to its client.
    static HANDED: Arc<Handed>;
}

/// What a body handed to the connection, which asks for more when the client has room for it.
#[derive(Debug, Default)]
struct Handed {
    pieces: AtomicUsize,
    /// More is asked for and has not come: it is not the client that is waited for.
    is_asked: AtomicBool,
}

impl<F: Future<Output = ()> + Send + 'static> Executor<F> for Streams {
    fn execute(&self, stream: F) {
        let place = Place::take(&self.open);
        let mut stall = Stall::new(self.write_timeout);
        self.tasks.spawn_here(async move {
            let _place = place;
            let handed = Arc::<Handed>::default();
            let mut stream = pin!(HANDED.scope(Arc::clone(&handed), stream));
            let mut before = 0;
            poll_fn(|cx| {
                if stream.as_mut().poll(cx).is_ready() {
                    return Poll::Ready(());
                }
                let pieces = handed.pieces.load(Relaxed);
                if pieces != before || handed.is_asked.load(Relaxed) {
                    before = pieces;
                    stall.moved();
                }
                if pieces == 0 || handed.is_asked.load(Relaxed) {
                    return Poll::Pending;
                }
                let past = stall.poll_past(cx);
                if past.is_ready() {
                    tracing::debug!("an answer was left untaken and its stream reset");
                }
                past
            })
            .await;
        });
    }
}

/// A body that tells its stream what it handed over, and hands over little at a time.
///
/// hyper takes a whole piece for the first byte of window that there is, and ends the stream's task with the last piece,
/// which then lies in the connection, seen by nobody. So pieces are small, and of one that is not tiny the last byte comes
/// by itself: there is room for it when everything before it has gone.
#[derive(Debug)]
pub(super) struct Handing<B> {
    body: B,
    rest: Bytes,
    handed: Option<Arc<Handed>>,
}

/// The largest piece, a frame of HTTP/2 (RFC 9113, 4.2).
const PIECE_BYTES_MAX: usize = 16 << 10;
/// A tiny piece: a hundred of them in one connection are no burden.
const TINY_BYTES: usize = 1 << 10;

impl<B> Handing<B> {
    /// Of the stream that is being run.
    pub(super) fn new(body: B) -> Self {
        Self { body, rest: Bytes::new(), handed: HANDED.try_with(Arc::clone).ok() }
    }

    fn piece(&mut self) -> Bytes {
        let length = match self.rest.len() {
            tiny @ ..=TINY_BYTES => tiny,
            length => PIECE_BYTES_MAX.min(length - 1),
        };
        self.rest.split_to(length)
    }
}

impl<B: Body<Data = Bytes> + Unpin> Handing<B> {
    fn poll_piece(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        if self.rest.is_empty() {
            match ready!(Pin::new(&mut self.body).poll_frame(cx)) {
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) => self.rest = data,
                    Err(other) => return Poll::Ready(Some(Ok(other))),
                },
                end => return Poll::Ready(end),
            }
        }
        Poll::Ready(Some(Ok(Frame::data(self.piece()))))
    }
}

impl<B: Body<Data = Bytes> + Unpin> Body for Handing<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        let this = self.get_mut();
        let polled = this.poll_piece(cx);
        if let Some(handed) = &this.handed {
            handed.is_asked.store(polled.is_pending(), Relaxed);
            if polled.is_ready() {
                handed.pieces.fetch_add(1, Relaxed);
            }
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.body.is_end_stream()
    }

    /// Asked for before the first piece.
    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
