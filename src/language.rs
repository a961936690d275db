//! Sentences, words and stems: what the three stages share. English; knows nothing of people or requests.

mod detect;
mod sentences;
mod words;

pub use detect::is_foreign;
pub use sentences::sentences;
pub use words::{STOP_WORDS, content_stem, content_stems, is_stop_word, stem, words};
