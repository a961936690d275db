//! What people said of what is held about them, as labelled statements.
//!
//! Of the turn that a statement is from only the quote is stored, so these examples have the features of the statement
//! and its quote, and none of the turn around it. Nor is it stored who told it. What our own reader makes of the quote
//! alone, in these very words, counts as its own, with what its patterns have against it or know; all else as a model's
//! claim. A judgment says accepted or rejected, and not why.

use std::collections::{BTreeMap, BTreeSet};

use super::{Example, Kind, Origin};
use crate::{
    language,
    learn::read_without_verifier,
    person::{Attribute, Basis, Judgment, RaterKind, Sensitivity, Status, Truth, Verdict},
};

/// The labelled statements among a person's attributes; `group` stands for the person, who is called `user`.
///
/// Left out: what is sensitive, what rests on no quote, what nobody judged or where people do not agree, and what a
/// program judged.
#[must_use]
pub fn judged(
    group: &str,
    user: &str,
    attributes: &[Attribute],
    judgments: &[Judgment],
) -> Vec<Example> {
    attributes
        .iter()
        .filter(|attribute| attribute.sensitivity == Sensitivity::Ordinary)
        .filter_map(|attribute| {
            let good = is_good(attribute, user, judgments)?;
            example(group, attribute, good)
        })
        .collect()
}

/// Whether people say that it may be held. The person's own word counts before that of others, and of several words of
/// one rater the last.
fn is_good(attribute: &Attribute, user: &str, judgments: &[Judgment]) -> Option<bool> {
    if attribute.status == Status::Rejected {
        return Some(false);
    }
    if attribute.basis == Basis::Entered {
        // Corrected: what others said was said of other words. True it is; whether the quote says it, shows in the words.
        return is_carried(attribute).then_some(true);
    }
    let mut newest: BTreeMap<&str, (i64, Truth)> = BTreeMap::new();
    for judgment in judgments.iter().filter(|it| it.rater_kind == RaterKind::Human) {
        let Verdict::Attribute { attribute: of, verdict } = judgment.verdict else { continue };
        if of != attribute.id {
            continue;
        }
        let said = newest.entry(&judgment.rater).or_insert((judgment.created_at, verdict));
        if judgment.created_at >= said.0 {
            *said = (judgment.created_at, verdict);
        }
    }
    let is_confirmed = attribute.confidence >= 1.0;
    match newest.get(user) {
        Some((_, Truth::Accepted)) => return Some(true),
        // It is not rejected any more: they took it back.
        Some((_, Truth::Rejected)) => return is_confirmed.then_some(true),
        Some((_, Truth::Uncertain)) => return None,
        None if is_confirmed => return Some(true),
        None => {}
    }
    let said = |truth| newest.values().filter(|(_, said)| *said == truth).count();
    let (accepted, rejected) = (said(Truth::Accepted), said(Truth::Rejected));
    (accepted != rejected).then_some(accepted > rejected)
}

fn stems(text: &str) -> BTreeSet<String> {
    language::content_stems(text).collect()
}

/// Whether one of its quotes has every content word of its text.
fn is_carried(attribute: &Attribute) -> bool {
    let text = stems(&attribute.text);
    attribute.evidence.iter().any(|evidence| text.is_subset(&stems(&evidence.quote)))
}

fn example(group: &str, attribute: &Attribute, good: bool) -> Option<Example> {
    let quotes = || attribute.evidence.iter().map(|evidence| evidence.quote.as_str());
    let read = quotes().find_map(|quote| {
        let found = read_without_verifier([quote]).candidates;
        let same = found.into_iter().find(|candidate| candidate.text == attribute.text)?;
        let (against, is_known) = same.source.told();
        Some((Kind::Read, same.quote, against, is_known))
    });
    let claimed = || {
        let text = stems(&attribute.text);
        // Of those that carry it as far, the oldest.
        let quote = quotes().rev().max_by_key(|quote| text.intersection(&stems(quote)).count())?;
        Some((Kind::Claimed, quote.to_owned(), None, false))
    };
    let (kind, quote, against, is_known) = read.or_else(claimed)?;
    Some(Example {
        group: group.to_owned(),
        kind,
        origin: Origin::Judged,
        turn: None,
        quote,
        text: attribute.text.clone(),
        against,
        is_known,
        good,
        reason: String::new(),
    })
}
