//! Scoring a stage against people's labels, offline, by the code the server runs.

pub mod extraction;
pub mod selection;
pub mod statistics;
pub mod verification;

use std::path::PathBuf;

/// Why labels could not be scored. Names the file and the line, never what stands in it.
#[derive(Debug, thiserror::Error)]
pub enum EvalError {
    /// The file could not be read or written.
    #[error("{path}: {source}", path = path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A line is not what the format promises.
    #[error("{path}:{line}: {what}", path = path.display())]
    Line {
        /// Which file.
        path: PathBuf,
        /// Which line, from 1.
        line: usize,
        /// What is wrong with it.
        what: String,
    },
    /// People have judged too little to learn from it.
    #[error("not enough human judgments: {found}; at least {needed} are needed")]
    TooFew {
        /// What there is.
        found: String,
        /// What there has to be.
        needed: String,
    },
    /// There was nothing to score.
    #[error("{path}: no labels in it", path = path.display())]
    Empty {
        /// Which file.
        path: PathBuf,
    },
}
