//! A provider in trouble while it is asked to extract: what is kept, who waits, and for how long.

use std::sync::{Mutex, mpsc::channel};

use serde_json::json;

use super::{
    asked::{
        MODEL, PLAIN, QUOTE, SAID, answering, before, counted, ended, item, listed, next_asked,
        requests, with,
    },
    provider::{Provider, reply},
    server::{Server, Start, turn},
    wire::{PATIENCE, until},
};

/// A turn that makes the provider answer with trouble.
const TROUBLE: &str = "I live in Lisbon, by the stormy sea.";

/// One request with turns that take two windows, these words first in each.
fn long(first: &str, second: &str) -> String {
    let filler = format!("{}\n", "Can you help me? I cook on Sundays. ".repeat(35)).repeat(2);
    let first = format!("{first}\n{filler}");
    let turns = [&first, &filler, &filler, &filler, &filler, second];
    let messages: Vec<_> =
        turns.iter().map(|turn| json!({ "role": "user", "content": turn })).collect();
    json!({ "model": "m-1", "messages": messages }).to_string()
}

fn says(server: &Server, user: &str, body: &str) {
    assert_eq!(server.chat_of(&[("x-tactful-user", user)], body.as_bytes()).status(), 200);
}

#[test]
fn what_earlier_windows_gave_is_kept_when_a_later_one_fails_and_the_failure_counted() {
    for engine in ["llm", "both"] {
        let provider = answering(|number, _| match number {
            0 => listed(&json!([item(QUOTE, "Surfs at a beach in Porto")])),
            _ => reply("503 Busy", "", b"{}"),
        });
        let server = before(&provider, engine).run();
        says(&server, "ana", &long(SAID, "And you?"));
        ended(&server, "partly_status", 1.0);
        server.learned("ana", QUOTE);
        assert_eq!((requests(&server, "answered"), requests(&server, "status")), (1.0, 1.0));
        counted(&server, "extraction_jobs_total{result=\"learned\"}", 0.0);
    }
}

#[test]
fn a_window_that_no_answer_can_be_read_of_costs_no_other_window() {
    let provider = answering(|number, _| match number {
        0 | 1 => super::provider::completion("Nothing comes to mind."),
        _ => listed(&json!([{
            "message": 5, "quote": QUOTE, "text": "Surfs at a beach in Porto",
            "category": "interest", "basis": "stated",
        }])),
    });
    let server = before(&provider, "llm").run();
    says(&server, "ana", &long("I cook. Any tips?", SAID));
    ended(&server, "partly_bad_json", 1.0);
    server.learned("ana", QUOTE);
}

/// Two apps with keys of their own.
fn two_apps(provider: &Provider) -> Start {
    let app = |name: &str| {
        let hash = hex::encode(<sha2::Sha256 as sha2::Digest>::digest(format!("key-{name}")));
        format!(
            "[[access.apps]]\nname = \"{name}\"\nkey_sha256 = \"{hash}\"\nupstream_api_key = \"sk-{name}\"\n"
        )
    };
    Start::before(provider)
        .file(&[app("mail"), app("shop")].concat())
        .set("EXTRACTION__MODEL", MODEL)
}

fn says_by(server: &Server, app: &str, said: &str) {
    let key = format!("Bearer key-{app}");
    let headers = [("x-tactful-user", "ana"), ("authorization", key.as_str())];
    assert_eq!(server.chat_of(&headers, turn(said).as_bytes()).status(), 200);
}

#[test]
fn a_key_that_is_refused_keeps_no_other_app_waiting() {
    for engine in ["llm", "both"] {
        let provider = answering(|_, seen| match seen.head.all("authorization")[0] {
            "Bearer sk-mail" => reply("401 Unauthorized", "retry-after: 9\r\n", b"{}"),
            _ => listed(&json!([item(QUOTE, "Surfs in Porto")])),
        });
        let server = two_apps(&provider)
            .set("EXTRACTION__ENGINE", engine)
            .set("EXTRACTION__MAX_IN_FLIGHT", "1")
            .run();
        let refused = if engine == "llm" { "retried" } else { "local" };
        says_by(&server, "mail", SAID);
        ended(&server, &format!("{refused}_status"), 1.0);
        says_by(&server, "shop", SAID);
        ended(&server, "learned", 1.0);
        assert_eq!((requests(&server, "answered"), requests(&server, "status")), (1.0, 1.0));
    }
}

#[test]
fn a_provider_that_says_how_long_to_wait_is_left_alone_for_so_long_and_an_hour_at_most() {
    for (told, pause_ms) in [
        ("70", "70000"),
        ("1", "1000"),
        ("86400", "3600000"),
        ("99999999999999999999999999", "3600000"),
        ("Tue, 31 Dec 2199 23:59:59 GMT", "3600000"),
        ("Fri, 31 Dec 1999 23:59:59 GMT", "1000"),
        ("soon", "1000"),
    ] {
        for status in ["429 Too Many Requests", "503 Busy"] {
            let provider =
                answering(move |_, _| reply(status, &format!("retry-after: {told}\r\n"), b"{}"));
            let server = before(&provider, "both").run();
            server.chat("ana", PLAIN);
            ended(&server, "local_status", 1.0);
            let line = format!("pause_ms={pause_ms}\n");
            until(&line, || server.errors().contains(&line).then_some(()));
        }
    }
}

#[test]
fn the_pause_is_begun_by_a_request_to_mend_and_not_ended_by_who_asked_before_it() {
    let trouble = || reply("503 Busy", "retry-after: 3600\r\n", b"{}");
    let provider = answering(move |number, _| match number {
        0 => listed(&json!([item(QUOTE, "Surfs at a beach in Porto"), item("I bake", "Bakes")])),
        _ => trouble(),
    });
    let server = before(&provider, "both").run();
    server.chat("ana", SAID);
    ended(&server, "learned", 1.0);
    server.chat("ben", PLAIN);
    ended(&server, "local_resting", 1.0);
    assert_eq!((requests(&server, "answered"), requests(&server, "status")), (1.0, 1.0));

    let (go_on, gate) = channel::<()>();
    let gate = Mutex::new(gate);
    let provider = answering(move |_, seen| {
        if seen.text().contains("stormy") {
            return trouble();
        }
        gate.lock().unwrap().recv_timeout(PATIENCE).unwrap();
        listed(&json!([]))
    });
    let server = before(&provider, "both").run();
    server.chat("ana", SAID);
    next_asked(&provider);
    server.chat("ben", TROUBLE);
    ended(&server, "local_status", 1.0);
    go_on.send(()).unwrap();
    ended(&server, "learned", 1.0);
    server.chat("eve", PLAIN);
    ended(&server, "local_resting", 1.0);
}

#[test]
fn a_lesson_that_waits_is_not_asked_about_while_its_key_rests() {
    let provider = answering(|_, _| reply("429 Slow down", "retry-after: 3600\r\n", b"{}"));
    let mut server = before(&provider, "llm").run();
    server.chat("ana", SAID);
    ended(&server, "retried_status", 1.0);
    server.chat("ben", SAID);
    ended(&server, "queued", 2.0);
    assert!(server.stop().success(), "who waits for the provider stops at once");
    assert_eq!(server.errors().matches("does not answer").count(), 1, "{}", server.errors());
    let provider = answering(|_, _| listed(&json!([item(QUOTE, "Surfs in Porto")])));
    let server = with(server.again(&provider), "llm").run();
    server.learned("ana", QUOTE);
    server.learned("ben", QUOTE);
}
