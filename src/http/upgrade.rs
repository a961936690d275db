//! Connections that become something else (WebSockets): relayed as bytes, both ways, until either side ends.

use http::{HeaderValue, Request, Response, StatusCode, header};
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;

use super::{Answer, Body};
use crate::tasks::Tasks;

/// The one protocol that is relayed. Others would carry requests past every check (HTTP/2 in the clear).
const PROTOCOL: HeaderValue = HeaderValue::from_static("websocket");

/// A client's wish to speak WebSocket on this connection.
#[derive(Debug)]
pub struct Upgrade {
    client: OnUpgrade,
}

impl Upgrade {
    /// The wish of this request, if it has one (RFC 9110, 7.8).
    #[must_use]
    pub fn wanted_by<B>(request: &mut Request<B>) -> Option<Self> {
        let names = request.headers().get(header::CONNECTION)?.to_str().ok()?;
        if !names.split(',').any(|name| name.trim().eq_ignore_ascii_case("upgrade")) {
            return None;
        }
        let protocol = request.headers().get(header::UPGRADE)?;
        if !protocol.as_bytes().eq_ignore_ascii_case(PROTOCOL.as_bytes()) {
            return None;
        }
        Some(Self { client: hyper::upgrade::on(request) })
    }

    /// Says the wish again, to the upstream.
    pub fn ask<B>(&self, request: &mut Request<B>) {
        let headers = request.headers_mut();
        headers.insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
        headers.insert(header::UPGRADE, PROTOCOL);
    }

    /// Where the upstream agreed, passes its agreement on, and then every byte of both sides.
    #[must_use]
    pub fn relay(self, mut answer: Response<Answer>, tasks: &Tasks) -> Response<Body> {
        debug_assert_eq!(
            answer.status(),
            StatusCode::SWITCHING_PROTOCOLS,
            "only an agreement is relayed"
        );
        let upstream = hyper::upgrade::on(&mut answer);
        let stopping = tasks.stopping().clone();
        tasks.spawn_here(async move {
            let tunnel = async {
                let (client, upstream) = tokio::try_join!(self.client, upstream)?;
                let (mut client, mut upstream) = (TokioIo::new(client), TokioIo::new(upstream));
                tokio::io::copy_bidirectional(&mut client, &mut upstream).await?;
                Ok::<_, super::BoxError>(())
            };
            let ended = tokio::select! {
                () = stopping.cancelled() => return,
                ended = tunnel => ended,
            };
            if let Err(error) = ended {
                tracing::debug!(
                    error = &*error as &dyn std::error::Error,
                    "an upgraded connection broke off"
                );
            }
        });
        let mut reply = answer.map(|_| Body::default());
        let headers = reply.headers_mut();
        headers.insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
        headers.insert(header::UPGRADE, PROTOCOL);
        reply
    }
}
