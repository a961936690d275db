//! The trained half of the verifier: two logistic models over named features, one for what our own reader found, one for
//! what a language model claims.
//!
//! The features are words, not embeddings: each weight can be read, and the fit, in `eval::verification`, calls this very
//! code, so that what is trained is what runs. `models/verification.md` says on what.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::LazyLock,
};

use serde::{Deserialize, Serialize, Serializer};

use super::{Refusal, brought, lexicon, tokens::tokens};
use crate::language;

/// A statement about the person, with what it rests on.
#[derive(Clone, Copy, Debug)]
pub struct Statement<'a> {
    /// The turn that it is from.
    pub turn: &'a str,
    /// The words it rests on; they should stand in the turn.
    pub quote: &'a str,
    /// What is to be held: a predicate without a subject.
    pub text: &'a str,
    /// What a pattern has against words that it did not take.
    pub against: Option<Refusal>,
    /// Whether a pattern that knows its words told it.
    pub is_known: bool,
}

/// One logistic model.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Head {
    /// What each feature counts for; others count for nothing.
    #[serde(serialize_with = "in_order")]
    pub weights: HashMap<String, f32>,
    /// From which probability on a statement may be held.
    pub threshold: f32,
}

/// The same file for the same weights.
fn in_order<S: Serializer>(weights: &HashMap<String, f32>, to: S) -> Result<S::Ok, S::Error> {
    weights.iter().collect::<BTreeMap<_, _>>().serialize(to)
}

/// The models.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Verifier {
    /// Names the weights; probabilities are comparable only within one version.
    pub version: String,
    /// For statements that our own reader told in the third person; its threshold is for those that a pattern knows.
    pub read: Head,
    /// The threshold for those that no pattern knows.
    pub plain_threshold: f32,
    /// For statements in a language model's words.
    pub claimed: Head,
}

impl Verifier {
    /// From which probability on a statement of our own reader's may be held.
    #[must_use]
    pub const fn threshold_of_read(&self, is_known: bool) -> f32 {
        if is_known { self.read.threshold } else { self.plain_threshold }
    }

    /// Whether a statement of our own reader's may be held.
    #[must_use]
    pub fn holds(&self, statement: &Statement<'_>) -> bool {
        self.read.probability(statement) >= self.threshold_of_read(statement.is_known)
    }

    /// Whether a language model's claim may be held.
    #[must_use]
    pub fn holds_claim(&self, statement: &Statement<'_>) -> bool {
        self.claimed.probability(statement) >= self.claimed.threshold
    }
}

static SHIPPED: LazyLock<Verifier> = LazyLock::new(|| {
    let shipped = serde_json::from_str(include_str!("../../models/verification.json"));
    // Weights that cannot be read hold nothing.
    shipped.unwrap_or_else(|_| {
        let closed = Head { weights: HashMap::new(), threshold: f32::INFINITY };
        let (read, claimed) = (closed.clone(), closed);
        Verifier { version: "none".into(), read, plain_threshold: f32::INFINITY, claimed }
    })
});

/// The models that come with this program.
#[must_use]
pub fn verifier() -> &'static Verifier {
    &SHIPPED
}

impl Head {
    /// How likely a statement may be held, 0 to 1.
    #[must_use]
    pub fn probability(&self, statement: &Statement<'_>) -> f32 {
        let mut sum = 0.0;
        features(statement, &mut |name| sum += self.weights.get(name).copied().unwrap_or(0.0));
        1.0 / (1.0 + (-sum).exp())
    }
}

/// Words of the turn around the quote that are looked at.
const AROUND_WORDS_MAX: usize = 60;

/// Names every feature of a statement, each once.
pub fn features(statement: &Statement<'_>, each: &mut dyn FnMut(&str)) {
    let own = own(statement.turn);
    let statement = &Statement { turn: own.trim_start(), ..*statement };
    let mut seen = BTreeSet::new();
    let mut name = String::new();
    let mut put = |kind: &str, parts: &[&str]| {
        name.clear();
        name.push_str(kind);
        for part in parts {
            name.push('=');
            name.push_str(part);
        }
        if seen.insert(name.clone()) {
            each(&name);
        }
    };
    put("bias", &[]);
    let against = statement.against.map_or("nothing", Refusal::as_str);
    put("against", &[against]);
    put("known", &[if statement.is_known { "yes" } else { "no" }]);
    of_text(statement, &mut put);
    of_support(statement, &mut put);
    of_turn(statement, &mut put);
}

/// A turn without what stands between our own marks.
fn own(turn: &str) -> Cow<'_, str> {
    let injected = brought::injected(turn);
    if injected.is_empty() {
        return Cow::Borrowed(turn);
    }
    let mut own = String::with_capacity(turn.len());
    let mut from = 0;
    for passage in injected {
        own.push_str(&turn[from..passage.start]);
        from = passage.end;
    }
    own.push_str(&turn[from..]);
    Cow::Owned(own)
}

type Put<'a> = &'a mut dyn FnMut(&str, &[&str]);

/// What is said, in words, pairs of words and kinds of words.
fn of_text(statement: &Statement<'_>, put: Put<'_>) {
    let text = tokens(statement.text, 0..statement.text.len());
    let word = |at: usize| text.get(at).map_or("", |token| token.low.as_str());
    put("verb", &[word(0)]);
    put("verb-against", &[word(0), statement.against.map_or("nothing", Refusal::as_str)]);
    put("head", &[word(0), word(1)]);
    put("head3", &[word(0), word(1), word(2)]);
    for (at, token) in text.iter().enumerate() {
        put("word", &[&token.low]);
        put("pair", &[&token.low, word(at + 1)]);
        if let Some(stem) = language::content_stem(&token.low) {
            put("stem", &[&stem]);
        }
        for kind in kinds(&token.low, token.capital && at > 0) {
            put("kind", &[kind]);
            put("verb-kind", &[word(0), kind]);
        }
    }
    put("words", &[bucket(text.len())]);
    let end = text.iter().rev().find(|token| token.low.starts_with(char::is_alphanumeric));
    put("last", &[end.map_or("", |token| &token.low)]);
}

/// What kinds of word this is.
fn kinds(word: &str, capital: bool) -> impl Iterator<Item = &'static str> {
    let is = |is: bool, kind| is.then_some(kind);
    [
        is(lexicon::is_person_noun(word), "person"),
        is(lexicon::KIN.contains(&word), "kin"),
        is(lexicon::PETS.contains(&word), "pet"),
        is(lexicon::LANGUAGES.contains(&word), "language"),
        is(lexicon::NATIONALITIES.contains(&word), "nationality"),
        is(lexicon::BELONGINGS.contains(&word), "belonging"),
        is(lexicon::FEELINGS.contains(&word), "feeling"),
        is(lexicon::PASSING.contains(&word), "passing"),
        is(lexicon::DEGREES.contains(&word), "degree"),
        is(lexicon::POINTING.contains(&word), "pointing"),
        is(lexicon::NUMBERS.contains(&word), "number"),
        is(word.starts_with(|char: char| char.is_ascii_digit()), "digits"),
        is(capital, "name"),
        is(word.ends_with("ing"), "ing"),
    ]
    .into_iter()
    .flatten()
}

/// How far the quote carries the text, and what the quote is.
fn of_support(statement: &Statement<'_>, put: Put<'_>) {
    let place = statement.turn.find(statement.quote).filter(|_| !statement.quote.is_empty());
    if place.is_none() {
        put("no-quote", &[]);
    }
    let stems = |text: &str| language::content_stems(text).collect::<BTreeSet<_>>();
    let (text, quote, turn) =
        (stems(statement.text), stems(statement.quote), stems(statement.turn));
    put("beyond-quote", &[count(text.difference(&quote).count())]);
    put("beyond-turn", &[count(text.difference(&turn).count())]);
    let digits = |text: &str| {
        text.split(|char: char| !char.is_ascii_digit())
            .filter(|number| !number.is_empty())
            .map(str::to_owned)
            .collect::<BTreeSet<_>>()
    };
    if digits(statement.text).difference(&digits(statement.turn)).next().is_some() {
        put("number-from-nowhere", &[]);
    }
    let quote = tokens(statement.quote, 0..statement.quote.len());
    let word = |at: usize| quote.get(at).map_or("", |token| token.low.as_str());
    put("quote", &[word(0)]);
    put("quote2", &[word(0), word(1)]);
    put("quote-words", &[bucket(quote.len())]);
    for token in quote.iter().take(AROUND_WORDS_MAX) {
        put("said", &[&token.low]);
        if matches!(token.low.as_str(), "i" | "my" | "me" | "we" | "our" | "?" | "if" | "\"") {
            put("quote-has", &[&token.low]);
        }
    }
}

/// What stands around the quote in its turn.
fn of_turn(statement: &Statement<'_>, put: Put<'_>) {
    let whole = statement.turn;
    let found = whole.find(statement.quote);
    let start = found.unwrap_or_default();
    let end = found.map_or(0, |start| start + statement.quote.len());
    let before = &whole[whole.ceil_char_boundary(start.saturating_sub(400))..start];
    let after = &whole[end..whole.floor_char_boundary((end + 400).min(whole.len()))];
    let (before, after) = (tokens(before, 0..before.len()), tokens(after, 0..after.len()));
    let near = |at: usize, of: &[super::tokens::Token]| {
        of.get(at).map_or(String::new(), |token| token.low.clone())
    };
    let back =
        |at: usize| before.len().checked_sub(at + 1).map_or(String::new(), |at| near(at, &before));
    put("before", &[&back(0)]);
    put("before2", &[&back(1), &back(0)]);
    put("after", &[&near(0, &after)]);
    put("after2", &[&near(0, &after), &near(1, &after)]);
    for token in
        before.iter().rev().take(AROUND_WORDS_MAX).chain(after.iter().take(AROUND_WORDS_MAX))
    {
        put("around", &[&token.low]);
    }
    let mut lines = whole.lines().filter(|line| !line.trim().is_empty());
    let opening = lines.next().unwrap_or_default();
    let opening = tokens(opening, 0..opening.floor_char_boundary(60));
    for at in 0..2 {
        put("opens", &[&near(at, &opening)]);
    }
    put("opens2", &[&near(0, &opening), &near(1, &opening)]);
    put("lines", &[bucket(whole.lines().count())]);
    put("turn", &[bucket(whole.len() / 16)]);
    put("asks", &[if whole.contains('?') { "yes" } else { "no" }]);
    put("quotes", &[count(whole.matches(['"', '“', '«']).count())]);
    let selves =
        tokens(&whole[..whole.floor_char_boundary(2000)], 0..whole.floor_char_boundary(2000))
            .iter()
            .filter(|token| token.low == "i")
            .count();
    put("selves", &[count(selves)]);
    let at = if whole.is_empty() { 0 } else { start * 4 / whole.len() };
    put("stands", &[count(at)]);
}

/// Small counts by themselves, larger ones together.
const fn count(number: usize) -> &'static str {
    match number {
        0 => "0",
        1 => "1",
        2 => "2",
        3 => "3",
        4..=6 => "4-6",
        _ => "7+",
    }
}

/// Sizes by powers of two.
const fn bucket(number: usize) -> &'static str {
    match number {
        0 => "0",
        1 => "1",
        2 => "2",
        3..=4 => "3-4",
        5..=8 => "5-8",
        9..=16 => "9-16",
        17..=32 => "17-32",
        33..=64 => "33-64",
        65..=128 => "65-128",
        _ => "129+",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize)]
    struct Vector {
        turn: String,
        quote: String,
        text: String,
        is_known: bool,
        features: Vec<String>,
        read: f32,
        claimed: f32,
    }

    /// What was trained is what runs: the features of these statements, and what the shipped weights make of them. Where
    /// features change, the weights have to be fitted again, and these vectors written anew.
    #[test]
    fn features_and_weights_belong_together() {
        let vectors = include_str!("../../training/verification/vectors.json");
        let vectors: Vec<Vector> = serde_json::from_str(vectors).unwrap();
        for vector in &vectors {
            let statement = Statement {
                turn: &vector.turn,
                quote: &vector.quote,
                text: &vector.text,
                against: None,
                is_known: vector.is_known,
            };
            let mut found = Vec::new();
            features(&statement, &mut |name| found.push(name.to_owned()));
            assert_eq!(found, vector.features, "{}", vector.text);
            let verifier = verifier();
            for (head, wanted) in
                [(&verifier.read, vector.read), (&verifier.claimed, vector.claimed)]
            {
                let probability = head.probability(&statement);
                assert!((probability - wanted).abs() < 1e-3, "{}: {probability}", vector.text);
            }
        }
        assert!(vectors.len() >= 5);
    }

    #[test]
    fn what_stands_between_our_own_marks_says_nothing_of_a_statement() {
        let of = |turn: &str| {
            let statement = Statement {
                turn,
                quote: "I have two cats",
                text: "Has two cats",
                against: None,
                is_known: true,
            };
            let mut found = BTreeSet::new();
            features(&statement, &mut |name| {
                found.extend(name.starts_with("around").then(|| name.to_owned()));
            });
            found
        };
        let bare = of("Hi. I have two cats.");
        let beside = of("Hi. [tactful:begin] Is a baker. [tactful:end] I have two cats.");
        assert!(beside.is_subset(&bare), "{beside:?}");
    }

    #[test]
    fn odd_statements_are_judged_and_nothing_breaks() {
        for (turn, quote, text) in [
            ("", "", ""),
            ("I’m", "I’m", "’"),
            ("日本", "本", "日"),
            ("I cook", "not there ’", "Cooks"),
            ("\u{0}\u{fffd}", "\u{fffd}", "\n"),
        ] {
            let statement = Statement { turn, quote, text, against: None, is_known: false };
            let probability = verifier().read.probability(&statement);
            assert!((0.0..=1.0).contains(&probability));
        }
    }
}
