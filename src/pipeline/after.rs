//! What happens when the last byte has gone: the receipt, the lesson, the comparison. Off the way, and bounded.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    time::{Duration, Instant},
};

use super::{Pipeline, choose::Chosen, compare::Again, is_readable};
use crate::{
    http::{Heard, Level, Share},
    language::is_foreign,
    learn::{Refusal, extract, is_worth_a_lesson, leaves_room_for_self},
    metrics::Metrics,
    openai::{Encoding, View, read_answer},
    people::{Addition, Epoch, Error},
    person::{Answer, Change, Id, Lesson, Receipt, RequestId, Speaker, clock},
    select, store,
};

/// An answer that is to be compared is heard up to here.
const HEARD_BYTES_MAX: usize = 4 << 20;

/// What was said waits this long at most to be looked through.
const GLEANED_EVERY: Duration = Duration::from_millis(50);

/// Turns that are looked through together, and whose lessons are queued with one wait for the disk.
const GLEANED_AT_ONCE: usize = 64;

/// What a turn left to be looked through. It is a copy, and far smaller than the body it was said in: the learner has a
/// bound of its own for it, and the body's share of the budget goes back when the answer has ended.
#[derive(Debug)]
pub(super) struct Left {
    since: Epoch,
    speaker: Speaker,
    said: Said,
}

impl Left {
    /// About how many bytes of memory it takes.
    pub(super) fn bytes(&self) -> usize {
        size_of::<Self>() + self.said.bytes()
    }
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

impl Said {
    /// About how many bytes its texts take.
    fn bytes(&self) -> usize {
        let texts = self.own.iter().chain(&self.earlier);
        texts.map(|text| size_of::<String>() + text.len()).sum()
    }
}

/// Sees to it that a turn is recorded once, however it ends: answered, broken off, or left by the client.
#[derive(Debug)]
pub(super) struct After {
    pipeline: Arc<Pipeline>,
    turn: Option<Turn>,
    /// The body's share of the budget, held until the answer has ended, and longer where the turn is asked again.
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
        let said = turn.said.take();
        let Some(again) = turn.again.take() else {
            return self.leave(turn.since, turn.speaker, said);
        };
        self.leave(turn.since, turn.speaker.clone(), said);
        let pipeline = Arc::clone(self);
        self.tasks.spawn(async move {
            pipeline.compare(&turn, again, personalized(heard, turn.began)).await;
            drop(share);
        });
    }

    /// Leaves what was said to be looked through.
    fn leave(&self, since: Epoch, speaker: Speaker, said: Option<Said>) {
        let left = said.map(|said| Left { since, speaker, said });
        if left.is_some_and(|left| !self.learner.leave(left)) {
            self.metrics.extraction_jobs.with_label_values(&["dropped_busy"]).inc();
        }
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

    /// Looks through what turns left to learn from. What is left meanwhile waits for the next time.
    pub async fn glean(&self) {
        for _ in 0..self.learner.left().div_ceil(GLEANED_AT_ONCE) {
            self.glean_some().await;
        }
    }

    /// Looks through some turns, on a thread that may block, and queues what there is to learn from.
    async fn glean_some(&self) {
        // Held to the end: what is in hand still takes its memory, and is lost where the process ends before.
        let mut in_hand = self.learner.take(GLEANED_AT_ONCE);
        let turns = std::mem::take(&mut in_hand.turns);
        let (asks, metrics) = (self.learner.asks(), Arc::clone(&self.metrics));
        let look = move || look_through(turns, |left| addition(left, asks, &metrics));
        // Not run: the process ends.
        let Ok((lessons, panicked)) = tokio::task::spawn_blocking(look).await else { return };
        if panicked > 0 {
            tracing::error!(turns = panicked, "the learner panicked over what was said");
            self.metrics.extraction_jobs.with_label_values(&["panicked"]).inc_by(panicked);
        }
        self.queue_lessons(lessons).await;
    }

    /// Says how many turns are not looked through any more: the process ends.
    pub fn give_up_gleaning(&self) {
        let lost = self.learner.left();
        if lost > 0 {
            tracing::warn!(turns = lost, "what was said in the last turns was not learned from");
        }
    }

    async fn queue_lessons(&self, lessons: Vec<Addition>) {
        if lessons.is_empty() {
            return;
        }
        for result in self.people.append_all(lessons).await {
            self.metrics.extraction_jobs.with_label_values(&[self.became(result)]).inc();
        }
        self.learner.wake();
    }

    /// What became of a lesson that was to be queued, as a label.
    fn became(&self, queued: Result<(), Error>) -> &'static str {
        match queued {
            Ok(()) => "queued",
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
        }
    }

    /// What was said in this turn, where a glance at it does not settle that there is nothing to learn.
    pub(super) fn said(&self, chat: &View<'_>) -> Option<Said> {
        let own = chat.own_turns();
        if !is_worth_a_lesson(own.iter().map(String::as_str)) {
            // Of plain ASCII it is not asked: telling the language costs more than the rest of the way.
            if own.iter().any(|turn| !turn.is_ascii() && is_foreign(turn)) {
                refused(&self.metrics, Refusal::Language);
            }
            self.metrics.extraction_jobs.with_label_values(&["nothing_said"]).inc();
            return None;
        }
        Some(Said { own, earlier: chat.earlier_turns() })
    }
}

/// What `look` makes of each turn, and over how many it panicked: those are left out.
fn look_through<T, U>(turns: Vec<T>, look: impl Fn(T) -> Option<U>) -> (Vec<U>, u64) {
    let mut panicked = 0;
    let look = |turn| {
        catch_unwind(AssertUnwindSafe(|| look(turn))).unwrap_or_else(|_panic| {
            panicked += 1;
            None
        })
    };
    (turns.into_iter().filter_map(look).collect(), panicked)
}

/// A lesson to be queued, where anything in what was said could be learned.
fn addition(left: Left, asks: bool, metrics: &Metrics) -> Option<Addition> {
    let Left { since, speaker, said } = left;
    let lesson = lesson(said, &speaker, asks, metrics)?;
    Some(Addition { who: speaker.who, since, changes: vec![Change::Learn(lesson)] })
}

/// What there is to learn from; none where the person is playing a part, or said nothing that the learner would take.
/// That costs a look now, and saves the queue nearly all there is.
fn lesson(said: Said, speaker: &Speaker, asks: bool, metrics: &Metrics) -> Option<Lesson> {
    if !leaves_room_for_self(said.earlier.iter().map(String::as_str)) {
        refused(metrics, Refusal::RolePlay);
        return None;
    }
    // What the local engine overlooks a model may find.
    if !asks && said.own.iter().map(String::len).sum::<usize>() <= LOOKED_THROUGH_BYTES {
        let found = extract(said.own.iter().map(String::as_str));
        if found.candidates.is_empty() && found.over.is_empty() {
            found.refused.iter().for_each(|it| refused(metrics, it.why));
            metrics.extraction_jobs.with_label_values(&["nothing_found"]).inc();
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

fn refused(metrics: &Metrics, refusal: Refusal) {
    metrics.attributes_refused.with_label_values(&[refusal.as_str()]).inc();
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_turn_that_the_look_panics_over_takes_no_other_with_it() {
        let look = |turn: u8| {
            assert_ne!(turn, 2, "as the test wants it");
            (turn != 3).then_some(turn * 10)
        };
        assert_eq!(look_through(vec![1, 2, 3, 4], look), (vec![10, 40], 1));
    }

    #[test]
    fn what_was_said_is_weighed_with_all_its_texts() {
        let said = Said { own: vec!["x".repeat(100)], earlier: vec!["y".repeat(200); 2] };
        assert!((500..700).contains(&said.bytes()), "{}", said.bytes());
    }
}
