//! An OpenAI-compatible proxy that personalises an answer only where that changes it.
//!
//! The rooms, from the top of the house down; a room imports only from rooms below it
//! (`tests/rooms.rs` reads every `use crate::` line and keeps it so):
//!
//! - [`cli`]: one file per command; what was typed becomes a call into [`app`].
//! - [`app`]: wiring. Configuration in, a running server out; start and drain.
//! - [`api`]: the personal API: people see, correct and erase what is held; judgments come in here.
//! - [`pipeline`]: the way of one turn: identify, select, inject, observe, then record, learn, compare.
//! - [`http`]: transport. Listeners, upstream client, bodies, error replies. Knows no personalization.
//! - [`access`]: whose key a request shows: the operator's or an app's.
//! - [`people`]: the one door to what is held about people: cached reads, guarded writes, erasure.
//! - [`store`]: the `Store` trait, the sled engine, sealing. Knows bytes and places, no HTTP.
//! - [`eval`]: scores a stage against labels, offline, by the code the server runs.
//! - [`metrics`]: every measurement: its name, its meaning, its handle.
//! - [`learn`]: stage 1, pure: from a person's own words to attributes worth keeping.
//! - [`select`]: stage 2, pure: which attributes change this answer. Cannot fail.
//! - [`compare`]: stage 3, pure: the generic answer beside the personalised one, and what people said of both.
//! - [`language`]: sentences, words, stems; shared by the three stages.
//! - [`openai`]: the wire: views of a request, the splice, server-sent events, errors, tokens. Bytes in, bytes out.
//! - [`config`], [`tasks`], [`telemetry`]: settings, background work, logs.
//! - [`person`]: the domain as plain values.
//!
//! Invariants:
//! - Nothing selected: the body goes upstream byte for byte. Selected: one splice, or two around an input that is one
//!   string; every other byte stays.
//! - No fault in here fails a chat request or delays it past `selection.deadline_ms`.
//! - Every learned attribute quotes the person's own turn.
//! - Personal text never reaches a log, a metric, an error or a panic message.

pub mod access;
pub mod api;
pub mod app;
pub mod cli;
pub mod compare;
pub mod config;
pub mod eval;
pub mod http;
pub mod language;
pub mod learn;
pub mod metrics;
pub mod openai;
pub mod people;
pub mod person;
pub mod pipeline;
pub mod select;
pub mod store;
pub mod tasks;
pub mod telemetry;
