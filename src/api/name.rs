//! Names that apps give: of users and of raters.

use serde::Deserialize;
use utoipa::ToSchema;

const BYTES_MAX: usize = 256;

/// A name of 1 to 256 bytes. Personal: never logged.
#[derive(Clone, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(try_from = "String")]
#[schema(value_type = String, pattern = "^[\\s\\S]{1,256}$")]
pub(super) struct Name(String);

/// A text that is too short or too long to be a name.
#[derive(Debug, thiserror::Error)]
#[error("expected 1 to {BYTES_MAX} bytes")]
pub(super) struct NameError;

impl TryFrom<String> for Name {
    type Error = NameError;

    fn try_from(name: String) -> Result<Self, NameError> {
        if (1..=BYTES_MAX).contains(&name.len()) { Ok(Self(name)) } else { Err(NameError) }
    }
}

impl From<Name> for String {
    fn from(name: Name) -> Self {
        name.0
    }
}
