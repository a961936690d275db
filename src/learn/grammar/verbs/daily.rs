//! Tastes and habits: "I love jazz", "I never eat fish".

use super::{super::skipping, Reading, Say, answers, is_plain_object, low};
use crate::{learn::Refusal, person::Category};

/// Doings of everyday life: a habit when told in the present.
pub(super) const HABITS: &[(&str, Category)] = &[
    ("play", Category::Interest),
    ("listen", Category::Interest),
    ("watch", Category::Interest),
    ("read", Category::Interest),
    ("run", Category::Interest),
    ("swim", Category::Interest),
    ("cycle", Category::Interest),
    ("bike", Category::Interest),
    ("hike", Category::Interest),
    ("ski", Category::Interest),
    ("surf", Category::Interest),
    ("dance", Category::Interest),
    ("sing", Category::Interest),
    ("paint", Category::Interest),
    ("knit", Category::Interest),
    ("sew", Category::Interest),
    ("garden", Category::Interest),
    ("collect", Category::Interest),
    ("walk", Category::Interest),
    ("jog", Category::Interest),
    ("camp", Category::Interest),
    ("fish", Category::Interest),
    ("shop", Category::Preference),
    ("meditate", Category::Interest),
    ("volunteer", Category::Interest),
    ("travel", Category::Interest),
    ("exercise", Category::Interest),
    ("cook", Category::Interest),
    ("bake", Category::Interest),
    ("eat", Category::Diet),
    ("drink", Category::Diet),
    ("avoid", Category::Diet),
    ("fast", Category::Diet),
    ("drive", Category::Possession),
    ("commute", Category::Occupation),
    ("wear", Category::Preference),
    ("smoke", Category::Health),
    ("vape", Category::Health),
    ("pray", Category::Religion),
    ("vote", Category::Politics),
    ("voted", Category::Politics),
    ("support", Category::Interest),
    ("code", Category::Skill),
    ("stutter", Category::Health),
    ("stammer", Category::Health),
    ("weigh", Category::Health),
    ("earn", Category::Finance),
    ("owe", Category::Finance),
];

/// Verbs of taste.
pub(super) const TASTES: &[&str] =
    &["like", "love", "enjoy", "adore", "prefer", "hate", "dislike", "detest", "despise", "loathe"];

/// "I love jazz"; not "I love the second one" and not "I'd like a recipe".
pub(super) fn taste(say: &Say<'_>) -> Reading {
    if let Some(reading) = answers::wished(say.turn, say.object) {
        return Some(reading);
    }
    let object = if say.next() == "to" { &say.object[1..] } else { say.object };
    let infinitive = say.next() == "to";
    let asked = infinitive
        && matches!(
            low(object, 0),
            "know"
                | "see"
                | "have"
                | "ask"
                | "get"
                | "hear"
                | "add"
                | "think"
                | "say"
                | "create"
                | "make"
                | "be"
                | "use"
                | "understand"
                | "thank"
                | "share"
                | "buy"
        );
    let part = low(object, 0) == "the"
        && object.iter().any(|token| token.low == "of")
        && is_plain_object(&object[1..])
        // "I like the sound of that": said of what is on the table.
        && !matches!(low(object, 1), "sound" | "look" | "idea" | "fact" | "way" | "concept" | "thought");
    // "I prefer tea" picks from what was offered; "I prefer tea to coffee" says more.
    let picks = say.verb == "prefer"
        && !infinitive
        && !low(object, 0).ends_with("ing")
        && !object.iter().any(|token| {
            matches!(
                token.low.as_str(),
                "to" | "over" | "than" | "rather" | "instead" | "when" | "always"
            )
        })
        && say.adverb.is_empty();
    if object.iter().any(|token| token.low == "sometimes") {
        return Some(Err(Refusal::Transient));
    }
    let last = object.iter().rev().find(|token| token.low.starts_with(char::is_alphanumeric));
    let compares = last.is_some_and(|last| matches!(last.low.as_str(), "more" | "better" | "most"));
    if compares || picks || asked || !(part || is_plain_object(object)) || object.len() > 16 {
        return Some(Err(if asked { Refusal::Task } else { Refusal::Vague }));
    }
    say.told(
        if infinitive || low(object, 0).ends_with("ing") {
            Category::Interest
        } else {
            Category::Preference
        },
        0.88,
    )
}

/// "I never eat fish", "I play the cello", "I cannot swim".
pub(super) fn habit(say: &Say<'_>) -> Reading {
    let &(_, category) = HABITS.iter().find(|(verb, _)| *verb == say.verb)?;
    let object =
        skipping(say.object, &["to", "in", "at", "for", "by", "with", "a lot of", "any", "a lot"]);
    let instrument = say.verb == "play" && low(object, 0) == "the" && object.len() <= 4;
    let driven =
        say.verb == "drive" && matches!(low(object, 0), "a" | "an") && say.object.len() <= 6;
    let measured = matches!(say.verb, "weigh" | "earn" | "owe" | "vote" | "voted" | "pray");
    let alone = object.is_empty()
        || matches!(
            low(object, 0),
            "." | "!" | "," | "every" | "on" | "and" | "daily" | "regularly"
        );
    let intransitive = !matches!(
        say.verb,
        "read" | "watch" | "play" | "wear" | "collect" | "avoid" | "support" | "listen"
    );
    if say.negation == Some("cannot")
        && !matches!(
            say.verb,
            "eat" | "drink" | "swim" | "drive" | "cook" | "read" | "run" | "sing" | "smoke"
        )
    {
        return Some(Err(Refusal::Task));
    }
    if say.negation.is_some() && matches!(low(object, 0), "every" | "much" | "too") {
        return Some(Err(Refusal::Vague));
    }
    if instrument || driven || measured || (alone && intransitive) || is_plain_object(object) {
        return if say.whole.len() > 18 {
            Some(Err(Refusal::Vague))
        } else {
            say.told(category, 0.85)
        };
    }
    Some(Err(Refusal::Vague))
}
