//! Why the model said nothing of a lesson, and whether that passes.

use std::time::Duration;

/// A lesson that trouble keeps waiting is dropped when it is this old.
const WAITS_SECONDS: i64 = 86_400;

/// Why the model said nothing of a lesson.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::pipeline) enum Failure {
    /// The day's tokens are spent.
    Budget,
    /// There is no key for the app any more.
    NoKey,
    /// The provider did not answer a moment ago, and is not asked now.
    Resting,
    /// No answer, or one that broke off.
    Unreachable,
    /// No answer in time.
    Timeout,
    /// Another status than 2xx, and how long it asks to wait.
    Status(u16, Option<Duration>),
    /// An answer longer than is read.
    TooLarge,
    /// No JSON, twice.
    BadJson,
}

impl Failure {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Budget => "budget",
            Self::NoKey => "no_key",
            Self::Resting => "resting",
            Self::Unreachable => "unreachable",
            Self::Timeout => "timeout",
            Self::Status(..) => "status",
            Self::TooLarge => "too_large",
            Self::BadJson => "bad_json",
        }
    }

    /// The status, where it is one.
    pub(super) const fn status(self) -> Option<u16> {
        match self {
            Self::Status(status, _) => Some(status),
            _ => None,
        }
    }

    /// How long the provider asks to wait.
    pub(super) const fn asks_to_wait(self) -> Option<Duration> {
        match self {
            Self::Status(_, wait) => wait,
            _ => None,
        }
    }

    /// Whether it is of these words alone: others may be answered.
    pub(super) const fn is_of_the_words(self) -> bool {
        matches!(self, Self::Status(400 | 413 | 422, _) | Self::TooLarge | Self::BadJson)
    }

    /// Whether nobody who asks with this key may hope for an answer now.
    pub(super) const fn is_the_providers(self) -> bool {
        matches!(self, Self::Unreachable | Self::Timeout) || self.is_a_refusal()
    }

    const fn is_a_refusal(self) -> bool {
        matches!(self, Self::Status(..)) && !self.is_of_the_words()
    }

    /// Whether a lesson that was said this many seconds ago may be asked about again.
    pub(super) const fn passes(self, seconds: i64) -> bool {
        (self.is_the_providers() || matches!(self, Self::Resting)) && seconds < WAITS_SECONDS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_the_providers_trouble_is_waited_out_and_not_for_ever() {
        for failure in [
            Failure::Unreachable,
            Failure::Status(503, None),
            Failure::Status(401, None),
            Failure::Timeout,
            Failure::Resting,
        ] {
            assert!(failure.passes(0) && !failure.passes(WAITS_SECONDS), "{failure:?}");
            assert!(!failure.is_of_the_words(), "{failure:?}");
        }
        for failure in [
            Failure::Budget,
            Failure::NoKey,
            Failure::Status(400, None),
            Failure::TooLarge,
            Failure::BadJson,
        ] {
            assert!(!failure.passes(0), "{failure:?}");
        }
    }
}
