//! Stage 3: did it help? The generic answer beside the personalised one, and what people said of both.
//!
//! Pure: no HTTP, no store, no clock.

pub mod report;
pub mod signals;
