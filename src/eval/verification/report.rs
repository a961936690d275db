//! What flagging is worth, with intervals over sessions.

use std::{collections::BTreeMap, fmt};

use serde::Serialize;

use super::{Class, Example, Kind, Origin};
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
    /// Of each true class, in the order of [`Class::ALL`]: what became of it.
    pub confusion: Vec<Row>,
}

/// What became of the statements of one true class.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Row {
    /// Which.
    pub class: Class,
    /// How many.
    pub statements: usize,
    /// How many were flagged as bad.
    pub flagged: usize,
    /// How many were kept.
    pub kept: usize,
    /// The share that was flagged; none of nothing.
    pub flagged_share: Option<f64>,
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
    /// Scores examples, each with how likely it may be held, and from which probability on.
    pub(super) fn of(examples: &[(&Example, f32, f32)]) -> Self {
        let mut sets = Vec::new();
        for (kind, told) in
            [(Kind::Claimed, "claimed by a model"), (Kind::Read, "read by the grammar")]
        {
            for (origin, may_be_fitted_on, half) in [
                (Origin::Session, true, "sessions, the half it is fitted on"),
                (Origin::Session, false, "sessions, held out"),
                (Origin::Written, true, "written"),
                (Origin::Judged, true, "judged by people"),
            ] {
                let of: Vec<_> = examples
                    .iter()
                    .copied()
                    .filter(|(it, ..)| {
                        it.kind == kind
                            && it.origin == origin
                            && it.may_be_fitted_on() == may_be_fitted_on
                    })
                    .collect();
                if !of.is_empty() {
                    sets.push(Flagging::of(format!("{told}; {half}"), &of));
                }
            }
        }
        Self { sets }
    }
}

impl Row {
    fn of((class, [flagged, kept]): (Class, [usize; 2])) -> Self {
        let statements = flagged + kept;
        Self { class, statements, flagged, kept, flagged_share: share(flagged, statements) }
    }
}

impl Flagging {
    /// The figures of examples with their probabilities and thresholds.
    fn of(set: String, examples: &[(&Example, f32, f32)]) -> Self {
        let mut confusion = Class::ALL.map(|class| (class, [0_usize; 2]));
        let mut groups: BTreeMap<&str, Vec<Judged>> = BTreeMap::new();
        for (example, probability, threshold) in examples {
            let is_held = probability >= threshold;
            let judged = Judged { good: example.good, probability: *probability, is_held };
            groups.entry(&example.group).or_default().push(judged);
            let class =
                if example.good { Class::Accepted } else { Class::of_reason(&example.reason) };
            if let Some((_, counts)) = confusion.iter_mut().find(|(of, _)| *of == class) {
                counts[usize::from(is_held)] += 1;
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
            confusion: confusion.map(Row::of).into(),
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
        writeln!(
            f,
            "  {:<20} {:>6} {:>8} {:>6}  share flagged",
            "true class", "n", "flagged", "kept"
        )?;
        for Row { class, statements, flagged, kept, flagged_share } in &self.confusion {
            let (class, of) = (class.as_str(), plain(*flagged_share));
            writeln!(f, "  {class:<20} {statements:>6} {flagged:>8} {kept:>6}  {of}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.sets.iter().try_for_each(|set| writeln!(f, "{set}"))
    }
}
