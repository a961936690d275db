//! What part of a life a statement is about, by its words; for statements that no pattern found, as entered ones.

use super::{lexicon, sensitive::sensitive};
use crate::{
    language,
    person::{Category, Sensitivity},
};

/// Beginnings of a predicate and what they are about, the first that fits.
const BEGINNINGS: &[(&str, Category)] = &[
    ("wants answers", Category::AnswerStyle),
    ("wants to be called", Category::AnswerStyle),
    ("prefers answers", Category::AnswerStyle),
    ("prefers short answers", Category::AnswerStyle),
    ("wants to", Category::Goal),
    ("hopes to", Category::Goal),
    ("plans to", Category::Goal),
    ("is named", Category::Identity),
    ("is called", Category::Identity),
    ("lives", Category::Location),
    ("is from", Category::Location),
    ("comes from", Category::Location),
    ("grew up", Category::Location),
    ("was born in", Category::Location),
    ("moved to", Category::Location),
    ("is based", Category::Location),
    ("works", Category::Occupation),
    ("worked", Category::Occupation),
    ("runs a", Category::Occupation),
    ("is retired", Category::Occupation),
    ("is married", Category::Family),
    ("is single", Category::Family),
    ("is divorced", Category::Family),
    ("studies", Category::Education),
    ("studied", Category::Education),
    ("graduated", Category::Education),
    ("speaks", Category::Language),
    ("does not speak", Category::Language),
    ("does not eat", Category::Diet),
    ("never eats", Category::Diet),
    ("does not drink", Category::Diet),
    ("eats", Category::Diet),
    ("likes", Category::Preference),
    ("loves", Category::Preference),
    ("hates", Category::Preference),
    ("dislikes", Category::Preference),
    ("prefers", Category::Preference),
    ("does not like", Category::Preference),
    ("enjoys", Category::Interest),
    ("is interested", Category::Interest),
    ("owns", Category::Possession),
    ("drives", Category::Possession),
    ("uses", Category::Possession),
    ("is good at", Category::Skill),
    ("can ", Category::Skill),
    ("plays", Category::Interest),
];

/// The category of a predicate and whether it needs consent: "Has diabetes" is health, and does.
///
/// Sensitive words win over any other reading.
#[must_use]
pub fn classify(text: &str) -> (Category, Sensitivity) {
    let category = sensitive(text).unwrap_or_else(|| by_words(text));
    (category, sensitivity(category))
}

/// Whether what is about this category needs consent.
pub(super) const fn sensitivity(category: Category) -> Sensitivity {
    if category.is_sensitive() { Sensitivity::Sensitive } else { Sensitivity::Ordinary }
}

fn by_words(text: &str) -> Category {
    let low = text.to_lowercase();
    if let Some(&(_, category)) = BEGINNINGS.iter().find(|(start, _)| low.starts_with(start)) {
        return category;
    }
    let words: Vec<_> = language::words(&low).collect();
    let any = |list: &[&str]| words.iter().any(|word| list.contains(word));
    if any(&["vegetarian", "vegan", "pescatarian", "keto", "diet", "meat"]) {
        Category::Diet
    } else if any(lexicon::KIN) || any(lexicon::PETS) {
        Category::Family
    } else if any(lexicon::STUDENTS) || any(lexicon::DEGREES) {
        Category::Education
    } else if any(&["speaker", "language"]) {
        Category::Language
    } else if words.iter().any(|word| lexicon::is_person_noun(word)) {
        Category::Occupation
    } else if any(lexicon::BELONGINGS) && low.starts_with("has") {
        Category::Possession
    } else if any(&["old", "aged"]) || any(lexicon::NATIONALITIES) {
        Category::Identity
    } else {
        Category::Other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn predicates_find_their_category() {
        for (text, category) in [
            ("Is vegetarian", Category::Diet),
            ("Lives in Lisbon", Category::Location),
            ("Has two kids", Category::Family),
            ("Is a nurse", Category::Occupation),
            ("Is a biology student", Category::Education),
            ("Wants answers to be short", Category::AnswerStyle),
            ("Is allergic to peanuts", Category::Health),
            ("Has a red bicycle", Category::Possession),
            ("Likes jazz", Category::Preference),
            ("Sings in the shower", Category::Other),
        ] {
            assert_eq!(classify(text).0, category, "{text}");
        }
        assert_eq!(classify("Lives in Lisbon and has diabetes").1, Sensitivity::Sensitive);
    }
}
