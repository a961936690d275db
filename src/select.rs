//! Stage 2: which attributes change this answer? Usually none.
//!
//! Pure: no I/O, no clock, no failure. First *whether* the request invites personalization at all ([`gate()`]), then
//! *which* attributes would change the answer ([`Scorer`]), then the limits. Time is bounded by what is read: a few
//! kilobytes of a request, half of one of an attribute.

mod calibration;
mod concepts;
mod cues;
mod features;
mod gate;
mod limits;
mod rank;
mod scorer;
mod stems;
#[cfg(test)]
mod tests;

pub use calibration::{Calibration, Model};
pub use concepts::Concepts;
pub use features::{AttributeFeatures, Overlap, RequestFeatures, Standing};
pub use gate::{Gate, Glance, Invitation, gate};
pub use scorer::{Lexical, SIGNAL_NAMES, SIGNALS, Scorer, signals};

use crate::person::{AttributeId, Considered, Profile, RequestReason};

/// One turn of a conversation, as the selector reads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Turn<'a> {
    /// Whether the person said it; otherwise the assistant did.
    pub by_user: bool,
    /// What was said.
    pub text: &'a str,
}

/// What the selector reads of a request.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The last user turn, cut at 32 KiB.
    pub prompt: &'a str,
    /// The turns before it, oldest first; at most the last 6, each cut at 8 KiB.
    pub history: &'a [Turn<'a>],
    /// The part of a life it belongs to.
    pub domain: Option<&'a str>,
    /// Now, Unix seconds.
    pub now: i64,
}

/// The limits of a selection.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Policy {
    /// The most attributes used at once.
    pub max_attributes: usize,
    /// The most tokens their texts may cost together.
    pub token_budget: u32,
    /// The share of requests that need nothing and may get something; the threshold is calibrated to it.
    pub false_injection_target: f32,
}

/// The features of a profile's attributes, computed once when the profile changes.
#[derive(Debug, Default)]
pub struct Prepared {
    attributes: Vec<AttributeFeatures>,
}

impl Prepared {
    /// The features, in the order of the profile's attributes.
    #[must_use]
    pub fn attributes(&self) -> &[AttributeFeatures] {
        &self.attributes
    }

    /// Whether there is a wish that holds for every answer.
    fn has_standing(&self) -> bool {
        self.attributes.iter().any(|attribute| attribute.standing.is_some())
    }
}

/// What was chosen for one request, and why.
#[derive(Clone, Debug, PartialEq)]
pub struct Selection {
    /// The attributes to use, in the order they are to be told; usually none.
    pub chosen: Vec<AttributeId>,
    /// Those chosen, then the nearest that were not; at most 8. What has nothing to do with the request is not among
    /// them.
    pub considered: Vec<Considered>,
    /// How many attributes were looked at.
    pub considered_total: u32,
    /// Why nothing was chosen; none where something was.
    pub reason: Option<RequestReason>,
    /// What the chosen texts cost, in tokens.
    pub tokens: u32,
}

impl Selection {
    fn nothing(reason: RequestReason) -> Self {
        Self {
            chosen: Vec::new(),
            considered: Vec::new(),
            considered_total: 0,
            reason: Some(reason),
            tokens: 0,
        }
    }
}

/// Computes the features of a profile's attributes.
#[must_use]
pub fn prepare(profile: &Profile) -> Prepared {
    Prepared { attributes: AttributeFeatures::of(&profile.attributes) }
}

/// The version of the shipped scorer, as receipts name it.
#[must_use]
pub fn scorer_version() -> &'static str {
    calibration::CURRENT.0.version()
}

/// The shipped scorer.
#[must_use]
pub fn scorer() -> &'static dyn Scorer {
    &calibration::CURRENT.0
}

/// The raw score from which the shipped scorer lets an attribute pass at this target.
#[must_use]
pub fn threshold(false_injection_target: f32) -> f32 {
    calibration::CURRENT.1.threshold(false_injection_target)
}

/// The first stage: what the prompt alone settles. None: the request has to be read.
#[must_use]
pub fn settled(
    profile: &Profile,
    prepared: &Prepared,
    glance: &Glance,
    domain: Option<&str>,
    now: i64,
) -> Option<Selection> {
    if !limits::any_usable(profile, domain, now) {
        return Some(Selection::nothing(RequestReason::NoAttributes));
    }
    uninvited(glance.at_most(), prepared)
}

/// Nothing, where a request invites nothing that is held.
fn uninvited(invitation: Invitation, prepared: &Prepared) -> Option<Selection> {
    let closed = match invitation {
        Invitation::Closed => true,
        Invitation::Explain => !prepared.has_standing(),
        _ => false,
    };
    closed.then(|| Selection::nothing(RequestReason::NotRelevant))
}

/// The second stage, by the shipped scorer.
#[must_use]
pub fn weigh(
    profile: &Profile,
    prepared: &Prepared,
    glance: &Glance,
    request: &Request<'_>,
    policy: &Policy,
) -> Selection {
    weigh_by(
        scorer(),
        threshold(policy.false_injection_target),
        profile,
        prepared,
        glance,
        request,
        policy,
    )
}

/// Chooses the attributes that change the answer to this request, both stages. Usually none.
#[must_use]
pub fn select(
    profile: &Profile,
    prepared: &Prepared,
    request: &Request<'_>,
    policy: &Policy,
) -> Selection {
    select_by(
        scorer(),
        threshold(policy.false_injection_target),
        profile,
        prepared,
        request,
        policy,
    )
}

/// As [`select`], by another scorer and threshold: for fitting, for evaluation, for an encoder.
#[must_use]
pub fn select_by(
    scorer: &dyn Scorer,
    threshold: f32,
    profile: &Profile,
    prepared: &Prepared,
    request: &Request<'_>,
    policy: &Policy,
) -> Selection {
    let glance = Glance::new(request.prompt, request.history.is_empty());
    settled(profile, prepared, &glance, request.domain, request.now)
        .unwrap_or_else(|| weigh_by(scorer, threshold, profile, prepared, &glance, request, policy))
}

fn weigh_by(
    scorer: &dyn Scorer,
    threshold: f32,
    profile: &Profile,
    prepared: &Prepared,
    glance: &Glance,
    request: &Request<'_>,
    policy: &Policy,
) -> Selection {
    let gate = glance.gate(request.history);
    uninvited(gate.invitation, prepared).unwrap_or_else(|| {
        let features = RequestFeatures::new(request, gate);
        rank::rank(scorer, threshold, profile, prepared, request, &features, policy)
    })
}
