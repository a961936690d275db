//! A person states something about themself.

use axum::{Json, extract::State, http::StatusCode};
use serde::Deserialize;
use utoipa::ToSchema;

use super::Attribute;
use crate::{
    api::{Api, caller::Who, error::Error, reading::Body, text::Text},
    learn,
    person::{self, AttributeId, Basis, Category, Change, Sensitivity, Status, clock},
};

/// What a person states about themself.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct NewAttribute {
    text: Text,
    /// Where nothing is said, it is read from the text.
    category: Option<Category>,
    /// Where nothing is said, it is read from the text and the category; some categories are always sensitive.
    sensitivity: Option<Sensitivity>,
}

/// States an attribute. It is active at once, a sensitive one too: who enters it for use has said yes to it.
///
/// The same text again is the same attribute, confirmed.
#[utoipa::path(post, path = "/users/{user}/attributes", tag = "attributes",
    params(("user" = String, Path, description = "The user")),
    request_body = NewAttribute,
    responses((status = 201, body = Attribute), (status = 200, description = "Held before; confirmed", body = Attribute)))]
pub(in crate::api) async fn create_attribute(
    State(api): State<Api>,
    Who(who): Who,
    Body(new): Body<NewAttribute>,
) -> Result<(StatusCode, Json<Attribute>), Error> {
    let entered = entered(&new, api.count_tokens);
    let outcome = api
        .people
        .update(&who, |profile| {
            let same =
                |held: &&person::Attribute| held.text.to_lowercase() == entered.text.to_lowercase();
            let (status, held) = match profile.attributes.iter().find(same) {
                Some(held) => (StatusCode::OK, confirmed(held, &new, entered.created_at)),
                None if profile.attributes.len() >= learn::ATTRIBUTES_MAX => {
                    return (Vec::new(), Err(Error::Full));
                }
                None => (StatusCode::CREATED, entered.clone()),
            };
            (vec![Change::Attribute(held.clone())], Ok((status, held)))
        })
        .await?;
    let (status, held) = outcome?;
    Ok((status, Json(Attribute::of(&who, held))))
}

fn entered(new: &NewAttribute, count_tokens: fn(&str) -> u32) -> person::Attribute {
    let text = new.text.as_str();
    let now = clock::now();
    let category = new.category.unwrap_or_else(|| learn::classify(text).0);
    let tokens = count_tokens(text);
    person::Attribute {
        sensitivity: sensitivity(category, new.sensitivity, text),
        ..person::Attribute::entered(AttributeId::fresh(), text.to_owned(), category, now, tokens)
    }
}

/// The same attribute, now said by the person in so many words.
fn confirmed(held: &person::Attribute, new: &NewAttribute, now: i64) -> person::Attribute {
    let category = new.category.unwrap_or(held.category);
    let asked = new.sensitivity.unwrap_or(held.sensitivity);
    person::Attribute {
        category,
        sensitivity: sensitivity(category, Some(asked), &held.text),
        status: Status::Active,
        basis: Basis::Entered,
        confidence: 1.0,
        last_seen_at: now,
        expires_at: None,
        superseded_by: None,
        ..held.clone()
    }
}

/// Whether something needs consent: what the person says, else what the words say; some categories always do.
pub(super) fn sensitivity(
    category: Category,
    said: Option<Sensitivity>,
    text: &str,
) -> Sensitivity {
    if category.is_sensitive() {
        return Sensitivity::Sensitive;
    }
    said.unwrap_or_else(|| learn::classify(text).1)
}
