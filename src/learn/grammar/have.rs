//! "I have …": family, animals, conditions, degrees, experience, things; and "I have been …".

use super::{Reading, draft, is_number, is_plain_object, low, noun_phrase, skipping};
use crate::{
    learn::{Refusal, lexicon, sensitive::sensitive, tokens::Token},
    person::Category,
};

/// Doings that last when someone has long been at them.
const LASTING: &[(&str, Category)] = &[
    ("learning", Category::Skill),
    ("studying", Category::Education),
    ("playing", Category::Interest),
    ("working", Category::Occupation),
    ("teaching", Category::Occupation),
    ("living", Category::Location),
    ("practicing", Category::Interest),
    ("practising", Category::Interest),
    ("training", Category::Interest),
    ("going to the gym", Category::Interest),
    ("working out", Category::Interest),
    ("running", Category::Interest),
    ("cycling", Category::Interest),
    ("climbing", Category::Interest),
    ("coding", Category::Skill),
    ("programming", Category::Skill),
    ("cooking", Category::Interest),
    ("baking", Category::Interest),
    ("gardening", Category::Interest),
    ("painting", Category::Interest),
    ("drawing", Category::Interest),
    ("knitting", Category::Interest),
    ("collecting", Category::Interest),
    ("suffering", Category::Health),
    ("dating", Category::Family),
    ("married", Category::Family),
    ("vegetarian", Category::Diet),
    ("vegan", Category::Diet),
    ("sober", Category::Health),
    ("diagnosed", Category::Health),
    ("convicted", Category::CriminalRecord),
    ("arrested", Category::CriminalRecord),
];

/// Reads what follows "I have".
pub(super) fn read(turn: &str, tokens: &[Token]) -> Reading {
    let rest = skipping(tokens, &["got", "also", "currently", "already", "always"]);
    match low(rest, 0) {
        "been" => return been(turn, &rest[1..]),
        "worked"
            if matches!(low(rest, 1), "as" | "at" | "for" | "in")
                && rest.iter().any(|token| token.low.starts_with("year")) =>
        {
            return draft(turn, "Has", rest, Category::Occupation, 0.88);
        }
        "to" if matches!(low(rest, 1), "avoid" | "eat")
            && rest.len() <= 6
            && is_plain_object(&rest[2..]) =>
        {
            return draft(turn, "Has", rest, Category::Diet, 0.8);
        }
        "to" => return Some(Err(Refusal::Task)),
        "lived" if low(rest, 1) == "in" => {
            return draft(turn, "Has", rest, Category::Location, 0.85);
        }
        "loved" | "liked" | "wanted" | "hated"
            if low(tokens, 0) == "always" && is_plain_object(&rest[1..]) =>
        {
            return draft(turn, "Has always", rest, Category::Preference, 0.85);
        }
        "not" | "never" => {
            let been = low(rest, 1) == "been" && matches!(low(rest, 2), "to" | "outside");
            return if been && rest.get(3).is_some_and(|token| token.capital) {
                draft(turn, "Has", rest, Category::Other, 0.8)
            } else {
                Some(Err(Refusal::Task))
            };
        }
        _ => {}
    }
    thing(turn, "Has", rest)
}

/// A thing or a being somebody has: what stands at the head of the phrase decides.
pub(super) fn thing(turn: &str, head: &str, tokens: &[Token]) -> Reading {
    let determined = matches!(low(tokens, 0), "a" | "an" | "no" | "my" | "one" | "1")
        || is_number(low(tokens, 0));
    let after = if determined { &tokens[1..] } else { tokens };
    let phrase = &after[..noun_phrase(after)];
    let Some(noun) = phrase.last() else { return Some(Err(Refusal::Vague)) };
    let noun = noun.low.as_str();
    let has = |words: &[&str]| phrase.iter().any(|token| words.contains(&token.low.as_str()));
    let next = &after[phrase.len()..];
    if matches!(noun, "friend" | "friends")
        || phrase.iter().any(|token| token.low == "friend")
            && phrase.last().is_some_and(|token| token.capital)
    {
        return friend(turn, head, tokens, phrase, next);
    }
    if lexicon::KIN.contains(&noun) || lexicon::PETS.contains(&noun) {
        // "a friend's dog" and "a dog problem" end in other heads; "of my friend" is somebody else's.
        let others = low(next, 0) == "of" || (low(tokens, 0) == "a" && phrase.len() > 5);
        // What they are like is theirs; how many they are and what they are called is kept.
        let known = matches!(low(next, 0), "and" | "named" | "called" | "aged" | "," | "from");
        let end = if known { tokens.len() } else { tokens.len() - next.len() };
        return if others {
            Some(Err(Refusal::OtherPerson))
        } else {
            draft(turn, head, &tokens[..end], Category::Family, 0.92)
        };
    }
    if has(lexicon::DEGREES) && determined_degree(noun, next) {
        return draft(turn, head, tokens, Category::Education, 0.92);
    }
    if noun == "experience" || (noun == "years" && low(next, 0) == "of") {
        let named = tokens.iter().any(|token| matches!(token.low.as_str(), "in" | "with" | "as"))
            || phrase.len() > 1;
        let counted = tokens.iter().any(|token| token.low.starts_with("year"));
        return if named
            && (counted || low(next, 0) == "in" || low(next, 0) == "with" || low(next, 0) == "as")
        {
            draft(turn, head, tokens, Category::Skill, 0.85)
        } else {
            Some(Err(Refusal::Vague))
        };
    }
    // "I have gained weight", "I have read it": done, not had.
    if !determined && phrase.first().is_some_and(|token| is_participle(&token.low)) {
        return Some(Err(Refusal::Task));
    }
    if noun == "sleeping"
        || (has(&["trouble", "difficulty", "difficulties"])
            && matches!(
                noun,
                "hearing" | "seeing" | "walking" | "reading" | "concentrating" | "breathing"
            ))
    {
        return draft(turn, head, tokens, Category::Health, 0.85);
    }
    let words = phrase.iter().map(|token| token.low.as_str()).collect::<Vec<_>>().join(" ");
    if let Some(category) = sensitive(&words) {
        let asks = matches!(
            noun,
            "question"
                | "questions"
                | "story"
                | "essay"
                | "assignment"
                | "exam"
                | "test"
                | "project"
                | "idea"
                | "problem"
                | "list"
                | "data"
                | "dataset"
                | "patient"
                | "client"
                | "student"
        );
        return if asks {
            Some(Err(Refusal::Task))
        } else {
            draft(turn, head, tokens, category, 0.88)
        };
    }
    if determined
        && phrase.len() <= 6
        && !has(&["my", "your"])
        && phrase.iter().any(|token| token.capital && lexicon::BRANDS.contains(&token.low.as_str()))
    {
        return draft(turn, head, &tokens[..tokens.len() - next.len()], Category::Possession, 0.8);
    }
    if lexicon::BELONGINGS.contains(&noun)
        && (determined || phrase.len() == 1)
        && phrase.len() <= 5
        && !has(&["my", "your"])
        && low(tokens, 0) != "no"
    {
        // "a website that does not load": what follows tells of a trouble, not of the thing.
        let trouble = matches!(
            low(next, 0),
            "that"
                | "which"
                | "where"
                | "with"
                | "and"
                | "in"
                | "but"
                | ","
                | "is"
                | "to"
                | "for"
                | "called"
                | "who"
                | "on"
                | "of"
                | "by"
        );
        let bare = trouble && !matches!(low(next, 0), "and" | "," | "with");
        return if bare {
            Some(Err(Refusal::Task))
        } else {
            draft(turn, head, tokens, Category::Possession, 0.8)
        };
    }
    Some(Err(
        if matches!(low(tokens, 0), "a" | "an" | "the" | "some") || is_number(low(tokens, 0)) {
            Refusal::Task
        } else {
            Refusal::Vague
        },
    ))
}

fn is_participle(word: &str) -> bool {
    word.ends_with("ed") && word.len() > 3
        || matches!(
            word,
            "bought"
                | "seen"
                | "read"
                | "had"
                | "made"
                | "done"
                | "lost"
                | "found"
                | "gotten"
                | "taken"
                | "gone"
                | "heard"
                | "written"
                | "come"
                | "put"
                | "set"
                | "built"
                | "begun"
                | "chosen"
                | "given"
                | "become"
        )
}

/// A friend is worth a note when there is a name.
fn friend(turn: &str, head: &str, tokens: &[Token], phrase: &[Token], next: &[Token]) -> Reading {
    let end = tokens.len() - next.len();
    if phrase.last().is_some_and(|token| token.capital) {
        return draft(turn, head, &tokens[..end], Category::Family, 0.8);
    }
    let named = matches!(low(next, 0), "named" | "called")
        && next.get(1).is_some_and(|token| token.capital);
    if named {
        draft(turn, head, tokens, Category::Family, 0.8)
    } else {
        Some(Err(Refusal::OtherPerson))
    }
}

/// Whether a phrase with a degree in it names what was studied.
fn determined_degree(noun: &str, next: &[Token]) -> bool {
    lexicon::DEGREES.contains(&noun)
        && (matches!(low(next, 0), "in" | "from" | "of" | "" | "." | "," | "and"))
}

/// Reads what follows "I have been".
fn been(turn: &str, tokens: &[Token]) -> Reading {
    let rest = skipping(tokens, &["a", "an"]);
    let lasts = |words: &[&str]| tokens.iter().any(|token| words.contains(&token.low.as_str()));
    let counted = lasts(&["years", "year", "months", "decade", "decades", "since"]);
    if let Some(&(_, category)) =
        LASTING.iter().find(|(doing, _)| crate::learn::tokens::starts(rest, doing))
    {
        let on_it = low(rest, 1) == "on" || matches!(low(rest, 1), "this" | "the");
        let plain = counted || is_plain_object(&rest[1..]);
        return if on_it || !plain {
            Some(Err(Refusal::Task))
        } else {
            draft(turn, "Has been", tokens, category, if counted { 0.92 } else { 0.8 })
        };
    }
    let person = rest.iter().take(5).any(|token| lexicon::is_person_noun(&token.low));
    if counted && person && rest.len() < tokens.len() {
        return draft(turn, "Has been", tokens, Category::Occupation, 0.88);
    }
    Some(Err(Refusal::Task))
}
