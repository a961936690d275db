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
    learn::{Candidate, Refusal, Statement, read_without_verifier},
};

/// Who told the statement: the two are judged by different weights.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Our own reader.
    Read,
    /// A language model.
    Claimed,
}

/// A labelled statement.
#[derive(Clone, Debug)]
pub struct Example {
    /// What is not independent of it: its session or its turn.
    pub group: String,
    /// Who told it.
    pub kind: Kind,
    /// Of people's real sessions, labelled by a machine and corrected; otherwise written for training.
    pub is_real: bool,
    turn: String,
    quote: String,
    text: String,
    against: Option<Refusal>,
    /// Whether a pattern that knows its words told it.
    pub is_known: bool,
    /// Whether it may be held.
    pub good: bool,
    /// What is wrong with it, in the words of its label.
    pub reason: String,
}

impl Example {
    /// What is judged.
    #[must_use]
    pub fn statement(&self) -> Statement<'_> {
        Statement {
            turn: &self.turn,
            quote: &self.quote,
            text: &self.text,
            against: self.against,
            is_known: self.is_known,
        }
    }

    /// Whether it is of the half that may be looked at and fitted on.
    #[must_use]
    pub fn is_dev(&self) -> bool {
        is_dev(&self.group)
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
    let mut examples = Vec::new();
    let mut sessions: HashMap<String, Vec<Message>> = HashMap::new();
    let mut spans: HashMap<String, Vec<Spanned>> = HashMap::new();
    for path in paths {
        let file = File::open(path)
            .map_err(|source| EvalError::File { path: (*path).to_owned(), source })?;
        for (index, line) in BufReader::new(file).lines().enumerate() {
            let line =
                line.map_err(|source| EvalError::File { path: (*path).to_owned(), source })?;
            if line.trim().is_empty() {
                continue;
            }
            let line = serde_json::from_str(&line).map_err(|_| EvalError::Line {
                path: (*path).to_owned(),
                line: index + 1,
                what: "neither a session, a turn, a claim nor a span".into(),
            })?;
            match line {
                Line::Session { id, messages, attributes } => {
                    let all = attributes.into_iter();
                    examples.extend(all.map(|attribute| claimed(&id, &messages, attribute)));
                    sessions.insert(id, messages);
                }
                Line::Turn { turn, items } => {
                    let group = format!("{}:{index}", path.display());
                    examples.extend(in_turn(&group, &turn, &items));
                }
                Line::Pair { turn, quote, text, label } => examples.push(Example {
                    // Claims about the same turn stay together.
                    group: turn.chars().take(60).collect(),
                    kind: Kind::Claimed,
                    is_real: false,
                    good: label == KEEP,
                    against: None,
                    is_known: false,
                    turn,
                    quote,
                    text,
                    reason: label,
                }),
                Line::Span { session, message, start, end, label } => {
                    spans.entry(session).or_default().push(Spanned { message, start, end, label });
                }
            }
        }
    }
    for (session, spans) in spans {
        if let Some(messages) = sessions.get(&session) {
            examples.extend(in_session(&session, messages, &spans));
        }
    }
    examples.sort_by(|one, other| one.group.cmp(&other.group));
    Ok(examples)
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
        is_real: true,
        turn: turn.unwrap_or_default(),
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
    matched(group, false, &[turn], &labelled)
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
    matched(session, true, &turns, &labelled)
}

fn matched(
    group: &str,
    is_real: bool,
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
            Some(Example {
                group: group.to_owned(),
                kind: Kind::Read,
                is_real,
                turn: turns[candidate.turn].to_owned(),
                quote: candidate.quote.clone(),
                text: candidate.text.clone(),
                against: candidate.statement("").against,
                is_known: candidate.statement("").is_known,
                good: label == KEEP,
                reason: if label == KEEP { String::new() } else { label.to_owned() },
            })
        })
        .collect()
}
