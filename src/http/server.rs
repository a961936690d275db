//! The accept loop: bounded, patient with faults, drained on a stop.

use std::{convert::Infallible, net::SocketAddr, pin::pin, sync::Arc, time::Duration};

use http::{HeaderValue, Request, Response, StatusCode, header};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{net::TcpListener, sync::Semaphore};
use tower::{Service, ServiceExt as _};

use super::{
    Body, error_reply,
    framing::{Ambiguity, HEADERS_MAX, Watched},
    malformed::Malformed,
};
use crate::{openai::ErrorBody, tasks::Tasks};

/// What a listener allows.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Connections served at once; further ones wait to be accepted.
    pub connections: usize,
    /// How long a client may take to send a request's head.
    pub header_timeout: Duration,
    /// How long a stop lets an answer under way go on.
    pub drain: Duration,
}

/// A bound port.
#[derive(Debug)]
pub struct Listener {
    inner: TcpListener,
    address: SocketAddr,
}

impl Listener {
    /// Binds `address`; port 0 takes a free one.
    ///
    /// # Errors
    /// When the address is in use or not ours.
    pub async fn bind(address: SocketAddr) -> std::io::Result<Self> {
        let inner = TcpListener::bind(address).await?;
        let address = inner.local_addr()?;
        Ok(Self { inner, address })
    }

    /// The address in use.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

/// Serves connections until the tasks are told to stop. Answers under way then end on tasks of their own, which a stop
/// waits for.
///
/// Requests of one connection may be answered by clones of `service`; when a client leaves, the future of its request
/// is dropped, so nothing that must happen may live there.
pub async fn serve<S>(listener: Listener, service: S, limits: Limits, tasks: Tasks)
where
    S: Service<Request<Incoming>, Response = Response<Body>, Error = Infallible>
        + Clone
        + Send
        + 'static,
    S::Future: Send + 'static,
{
    let mut builder = http1::Builder::new();
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(limits.header_timeout)
        .max_headers(HEADERS_MAX);
    let room = Arc::new(Semaphore::new(limits.connections));

    loop {
        let accepted = tokio::select! {
            () = tasks.stopping().cancelled() => break,
            accepted = accept(&listener.inner, &room) => accepted,
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
                None => Ok(service.clone().oneshot(request)),
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
        tasks.spawn(async move {
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

async fn accept(
    listener: &TcpListener,
    room: &Arc<Semaphore>,
) -> Option<(tokio::net::TcpStream, tokio::sync::OwnedSemaphorePermit)> {
    let place = Arc::clone(room).acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, _)) => Some((stream, place)),
        Err(error) => {
            tracing::warn!(%error, "could not accept a connection");
            None
        }
    }
}
