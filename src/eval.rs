//! Scoring a stage against people's labels, offline, by the code the server runs.

pub mod extraction;
