//! Transport: listeners, the upstream client, bodies, the budget of bytes in flight, error replies.
//!
//! Knows no personalization. Bodies pass as the bytes they came in; see `src/http/headers.rs` for the few headers that
//! do not pass (RFC 9110, 7.6.1).

mod accepted;
mod alarm;
mod body;
mod budget;
mod framing;
mod gathered;
pub mod headers;
mod listener;
mod load;
mod opening;
mod patience;
mod refusal;
mod reply;
mod server;
mod streams;
mod upgrade;
mod upstream;
mod worker;

pub use body::{Body, BoxError, Heard, Observer, Pauses, Relayed};
pub use budget::{Budget, Refused, Share};
#[cfg(fuzzing)]
#[doc(hidden)]
pub use framing::watch;
pub use listener::Listener;
pub use load::{Level, Load, UnderWay};
pub use opening::{Certificate, NoCertificate};
pub use patience::patient;
pub use reply::{error_reply, json_reply};
pub use server::{Limits, ROUTE_REFUSED, Serving, serve};
pub use upgrade::Upgrade;
pub use upstream::{Answer, Reach, Roots, Timeouts, Unreachable, Upstream};
pub use worker::{cores, on_worker};
