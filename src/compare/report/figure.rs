//! One number with its sample size and its 95% interval.

use serde::Serialize;
use utoipa::ToSchema;

/// Fewer human judgments than this say nothing.
pub const HUMAN_SAMPLES_MIN: u64 = 50;

/// The normal quantile of a 95% interval.
const Z: f64 = 1.959_963_984_540_054;

/// One number with its sample size and its 95% interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, ToSchema)]
pub struct Figure {
    /// The number; null: too few samples to tell.
    pub value: Option<f64>,
    /// How many samples it rests on.
    pub samples: u64,
    /// The lower end of its 95% interval.
    pub low: Option<f64>,
    /// The upper end.
    pub high: Option<f64>,
    /// Why there is no value.
    pub note: Option<&'static str>,
}

impl Figure {
    /// A share, with Wilson's interval.
    #[must_use]
    pub fn rate(part: usize, whole: usize) -> Self {
        if whole == 0 {
            return Self::none(0);
        }
        let n = count(whole);
        let p = count(part) / n;
        let spread = Z * (p * (1.0 - p) / n + Z * Z / (4.0 * n * n)).sqrt();
        let middle = p + Z * Z / (2.0 * n);
        let scale = 1.0 + Z * Z / n;
        let end = |at: f64| (at / scale).clamp(0.0, 1.0);
        Self::known(p, whole, Some((end(middle - spread), end(middle + spread))))
    }

    /// A mean, with the normal interval; a single sample has none.
    #[must_use]
    pub fn mean(values: &[f64]) -> Self {
        if values.is_empty() {
            return Self::none(0);
        }
        let n = count(values.len());
        let mean = values.iter().sum::<f64>() / n;
        let squares = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>();
        Self::known(mean, values.len(), around(mean, squares, n))
    }

    /// A ratio of two sums over the same samples, with the interval of the ratio estimator (delta method).
    #[must_use]
    pub fn ratio(pairs: impl Iterator<Item = (usize, usize)> + Clone) -> Self {
        let samples = pairs.clone().count();
        let pairs = pairs.map(|(over, under)| (count(over), count(under)));
        let under: f64 = pairs.clone().map(|(_, under)| under).sum();
        if under == 0.0 {
            return Self::none(samples);
        }
        let n = count(samples);
        let ratio = pairs.clone().map(|(over, _)| over).sum::<f64>() / under;
        let residuals = pairs.map(|(over, under)| (over - ratio * under).powi(2)).sum::<f64>();
        let mean_under = under / n;
        Self::known(ratio, samples, around(ratio, residuals / mean_under.powi(2), n))
            .clamped(0.0, f64::INFINITY)
    }

    /// The same figure with its interval kept between what is possible.
    #[must_use]
    pub fn clamped(mut self, least: f64, most: f64) -> Self {
        self.low = self.low.map(|low| low.max(least));
        self.high = self.high.map(|high| high.min(most));
        self
    }

    /// The same figure as people's judgment, silent under [`HUMAN_SAMPLES_MIN`].
    #[must_use]
    pub fn judged(self) -> Self {
        if self.samples >= HUMAN_SAMPLES_MIN {
            return self;
        }
        Self { note: Some("not enough human judgments"), ..Self::none_of(self.samples) }
    }

    fn known(value: f64, samples: usize, interval: Option<(f64, f64)>) -> Self {
        let (low, high) = interval.unzip();
        Self { value: Some(value), samples: samples as u64, low, high, note: None }
    }

    fn none(samples: usize) -> Self {
        Self::none_of(samples as u64)
    }

    const fn none_of(samples: u64) -> Self {
        Self { value: None, samples, low: None, high: None, note: Some("nothing to count yet") }
    }
}

fn around(middle: f64, squares: f64, n: f64) -> Option<(f64, f64)> {
    (n > 1.0).then(|| {
        let spread = Z * (squares / (n - 1.0) / n).sqrt();
        (middle - spread, middle + spread)
    })
}

#[expect(clippy::cast_precision_loss, reason = "counts of samples, far below 2^52")]
fn count(samples: usize) -> f64 {
    samples as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(figure: Figure, value: f64, low: f64, high: f64) {
        let ends = [(figure.value, value), (figure.low, low), (figure.high, high)];
        for (is, expected) in ends {
            assert!((is.unwrap() - expected).abs() < 0.0005, "{figure:?}");
        }
    }

    #[test]
    fn rates_carry_wilsons_interval() {
        near(Figure::rate(10, 100), 0.1, 0.0552, 0.1744);
        near(Figure::rate(0, 50), 0.0, 0.0, 0.0713);
        near(Figure::rate(50, 50), 1.0, 0.9287, 1.0);
        assert_eq!(Figure::rate(0, 0).value, None);
    }

    #[test]
    fn means_carry_the_normal_interval() {
        near(Figure::mean(&[1.0, 2.0, 3.0, 4.0]), 2.5, 1.2348, 3.7652);
        let one = Figure::mean(&[2.0]);
        assert_eq!((one.value, one.low, one.high), (Some(2.0), None, None));
    }

    #[test]
    fn a_ratio_of_sums_is_not_a_mean_of_ratios() {
        // By hand: r = 4/3; residuals 0, 2, −4/3, −2/3; mean below the line 3/4; spread 1.96 · √(6.22 / .5625 / 3 / 4).
        let figure = Figure::ratio([(0, 0), (2, 0), (0, 1), (2, 2)].into_iter());
        near(figure, 4.0 / 3.0, 0.0, 3.2150);
        assert_eq!(Figure::ratio([(1, 0)].into_iter()).value, None);
        assert_eq!(Figure::ratio([(1, 0)].into_iter()).samples, 1);
    }

    #[test]
    fn too_few_human_judgments_say_nothing() {
        let few = Figure::rate(49, 49).judged();
        assert_eq!((few.value, few.low, few.high, few.samples), (None, None, None, 49));
        assert_eq!(few.note, Some("not enough human judgments"));
        assert!(Figure::rate(50, 50).judged().value.is_some());
    }
}
