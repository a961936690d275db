//! What a person says about an attribute, a selection or a comparison.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    Id, attribute::AttributeId, comparison::ComparisonId, names::wire_names, receipt::RequestId,
};

/// Names one judgment.
pub type JudgmentId = Id<'j'>;

/// What a person (or, said so, a program) says about one stage.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Judgment {
    /// Its name, `jdg_…`.
    pub id: JudgmentId,
    /// What is judged, and how.
    #[serde(flatten)]
    pub verdict: Verdict,
    /// Who judged, as the app names them.
    pub rater: String,
    /// Whether a person or a program.
    pub rater_kind: RaterKind,
    /// Unix seconds.
    pub created_at: i64,
}

/// Whether a person or a program judged. Never added up together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RaterKind {
    /// A person.
    #[default]
    Human,
    /// A program or a model.
    Machine,
}

wire_names!(RaterKind { Human => "human", Machine => "machine" });

/// The three stages of the study (arXiv 2606.06614).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Is the attribute true of the person?
    Attribute,
    /// Does it change this answer?
    Relevance,
    /// Is the personalised answer better?
    Response,
}

wire_names!(Stage { Attribute => "attribute", Relevance => "relevance", Response => "response" });

/// What is said of each stage.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "stage", rename_all = "snake_case")]
pub enum Verdict {
    /// Is the attribute true of the person, lasting, and no wider than their words?
    Attribute {
        /// Which.
        attribute: AttributeId,
        /// What was said of it.
        verdict: Truth,
    },
    /// Does the attribute change the answer to this request?
    Relevance {
        /// The request (`x-tactful-request-id`).
        request: RequestId,
        /// Which attribute.
        attribute: AttributeId,
        /// What was said of it.
        verdict: Relevance,
    },
    /// Which of the two answers is better?
    Response {
        /// Which comparison.
        comparison: ComparisonId,
        /// 1 the generic one is much better, 3 no preference, 5 the personalised one is much better.
        preference: u8,
    },
}

impl Verdict {
    /// The stage this is about.
    #[must_use]
    pub const fn stage(&self) -> Stage {
        match self {
            Self::Attribute { .. } => Stage::Attribute,
            Self::Relevance { .. } => Stage::Relevance,
            Self::Response { .. } => Stage::Response,
        }
    }

    /// The verdict as a label of few values.
    #[must_use]
    pub const fn label(&self) -> &'static str {
        match self {
            Self::Attribute { verdict, .. } => verdict.as_str(),
            Self::Relevance { verdict, .. } => verdict.as_str(),
            Self::Response { preference, .. } => match preference {
                0..=2 => "generic_better",
                3 => "no_preference",
                _ => "personalized_better",
            },
        }
    }
}

/// Is an attribute true of the person?
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Truth {
    /// True, lasting, no wider than the words.
    Accepted,
    /// Cannot tell.
    Uncertain,
    /// Not so.
    Rejected,
}

wire_names!(Truth { Accepted => "accepted", Uncertain => "uncertain", Rejected => "rejected" });

/// Does an attribute change the answer?
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Relevance {
    /// Used, and rightly.
    Relevant,
    /// Used, and it should not have been.
    Irrelevant,
    /// Not used, and it should have been.
    Missed,
}

wire_names!(Relevance { Relevant => "relevant", Irrelevant => "irrelevant", Missed => "missed" });
