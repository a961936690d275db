//! How the person wants to be answered: standing wishes, not the form of this one answer.

use super::{Draft, Reading, draft, low, skipping, trimmed};
use crate::{
    learn::{
        Refusal, Source,
        retell::retell,
        tokens::{Token, leading, starts},
    },
    person::{Basis, Category},
};

/// What marks a wish as a standing one.
#[rustfmt::skip]
const STANDING: &[&str] = &[
    "always", "never", "from now on", "in the future", "in future", "going forward", "every time",
    "by default",
];
/// What an answer is called when all of them are meant.
const ANSWERS: &[&str] = &["answers", "replies", "responses", "explanations"];
/// What one does when one answers.
#[rustfmt::skip]
const ANSWERING: &[&str] = &[
    "answer", "reply", "respond", "explain", "write to me", "talk to me", "speak to me", "answer me",
];
/// What can be used or kept out of answers.
#[rustfmt::skip]
const FORMS: &[&str] = &[
    "metric", "imperial", "celsius", "fahrenheit", "units", "emoji", "emojis", "bullet", "bullets",
    "markdown", "jargon", "spelling", "english", "british", "american", "sources", "citations", "examples",
    "tables", "headings", "24-hour", "language", "formal", "informal", "plain", "simple", "concise", "brief",
    "short", "pronouns", "analogies", "step-by-step", "latex",
];

/// Reads a clause that asks something of whoever answers.
pub(super) fn read(turn: &str, tokens: &[Token]) -> Reading {
    let rest = skipping(tokens, &["please", "pls", "can you", "could you", ","]);
    if starts(rest, "call me") && rest.get(2).is_some_and(|token| token.capital) && rest.len() <= 5
    {
        return draft(turn, "Wants to be called", &rest[2..], Category::AnswerStyle, 0.9);
    }
    let (standing, after) = standing(rest);
    let body = trimmed(after);
    if let Some(count) = leading(body, &["keep your", "keep the", "keep", "make your", "make"]) {
        let word = low(body, count);
        if ANSWERS.contains(&word) && body.len() > count + 1 && body.len() < count + 8 {
            return wants(turn, word, " to be", &body[count + 1..]);
        }
    }
    if !standing {
        return None;
    }
    if let Some(count) = leading(body, ANSWERING) {
        let object = skipping(&body[count..], &["me", "to me", "everything", "my questions"]);
        let manner = matches!(
            low(object, 0),
            "in" | "with" | "without" | "using" | "as" | "briefly" | "concisely" | "like"
        );
        return if manner && object.len() <= 12 && !plays(object) {
            wants(turn, "answers", "", object)
        } else {
            Some(Err(Refusal::Task))
        };
    }
    let unwanted = starts(body, "do not use") || starts(rest, "never use") || starts(body, "avoid");
    let object = skipping(body, &["do not", "use", "avoid", "include", "give me", "give", "cite"]);
    if object.len() < body.len()
        && object.len() <= 8
        && object.iter().any(|token| FORMS.contains(&token.low.as_str()))
    {
        return wants(
            turn,
            "answers",
            if unwanted { " without" } else { " with" },
            skipping(object, &["in your answers", "any"]),
        );
    }
    None
}

/// Reads what follows "I want", "I prefer", "I like" where answers are the object.
pub(super) fn wished(turn: &str, tokens: &[Token]) -> Reading {
    let rest = skipping(tokens, &["your", "all", "you to always", "to get", "getting"]);
    let at = rest.iter().take(4).position(|token| ANSWERS.contains(&token.low.as_str()))?;
    let word = &rest[at].low;
    let (before, after) = (&rest[..at], skipping(&rest[at + 1..], &["to be", "that are"]));
    if !before.is_empty() {
        return draft(turn, "Wants", rest, Category::AnswerStyle, 0.88);
    }
    if after.is_empty() || after.len() > 10 {
        Some(Err(Refusal::Vague))
    } else {
        wants(
            turn,
            word,
            if matches!(low(after, 0), "in" | "with" | "without") { "" } else { " to be" },
            after,
        )
    }
}

fn wants(turn: &str, answers: &str, how: &str, object: &[Token]) -> Reading {
    let object = trimmed(object);
    let text = format!("Wants {answers}{how} {}", retell(turn, object));
    Some(Ok(Draft {
        text,
        category: Category::AnswerStyle,
        basis: Basis::Stated,
        confidence: 0.85,
        source: Source::Pattern,
    }))
}

/// Whether a wish is a standing one, and what is wished.
fn standing(tokens: &[Token]) -> (bool, &[Token]) {
    match leading(tokens, STANDING) {
        Some(count) => {
            let rest = skipping(&tokens[count..], &[",", "please", "always"]);
            (true, rest)
        }
        None => (false, tokens),
    }
}

/// A manner that is a persona.
fn plays(tokens: &[Token]) -> bool {
    matches!(low(tokens, 0), "as" | "like")
        || tokens
            .iter()
            .any(|token| matches!(token.low.as_str(), "character" | "role" | "persona" | "tag"))
}
