//! Deleted stays deleted: the mark a deleted statement leaves, and whether a candidate is what was deleted.
//!
//! What is hashed are the stems that [`super::sameness`] leaves of a statement, so that other words for the same fact
//! leave the same mark.

use std::collections::BTreeSet;

use hmac::{Hmac, Mac as _};
use sha2::Sha256;

use super::sameness::{NOT, PAST, near, same_category, stems};
use crate::person::{Attribute, Category, Tombstone};

/// The mark that a deleted attribute leaves under the person's fingerprint key.
#[must_use]
pub fn tombstone(attribute: &Attribute, fingerprint_key: &[u8; 32], now: i64) -> Tombstone {
    Tombstone {
        id: attribute.id,
        category: attribute.category,
        stems: fingerprints(&attribute.text, fingerprint_key).into_iter().collect(),
        deleted_at: now,
    }
}

/// Whether a statement says again what was deleted.
pub(super) fn is_forgotten(
    text: &str,
    category: Category,
    tombstones: &[Tombstone],
    fingerprint_key: &[u8; 32],
) -> bool {
    if tombstones.is_empty() {
        return false;
    }
    let said = fingerprints(text, fingerprint_key);
    let marks = [NOT, PAST].map(|mark| fingerprint(mark, fingerprint_key));
    tombstones.iter().any(|tombstone| {
        let deleted: BTreeSet<u64> = tombstone.stems.iter().copied().collect();
        let same_marks = marks.iter().flatten().all(|it| said.contains(it) == deleted.contains(it));
        same_marks && near(&said, &deleted, same_category(category, tombstone.category))
    })
}

fn fingerprints(text: &str, key: &[u8; 32]) -> BTreeSet<u64> {
    stems(text).iter().filter_map(|stem| fingerprint(stem, key)).collect()
}

/// HMAC-SHA-256 of a stem, cut to eight bytes. HMAC takes keys of any length, so this finds one for every stem.
fn fingerprint(stem: &str, key: &[u8; 32]) -> Option<u64> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).ok()?;
    mac.update(stem.as_bytes());
    mac.finalize().into_bytes().first_chunk().map(|bytes| u64::from_be_bytes(*bytes))
}
