//! "My … is …": names, trades, favourites, hobbies.

use super::{Reading, draft, goals, is_plain_object, low, noun_phrase, trimmed};
use crate::{
    learn::{
        Refusal,
        retell::retell,
        tokens::{Token, starts},
    },
    person::Category,
};

/// What can be said of a person as "my … is", what it is about, and how the predicate begins.
const TRAITS: &[(&str, Category, &str)] = &[
    ("name", Category::Identity, "Is named"),
    ("first name", Category::Identity, "Is named"),
    ("nickname", Category::Identity, "Goes by"),
    ("pronouns", Category::Identity, "Has the pronouns"),
    ("job", Category::Occupation, "Works as"),
    ("occupation", Category::Occupation, "Works as"),
    ("profession", Category::Occupation, "Works as"),
    ("job title", Category::Occupation, "Works as"),
    ("major", Category::Education, "Majors in"),
    ("native language", Category::Language, "Has as native language"),
    ("mother tongue", Category::Language, "Has as mother tongue"),
    ("first language", Category::Language, "Has as first language"),
    ("hometown", Category::Location, "Comes from"),
    ("hobby", Category::Interest, "Has as hobby"),
    ("hobbies", Category::Interest, "Has as hobbies"),
    ("interests", Category::Interest, "Has as interests"),
    ("passion", Category::Interest, "Has as passion"),
    ("nationality", Category::Identity, "Has the nationality"),
    ("age", Category::Identity, "Has the age"),
    ("height", Category::Identity, "Has the height"),
    ("weight", Category::Health, "Has the weight"),
    ("blood type", Category::Health, "Has the blood type"),
    ("religion", Category::Religion, "Has the religion"),
    ("salary", Category::Finance, "Has the salary"),
    ("income", Category::Finance, "Has the income"),
    ("ethnicity", Category::Ethnicity, "Has the ethnicity"),
];

/// Reads what follows "my".
pub(super) fn read(turn: &str, tokens: &[Token]) -> Reading {
    if matches!(low(tokens, 0), "favorite" | "favourite" | "fav" | "favorites") {
        return favourite(turn, tokens);
    }
    if matches!(low(tokens, 0), "goal" | "dream" | "aim" | "ambition")
        && starts(&tokens[1..], "is to")
    {
        return goals::read(turn, "Wants to", &tokens[3..]);
    }
    for &(name, category, head) in TRAITS {
        let count = name.split(' ').count();
        if starts(tokens, name)
            && matches!(low(tokens, count), "is" | "are" | "include" | "includes" | "'s" | ":")
        {
            return quality(turn, head, category, &tokens[count + 1..]);
        }
    }
    if starts(tokens, "name's") {
        return quality(turn, "Is named", Category::Identity, &tokens[1..]);
    }
    None
}

fn quality(turn: &str, head: &str, category: Category, object: &[Token]) -> Reading {
    let object = match low(object, 0) {
        "also" | "currently" => &object[1..],
        _ => object,
    };
    if low(object, 0) == "not" {
        return Some(Err(Refusal::Vague));
    }
    let name = head == "Is named";
    // "my name is ana": typed in haste, one word and nothing else.
    let hasty = trimmed(object).len() == 1;
    let taken = if name && !hasty {
        object.iter().position(|token| !token.capital || token.low == "i").unwrap_or(object.len())
    } else {
        object.len()
    };
    let mut object = trimmed(&object[..taken]);
    if name && object.is_empty() {
        return Some(Err(Refusal::Vague));
    }
    if name && object.len() > 4 {
        object = &object[..4];
    }
    if object.is_empty()
        || (!name && !is_plain_object(object) && !matches!(low(object, 0), "a" | "an" | "the"))
            && !super::is_number(low(object, 0))
    {
        return Some(Err(Refusal::Vague));
    }
    let head = if head == "Works as" && low(object, 0) == "to" { "Has the job" } else { head };
    draft(turn, head, object, category, 0.92)
}

/// "Ratatouille is my favourite film".
pub(super) fn inverted(turn: &str, tokens: &[Token]) -> Reading {
    let is = tokens.iter().take(7).position(|token| token.low == "is")?;
    if low(tokens, is + 1) != "my" || !matches!(low(tokens, is + 2), "favorite" | "favourite") {
        return None;
    }
    let (object, what) = (&tokens[..is], &tokens[is + 3..]);
    let what = &what[..noun_phrase(what)];
    if !object.first().is_some_and(|token| token.capital)
        || !is_plain_object(object)
        || what.is_empty()
        || what.len() > 3
        || low(what, 0) == "part"
    {
        return Some(Err(Refusal::Vague));
    }
    draft(turn, &format!("Favourite {} is", retell(turn, what)), object, Category::Preference, 0.85)
}

/// "my favourite colour is blue".
fn favourite(turn: &str, tokens: &[Token]) -> Reading {
    let is = tokens.iter().take(8).position(|token| matches!(token.low.as_str(), "is" | "are"))?;
    let (what, object) = (&tokens[1..is], &tokens[is + 1..]);
    if what.is_empty()
        || !is_plain_object(object) && !matches!(low(object, 0), "the" | "a" | "an")
        || what.iter().any(|token| matches!(token.low.as_str(), "part" | "one" | "thing"))
    {
        return Some(Err(Refusal::Vague));
    }
    draft(turn, "Favourite", &tokens[1..], Category::Preference, 0.92)
}
