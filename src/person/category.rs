//! The parts of a life an attribute can be about.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::names::wire_names;

/// What part of a life an attribute is about.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Category {
    /// Name, age, gender, nationality.
    Identity,
    /// Work, employer, trade, retired or looking for work.
    Occupation,
    /// Studies, degrees, schools.
    Education,
    /// Partner, children, relatives, pets.
    Family,
    /// Where the person lives or comes from.
    Location,
    /// Languages the person speaks or learns.
    Language,
    /// What the person eats and does not eat, by choice.
    Diet,
    /// Conditions, allergies, disabilities, medication.
    Health,
    /// What the person owns or uses: devices, vehicles, instruments.
    Possession,
    /// What the person can do, and how well.
    Skill,
    /// What the person spends time on.
    Interest,
    /// Likes and dislikes.
    Preference,
    /// What the person works toward.
    Goal,
    /// How the person wants to be answered.
    AnswerStyle,
    /// Faith, or its absence.
    Religion,
    /// Political opinion or membership.
    Politics,
    /// Ethnic origin.
    Ethnicity,
    /// Sexual orientation and sex life.
    Sexuality,
    /// Membership of a trade union.
    Union,
    /// Convictions and offences.
    CriminalRecord,
    /// Precise income, debt, holdings.
    Finance,
    /// None of these.
    Other,
}

wire_names!(Category {
    Identity => "identity", Occupation => "occupation", Education => "education", Family => "family",
    Location => "location", Language => "language", Diet => "diet", Health => "health",
    Possession => "possession", Skill => "skill", Interest => "interest", Preference => "preference",
    Goal => "goal", AnswerStyle => "answer_style", Religion => "religion", Politics => "politics",
    Ethnicity => "ethnicity", Sexuality => "sexuality", Union => "union",
    CriminalRecord => "criminal_record", Finance => "finance", Other => "other",
});

impl Category {
    /// Whether everything in this category needs consent (GDPR articles 9 and 10, and precise finances).
    #[must_use]
    pub const fn is_sensitive(self) -> bool {
        matches!(
            self,
            Self::Health
                | Self::Religion
                | Self::Politics
                | Self::Ethnicity
                | Self::Sexuality
                | Self::Union
                | Self::CriminalRecord
                | Self::Finance
        )
    }
}
