//! What a person says is over, and which held statements that ends.

use super::{
    Candidate,
    listed::{Left, Listed},
    sameness::{Head, Sense},
    succession::{Slot, slot},
};
use crate::{language, person::Attribute};

/// Words that say that something is over. Kept only where the person's own word stands against it.
#[derive(Clone, Debug, PartialEq)]
pub struct Over {
    /// What was said, with its quote.
    pub candidate: Candidate,
    /// What is over; of a statement what it says.
    ended: Vec<(Ended, Sense)>,
}

/// What is over.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Ended {
    /// What this says: "has a car".
    Statement(String),
    /// Whatever takes this place.
    Slot(Slot),
}

impl Over {
    pub(super) fn new(candidate: Candidate, ended: Vec<Ended>) -> Self {
        let sense = |ended: &Ended| match ended {
            Ended::Statement(text) => Sense::of(text),
            Ended::Slot(_) => Sense::of(""),
        };
        let ended = ended.into_iter().map(|ended| {
            let sense = sense(&ended);
            (ended, sense)
        });
        Self { candidate, ended: ended.collect() }
    }

    /// What these words leave of a held statement.
    pub(super) fn leaves_of(&self, held: &Attribute, was: &Sense) -> Left {
        if self.ends(held, was) {
            return Left::Nothing;
        }
        let is_over = |one: &Sense| {
            self.ended.iter().any(|(ended, sense)| {
                matches!(ended, Ended::Statement(_))
                    && !sense.content.is_empty()
                    && sense.has_marks_of(one)
                    && sense.content == one.content
            })
        };
        Listed::of(&held.text).map_or(Left::Whole, |listed| listed.left(is_over))
    }

    /// Whether a held statement is over by these words.
    fn ends(&self, held: &Attribute, was: &Sense) -> bool {
        self.ended.iter().any(|(ended, sense)| match ended {
            Ended::Slot(place) => slot(&held.text, was) == Some(*place),
            Ended::Statement(_) => is_said_by(sense, was, &held.text),
        })
    }
}

/// Whether a held statement says what is over, and perhaps more of the same thing: "has a red car" of "has a car".
fn is_said_by(ended: &Sense, held: &Sense, text: &str) -> bool {
    if ended.content.is_empty() || !ended.has_marks_of(held) {
        return false;
    }
    if ended.content == held.content {
        return true;
    }
    // Of a list, and of two of a kind, nobody knows what is left.
    let one =
        |word: &str| !matches!(word, "and" | "or" | "two" | "three" | "both" | "several" | "many");
    let one = !text.contains(',')
        && text.split_whitespace().all(|word| one(word) && word.parse::<u32>().is_err());
    let told = |head| matches!(head, Head::Be | Head::Trade);
    let alike = ended.head == held.head || told(ended.head) && told(held.head);
    one && alike && ended.content.is_subset(&held.content) && names(ended, text)
}

/// Whether the thing that a text names is among what is over: "a dog named Rex" of "a dog", not "a dog allergy".
fn names(ended: &Sense, text: &str) -> bool {
    const BEHIND: &[&str] = &[
        "named", "called", "who", "that", "which", "with", "in", "of", "for", "at", "from", "since",
    ];
    let low = text.to_lowercase();
    let words = language::words(&low).take_while(|word| !BEHIND.contains(word));
    let last = words.filter_map(language::content_stem).last();
    ended.head != Head::Have || last.is_none_or(|last| ended.content.contains(&last))
}
