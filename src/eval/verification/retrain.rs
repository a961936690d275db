//! Fits a verifier again with what people said of what is held about them.

use std::collections::BTreeSet;

use super::{Example, Report, fit_both, head_of, report, threshold_of};
use crate::{eval::EvalError, learn::Verifier};

/// Fewer judgments say nothing that would hold for others.
pub const JUDGMENTS_MIN: usize = 50;
/// Of fewer people none can be left out.
const PEOPLE_MIN: usize = 5;
/// Into so many parts the people are dealt, to be judged by fits that know none of their words.
const FOLDS: usize = 5;

/// A verifier fitted with people's judgments, and what it is worth.
#[derive(Clone, Debug)]
pub struct Retrained {
    /// Fitted on everything.
    pub verifier: Verifier,
    /// How many judgments, of how many people.
    pub judgments: [usize; 2],
    /// What the verifier in use says of what people judged.
    pub before: Report,
    /// The same by fits, thresholds included, without the people of a fifth each.
    pub after: Report,
}

/// Fits a verifier on `material` and on what people `judged`.
///
/// # Errors
/// [`EvalError::TooFew`] when there are too few judgments, of too few people, or all of one kind.
pub fn retrain(
    material: &[Example],
    judged: &[Example],
    before: &Verifier,
    version: &str,
) -> Result<Retrained, EvalError> {
    let people: BTreeSet<&str> = judged.iter().map(|it| it.group.as_str()).collect();
    let people: Vec<_> = people.into_iter().collect();
    let rejected = judged.iter().filter(|it| !it.good).count();
    let accepted = judged.len() - rejected;
    if judged.len() < JUDGMENTS_MIN || people.len() < PEOPLE_MIN || accepted == 0 || rejected == 0 {
        return Err(EvalError::TooFew {
            found: format!(
                "{accepted} accepted and {rejected} rejected, of {} people",
                people.len()
            ),
            needed: format!("{JUDGMENTS_MIN}, of {PEOPLE_MIN} people, some of each kind"),
        });
    }
    let fold = |it: &Example| people.binary_search(&it.group.as_str()).unwrap_or_default() % FOLDS;
    let with = |inside: &dyn Fn(&Example) -> bool| {
        let judged = judged.iter().filter(|it| inside(it));
        let examples: Vec<_> = material.iter().chain(judged).cloned().collect();
        let mut verifier = fit_both(&examples, version).0;
        // What is held by lower ones nobody has judged: judgments are of what passed those in use.
        for (fitted, in_use) in [
            (&mut verifier.read.threshold, before.read.threshold),
            (&mut verifier.plain_threshold, before.plain_threshold),
            (&mut verifier.claimed.threshold, before.claimed.threshold),
        ] {
            *fitted = fitted.max(in_use);
        }
        verifier
    };
    let mut after = Vec::new();
    for left_out in 0..FOLDS {
        let verifier = with(&|it| fold(it) != left_out);
        after.extend(judged.iter().filter(|it| fold(it) == left_out).map(|it| {
            (it, it.probability(head_of(&verifier, it.kind)), threshold_of(&verifier, it))
        }));
    }
    Ok(Retrained {
        verifier: with(&|_| true),
        judgments: [judged.len(), people.len()],
        before: report(judged, before),
        after: Report::of(&after),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        eval::verification::{Kind, judged::judged},
        learn::verifier,
        person::{
            Attribute, AttributeId, Basis, Category, Evidence, Judgment, JudgmentId, RaterKind,
            Sensitivity, Status, Truth, Verdict,
        },
    };

    fn attribute(text: &str, quote: &str) -> Attribute {
        let mut it = Attribute::entered(AttributeId::fresh(), text.into(), Category::Other, 1, 3);
        it.basis = Basis::Stated;
        it.confidence = 0.8;
        it.evidence = vec![Evidence { quote: quote.into(), conversation: None, said_at: 1 }];
        it
    }

    fn said(of: &Attribute, rater: &str, verdict: Truth, created_at: i64) -> Judgment {
        let verdict = Verdict::Attribute { attribute: of.id, verdict };
        let (rater, rater_kind) = (rater.to_owned(), RaterKind::Human);
        Judgment { id: JudgmentId::fresh(), verdict, rater, rater_kind, created_at }
    }

    /// What becomes of one attribute and what was said of it.
    fn label(of: Attribute, judgments: &[Judgment]) -> Option<bool> {
        judged("person 1", "ann", &[of], judgments).first().map(|it| it.good)
    }

    #[test]
    fn the_persons_own_last_word_counts_first() {
        use Truth::{Accepted, Rejected, Uncertain};
        let it = attribute("Has two cats", "I have two cats");
        let by = |rater: &str, truth, at| said(&it, rater, truth, at);
        for (judgments, wanted) in [
            (vec![], None),
            (vec![by("rita", Accepted, 1)], Some(true)),
            (vec![by("rita", Rejected, 1)], Some(false)),
            (vec![by("rita", Uncertain, 1)], None),
            (vec![by("rita", Rejected, 1), by("rob", Accepted, 2)], None),
            (vec![by("rita", Rejected, 3), by("rita", Accepted, 2)], Some(false)),
            (
                vec![by("rita", Rejected, 3), by("rob", Rejected, 1), by("ann", Accepted, 2)],
                Some(true),
            ),
            (vec![by("ann", Uncertain, 2), by("rob", Rejected, 1)], None),
            (vec![Judgment { rater_kind: RaterKind::Machine, ..by("rita", Rejected, 1) }], None),
            // Of something else.
            (vec![said(&attribute("x", "y"), "rita", Rejected, 1)], None),
        ] {
            assert_eq!(label(it.clone(), &judgments), wanted, "{judgments:?}");
        }
        let rejected = Attribute { status: Status::Rejected, ..it.clone() };
        assert_eq!(label(rejected, &[]), Some(false));
        let confirmed = Attribute { confidence: 1.0, ..it.clone() };
        assert_eq!(label(confirmed.clone(), &[]), Some(true));
        assert_eq!(label(confirmed, &[by("ann", Rejected, 1)]), Some(true), "taken back");
    }

    #[test]
    fn corrections_count_where_the_quote_carries_them_and_what_is_sensitive_never() {
        let corrected = |text: &str| Attribute {
            basis: Basis::Entered,
            confidence: 1.0,
            ..attribute(text, "I have two cats and no dog")
        };
        assert_eq!(label(corrected("Has two cats"), &[]), Some(true));
        assert_eq!(label(corrected("Has three parrots"), &[]), None);
        let entered = Attribute { evidence: vec![], ..corrected("Has two cats") };
        assert_eq!(label(entered, &[]), None);
        let sensitive =
            Attribute { sensitivity: Sensitivity::Sensitive, ..corrected("Has two cats") };
        assert_eq!(label(sensitive, &[]), None);
    }

    #[test]
    fn what_our_reader_tells_of_the_quote_is_its_own_and_the_rest_a_claim() {
        let of = |text: &str, quote: &str| {
            let it = Attribute { status: Status::Rejected, ..attribute(text, quote) };
            let it = judged("person 1", "ann", &[it], &[]).remove(0);
            (it.kind, it.is_known)
        };
        assert_eq!(of("Lives in Porto", "I live in Porto"), (Kind::Read, true));
        assert_eq!(of("Is fond of Porto", "I live in Porto"), (Kind::Claimed, false));
    }

    /// So many people, who each say yes to one thing and no to another.
    fn people(count: usize) -> Vec<Example> {
        (0..count)
            .flat_map(|at| {
                let good = attribute("Owns a red boat", "I own a red boat");
                let bad = attribute("Wants a red boat", "I want a red boat today");
                let said = [
                    said(&good, "ann", Truth::Accepted, 1),
                    said(&bad, "rita", Truth::Rejected, 1),
                ];
                judged(&format!("person {at}"), "ann", &[good, bad], &said)
            })
            .collect()
    }

    #[test]
    fn fewer_than_fifty_judgments_or_five_people_are_too_few() {
        for few in
            [people(24), people(26).split_off(4).into_iter().filter(|it| it.good).collect(), {
                let mut one = people(30);
                one.iter_mut().for_each(|it| it.group = "person 1".into());
                one
            }]
        {
            let error = retrain(&[], &few, verifier(), "x").unwrap_err().to_string();
            assert!(error.starts_with("not enough human judgments: "), "{error}");
            assert!(error.contains("50") && !error.contains("boat"), "{error}");
        }
    }

    #[test]
    fn what_people_say_is_learned_and_judged_on_people_left_out() {
        let fitted = retrain(&[], &people(30), verifier(), "mine").unwrap();
        assert_eq!(fitted.judgments, [60, 30]);
        assert_eq!(fitted.verifier.version, "mine");
        let (mine, in_use) = (&fitted.verifier, verifier());
        assert!(mine.plain_threshold >= in_use.plain_threshold);
        assert!(mine.claimed.threshold >= in_use.claimed.threshold);
        for set in &fitted.after.sets {
            assert!(set.set.contains("judged by people"), "{set}");
            let right = set.auc.is_none_or(|auc| auc.value > 0.95);
            assert!(right && set.flagged_of_bad.is_none_or(|share| share > 0.9), "{set}");
        }
        let statements =
            |report: &Report| report.sets.iter().map(|it| it.statements).sum::<usize>();
        assert_eq!(statements(&fitted.after), 60, "each once");
        assert_eq!(statements(&fitted.before), 60);
        let json = serde_json::to_vec(&fitted.verifier).unwrap();
        assert_eq!(Verifier::read(&json).unwrap(), fitted.verifier);
    }

    #[test]
    fn words_of_few_people_are_in_no_weights() {
        let mut judged = people(30);
        for it in judged.iter_mut().take(8) {
            it.quote.push_str(" near Zzyzx");
        }
        let fitted = retrain(&[], &judged, verifier(), "mine").unwrap().verifier;
        let json = serde_json::to_string(&fitted).unwrap();
        assert!(json.contains("boat") && !json.contains("zzyzx"));
    }
}
