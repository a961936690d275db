//! Connections to the provider: kept and used again, never past their end, and a request never goes up twice.

use std::{
    net::{SocketAddr, TcpListener},
    sync::mpsc::{Receiver, Sender, channel},
    thread,
};

use super::{
    provider::{completion, reply},
    server::{Server, Start, turn},
    wire::{PATIENCE, Wire, ask, request},
};

/// A provider that hands out its connections as they come.
struct Lines {
    address: SocketAddr,
    lines: Receiver<Wire>,
}

impl Lines {
    fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (tell, lines): (Sender<Wire>, _) = channel();
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                if tell.send(Wire::of(stream)).is_err() {
                    return;
                }
            }
        });
        Self { address, lines }
    }

    fn start(&self) -> Start {
        // One worker, so that one pool sees every request.
        Start::at(&format!("http://{}/v1", self.address)).set("SERVER__WORKERS", "1")
    }

    fn next(&self) -> Wire {
        self.lines.recv_timeout(PATIENCE).unwrap()
    }

    /// One turn by way of a line of its own.
    fn first(&self, client: &mut Wire) -> Wire {
        client.send(&chat());
        let mut line = self.next();
        read(&mut line);
        line.send(&completion("Hello."));
        assert_eq!(client.reply().status(), 200);
        line
    }
}

fn chat() -> Vec<u8> {
    request("POST", "/v1/chat/completions", &[], turn("Hi").as_bytes())
}

/// Reads a request from a line, whatever is in it.
fn read(line: &mut Wire) {
    let head = line.head().unwrap();
    assert!(line.body(&head).1);
}

/// One turn by way of this line.
fn pass(line: &mut Wire, client: &mut Wire) {
    client.send(&chat());
    read(line);
    line.send(&completion("Hello."));
    assert_eq!(client.reply().status(), 200);
}

#[test]
fn a_connection_serves_one_request_after_the_other_whoever_asks() {
    let provider = Lines::new();
    let server = provider.start().run();
    let mut client = Wire::open(server.address);
    let mut line = provider.first(&mut client);
    for _ in 0..20 {
        pass(&mut line, &mut client);
        pass(&mut line, &mut Wire::open(server.address));
    }
    // An answer without a body ends with its head.
    client.send(&request("DELETE", "/v1/files/f-1", &[], b""));
    read(&mut line);
    line.send(b"HTTP/1.1 204 No Content\r\n\r\n");
    assert_eq!(client.head().unwrap().status(), 204);
    pass(&mut line, &mut client);
}

#[test]
fn a_kept_connection_that_the_provider_has_closed_is_not_used() {
    let provider = Lines::new();
    let server = provider.start().run();
    let mut client = Wire::open(server.address);
    for _ in 0..10 {
        client.send(&chat());
        let mut line = provider.next();
        read(&mut line);
        line.send(&completion("Hello."));
        drop(line);
        assert_eq!(client.reply().status(), 200);
    }
}

#[test]
fn a_request_that_was_read_is_not_sent_again() {
    let provider = Lines::new();
    let server = provider.start().run();
    let mut client = Wire::open(server.address);
    let mut line = provider.first(&mut client);

    client.send(&chat());
    read(&mut line);
    drop(line);
    let refused = client.reply();
    assert_eq!((refused.status(), refused.error_code().as_str()), (502, "upstream_broke_off"));
    assert!(provider.lines.try_recv().is_err(), "there was no second connection");
}

#[test]
fn a_connection_that_nobody_uses_is_closed() {
    let provider = Lines::new();
    let server = provider.start().set("UPSTREAM__POOL_IDLE_TIMEOUT_MS", "50").run();
    let mut client = Wire::open(server.address);
    let mut line = provider.first(&mut client);
    assert!(line.is_closed_by_the_other());
    // And the next request has one of its own.
    provider.first(&mut client);
}

#[test]
fn an_answer_that_comes_before_the_end_of_the_upload_is_passed_on() {
    let provider = Lines::new();
    let server = provider.start().run();
    let mut client = Wire::open(server.address);
    client.send(b"POST /v1/files HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\n12345");
    let mut line = provider.next();
    line.head().unwrap();
    line.exactly(5).unwrap();
    line.send(&reply("413 Too Large", "", b"no"));
    let refused = client.reply();
    assert_eq!((refused.status(), refused.text().as_str()), (413, "no"));
    // The half-sent request is no place for another.
    let mut other = Wire::open(server.address);
    other.send(&chat());
    let mut fresh = provider.next();
    read(&mut fresh);
    fresh.send(&completion("Hello."));
    assert_eq!(other.reply().status(), 200);
}

#[test]
fn a_provider_that_cannot_be_reached_is_told_of_once_in_a_while_and_without_keys() {
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let server: Server =
        Start::at(&format!("http://{nobody}/v1")).set("UPSTREAM__API_KEY", "sk-secret").run();
    for _ in 0..5 {
        let refused = ask(server.address, &chat());
        assert_eq!(
            (refused.status(), refused.error_code().as_str()),
            (502, "upstream_unreachable")
        );
    }
    let said = server.errors();
    assert_eq!(said.matches("the provider cannot be reached").count(), 1, "{said}");
    assert!(said.contains("127.0.0.1") && !said.contains("sk-secret"), "{said}");
}
