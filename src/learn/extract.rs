//! Finds candidates: what a person says of themselves, turn by turn, with the words it rests on.

use std::ops::Range;

use super::{
    Candidate, Over, Refusal, Source,
    classify::{classify, sensitivity},
    clauses::{Clause, clauses},
    frame::Carried,
    grammar::{self, Draft},
    tokens::{Token, tokens},
    turn::{self, Saying},
    verifier::{Scene, verifier},
    verify::verify,
};
use crate::{language, person::Category};

/// More endings than this in one turn are a list of something else.
const OVER_MAX: usize = 8;

/// What was found in the turns of one conversation.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Extracted {
    /// What was found and held its ground, in the order in which it was said.
    pub candidates: Vec<Candidate>,
    /// What is over by their words, in the order in which it was said.
    pub over: Vec<Over>,
    /// What was refused, in the order in which it was said.
    pub refused: Vec<Refused>,
}

/// Words that were refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Which of the turns they were said in.
    pub turn: usize,
    /// Where they stand in it, in bytes.
    pub at: Range<usize>,
    /// Why.
    pub why: Refusal,
}

/// Reads the person's own turns of one conversation, oldest first.
///
/// Linear in the length of the turns (counted by `tests/linear.rs`), of which only a bounded part is read.
pub fn extract<'a>(turns: impl IntoIterator<Item = &'a str>) -> Extracted {
    let turns: Vec<&str> = turns.into_iter().collect();
    let mut found = read_without_verifier(turns.iter().copied());
    let refused = &mut found.refused;
    let mut scenes: Option<(usize, Scene<'_>)> = None;
    found.candidates.retain(|it| {
        let turn = turns[it.turn];
        // Candidates come turn by turn, and what is looked at of a turn is the same for all of them.
        let scene = scenes.take().filter(|(of, _)| *of == it.turn);
        let (_, scene) = scenes.insert(scene.unwrap_or_else(|| (it.turn, Scene::of(turn))));
        let is_held = verifier().holds(&it.statement(scene));
        if !is_held {
            let start = turn.find(&it.quote).unwrap_or_default();
            let at = start..start + it.quote.len();
            refused.push(Refused { turn: it.turn, at, why: doubt(it.source) });
        }
        is_held
    });
    found
}

/// Why a statement that the verifier does not hold is refused: for what a pattern had against it, if any did.
fn doubt(source: Source) -> Refusal {
    match source {
        Source::Plain(Some(refusal)) => refusal,
        Source::Plain(None) | Source::Pattern | Source::Model => Refusal::Unverified,
    }
}

/// What [`extract`] gives to the verifier: far more than may be held.
pub fn read_without_verifier<'a>(turns: impl IntoIterator<Item = &'a str>) -> Extracted {
    let mut found = Extracted::default();
    let mut carried = Carried::NOTHING;
    for (index, text) in turns.into_iter().enumerate() {
        let turn = turn::read(text, carried);
        carried = carried.after(turn.frame, text);
        let mut said = Extracted::default();
        for saying in &turn.sayings {
            said.read_sentence(text, index, saying, &turn.quoted);
        }
        // Telling the language costs more than all the rest, so it is asked of those few turns that it matters for.
        if !(said.candidates.is_empty() && said.over.is_empty()) && language::is_foreign(text) {
            found.refused.push(Refused { turn: index, at: 0..text.len(), why: Refusal::Language });
            continue;
        }
        let refused = |(at, why)| Refused { turn: index, at, why };
        let injected = turn.injected.into_iter().map(|at| (at, Refusal::Injected));
        found.refused.extend(injected.map(refused));
        let too_long = turn.too_long.then_some((0..text.len(), Refusal::Pasted));
        found.refused.extend(too_long.map(refused));
        found.refused.append(&mut said.refused);
        found.candidates.append(&mut said.candidates);
        found.over.append(&mut said.over);
    }
    found
}

impl Extracted {
    fn read_sentence(&mut self, text: &str, turn: usize, saying: &Saying, quoted: &[Range<usize>]) {
        let tokens = tokens(text, saying.at.clone());
        let asks = text[saying.at.clone()].trim_end().ends_with('?');
        let clauses = clauses(&tokens);
        for (at, clause) in clauses.iter().enumerate() {
            let said = &tokens[clause.tokens.clone()];
            let whole = &tokens[clause.tokens.start..];
            // Only the last clause of a question asks: "I'm vegan, what can I cook?"
            let asks = asks && at + 1 == clauses.len();
            let against = around(saying.refused, said, quoted, clause, asks, &tokens);
            if against.is_none() {
                self.over
                    .extend(over(text, turn, said, whole).filter(|_| self.over.len() < OVER_MAX));
            }
            let Some(reading) = grammar::read(text, said, clause) else { continue };
            let told = against.map_or(reading, Err);
            self.keep(turn, said, told.and_then(|draft| candidate(text, turn, said, draft)));
        }
        let plays = saying.refused.is_some() && !saying.opens;
        if plays || clauses.iter().any(|clause| clause.supposes) {
            return;
        }
        if let Some((draft, place)) = grammar::close::read(&tokens) {
            let named = &tokens[place];
            let start = named.first().map_or(0, |token| token.at.start);
            if !quoted.iter().any(|passage| passage.contains(&start)) {
                self.keep(turn, named, candidate(text, turn, named, draft));
            }
        }
    }

    fn keep(&mut self, turn: usize, said: &[Token], read: Result<Candidate, Refusal>) {
        match read {
            Ok(candidate) => self.candidates.push(candidate),
            Err(why) => self.refused.push(Refused { turn, at: place(said), why }),
        }
    }
}

/// Why a clause is refused for what surrounds it, whatever it says.
fn around(
    of_sentence: Option<Refusal>,
    said: &[Token],
    quoted: &[Range<usize>],
    clause: &Clause,
    asks: bool,
    sentence: &[Token],
) -> Option<Refusal> {
    let Range { start, end } = place(said);
    let in_quotes = quoted.iter().any(|passage| {
        passage.start < end
            && start < passage.end
            && (passage.contains(&start) || passage.len() > 60)
    });
    let reminds = sentence.iter().any(|token| token.low == "remember");
    if let Some(refusal) = of_sentence {
        return Some(if reminds && refusal == Refusal::Pasted {
            Refusal::Instruction
        } else {
            refusal
        });
    }
    if in_quotes {
        return Some(if reminds { Refusal::Instruction } else { Refusal::Quoted });
    }
    if clause.supposes {
        return Some(Refusal::Hypothetical);
    }
    asks.then_some(Refusal::Question)
}

/// Where these words stand in their turn.
fn place(said: &[Token]) -> Range<usize> {
    let start = said.first().map_or(0, |token| token.at.start);
    start..said.last().map_or(start, |token| token.at.end)
}

/// What a clause, or the sentence from it on, says is over.
fn over(text: &str, turn: usize, clause: &[Token], sentence: &[Token]) -> Option<Over> {
    let (draft, ended, tokens) = grammar::over::read(text, clause, sentence)?;
    let candidate = candidate(text, turn, sentence.get(..tokens)?, draft).ok()?;
    Some(Over::new(candidate, ended))
}

fn candidate(text: &str, turn: usize, said: &[Token], draft: Draft) -> Result<Candidate, Refusal> {
    let (Some(first), Some(last)) = (said.first(), said.last()) else {
        return Err(Refusal::NoEvidence);
    };
    let quote = text[first.at.start..last.at.end].to_owned();
    let category = category(&draft, &quote);
    let candidate = Candidate {
        turn,
        text: draft.text,
        quote,
        category,
        sensitivity: sensitivity(category),
        basis: draft.basis,
        confidence: draft.confidence,
        source: draft.source,
    };
    verify(&candidate, text)?;
    Ok(candidate)
}

/// What a draft is about: sensitive words in it or in its quote overrule the pattern, and the pattern the plain words.
fn category(draft: &Draft, quote: &str) -> Category {
    let by_words = classify(&draft.text).0;
    let in_quote = super::sensitive::sensitive(quote);
    match (in_quote, draft.category) {
        _ if by_words.is_sensitive() => by_words,
        (Some(category), _) => category,
        (None, Category::Other) => by_words,
        (None, category) => category,
    }
}
