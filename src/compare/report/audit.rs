//! What people would have used for a request, beside what was used.

use std::collections::HashMap;

use crate::person::{AttributeId, Judgment, Receipt, Relevance, RequestId, Verdict};

/// One request as people see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Audit {
    /// Attributes used.
    pub(super) used: usize,
    /// Attributes needed.
    pub(super) needed: usize,
    /// Attributes used and needed.
    pub(super) hit: usize,
}

/// The requests on which people's word is complete: every attribute that was used has been judged.
///
/// An attribute is needed where most of its judges say `relevant` or `missed`; a tie is not most: in doubt, nothing.
pub(super) fn audits<'a>(
    receipts: &[Receipt],
    judgments: impl Iterator<Item = &'a Judgment>,
) -> Vec<Audit> {
    let mut votes: HashMap<RequestId, HashMap<AttributeId, (u32, u32)>> = HashMap::new();
    for judgment in judgments {
        if let Verdict::Relevance { request, attribute, verdict } = judgment.verdict {
            let (yes, no) = votes.entry(request).or_default().entry(attribute).or_default();
            match verdict {
                Relevance::Relevant | Relevance::Missed => *yes += 1,
                Relevance::Irrelevant => *no += 1,
            }
        }
    }
    receipts
        .iter()
        .filter_map(|receipt| {
            // Taken out, so that a receipt given twice counts once.
            let votes = votes.remove(&receipt.request)?;
            let is_needed = |id: &AttributeId| votes.get(id).is_some_and(|(yes, no)| yes > no);
            let used: Vec<_> =
                receipt.considered.iter().filter(|c| c.used).map(|c| c.attribute).collect();
            used.iter().all(|id| votes.contains_key(id)).then(|| Audit {
                used: used.len(),
                needed: votes.keys().filter(|id| is_needed(id)).count(),
                hit: used.iter().filter(|id| is_needed(id)).count(),
            })
        })
        .collect()
}
