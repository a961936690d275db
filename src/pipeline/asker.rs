//! Asks a language model what the turns of a lesson say of the person: in the background, within its budgets.
//!
//! What is asked, and what of an answer holds, is [`learn::ask`](crate::learn::ask)'s. A lesson takes at most four
//! requests for each of its windows: the question, once more where the provider refuses the schema, one repair of an
//! answer that cannot be read, and one round to mend what was refused. None is repeated.
//!
//! A window whose answer cannot be read costs no other window. What is the provider's trouble ends the lesson, and for a
//! while nobody asks with that key. Where the model extracts alone, a lesson of which nothing is held then waits in the
//! queue: a day at most, and where it took too long, for three tries.

mod accounts;
mod failure;
mod rest;
mod retry_after;
mod tries;

use std::{
    borrow::Cow,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use bytes::Bytes;
use http::{HeaderValue, Method, Request, header};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};

use self::{
    accounts::{Account, Accounts},
    failure::Failure,
    retry_after::retry_after,
    tries::Tries,
};
use super::{UpstreamKeys, allowance::Allowance, encoding};
use crate::{
    config::{self, Extractor},
    http::{Body, Upstream},
    learn::ask::{Asked, Checked, Form, Item, Refused, Window, items, windows},
    metrics::Metrics,
    openai::{Usage, read_answer, read_usage},
    people::Leased,
    person::clock,
};

const ANSWER_BYTES_MAX: usize = 1 << 20;

/// Asks the model that extracts.
#[derive(Debug)]
pub struct Asker {
    is_alone: bool,
    model: String,
    upstream: Upstream,
    accounts: Accounts,
    tokens: Allowance,
    timeout: Duration,
    max_in_flight: usize,
    /// The provider took a question without the schema that it had refused with it.
    has_no_schema: AtomicBool,
    tries: Tries,
    metrics: Arc<Metrics>,
}

/// What came of asking about a lesson.
#[derive(Debug)]
pub(super) struct Answered {
    /// What holds.
    pub(super) found: Asked,
    /// The name of it in the counters.
    pub(super) result: Cow<'static, str>,
    /// Whether the lesson is to be left for another try.
    pub(super) waits: bool,
}

/// With whose key a lesson is asked about, and until when.
#[derive(Clone, Copy, Debug)]
struct Asking<'a> {
    account: Account<'a>,
    deadline: Instant,
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
            accounts: Accounts::new(keys),
            tokens: Allowance::new(settings.daily_token_budget),
            timeout: Duration::from_millis(settings.timeout_ms),
            max_in_flight: settings.max_in_flight,
            has_no_schema: AtomicBool::new(false),
            tries: Tries::default(),
            metrics,
        })
    }

    /// Whether the local engine has no say in what holds.
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

    /// How long to wait before it is worth asking with any key; the local engine need not wait.
    pub(super) fn rests(&self) -> Option<Duration> {
        self.accounts.all_rest().filter(|_| self.is_alone)
    }

    /// Whether lessons of some apps have to wait.
    pub(super) fn rests_for_some(&self) -> bool {
        self.is_alone && self.accounts.one_rests()
    }

    /// What the model finds in a lesson, as far as it holds.
    pub(super) async fn ask(&self, leased: &Leased) -> Answered {
        let (windows, refused) = windows(leased.lesson.turns.iter().map(String::as_str));
        // Where both engines read, the local one counts these.
        let refused = if self.is_alone { refused } else { Vec::new() };
        let mut found = Asked { refused, ..Asked::default() };
        let mut answered = 0;
        let asked = self.look_through(&windows, &leased.who.app, &mut found, &mut answered).await;
        let Err(failure) = asked else {
            return Answered { found, result: "learned".into(), waits: false };
        };
        let (result, status) = (failure.as_str(), failure.status());
        tracing::debug!(result, status, "the model that extracts did not answer all of a lesson");
        let waits = found.candidates.is_empty() && self.waits(failure, leased);
        let became = match (self.is_alone, answered) {
            _ if waits => "retried",
            (_, 1..) => "partly",
            (false, 0) => "local",
            (true, 0) => "dropped",
        };
        Answered { found, result: format!("{became}_{result}").into(), waits }
    }

    /// Whether a lesson of which nothing is held is worth another try.
    fn waits(&self, failure: Failure, leased: &Leased) -> bool {
        self.is_alone
            && failure.passes(clock::now().saturating_sub(leased.lesson.said_at))
            && (failure != Failure::Timeout || self.tries.has_another(leased.id()))
    }

    /// Adds what holds to what was found, window by window, and counts those that were answered. What is wrong with one
    /// alone is told when the others are done.
    async fn look_through(
        &self,
        windows: &[Window],
        app: &str,
        found: &mut Asked,
        answered: &mut usize,
    ) -> Result<(), Failure> {
        if windows.is_empty() {
            return Ok(());
        }
        let account = self.accounts.of(app).ok_or(Failure::NoKey)?;
        let asking = Asking { account, deadline: Instant::now() + self.timeout };
        let mut result = Ok(());
        for window in windows {
            match self.found(window, asking).await {
                Ok(mut more) => {
                    *answered += 1;
                    found.candidates.append(&mut more.candidates);
                    found.refused.append(&mut more.refused);
                }
                Err(failure) if failure.is_of_the_words() => result = Err(failure),
                Err(failure) => return Err(failure),
            }
        }
        result
    }

    /// What the model finds in a window, if need be at the second try.
    async fn found(&self, window: &Window, asking: Asking<'_>) -> Result<Asked, Failure> {
        let first = window.check(self.listed(window, asking).await?);
        let refused: Vec<_> = first.refused.iter().filter(|it| it.may_be_mended()).collect();
        let second = match refused.is_empty() {
            true => Checked::default(),
            false => self.mended(window, &refused, asking).await,
        };
        Ok(first.mended_by(second))
    }

    /// What the model makes of what was refused. Its failure is not the lesson's: the request is counted, and what was
    /// refused is too.
    async fn mended(&self, window: &Window, refused: &[&Refused], asking: Asking<'_>) -> Checked {
        let question = |form| window.refine(&self.model, form, refused);
        let Ok(answer) = self.answer(asking, question).await else { return Checked::default() };
        match items(&answer) {
            Ok(listed) => window.check(listed),
            Err(_) => {
                self.count("bad_json");
                Checked::default()
            }
        }
    }

    /// What the model lists, if need be at the second try.
    async fn listed(&self, window: &Window, asking: Asking<'_>) -> Result<Vec<Item>, Failure> {
        let answer = self.answer(asking, |form| window.question(&self.model, form)).await?;
        let bad = match items(&answer) {
            Ok(items) => return Ok(items),
            Err(bad) => bad,
        };
        self.count("bad_json");
        let answer =
            self.answer(asking, |form| window.repair(&self.model, form, &answer, bad)).await?;
        items(&answer).map_err(|_| {
            self.count("bad_json");
            Failure::BadJson
        })
    }

    /// The model's words, asked with a schema as long as the provider takes one.
    async fn answer(
        &self,
        asking: Asking<'_>,
        body: impl Fn(Form) -> Vec<u8>,
    ) -> Result<String, Failure> {
        if self.has_no_schema.load(Ordering::Relaxed) {
            return self.send(asking, body(Form::Words)).await;
        }
        match self.send(asking, body(Form::Schema)).await {
            Err(Failure::Status(400 | 422, _)) => {}
            other => return other,
        }
        let answer = self.send(asking, body(Form::Words)).await?;
        if !self.has_no_schema.swap(true, Ordering::Relaxed) {
            tracing::info!("the provider takes no JSON schema; from now on it is asked in words");
        }
        Ok(answer)
    }

    async fn send(&self, asking: Asking<'_>, body: Vec<u8>) -> Result<String, Failure> {
        let asked_at = Instant::now();
        if asked_at >= asking.deadline {
            return Err(Failure::Timeout);
        }
        if asking.account.rest.left().is_some() {
            return Err(Failure::Resting);
        }
        if !self.tokens.has_tokens() {
            self.count("budget");
            return Err(Failure::Budget);
        }
        // Spent ahead, so that an answer that never comes has cost something.
        let prompt = body.len() as u64 / 4;
        let ahead = self.tokens.spend_ahead(prompt);
        let sent = self.sent(asking.account.key, body);
        let sent = tokio::time::timeout_at(asking.deadline.into(), sent).await;
        let sent = sent.unwrap_or(Err(Failure::Timeout));
        let result = sent.as_ref().map_or_else(|failure| failure.as_str(), |_| "answered");
        self.count(result);
        match sent {
            Ok((text, told)) => {
                asking.account.rest.end(asked_at);
                let completion = text.len() as u64 / 4;
                let Usage { prompt, completion } = told.unwrap_or(Usage { prompt, completion });
                self.tokens.settle(ahead, prompt.saturating_add(completion));
                for (kind, tokens) in [("prompt", prompt), ("completion", completion)] {
                    self.metrics.extraction_tokens.with_label_values(&[kind]).inc_by(tokens);
                }
                Ok(text)
            }
            Err(failure) => {
                // Of what it refuses or never gets a provider reads nothing.
                if matches!(failure, Failure::Status(..) | Failure::Unreachable) {
                    self.tokens.settle(ahead, 0);
                }
                if failure.is_the_providers() {
                    let pause = asking.account.rest.begin(failure.asks_to_wait());
                    let (status, pause_ms) = (failure.status(), pause.as_millis());
                    tracing::warn!(
                        result,
                        status,
                        pause_ms,
                        "the model that extracts does not answer"
                    );
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
            let status = answer.status().as_u16();
            let asks_to_wait = matches!(status, 429 | 503)
                .then(|| retry_after(answer.headers(), clock::now()))
                .flatten();
            return Err(Failure::Status(status, asks_to_wait));
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
}
