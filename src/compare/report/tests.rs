use super::*;
use crate::person::{
    AttributeId, Considered, Id, JudgmentId, Outcome, Reason, Relevance, RequestId,
};

fn judged(rater: &str, rater_kind: RaterKind, verdict: Verdict) -> Judgment {
    Judgment { id: JudgmentId::fresh(), verdict, rater: rater.into(), rater_kind, created_at: 1 }
}

fn rated(rater: &str, kind: RaterKind, comparison: ComparisonId, preference: u8) -> Judgment {
    judged(rater, kind, Verdict::Response { comparison, preference })
}

fn said(request: RequestId, attribute: AttributeId, verdict: Relevance) -> Judgment {
    judged("ann", RaterKind::Human, Verdict::Relevance { request, attribute, verdict })
}

fn receipt(used: &[AttributeId], left: &[AttributeId]) -> Receipt {
    let considered = |used| {
        move |&attribute: &AttributeId| Considered {
            attribute,
            score: 0.5,
            used,
            reason: if used { Reason::ChangesTheAnswer } else { Reason::NotRelevant },
        }
    };
    Receipt {
        id: Id::fresh(),
        request: Id::fresh(),
        conversation: None,
        created_at: 1,
        model: None,
        outcome: Outcome::Personalized,
        reason: None,
        considered: used
            .iter()
            .map(considered(true))
            .chain(left.iter().map(considered(false)))
            .collect(),
        considered_total: 2,
        injected_tokens: 0,
        scorer: "test".into(),
    }
}

#[test]
fn ratings_of_three_are_no_better_and_of_two_are_harm() {
    let judgments: Vec<_> = (0..100)
        .map(|n| {
            rated(
                "ann",
                RaterKind::Human,
                Id::fresh(),
                if n < 20 {
                    2
                } else if n < 60 {
                    3
                } else {
                    4
                },
            )
        })
        .collect();
    let figures = Figures::of(&[], &[], &judgments);
    assert_eq!(figures.no_better_than_generic_rate.value, Some(0.6));
    assert_eq!(figures.harm_rate.value, Some(0.2));
    assert_eq!(figures.harm_rate.samples, 100);
}

#[test]
fn programs_never_count_as_people() {
    let ids: Vec<ComparisonId> = (0..60).map(|_| Id::fresh()).collect();
    let mut judgments: Vec<_> =
        ids.iter().map(|&id| rated("judge", RaterKind::Machine, id, 5)).collect();
    let figures = Figures::of(&[], &[], &judgments);
    assert_eq!((figures.harm_rate.samples, figures.harm_rate.value), (0, None));
    assert_eq!(figures.judge_human_gap.samples, 0);
    judgments.extend(ids.iter().map(|&id| rated("ann", RaterKind::Human, id, 3)));
    judgments.extend(ids.iter().map(|&id| rated("bob", RaterKind::Human, id, 4)));
    judgments.push(rated("judge", RaterKind::Machine, Id::fresh(), 1));
    let gap = Figures::of(&[], &[], &judgments).judge_human_gap;
    assert_eq!((gap.value, gap.samples), (Some(1.5), 60));
}

#[test]
fn a_raters_later_word_counts() {
    let id = ComparisonId::fresh();
    let mut judgments = vec![rated("ann", RaterKind::Human, id, 1)];
    judgments.extend((0..49).map(|_| rated("ann", RaterKind::Human, Id::fresh(), 5)));
    judgments.push(rated("ann", RaterKind::Human, id, 5));
    let figures = Figures::of(&[], &[], &judgments);
    assert_eq!((figures.harm_rate.value, figures.harm_rate.samples), (Some(0.0), 50));
}

#[test]
fn audits_follow_the_definitions() {
    let (a, b) = (AttributeId::fresh(), AttributeId::fresh());
    let mut receipts = Vec::new();
    let mut judgments = Vec::new();
    let mut audit =
        |used: &[AttributeId], left: &[AttributeId], words: &[(AttributeId, Relevance)]| {
            let receipt = receipt(used, left);
            judgments.extend(words.iter().map(|&(id, word)| said(receipt.request, id, word)));
            receipts.push(receipt);
        };
    for n in 0..200 {
        match n % 4 {
            0 => audit(&[a, b], &[], &[(a, Relevance::Relevant), (b, Relevance::Irrelevant)]),
            1 => audit(&[a], &[b], &[(a, Relevance::Irrelevant), (b, Relevance::Missed)]),
            2 => audit(&[a], &[], &[(a, Relevance::Irrelevant)]),
            _ => audit(&[], &[b], &[(b, Relevance::Irrelevant)]),
        }
    }
    // Half judged: not an audit.
    audit(&[a, b], &[], &[(a, Relevance::Irrelevant)]);
    let figures = Figures::of(&[], &receipts, &judgments);
    let told = |figure: Figure| (figure.value, figure.samples);
    assert_eq!(told(figures.false_injection_rate), (Some(0.5), 100));
    assert_eq!(told(figures.missed_need_rate), (Some(0.5), 100));
    assert_eq!(told(figures.over_selection_ratio), (Some(2.0), 200));
}

#[test]
fn signals_need_no_judge() {
    let seen = |mention_rate, idle_injection| Signals {
        mention_rate,
        idle_injection,
        ..Signals::default()
    };
    let figures = Figures::of(&[seen(1.0, false), seen(0.0, true)], &[], &[]);
    assert_eq!(figures.mention_rate.value, Some(0.5));
    assert_eq!((figures.mention_rate.low, figures.mention_rate.high), (Some(0.0), Some(1.0)));
    assert_eq!(figures.idle_injection_rate.value, Some(0.5));
}
