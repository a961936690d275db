//! Chance, from the operating system.

/// Whether something of this probability happens now.
pub(super) fn happens(probability: f64) -> bool {
    if probability <= 0.0 {
        return false;
    }
    // 53 random bits: every double in [0, 1) that has that many.
    let draw = getrandom::u64().map_or(1.0, |bits| (bits >> 11) as f64 / (1_u64 << 53) as f64);
    draw < probability
}
