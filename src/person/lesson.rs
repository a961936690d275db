//! What a person said in one request, waiting to be learned from.

use serde::{Deserialize, Serialize};

/// What a person said in one request, waiting to be learned from. Kept sealed in the queue.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lesson {
    /// The person's own turns that no earlier request held, oldest first.
    pub turns: Vec<String>,
    /// The conversation, as the app named it.
    pub conversation: Option<String>,
    /// The part of a life it was said in.
    pub domain: Option<String>,
    /// Unix seconds.
    pub said_at: i64,
}

impl std::fmt::Debug for Lesson {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Lesson").field("turns", &self.turns.len()).finish_non_exhaustive()
    }
}
