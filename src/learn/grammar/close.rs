//! Those close by, named in passing: "a gift for my wife", "why does my sister Ana …".
//!
//! What is said of them is theirs and stays out; that there is such a person or animal follows from the words. It is
//! an inference all the same, so it waits for the person's yes.

use super::{Draft, low};
use crate::{
    learn::{Source, lexicon, tokens::Token},
    person::{Basis, Category},
};

/// Kin whom not everybody has, in the words that name one of them.
#[rustfmt::skip]
const CLOSE: &[&str] = &[
    "wife", "husband", "girlfriend", "boyfriend", "fiance", "fiancé", "fiancee", "fiancée", "spouse", "son",
    "daughter", "kids", "children", "sons", "daughters", "toddler", "twins", "grandson", "granddaughter",
    "grandkids", "stepson", "stepdaughter", "dog", "dogs", "cat", "cats", "puppy", "kitten", "horse",
    "rabbit", "hamster", "parrot",
];
/// Kin worth a note once they have a name.
const NAMED: &[&str] =
    &["sister", "brother", "cousin", "niece", "nephew", "friend", "partner", "roommate"];
/// Words beside which nobody may be there any more, or yet.
#[rustfmt::skip]
const GONE: &[&str] = &[
    "died", "dead", "passed", "late", "deceased", "lost", "ex", "former", "future", "imaginary", "buried",
    "dream", "fictional", "divorced", "widow",
];
/// What may stand between "my" and the one who is meant.
#[rustfmt::skip]
const PLAIN: &[&str] = &[
    "old", "oldest", "eldest", "older", "younger", "youngest", "little", "big", "twin", "best", "two",
    "three", "dear", "lovely", "beautiful", "new",
];

/// The first one close by whom a sentence names in passing, with the place of the words.
pub(in crate::learn) fn read(tokens: &[Token]) -> Option<(Draft, std::ops::Range<usize>)> {
    if tokens.len() > 45 || tokens.iter().any(|token| GONE.contains(&token.low.as_str())) {
        return None;
    }
    tokens
        .iter()
        .enumerate()
        .filter(|(_, token)| token.low == "my")
        .find_map(|(my, _)| one(tokens, my))
}

fn one(tokens: &[Token], my: usize) -> Option<(Draft, std::ops::Range<usize>)> {
    let after = &tokens[my + 1..];
    let between = after
        .iter()
        .take(4)
        .take_while(|token| PLAIN.contains(&token.low.as_str()) || is_age(&token.low))
        .count();
    let who = after.get(between)?;
    let noun = who.low.as_str();
    if who.capital {
        return None;
    }
    let rest = &after[between + 1..];
    let (name, words) = match (low(rest, 0), low(rest, 1), low(rest, 2)) {
        ("named" | "called", ..) => (rest.get(1), 2),
        ("whose", "name", "is") => (rest.get(3), 4),
        (",", ..) if low(rest, 2) == "," => (rest.get(1), 2),
        _ => (rest.first(), 1),
    };
    let name = name.filter(|name| {
        name.capital
            && name.low.len() > 2
            && !lexicon::NATIONALITIES.contains(&name.low.as_str())
            && !name.low.ends_with("'s")
    });
    let known = CLOSE.contains(&noun) || (NAMED.contains(&noun) && name.is_some());
    // "my dog food", "my son's school": somebody or something else.
    let alone =
        name.is_some() || rest.first().is_none_or(|token| lexicon::follows_noun(&token.low));
    if !known || !alone {
        return None;
    }
    let many = (noun.ends_with('s') && noun != "boss") || noun == "children";
    let article = if many { "" } else { "a " };
    let called =
        name.map_or_else(String::new, |name| format!(" named {}", super::capitalised(&name.low)));
    let draft = Draft {
        text: format!("Has {article}{noun}{called}"),
        category: Category::Family,
        basis: Basis::Inferred,
        confidence: 0.7,
        source: Source::Pattern,
    };
    let end = my + 2 + between + if name.is_some() { words } else { 0 };
    Some((draft, my..end.min(tokens.len())))
}

fn is_age(word: &str) -> bool {
    word.starts_with(|char: char| char.is_ascii_digit())
        || matches!(word, "year" | "years" | "month" | "months")
}
