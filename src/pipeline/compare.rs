//! The generic answer beside: the client's own request again, off the way, within its budgets.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::Bytes;
use http::{HeaderValue, Request, header, request::Parts};
use http_body_util::{BodyExt as _, Limited};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::{
    Pipeline,
    after::{Turn, millis},
    allowance::Allowance,
    chance::happens,
    choose::Chosen,
};
use crate::{
    compare::signals::signals,
    config,
    http::{Body, Level},
    openai::{Api, Encoding, Once, View, read_answer, request_again},
    person::{Answer, Change, Comparison, Id, clock},
};

const ANSWER_BYTES_MAX: usize = 4 << 20;
const PROMPT_BYTES_MAX: usize = 8 << 10;
const PROMPT_TOKENS_MAX: u64 = 128_000;
/// A generic answer that takes longer than this is given up.
const PATIENCE: Duration = Duration::from_secs(600);

/// What it takes to ask again.
#[derive(Debug)]
pub(super) struct Again {
    pub(super) api: Api,
    pub(super) prompt: String,
    pub(super) head: Parts,
    pub(super) key: Option<HeaderValue>,
    pub(super) body: Bytes,
    /// Its place among those in flight, from the draw on.
    _place: OwnedSemaphorePermit,
}

/// The budgets of generic answers.
#[derive(Debug)]
pub struct Shadow {
    sample_rate: f64,
    in_flight: Arc<Semaphore>,
    tokens: Allowance,
}

impl Shadow {
    /// Nothing spent yet.
    #[must_use]
    pub fn new(settings: &config::Shadow) -> Self {
        Self {
            sample_rate: settings.sample_rate,
            in_flight: Arc::new(Semaphore::new(settings.max_in_flight.min(Semaphore::MAX_PERMITS))),
            tokens: Allowance::new(settings.daily_token_budget),
        }
    }
}

/// Whether people can judge it: an answer in words that came to its end.
fn is_whole(answer: &Answer) -> bool {
    answer.finish_reason.is_some() && !answer.text.trim().is_empty()
}

impl Pipeline {
    /// What it takes to ask again, where this turn is drawn to be answered generically too.
    pub(super) fn draw(
        &self,
        chosen: &Chosen,
        level: Level,
        view: &View<'_>,
        head: &Parts,
        key: Option<&HeaderValue>,
        body: &Bytes,
    ) -> Option<Again> {
        if chosen.lines.is_empty() || !happens(self.shadow.sample_rate) {
            return None;
        }
        if view.continues.is_some() {
            // Without it the answer would not be to the same question.
            self.metrics.shadow_requests.with_label_values(&["skipped_conversation"]).inc();
            return None;
        }
        if !level.compares() {
            self.metrics.shadow_requests.with_label_values(&["skipped_load"]).inc();
            return None;
        }
        let Ok(place) = Arc::clone(&self.shadow.in_flight).try_acquire_owned() else {
            self.metrics.shadow_requests.with_label_values(&["skipped_busy"]).inc();
            return None;
        };
        let mut pieces = view.edit(None, self.choosing.placement).apply(body);
        Some(Again {
            api: view.api(),
            prompt: view.prompt().unwrap_or_default().into_owned(),
            head: head.clone(),
            key: key.cloned(),
            body: if pieces.len() == 1 { pieces.remove(0) } else { pieces.concat().into() },
            _place: place,
        })
    }

    /// Answers the turn generically and keeps both answers.
    pub(super) async fn compare(&self, turn: &Turn, again: Again, personalized: Option<Answer>) {
        let result = self.compared(turn, again, personalized).await;
        self.metrics.shadow_requests.with_label_values(&[result]).inc();
    }

    /// What became of it, as a label.
    async fn compared(
        &self,
        turn: &Turn,
        again: Again,
        personalized: Option<Answer>,
    ) -> &'static str {
        let Some(personalized) = personalized else { return "skipped_unheard" };
        if !is_whole(&personalized) {
            return "skipped_incomplete";
        }
        if self.tasks.stopping().is_cancelled() {
            return "skipped_stopping";
        }
        if !self.shadow.tokens.has_tokens() {
            return "skipped_budget";
        }
        let body = match request_again(again.api, &again.body) {
            Ok(body) => body,
            Err(Once::Tools) => return "skipped_tools",
            Err(Once::Conversation) => return "skipped_conversation",
            Err(Once::Background) => return "skipped_background",
            Err(Once::Unread) => return "failed",
        };
        // An estimate that takes an image for text would spend the day on one.
        let prompt_tokens = (body.len() as u64 / 4).min(PROMPT_TOKENS_MAX);

        let began = Instant::now();
        let stopping = self.tasks.stopping().clone();
        let answer = tokio::select! {
            () = stopping.cancelled() => return "skipped_stopping",
            answer = tokio::time::timeout(PATIENCE, self.ask(again.head, again.key, body)) => answer,
        };
        self.shadow.tokens.spend(prompt_tokens);
        let Ok(Some(generic)) = answer else { return "failed" };
        self.shadow
            .tokens
            .spend(generic.completion_tokens.unwrap_or(generic.text.len() as u64 / 4));
        if !is_whole(&generic) {
            return "skipped_incomplete";
        }
        let generic = Answer { milliseconds: millis(began), ..generic };

        let mut prompt = again.prompt;
        prompt.truncate(prompt.floor_char_boundary(PROMPT_BYTES_MAX));
        let texts: Vec<_> = turn.chosen.lines.iter().map(|line| line.text.as_str()).collect();
        let comparison = Comparison {
            id: Id::fresh(),
            request: turn.request,
            created_at: clock::now(),
            model: turn.model.clone(),
            prompt,
            attributes: turn.chosen.lines.iter().map(|line| line.attribute).collect(),
            signals: signals(&personalized.text, &generic.text, &texts),
            personalized,
            generic,
            personalized_is_second: happens(0.5),
        };
        let change = vec![Change::Comparison(Box::new(comparison))];
        match self.people.append(&turn.speaker.who, turn.since, change).await {
            Ok(()) => "kept",
            Err(error) => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "a comparison could not be kept"
                );
                "failed"
            }
        }
    }

    async fn ask(&self, head: Parts, key: Option<HeaderValue>, body: Vec<u8>) -> Option<Answer> {
        let mut request = Request::from_parts(head, Body::from(Bytes::from(body)));
        // An SDK's retry count or idempotency key belongs to the client's own request.
        for name in ["idempotency-key", "x-stainless-retry-count"] {
            request.headers_mut().remove(name);
        }
        request.headers_mut().insert(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        request.headers_mut().insert(header::ACCEPT, HeaderValue::from_static("application/json"));
        let answer = self.beside.send(request, key.as_ref(), None).await.ok()?;
        if !answer.status().is_success() {
            return None;
        }
        let body = Limited::new(answer.into_body(), ANSWER_BYTES_MAX).collect().await.ok()?;
        read_answer(&body.to_bytes(), Encoding::default())
    }
}
