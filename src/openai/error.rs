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

    /// The one event that ends a stream whose head has gone already. Clients of chats and of responses raise it by its
    /// `error`; readers of responses that tell events apart by their `type` find the same under the keys they know.
    #[must_use]
    pub fn to_event(&self) -> Bytes {
        #[derive(Serialize)]
        struct Event<'a> {
            error: &'a ErrorBody,
            #[serde(rename = "type")]
            kind: &'static str,
            code: Option<&'static str>,
            message: &'a str,
            param: Option<&'a str>,
        }
        let event = Event {
            error: self,
            kind: "error",
            code: self.code,
            message: &self.message,
            param: self.param.as_deref(),
        };
        [b"data: ", serde_json::to_vec(&event).unwrap_or_default().as_slice(), b"\n\n"]
            .concat()
            .into()
    }
}
