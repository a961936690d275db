//! Everything else under `/v1/` is relayed as it is; what is outside is not ours to answer.

use super::{
    provider::{Provider, Then, reply},
    server::{Server, Start},
    wire::{Wire, chunk},
};

fn binary() -> Vec<u8> {
    (0..=255).cycle().take(70_000).collect()
}

#[test]
fn every_method_and_path_passes_with_its_query() {
    let answer = binary();
    let provider = Provider::answering(reply("207 Odd", "x-odd: 1\r\n", &answer));
    let server = Server::before(&provider);
    for (method, target) in [
        ("GET", "/v1/models"),
        ("GET", "/v1/models/m%2F1?a=%20b&c"),
        ("POST", "/v1/embeddings"),
        ("POST", "/v1/completions"),
        ("POST", "/v1/nobody/knows?x=%7B%22%22%7D&x=1"),
        ("DELETE", "/v1/files/f-1"),
        ("PATCH", "/v1/threads/t-1/"),
        ("PUT", "/v1//double"),
        ("GET", "/v1/chat/completions/c-1"),
        ("GET", "/v1/chat/completions"),
    ] {
        let body = if method == "POST" { binary() } else { Vec::new() };
        let reply = server.ask(method, target, &[("x-tactful-user", "ana")], &body);
        let seen = provider.next();
        assert_eq!(seen.head.first_line(), format!("{method} {target} HTTP/1.1"));
        assert_eq!(seen.body, body, "{method} {target}");
        assert_eq!(seen.head.get("x-tactful-user"), None);
        assert_eq!((reply.status(), reply.head.get("x-odd")), (207, Some("1")), "{target}");
        assert_eq!(reply.body, answer);
        assert_eq!((reply.outcome(), reply.head.get("x-tactful-reason")), ("bypassed", None));
    }
}

#[test]
fn what_looks_like_a_turn_elsewhere_is_not_read() {
    let provider = Provider::model();
    let server = Server::before(&provider);
    server.enter("ana", "Is vegetarian");
    let said = "I live in Lisbon. Can you suggest a quick dinner for me tonight?";
    let body = format!(
        r#"{{"user":"ana","user":"ben","prompt":"{said}","input":"{said}","messages":[{{"role":"user","content":"{said}"}}]}}"#
    );
    for target in [
        "/v1/completions",
        "/v1/embeddings",
        "/v1/moderations",
        "/v1/chat/completions/",
        "/v1/chat/completions/c-1",
        "/v1/threads/runs",
    ] {
        let reply = server.ask("POST", target, &[("x-tactful-user", "ana")], body.as_bytes());
        assert_eq!((reply.status(), reply.outcome()), (200, "bypassed"), "{target}");
        assert_eq!(provider.next().text(), body);
    }
    assert_eq!(server.held("ana").len(), 1, "nothing was learned");
}

#[test]
fn an_answer_without_a_body_ends_at_its_head() {
    let provider = Provider::new(|seen, wire| {
        wire.send(match seen.head.first_line().split(' ').next().unwrap() {
            "HEAD" => b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n",
            "DELETE" => b"HTTP/1.1 204 No Content\r\nx-odd: 1\r\n\r\n",
            _ => b"HTTP/1.1 304 Not Modified\r\netag: \"a\"\r\n\r\n",
        });
        Then::GoOn
    });
    let server = Server::before(&provider);
    let mut wire = Wire::open(server.address);
    for (method, status, name, value) in [
        ("HEAD", 200, "content-length", "5"),
        ("DELETE", 204, "x-odd", "1"),
        ("GET", 304, "etag", "\"a\""),
        ("HEAD", 200, "content-length", "5"),
    ] {
        wire.send(&super::wire::request(method, "/v1/files/f-1", &[], b""));
        let head = wire.head().unwrap();
        assert_eq!((head.status(), head.get(name)), (status, Some(value)), "{method}");
    }
}

#[test]
fn a_file_goes_up_as_it_is() {
    let provider = Provider::model();
    let server = Server::before(&provider);
    let body = [
        b"--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\n".as_slice(),
        &binary(),
        b"\r\n--b--\r\n",
    ]
    .concat();
    let kind = "multipart/form-data; boundary=b";
    server.ask("POST", "/v1/files", &[("content-type", kind)], &body);
    let seen = provider.next();
    assert_eq!(seen.head.get("content-type"), Some(kind));
    assert_eq!(seen.head.get("content-length").unwrap(), body.len().to_string());
    assert_eq!(seen.body, body);
}

#[test]
fn a_chunked_upload_arrives_whole_and_without_waiting_for_its_end() {
    let provider = Provider::model();
    let server = Server::before(&provider);
    for target in ["/v1/audio/transcriptions", "/v1/chat/completions"] {
        let mut wire = Wire::open(server.address);
        wire.send(
            format!("POST {target} HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n")
                .as_bytes(),
        );
        let body = binary();
        for piece in body.chunks(9_000) {
            wire.send(&chunk(piece));
        }
        wire.send(&chunk(b""));
        assert_eq!(wire.reply().status(), 200);
        assert_eq!(provider.next().body, body, "{target}");
    }
}

#[test]
fn the_base_url_may_have_a_path_of_its_own() {
    let provider = Provider::model();
    let server = Start::at(&format!("http://{}/some/api/", provider.address)).run();
    server.ask("GET", "/v1/models?a=1", &[], b"");
    assert_eq!(provider.next().head.first_line(), "GET /some/api/models?a=1 HTTP/1.1");
    server.chat("ana", "Hi");
    assert_eq!(provider.next().head.first_line(), "POST /some/api/chat/completions HTTP/1.1");
}

#[test]
fn a_path_that_leads_outside_is_refused() {
    let provider = Provider::model();
    let server = Server::before(&provider);
    for target in ["/v1/../x", "/v1/%2e%2e/x", "/v1/a/./b?c=d"] {
        let reply = server.ask("GET", target, &[], b"");
        assert_eq!(
            (reply.status(), reply.error_code().as_str()),
            (400, "invalid_path"),
            "{target}"
        );
    }
    assert!(!provider.has_more());
    assert_eq!(server.ask("GET", "/v1/models/a.b?c=/../d", &[], b"").status(), 200);
}

#[test]
fn what_is_outside_is_not_found() {
    let provider = Provider::model();
    let server = Server::before(&provider);
    for target in ["/", "/v2/models", "/v1x", "/chat/completions", "/metrics", "/tactful"] {
        let reply = server.ask("GET", target, &[], b"");
        assert_eq!(
            (reply.status(), reply.error_code().as_str()),
            (404, "unknown_path"),
            "{target}"
        );
    }
    assert!(!provider.has_more());
}

#[test]
fn one_connection_serves_many_requests() {
    let provider = Provider::model();
    let server = Server::before(&provider);
    let mut wire = Wire::open(server.address);
    for _ in 0..5 {
        wire.send(&super::wire::request("GET", "/v1/models", &[], b""));
        assert!(wire.reply().is_whole);
        wire.send(&super::wire::request("GET", "/nowhere", &[], b""));
        assert_eq!(wire.reply().status(), 404);
    }
}

#[test]
fn a_connection_that_becomes_a_websocket_is_relayed_both_ways() {
    let provider = Provider::new(|seen, wire| {
        assert_eq!(seen.head.get("upgrade"), Some("websocket"));
        assert_eq!(seen.head.get("connection"), Some("upgrade"));
        assert_eq!(seen.head.get("sec-websocket-key"), Some("k"));
        let agreed = "HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\
                      sec-websocket-accept: a\r\n\r\nhello";
        wire.send(agreed.as_bytes());
        // More empty lines than there may be before a head.
        assert_eq!(wire.exactly(5000).unwrap(), [b'\n'; 5000]);
        let heard = wire.exactly(4).unwrap();
        wire.send(&heard);
        Then::Close
    });
    let server = Server::before(&provider);
    let mut wire = Wire::open(server.address);
    wire.send(
        b"GET /v1/realtime?model=m HTTP/1.1\r\nhost: x\r\nconnection: keep-alive, Upgrade\r\nupgrade: websocket\r\n\
          sec-websocket-key: k\r\n\r\n",
    );
    let head = wire.head().unwrap();
    assert_eq!((head.status(), head.get("upgrade")), (101, Some("websocket")));
    assert_eq!(head.get("sec-websocket-accept"), Some("a"));
    assert_eq!(wire.exactly(5).unwrap(), b"hello");
    wire.send(&[b'\n'; 5000]);
    wire.send(b"\x00\xff!\n");
    assert_eq!(wire.exactly(4).unwrap(), b"\x00\xff!\n");
    assert!(wire.is_closed_by_the_other());
    assert_eq!(provider.next().head.first_line(), "GET /v1/realtime?model=m HTTP/1.1");
}

#[test]
fn no_other_protocol_is_asked_for_or_agreed_to() {
    let agreed = "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: h2c\r\n\r\n";
    let provider = Provider::new(move |seen, wire| {
        if seen.head.first_line().contains("eager") {
            wire.send(agreed.as_bytes());
        } else {
            wire.send(&super::provider::completion("Hello"));
        }
        Then::Close
    });
    let server = Server::before(&provider);
    let headers = [("connection", "Upgrade, HTTP2-Settings"), ("upgrade", "h2c")];
    assert_eq!(server.ask("GET", "/v1/models", &headers, b"").status(), 200);
    let seen = provider.next();
    assert_eq!((seen.head.get("upgrade"), seen.head.get("connection")), (None, None));
    let reply = server.ask("GET", "/v1/eager", &headers, b"");
    assert_eq!((reply.status(), reply.error_code().as_str()), (502, "upstream_broke_off"));
}

#[test]
fn a_tunnel_keeps_its_place_among_the_connections() {
    let provider = Provider::new(|seen, wire| {
        if seen.head.get("upgrade").is_none() {
            wire.send(&super::provider::completion("Hello"));
            return Then::Close;
        }
        wire.send(
            b"HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: WebSocket\r\n\r\n",
        );
        wire.is_closed_by_the_other();
        Then::Close
    });
    let server = Start::before(&provider).set("SERVER__MAX_CONNECTIONS", "1").run();
    let mut tunnel = Wire::open(server.address);
    let headers = [("connection", "upgrade"), ("upgrade", "WebSocket")];
    tunnel.send(&super::wire::request("GET", "/v1/realtime", &headers, b""));
    assert_eq!(tunnel.head().unwrap().status(), 101);
    let mut second = Wire::open(server.address);
    second.send(&super::wire::request("GET", "/v1/models", &[], b""));
    assert!(!second.has_something_within(std::time::Duration::from_millis(300)));
    drop(tunnel);
    assert_eq!(second.reply().status(), 200);
}
