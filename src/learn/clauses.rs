//! A sentence as clauses: where one statement ends and the next begins.

use std::ops::Range;

use super::tokens::{Token, leading, starts};

/// A statement within a sentence.
pub(super) struct Clause {
    /// Its tokens, lead-ins such as "hi" or "by the way" left off.
    pub tokens: Range<usize>,
    /// Whether it supposes: "if I were a baker".
    pub supposes: bool,
    /// Whether it goes on about the subject of the clause before: "… and live in Porto".
    pub inherits: bool,
    /// Whether a clause about the person follows at once: "as a nurse, I …".
    pub leads: bool,
    /// Whether it begins as a statement of its own does, and is not said of what stands before: "the song I am after".
    pub is_free: bool,
}

/// Marks that end a clause wherever they stand.
const MARKS: &[&str] = &[";", "—", "–", "(", ")", ":", "|", "*", "~"];
/// Words after which, at the start of a clause, a new statement of its own may begin.
#[rustfmt::skip]
const JOINS: &[&str] = &[
    "and", "so", "because", "since", "as", "while", "though", "although", "or", "but", "cause", "cuz", "yet",
    "plus", "therefore",
];
/// Words that end a clause even without a comma.
const TURNS: &[&str] = &["but", "because", "although", "though", "whereas", "however", "cuz"];
/// Subjects.
const SUBJECTS: &[&str] = &["i", "my", "we", "he", "she", "it", "they", "you", "there", "our"];
/// What begins a question or a request after a comma.
#[rustfmt::skip]
const ASKS: &[&str] = &[
    "please", "can", "could", "would", "will", "what", "how", "which", "is", "are", "do", "does", "did",
    "should", "where", "when", "why", "who", "any", "give", "tell", "help", "suggest", "make", "recommend",
    "explain", "write", "create", "list", "show", "find", "let", "want", "need", "pls", "plz", "generate",
    "provide", "describe", "teach", "now", "if", "this", "that", "plan", "act", "thanks", "thank",
];
/// Verbs with which a statement goes on about its subject after "and".
const GOES_ON: &[&str] = &[
    "live", "work", "have", "am", "love", "like", "enjoy", "hate", "speak", "own", "play", "do",
    "can", "prefer",
];
/// Lead-ins that say nothing about the person.
#[rustfmt::skip]
const LEAD_INS: &[&str] = &[
    "in my free time", "in my spare time", "i would say", "hey gpt", "hi gpt", "hey chatgpt", "hi chatgpt",
    "hello chatgpt", "just so you know", "for your information", "to be honest", "by the way", "as you know",
    "for context", "as a reminder", "please remember that", "please remember", "please note that",
    "please note", "keep in mind that", "keep in mind", "remember that", "remember", "note that",
    "bear in mind that", "don't forget that", "do not forget that", "i should mention that",
    "i should mention", "i want you to know that", "you should know that", "you should know", "fyi",
    "in general", "in fact", "of course", "at the same time", "good morning", "good evening",
    "good afternoon", "hello there", "hi there", "thank you", "hi", "hello", "hey", "ok", "okay", "well",
    "so", "and", "but", "also", "plus", "actually", "btw", "honestly", "personally", "generally", "yes",
    "yeah", "yep", "no", "nope", "sure", "thanks", "because", "since", "though", "although", "while",
    "additionally", "moreover", "furthermore", "basically", "however", "besides", "anyway", "oh", "as",
    "then", "ah", "right", "great", "cool", "nice", "cause", "cuz", "therefore", ",", "-", "*", "•", "!", ".",
];
/// What begins a supposition.
#[rustfmt::skip]
const SUPPOSES: &[&str] = &[
    "if", "imagine", "suppose", "supposing", "assume", "assuming", "let's say", "lets say", "let us say",
    "what if", "when", "whenever", "unless", "until", "once", "as if", "even if", "in case", "pretend",
    "hypothetically", "as soon", "before", "after", "only if", "wish",
];

/// The clauses of a sentence, in order. Reads the tokens once.
pub(super) fn clauses(tokens: &[Token]) -> Vec<Clause> {
    let mut found = Vec::new();
    let mut supposing = false;
    let mut inherits = false;
    let mut start = 0;
    while start < tokens.len() {
        let (end, next, joined) = end_of_clause(tokens, start);
        let lead = start + lead_in(&tokens[start..end]);
        // A supposition holds for the rest of its sentence: "if I were rich, I'd …".
        supposing |= leading(&tokens[start..], SUPPOSES).is_some()
            || leading(&tokens[lead..], SUPPOSES).is_some()
            || tokens[lead..end].iter().any(|token| {
                matches!(token.low.as_str(), "if" | "unless" | "imagine" | "suppose" | "would've")
            });
        let lead = lead + leading(&tokens[lead..end], SUPPOSES).unwrap_or(0);
        let leads = tokens.get(next).is_some_and(|token| token.low == "i");
        let is_free = tokens[..start].last().is_none_or(|before| !is_word(&before.low))
            || tokens.get(start).is_some_and(|first| {
                JOINS.contains(&first.low.as_str()) || TURNS.contains(&first.low.as_str())
            })
            || inherits;
        found.push(Clause { tokens: lead..end, supposes: supposing, inherits, leads, is_free });
        // "My cousin and I go …": the subject is two people.
        let shared = !tokens[lead..end].is_empty()
            && end - lead <= 4
            && tokens[lead].low != "i"
            && starts(&tokens[end..], "and i")
            && end + 1 < tokens.len()
            && !tokens[lead..end].iter().any(|token| {
                matches!(
                    token.low.as_str(),
                    "is" | "are" | "am" | "have" | "has" | "," | "do" | "can"
                )
            });
        if shared && !is_together(&tokens[lead..end], &tokens[end..]) {
            start = tokens.len();
            continue;
        }
        inherits = joined && states_plainly(&tokens[lead..end]);
        start = next;
    }
    found
}

fn is_word(word: &str) -> bool {
    word.starts_with(char::is_alphanumeric)
}

/// Whether what two do who share a home is as true of one of them: "my wife and I live in Porto".
fn is_together(who: &[Token], rest: &[Token]) -> bool {
    const SHARED: &[&str] =
        &["wife", "husband", "partner", "girlfriend", "boyfriend", "family", "kids", "children"];
    let close = who.len() == 2 && who[0].low == "my" && SHARED.contains(&who[1].low.as_str());
    close && leading(rest, &["and i live in", "and i reside in", "and i moved to"]).is_some()
}

/// How many tokens of lead-in a clause has.
fn lead_in(tokens: &[Token]) -> usize {
    let mut at = 0;
    // "As a nurse, I …" is a statement of its own; three lead-ins are plenty for a person.
    for _ in 0..6 {
        let rest = &tokens[at..];
        if leading(rest, &["as a", "as an"]).is_some() {
            break;
        }
        let mark = rest.first().is_some_and(|token| {
            !token.low.starts_with(|char: char| char.is_alphanumeric() || char == '$')
        });
        match leading(rest, LEAD_INS) {
            Some(count) => at += count,
            None if mark => at += 1,
            None => break,
        }
    }
    at
}

/// Where the clause that starts here ends, where the next begins, and whether an "and" with the same subject joins them.
fn end_of_clause(tokens: &[Token], start: usize) -> (usize, usize, bool) {
    for at in start..tokens.len() {
        let low = tokens[at].low.as_str();
        let next = &tokens[at + 1..];
        let follows =
            |words: &[&str]| next.first().is_some_and(|token| words.contains(&token.low.as_str()));
        if MARKS.contains(&low) {
            return (at, at + 1, false);
        }
        // A mark before which nothing stands begins nothing.
        if at == start {
            continue;
        }
        let joined = follows(JOINS) && next.get(1).is_some_and(|token| begins(&token.low));
        if low == "so"
            && next.first().is_some_and(|token| {
                !matches!(token.low.as_str(), "much" | "many" | "that" | "far" | "often")
            })
            && !matches!(tokens[at - 1].low.as_str(), "am" | "and" | "is" | "are" | "or")
        {
            return (at, at, false);
        }
        if matches!(low, "," | "." | "!" | "?")
            && (follows(&["so"]) || joined || follows(SUBJECTS) || follows(ASKS) || follows(TURNS))
        {
            return (at, at + 1, false);
        }
        if TURNS.contains(&low) && !follows(&["not", "only"]) {
            return (at, at, false);
        }
        let begins_next = next.first().is_some_and(|token| begins(&token.low));
        if JOINS.contains(&low) && !matches!(low, "as" | "while") && begins_next {
            return (at, at, false);
        }
        if low == "and" && (starts(next, "that i") || starts(next, "that my")) {
            return (at, at + 2, false);
        }
        if matches!(low, "and") && follows(GOES_ON) {
            return (at, at + 1, true);
        }
        // A new statement without any mark, the way people type.
        if low == "i" && starts(&tokens[at..], "i am") && !states_that(&tokens[at - 1]) {
            return (at, at, false);
        }
        if matches!(low, "please" | "pls" | "plz") {
            return (at, at, false);
        }
    }
    (tokens.len(), tokens.len(), false)
}

/// Whether a word can begin a statement or a request after a joining word.
fn begins(word: &str) -> bool {
    matches!(
        word,
        "i" | "my"
            | "we"
            | "please"
            | "can"
            | "what"
            | "how"
            | "would"
            | "want"
            | "need"
            | "could"
            | "he"
            | "she"
            | "they"
            | "you"
    )
}

/// Words after which "I am" goes on with the clause: "people say that I am", "where I am".
fn states_that(token: &Token) -> bool {
    matches!(
        token.low.as_str(),
        "that"
            | "where"
            | "what"
            | "who"
            | "how"
            | "when"
            | "than"
            | "if"
            | "whether"
            | "as"
            | "like"
            | "because"
            | "say"
            | "says"
            | "think"
            | "said"
            | "since"
            | "while"
            | "until"
            | "and"
            | "or"
            | "which"
            | "thinks"
            | "know"
            | "knows"
            | "mean"
    )
}

/// Whether a clause says something in the plain present, so that another verb can go on from it.
fn states_plainly(tokens: &[Token]) -> bool {
    tokens.first().is_some_and(|token| token.low == "i")
        && !tokens.iter().any(|token| {
            matches!(
                token.low.as_str(),
                "to" | "would"
                    | "will"
                    | "can"
                    | "could"
                    | "should"
                    | "want"
                    | "might"
                    | "may"
                    | "not"
                    | "never"
                    | "had"
                    | "did"
                    | "was"
                    | "who"
                    | "that"
            )
        })
}

#[cfg(test)]
mod tests {
    use super::{super::tokens::tokens, *};

    fn split(text: &str) -> Vec<String> {
        let tokens = tokens(text, 0..text.len());
        clauses(&tokens)
            .iter()
            .filter(|clause| !clause.tokens.is_empty())
            .map(|clause| {
                let words: Vec<_> =
                    tokens[clause.tokens.clone()].iter().map(|token| token.low.as_str()).collect();
                words.join(" ")
            })
            .collect()
    }

    #[test]
    fn a_sentence_comes_apart_at_its_statements() {
        let cases: &[(&str, &[&str])] = &[
            ("Hi, I'm a nurse and I live in Porto", &["i am a nurse", "i live in porto"]),
            ("I'm vegan, what can I cook?", &["i am vegan", "what can i cook ?"]),
            ("I'm a baker and live in Porto", &["i am a baker", "live in porto"]),
            ("I like tea but not coffee", &["i like tea but not coffee"]),
            (
                "By the way, I have two dogs; please keep it short",
                &["i have two dogs", "please keep it short"],
            ),
            ("I have a dog, a cat and a horse", &["i have a dog , a cat and a horse"]),
        ];
        for (text, wanted) in cases {
            assert_eq!(&split(text), wanted, "{text}");
        }
    }

    #[test]
    fn a_supposition_holds_for_its_sentence() {
        for text in [
            "If I were a baker, I would live in Porto",
            "Imagine I am a baker",
            "I am happy if you help",
        ] {
            let tokens = tokens(text, 0..text.len());
            assert!(clauses(&tokens).iter().all(|clause| clause.supposes), "{text}");
        }
    }
}
