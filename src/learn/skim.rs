//! A first look at what was said: most turns hold no word that any pattern begins with, and need no lesson.

use crate::language;

/// A statement about oneself holds one of these, and so does a standing wish about answers.
#[rustfmt::skip]
const MARKS: &[&str] = &[
    "i", "i'm", "ı'm", "im", "i've", "ive", "i'd", "i'll", "me", "my", "mine", "myself",
    "always", "never", "every", "default", "future", "forward", "now", "call",
    "answers", "replies", "responses", "explanations",
];

/// Whether these turns could hold something to learn. Costs one pass over their words.
#[must_use]
pub fn is_worth_a_lesson<'a>(turns: impl IntoIterator<Item = &'a str>) -> bool {
    turns.into_iter().flat_map(language::words).any(|word| {
        MARKS.iter().any(|mark| mark.eq_ignore_ascii_case(word))
            // A typographic apostrophe: "I’m".
            || (word.contains('\u{2019}')
                && MARKS.contains(&word.replace('\u{2019}', "'").to_ascii_lowercase().as_str()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_says_nothing_of_oneself_needs_no_lesson() {
        for turn in ["What is 17 * 23?", "Translate: guten Tag", "fn main() {}", ""] {
            assert!(!is_worth_a_lesson([turn]), "{turn}");
        }
        for turn in ["I\u{2019}m a nurse", "Answer in English, always.", "MY NAME IS ANA"] {
            assert!(is_worth_a_lesson(["What is 2+2?", turn]), "{turn}");
        }
    }
}
