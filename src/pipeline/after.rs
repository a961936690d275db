//! What happens when the last byte has gone: the receipt, the lesson, the comparison. Off the way, and bounded.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use super::{Pipeline, choose::Chosen, compare::Again, is_readable};
use crate::{
    http::{Heard, Level, Share},
    language::is_foreign,
    learn::{Refusal, extract, is_worth_a_lesson, leaves_room_for_self},
    openai::{Encoding, View, read_answer},
    people::{Epoch, Error},
    person::{Answer, Change, Id, Lesson, Receipt, RequestId, Speaker, clock},
    select, store,
};

/// An answer that is to be compared is heard up to here.
const HEARD_BYTES_MAX: usize = 4 << 20;

/// What was said waits this long at most to be looked through.
const GLEANED_EVERY: Duration = Duration::from_millis(50);

/// A turn that said something, with its body's share of the budget.
#[derive(Debug)]
pub(super) struct Left {
    turn: Turn,
    _share: Option<Share>,
}

/// Longer turns are queued unread: looking through them takes milliseconds.
const LOOKED_THROUGH_BYTES: usize = 8 << 10;

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
        mut turn: Turn,
        share: Option<Share>,
        heard: Option<(Heard, Encoding)>,
    ) {
        let receipt = turn.chosen.is_kept.then(|| receipt(&mut turn));
        if receipt.is_some_and(|it| !self.people.note(&turn.speaker.who, turn.since, it)) {
            self.metrics.receipts.with_label_values(&["dropped_busy"]).inc();
        }
        if turn.again.is_none() {
            if turn.said.is_some() && !self.learner.leave(Left { turn, _share: share }) {
                self.metrics.extraction_jobs.with_label_values(&["dropped_busy"]).inc();
            }
            return;
        }
        let pipeline = Arc::clone(self);
        self.tasks.spawn(async move {
            pipeline.queue_lesson(&mut turn).await;
            if let Some(again) = turn.again.take() {
                pipeline.compare(&turn, again, personalized(heard, turn.began)).await;
            }
            drop(share);
        });
    }

    /// Gleans until the tasks are told to stop. What is left after that is for a last [`Self::glean`].
    pub async fn keep_gleaning(self: Arc<Self>) {
        loop {
            tokio::select! {
                () = self.tasks.stopping().cancelled() => return,
                () = tokio::time::sleep(GLEANED_EVERY) => {}
            }
            self.glean().await;
        }
    }

    /// Looks through what turns left to learn from.
    pub async fn glean(&self) {
        for mut left in self.learner.left() {
            self.queue_lesson(&mut left.turn).await;
        }
    }

    /// Queues what was said as a lesson, where anything in it could be learned.
    async fn queue_lesson(&self, turn: &mut Turn) {
        let Some(said) = turn.said.take() else { return };
        let Some(lesson) = self.lesson(said, &turn.speaker) else { return };
        let changes = vec![Change::Learn(lesson)];
        let result = match self.people.append(&turn.speaker.who, turn.since, changes).await {
            Ok(()) => {
                self.learner.wake();
                "queued"
            }
            Err(Error::Erased) => "dropped_erased",
            Err(Error::Store(store::Error::QueueFull)) => "dropped_full",
            Err(Error::Store(store::Error::TooLarge { .. })) => "dropped_large",
            Err(error) => {
                self.metrics.store_errors.with_label_values(&["record"]).inc();
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "a lesson could not be queued"
                );
                "dropped_error"
            }
        };
        self.metrics.extraction_jobs.with_label_values(&[result]).inc();
    }

    /// What was said in this turn, where a glance at it does not settle that there is nothing to learn.
    pub(super) fn said(&self, chat: &View<'_>) -> Option<Said> {
        let own = chat.own_turns();
        if !is_worth_a_lesson(own.iter().map(String::as_str)) {
            // Of plain ASCII it is not asked: telling the language costs more than the rest of the way.
            if own.iter().any(|turn| !turn.is_ascii() && is_foreign(turn)) {
                self.refused(Refusal::Language);
            }
            self.metrics.extraction_jobs.with_label_values(&["nothing_said"]).inc();
            return None;
        }
        Some(Said { own, earlier: chat.earlier_turns() })
    }

    /// What there is to learn from; none where the person is playing a part, or said nothing that the learner would
    /// take. That costs a look now, and saves the queue nearly all there is.
    fn lesson(&self, said: Said, speaker: &Speaker) -> Option<Lesson> {
        if !leaves_room_for_self(said.earlier.iter().map(String::as_str)) {
            self.refused(Refusal::RolePlay);
            return None;
        }
        // What the local engine overlooks another one may find.
        if !self.learner.asks()
            && said.own.iter().map(String::len).sum::<usize>() <= LOOKED_THROUGH_BYTES
        {
            let found = extract(said.own.iter().map(String::as_str));
            if found.candidates.is_empty() {
                found.refused.iter().for_each(|refused| self.refused(refused.why));
                self.metrics.extraction_jobs.with_label_values(&["nothing_found"]).inc();
                return None;
            }
        }
        Some(Lesson {
            turns: said.own,
            conversation: speaker.conversation.clone(),
            domain: speaker.domain.clone(),
            said_at: clock::now(),
        })
    }

    fn refused(&self, refusal: Refusal) {
        self.metrics.attributes_refused.with_label_values(&[refusal.as_str()]).inc();
    }
}

/// The personalised answer, where it was heard to its end.
fn personalized(heard: Option<(Heard, Encoding)>, began: Instant) -> Option<Answer> {
    let (heard, encoding) =
        heard.filter(|(heard, encoding)| !heard.overflowed && is_readable(*encoding))?;
    let answer = read_answer(&heard.chunks.concat(), encoding)?;
    Some(Answer { milliseconds: millis(began), ..answer })
}

fn receipt(turn: &mut Turn) -> Receipt {
    let chosen = &mut turn.chosen;
    Receipt {
        id: Id(turn.request.0),
        request: turn.request,
        conversation: turn.speaker.conversation.clone(),
        created_at: clock::now(),
        model: turn.model.clone(),
        outcome: chosen.outcome,
        reason: chosen.reason,
        considered: std::mem::take(&mut chosen.considered),
        considered_total: chosen.considered_total,
        injected_tokens: chosen.tokens,
        scorer: select::scorer_version().to_owned(),
    }
}

pub(super) fn millis(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX)
}
