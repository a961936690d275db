//! `POST /v1/responses`: as a chat, in its own shapes.

use std::io::Write as _;

use flate2::{Compression, write::GzEncoder};
use serde_json::{Value, json};

use super::{
    provider::{GENERIC, PERSONALIZED, Provider, STREAM_HEAD, Seen, Then, reply, response, told},
    server::{Server, Start},
    wire::{Wire, chunk, request, until},
};

const DINNER: &str = "Can you suggest a quick dinner for me tonight?";

fn vegetarian() -> (Provider, Server) {
    let provider = Provider::model();
    let server = Server::before(&provider);
    server.enter("ana", "Is vegetarian");
    (provider, server)
}

/// What the provider sees of a request that is personalised.
fn personalized(provider: &Provider, server: &Server, body: &Value) -> Seen {
    let reply = server.respond("ana", body);
    assert_eq!(reply.outcome(), "personalized", "{}", reply.reason());
    provider.next()
}

/// The blocks in a body.
fn blocks(seen: &Seen) -> usize {
    seen.text().matches("[tactful:begin]").count()
}

#[test]
fn with_nothing_to_say_it_arrives_byte_for_byte() {
    let (provider, server) = vegetarian();
    let odd = b" {\"zeta\":1,\"input\" : [ {\"content\":\"Hi \\u2764 \\/\",\"role\":\"user\"} ,\t{\"type\":\"new\"}],\
        \"seed\":9007199254740993,\"x\":1.70,\"x\":2e0,\"instructions\":\"Be \\u0062rief.\"}\r\n";
    for (headers, reason) in [(&[][..], "no_user"), (&[("x-tactful-user", "ana")], "not_relevant")]
    {
        let reply = server.ask("POST", "/v1/responses?beta=true", headers, odd);
        assert_eq!((reply.status(), reply.reason()), (200, reason));
        let seen = provider.next();
        assert_eq!(seen.body, odd);
        assert_eq!(seen.head.first_line(), "POST /v1/responses?beta=true HTTP/1.1");
    }
}

#[test]
fn a_list_gets_one_item_and_the_instructions_stay_the_apps() {
    let (provider, server) = vegetarian();
    let body = json!({ "instructions": "Be brief.", "input": [
        { "role": "user", "content": "Hi" },
        { "type": "message", "role": "assistant", "id": "msg_0", "content": [{ "type": "output_text", "text": "Hello", "annotations": [] }] },
        { "type": "function_call", "call_id": "c", "name": "f", "arguments": "{}" },
        { "type": "function_call_output", "call_id": "c", "output": "{}" },
        { "role": "user", "content": [{ "type": "input_image", "image_url": "data:" }, { "type": "input_text", "text": DINNER }] },
    ] });
    let reply = server.ask(
        "POST",
        "/v1/responses?beta=true",
        &[("x-tactful-user", "ana")],
        body.to_string().as_bytes(),
    );
    assert_eq!(reply.outcome(), "personalized");
    assert_eq!(reply.json(), response("resp_1", &json!("Be brief."), PERSONALIZED));
    let mut seen = provider.next().json();
    let item = seen["input"].as_array_mut().unwrap().remove(0);
    assert_eq!(seen, body);
    assert_eq!((&item["type"], &item["role"]), (&json!("message"), &json!("developer")));
    assert!(item["content"].as_str().unwrap().contains("- Is vegetarian (said 20"));
}

#[test]
fn the_apps_own_item_is_added_to_and_a_long_prefix_is_not() {
    let (provider, server) = vegetarian();
    for (system, at) in [("Be brief.".to_owned(), 0), ("You are a cook. ".repeat(400), 1)] {
        let body = json!({ "input": [{ "role": "developer", "content": system }, { "role": "user", "content": DINNER }] });
        let sent = body.to_string();
        let seen = personalized(&provider, &server, &body);
        assert!(seen.json()["input"][at]["content"].as_str().unwrap().contains("Is vegetarian"));
        assert_eq!(seen.json()["input"].as_array().unwrap().len(), 2 + at);
        if at == 1 {
            let prefix = sent.find(r#"{"content":"Can"#).unwrap();
            assert_eq!(sent[..prefix], seen.text()[..prefix]);
        }
    }
}

#[test]
fn a_string_becomes_the_second_of_two_items() {
    let (provider, server) = vegetarian();
    let sent = r#"{"input" : "Can you sug\u0067est a quick dinner for me tonight?","model":"m-1"}"#;
    let reply = server.ask("POST", "/v1/responses", &[("x-tactful-user", "ana")], sent.as_bytes());
    assert_eq!(reply.outcome(), "personalized");
    let seen = provider.next();
    let input = &seen.json()["input"];
    assert_eq!((&input[0]["role"], &input[1]["role"]), (&json!("developer"), &json!("user")));
    assert_eq!(input[1]["content"], DINNER);
    let text = seen.text();
    let (before, rest) = text.split_once(r#"[{"type":"message","role":"developer""#).unwrap();
    let (_, rest) = rest.split_once(r#""role":"user","content":"#).unwrap();
    assert_eq!([before, &rest.replacen("}]", "", 1)].concat(), sent);

    let server = Start::before(&provider).set("INJECTION__PLACEMENT", "user_tail").run();
    server.enter("ana", "Is vegetarian");
    let seen = personalized(&provider, &server, &json!({ "input": DINNER }));
    assert!(
        seen.json()["input"].as_str().unwrap().starts_with(&format!("{DINNER}\n\n[tactful:begin]"))
    );
}

#[test]
fn a_stream_passes_event_by_event_as_it_is() {
    let (provider, server) = vegetarian();
    let reply = server
        .respond("ana", &json!({ "input": DINNER, "stream": true, "instructions": "Be brief." }));
    assert!(told(&provider.next().text()) && reply.is_whole);
    let text = reply.text();
    assert!(!text.contains("tactful") && !text.contains("[DONE]"), "{text}");
    let last = text.trim_end().rsplit_once("data: ").unwrap().1;
    let last: Value = serde_json::from_str(last).unwrap();
    assert_eq!(
        (&last["type"], &last["sequence_number"]),
        (&json!("response.completed"), &json!(2))
    );
    assert_eq!(last["response"], response("resp_1", &json!("Be brief."), PERSONALIZED));
}

#[test]
fn a_stream_that_breaks_off_says_so_as_clients_of_responses_read_it() {
    let begun =
        "event: response.created\ndata: {\"type\":\"response.created\",\"sequence_number\":0}\n\n";
    let provider = Provider::new(move |_, wire| {
        wire.send(STREAM_HEAD);
        wire.send(&chunk(begun.as_bytes()));
        Then::Close
    });
    let server = Server::before(&provider);
    let reply = server.respond("ana", &json!({ "input": "Hi", "stream": true }));
    assert!(!reply.is_whole);
    let text = reply.text();
    let last = text.strip_prefix(begun).unwrap();
    let event: Value = serde_json::from_str(last.strip_prefix("data: ").unwrap()).unwrap();
    assert_eq!((&event["type"], &event["code"]), (&json!("error"), &json!("upstream_broke_off")));
    assert_eq!((&event["message"], &event["param"]), (&event["error"]["message"], &Value::Null));
    assert_eq!(event["error"]["code"], "upstream_broke_off");
}

#[test]
fn a_key_that_decides_and_stands_twice_is_refused() {
    let (provider, server) = vegetarian();
    for key in [
        "input",
        "instructions",
        "model",
        "user",
        "safety_identifier",
        "previous_response_id",
        "conversation",
    ] {
        let body = format!(r#"{{"{key}":"a","input":"Hi","{key}":"b"}}"#);
        let reply = server.ask("POST", "/v1/responses", &[], body.as_bytes());
        assert_eq!((reply.status(), reply.error_code().as_str()), (400, "duplicate_key"), "{key}");
        assert_eq!(reply.json()["error"]["param"], key);
    }
    assert!(!provider.has_more());
}

#[test]
fn what_has_no_input_to_read_is_the_providers_to_judge() {
    let (provider, server) = vegetarian();
    for body in [
        r#"{"prompt":{"id":"pmpt_1","variables":{"a":"b"}},"user":"ana"}"#,
        r#"{"input":null}"#,
        r#"{"input":{"role":"user"}}"#,
        r#"{"input":["Hi"]}"#,
        "not JSON",
    ] {
        let reply =
            server.ask("POST", "/v1/responses", &[("x-tactful-user", "ana")], body.as_bytes());
        assert_eq!((reply.status(), reply.outcome()), (200, "bypassed"), "{body}");
        assert_eq!(provider.next().text(), body);
    }
}

#[test]
fn what_is_asked_about_responses_is_relayed() {
    let provider = Provider::model();
    let server = Server::before(&provider);
    let body = json!({ "input": DINNER, "user": "ana" }).to_string();
    for (method, target) in [
        ("GET", "/v1/responses/resp_1?include=x&stream=true"),
        ("DELETE", "/v1/responses/resp_1"),
        ("POST", "/v1/responses/resp_1/cancel"),
        ("GET", "/v1/responses/resp_1/input_items?limit=2"),
        ("POST", "/v1/responses/input_tokens"),
        ("POST", "/v1/responses/compact"),
        ("POST", "/v1/conversations"),
        ("POST", "/v1/conversations/conv_1/items"),
        ("POST", "/v1/responses/"),
        ("GET", "/v1/responses"),
    ] {
        let sent = if method == "POST" { body.as_bytes() } else { b"" };
        let reply = server.ask(method, target, &[("x-tactful-user", "ana")], sent);
        let seen = provider.next();
        assert_eq!(seen.head.first_line(), format!("{method} {target} HTTP/1.1"));
        assert_eq!((seen.body.as_slice(), reply.outcome()), (sent, "bypassed"), "{target}");
    }
    assert!(server.held("ana").is_empty());
}

#[test]
fn a_socket_for_responses_is_relayed() {
    let provider = Provider::new(|_, wire| {
        wire.send(b"HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\nhello");
        wire.is_closed_by_the_other();
        Then::Close
    });
    let server = Server::before(&provider);
    let mut wire = Wire::open(server.address);
    let headers = [("connection", "upgrade"), ("upgrade", "websocket")];
    wire.send(&request("GET", "/v1/responses", &headers, b""));
    assert_eq!(wire.head().unwrap().status(), 101);
    assert_eq!(wire.exactly(5).unwrap(), b"hello");
}

#[test]
fn the_body_names_the_user_and_their_new_words_are_learned() {
    let provider = Provider::model();
    let server = Server::before(&provider);
    let body = json!({ "safety_identifier": "ana", "user": "ben", "prompt_cache_key": "eve", "input": [
        { "role": "user", "content": "I live in Lisbon." },
        { "type": "function_call", "call_id": "c", "name": "f", "arguments": "I have a dog." },
        { "type": "function_call_output", "call_id": "c", "output": "I play the piano." },
        { "role": "user", "content": [{ "type": "input_text", "text": "I'm vegetarian." }] },
    ] });
    server.ask("POST", "/v1/responses", &[], body.to_string().as_bytes());
    server.learned("ana", "vegetarian");
    assert_eq!(server.held("ana").len(), 1, "what was said before was in an earlier request");
    server.ask("POST", "/v1/responses", &[], br#"{"user":"ben","input":"I live in Porto."}"#);
    server.learned("ben", "Porto");
    assert!(server.held("eve").is_empty());
}

#[test]
fn what_goes_on_from_a_response_is_told_once() {
    for stream in [false, true] {
        let (provider, server) = vegetarian();
        let ask = |previous: Option<&str>| {
            let body =
                json!({ "input": DINNER, "stream": stream, "previous_response_id": previous });
            personalized(&provider, &server, &body)
        };
        assert_eq!(blocks(&ask(None)), 1, "resp_1");
        let body = ask(Some("resp_1"));
        assert_eq!((blocks(&body), &body.json()["input"]), (0, &json!(DINNER)), "resp_2");
        assert_eq!(blocks(&ask(Some("resp_2"))), 0, "resp_3 goes on from what went on");
        assert_eq!(blocks(&ask(Some("resp_1"))), 0, "resp_4, another way on");
        assert_eq!(blocks(&ask(Some("resp_unknown"))), 1, "nobody knows what was told there");

        // What is new is told, and only that.
        server.enter("ana", "Is allergic to peanuts");
        let body = ask(Some("resp_3"));
        assert_eq!(blocks(&body), 1);
        assert!(
            body.text().contains("peanuts") && !body.text().contains("vegetarian"),
            "{}",
            body.text()
        );
        let last = body.json()["input"].as_array().unwrap().last().cloned().unwrap();
        assert_eq!(last["content"], DINNER, "the block stands before the last turn");

        // A turn that needs nothing between two that do.
        let sum = json!({ "input": "What is 17 * 23?", "stream": stream, "previous_response_id": "resp_6" });
        assert_eq!(server.respond("ana", &sum).outcome(), "generic");
        assert_eq!(provider.next().text(), sum.to_string());
        assert_eq!(blocks(&ask(Some("resp_7"))), 0);
    }
}

#[test]
fn what_was_told_to_one_is_not_told_to_another() {
    let (provider, server) = vegetarian();
    server.enter("ben", "Is vegetarian");
    let body = json!({ "input": DINNER, "conversation": { "id": "conv_1" } });
    assert_eq!(blocks(&personalized(&provider, &server, &body)), 1);
    let body = json!({ "input": DINNER, "conversation": "conv_1" });
    assert_eq!(blocks(&personalized(&provider, &server, &body)), 0);
    assert_eq!(server.respond("ben", &body).outcome(), "personalized");
    assert_eq!(blocks(&provider.next()), 1);
}

#[test]
fn what_the_provider_refused_was_not_told() {
    let provider = Provider::new(|seen, wire| {
        wire.send(&if seen.head.get("x-refuse").is_some() {
            reply("500 No", "", b"{\"id\":\"resp_1\"}")
        } else {
            let body = response("resp_1", &Value::Null, "Hello").to_string();
            let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
            packed.write_all(body.as_bytes()).unwrap();
            let head = "content-type: application/json\r\ncontent-encoding: gzip\r\n";
            reply("200 OK", head, &packed.finish().unwrap())
        });
        Then::GoOn
    });
    let server = Server::before(&provider);
    server.enter("ana", "Is vegetarian");
    for conversation in
        [json!({ "conversation": "conv_1" }), json!({ "previous_response_id": "resp_1" })]
    {
        let mut body = conversation;
        body["input"] = json!(DINNER);
        let sent = body.to_string();
        server.ask(
            "POST",
            "/v1/responses",
            &[("x-tactful-user", "ana"), ("x-refuse", "1")],
            sent.as_bytes(),
        );
        assert_eq!(blocks(&provider.next()), 1);
        assert_eq!(blocks(&personalized(&provider, &server, &body)), 1, "asked again, told again");
        assert_eq!(
            blocks(&personalized(&provider, &server, &body)),
            0,
            "a packed answer has a name too"
        );
    }
}

fn compared() -> (Provider, Server) {
    let provider = Provider::model();
    let server = Start::before(&provider).set("SHADOW__SAMPLE_RATE", "1").run();
    server.enter("ana", "Is vegetarian");
    (provider, server)
}

#[test]
fn the_request_beside_leaves_nothing_at_the_provider() {
    for stream in [false, true] {
        for (store, more) in [
            ("left out", json!({})),
            ("asked for", json!({ "store": true, "metadata": { "a": "b" } })),
        ] {
            let (provider, server) = compared();
            let mut body = json!({ "input": DINNER, "instructions": "Be brief.", "stream": stream, "temperature": 0.5 });
            body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            server.respond("ana", &body);
            let (first, beside) = (provider.next(), provider.next());
            assert_eq!(first.json().get("store"), body.get("store"), "{store}");
            assert!(told(&first.text()) && !told(&beside.text()));
            assert_eq!(
                beside.json(),
                json!({ "input": DINNER, "instructions": "Be brief.", "temperature": 0.5, "store": false })
            );
            let held =
                until("the comparison", || server.list("/comparisons?user=ana").into_iter().next());
            assert_eq!(held["personalized"]["text"], PERSONALIZED);
            assert_eq!(
                (&held["generic"]["text"], &held["prompt"]),
                (&json!(GENERIC), &json!(DINNER))
            );
        }
    }
}

#[test]
fn what_would_do_more_than_answer_has_nothing_beside_it() {
    for (more, result) in [
        (json!({ "previous_response_id": "resp_9" }), "skipped_conversation"),
        (json!({ "conversation": { "id": "conv_1" } }), "skipped_conversation"),
        (json!({ "background": true }), "skipped_background"),
        (json!({ "tools": [{ "type": "web_search" }] }), "skipped_tools"),
        (
            json!({ "tools": [{ "type": "function", "name": "f" }, { "type": "mcp" }] }),
            "skipped_tools",
        ),
        (json!({ "prompt": { "id": "pmpt_1" } }), "skipped_tools"),
    ] {
        let (provider, server) = compared();
        let mut body = json!({ "input": DINNER });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        assert_eq!(server.respond("ana", &body).outcome(), "personalized");
        until(result, || {
            let line = format!("tactful_shadow_requests_total{{result=\"{result}\"}}");
            (server.metric(&line) == 1.0).then_some(())
        });
        provider.next();
        assert!(!provider.has_more(), "{more}");
    }
}
