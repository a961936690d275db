//! The worker that learns from queued lessons, one after the other, on a thread that may block.

mod waiting;

use std::{sync::Arc, time::Duration};

use tokio::{runtime::Handle, sync::Notify};

use self::waiting::{InHand, Waiting};
use super::after::Left;
use crate::{
    learn::{Learned, learn},
    metrics::Metrics,
    openai::tokens,
    people::{Error, Leased, People},
    person::{Mode, clock},
    tasks::Tasks,
};

const LESSONS_AT_ONCE: usize = 16;
const LEASE: Duration = Duration::from_secs(60);
/// Lessons whose lease ran out are looked for this often.
const ROUND: Duration = Duration::from_secs(30);

/// The worker that learns.
#[derive(Debug, Default)]
pub struct Learner {
    waiting: Notify,
    left: Waiting<Left>,
}

impl Learner {
    /// Leaves a turn to be looked through. False: too many wait.
    pub(super) fn leave(&self, left: Left) -> bool {
        let bytes = left.bytes();
        self.left.add(left, bytes)
    }

    /// Takes the oldest turns that were left, so many at most.
    pub(super) fn take(&self, most: usize) -> InHand<'_, Left> {
        self.left.take(most)
    }

    /// How many turns are not looked through yet.
    pub(super) fn left(&self) -> usize {
        self.left.len()
    }

    /// There is a lesson.
    pub fn wake(&self) {
        self.waiting.notify_one();
    }

    /// Learns until the tasks are told to stop. What is queued then stays queued.
    pub async fn run(self: Arc<Self>, people: People, metrics: Arc<Metrics>, tasks: Tasks) {
        let mut dropped = 0;
        loop {
            let lessons = match people.lessons(LESSONS_AT_ONCE, LEASE).await {
                Ok(lessons) => lessons,
                Err(error) => {
                    metrics.store_errors.with_label_values(&["lease"]).inc();
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        "lessons could not be leased"
                    );
                    Vec::new()
                }
            };
            let unreadable = people.lessons_dropped();
            metrics
                .extraction_jobs
                .with_label_values(&["dropped_unreadable"])
                .inc_by(unreadable - dropped);
            dropped = unreadable;
            let worked = !lessons.is_empty();
            for lesson in lessons {
                if tasks.stopping().is_cancelled() {
                    return;
                }
                learn_one(&people, &metrics, lesson).await;
            }
            if let Ok(depth) = people.lessons_waiting().await {
                metrics.extraction_queue_depth.set(i64::try_from(depth).unwrap_or(i64::MAX));
            }
            if !worked {
                tokio::select! {
                    () = tasks.stopping().cancelled() => return,
                    () = self.waiting.notified() => {}
                    () = tokio::time::sleep(ROUND) => {}
                }
            }
        }
    }
}

async fn learn_one(people: &People, metrics: &Metrics, lesson: Leased) {
    let lesson = Arc::new(lesson);
    let result = {
        let (people, lesson, runtime) = (people.clone(), Arc::clone(&lesson), Handle::current());
        tokio::task::spawn_blocking(move || runtime.block_on(learned(&people, &lesson))).await
    };
    let result = match result {
        Ok(Ok(learned)) => {
            for (category, basis) in &learned.learned {
                metrics
                    .attributes_learned
                    .with_label_values(&[category.as_str(), basis.as_str()])
                    .inc();
            }
            for reason in &learned.refused {
                metrics.attributes_refused.with_label_values(&[reason]).inc();
            }
            "learned"
        }
        Ok(Err(Error::Erased)) => "dropped_erased",
        Ok(Err(error)) => {
            metrics.store_errors.with_label_values(&["learn"]).inc();
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "a lesson waits for another try"
            );
            "retried"
        }
        Err(_) => {
            // A lesson that makes the learner panic would do so for ever.
            tracing::error!("the learner panicked over a lesson; the lesson is dropped");
            let _ = people.learned(&lesson, |_| (Vec::new(), ())).await;
            "panicked"
        }
    };
    metrics.extraction_jobs.with_label_values(&[result]).inc();
}

async fn learned(people: &People, lesson: &Leased) -> Result<Learned, Error> {
    people
        .learned(lesson, |profile| {
            if profile.settings.mode == Some(Mode::Off) {
                return (Vec::new(), Learned::default());
            }
            let mut learned = learn(&lesson.lesson, profile, clock::now(), &tokens::count);
            (std::mem::take(&mut learned.changes), learned)
        })
        .await
}
