//! The accept loop: bounded, patient with faults, drained on a stop.

use std::{convert::Infallible, pin::pin, sync::Arc, time::Duration};

use http::{HeaderValue, Request, Response, StatusCode, header};
use hyper::{
    body::Incoming,
    server::conn::http1,
    service::{Service, service_fn},
};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
};

use super::{
    Body, Listener, error_reply,
    framing::{Ambiguity, HEADERS_MAX, Watched},
    malformed::Malformed,
};
use crate::{openai::ErrorBody, tasks::Tasks};

/// What a listener allows.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// How long a client may take to send a request's head.
    pub header_timeout: Duration,
    /// How long a stop lets an answer under way go on.
    pub drain: Duration,
}

/// What the workers that serve one address share.
#[derive(Clone, Debug)]
pub struct Serving {
    limits: Limits,
    /// A place for each connection served at once.
    room: Arc<Semaphore>,
    tasks: Tasks,
}

impl Serving {
    /// Serves at most so many connections at once; further ones wait.
    #[must_use]
    pub fn new(connections_max: usize, limits: Limits, tasks: &Tasks) -> Self {
        let room = Arc::new(Semaphore::new(connections_max.min(Semaphore::MAX_PERMITS)));
        Self { limits, room, tasks: tasks.clone() }
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
        + 'static,
    S::Future: Send + 'static,
{
    let Serving { limits, room, tasks } = serving;
    let listener = match listener.attach() {
        Ok(listener) => listener,
        Err(error) => return tracing::error!(%error, "a bound port cannot be watched"),
    };
    let mut builder = http1::Builder::new();
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(limits.header_timeout)
        .max_headers(HEADERS_MAX);

    loop {
        let accepted = tokio::select! {
            () = tasks.stopping().cancelled() => break,
            accepted = accept(&listener, &room) => accepted,
        };
        let Some((stream, place)) = accepted else {
            // Out of file descriptors, most often: wait for some to come back.
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        // Without it the last bytes of an answer wait for an acknowledgement, 40 ms at a time.
        let _ = stream.set_nodelay(true);
        let ambiguity = Ambiguity::default();
        let stream = Watched::new(stream, ambiguity.clone(), place);
        let service = service.clone();
        let service = service_fn(move |request| {
            let answer = match Malformed::behind(&request) {
                Some(malformed) => Err(malformed.reply()),
                None if ambiguity.is_found() => Err(two_lengths()),
                None => Ok(service.call(request)),
            };
            let ambiguity = ambiguity.clone();
            async move {
                let answer = match answer {
                    Ok(answer) => answer.await?,
                    Err(refusal) => return Ok::<_, Infallible>(refusal),
                };
                if answer.status() == StatusCode::SWITCHING_PROTOCOLS {
                    ambiguity.upgraded();
                }
                Ok(answer)
            }
        });
        let connection = builder.serve_connection(TokioIo::new(stream), service).with_upgrades();
        let stopping = tasks.stopping().clone();
        tasks.spawn_here(async move {
            let mut connection = pin!(connection);
            let ended = tokio::select! {
                ended = connection.as_mut() => ended,
                () = stopping.cancelled() => {
                    // The answer under way ends, and no further request is read.
                    connection.as_mut().graceful_shutdown();
                    match tokio::time::timeout(limits.drain, connection).await {
                        Ok(ended) => ended,
                        Err(_) => return tracing::warn!("an answer was cut off at the end of the drain"),
                    }
                }
            };
            if let Err(error) = ended {
                tracing::debug!(
                    error = &error as &dyn std::error::Error,
                    "a connection ended with an error"
                );
            }
        });
    }
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

/// The next connection, and its place. Every worker takes one that may have to wait, so that a place nobody uses waits
/// for nobody's.
async fn accept(
    listener: &TcpListener,
    room: &Arc<Semaphore>,
) -> Option<(TcpStream, OwnedSemaphorePermit)> {
    match listener.accept().await {
        Ok((stream, _)) => Some((stream, Arc::clone(room).acquire_owned().await.ok()?)),
        Err(error) => {
            tracing::warn!(%error, "could not accept a connection");
            None
        }
    }
}
