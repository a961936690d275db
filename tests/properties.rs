//! What holds for any input: generated documents, and the seeds of the fuzz targets.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test may stop at once, and says at what"
)]

#[path = "checks/all.rs"]
mod checks;

mod properties {
    mod cases;
    mod documents;

    mod chat;
    mod errors;
    mod events;
    mod headers;
    mod heavy;
    mod seeds;
}
