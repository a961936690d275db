//! What a candidate changes in what is held: nothing, a confirmation, a successor or something new.

use super::{
    Candidate, Refusal,
    sameness::{same, same_category, same_domain, stems, supersedes},
    tombstone::is_forgotten,
};
use crate::person::{
    Attribute, AttributeId, Basis, Change, Changes, Evidence, Lesson, Profile, Sensitivity, Status,
    Usage,
};

/// The most attributes that are held of one person.
pub const ATTRIBUTES_MAX: usize = 500;
/// The most quotes that are kept behind one attribute.
pub const EVIDENCE_MAX: usize = 5;
/// How long a sensitive or inferred attribute waits for the person's yes, seconds.
pub const PENDING_SECONDS: i64 = 30 * 24 * 60 * 60;
/// How much surer a statement becomes when it is said again: this share of what is missing.
const SURER: f32 = 0.25;

/// What is held while one lesson is learned, and what of it changed.
pub(super) struct Merge<'a> {
    profile: &'a Profile,
    lesson: &'a Lesson,
    now: i64,
    held: Vec<Attribute>,
    changed: Vec<AttributeId>,
    dropped: Vec<AttributeId>,
}

impl<'a> Merge<'a> {
    pub(super) fn new(profile: &'a Profile, lesson: &'a Lesson, now: i64) -> Self {
        let held = profile.attributes.clone();
        Self { profile, lesson, now, held, changed: Vec::new(), dropped: Vec::new() }
    }

    /// Takes one candidate in. `Ok(true)`: it was new.
    pub(super) fn take(&mut self, candidate: Candidate, tokens: u32) -> Result<bool, Refusal> {
        if is_forgotten(
            &candidate.text,
            candidate.category,
            &self.profile.tombstones,
            &self.profile.fingerprint_key,
        ) {
            return Err(Refusal::Forgotten);
        }
        let said = stems(&candidate.text);
        let domain = self.lesson.domain.as_deref();
        let again = self.held.iter().position(|held| {
            held.status != Status::Superseded
                && same_domain(held, domain)
                && same(&said, &stems(&held.text), same_category(held.category, candidate.category))
        });
        match again {
            Some(at) if self.held[at].status == Status::Rejected => Err(Refusal::Rejected),
            Some(at) => {
                self.confirm(at, candidate);
                Ok(false)
            }
            None => self.add(candidate, tokens).map(|()| true),
        }
    }

    /// The changes, each attribute once, in its last form.
    pub(super) fn changes(self) -> Changes {
        let (held, dropped) = (self.held, self.dropped);
        let mut changes: Changes = dropped.into_iter().map(Change::Forget).collect();
        changes.extend(
            held.into_iter().filter(|held| self.changed.contains(&held.id)).map(Change::Attribute),
        );
        changes
    }

    fn confirm(&mut self, at: usize, candidate: Candidate) {
        let evidence = self.evidence(candidate.quote);
        let consents = self.profile.settings.consents_to(self.held[at].category);
        let now = self.now;
        let held = &mut self.held[at];
        let known = held.evidence.iter().any(|known| {
            known.quote == evidence.quote && known.conversation == evidence.conversation
        });
        if known {
            return;
        }
        if held.evidence.len() >= EVIDENCE_MAX {
            // The first quote says how it began; of the others the oldest gives way.
            held.evidence.remove(1);
        }
        held.evidence.push(evidence);
        held.last_seen_at = held.last_seen_at.max(self.lesson.said_at);
        held.confidence += (1.0 - held.confidence) * SURER;
        if held.basis == Basis::Inferred && candidate.basis == Basis::Stated {
            held.basis = Basis::Stated;
        }
        if held.status == Status::Pending {
            let waits = held.basis == Basis::Inferred || !consents;
            held.status = if waits { Status::Pending } else { Status::Active };
            held.expires_at = waits.then_some(now + PENDING_SECONDS);
        }
        let id = held.id;
        self.mark(id);
    }

    fn add(&mut self, candidate: Candidate, tokens: u32) -> Result<(), Refusal> {
        self.make_room()?;
        let waits = candidate.basis == Basis::Inferred
            || !self.profile.settings.consents_to(candidate.category);
        let id = AttributeId::fresh();
        let domain = self.lesson.domain.clone();
        // What only waits takes nobody's place: an unconfirmed guess must not switch off what is known.
        if !waits {
            let older = self.held.iter_mut().filter(|held| {
                matches!(held.status, Status::Active | Status::Pending)
                    && held.basis != Basis::Entered
                    && same_domain(held, domain.as_deref())
                    && supersedes(&candidate.text, held)
            });
            let mut replaced = Vec::new();
            for held in older {
                held.status = Status::Superseded;
                held.superseded_by = Some(id);
                replaced.push(held.id);
            }
            replaced.into_iter().for_each(|id| self.mark(id));
        }
        let evidence = vec![self.evidence(candidate.quote)];
        self.held.push(Attribute {
            id,
            text: candidate.text,
            category: candidate.category,
            sensitivity: candidate.sensitivity,
            status: if waits { Status::Pending } else { Status::Active },
            basis: candidate.basis,
            confidence: candidate.confidence,
            evidence,
            usage: Usage::Auto,
            domain,
            created_at: self.now,
            last_seen_at: self.lesson.said_at,
            expires_at: waits.then_some(self.now + PENDING_SECONDS),
            superseded_by: None,
            uses: 0,
            tokens,
        });
        self.mark(id);
        Ok(())
    }

    /// Lets go of the least supported learned, ordinary attribute when as much is held as may be.
    fn make_room(&mut self) -> Result<(), Refusal> {
        if self.held.len() < ATTRIBUTES_MAX {
            return Ok(());
        }
        let weak = |held: &&Attribute| {
            matches!(held.basis, Basis::Stated | Basis::Inferred)
                && held.sensitivity == Sensitivity::Ordinary
                && held.usage == Usage::Auto
                && matches!(held.status, Status::Active | Status::Pending | Status::Superseded)
                && held.evidence.len() < 2
                && !self.changed.contains(&held.id)
        };
        let least = self.held.iter().filter(weak).min_by(|one, other| {
            let worth = |held: &Attribute| {
                (held.status != Status::Superseded, held.uses, held.confidence, held.last_seen_at)
            };
            worth(one).partial_cmp(&worth(other)).unwrap_or(std::cmp::Ordering::Equal)
        });
        let Some(id) = least.map(|held| held.id) else { return Err(Refusal::Ceiling) };
        self.held.retain(|held| held.id != id);
        self.dropped.push(id);
        Ok(())
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
