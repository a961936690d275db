//! Checks a candidate against the turn it came from, by rules; `verifier` judges what passes.

use super::{Candidate, Refusal, secrets};
use crate::language;

/// The longest text of an attribute, in characters.
pub(super) const TEXT_CHARS_MAX: usize = 200;
/// The longest quote that is kept, in characters.
pub(super) const QUOTE_CHARS_MAX: usize = 500;

/// Whether a candidate may be held: its quote stands in the turn, it holds no secret, and it says something.
///
/// # Errors
/// With the reason when it may not.
pub fn verify(candidate: &Candidate, turn: &str) -> Result<(), Refusal> {
    if candidate.quote.is_empty()
        || !turn.contains(&candidate.quote)
        || candidate.quote.chars().count() > QUOTE_CHARS_MAX
    {
        return Err(Refusal::NoEvidence);
    }
    if secrets::holds_secret(&candidate.quote) || secrets::holds_secret(&candidate.text) {
        return Err(Refusal::Secret);
    }
    let too_long = candidate.text.chars().count() > TEXT_CHARS_MAX;
    let odd = candidate.text.chars().any(|char| {
        char.is_control() || matches!(char, '\u{fffd}' | '{' | '}' | '<' | '>' | '[' | ']' | '`')
    });
    let empty = language::content_stems(&candidate.text).next().is_none();
    if too_long || odd || empty { Err(Refusal::Vague) } else { Ok(()) }
}
