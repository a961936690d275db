//! Which answer used what, and why.

use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    Api,
    caller::Who,
    error::Error,
    list::{Cursor, Limit, List},
    reading::Asked,
};
use crate::person::{
    AttributeId, Considered, Outcome, Reason, Receipt, ReceiptId, RequestId, RequestReason, UserRef,
};

/// What was considered for one answer, and what was used.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Use {
    /// Always `use`.
    #[schema(value_type = String, example = "use")]
    object: &'static str,
    id: ReceiptId,
    /// Whose.
    user: String,
    /// The request it is for.
    request: RequestId,
    /// The conversation, as the app named it.
    conversation: Option<String>,
    /// Unix seconds.
    created_at: i64,
    /// The model asked for.
    model: Option<String>,
    outcome: Outcome,
    /// Why nothing was used; null where something was.
    reason: Option<RequestReason>,
    /// The same for a person to read.
    explanation: Option<&'static str>,
    /// What was used, and the nearest that were not.
    considered: Vec<Weighed>,
    /// How many attributes were looked at.
    considered_total: u32,
    /// Tokens of the attributes told, without the few lines around them.
    injected_tokens: u32,
    /// The version of the scorer that decided.
    scorer: String,
}

/// One attribute that was considered.
#[derive(Debug, Serialize, ToSchema)]
struct Weighed {
    attribute: AttributeId,
    /// Comparable within one version of the scorer.
    score: f32,
    /// Whether it went into the request.
    used: bool,
    reason: Reason,
    /// The reason for a person to read.
    explanation: &'static str,
}

impl From<Considered> for Weighed {
    fn from(considered: Considered) -> Self {
        Self {
            attribute: considered.attribute,
            score: considered.score,
            used: considered.used,
            reason: considered.reason,
            explanation: considered.reason.sentence(),
        }
    }
}

impl Use {
    fn of(who: &UserRef, receipt: Receipt) -> Self {
        Self {
            object: "use",
            id: receipt.id,
            user: who.user.clone(),
            request: receipt.request,
            conversation: receipt.conversation,
            created_at: receipt.created_at,
            model: receipt.model,
            outcome: receipt.outcome,
            reason: receipt.reason,
            explanation: receipt.reason.map(RequestReason::sentence),
            considered: receipt.considered.into_iter().map(Weighed::from).collect(),
            considered_total: receipt.considered_total,
            injected_tokens: receipt.injected_tokens,
            scorer: receipt.scorer,
        }
    }
}

/// Which page.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Turn {
    /// The most on one page.
    #[serde(default)]
    #[param(value_type = u8, required = false, minimum = 1, maximum = 100, default = 20)]
    limit: Limit,
    /// `next_cursor` of the page before.
    #[param(inline)]
    cursor: Option<Cursor>,
}

/// Which answer used which attribute, and why; newest first.
#[utoipa::path(get, path = "/users/{user}/uses", tag = "uses",
    params(("user" = String, Path, description = "The user"), Turn),
    responses((status = 200, body = List<Use>)))]
pub(super) async fn list_uses(
    State(api): State<Api>,
    Who(who): Who,
    Asked(turn): Asked<Turn>,
) -> Result<Json<List<Use>>, Error> {
    let before = turn.cursor.map(Cursor::last);
    let page = api.people.receipts(&who, before, turn.limit.get()).await?;
    let last = page.items.last().map(|receipt| receipt.id.0);
    let data = page.items.into_iter().map(|receipt| Use::of(&who, receipt)).collect();
    Ok(Json(List::new(data, last, page.has_more)))
}
