//! What was compared and judged lately, over everyone: the material of the figures.

use std::collections::BTreeMap;

use super::{Error, Page, People};
use crate::person::{Judgment, Receipt, RequestId, Signals, UserRef, Verdict};

/// The most records of one kind that are read.
const RECORDS_MAX: usize = 10_000;
/// How many are read at once.
const PAGE: usize = 100;

/// What was compared and judged since some moment.
#[derive(Clone, Debug, Default)]
pub struct Judged {
    /// The signals of the comparisons. Of the answers nothing is kept.
    pub signals: Vec<Signals>,
    /// The judgments, newest first.
    pub judgments: Vec<Judgment>,
    /// The receipts of the requests whose use of attributes was judged.
    pub receipts: Vec<Receipt>,
    /// False: there were more records than are read, and only the newest are here.
    pub complete: bool,
}

impl People {
    /// What was compared and judged since then (Unix seconds), over everyone (of one app, where given).
    ///
    /// # Errors
    /// When the store fails. A record that does not open is left out ([`Self::unreadable_skipped`]).
    pub async fn judged(&self, app: Option<&str>, since: i64) -> Result<Judged, Error> {
        let (mut signals, mut before) = (Vec::new(), None);
        let all_signals = loop {
            let Page { items, has_more } = self.all_comparisons(app, before, PAGE).await?;
            before = items.last().map(|(_, comparison)| comparison.id.0);
            // Newest first: a page with something older is the last.
            let more =
                has_more && items.iter().all(|(_, comparison)| comparison.created_at >= since);
            let recent = items.into_iter().filter(|(_, comparison)| comparison.created_at >= since);
            signals.extend(recent.map(|(_, comparison)| comparison.signals));
            if !more || signals.len() >= RECORDS_MAX {
                break !more;
            }
        };

        let (mut judgments, mut before) = (Vec::new(), None);
        let all_judgments = loop {
            let Page { items, has_more } = self.all_judgments(app, before, PAGE).await?;
            before = items.last().map(|(_, judgment)| judgment.id.0);
            let more = has_more && items.iter().all(|(_, judgment)| judgment.created_at >= since);
            judgments
                .extend(items.into_iter().filter(|(_, judgment)| judgment.created_at >= since));
            if !more || judgments.len() >= RECORDS_MAX {
                break !more;
            }
        };

        let mut receipts = Vec::new();
        for (request, who) in judged_requests(&judgments) {
            receipts.extend(self.or_skipped(self.receipt(who, request).await)?);
        }
        Ok(Judged {
            signals,
            judgments: judgments.into_iter().map(|(_, judgment)| judgment).collect(),
            receipts,
            complete: all_signals && all_judgments,
        })
    }
}

/// The requests whose use of attributes was judged, each once.
fn judged_requests(judgments: &[(UserRef, Judgment)]) -> BTreeMap<RequestId, &UserRef> {
    let requests = judgments.iter().filter_map(|(who, judgment)| match judgment.verdict {
        Verdict::Relevance { request, .. } => Some((request, who)),
        _ => None,
    });
    requests.collect()
}
