//! Every refusal, in the shape that OpenAI clients read.

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{learn::ATTRIBUTES_MAX, openai::ErrorBody, people};

/// Why a request was refused. What it shows is for the client; it never repeats what the client sent.
#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    /// No key, or nobody's.
    #[error(
        "no known key: send `Authorization: Bearer KEY` with the key of an app or the admin key"
    )]
    Unauthorized,
    /// There is none, or it is another's: the two read the same.
    #[error("there is no such {what}")]
    NotFound {
        /// What was looked for.
        what: &'static str,
        /// What names it.
        param: &'static str,
    },
    /// Something sent is not what it must be.
    #[error("{message}")]
    Invalid {
        /// Which part; none: the whole.
        param: Option<String>,
        /// What would be right.
        message: String,
    },
    /// The body is too long.
    #[error("the body is over {} bytes", super::BODY_BYTES_MAX)]
    TooLarge,
    /// The body is not JSON by its own account.
    #[error("send the body as `content-type: application/json`")]
    NotJson,
    /// The person holds as many attributes as one may.
    #[error("there is room for {} attributes: delete some first", ATTRIBUTES_MAX)]
    Full,
    /// Nothing is served there.
    #[error("nothing is served at this path: see GET {}/openapi.json", super::ROOT)]
    NoSuchPath,
    /// Something else is served there.
    #[error("this path does not serve this method")]
    WrongMethod,
    /// The records could not be read or changed.
    #[error("the records cannot be read or changed now")]
    People(#[from] people::Error),
}

impl Error {
    /// A part of the request that is not what it must be.
    pub(super) fn invalid(param: &str, message: impl Into<String>) -> Self {
        Self::Invalid { param: Some(param.to_owned()), message: message.into() }
    }

    const fn status(&self) -> StatusCode {
        match self {
            Self::Unauthorized => StatusCode::UNAUTHORIZED,
            Self::NotFound { .. } | Self::NoSuchPath => StatusCode::NOT_FOUND,
            Self::Invalid { .. } => StatusCode::BAD_REQUEST,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::NotJson => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::Full => StatusCode::CONFLICT,
            Self::WrongMethod => StatusCode::METHOD_NOT_ALLOWED,
            Self::People(people::Error::Erased) => StatusCode::NOT_FOUND,
            Self::People(people::Error::Contended | people::Error::Busy) => {
                StatusCode::SERVICE_UNAVAILABLE
            }
            Self::People(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    const fn code(&self) -> &'static str {
        match self {
            Self::Unauthorized => "invalid_api_key",
            Self::NotFound { .. } | Self::NoSuchPath => "not_found",
            Self::Invalid { .. } => "invalid_value",
            Self::TooLarge => "request_too_large",
            Self::NotJson => "unsupported_media_type",
            Self::Full => "too_many_attributes",
            Self::WrongMethod => "method_not_allowed",
            Self::People(people::Error::Erased) => "erased",
            Self::People(people::Error::Contended | people::Error::Busy) => "try_again",
            Self::People(_) => "store_failed",
        }
    }

    fn param(self) -> Option<String> {
        match self {
            Self::NotFound { param, .. } => Some(param.to_owned()),
            Self::Invalid { param, .. } => param,
            _ => None,
        }
    }
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let status = self.status();
        if let Self::People(error) = &self
            && status.is_server_error()
        {
            tracing::error!(error = error as &dyn std::error::Error, "personal API");
        }
        let kind = if status.is_server_error() { "server_error" } else { "invalid_request_error" };
        let (message, code) = (self.to_string(), self.code());
        let error = ErrorBody { message, kind, param: self.param(), code: Some(code) };
        let mut response = (status, Json(Problem { error })).into_response();
        let say = match status {
            StatusCode::UNAUTHORIZED => Some((header::WWW_AUTHENTICATE, "Bearer")),
            StatusCode::SERVICE_UNAVAILABLE => Some((header::RETRY_AFTER, "1")),
            _ => None,
        };
        if let Some((name, value)) = say {
            response.headers_mut().insert(name, HeaderValue::from_static(value));
        }
        response
    }
}

/// A refusal.
#[derive(Serialize, ToSchema)]
pub(super) struct Problem {
    error: ErrorBody,
}
