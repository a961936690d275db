//! A judgment as it is sent: one shape for each stage.

use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::{
    api::{error::Error, name::Name, reading::read},
    person::{AttributeId, ComparisonId, RaterKind, Relevance, RequestId, Stage, Truth},
};

/// What is said of one stage.
#[derive(Deserialize, ToSchema)]
#[serde(untagged)]
pub(in crate::api) enum NewJudgment {
    /// Is the attribute true of the person, lasting, and no wider than their words?
    Attribute(OfAttribute),
    /// Does the attribute change the answer to this request?
    Relevance(OfRelevance),
    /// Which of the two answers is better?
    Response(OfResponse),
}

impl NewJudgment {
    /// Reads by the stage it names, so that a refusal names the field that is wrong.
    pub(super) fn read(sent: Value) -> Result<Self, Error> {
        let Value::Object(fields) = &sent else {
            return Err(Error::Invalid { param: None, message: "expected an object".into() });
        };
        let stage = fields.get("stage").and_then(Value::as_str).and_then(|name| name.parse().ok());
        match stage {
            Some(Stage::Attribute) => read(sent).map(Self::Attribute),
            Some(Stage::Relevance) => read(sent).map(Self::Relevance),
            Some(Stage::Response) => read(sent).map(Self::Response),
            None => {
                Err(Error::invalid("stage", "`stage` is one of: attribute, relevance, response"))
            }
        }
    }
}

/// What is said of an attribute.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct OfAttribute {
    #[serde(rename = "stage")]
    #[schema(value_type = String, pattern = "^attribute$")]
    _stage: Stage,
    pub(super) user: Name,
    pub(super) attribute: AttributeId,
    pub(super) verdict: Truth,
    /// Who judges; the user, where it is the person themself.
    pub(super) rater: Name,
    /// Whether a person or a program judges.
    #[serde(default)]
    pub(super) rater_kind: RaterKind,
}

/// What is said of an attribute's use in one answer.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct OfRelevance {
    #[serde(rename = "stage")]
    #[schema(value_type = String, pattern = "^relevance$")]
    _stage: Stage,
    pub(super) user: Name,
    /// The request (`x-tactful-request-id`).
    pub(super) request: RequestId,
    pub(super) attribute: AttributeId,
    pub(super) verdict: Relevance,
    /// Who judges.
    pub(super) rater: Name,
    /// Whether a person or a program judges.
    #[serde(default)]
    pub(super) rater_kind: RaterKind,
}

/// What is said of two answers.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct OfResponse {
    #[serde(rename = "stage")]
    #[schema(value_type = String, pattern = "^response$")]
    _stage: Stage,
    pub(super) user: Name,
    pub(super) comparison: ComparisonId,
    /// 1 the generic answer is much better, 3 no preference, 5 the personalised one is. Blind: 5 is B, 1 is A.
    #[schema(value_type = u8, minimum = 1, maximum = 5)]
    pub(super) preference: Preference,
    /// Whether the rater saw A and B without knowing which is which.
    #[serde(default)]
    pub(super) blind: bool,
    /// Who judges.
    pub(super) rater: Name,
    /// Whether a person or a program judges.
    #[serde(default)]
    pub(super) rater_kind: RaterKind,
}

/// A preference from 1 to 5.
#[derive(Clone, Copy, Deserialize)]
#[serde(try_from = "u64")]
pub(in crate::api) struct Preference(u8);

impl Preference {
    /// The number.
    pub(super) const fn get(self) -> u8 {
        self.0
    }
}

/// A number that is no preference.
#[derive(Debug, thiserror::Error)]
#[error("expected a whole number from 1 to 5")]
pub(in crate::api) struct PreferenceError;

impl TryFrom<u64> for Preference {
    type Error = PreferenceError;

    fn try_from(number: u64) -> Result<Self, PreferenceError> {
        u8::try_from(number)
            .ok()
            .filter(|number| (1..=5).contains(number))
            .map(Self)
            .ok_or(PreferenceError)
    }
}
