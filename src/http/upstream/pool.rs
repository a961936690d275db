//! Connections to the provider, kept for the next request: of one runtime, used by its threads alone.

use std::{
    future::poll_fn,
    pin::pin,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed},
    },
    task::Poll,
    time::Duration,
};

use http::{Request, Response};
use hyper::{
    body::Incoming,
    client::conn::{TrySendError, http1, http2},
    rt::Executor as _,
};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    time::{Instant, timeout},
};

use super::connect::{Connected, Connector};
use crate::http::{Body, BoxError, alarm::Alarm};

/// Unused HTTP/1.1 connections kept; further ones are closed.
const IDLE_MAX: usize = 1024;
/// Connections looked at for one that is ready; past it a fresh one is cheaper.
const LOOKS_MAX: usize = 8;
/// Of a stream of HTTP/2. All streams of a connection fit its window, so that a client who does not read holds up nobody
/// else's answer.
const STREAM_WINDOW_BYTES: u32 = 256 << 10;
const STREAMS_MAX: u32 = 100;
/// A connection with requests on it is asked this often whether it is still there.
const PING_INTERVAL: Duration = Duration::from_secs(20);

/// Connections to the provider.
#[derive(Debug)]
pub(super) struct Pool {
    connector: Arc<Connector>,
    idle_timeout: Duration,
    kept: Mutex<Kept>,
    /// Held while it is not known whether the next connection will carry many requests.
    connecting: tokio::sync::Mutex<()>,
    /// The provider chose HTTP/1.1, the last time.
    chose_http1: AtomicBool,
}

#[derive(Debug, Default)]
struct Kept {
    /// Not in use, the last one put back last.
    idle: Vec<(One, Instant)>,
    /// HTTP/2: in use by any number of requests.
    shared: Vec<Shared>,
    /// Connections that there are, in use or not.
    open: usize,
    /// Whether a task closes what is unused for too long.
    is_swept: bool,
}

/// A connection that carries one request after the other.
#[derive(Debug)]
pub(super) struct One {
    sender: http1::SendRequest<Body>,
    alarm: Alarm,
}

/// A connection that carries many requests at once.
#[derive(Clone, Debug)]
struct Shared {
    sender: http2::SendRequest<Body>,
    streams: Arc<Streams>,
}

#[derive(Debug)]
struct Streams {
    under_way: AtomicUsize,
    /// As the provider said.
    max: AtomicUsize,
    unused_since: Mutex<Instant>,
}

/// A request's place on a shared connection.
#[derive(Debug)]
struct Place(Arc<Streams>);

impl Drop for Place {
    fn drop(&mut self) {
        if self.0.under_way.fetch_sub(1, Relaxed) == 1 {
            *locked(&self.0.unused_since) = Instant::now();
        }
    }
}

/// A connection lent to one request. Dropped, it is closed, or its stream is reset.
#[derive(Debug)]
pub(super) enum Line {
    /// HTTP/1.1. Whether it carried a request before is told beside.
    One(One),
    /// HTTP/2.
    Many(Stream),
}

/// A request's part of a shared connection.
#[derive(Debug)]
pub(super) struct Stream {
    sender: http2::SendRequest<Body>,
    alarm: Alarm,
    _place: Place,
}

/// What a request came to on a line.
pub(super) type Sent = Result<Response<Incoming>, TrySendError<Request<Body>>>;

impl Line {
    /// Sends, and waits for the head of the answer; none: not in time.
    pub(super) async fn send(&mut self, request: Request<Body>, limit: Duration) -> Option<Sent> {
        let since = Instant::now();
        match self {
            Self::One(one) => {
                let sent = one.sender.try_send_request(request);
                in_time(sent, &mut one.alarm, since, limit).await
            }
            Self::Many(stream) => {
                let sent = stream.sender.try_send_request(request);
                in_time(sent, &mut stream.alarm, since, limit).await
            }
        }
    }

    pub(super) fn is_h2(&self) -> bool {
        matches!(self, Self::Many(..))
    }

    /// The timer for the waits within the answer.
    pub(super) fn alarm(&mut self) -> &mut Alarm {
        match self {
            Self::One(One { alarm, .. }) | Self::Many(Stream { alarm, .. }) => alarm,
        }
    }
}

async fn in_time(
    sent: impl Future<Output = Sent>,
    alarm: &mut Alarm,
    since: Instant,
    limit: Duration,
) -> Option<Sent> {
    let mut sent = pin!(sent);
    poll_fn(|cx| match sent.as_mut().poll(cx) {
        Poll::Ready(sent) => Poll::Ready(Some(sent)),
        Poll::Pending => alarm.poll_past(cx, since, limit).map(|()| None),
    })
    .await
}

impl Pool {
    pub(super) fn new(connector: Arc<Connector>, idle_timeout: Duration) -> Self {
        Self {
            connector,
            idle_timeout,
            kept: Mutex::default(),
            connecting: tokio::sync::Mutex::default(),
            chose_http1: AtomicBool::new(false),
        }
    }

    /// A connection that carried a request before and stands.
    pub(super) fn kept(&self, only_http1: bool) -> Option<Line> {
        let mut kept = locked(&self.kept);
        if !only_http1 && let Some(shared) = kept.shared() {
            return Some(shared);
        }
        kept.one(self.idle_timeout).map(Line::One)
    }

    /// A fresh connection, or a place on one that another request has made meanwhile.
    ///
    /// # Errors
    /// When the provider cannot be reached.
    pub(super) async fn fresh(self: &Arc<Self>, only_http1: bool) -> Result<Line, BoxError> {
        let may_be_shared =
            !only_http1 && self.connector.may_speak_h2() && !self.chose_http1.load(Relaxed);
        if !may_be_shared {
            return self.connect(only_http1).await;
        }
        // Not one for each of those that wait: the first may serve all. Waiting is part of the time to connect.
        let _connecting = timeout(self.connector.timeout(), self.connecting.lock()).await?;
        if self.chose_http1.load(Relaxed) {
            return self.connect(only_http1).await;
        }
        let made_meanwhile = locked(&self.kept).shared();
        match made_meanwhile {
            Some(line) => Ok(line),
            None => self.connect(only_http1).await,
        }
    }

    async fn connect(self: &Arc<Self>, only_http1: bool) -> Result<Line, BoxError> {
        let connected = self.connector.connect(only_http1).await?;
        let is_h2 = match &connected {
            Connected::Plain { is_h2, .. } | Connected::Secure { is_h2, .. } => *is_h2,
        };
        if !only_http1 {
            self.chose_http1.store(!is_h2, Relaxed);
        }
        match connected {
            Connected::Plain { stream, .. } => self.begin(stream, is_h2).await,
            Connected::Secure { stream, .. } => self.begin(stream, is_h2).await,
        }
    }

    async fn begin<S>(self: &Arc<Self>, stream: S, is_h2: bool) -> Result<Line, BoxError>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let stream = TokioIo::new(stream);
        let alarm = Alarm::default();
        if !is_h2 {
            let (sender, connection) = http1::handshake(stream).await?;
            self.drive(connection.with_upgrades());
            return Ok(Line::One(One { sender, alarm }));
        }
        let (sender, connection) = http2::Builder::new(TokioExecutor::new())
            .timer(TokioTimer::new())
            .keep_alive_interval(PING_INTERVAL)
            .initial_stream_window_size(STREAM_WINDOW_BYTES)
            .initial_connection_window_size(STREAM_WINDOW_BYTES * STREAMS_MAX)
            .handshake(stream)
            .await?;
        let streams = Arc::new(Streams {
            under_way: AtomicUsize::new(0),
            max: AtomicUsize::new(STREAMS_MAX as usize),
            unused_since: Mutex::new(Instant::now()),
        });
        let said = Arc::clone(&streams);
        let mut connection = Box::pin(connection);
        self.drive(poll_fn(move |cx| {
            let ended = connection.as_mut().poll(cx);
            let max = connection.current_max_send_streams().min(STREAMS_MAX as usize);
            said.max.store(max, Relaxed);
            ended
        }));
        let shared = Shared { sender, streams };
        let line = shared.line();
        locked(&self.kept).shared.push(shared);
        Ok(line)
    }

    /// Runs a connection until it ends. It ends when nothing uses or keeps it any more, so a stop need not wait for it.
    fn drive(
        self: &Arc<Self>,
        connection: impl Future<Output = hyper::Result<()>> + Send + 'static,
    ) {
        let pool = Arc::clone(self);
        let is_swept = {
            let mut kept = locked(&self.kept);
            kept.open += 1;
            std::mem::replace(&mut kept.is_swept, true)
        };
        TokioExecutor::new().execute(async move {
            if let Err(error) = connection.await {
                let error = &error as &dyn std::error::Error;
                tracing::debug!(error, "a connection to the provider ended with an error");
            }
            locked(&pool.kept).open -= 1;
        });
        if !is_swept {
            TokioExecutor::new().execute(Arc::clone(self).sweep());
        }
    }

    /// Closes what is unused for too long, until there is no connection left.
    async fn sweep(self: Arc<Self>) {
        loop {
            tokio::time::sleep(self.idle_timeout).await;
            let mut kept = locked(&self.kept);
            let now = Instant::now();
            kept.idle.retain(|(one, since)| {
                !one.sender.is_closed() && now.duration_since(*since) < self.idle_timeout
            });
            kept.shared.retain(|shared| {
                let is_used = shared.streams.under_way.load(Relaxed) > 0;
                let since = *locked(&shared.streams.unused_since);
                !shared.sender.is_closed()
                    && (is_used || now.duration_since(since) < self.idle_timeout)
            });
            if kept.open == 0 {
                kept.is_swept = false;
                return;
            }
        }
    }

    /// Keeps a connection whose answer has ended for the next request.
    pub(super) fn keep(&self, line: Line) {
        let Line::One(one) = line else { return };
        if one.sender.is_closed() {
            return;
        }
        let mut kept = locked(&self.kept);
        if kept.idle.len() < IDLE_MAX {
            kept.idle.push((one, Instant::now()));
        }
    }
}

impl Kept {
    /// The connection used last, that the provider keeps the longest. One that has not quite ended its last request, or
    /// that the provider has closed, is not ready.
    fn one(&mut self, idle_timeout: Duration) -> Option<One> {
        let (_, since) = self.idle.last()?;
        if since.elapsed() >= idle_timeout {
            self.idle.clear();
            return None;
        }
        let mut at = self.idle.len();
        for _ in 0..LOOKS_MAX {
            at = at.checked_sub(1)?;
            if self.idle[at].0.sender.is_ready() {
                return Some(self.idle.remove(at).0);
            }
            if self.idle[at].0.sender.is_closed() {
                self.idle.remove(at);
            }
        }
        None
    }

    fn shared(&mut self) -> Option<Line> {
        if self.shared.is_empty() {
            return None;
        }
        self.shared.retain(|shared| !shared.sender.is_closed());
        let has_room = |shared: &&Shared| {
            shared.streams.under_way.load(Relaxed) < shared.streams.max.load(Relaxed)
        };
        self.shared.iter().find(has_room).map(Shared::line)
    }
}

impl Shared {
    fn line(&self) -> Line {
        self.streams.under_way.fetch_add(1, Relaxed);
        let place = Place(Arc::clone(&self.streams));
        Line::Many(Stream { sender: self.sender.clone(), alarm: Alarm::default(), _place: place })
    }
}

/// Nothing under these locks can panic half-way.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
