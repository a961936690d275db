//! Both engines' candidates together, each fact once.

use super::super::{
    Candidate,
    sameness::{same, same_category, stems},
};
use crate::person::Category;

/// What the local engine found, and of what the model found that which is not the same fact: the local engine's quote
/// is exact, so it stays.
pub(in crate::learn) fn beside(local: Vec<Candidate>, asked: Vec<Candidate>) -> Vec<Candidate> {
    let own = local.len();
    let mut says: Vec<_> = local.iter().map(|it| stems(&it.text)).collect();
    let mut all = local;
    for candidate in asked {
        let told = stems(&candidate.text);
        let is_known = all.iter().zip(&says).enumerate().any(|(at, (known, said))| {
            same(said, &told, same_category(known.category, candidate.category))
                || at < own && rests_on_the_same(known, &candidate)
        });
        if !is_known {
            all.push(candidate);
            says.push(told);
        }
    }
    all
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
        let own = extract(["I live in Lisbon."]).candidates;
        assert_eq!(own.len(), 1);
        let again = [
            asked("Lives in Lisbon", "live in Lisbon", Category::Other),
            asked("Resides in the city of Lisbon", "I live in Lisbon", Category::Location),
        ];
        let new = asked("Plays chess", "I play chess", Category::Interest);
        let found = again.into_iter().chain([new.clone(), new.clone()]).collect();
        assert_eq!(beside(own.clone(), found), [own, vec![new]].concat());
    }
}
