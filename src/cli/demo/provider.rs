//! The bundled provider: a few canned answers behind the chat completions API. No model; it only does what a model
//! would with the lines it is told.

use std::time::Duration;

use axum::{
    Json, Router,
    response::{IntoResponse, Response},
    routing::post,
};
use http::{Request, header};
use hyper::{body::Incoming, service::service_fn};
use serde_json::{Value, json};
use tower::ServiceExt as _;

use crate::{
    http::{Body, Limits, Listener, Serving, serve},
    tasks::Tasks,
};

pub(super) fn start(listener: Listener, tasks: &Tasks) {
    let router = Router::new().route("/v1/chat/completions", post(answer));
    let service = service_fn(move |request: Request<Incoming>| {
        let reply = router.clone().oneshot(request.map(axum::body::Body::new));
        async move { Ok(reply.await?.map(Body::Api)) }
    });
    let limits = Limits { header_timeout: Duration::from_secs(5), drain: Duration::from_secs(1) };
    tasks.spawn(serve(listener, service, Serving::new(64, limits, tasks)));
}

async fn answer(Json(request): Json<Value>) -> Response {
    let told = request["messages"].to_string().to_lowercase();
    let prompt = request["messages"]
        .as_array()
        .and_then(|all| all.last())
        .map(|last| last["content"].to_string());
    let text = reply(&prompt.unwrap_or_default().to_lowercase(), &told);
    if request["stream"] == true {
        return ([(header::CONTENT_TYPE, "text/event-stream")], streamed(text)).into_response();
    }
    let tokens = text.len() / 4 + 1;
    let answer = json!({
        "id": "chatcmpl-demo", "object": "chat.completion", "created": 0, "model": "demo",
        "choices": [{ "index": 0, "finish_reason": "stop", "message": { "role": "assistant", "content": text } }],
        "usage": { "prompt_tokens": told.len() / 4, "completion_tokens": tokens, "total_tokens": told.len() / 4 + tokens },
    });
    Json(answer).into_response()
}

/// The same as events, a word at a time.
fn streamed(text: &str) -> String {
    let event = |delta: Value, finish: Option<&str>| {
        let choice = json!({ "index": 0, "delta": delta, "finish_reason": finish });
        let chunk = json!({
            "id": "chatcmpl-demo", "object": "chat.completion.chunk", "created": 0, "model": "demo",
            "choices": [choice],
        });
        format!("data: {chunk}\n\n")
    };
    let words = text
        .split_inclusive(' ')
        .map(|word| event(json!({ "role": "assistant", "content": word }), None));
    words.chain([event(json!({}), Some("stop")), "data: [DONE]\n\n".to_owned()]).collect()
}

/// The answer to a prompt, for a model that was told this.
fn reply(prompt: &str, told: &str) -> &'static str {
    let knows = |word: &str| told.contains("[tactful:begin]") && told.contains(word);
    if prompt.contains("dinner") && knows("vegetarian") {
        "Chickpea and spinach curry: fry an onion with cumin and ginger, add tomatoes, chickpeas and spinach, simmer \
         15 minutes, serve with rice."
    } else if prompt.contains("dinner") {
        "Lemon chicken: brown the chicken, add garlic, lemon and a little stock, simmer 15 minutes, serve with rice."
    } else if prompt.contains("day trip") && knows("lisbon") {
        "Sintra: 40 minutes by train from Rossio. Go up to the Moorish castle early, walk down through the gardens, \
         and be back for dinner."
    } else if prompt.contains("day trip") {
        "Pick a town an hour or two away by train, with an old centre to walk and one sight worth the ticket. Where \
         do you start from?"
    } else if prompt.contains("17 * 23") {
        "17 * 23 = 391."
    } else if prompt.contains("boiling point") {
        "About 78.4 °C at sea level."
    } else if prompt.contains("letter") {
        "Dear Sir or Madam, I was a vegetarian pirate for twenty years…"
    } else {
        "Thank you, noted. How can I help?"
    }
}
