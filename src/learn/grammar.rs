//! The grammar: from one clause in the first person to a predicate in the third, or the reason there is none.
//!
//! One file per kind of clause; each reads tokens from the left and knows the words it accepts. What no pattern
//! knows is left alone: a statement not learned can be said again, junk has to be found and deleted.

mod am;
mod answers;
pub(super) mod close;
mod goals;
mod have;
mod my;
pub(super) mod over;
mod plain;
mod verbs;

use super::{
    Refusal, Source,
    clauses::Clause,
    lexicon,
    retell::{capitalised, retell},
    tokens::{Token, leading},
};
use crate::{
    language,
    person::{Basis, Category},
};

/// What a clause says, before anyone has checked it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Draft {
    /// A predicate without a subject.
    pub text: String,
    /// What the pattern says it is about; sensitive words overrule it.
    pub category: Category,
    /// Said in so many words, or following from them.
    pub basis: Basis,
    /// How often this pattern is right, roughly.
    pub confidence: f32,
    /// What found it.
    pub source: Source,
}

/// What a pattern makes of a clause: nothing it knows, a draft, or a refusal worth counting.
pub(super) type Reading = Option<Result<Draft, Refusal>>;

/// The longest predicate, in tokens; what is longer is a story, not an attribute.
const TOKENS_MAX: usize = 24;

/// Reads one clause, its lead-in left off: by the patterns, or, where none takes it, as any statement.
pub(super) fn read(turn: &str, tokens: &[Token], clause: &Clause) -> Reading {
    let known = by_pattern(turn, tokens, clause);
    let doubt = match known {
        None => None,
        // Of tastes the patterns know what is too little: "I prefer the second", "I like it more".
        Some(Err(Refusal::Vague)) if tokens.iter().take(4).any(verbs::is_taste) => return known,
        Some(Err(doubt @ (Refusal::Task | Refusal::Vague))) => Some(doubt),
        Some(_) => return known,
    };
    let plain = match clause.inherits {
        _ if !clause.is_free => None,
        true => plain::predicate(turn, tokens),
        false => plain::read(turn, tokens),
    };
    match plain {
        Some(Ok(draft)) => Some(Ok(Draft { source: Source::Plain(doubt), ..draft })),
        _ => known,
    }
}

fn by_pattern(turn: &str, tokens: &[Token], clause: &Clause) -> Reading {
    let inherits = clause.inherits;
    let words: Vec<&str> = tokens.iter().take(3).map(|token| token.low.as_str()).collect();
    match words[..] {
        ["i", "am", ..] => am::read(turn, &tokens[2..]),
        ["i", "have", ..] => have::read(turn, &tokens[2..]),
        ["i", ..] => verbs::read(turn, &tokens[1..]),
        [adverb, "i", ..] if verbs::is_habit_adverb(adverb) => {
            // "Usually I cook": the adverb belongs to the verb.
            let moved: Vec<Token> =
                std::iter::once(&tokens[0]).chain(&tokens[2..]).cloned().collect();
            verbs::read(turn, &moved)
        }
        ["my", ..] => my::read(turn, &tokens[1..]),
        ["as" | "being", "a" | "an", ..] if clause.leads => am::role(turn, &tokens[1..]),
        ["am", ..] if inherits => am::read(turn, &tokens[1..]),
        ["have", ..] if inherits => have::read(turn, &tokens[1..]),
        [_, ..] if inherits => verbs::read(turn, tokens),
        _ => answers::read(turn, tokens).or_else(|| my::inverted(turn, tokens)),
    }
}

/// A draft that reads `head` and then the words as they were said, if those stand alone.
fn draft(turn: &str, head: &str, object: &[Token], category: Category, confidence: f32) -> Reading {
    let object = trimmed(object);
    if let Err(refusal) = stands_alone(object) {
        return Some(Err(refusal));
    }
    let told = retell(turn, object);
    let space = if head.is_empty() || told.is_empty() { "" } else { " " };
    let text = capitalised(&format!("{head}{space}{told}"));
    Some(Ok(Draft { text, category, basis: Basis::Stated, confidence, source: Source::Pattern }))
}

/// Words that mean nothing at the end of a statement.
#[rustfmt::skip]
const TRAILING: &[&str] = &[
    "too", "also", "please", "thanks", "btw", "and", "so", "well", "as", "though", "lol", "tbh", "ngl", "imo",
    "haha", "actually", "right", "now", "or", "but", "anyway", "currently", "with", "for", "because",
    "already", "though", "yet", "then", "cough", "hehe", "hahaha", "lmao", "rofl", "hmm", "ok", "okay",
];

/// The tokens without what only closes the statement. "Right now" stays: it says that the statement passes.
fn trimmed(mut tokens: &[Token]) -> &[Token] {
    while let [rest @ .., last] = tokens {
        let word = last.low.as_str();
        let mark = !word.starts_with(char::is_alphanumeric) && !matches!(word, "%" | "+" | "#");
        let right_now = word == "now" && rest.last().is_some_and(|token| token.low == "right");
        if last.at.is_empty() || right_now || !(mark || TRAILING.contains(&word)) {
            break;
        }
        tokens = rest;
    }
    tokens
}

/// Whether words mean the same to somebody who has not read what stood before and after them.
fn stands_alone(tokens: &[Token]) -> Result<(), Refusal> {
    if tokens.len() > TOKENS_MAX {
        return Err(Refusal::Vague);
    }
    for (at, token) in tokens.iter().enumerate() {
        // "next to the sea" is a place.
        if token.low == "next" && low(tokens, at + 1) == "to" {
            continue;
        }
        // "this year" says how long, and the statement ends with it.
        if token.low == "this" && lexicon::PERIODS.contains(&low(tokens, at + 1)) {
            continue;
        }
        let written_small = !token.capital;
        match token.low.as_str() {
            "this" | "these" | "those" | "there" | "here" | "it" | "he" | "she" | "him" | "her"
            | "you" | "your" | "above" | "below" | "following" | "yours" | "they" | "them"
            | "something" | "anything" | "someone" | "below-mentioned" | "it's" | "that's"
            | "he's" | "she's"
                if written_small =>
            {
                return Err(Refusal::Vague);
            }
            word if lexicon::PASSING.contains(&word) => return Err(Refusal::Transient),
            _ => {}
        }
    }
    Ok(())
}

/// Whether an object can be liked, played or wished for by itself: no pointing word first, and some content.
fn is_plain_object(tokens: &[Token]) -> bool {
    let tokens = trimmed(tokens);
    let Some(first) = tokens.first() else { return false };
    let pointing = (lexicon::POINTING.contains(&first.low.as_str()) && !first.capital)
        || matches!(
            first.low.as_str(),
            "the" | "a" | "an" | "," | "." | "?" | "!" | "\"" | "'" | "“"
        );
    !pointing && tokens.iter().any(has_content)
}

fn has_content(token: &Token) -> bool {
    token.low.chars().any(char::is_alphabetic)
        && !language::is_stop_word(&token.low)
        && !lexicon::POINTING.contains(&token.low.as_str())
}

/// How many tokens the noun phrase takes that comes next: up to a preposition, a clause or a mark.
fn noun_phrase(tokens: &[Token]) -> usize {
    #[rustfmt::skip]
    const ENDS: &[&str] = &[
        "with", "of", "for", "in", "at", "on", "to", "from", "who", "that", "which", "about", "by", "and",
        "or", "but", "where", "when", "named", "called", "because", "as", "into", "than", "whose", "is",
        "are", "was", "over", "under", "between", "after", "before", "since", "through", "using", "looking",
        "living", "working", "trying", "i", "where", "near", "based", "studying", "if", "so", "like",
        "currently", "aged", "not",
    ];
    tokens
        .iter()
        .position(|token| {
            ENDS.contains(&token.low.as_str())
                || !token
                    .low
                    .chars()
                    .next()
                    .is_some_and(|char| char.is_alphanumeric() || char == '$')
        })
        .unwrap_or(tokens.len())
}

/// The tokens after any of these words, however many there are.
fn skipping<'a>(mut tokens: &'a [Token], words: &[&str]) -> &'a [Token] {
    while let Some(count) = leading(tokens, words) {
        tokens = &tokens[count..];
    }
    tokens
}

/// Whether a token is a number of any writing.
fn is_number(word: &str) -> bool {
    word.starts_with(|char: char| char.is_ascii_digit()) || lexicon::NUMBERS.contains(&word)
}

/// The word at a place, or nothing.
fn low(tokens: &[Token], at: usize) -> &str {
    tokens.get(at).map_or("", |token| token.low.as_str())
}
