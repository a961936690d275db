//! Any plain statement in the first person, whatever it says: what no pattern knows, told in the third person for the
//! verifier to judge.

use super::{draft, low, skipping};
use crate::{
    learn::{Refusal, grammar::Reading, retell::third_person, tokens::Token},
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
/// Verbs whose past is not told by its ending.
#[rustfmt::skip]
const PASTS: &[&str] = &[
    "was", "were", "had", "did", "went", "came", "got", "grew", "taught", "ran", "quit", "spent", "took", "made",
    "gave", "bought", "sold", "built", "wrote", "read", "began", "became", "left", "lost", "won", "met", "kept",
    "felt", "found", "led", "broke", "chose", "drove", "ate", "drank", "fell", "flew", "fought", "held", "hurt",
    "knew", "paid", "put", "sang", "slept", "spoke", "stood", "swam", "wore", "dealt", "underwent", "undertook",
    "brought", "caught", "cut", "drew", "fed", "forgot", "hit", "lent", "let", "sent", "set", "shot", "shut",
    "threw", "withdrew",
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
/// Words that begin no verb.
#[rustfmt::skip]
const NO_VERBS: &[&str] = &[
    "and", "or", "but", "in", "on", "at", "of", "to", "for", "with", "as", "if", "the", "a", "an", "is", "are",
    "it", "this", "that", "then", "than", "so", "not", "no", "my", "i", "you", "he", "she", "we", "they", "once",
    "kind", "kinda", "sort", "gonna", "gotta", "wont", "donot", "dont", "didn't", "hadn't", "wasn't", "who", "what",
    "from", "by", "m", "s", "ll", "ve", "d", "be", "been", "being", "there", "here", "when", "because", "can't",
];

/// Reads a clause whose subject is the person, or somebody or something of theirs.
pub(super) fn read(turn: &str, tokens: &[Token]) -> Reading {
    match low(tokens, 0) {
        "i" | "we" => predicate(turn, &tokens[1..]),
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
        ("was" | "were", _) => ("Was".to_owned(), &rest[1..]),
        ("have", "not") => ("Has not".to_owned(), &rest[2..]),
        ("have", _) => ("Has".to_owned(), skipping(&rest[1..], EMPTY)),
        ("do", "not") => ("Does not".to_owned(), skipping(&rest[2..], EMPTY)),
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
    let adverbs = tokens.len() - skipping(tokens, ADVERBS).len();
    let (adverbs, rest) = tokens.split_at(adverbs.min(2));
    let verb = low(rest, 0);
    let is_verb = verb.chars().all(|char| char.is_alphabetic() || char == '-') && verb.len() > 1;
    if !is_verb || NO_VERBS.contains(&verb) || SAYING.contains(&verb) {
        return None;
    }
    let is_past = PASTS.contains(&verb) || verb.ends_with("ed");
    let mut head: String = adverbs.iter().map(|token| format!("{} ", token.low)).collect();
    head.push_str(&if is_past { verb.to_owned() } else { third_person(verb) });
    Some((super::capitalised(&head), &rest[1..]))
}

/// "My wife is vegan": told of the person's.
fn possession(turn: &str, tokens: &[Token]) -> Reading {
    #[rustfmt::skip]
    const SAYS: &[&str] = &[
        "is", "are", "was", "were", "has", "have", "had", "lives", "live", "works", "work", "loves", "likes", "hates",
        "can", "does", "died", "passed", "speaks", "goes", "plays", "eats", "doesn't", "consists", "includes", "needs",
        "keeps", "wants", "moved",
    ];
    let says = tokens.iter().take(7).position(|token| SAYS.contains(&token.low.as_str()))?;
    if says < 2 || says + 1 >= tokens.len() {
        return None;
    }
    draft(turn, "Their", &tokens[1..], Category::Other, 0.5)
}
