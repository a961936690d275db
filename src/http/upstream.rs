//! The client of the one upstream.

use std::time::Duration;

use http::{
    HeaderValue, Method, Request, Response, StatusCode, Uri, header::AUTHORIZATION,
    uri::PathAndQuery,
};
use http_body_util::LengthLimitError;
use hyper::body::Incoming;
use hyper_rustls::{HttpsConnectorBuilder, MaybeHttpsStream};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::{TokioExecutor, TokioIo, TokioTimer},
};
use tokio::net::TcpStream;
use tower::{Service, ServiceExt as _, util::BoxCloneSyncService};

use super::{Body, BoxError, Upgrade, headers, patience::Idle};

/// How long each phase may take. There is no limit on the whole.
#[derive(Clone, Copy, Debug)]
pub struct Timeouts {
    /// To connect, from the host's name to the end of the TLS handshake.
    pub connect: Duration,
    /// From request to the first byte of the answer.
    pub first_byte: Duration,
    /// Between two chunks of the answer.
    pub idle: Duration,
    /// That an unused connection is kept.
    pub pool_idle: Duration,
}

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreachable {
    /// No connection.
    #[error("The provider cannot be reached")]
    Connect,
    /// A connection, and no whole answer head.
    #[error("The provider broke off before it answered")]
    Broken,
    /// The request's own body went past its limit on the way.
    #[error("the body is larger than one may be")]
    TooLarge,
    /// The request's own body paused for too long on the way.
    #[error("the body paused for too long")]
    Idle,
    /// The request's own body ended before it was whole, or was chunked in no way that can be read.
    #[error("The body broke off")]
    Cut,
    /// A method that is about the connection.
    #[error("CONNECT is not passed on; this is no tunnel")]
    Tunnel,
    /// A path that a provider could read as another one.
    #[error("A path with `.` or `..` in it is not passed on; write out the one that is meant")]
    Path,
    /// Not a byte in time.
    #[error("The provider did not begin to answer within {0} ms")]
    Silent(u128),
}

type Stream = MaybeHttpsStream<TokioIo<TcpStream>>;
type Connector = BoxCloneSyncService<Uri, Stream, BoxError>;

/// The client of the one upstream. Clones share the pool.
#[derive(Clone, Debug)]
pub struct Upstream {
    client: Client<Connector, Body>,
    base: Uri,
    timeouts: Timeouts,
}

impl Upstream {
    /// A client of the provider at `base`, whose path stands for `/v1`.
    ///
    /// # Errors
    /// When the provider is to be reached by TLS and the system's root certificates cannot be read.
    pub fn new(base: Uri, timeouts: Timeouts) -> std::io::Result<Self> {
        let connector = connector(&base, timeouts.connect)?;
        let client = Client::builder(TokioExecutor::new())
            .timer(TokioTimer::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(timeouts.pool_idle)
            // Sent again only where the pooled connection was closed before a byte of the request left.
            .retry_canceled_requests(true)
            .set_host(true)
            .build(connector);
        Ok(Self { client, base, timeouts })
    }

    /// How long an answer may pause.
    #[must_use]
    pub fn idle_timeout(&self) -> Duration {
        self.timeouts.idle
    }

    /// Sends a request whose path begins with `/v1` to the same path at the provider, and waits for the head of the
    /// answer. `key`, where given, takes the place of the client's `Authorization`; `upgrade` is asked for again.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn send(
        &self,
        mut request: Request<Body>,
        key: Option<&HeaderValue>,
        upgrade: Option<&Upgrade>,
    ) -> Result<Response<Incoming>, Unreachable> {
        if request.method() == Method::CONNECT {
            return Err(Unreachable::Tunnel);
        }
        headers::to_upstream(request.headers_mut());
        if let Some(upgrade) = upgrade {
            upgrade.ask(&mut request);
        }
        if let Some(key) = key {
            request.headers_mut().insert(AUTHORIZATION, key.clone());
        }
        *request.uri_mut() = self.target(request.uri()).ok_or(Unreachable::Path)?;
        *request.version_mut() = http::Version::HTTP_11;
        let answer =
            tokio::time::timeout(self.timeouts.first_byte, self.client.request(request)).await;
        let answer =
            answer.map_err(|_| Unreachable::Silent(self.timeouts.first_byte.as_millis()))?;
        let mut answer = answer.map_err(|error| {
            tracing::debug!(
                error = &error as &dyn std::error::Error,
                "no answer from the upstream"
            );
            if error.is_connect() {
                Unreachable::Connect
            } else if is_by::<LengthLimitError>(&error) {
                Unreachable::TooLarge
            } else if is_by::<Idle>(&error) {
                Unreachable::Idle
            } else if is_of_the_client(&error) {
                Unreachable::Cut
            } else {
                Unreachable::Broken
            }
        })?;
        if answer.status() == StatusCode::SWITCHING_PROTOCOLS && upgrade.is_none() {
            return Err(Unreachable::Broken);
        }
        headers::to_client(answer.headers_mut());
        Ok(answer)
    }

    fn target(&self, uri: &Uri) -> Option<Uri> {
        if has_dots(uri.path()) {
            return None;
        }
        let path = uri.path().strip_prefix("/v1").unwrap_or(uri.path());
        let base = self.base.path().trim_end_matches('/');
        let path = match uri.query() {
            Some(query) => format!("{base}{path}?{query}"),
            None if base.is_empty() && path.is_empty() => "/".to_owned(),
            None => format!("{base}{path}"),
        };
        let mut parts = self.base.clone().into_parts();
        parts.path_and_query = Some(PathAndQuery::try_from(path).ok()?);
        Uri::from_parts(parts).ok()
    }
}

/// Connects to hosts like `base`: where that is without TLS, a system without root certificates will do.
fn connector(base: &Uri, timeout: Duration) -> std::io::Result<Connector> {
    let mut plain = HttpConnector::new();
    plain.enforce_http(false);
    plain.set_nodelay(true);
    // Divided among a host's addresses; the one below is for the whole.
    plain.set_connect_timeout(Some(timeout));
    plain.set_keepalive(Some(Duration::from_secs(60)));
    if base.scheme() == Some(&http::uri::Scheme::HTTP) {
        let connector = plain.map_response(MaybeHttpsStream::Http).map_err(BoxError::from);
        return Ok(in_time(connector, timeout));
    }
    let secured = HttpsConnectorBuilder::new()
        .with_native_roots()?
        .https_only()
        .enable_http1()
        .wrap_connector(plain);
    Ok(in_time(secured, timeout))
}

fn in_time<S>(connector: S, timeout: Duration) -> Connector
where
    S: Service<Uri, Response = Stream, Error = BoxError, Future: Send>
        + Clone
        + Send
        + Sync
        + 'static,
{
    BoxCloneSyncService::new(tower::service_fn(move |uri| {
        let connecting = connector.clone().oneshot(uri);
        async move { tokio::time::timeout(timeout, connecting).await? }
    }))
}

/// Whether a segment of this path is `.` or `..`, also where a reader would have to decode it to see that.
fn has_dots(path: &str) -> bool {
    let path = path.to_ascii_lowercase().replace("%2e", ".");
    path.replace("%2f", "/")
        .replace("%5c", "/")
        .split(['/', '\\'])
        .any(|segment| matches!(segment, "." | ".."))
}

/// Whether a request failed because its own body did.
fn is_of_the_client(error: &(dyn std::error::Error + 'static)) -> bool {
    std::iter::successors(Some(error), |error| error.source())
        .any(|error| error.downcast_ref::<hyper::Error>().is_some_and(hyper::Error::is_user))
}

/// Whether a request failed for this reason.
fn is_by<E: std::error::Error + 'static>(error: &(dyn std::error::Error + 'static)) -> bool {
    std::iter::successors(Some(error), |error| error.source()).any(|error| error.is::<E>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_with_dots_is_none() {
        for path in [
            "/v1/../admin",
            "/v1/..",
            "/v1/./models",
            "/v1/%2e%2E/x",
            "/v1/.%2e/x",
            "/v1/a%2f..%2Fx",
            "/v1/..%5cx",
        ] {
            assert!(has_dots(path), "{path}");
        }
        for path in ["/v1/models/gpt-4.1", "/v1/.../x", "/v1/..x", "/v1/models/a%2Fb", "/v1//x"] {
            assert!(!has_dots(path), "{path}");
        }
    }

    #[tokio::test]
    async fn a_host_that_takes_the_connection_and_says_nothing_more_is_given_up() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let base: Uri = format!("https://{}", listener.local_addr().unwrap()).parse().unwrap();
        let Ok(connector) = connector(&base, Duration::from_millis(100)) else {
            return; // A system without root certificates.
        };
        let connecting = connector.oneshot(base);
        let error = tokio::time::timeout(Duration::from_secs(20), connecting).await.unwrap();
        assert!(error.unwrap_err().is::<tokio::time::error::Elapsed>());
    }

    #[test]
    fn the_base_stands_for_v1() {
        let timeout = Duration::from_secs(1);
        let timeouts =
            Timeouts { connect: timeout, first_byte: timeout, idle: timeout, pool_idle: timeout };
        for (base, path, target) in [
            ("http://h:1/v1", "/v1/chat/completions?a=%20", "http://h:1/v1/chat/completions?a=%20"),
            ("http://h/openai/v1/", "/v1/models", "http://h/openai/v1/models"),
            ("http://h", "/v1/models", "http://h/models"),
        ] {
            let upstream = Upstream::new(base.parse().unwrap(), timeouts).unwrap();
            assert_eq!(upstream.target(&path.parse().unwrap()).unwrap().to_string(), target);
        }
    }
}
