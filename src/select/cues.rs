//! The words that tell what kind of answer a turn asks for, read in one pass.

mod lexicon;

use crate::language;

pub(super) use lexicon::{
    ABOUT_ME, ADVICE, CAN_I, CHOICE, CODE, COMPOSE_FIRST, EVERYTHING, EXPLAIN_FIRST, FACT_FIRST,
    FITS_ME, FOLLOW, LOCAL, MY, PERSONAL, SUM, THANKS, TRANSFORM_FIRST,
};
use lexicon::{BY_WORD, COMPOSE, EXPLAIN, FACT, SELF, TO_ME, TRANSFORM};

/// A set of cues, one bit each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Cues(u32);

/// What one pass over a turn found.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Reading {
    /// The cues.
    pub(super) cues: Cues,
    /// Words in all.
    pub(super) words: usize,
    /// Words that carry content.
    pub(super) content: usize,
    /// Digits and operators.
    pub(super) symbols: usize,
    /// Letters.
    pub(super) letters: usize,
}

impl Cues {
    /// Whether any of these cues was given.
    #[must_use]
    pub(super) const fn any(self, of: Self) -> bool {
        self.0 & of.0 != 0
    }

    /// Both sets together.
    #[must_use]
    pub(super) const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// How a sentence begins that only takes note of the last answer: "Thanks for the suggestions!" asks for none.
const TAKES_NOTE: &[&str] = &[
    "thank",
    "that's",
    "those are",
    "sounds",
    "that sounds",
    "it sounds",
    "nice",
    "great",
    "hmm",
    "wow",
    "interesting",
    "ok",
    "i see",
    "excellent",
    "cool",
    "you've been",
    "you have been",
    "that makes sense",
];

/// The turn without the sentences that only take note, unless it is nothing else.
fn asking(text: String) -> String {
    let asks = |sentence: &str| {
        let start = sentence.trim_start();
        sentence.ends_with('?') || !TAKES_NOTE.iter().any(|note| start.starts_with(note))
    };
    let sentences = || text.split_inclusive(['.', '!', '?', '\n']);
    if sentences().all(asks) {
        return text;
    }
    let rest: String = sentences().filter(|sentence| asks(sentence)).collect();
    if rest.trim().is_empty() { text } else { rest }
}

/// In lower case, with the apostrophe that words are spelled with.
fn plain(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    text.to_lowercase().replace('\u{2019}', "'")
}

/// Reads a turn once.
pub(super) fn read(text: &str) -> Reading {
    let text = asking(plain(text));
    let mut found = Reading::default();
    let (mut before, mut last) = ("", "");
    for word in language::words(&text) {
        let known = BY_WORD.get(word);
        let cue = known.map_or_else(Cues::default, |known| known.cues);
        let early = found.words < 7;
        found.words += 1;
        found.content += usize::from(known.is_none_or(|known| !known.is_stop));
        found.cues = found.cues.with(cue);
        for (first, cue) in known.iter().flat_map(|known| &known.after) {
            if *first == last {
                found.cues = found.cues.with(*cue);
            }
        }
        if cue.any(SELF) && is_personal(before, last, word) {
            found.cues = found.cues.with(PERSONAL);
        }
        if word == "my" {
            found.cues = found.cues.with(MY);
        }
        if word == "i" && last == "can" {
            found.cues = found.cues.with(CAN_I);
        }
        if word == "i" && matches!((before, last), ("where", "do") | ("old", "am") | ("tall", "am"))
        {
            found.cues = found.cues.with(ABOUT_ME);
        }
        if word == "me" && last == "about" && matches!(before, "know" | "remember" | "learned") {
            found.cues = found.cues.with(EVERYTHING);
        }
        if early {
            found.cues = found.cues.with(first(cue, found.cues, found.words));
        }
        (before, last) = (last, word);
    }
    for byte in text.bytes() {
        found.symbols += usize::from(byte.is_ascii_digit() || b"+-*/^=%<>".contains(&byte));
        found.letters += usize::from(byte.is_ascii_alphabetic());
    }
    if text.contains("```") || text.contains("();") || text.contains("){") || text.contains("=>") {
        found.cues = found.cues.with(CODE);
    }
    found
}

/// What an early word says about the turn as a whole.
fn first(cue: Cues, so_far: Cues, position: usize) -> Cues {
    let mut found = Cues::default();
    if cue.any(TRANSFORM) {
        found = found.with(TRANSFORM_FIRST);
    }
    if cue.any(COMPOSE) {
        found = found.with(COMPOSE_FIRST);
    }
    if cue.any(FACT) && position <= 2 && !so_far.any(EXPLAIN_FIRST) {
        found = found.with(FACT_FIRST);
    }
    if cue.any(EXPLAIN) && !so_far.any(FACT_FIRST) {
        found = found.with(EXPLAIN_FIRST);
    }
    found
}

/// "Tell me" and "how do I" speak of anyone; "my sister" and "I am" speak of the person.
fn is_personal(before: &str, last: &str, word: &str) -> bool {
    match word {
        "me" | "us" => !TO_ME.contains(&last),
        "i" => !matches!(
            (before, last),
            ("how", "do" | "can" | "would" | "could" | "should")
                | ("if" | "can" | "could", "")
                | (_, "if" | "may")
        ),
        _ => true,
    }
}
