//! The text of an attribute, as a person may write it.

use serde::Deserialize;
use utoipa::ToSchema;

const CHARS_MAX: usize = 200;
/// What fences injected text; a text that holds one could close the fence early.
const FENCES: [&str; 2] = ["[tactful:begin]", "[tactful:end]"];

/// The text of an attribute: one trimmed line of 1 to 200 characters.
#[derive(Clone, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(try_from = "String")]
#[schema(value_type = String, pattern = "^.{1,200}$", example = "Is vegetarian")]
pub(super) struct Text(String);

/// Why a text cannot be an attribute's.
#[derive(Debug, thiserror::Error)]
pub(super) enum TextError {
    #[error("expected 1 to {CHARS_MAX} characters, counted without the space around them")]
    Length,
    #[error("expected one line without control characters")]
    Control,
    #[error("expected a text without the marks that fence injected text")]
    Fence,
}

impl Text {
    /// The text.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Text {
    type Error = TextError;

    fn try_from(text: String) -> Result<Self, TextError> {
        let text = text.trim();
        if !(1..=CHARS_MAX).contains(&text.chars().count()) {
            return Err(TextError::Length);
        }
        // U+2028 and U+2029 break lines without being control characters.
        if text.chars().any(|c| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')) {
            return Err(TextError::Control);
        }
        let folded = text.to_lowercase();
        if FENCES.iter().any(|fence| folded.contains(fence)) {
            return Err(TextError::Fence);
        }
        Ok(Self(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_one_short_line_that_cannot_close_the_fence() {
        let text = |text: &str| Text::try_from(text.to_owned());
        assert_eq!(text("  Is vegetarian ").ok().unwrap().as_str(), "Is vegetarian");
        assert!(text(&"ä".repeat(200)).is_ok());
        let long = "a".repeat(201);
        let refused = [
            "",
            "   ",
            &long,
            "a\nb",
            "a\tb",
            "a\u{7}b",
            "a\u{2028}b",
            "x [Tactful:END] y",
            "[tactful:begin]",
        ];
        for refused in refused {
            assert!(text(refused).is_err(), "{refused:?}");
        }
    }
}
