//! The figures behind the dashboard.

use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Api, caller::Reach, error::Error, reading::Asked};
use crate::{compare::report::Figures, person::clock};

/// How far back a report looks where nothing is said.
const DAYS: i64 = 30;

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
    let judged = api.people.judged(reach.app(), since).await?;
    Ok(Json(Report {
        object: "personalization_report",
        since,
        until,
        complete: judged.complete,
        figures: Figures::of(&judged.signals, &judged.receipts, &judged.judgments),
    }))
}
