//! Names that apps give: of users and of raters.

use serde::Deserialize;
use utoipa::ToSchema;

const BYTES_MAX: usize = 256;

/// A name as the proxy reads it too: 1 to 256 bytes, no space around it, no control characters. Personal: never
/// logged.
#[derive(Clone, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(try_from = "String")]
#[schema(value_type = String, pattern = r"^[^\s\x00-\x1f\x7f-\x9f]([^\x00-\x1f\x7f-\x9f]{0,254}[^\s\x00-\x1f\x7f-\x9f])?$")]
pub(super) struct Name(String);

/// A text that is no name.
#[derive(Debug, thiserror::Error)]
#[error("expected 1 to {BYTES_MAX} bytes, no space around them, no control characters")]
pub(super) struct NameError;

impl TryFrom<String> for Name {
    type Error = NameError;

    fn try_from(name: String) -> Result<Self, NameError> {
        // The proxy trims: untrimmed names would be other people here.
        let is_name = (1..=BYTES_MAX).contains(&name.len())
            && name.trim() == name
            && !name.contains(char::is_control);
        if is_name { Ok(Self(name)) } else { Err(NameError) }
    }
}

impl From<Name> for String {
    fn from(name: Name) -> Self {
        name.0
    }
}
