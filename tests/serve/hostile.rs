//! Bytes that no honest client sends. Each is refused, or reaches the provider as it was sent; nothing else does, and
//! the next client is served.

use super::{
    provider::{Provider, reply},
    server::{Server, Start, turn},
    wire::{Reply, Wire, ask, chunk, request},
};

const CHAT: &str = "POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\n";
const OTHER: &str = "POST /v1/embeddings HTTP/1.1\r\nhost: x\r\n";
const GET: &str = "GET /v1/models HTTP/1.1\r\nhost: x\r\n";
const BODY: &str = r#"{"messages":[]}"#;

fn answering() -> (Provider, Server) {
    let provider = Provider::answering(reply("200 OK", "", b"{}"));
    let server = Start::before(&provider).set("SERVER__HEADER_TIMEOUT_MS", "5000").run();
    (provider, server)
}

/// Sends this. What is refused early may not be taken to its end.
fn sent(server: &Server, bytes: &[u8]) -> Wire {
    let mut wire = Wire::open(server.address);
    let _ = wire.try_send(bytes);
    wire
}

fn next_reply(wire: &mut Wire) -> Option<Reply> {
    let head = wire.head()?;
    let (body, is_whole) = wire.body(&head);
    Some(Reply { head, body, is_whole })
}

/// The refusal of this: its status, and its code where it has one.
fn refusal(server: &Server, bytes: &[u8]) -> Option<(u16, String)> {
    refused(&mut sent(server, bytes), bytes)
}

/// The refusal of this, behind which nothing more comes.
fn refusal_of_cut(server: &Server, bytes: &[u8]) -> Option<(u16, String)> {
    let mut wire = sent(server, bytes);
    wire.end();
    refused(&mut wire, bytes)
}

fn refused(wire: &mut Wire, bytes: &[u8]) -> Option<(u16, String)> {
    let shown = String::from_utf8_lossy(&bytes[..bytes.len().min(200)]);
    let reply = next_reply(wire)?;
    assert!((400..500).contains(&reply.status()) && reply.is_whole, "{shown}: {reply:?}");
    let code = if reply.body.is_empty() { String::new() } else { reply.error_code() };
    Some((reply.status(), code))
}

/// The next client is served, and the provider has seen that client alone, or beginnings of others.
fn serves_the_next(provider: &Provider, server: &Server, after: &str) {
    let body = turn("Hi");
    assert_eq!(server.chat_of(&[], body.as_bytes()).status(), 200, "{after}");
    let whole = std::iter::repeat_with(|| provider.next()).find(|seen| seen.is_whole);
    assert_eq!(whole.unwrap().text(), body, "{after}");
    assert!(!provider.has_more_whole(), "{after}");
}

#[test]
fn a_head_that_cannot_be_read_is_refused_in_the_shape_that_clients_read() {
    let (provider, server) = answering();
    let heads: Vec<(&str, Vec<u8>)> = vec![
        ("HTTP/0.9", b"GET /v1/models\r\n\r\n".to_vec()),
        ("no such version", b"GET /v1/models HTTP/2.0\r\nhost: x\r\n\r\n".to_vec()),
        (
            "TLS",
            [b"\x16\x03\x01\x00\xc8\x01\x00\x00\xc4\x03\x03".as_slice(), &[0x41; 180]].concat(),
        ),
        ("a NUL in the path", b"GET /v1/mo\0dels HTTP/1.1\r\nhost: x\r\n\r\n".to_vec()),
        ("a NUL in a header", format!("{GET}x: a\0b\r\n\r\n").into()),
        ("no text in a name", [GET.as_bytes(), b"x\xff: a\r\n\r\n"].concat()),
        ("a bare CR in a header", format!("{GET}x: a\rcontent-length: 5\r\n\r\n").into()),
        ("a folded line", format!("{GET}x: a\r\n b\r\n\r\n").into()),
        ("a folded length", format!("{OTHER}content-length:\r\n 2\r\n\r\n{{}}").into()),
        ("a line without a colon", format!("{GET}nothing\r\n\r\n").into()),
        ("a line without a name", format!("{GET}: x\r\n\r\n").into()),
        ("space before a colon", format!("{OTHER}content-length : 2\r\n\r\n{{}}").into()),
        ("space within the first line", b"GET  /v1/models  HTTP/1.1\r\nhost: x\r\n\r\n".to_vec()),
    ];
    for (what, bytes) in heads {
        let refused = refusal(&server, &bytes);
        assert_eq!(refused, Some((400, "malformed_request".to_owned())), "{what}");
        serves_the_next(&provider, &server, what);
    }
    for many in ["x: 1\r\n".repeat(128), "x: 1\r\n".repeat(1000)] {
        let refused = refusal(&server, format!("{GET}{many}\r\n").as_bytes());
        assert_eq!(refused, Some((431, "headers_too_large".to_owned())));
        serves_the_next(&provider, &server, "headers");
    }
}

#[test]
fn a_request_names_one_host() {
    let (provider, server) = answering();
    for first in ["POST /v1/chat/completions", "POST /v1/embeddings", "GET /tactful/v1/users"] {
        for (version, hosts) in [
            ("1.1", ""),
            ("1.1", "x-host: x\r\n"),
            ("1.1", "host: x\r\nhost: x\r\n"),
            ("1.1", "host: x\r\nHOST: y\r\n"),
            ("1.0", "host: x\r\nhost: x\r\n"),
        ] {
            let bytes = format!("{first} HTTP/{version}\r\n{hosts}content-length: 0\r\n\r\n");
            let refused = refusal(&server, bytes.as_bytes());
            assert_eq!(refused, Some((400, "malformed_request".to_owned())), "{bytes}");
        }
    }
    // It is whole all the same: what comes behind it on the connection is another.
    let two = format!("GET /v1/a HTTP/1.1\r\n\r\n{GET}\r\n");
    let mut wire = sent(&server, two.as_bytes());
    let statuses = [(); 2].map(|()| next_reply(&mut wire).unwrap().status());
    assert_eq!(statuses, [400, 200]);
    assert_eq!(provider.next().head.first_line(), "GET /v1/models HTTP/1.1");
    for lawful in ["GET /v1/models HTTP/1.0\r\n\r\n", "GET /v1/models HTTP/1.1\r\nhost:\r\n\r\n"] {
        assert_eq!(ask(server.address, lawful.as_bytes()).status(), 200, "{lawful}");
        provider.next();
    }
    serves_the_next(&provider, &server, "hosts");
}

/// A refusal may be lost with a connection that is closed while more still comes.
#[test]
fn a_head_without_end_is_given_up() {
    let (provider, server) = answering();
    let long =
        |length: usize| format!("GET /v1/{} HTTP/1.1\r\nhost: x\r\n\r\n", "a".repeat(length));
    let heads: Vec<(&str, Vec<u8>)> = vec![
        ("no text in the path", b"GET /v1/\xff HTTP/1.1\r\nhost: x\r\n\r\n".to_vec()),
        ("a first line too long", long(70_000).into()),
        ("a first line far too long", long(2 << 20).into()),
        (
            "a method too long",
            format!("{} /v1/models HTTP/1.1\r\n\r\n", "A".repeat(2 << 20)).into(),
        ),
        ("a header without end", format!("{GET}x: {}", "1".repeat(2 << 20)).into()),
        ("headers without end", format!("{GET}{}", "x: 1\r\n".repeat(100_000)).into()),
        (
            "HTTP/2 gone wrong",
            [b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".as_slice(), &[0xff; 100]].concat(),
        ),
        ("half a head", GET.into()),
        ("nothing", Vec::new()),
    ];
    for (what, bytes) in heads {
        let status = refusal_of_cut(&server, &bytes).map(|refused| refused.0);
        assert!(matches!(status, None | Some(400 | 414 | 431)), "{what}: {status:?}");
        serves_the_next(&provider, &server, what);
    }
}

#[test]
fn a_length_that_is_none_is_refused() {
    let (provider, server) = answering();
    for head in [CHAT, OTHER] {
        for (length, status) in [
            ("-1", 400),
            ("+15", 400),
            ("0x0f", 400),
            ("15, 15", 400),
            ("1 5", 400),
            ("", 400),
            ("99999999999999999999999999", 400),
            // hyper keeps this one for itself, and says of it what it says of large heads.
            ("18446744073709551615", 431),
            ("18446744073709551613", 413),
            ("67108865", 413),
        ] {
            let bytes = format!("{head}content-length: {length}\r\n\r\n{BODY}");
            let code = match status {
                400 => "malformed_request",
                431 => "headers_too_large",
                _ => "body_too_large",
            };
            let refused = refusal(&server, bytes.as_bytes());
            assert_eq!(refused, Some((status, code.to_owned())), "{head}{length}");
        }
    }
    serves_the_next(&provider, &server, "lengths");
}

#[test]
fn encodings_that_two_servers_read_differently_are_refused() {
    let (provider, server) = answering();
    let hidden = format!("0\r\n\r\n{GET}\r\n");
    for lines in [
        // Both lengths, in every guise.
        "content-length: 4\r\ntransfer-encoding: chunked\r\n",
        "transfer-encoding: chunked\r\ncontent-length: 4\r\n",
        "Transfer-Encoding: chunked\r\nCoNtEnT-LeNgTh: 4\r\n",
        "content-length: 4\r\ntransfer-encoding: \tchunked\r\n",
        "content-length: 4\r\ntransfer-encoding: xchunked\r\n",
        "content-length: 4\r\ntransfer-encoding: identity\r\n",
        "content-length: 4\r\ncontent-length: 4\r\n",
        "content-length: 4\r\ncontent-length: 400\r\n",
        // Encodings that one server sees and another does not.
        "transfer-encoding: xchunked\r\n",
        "transfer-encoding: \"chunked\"\r\n",
        "transfer-encoding: chunked, identity\r\n",
        "transfer-encoding: chunked\r\ntransfer-encoding: identity\r\n",
        "transfer-encoding:\u{b}chunked\r\n",
        "transfer-encoding : chunked\r\n",
        "transfer-encoding:\r\n chunked\r\n",
        "transfer_encoding: chunked\r\ntransfer-encoding: x\r\n",
    ] {
        for head in [CHAT, OTHER] {
            let bytes = format!("{head}{lines}\r\n{hidden}");
            let refused = refusal(&server, bytes.as_bytes());
            let (status, code) = refused.unwrap();
            assert_eq!(status, 400, "{head}{lines}");
            assert!(
                matches!(code.as_str(), "malformed_request" | "ambiguous_length"),
                "{head}{lines}: {code}"
            );
        }
        serves_the_next(&provider, &server, lines);
    }
    let older =
        "POST /v1/chat/completions HTTP/1.0\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n";
    let refused = refusal(&server, format!("{older}{hidden}").as_bytes());
    assert_eq!(refused, Some((400, "malformed_request".to_owned())));
    serves_the_next(&provider, &server, "HTTP/1.0");
}

#[test]
fn two_lengths_do_not_hide_behind_a_body() {
    let (provider, server) = answering();
    let both = "POST /v1/hidden HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\ncontent-length: 4\r\n\r\n0\r\n\r\n";
    for body in [
        "transfer-encoding: chunked\r\n\r\n0000000000000000000f\r\n{\"messages\":[]}\r\n0\r\n\r\n",
        "transfer-encoding: chunked\r\n\r\nf\r\n{\"messages\":[]}\r\n00000000000000000000\r\n\r\n",
        "transfer-encoding: chunked\r\n\r\n0\r\na: b\n\nPOST / HTTP/1.1\r\ncontent-length: 900\r\n\r\n",
        "content-length: 15\r\n\r\n{\"messages\":[]}",
    ] {
        for head in [CHAT, OTHER] {
            // Where the first is answered, the second is refused; where both came at once, the first is.
            let mut wire = sent(&server, format!("{head}{body}{both}").as_bytes());
            let replies: Vec<_> = std::iter::from_fn(|| next_reply(&mut wire)).collect();
            let last = replies.last().unwrap();
            assert_eq!(last.error_code(), "ambiguous_length", "{head}{body}: {replies:?}");
        }
        while provider.has_more() {}
    }
    server.ask("GET", "/v1/last", &[], b"");
    assert_eq!(provider.next().head.first_line(), "GET /v1/last HTTP/1.1", "no hidden one came up");
}

#[test]
fn chunks_that_cannot_be_read_break_the_body_off() {
    let (provider, server) = answering();
    for body in [
        "zz\r\n",
        "-f\r\n{\"messages\":[]}\r\n0\r\n\r\n",
        "\r\n{\"messages\":[]}\r\n0\r\n\r\n",
        "1000000000000000f\r\n{\"messages\":[]}\r\n0\r\n\r\n",
        "5\r\n{\"messages\":[]}\r\n0\r\n\r\n",
        "f\n{\"messages\":[]}\n0\n\n",
        "f;a\n=b\r\n{\"messages\":[]}\r\n0\r\n\r\n",
        "ffffffffffffffff\r\n{\"messages\":[]}",
        "f\r\n{\"messages\":[]}",
    ] {
        for head in [CHAT, OTHER] {
            let bytes = format!("{head}transfer-encoding: chunked\r\n\r\n{body}");
            let refused = refusal_of_cut(&server, bytes.as_bytes());
            assert_eq!(refused, Some((400, "body_broke_off".to_owned())), "{head}{body}");
        }
        assert!(!provider.has_more_whole(), "{body}");
    }
    for flood in [
        format!("f;{}\r\n{BODY}\r\n0\r\n\r\n", "a".repeat(40_000)),
        format!("0\r\n{}\r\n", "a: b\r\n".repeat(20_000)),
    ] {
        let bytes = format!("{CHAT}transfer-encoding: chunked\r\n\r\n{flood}");
        let refused = refusal_of_cut(&server, bytes.as_bytes());
        assert!(matches!(refused, None | Some((400, _))), "{refused:?}");
        assert!(!provider.has_more_whole());
    }
    serves_the_next(&provider, &server, "chunks");
}

#[test]
fn a_body_that_is_cut_is_no_request() {
    let (provider, server) = answering();
    for head in [CHAT, OTHER] {
        for body in [
            "content-length: 50\r\n\r\n{\"messages\":[]}",
            "transfer-encoding: chunked\r\n\r\n40\r\n{\"messages\":[]}",
        ] {
            let refused = refusal_of_cut(&server, format!("{head}{body}").as_bytes());
            assert_eq!(refused, Some((400, "body_broke_off".to_owned())), "{head}{body}");
            assert!(!provider.has_more_whole(), "{head}{body}");
        }
    }
    serves_the_next(&provider, &server, "cut bodies");
}

#[test]
fn what_is_odd_and_lawful_is_relayed_as_it_is() {
    let (provider, server) = answering();
    let with = |first: &str| format!("{first}\r\nhost: x\r\n\r\n");
    for (bytes, first, body) in [
        (
            with("GET http://elsewhere.test/v1/models?a=b HTTP/1.1"),
            "GET /v1/models?a=b HTTP/1.1",
            "",
        ),
        (with("BREW /v1/pot HTTP/1.1"), "BREW /v1/pot HTTP/1.1", ""),
        (with("OPTIONS /v1/models HTTP/1.1"), "OPTIONS /v1/models HTTP/1.1", ""),
        (
            with("GET /v1/models?a=b?c&%00=%zz HTTP/1.1"),
            "GET /v1/models?a=b?c&%00=%zz HTTP/1.1",
            "",
        ),
        (with("GET /v1/models/\u{e9} HTTP/1.1"), "GET /v1/models/\u{e9} HTTP/1.1", ""),
        (with("GET /v1//models// HTTP/1.1"), "GET /v1//models// HTTP/1.1", ""),
        ("GET /v1/models HTTP/1.0\r\n\r\n".to_owned(), "GET /v1/models HTTP/1.1", ""),
        ("GET /v1/models HTTP/1.1\nhost: x\n\n".to_owned(), "GET /v1/models HTTP/1.1", ""),
        (format!("{GET}content-length: 5\r\n\r\nhello"), "GET /v1/models HTTP/1.1", "hello"),
        (format!("{CHAT}content-length: 0\r\n\r\n"), "POST /v1/chat/completions HTTP/1.1", ""),
        (format!("{CHAT}\r\n"), "POST /v1/chat/completions HTTP/1.1", ""),
        (
            format!("{CHAT}content-length: 0015\r\n\r\n{BODY}"),
            "POST /v1/chat/completions HTTP/1.1",
            BODY,
        ),
        (
            format!(
                "{CHAT}transfer-encoding: chunked\r\n\r\nF \t;a=\"b;c\"\r\n{BODY}\r\n000;e\r\nx-tactful-user: eve\r\n\r\n"
            ),
            "POST /v1/chat/completions HTTP/1.1",
            BODY,
        ),
        (format!("{GET}x: {}\r\n\r\n", "1".repeat(100_000)), "GET /v1/models HTTP/1.1", ""),
        (
            format!(
                "{GET}connection: upgrade, http2-settings\r\nupgrade: h2c\r\nhttp2-settings: AAMA\r\n\r\n"
            ),
            "GET /v1/models HTTP/1.1",
            "",
        ),
        (
            format!("{GET}connection: upgrade\r\nupgrade: websocket, h2c\r\n\r\n"),
            "GET /v1/models HTTP/1.1",
            "",
        ),
    ] {
        assert_eq!(ask(server.address, bytes.as_bytes()).status(), 200, "{bytes}");
        let seen = provider.next();
        assert_eq!((seen.head.first_line(), seen.text().as_str()), (first, body), "{bytes}");
        assert_eq!(seen.head.get("upgrade"), None);
        assert_eq!(seen.head.all("host"), [provider.address.to_string()]);
        assert!(!provider.has_more(), "{bytes}");
    }
}

#[test]
fn a_target_that_is_no_path_of_ours_goes_nowhere() {
    let (provider, server) = answering();
    for (first, status) in [
        ("CONNECT /v1/models HTTP/1.1", 405),
        ("CONNECT elsewhere.test:443 HTTP/1.1", 404),
        ("GET elsewhere.test:80 HTTP/1.1", 404),
        ("OPTIONS * HTTP/1.1", 404),
        ("GET //v1/models HTTP/1.1", 404),
        ("GET /%761/models HTTP/1.1", 404),
        ("GET http://elsewhere.test/ HTTP/1.1", 404),
        ("GET /v1/../tactful/v1/users HTTP/1.1", 400),
    ] {
        let refused = refusal(&server, format!("{first}\r\nhost: x\r\n\r\n").as_bytes());
        let (found, code) = refused.unwrap();
        assert_eq!(found, status, "{first}");
        assert!(!code.is_empty(), "{first}: in the shape that clients read");
    }
    serves_the_next(&provider, &server, "targets");
}

#[test]
fn requests_behind_each_other_are_answered_in_order_and_noise_behind_them_is_not() {
    let (provider, server) = answering();
    let three: String =
        ["a", "b", "c"].map(|at| format!("GET /v1/{at} HTTP/1.1\r\nhost: x\r\n\r\n")).concat();
    for (behind, statuses) in
        [("", vec![200; 3]), ("\r\n\r\n", vec![200; 3]), ("XX\r\n\r\n", vec![200, 200, 200, 400])]
    {
        let mut wire = sent(&server, format!("{three}{behind}").as_bytes());
        for status in statuses {
            let reply = wire.reply();
            assert_eq!(reply.status(), status, "{behind}");
            // Behind an answer hyper refuses in its own words: ours could not be told from an answer's bytes.
            assert!(status == 200 || reply.text().is_empty());
        }
        for at in ["a", "b", "c"] {
            assert_eq!(provider.next().head.first_line(), format!("GET /v1/{at} HTTP/1.1"));
        }
        assert!(!provider.has_more());
    }
    let trailing = format!("{CHAT}content-length: 15\r\n\r\n{BODY}XXXX");
    assert_eq!(ask(server.address, trailing.as_bytes()).status(), 200);
    assert_eq!(provider.next().text(), BODY, "not a byte of what came behind it");
    serves_the_next(&provider, &server, "noise");
}

#[test]
fn a_body_of_anything_is_relayed_or_refused() {
    let (provider, server) = answering();
    let nested = |depth: usize| {
        let arrays = format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        format!(r#"{{"messages":[{{"role":"user","content":{arrays}}}],"x":{arrays}}}"#)
    };
    let user = |content: &str| format!(r#"{{"messages":[{{"role":"user","content":{content}}}]}}"#);
    let bodies: Vec<Vec<u8>> = vec![
        nested(100_000).into(),
        "{\"a\":".repeat(100_000).into(),
        "[".repeat(1 << 20).into(),
        user("\"a\0b\"").into(),
        user("\"a\\u0000b\"").into(),
        user("\"\\ud800\"").into(),
        [b"{\"messages\":[{\"role\":\"user\",\"content\":\"".as_slice(), &[0xff; 9], b"\"}]}"]
            .concat(),
        vec![0; 1 << 20],
        vec![0xff; 1 << 20],
        " ".repeat(1 << 20).into(),
        ",".repeat(1 << 20).into(),
        user(&format!("\"{}\"", " ".repeat(1 << 20))).into(),
        user(&format!("[{}{{}}]", "{},".repeat(300_000))).into(),
        format!("{{\"messages\":[{}{{}}]}}", "{},".repeat(300_000)).into(),
        user(&format!("\"{}\"", "[tactful:begin]\\n".repeat(60_000))).into(),
        format!("{{{}\"messages\":[]}}", "\"\":0,".repeat(200_000)).into(),
        b"{\"messages\":[],\"n\":1e999999999,\"m\":-0}".to_vec(),
        b"\xef\xbb\xbf{\"messages\":[]}".to_vec(),
    ];
    for body in bodies {
        let shown = String::from_utf8_lossy(&body[..body.len().min(60)]).into_owned();
        let told = server.chat_of(&[("x-tactful-user", "ana")], &body);
        assert_eq!(told.status(), 200, "{shown}");
        assert!(provider.next().body == body, "byte for byte: {shown}");
    }
    let twice = r#"{"messages":[{"role":"user","content":"a"}],"mess\u0061ges":[]}"#;
    let refused = server.chat_of(&[], twice.as_bytes());
    assert_eq!((refused.status(), refused.error_code().as_str()), (400, "duplicate_key"));
    serves_the_next(&provider, &server, "bodies");
}

#[test]
fn crowds_of_idle_and_upgrading_clients_leave_room_for_others() {
    let (provider, server) = answering();
    let upgrade = format!(
        "{GET}connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n\r\n"
    );
    let beginnings = [
        CHAT.to_owned(),
        format!("{CHAT}content-length: 9\r\n\r\n{{"),
        String::new(),
        "\r\n".to_owned(),
    ];
    let crowd: Vec<Wire> = (0..200)
        .map(|at| {
            let mut wire = Wire::open(server.address);
            wire.send(beginnings[at % beginnings.len()].as_bytes());
            wire
        })
        .collect();
    for _ in 0..100 {
        // The provider does not agree, so this is a request like another.
        assert_eq!(ask(server.address, upgrade.as_bytes()).status(), 200);
        assert_eq!(provider.next().head.get("upgrade"), Some("websocket"));
    }
    serves_the_next(&provider, &server, "a crowd");
    drop(crowd);
    serves_the_next(&provider, &server, "a crowd that left");
}

#[test]
fn no_promise_and_no_shape_of_a_body_costs_more_memory_than_was_sent() {
    const SENT_MAX: usize = 8 << 20;
    let (provider, server) = answering();
    serves_the_next(&provider, &server, "nothing");
    let idle = server.memory_peak();

    let part = chunk(&[b' '; 1 << 16]);
    for round in 0..300 {
        let mut wire = Wire::open(server.address);
        let head = if round % 2 == 0 { CHAT } else { OTHER };
        let promise = match round % 3 {
            0 => "content-length: 67108864\r\n\r\n".to_owned(),
            1 => "transfer-encoding: chunked\r\n\r\n3ffffff\r\n".to_owned(),
            _ => format!(
                "transfer-encoding: chunked\r\n\r\n{}ffffffffffffffff\r\n",
                String::from_utf8_lossy(&part)
            ),
        };
        let _ = wire.try_send(format!("{head}{promise}{BODY}").as_bytes());
    }
    let many = |thing: &str| thing.repeat((SENT_MAX - 200) / thing.len());
    for body in [
        format!(r#"{{"messages":[{{"role":"user","content":[{}{{}}]}}]}}"#, many("{},")),
        format!(r#"{{"messages":[{}{{}}]}}"#, many("{},")),
        format!(r#"{{{}"messages":[]}}"#, many("\"\":0,")),
        format!(r#"{{"messages":[{{"role":"user","content":"{}"}}]}}"#, many("\\n")),
    ] {
        let told = server.chat_of(&[("x-tactful-user", "ana")], body.as_bytes());
        assert_eq!(told.status(), 200);
        while !provider.next().is_whole {}
    }
    let peak = server.memory_peak();
    assert!(peak < idle + 6 * SENT_MAX, "{} KiB at first, {} KiB at most", idle >> 10, peak >> 10);
    assert_eq!(ask(server.address, &request("GET", "/v1/models", &[], b"")).status(), 200);
}
