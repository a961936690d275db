//! What happens when the last byte has gone: the receipt, the lesson, the comparison. Off the way, and bounded.

use std::{sync::Arc, time::Instant};

use super::{Pipeline, choose::Chosen, compare::Again, is_readable};
use crate::{
    http::{Heard, Level, Share},
    language::is_foreign,
    learn::{Refusal, is_worth_a_lesson, leaves_room_for_self},
    openai::{Encoding, read_answer},
    people::{Epoch, Error},
    person::{Answer, Change, Changes, Id, Lesson, Outcome, Receipt, RequestId, Speaker, clock},
    select, store,
};

/// An answer that is to be compared is heard up to here.
const HEARD_BYTES_MAX: usize = 4 << 20;

/// One turn, as far as it outlives its request.
#[derive(Debug)]
pub(super) struct Turn {
    pub(super) request: RequestId,
    pub(super) since: Epoch,
    pub(super) began: Instant,
    pub(super) speaker: Speaker,
    pub(super) model: Option<String>,
    pub(super) chosen: Chosen,
    /// What was said; none: not to be learned from.
    pub(super) said: Option<Said>,
    /// What it takes to ask again without the selection; none: not sampled.
    pub(super) again: Option<Again>,
}

/// What was said in a turn.
#[derive(Debug)]
pub(super) struct Said {
    /// By the person, in no earlier request.
    pub(super) own: Vec<String>,
    /// Before that, by app and person: says whether the new turns can be the person speaking for themselves.
    pub(super) earlier: Vec<String>,
}

/// Sees to it that a turn is recorded once, however it ends: answered, broken off, or left by the client.
#[derive(Debug)]
pub(super) struct After {
    pipeline: Arc<Pipeline>,
    turn: Option<Turn>,
    /// The body's share of the budget, held until the turn is recorded.
    share: Option<Share>,
}

impl After {
    pub(super) fn new(pipeline: Arc<Pipeline>, turn: Option<Turn>, share: Share) -> Self {
        Self { pipeline, turn, share: Some(share) }
    }

    /// The upstream did not take the request: there is nothing to record, and the client will ask again.
    pub(super) fn refused(&mut self) {
        self.turn = None;
    }

    /// How much of the answer is to be heard.
    pub(super) fn bytes_to_hear(&self) -> usize {
        let compared = self.turn.as_ref().is_some_and(|turn| turn.again.is_some());
        if compared { HEARD_BYTES_MAX } else { 0 }
    }

    /// The answer has ended.
    pub(super) fn heard(mut self, heard: Heard, encoding: Encoding) {
        if let Some(turn) = self.turn.take() {
            self.pipeline.record_later(turn, self.share.take(), Some((heard, encoding)));
        }
    }
}

impl Drop for After {
    fn drop(&mut self) {
        if let Some(turn) = self.turn.take() {
            self.pipeline.record_later(turn, self.share.take(), None);
        }
    }
}

impl Pipeline {
    /// Whether a turn of this choice may be learned from now.
    pub(super) fn may_learn(&self, chosen: &Chosen, level: Level) -> bool {
        if chosen.learn && !level.learns() {
            self.metrics.extraction_jobs.with_label_values(&["dropped_load"]).inc();
        }
        chosen.learn && level.learns()
    }

    fn record_later(
        self: &Arc<Self>,
        turn: Turn,
        share: Option<Share>,
        heard: Option<(Heard, Encoding)>,
    ) {
        if !turn.chosen.is_kept && turn.said.is_none() && turn.again.is_none() {
            return;
        }
        let Ok(place) = Arc::clone(&self.recording).try_acquire_owned() else {
            self.metrics.extraction_jobs.with_label_values(&["dropped_busy"]).inc();
            return;
        };
        let pipeline = Arc::clone(self);
        self.tasks.spawn(async move {
            pipeline.record(turn, heard).await;
            drop((place, share));
        });
    }

    async fn record(self: &Arc<Self>, mut turn: Turn, heard: Option<(Heard, Encoding)>) {
        let lesson = turn.said.take().and_then(|said| self.lesson(said, &turn.speaker));
        let learns = lesson.is_some();
        if let Err(error) = self.keep(&turn, lesson).await {
            let result = match error {
                Error::Erased => "dropped_erased",
                Error::Store(store::Error::QueueFull) => "dropped_full",
                Error::Store(store::Error::TooLarge { .. }) => "dropped_large",
                _ => "dropped_error",
            };
            if learns {
                self.metrics.extraction_jobs.with_label_values(&[result]).inc();
            }
            if result == "dropped_error" {
                self.metrics.store_errors.with_label_values(&["record"]).inc();
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "a turn could not be recorded"
                );
            }
        } else if learns {
            self.metrics.extraction_jobs.with_label_values(&["queued"]).inc();
            self.learner.wake();
        }
        if let Some(again) = turn.again.take() {
            let answered =
                heard.filter(|(heard, encoding)| !heard.overflowed && is_readable(*encoding));
            let personalized = answered.and_then(|(heard, encoding)| {
                let answer = read_answer(&heard.chunks.concat(), encoding)?;
                Some(Answer { milliseconds: millis(turn.began), ..answer })
            });
            self.compare(&turn, again, personalized).await;
        }
    }

    /// Keeps the receipt and queues the lesson, then counts the use of what was used.
    async fn keep(&self, turn: &Turn, lesson: Option<Lesson>) -> Result<(), Error> {
        let mut changes: Changes = Vec::new();
        if turn.chosen.is_kept {
            changes.push(Change::Receipt(receipt(turn)));
        }
        changes.extend(lesson.map(Change::Learn));
        let kept = self.people.append(&turn.speaker.who, turn.since, changes.clone()).await;
        let kept = match kept {
            // What cannot be queued costs the lesson, not the receipt.
            Err(
                refused @ Error::Store(store::Error::QueueFull | store::Error::TooLarge { .. }),
            ) if changes.len() > 1 => {
                changes.truncate(1);
                self.people.append(&turn.speaker.who, turn.since, changes).await?;
                Err(refused)
            }
            kept => kept,
        };
        if turn.chosen.outcome == Outcome::Personalized {
            self.count_uses(turn).await?;
        }
        kept
    }

    async fn count_uses(&self, turn: &Turn) -> Result<(), Error> {
        let used = &turn.chosen.lines;
        self.people
            .update(&turn.speaker.who, |profile| {
                let changes = profile
                    .attributes
                    .iter()
                    .filter(|attribute| used.iter().any(|line| line.attribute == attribute.id))
                    .map(|attribute| {
                        let mut attribute = attribute.clone();
                        attribute.uses += 1;
                        Change::Attribute(attribute)
                    })
                    .collect();
                (changes, ())
            })
            .await
    }

    /// What there is to learn from; none where the person said nothing new, or is playing a part.
    fn lesson(&self, said: Said, speaker: &Speaker) -> Option<Lesson> {
        if !is_worth_a_lesson(said.own.iter().map(String::as_str)) {
            if said.own.iter().any(|turn| is_foreign(turn)) {
                self.metrics
                    .attributes_refused
                    .with_label_values(&[Refusal::Language.as_str()])
                    .inc();
            }
            self.metrics.extraction_jobs.with_label_values(&["nothing_said"]).inc();
            return None;
        }
        if !leaves_room_for_self(said.earlier.iter().map(String::as_str)) {
            self.metrics.attributes_refused.with_label_values(&[Refusal::RolePlay.as_str()]).inc();
            return None;
        }
        Some(Lesson {
            turns: said.own,
            conversation: speaker.conversation.clone(),
            domain: speaker.domain.clone(),
            said_at: clock::now(),
        })
    }
}

fn receipt(turn: &Turn) -> Receipt {
    let chosen = &turn.chosen;
    Receipt {
        id: Id(turn.request.0),
        request: turn.request,
        conversation: turn.speaker.conversation.clone(),
        created_at: clock::now(),
        model: turn.model.clone(),
        outcome: chosen.outcome,
        reason: chosen.reason,
        considered: chosen.considered.clone(),
        considered_total: chosen.considered_total,
        injected_tokens: chosen.tokens,
        scorer: select::scorer_version().to_owned(),
    }
}

pub(super) fn millis(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX)
}
