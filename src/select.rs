//! Stage 2: which attributes change this answer? Usually none.
//!
//! Pure: no I/O, no clock, no failure. First *whether* the request invites personalization at all, then *which*
//! attributes would change the answer, then the limits.

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
pub struct Prepared {}

/// What was chosen for one request, and why.
#[derive(Clone, Debug, PartialEq)]
pub struct Selection {
    /// The attributes to use, in the order they are to be told; usually none.
    pub chosen: Vec<AttributeId>,
    /// Those chosen, then the nearest that were not; at most 16.
    pub considered: Vec<Considered>,
    /// How many attributes were looked at.
    pub considered_total: u32,
    /// Why nothing was chosen; none where something was.
    pub reason: Option<RequestReason>,
    /// What the chosen texts cost, in tokens.
    pub tokens: u32,
}

/// Computes the features of a profile's attributes.
#[must_use]
pub fn prepare(_profile: &Profile) -> Prepared {
    Prepared {}
}

/// Chooses the attributes that change the answer to this request. Usually none.
#[must_use]
pub fn select(
    _profile: &Profile,
    _prepared: &Prepared,
    _request: &Request<'_>,
    _policy: &Policy,
) -> Selection {
    Selection {
        chosen: Vec::new(),
        considered: Vec::new(),
        considered_total: 0,
        reason: Some(RequestReason::NotRelevant),
        tokens: 0,
    }
}

/// The version of the scorer that decides.
pub const SCORER: &str = "none";
