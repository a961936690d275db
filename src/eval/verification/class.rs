//! What is wrong with a statement, in the classes of the founding study. Labels have names of their own; this is the one
//! place that maps them.

use serde::Serialize;

/// The class of a label.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// Nothing: it may be held.
    Accepted,
    /// Wider than the words.
    Overgeneralised,
    /// The words do not say it.
    NoEvidence,
    /// What one request is about, not the person.
    TaskContext,
    /// Means nothing alone.
    NotStandalone,
    /// Somebody else, also one who is played or invented.
    NotAboutTheUser,
    /// Does not last.
    Transient,
    /// The label says that it is bad, and not why; or in words that are in no row here.
    Unnamed,
}

/// The words of our own guideline (`training/verification/README.md`).
const NAMES: [(&str, Class); 8] = [
    ("keep", Class::Accepted),
    ("overgeneralised", Class::Overgeneralised),
    ("unsupported", Class::NoEvidence),
    ("task", Class::TaskContext),
    ("vague", Class::NotStandalone),
    ("other", Class::NotAboutTheUser),
    ("role", Class::NotAboutTheUser),
    ("transient", Class::Transient),
];

/// What the free words of AlpsBench's `rejected_because` say; where several do, the first that stands there.
const PHRASES: [(&str, Class); 21] = [
    ("overgenerali", Class::Overgeneralised),
    ("over-generali", Class::Overgeneralised),
    ("too broad", Class::Overgeneralised),
    ("unsupported", Class::NoEvidence),
    ("not supported", Class::NoEvidence),
    ("no evidence", Class::NoEvidence),
    ("task-", Class::TaskContext),
    ("one-off", Class::TaskContext),
    ("standalone", Class::NotStandalone),
    ("vague", Class::NotStandalone),
    ("not about the user", Class::NotAboutTheUser),
    ("not about user", Class::NotAboutTheUser),
    ("third-party", Class::NotAboutTheUser),
    ("role-play", Class::NotAboutTheUser),
    ("hypothetical", Class::NotAboutTheUser),
    ("fictional", Class::NotAboutTheUser),
    ("story", Class::NotAboutTheUser),
    ("transient", Class::Transient),
    ("temporary", Class::Transient),
    ("momentary", Class::Transient),
    ("short-lived", Class::Transient),
];

impl Class {
    /// Every class, in the order of the tables.
    pub const ALL: [Self; 8] = [
        Self::Accepted,
        Self::Overgeneralised,
        Self::NoEvidence,
        Self::TaskContext,
        Self::NotStandalone,
        Self::NotAboutTheUser,
        Self::Transient,
        Self::Unnamed,
    ];

    /// The class of a statement that is labelled bad for this reason.
    #[must_use]
    pub fn of_reason(reason: &str) -> Self {
        let reason = reason.trim().to_lowercase();
        if let Some((_, class)) = NAMES.iter().find(|(name, _)| *name == reason) {
            return *class;
        }
        let found = PHRASES.iter().filter_map(|(words, class)| Some((reason.find(words)?, *class)));
        found.min_by_key(|(at, _)| *at).map_or(Self::Unnamed, |(_, class)| class)
    }

    /// What it is called in print.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Overgeneralised => "overgeneralised",
            Self::NoEvidence => "no evidence",
            Self::TaskContext => "task context",
            Self::NotStandalone => "not standalone",
            Self::NotAboutTheUser => "not about the user",
            Self::Transient => "transient",
            Self::Unnamed => "not said why",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_of_every_source_have_a_class() {
        for (reason, wanted) in [
            ("overgeneralised", Class::Overgeneralised),
            ("role", Class::NotAboutTheUser),
            ("Unsupported by evidence: none of it", Class::NoEvidence),
            ("Unsupported by evidence - a task-local turn", Class::NoEvidence),
            ("Task-local or role-play possible", Class::TaskContext),
            ("Role-play/hypothetical scenario - no evidence", Class::NotAboutTheUser),
            ("Not about the user - fictional", Class::NotAboutTheUser),
            ("Forced label not supported", Class::NoEvidence),
            ("Rejected", Class::Unnamed),
            ("", Class::Unnamed),
        ] {
            assert_eq!(Class::of_reason(reason), wanted, "{reason}");
        }
    }
}
