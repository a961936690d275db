//! Asks a language model what the turns of a lesson say of the person: in the background, within its budgets.
//!
//! What is asked, and what of an answer holds, is [`learn::ask`](crate::learn::ask)'s. A lesson takes at most four
//! requests for each of its windows: the question, once more where the provider refuses the schema, one repair of an
//! answer that cannot be read, and one round to mend what was refused. None is repeated.

mod failure;
mod rest;

use std::{
    borrow::Cow,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use http::{HeaderValue, Method, Request, header};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};

pub(super) use self::failure::Failure;
use self::rest::Rest;
use super::{UpstreamKeys, allowance::Allowance, encoding};
use crate::{
    config::{self, Extractor},
    http::{Body, Upstream},
    learn::ask::{Asked, Form, Item, Refused, Window, items, windows},
    metrics::Metrics,
    openai::{Usage, read_answer, read_usage},
    people::Leased,
};

const ANSWER_BYTES_MAX: usize = 1 << 20;

/// Asks the model that extracts.
#[derive(Debug)]
pub struct Asker {
    is_alone: bool,
    model: String,
    upstream: Upstream,
    keys: UpstreamKeys,
    tokens: Allowance,
    timeout: Duration,
    max_in_flight: usize,
    /// The provider took a question without the schema that it had refused with it.
    has_no_schema: AtomicBool,
    rest: Rest,
    metrics: Arc<Metrics>,
}

impl Asker {
    /// Asks by `upstream`, with the keys that are the operator's. None: the local engine learns alone.
    #[must_use]
    pub fn new(
        settings: &config::Extraction,
        upstream: Upstream,
        keys: UpstreamKeys,
        metrics: Arc<Metrics>,
    ) -> Option<Self> {
        if settings.engine == Extractor::Local {
            return None;
        }
        Some(Self {
            is_alone: settings.engine == Extractor::Llm,
            model: settings.model.clone()?,
            upstream,
            keys,
            tokens: Allowance::new(settings.daily_token_budget),
            timeout: Duration::from_millis(settings.timeout_ms),
            max_in_flight: settings.max_in_flight,
            has_no_schema: AtomicBool::new(false),
            rest: Rest::default(),
            metrics,
        })
    }

    /// Whether the local engine has no say.
    pub(super) fn is_alone(&self) -> bool {
        self.is_alone
    }

    /// How many lessons it is asked about at once.
    pub(super) fn max_in_flight(&self) -> usize {
        self.max_in_flight
    }

    /// How long one lesson may take.
    pub(super) fn timeout(&self) -> Duration {
        self.timeout
    }

    /// How long to wait before it is worth asking; the local engine need not wait.
    pub(super) fn rests(&self) -> Option<Duration> {
        self.rest.left().filter(|_| self.is_alone)
    }

    /// What the model finds in a lesson, as far as it holds.
    pub(super) async fn ask(&self, leased: &Leased) -> Result<Asked, Failure> {
        let (windows, refused) = windows(leased.lesson.turns.iter().map(String::as_str));
        // Where both engines read, the local one counts these.
        let refused = if self.is_alone { refused } else { Vec::new() };
        let mut found = Asked { refused, ..Asked::default() };
        if windows.is_empty() {
            return Ok(found);
        }
        let key = self.keys.of(&leased.who.app).ok_or(Failure::NoKey)?;
        if self.rest.left().is_some() {
            return Err(Failure::Resting);
        }
        let asked = async {
            for window in &windows {
                self.look_through(window, key, &mut found).await?;
            }
            Ok(())
        };
        let asked = tokio::time::timeout(self.timeout, asked).await.unwrap_or_else(|_| {
            self.count("timeout");
            Err(Failure::Timeout)
        });
        match asked {
            Ok(()) => self.rest.end(),
            Err(failure) if failure.is_the_providers() || failure == Failure::Timeout => {
                let pause_ms = self.rest.begin().as_millis();
                let (result, status) = (failure.as_str(), failure.status());
                tracing::warn!(result, status, pause_ms, "the model that extracts does not answer");
            }
            Err(failure) => {
                let (result, status) = (failure.as_str(), failure.status());
                tracing::debug!(result, status, "the model that extracts said nothing of a lesson");
            }
        }
        match asked {
            // What held until then stays; the request that failed is counted.
            Err(failure) if found.candidates.is_empty() => Err(failure),
            _ => Ok(found),
        }
    }

    async fn look_through(
        &self,
        window: &Window,
        key: &HeaderValue,
        found: &mut Asked,
    ) -> Result<(), Failure> {
        let listed = self.listed(window, key).await?;
        let mut checked = window.check(listed);
        found.candidates.append(&mut checked.candidates);
        found.refused.extend(checked.refused.iter().map(|refused| refused.refusal));
        checked.refused.retain(Refused::may_be_mended);
        if checked.refused.is_empty() {
            return Ok(());
        }
        let refused: Vec<_> = checked.refused.iter().collect();
        let question = |form| window.refine(&self.model, form, &refused);
        // Its failure is not the lesson's: the request is counted, and what was refused is too.
        let Ok(answer) = self.answer(key, question).await else { return Ok(()) };
        let Ok(listed) = items(&answer) else {
            self.count("bad_json");
            return Ok(());
        };
        let mended = window.check(listed);
        found.candidates.extend(mended.candidates);
        found.refused.extend(mended.refused.iter().map(|refused| refused.refusal));
        Ok(())
    }

    /// What the model lists, if need be at the second try.
    async fn listed(&self, window: &Window, key: &HeaderValue) -> Result<Vec<Item>, Failure> {
        let answer = self.answer(key, |form| window.question(&self.model, form)).await?;
        let bad = match items(&answer) {
            Ok(items) => return Ok(items),
            Err(bad) => bad,
        };
        self.count("bad_json");
        let answer =
            self.answer(key, |form| window.repair(&self.model, form, &answer, bad)).await?;
        items(&answer).map_err(|_| {
            self.count("bad_json");
            Failure::BadJson
        })
    }

    /// The model's words, asked with a schema as long as the provider takes one.
    async fn answer(
        &self,
        key: &HeaderValue,
        body: impl Fn(Form) -> Vec<u8>,
    ) -> Result<String, Failure> {
        if self.has_no_schema.load(Ordering::Relaxed) {
            return self.send(key, body(Form::Words)).await;
        }
        match self.send(key, body(Form::Schema)).await {
            Err(Failure::Status(400 | 422)) => {}
            other => return other,
        }
        let answer = self.send(key, body(Form::Words)).await?;
        if !self.has_no_schema.swap(true, Ordering::Relaxed) {
            tracing::info!("the provider takes no JSON schema; from now on it is asked in words");
        }
        Ok(answer)
    }

    async fn send(&self, key: &HeaderValue, body: Vec<u8>) -> Result<String, Failure> {
        if !self.tokens.has_tokens() {
            self.count("budget");
            return Err(Failure::Budget);
        }
        // Spent ahead, so that an answer that never comes has cost something.
        let ahead = body.len() as u64 / 4;
        self.tokens.spend(ahead);
        let sent = self.sent(key, body).await;
        let result = sent.as_ref().map_or_else(|failure| failure.as_str(), |_| "answered");
        self.count(result);
        match sent {
            Ok((text, told)) => {
                let completion = text.len() as u64 / 4;
                let Usage { prompt, completion } =
                    told.unwrap_or(Usage { prompt: ahead, completion });
                self.tokens.take_back(ahead);
                self.tokens.spend(prompt.saturating_add(completion));
                for (kind, tokens) in [("prompt", prompt), ("completion", completion)] {
                    self.metrics.extraction_tokens.with_label_values(&[kind]).inc_by(tokens);
                }
                Ok(text)
            }
            Err(failure) => {
                // Of what it refuses or never gets a provider reads nothing.
                if matches!(failure, Failure::Status(_) | Failure::Unreachable) {
                    self.tokens.take_back(ahead);
                }
                Err(failure)
            }
        }
    }

    async fn sent(
        &self,
        key: &HeaderValue,
        body: Vec<u8>,
    ) -> Result<(String, Option<Usage>), Failure> {
        let mut request = Request::new(Body::from(Bytes::from(body)));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = http::Uri::from_static("/v1/chat/completions");
        for (name, value) in [
            (header::CONTENT_TYPE, "application/json"),
            (header::ACCEPT, "application/json"),
            (header::ACCEPT_ENCODING, "identity"),
        ] {
            request.headers_mut().insert(name, HeaderValue::from_static(value));
        }
        let answer = self.upstream.send(request, Some(key), None).await;
        let answer = answer.map_err(|_| Failure::Unreachable)?;
        if !answer.status().is_success() {
            return Err(Failure::Status(answer.status().as_u16()));
        }
        let encoding = encoding(&answer);
        let bytes = Limited::new(answer.into_body(), ANSWER_BYTES_MAX).collect().await;
        let bytes = bytes.map_err(|error| match error.is::<LengthLimitError>() {
            true => Failure::TooLarge,
            false => Failure::Unreachable,
        })?;
        let bytes = bytes.to_bytes();
        // What is no answer at all has no words, and words without JSON are asked about again.
        let text = read_answer(&bytes, encoding).map_or_else(String::new, |answer| answer.text);
        Ok((text, read_usage(&bytes)))
    }

    fn count(&self, result: &str) {
        self.metrics.extraction_requests.with_label_values(&[result]).inc();
    }

    /// What became of a lesson of which the model said nothing.
    pub(super) fn result(&self, failure: Failure, is_kept: bool) -> Cow<'static, str> {
        let became = match (self.is_alone, is_kept) {
            (false, _) => "local",
            (true, true) => "retried",
            (true, false) => "dropped",
        };
        format!("{became}_{}", failure.as_str()).into()
    }
}
