//! Both engines' candidates together, each fact once.

use super::super::{
    Candidate, Extracted,
    sameness::{same, same_category, stems},
};
use crate::person::Category;

/// What the local engine found, and of what the model found that which is not the same fact: the local engine's quote
/// is exact, so it stays.
#[must_use]
pub fn beside(mut local: Extracted, asked: Extracted) -> Extracted {
    let found = local.candidates.len();
    for candidate in asked.candidates {
        let (own, other) = local.candidates.split_at(found);
        let is_known =
            own.iter().any(|own| is_same(own, &candidate) || rests_on_the_same(own, &candidate))
                || other.iter().any(|other| is_same(other, &candidate));
        if !is_known {
            local.candidates.push(candidate);
        }
    }
    local.refused.extend(asked.refused);
    local
}

fn is_same(one: &Candidate, other: &Candidate) -> bool {
    same(&stems(&one.text), &stems(&other.text), same_category(one.category, other.category))
}

/// Whether two statements say of the same words something about the same part of a life: one in other words.
fn rests_on_the_same(one: &Candidate, other: &Candidate) -> bool {
    one.turn == other.turn
        && one.category == other.category
        && one.category != Category::Other
        && (one.quote.contains(&other.quote) || other.quote.contains(&one.quote))
}

#[cfg(test)]
mod tests {
    use super::{super::super::extract, *};
    use crate::person::Basis;

    fn asked(text: &str, quote: &str, category: Category) -> Candidate {
        let found = extract(["I own a red bicycle."]).candidates.remove(0);
        Candidate {
            text: text.into(),
            quote: quote.into(),
            category,
            basis: Basis::Inferred,
            ..found
        }
    }

    #[test]
    fn a_fact_that_both_find_is_the_local_engines() {
        let local = extract(["I live in Lisbon."]);
        let own = local.candidates.clone();
        assert_eq!(own.len(), 1);
        let again = [
            asked("Lives in Lisbon", "live in Lisbon", Category::Other),
            asked("Resides in the city of Lisbon", "I live in Lisbon", Category::Location),
        ];
        let new = asked("Plays chess", "I play chess", Category::Interest);
        let candidates = again.into_iter().chain([new.clone(), new.clone()]).collect();
        let both = beside(local, Extracted { candidates, refused: Vec::new() });
        assert_eq!(both.candidates, [own, vec![new]].concat());
    }
}
