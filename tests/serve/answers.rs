//! Answers pass byte for byte, as they come, and a break is visible.

use std::{
    io::Write as _,
    sync::{Mutex, mpsc::channel},
};

use flate2::{Compression, write::GzEncoder};

use super::{
    provider::{Provider, STREAM_HEAD, Then, event, reply},
    server::{Server, Start, turn},
    wire::{PATIENCE, Wire, chunk, request},
};

fn chat_request(body: &str) -> Vec<u8> {
    request("POST", "/v1/chat/completions", &[("x-tactful-user", "ana")], body.as_bytes())
}

#[test]
fn an_answer_that_reads_like_a_refusal_passes_as_it_is() {
    const LIKE: &str = "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n";
    let (go_on, gate) = channel::<()>();
    let gate = Mutex::new(gate);
    let provider = Provider::new(move |_, wire| {
        wire.send(format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", LIKE.len()).as_bytes());
        // The head has gone on before these bytes are there, so that they are written on their own.
        gate.lock().unwrap().recv_timeout(PATIENCE).unwrap();
        wire.send(LIKE.as_bytes());
        Then::GoOn
    });
    let server = Server::before(&provider);
    for target in ["/v1/chat/completions", "/v1/files/f/content"] {
        let mut wire = Wire::open(server.address);
        wire.send(&request("POST", target, &[], b"{}"));
        let head = wire.head().unwrap();
        assert_eq!(head.get("content-length"), Some(&*LIKE.len().to_string()));
        go_on.send(()).unwrap();
        assert_eq!(wire.exactly(LIKE.len()).unwrap(), LIKE.as_bytes());
    }
}

#[test]
fn an_event_reaches_the_client_before_the_next_one_exists() {
    let (go_on, gate) = channel::<()>();
    let gate = Mutex::new(gate);
    let provider = Provider::new(move |_, wire| {
        wire.send(STREAM_HEAD);
        for word in ["one", "two", "three"] {
            wire.send(&chunk(event(word).as_bytes()));
            gate.lock().unwrap().recv_timeout(PATIENCE).unwrap();
        }
        wire.send(&chunk(b""));
        Then::GoOn
    });
    let server = Server::before(&provider);
    for target in ["/v1/chat/completions", "/v1/completions"] {
        let mut wire = Wire::open(server.address);
        let body = r#"{"messages":[{"role":"user","content":"Hi"}],"stream":true}"#;
        wire.send(&request("POST", target, &[("x-tactful-user", "ana")], body.as_bytes()));
        let head = wire.head().unwrap();
        assert_eq!(head.get("content-type"), Some("text/event-stream; charset=utf-8"));
        for word in ["one", "two", "three"] {
            assert_eq!(String::from_utf8(wire.chunk().unwrap()).unwrap(), event(word));
            go_on.send(()).unwrap();
        }
        assert_eq!(wire.chunk().unwrap(), b"");
    }
}

#[test]
fn a_stream_passes_as_it_is_whatever_frames_its_events() {
    let pieces: [&[u8]; 5] = [
        b": comment\r\n\r\nevent: x\r\ndata: {\"choices\":[]}\r\n\r\ndata: \xe2\x9d",
        b"\xa4 split\r",
        b"\n\r\ndata: cr\r\rid: 7\nretry: 10\n\n",
        b"data: not json \xff\xfe\n\n",
        b"data: [DONE]\r\n\r\ndata: after\n",
    ];
    let provider = Provider::new(move |_, wire| {
        wire.send(STREAM_HEAD);
        for piece in pieces {
            wire.send(&chunk(piece));
        }
        wire.send(&chunk(b""));
        Then::GoOn
    });
    let server = Server::before(&provider);
    let reply = server.chat("ana", "Hi");
    assert_eq!((reply.body, reply.is_whole), (pieces.concat(), true));
}

#[test]
fn a_packed_answer_stays_packed() {
    let mut packed = GzEncoder::new(Vec::new(), Compression::best());
    packed.write_all(b"{\"choices\":[{\"message\":{\"content\":\"Hello\"}}]}").unwrap();
    let packed = packed.finish().unwrap();
    let head = "content-type: application/json\r\ncontent-encoding: gzip\r\n";
    let provider = Provider::answering(reply("200 OK", head, &packed));
    let server = Server::before(&provider);
    let reply = server
        .chat_of(&[("x-tactful-user", "ana"), ("accept-encoding", "gzip")], turn("Hi").as_bytes());
    assert_eq!(reply.head.get("content-encoding"), Some("gzip"));
    assert_eq!(reply.head.get("content-length").unwrap(), packed.len().to_string());
    assert_eq!(reply.body, packed);
}

#[test]
fn a_refusal_of_the_provider_is_the_clients_to_read() {
    for status in ["429 Too Many Requests", "500 Internal Server Error", "400 Bad Request"] {
        let body = b"{ \"error\": {\"message\":\"no\", \"odd\":1.0} }\n";
        let provider = Provider::answering(reply(
            status,
            "content-type: application/json\r\nretry-after-ms: 7\r\n",
            body,
        ));
        let server = Server::before(&provider);
        let reply = server.chat("ana", "I'm vegetarian and I live in Lisbon.");
        assert!(status.starts_with(&reply.status().to_string()));
        assert_eq!(reply.head.get("retry-after-ms"), Some("7"));
        assert_eq!(reply.body, body);
        assert!(!provider.has_more_than_one(), "asked once, and the client decides");
    }
}

#[test]
fn nobody_learns_from_a_turn_that_the_provider_refused() {
    let (say, gate) = channel::<bool>();
    let gate = Mutex::new(gate);
    let provider = Provider::new(move |_, wire| {
        let is_refused = gate.lock().unwrap().recv_timeout(PATIENCE).unwrap();
        wire.send(&if is_refused {
            reply("500 No", "", b"{}")
        } else {
            super::provider::completion("Hello")
        });
        Then::GoOn
    });
    let server = Server::before(&provider);
    say.send(true).unwrap();
    server.chat("ana", "I'm vegetarian.");
    say.send(false).unwrap();
    server.chat("ana", "I live in Lisbon.");
    server.learned("ana", "Lisbon");
    assert_eq!(server.held("ana").len(), 1);
}

#[test]
fn a_stream_that_breaks_off_says_so_and_does_not_end_cleanly() {
    let provider = Provider::new(|_, wire| {
        wire.send(STREAM_HEAD);
        wire.send(&chunk(event("Half").as_bytes()));
        Then::Close
    });
    let server = Server::before(&provider);
    let mut wire = Wire::open(server.address);
    wire.send(&chat_request(&turn("Hi")));
    let reply = wire.reply();
    assert_eq!(reply.status(), 200);
    assert!(!reply.is_whole, "a client must see that it was cut");
    let text = reply.text();
    let last = text.strip_prefix(&event("Half")).unwrap();
    let error: serde_json::Value =
        serde_json::from_str(last.strip_prefix("data: ").unwrap().strip_suffix("\n\n").unwrap())
            .unwrap();
    assert_eq!(error["error"]["code"], "upstream_broke_off");
    assert_eq!(error["error"].as_object().unwrap().len(), 4);
    assert!(server.is_up());
}

#[test]
fn a_cut_answer_of_known_length_is_cut_for_the_client_too() {
    let provider = Provider::new(|_, wire| {
        wire.send(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{\"half\":");
        Then::Close
    });
    let server = Server::before(&provider);
    let reply = server.chat("ana", "Hi");
    assert_eq!((reply.text().as_str(), reply.is_whole), ("{\"half\":", false));
}

#[test]
fn a_pause_that_is_too_long_ends_a_stream_visibly() {
    let provider = Provider::new(|_, wire| {
        wire.send(STREAM_HEAD);
        wire.send(&chunk(event("Half").as_bytes()));
        wire.is_closed_by_the_other();
        Then::Close
    });
    let server = Start::before(&provider).set("UPSTREAM__IDLE_TIMEOUT_MS", "200").run();
    let reply = server.chat("ana", "Hi");
    assert!(!reply.is_whole && reply.text().contains("\"upstream_idle\""), "{}", reply.text());
}

#[test]
fn the_event_that_tells_of_a_break_stands_apart_from_half_an_event() {
    for (sent, apart) in [
        ("", ""),
        ("data: {\"choices\":[{\"de", "\n\n"),
        ("data: 1\n", "\n\n"),
        ("data: 1\r\n", "\n\n"),
        ("data: 1\r", "\n\n"),
        ("data: 1\n\n", ""),
        ("data: 1\r\r", ""),
        ("data: 1\r\n\r\n", ""),
        ("data: 1\n\r\n", ""),
    ] {
        let provider = Provider::new(move |_, wire| {
            wire.send(STREAM_HEAD);
            // Byte by byte, as an end of a line may come in two.
            for byte in sent.as_bytes() {
                wire.send(&chunk(&[*byte]));
            }
            Then::Close
        });
        let server = Server::before(&provider);
        let text = server.chat("ana", "Hi").text();
        assert!(text.starts_with(&format!("{sent}{apart}data: {{\"error\":")), "{text:?}");
    }
}

#[test]
fn a_cut_stream_of_known_length_gets_nothing_added() {
    let provider = Provider::new(|_, wire| {
        wire.send(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: 900\r\n\r\ndata: 1\n\n");
        Then::Close
    });
    let server = Server::before(&provider);
    let reply = server.chat("ana", "Hi");
    assert_eq!((reply.text().as_str(), reply.is_whole), ("data: 1\n\n", false));
}

#[test]
fn to_a_packed_stream_nothing_is_added() {
    let provider = Provider::new(|_, wire| {
        wire.send(
            b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-encoding: gzip\r\n\
              transfer-encoding: chunked\r\n\r\n",
        );
        wire.send(&chunk(b"\x1f\x8b\x08"));
        Then::Close
    });
    let server = Server::before(&provider);
    let reply = server.chat("ana", "Hi");
    assert_eq!((reply.body.as_slice(), reply.is_whole), (b"\x1f\x8b\x08".as_slice(), false));
}

#[test]
fn a_provider_that_is_not_there_is_a_bad_gateway() {
    // A port that was free a moment ago, and listens no more.
    let address = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap()
    };
    let server = Start::at(&format!("http://{address}/v1")).run();
    for reply in [server.chat("ana", "Hi"), server.ask("GET", "/v1/models", &[], b"")] {
        assert_eq!((reply.status(), reply.error_code().as_str()), (502, "upstream_unreachable"));
        assert!(reply.head.get("x-tactful-request-id").is_some());
    }
}

#[test]
fn a_provider_that_closes_without_a_word_is_asked_once() {
    let provider = Provider::new(|_, _| Then::Close);
    let server = Server::before(&provider);
    let reply = server.chat("ana", "Hi");
    assert_eq!((reply.status(), reply.error_code().as_str()), (502, "upstream_broke_off"));
    assert!(!provider.has_more_than_one());
}

#[test]
fn a_provider_that_says_nothing_is_a_gateway_timeout() {
    let provider = Provider::new(|_, wire| {
        wire.is_closed_by_the_other();
        Then::Close
    });
    let server = Start::before(&provider).set("UPSTREAM__FIRST_BYTE_TIMEOUT_MS", "200").run();
    for reply in [server.chat("ana", "Hi"), server.ask("GET", "/v1/models", &[], b"")] {
        assert_eq!((reply.status(), reply.error_code().as_str()), (504, "upstream_timeout"));
    }
}

#[test]
fn a_connection_that_the_provider_will_close_is_not_used_again() {
    let provider = Provider::new(|_, wire| {
        wire.send(&reply("200 OK", "connection: close\r\n", b"{}"));
        Then::Close
    });
    let server = Server::before(&provider);
    for _ in 0..20 {
        let reply = server.chat("ana", "Hi");
        assert_eq!((reply.status(), reply.head.get("connection")), (200, None));
    }
}
