//! A person leaves.

use axum::{Json, extract::State};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Api, caller::Who, error::Error};

/// That nothing is held about a person any more.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ErasureReceipt {
    /// Always `erasure_receipt`.
    #[schema(value_type = String, example = "erasure_receipt")]
    object: &'static str,
    /// Whose.
    user: String,
    /// Unix seconds.
    erased_at: i64,
    /// How many records went; 0 where nothing was held.
    records: u64,
    /// Always true: what a backup may still hold cannot be opened.
    key_destroyed: bool,
}

/// Erases everything about a person, and destroys the key that opened it. Again: the same, with nothing left to erase.
#[utoipa::path(delete, path = "/users/{user}", tag = "users",
    params(("user" = String, Path, description = "The user")),
    responses((status = 200, body = ErasureReceipt)))]
pub(super) async fn erase_user(
    State(api): State<Api>,
    Who(who): Who,
) -> Result<Json<ErasureReceipt>, Error> {
    let erasure = api.people.erase(&who).await?;
    Ok(Json(ErasureReceipt {
        object: "erasure_receipt",
        user: who.user,
        erased_at: erasure.erased_at,
        records: erasure.records,
        key_destroyed: erasure.existed,
    }))
}
