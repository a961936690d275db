//! When a newer statement leaves no room for an older one: places of a life that hold one statement at a time, and
//! what is turned into its opposite.

use std::collections::BTreeSet;

use super::{
    listed::{Left, Listed},
    sameness::{Head, Sense},
};
use crate::{
    language,
    person::{Attribute, Category},
};

/// A place of a life that holds one statement at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Slot {
    Name,
    Calling,
    Home,
    Trade,
    Employer,
    Marriage,
    Diet,
    Age,
    Children,
}

/// Words that tell of a change: what they are said of takes the place of what was.
#[rustfmt::skip]
const CHANGES: &[&str] =
    &["now", "nowadays", "became", "become", "switched", "these days", "anymore", "changed", "new job", "these-days"];
/// Partners whom nobody has who is single.
const PARTNERS: &[&str] = &["wife", "husband", "partner", "girlfriend", "boyfriend", "fiancé"];

/// A newer statement: what it says, and the words it was said in.
pub(super) struct Newer<'a> {
    text: &'a str,
    category: Category,
    sense: Sense,
    /// Of a list what it says of each thing.
    each: Vec<Sense>,
    changes: bool,
}

impl<'a> Newer<'a> {
    pub(super) fn new(text: &'a str, category: Category, quote: &str) -> Self {
        let each = Listed::of(text).map_or_else(Vec::new, |listed| listed.senses().collect());
        Self { text, category, sense: Sense::of(text), each, changes: tells_of_change(quote) }
    }

    /// What it leaves of an older statement that does not say the same.
    pub(super) fn leaves_of(&self, older: &Attribute, was: &Sense) -> Left {
        if self.supersedes(older, was) {
            return Left::Nothing;
        }
        if !(self.sense.denies || was.denies) || self.sense.past || was.past {
            return Left::Whole;
        }
        let is_taken_back = |was: &Sense| {
            let mut each = self.each.iter().chain(std::iter::once(&self.sense));
            !was.content.is_empty()
                && each.any(|it| it.denies != was.denies && it.content == was.content)
        };
        match Listed::of(&older.text) {
            Some(listed) => listed.left(is_taken_back),
            None if is_taken_back(was) => Left::Nothing,
            None => Left::Whole,
        }
    }

    /// Whether it leaves no room for an older statement that does not say the same.
    fn supersedes(&self, older: &Attribute, was: &Sense) -> bool {
        if self.sense.past || was.past {
            return false;
        }
        let slots = (slot(self.text, &self.sense), slot(&older.text, was));
        if let (Some(one), Some(other)) = slots {
            return one == other;
        }
        self.turns(was)
            || self.ends_partnership(was)
            || slots == (Some(Slot::Employer), None) && is_without_work(was)
            || is_without_work(&self.sense) && matches!(slots.1, Some(Slot::Employer | Slot::Trade))
            || self.changes && self.is_trade() && is_trade(older.category, was)
    }

    /// Whether an older statement tells it among more: "Lives in Portugal" of "Lives in Porto, Portugal".
    pub(super) fn is_told_by(&self, older: &Attribute, was: &Sense) -> bool {
        if !(self.sense.named_place && was.named_place && older.text.contains(',')) {
            return false;
        }
        let told: BTreeSet<String> = language::content_stems(&older.text).collect();
        self.sense.has_marks_of(was)
            && self.sense.content.iter().all(|stem| stem == "live" || told.contains(stem))
    }

    /// Whether it says the opposite.
    fn turns(&self, was: &Sense) -> bool {
        let turned = self.sense.denies != was.denies;
        let vegetarian = self.sense.denies && is_only(&self.sense, "vegetarian");
        turned && !was.content.is_empty() && self.sense.content == was.content
            || turned && vegetarian && is_only(was, "vegan")
    }

    fn ends_partnership(&self, was: &Sense) -> bool {
        let alone = ["singl", "divorc", "widow"].iter().any(|state| is_only(&self.sense, state));
        let partner = was.content.iter().any(|stem| PARTNERS.contains(&stem.as_str()));
        alone && !self.sense.denies && was.head == Head::Have && partner && !was.denies
    }

    fn is_trade(&self) -> bool {
        is_trade(self.category, &self.sense)
    }
}

/// Whether the words tell of a change: "I'm a baker now".
fn tells_of_change(quote: &str) -> bool {
    let low = quote.to_lowercase();
    let words = low.split(|char: char| !char.is_alphanumeric()).collect::<Vec<_>>().join(" ");
    CHANGES.iter().any(|change| format!(" {words} ").contains(&format!(" {change} ")))
}

/// What somebody is or works as, for a living.
fn is_trade(category: Category, sense: &Sense) -> bool {
    category == Category::Occupation
        && matches!(sense.head, Head::Be | Head::Trade)
        && !sense.denies
        && !is_without_work(sense)
}

fn is_without_work(sense: &Sense) -> bool {
    !sense.denies && ["retir", "unemploy"].iter().any(|state| is_only(sense, state))
}

fn is_only(sense: &Sense, stem: &str) -> bool {
    sense.content.len() == 1 && sense.content.contains(stem)
}

/// The place that a statement takes, if it takes one.
pub(super) fn slot(text: &str, sense: &Sense) -> Option<Slot> {
    if sense.denies || sense.past {
        return None;
    }
    let low = text.to_lowercase();
    let has = |stem: &str| sense.content.contains(stem);
    match sense.head {
        Head::Name => Some(Slot::Name),
        Head::Live | Head::Move if sense.named_place => Some(Slot::Home),
        Head::Trade => Some(Slot::Trade),
        Head::Employer => Some(Slot::Employer),
        Head::Be | Head::Other | Head::Have if is_age(&low) => Some(Slot::Age),
        Head::Be if is_marriage(sense) => Some(Slot::Marriage),
        // Who says that they eat no meat does not say which diet they keep.
        Head::Be
            if ["vegetarian", "vegan", "pescatarian"].iter().any(|kind| is_only(sense, kind)) =>
        {
            Some(Slot::Diet)
        }
        Head::Have if has("kid") && [" kids", " children"].iter().any(|end| low.ends_with(end)) => {
            Some(Slot::Children)
        }
        _ if low.starts_with("wants to be called ") => Some(Slot::Calling),
        _ => None,
    }
}

fn is_marriage(sense: &Sense) -> bool {
    let begins = |state: &str| sense.content.contains(state);
    let state = ["marri", "singl", "divorc", "widow", "engag", "separ"].iter().any(|it| begins(it));
    // "Is a single parent" says more.
    state && (sense.content.len() == 1 || begins("marri"))
}

fn is_age(low: &str) -> bool {
    let age = low.strip_prefix("is ").unwrap_or(low);
    low.starts_with("has the age ")
        || low.starts_with("is ")
            && age.contains("years old")
            && age.starts_with(|char: char| char.is_ascii_digit())
}
