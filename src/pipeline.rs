//! The way of one turn of a conversation, by either way to ask a model.
//!
//! ```text
//! identify ▶ select ▶ inject ▶ upstream ▶ observe ··· the last byte ··· record ▶ learn, compare
//! ```
//!
//! Everything before the upstream is best effort: whatever goes wrong in it, the request goes on as the client wrote
//! it. Everything after the last byte is off the way, bounded, and waited for by a stop.

mod after;
mod allowance;
mod asker;
mod chance;
mod choose;
mod compare;
mod identify;
mod inject;
mod learner;
mod recorder;

use std::{sync::Arc, time::Instant};

use http::{HeaderName, HeaderValue, Request, Response, StatusCode, header};
use hyper::body::{Body as _, Incoming};

use self::{
    after::{After, Turn},
    choose::Chosen,
    inject::{Injection, Telling},
};
pub use self::{
    asker::Asker,
    compare::Shadow,
    inject::Memory,
    learner::Learner,
    recorder::{record, write_receipts},
};
use crate::{
    access::Access,
    config::Placement,
    http::{
        Answer, Body, Budget, Load, Observer, Refused, Relayed, Upgrade, Upstream, error_reply,
    },
    metrics::Metrics,
    openai::{Api, Coding, Encoding, ErrorBody, Reading, View},
    people::People,
    person::{Mode, Outcome, RequestId, RequestReason, Speaker},
    select::Policy,
    tasks::Tasks,
};

/// What every chat turn needs. Shared by all of them.
#[derive(Clone, Debug)]
pub struct Pipeline {
    /// Who may call, and as which app.
    pub access: Access,
    /// Which key goes upstream for which app.
    pub keys: UpstreamKeys,
    /// What is held about people.
    pub people: People,
    /// The provider.
    pub upstream: Upstream,
    /// The same, for what is asked in the background.
    pub beside: Upstream,
    /// Request bodies in memory.
    pub budget: Budget,
    /// How much is under way.
    pub load: Arc<Load>,
    /// How to choose.
    pub choosing: Choosing,
    /// What was told where.
    pub memory: Arc<Memory>,
    /// The generic answers beside.
    pub shadow: Arc<Shadow>,
    /// The worker that learns.
    pub learner: Arc<Learner>,
    /// Measurements.
    pub metrics: Arc<Metrics>,
    /// Background work.
    pub tasks: Tasks,
}

/// How to choose.
#[derive(Clone, Copy, Debug)]
pub struct Choosing {
    /// The limits of a selection.
    pub policy: Policy,
    /// Past it the request goes on unpersonalised.
    pub deadline: std::time::Duration,
    /// Where neither the person nor the app said anything.
    pub default_mode: Mode,
    /// Share of eligible requests served generic at random.
    pub holdout_rate: f64,
    /// Where a selection is put.
    pub placement: Placement,
}

/// Which key goes upstream for which app; none: the client's own.
#[derive(Clone, Default)]
pub struct UpstreamKeys {
    /// For every app that has none of its own.
    pub common: Option<HeaderValue>,
    /// By app.
    pub by_app: std::collections::HashMap<String, HeaderValue>,
}

impl std::fmt::Debug for UpstreamKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("UpstreamKeys(***)")
    }
}

impl UpstreamKeys {
    fn of(&self, app: &str) -> Option<&HeaderValue> {
        self.by_app.get(app).or(self.common.as_ref())
    }
}

const ROUTE_RELAY: &str = "relay";

impl Pipeline {
    /// One turn of a conversation: `POST /v1/chat/completions` or `POST /v1/responses`.
    pub async fn turn(self: Arc<Self>, api: Api, request: Request<Incoming>) -> Response<Body> {
        let route = match api {
            Api::Chat => "chat",
            Api::Responses => "responses",
        };
        let arrived = Instant::now();
        let id = RequestId::fresh();
        let app = match self.admit(&request) {
            Ok(app) => app,
            Err(refusal) => {
                return told(*refusal, id, route, &Verdict::bypassed(None), &self.metrics);
            }
        };
        let (head, body) = request.into_parts();
        let (body, share) = match self.budget.collect(body).await {
            Ok(collected) => collected,
            Err(refused) => {
                return told(refused.into(), id, route, &Verdict::bypassed(None), &self.metrics);
            }
        };
        let view = match View::read(api, &body) {
            Ok(Reading::View(view)) => Some(view),
            Ok(Reading::Opaque) => None,
            Err(refusal) => {
                let reply = error_reply(StatusCode::BAD_REQUEST, &refusal.into());
                return told(reply, id, route, &Verdict::bypassed(None), &self.metrics);
            }
        };

        let since = self.people.epoch();
        let speaker = view.as_ref().and_then(|view| identify::speaker(app, &head.headers, view));
        let level = self.load.level();
        let mut chosen = match (&speaker, &view) {
            (Some(_), Some(_)) if !level.personalizes() => Chosen::too_busy(),
            (Some(speaker), Some(view)) => self.choose(speaker, view).await,
            _ => Chosen::nobody(),
        };
        let Injection { pieces, is_told, telling } = match (&speaker, &view) {
            (Some(speaker), Some(view)) => {
                self.memory.inject(speaker, view, &chosen, self.choosing.placement, &body)
            }
            _ => Injection::nothing(&body),
        };
        if !is_told {
            chosen.tokens = 0;
        }
        let telling = telling.and_then(|telling| Some((speaker.clone()?, telling)));
        let key = self.keys.of(app).cloned();
        let verdict = Verdict::of(&chosen);
        let turn = speaker.zip(view.as_ref()).map(|(speaker, view)| Turn {
            request: id,
            since,
            began: arrived,
            model: view.model.as_deref().map(|model| model.chars().take(128).collect()),
            said: if self.may_learn(&chosen, level) { self.said(view) } else { None },
            again: self.draw(&chosen, level, view, &head, key.as_ref(), &body),
            speaker,
            chosen,
        });
        let mut after = After::new(Arc::clone(&self), turn, share);

        let sent = Instant::now();
        let upward = Request::from_parts(head, Body::from(pieces));
        let answer = match self.upstream.send(upward, key.as_ref(), None).await {
            Ok(answer) => answer,
            Err(unreachable) => {
                after.refused();
                return told(unreachable.into(), id, route, &verdict, &self.metrics);
            }
        };
        let answered = Instant::now();
        self.metrics.upstream_first_byte.observe((answered - sent).as_secs_f64());

        let answer = self.observe(answer, after, telling);
        let answer = told(answer, id, route, &verdict, &self.metrics);
        self.metrics
            .request_overhead
            .observe(((sent - arrived) + answered.elapsed()).as_secs_f64());
        answer
    }

    /// The client streams; we listen.
    fn observe(
        self: &Arc<Self>,
        answer: Response<Answer>,
        mut after: After,
        telling: Option<(Speaker, Telling)>,
    ) -> Response<Body> {
        let encoding = encoding(&answer);
        let telling = telling.filter(|_| answer.status().is_success());
        if !answer.status().is_success() {
            after.refused();
        }
        let name = telling.as_ref().map_or(0, |(_, telling)| telling.bytes_to_hear());
        let bytes_max = after.bytes_to_hear().max(name);
        let pipeline = Arc::clone(self);
        let observer = Observer::new(bytes_max, move |heard| {
            // Of a response its name alone says that it is kept; a conversation keeps what was answered.
            if let Some((speaker, telling)) =
                telling.filter(|(_, it)| heard.ended || it.is_of_a_response())
            {
                pipeline.memory.remember(&speaker, telling, &heard.chunks, encoding);
            }
            after.heard(heard, encoding);
        });
        let pauses = self.upstream.pauses();
        let is_events = encoding.is_plain_events();
        answer.map(|body| {
            Body::Relayed(Box::new(Relayed::new(body, pauses, is_events, Some(observer))))
        })
    }

    /// Anything else under `/v1/`: relayed as it is.
    pub async fn relay(&self, mut request: Request<Incoming>) -> Response<Body> {
        let id = RequestId::fresh();
        let verdict = Verdict::bypassed(None);
        let app = match self.admit(&request) {
            Ok(app) => app,
            Err(refusal) => return told(*refusal, id, ROUTE_RELAY, &verdict, &self.metrics),
        };
        let bytes_max = self.budget.body_bytes_max();
        if request.body().size_hint().lower() > bytes_max as u64 {
            return told(
                Refused::TooLarge(bytes_max).into(),
                id,
                ROUTE_RELAY,
                &verdict,
                &self.metrics,
            );
        }
        let key = self.keys.of(app).cloned();
        let upgrade = Upgrade::wanted_by(&mut request);
        let upward = request.map(|body| Body::upload(body, bytes_max));
        let reply =
            match (self.upstream.send(upward, key.as_ref(), upgrade.as_ref()).await, upgrade) {
                (Ok(answer), Some(upgrade))
                    if answer.status() == StatusCode::SWITCHING_PROTOCOLS =>
                {
                    upgrade.relay(answer, &self.tasks)
                }
                (Ok(answer), _) => {
                    let is_events = encoding(&answer).is_plain_events();
                    let idle = self.upstream.pauses();
                    answer.map(|body| {
                        Body::Relayed(Box::new(Relayed::new(body, idle, is_events, None)))
                    })
                }
                (Err(unreachable), _) => unreachable.into(),
            };
        told(reply, id, ROUTE_RELAY, &verdict, &self.metrics)
    }

    /// The app that asks; refused where its key is not one we know.
    fn admit(&self, request: &Request<Incoming>) -> Result<&str, Box<Response<Body>>> {
        self.access.app_of(request.headers().get(header::AUTHORIZATION)).ok_or_else(|| {
            let error = ErrorBody::new(
                "authentication_error",
                "invalid_api_key",
                "Send the key of an app as `Authorization: Bearer KEY`; this is none of them.",
            );
            Box::new(error_reply(StatusCode::UNAUTHORIZED, &error))
        })
    }
}

fn encoding(answer: &Response<Answer>) -> Encoding {
    let value =
        |name| answer.headers().get(name).map(|value| value.to_str().unwrap_or("unreadable"));
    Encoding::new(value(header::CONTENT_TYPE), value(header::CONTENT_ENCODING))
}

const REQUEST_ID: HeaderName = HeaderName::from_static("x-tactful-request-id");
const OUTCOME: HeaderName = HeaderName::from_static("x-tactful-outcome");
const REASON: HeaderName = HeaderName::from_static("x-tactful-reason");
const ATTRIBUTES: HeaderName = HeaderName::from_static("x-tactful-attributes");

/// What the client is told about a request.
struct Verdict {
    outcome: Outcome,
    reason: Option<RequestReason>,
    attributes: Option<HeaderValue>,
}

impl Verdict {
    fn bypassed(reason: Option<RequestReason>) -> Self {
        Self { outcome: Outcome::Bypassed, reason, attributes: None }
    }

    fn of(chosen: &Chosen) -> Self {
        let ids: Vec<_> = chosen.lines.iter().map(|line| line.attribute.to_string()).collect();
        let attributes =
            (!ids.is_empty()).then(|| HeaderValue::from_str(&ids.join(",")).ok()).flatten();
        Self { outcome: chosen.outcome, reason: chosen.reason, attributes }
    }
}

/// Counts a request and says in its reply what became of it.
fn told(
    mut reply: Response<Body>,
    id: RequestId,
    route: &str,
    verdict: &Verdict,
    metrics: &Metrics,
) -> Response<Body> {
    metrics.count(route, verdict.outcome, verdict.reason);
    let headers = reply.headers_mut();
    // Once for all of them.
    headers.reserve(4);
    if let Ok(id) = HeaderValue::try_from(id.to_string()) {
        headers.insert(REQUEST_ID, id);
    }
    headers.insert(OUTCOME, HeaderValue::from_static(verdict.outcome.as_str()));
    if let Some(reason) = verdict.reason {
        headers.insert(REASON, HeaderValue::from_static(reason.as_str()));
    }
    if let Some(attributes) = &verdict.attributes {
        headers.insert(ATTRIBUTES, attributes.clone());
    }
    reply
}

/// Whether an answer packed this way can be read beside its relay.
fn is_readable(encoding: Encoding) -> bool {
    encoding.coding != Coding::Other
}
