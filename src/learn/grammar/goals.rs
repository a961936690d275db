//! "I want to …": what a person works toward, told from what this one request is for.

use super::{Reading, draft, low};
use crate::{
    learn::{
        Refusal, lexicon,
        tokens::{Token, starts},
    },
    person::Category,
};

/// Doings that take months or a life, in the words people use.
const LASTING: &[&str] = &[
    "lose weight",
    "gain weight",
    "build muscle",
    "get fit",
    "get in shape",
    "get into shape",
    "stop smoking",
    "quit smoking",
    "quit drinking",
    "stop drinking",
    "become a",
    "become an",
    "become fluent",
    "become more",
    "run a marathon",
    "run a half",
    "retire",
    "travel the world",
    "buy a house",
    "buy a home",
    "buy my first",
    "start a business",
    "start my own",
    "start a family",
    "have children",
    "have kids",
    "write a novel",
    "write a book",
    "live in",
    "live abroad",
    "move to",
    "move abroad",
    "emigrate",
    "immigrate",
    "study abroad",
    "study in",
    "work abroad",
    "change careers",
    "switch careers",
    "get a degree",
    "get a phd",
    "get my degree",
    "go to college",
    "go to university",
    "go to medical",
    "build a career",
    "pursue a career",
    "make a career",
    "pursue a",
    "save for",
    "be a",
    "be an",
    "be fluent",
    "be a better",
    "pay off",
    "get married",
    "get promoted",
    "own a",
    "open a restaurant",
    "open a bakery",
    "open my own",
    "visit",
    "learn how to",
    "climb",
    "help people",
    "improve my",
    "adopt a",
];

/// Reads what follows "I want to", "my goal is to". `head` begins the predicate.
pub(super) fn read(turn: &str, head: &str, tokens: &[Token]) -> Reading {
    if lasts(tokens) {
        draft(turn, head, tokens, Category::Goal, 0.78)
    } else {
        Some(Err(Refusal::Task))
    }
}

fn lasts(tokens: &[Token]) -> bool {
    if low(tokens, 0) == "learn" {
        let object = low(tokens, 1);
        if object == "about" {
            return tokens.len() <= 5 && super::is_plain_object(&tokens[2..]);
        }
        let instrument = tokens.iter().take(4).any(|token| {
            matches!(
                token.low.as_str(),
                "guitar" | "piano" | "violin" | "drums" | "chess" | "cello" | "ukulele"
            )
        });
        return lexicon::LANGUAGES.contains(&object)
            || instrument
            || (tokens.get(1).is_some_and(|token| token.capital) && tokens.len() <= 5);
    }
    if starts(tokens, "improve my") {
        let skill = low(tokens, 2);
        return lexicon::LANGUAGES.contains(&skill)
            || matches!(
                skill,
                "health"
                    | "fitness"
                    | "writing"
                    | "vocabulary"
                    | "pronunciation"
                    | "level"
                    | "sleep"
                    | "diet"
                    | "running"
                    | "chess"
            )
            || low(tokens, 3) == "skills";
    }
    if starts(tokens, "be a")
        || starts(tokens, "be an")
        || starts(tokens, "become a")
        || starts(tokens, "become an")
    {
        return tokens.iter().take(7).skip(2).any(|token| lexicon::is_person_noun(&token.low));
    }
    if low(tokens, 0) == "visit" {
        return tokens.get(1).is_some_and(|token| token.capital);
    }
    LASTING.iter().any(|doing| starts(tokens, doing))
}
