//! What gives way where as much is held of a person as may be.

use std::cmp::Ordering;

use crate::person::{Attribute, AttributeId, Basis, Status};

/// The least supported of what is held: what is history first, then what waits, then what is live; among those what
/// rests on the fewest quotes, was said longest ago, is least sure. Never what the person had a hand in, or rejected.
///
/// A newcomer that only follows from what was said takes the place of nothing that was said.
pub(super) fn least_supported<'a>(
    held: impl Iterator<Item = &'a Attribute>,
    newcomer: Basis,
    now: i64,
) -> Option<AttributeId> {
    held.filter(|held| !held.is_kept() && held.status != Status::Rejected)
        .filter(|held| newcomer != Basis::Inferred || standing(held, now) != Standing::Live)
        .min_by(|one, other| by_support(one, other, now))
        .map(|held| held.id)
}

/// What an attribute is good for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Standing {
    History,
    Waits,
    Live,
}

fn standing(held: &Attribute, now: i64) -> Standing {
    match held.status {
        Status::Superseded => Standing::History,
        _ if held.expires_at.is_some_and(|at| at <= now) => Standing::History,
        Status::Pending => Standing::Waits,
        _ => Standing::Live,
    }
}

fn by_support(one: &Attribute, other: &Attribute, now: i64) -> Ordering {
    let support = |held: &Attribute| (standing(held, now), held.evidence.len(), held.last_seen_at);
    support(one).cmp(&support(other)).then(one.confidence.total_cmp(&other.confidence))
}
