//! Scores the selection stage against people's labels of which attribute a request needs.

mod cases;
mod figures;
mod fit;
mod report;

use std::{
    collections::{BTreeMap, HashSet},
    fmt::Write as _,
    path::Path,
    time::Instant,
};

use serde::Serialize;

pub use figures::{Counts, Figures};
pub use fit::{Fit, Material, fit};
pub use report::{Mistake, Report, Risk};

use super::{
    EvalError,
    statistics::{f1, quantile, share},
};
use crate::select::{self, Policy, Selection};
use cases::{Case, index_of};

/// Scores the shipped selector on a labelled file; writes its predictions where a path is given.
///
/// Labels the shipped scorer was fitted on flatter it: `models/selection.md` says which those are and what it does
/// on held-out users.
///
/// # Errors
/// When a file cannot be read or written, or a line is not a labelled request.
pub fn run(
    data: &Path,
    predictions: Option<&Path>,
    policy: &Policy,
    errors: usize,
) -> Result<Report, EvalError> {
    let cases = cases::read(data)?;
    let threshold = select::threshold(policy.false_injection_target);
    let mut runs = Vec::with_capacity(cases.len());
    for case in &cases {
        let (selection, micros) = case.with_request(|request| {
            let started = Instant::now();
            let selection = select::select(&case.profile, &case.prepared, request, policy);
            (selection, u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX))
        });
        runs.push((selection, micros));
    }
    if let Some(path) = predictions {
        write_predictions(path, &cases, &runs)?;
    }
    let selections: Vec<_> = runs.iter().map(|(selection, _)| selected(selection)).collect();
    let mut micros: Vec<_> = runs.iter().map(|(_, micros)| *micros).collect();
    micros.sort_unstable();
    let scorer = select::scorer();
    Ok(Report {
        scorer: select::scorer_version().into(),
        threshold: threshold.is_finite().then_some(threshold),
        figures: against(&cases, &selections, |case| Some(&case.relevant)),
        second_rater: cases
            .iter()
            .any(|case| case.relevant_second.is_some())
            .then(|| against(&cases, &selections, |case| case.relevant_second.as_ref())),
        micros_p50: quantile(&micros, 0.5).unwrap_or_default(),
        micros_p95: quantile(&micros, 0.95).unwrap_or_default(),
        risk_coverage: THRESHOLDS
            .iter()
            .map(|threshold| {
                let mut all = Counts::default();
                for case in &cases {
                    let chosen = selected(&case.select(scorer, *threshold, policy));
                    all += Counts::of(case.names.len(), &chosen, &case.relevant);
                }
                risk(*threshold, all)
            })
            .collect(),
        errors: mistakes(&cases, &runs, errors),
    })
}

/// The thresholds of the risk–coverage table.
const THRESHOLDS: [f32; 12] = [0.02, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8];

fn selected(selection: &Selection) -> HashSet<usize> {
    selection.chosen.iter().map(|id| index_of(*id)).collect()
}

/// The figures of some selections against one rater, turns without that rater left out.
fn against<'a>(
    cases: &'a [Case],
    selections: &[HashSet<usize>],
    labels: impl Fn(&'a Case) -> Option<&'a HashSet<usize>>,
) -> Figures {
    let mut users = BTreeMap::<&str, Counts>::new();
    for (case, selected) in cases.iter().zip(selections) {
        if let Some(relevant) = labels(case) {
            *users.entry(&case.user).or_default() +=
                Counts::of(case.names.len(), selected, relevant);
        }
    }
    Figures::of(&users.into_values().collect::<Vec<_>>())
}

fn risk(threshold: f32, all: Counts) -> Risk {
    Risk {
        threshold,
        coverage: share(all.turns - all.empty, all.turns),
        false_injection: share(all.injected, all.needless),
        missed_need: share(all.missed, all.needing),
        f1: f1(all.both, all.selected, all.relevant),
    }
}

/// The worst first: wrong ones by their score, then missed ones.
fn mistakes(cases: &[Case], runs: &[(Selection, u64)], most: usize) -> Vec<Mistake> {
    let mut all: Vec<_> = cases
        .iter()
        .zip(runs)
        .map(|(case, (selection, _))| {
            let chosen = selected(selection);
            let score = |at: usize| {
                selection
                    .considered
                    .iter()
                    .find(|one| index_of(one.attribute) == at)
                    .map(|one| one.score)
            };
            let wrong = chosen.difference(&case.relevant);
            let missed = case.relevant.difference(&chosen);
            Mistake {
                id: case.id.clone(),
                prompt: case.prompt.clone(),
                wrong: wrong
                    .map(|at| (case.names[*at].clone(), score(*at).unwrap_or_default()))
                    .collect(),
                missed: missed.map(|at| (case.names[*at].clone(), score(*at))).collect(),
            }
        })
        .filter(|mistake| !mistake.wrong.is_empty() || !mistake.missed.is_empty())
        .collect();
    let worst =
        |mistake: &Mistake| mistake.wrong.iter().map(|(_, score)| *score).fold(0.0, f32::max);
    all.sort_by(|a, b| {
        worst(b)
            .total_cmp(&worst(a))
            .then(b.missed.len().cmp(&a.missed.len()))
            .then(a.id.cmp(&b.id))
    });
    all.truncate(most);
    all
}

#[derive(Serialize)]
struct Prediction<'a> {
    id: &'a str,
    selected: Vec<&'a str>,
    scores: BTreeMap<&'a str, f32>,
    micros: u64,
}

fn write_predictions(
    path: &Path,
    cases: &[Case],
    runs: &[(Selection, u64)],
) -> Result<(), EvalError> {
    let mut text = String::new();
    for (case, (selection, micros)) in cases.iter().zip(runs) {
        let name = |id| case.names.get(index_of(id)).map(String::as_str);
        let prediction = Prediction {
            id: &case.id,
            selected: selection.chosen.iter().filter_map(|id| name(*id)).collect(),
            scores: selection
                .considered
                .iter()
                .filter_map(|one| Some((name(one.attribute)?, one.score)))
                .collect(),
            micros: *micros,
        };
        let line = serde_json::to_string(&prediction)
            .map_err(|error| EvalError::File { path: path.into(), source: error.into() })?;
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{line}");
    }
    std::fs::write(path, text).map_err(|source| EvalError::File { path: path.into(), source })
}

#[cfg(test)]
mod tests;
