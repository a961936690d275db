//! The door, seen from outside: the real program between a client and a provider that remember every byte.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test may stop at once"
)]

mod serve {
    mod provider;
    mod second;
    mod server;
    mod wire;

    mod answers;
    mod asked;
    mod asked_in_trouble;
    mod commands;
    mod comparing;
    mod consent;
    mod erasure;
    mod faults;
    mod headers;
    mod hostile;
    mod learning;
    mod leaving;
    mod limits;
    mod load;
    mod logs;
    mod operators;
    mod others;
    mod pool;
    mod relay;
    mod responses;
    mod splice;
    mod starting;
    mod staying;
    mod stopping;
    mod thinking;
    mod two;
    mod walls;
    mod workers;
}
