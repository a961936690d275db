//! What a person allows.

use axum::{Json, extract::State};

use super::{Api, caller::Who, error::Error, reading::Body};
use crate::{
    learn,
    person::{Attribute, Basis, Change, Changes, Profile, Sensitivity, Settings, Status, clock},
};

const DOMAINS_MAX: usize = 64;
const DOMAIN_BYTES_MAX: usize = 64;
const RETENTION_DAYS_MAX: u32 = 3650;

/// What a person allows. `mode` and `retention_days` are null where the operator's defaults hold.
#[utoipa::path(get, path = "/users/{user}/settings", tag = "settings",
    params(("user" = String, Path, description = "The user")),
    responses((status = 200, body = Settings)))]
pub(super) async fn get_settings(
    State(api): State<Api>,
    Who(who): Who,
) -> Result<Json<Settings>, Error> {
    Ok(Json(api.people.read(&who).await?.profile.settings.clone()))
}

/// Replaces what a person allows; what is left out returns to its default.
///
/// Consent to a category activates what was stated in it and waited for consent; withdrawn, all of it waits again.
#[utoipa::path(put, path = "/users/{user}/settings", tag = "settings",
    params(("user" = String, Path, description = "The user")),
    request_body = Settings,
    responses((status = 200, body = Settings)))]
pub(super) async fn put_settings(
    State(api): State<Api>,
    Who(who): Who,
    Body(settings): Body<Settings>,
) -> Result<Json<Settings>, Error> {
    let settings = checked(settings)?;
    let now = clock::now();
    api.people.update(&who, |profile| (changes(profile, &settings, now), ())).await?;
    Ok(Json(settings))
}

fn checked(mut settings: Settings) -> Result<Settings, Error> {
    settings.sensitive_categories.sort_unstable();
    settings.sensitive_categories.dedup();
    settings.shared_domains.sort_unstable();
    settings.shared_domains.dedup();
    let is_domain = |domain: &String| (1..=DOMAIN_BYTES_MAX).contains(&domain.len());
    if settings.shared_domains.len() > DOMAINS_MAX || !settings.shared_domains.iter().all(is_domain)
    {
        let expected =
            format!("expected at most {DOMAINS_MAX} names of 1 to {DOMAIN_BYTES_MAX} bytes");
        return Err(Error::invalid("shared_domains", expected));
    }
    if settings.retention_days.is_some_and(|days| !(1..=RETENTION_DAYS_MAX).contains(&days)) {
        let expected = format!("expected 1 to {RETENTION_DAYS_MAX} days, or null");
        return Err(Error::invalid("retention_days", expected));
    }
    Ok(settings)
}

fn changes(profile: &Profile, settings: &Settings, now: i64) -> Changes {
    if profile.settings == *settings {
        return Changes::new();
    }
    let consents =
        |settings: &Settings, category| settings.sensitive_categories.contains(&category);
    let moved = profile.attributes.iter().filter_map(|held| {
        let was = consents(&profile.settings, held.category);
        let is = consents(settings, held.category);
        let status = after_consent(held, was, is)?;
        // What waits lapses; what waits no more ends when its words say so, if they do.
        let expires_at = match status {
            Status::Pending => Some(now + learn::PENDING_SECONDS),
            _ => learn::ends_at(held),
        };
        Some(Change::Attribute(Attribute { status, expires_at, ..held.clone() }))
    });
    moved.chain([Change::Settings(settings.clone())]).collect()
}

/// Where an attribute moves when consent to its category comes or goes; none: it stays.
fn after_consent(held: &Attribute, was: bool, is: bool) -> Option<Status> {
    if held.sensitivity != Sensitivity::Sensitive {
        return None;
    }
    match (held.status, was, is) {
        // What was only inferred still waits for the person's word on the thing itself.
        (Status::Pending, false, true) if held.basis != Basis::Inferred => Some(Status::Active),
        (Status::Active, true, false) => Some(Status::Pending),
        _ => None,
    }
}
