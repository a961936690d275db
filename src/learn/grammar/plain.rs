//! Any plain statement in the first person, whatever it says: what no pattern knows, told in the third person for the
//! verifier to judge.

use super::{draft, low, skipping};
use crate::{
    learn::{Refusal, grammar::Reading, lexicon, retell::third_person, tokens::Token},
    person::Category,
};

/// Adverbs that the statement says as much without.
#[rustfmt::skip]
const EMPTY: &[&str] = &[
    "also", "currently", "personally", "actually", "just", "honestly", "still", "simply", "definitely", "truly",
    "already", "myself", "now", "even", "too", "really", "both", "all",
];
/// Adverbs that stay before the verb.
#[rustfmt::skip]
const ADVERBS: &[&str] = &[
    "usually", "always", "often", "never", "mostly", "only", "sometimes", "rarely", "regularly", "normally",
    "generally", "mainly", "absolutely", "typically", "frequently", "especially", "particularly", "primarily",
    "strongly", "occasionally", "seldom", "hardly", "barely", "recently", "previously", "formerly", "almost",
];
/// What of a past goes on counting: not what happened this morning.
#[rustfmt::skip]
const PASTS: &[&str] = &[
    "had", "grew", "taught", "ran", "quit", "became", "won", "met", "led", "fought", "spoke", "underwent", "beat",
    "used", "studied", "worked", "lived", "served", "retired", "graduated", "moved", "stopped", "started", "played",
    "trained", "learned", "learnt", "majored", "founded", "married", "divorced", "survived", "immigrated",
    "emigrated", "converted", "inherited", "published", "earned", "volunteered", "competed", "raised", "adopted",
    "fostered", "managed", "owned", "trained", "enlisted", "apprenticed", "qualified", "loved", "hated", "suffered",
    "struggled", "relocated", "joined", "swam", "sang", "bought", "built", "wrote", "composed", "lost", "switched",
];
/// Verbs of thinking and saying: what follows is an opinion, or belongs to this talk.
#[rustfmt::skip]
const SAYING: &[&str] = &[
    "mean", "guess", "think", "thought", "wonder", "wondered", "suppose", "see", "saw", "hear", "heard",
    "understand", "understood", "say", "said", "tell", "told", "ask", "asked", "thank", "apologize", "apologise",
    "assume", "notice", "noticed", "remember", "swear", "bet", "agree", "disagree", "appreciate", "expect",
    "doubt", "imagine", "refer", "repeat", "quote", "promise", "thanks", "beg", "realize", "realise", "realized",
    "forget", "believe", "know", "knew", "guessed", "assumed", "copied", "pasted", "typed", "uploaded",
];
/// "I would …", "I will …": not so, or not yet.
#[rustfmt::skip]
const MODALS: &[&str] = &[
    "will", "would", "could", "should", "might", "may", "must", "shall", "ought", "shouldn't", "mustn't", "shan't",
];
/// What two people do of whom one speaks: "we" is a company or mankind as often.
#[rustfmt::skip]
const TOGETHER: &[&str] = &[
    "have", "live", "own", "moved", "are", "adopted", "bought", "married", "rent", "keep", "eat", "homeschool",
];

/// Reads a clause whose subject is the person, or somebody or something of theirs.
pub(super) fn read(turn: &str, tokens: &[Token]) -> Reading {
    match low(tokens, 0) {
        "i" => predicate(turn, &tokens[1..]),
        "we" if TOGETHER.contains(&low(skipping(&tokens[1..], EMPTY), 0)) => {
            predicate(turn, &tokens[1..])
        }
        "my" | "our" => possession(turn, tokens),
        _ => None,
    }
}

/// What follows the subject, or goes on about it.
pub(super) fn predicate(turn: &str, tokens: &[Token]) -> Reading {
    let rest = skipping(tokens, EMPTY);
    let (head, after) = match (low(rest, 0), low(rest, 1)) {
        ("am" | "are", "not") => ("Is not".to_owned(), &rest[2..]),
        ("am" | "are", _) => ("Is".to_owned(), skipping(&rest[1..], EMPTY)),
        ("was" | "were", "not") => ("Was not".to_owned(), &rest[2..]),
        ("had", "not") => ("Had not".to_owned(), &rest[2..]),
        ("was" | "were", _) => ("Was".to_owned(), &rest[1..]),
        ("have", "not") => ("Has not".to_owned(), &rest[2..]),
        ("have", _) => ("Has".to_owned(), skipping(&rest[1..], EMPTY)),
        ("do", "not") => ("Does not".to_owned(), skipping(&rest[2..], EMPTY)),
        ("do", verb) if lexicon::is_verb(verb) => self::verb(&rest[1..])?,
        ("did", "not") => ("Did not".to_owned(), skipping(&rest[2..], EMPTY)),
        ("can", "not") => ("Cannot".to_owned(), &rest[2..]),
        ("can", _) => ("Can".to_owned(), &rest[1..]),
        ("wanna", _) => ("Wants to".to_owned(), &rest[1..]),
        ("would", "like" | "love" | "prefer") if low(rest, 2) == "to" => {
            (format!("Would {} to", low(rest, 1)), &rest[3..])
        }
        (word, _) if MODALS.contains(&word) => return Some(Err(Refusal::Hypothetical)),
        _ => verb(rest)?,
    };
    if after.is_empty() || SAYING.contains(&low(after, 0)) {
        return None;
    }
    draft(turn, &head, after, Category::Other, 0.6)
}

/// A verb in the present or the past, with what it keeps before it.
fn verb(tokens: &[Token]) -> Option<(String, &[Token])> {
    let adverbs = tokens.iter().take(2).take_while(|token| is_adverb(&token.low)).count();
    let (adverbs, rest) = tokens.split_at(adverbs);
    let verb = low(rest, 0);
    let is_past = PASTS.contains(&verb);
    if !is_past && !lexicon::is_verb(verb) || SAYING.contains(&verb) {
        return None;
    }
    let mut head: String = adverbs.iter().map(|token| format!("{} ", token.low)).collect();
    head.push_str(&if is_past { verb.to_owned() } else { third_person(verb) });
    Some((super::capitalised(&head), &rest[1..]))
}

fn is_adverb(word: &str) -> bool {
    #[rustfmt::skip]
    const VERBS: &[&str] = &[
        "apply", "reply", "rely", "supply", "comply", "multiply", "imply", "bully", "tally", "rally", "ally",
    ];
    ADVERBS.contains(&word) || (word.len() > 4 && word.ends_with("ly") && !VERBS.contains(&word))
}

/// "My wife is vegan": told of the person's.
fn possession(turn: &str, tokens: &[Token]) -> Reading {
    #[rustfmt::skip]
    const SAYS: &[&str] = &[
        "is", "are", "was", "were", "has", "have", "had", "lives", "live", "works", "work", "loves", "likes", "hates",
        "can", "does", "died", "passed", "speaks", "goes", "plays", "eats", "doesn't", "consists", "includes", "needs",
        "keeps", "wants", "moved",
    ];
    #[rustfmt::skip]
    const OWN: &[&str] = &[
        "job", "work", "commute", "hobby", "hobbies", "favorite", "favourite", "favorites", "fav", "degree", "major", "religion",
        "faith", "diet", "goal", "dream", "tongue", "language", "salary", "income", "house", "home", "flat", "apartment",
        "garden", "car", "bike", "truck", "eyes", "hair", "skin", "height", "weight", "age", "birthday", "blood", "back",
        "knee", "knees", "hip", "eyesight", "hearing", "health", "doctor", "therapist", "boss", "company", "business",
        "shop", "employer", "school", "university", "team", "band", "background", "family", "hometown", "country", "village",
        "town", "city", "neighborhood", "neighbourhood", "pronouns", "name", "nickname", "surname", "idol", "specialty",
        "speciality", "field", "trade", "profession", "career", "shift", "shifts", "schedule", "allergy", "allergies",
        "landlord", "rent", "mortgage", "budget", "kitchen", "oven", "limit", "phone", "laptop", "computer", "pc",
    ];
    let own = |token: &Token| {
        let word = token.low.as_str();
        OWN.contains(&word) || lexicon::KIN.contains(&word) || lexicon::PETS.contains(&word)
    };
    if !tokens.iter().skip(1).take(4).any(own) {
        return None;
    }
    let says = tokens.iter().take(7).position(|token| SAYS.contains(&token.low.as_str()))?;
    if says < 2 || says + 1 >= tokens.len() {
        return None;
    }
    draft(turn, "Their", &tokens[1..], Category::Other, 0.5)
}
