//! What is given up under load, and in which order: relaying goes last.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering::Relaxed},
};

use super::Budget;

/// From which share of what there is room for a level holds, and what is given up there beside what went before.
const LEVELS: [(f64, Level); 4] = [
    (0.50, Level::NoComparisons),
    (0.65, Level::NoLearning),
    (0.80, Level::NoPersonalization),
    (1.00, Level::Full),
];

/// How much is given up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Nothing.
    #[default]
    Calm,
    /// Generic answers beside.
    NoComparisons,
    /// Learning too.
    NoLearning,
    /// Personalization too: requests are relayed as they are.
    NoPersonalization,
    /// Further requests are refused, to come back.
    Full,
}

/// How much is under way, in requests and in bytes; the fuller of the two says the level. Not a measure of the
/// processor: that there is too little of it shows in requests that pile up.
#[derive(Debug)]
pub struct Load {
    requests: AtomicUsize,
    requests_max: usize,
    bytes: Budget,
}

/// A request's place among those under way, from its head to the end of its answer.
#[derive(Debug)]
pub struct UnderWay(Arc<Load>);

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.requests.fetch_sub(1, Relaxed);
    }
}

impl Load {
    /// At most `requests_max` requests at once, and the bytes of `bytes`.
    #[must_use]
    pub fn new(requests_max: usize, bytes: Budget) -> Arc<Self> {
        Arc::new(Self { requests: AtomicUsize::new(0), requests_max, bytes })
    }

    /// A place for one more; none where there is no room.
    #[must_use]
    pub fn enter(self: &Arc<Self>) -> Option<UnderWay> {
        let before = self.requests.fetch_add(1, Relaxed);
        let place = UnderWay(Arc::clone(self));
        (before < self.requests_max).then_some(place)
    }

    /// What is given up now.
    #[must_use]
    pub fn level(&self) -> Level {
        level_at(self.requests.load(Relaxed) as f64 / self.requests_max as f64)
            .max(level_at(self.bytes.share_held()))
    }
}

fn level_at(share: f64) -> Level {
    let reached = LEVELS.iter().rev().find(|(from, _)| share >= *from);
    reached.map_or(Level::Calm, |(_, level)| *level)
}

impl Level {
    /// Whether generic answers are asked for.
    #[must_use]
    pub fn compares(self) -> bool {
        self < Self::NoComparisons
    }

    /// Whether turns are learned from.
    #[must_use]
    pub fn learns(self) -> bool {
        self < Self::NoLearning
    }

    /// Whether requests are personalised.
    #[must_use]
    pub fn personalizes(self) -> bool {
        self < Self::NoPersonalization
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_reached_in_their_order_and_left_again() {
        let load = Load::new(20, Budget::new(1 << 20, 1 << 20));
        let mut places = Vec::new();
        let mut levels = vec![load.level()];
        while let Some(place) = load.enter() {
            places.push(place);
            levels.push(load.level());
        }
        assert_eq!(places.len(), 20);
        assert!(levels.is_sorted());
        levels.dedup();
        let all = [Level::Calm, Level::NoComparisons, Level::NoLearning, Level::NoPersonalization];
        assert_eq!(levels, [&all[..], &[Level::Full]].concat());
        places.clear();
        assert_eq!(load.level(), Level::Calm);
    }
}
