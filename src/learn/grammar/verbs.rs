//! "I live …", "I like …", "I don't eat …": what people do, love, avoid and can.

mod daily;

use daily::{HABITS, TASTES, habit, taste};

use super::{Reading, answers, draft, goals, have, is_plain_object, low, skipping};
use crate::{
    learn::{Refusal, lexicon, retell::third_person, sensitive::sensitive, tokens::Token},
    person::Category,
};

/// Adverbs of habit and degree that go before a verb and stay in what is kept.
#[rustfmt::skip]
const ADVERBS: &[&str] = &[
    "usually", "always", "often", "never", "mostly", "only", "sometimes", "rarely", "regularly", "normally",
    "generally", "mainly", "really", "absolutely", "typically", "frequently", "especially", "particularly",
    "primarily", "strongly", "occasionally", "seldom", "hardly", "barely",
];
/// Whether a word says how often something is done.
pub(super) fn is_habit_adverb(word: &str) -> bool {
    matches!(
        word,
        "usually"
            | "sometimes"
            | "often"
            | "normally"
            | "generally"
            | "occasionally"
            | "typically"
            | "mostly"
            | "rarely"
    )
}

/// Whether a word is a verb of liking.
pub(super) fn is_taste(token: &Token) -> bool {
    TASTES.contains(&token.low.as_str())
}

/// Adverbs that say nothing.
#[rustfmt::skip]
const EMPTY: &[&str] = &[
    "also", "currently", "personally", "actually", "just", "honestly", "still", "simply", "do", "definitely",
    "truly", "already", "myself", "now",
];

/// Reads what follows "I" (other than "am" and "have").
pub(super) fn read(turn: &str, tokens: &[Token]) -> Reading {
    let rest = skipping(tokens, EMPTY_BEFORE_DO);
    let (negation, rest) = negation(rest);
    let rest = skipping(rest, if negation.is_some() { &["really", "even"] } else { EMPTY });
    let adverbs = rest.len() - skipping(rest, ADVERBS).len();
    let (adverb, rest) = rest.split_at(adverbs);
    let verb = low(rest, 0);
    let object = &rest[rest.len().min(1)..];
    let say = Say { turn, negation, adverb, verb, object, whole: rest };
    match verb {
        "have" => {
            return if negation.is_some() { have_not(&say) } else { have::read(turn, object) };
        }
        "am" => return super::am::read(turn, object),
        _ => {}
    }
    known(&say).or_else(|| habit(&say))
}

const EMPTY_BEFORE_DO: &[&str] =
    &["also", "personally", "actually", "honestly", "just", "still", "currently"];

/// A verb with what surrounds it.
struct Say<'a> {
    turn: &'a str,
    /// "does not", "cannot", or nothing.
    negation: Option<&'static str>,
    adverb: &'a [Token],
    verb: &'a str,
    object: &'a [Token],
    whole: &'a [Token],
}

impl Say<'_> {
    /// The verb as told of another, with its adverb and its negation, then the object as it was said.
    fn told(&self, category: Category, confidence: f32) -> Reading {
        let past = self.verb.ends_with("ed")
            || matches!(
                self.verb,
                "grew"
                    | "taught"
                    | "ran"
                    | "went"
                    | "was"
                    | "got"
                    | "came"
                    | "had"
                    | "quit"
                    | "spent"
            );
        let adverb: String = self.adverb.iter().map(|token| format!("{} ", token.low)).collect();
        let verb = match self.negation {
            Some(negation) => format!("{negation} {adverb}{}", self.verb),
            None if past => format!("{adverb}{}", self.verb),
            None => format!("{adverb}{}", third_person(self.verb)),
        };
        // "I smoke and drink": the second verb is told like the first.
        let second = HABITS
            .iter()
            .find(|(verb, _)| *verb == low(self.object, 1))
            .filter(|_| self.next() == "and" && self.negation.is_none());
        if let Some((second, _)) = second {
            return draft(
                self.turn,
                &format!("{verb} and {}", third_person(second)),
                &self.object[2..],
                category,
                confidence,
            );
        }
        draft(self.turn, &verb, self.object, category, confidence)
    }

    fn next(&self) -> &str {
        low(self.object, 0)
    }
}

/// "do not", "can not", "will not", "never" is an adverb.
fn negation(tokens: &[Token]) -> (Option<&'static str>, &[Token]) {
    let negation = match (low(tokens, 0), low(tokens, 1)) {
        ("do", "not") => "does not",
        ("can", "not") => "cannot",
        _ => return (None, tokens),
    };
    (Some(negation), &tokens[2..])
}

/// "I don't have a car".
fn have_not(say: &Say<'_>) -> Reading {
    let object = skipping(say.object, &["any", "a", "an"]);
    let noun = low(object, object.len().min(super::noun_phrase(object)).saturating_sub(1));
    let known = lexicon::KIN.contains(&noun)
        || lexicon::PETS.contains(&noun)
        || lexicon::DEGREES.contains(&noun)
        || matches!(
            noun,
            "car"
                | "oven"
                | "kitchen"
                | "garden"
                | "license"
                | "licence"
                | "bike"
                | "freezer"
                | "microwave"
                | "tv"
                | "driver's"
        );
    if known { say.told(Category::Other, 0.85) } else { Some(Err(Refusal::Task)) }
}

/// Verbs with an object of their own kind.
fn known(say: &Say<'_>) -> Reading {
    let next = say.next();
    let plain = say.negation.is_none();
    Some(match say.verb {
        "live" | "reside"
            if matches!(
                next,
                "in" | "near"
                    | "with"
                    | "alone"
                    | "outside"
                    | "abroad"
                    | "on"
                    | "at"
                    | "between"
                    | "close"
            ) =>
        {
            return placed(say);
        }
        "lived" if matches!(next, "in" | "abroad") && plain => return placed(say),
        "grew" if next == "up" => return say.told(Category::Location, 0.92),
        "come" | "came"
            if next == "from" && say.object.get(1).is_some_and(|token| token.capital) =>
        {
            return say.told(Category::Location, 0.92);
        }
        "moved" | "immigrated" | "emigrated" | "relocated"
            if matches!(next, "to" | "from")
                && say.object.get(1).is_some_and(|token| token.capital) =>
        {
            return say.told(Category::Location, 0.9);
        }
        "was" if next == "born" => return say.told(Category::Identity, 0.93),
        "was" if matches!(next, "diagnosed" | "convicted" | "arrested" | "raised" | "adopted") => {
            return say.told(Category::Other, 0.9);
        }
        "work" | "worked"
            if matches!(
                next,
                "as" | "at"
                    | "for"
                    | "in"
                    | "from"
                    | "full-time"
                    | "part-time"
                    | "nights"
                    | "remotely"
                    | "night"
            ) =>
        {
            if matches!(
                low(say.object, 1),
                "this" | "that" | "these" | "the" | "it" | "you" | "me" | "now"
            ) && next != "from"
                && low(say.object, 1) != "the"
            {
                return Some(Err(Refusal::Vague));
            }
            return say.told(Category::Occupation, 0.92);
        }
        "need" | "must"
            if plain
                && low(say.object, usize::from(next == "to")) == "avoid"
                && is_plain_object(&say.object[usize::from(next == "to") + 1..])
                && say.object.len() <= 6 =>
        {
            return draft(
                say.turn,
                if say.verb == "must" { "Must" } else { "Needs" },
                say.object,
                Category::Diet,
                0.8,
            );
        }
        "follow" if say.object.iter().any(|token| token.low == "diet") => {
            return say.told(Category::Diet, 0.88);
        }
        "keep" if matches!(next, "kosher" | "halal") => return say.told(Category::Religion, 0.9),
        "used"
            if next == "to"
                && matches!(
                    low(say.object, 1),
                    "be" | "live" | "work" | "play" | "smoke" | "drink" | "teach" | "study"
                ) =>
        {
            return say.told(Category::Other, 0.8);
        }
        "work" | "need" | "require" | "wonder" => Err(Refusal::Task),
        "study" | "studied" | "majored" | "major" | "graduated" => {
            if matches!(next, "the" | "this" | "that" | "it" | "")
                || say.object.iter().any(|token| matches!(token.low.as_str(), "how"))
            {
                return Some(Err(Refusal::Vague));
            }
            let named = say.object.first().is_some_and(|token| token.capital)
                || matches!(next, "in" | "at" | "from" | "with" | "for" | "abroad");
            if !named && say.object.len() > 3 {
                return Some(Err(Refusal::Vague));
            }
            return say.told(Category::Education, 0.88);
        }
        "teach" | "taught" if is_plain_object(say.object) => {
            return say.told(Category::Occupation, 0.88);
        }
        "run" | "manage" | "operate" | "founded" | "started"
            if matches!(next, "a" | "an" | "my" | "our") =>
        {
            let trade = say.object.iter().take(6).any(|token| {
                matches!(
                    token.low.as_str(),
                    "business"
                        | "company"
                        | "shop"
                        | "store"
                        | "restaurant"
                        | "cafe"
                        | "café"
                        | "bakery"
                        | "farm"
                        | "blog"
                        | "podcast"
                        | "channel"
                        | "startup"
                        | "agency"
                        | "studio"
                        | "team"
                        | "hotel"
                        | "school"
                        | "nonprofit"
                        | "charity"
                        | "bar"
                        | "clinic"
                        | "practice"
                )
            });
            return if trade {
                say.told(Category::Occupation, 0.88)
            } else {
                Some(Err(Refusal::Task))
            };
        }
        "hold" if plain => return have::thing(say.turn, "Holds", say.object).filter(Result::is_ok),
        "take"
            if next == "the"
                && matches!(
                    low(say.object, 1),
                    "train" | "bus" | "subway" | "metro" | "tube" | "tram" | "ferry"
                )
                && low(say.object, 2) == "to" =>
        {
            return say.told(Category::Occupation, 0.85);
        }
        "own" if plain => return have::thing(say.turn, "Owns", say.object),
        "speak"
            if say.object.iter().any(|token| {
                lexicon::LANGUAGES.contains(&token.low.as_str()) || token.low == "languages"
            }) =>
        {
            return say.told(Category::Language, 0.95);
        }
        "know" if plain => {
            let skill = say.object.first().is_some_and(|token| token.capital && token.low != "i")
                || lexicon::LANGUAGES.contains(&next);
            if !skill || say.object.len() > 6 {
                return None;
            }
            return say.told(Category::Skill, 0.75);
        }
        "suffer" if next == "from" => return say.told(Category::Health, 0.93),
        "identify" if next == "as" => return say.told(Category::Identity, 0.93),
        "believe" if next == "in" && plain && is_plain_object(&say.object[1..]) => {
            return say.told(Category::Religion, 0.75);
        }
        "belong" if next == "to" => return say.told(Category::Other, 0.85),
        "take"
            if sensitive(&crate::learn::retell::retell(say.turn, say.object))
                == Some(Category::Health) =>
        {
            return say.told(Category::Health, 0.85);
        }
        "make" | "earn"
            if plain
                && say.object.iter().take(3).any(|token| token.low.contains(['$', '€', '£'])) =>
        {
            return say.told(Category::Finance, 0.9);
        }
        "go" if plain && next == "to" => {
            let object = &say.object[1..];
            let lasting = matches!(
                low(object, 0),
                "church"
                    | "school"
                    | "university"
                    | "college"
                    | "mosque"
                    | "synagogue"
                    | "temple"
                    | "aa"
                    | "therapy"
                    | "rehab"
                    | "mass"
            ) || (low(object, 0) == "the" && low(object, 1) == "gym")
                || (!say.adverb.is_empty() && is_plain_object(object));
            return if lasting {
                say.told(Category::Other, 0.85)
            } else {
                Some(Err(Refusal::Task))
            };
        }
        "attend" if plain && is_plain_object(say.object) => {
            return say.told(Category::Education, 0.85);
        }
        "stand" if say.negation == Some("cannot") && is_plain_object(say.object) => {
            return say.told(Category::Preference, 0.92);
        }
        "use" if plain => return used(say),
        "want" | "wish" | "hope" | "plan" | "intend" | "aim" | "aspire"
            if plain && next == "to" =>
        {
            return goals::read(say.turn, &goal_head(say.verb), &say.object[1..]);
        }
        "want" if plain => {
            return answers::wished(say.turn, say.object).or(Some(Err(Refusal::Task)));
        }
        "would" if matches!(next, "like" | "love") && low(say.object, 1) == "to" => {
            return goals::read(say.turn, "Wants to", &say.object[2..]);
        }
        "would" | "will" | "could" | "should" | "might" | "must" => Err(Refusal::Task),
        "dream" if next == "of" => return say.told(Category::Goal, 0.8),
        "can" if plain => return able(say),
        "used" | "did" | "had" | "got" | "tried" | "found" | "made" | "think" | "believe"
        | "guess" | "feel" | "mean" | "see" | "know" | "said" => return None,
        verb if TASTES.contains(&verb) => return taste(say),
        _ => return None,
    })
}

fn goal_head(verb: &str) -> String {
    if matches!(verb, "wish" | "intend" | "aim" | "aspire") {
        "Wants to".to_owned()
    } else {
        format!("{} to", third_person(verb))
    }
}

fn placed(say: &Say<'_>) -> Reading {
    let place = low(say.object, 1);
    let vague = matches!(place, "the" | "a" | "an" | "this" | "that") && say.object.len() < 3
        || matches!(place, "this" | "that" | "constant" | "fear");
    if vague { Some(Err(Refusal::Vague)) } else { say.told(Category::Location, 0.94) }
}

/// "I use Linux": a named thing, not a step of some work.
fn used(say: &Say<'_>) -> Reading {
    let named = say.object.first().is_some_and(|token| token.capital && token.low != "i");
    if named
        && say.object.len() <= 5
        && !say
            .object
            .iter()
            .any(|token| matches!(token.low.as_str(), "to" | "function" | "formula" | "code"))
    {
        say.told(Category::Possession, 0.75)
    } else {
        Some(Err(Refusal::Task))
    }
}

/// "I can speak Dutch", "I can swim".
fn able(say: &Say<'_>) -> Reading {
    let verb = say.next();
    let skill = match verb {
        "speak" => say.object.iter().any(|token| lexicon::LANGUAGES.contains(&token.low.as_str())),
        "play" | "cook" | "read" | "draw" | "sew" | "knit" => {
            is_plain_object(&say.object[1..]) && say.object.len() <= 6
        }
        "drive" | "swim" | "ski" | "code" => say.object.len() <= 4,
        "only" => matches!(low(say.object, 1), "eat" | "work" | "drink" | "train" | "study"),
        _ => false,
    };
    if skill {
        draft(say.turn, "Can", say.object, Category::Skill, 0.88)
    } else {
        Some(Err(Refusal::Task))
    }
}
