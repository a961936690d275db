//! The wire of OpenAI-compatible providers: views of a request, the splice, server-sent events, errors, tokens.
//!
//! Bytes in, bytes out, no I/O. A body is never rebuilt: a view finds byte offsets in it, an [`Edit`] says what to cut
//! and what to insert there, and every other byte stays as the client wrote it. What cannot be read is relayed.
//!
//! Sources: the OpenAI API reference (chat completions, streaming, errors); WHATWG HTML, "Server-sent events".

mod answer;
mod chat;
mod context;
mod edit;
mod error;
mod sse;
pub mod tokens;

pub use answer::{Coding, Encoding, read_answer, request_without_stream};
pub use chat::{Chat, Reading, Refusal, Role};
pub use context::{FENCE_BEGIN, FENCE_END, Line, fenced_spans, render, without_context};
pub use edit::Edit;
pub use error::ErrorBody;
pub use sse::events;
