//! The door for apps and people: who answers which path.

use std::{convert::Infallible, sync::Arc};

use http::{Method, Request, Response, StatusCode};
use hyper::{
    body::{Body as _, Incoming},
    service::{Service, service_fn},
};
use tokio::{runtime::Handle, sync::Semaphore};
use tokio_util::task::AbortOnDropHandle;
use tower::ServiceExt as _;

use crate::{
    api,
    http::{Body, ROUTE_REFUSED, error_reply, patient},
    openai::{self, ErrorBody},
    person::Outcome,
    pipeline::Pipeline,
};

/// Calls to the personal API answered at once; past it 503, so that chats go first.
const API_CALLS_MAX: usize = 256;
/// Reading a larger chat takes long enough to hold up the others of a worker.
const LARGE_BODY_BYTES: u64 = 1 << 20;

/// What the workers share behind the door. Whatever here takes more than microseconds runs in the background.
#[derive(Debug)]
pub(super) struct Rooms {
    api: axum::Router,
    calls: Semaphore,
    /// For chats that are large.
    pipeline: Arc<Pipeline>,
    background: Handle,
}

impl Rooms {
    /// `pipeline` works in the background, with connections of its own.
    pub(super) fn new(api: axum::Router, pipeline: Arc<Pipeline>) -> Arc<Self> {
        let background = pipeline.tasks.background();
        Arc::new(Self { api, calls: Semaphore::new(API_CALLS_MAX), pipeline, background })
    }

    /// What `work` answers, in the background; given up when the client leaves.
    async fn beside(
        &self,
        work: impl Future<Output = Response<Body>> + Send + 'static,
    ) -> Response<Body> {
        AbortOnDropHandle::new(self.background.spawn(work)).await.unwrap_or_else(|_| {
            let error =
                ErrorBody::new("server_error", "internal", "The server could not answer this.");
            error_reply(StatusCode::INTERNAL_SERVER_ERROR, &error)
        })
    }

    async fn personal(&self, request: Request<Incoming>) -> Response<Body> {
        let Ok(_place) = self.calls.try_acquire() else {
            return overloaded();
        };
        let answer =
            self.api.clone().oneshot(request.map(|body| axum::body::Body::new(patient(body))));
        self.beside(async move {
            let Ok(answer) = answer.await;
            answer.map(Body::Api)
        })
        .await
    }
}

/// Turns of conversations to the worker's own pipeline, the rest of `/v1/` relayed, the personal API beside.
pub(super) fn service(
    pipeline: Arc<Pipeline>,
    rooms: Arc<Rooms>,
) -> impl Service<Request<Incoming>, Response = Response<Body>, Error = Infallible, Future: Send>
+ Clone
+ Sync {
    service_fn(move |request: Request<Incoming>| {
        let (pipeline, rooms) = (Arc::clone(&pipeline), Arc::clone(&rooms));
        async move { Ok(answer(pipeline, &rooms, request).await) }
    })
}

async fn answer(
    pipeline: Arc<Pipeline>,
    rooms: &Rooms,
    request: Request<Incoming>,
) -> Response<Body> {
    let path = request.uri().path();
    if path == "/v1" || path.starts_with("/v1/") {
        let Some(place) = pipeline.load.enter() else {
            pipeline.metrics.count(ROUTE_REFUSED, Outcome::Bypassed, None);
            return overloaded();
        };
        let asked = openai::Api::at(path).filter(|_| request.method() == Method::POST);
        let answer = match asked {
            Some(api) if is_large(&request) => {
                rooms.beside(Arc::clone(&rooms.pipeline).turn(api, request)).await
            }
            Some(api) => pipeline.turn(api, request).await,
            None => pipeline.relay(request).await,
        };
        return answer.map(|body| body.holding(place));
    }
    if path.strip_prefix(api::ROOT).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')) {
        return rooms.personal(request).await;
    }
    let error = ErrorBody::new(
        "invalid_request_error",
        "unknown_path",
        "There is nothing here. The proxy's base URL ends in /v1; the personal API is at /tactful/v1.",
    );
    error_reply(StatusCode::NOT_FOUND, &error)
}

fn overloaded() -> Response<Body> {
    let error = ErrorBody::new("server_error", "overloaded", "Too many calls at once; try again.");
    error_reply(StatusCode::SERVICE_UNAVAILABLE, &error)
}

/// Whether a body is large, or does not say that it is not.
fn is_large(request: &Request<Incoming>) -> bool {
    request.body().size_hint().upper().is_none_or(|bytes| bytes > LARGE_BODY_BYTES)
}
