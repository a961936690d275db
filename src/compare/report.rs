//! The figures of a report: what people said of the answers, with intervals and sample sizes.
//!
//! People and programs are never added up together; where a rater judged the same thing twice, the later word counts.

mod audit;
mod figure;

use std::collections::{HashMap, HashSet};

use serde::Serialize;
use utoipa::ToSchema;

pub use figure::{Figure, HUMAN_SAMPLES_MIN};

use audit::Audit;

use crate::person::{ComparisonId, Judgment, RaterKind, Receipt, Signals, Verdict};

/// How often personalization helped, harmed or did nothing.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Figures {
    /// Share of human ratings that find the personalised answer no better than the generic one (3 or less).
    pub no_better_than_generic_rate: Figure,
    /// Share of human ratings that find the personalised answer worse (2 or less).
    pub harm_rate: Figure,
    /// Of the audited requests that needed nothing, the share that got something.
    pub false_injection_rate: Figure,
    /// Of the audited requests that needed something, the share that got nothing of it.
    pub missed_need_rate: Figure,
    /// Attributes used over attributes needed, in the audited requests. 1: as many as people would.
    pub over_selection_ratio: Figure,
    /// Share of the used attributes that only the personalised answer names.
    pub mention_rate: Figure,
    /// Share of the comparisons in which something was used and both answers say the same.
    pub idle_injection_rate: Figure,
    /// How much higher programs rate the personalised answer than people do, on the comparisons both rated.
    pub judge_human_gap: Figure,
}

impl Figures {
    /// The figures of these comparisons' signals, and of these judgments beside the receipts of the judged requests.
    ///
    /// Judgments are newest first. A judgment whose receipt is not given counts in no figure.
    #[must_use]
    pub fn of(signals: &[Signals], receipts: &[Receipt], judgments: &[Judgment]) -> Self {
        let judgments = latest(judgments);
        let ratings = |kind| judgments.iter().filter(move |j| j.rater_kind == kind);
        let human: Vec<_> = ratings(RaterKind::Human).filter_map(|j| preference(j)).collect();
        let machine: Vec<_> = ratings(RaterKind::Machine).filter_map(|j| preference(j)).collect();
        let at_most = |most| human.iter().filter(|(_, preference)| *preference <= most).count();
        let audits = audit::audits(receipts, ratings(RaterKind::Human).copied());
        let (needless, needed): (Vec<&Audit>, Vec<&Audit>) =
            audits.iter().partition(|a| a.needed == 0);
        let injected = needless.iter().filter(|a| a.used > 0).count();
        let missed = needed.iter().filter(|a| a.hit == 0).count();
        let mentions: Vec<_> = signals.iter().map(|s| f64::from(s.mention_rate)).collect();
        let idle = signals.iter().filter(|s| s.idle_injection).count();
        Self {
            no_better_than_generic_rate: Figure::rate(at_most(3), human.len()).judged(),
            harm_rate: Figure::rate(at_most(2), human.len()).judged(),
            false_injection_rate: Figure::rate(injected, needless.len()).judged(),
            missed_need_rate: Figure::rate(missed, needed.len()).judged(),
            over_selection_ratio: Figure::ratio(audits.iter().map(|a| (a.used, a.needed))).judged(),
            mention_rate: Figure::mean(&mentions).clamped(0.0, 1.0),
            idle_injection_rate: Figure::rate(idle, signals.len()),
            judge_human_gap: Figure::mean(&gaps(&machine, &human)).clamped(-4.0, 4.0).judged(),
        }
    }
}

/// The last word of each rater on each thing.
fn latest(judgments: &[Judgment]) -> Vec<&Judgment> {
    let mut seen = HashSet::new();
    let mut judgments: Vec<_> = judgments.iter().collect();
    judgments.sort_by_key(|judgment| std::cmp::Reverse(judgment.id));
    judgments.retain(|judgment| {
        let about = match &judgment.verdict {
            Verdict::Attribute { attribute, .. } => (attribute.0, [0; 16]),
            Verdict::Relevance { request, attribute, .. } => (request.0, attribute.0),
            Verdict::Response { comparison, .. } => (comparison.0, [0; 16]),
        };
        let stage = judgment.verdict.stage();
        seen.insert((&judgment.rater, judgment.rater_kind, stage, about))
    });
    judgments
}

fn preference(judgment: &Judgment) -> Option<(ComparisonId, u8)> {
    match judgment.verdict {
        Verdict::Response { comparison, preference } => Some((comparison, preference)),
        _ => None,
    }
}

/// Programs' mean rating less people's, one per comparison that both rated.
fn gaps(machine: &[(ComparisonId, u8)], human: &[(ComparisonId, u8)]) -> Vec<f64> {
    let human = means(human);
    let mut gaps: Vec<_> = means(machine)
        .into_iter()
        .filter_map(|(comparison, rating)| Some((comparison, rating - human.get(&comparison)?)))
        .collect();
    // Sums of floats depend on their order; a report reads the same twice.
    gaps.sort_by_key(|(comparison, _)| *comparison);
    gaps.into_iter().map(|(_, gap)| gap).collect()
}

fn means(ratings: &[(ComparisonId, u8)]) -> HashMap<ComparisonId, f64> {
    let mut sums: HashMap<_, (u32, u32)> = HashMap::new();
    for (comparison, rating) in ratings {
        let (sum, count) = sums.entry(*comparison).or_default();
        *sum += u32::from(*rating);
        *count += 1;
    }
    sums.into_iter().map(|(id, (sum, count))| (id, f64::from(sum) / f64::from(count))).collect()
}

#[cfg(test)]
mod tests;
