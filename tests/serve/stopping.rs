//! A stop loses nothing that was acknowledged, and no answer under way.

use std::sync::{Mutex, mpsc::channel};

use super::{
    provider::{Provider, STREAM_HEAD, Then, event},
    server::{Server, Start},
    wire::{PATIENCE, Wire, chunk, request, until},
};

#[test]
fn an_answer_under_way_ends_before_the_process_does() {
    let (go_on, gate) = channel::<()>();
    let gate = Mutex::new(gate);
    let provider = Provider::new(move |_, wire| {
        wire.send(STREAM_HEAD);
        wire.send(&chunk(event("one").as_bytes()));
        gate.lock().unwrap().recv_timeout(PATIENCE).unwrap();
        wire.send(&chunk(event("two").as_bytes()));
        wire.send(&chunk(b""));
        Then::GoOn
    });
    let mut server = Server::before(&provider);
    let mut wire = Wire::open(server.address);
    let body = r#"{"stream":true,"messages":[{"role":"user","content":"I live in Lisbon."}]}"#;
    let headers = [("x-tactful-user", "ana")];
    wire.send(&request("POST", "/v1/chat/completions", &headers, body.as_bytes()));
    wire.head().unwrap();
    assert_eq!(wire.chunk().unwrap(), event("one").as_bytes());

    server.tell_to_stop();
    // It has begun to stop once it takes no more connections.
    until("the stop", || std::net::TcpStream::connect(server.address).err());
    go_on.send(()).unwrap();
    assert_eq!(wire.chunk().unwrap(), event("two").as_bytes());
    assert_eq!(wire.chunk().unwrap(), b"");
    assert_eq!(server.wait().code(), Some(0), "{}", server.errors());
    assert!(server.printed().contains("stopping"));

    let server = server.again(&provider).run();
    server.learned("ana", "I live in Lisbon");
}

#[test]
fn an_answer_that_outlasts_the_drain_is_cut_and_what_was_said_is_kept() {
    let provider = Provider::new(|_, wire| {
        wire.send(STREAM_HEAD);
        wire.send(&chunk(event("one").as_bytes()));
        wire.is_closed_by_the_other();
        Then::Close
    });
    let mut server = Start::before(&provider).set("SERVER__DRAIN_TIMEOUT_MS", "100").run();
    let mut wire = Wire::open(server.address);
    let body = super::server::turn("I live in Lisbon.");
    let headers = [("x-tactful-user", "ana")];
    wire.send(&request("POST", "/v1/chat/completions", &headers, body.as_bytes()));
    wire.head().unwrap();
    wire.chunk().unwrap();
    server.tell_to_stop();
    assert_eq!(server.wait().code(), Some(0));
    assert_eq!(wire.chunk(), None, "cut, and visibly so");
    server.again(&provider).run().learned("ana", "I live in Lisbon");
}

#[test]
fn a_second_signal_stops_at_once() {
    let provider = Provider::new(|_, wire| {
        wire.is_closed_by_the_other();
        Then::Close
    });
    let mut server = Server::before(&provider);
    let mut wire = Wire::open(server.address);
    wire.send(&request("POST", "/v1/chat/completions", &[], super::server::turn("Hi").as_bytes()));
    provider.next();
    server.tell_to_stop();
    until("the stop", || std::net::TcpStream::connect(server.address).err());
    server.tell_to_stop();
    assert_eq!(server.wait().code(), Some(130));
    assert!(server.errors().contains("cut off"), "{}", server.errors());
}

#[test]
fn a_stop_is_not_hindered_by_an_output_nobody_reads() {
    let provider = Provider::model();
    let folder = tempfile::tempdir().unwrap();
    let mut command = super::server::program(folder.path(), &["serve"]);
    command.env("TACTFUL__SERVER__LISTEN", "127.0.0.1:0");
    command.env("TACTFUL__SERVER__ADMIN_LISTEN", "127.0.0.1:0");
    command.env("TACTFUL__UPSTREAM__BASE_URL", format!("http://{}/v1", provider.address));
    let mut child = command.spawn().unwrap();
    let mut stdout = std::io::BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    while !line.contains("/attributes") {
        line.clear();
        assert_ne!(std::io::BufRead::read_line(&mut stdout, &mut line).unwrap(), 0);
    }
    drop(stdout);
    let pid = child.id().to_string();
    assert!(std::process::Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn an_idle_connection_does_not_hold_a_stop_up() {
    let provider = Provider::model();
    let mut server = Server::before(&provider);
    let mut idle = Wire::open(server.address);
    idle.send(&request("GET", "/v1/models", &[], b""));
    assert_eq!(idle.reply().status(), 200);
    assert_eq!(server.stop().code(), Some(0));
    assert!(idle.is_closed_by_the_other());
}

#[test]
fn queued_lessons_survive_a_stop() {
    let provider = Provider::model();
    let mut server = Server::before(&provider);
    for at in 0..20 {
        server.chat(&format!("user-{at}"), "I live in Lisbon.");
    }
    assert_eq!(server.stop().code(), Some(0));
    let server = server.again(&provider).run();
    for at in 0..20 {
        server.learned(&format!("user-{at}"), "I live in Lisbon");
    }
}

#[test]
fn an_acknowledged_write_survives_a_kill() {
    let provider = Provider::model();
    let mut server = Server::before(&provider);
    let entered = server.enter("ana", "Is vegetarian");
    server.kill();
    let mut server = server.again(&provider).run();
    assert_eq!(server.held("ana")[0]["id"], entered["id"]);

    let path = format!("/users/ana/attributes/{}", entered["id"].as_str().unwrap());
    assert_eq!(server.api("DELETE", &path, None).status(), 200);
    server.kill();
    let mut server = server.again(&provider).run();
    assert!(server.held("ana").is_empty());

    server.enter("ben", "Plays chess");
    assert_eq!(server.api("DELETE", "/users/ben", None).status(), 200);
    server.kill();
    assert!(server.again(&provider).run().held("ben").is_empty());
}

#[test]
fn a_receipt_and_a_lesson_once_counted_survive_a_kill() {
    let provider = Provider::model();
    let mut server = Server::before(&provider);
    server.enter("ana", "Is vegetarian");
    server.chat("ana", "I live in Lisbon. Can you suggest a quick dinner for me tonight?");
    // Counted only when the store has said that it is kept.
    until("the lesson", || {
        let line = "tactful_extraction_jobs_total{result=\"queued\"}";
        (server.metric(line) == 1.0).then_some(())
    });
    let seen = server.list("/users/ana/uses").pop().unwrap();
    server.kill();
    let server = server.again(&provider).run();
    assert_eq!(server.list("/users/ana/uses").pop().unwrap()["id"], seen["id"]);
    server.learned("ana", "Lisbon");
}
