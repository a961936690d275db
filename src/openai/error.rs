//! The shape of an error on this wire.

use bytes::Bytes;
use serde::Serialize;
use utoipa::ToSchema;

/// An error as OpenAI's clients read it: `{"error":{"message","type","param","code"}}`, all four keys always there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ErrorBody {
    /// What is wrong, and what to do. Never the client's text, never a secret.
    pub message: String,
    /// The kind: `invalid_request_error`, `authentication_error`, `server_error`, …
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// The parameter it is about.
    pub param: Option<String>,
    /// A code that programs can tell apart.
    pub code: Option<&'static str>,
}

impl ErrorBody {
    /// An error of this kind and code, about no parameter.
    #[must_use]
    pub fn new(kind: &'static str, code: &'static str, message: impl Into<String>) -> Self {
        Self { message: message.into(), kind, param: None, code: Some(code) }
    }

    /// The same, about a parameter.
    #[must_use]
    pub fn about(mut self, param: impl Into<String>) -> Self {
        self.param = Some(param.into());
        self
    }

    /// The JSON document.
    #[must_use]
    pub fn to_json(&self) -> Bytes {
        serde_json::to_vec(&serde_json::json!({ "error": self })).unwrap_or_default().into()
    }

    /// The one event that ends a stream whose head has gone already.
    #[must_use]
    pub fn to_event(&self) -> Bytes {
        [b"data: ", self.to_json().as_ref(), b"\n\n"].concat().into()
    }
}
