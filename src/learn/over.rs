//! What a person says is over, and which held statements that ends.

use super::{
    Candidate,
    sameness::{Head, Sense},
    succession::{Slot, slot},
};
use crate::person::Attribute;

/// Words that say that something is over. Kept only where the person's own word stands against it.
#[derive(Clone, Debug, PartialEq)]
pub struct Over {
    /// What was said, with its quote.
    pub candidate: Candidate,
    /// What is over.
    pub(super) ended: Vec<Ended>,
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
    /// Whether a held statement is over by these words.
    pub(super) fn ends(&self, held: &Attribute, was: &Sense) -> bool {
        self.ended.iter().any(|ended| match ended {
            Ended::Slot(place) => slot(&held.text, was) == Some(*place),
            Ended::Statement(ended) => is_said_by(&Sense::of(ended), was, &held.text),
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
    one && alike && ended.content.is_subset(&held.content)
}
