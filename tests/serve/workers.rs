//! The threads that serve: one address for all of them, and none held up by another's work.

use std::collections::VecDeque;

use super::{
    provider::{Provider, told},
    server::{Server, Start, turn},
    wire::{Wire, request, until},
};

/// So many that the system gives every worker some.
const CONNECTIONS: usize = 40;

#[test]
fn every_worker_answers_at_the_one_address() {
    let provider = Provider::model();
    let server = Start::before(&provider).set("SERVER__WORKERS", "3").run();
    server.enter("ana", "Is vegetarian");
    let mut wires: Vec<_> = (0..CONNECTIONS).map(|_| Wire::open(server.address)).collect();
    for wire in &mut wires {
        let prompt = turn("What should I cook for dinner tonight?");
        let headers = [("x-tactful-user", "ana")];
        wire.send(&request("POST", "/v1/chat/completions", &headers, prompt.as_bytes()));
    }
    for wire in &mut wires {
        assert_eq!(wire.reply().outcome(), "personalized");
    }
}

#[test]
fn the_limit_of_connections_is_one_for_all_workers() {
    let provider = Provider::model();
    let server = Start::before(&provider)
        .set("SERVER__WORKERS", "3")
        .set("SERVER__MAX_CONNECTIONS", "2")
        // None is closed for asking nothing more.
        .set("SERVER__HEADER_TIMEOUT_MS", "600000")
        .run();
    let ask = request("GET", "/v1/models", &[], b"");
    let mut served: VecDeque<_> = (0..2).map(|_| Wire::open(server.address)).collect();
    for wire in &mut served {
        wire.send(&ask);
        assert_eq!(wire.reply().status(), 200);
    }
    let mut waiting: Vec<_> = (0..CONNECTIONS).map(|_| Wire::open(server.address)).collect();
    for wire in &mut waiting {
        wire.send(&ask);
    }
    // For each that leaves one is served, whichever worker it waits at, and stays. Were there room for more, they would
    // be answered long before the last turn of this.
    while !waiting.is_empty() {
        served.pop_front();
        let at = until("an answer to somebody", || waiting.iter().position(Wire::has_something));
        let mut wire = waiting.remove(at);
        assert_eq!(wire.reply().status(), 200);
        assert!(!waiting.iter().any(Wire::has_something), "two are served, and no third");
        served.push_back(wire);
    }
}

#[test]
fn a_chat_of_megabytes_is_a_chat() {
    let provider = Provider::model();
    let server = Server::before(&provider);
    server.enter("ana", "Is vegetarian");
    let image = format!("data:image/png;base64,{}", "A".repeat(3 << 20));
    let body = serde_json::json!({ "messages": [{ "role": "user", "content": [
        { "type": "image_url", "image_url": { "url": image } },
        { "type": "text", "text": "What should I cook for dinner tonight?" },
    ] }] });
    let reply = server.chat_of(&[("x-tactful-user", "ana")], body.to_string().as_bytes());
    assert_eq!((reply.status(), reply.outcome()), (200, "personalized"));
    assert!(told(&provider.next().text()));
    server.settled(1);
}
