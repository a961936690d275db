//! The one clock.

use std::time::{SystemTime, UNIX_EPOCH};

/// Seconds since the Unix epoch; 0 if the system clock stands before it.
#[must_use]
pub fn now() -> i64 {
    #[expect(clippy::disallowed_methods, reason = "this is the one clock")]
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}
