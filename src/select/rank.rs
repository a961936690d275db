//! From scores to a choice: everything usable is scored, the best within the limits are used, each with its reason.

use super::{
    Policy, Prepared, Request, Selection,
    features::{AttributeFeatures, RequestFeatures, Standing},
    gate::Invitation,
    limits,
    scorer::Scorer,
};
use crate::person::{Attribute, Considered, Profile, Reason, RequestReason};

/// The most attributes a receipt names.
const CONSIDERED_MOST: usize = 8;
/// A constraint passes at this part of the threshold where the prompt itself touches it: silence could do harm.
const CONSTRAINT_EASE: f32 = 0.5;
/// An attribute joins a better one only from this part of its score on: few words that matter, not all that might.
const BESIDE_BEST: f32 = 0.6;
/// From this part of the threshold on an attribute came near.
const NEAR: f32 = 0.5;

struct Scored<'a> {
    attribute: &'a Attribute,
    score: f32,
    passes: bool,
    reason: Reason,
}

pub(super) fn rank(
    scorer: &dyn Scorer,
    threshold: f32,
    profile: &Profile,
    prepared: &Prepared,
    request: &Request<'_>,
    features: &RequestFeatures,
    policy: &Policy,
) -> Selection {
    // What has nothing to do with the request comes nowhere near, so it is not weighed at all.
    let passed_over = features.gate.invitation <= Invitation::Explain
        || scorer.unrelated(features).is_some_and(|score| score < threshold * NEAR);
    let passes_by = |prepared: &AttributeFeatures| {
        passed_over
            && prepared.standing.is_none()
            && !features.gate.everything
            && !features.relates_to(prepared)
    };
    let mut scored: Vec<_> = profile
        .attributes
        .iter()
        .zip(&prepared.attributes)
        // Features of another attribute would lend it a score that is not its own; better none.
        .filter(|(attribute, prepared)| attribute.id == prepared.id && !passes_by(prepared))
        .filter_map(|(attribute, prepared)| {
            let mut scored = weigh(scorer, threshold, attribute, prepared, features);
            let withheld =
                limits::withheld(attribute, &profile.settings, request.domain, request.now);
            if let Some(reason) = withheld {
                scored.reason = reason;
            } else if scored.reason == Reason::NotRelevant {
                return None;
            } else if !limits::on_its_matter(attribute, prepared, features) {
                scored.reason = Reason::Sensitive;
            }
            Some(scored)
        })
        .collect();
    let considered_total = u32::try_from(profile.attributes.len()).unwrap_or(u32::MAX);
    scored.sort_unstable_by(|a, b| {
        b.score.total_cmp(&a.score).then_with(|| a.attribute.id.cmp(&b.attribute.id))
    });
    choose(scored, considered_total, threshold, policy)
}

/// Scores one attribute and says what it would be used for.
fn weigh<'a>(
    scorer: &dyn Scorer,
    threshold: f32,
    attribute: &'a Attribute,
    prepared: &AttributeFeatures,
    request: &RequestFeatures,
) -> Scored<'a> {
    let invitation = request.gate.invitation;
    let asked_for = match prepared.standing {
        Some(Standing::Language) => invitation >= Invitation::Explain,
        Some(Standing::Manner) => invitation >= Invitation::Open,
        None => request.gate.everything,
    };
    if asked_for {
        return Scored { attribute, score: 1.0, passes: true, reason: Reason::AskedFor };
    }
    if invitation <= Invitation::Explain || prepared.standing.is_some() {
        return Scored { attribute, score: 0.0, passes: false, reason: Reason::NotRelevant };
    }
    let score = scorer.score(request, prepared);
    let touched =
        prepared.constraint && request.raised.with(request.needed).touches(prepared.about);
    let eased = touched && invitation >= Invitation::Open;
    let passes = score >= if eased { threshold * CONSTRAINT_EASE } else { threshold };
    let reason = match (passes, invitation) {
        (true, Invitation::AboutSelf) => Reason::AskedFor,
        (true, _) if touched => Reason::Constraint,
        (true, _) => Reason::ChangesTheAnswer,
        (false, _) if score >= threshold * NEAR => Reason::BelowThreshold,
        (false, _) if same_topic(request, prepared) => Reason::SameTopicOnly,
        (false, _) => Reason::NotRelevant,
    };
    Scored { attribute, score, passes, reason }
}

fn same_topic(request: &RequestFeatures, attribute: &AttributeFeatures) -> bool {
    request.raised.touches(attribute.about) || request.overlap(attribute).prompt > 0.1
}

/// Takes the best that may be used, within the limits; `scored` is in order.
fn choose(
    scored: Vec<Scored<'_>>,
    considered_total: u32,
    threshold: f32,
    policy: &Policy,
) -> Selection {
    let mut chosen = Vec::new();
    let mut tokens = 0_u32;
    let (mut used, mut unused) = (Vec::new(), Vec::new());
    let mut near = false;
    let mut best = 0.0_f32;
    for one in scored {
        near |= one.passes || one.score >= threshold * NEAR;
        let usable =
            matches!(one.reason, Reason::ChangesTheAnswer | Reason::Constraint | Reason::AskedFor);
        let cost = tokens.saturating_add(one.attribute.tokens);
        let (taken, reason) = match usable && one.passes {
            false => (false, one.reason),
            // Much less than the best: it might help. A constraint is no matter of more or less.
            true if one.score < best * BESIDE_BEST && one.reason != Reason::Constraint => {
                (false, Reason::BelowThreshold)
            }
            true if chosen.len() >= policy.max_attributes => (false, Reason::OverLimit),
            true if cost > policy.token_budget => (false, Reason::OverBudget),
            true => (true, one.reason),
        };
        let considered =
            Considered { attribute: one.attribute.id, score: one.score, used: taken, reason };
        if taken {
            best = best.max(one.score);
            tokens = cost;
            chosen.push(one.attribute.id);
            used.push(considered);
        } else if unused.len() < CONSIDERED_MOST {
            unused.push(considered);
        }
    }
    let reason = chosen.is_empty().then_some(if near {
        RequestReason::BelowThreshold
    } else {
        RequestReason::NotRelevant
    });
    used.append(&mut unused);
    used.truncate(CONSIDERED_MOST);
    Selection { chosen, considered: used, considered_total, reason, tokens }
}
