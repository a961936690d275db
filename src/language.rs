//! Sentences, words and stems: what the three stages share. English; knows nothing of people or requests.

mod words;

pub use words::{content_stems, is_stop_word, stem, words};
