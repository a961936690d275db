//! Stage 1: what is true of this person? From their own words to attributes worth keeping.
//!
//! Pure: no HTTP, no store, no clock. Extract finds first-person, lasting statements; verify refuses what the words do
//! not carry; merge says what changes in what is held.
//!
//! - [`extract`](extract()): turns into sentences, sentences into clauses, clauses into candidates, by a small grammar
//!   of English; what is not the person speaking for themselves is refused with a [`Refusal`].
//! - [`ask`]: the other engine: what a language model is asked, and what of its answer holds.
//! - [`verify`](verify()): one candidate against its turn.
//! - [`classify`](classify()): category and sensitivity of any statement, learned or entered.
//! - [`is_worth_a_lesson`]: whether a turn could hold anything to learn, at a glance.
//! - [`leaves_room_for_self`]: whether a conversation so far leaves anything to learn from.
//! - [`tombstone`](tombstone()): the mark that keeps a deleted statement from coming back.
//!
//! When in doubt it refuses: what was not learned can be said again, junk has to be found and deleted.

pub mod ask;
mod brought;
mod classify;
mod clauses;
mod extract;
mod frame;
mod grammar;
mod lasting;
mod lexicon;
mod listed;
mod merge;
mod over;
mod refusal;
mod retell;
mod room;
mod sameness;
mod secrets;
mod sensitive;
mod skim;
mod succession;
#[cfg(test)]
mod tests;
mod tokens;
mod tombstone;
mod turn;
mod verifier;
mod verify;

pub use classify::classify;
pub use extract::{Extracted, Refused, extract, read_without_verifier};
pub use frame::leaves_room_for_self;
pub use lasting::ends_at;
pub use merge::{ATTRIBUTES_MAX, EVIDENCE_MAX, PENDING_SECONDS, without_repeats};
pub use over::Over;
pub use refusal::Refusal;
pub use skim::is_worth_a_lesson;
pub use tombstone::tombstone;
pub use verifier::{
    FEATURES, Head, Scene, Statement, Unusable, Verifier, features, judge_by, verifier,
};
pub use verify::verify;

use self::ask::{Asked, beside};
use crate::person::{Basis, Category, Changes, Lesson, Profile, Sensitivity};

/// A statement found in a turn, not yet held.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// Which of the turns it was said in.
    pub turn: usize,
    /// A predicate without a subject, in the person's own words.
    pub text: String,
    /// The words it rests on, byte for byte as they stand in the turn.
    pub quote: String,
    /// What part of a life it is about.
    pub category: Category,
    /// Whether it needs consent.
    pub sensitivity: Sensitivity,
    /// Said, or following from what was said.
    pub basis: Basis,
    /// How sure the pattern is that found it, 0 to 1.
    pub confidence: f32,
    /// What found it.
    pub source: Source,
}

impl Candidate {
    /// What the verifier judges; `scene` is the turn it was said in.
    #[must_use]
    pub fn statement<'a>(&'a self, scene: &'a Scene<'a>) -> Statement<'a> {
        let (against, is_known) = self.source.told();
        let (quote, text) = (&self.quote, &self.text);
        Statement { scene: Some(scene), quote, text, against, is_known }
    }
}

/// What found a candidate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// A pattern that knows its words.
    Pattern,
    /// The reader of any plain statement; with what a pattern has against it.
    Plain(Option<Refusal>),
    /// A language model.
    Model,
}

impl Source {
    /// What a pattern has against it, and whether a pattern that knows its words told it.
    #[must_use]
    pub const fn told(self) -> (Option<Refusal>, bool) {
        match self {
            Self::Pattern => (None, true),
            Self::Plain(against) => (against, false),
            Self::Model => (None, false),
        }
    }
}

/// What one lesson led to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Learned {
    /// What changes in the profile.
    pub changes: Changes,
    /// What was newly learned, for the counters.
    pub learned: Vec<(Category, Basis)>,
    /// What was refused, and why, for the counters.
    pub refused: Vec<&'static str>,
}

/// Learns from one lesson against what is held. `count_tokens` says what a text costs a model to read.
#[must_use]
pub fn learn(
    lesson: &Lesson,
    profile: &Profile,
    now: i64,
    count_tokens: &dyn Fn(&str) -> u32,
) -> Learned {
    let found = extract(lesson.turns.iter().map(String::as_str));
    learn_found(found, Asked::default(), lesson, profile, now, count_tokens)
}

/// Learns what the local engine and a model that was asked found in a lesson, each fact once.
#[must_use]
pub fn learn_found(
    found: Extracted,
    asked: Asked,
    lesson: &Lesson,
    profile: &Profile,
    now: i64,
    count_tokens: &dyn Fn(&str) -> u32,
) -> Learned {
    if !profile.settings.learn {
        return Learned::default();
    }
    let mut learned = Learned {
        refused: found
            .refused
            .iter()
            .map(|refused| refused.why)
            .chain(asked.refused)
            .map(Refusal::as_str)
            .collect(),
        ..Learned::default()
    };
    let mut merge = merge::Merge::new(profile, lesson, now);
    let said = beside(found.candidates, asked.candidates).into_iter().map(Said::Holds);
    let mut said: Vec<_> = said.chain(found.over.into_iter().map(Said::Over)).collect();
    // As it was said: who sold a car and bought another has one.
    said.sort_by_key(|said| said.place(lesson));
    for said in said {
        let kind = (said.candidate().category, said.candidate().basis);
        let tokens = count_tokens(&said.candidate().text);
        let taken = match said {
            Said::Holds(candidate) => merge.take(candidate, tokens),
            Said::Over(over) => merge.end(over, tokens),
        };
        match taken {
            Ok(true) => learned.learned.push(kind),
            Ok(false) => {}
            Err(refusal) => learned.refused.push(refusal.as_str()),
        }
    }
    learned.changes = merge.changes();
    learned
}

/// What was said: something that holds, or that something is over.
enum Said {
    Holds(Candidate),
    Over(Over),
}

impl Said {
    const fn candidate(&self) -> &Candidate {
        match self {
            Self::Holds(candidate) => candidate,
            Self::Over(over) => &over.candidate,
        }
    }

    /// Which turn it was said in, and where.
    fn place(&self, lesson: &Lesson) -> (usize, usize) {
        let Candidate { turn, quote, .. } = self.candidate();
        let at = lesson.turns.get(*turn).and_then(|turn| turn.find(quote));
        (*turn, at.unwrap_or(usize::MAX))
    }
}
