//! One labelled session, what is predicted for it, and how the two compare.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::{
    eval::verification::is_dev,
    language,
    learn::{Candidate, Extracted},
    person::{Basis, Category, Sensitivity},
};

#[derive(Deserialize)]
pub(super) struct Session {
    pub id: String,
    messages: Vec<Message>,
    #[serde(default)]
    attributes: Vec<Label>,
}

#[derive(Deserialize)]
struct Message {
    role: String,
    content: String,
}

#[derive(Deserialize)]
struct Label {
    text: String,
    valid: bool,
    kind: Option<String>,
    evidence: Option<String>,
}

#[derive(Serialize)]
pub(super) struct Prediction<'a> {
    id: &'a str,
    attributes: Vec<Predicted<'a>>,
}

#[derive(Serialize)]
struct Predicted<'a> {
    text: &'a str,
    category: Category,
    sensitivity: Sensitivity,
    basis: Basis,
    confidence: f32,
    evidence: Quoted<'a>,
}

#[derive(Serialize)]
struct Quoted<'a> {
    message: usize,
    quote: &'a str,
}

impl Session {
    /// The person's own turns, each with the place of its message.
    pub(super) fn own_turns(&self) -> Vec<(usize, &str)> {
        let own = |(at, message): (usize, &'_ Message)| (message.role == "user").then_some(at);
        self.messages
            .iter()
            .enumerate()
            .filter_map(own)
            .map(|at| (at, self.messages[at].content.as_str()))
            .collect()
    }

    pub(super) fn prediction<'a>(&'a self, kept: &'a [Candidate]) -> Prediction<'a> {
        let turns = self.own_turns();
        let attributes = kept
            .iter()
            .map(|kept| Predicted {
                text: &kept.text,
                category: kept.category,
                sensitivity: kept.sensitivity,
                basis: kept.basis,
                confidence: kept.confidence,
                evidence: Quoted {
                    message: turns.get(kept.turn).map_or(0, |(at, _)| *at),
                    quote: &kept.quote,
                },
            })
            .collect();
        Prediction { id: &self.id, attributes }
    }

    /// Of the session's labels that count for the recall of plain statements and were not found: what became of their
    /// words. "unread" where no pattern took them for a statement.
    pub(super) fn missed(&self, found: &Extracted, because: &mut BTreeMap<&'static str, [u32; 2]>) {
        let turns = self.own_turns();
        for label in self.attributes.iter().filter(|label| label.valid) {
            let quote = label.evidence.as_deref().unwrap_or_default();
            let place = turns
                .iter()
                .enumerate()
                .find_map(|(turn, (_, text))| Some((turn, text.find(quote)?)))
                .filter(|_| !quote.is_empty());
            let Some((turn, start)) = place else { continue };
            if label.kind.as_deref() != Some("direct") || !speaks_of_self(quote) {
                continue;
            }
            let end = start + quote.len();
            let text = turns[turn].1;
            let is_found = found.candidates.iter().any(|it| {
                it.turn == turn && same_words(text, &it.quote, Some(quote))
                    || same_stems(&it.text, &label.text)
            });
            if is_found {
                continue;
            }
            let why = found
                .refused
                .iter()
                .find(|it| it.turn == turn && it.at.start < end && start < it.at.end);
            let why = why.map_or("unread", |it| it.why.as_str());
            because.entry(why).or_default()[usize::from(!self.is_dev())] += 1;
        }
    }

    /// Whether the session is for looking at.
    fn is_dev(&self) -> bool {
        is_dev(&self.id)
    }
}

/// How one session came out.
#[derive(Clone, Copy, Default)]
pub(super) struct Score {
    pub dev: bool,
    pub items: u32,
    pub verbatim: u32,
    /// Items that match a valid label.
    pub matched: u32,
    /// Items that match a rejected label and no valid one.
    pub matched_rejected: u32,
    pub valid: u32,
    /// Valid `direct` labels whose evidence stands in one of the person's turns.
    pub direct: u32,
    pub direct_found: u32,
    /// The same, of labels whose evidence speaks in the first person.
    pub first_person: u32,
    pub first_person_found: u32,
}

/// Compares what is kept of a session with its labels.
pub(super) fn score(session: &Session, kept: &[Candidate]) -> Score {
    let turns = session.own_turns();
    let mut score = Score { dev: session.is_dev(), ..Score::default() };
    let matches = |kept: &Candidate, label: &Label| {
        let turn = turns.get(kept.turn).map_or("", |(_, text)| *text);
        same_words(turn, &kept.quote, label.evidence.as_deref())
            || same_stems(&kept.text, &label.text)
    };
    for kept in kept {
        score.items += 1;
        score.verbatim +=
            u32::from(turns.get(kept.turn).is_some_and(|(_, text)| text.contains(&kept.quote)));
        let valid = session.attributes.iter().any(|label| label.valid && matches(kept, label));
        let rejected = session.attributes.iter().any(|label| !label.valid && matches(kept, label));
        score.matched += u32::from(valid);
        score.matched_rejected += u32::from(rejected && !valid);
    }
    for label in session.attributes.iter().filter(|label| label.valid) {
        score.valid += 1;
        let quote = label.evidence.as_deref().unwrap_or_default();
        let stands = !quote.is_empty() && turns.iter().any(|(_, text)| text.contains(quote));
        if label.kind.as_deref() == Some("direct") && stands {
            let found = u32::from(kept.iter().any(|kept| matches(kept, label)));
            score.direct += 1;
            score.direct_found += found;
            if speaks_of_self(quote) {
                score.first_person += 1;
                score.first_person_found += found;
            }
        }
    }
    score
}

/// Whether a quote and a label's evidence overlap in the turn the quote is from.
fn same_words(turn: &str, quote: &str, evidence: Option<&str>) -> bool {
    let Some(evidence) = evidence.filter(|evidence| !evidence.is_empty()) else { return false };
    let (Some(quoted), Some(labelled)) = (turn.find(quote), turn.find(evidence)) else {
        return false;
    };
    quoted < labelled + evidence.len() && labelled < quoted + quote.len()
}

/// Whether half of the content stems of the shorter text stand in the other.
fn same_stems(one: &str, other: &str) -> bool {
    let (one, other): (BTreeSet<_>, BTreeSet<_>) =
        (language::content_stems(one).collect(), language::content_stems(other).collect());
    let shared = one.intersection(&other).count();
    shared > 0 && shared * 2 > one.len().min(other.len())
}

fn speaks_of_self(quote: &str) -> bool {
    language::words(quote).any(|word| {
        matches!(word.to_lowercase().as_str(), "i" | "i'm" | "i’m" | "im" | "i've" | "i’ve" | "my")
    })
}
