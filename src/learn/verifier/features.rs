//! What the models look at, by name: the words of a statement, how far its quote carries it, what stands around it.

use std::{borrow::Cow, collections::BTreeSet};

use super::Statement;
use crate::{
    language,
    learn::{
        Refusal, brought, lexicon,
        tokens::{Token, tokens},
        turn::READ_BYTES_MAX,
    },
};

/// Words of the turn around the quote that are looked at.
const AROUND_WORDS_MAX: usize = 60;

/// A turn as the statements in it are judged by: worked out once, however many they are.
#[derive(Clone, Debug)]
pub struct Scene<'a> {
    /// Without what stands between our own marks.
    own: Cow<'a, str>,
    /// Where its first word begins.
    start: usize,
    stems: BTreeSet<String>,
    numbers: BTreeSet<String>,
    /// Its first two words.
    opening: [String; 2],
    lines: usize,
    asks: bool,
    /// Quotation marks.
    quotes: usize,
    /// How often its beginning says "I".
    selves: usize,
}

impl<'a> Scene<'a> {
    /// Reads a turn.
    #[must_use]
    pub fn of(turn: &'a str) -> Self {
        let own = own(turn);
        let start = own.len() - own.trim_start().len();
        let whole = &own[start..];
        let line = whole.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
        let opening = tokens(line, 0..line.floor_char_boundary(60));
        let beginning = tokens(whole, 0..whole.floor_char_boundary(2000));
        Self {
            stems: stems(whole),
            numbers: numbers(whole),
            opening: [near(0, &opening).to_owned(), near(1, &opening).to_owned()],
            lines: whole.lines().count(),
            asks: whole.contains('?'),
            quotes: whole.matches(['"', '“', '«']).count(),
            selves: beginning.iter().filter(|token| token.low == "i").count(),
            own,
            start,
        }
    }

    fn whole(&self) -> &str {
        &self.own[self.start..]
    }

    /// Where a quote stands, in that part of a turn which is read.
    fn place(&self, quote: &str) -> Option<usize> {
        let whole = self.whole();
        whole[..whole.floor_char_boundary(READ_BYTES_MAX)].find(quote)
    }
}

/// Names every feature of a statement, each once. Where its turn is not known, those that the turn tells are left out.
pub fn features(statement: &Statement<'_>, each: &mut dyn FnMut(&str)) {
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
    if let Some(scene) = statement.scene {
        of_turn(statement.quote, scene, &mut put);
    }
}

fn stems(text: &str) -> BTreeSet<String> {
    language::content_stems(text).collect()
}

fn numbers(text: &str) -> BTreeSet<String> {
    let digits = text.split(|char: char| !char.is_ascii_digit());
    digits.filter(|number| !number.is_empty()).map(str::to_owned).collect()
}

/// The word or mark at a place; nothing where there is none.
fn near(at: usize, of: &[Token]) -> &str {
    of.get(at).map_or("", |token| token.low.as_str())
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
    let word = |at: usize| near(at, &text);
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
    let scene = statement.scene;
    let stands = scene.is_none_or(|scene| scene.place(statement.quote).is_some());
    if statement.quote.is_empty() || !stands {
        put("no-quote", &[]);
    }
    let (text, quote) = (stems(statement.text), stems(statement.quote));
    put("beyond-quote", &[count(text.difference(&quote).count())]);
    if let Some(scene) = scene {
        put("beyond-turn", &[count(text.difference(&scene.stems).count())]);
        if numbers(statement.text).difference(&scene.numbers).next().is_some() {
            put("number-from-nowhere", &[]);
        }
    }
    let quote = tokens(statement.quote, 0..statement.quote.len());
    put("quote", &[near(0, &quote)]);
    put("quote2", &[near(0, &quote), near(1, &quote)]);
    put("quote-words", &[bucket(quote.len())]);
    for token in quote.iter().take(AROUND_WORDS_MAX) {
        put("said", &[&token.low]);
        if matches!(token.low.as_str(), "i" | "my" | "me" | "we" | "our" | "?" | "if" | "\"") {
            put("quote-has", &[&token.low]);
        }
    }
}

/// What stands around the quote in its turn.
fn of_turn(quote: &str, scene: &Scene<'_>, put: Put<'_>) {
    let whole = scene.whole();
    let found = scene.place(quote);
    let start = found.unwrap_or_default();
    let end = found.map_or(0, |start| start + quote.len());
    let before = &whole[whole.ceil_char_boundary(start.saturating_sub(400))..start];
    let after = &whole[end..whole.floor_char_boundary((end + 400).min(whole.len()))];
    let (before, after) = (tokens(before, 0..before.len()), tokens(after, 0..after.len()));
    let back = |at: usize| before.len().checked_sub(at + 1).map_or("", |at| near(at, &before));
    put("before", &[back(0)]);
    put("before2", &[back(1), back(0)]);
    put("after", &[near(0, &after)]);
    put("after2", &[near(0, &after), near(1, &after)]);
    let around = before.iter().rev().take(AROUND_WORDS_MAX);
    for token in around.chain(after.iter().take(AROUND_WORDS_MAX)) {
        put("around", &[&token.low]);
    }
    let [first, second] = &scene.opening;
    put("opens", &[first]);
    put("opens", &[second]);
    put("opens2", &[first, second]);
    put("lines", &[bucket(scene.lines)]);
    put("turn", &[bucket(whole.len() / 16)]);
    put("asks", &[if scene.asks { "yes" } else { "no" }]);
    put("quotes", &[count(scene.quotes)]);
    put("selves", &[count(scene.selves)]);
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
