//! One lasting statement about a person, and the words it rests on.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Category, Id, names::wire_names};

/// Names one attribute.
pub type AttributeId = Id<'a'>;

/// One lasting statement about a person.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Attribute {
    /// Its name, `attr_…`.
    pub id: AttributeId,
    /// A short predicate without a subject, in the person's own words: "Is vegetarian".
    pub text: String,
    /// What part of a life it is about.
    pub category: Category,
    /// Whether it needs consent before it may be used.
    pub sensitivity: Sensitivity,
    /// Whether it may be used now.
    pub status: Status,
    /// Where it comes from.
    pub basis: Basis,
    /// How sure the learner is that it is true of this person, 0 to 1. 1 when entered or confirmed by the person, and
    /// only then.
    pub confidence: f32,
    /// The person's own words behind it, oldest first. Empty only when `basis` is `entered` or `imported`.
    pub evidence: Vec<Evidence>,
    /// What the person allows it to be used for.
    #[serde(rename = "use")]
    pub usage: Usage,
    /// The part of a life it was said in (`x-tactful-domain`); none: said in no particular one, usable in all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub domain: Option<String>,
    /// When it was first held, Unix seconds.
    pub created_at: i64,
    /// When it was last said or confirmed, Unix seconds.
    pub last_seen_at: i64,
    /// When it lapses, Unix seconds; none: it does not.
    pub expires_at: Option<i64>,
    /// The newer statement that took its place. None where it only ended: its last quote says how.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub superseded_by: Option<AttributeId>,
    /// In how many answers it was used. Counted apart from the attribute, so that a use is no change of it.
    #[serde(skip)]
    pub uses: u64,
    /// What its text costs a model to read, in o200k tokens. Counted when stored, so that no request pays for it.
    pub tokens: u32,
}

impl Attribute {
    /// When it goes unless the person says yes to it before; none: it stays.
    #[must_use]
    pub fn lapses_at(&self) -> Option<i64> {
        self.expires_at.filter(|_| self.status == Status::Pending)
    }

    /// Whether the person had a hand in it: entered, confirmed, forbidden or paused it. Nothing that is learned takes
    /// its place without their word.
    #[must_use]
    pub fn is_kept(&self) -> bool {
        self.basis == Basis::Entered
            || self.confidence >= 1.0
            || self.usage != Usage::Auto
            || self.status == Status::Paused
    }
}

impl Attribute {
    /// What the person entered at `now`: ordinary, active, of no domain, dated by nothing. The text costs `tokens`.
    #[must_use]
    pub fn entered(
        id: AttributeId,
        text: String,
        category: Category,
        now: i64,
        tokens: u32,
    ) -> Self {
        Self {
            id,
            text,
            category,
            sensitivity: Sensitivity::Ordinary,
            status: Status::Active,
            basis: Basis::Entered,
            confidence: 1.0,
            evidence: Vec::new(),
            usage: Usage::Auto,
            domain: None,
            created_at: now,
            last_seen_at: now,
            expires_at: None,
            superseded_by: None,
            uses: 0,
            tokens,
        }
    }
}

/// A verbatim quote of the person's own turn.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Evidence {
    /// The words, byte for byte as they stood in the turn.
    pub quote: String,
    /// The conversation they were said in, as the app named it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conversation: Option<String>,
    /// When they were said, Unix seconds.
    pub said_at: i64,
}

/// Whether an attribute needs consent before it may be used (GDPR article 9, and precise finances).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Sensitivity {
    /// Needs no consent of its own.
    Ordinary,
    /// Pending until the person consents to its category; lapses if they never do.
    Sensitive,
}

/// Whether an attribute may be used now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// May be used.
    Active,
    /// Waits for the person's yes.
    Pending,
    /// Switched off by the person for now.
    Paused,
    /// A newer statement took its place or ended it.
    Superseded,
    /// The person said it is not true.
    Rejected,
}

/// Where an attribute comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// Said by the person in so many words.
    Stated,
    /// Follows from what the person said; `pending` until they confirm.
    Inferred,
    /// Entered by the person.
    Entered,
    /// Brought along from an export.
    Imported,
}

/// What the person allows an attribute to be used for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Usage {
    /// Used where it changes the answer.
    #[default]
    Auto,
    /// Kept, never used.
    Never,
    /// Not used without being asked for; withheld, and named in the receipt.
    AlwaysAsk,
}

wire_names!(Status { Active => "active", Pending => "pending", Paused => "paused", Superseded => "superseded", Rejected => "rejected" });
wire_names!(Basis { Stated => "stated", Inferred => "inferred", Entered => "entered", Imported => "imported" });
