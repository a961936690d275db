//! Fits the lexical scorer on labels, leaves users out to see what it is worth, and calibrates its threshold.

use std::{collections::BTreeSet, path::Path};

use super::{
    Figures, Risk, against,
    cases::{self, Case},
    risk, selected,
};
use crate::{
    eval::EvalError,
    select::{
        self, Calibration, Invitation, Lexical, Model, Policy, RequestFeatures, SIGNAL_NAMES,
        SIGNALS,
    },
};

/// Labels to fit on.
#[derive(Clone, Copy, Debug)]
pub struct Material<'a> {
    /// The labelled file.
    pub path: &'a Path,
    /// What all its requests weigh together, in requests of the first file's kind.
    pub weight: f64,
}

/// A fitted model, and what it is worth on users it has not seen.
#[derive(Clone, Debug)]
pub struct Fit {
    /// The model, fitted on everything.
    pub model: Model,
    /// Each user of the first file scored by weights and by a threshold that other users gave.
    pub held_out: Figures,
    /// The same against the second rater, where there is one.
    pub held_out_second: Figures,
    /// What thresholds give on held-out users.
    pub risk_coverage: Vec<Risk>,
}

/// Users are dealt into this many folds.
const FOLDS: usize = 12;
/// Pulls every weight toward [`PRIOR`]: a few hundred labels are too few to learn eighteen weights from nothing.
const RIDGE: f64 = 30.0;
/// What the signals were made to mean, before any label: advice asked for on a matter the attribute is about counts
/// most, an overlap of words alone little. In the order of the signals.
const PRIOR: [f64; SIGNALS] =
    [-4.0, 2.0, 0.5, 0.5, 0.5, 0.3, 1.0, -0.3, 0.0, 0.0, 0.0, 0.0, 1.0, 8.0, 2.0, 0.5, 0.8, 1.5];
const NEWTON_STEPS: usize = 12;

struct Example {
    signals: [f64; SIGNALS],
    relevant: bool,
    weight: f64,
    fold: Option<usize>,
}

/// Fits on all the material; folds, calibration and figures are over the first file's users.
///
/// # Errors
/// When a file cannot be read, or a line is not a labelled request.
pub fn fit(
    version: &str,
    fitted_on: &str,
    materials: &[Material<'_>],
    policy: &Policy,
) -> Result<Fit, EvalError> {
    let mut examples = Vec::new();
    let mut judged = Vec::new();
    for (at, material) in materials.iter().enumerate() {
        let cases = cases::read(material.path)?;
        #[expect(clippy::cast_precision_loss, reason = "counts of labels")]
        let weight = material.weight / cases.len() as f64;
        let folds = folds(&cases);
        for (case, fold) in cases.iter().zip(&folds) {
            add_examples(&mut examples, case, weight, (at == 0).then_some(*fold));
        }
        if at == 0 {
            judged = cases;
        }
    }
    let scorer = |weights: [f64; SIGNALS]| Lexical {
        version: version.into(),
        #[expect(clippy::cast_possible_truncation, reason = "weights of few digits")]
        weights: weights.map(|weight| (weight * 1e4).round() as f32 / 1e4),
    };
    let folds = folds(&judged);
    let held_out: Vec<_> = (0..FOLDS)
        .map(|fold| scorer(logistic(examples.iter().filter(|one| one.fold != Some(fold)))))
        .collect();
    let chosen = |at: usize, threshold: f32| {
        selected(&judged[at].select(&held_out[folds[at]], threshold, policy))
    };
    let calibrate = |left_out: Option<usize>| {
        let risks: Vec<_> = thresholds()
            .map(|threshold| {
                let cases = (0..judged.len()).filter(|at| Some(folds[*at]) != left_out);
                let mut counts = super::Counts::default();
                for at in cases {
                    let case = &judged[at];
                    counts +=
                        super::Counts::of(case.names.len(), &chosen(at, threshold), &case.relevant);
                }
                risk(threshold, counts)
            })
            .collect();
        risks
    };
    let table = |risks: &[Risk]| {
        #[expect(clippy::cast_possible_truncation, reason = "a share")]
        Calibration(
            risks
                .iter()
                .map(|risk| (risk.threshold, risk.false_injection.unwrap_or(1.0) as f32))
                .collect(),
        )
    };
    let by_fold: Vec<_> = (0..FOLDS)
        .map(|fold| table(&calibrate(Some(fold))).threshold(policy.false_injection_target))
        .collect();
    let selections: Vec<_> = (0..judged.len()).map(|at| chosen(at, by_fold[folds[at]])).collect();
    let risk_coverage = calibrate(None);
    let weights = scorer(logistic(examples.iter())).weights;
    Ok(Fit {
        model: Model {
            version: version.into(),
            fitted_on: fitted_on.into(),
            weights: SIGNAL_NAMES.iter().map(|name| (*name).to_owned()).zip(weights).collect(),
            calibration: table(&risk_coverage),
        },
        held_out: against(&judged, &selections, |case| Some(&case.relevant)),
        held_out_second: against(&judged, &selections, |case| case.relevant_second.as_ref()),
        risk_coverage,
    })
}

/// Thresholds even in log-odds, two digits.
fn thresholds() -> impl Iterator<Item = f32> {
    (-25_i16..=20).map(|step| 1.0 / (1.0 + (-f32::from(step) * 0.15).exp()))
}

/// Users in the order of their names, dealt in turn.
fn folds(cases: &[Case]) -> Vec<usize> {
    let users: BTreeSet<_> = cases.iter().map(|case| &case.user).collect();
    let users: Vec<_> = users.into_iter().collect();
    cases.iter().map(|case| users.binary_search(&&case.user).unwrap_or_default() % FOLDS).collect()
}

/// Only what the gate lets through teaches the scorer: it never sees the rest.
fn add_examples(examples: &mut Vec<Example>, case: &Case, weight: f64, fold: Option<usize>) {
    case.with_request(|request| {
        let gate = select::gate(request.prompt, request.history);
        if gate.invitation <= Invitation::Explain {
            return;
        }
        let features = RequestFeatures::new(request, gate);
        for (at, attribute) in case.prepared.attributes().iter().enumerate() {
            examples.push(Example {
                signals: select::signals(&features, attribute).map(f64::from),
                relevant: case.relevant.contains(&at),
                weight,
                fold,
            });
        }
    });
}

/// Ridge logistic regression by Newton's method.
fn logistic<'a>(examples: impl Iterator<Item = &'a Example> + Clone) -> [f64; SIGNALS] {
    let mut weights = PRIOR;
    for _ in 0..NEWTON_STEPS {
        let mut slope = [0.0; SIGNALS];
        let mut bend = [[0.0; SIGNALS]; SIGNALS];
        for (at, row) in bend.iter_mut().enumerate() {
            row[at] = RIDGE;
            slope[at] = -RIDGE * (weights[at] - PRIOR[at]);
        }
        for example in examples.clone() {
            let sum: f64 =
                example.signals.iter().zip(&weights).map(|(signal, weight)| signal * weight).sum();
            let chance = 1.0 / (1.0 + (-sum).exp());
            let miss = example.weight * (f64::from(u8::from(example.relevant)) - chance);
            let steep = example.weight * chance * (1.0 - chance);
            for (i, signal) in
                example.signals.iter().enumerate().filter(|(_, signal)| **signal != 0.0)
            {
                slope[i] += miss * signal;
                for (j, other) in example.signals.iter().enumerate() {
                    bend[i][j] += steep * signal * other;
                }
            }
        }
        let step = solve(bend, slope);
        for (weight, step) in weights.iter_mut().zip(step) {
            *weight += step;
        }
    }
    weights
}

/// Solves a positive definite system by elimination.
#[expect(clippy::needless_range_loop, reason = "rows and columns")]
fn solve(mut matrix: [[f64; SIGNALS]; SIGNALS], mut right: [f64; SIGNALS]) -> [f64; SIGNALS] {
    for i in 0..SIGNALS {
        for row in i + 1..SIGNALS {
            let factor = matrix[row][i] / matrix[i][i];
            for column in i..SIGNALS {
                matrix[row][column] -= factor * matrix[i][column];
            }
            right[row] -= factor * right[i];
        }
    }
    for i in (0..SIGNALS).rev() {
        for column in i + 1..SIGNALS {
            right[i] -= matrix[i][column] * right[column];
        }
        right[i] /= matrix[i][i];
    }
    right
}
