//! What a person allows.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Category, names::wire_names};

/// How far personalization goes.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Neither learn nor use.
    Off,
    /// Learn, never use.
    Observe,
    /// Learn and use.
    #[default]
    On,
}

wire_names!(Mode { Off => "off", Observe => "observe", On => "on" });

/// What a person allows. Nothing set: the operator's defaults.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// The most that may be done for this person; an app's header can lower it, never raise it.
    pub mode: Option<Mode>,
    /// Whether anything new may be learned.
    pub learn: bool,
    /// The sensitive categories the person consents to have held and used.
    pub sensitive_categories: Vec<Category>,
    /// Domains whose attributes may be used outside of them.
    pub shared_domains: Vec<String>,
    /// How long receipts are kept, days; none: the operator's `retention.uses_days`.
    pub retention_days: Option<u32>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            mode: None,
            learn: true,
            sensitive_categories: Vec::new(),
            shared_domains: Vec::new(),
            retention_days: None,
        }
    }
}

impl Settings {
    /// The mode of one request: the lowest of what the person, the app's header and the operator say.
    ///
    /// The operator's default counts only where neither the person nor the app said anything.
    #[must_use]
    pub fn mode(&self, asked: Option<Mode>, default: Mode) -> Mode {
        match (self.mode, asked) {
            (Some(person), Some(app)) => person.min(app),
            (Some(mode), None) | (None, Some(mode)) => mode,
            (None, None) => default,
        }
    }

    /// Whether the person consented to this category, or it needs no consent.
    #[must_use]
    pub fn consents_to(&self, category: Category) -> bool {
        !category.is_sensitive() || self.sensitive_categories.contains(&category)
    }
}

impl Mode {
    /// Whether the person's words may be learned from.
    #[must_use]
    pub const fn learns(self) -> bool {
        !matches!(self, Self::Off)
    }

    /// Whether what is held may be used.
    #[must_use]
    pub const fn uses(self) -> bool {
        matches!(self, Self::On)
    }
}
