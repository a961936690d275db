//! The lasting record of what was considered for one answer, what was used, and why.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Id, attribute::AttributeId, names::wire_names};

/// Names one receipt; the same bytes name its request (`req_…`).
pub type ReceiptId = Id<'u'>;

/// Names one request (`x-tactful-request-id`).
pub type RequestId = Id<'r'>;

/// What became of a request (`x-tactful-outcome`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// At least one attribute was spliced in.
    Personalized,
    /// Personalization was considered; nothing was added.
    Generic,
    /// Personalization was not considered.
    Bypassed,
}

wire_names!(Outcome { Personalized => "personalized", Generic => "generic", Bypassed => "bypassed" });

/// Why a request got nothing (`x-tactful-reason`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RequestReason {
    /// The request named no user.
    NoUser,
    /// The person, the app or the operator said no.
    ModeOff,
    /// Nothing usable is held about the person.
    NoAttributes,
    /// Nothing about a person would change the answer to this request.
    NotRelevant,
    /// Something came near, and not near enough.
    BelowThreshold,
    /// The decision was not made in time.
    Deadline,
    /// Held out at random, to measure what personalization is worth.
    Holdout,
    /// A fault of ours; the request went on without.
    Error,
}

wire_names!(RequestReason {
    NoUser => "no_user", ModeOff => "mode_off", NoAttributes => "no_attributes",
    NotRelevant => "not_relevant", BelowThreshold => "below_threshold", Deadline => "deadline",
    Holdout => "holdout", Error => "error",
});

impl RequestReason {
    /// The reason as a sentence that a person understands.
    #[must_use]
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::NoUser => "The request did not say who was asking.",
            Self::ModeOff => "Personalization was switched off.",
            Self::NoAttributes => "Nothing is known about you that may be used.",
            Self::NotRelevant => "Nothing known about you would change the answer.",
            Self::BelowThreshold => "Something might have helped, but that was not sure enough.",
            Self::Deadline => "There was no time to decide, and answers do not wait.",
            Self::Holdout => {
                "This answer was left generic at random, to measure what personalization is worth."
            }
            Self::Error => "A fault on our side; the answer went on without.",
        }
    }
}

/// Why one attribute was used or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// It changes the answer to what was asked.
    ChangesTheAnswer,
    /// A constraint where silence could harm (an allergy, a language, accessibility).
    Constraint,
    /// The person asked for an answer about themselves, and this is what they asked about.
    AskedFor,
    /// Nothing in the request has to do with it.
    NotRelevant,
    /// The same topic, but it would not change the answer.
    SameTopicOnly,
    /// Near, and below the threshold.
    BelowThreshold,
    /// Others changed the answer more, and there is a limit.
    OverLimit,
    /// It would not have fitted the token budget.
    OverBudget,
    /// Sensitive: the person has not consented, or the request is not about that matter.
    Sensitive,
    /// Waits for the person's yes.
    Pending,
    /// Not in use: paused, superseded, rejected or lapsed.
    NotActive,
    /// Said in another part of the person's life.
    OtherDomain,
    /// The person said never.
    Never,
    /// The person wants to be asked first.
    AskFirst,
    /// Held out at random.
    Holdout,
}

wire_names!(Reason {
    ChangesTheAnswer => "changes_the_answer", Constraint => "constraint", AskedFor => "asked_for",
    NotRelevant => "not_relevant", SameTopicOnly => "same_topic_only", BelowThreshold => "below_threshold",
    OverLimit => "over_limit", OverBudget => "over_budget", Sensitive => "sensitive", Pending => "pending",
    NotActive => "not_active", OtherDomain => "other_domain", Never => "never", AskFirst => "ask_first",
    Holdout => "holdout",
});

impl Reason {
    /// The reason as a sentence that a person understands.
    #[must_use]
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::ChangesTheAnswer => "It changes the answer to what was asked.",
            Self::Constraint => "Leaving it out could do harm.",
            Self::AskedFor => "You asked about it.",
            Self::NotRelevant => "It has nothing to do with what was asked.",
            Self::SameTopicOnly => "Same topic, but it would not change the answer.",
            Self::BelowThreshold => "It might have helped, but that was not sure enough.",
            Self::OverLimit => "Others mattered more, and only a few are used at once.",
            Self::OverBudget => "It was too long to fit beside the others.",
            Self::Sensitive => "It is sensitive, and you have not allowed its use here.",
            Self::Pending => "It waits for your yes.",
            Self::NotActive => "It is not in use.",
            Self::OtherDomain => "You said it in another part of your life.",
            Self::Never => "You said never to use it.",
            Self::AskFirst => "You want to be asked before it is used.",
            Self::Holdout => {
                "This answer was left generic at random, to measure what personalization is worth."
            }
        }
    }
}

/// One attribute that was considered for an answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Considered {
    /// Which.
    pub attribute: AttributeId,
    /// The scorer's raw score; comparable within one version of the scorer.
    pub score: f32,
    /// Whether it went into the request.
    pub used: bool,
    /// Why it was used or not.
    pub reason: Reason,
}

/// The lasting record of a selection (API: `use`). Holds ids, no text: what is deleted is gone from here too.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Receipt {
    /// Its name, `use_…`.
    pub id: ReceiptId,
    /// The request it is for (`x-tactful-request-id`).
    pub request: RequestId,
    /// The conversation, as the app named it.
    pub conversation: Option<String>,
    /// Unix seconds.
    pub created_at: i64,
    /// The model asked for.
    pub model: Option<String>,
    /// What became of the request.
    pub outcome: Outcome,
    /// Why nothing was used.
    pub reason: Option<RequestReason>,
    /// What was used, and the nearest that were not; at most 8.
    pub considered: Vec<Considered>,
    /// How many attributes were looked at.
    pub considered_total: u32,
    /// Tokens of the attributes told, without the few lines around them.
    pub injected_tokens: u32,
    /// The version of the scorer that decided.
    pub scorer: String,
}
