//! What is too large, too much, or ambiguous is refused in the shape that clients read.

use super::{
    provider::Provider,
    server::{Server, Start, turn},
    wire::{Reply, Wire, chunk, request, until},
};

const CHAT: &str = "POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\n";
const OTHER: &str = "POST /v1/embeddings HTTP/1.1\r\nhost: x\r\n";

fn limited() -> (Provider, Server) {
    let provider = Provider::model();
    let server = Start::before(&provider).set("SERVER__MAX_BODY_BYTES", "5000").run();
    (provider, server)
}

#[test]
fn a_body_that_says_it_is_too_large_is_refused_before_it_is_sent() {
    let (provider, server) = limited();
    for head in [CHAT, OTHER] {
        let mut wire = Wire::open(server.address);
        wire.send(format!("{head}content-length: 5001\r\n\r\n").as_bytes());
        let reply = wire.reply();
        assert_eq!(
            (reply.status(), reply.error_code().as_str()),
            (413, "body_too_large"),
            "{head}"
        );
    }
    assert!(!provider.has_more());
    let fits = format!("{}{}", turn("Hi"), " ".repeat(5000 - turn("Hi").len()));
    assert_eq!(server.chat_of(&[], fits.as_bytes()).status(), 200);
    assert_eq!(provider.next().text(), fits);
}

#[test]
fn a_body_that_turns_out_too_large_is_refused() {
    let (provider, server) = limited();
    for head in [CHAT, OTHER] {
        let mut wire = Wire::open(server.address);
        wire.send(format!("{head}transfer-encoding: chunked\r\n\r\n").as_bytes());
        wire.send(&chunk(&[b' '; 4000]));
        wire.send(&chunk(&[b' '; 4000]));
        let reply = wire.reply();
        assert_eq!(
            (reply.status(), reply.error_code().as_str()),
            (413, "body_too_large"),
            "{head}"
        );
    }
    let is_whole = provider.has_more_whole();
    assert!(!is_whole, "nothing whole went up");
    assert!(server.is_up());
}

#[test]
fn past_the_budget_of_bytes_in_flight_a_client_is_told_to_come_back() {
    let provider = Provider::model();
    let server = Start::before(&provider)
        .set("SERVER__MAX_BODY_BYTES", "4000000")
        .set("SERVER__MAX_IN_FLIGHT_BYTES", "4000000")
        .run();
    let ask = || {
        let mut wire = Wire::open(server.address);
        let _ =
            wire.try_send(&request("POST", "/v1/chat/completions", &[], &vec![b' '; 1_200_000]));
        // The connection may close over what still came, and take the reply with it.
        let head = wire.head()?;
        let (body, is_whole) = wire.body(&head);
        is_whole.then_some(Reply { head, body, is_whole })
    };
    // Where the second came before the first had all its share, the first was the one refused: then anew.
    let (mut first, reply) = until("the first holds its share", || {
        let mut first = Wire::open(server.address);
        first.send(format!("{CHAT}content-length: 3000000\r\n\r\n").as_bytes());
        first.send(&vec![b' '; 2_999_999]);
        let refused = ask().filter(|reply| reply.status() != 200)?;
        Some((first, refused))
    });
    assert_eq!((reply.status(), reply.error_code().as_str()), (503, "overloaded"));
    assert_eq!(reply.head.get("retry-after"), Some("1"));
    first.send(b" ");
    assert_eq!(first.reply().status(), 200);
    until("its share is given back", || ask().filter(|reply| reply.status() == 200));
}

#[test]
fn a_promise_of_bytes_holds_no_memory() {
    let provider = Provider::model();
    let server = Start::before(&provider).set("SERVER__MAX_IN_FLIGHT_BYTES", "70000000").run();
    let promised: Vec<_> = (0..3)
        .map(|_| {
            let mut wire = Wire::open(server.address);
            let head = format!("{CHAT}content-length: 60000000\r\nexpect: 100-continue\r\n\r\n");
            wire.send(head.as_bytes());
            assert_eq!(wire.head().unwrap().status(), 100);
            wire
        })
        .collect();
    assert_eq!(server.chat("ana", "Hi").status(), 200);
    drop(promised);
}

#[test]
fn two_lengths_are_refused() {
    let (provider, server) = limited();
    for lengths in [
        "content-length: 4\r\ntransfer-encoding: chunked\r\n",
        "transfer-encoding: chunked\r\ncontent-length: 4\r\n",
        "content-length: 4\r\ncontent-length: 5\r\n",
    ] {
        for head in [CHAT, OTHER] {
            let mut wire = Wire::open(server.address);
            wire.send(format!("{head}{lengths}\r\n0\r\n\r\n").as_bytes());
            assert_eq!(wire.head().unwrap().status(), 400, "{head}{lengths}");
        }
    }
    assert!(!provider.has_more());
}

#[test]
fn a_key_that_decides_and_stands_twice_is_refused() {
    let (provider, server) = limited();
    for (key, body) in [
        ("messages", r#"{"messages":[],"messages":[{"role":"user","content":"Hi"}]}"#),
        ("user", r#"{"user":"ana","us\u0065r":"ben","messages":[]}"#),
        ("safety_identifier", r#"{"safety_identifier":"a","messages":[],"safety_identifier":"b"}"#),
        ("model", r#"{"model":"a","messages":[],"model":"b"}"#),
    ] {
        let reply = server.chat_of(&[], body.as_bytes());
        assert_eq!((reply.status(), reply.error_code().as_str()), (400, "duplicate_key"));
        assert_eq!(reply.json()["error"]["param"], key);
        assert_eq!(reply.json()["error"]["type"], "invalid_request_error");
    }
    assert!(!provider.has_more());
}

#[test]
fn a_flood_of_headers_is_refused() {
    let (provider, server) = limited();
    for flood in ["x-a: 1\r\n".repeat(1000), format!("x-a: {}\r\n", "1".repeat(2 << 20))] {
        let mut wire = Wire::open(server.address);
        let _ = wire.try_send(format!("{CHAT}{flood}\r\n").as_bytes());
        // Refused with a status, or the connection closed while the flood still came.
        let status = wire.head().map(|head| head.status());
        assert!(matches!(status, None | Some(400 | 431)), "{status:?}");
    }
    assert!(!provider.has_more());
    assert!(server.is_up());
}

#[test]
fn what_is_no_http_is_refused() {
    let (_provider, server) = limited();
    for bytes in ["\x16\x03\x01\x02\x00\x01\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/9.9\r\n\r\n"] {
        let mut wire = Wire::open(server.address);
        wire.send(bytes.as_bytes());
        let status = wire.head().map(|head| head.status());
        assert!(matches!(status, None | Some(400 | 505)), "{status:?}");
    }
    assert!(server.is_up());
}

#[test]
fn a_flood_of_empty_lines_is_given_up() {
    let (provider, server) = limited();
    let mut wire = Wire::open(server.address);
    let _ = wire.try_send(&[b'\n'; 390_000]);
    let _ = wire.try_send(&request("GET", "/v1/models", &[], b""));
    let status = wire.head().map(|head| head.status());
    assert!(matches!(status, None | Some(400)), "{status:?}");
    assert!(!provider.has_more());
    let few = [b"\r\n\n".as_slice(), &request("GET", "/v1/models", &[], b"")].concat();
    let mut wire = Wire::open(server.address);
    wire.send(&few);
    assert_eq!(wire.reply().status(), 200);
}

#[test]
fn a_head_that_takes_too_long_is_given_up() {
    let provider = Provider::model();
    let server = Start::before(&provider).set("SERVER__HEADER_TIMEOUT_MS", "200").run();
    let mut wire = Wire::open(server.address);
    wire.send(b"POST /v1/chat/comp");
    // Closed, with a status or without one.
    let status = wire.head().map(|head| head.status());
    assert!(matches!(status, None | Some(408 | 400)), "{status:?}");
    assert!(server.is_up());
}

#[test]
fn a_body_that_comes_slowly_is_waited_for() {
    let provider = Provider::model();
    let server = Server::before(&provider);
    let body = turn("Hi");
    let whole = request("POST", "/v1/chat/completions", &[], body.as_bytes());
    let mut wire = Wire::open(server.address);
    for byte in whole.chunks(1) {
        wire.send(byte);
    }
    assert_eq!(wire.reply().status(), 200);
    assert_eq!(provider.next().text(), body);
}

#[test]
fn more_connections_than_allowed_wait_and_are_served() {
    let provider = Provider::model();
    let server = Start::before(&provider).set("SERVER__MAX_CONNECTIONS", "1").run();
    let mut first = Wire::open(server.address);
    first.send(&request("GET", "/v1/models", &[], b""));
    assert_eq!(first.reply().status(), 200);
    let mut second = Wire::open(server.address);
    second.send(&request("GET", "/v1/models", &[], b""));
    drop(first);
    assert_eq!(second.reply().status(), 200);
}
