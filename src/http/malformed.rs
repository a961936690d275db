//! Heads that hyper refuses with an empty reply. Whoever sees one before hyper does can put a request of our own in its
//! place: so the refusal comes in its turn, and in the shape that clients read.

use http::{HeaderValue, Request, Response, StatusCode, header};

use super::{Body, error_reply, framing::HEADERS_MAX};
use crate::openai::ErrorBody;

/// The method of a request that stands for a head like that. Who sends it is told the same.
const METHOD: &str = "REFUSED";

/// hyper takes no longer target.
const TARGET_BYTES_MAX: usize = 65_534;

/// What is wrong with a head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Malformed {
    /// Not HTTP/1.1, or with a length or an encoding that is none.
    Unreadable,
    /// More headers than are taken.
    Headers,
    /// A longer target than is taken.
    Target,
}

impl Malformed {
    /// What is wrong with a head that reads like this, if anything.
    pub(super) fn of(request: &httparse::Request<'_, '_>) -> Option<Self> {
        if request.path.is_some_and(|path| path.len() > TARGET_BYTES_MAX) {
            return Some(Self::Target);
        }
        let of = |name: &'static str| {
            request.headers.iter().filter(move |header| header.name.eq_ignore_ascii_case(name))
        };
        let is_readable = match of("transfer-encoding").next_back() {
            Some(encodings) => request.version == Some(1) && ends_chunked(encodings.value),
            None => {
                let mut lengths = of("content-length").map(|header| length(header.value));
                let first = lengths.next().unwrap_or(Some(0));
                first.is_some() && lengths.all(|length| length == first)
            }
        };
        (!is_readable).then_some(Self::Unreadable)
    }

    /// The request that stands for it.
    pub(super) fn request(self) -> &'static [u8] {
        match self {
            Self::Unreadable => b"REFUSED /head HTTP/1.1\r\n\r\n",
            Self::Headers => b"REFUSED /headers HTTP/1.1\r\n\r\n",
            Self::Target => b"REFUSED /target HTTP/1.1\r\n\r\n",
        }
    }

    /// What this request stands for, if it is one of those.
    pub(super) fn behind<B>(request: &Request<B>) -> Option<Self> {
        if request.method().as_str() != METHOD {
            return None;
        }
        Some(match request.uri().path() {
            "/headers" => Self::Headers,
            "/target" => Self::Target,
            _ => Self::Unreadable,
        })
    }

    /// The refusal. Where the next request would begin is not known.
    pub(super) fn reply(self) -> Response<Body> {
        let (status, code, message) = match self {
            Self::Unreadable => (
                StatusCode::BAD_REQUEST,
                "malformed_request",
                "The request's head is not HTTP/1.1; see to its lines, its length and its encoding.".to_owned(),
            ),
            Self::Headers => (
                StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
                "too_many_headers",
                format!("A request may have {HEADERS_MAX} headers."),
            ),
            Self::Target => (
                StatusCode::URI_TOO_LONG,
                "target_too_long",
                format!("A request's target may have {TARGET_BYTES_MAX} bytes."),
            ),
        };
        let error = ErrorBody::new("invalid_request_error", code, message);
        let mut reply = error_reply(status, &error);
        reply.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        reply
    }
}

impl From<httparse::Error> for Malformed {
    fn from(error: httparse::Error) -> Self {
        if error == httparse::Error::TooManyHeaders { Self::Headers } else { Self::Unreadable }
    }
}

/// The length that a `Content-Length` gives.
pub(super) fn length(value: &[u8]) -> Option<u64> {
    let digits = std::str::from_utf8(value).ok()?.trim();
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    // hyper keeps the two largest for itself.
    is_number.then(|| digits.parse().ok())?.filter(|length| *length <= u64::MAX - 2)
}

fn ends_chunked(encodings: &[u8]) -> bool {
    let last = encodings.rsplit(|&byte| byte == b',').next().unwrap_or_default();
    last.trim_ascii().eq_ignore_ascii_case(b"chunked")
        && encodings.iter().all(|&byte| byte == b'\t' || (b' '..=b'~').contains(&byte))
}
