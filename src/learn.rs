//! Stage 1: what is true of this person? From their own words to attributes worth keeping.
//!
//! Pure: no HTTP, no store, no clock. Extract finds first-person, lasting statements; verify refuses what the words do
//! not carry; merge says what changes in what is held.

use crate::person::{Basis, Category, Changes, Lesson, Profile};

/// What one lesson led to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Learned {
    /// What changes in the profile.
    pub changes: Changes,
    /// What was newly learned, for the counters.
    pub learned: Vec<(Category, Basis)>,
    /// What was refused, and why, for the counters.
    pub refused: Vec<&'static str>,
}

/// Learns from one lesson against what is held. `count_tokens` says what a text costs a model to read.
#[must_use]
pub fn learn(
    _lesson: &Lesson,
    _profile: &Profile,
    _now: i64,
    _count_tokens: &dyn Fn(&str) -> u32,
) -> Learned {
    Learned::default()
}
