//! Everything that decides about one person's requests, and the ways it changes.

use serde::{Deserialize, Serialize};

use super::{Attribute, Category, Comparison, Judgment, Lesson, Settings, attribute::AttributeId};

/// Everything that decides about one person's requests: what is held, what is allowed, what must not come back.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Profile {
    /// What the person allows.
    pub settings: Settings,
    /// What is held, of every status, oldest first.
    pub attributes: Vec<Attribute>,
    /// What the person deleted and must not be learned again.
    pub tombstones: Vec<Tombstone>,
    /// The key under which this person's facts are fingerprinted in tombstones.
    pub fingerprint_key: [u8; 32],
}

/// The mark a deleted attribute leaves, so that the same fact is not learned again.
///
/// Holds keyed hashes of word stems, never words: what was deleted cannot be read back from it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tombstone {
    /// The deleted attribute.
    pub id: AttributeId,
    /// Its category.
    pub category: Category,
    /// HMAC-SHA-256 of each content stem under the person's fingerprint key, cut to 8 bytes, ascending.
    pub stems: Vec<u64>,
    /// When it was deleted, Unix seconds.
    pub deleted_at: i64,
}

/// One change to what is held about a person.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// Hold this attribute, or hold it in this new form.
    Attribute(Attribute),
    /// Let go of an attribute.
    Forget(AttributeId),
    /// Remember that it was deleted.
    Tombstone(Tombstone),
    /// Hold these settings.
    Settings(Settings),
    /// Keep this comparison.
    Comparison(Box<Comparison>),
    /// Keep this judgment.
    Judgment(Judgment),
    /// Queue this lesson.
    Learn(Lesson),
}

/// Changes that take effect together or not at all.
pub type Changes = Vec<Change>;
