//! The client of the one upstream.

mod answer;
mod connect;
mod names;
mod pool;

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use http::{
    HeaderValue, Method, Request, Response, StatusCode, Uri,
    header::{AUTHORIZATION, HOST},
    uri::PathAndQuery,
};
use http_body_util::LengthLimitError;
use hyper::body::Incoming;

pub use self::{answer::Answer, connect::Roots};
use self::{
    connect::Connector,
    pool::{Line, Pool},
};
use super::{Body, Pauses, Upgrade, headers, patience::Idle};

/// How long each phase may take. There is no limit on the whole.
#[derive(Clone, Copy, Debug)]
pub struct Timeouts {
    /// To connect, from the host's name to the end of the TLS handshake.
    pub connect: Duration,
    /// From request to the first byte of the answer.
    pub first_byte: Duration,
    /// Within the answer.
    pub pauses: Pauses,
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

/// Where the provider is.
#[derive(Debug)]
struct Place {
    base: Uri,
    /// The path of `base` that stands for `/v1`.
    path: String,
    host: HeaderValue,
    connector: Arc<Connector>,
    timeouts: Timeouts,
    grumbles: Grumbles,
}

/// The client of the one upstream. Clones share their connections.
#[derive(Clone, Debug)]
pub struct Upstream {
    place: Arc<Place>,
    pool: Arc<Pool>,
}

/// How to reach a provider.
#[derive(Clone, Copy, Debug, Default)]
pub struct Reach<'a> {
    /// Certificates to trust beside the system's.
    pub ca_file: Option<&'a Path>,
    /// Whether HTTP/2 is spoken without asking where there is no TLS to ask by.
    pub http2_prior_knowledge: bool,
}

impl Upstream {
    /// A client of the provider at `base`, whose path stands for `/v1`.
    ///
    /// # Errors
    /// When the provider is to be reached by TLS and the certificates to trust cannot be read.
    pub fn new(base: Uri, reach: Reach<'_>, timeouts: Timeouts) -> Result<Self, Roots> {
        let connector = Arc::new(Connector::new(
            &base,
            reach.ca_file,
            reach.http2_prior_knowledge,
            timeouts.connect,
        )?);
        let host = base.authority().map_or("", |authority| authority.as_str());
        // The authority of a URI is visible ASCII.
        let host = HeaderValue::from_str(host).unwrap_or(HeaderValue::from_static(""));
        let path = base.path().trim_end_matches('/').to_owned();
        let place = Place { base, path, host, connector, timeouts, grumbles: Grumbles::default() };
        Ok(Self::at(Arc::new(place)))
    }

    /// A client of the same provider with connections of its own, for another runtime.
    #[must_use]
    pub fn apart(&self) -> Self {
        Self::at(Arc::clone(&self.place))
    }

    fn at(place: Arc<Place>) -> Self {
        let pool = Pool::new(Arc::clone(&place.connector), place.timeouts.pool_idle);
        Self { place, pool: Arc::new(pool) }
    }

    /// How long an answer may pause.
    #[must_use]
    pub fn pauses(&self) -> Pauses {
        self.place.timeouts.pauses
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
    ) -> Result<Response<Answer>, Unreachable> {
        if request.method() == Method::CONNECT {
            return Err(Unreachable::Tunnel);
        }
        let target = self.place.target(request.uri()).ok_or(Unreachable::Path)?;
        headers::to_upstream(request.headers_mut());
        if let Some(upgrade) = upgrade {
            upgrade.ask(&mut request);
        }
        if let Some(key) = key {
            request.headers_mut().insert(AUTHORIZATION, key.clone());
        }
        let (answer, line) = self.answer(request, &target, upgrade.is_some()).await?;
        if answer.status() == StatusCode::SWITCHING_PROTOCOLS && upgrade.is_none() {
            return Err(Unreachable::Broken);
        }
        let mut answer = answer.map(|body| Answer::new(body, line, &self.pool));
        headers::to_client(answer.headers_mut());
        Ok(answer)
    }

    /// Sends on a kept connection, and again on a fresh one where that turns out to have been closed before a byte of
    /// the request left.
    async fn answer(
        &self,
        mut request: Request<Body>,
        target: &PathAndQuery,
        only_http1: bool,
    ) -> Result<(Response<Incoming>, Line), Unreachable> {
        let first_byte = self.place.timeouts.first_byte;
        let mut kept = self.pool.kept(only_http1);
        loop {
            let is_kept = kept.is_some();
            let mut line = match kept.take() {
                Some(line) => line,
                None => self.pool.fresh(only_http1).await.map_err(|error| {
                    self.place.grumbles.unreachable(self.place.connector.host(), &*error);
                    Unreachable::Connect
                })?,
            };
            self.place.address(&mut request, target, line.is_h2());
            let again = (is_kept && line.is_h2()).then(|| again(&request)).flatten();
            match line.send(request, first_byte).await {
                None => return Err(Unreachable::Silent(first_byte.as_millis())),
                Some(Ok(answer)) => return Ok((answer, line)),
                Some(Err(mut failed)) => {
                    let unsent = failed.take_message();
                    let error = failed.into_error();
                    tracing::debug!(
                        error = &error as &dyn std::error::Error,
                        is_kept,
                        "no answer from the provider"
                    );
                    request = match unsent.or_else(|| again.filter(|_| is_unprocessed(&error))) {
                        Some(request) if is_kept => request,
                        _ => return Err(Unreachable::because_of(&error)),
                    };
                }
            }
        }
    }
}

impl Place {
    /// What stands for this path at the provider.
    fn target(&self, uri: &Uri) -> Option<PathAndQuery> {
        if has_dots(uri.path()) {
            return None;
        }
        let path = uri.path().strip_prefix("/v1").unwrap_or(uri.path());
        if self.path == "/v1" && path.len() < uri.path().len() {
            return uri.path_and_query().cloned();
        }
        let base = &self.path;
        let path = match uri.query() {
            Some(query) => format!("{base}{path}?{query}"),
            None if base.is_empty() && path.is_empty() => "/".to_owned(),
            None => format!("{base}{path}"),
        };
        PathAndQuery::try_from(path).ok()
    }

    /// Says on the request whom it is for, as HTTP/1.1 and HTTP/2 each want it said.
    fn address(&self, request: &mut Request<Body>, target: &PathAndQuery, is_h2: bool) {
        let mut parts = http::uri::Parts::default();
        if is_h2 {
            parts = self.base.clone().into_parts();
            request.headers_mut().remove(HOST);
            *request.version_mut() = http::Version::HTTP_2;
        } else {
            request.headers_mut().insert(HOST, self.host.clone());
            *request.version_mut() = http::Version::HTTP_11;
        }
        parts.path_and_query = Some(target.clone());
        // A path alone, or a whole one with another path: both are URIs.
        if let Ok(uri) = Uri::from_parts(parts) {
            *request.uri_mut() = uri;
        }
    }
}

impl Unreachable {
    fn because_of(error: &hyper::Error) -> Self {
        if is_by::<LengthLimitError>(error) {
            Self::TooLarge
        } else if is_by::<Idle>(error) {
            Self::Idle
        } else if error.is_user() {
            // Its body failed, and not for either of these.
            Self::Cut
        } else {
            Self::Broken
        }
    }
}

/// The same request once more, where its body is at hand: a provider may say afterwards that it did not begin with it.
fn again(request: &Request<Body>) -> Option<Request<Body>> {
    let Body::Pieces(pieces) = request.body() else { return None };
    let mut again = Request::new(Body::Pieces(pieces.clone()));
    *again.method_mut() = request.method().clone();
    *again.headers_mut() = request.headers().clone();
    Some(again)
}

/// Whether the provider said that it did not begin with the request (RFC 9113, 6.8 and 8.7).
fn is_unprocessed(error: &hyper::Error) -> bool {
    let error: &(dyn std::error::Error + 'static) = error;
    std::iter::successors(Some(error), |error| error.source())
        .find_map(|error| error.downcast_ref::<h2::Error>())
        .is_some_and(|error| {
            let refused = error.is_reset() && error.reason() == Some(h2::Reason::REFUSED_STREAM);
            let going = error.is_go_away() && error.reason() == Some(h2::Reason::NO_ERROR);
            error.is_remote() && (refused || going)
        })
}

/// Tells the log that the provider cannot be reached: at once, and then no more often than every so often.
#[derive(Debug)]
struct Grumbles {
    began: Instant,
    /// When the last line was written, in milliseconds from the beginning on, and one more; 0: never.
    last_ms: AtomicU64,
    withheld: AtomicU64,
}

const GRUMBLE_EVERY: Duration = Duration::from_secs(10);

impl Default for Grumbles {
    fn default() -> Self {
        Self { began: Instant::now(), last_ms: AtomicU64::new(0), withheld: AtomicU64::new(0) }
    }
}

impl Grumbles {
    fn unreachable(&self, host: &str, error: &(dyn std::error::Error + 'static)) {
        if let Some(withheld) = self.turn(self.began.elapsed()) {
            tracing::warn!(host, error, withheld, "the provider cannot be reached");
        }
    }

    /// Whether it is time for a line: then how many there were none for.
    fn turn(&self, now: Duration) -> Option<u64> {
        let now = u64::try_from(now.as_millis()).unwrap_or(u64::MAX - 1) + 1;
        let last = self.last_ms.load(Relaxed);
        let is_due = last == 0 || u128::from(now.saturating_sub(last)) >= GRUMBLE_EVERY.as_millis();
        // Of those that come at once, one writes.
        if is_due && self.last_ms.compare_exchange(last, now, Relaxed, Relaxed).is_ok() {
            return Some(self.withheld.swap(0, Relaxed));
        }
        self.withheld.fetch_add(1, Relaxed);
        None
    }
}

/// Whether a segment of this path is `.` or `..`, also where a reader would have to decode it to see that.
fn has_dots(path: &str) -> bool {
    // Almost always there is neither a dot nor an escaped one.
    if memchr::memchr2(b'.', b'%', path.as_bytes()).is_none() {
        return false;
    }
    let path = path.to_ascii_lowercase().replace("%2e", ".");
    path.replace("%2f", "/")
        .replace("%5c", "/")
        .split(['/', '\\'])
        .any(|segment| matches!(segment, "." | ".."))
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

    #[test]
    fn a_provider_that_cannot_be_reached_is_told_of_now_and_then() {
        let grumbles = Grumbles::default();
        let turns = [0, 1, 9_999, 10_000, 10_001, 25_000];
        let lines = turns.map(|now| grumbles.turn(Duration::from_millis(now)));
        assert_eq!(lines, [Some(0), None, None, Some(2), None, Some(1)]);
    }

    #[test]
    fn the_base_stands_for_v1() {
        let timeout = Duration::from_secs(1);
        let timeouts = Timeouts {
            connect: timeout,
            first_byte: timeout,
            pauses: Pauses { idle: timeout, keep_alive: None },
            pool_idle: timeout,
        };
        for (base, path, target) in [
            ("http://h:1/v1", "/v1/chat/completions?a=%20", "/v1/chat/completions?a=%20"),
            ("http://h:1/v1", "/v1", "/v1"),
            ("http://h/openai/v1/", "/v1/models", "/openai/v1/models"),
            ("http://h/openai/v1/", "/v1/models?a", "/openai/v1/models?a"),
            ("http://h", "/v1/models", "/models"),
            ("http://h", "/v1", "/"),
        ] {
            let upstream =
                Upstream::new(base.parse().unwrap(), Reach::default(), timeouts).unwrap();
            assert_eq!(upstream.place.target(&path.parse().unwrap()).unwrap(), target);
        }
    }
}
