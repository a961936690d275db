//! The operators' listener: metrics and health.

use std::{convert::Infallible, sync::Arc};

use axum::{Router, extract::State, response::IntoResponse, routing::get};
use http::{Request, Response, StatusCode, header};
use hyper::{
    body::Incoming,
    service::{Service, service_fn},
};
use tower::ServiceExt as _;

use crate::{
    http::{Body, Load},
    metrics::Metrics,
    people::People,
    tasks::Tasks,
};

#[derive(Clone)]
struct Operators {
    people: People,
    metrics: Arc<Metrics>,
    load: Arc<Load>,
    tasks: Tasks,
}

/// `/metrics`, `/healthz` and `/readyz`.
pub(super) fn service(
    people: People,
    metrics: Arc<Metrics>,
    load: Arc<Load>,
    tasks: Tasks,
) -> impl Service<Request<Incoming>, Response = Response<Body>, Error = Infallible, Future: Send>
+ Clone
+ Sync {
    let router = Router::new()
        .route("/metrics", get(show_metrics))
        .route("/healthz", get(async || "ok\n"))
        .route("/readyz", get(ready))
        .fallback(async || {
            (StatusCode::NOT_FOUND, "there are /metrics, /healthz and /readyz here\n")
        })
        .with_state(Operators { people, metrics, load, tasks });
    service_fn(move |request: Request<Incoming>| {
        let answer = router.clone().oneshot(request.map(axum::body::Body::new));
        async move { Ok(answer.await?.map(Body::Api)) }
    })
}

async fn show_metrics(State(operators): State<Operators>) -> Response<axum::body::Body> {
    operators.metrics.load_level.set(operators.load.level() as i64);
    match operators.metrics.text() {
        Ok(text) => ([(header::CONTENT_TYPE, prometheus::TEXT_FORMAT)], text).into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}

/// Ready: the store answers and no stop has begun.
async fn ready(State(operators): State<Operators>) -> (StatusCode, &'static str) {
    if operators.tasks.stopping().is_cancelled() {
        return (StatusCode::SERVICE_UNAVAILABLE, "stopping\n");
    }
    match operators.people.lessons_waiting().await {
        Ok(_) => (StatusCode::OK, "ready\n"),
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "the store does not answer\n"),
    }
}
