//! A person corrects, pauses, confirms or forbids what is held about them.

use axum::{Json, extract::State};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{Attribute, NO_SUCH, enter::sensitivity, find};
use crate::{
    api::{
        Api,
        caller::{Named, Who},
        error::Error,
        reading::Body,
        text::Text,
    },
    learn,
    person::{self, AttributeId, Basis, Category, Change, Status, Usage, clock},
};

/// What changes; what is left out stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct Correction {
    /// In the person's own words, which from then on it rests on.
    text: Option<Text>,
    category: Option<Category>,
    /// `active` also confirms what was pending and brings back what was rejected or superseded.
    status: Option<Switch>,
    /// What it may be used for.
    #[serde(rename = "use")]
    usage: Option<Usage>,
}

/// Whether it may be used now.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Switch {
    /// May be used.
    Active,
    /// Not for now.
    Paused,
}

/// Changes an attribute.
#[utoipa::path(patch, path = "/users/{user}/attributes/{id}", tag = "attributes",
    params(("user" = String, Path, description = "The user"), ("id" = AttributeId, Path, description = "The attribute")),
    request_body = Correction,
    responses((status = 200, body = Attribute)))]
pub(in crate::api) async fn patch_attribute(
    State(api): State<Api>,
    Who(who): Who,
    Named(id): Named<'a'>,
    Body(correction): Body<Correction>,
) -> Result<Json<Attribute>, Error> {
    let now = clock::now();
    let corrected = api
        .people
        .update(&who, |profile| {
            let Some(held) = find(profile, id) else { return (Vec::new(), None) };
            let corrected = correction.apply(held, now, api.count_tokens);
            let changes = if corrected == *held {
                Vec::new()
            } else {
                vec![Change::Attribute(corrected.clone())]
            };
            (changes, Some(corrected))
        })
        .await?;
    Ok(Json(Attribute::of(&who, corrected.ok_or(NO_SUCH)?)))
}

impl Correction {
    fn apply(
        &self,
        held: &person::Attribute,
        now: i64,
        count_tokens: fn(&str) -> u32,
    ) -> person::Attribute {
        let mut corrected = held.clone();
        if let Some(text) = self.text.as_ref().filter(|text| text.as_str() != held.text) {
            text.as_str().clone_into(&mut corrected.text);
            corrected.tokens = count_tokens(text.as_str());
            // The quotes stay, as what it came from; what it says now is the person's own entry.
            corrected.basis = Basis::Entered;
            corrected.confidence = 1.0;
            corrected.last_seen_at = now;
            if !waited(held) || held.status == Status::Active {
                corrected.expires_at = learn::ends_at(&corrected).filter(|at| *at > now);
            }
        }
        corrected.category = self.category.unwrap_or(held.category);
        if corrected.category != held.category || corrected.text != held.text {
            corrected.sensitivity = sensitivity(corrected.category, None, &corrected.text);
        }
        match self.status {
            Some(Switch::Active) if held.status != Status::Active || waited(held) => {
                confirm(&mut corrected, now)
            }
            Some(Switch::Paused) => corrected.status = Status::Paused,
            _ => {}
        }
        corrected.usage = self.usage.unwrap_or(held.usage);
        corrected
    }
}

/// Whether the person has yet to say yes to it. What was paused while it waited still knows when that would end.
fn waited(attribute: &person::Attribute) -> bool {
    attribute.status == Status::Pending || attribute.expires_at.is_some()
}

/// The person says yes to it, which is also their consent where it is sensitive. What is dated stays so.
fn confirm(attribute: &mut person::Attribute, now: i64) {
    if waited(attribute) || matches!(attribute.status, Status::Superseded | Status::Rejected) {
        attribute.confidence = 1.0;
        attribute.expires_at = learn::ends_at(attribute).filter(|at| *at > now);
    }
    attribute.status = Status::Active;
    attribute.superseded_by = None;
    attribute.last_seen_at = now;
}
