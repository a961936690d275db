//! What is given up when there is too much to do, in its order; and what bounds those who hold things up.

use std::sync::{Arc, Condvar, Mutex, mpsc::channel};

use super::{
    provider::{Provider, STREAM_HEAD, Then, event, told},
    server::{Server, Start, turn},
    wire::{PATIENCE, Wire, chunk, request, until},
};

const PROMPT: &str = "I live in Lisbon. What should I cook for dinner tonight?";

/// Answers chats at once, and everything else once the gate is opened.
fn gated() -> (Provider, Arc<(Mutex<bool>, Condvar)>) {
    let gate = Arc::new((Mutex::new(false), Condvar::new()));
    let inside = Arc::clone(&gate);
    let provider = Provider::new(move |seen, wire| {
        if !seen.head.first_line().contains("chat") {
            let (open, changed) = &*inside;
            let opened = changed.wait_timeout_while(open.lock().unwrap(), PATIENCE, |open| !*open);
            drop(opened);
        }
        wire.send(&super::provider::completion("Lemon rice."));
        Then::GoOn
    });
    (provider, gate)
}

#[test]
fn overload_gives_up_comparisons_then_learning_then_personalization_then_all() {
    let (provider, gate) = gated();
    let server = Start::before(&provider)
        .set("SERVER__MAX_IN_FLIGHT_REQUESTS", "20")
        .set("SHADOW__SAMPLE_RATE", "1")
        .run();
    server.enter("ana", "Is vegetarian");
    let count = |metric: &str, result: &str| {
        server.metric(&format!("tactful_{metric}_total{{result=\"{result}\"}}"))
    };
    let mut held: Vec<Wire> = Vec::new();
    // How many are under way, what a chat then gets, and what was given up until then.
    for (under_way, outcome, level, skipped, unlearned) in [
        (0, "personalized", 0.0, 0.0, 0.0),
        (10, "personalized", 1.0, 1.0, 0.0),
        (13, "personalized", 2.0, 2.0, 1.0),
        (16, "generic", 3.0, 2.0, 1.0),
    ] {
        while held.len() < under_way {
            let mut wire = Wire::open(server.address);
            wire.send(&request("GET", "/v1/models", &[], b""));
            held.push(wire);
            provider.next();
        }
        assert_eq!(server.metric("tactful_load_level"), level);
        let answer = server.chat("ana", PROMPT);
        assert_eq!((answer.status(), answer.outcome()), (200, outcome), "{under_way}");
        let reason = if outcome == "generic" { "deadline" } else { "none" };
        assert_eq!(answer.reason(), reason);
        assert_eq!(told(&provider.next().text()), outcome == "personalized");
        if under_way == 0 {
            until("the comparison", || (count("shadow_requests", "kept") == 1.0).then_some(()));
            provider.next();
        }
        assert_eq!(count("shadow_requests", "skipped_load"), skipped, "{under_way}");
        assert_eq!(count("extraction_jobs", "dropped_load"), unlearned, "{under_way}");
    }
    while held.len() < 20 {
        let mut wire = Wire::open(server.address);
        wire.send(&request("GET", "/v1/models", &[], b""));
        held.push(wire);
        provider.next();
    }
    assert_eq!(server.metric("tactful_load_level"), 4.0);
    let refused = server.chat("ana", PROMPT);
    assert_eq!((refused.status(), refused.error_code().as_str()), (503, "overloaded"));
    assert_eq!(refused.head.get("retry-after"), Some("1"));
    assert!(!provider.has_more());
    // The personal API is no part of it.
    assert!(!server.held("ana").is_empty());

    *gate.0.lock().unwrap() = true;
    gate.1.notify_all();
    for wire in &mut held {
        assert_eq!(wire.reply().status(), 200);
    }
    until("all have ended", || (server.metric("tactful_load_level") == 0.0).then_some(()));
    assert_eq!(server.chat("ana", PROMPT).outcome(), "personalized");
}

#[test]
fn a_client_that_stops_reading_is_given_up_and_the_provider_is_told() {
    let (tell, stopped) = channel();
    let tell = Mutex::new(tell);
    let provider = Provider::new(move |_, wire| {
        wire.send(STREAM_HEAD);
        let much = chunk(event(&"x".repeat(64 << 10)).as_bytes());
        while wire.try_send(&much).is_ok() {}
        let _ = tell.lock().unwrap().send(());
        Then::Close
    });
    let server = Start::before(&provider).set("SERVER__WRITE_TIMEOUT_MS", "200").run();
    for path in ["/v1/chat/completions", "/v1/completions"] {
        let mut wire = Wire::open(server.address);
        wire.send(&request("POST", path, &[], turn("Hi").as_bytes()));
        provider.next();
        stopped.recv_timeout(PATIENCE / 2).unwrap();
    }
    assert!(server.is_up());
}

#[test]
fn a_pause_is_filled_between_events_and_never_inside_one() {
    let (go_on, gate) = channel::<()>();
    let gate = Mutex::new(gate);
    let provider = Provider::new(move |_, wire| {
        wire.send(STREAM_HEAD);
        wire.send(&chunk(b"data: 1\n\n"));
        gate.lock().unwrap().recv_timeout(PATIENCE).unwrap();
        wire.send(&chunk(b"data: 2"));
        // Long enough for many comments, were there any in here.
        std::thread::sleep(std::time::Duration::from_millis(100));
        wire.send(&chunk(b"\n\ndata: [DONE]\n\n"));
        wire.send(&chunk(b""));
        Then::GoOn
    });
    let server = Start::before(&provider).set("SERVER__SSE_KEEP_ALIVE_MS", "5").run();
    let mut wire = Wire::open(server.address);
    wire.send(&request("POST", "/v1/chat/completions", &[], turn("Hi").as_bytes()));
    let head = wire.head().unwrap();
    let mut first = Vec::new();
    while !String::from_utf8_lossy(&first).contains(": keep-alive\n\n: keep-alive\n\n") {
        first.extend(wire.chunk().unwrap());
    }
    go_on.send(()).unwrap();
    let (rest, is_whole) = wire.body(&head);
    assert!(is_whole);
    let all = String::from_utf8([first, rest].concat()).unwrap();
    let events: String = all.split(": keep-alive\n\n").collect();
    assert_eq!(events, "data: 1\n\ndata: 2\n\ndata: [DONE]\n\n");
    assert!(all.contains("data: 2\n\ndata: [DONE]\n\n"), "{all}");
}

#[test]
fn what_is_refused_before_it_is_a_request_is_counted() {
    let provider = Provider::model();
    let server = Server::before(&provider);
    let refused = "tactful_requests_total{outcome=\"bypassed\",reason=\"\",route=\"refused\"}";
    for (at, bytes) in [
        "POST /v1/x HTTP/1.1\r\nhost: x\r\ncontent-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n"
            .to_owned(),
        "GET\r\n\r\n".to_owned(),
        format!("GET /v1/x HTTP/1.1\r\n{}\r\n", "x-a: 1\r\n".repeat(500)),
    ]
    .into_iter()
    .enumerate()
    {
        let mut wire = Wire::open(server.address);
        let _ = wire.try_send(bytes.as_bytes());
        assert!(matches!(wire.head().map(|head| head.status()), None | Some(400 | 431)));
        until("the count", || (server.metric(refused) == at as f64 + 1.0).then_some(()));
    }
}
