//! The door, seen from outside: the real program between a client and a provider that remember every byte.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test may stop at once"
)]

mod serve {
    mod provider;
    mod server;
    mod wire;

    mod answers;
    mod headers;
    mod leaving;
    mod limits;
    mod others;
    mod relay;
    mod splice;
}
