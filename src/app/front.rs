//! The door for apps and people: who answers which path.

use std::{convert::Infallible, sync::Arc};

use http::{Method, Request, Response, StatusCode};
use hyper::body::Incoming;
use tower::{
    BoxError, Service, ServiceBuilder, ServiceExt as _, service_fn, util::BoxCloneSyncService,
};

use crate::{
    api,
    http::{Body, error_reply},
    openai::{self, ErrorBody},
    pipeline::Pipeline,
};

/// Calls to the personal API answered at once; past it 503, so that chats go first.
const API_CALLS_MAX: usize = 256;

type Api = BoxCloneSyncService<Request<Incoming>, Response<Body>, BoxError>;

/// Turns of conversations to the pipeline, the rest of `/v1/` relayed, the personal API beside.
pub(super) fn service(
    pipeline: Arc<Pipeline>,
    api: axum::Router,
) -> impl Service<Request<Incoming>, Response = Response<Body>, Error = Infallible, Future: Send> + Clone
{
    let api = bounded(api);
    service_fn(move |request: Request<Incoming>| {
        let (pipeline, api) = (Arc::clone(&pipeline), api.clone());
        async move {
            let path = request.uri().path();
            let asked = openai::Api::at(path).filter(|_| request.method() == Method::POST);
            if let Some(api) = asked {
                return Ok(pipeline.turn(api, request).await);
            }
            if path == "/v1" || path.starts_with("/v1/") {
                return Ok(pipeline.relay(request).await);
            }
            if path.starts_with(api::ROOT) {
                return Ok(api.oneshot(request).await.unwrap_or_else(|_| {
                    let error = ErrorBody::new(
                        "server_error",
                        "overloaded",
                        "Too many calls at once; try again.",
                    );
                    error_reply(StatusCode::SERVICE_UNAVAILABLE, &error)
                }));
            }
            let error = ErrorBody::new(
                "invalid_request_error",
                "unknown_path",
                "There is nothing here. The proxy's base URL ends in /v1; the personal API is at /tactful/v1.",
            );
            Ok(error_reply(StatusCode::NOT_FOUND, &error))
        }
    })
}

/// The personal API, outermost layer first.
fn bounded(api: axum::Router) -> Api {
    let service = ServiceBuilder::new()
        // Refuses at once where the limit below would make a caller wait.
        .load_shed()
        .concurrency_limit(API_CALLS_MAX)
        .map_request(|request: Request<Incoming>| request.map(axum::body::Body::new))
        .map_response(|response: Response<axum::body::Body>| response.map(Body::Api))
        .service(api);
    BoxCloneSyncService::new(service)
}
