//! The figures behind the dashboard.

use std::collections::BTreeMap;

use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Api, caller::Reach, error::Error, reading::Asked};
use crate::{
    compare::report::Figures,
    people::{Page, People},
    person::{Judgment, RequestId, Signals, UserRef, Verdict, clock},
};

/// How far back a report looks where nothing is said.
const DAYS: i64 = 30;
/// The most judgments, and the most comparisons, that one report reads.
const RECORDS_MAX: usize = 10_000;
/// How many are read at once.
const PAGE: usize = 100;

/// How often personalization helped, harmed or did nothing.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Report {
    /// Always `personalization_report`.
    #[schema(value_type = String, example = "personalization_report")]
    object: &'static str,
    /// From when, Unix seconds.
    since: i64,
    /// Until when, Unix seconds.
    until: i64,
    /// False: there were more records than one report reads, and only the newest are counted.
    complete: bool,
    figures: Figures,
}

/// Of what time.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Span {
    /// From when, Unix seconds; 30 days ago where nothing is said.
    #[param(inline)]
    since: Option<Since>,
}

/// A moment, Unix seconds.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(try_from = "String")]
#[schema(value_type = i64)]
struct Since(i64);

/// A text that is no moment.
#[derive(Debug, thiserror::Error)]
#[error("expected Unix seconds")]
struct SinceError;

impl TryFrom<String> for Since {
    type Error = SinceError;

    fn try_from(text: String) -> Result<Self, SinceError> {
        text.parse().map(Self).map_err(|_| SinceError)
    }
}

/// How often personalization helped, harmed or did nothing, over everyone in reach.
///
/// People and programs are never added up; under 50 human judgments a figure has no value. The rates of selection
/// are those of the judged requests, not weighted back to the traffic.
#[utoipa::path(get, path = "/reports/personalization", tag = "reports",
    params(Span), responses((status = 200, body = Report)))]
pub(super) async fn get_report(
    State(api): State<Api>,
    reach: Reach,
    Asked(span): Asked<Span>,
) -> Result<Json<Report>, Error> {
    let until = clock::now();
    let since = span.since.map_or(until - DAYS * 86_400, |since| since.0);
    let (signals, all_signals) = signals(&api.people, &reach, since).await?;
    let (judgments, all_judgments) = judgments(&api.people, &reach, since).await?;
    let mut receipts = Vec::new();
    for (request, who) in judged_requests(&judgments) {
        receipts.extend(api.people.receipt(who, request).await?);
    }
    let judgments: Vec<_> = judgments.into_iter().map(|(_, judgment)| judgment).collect();
    Ok(Json(Report {
        object: "personalization_report",
        since,
        until,
        complete: all_signals && all_judgments,
        figures: Figures::of(&signals, &receipts, &judgments),
    }))
}

/// The signals of the comparisons since then, and whether these are all. Of the answers nothing is kept.
async fn signals(
    people: &People,
    reach: &Reach,
    since: i64,
) -> Result<(Vec<Signals>, bool), Error> {
    let (mut found, mut before) = (Vec::new(), None);
    while found.len() < RECORDS_MAX {
        let Page { items, has_more } = people.all_comparisons(reach.app(), before, PAGE).await?;
        before = items.last().map(|(_, comparison)| comparison.id.0);
        let read = items.len();
        let recent = items.into_iter().map(|(_, c)| c).filter(|c| c.created_at >= since);
        let counted = found.len();
        found.extend(recent.map(|comparison| comparison.signals));
        // Newest first: a page with something older is the last.
        if !has_more || found.len() - counted < read {
            return Ok((found, true));
        }
    }
    Ok((found, false))
}

/// The judgments since then with whose data they are about, newest first, and whether these are all.
async fn judgments(
    people: &People,
    reach: &Reach,
    since: i64,
) -> Result<(Vec<(UserRef, Judgment)>, bool), Error> {
    let (mut found, mut before) = (Vec::new(), None);
    while found.len() < RECORDS_MAX {
        let Page { items, has_more } = people.all_judgments(reach.app(), before, PAGE).await?;
        before = items.last().map(|(_, judgment)| judgment.id.0);
        let read = items.len();
        let counted = found.len();
        found.extend(items.into_iter().filter(|(_, judgment)| judgment.created_at >= since));
        if !has_more || found.len() - counted < read {
            return Ok((found, true));
        }
    }
    Ok((found, false))
}

/// The requests whose use of attributes was judged, each once.
fn judged_requests(judgments: &[(UserRef, Judgment)]) -> BTreeMap<RequestId, &UserRef> {
    let requests = judgments.iter().filter_map(|(who, judgment)| match judgment.verdict {
        Verdict::Relevance { request, .. } => Some((request, who)),
        _ => None,
    });
    requests.collect()
}
