//! What a candidate changes in what is held: nothing, a confirmation, a successor or something new.

use std::collections::BTreeSet;

use super::{
    Candidate, Over, Refusal,
    lasting::{ends_at, lasts_until},
    listed::Left,
    room::least_supported,
    sameness::{Sense, same, same_category, same_domain, stems},
    succession::Newer,
    tombstone::is_forgotten,
};
use crate::person::{
    Attribute, AttributeId, Basis, Change, Changes, Evidence, Lesson, Profile, Status, Usage,
};

/// The most attributes that are held of one person.
pub const ATTRIBUTES_MAX: usize = 500;
/// The most quotes that are kept behind one attribute.
pub const EVIDENCE_MAX: usize = 5;
/// How long a sensitive or inferred attribute waits for the person's yes, seconds.
pub const PENDING_SECONDS: i64 = 30 * 24 * 60 * 60;
/// How much surer a statement becomes when it is said again: this share of what is missing.
const SURER: f32 = 0.25;
/// As sure as saying it again can make it: only the person's own yes makes it certain.
const SUREST: f32 = 0.99;
/// The most words before a quote that can say how long it holds: "for the next two years".
const LEAD_WORDS_MAX: usize = 5;

/// What is held while one lesson is learned, and what of it changed.
pub(super) struct Merge<'a> {
    profile: &'a Profile,
    lesson: &'a Lesson,
    now: i64,
    held: Vec<Held>,
    changed: Vec<AttributeId>,
    dropped: Vec<AttributeId>,
}

/// A held attribute with what it says, so that it is read once for all candidates.
struct Held {
    is: Attribute,
    sense: Sense,
    stems: BTreeSet<String>,
}

impl Held {
    fn new(is: Attribute) -> Self {
        let sense = Sense::of(&is.text);
        let stems = sense.clone().stems();
        Self { is, sense, stems }
    }
}

impl<'a> Merge<'a> {
    pub(super) fn new(profile: &'a Profile, lesson: &'a Lesson, now: i64) -> Self {
        let held = profile.attributes.iter().cloned().map(Held::new).collect();
        Self { profile, lesson, now, held, changed: Vec::new(), dropped: Vec::new() }
    }

    /// Takes one candidate in. `Ok(true)`: it was new.
    pub(super) fn take(&mut self, candidate: Candidate, tokens: u32) -> Result<bool, Refusal> {
        if self.is_forgotten(&candidate) {
            return Err(Refusal::Forgotten);
        }
        match self.held_again(&candidate) {
            Some(at) if self.held[at].is.status == Status::Rejected => Err(Refusal::Rejected),
            Some(at) => {
                self.confirm(at, candidate);
                Ok(false)
            }
            None => {
                let newer = Newer::new(&candidate.text, candidate.category, &candidate.quote);
                let against_kept = self.is_against_kept(&newer);
                self.add(candidate, tokens, against_kept).map(|()| true)
            }
        }
    }

    /// Ends what these words end. What the person had a hand in stays: there the words wait for their yes. `Ok(true)`:
    /// they do.
    pub(super) fn end(&mut self, over: Over, tokens: u32) -> Result<bool, Refusal> {
        let quote = &over.candidate.quote;
        let domain = self.lesson.domain.as_deref();
        // What the same words were learned as, where they say something that lasts.
        let learned = self.held.iter().map(|held| &held.is).find(|held| {
            self.changed.contains(&held.id)
                && held.evidence.iter().any(|it| it.quote.ends_with(quote.as_str()))
        });
        let learned = learned.map(|held| (held.id, held.status == Status::Active));
        let evidence = self.evidence(quote.clone());
        let mut is_against_kept = false;
        for at in 0..self.held.len() {
            let Held { is: held, sense, .. } = &self.held[at];
            let is_live = matches!(held.status, Status::Active | Status::Pending);
            let by_itself = learned.is_some_and(|(id, _)| id == held.id);
            if !is_live || by_itself || !same_domain(held, domain) {
                continue;
            }
            let left = over.leaves_of(held, sense);
            if left == Left::Whole {
                continue;
            }
            if held.is_kept() {
                is_against_kept = true;
                continue;
            }
            let by = learned.filter(|&(_, is_active)| is_active).map(|(id, _)| id);
            self.leave(at, left, by);
            rest_on(&mut self.held[at].is, evidence.clone());
        }
        let waits =
            is_against_kept && learned.is_none() && self.held_again(&over.candidate).is_none();
        if waits && self.is_forgotten(&over.candidate) {
            return Err(Refusal::Forgotten);
        }
        if waits {
            self.add(over.candidate, tokens, true)?;
        }
        Ok(waits)
    }

    /// The changes, each attribute once, in its last form.
    pub(super) fn changes(self) -> Changes {
        let (held, dropped) = (self.held, self.dropped);
        let mut changes: Changes = dropped.into_iter().map(Change::Forget).collect();
        changes.extend(
            held.into_iter()
                .map(|held| held.is)
                .filter(|held| self.changed.contains(&held.id))
                .map(Change::Attribute),
        );
        changes
    }

    /// Whether the person deleted it.
    fn is_forgotten(&self, candidate: &Candidate) -> bool {
        let Profile { tombstones, fingerprint_key, .. } = self.profile;
        is_forgotten(&candidate.text, candidate.category, tombstones, fingerprint_key)
    }

    /// Where the same is held already.
    fn held_again(&self, candidate: &Candidate) -> Option<usize> {
        let said = stems(&candidate.text);
        let newer = Newer::new(&candidate.text, candidate.category, &candidate.quote);
        let domain = self.lesson.domain.as_deref();
        self.held.iter().position(|Held { is: held, sense, stems }| {
            held.status != Status::Superseded
                && same_domain(held, domain)
                && (same(&said, stems, same_category(held.category, candidate.category))
                    || newer.is_told_by(held, sense))
        })
    }

    /// Whether it leaves no room for what the person had a hand in: their own word stands until they change it.
    fn is_against_kept(&self, newer: &Newer<'_>) -> bool {
        let domain = self.lesson.domain.as_deref();
        self.held.iter().any(|Held { is: held, sense, .. }| {
            held.status == Status::Active
                && held.is_kept()
                && same_domain(held, domain)
                && newer.leaves_of(held, sense) != Left::Whole
        })
    }

    fn confirm(&mut self, at: usize, candidate: Candidate) {
        let (until, words) = self.until(&candidate);
        let evidence = self.evidence(words);
        let held = &self.held[at].is;
        let lapsed = held.expires_at.is_some_and(|at| at <= self.lesson.said_at);
        let known = held.evidence.iter().any(|known| {
            known.quote == evidence.quote && known.conversation == evidence.conversation
        });
        if known && !lapsed {
            return;
        }
        let newer = Newer::new(&held.text, held.category, &evidence.quote);
        let against_kept = self.is_against_kept(&newer);
        let consents = self.profile.settings.consents_to(held.category);
        let now = self.now;
        let held = &mut self.held[at].is;
        if !known {
            rest_on(held, evidence);
        }
        held.last_seen_at = held.last_seen_at.max(self.lesson.said_at);
        if !held.is_kept() {
            held.confidence = (held.confidence + (1.0 - held.confidence) * SURER).min(SUREST);
        }
        if held.basis == Basis::Inferred && candidate.basis == Basis::Stated {
            held.basis = Basis::Stated;
        }
        let id = held.id;
        if held.status == Status::Pending {
            let waits = held.basis == Basis::Inferred || !consents || against_kept;
            // What was said of its end stays said.
            let until =
                until.or_else(|| ends_at(held).filter(|ends_at| *ends_at > self.lesson.said_at));
            held.expires_at = if waits { Some(lapses_at(now, until)) } else { until };
            if !waits {
                held.status = Status::Active;
                let (text, category) = (held.text.clone(), held.category);
                self.make_way(id, &Newer::new(&text, category, ""));
            }
        } else if (until.is_some() || lapsed) && !held.is_kept() {
            held.expires_at = until;
        }
        self.mark(id);
    }

    fn add(
        &mut self,
        candidate: Candidate,
        tokens: u32,
        against_kept: bool,
    ) -> Result<(), Refusal> {
        let waits = against_kept
            || candidate.basis == Basis::Inferred
            || !self.profile.settings.consents_to(candidate.category);
        self.make_room(candidate.basis)?;
        let (until, words) = self.until(&candidate);
        let id = AttributeId::fresh();
        // What only waits takes nobody's place: an unconfirmed guess must not switch off what is known.
        if !waits {
            self.make_way(id, &Newer::new(&candidate.text, candidate.category, &candidate.quote));
        }
        let evidence = vec![self.evidence(words)];
        self.held.push(Held::new(Attribute {
            id,
            text: candidate.text,
            category: candidate.category,
            sensitivity: candidate.sensitivity,
            status: if waits { Status::Pending } else { Status::Active },
            basis: candidate.basis,
            confidence: candidate.confidence.min(SUREST),
            evidence,
            usage: Usage::Auto,
            domain: self.lesson.domain.clone(),
            created_at: self.now,
            last_seen_at: self.lesson.said_at,
            expires_at: if waits { Some(lapses_at(self.now, until)) } else { until },
            superseded_by: None,
            uses: 0,
            tokens,
        }));
        self.mark(id);
        Ok(())
    }

    /// What leaves no room beside the newer statement becomes history; of a list what it takes back goes.
    fn make_way(&mut self, id: AttributeId, newer: &Newer<'_>) {
        let domain = self.lesson.domain.as_deref();
        for at in 0..self.held.len() {
            let Held { is: held, sense, .. } = &self.held[at];
            let may_go = held.id != id
                && matches!(held.status, Status::Active | Status::Pending)
                && !held.is_kept()
                && same_domain(held, domain);
            let left = match may_go {
                true => newer.leaves_of(held, sense),
                false => Left::Whole,
            };
            self.leave(at, left, Some(id));
        }
    }

    /// Leaves so much of the statement there.
    fn leave(&mut self, at: usize, left: Left, by: Option<AttributeId>) {
        let part = match left {
            Left::Whole => return,
            Left::Part(text) => Some(text).filter(|text| self.may_be_left(at, text)),
            Left::Nothing => None,
        };
        let mut held = self.held[at].is.clone();
        match part {
            Some(text) => held.text = text,
            None => {
                held.status = Status::Superseded;
                held.superseded_by = by;
            }
        }
        self.mark(held.id);
        self.held[at] = Held::new(held);
    }

    /// Whether what is left of the statement there is neither deleted nor held by itself.
    fn may_be_left(&self, at: usize, text: &str) -> bool {
        let Profile { tombstones, fingerprint_key, .. } = self.profile;
        let (stems, category) = (stems(text), self.held[at].is.category);
        let is_held = self.held.iter().enumerate().any(|(other, held)| {
            other != at
                && held.is.status != Status::Superseded
                && same_domain(&held.is, self.held[at].is.domain.as_deref())
                && same(&stems, &held.stems, same_category(held.is.category, category))
        });
        !is_held && !is_forgotten(text, category, tombstones, fingerprint_key)
    }

    /// Lets go of what is least supported when as much is held as may be.
    fn make_room(&mut self, newcomer: Basis) -> Result<(), Refusal> {
        if self.held.len() < ATTRIBUTES_MAX {
            return Ok(());
        }
        let older =
            self.held.iter().map(|held| &held.is).filter(|held| !self.changed.contains(&held.id));
        let Some(id) = least_supported(older, newcomer, self.now) else {
            return Err(Refusal::Ceiling);
        };
        self.held.retain(|held| held.is.id != id);
        self.dropped.push(id);
        Ok(())
    }

    /// Until when a candidate holds, by its words and those just before them; and the words that say so, as they stand
    /// in the turn.
    fn until(&self, candidate: &Candidate) -> (Option<i64>, String) {
        let Candidate { turn, text, quote, .. } = candidate;
        let turn = self.lesson.turns.get(*turn).map_or("", String::as_str);
        let start = turn.find(quote.as_str()).unwrap_or_default();
        let lead = lead(&turn[..start]);
        let said = |words: &str| lasts_until(text, words, self.lesson.said_at);
        let (alone, with_lead) = (said(quote), said(&format!("{lead} {quote}")));
        let words = match alone == with_lead {
            true => quote.clone(),
            false => turn[start - lead.len()..start + quote.len()].trim_start().to_owned(),
        };
        (with_lead, words)
    }

    fn evidence(&self, quote: String) -> Evidence {
        Evidence {
            quote,
            conversation: self.lesson.conversation.clone(),
            said_at: self.lesson.said_at,
        }
    }

    fn mark(&mut self, id: AttributeId) {
        if !self.changed.contains(&id) {
            self.changed.push(id);
        }
    }
}

/// The words of a sentence just before what is said in it, which can say how long it holds.
fn lead(before: &str) -> &str {
    let lead = before.rsplit(['.', '!', '?', ';', '\n']).next().unwrap_or_default();
    let of_another = crate::language::words(lead).any(|word| {
        // "I'm" begins a statement of its own.
        let low = word.to_lowercase();
        let subject = low.split(['\'', '\u{2019}']).next().unwrap_or_default();
        matches!(subject, "i" | "im" | "ive" | "my" | "we" | "our" | "he" | "she" | "they" | "it")
    });
    let is_lead = !of_another && lead.split_whitespace().count() <= LEAD_WORDS_MAX;
    if is_lead { lead } else { "" }
}

/// When what waits goes: after a while, or when it is no longer so.
fn lapses_at(now: i64, until: Option<i64>) -> i64 {
    let waits = now.saturating_add(PENDING_SECONDS);
    until.map_or(waits, |until| until.min(waits))
}

fn rest_on(held: &mut Attribute, evidence: Evidence) {
    if held.evidence.len() >= EVIDENCE_MAX {
        // The first quote says how it began; of the others the oldest gives way.
        held.evidence.remove(1);
    }
    held.evidence.push(evidence);
}

/// The candidates without those that say again what an earlier one said.
pub fn without_repeats(candidates: Vec<Candidate>) -> Vec<Candidate> {
    let mut kept: Vec<(Candidate, _)> = Vec::new();
    for candidate in candidates {
        let said = stems(&candidate.text);
        if !kept.iter().any(|(earlier, stems)| {
            same(&said, stems, same_category(earlier.category, candidate.category))
        }) {
            kept.push((candidate, said));
        }
    }
    kept.into_iter().map(|(candidate, _)| candidate).collect()
}
