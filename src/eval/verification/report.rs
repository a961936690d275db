//! What flagging is worth, with intervals over sessions.

use std::{collections::BTreeMap, fmt};

use serde::Serialize;

use super::{Example, Kind};
use crate::eval::statistics::{Estimate, estimate, share};

/// The share of bad statements that the figures are weighted to: what the founding study found in models' extractions.
const PREVALENCE: f64 = 0.4;

/// What flagging the bad ones comes to on one set.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Flagging {
    /// Which statements.
    pub set: String,
    /// How many.
    pub statements: usize,
    /// How many of them are bad.
    pub bad: usize,
    /// F1 of flagging the bad ones, at a prevalence of 40%.
    pub f1: Option<Estimate>,
    /// The same of flagging all: what there is to beat.
    pub f1_of_flagging_all: f64,
    /// How often a good one is more probable than a bad one.
    pub auc: Option<Estimate>,
    /// Share of the bad ones that are flagged.
    pub flagged_of_bad: Option<f64>,
    /// Share of the good ones that are flagged.
    pub flagged_of_good: Option<f64>,
    /// Share of those held that are good, as the labels stand, not re-weighted.
    pub precision_of_held: Option<Estimate>,
    /// Of each reason: how many, and how many are flagged.
    pub by_reason: BTreeMap<String, [usize; 2]>,
}

/// The figures of the verifier, by who told the statements and by half.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// One for each set that has statements.
    pub sets: Vec<Flagging>,
}

/// A statement judged.
#[derive(Clone, Copy)]
struct Judged {
    good: bool,
    probability: f32,
    is_held: bool,
}

impl Report {
    /// Scores `probability` on all examples.
    pub(super) fn of(
        examples: &[Example],
        probability: impl Fn(&Example) -> f32,
        threshold: impl Fn(&Example) -> f32,
    ) -> Self {
        let mut sets = Vec::new();
        for (kind, told) in
            [(Kind::Claimed, "claimed by a model"), (Kind::Read, "read by the grammar")]
        {
            for (is_real, dev, half) in [
                (true, true, "sessions, the half it is fitted on"),
                (true, false, "sessions, held out"),
                (false, true, "written"),
            ] {
                let of: Vec<_> = examples
                    .iter()
                    .filter(|it| {
                        it.kind == kind && it.is_real == is_real && (!is_real || it.is_dev() == dev)
                    })
                    .map(|it| (it, probability(it), threshold(it)))
                    .collect();
                if !of.is_empty() {
                    sets.push(Flagging::of(format!("{told}; {half}"), &of));
                }
            }
        }
        Self { sets }
    }
}

impl Flagging {
    /// The figures of examples with their probabilities and thresholds.
    fn of(set: String, examples: &[(&Example, f32, f32)]) -> Self {
        let mut by_reason: BTreeMap<String, [usize; 2]> = BTreeMap::new();
        let mut groups: BTreeMap<&str, Vec<Judged>> = BTreeMap::new();
        for (example, probability, threshold) in examples {
            let is_held = probability >= threshold;
            let judged = Judged { good: example.good, probability: *probability, is_held };
            groups.entry(&example.group).or_default().push(judged);
            if !example.good {
                let reason = example.reason.split([':', ';', '.', '(']).next().unwrap_or_default();
                let counts = by_reason.entry(reason.trim().to_owned()).or_default();
                counts[0] += 1;
                counts[1] += usize::from(!is_held);
            }
        }
        let groups: Vec<_> = groups.into_values().collect();
        let all: Vec<_> = groups.iter().collect();
        let bad = examples.iter().filter(|(example, ..)| !example.good).count();
        let (of_bad, of_good) = rates(&all);
        Self {
            set,
            statements: examples.len(),
            bad,
            f1: estimate(&groups, |groups| reweighted(rates(groups))),
            f1_of_flagging_all: 2.0 * PREVALENCE / (1.0 + PREVALENCE),
            auc: estimate(&groups, auc),
            flagged_of_bad: of_bad,
            flagged_of_good: of_good,
            precision_of_held: estimate(&groups, |groups| {
                let held = || groups.iter().flat_map(|it| it.iter()).filter(|it| it.is_held);
                share(held().filter(|it| it.good).count(), held().count())
            }),
            by_reason,
        }
    }

    /// The lowest threshold at which so large a share of what is held of each set is good.
    #[must_use]
    pub(super) fn threshold_for(precision: f64, sets: &[&[(&Example, f32)]]) -> f32 {
        let held_good = |examples: &[(&Example, f32)], threshold: f32| {
            let held = || examples.iter().filter(|(_, it)| *it >= threshold);
            share(held().filter(|(it, _)| it.good).count(), held().count()).unwrap_or(1.0)
        };
        let mut steps = (1..100_u8).map(|step| f32::from(step) / 100.0);
        let holds =
            |threshold: &f32| sets.iter().all(|set| held_good(set, *threshold) >= precision);
        steps.find(holds).unwrap_or(0.99)
    }
}

/// Shares of the bad and of the good that are flagged.
fn rates(groups: &[&Vec<Judged>]) -> (Option<f64>, Option<f64>) {
    let rate = |good: bool| {
        let of = || groups.iter().flat_map(|it| it.iter()).filter(|it| it.good == good);
        share(of().filter(|it| !it.is_held).count(), of().count())
    };
    (rate(false), rate(true))
}

fn reweighted((of_bad, of_good): (Option<f64>, Option<f64>)) -> Option<f64> {
    let found = PREVALENCE * of_bad?;
    let flagged = found + (1.0 - PREVALENCE) * of_good?;
    Some(2.0 * found / (flagged + PREVALENCE))
}

fn auc(groups: &[&Vec<Judged>]) -> Option<f64> {
    let mut all: Vec<_> = groups.iter().flat_map(|it| it.iter()).collect();
    all.sort_by(|one, other| one.probability.total_cmp(&other.probability));
    let bad = all.iter().filter(|it| !it.good).count();
    let good = all.len() - bad;
    let (mut below, mut won) = (0, 0.0);
    for run in all.chunk_by(|one, next| one.probability == next.probability) {
        let bads = run.iter().filter(|it| !it.good).count();
        #[expect(clippy::cast_precision_loss, reason = "counts of labels")]
        let goods = (run.len() - bads) as f64;
        #[expect(clippy::cast_precision_loss, reason = "counts of labels")]
        let ahead = below as f64 + bads as f64 / 2.0;
        won += goods * ahead;
        below += bads;
    }
    #[expect(clippy::cast_precision_loss, reason = "counts of labels")]
    let pairs = (bad * good) as f64;
    (pairs > 0.0).then(|| won / pairs)
}

impl fmt::Display for Flagging {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let figure = |it: &Option<Estimate>| it.map_or("-".to_owned(), |it| it.to_string());
        let plain = |it: Option<f64>| it.map_or("-".to_owned(), |it| format!("{it:.3}"));
        writeln!(f, "{}: {} statements, {} bad", self.set, self.statements, self.bad)?;
        writeln!(
            f,
            "  F1 of flagging, at 40% bad {} (flagging all: {:.3})",
            figure(&self.f1),
            self.f1_of_flagging_all
        )?;
        writeln!(f, "  AUC                        {}", figure(&self.auc))?;
        writeln!(
            f,
            "  flagged                    {} of the bad, {} of the good",
            plain(self.flagged_of_bad),
            plain(self.flagged_of_good)
        )?;
        writeln!(f, "  good, of those held        {}", figure(&self.precision_of_held))?;
        for (reason, [all, flagged]) in &self.by_reason {
            writeln!(f, "    {flagged:>4} of {all:<4} {reason}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.sets.iter().try_for_each(|set| writeln!(f, "{set}"))
    }
}
