//! How many cases a property is tried on, and which.

use proptest::test_runner::{Config, FileFailurePersistence, RngSeed};

/// The same cases on every run, so that a build fails by what was changed and not by chance. `PROPTEST_RNG_SEED` and
/// `PROPTEST_CASES` ask for others; what they find is kept in `regressions.txt` and tried first from then on.
pub(crate) fn cases(count: u32) -> Config {
    let asked = Config::default();
    let is_asked = |name| std::env::var_os(name).is_some();
    Config {
        cases: if is_asked("PROPTEST_CASES") { asked.cases } else { count },
        rng_seed: if is_asked("PROPTEST_RNG_SEED") { asked.rng_seed } else { RngSeed::Fixed(1) },
        failure_persistence: Some(Box::new(FileFailurePersistence::Direct(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/tests/properties/regressions.txt"
        )))),
        ..asked
    }
}
