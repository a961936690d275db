//! The wire of OpenAI-compatible providers: views of a request, the splice, server-sent events, errors, tokens.
//!
//! Bytes in, bytes out, no I/O. A body is never rebuilt: a [`View`] finds byte offsets in it, an [`Edit`] says what to
//! cut and what to insert there, and every other byte stays as the client wrote it. What cannot be read is relayed.
//!
//! Sources: the OpenAI API reference (chat completions, responses, streaming, errors); WHATWG HTML, "Server-sent
//! events".

mod again;
mod answer;
mod chat;
mod context;
mod edit;
mod error;
mod items;
mod json;
mod place;
mod responses;
mod sse;
#[cfg(test)]
mod tests;
mod text;
pub mod tokens;
mod usage;
mod view;

pub use again::{Once, request_again};
pub use answer::{Coding, Encoding, read_answer, response_id};
pub use context::{Block, FENCE_BEGIN, FENCE_END, Line, fenced_spans, without_context};
pub use edit::Edit;
pub use error::ErrorBody;
pub use sse::events;
pub use usage::{Usage, read_usage};
pub use view::{Api, Continued, Reading, Refusal, Role, View};
