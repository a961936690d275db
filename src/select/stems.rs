//! Stems as fingerprints: what two texts share is found by comparing numbers.

use std::{
    borrow::Cow,
    cell::RefCell,
    hash::{BuildHasher as _, RandomState},
    sync::LazyLock,
};

use rustc_hash::FxHashSet;

use crate::language;

/// Words that carry content and yet say little of what a text is about.
const WEAK_WORDS: &str = "able actually add always another answer any anything ask available based because best better \
    big bit bring buy can choose come consider could day days different difference do easy else enjoy enjoys even \
    ever every example explain feel find first follow fun get getting give go going good great happy hard hate hello \
    help hey hi home hope idea ideas important information instead interest interested interesting keep kind know last \
    later least less life like likes little long look looking lot love loves made main make many maybe \
    mean mention much must my need needs never new next nice not now number often okay one people person \
    place plan please point possible prefer prefers preference provide put quite rather really recommend right said \
    same say see seem set should show small someone something sort specific start still stuff such suggest suggestion \
    sure take talk tell thank thanks thing things think thinking time tip tips today try trying two type types use \
    used user uses using usually very want wants way week well what which while will work would year years yes \
    yesterday interests currently repeated sustained recently focus including";

static WEAK: LazyLock<FxHashSet<u32>> = LazyLock::new(|| {
    WEAK_WORDS.split_whitespace().map(|word| fingerprint(&stem_of(word))).collect()
});

/// What a weak word weighs beside a telling one.
const WEAK_WEIGHT: f32 = 0.15;

/// The stem of a word in any case.
#[must_use]
pub(super) fn stem_of(word: &str) -> String {
    let word = word.to_lowercase();
    language::stem(&word).into_owned()
}

/// FNV-1a, 32 bits. A rare collision costs one wrong point of overlap.
#[must_use]
pub(super) fn fingerprint(stem: &str) -> u32 {
    stem.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

/// How much a stem says of what a text is about, 0 to 1.
#[must_use]
pub(super) fn weight(stem: u32) -> f32 {
    if WEAK.contains(&stem) { WEAK_WEIGHT } else { 1.0 }
}

/// The fingerprints of the first `most` content stems of a text, in order, repeats kept.
pub(super) fn fingerprints(text: &str, most: usize) -> impl Iterator<Item = u32> {
    language::words(text).filter_map(content_fingerprint).take(most)
}

/// Words remembered by each thread: the few thousand that make up most of what is said.
const REMEMBERED: usize = 4096;

thread_local! {
    /// What became of the words met lately, each where its hash puts it. Hashes alone: no word is kept.
    static MET: RefCell<Box<[(u64, Option<u32>)]>> = RefCell::new(vec![(0, None); REMEMBERED].into());
}

/// Hashes that nobody outside can make collide.
static HASH: LazyLock<RandomState> = LazyLock::new(RandomState::new);

/// The fingerprint of a content word's stem. Stemming costs ten times what it costs to remember.
fn content_fingerprint(word: &str) -> Option<u32> {
    let stemmed = || language::content_stem(word).map(|stem| fingerprint(&stem));
    let hash = HASH.hash_one(word).max(1);
    #[expect(clippy::cast_possible_truncation, reason = "any bits of a hash will do")]
    let place = hash as usize % REMEMBERED;
    MET.with_borrow_mut(|met| {
        let place = &mut met[place];
        if place.0 != hash {
            *place = (hash, stemmed());
        }
        place.1
    })
}

/// The start of a text, at most `bytes` long, cut between characters.
#[must_use]
pub(super) fn head(text: &str, bytes: usize) -> &str {
    &text[..text.floor_char_boundary(bytes)]
}

/// The start and the end of a text. What is asked stands there; what was pasted stands between.
#[must_use]
pub(super) fn ends(text: &str, bytes: usize) -> Cow<'_, str> {
    if text.len() <= bytes {
        return Cow::Borrowed(text);
    }
    let tail = &text[text.ceil_char_boundary(text.len() - bytes / 2)..];
    Cow::Owned(format!("{}\n{tail}", head(text, bytes / 2)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ends_of_a_text_are_cut_between_characters() {
        let text = "é".repeat(5000);
        assert!(ends(&text, 1001).len() <= 1003);
        assert_eq!(ends("short", 1001), "short");
    }

    #[test]
    fn inflections_share_a_fingerprint() {
        assert_eq!(fingerprint(&stem_of("Recipes")), fingerprint(&stem_of("recipe")));
        assert!(weight(fingerprint(&stem_of("things"))) < weight(fingerprint(&stem_of("peanut"))));
    }
}
