//! When two statements say the same, and when the newer takes the older's place.

use std::collections::BTreeSet;

use crate::{
    language,
    person::{Attribute, Category},
};

/// How much of the stems two statements of one category must share to be near enough.
const NEAR: f32 = 0.8;
/// The mark of a negated statement among its stems: "Eats meat" and "Does not eat meat" share all others.
pub(super) const NOT: &str = "\u{ac}";

/// Verbs of taste.
const TASTES: &[&str] = &[
    "like", "likes", "love", "loves", "enjoy", "enjoys", "adore", "adores", "dislike", "dislikes",
    "hate", "hates",
];

/// The content stems of a statement, and whether it denies.
pub(super) fn stems(text: &str) -> BTreeSet<String> {
    let mut stems: BTreeSet<String> = language::content_stems(text).collect();
    let low = text.to_lowercase().replace('\u{2019}', "'");
    let denies = language::words(&low).any(|word| {
        matches!(word, "not" | "never" | "no" | "cannot" | "dislikes" | "hates" | "without")
            || word.ends_with("n't")
    });
    // How strongly something is liked does not make it another statement.
    if language::words(&low).next().is_some_and(|word| TASTES.contains(&word))
        || denies && language::words(&low).any(|word| TASTES.contains(&word))
    {
        let tastes: Vec<String> =
            TASTES.iter().map(|taste| language::stem(taste).into_owned()).collect();
        stems.retain(|stem| !tastes.contains(stem));
        stems.insert("like".to_owned());
    }
    if denies {
        stems.insert(NOT.to_owned());
    }
    stems
}

/// Whether two sets of stems say the same: equal, or near within one category.
pub(super) fn same<T: Ord>(one: &BTreeSet<T>, other: &BTreeSet<T>, same_category: bool) -> bool {
    if one == other {
        return !one.is_empty();
    }
    let shared = one.intersection(other).count();
    let all = one.len() + other.len() - shared;
    #[expect(clippy::cast_precision_loss, reason = "a statement has a handful of stems")]
    let share = shared as f32 / all.max(1) as f32;
    same_category && share >= NEAR
}

/// Whether the newer of two different statements leaves no room for the older one.
pub(super) fn supersedes(newer: &str, older: &Attribute) -> bool {
    if let (Some(one), Some(other)) = (slot(newer), slot(&older.text)) {
        return one == other;
    }
    let (mut one, mut other) = (stems(newer), stems(&older.text));
    let turned = one.remove(NOT) != other.remove(NOT);
    turned && one == other && !one.is_empty()
}

/// The places of a life that hold one statement at a time.
fn slot(text: &str) -> Option<&'static str> {
    let low = text.to_lowercase();
    let begins = |starts: &[&str]| starts.iter().any(|start| low.starts_with(start));
    if begins(&["is named ", "is called "]) {
        Some("name")
    } else if begins(&[
        "lives in ",
        "is living in ",
        "is based in ",
        "resides in ",
        "is located in ",
    ]) {
        Some("home")
    } else if begins(&["works as ", "is working as "]) {
        Some("trade")
    } else if begins(&[
        "works at ",
        "works for ",
        "is working at ",
        "is working for ",
        "is employed by ",
        "is employed at ",
    ]) {
        Some("employer")
    } else if begins(&["is married", "is single", "is divorced", "is widowed", "is engaged"]) {
        Some("marriage")
    } else if [
        "is vegetarian",
        "is vegan",
        "is pescatarian",
        "is a vegetarian",
        "is a vegan",
        "is a pescatarian",
    ]
    .contains(&low.as_str())
    {
        Some("diet")
    } else if low.starts_with("is ")
        && low.contains("years old")
        && low[3..].starts_with(|char: char| char.is_ascii_digit())
        || low.starts_with("has the age ")
    {
        Some("age")
    } else if low.starts_with("has ") && [" kids", " children"].iter().any(|end| low.ends_with(end))
    {
        Some("children")
    } else if low.starts_with("wants to be called ") {
        Some("calling")
    } else {
        None
    }
}

/// Whether an attribute speaks in the same part of a life.
pub(super) fn same_domain(attribute: &Attribute, domain: Option<&str>) -> bool {
    attribute.domain.as_deref() == domain
}

/// Whether two categories may hold the same fact: equal, or one of them a guess.
pub(super) fn same_category(one: Category, other: Category) -> bool {
    one == other || one == Category::Other || other == Category::Other
}
