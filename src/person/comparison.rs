//! The personalised and the generic answer to one request.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Id, attribute::AttributeId, receipt::RequestId};

/// Names one comparison.
pub type ComparisonId = Id<'c'>;

/// The personalised and the generic answer to one request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// Its name, `cmp_…`.
    pub id: ComparisonId,
    /// The request both answer.
    pub request: RequestId,
    /// Unix seconds.
    pub created_at: i64,
    /// The model that answered.
    pub model: Option<String>,
    /// The person's last turn; cut at 8 KiB.
    pub prompt: String,
    /// What was spliced into the personalised request.
    pub attributes: Vec<AttributeId>,
    /// The answer with them.
    pub personalized: Answer,
    /// The answer without.
    pub generic: Answer,
    /// What can be seen without a judge.
    pub signals: Signals,
    /// Whether a blind reader is shown the personalised answer second. Drawn when the comparison is made.
    pub personalized_is_second: bool,
}

/// One answer of a comparison.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Answer {
    /// What the model wrote; cut at 32 KiB.
    pub text: String,
    /// Why the model stopped (`finish_reason`).
    pub finish_reason: Option<String>,
    /// Tokens written, as the upstream counted them.
    pub completion_tokens: Option<u64>,
    /// From request to last byte.
    pub milliseconds: u64,
}

/// What can be seen in a comparison without a judge.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Signals {
    /// Words of the personalised answer over words of the generic one.
    pub length_ratio: f32,
    /// Distance between the answers: 1 − Jaccard of their word stems; 0 the same words, 1 none shared.
    pub distance: f32,
    /// Share of the attributes that the personalised answer names and the generic one does not.
    pub mention_rate: f32,
    /// Something was injected and the answers say the same.
    pub idle_injection: bool,
}
