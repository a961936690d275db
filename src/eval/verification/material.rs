//! Labelled statements, in the shapes they come in.

use std::{
    collections::HashMap,
    fs::File,
    io::{BufRead as _, BufReader},
    path::Path,
};

use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use crate::{
    eval::EvalError,
    learn::{Candidate, Head, Refusal, Scene, Statement, features, read_without_verifier},
};

/// Who told the statement: the two are judged by different weights.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Our own reader.
    Read,
    /// A language model.
    Claimed,
}

/// Where a labelled statement comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Written for training.
    Written,
    /// People's real sessions, labelled by a machine and corrected.
    Session,
    /// What people said of what is held about them.
    Judged,
}

/// A labelled statement.
#[derive(Clone, Debug)]
pub struct Example {
    /// What is not independent of it: its session, its turn or the person.
    pub group: String,
    /// Who told it.
    pub kind: Kind,
    /// Where it comes from.
    pub origin: Origin,
    /// None: only the words it rests on were kept.
    pub(super) turn: Option<String>,
    pub(super) quote: String,
    pub(super) text: String,
    pub(super) against: Option<Refusal>,
    /// Whether a pattern that knows its words told it.
    pub is_known: bool,
    /// Whether it may be held.
    pub good: bool,
    /// What is wrong with it, in the words of its label.
    pub reason: String,
}

impl Example {
    /// How likely it may be held, by these weights.
    #[must_use]
    pub fn probability(&self, head: &Head) -> f32 {
        self.judged(|statement| head.probability(statement))
    }

    /// The names of its features.
    #[must_use]
    pub fn features(&self) -> Vec<String> {
        let mut names = Vec::new();
        self.judged(|statement| features(statement, &mut |name| names.push(name.to_owned())));
        names
    }

    fn judged<T>(&self, judge: impl FnOnce(&Statement<'_>) -> T) -> T {
        let scene = self.turn.as_deref().map(Scene::of);
        judge(&Statement {
            scene: scene.as_ref(),
            quote: &self.quote,
            text: &self.text,
            against: self.against,
            is_known: self.is_known,
        })
    }

    /// Whether it is of the half that may be looked at and fitted on.
    #[must_use]
    pub fn is_dev(&self) -> bool {
        is_dev(&self.group)
    }

    /// Of sessions only the half that may be looked at is; the other says what the fit is worth.
    #[must_use]
    pub fn may_be_fitted_on(&self) -> bool {
        self.origin != Origin::Session || self.is_dev()
    }
}

/// Whether a session is of the half that may be looked at.
pub(in crate::eval) fn is_dev(session: &str) -> bool {
    Sha256::digest(session.as_bytes())[0].is_multiple_of(2)
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Line {
    Session {
        id: String,
        messages: Vec<Message>,
        #[serde(default)]
        attributes: Vec<Attribute>,
    },
    Turn {
        turn: String,
        items: Vec<Item>,
    },
    Pair {
        turn: String,
        quote: String,
        text: String,
        label: String,
    },
    Span {
        session: String,
        message: usize,
        start: usize,
        end: usize,
        label: String,
    },
}

#[derive(Deserialize)]
struct Message {
    role: String,
    content: String,
}

#[derive(Deserialize)]
struct Attribute {
    text: String,
    valid: bool,
    evidence: Option<String>,
    rejected_because: Option<String>,
}

#[derive(Deserialize)]
struct Item {
    quote: String,
    label: String,
}

/// The label of what may be held.
const KEEP: &str = "keep";

/// Reads labelled statements. Shapes, told apart by their keys: sessions with attributes; a turn with its labelled
/// clauses, `{"turn","items":[{"quote","label"}]}`; a claim, `{"turn","quote","text","label"}`; and a labelled place in a
/// session of a file given before, `{"session","message","start","end","label"}`.
///
/// # Errors
/// When a file cannot be read or a line has none of these shapes.
pub fn read(paths: &[&Path]) -> Result<Vec<Example>, EvalError> {
    let mut material = Material::default();
    for path in paths {
        let failed = |source| EvalError::File { path: (*path).to_owned(), source };
        let file = File::open(path).map_err(failed)?;
        for (index, line) in BufReader::new(file).lines().enumerate() {
            material.add(&line.map_err(failed)?, path, index)?;
        }
    }
    Ok(material.examples())
}

/// The statements that were written for training, which come with this program (`training/verification/`).
///
/// # Errors
/// When this program was built with others.
pub fn written() -> Result<Vec<Example>, EvalError> {
    let mut material = Material::default();
    for (name, text) in WRITTEN {
        for (index, line) in text.lines().enumerate() {
            material.add(line, Path::new(name), index)?;
        }
    }
    Ok(material.examples())
}

const WRITTEN: [(&str, &str); 3] = [
    ("pairs.jsonl", include_str!("../../../training/verification/pairs.jsonl")),
    ("turns-a.jsonl", include_str!("../../../training/verification/turns-a.jsonl")),
    ("turns-b.jsonl", include_str!("../../../training/verification/turns-b.jsonl")),
];

/// What was read so far.
#[derive(Default)]
struct Material {
    examples: Vec<Example>,
    sessions: HashMap<String, Vec<Message>>,
    spans: HashMap<String, Vec<Spanned>>,
}

impl Material {
    fn add(&mut self, line: &str, path: &Path, index: usize) -> Result<(), EvalError> {
        if line.trim().is_empty() {
            return Ok(());
        }
        let line = serde_json::from_str(line).map_err(|_| EvalError::Line {
            path: path.to_owned(),
            line: index + 1,
            what: "neither a session, a turn, a claim nor a span".into(),
        })?;
        match line {
            Line::Session { id, messages, attributes } => {
                let all = attributes.into_iter();
                self.examples.extend(all.map(|attribute| claimed(&id, &messages, attribute)));
                self.sessions.insert(id, messages);
            }
            Line::Turn { turn, items } => {
                let group = format!("{}:{index}", path.display());
                self.examples.extend(in_turn(&group, &turn, &items));
            }
            Line::Pair { turn, quote, text, label } => self.examples.push(Example {
                // Claims about the same turn stay together.
                group: turn.chars().take(60).collect(),
                kind: Kind::Claimed,
                origin: Origin::Written,
                good: label == KEEP,
                against: None,
                is_known: false,
                turn: Some(turn),
                quote,
                text,
                reason: label,
            }),
            Line::Span { session, message, start, end, label } => {
                let spans = self.spans.entry(session).or_default();
                spans.push(Spanned { message, start, end, label });
            }
        }
        Ok(())
    }

    fn examples(mut self) -> Vec<Example> {
        for (session, spans) in self.spans {
            if let Some(messages) = self.sessions.get(&session) {
                self.examples.extend(in_session(&session, messages, &spans));
            }
        }
        self.examples.sort_by(|one, other| one.group.cmp(&other.group));
        self.examples
    }
}

struct Spanned {
    message: usize,
    start: usize,
    end: usize,
    label: String,
}

fn claimed(session: &str, messages: &[Message], attribute: Attribute) -> Example {
    let quote = attribute.evidence.unwrap_or_default();
    let own = || messages.iter().filter(|message| message.role == "user");
    let turn = own()
        .find(|message| !quote.is_empty() && message.content.contains(&quote))
        .or_else(|| own().next())
        .map(|message| message.content.clone());
    Example {
        group: session.to_owned(),
        kind: Kind::Claimed,
        origin: Origin::Session,
        turn: Some(turn.unwrap_or_default()),
        against: None,
        is_known: false,
        quote,
        text: attribute.text,
        good: attribute.valid,
        reason: attribute.rejected_because.unwrap_or_default(),
    }
}

/// What our reader makes of a written turn, with the label of the clause it overlaps most.
fn in_turn(group: &str, turn: &str, items: &[Item]) -> Vec<Example> {
    let labelled: Vec<_> = items
        .iter()
        .filter_map(|item| {
            let start = turn.find(&item.quote)?;
            Some((0, start..start + item.quote.len(), item.label.as_str()))
        })
        .collect();
    matched(group, Origin::Written, &[turn], &labelled)
}

fn in_session(session: &str, messages: &[Message], spans: &[Spanned]) -> Vec<Example> {
    let own: Vec<_> =
        messages.iter().enumerate().filter(|(_, message)| message.role == "user").collect();
    let turns: Vec<_> = own.iter().map(|(_, message)| message.content.as_str()).collect();
    let labelled: Vec<_> = spans
        .iter()
        .filter_map(|span| {
            let turn = own.iter().position(|(at, _)| *at == span.message)?;
            Some((turn, span.start..span.end, span.label.as_str()))
        })
        .collect();
    matched(session, Origin::Session, &turns, &labelled)
}

fn matched(
    group: &str,
    origin: Origin,
    turns: &[&str],
    labelled: &[(usize, std::ops::Range<usize>, &str)],
) -> Vec<Example> {
    let found = read_without_verifier(turns.iter().copied());
    let label = |candidate: &Candidate| {
        let start = turns[candidate.turn].find(&candidate.quote)?;
        let end = start + candidate.quote.len();
        let shared =
            |at: &std::ops::Range<usize>| at.end.min(end).saturating_sub(at.start.max(start)) * 2;
        labelled
            .iter()
            .filter(|(turn, at, _)| {
                *turn == candidate.turn && shared(at) > at.len().min(candidate.quote.len())
            })
            .max_by_key(|(_, at, _)| shared(at))
            .map(|(.., label)| *label)
    };
    found
        .candidates
        .iter()
        .filter_map(|candidate| {
            let label = label(candidate)?;
            let (against, is_known) = candidate.source.told();
            Some(Example {
                group: group.to_owned(),
                kind: Kind::Read,
                origin,
                turn: Some(turns[candidate.turn].to_owned()),
                quote: candidate.quote.clone(),
                text: candidate.text.clone(),
                against,
                is_known,
                good: label == KEEP,
                reason: if label == KEEP { String::new() } else { label.to_owned() },
            })
        })
        .collect()
}
