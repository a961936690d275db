//! Fits a head: logistic regression over named features, by AdaGrad (Duchi et al., 2011), the same on every run.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use sha2::{Digest as _, Sha256};

use super::{Example, Origin};
use crate::learn::Head;

/// Passes over the material.
const EPOCHS: usize = 40;
const RATE: f32 = 0.15;
/// Features seen in fewer written turns say nothing of others.
const SEEN_MIN: usize = 2;
/// A feature is made of words: those of fewer people's sessions are theirs, and go into no weights.
const SESSIONS_MIN: usize = 5;
/// Folds of groups, to see what a fit is worth on statements it has not seen.
const FOLDS: u8 = 5;

/// How a head is fitted.
#[derive(Clone, Copy, Debug)]
pub struct Recipe {
    /// Pulls weights to nothing.
    pub ridge: f32,
    /// What a statement of a session counts for beside a written one.
    pub session_weight: f32,
    /// What a statement that people judged counts for beside a written one.
    pub judged_weight: f32,
}

impl Recipe {
    const fn weight(&self, origin: Origin) -> f32 {
        match origin {
            Origin::Written => 1.0,
            Origin::Session => self.session_weight,
            Origin::Judged => self.judged_weight,
        }
    }
}

/// A head, and what it says of the examples it was fitted on, each judged by a fit without its group's fold.
#[derive(Clone, Debug)]
pub struct Fitted {
    /// Fitted on all of them; its threshold is still to be set.
    pub head: Head,
    /// One for each example.
    pub held_out: Vec<f32>,
}

/// Fits a head on examples.
#[must_use]
pub fn fit(examples: &[&Example], recipe: &Recipe) -> Fitted {
    let names: Vec<_> = examples.iter().map(|example| example.features()).collect();
    let fold = |example: &Example| Sha256::digest(example.group.as_bytes())[1] % FOLDS;
    let mut held_out = vec![0.0; examples.len()];
    for left_out in 0..FOLDS {
        let (mut inside, mut outside) = (Vec::new(), Vec::new());
        for (at, example) in examples.iter().enumerate() {
            if fold(example) == left_out { outside.push(at) } else { inside.push(at) }
        }
        let head = weights(examples, &names, &inside, recipe);
        for at in outside {
            held_out[at] = examples[at].probability(&head);
        }
    }
    let all: Vec<_> = (0..examples.len()).collect();
    Fitted { head: weights(examples, &names, &all, recipe), held_out }
}

fn weights(examples: &[&Example], names: &[Vec<String>], of: &[usize], recipe: &Recipe) -> Head {
    let mut seen: BTreeMap<&str, [BTreeSet<&str>; 2]> = BTreeMap::new();
    for &at in of {
        for name in &names[at] {
            let groups = seen.entry(name).or_default();
            groups[usize::from(examples[at].origin != Origin::Written)].insert(&examples[at].group);
        }
    }
    seen.retain(|_, [written, real]| written.len() >= SEEN_MIN || real.len() >= SESSIONS_MIN);
    let index: HashMap<&str, usize> =
        seen.keys().enumerate().map(|(at, name)| (*name, at)).collect();
    let rows: Vec<(Vec<usize>, f32, f32)> = of
        .iter()
        .map(|&at| {
            let row = names[at].iter().filter_map(|name| index.get(name.as_str()).copied());
            let weight = recipe.weight(examples[at].origin);
            (row.collect(), f32::from(u8::from(examples[at].good)), weight)
        })
        .collect();
    let mut weights = vec![0.0_f32; index.len()];
    let mut squares = vec![1e-6_f32; index.len()];
    let mut order: Vec<usize> = (0..rows.len()).collect();
    let mut seed = 0x9E37_79B9_7F4A_7C15_u64;
    for _ in 0..EPOCHS {
        for at in (1..order.len()).rev() {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            order.swap(at, (seed >> 33) as usize % (at + 1));
        }
        for &at in &order {
            let (row, label, weight) = &rows[at];
            let sum: f32 = row.iter().map(|&feature| weights[feature]).sum();
            let error = weight * (1.0 / (1.0 + (-sum).exp()) - label);
            for &feature in row {
                let slope = error + recipe.ridge * weights[feature];
                squares[feature] += slope * slope;
                weights[feature] -= RATE * slope / squares[feature].sqrt();
            }
        }
    }
    let rounded = |at: usize| (weights[at] * 1e3).round() / 1e3;
    let named = index.iter().map(|(name, &at)| ((*name).to_owned(), rounded(at)));
    Head { weights: named.filter(|(_, weight)| weight.abs() >= 0.02).collect(), threshold: 0.5 }
}
