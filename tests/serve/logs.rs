//! Logs hold neither keys nor people's words, whatever goes wrong.

use serde_json::json;

use super::{
    provider::{Provider, STREAM_HEAD, Then, completion, event, told},
    server::{Start, turn},
    wire::{chunk, until},
};

#[test]
fn at_their_loudest_they_name_nobody() {
    let provider = Provider::new(|seen, wire| {
        if seen.text().contains("break off") {
            wire.send(STREAM_HEAD);
            wire.send(&chunk(event("Zanzibarian answer").as_bytes()));
            return Then::Close;
        }
        if seen.text().contains("say nothing") {
            return Then::Close;
        }
        let text = if told(&seen.text()) { "Zanzibarian curry" } else { "Zanzibarian stew" };
        wire.send(&completion(text));
        Then::GoOn
    });
    let mut server = Start::before(&provider)
        .set("LOG__FILTER", "trace")
        .set("SHADOW__SAMPLE_RATE", "1")
        .set("ACCESS__ADMIN_KEY", "operator-key-of-the-test")
        .set("UPSTREAM__API_KEY", "sk-key-of-the-provider")
        .run();
    let headers = [
        ("x-tactful-user", "ana-of-zanzibar"),
        ("authorization", "Bearer sk-key-of-the-client"),
        ("x-tactful-conversation", "conversation-of-ana"),
    ];
    let chat = |prompt: &str| server.chat_of(&headers, turn(prompt).as_bytes());
    chat("I'm vegetarian and I live in Zanzibar. I have type 1 diabetes.");
    let api = |method: &str, path: &str, body| {
        server.api_as("operator-key-of-the-test", method, path, body)
    };
    let list = |path: &str| api("GET", path, None).json()["data"].as_array().cloned().unwrap();
    until("learned", || list("/users/ana-of-zanzibar/attributes").pop());
    chat("Can you suggest a quick dinner for me tonight?");
    until("compared", || list("/comparisons?user=ana-of-zanzibar").pop());
    chat("Please break off, says the Zanzibarian.");
    chat("Please say nothing, says the Zanzibarian.");
    server.chat_of(&headers, b"{\"messages\":[],\"messages\":\"Zanzibarian\"}");
    server.chat_of(&headers, b"Zanzibarian, not JSON");
    server.ask("GET", "/v1/models?zanzibarian=query", &headers, b"");
    api(
        "POST",
        "/users/ana-of-zanzibar/attributes",
        Some(json!({ "text": "Zanzibarian", "x": 1 })),
    );
    api("POST", "/judgments", Some(json!({ "stage": "Zanzibarian" })));
    api("DELETE", "/users/ana-of-zanzibar", None);
    assert!(server.stop().success());
    let logs = server.errors().to_lowercase();
    assert!(!logs.is_empty(), "the filter is in effect");
    assert!(!logs.contains('\u{1b}'), "no colours where no terminal is");
    for word in [
        "zanzibar",
        "ana-of",
        "conversation-of",
        "vegetarian",
        "diabetes",
        "dinner",
        "curry",
        "stew",
        "sk-key-of",
        "operator-key-of",
    ] {
        let line = logs.lines().find(|line| line.contains(word));
        assert_eq!(line, None, "{word}");
    }
    assert!(
        !server.printed().contains("sk-key-of") && !server.printed().contains("operator-key-of")
    );
}
