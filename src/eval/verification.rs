//! Scores and fits the verifier: which statements about a person may be held?
//!
//! Sessions are split in halves as for extraction: the first is fitted on, the second says what the fit is worth. Labels
//! say `valid` of a tenth of what models claim and the study found 42% bad, so the figures of flagging are re-weighted to
//! a prevalence of 40%.

mod class;
mod fit;
mod judged;
mod material;
mod report;
mod retrain;

use std::{
    fs::File,
    io::{BufWriter, Write as _},
    path::Path,
};

pub use class::Class;
pub use fit::{Fitted, Recipe, fit};
pub use judged::judged;
pub(super) use material::is_dev;
pub use material::{Example, Kind, Origin, read, written};
pub use report::{Flagging, Report, Row};
pub use retrain::{JUDGMENTS_MIN, Retrained, retrain};

use super::EvalError;
use crate::learn::{FEATURES, Head, Verifier, verifier};

/// Judges every candidate of `data` by the verifier that is chosen ([`crate::learn::verifier`]), and writes what it says to `predictions`.
///
/// # Errors
/// When a file cannot be read or written, or a line is of no known shape.
pub fn run(data: &Path, predictions: Option<&Path>) -> Result<Report, EvalError> {
    let examples = read(&[data])?;
    if examples.is_empty() {
        return Err(EvalError::Empty { path: data.to_owned() });
    }
    if let Some(path) = predictions {
        write(path, &examples)
            .map_err(|source| EvalError::File { path: path.to_owned(), source })?;
    }
    Ok(report(&examples, verifier()))
}

/// What a verifier is worth on examples.
#[must_use]
pub fn report(examples: &[Example], verifier: &Verifier) -> Report {
    let judged: Vec<_> = examples
        .iter()
        .map(|example| {
            let probability = example.probability(head_of(verifier, example.kind));
            (example, probability, threshold_of(verifier, example))
        })
        .collect();
    Report::of(&judged)
}

/// A verifier fitted on the written examples and on those of the sessions that may be looked at.
#[derive(Clone, Debug)]
pub struct Trained {
    /// The verifier.
    pub verifier: Verifier,
    /// What it is worth: what it was fitted on is judged by fits without its session.
    pub report: Report,
}

/// So large a share of what is held should be good.
const PRECISION: f64 = 0.9;
const CLAIMED: Recipe = Recipe { ridge: 0.002, session_weight: 1.0, judged_weight: 8.0 };
const READ: Recipe = Recipe { ridge: 0.0005, session_weight: 4.0, judged_weight: 8.0 };

/// Fits a verifier, and says what it is worth.
#[must_use]
pub fn train(examples: &[Example], version: &str) -> Trained {
    let (verifier, probabilities) = fit_both(examples, version);
    let all: Vec<_> = examples
        .iter()
        .zip(&probabilities)
        .map(|(example, &probability)| (example, probability, threshold_of(&verifier, example)))
        .collect();
    let report = Report::of(&all);
    Trained { verifier, report }
}

/// A verifier, and how likely each example may be held; what it was fitted on by fits without its group.
fn fit_both(examples: &[Example], version: &str) -> (Verifier, Vec<f32>) {
    let mut probabilities = vec![0.0; examples.len()];
    let mut fitted = |kind: Kind, recipe: &Recipe| {
        let inside: Vec<_> = (0..examples.len())
            // What our reader told of written turns is a claim as faithful as any.
            .filter(|&at| {
                examples[at].kind == kind
                    || kind == Kind::Claimed && examples[at].origin == Origin::Written
            })
            .filter(|&at| examples[at].may_be_fitted_on())
            .collect();
        let of: Vec<_> = inside.iter().map(|&at| &examples[at]).collect();
        let fitted = fit(&of, recipe);
        for (at, example) in examples.iter().enumerate().filter(|(_, it)| it.kind == kind) {
            probabilities[at] = example.probability(&fitted.head);
        }
        for (&at, &held_out) in inside.iter().zip(&fitted.held_out) {
            probabilities[at] = held_out;
        }
        let judged: Vec<_> = of.into_iter().zip(fitted.held_out).collect();
        (fitted.head, judged)
    };
    // Rather right than wrong: what is flagged is asked about once more.
    let (claimed, _) = fitted(Kind::Claimed, &CLAIMED);
    let (mut read, judged) = fitted(Kind::Read, &READ);
    let of = |is_written: bool, is_known: bool| -> Vec<(&Example, f32)> {
        let all = judged.iter().copied().filter(|(it, _)| it.is_known == is_known);
        all.filter(|(it, _)| (it.origin == Origin::Written) == is_written).collect()
    };
    // What patterns know is rare in what was written and common in what is real, and the other way round.
    let (known, plain, written) = (of(false, true), of(false, false), of(true, false));
    let known = if known.is_empty() { of(true, true) } else { known };
    read.threshold = Flagging::threshold_for(PRECISION, &[&known]);
    let held: Vec<_> = known.iter().copied().filter(|(_, it)| *it >= read.threshold).collect();
    let held: Vec<_> = held.into_iter().map(|(it, _)| (it, 1.0)).collect();
    let plain: Vec<_> = held.into_iter().chain(plain).collect();
    let plain_threshold = Flagging::threshold_for(PRECISION, &[&plain, &written]);
    let version = version.to_owned();
    let verifier = Verifier { version, features: FEATURES, read, plain_threshold, claimed };
    (verifier, probabilities)
}

fn head_of(verifier: &Verifier, kind: Kind) -> &Head {
    match kind {
        Kind::Read => &verifier.read,
        Kind::Claimed => &verifier.claimed,
    }
}

fn threshold_of(verifier: &Verifier, example: &Example) -> f32 {
    match example.kind {
        Kind::Read => verifier.threshold_of_read(example.is_known),
        Kind::Claimed => verifier.claimed.threshold,
    }
}

fn write(path: &Path, examples: &[Example]) -> std::io::Result<()> {
    let mut out = BufWriter::new(File::create(path)?);
    for group in examples.chunk_by(|one, next| one.group == next.group) {
        let verdicts: Vec<_> = group
            .iter()
            .enumerate()
            .map(|(index, example)| {
                let head = head_of(verifier(), example.kind);
                let valid = example.probability(head);
                let is_held = valid >= threshold_of(verifier(), example);
                serde_json::json!({
                    "index": index,
                    "valid_probability": valid,
                    "reason": (!is_held).then_some("unverified"),
                })
            })
            .collect();
        let line = serde_json::json!({"id": group[0].group, "verdicts": verdicts});
        writeln!(out, "{line}")?;
    }
    out.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(name: &str, text: &str) -> (tempfile::TempDir, std::path::PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        (folder, path)
    }

    /// Statements of two kinds that no word of theirs is shared by.
    fn material() -> String {
        let mut lines = String::new();
        for (at, thing) in ["cat", "horse", "parrot", "violin", "bakery", "boat"].iter().enumerate()
        {
            for (verb, label) in [("own", "keep"), ("need", "task")] {
                let line = serde_json::json!({
                    "turn": format!("I {verb} a {thing}. Number {at}, what now?"),
                    "quote": format!("I {verb} a {thing}"),
                    "text": format!("{}s a {thing}", if verb == "own" { "Own" } else { "Need" }),
                    "label": label,
                });
                lines.push_str(&format!("{line}\n"));
            }
        }
        lines
    }

    #[test]
    fn every_shape_of_label_is_read() {
        let session = r#"{"id":"s","messages":[{"role":"user","content":"I live in Lisbon."}],"attributes":[{"text":"Lives in Lisbon","valid":true,"evidence":"I live in Lisbon"},{"text":"Likes fado","valid":false,"rejected_because":"Unsupported by evidence: none"}]}"#;
        let turn = r#"{"turn":"I live in Porto and need rice","items":[{"quote":"I live in Porto","label":"keep"}]}"#;
        let span = r#"{"session":"s","message":0,"start":0,"end":16,"label":"transient"}"#;
        let elsewhere = r#"{"session":"not here","message":0,"start":0,"end":16,"label":"keep"}"#;
        let text = format!("{session}\n{turn}\n\n{span}\n{elsewhere}\n{}", material());
        let (_folder, path) = write("all.jsonl", &text);
        let examples = read(&[&path]).unwrap();
        let count = |kind, origin, good| {
            let of = |it: &&Example| (it.kind, it.origin, it.good) == (kind, origin, good);
            examples.iter().filter(of).count()
        };
        assert_eq!(count(Kind::Claimed, Origin::Session, true), 1);
        assert_eq!(count(Kind::Claimed, Origin::Session, false), 1);
        assert_eq!(count(Kind::Read, Origin::Written, true), 1, "the turn");
        assert_eq!(count(Kind::Read, Origin::Session, false), 1, "the span");
        assert_eq!(
            (
                count(Kind::Claimed, Origin::Written, true),
                count(Kind::Claimed, Origin::Written, false)
            ),
            (6, 6)
        );

        let report = run(&path, Some(&path.with_extension("out"))).unwrap();
        let text = report.to_string();
        assert!(text.contains("(flagging all: 0.571)"));
        let verdicts = std::fs::read_to_string(path.with_extension("out")).unwrap();
        assert!(verdicts.contains(r#""id":"s""#) && verdicts.contains("valid_probability"));
    }

    #[test]
    fn a_fit_tells_apart_what_can_be_told_apart_and_is_the_same_every_time() {
        let (_folder, path) = write("pairs.jsonl", &material());
        let examples = read(&[&path]).unwrap();
        let fitted = train(&examples, "test");
        let claimed = &fitted.report.sets[0];
        assert!(claimed.auc.unwrap().value > 0.95, "{claimed}");
        let again = train(&examples, "test");
        assert_eq!(
            serde_json::to_string(&again.verifier).unwrap(),
            serde_json::to_string(&fitted.verifier).unwrap()
        );
    }

    #[test]
    fn a_bad_line_is_named_and_not_quoted() {
        let (_folder, path) = write("in.jsonl", "{\"turn\":\"secret words\"}\n");
        let error = read(&[&path]).unwrap_err().to_string();
        assert!(error.contains("jsonl:1:") && !error.contains("secret"), "{error}");
        let (_folder, path) = write("none.jsonl", "\n");
        assert!(run(&path, None).unwrap_err().to_string().contains("no labels"));
    }
}
