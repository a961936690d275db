//! From the share of wrong injections one may live with to a threshold on raw scores.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use super::scorer::{Lexical, SIGNAL_NAMES, SIGNALS};

/// The shipped scorer and its calibration, as the fitting routine wrote them. See `models/selection.md`.
const SHIPPED: &str = include_str!("../../models/selection.json");

/// A fitted scorer with the table that says what each threshold costs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Model {
    /// Names the scorer and its weights.
    pub version: String,
    /// What it was fitted and calibrated on, in words.
    pub fitted_on: String,
    /// The signals' names and weights, in the scorer's order.
    pub weights: Vec<(String, f32)>,
    /// What each threshold costs.
    pub calibration: Calibration,
}

/// Thresholds, ascending, each with the share of requests needing nothing that got something at it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Calibration(pub Vec<(f32, f32)>);

impl Calibration {
    /// The lowest threshold from which no higher one was worse than the target. None reaches it: nothing passes.
    #[must_use]
    pub fn threshold(&self, false_injection_target: f32) -> f32 {
        self.0
            .iter()
            .rev()
            .take_while(|(_, rate)| *rate <= false_injection_target)
            .last()
            .map_or(f32::INFINITY, |(threshold, _)| *threshold)
    }
}

impl Model {
    /// The scorer with these weights; none where the weights are not those of this code's signals.
    #[must_use]
    pub fn scorer(&self) -> Option<Lexical> {
        let mut weights = [0.0; SIGNALS];
        if self.weights.len() != SIGNALS {
            return None;
        }
        for (slot, ((name, weight), expected)) in
            weights.iter_mut().zip(self.weights.iter().zip(SIGNAL_NAMES))
        {
            if name != expected || !weight.is_finite() {
                return None;
            }
            *slot = *weight;
        }
        Some(Lexical { version: self.version.clone(), weights })
    }
}

/// The shipped scorer and its calibration. Unreadable weights leave a scorer that lets nothing pass, never a panic.
pub(super) static CURRENT: LazyLock<(Lexical, Calibration)> = LazyLock::new(|| {
    serde_json::from_str::<Model>(SHIPPED)
        .ok()
        .and_then(|model| Some((model.scorer()?, model.calibration)))
        .unwrap_or_else(|| {
            (Lexical { version: "none".into(), weights: [0.0; SIGNALS] }, Calibration::default())
        })
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_threshold_is_the_lowest_that_keeps_the_promise_from_there_on() {
        let table =
            Calibration(vec![(0.1, 0.4), (0.2, 0.05), (0.3, 0.08), (0.4, 0.02), (0.5, 0.0)]);
        assert_eq!(table.threshold(0.05), 0.4);
        assert_eq!(table.threshold(0.1), 0.2);
        assert_eq!(table.threshold(0.0), 0.5);
        assert_eq!(table.threshold(-1.0), f32::INFINITY);
    }

    #[test]
    fn the_shipped_weights_are_those_of_this_code() {
        assert_ne!(CURRENT.0.version, "none");
        assert!(CURRENT.1.threshold(0.05).is_finite());
    }
}
