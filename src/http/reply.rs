//! Replies of our own.

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};

use super::{Body, Refused, Unreachable};
use crate::openai::ErrorBody;

/// A JSON document.
#[must_use]
pub fn json_reply(status: StatusCode, document: Bytes) -> Response<Body> {
    let mut response = Response::new(Body::from(document));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// An error, in the shape OpenAI's clients read.
#[must_use]
pub fn error_reply(status: StatusCode, error: &ErrorBody) -> Response<Body> {
    let mut response = json_reply(status, error.to_json());
    if status == StatusCode::SERVICE_UNAVAILABLE {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
    }
    response
}

fn kind(status: StatusCode) -> &'static str {
    if status.is_server_error() { "server_error" } else { "invalid_request_error" }
}

impl From<Refused> for Response<Body> {
    fn from(refused: Refused) -> Self {
        let (status, code) = match refused {
            Refused::TooLarge(_) => (StatusCode::PAYLOAD_TOO_LARGE, "body_too_large"),
            Refused::Busy => (StatusCode::SERVICE_UNAVAILABLE, "overloaded"),
            Refused::Broken => (StatusCode::BAD_REQUEST, "body_broke_off"),
            Refused::Idle => (StatusCode::REQUEST_TIMEOUT, "body_timeout"),
        };
        error_reply(status, &ErrorBody::new(kind(status), code, format!("{refused}.")))
    }
}

impl From<Unreachable> for Response<Body> {
    fn from(unreachable: Unreachable) -> Self {
        let (status, code) = match unreachable {
            Unreachable::Connect => (StatusCode::BAD_GATEWAY, "upstream_unreachable"),
            Unreachable::Broken => (StatusCode::BAD_GATEWAY, "upstream_broke_off"),
            Unreachable::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "body_too_large"),
            Unreachable::Cut => return Refused::Broken.into(),
            Unreachable::Tunnel => (StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed"),
            Unreachable::Path => (StatusCode::BAD_REQUEST, "invalid_path"),
            Unreachable::Idle => return Refused::Idle.into(),
            Unreachable::Silent(_) => (StatusCode::GATEWAY_TIMEOUT, "upstream_timeout"),
        };
        error_reply(status, &ErrorBody::new(kind(status), code, format!("{unreachable}.")))
    }
}
