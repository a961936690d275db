//! The accept loop: bounded, patient with faults, drained on a stop.

use std::{
    convert::Infallible,
    future::pending,
    pin::{Pin, pin},
    sync::Arc,
    time::Duration,
};

use http::{HeaderValue, Request, Response, StatusCode, Version, header};
use hyper::{
    body::Incoming,
    server::conn::{http1, http2},
    service::{Service, service_fn},
};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{sleep, timeout},
};

use super::{
    Body, Certificate, Listener,
    accepted::Accepted,
    error_reply,
    opening::sniff,
    streams::{Handing, Streams},
};
use crate::{metrics::Metrics, openai::ErrorBody, person::Outcome, tasks::Tasks};

/// The head of a request may be so long; a longer one gets 431.
const HEAD_BYTES_MAX: usize = 128 << 10;
/// Requests at once on one connection of HTTP/2. Their windows together are the connection's, so that none is held up
/// by one that nobody reads.
const STREAMS_MAX: u32 = 100;
const STREAM_WINDOW_BYTES: u32 = 256 << 10;
/// Requests that a client may take back before they were looked at; past it the connection ends.
const TAKEN_BACK_MAX: usize = 20;
/// A client of HTTP/2 is asked this often whether it is still there.
const PING_INTERVAL: Duration = Duration::from_secs(20);
/// What the metrics call a request that was no request.
pub const ROUTE_REFUSED: &str = "refused";

/// What a listener allows.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// How long a client may take to send a request's head, and a connection may stay without a request.
    pub header_timeout: Duration,
    /// How long a client may leave an answer unread.
    pub write_timeout: Duration,
    /// How long a stop lets an answer under way go on.
    pub drain: Duration,
}

/// What the workers that serve one address share.
#[derive(Clone, Debug)]
pub struct Serving {
    limits: Limits,
    /// A place for each connection served at once.
    room: Arc<Semaphore>,
    certificate: Option<Certificate>,
    metrics: Option<Arc<Metrics>>,
    tasks: Tasks,
}

impl Serving {
    /// Serves at most so many connections at once; further ones wait.
    #[must_use]
    pub fn new(connections_max: usize, limits: Limits, tasks: &Tasks) -> Self {
        let room = Arc::new(Semaphore::new(connections_max.min(Semaphore::MAX_PERMITS)));
        Self { limits, room, certificate: None, metrics: None, tasks: tasks.clone() }
    }

    /// By TLS, where there is a certificate.
    #[must_use]
    pub fn by(self, certificate: Option<Certificate>) -> Self {
        Self { certificate, ..self }
    }

    /// Counts what is refused before it is a request.
    #[must_use]
    pub fn counted(self, metrics: Arc<Metrics>) -> Self {
        Self { metrics: Some(metrics), ..self }
    }

    fn refused(&self) {
        if let Some(metrics) = &self.metrics {
            metrics.count(ROUTE_REFUSED, Outcome::Bypassed, None);
        }
    }
}

/// Serves connections until the tasks are told to stop. Answers under way then end on tasks of their own, which a stop
/// waits for.
///
/// When a client leaves, the future of its request is dropped, so nothing that must happen may live there.
pub async fn serve<S>(listener: Listener, service: S, serving: Serving)
where
    S: Service<Request<Incoming>, Response = Response<Body>, Error = Infallible>
        + Clone
        + Send
        + Sync
        + 'static,
    S::Future: Send + 'static,
{
    let listener = match listener.attach() {
        Ok(listener) => listener,
        Err(error) => return tracing::error!(%error, "a bound port cannot be watched"),
    };
    let tasks = serving.tasks.clone();
    let speech = Arc::new(Speech::new(service, serving));
    loop {
        let accepted = tokio::select! {
            () = tasks.stopping().cancelled() => break,
            accepted = accept(&listener, &speech.serving.room) => accepted,
        };
        let Some((stream, place)) = accepted else {
            // Out of file descriptors, most often: wait for some to come back.
            sleep(Duration::from_millis(50)).await;
            continue;
        };
        tasks.spawn_here(Arc::clone(&speech).open(stream, place));
    }
}

/// The next connection, and its place. Every worker takes one that may have to wait, so that a place nobody uses waits
/// for nobody's.
async fn accept(
    listener: &TcpListener,
    room: &Arc<Semaphore>,
) -> Option<(TcpStream, OwnedSemaphorePermit)> {
    match listener.accept().await {
        Ok((stream, _)) => {
            // Without it the last bytes of an answer wait for an acknowledgement, 40 ms at a time.
            let _ = stream.set_nodelay(true);
            Some((stream, Arc::clone(room).acquire_owned().await.ok()?))
        }
        Err(error) => {
            tracing::warn!(%error, "could not accept a connection");
            None
        }
    }
}

/// How a worker speaks with its clients.
struct Speech<S> {
    service: S,
    serving: Serving,
    http1: http1::Builder,
}

impl<S> Speech<S>
where
    S: Service<Request<Incoming>, Response = Response<Body>, Error = Infallible>
        + Clone
        + Send
        + Sync
        + 'static,
    S::Future: Send + 'static,
{
    fn new(service: S, serving: Serving) -> Self {
        let mut http1 = http1::Builder::new();
        http1
            .timer(TokioTimer::new())
            .header_read_timeout(serving.limits.header_timeout)
            .max_header_size(HEAD_BYTES_MAX);
        Self { service, serving, http1 }
    }

    /// Finds out what is spoken, and speaks it.
    async fn open(self: Arc<Self>, mut stream: TcpStream, place: OwnedSemaphorePermit) {
        let patience = self.serving.limits.header_timeout;
        let stopping = self.serving.tasks.stopping().clone();
        let began = async {
            match &self.serving.certificate {
                None => {
                    let (first, is_h2) = sniff(&mut stream).await?;
                    Ok((Began::Plain(stream), first, is_h2))
                }
                Some(certificate) => {
                    let stream = certificate.acceptor.accept(stream).await?;
                    let is_h2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
                    Ok((Began::Secure(Box::new(stream)), Vec::new(), is_h2))
                }
            }
        };
        let began = tokio::select! {
            began = timeout(patience, began) => began,
            () = stopping.cancelled() => return,
        };
        let (stream, first, is_h2) = match began {
            Ok(Ok(began)) => began,
            Ok(Err(error)) => {
                let error: &std::io::Error = &error;
                return tracing::debug!(%error, "a connection did not begin");
            }
            Err(_) => return tracing::debug!("a connection took too long to begin"),
        };
        match stream {
            Began::Plain(stream) => self.speak(stream, first, is_h2, place).await,
            Began::Secure(stream) => self.speak(stream, first, is_h2, place).await,
        }
    }

    async fn speak<T>(&self, stream: T, first: Vec<u8>, is_h2: bool, place: OwnedSemaphorePermit)
    where
        T: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let patience = self.serving.limits.write_timeout;
        if is_h2 {
            let stream = Accepted::http2(stream, first, patience, place);
            let streams = Streams::new(&self.serving.tasks, patience);
            let service = service_fn(|request| {
                let answer = self.service.call(request);
                async { Ok::<_, Infallible>(answer.await?.map(Handing::new)) }
            });
            let connection = http2(streams.clone()).serve_connection(TokioIo::new(stream), service);
            let stop = http2::Connection::graceful_shutdown;
            return self.drained(connection, stop, |limit| streams.idle(limit)).await;
        }
        let (stream, ambiguity) = Accepted::http1(stream, first, patience, place);
        let service = service_fn(move |request| {
            ambiguity.answered();
            let answer = if ambiguity.is_found() {
                Err(two_lengths as fn() -> Response<Body>)
            } else if !names_one_host(&request) {
                Err(not_one_host as _)
            } else {
                Ok(self.service.call(request))
            };
            let ambiguity = ambiguity.clone();
            async move {
                let answer = match answer {
                    Ok(answer) => answer.await?,
                    Err(refusal) => {
                        self.serving.refused();
                        return Ok::<_, Infallible>(refusal());
                    }
                };
                if answer.status() == StatusCode::SWITCHING_PROTOCOLS {
                    ambiguity.upgraded();
                }
                Ok(answer)
            }
        });
        let connection = self.http1.serve_connection(TokioIo::new(stream), service);
        let stop = http1::UpgradeableConnection::graceful_shutdown;
        // Its own timer of heads ends one that asks for nothing.
        self.drained(connection.with_upgrades(), stop, |_| pending()).await;
    }

    /// Runs a connection to its end: its own, that of the drain, or that of a client that asks for nothing.
    async fn drained<C, I>(
        &self,
        connection: C,
        stop: impl FnOnce(Pin<&mut C>),
        idle: impl Fn(Duration) -> I,
    ) where
        C: Future<Output = hyper::Result<()>>,
        I: Future<Output = ()>,
    {
        let (limits, stopping) = (self.serving.limits, self.serving.tasks.stopping());
        let mut connection = pin!(connection);
        let mut ended = tokio::select! {
            ended = connection.as_mut() => Some(ended),
            () = stopping.cancelled() => None,
            () = idle(limits.header_timeout) => None,
        };
        if ended.is_none() {
            // The answers under way end, and no further request is read.
            stop(connection.as_mut());
            let drained = async {
                stopping.cancelled().await;
                sleep(limits.drain).await;
            };
            ended = tokio::select! {
                ended = connection => Some(ended),
                () = drained => {
                    return tracing::warn!("an answer was cut off at the end of the drain");
                }
                () = idle(limits.write_timeout) => {
                    return tracing::debug!("a client did not let its connection end");
                }
            };
        }
        let Some(Err(error)) = ended else { return };
        if error.is_parse() || error.is_timeout() {
            self.serving.refused();
        }
        let error = &error as &dyn std::error::Error;
        tracing::debug!(error, "a connection ended with an error");
    }
}

fn http2(streams: Streams) -> http2::Builder<Streams> {
    let mut http2 = http2::Builder::new(streams);
    http2
        .timer(TokioTimer::new())
        .max_header_list_size(HEAD_BYTES_MAX as u32)
        .max_concurrent_streams(STREAMS_MAX)
        .max_pending_accept_reset_streams(TAKEN_BACK_MAX)
        .initial_stream_window_size(STREAM_WINDOW_BYTES)
        .initial_connection_window_size(STREAM_WINDOW_BYTES * STREAMS_MAX)
        .keep_alive_interval(PING_INTERVAL);
    http2
}

/// A connection that has begun.
enum Began {
    Plain(TcpStream),
    Secure(Box<tokio_rustls::server::TlsStream<TcpStream>>),
}

/// Two readers could disagree where this request ends, so nothing after it on this connection is one.
fn two_lengths() -> Response<Body> {
    let error = ErrorBody::new(
        "invalid_request_error",
        "ambiguous_length",
        "The request gives its length twice; send either Content-Length or Transfer-Encoding.",
    );
    let mut reply = error_reply(StatusCode::BAD_REQUEST, &error);
    reply.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    reply
}

/// As every request of HTTP/1.1 must, and one of HTTP/1.0 may (RFC 9112, 3.2).
fn names_one_host<B>(request: &Request<B>) -> bool {
    let hosts = request.headers().get_all(header::HOST).iter().count();
    hosts == 1 || (hosts == 0 && request.version() < Version::HTTP_11)
}

fn not_one_host() -> Response<Body> {
    let error = ErrorBody::new(
        "invalid_request_error",
        "malformed_request",
        "The request names no host, or more than one; send one Host header.",
    );
    error_reply(StatusCode::BAD_REQUEST, &error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_written_to_a_client_waits_for_no_acknowledgement() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let _client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (stream, _place) = accept(&listener, &Arc::new(Semaphore::new(1))).await.unwrap();
        assert!(stream.nodelay().unwrap());
    }
}
