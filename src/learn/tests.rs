//! What is learned, what is not, and what becomes of what is held: tables of invented examples.

mod consent;
mod hostile;
mod merging;
mod refusing;
mod stating;

use super::*;
use crate::person::{Attribute, Change};

/// What is found in one turn.
fn found(turn: &str) -> Vec<Candidate> {
    let found = extract([turn]).candidates;
    assert!(found.is_empty() || is_worth_a_lesson([turn]), "overlooked at a glance: {turn}");
    found
}

fn texts(turn: &str) -> Vec<String> {
    found(turn).into_iter().map(|candidate| candidate.text).collect()
}

fn lesson(turn: &str) -> Lesson {
    Lesson { turns: vec![turn.to_owned()], conversation: None, domain: None, said_at: 1_000 }
}

/// Takes in one turn and gives back what is then held.
fn taught(profile: &mut Profile, turn: &str) -> Learned {
    taught_lesson(profile, &lesson(turn))
}

fn taught_lesson(profile: &mut Profile, lesson: &Lesson) -> Learned {
    let learned = learn(lesson, profile, 1_000, &|text| u32::try_from(text.len()).unwrap());
    for change in &learned.changes {
        match change {
            Change::Attribute(new) => {
                match profile.attributes.iter_mut().find(|held| held.id == new.id) {
                    Some(held) => *held = new.clone(),
                    None => profile.attributes.push(new.clone()),
                }
            }
            Change::Forget(id) => profile.attributes.retain(|held| held.id != *id),
            other => panic!("{other:?}"),
        }
    }
    learned
}

fn held<'a>(profile: &'a Profile, text: &str) -> &'a Attribute {
    profile
        .attributes
        .iter()
        .find(|held| held.text == text)
        .unwrap_or_else(|| panic!("{text} in {:?}", profile.attributes))
}
