//! Words and their stems.

use std::{borrow::Cow, collections::HashSet, sync::LazyLock};

use rust_stemmers::{Algorithm, Stemmer};
use unicode_segmentation::UnicodeSegmentation as _;

/// Words that carry grammar, not content. Spelled as [`words`] gives them, in lower case.
pub const STOP_WORDS: &[&str] = &[
    "a", "about", "after", "again", "all", "also", "am", "an", "and", "any", "are", "aren't", "as",
    "at", "be", "because", "been", "before", "being", "but", "by", "can", "can't", "cannot",
    "could", "couldn't", "did", "didn't", "do", "does", "doesn't", "doing", "don't", "down",
    "each", "for", "from", "had", "has", "hasn't", "have", "haven't", "having", "he", "her",
    "here", "hers", "him", "his", "how", "i", "i'd", "i'll", "i'm", "i've", "if", "in", "into",
    "is", "isn't", "it", "it's", "its", "just", "let's", "like", "me", "more", "most", "my",
    "myself", "no", "nor", "not", "of", "off", "on", "once", "only", "or", "other", "our", "ours",
    "out", "over", "own", "please", "same", "she", "should", "so", "some", "such", "than", "that",
    "that's", "the", "their", "theirs", "them", "then", "there", "these", "they", "this", "those",
    "through", "to", "too", "under", "until", "up", "us", "very", "was", "wasn't", "we", "we're",
    "were", "what", "what's", "when", "where", "which", "while", "who", "whom", "why", "will",
    "with", "won't", "would", "wouldn't", "yes", "you", "you're", "your", "yours",
];

static STOPS: LazyLock<HashSet<&'static str>> =
    LazyLock::new(|| STOP_WORDS.iter().copied().collect());
static STEMMER: LazyLock<Stemmer> = LazyLock::new(|| Stemmer::create(Algorithm::English));

/// The words of a text, by Unicode's word boundaries (UAX 29), in order, as written.
pub fn words(text: &str) -> impl Iterator<Item = &str> {
    text.unicode_words()
}

/// Whether a lower-case word carries grammar, not content.
#[must_use]
pub fn is_stop_word(word: &str) -> bool {
    STOPS.contains(word)
}

/// The stem of a lower-case word (Snowball, English).
#[must_use]
pub fn stem(word: &str) -> Cow<'_, str> {
    STEMMER.stem(word)
}

/// The stems of the content words of a text, in order, repeats kept.
pub fn content_stems(text: &str) -> impl Iterator<Item = String> {
    words(text).filter_map(content_stem)
}

/// The stem of a word as written; none where it carries grammar.
#[must_use]
pub fn content_stem(word: &str) -> Option<String> {
    let word = word.to_lowercase().replace('\u{2019}', "'");
    (!is_stop_word(&word)).then(|| stem(word.strip_suffix("'s").unwrap_or(&word)).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_stems_drop_grammar_and_endings() {
        let stems: Vec<_> = content_stems("I’m cooking my sister's favourite dishes").collect();
        assert_eq!(stems, ["cook", "sister", "favourit", "dish"]);
    }
}
