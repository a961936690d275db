//! Pages of receipts as they are stored: what receipts share is said once, and the rest is a row.

use serde::{Deserialize, Serialize};

use crate::person::{AttributeId, Considered, Id, Outcome, Reason, Receipt, RequestReason};

/// The most receipts on one page: far below the largest record.
pub(super) const PAGE_RECEIPTS: usize = 64;

/// A page of receipts.
#[derive(Default, Serialize, Deserialize)]
pub(super) struct Page {
    attributes: Vec<AttributeId>,
    scorers: Vec<String>,
    rows: Vec<Row>,
}

/// One receipt, as a list of its fields.
#[derive(Serialize, Deserialize)]
struct Row(
    Id<'u'>,
    i64,
    Outcome,
    Option<RequestReason>,
    Option<String>,
    Option<String>,
    Vec<Weighed>,
    u32,
    u32,
    usize,
);

/// Which attribute of the page, its score, whether it was used, and why or why not.
#[derive(Serialize, Deserialize)]
struct Weighed(usize, f32, bool, Reason);

impl Page {
    /// The page that holds these.
    pub(super) fn of(receipts: &[Receipt]) -> Self {
        let mut page = Self::default();
        for it in receipts {
            let scorer = place_of(&mut page.scorers, &it.scorer);
            let considered = it.considered.iter().map(|one| {
                let attribute = place_of(&mut page.attributes, &one.attribute);
                Weighed(attribute, one.score, one.used, one.reason)
            });
            let considered = considered.collect();
            page.rows.push(Row(
                it.id,
                it.created_at,
                it.outcome,
                it.reason,
                it.conversation.clone(),
                it.model.clone(),
                considered,
                it.considered_total,
                it.injected_tokens,
                scorer,
            ));
        }
        page
    }

    /// What it holds; none where a row names what the page does not.
    pub(super) fn receipts(self) -> Option<Vec<Receipt>> {
        let Self { attributes, scorers, rows } = self;
        let considered = |Weighed(attribute, score, used, reason)| {
            Some(Considered { attribute: *attributes.get(attribute)?, score, used, reason })
        };
        let receipt = |row: Row| {
            Some(Receipt {
                id: row.0,
                // The same bytes name both.
                request: Id(row.0.0),
                created_at: row.1,
                outcome: row.2,
                reason: row.3,
                conversation: row.4,
                model: row.5,
                considered: row.6.into_iter().map(considered).collect::<Option<_>>()?,
                considered_total: row.7,
                injected_tokens: row.8,
                scorer: scorers.get(row.9)?.clone(),
            })
        };
        rows.into_iter().map(receipt).collect()
    }
}

/// Where `value` stands among `all`, put there if it does not.
fn place_of<T: PartialEq + Clone>(all: &mut Vec<T>, value: &T) -> usize {
    all.iter().position(|it| it == value).unwrap_or_else(|| {
        all.push(value.clone());
        all.len() - 1
    })
}
