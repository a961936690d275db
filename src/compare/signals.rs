//! What can be seen in two answers without a judge.

use std::collections::HashSet;

use crate::{
    language::{content_stems, stem, words},
    person::Signals,
};

/// Below this distance two answers say the same.
const SAME_DISTANCE: f32 = 0.05;
/// The share of an attribute's content stems that an answer holds when it names the attribute.
const NAMED_SHARE: f32 = 0.6;
/// The longest part of an answer that is read.
const TEXT_BYTES_MAX: usize = 32 * 1024;
/// The most attributes looked for.
const ATTRIBUTES_MAX: usize = 64;
/// The largest length ratio told.
const RATIO_MAX: f32 = 100.0;

/// Compares two answers to one request; `attributes` are the texts that went into the personalised one.
#[must_use]
pub fn signals(personalized: &str, generic: &str, attributes: &[&str]) -> Signals {
    let (personalized, generic) = (head(personalized), head(generic));
    let attributes = &attributes[..attributes.len().min(ATTRIBUTES_MAX)];
    let (in_personalized, in_generic) = (stems(personalized), stems(generic));
    let distance = distance(&in_personalized, &in_generic);
    let mentioned = attributes
        .iter()
        .filter(|text| {
            let named: HashSet<_> = content_stems(head(text)).collect();
            names(&in_personalized, &named) && !names(&in_generic, &named)
        })
        .count();
    Signals {
        length_ratio: length_ratio(words(personalized).count(), words(generic).count()),
        distance,
        mention_rate: share(mentioned, attributes.len()),
        idle_injection: !attributes.is_empty() && distance < SAME_DISTANCE,
    }
}

/// All stems, of grammar words too: "Yes." and "No." differ in nothing else.
fn stems(text: &str) -> HashSet<String> {
    words(text)
        .map(|word| {
            let word = word.to_lowercase().replace('\u{2019}', "'");
            stem(word.strip_suffix("'s").unwrap_or(&word)).into_owned()
        })
        .collect()
}

fn distance(a: &HashSet<String>, b: &HashSet<String>) -> f32 {
    let shared = a.intersection(b).count();
    match a.len() + b.len() - shared {
        0 => 0.0,
        union => 1.0 - share(shared, union),
    }
}

fn names(answer: &HashSet<String>, attribute: &HashSet<String>) -> bool {
    !attribute.is_empty()
        && share(attribute.intersection(answer).count(), attribute.len()) >= NAMED_SHARE
}

fn length_ratio(personalized: usize, generic: usize) -> f32 {
    match (personalized, generic) {
        (0, 0) => 1.0,
        (_, 0) => RATIO_MAX,
        (personalized, generic) => share(personalized, generic).min(RATIO_MAX),
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of words in at most 32 KiB")]
fn share(part: usize, whole: usize) -> f32 {
    if whole == 0 { 0.0 } else { part as f32 / whole as f32 }
}

fn head(text: &str) -> &str {
    &text[..text.floor_char_boundary(TEXT_BYTES_MAX)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_words_are_an_idle_injection_only_where_something_was_injected() {
        let seen = signals("Boil the eggs.", "Boil the egg.", &["Is vegetarian"]);
        assert_eq!((seen.distance, seen.length_ratio, seen.idle_injection), (0.0, 1.0, true));
        assert!(!signals("Boil the eggs.", "Boil the egg.", &[]).idle_injection);
    }

    #[test]
    fn answers_of_grammar_words_alone_still_differ() {
        assert_eq!(signals("Yes.", "No.", &[]).distance, 1.0);
    }

    #[test]
    fn an_attribute_is_mentioned_where_only_the_personalised_answer_names_it() {
        let told = "As a vegetarian living in Lisbon, try açorda.";
        let plain = "Try the grilled fish. Lisbon has plenty of it for those living there.";
        let rate = |attributes: &[&str]| signals(told, plain, attributes).mention_rate;
        assert_eq!(rate(&["Is vegetarian"]), 1.0);
        assert_eq!(rate(&["Lives in Lisbon"]), 0.0, "the generic answer names it too");
        assert_eq!(rate(&["Is vegetarian", "Plays the cello"]), 0.5);
        assert_eq!(rate(&["Is"]), 0.0, "no content");
    }

    #[test]
    fn every_figure_is_bounded() {
        let long = "word ".repeat(200_000);
        let seen = signals(&long, "", &["Is vegetarian"]);
        assert_eq!((seen.length_ratio, seen.distance), (100.0, 1.0));
        let none = signals("", "", &["Is vegetarian"]);
        assert_eq!((none.length_ratio, none.distance, none.mention_rate), (1.0, 0.0, 0.0));
        let umlauts = "ä".repeat(40_000);
        assert_eq!(signals(&umlauts, &umlauts, &[]).distance, 0.0);
    }
}
