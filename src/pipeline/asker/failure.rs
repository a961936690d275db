//! Why the model said nothing of a lesson, and whether that passes.

/// A lesson that the provider's trouble keeps waiting is dropped when it is this old.
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
    /// Another status than 2xx.
    Status(u16),
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
            Self::Status(_) => "status",
            Self::TooLarge => "too_large",
            Self::BadJson => "bad_json",
        }
    }

    /// The status, where it is one.
    pub(super) const fn status(self) -> Option<u16> {
        match self {
            Self::Status(status) => Some(status),
            _ => None,
        }
    }

    /// Whether it is the provider that does not answer anyone now, and not this lesson that it has no answer to.
    pub(super) const fn is_the_providers(self) -> bool {
        match self {
            Self::Unreachable | Self::Resting => true,
            Self::Status(status) => !matches!(status, 400 | 413 | 422),
            _ => false,
        }
    }

    /// Whether the same lesson may be asked about again, said this many seconds ago.
    pub(in crate::pipeline) const fn passes(self, seconds: i64) -> bool {
        self.is_the_providers() && seconds < WAITS_SECONDS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_the_providers_trouble_is_waited_out_and_not_for_ever() {
        for failure in
            [Failure::Unreachable, Failure::Status(503), Failure::Status(401), Failure::Resting]
        {
            assert!(failure.passes(0) && !failure.passes(WAITS_SECONDS), "{failure:?}");
        }
        for failure in [
            Failure::Budget,
            Failure::NoKey,
            Failure::Timeout,
            Failure::Status(400),
            Failure::TooLarge,
            Failure::BadJson,
        ] {
            assert!(!failure.passes(0), "{failure:?}");
        }
    }
}
