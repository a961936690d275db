//! The figures the stages share: F1, Cohen's κ, quantiles, and intervals by bootstrap over users.

use serde::Serialize;

/// How many times the users are drawn anew.
const RESAMPLES: usize = 1000;
/// Fixed, so that the same labels give the same interval.
const SEED: u64 = 20_260_606;

/// A figure with its 95% interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Estimate {
    /// The figure on all users.
    pub value: f64,
    /// The 2.5th percentile over drawn users.
    pub low: f64,
    /// The 97.5th percentile over drawn users.
    pub high: f64,
}

impl std::fmt::Display for Estimate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:.3} [{:.3}, {:.3}]", self.value, self.low, self.high)
    }
}

/// The figure over all users, with a seeded percentile bootstrap over *users*: turns of one user are not independent.
///
/// None where the figure has no value on all of them, e.g. a recall where nothing is relevant.
pub fn estimate<U>(users: &[U], figure: impl Fn(&[&U]) -> Option<f64>) -> Option<Estimate> {
    let all: Vec<_> = users.iter().collect();
    let value = figure(&all)?;
    let mut random = SplitMix(SEED);
    let mut drawn: Vec<_> = (0..RESAMPLES)
        .filter_map(|_| {
            let sample: Vec<_> =
                all.iter().filter_map(|_| all.get(random.below(all.len()))).copied().collect();
            figure(&sample)
        })
        .collect();
    drawn.sort_by(f64::total_cmp);
    Some(Estimate {
        value,
        low: quantile(&drawn, 0.025).unwrap_or(value),
        high: quantile(&drawn, 0.975).unwrap_or(value),
    })
}

/// A share; none of nothing.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "counts of labels")]
pub fn share(part: usize, whole: usize) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// The harmonic mean of precision and recall, from counts. None where nothing was found and nothing was to be found.
#[must_use]
pub fn f1(both: usize, found: usize, wanted: usize) -> Option<f64> {
    share(2 * both, found + wanted)
}

/// Cohen's κ of two yes-or-no raters over pairs: `both` said yes, `one` and `other` each said yes this often.
#[must_use]
pub fn kappa(both: usize, one: usize, other: usize, pairs: usize) -> Option<f64> {
    let (both, one, other) = (share(both, pairs)?, share(one, pairs)?, share(other, pairs)?);
    let agreed = 1.0 - one - other + 2.0 * both;
    let by_chance = one * other + (1.0 - one) * (1.0 - other);
    (by_chance < 1.0).then(|| (agreed - by_chance) / (1.0 - by_chance))
}

/// The value below which a share `q` of the ascending values lies.
#[must_use]
pub fn quantile<T: Copy>(ascending: &[T], q: f64) -> Option<T> {
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "an index"
    )]
    let at = (ascending.len().saturating_sub(1) as f64 * q.clamp(0.0, 1.0)).round() as usize;
    ascending.get(at).copied()
}

/// A small generator (SplitMix64): the draws need to be even and repeatable, not secret.
struct SplitMix(u64);

impl SplitMix {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        usize::try_from(mixed % bound.max(1) as u64).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agreement_by_chance_is_no_agreement() {
        // Each says yes to half; together they say yes to a quarter.
        assert!(kappa(25, 50, 50, 100).unwrap().abs() < 1e-9);
        assert!((kappa(50, 50, 50, 100).unwrap() - 1.0).abs() < 1e-9);
        assert_eq!(kappa(0, 0, 0, 10), None);
    }

    #[test]
    fn f1_of_half_found_and_half_right() {
        assert_eq!(f1(1, 2, 2), Some(0.5));
        assert_eq!(f1(0, 0, 0), None);
    }

    #[test]
    fn the_interval_is_over_users_and_repeatable() {
        // One user with many right turns does not make the figure sure.
        let users = [(100, 100), (0, 10), (0, 10)];
        let mean = |sample: &[&(usize, usize)]| {
            share(sample.iter().map(|u| u.0).sum(), sample.iter().map(|u| u.1).sum())
        };
        let once = estimate(&users, mean).unwrap();
        assert_eq!(Some(once), estimate(&users, mean));
        assert_eq!((once.low, once.high), (0.0, 1.0));
    }
}
