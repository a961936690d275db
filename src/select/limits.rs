//! What may be used at all, and how much of it.

use super::{
    concepts,
    features::{AttributeFeatures, RequestFeatures},
};
use crate::person::{Attribute, Category, Profile, Reason, Sensitivity, Settings, Status, Usage};

/// Why an attribute may not be used whatever it scores; none: it may.
///
/// A sensitive attribute is active only by the person's own word: they consented to its category, entered it, or said
/// yes to it. Without that it is pending.
#[must_use]
pub(super) fn withheld(
    attribute: &Attribute,
    settings: &Settings,
    domain: Option<&str>,
    now: i64,
) -> Option<Reason> {
    match attribute.status {
        Status::Active => {}
        Status::Pending => return Some(Reason::Pending),
        Status::Paused | Status::Superseded | Status::Rejected => return Some(Reason::NotActive),
    }
    if attribute.expires_at.is_some_and(|at| at <= now) {
        return Some(Reason::NotActive);
    }
    match attribute.usage {
        Usage::Auto => {}
        Usage::Never => return Some(Reason::Never),
        Usage::AlwaysAsk => return Some(Reason::AskFirst),
    }
    if let Some(said_in) = &attribute.domain
        && domain != Some(said_in.as_str())
        && !settings.shared_domains.contains(said_in)
    {
        return Some(Reason::OtherDomain);
    }
    None
}

/// Whether anything at all may be used for this request.
#[must_use]
pub(super) fn any_usable(profile: &Profile, domain: Option<&str>, now: i64) -> bool {
    profile
        .attributes
        .iter()
        .any(|attribute| withheld(attribute, &profile.settings, domain, now).is_none())
}

/// Whether a sensitive attribute's own matter is what the request is about. Ordinary ones need no such ground.
#[must_use]
pub(super) fn on_its_matter(
    attribute: &Attribute,
    features: &AttributeFeatures,
    request: &RequestFeatures,
) -> bool {
    if attribute.sensitivity == Sensitivity::Ordinary && !attribute.category.is_sensitive() {
        return true;
    }
    let matter = match attribute.category {
        Category::Health => {
            concepts::HEALTH.with(concepts::ALLERGY).with(concepts::ACCESS).with(features.about)
        }
        Category::Religion => concepts::FAITH,
        Category::Finance => concepts::MONEY,
        // The rest have no matter in the lexicon: only the attribute's own words name them.
        _ => concepts::Concepts::NONE,
    };
    request.is_about(matter) || request.overlap(features).prompt >= 0.3
}
