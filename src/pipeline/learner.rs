//! The workers that learn from queued lessons, each one after the other, on a thread that may block. One is enough
//! without a model; who asks one mostly waits.

mod waiting;

use std::{
    borrow::Cow,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::{runtime::Handle, sync::Notify};

use self::waiting::{InHand, Waiting};
use super::{after::Left, asker::Asker};
use crate::{
    learn::{Extracted, Learned, ask::Asked, extract, learn_found, read_without_verifier},
    metrics::Metrics,
    openai::tokens,
    people::{Error, Leased, People},
    person::{Mode, Profile, clock},
    tasks::Tasks,
};

const LESSONS_AT_ONCE: usize = 16;
/// Where some lessons have to wait: looking for others costs a look at each that is leased.
const LESSONS_PASSED_BY: u32 = 8;
const LEASE: Duration = Duration::from_secs(60);
/// Lessons whose lease ran out are looked for this often.
const ROUND: Duration = Duration::from_secs(30);

/// The workers that learn.
#[derive(Debug)]
pub struct Learner {
    /// None: the local engine learns alone.
    asker: Option<Asker>,
    waiting: Notify,
    left: Waiting<Left>,
    /// Lessons that did not open, as far as they are counted.
    unreadable: AtomicU64,
}

impl Learner {
    /// Learns by the local engine, by a model, or by both.
    #[must_use]
    pub fn new(asker: Option<Asker>) -> Self {
        Self {
            asker,
            waiting: Notify::new(),
            left: Waiting::default(),
            unreadable: AtomicU64::new(0),
        }
    }

    /// How many times [`Self::run`] is to run at once.
    #[must_use]
    pub fn hands(&self) -> usize {
        self.asker.as_ref().map_or(1, Asker::max_in_flight)
    }

    /// Whether a model is asked.
    pub(super) fn asks(&self) -> bool {
        self.asker.is_some()
    }

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
        loop {
            if let Some(rest) = self.asker.as_ref().and_then(Asker::rests) {
                tokio::select! {
                    () = tasks.stopping().cancelled() => return,
                    () = tokio::time::sleep(rest) => {}
                }
            }
            let (at_once, lease) = self.lessons_at_once();
            let lessons = match people.lessons(at_once, lease).await {
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
            let counted = self.unreadable.fetch_max(unreadable, Ordering::Relaxed);
            metrics
                .extraction_jobs
                .with_label_values(&["dropped_unreadable"])
                .inc_by(unreadable.saturating_sub(counted));
            let worked = !lessons.is_empty();
            if worked && self.hands() > 1 {
                // There may be another one, for another hand.
                self.wake();
            }
            for lesson in lessons {
                if tasks.stopping().is_cancelled() {
                    return;
                }
                Arc::clone(&self).learn_one(&people, &metrics, &tasks, lesson).await;
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

    /// How many lessons to lease, and for how long.
    fn lessons_at_once(&self) -> (usize, Duration) {
        match &self.asker {
            None => (LESSONS_AT_ONCE, LEASE),
            // Those that have to wait are passed by.
            Some(asker) if asker.rests_for_some() => {
                (LESSONS_PASSED_BY as usize, asker.timeout() * LESSONS_PASSED_BY + LEASE)
            }
            // A lesson that a model is asked about is leased when its turn has come, and for as long as that may take.
            Some(asker) => (1, asker.timeout() + LEASE),
        }
    }

    async fn learn_one(
        self: Arc<Self>,
        people: &People,
        metrics: &Metrics,
        tasks: &Tasks,
        lesson: Leased,
    ) {
        let lesson = Arc::new(lesson);
        let ended = {
            let (people, lesson, tasks) = (people.clone(), Arc::clone(&lesson), tasks.clone());
            let runtime = Handle::current();
            tokio::task::spawn_blocking(move || {
                runtime.block_on(self.learned(&people, &lesson, &tasks))
            })
            .await
        };
        let result = match ended {
            Ok(Ok(Ended::Learned(learned, result))) => {
                for (category, basis) in &learned.learned {
                    metrics
                        .attributes_learned
                        .with_label_values(&[category.as_str(), basis.as_str()])
                        .inc();
                }
                for reason in &learned.refused {
                    metrics.attributes_refused.with_label_values(&[reason]).inc();
                }
                result
            }
            Ok(Ok(Ended::Waits(result))) => result,
            Ok(Ok(Ended::Stopped)) => return,
            Ok(Err(Error::Erased)) => "dropped_erased".into(),
            Ok(Err(error)) => {
                metrics.store_errors.with_label_values(&["learn"]).inc();
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "a lesson waits for another try"
                );
                "retried".into()
            }
            Err(_) => {
                // A lesson that makes the learner panic would do so for ever.
                tracing::error!("the learner panicked over a lesson; the lesson is dropped");
                let _ = people.learned(&lesson, |_| (Vec::new(), ())).await;
                "panicked".into()
            }
        };
        metrics.extraction_jobs.with_label_values(&[&result]).inc();
    }

    /// Asks the model where there is one, and learns what was found.
    async fn learned(
        &self,
        people: &People,
        leased: &Leased,
        tasks: &Tasks,
    ) -> Result<Ended, Error> {
        let mut result = Cow::Borrowed("learned");
        let mut asked = Asked::default();
        if let Some(asker) = &self.asker
            && may_learn(&people.read(&leased.who).await?.profile)
        {
            let answer = tokio::select! {
                () = tasks.stopping().cancelled() => return Ok(Ended::Stopped),
                answer = asker.ask(leased) => answer,
            };
            if answer.waits {
                return Ok(Ended::Waits(answer.result));
            }
            (asked, result) = (answer.found, answer.result);
        }
        let is_local = self.asker.as_ref().is_none_or(|asker| !asker.is_alone());
        let lesson = &leased.lesson;
        let learned = people.learned(leased, |profile| {
            if !may_learn(profile) {
                return (Vec::new(), Learned::default());
            }
            let turns = lesson.turns.iter().map(String::as_str);
            let found = match is_local {
                true => extract(turns),
                // What is over takes no model to notice.
                false => {
                    Extracted { over: read_without_verifier(turns).over, ..Extracted::default() }
                }
            };
            let mut learned =
                learn_found(found, asked.clone(), lesson, profile, clock::now(), &tokens::count);
            (std::mem::take(&mut learned.changes), learned)
        });
        Ok(Ended::Learned(learned.await?, result))
    }
}

/// How the work on a lesson ended, and the name of that in the counters.
enum Ended {
    /// The lesson is done.
    Learned(Learned, Cow<'static, str>),
    /// It is left for another try, when its lease runs out.
    Waits(Cow<'static, str>),
    /// It is left for the next start.
    Stopped,
}

fn may_learn(profile: &Profile) -> bool {
    profile.settings.learn && profile.settings.mode != Some(Mode::Off)
}
