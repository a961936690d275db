//! The generic answer beside the personalised one.

use serde_json::{Value, json};

use super::{
    provider::{GENERIC, PERSONALIZED, Provider, STREAM_HEAD, Seen, Then, reply, told},
    server::{Server, Start},
    wire::{Wire, chunk, request, until},
};

const DINNER: &str = "Can you suggest a quick dinner for me tonight?";

fn compared() -> (Provider, Server) {
    let provider = Provider::model();
    let server = Start::before(&provider).set("SHADOW__SAMPLE_RATE", "1").run();
    server.enter("ana", "Is vegetarian");
    (provider, server)
}

/// The personalised request and the generic one beside it.
fn both(provider: &Provider) -> (Seen, Seen) {
    let (first, beside) = (provider.next(), provider.next());
    assert!(told(&first.text()) && !told(&beside.text()));
    (first, beside)
}

fn comparison(server: &Server) -> Value {
    until("the comparison", || server.list("/comparisons?user=ana").into_iter().next())
}

fn dinner(server: &Server, more: &Value) -> super::wire::Reply {
    let mut body = json!({ "model": "m-1", "temperature": 0.5, "messages": [
        { "role": "system", "content": "Be brief." }, { "role": "user", "content": DINNER },
    ] });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    server.chat_of(
        &[
            ("x-tactful-user", "ana"),
            ("authorization", "Bearer sk-client"),
            ("idempotency-key", "i-1"),
            ("x-stainless-retry-count", "1"),
        ],
        body.to_string().as_bytes(),
    )
}

#[test]
fn both_answers_are_kept() {
    let (provider, server) = compared();
    let reply = dinner(&server, &json!({}));
    assert_eq!(reply.json()["choices"][0]["message"]["content"], PERSONALIZED);
    both(&provider);
    let held = comparison(&server);
    assert_eq!(held["personalized"]["text"], PERSONALIZED);
    assert_eq!(held["generic"]["text"], GENERIC);
    assert_eq!((&held["prompt"], &held["model"]), (&json!(DINNER), &json!("m-1")));
    assert_eq!(held["request"].as_str(), reply.head.get("x-tactful-request-id"));
    assert_eq!(held["attributes"], json!(reply.attributes()));
    until("its count", || {
        (server.metric("tactful_shadow_requests_total{result=\"kept\"}") == 1.0).then_some(())
    });

    // Blind: two texts, and nothing that tells which is which.
    let id = held["id"].as_str().unwrap();
    let blind = server.api("GET", &format!("/comparisons/{id}?blind=true"), None).json();
    let mut texts: Vec<_> =
        [0, 1].map(|at| blind["answers"][at]["text"].as_str().unwrap()).to_vec();
    texts.sort_unstable();
    assert_eq!(texts, [PERSONALIZED, GENERIC]);
    for word in ["personalized", "generic", "attributes", "signals"] {
        assert!(blind.get(word).is_none(), "{word}");
    }
}

#[test]
fn a_streamed_answer_is_compared_too() {
    let (provider, server) = compared();
    let reply = dinner(&server, &json!({ "stream": true }));
    assert!(reply.is_whole && reply.text().ends_with("data: [DONE]\n\n"));
    both(&provider);
    let held = comparison(&server);
    assert_eq!(held["personalized"]["text"], PERSONALIZED);
    assert_eq!(held["generic"]["text"], GENERIC);
}

#[test]
fn the_request_beside_asks_the_same_and_leaves_nothing_at_the_provider() {
    let (provider, server) = compared();
    let more = json!({ "stream": true, "stream_options": { "include_usage": true }, "store": true,
        "metadata": { "a": "b" }, "seed": 9_007_199_254_740_993_u64, "max_tokens": 99 });
    dinner(&server, &more);
    let (first, beside) = both(&provider);
    let asked = beside.json();
    for gone in ["stream", "stream_options", "metadata"] {
        assert!(asked.get(gone).is_none(), "{gone}");
    }
    assert_eq!(asked["store"], false);
    for kept in ["stream", "stream_options", "store", "metadata"] {
        assert_eq!(first.json()[kept], more[kept]);
    }
    for same in ["model", "temperature", "seed", "max_tokens"] {
        assert_eq!(asked[same], first.json()[same], "{same}");
    }
    assert_eq!(asked["messages"][0]["content"], "Be brief.");
    assert_eq!(asked["messages"][1]["content"], DINNER);
    assert_eq!(beside.head.all("authorization"), ["Bearer sk-client"]);
    assert_eq!(beside.head.get("content-length").unwrap(), beside.body.len().to_string());
    for gone in ["x-tactful-user", "idempotency-key", "x-stainless-retry-count"] {
        assert_eq!(beside.head.get(gone), None, "{gone}");
    }
}

#[test]
fn a_generic_answer_has_nothing_beside_it() {
    let (provider, server) = compared();
    server.chat("ana", "What is 17 * 23?");
    server.settled(1);
    provider.next();
    assert!(!provider.has_more());
}

#[test]
fn hosted_tools_are_not_run_twice() {
    let (provider, server) = compared();
    dinner(&server, &json!({ "web_search_options": {} }));
    until("its count", || {
        let line = "tactful_shadow_requests_total{result=\"skipped_tools\"}";
        (server.metric(line) == 1.0).then_some(())
    });
    provider.next();
    assert!(!provider.has_more());
}

#[test]
fn past_its_budget_no_request_goes_beside() {
    for (key, result) in [
        ("SHADOW__MAX_IN_FLIGHT", "skipped_busy"),
        ("SHADOW__DAILY_TOKEN_BUDGET", "skipped_budget"),
    ] {
        let provider = Provider::model();
        let server = Start::before(&provider).set("SHADOW__SAMPLE_RATE", "1").set(key, "0").run();
        server.enter("ana", "Is vegetarian");
        assert_eq!(dinner(&server, &json!({})).outcome(), "personalized");
        until(result, || {
            let line = format!("tactful_shadow_requests_total{{result=\"{result}\"}}");
            (server.metric(&line) == 1.0).then_some(())
        });
        provider.next();
        assert!(!provider.has_more());
    }
}

#[test]
fn a_generic_answer_that_fails_is_counted_and_costs_nobody() {
    let provider = Provider::new(|seen, wire| {
        if told(&seen.text()) {
            wire.send(&super::provider::completion(PERSONALIZED));
        } else {
            wire.send(&reply("500 No", "", b"{}"));
        }
        Then::GoOn
    });
    let server = Start::before(&provider).set("SHADOW__SAMPLE_RATE", "1").run();
    server.enter("ana", "Is vegetarian");
    assert_eq!(dinner(&server, &json!({})).status(), 200);
    until("its count", || {
        (server.metric("tactful_shadow_requests_total{result=\"failed\"}") == 1.0).then_some(())
    });
    assert!(server.list("/comparisons?user=ana").is_empty());
}

#[test]
fn people_judge_what_came_of_it() {
    let (provider, server) = compared();
    let reply = dinner(&server, &json!({}));
    both(&provider);
    let held = comparison(&server);
    let attribute = reply.attributes()[0].to_owned();
    let request = reply.head.get("x-tactful-request-id").unwrap().to_owned();
    for judgment in [
        json!({ "stage": "attribute", "user": "ana", "attribute": attribute, "verdict": "accepted", "rater": "ana" }),
        json!({ "stage": "relevance", "user": "ana", "request": request, "attribute": attribute, "verdict": "relevant", "rater": "ana" }),
        json!({ "stage": "response", "user": "ana", "comparison": held["id"], "preference": 5, "rater": "ana" }),
    ] {
        let kept = until("the receipt behind it", || {
            let kept = server.api("POST", "/judgments", Some(judgment.clone()));
            (kept.status() != 404).then_some(kept)
        });
        assert_eq!(kept.status(), 201, "{}", kept.text());
    }
    let metrics = server.metrics();
    for stage in ["attribute", "relevance", "response"] {
        assert!(metrics.contains(&format!("stage=\"{stage}\"")), "{stage}");
    }
    let report = server.api("GET", "/reports/personalization", None);
    assert_eq!(report.status(), 200);
}

#[test]
fn an_answer_that_did_not_end_is_not_compared() {
    let provider = Provider::answering(reply(
        "200 OK",
        "content-type: application/json\r\n",
        br#"{"choices":[{"index":0,"message":{"role":"assistant","content":null,"tool_calls":[]},"finish_reason":"tool_calls"}]}"#,
    ));
    let server =
        Start::before(&provider).set("SHADOW__SAMPLE_RATE", "1").set("HOLDOUT__RATE", "0").run();
    server.enter("ana", "Is vegetarian");
    assert_eq!(server.chat("ana", DINNER).outcome(), "personalized");
    until("its count", || {
        let line = "tactful_shadow_requests_total{result=\"skipped_incomplete\"}";
        (server.metric(line) == 1.0).then_some(())
    });
    provider.next();
    assert!(!provider.has_more(), "nothing is asked twice that cannot be judged");
}

#[test]
fn an_answer_too_long_to_be_heard_still_passes_whole() {
    let text = "x".repeat(5 << 20);
    let provider = Provider::answering(super::provider::completion(&text));
    let server = Start::before(&provider).set("SHADOW__SAMPLE_RATE", "1").run();
    server.enter("ana", "Is vegetarian");
    let reply = server.chat("ana", DINNER);
    assert_eq!((reply.outcome(), reply.is_whole), ("personalized", true));
    assert_eq!(reply.json()["choices"][0]["message"]["content"].as_str(), Some(text.as_str()));
    until("its count", || {
        let line = "tactful_shadow_requests_total{result=\"skipped_unheard\"}";
        (server.metric(line) == 1.0).then_some(())
    });
    provider.next();
    assert!(!provider.has_more());
}

#[test]
fn a_client_that_closes_at_the_last_event_has_heard_the_whole_answer() {
    for (target, end) in
        [("/v1/chat/completions", "data: [DONE]\n\n"), ("/v1/responses", "\"sequence_number\":2")]
    {
        let model = Provider::model();
        let forward = model.address;
        // As the model answers, but the stream stays open behind its last event.
        let provider = Provider::new(move |seen, wire| {
            let path = seen.head.first_line().split(' ').nth(1).unwrap();
            let answer = super::wire::ask(forward, &request("POST", path, &[], &seen.body));
            if answer.head.is_chunked() {
                wire.send(STREAM_HEAD);
                wire.send(&chunk(&answer.body));
                wire.is_closed_by_the_other();
                return Then::Close;
            }
            wire.send(&reply("200 OK", "content-type: application/json\r\n", &answer.body));
            Then::GoOn
        });
        let server = Start::before(&provider).set("SHADOW__SAMPLE_RATE", "1").run();
        server.enter("ana", "Is vegetarian");
        let said = json!([{ "role": "user", "content": DINNER }]);
        let body = json!({ "stream": true, "messages": said, "input": said }).to_string();
        let mut wire = Wire::open(server.address);
        wire.send(&request("POST", target, &[("x-tactful-user", "ana")], body.as_bytes()));
        assert_eq!(wire.head().unwrap().get("x-tactful-outcome"), Some("personalized"));
        let mut text = String::new();
        while !text.contains(end) {
            text.push_str(&String::from_utf8(wire.chunk().unwrap()).unwrap());
        }
        drop(wire);
        let held = comparison(&server);
        assert_eq!(held["personalized"]["text"], PERSONALIZED, "{target}");
        assert_eq!(held["generic"]["text"], GENERIC);
    }
}
