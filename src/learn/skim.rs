//! A first look at what was said: most turns hold no word that any pattern begins with, and need no lesson.

use std::borrow::Cow;

use crate::language;

/// A statement about oneself holds one of these, and so does a standing wish about answers.
#[rustfmt::skip]
const MARKS: &[&str] = &[
    "i'm", "ı'm", "im", "i've", "ive", "i'd", "i'll", "my", "mine", "myself",
    "always", "never", "every", "default", "future", "forward", "now", "call",
    "answers", "replies", "responses", "explanations",
];

/// "Can I …?" states nothing.
const ASKING: &[&str] =
    &["can", "could", "did", "do", "may", "might", "must", "shall", "should", "will", "would"];

/// "Tell me …" is about the one who is told, and not about who they are.
#[rustfmt::skip]
const TO_ME: &[&str] = &[
    "explain", "find", "for", "get", "give", "help", "let", "make", "provide", "recommend", "send", "show", "suit",
    "suits", "teach", "tell", "to", "with", "write",
];

/// Whether these turns could hold something to learn. Costs one pass over their words.
#[must_use]
pub fn is_worth_a_lesson<'a>(turns: impl IntoIterator<Item = &'a str>) -> bool {
    turns.into_iter().flat_map(|turn| turn.split(ENDS)).any(|clause| {
        let mut before = "";
        language::words(clause)
            .any(|word| says_something(std::mem::replace(&mut before, word), word))
    })
}

/// Behind one of these begins another clause: "… when you can. I have an allergy." asks nothing of its second half.
const ENDS: [char; 9] = ['.', '!', '?', ',', ';', ':', '\n', '(', ')'];

fn says_something(before: &str, word: &str) -> bool {
    let is = |word: &str, one_of: &[&str]| one_of.iter().any(|it| it.eq_ignore_ascii_case(word));
    if word.eq_ignore_ascii_case("i") {
        return !is(before, ASKING);
    }
    if word.eq_ignore_ascii_case("me") {
        return !is(before, TO_ME);
    }
    // A typographic apostrophe: "I’m".
    let word = match word.contains('\u{2019}') {
        true => Cow::Owned(word.replace('\u{2019}', "'")),
        false => Cow::Borrowed(word),
    };
    is(&word, MARKS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_says_nothing_of_oneself_needs_no_lesson() {
        for turn in [
            "What is 17 * 23?",
            "Translate: guten Tag",
            "fn main() {}",
            "",
            "Tell me, what can I cook, and how should I start?",
        ] {
            assert!(!is_worth_a_lesson([turn]), "{turn}");
        }
        for turn in [
            "I\u{2019}m a nurse",
            "Answer in English, always.",
            "MY NAME IS ANA",
            "What should I cook? I eat no meat.",
            "Me and my wife live here.",
            "Suggest a dinner when you can. I have a peanut allergy.",
            "Answer as you would, I eat no meat.",
        ] {
            assert!(is_worth_a_lesson(["What is 2+2?", turn]), "{turn}");
        }
    }
}
