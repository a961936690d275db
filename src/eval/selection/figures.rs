//! Counts of a selection against labels, and the figures that follow from them.

use std::collections::HashSet;

use serde::Serialize;

use crate::eval::statistics::{Estimate, estimate, f1, kappa, share};

/// What was counted over some requests. Adds up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Requests.
    pub turns: usize,
    /// Requests and candidate attributes.
    pub pairs: usize,
    /// Pairs both selected and relevant.
    pub both: usize,
    /// Pairs selected.
    pub selected: usize,
    /// Pairs relevant.
    pub relevant: usize,
    /// Requests that got nothing.
    pub empty: usize,
    /// Requests that need nothing.
    pub needless: usize,
    /// Those of them that got something.
    pub injected: usize,
    /// Requests that need something.
    pub needing: usize,
    /// Those of them that got nothing of it.
    pub missed: usize,
}

impl Counts {
    /// The counts of one request.
    #[must_use]
    pub fn of(candidates: usize, selected: &HashSet<usize>, relevant: &HashSet<usize>) -> Self {
        let both = selected.intersection(relevant).count();
        let needless = relevant.is_empty();
        Self {
            turns: 1,
            pairs: candidates,
            both,
            selected: selected.len(),
            relevant: relevant.len(),
            empty: usize::from(selected.is_empty()),
            needless: usize::from(needless),
            injected: usize::from(needless && !selected.is_empty()),
            needing: usize::from(!needless),
            missed: usize::from(!needless && both == 0),
        }
    }
}

impl std::ops::AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.turns += other.turns;
        self.pairs += other.pairs;
        self.both += other.both;
        self.selected += other.selected;
        self.relevant += other.relevant;
        self.empty += other.empty;
        self.needless += other.needless;
        self.injected += other.injected;
        self.needing += other.needing;
        self.missed += other.missed;
    }
}

/// The figures of one selector against one rater. A figure is none where the labels cannot tell.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Figures {
    /// Requests scored.
    pub turns: usize,
    /// Users they come from; intervals are over them.
    pub users: usize,
    /// Of what was selected, the relevant share.
    pub precision: Option<Estimate>,
    /// Of what was relevant, the selected share.
    pub recall: Option<Estimate>,
    /// The harmonic mean of both.
    pub f1: Option<Estimate>,
    /// Cohen's κ over all pairs.
    pub kappa: Option<Estimate>,
    /// How many were selected for each one relevant.
    pub over_selection: Option<Estimate>,
    /// Of requests needing nothing, the share that got something. Read it together with the next.
    pub false_injection: Option<Estimate>,
    /// Of requests needing something, the share that got nothing of it.
    pub missed_need: Option<Estimate>,
    /// The share of requests that got nothing.
    pub empty_share: Option<Estimate>,
}

impl Figures {
    /// The figures over users' counts.
    #[must_use]
    pub fn of(users: &[Counts]) -> Self {
        let over = |figure: fn(Counts) -> Option<f64>| {
            estimate(users, |drawn| {
                figure(drawn.iter().fold(Counts::default(), |mut all, one| {
                    all += **one;
                    all
                }))
            })
        };
        Self {
            turns: users.iter().map(|user| user.turns).sum(),
            users: users.len(),
            precision: over(|c| share(c.both, c.selected)),
            recall: over(|c| share(c.both, c.relevant)),
            f1: over(|c| f1(c.both, c.selected, c.relevant)),
            kappa: over(|c| kappa(c.both, c.selected, c.relevant, c.pairs)),
            over_selection: over(|c| share(c.selected, c.relevant)),
            false_injection: over(|c| share(c.injected, c.needless)),
            missed_need: over(|c| share(c.missed, c.needing)),
            empty_share: over(|c| share(c.empty, c.turns)),
        }
    }
}

impl std::fmt::Display for Figures {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "{} turns of {} users", self.turns, self.users)?;
        let rows = [
            ("precision", self.precision),
            ("recall", self.recall),
            ("F1", self.f1),
            ("Cohen's κ", self.kappa),
            ("over-selection", self.over_selection),
            ("false injection", self.false_injection),
            ("missed need", self.missed_need),
            ("empty share", self.empty_share),
        ];
        for (name, figure) in rows {
            match figure {
                Some(figure) => writeln!(f, "  {name:<16} {figure}")?,
                None => writeln!(f, "  {name:<16} –")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(selected: &[usize], relevant: &[usize]) -> Counts {
        Counts::of(4, &selected.iter().copied().collect(), &relevant.iter().copied().collect())
    }

    #[test]
    fn a_wrong_choice_where_something_was_needed_is_a_missed_need_not_a_false_injection() {
        let found = counts(&[1], &[2]);
        assert_eq!((found.missed, found.injected, found.needless), (1, 0, 0));
    }

    #[test]
    fn anything_chosen_where_nothing_was_needed_is_a_false_injection() {
        let found = counts(&[1], &[]);
        assert_eq!((found.injected, found.needless, found.missed), (1, 1, 0));
        assert_eq!(counts(&[], &[]).injected, 0);
    }
}
