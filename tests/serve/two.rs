//! HTTP/2 on either side, and TLS on either side: the same turn, whatever carries it.

use std::{
    pin::Pin,
    sync::{
        Mutex,
        atomic::Ordering,
        mpsc::{Receiver, channel},
    },
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http::{Response, Version};
use http_body::Frame;
use http_body_util::BodyExt as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::{
    provider::{self, STREAM_HEAD, Then, event, reply, told},
    second::{self, Certificates, Client, Provider, whole},
    server::{Server, Start, turn},
    wire::{PATIENCE, Wire, chunk, request, until},
};

const CHATS: &str = "/v1/chat/completions";
const ANSWER: &str = r#"{"choices":[{"index":0,"finish_reason":"stop","message":{"role":"assistant","content":"Hello."}}]}"#;

/// A provider of HTTP/2 in the clear, and a server of one worker before it.
fn before(provider: &Provider) -> Start {
    Start::at(&format!("http://{}/v1", provider.address))
        .set("UPSTREAM__HTTP2_PRIOR_KNOWLEDGE", "true")
        .set("SERVER__WORKERS", "1")
}

fn answering() -> Provider {
    Provider::new(None, |_| async { Response::new(whole(ANSWER)) })
}

#[test]
fn a_client_of_http2_gets_what_others_get() {
    let provider = provider::Provider::model();
    let server = Server::before(&provider);
    server.enter("ana", "Is vegetarian");
    let mut client = Client::plain(server.address);
    let headers =
        [("x-tactful-user", "ana"), ("te", "trailers"), ("cookie", "a=1"), ("cookie", "b=2")];
    let prompt = turn("What should I cook for dinner tonight?");
    let (head, body) = client.ask("POST", CHATS, &headers, &prompt);
    assert_eq!((head.status.as_u16(), head.version), (200, Version::HTTP_2));
    assert_eq!(head.headers["x-tactful-outcome"], "personalized");
    assert_eq!(head.headers["content-length"], body.len().to_string().as_str());
    assert!(body.contains(provider::PERSONALIZED));
    let seen = provider.next();
    assert!(told(&seen.text()));
    assert_eq!(seen.head.all("host"), [provider.address.to_string()]);
    assert_eq!(seen.head.all("cookie"), ["a=1; b=2"]);
    assert_eq!(seen.head.get("te"), None);

    let (head, _) = client.ask("GET", "/v1/models?a=%20b", &[], "");
    assert_eq!(head.status, 200);
    assert_eq!(provider.next().head.first_line(), "GET /v1/models?a=%20b HTTP/1.1");
    let (head, _) = client.ask("GET", "/nowhere", &[], "");
    assert_eq!(head.status, 404);
}

#[test]
fn many_at_once_on_one_connection_are_each_told_their_own() {
    let provider = provider::Provider::new(|seen, wire| {
        wire.send(&reply("200 OK", "", &seen.body));
        Then::GoOn
    });
    let server = Server::before(&provider);
    let mut client = Client::plain(server.address);
    let asked: Vec<_> =
        (0..60).map(|at| client.post_beside("/v1/embeddings", &format!("{at}"))).collect();
    for (at, asked) in asked.into_iter().enumerate() {
        let answer = client.runtime.block_on(asked).unwrap();
        let body = client.runtime.block_on(answer.into_body().collect()).unwrap().to_bytes();
        assert_eq!(body, at.to_string());
    }
}

#[test]
fn a_client_of_http2_that_leaves_takes_its_request_along() {
    let (tell, closed) = channel();
    let tell = Mutex::new(tell);
    let provider = provider::Provider::new(move |seen, wire| {
        if seen.text().contains("stream") {
            wire.send(&[STREAM_HEAD, chunk(event("One").as_bytes()).as_slice()].concat());
        }
        let _ = tell.lock().unwrap().send(wire.is_closed_by_the_other());
        Then::Close
    });
    let server = Server::before(&provider);
    let mut client = Client::plain(server.address);
    // Before the head.
    let asked = client.post_beside(CHATS, &turn("Hi"));
    let asked = client.runtime.spawn(asked);
    provider.next();
    asked.abort();
    assert!(closed.recv_timeout(PATIENCE).unwrap());
    // In the middle.
    let body = r#"{"stream":true,"messages":[{"role":"user","content":"Hi"}]}"#;
    let mut answer = client.begin("POST", CHATS, &[], body).unwrap();
    assert_eq!(client.piece(answer.body_mut()).unwrap().unwrap(), event("One"));
    drop(answer);
    assert!(closed.recv_timeout(PATIENCE).unwrap());
    // The connection stands.
    assert_eq!(client.ask("GET", "/nowhere", &[], "").0.status, 404);
}

#[test]
fn a_break_is_a_reset_and_an_answer_under_way_outlasts_a_stop() {
    let (go_on, gate) = channel::<()>();
    let gate = Mutex::new(gate);
    let provider = provider::Provider::new(move |seen, wire| {
        if seen.head.first_line().contains("embeddings") {
            wire.send(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf");
            return Then::Close;
        }
        wire.send(&[STREAM_HEAD, chunk(event("One").as_bytes()).as_slice()].concat());
        gate.lock().unwrap().recv_timeout(PATIENCE).unwrap();
        wire.send(&[chunk(event("Two").as_bytes()), chunk(b"")].concat());
        Then::GoOn
    });
    let mut server = Server::before(&provider);
    let mut client = Client::plain(server.address);
    let mut answer = client.begin("POST", "/v1/embeddings", &[], "{}").unwrap();
    let pieces: Vec<_> = std::iter::from_fn(|| client.piece(answer.body_mut())).take(3).collect();
    assert!(pieces.iter().any(Result::is_err), "{pieces:?}");

    let body = r#"{"stream":true,"messages":[{"role":"user","content":"Hi"}]}"#;
    let mut answer = client.begin("POST", CHATS, &[], body).unwrap();
    assert_eq!(client.piece(answer.body_mut()).unwrap().unwrap(), event("One"));
    server.tell_to_stop();
    until("the stop", || std::net::TcpStream::connect(server.address).err());
    go_on.send(()).unwrap();
    assert_eq!(client.piece(answer.body_mut()).unwrap().unwrap(), event("Two"));
    assert!(client.piece(answer.body_mut()).is_none());
    drop(client);
    assert_eq!(server.wait().code(), Some(0));
}

#[test]
fn floods_over_http2_end_at_their_bounds() {
    let provider = provider::Provider::model();
    let server = Server::before(&provider);
    let mut client = Client::plain(server.address);
    let large = "x".repeat(200 << 10);
    let refused = client.begin("GET", "/v1/models", &[("x-large", &large)], "");
    // Too large a head is told, or ends the connection.
    assert!(refused.is_err() || refused.is_ok_and(|answer| answer.status() == 431));
    let mut client = Client::plain(server.address);
    let ended = (0..2000).any(|_| {
        let mut asked = Box::pin(client.post_beside("/v1/embeddings", "{}"));
        // Sent, and taken back at once.
        let ended = async { tokio::time::timeout(Duration::ZERO, &mut asked).await };
        matches!(client.runtime.block_on(ended), Ok(Err(_)))
    });
    assert!(ended, "a connection that takes back all it asks is closed");
    assert!(server.is_up());
    assert_eq!(server.chat("ana", "Hi").status(), 200);
}

/// A connection of HTTP/2 in the hand, whose client takes `window` bytes of each answer and answers every ping.
async fn taking(
    window: u32,
    server: &Server,
) -> (h2::client::SendRequest<Bytes>, tokio::task::JoinHandle<Result<(), h2::Error>>) {
    let stream = tokio::net::TcpStream::connect(server.address).await.unwrap();
    let mut client = h2::client::Builder::new();
    let client = client.initial_window_size(window).handshake(stream);
    let (sender, connection) = client.await.unwrap();
    (sender, tokio::runtime::Handle::current().spawn(connection))
}

/// Asks on it, and reads the head of the answer.
async fn asked(
    sender: &mut h2::client::SendRequest<Bytes>,
    request: (&str, &str),
) -> Response<h2::RecvStream> {
    let (method, path) = request;
    let uri = format!("http://127.0.0.1{path}");
    let head = http::Request::builder().method(method).uri(uri).body(()).unwrap();
    let (answer, mut body) = sender.send_request(head, method != "POST").unwrap();
    if method == "POST" {
        body.send_data(turn("Hi").into(), true).unwrap();
    }
    tokio::time::timeout(PATIENCE, answer).await.unwrap().unwrap()
}

#[test]
fn an_answer_that_a_client_of_http2_does_not_take_is_reset_and_no_other() {
    let (tell, _dropped) = channel();
    let provider = Provider::new(None, move |head| {
        let body = match head.uri.path() {
            CHATS => {
                Endless { first: Some(event("One").into()), _tells: Dropped(tell.clone()) }.boxed()
            }
            _ => whole(vec![b'x'; 20 << 10]),
        };
        async { Response::new(body) }
    });
    let server = before(&provider).set("SERVER__WRITE_TIMEOUT_MS", "300").run();
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let (mut open, _connection) = taking(1 << 16, &server).await;
        let mut slow = asked(&mut open, ("POST", CHATS)).await.into_body();
        assert_eq!(slow.data().await.unwrap().unwrap(), event("One"));
        slow.flow_control().release_capacity(event("One").len()).unwrap();

        // None of it, one byte of it, and all but its last byte.
        for window in [0, 1, (20 << 10) - 1] {
            let (mut shut, connection) = taking(window, &server).await;
            let mut untaken = asked(&mut shut, ("POST", "/v1/embeddings")).await.into_body();
            let end = async {
                loop {
                    if let Err(end) = untaken.data().await.unwrap() {
                        return end;
                    }
                }
            };
            let end = tokio::time::timeout(PATIENCE, end).await.unwrap();
            assert_eq!(end.reason(), Some(h2::Reason::CANCEL), "{window}");
            assert_eq!(asked(&mut shut, ("HEAD", "/nowhere")).await.status(), 404, "it stands");
            assert!(!connection.is_finished());
        }
        // One whose provider is thinking waits for nobody's window.
        assert!(tokio::time::timeout(Duration::ZERO, slow.data()).await.is_err());
    });
}

#[test]
fn an_answer_that_a_client_of_http2_takes_slowly_comes_whole() {
    let provider = Provider::new(None, |_| async { Response::new(whole(vec![b'x'; 400 << 10])) });
    let server = before(&provider).set("SERVER__WRITE_TIMEOUT_MS", "400").run();
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let (mut client, _connection) = taking(16 << 10, &server).await;
        let mut answer = asked(&mut client, ("POST", "/v1/embeddings")).await.into_body();
        let mut length = 0;
        while let Some(piece) = answer.data().await {
            let piece = piece.unwrap();
            length += piece.len();
            // Slower in all than the limit, and never that slow at once.
            tokio::time::sleep(Duration::from_millis(40)).await;
            answer.flow_control().release_capacity(piece.len()).unwrap();
        }
        assert_eq!(length, 400 << 10);
    });
}

#[test]
fn a_client_of_http2_that_asks_for_nothing_is_told_to_go_and_an_answer_under_way_is_not_cut() {
    let (go_on, gate) = channel::<()>();
    let gate = Mutex::new(gate);
    let provider = provider::Provider::new(move |_, wire| {
        gate.lock().unwrap().recv_timeout(PATIENCE).unwrap();
        wire.send(&reply("200 OK", "", ANSWER.as_bytes()));
        Then::GoOn
    });
    let timeouts = ["SERVER__HEADER_TIMEOUT_MS", "SERVER__WRITE_TIMEOUT_MS"];
    let start = Start::before(&provider).set("SERVER__WORKERS", "1");
    let server = timeouts.into_iter().fold(start, |start, name| start.set(name, "300")).run();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let (mut sender, _connection) = taking(1 << 16, &server).await;
        let answer = runtime.spawn(async move { asked(&mut sender, ("POST", CHATS)).await });
        provider.next();
        for _ in 0..2 {
            let (_sender, idle) = taking(1 << 16, &server).await;
            let ended = tokio::time::timeout(PATIENCE, idle).await.unwrap();
            ended.unwrap().unwrap();
        }
        go_on.send(()).unwrap();
        assert_eq!(answer.await.unwrap().status(), 200);
    });
}

#[test]
fn a_provider_of_http2_is_asked_on_one_connection() {
    let provider = answering();
    let server = before(&provider).run();
    let mut wires: Vec<_> = (0..30).map(|_| Wire::open(server.address)).collect();
    for wire in &mut wires {
        let headers = [("connection", "x-hop"), ("x-hop", "1"), ("te", "trailers")];
        wire.send(&request("POST", CHATS, &headers, turn("Hi").as_bytes()));
    }
    for wire in &mut wires {
        let answer = wire.reply();
        assert_eq!((answer.status(), answer.text().as_str()), (200, ANSWER));
        assert_eq!(answer.head.get("content-length"), Some(&*ANSWER.len().to_string()));
        let seen = provider.next();
        assert_eq!(seen.head.version, Version::HTTP_2);
        assert_eq!(seen.head.uri.to_string(), format!("http://{}{CHATS}", provider.address));
        assert_eq!(seen.body, turn("Hi"));
        assert!(
            !seen.head.headers.contains_key("x-hop") && !seen.head.headers.contains_key("host")
        );
    }
    assert_eq!(provider.connections.load(Ordering::SeqCst), 1);
}

/// Tells when it is dropped.
struct Dropped(std::sync::mpsc::Sender<()>);

impl Drop for Dropped {
    fn drop(&mut self) {
        let _ = self.0.send(());
    }
}

/// A body that gives one event, then nothing for ever.
struct Endless {
    first: Option<Bytes>,
    _tells: Dropped,
}

impl http_body::Body for Endless {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, std::io::Error>>> {
        match self.get_mut().first.take() {
            Some(bytes) => Poll::Ready(Some(Ok(Frame::data(bytes)))),
            None => Poll::Pending,
        }
    }
}

#[test]
fn a_stream_of_a_provider_of_http2_is_reset_when_the_client_leaves() {
    let (tell, dropped): (_, Receiver<()>) = channel();
    let provider = Provider::new(None, move |head| {
        let dropped = Dropped(tell.clone());
        async move {
            if head.uri.path().ends_with("models") {
                std::future::pending::<()>().await;
            }
            Response::new(Endless { first: Some(event("One").into()), _tells: dropped }.boxed())
        }
    });
    let server = before(&provider).run();
    let mut wire = Wire::open(server.address);
    wire.send(&request("GET", "/v1/models", &[], b""));
    provider.next();
    drop(wire);
    dropped.recv_timeout(PATIENCE).unwrap();

    let mut wire = Wire::open(server.address);
    wire.send(&request("POST", CHATS, &[], turn("Hi").as_bytes()));
    wire.head().unwrap();
    assert_eq!(wire.chunk().unwrap(), event("One").as_bytes());
    drop(wire);
    dropped.recv_timeout(PATIENCE).unwrap();
    assert_eq!(provider.connections.load(Ordering::SeqCst), 1, "the connection stands");
}

#[test]
fn a_provider_of_http2_that_refuses_a_stream_or_goes_away_is_asked_again() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    listener.set_nonblocking(true).unwrap();
    let (tell, seen) = channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let listener = tokio::net::TcpListener::from_std(listener).unwrap();
            // On each connection: an answer, a refusal, an answer, and then it goes away.
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let mut connection = h2::server::handshake(stream).await.unwrap();
                let mut at = 0;
                while let Some(Ok((request, mut respond))) = connection.accept().await {
                    at += 1;
                    tell.send((request.method().clone(), at)).unwrap();
                    if at == 2 {
                        respond.send_reset(h2::Reason::REFUSED_STREAM);
                        continue;
                    }
                    let mut body = respond.send_response(Response::new(()), false).unwrap();
                    body.send_data(Bytes::from_static(ANSWER.as_bytes()), true).unwrap();
                    if at == 3 {
                        connection.graceful_shutdown();
                    }
                }
            }
        });
    });
    let server = Start::at(&format!("http://{address}/v1"))
        .set("UPSTREAM__HTTP2_PRIOR_KNOWLEDGE", "true")
        .set("SERVER__WORKERS", "1")
        .run();
    let mut order = Vec::new();
    for _ in 0..6 {
        assert_eq!(server.chat_of(&[], turn("Hi").as_bytes()).status(), 200);
        order.extend(seen.try_iter().map(|(_, at)| at));
    }
    assert_eq!(order, [1, 2, 3, 1, 2, 3, 1, 2, 3], "two connections more, and no turn lost");
}

#[test]
fn a_provider_by_tls_is_spoken_to_in_what_it_agrees_to_where_its_certificate_is_trusted() {
    let certificates = Certificates::new();
    for (protocol, version) in [("h2", Version::HTTP_2), ("http/1.1", Version::HTTP_11)] {
        let provider = Provider::new(Some((&certificates, protocol)), |_| async {
            Response::new(whole(ANSWER))
        });
        let start = Start::at(&format!("https://localhost:{}/v1", provider.address.port()));
        certificates.write(start.folder().path());
        let server = start.set("UPSTREAM__CA_FILE", "ca.pem").set("SERVER__WORKERS", "1").run();
        for _ in 0..3 {
            let answer = server.chat_of(&[], turn("Hi").as_bytes());
            assert_eq!((answer.status(), answer.text().as_str()), (200, ANSWER));
            let seen = provider.next();
            assert_eq!((seen.head.version, &seen.body[..]), (version, turn("Hi").as_bytes()));
            let host = format!("localhost:{}", provider.address.port());
            let found = match version {
                Version::HTTP_2 => seen.head.uri.authority().unwrap().to_string(),
                _ => seen.head.headers["host"].to_str().unwrap().to_owned(),
            };
            assert_eq!(found, host);
        }
        assert_eq!(provider.connections.load(Ordering::SeqCst), 1);

        let other = Certificates::new();
        let start = Start::at(&format!("https://localhost:{}/v1", provider.address.port()));
        other.write(start.folder().path());
        let server = start.set("UPSTREAM__CA_FILE", "ca.pem").run();
        let refused = server.chat_of(&[], turn("Hi").as_bytes());
        assert_eq!(
            (refused.status(), refused.error_code().as_str()),
            (502, "upstream_unreachable")
        );
        // The line is read by another thread than the answer.
        until("the reason", || server.errors().contains("certificate").then_some(()));
    }
}

#[test]
fn a_websocket_to_a_provider_by_tls_is_relayed_both_ways() {
    let certificates = Certificates::new();
    // It would rather speak HTTP/2, which has no such connections.
    let acceptor = certificates.acceptor(&[b"h2", b"http/1.1"]);
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap();
    // More than a buffer and a record hold.
    let (up, down) = (b"up".repeat(100_000), b"down".repeat(50_000));
    let (expected, sent) = (up.clone(), down.clone());
    let provider = std::thread::spawn(move || {
        second::runtime().block_on(async {
            let listener = tokio::net::TcpListener::from_std(listener).unwrap();
            let (stream, _) = listener.accept().await.unwrap();
            let mut stream = acceptor.accept(stream).await.unwrap();
            assert_eq!(stream.get_ref().1.alpn_protocol(), Some(b"http/1.1".as_slice()));
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                head.push(stream.read_u8().await.unwrap());
            }
            let agreed = "HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\n\
                          upgrade: websocket\r\n\r\nhello";
            stream.write_all(agreed.as_bytes()).await.unwrap();
            stream.flush().await.unwrap();
            let mut heard = vec![0; expected.len()];
            stream.read_exact(&mut heard).await.unwrap();
            assert!(heard == expected);
            stream.write_all(&sent).await.unwrap();
            stream.shutdown().await.unwrap();
            String::from_utf8(head).unwrap()
        })
    });
    let start = Start::at(&format!("https://localhost:{}/v1", address.port()));
    certificates.write(start.folder().path());
    let server = start.set("UPSTREAM__CA_FILE", "ca.pem").run();
    let mut wire = Wire::open(server.address);
    let headers = [("connection", "Upgrade"), ("upgrade", "websocket"), ("sec-websocket-key", "k")];
    wire.send(&request("GET", "/v1/realtime?model=m", &headers, b""));
    assert_eq!(wire.head().unwrap().status(), 101);
    assert_eq!(wire.exactly(5).unwrap(), b"hello");
    wire.send(&up);
    assert!(wire.exactly(down.len()).unwrap() == down);
    assert!(wire.is_closed_by_the_other());
    let head = provider.join().unwrap();
    assert!(head.starts_with("GET /v1/realtime?model=m HTTP/1.1\r\n"), "{head}");
    assert!(head.contains("sec-websocket-key: k\r\n"), "{head}");
}

#[test]
fn clients_come_by_tls_with_either_http() {
    let certificates = Certificates::new();
    let provider = provider::Provider::model();
    let start = Start::before(&provider);
    certificates.write(start.folder().path());
    let server =
        start.set("SERVER__TLS_CERT_FILE", "cert.pem").set("SERVER__TLS_KEY_FILE", "key.pem").run();
    assert!(server.printed().contains("https://"));
    for (protocol, version) in [("h2", Version::HTTP_2), ("http/1.1", Version::HTTP_11)] {
        let mut client = Client::secure(server.address, &certificates, protocol);
        for _ in 0..2 {
            let (head, body) = client.ask("POST", CHATS, &[("x-tactful-user", "ana")], &turn("Hi"));
            assert_eq!((head.status.as_u16(), head.version), (200, version));
            assert_eq!(head.headers["x-tactful-outcome"], "generic");
            assert!(body.contains(provider::GENERIC));
        }
    }
    // One who does not speak TLS gets nothing, and holds nobody up.
    let mut wire = Wire::open(server.address);
    wire.send(&request("GET", "/v1/models", &[], b""));
    while wire.exactly(1).is_some() {}
    let mut client = Client::secure(server.address, &certificates, "h2");
    assert_eq!(client.ask("GET", "/nowhere", &[], "").0.status, 404);
}
