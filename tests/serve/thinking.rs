//! A model that thinks for long, before its answer or within it, is waited for: each limit is for its own wait.

use std::sync::{
    Mutex,
    mpsc::{Sender, channel},
};

use http_body_util::BodyExt as _;

use super::{
    provider::{Provider, STREAM_HEAD, Then, completion, event},
    second::Client,
    server::{Server, Start, turn},
    wire::{PATIENCE, Wire, chunk, request},
};

/// The limit of heads, and, shorter, that of every wait but the one at hand.
const HEADER_MS: &str = "1500";
const OTHERS_MS: &str = "1000";

/// A provider that sends this, thinks until it is let go, and then sends that.
fn thoughtful(before: Vec<u8>, after: Vec<u8>) -> (Provider, Sender<()>) {
    let (let_go, gate) = channel();
    let gate = Mutex::new(gate);
    let provider = Provider::new(move |_, wire| {
        wire.send(&before);
        gate.lock().unwrap().recv_timeout(PATIENCE).unwrap();
        wire.send(&after);
        Then::GoOn
    });
    (provider, let_go)
}

fn impatient(provider: &Provider, others: &[&str]) -> Server {
    others
        .iter()
        .fold(Start::before(provider), |start, limit| start.set(limit, OTHERS_MS))
        .set("SERVER__HEADER_TIMEOUT_MS", HEADER_MS)
        .run()
}

/// Returns when every limit that began before has passed, and another behind it, as for a client of HTTP/2 that asks for
/// nothing: that of heads is the longest.
fn limits_pass(server: &Server) {
    for _ in 0..2 {
        let mut half = Wire::open(server.address);
        half.send(b"GET /v1/mod");
        while half.exactly(1).is_some() {}
    }
}

#[test]
fn an_answer_that_begins_late_is_waited_for() {
    let (provider, let_go) = thoughtful(Vec::new(), completion("Rice."));
    let others = [
        "SERVER__WRITE_TIMEOUT_MS",
        "UPSTREAM__CONNECT_TIMEOUT_MS",
        "UPSTREAM__IDLE_TIMEOUT_MS",
        "UPSTREAM__POOL_IDLE_TIMEOUT_MS",
    ];
    let server = impatient(&provider, &others);
    let mut first = Wire::open(server.address);
    first.send(&request("POST", "/v1/chat/completions", &[], turn("Hi").as_bytes()));
    let mut second = Client::plain(server.address);
    let answer = second.post_beside("/v1/chat/completions", &turn("Hi"));
    provider.next();
    provider.next();
    limits_pass(&server);
    let_go.send(()).unwrap();
    let_go.send(()).unwrap();
    let reply = first.reply();
    assert_eq!((reply.status(), reply.is_whole), (200, true), "{}", reply.text());
    let body = second.runtime.block_on(async {
        let answer = answer.await.unwrap();
        assert_eq!(answer.status(), 200);
        answer.into_body().collect().await.unwrap().to_bytes()
    });
    assert_eq!(body, reply.body);
}

#[test]
fn an_answer_that_pauses_is_waited_for() {
    let begun = [STREAM_HEAD, &chunk(event("Well,").as_bytes())].concat();
    let rest = [event(" rice."), "data: [DONE]\n\n".to_owned()].concat();
    let (provider, let_go) = thoughtful(begun, [chunk(rest.as_bytes()), chunk(b"")].concat());
    let others = [
        "SERVER__WRITE_TIMEOUT_MS",
        "UPSTREAM__CONNECT_TIMEOUT_MS",
        "UPSTREAM__FIRST_BYTE_TIMEOUT_MS",
        "UPSTREAM__POOL_IDLE_TIMEOUT_MS",
    ];
    let server = impatient(&provider, &others);
    let mut first = Wire::open(server.address);
    first.send(&request("POST", "/v1/chat/completions", &[], turn("Hi").as_bytes()));
    let head = first.head().unwrap();
    assert_eq!(first.chunk().unwrap(), event("Well,").as_bytes());
    let mut second = Client::plain(server.address);
    let answer = second.begin("POST", "/v1/chat/completions", &[], &turn("Hi")).unwrap();
    let mut paused = answer.into_body();
    assert_eq!(second.piece(&mut paused).unwrap().unwrap(), event("Well,"));
    limits_pass(&server);
    let_go.send(()).unwrap();
    let_go.send(()).unwrap();
    assert_eq!(first.body(&head), (rest.clone().into_bytes(), true));
    assert_eq!(second.piece(&mut paused).unwrap().unwrap(), rest);
    assert!(second.piece(&mut paused).is_none());
}
