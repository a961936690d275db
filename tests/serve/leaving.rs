//! A client that leaves takes its request along, in every window.

use std::sync::{
    Mutex,
    mpsc::{Receiver, channel},
};

use super::{
    provider::{Provider, STREAM_HEAD, Then, event},
    server::Server,
    wire::{PATIENCE, Wire, chunk, request},
};

/// A provider that sends `first`, then waits until its connection is closed, and says so.
fn waiting(first: Vec<u8>) -> (Provider, Receiver<bool>) {
    let (tell, closed) = channel();
    let tell = Mutex::new(tell);
    let provider = Provider::new(move |_, wire| {
        wire.send(&first);
        let is_closed = wire.is_closed_by_the_other();
        let _ = tell.lock().unwrap().send(is_closed);
        Then::Close
    });
    (provider, closed)
}

fn streamed(user: &str) -> Vec<u8> {
    let body = r#"{"stream":true,"messages":[{"role":"user","content":"I live in Lisbon."}]}"#;
    request("POST", "/v1/chat/completions", &[("x-tactful-user", user)], body.as_bytes())
}

#[test]
fn before_the_head_of_the_answer() {
    let (provider, closed) = waiting(Vec::new());
    let server = Server::before(&provider);
    for sent in [streamed("ana"), request("GET", "/v1/models", &[], b"")] {
        let mut wire = Wire::open(server.address);
        wire.send(&sent);
        provider.next();
        drop(wire);
        assert!(closed.recv_timeout(PATIENCE).unwrap());
    }
    assert!(server.is_up());
}

#[test]
fn before_the_first_token() {
    let (provider, closed) = waiting(STREAM_HEAD.to_vec());
    let server = Server::before(&provider);
    let mut wire = Wire::open(server.address);
    wire.send(&streamed("ana"));
    assert_eq!(wire.head().unwrap().status(), 200);
    drop(wire);
    assert!(closed.recv_timeout(PATIENCE).unwrap());
    assert!(server.is_up());
}

#[test]
fn in_the_middle_of_the_stream_and_what_they_said_is_still_theirs() {
    let first = [STREAM_HEAD, chunk(event("One").as_bytes()).as_slice()].concat();
    let (provider, closed) = waiting(first);
    let server = Server::before(&provider);
    let mut wire = Wire::open(server.address);
    wire.send(&streamed("ana"));
    wire.head().unwrap();
    assert_eq!(wire.chunk().unwrap(), event("One").as_bytes());
    drop(wire);
    assert!(closed.recv_timeout(PATIENCE).unwrap());
    assert!(server.is_up());
    server.learned("ana", "I live in Lisbon");
}

#[test]
fn with_half_a_request() {
    let provider = Provider::model();
    let server = Server::before(&provider);
    let whole = streamed("ana");
    let mut wire = Wire::open(server.address);
    wire.send(&whole[..whole.len() - 10]);
    wire.end();
    drop(wire);
    assert!(server.is_up());
    assert_eq!(super::wire::ask(server.address, &whole).status(), 200);
    assert!(provider.next().is_whole, "half a chat goes nowhere");
    assert!(!provider.has_more());
}
