//! What is held about a person: read, deleted; entered and corrected in the files beside.

pub(super) mod correct;
pub(super) mod enter;

use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    Api,
    caller::{Named, Who},
    error::Error,
    list::{Cursor, Limit, List},
    reading::Asked,
};
use crate::{
    learn,
    person::{
        self, AttributeId, Basis, Category, Change, Profile, Sensitivity, Status, Usage, UserRef,
        clock,
    },
};

/// One lasting statement about a person, with their words behind it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Attribute {
    /// Always `attribute`.
    #[schema(value_type = String, example = "attribute")]
    object: &'static str,
    id: AttributeId,
    /// Whose.
    user: String,
    /// A short statement without a subject: "Is vegetarian".
    text: String,
    category: Category,
    sensitivity: Sensitivity,
    status: Status,
    basis: Basis,
    /// How sure it is, 0 to 1.
    #[schema(minimum = 0, maximum = 1)]
    confidence: f32,
    /// The person's own words behind it, oldest first.
    evidence: Vec<Evidence>,
    /// What it may be used for.
    #[serde(rename = "use")]
    usage: Usage,
    /// Unix seconds.
    created_at: i64,
    /// When it was last said or confirmed, Unix seconds.
    last_seen_at: i64,
    /// When it lapses, Unix seconds; null: it does not.
    expires_at: Option<i64>,
    /// In how many answers it was used.
    uses: u64,
}

/// A verbatim quote of the person's own turn.
#[derive(Debug, Serialize, ToSchema)]
struct Evidence {
    quote: String,
    /// The conversation, as the app named it.
    conversation: Option<String>,
    /// Unix seconds.
    said_at: i64,
}

impl Attribute {
    fn of(who: &UserRef, held: person::Attribute) -> Self {
        let evidence = held.evidence.into_iter().map(|evidence| Evidence {
            quote: evidence.quote,
            conversation: evidence.conversation,
            said_at: evidence.said_at,
        });
        Self {
            object: "attribute",
            id: held.id,
            user: who.user.clone(),
            text: held.text,
            category: held.category,
            sensitivity: held.sensitivity,
            status: held.status,
            basis: held.basis,
            confidence: held.confidence,
            evidence: evidence.collect(),
            usage: held.usage,
            created_at: held.created_at,
            last_seen_at: held.last_seen_at,
            expires_at: held.expires_at,
            uses: held.uses,
        }
    }
}

/// There is no such attribute among this person's.
pub(super) const NO_SUCH: Error = Error::NotFound { what: "attribute", param: "id" };

/// The attribute of this id among what is held.
pub(super) fn find(profile: &Profile, id: AttributeId) -> Option<&person::Attribute> {
    profile.attributes.iter().find(|held| held.id == id)
}

/// Which attributes.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Wanted {
    /// Only those of this status.
    #[param(inline)]
    status: Option<Status>,
    /// Only those of this category.
    #[param(inline)]
    category: Option<Category>,
    /// The most on one page.
    #[serde(default)]
    #[param(value_type = u8, required = false, minimum = 1, maximum = 100, default = 20)]
    limit: Limit,
    /// `next_cursor` of the page before.
    #[param(inline)]
    cursor: Option<Cursor>,
}

/// What is held about a person, of every status, newest first.
#[utoipa::path(get, path = "/users/{user}/attributes", tag = "attributes",
    params(("user" = String, Path, description = "The user"), Wanted),
    responses((status = 200, body = List<Attribute>)))]
pub(super) async fn list_attributes(
    State(api): State<Api>,
    Who(who): Who,
    Asked(wanted): Asked<Wanted>,
) -> Result<Json<List<Attribute>>, Error> {
    let person = api.people.look(&who).await?;
    let mut held: Vec<_> = person
        .profile
        .attributes
        .iter()
        .filter(|held| wanted.status.is_none_or(|status| held.status == status))
        .filter(|held| wanted.category.is_none_or(|category| held.category == category))
        .filter(|held| wanted.cursor.is_none_or(|cursor| held.id.0 < cursor.last()))
        .collect();
    held.sort_by_key(|held| std::cmp::Reverse(held.id));
    let has_more = held.len() > wanted.limit.get();
    held.truncate(wanted.limit.get());
    let last = held.last().map(|held| held.id.0);
    let data = held.into_iter().map(|held| Attribute::of(&who, held.clone())).collect();
    Ok(Json(List::new(data, last, has_more)))
}

/// One attribute.
#[utoipa::path(get, path = "/users/{user}/attributes/{id}", tag = "attributes",
    params(("user" = String, Path, description = "The user"), ("id" = AttributeId, Path, description = "The attribute")),
    responses((status = 200, body = Attribute)))]
pub(super) async fn get_attribute(
    State(api): State<Api>,
    Who(who): Who,
    Named(id): Named<'a'>,
) -> Result<Json<Attribute>, Error> {
    let person = api.people.look(&who).await?;
    let held = find(&person.profile, id).ok_or(NO_SUCH)?;
    Ok(Json(Attribute::of(&who, held.clone())))
}

/// What is left to say of a deleted attribute.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct DeletedAttribute {
    id: AttributeId,
    /// Always `attribute`.
    #[schema(value_type = String, example = "attribute")]
    object: &'static str,
    /// Always true.
    deleted: bool,
}

/// Deletes an attribute for good. A sealed mark without words remains, so that the same fact is not learned again.
#[utoipa::path(delete, path = "/users/{user}/attributes/{id}", tag = "attributes",
    params(("user" = String, Path, description = "The user"), ("id" = AttributeId, Path, description = "The attribute")),
    responses((status = 200, body = DeletedAttribute)))]
pub(super) async fn delete_attribute(
    State(api): State<Api>,
    Who(who): Who,
    Named(id): Named<'a'>,
) -> Result<Json<DeletedAttribute>, Error> {
    let now = clock::now();
    let existed = api
        .people
        .update(&who, |profile| match find(profile, id) {
            None => (Vec::new(), false),
            Some(held) => {
                let mark = learn::tombstone(held, &profile.fingerprint_key, now);
                (vec![Change::Tombstone(mark), Change::Forget(id)], true)
            }
        })
        .await?;
    if !existed {
        return Err(NO_SUCH);
    }
    Ok(Json(DeletedAttribute { id, object: "attribute", deleted: true }))
}
