//! The figures of an extraction run, with intervals over sessions.

use std::{collections::BTreeMap, fmt};

use serde::Serialize;

use super::session::Score;

/// How often the sessions are drawn again.
const DRAWS: usize = 1000;

/// A ratio and where 95% of resamplings of the sessions put it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Figure {
    /// The ratio; 0 where there is nothing to divide by.
    pub value: f64,
    /// The 2.5th percentile.
    pub low: f64,
    /// The 97.5th percentile.
    pub high: f64,
    /// What it is divided by.
    pub of: u32,
}

/// The figures of one half of the sessions, or of all.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Half {
    /// How many sessions.
    pub sessions: usize,
    /// How many items were stored.
    pub items: u32,
    /// How many labels are valid.
    pub valid_labels: u32,
    /// Items for each valid label.
    pub items_per_valid_label: Figure,
    /// Share of the sessions with no valid label that store something.
    pub stores_without_reason: Figure,
    /// Share of the items whose quote stands in the turn byte for byte.
    pub verbatim: Figure,
    /// Share of the items that match a valid label.
    pub matched: Figure,
    /// Share of the items that match a rejected label and no valid one.
    pub matched_rejected: Figure,
    /// Share of the valid `direct` labels with verbatim evidence that are found.
    pub recall_direct: Figure,
    /// The same, of those whose evidence speaks in the first person.
    pub recall_first_person: Figure,
}

/// What an extraction run came to.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// The half the grammar was written on.
    pub dev: Half,
    /// The half nobody looked at.
    pub held_out: Half,
    /// Both.
    pub all: Half,
    /// What was refused, and why, in both.
    pub refused: BTreeMap<&'static str, u32>,
    /// First-person labels that were not found, by what became of their words; of dev and of held out.
    pub missed_because: BTreeMap<&'static str, [u32; 2]>,
    /// How fast the person's turns were read, on one core.
    pub megabytes_per_second: f64,
}

impl Report {
    pub(super) fn of(
        scores: &[Score],
        refused: BTreeMap<&'static str, u32>,
        missed_because: BTreeMap<&'static str, [u32; 2]>,
        megabytes_per_second: f64,
    ) -> Self {
        let half = |dev: bool| {
            half(&scores.iter().copied().filter(|score| score.dev == dev).collect::<Vec<_>>())
        };
        Self {
            dev: half(true),
            held_out: half(false),
            all: self::half(scores),
            refused,
            missed_because,
            megabytes_per_second,
        }
    }
}

fn half(scores: &[Score]) -> Half {
    let sum = |part: fn(&Score) -> u32| scores.iter().map(part).sum();
    let ratio = |part: fn(&Score) -> (u32, u32)| figure(scores, part);
    Half {
        sessions: scores.len(),
        items: sum(|score| score.items),
        valid_labels: sum(|score| score.valid),
        items_per_valid_label: ratio(|score| (score.items, score.valid)),
        stores_without_reason: ratio(|score| {
            (u32::from(score.valid == 0 && score.items > 0), u32::from(score.valid == 0))
        }),
        verbatim: ratio(|score| (score.verbatim, score.items)),
        matched: ratio(|score| (score.matched, score.items)),
        matched_rejected: ratio(|score| (score.matched_rejected, score.items)),
        recall_direct: ratio(|score| (score.direct_found, score.direct)),
        recall_first_person: ratio(|score| (score.first_person_found, score.first_person)),
    }
}

/// A ratio of sums and its percentile bootstrap over sessions; the same draws every time.
fn figure(scores: &[Score], part: fn(&Score) -> (u32, u32)) -> Figure {
    let parts: Vec<(u32, u32)> = scores.iter().map(part).collect();
    let ratio = |(above, below): (u32, u32)| {
        if below == 0 { 0.0 } else { f64::from(above) / f64::from(below) }
    };
    let add = |one: (u32, u32), other: (u32, u32)| (one.0 + other.0, one.1 + other.1);
    let whole = parts.iter().copied().fold((0, 0), add);
    let mut seed = 0x9E37_79B9_7F4A_7C15_u64;
    let mut drawn: Vec<f64> = (0..DRAWS)
        .map(|_| {
            ratio((0..parts.len()).map(|_| parts[below(&mut seed, parts.len())]).fold((0, 0), add))
        })
        .collect();
    drawn.sort_by(f64::total_cmp);
    Figure {
        value: ratio(whole),
        low: drawn[DRAWS / 40],
        high: drawn[DRAWS - 1 - DRAWS / 40],
        of: whole.1,
    }
}

/// The next number below `count` of a small generator (xorshift).
fn below(seed: &mut u64, count: usize) -> usize {
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    let number = (*seed >> 16) as usize;
    number % count.max(1)
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.3} [{:.3}, {:.3}] of {}", self.value, self.low, self.high, self.of)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:34}{:<34}{:<34}all", "extraction", "dev", "held out")?;
        let halves = [&self.dev, &self.held_out, &self.all];
        let row = |f: &mut fmt::Formatter<'_>, name: &str, cell: &dyn Fn(&Half) -> String| {
            let [dev, held_out, all] = halves.map(cell);
            writeln!(f, "{name:34}{dev:<34}{held_out:<34}{all}")
        };
        row(f, "sessions", &|half| half.sessions.to_string())?;
        row(f, "items stored", &|half| half.items.to_string())?;
        row(f, "items per valid label", &|half| half.items_per_valid_label.to_string())?;
        row(f, "stores where nothing is valid", &|half| half.stores_without_reason.to_string())?;
        row(f, "evidence verbatim", &|half| half.verbatim.to_string())?;
        row(f, "matches a valid label", &|half| half.matched.to_string())?;
        row(f, "matches a rejected label only", &|half| half.matched_rejected.to_string())?;
        row(f, "recall, direct labels", &|half| half.recall_direct.to_string())?;
        row(f, "recall, direct in first person", &|half| half.recall_first_person.to_string())?;
        writeln!(f, "\nrefused")?;
        for (reason, count) in &self.refused {
            writeln!(f, "  {reason:20}{count:>8}")?;
        }
        writeln!(f, "\nfirst-person labels not found    dev  held out")?;
        for (reason, [dev, held_out]) in &self.missed_because {
            writeln!(f, "  {reason:20}{dev:>14}{held_out:>10}")?;
        }
        write!(f, "\n{:.1} MB/s on one core", self.megabytes_per_second)
    }
}
