//! Something selected: one run of bytes goes in, every other byte stays.

use serde_json::{Value, json};

use super::{
    provider::Provider,
    server::{Server, Start},
};

const DINNER: &str = "Can you suggest a quick dinner for me tonight?";

fn vegetarian() -> (Provider, Server) {
    let provider = Provider::model();
    let server = Server::before(&provider);
    server.enter("ana", "Is vegetarian");
    (provider, server)
}

/// What was put in, and where: `sent` and `seen` are the same without it.
fn inserted(sent: &[u8], seen: &[u8]) -> (usize, String) {
    assert!(seen.len() > sent.len(), "nothing was put in");
    let grown = seen.len() - sent.len();
    let same = sent.iter().zip(seen).take_while(|(a, b)| a == b).count();
    // The run may be moved as long as its ends repeat: take the place where it begins like a block.
    let at = (0..=same)
        .filter(|&at| [&seen[..at], &seen[at + grown..]].concat() == sent)
        .find(|&at| {
            let run = String::from_utf8_lossy(&seen[at..at + grown]);
            ["\\n\\n[tactful", "[tactful", "{\"role\"", ",{\"type\"", "{\"type\""]
                .iter()
                .any(|head| run.starts_with(head))
        })
        .unwrap_or_else(|| panic!("not one run: {}", String::from_utf8_lossy(seen)));
    (at, String::from_utf8(seen[at..at + grown].to_vec()).unwrap())
}

fn personalized(provider: &Provider, server: &Server, body: &[u8]) -> Vec<u8> {
    let reply = server.chat_of(&[("x-tactful-user", "ana")], body);
    assert_eq!(reply.outcome(), "personalized", "{}", reply.reason());
    assert_eq!(reply.head.get("x-tactful-reason"), None);
    let seen = provider.next();
    assert_eq!(seen.head.get("content-length").unwrap(), seen.body.len().to_string());
    seen.body
}

#[test]
fn a_short_request_is_told_at_the_end_of_its_system_message() {
    let (provider, server) = vegetarian();
    let body = format!(
        " {{\"seed\":9007199254740993 ,\"x\":1.70,\"x\":2,\"messages\" : [ {{\"content\":\"Be \\u0062rief.\",\
         \"role\":\"system\"}},\t{{\"role\":\"user\",\"content\":\"{DINNER}\"}} ], \"z\":[]}}\n"
    );
    let seen = personalized(&provider, &server, body.as_bytes());
    let (at, run) = inserted(body.as_bytes(), &seen);
    assert_eq!(&body[at - 5..=at], "rief.\"");
    assert!(run.contains("- Is vegetarian (said 20"), "{run}");
    let messages = &serde_json::from_slice::<Value>(&seen).unwrap()["messages"];
    let system = messages[0]["content"].as_str().unwrap();
    assert!(system.starts_with("Be brief.\n\n[tactful:begin]\n"), "{system}");
    assert!(system.ends_with("\n[tactful:end]"), "{system}");
    assert_eq!(messages[1]["content"], DINNER);
}

#[test]
fn without_a_system_message_one_is_put_first() {
    let (provider, server) = vegetarian();
    let body = format!(r#"{{"messages":[{{"role":"user","content":"{DINNER}"}}],"model":"m"}}"#);
    let seen = personalized(&provider, &server, body.as_bytes());
    let (at, _) = inserted(body.as_bytes(), &seen);
    assert_eq!(at, r#"{"messages":["#.len());
    let messages = &serde_json::from_slice::<Value>(&seen).unwrap()["messages"];
    assert_eq!((&messages[0]["role"], &messages[1]["content"]), (&json!("system"), &json!(DINNER)));
}

#[test]
fn a_long_request_keeps_its_whole_prefix() {
    let (provider, server) = vegetarian();
    let system = "You are a cook. ".repeat(400);
    let body = format!(
        r#"{{"messages":[{{"role":"developer","content":"{system}"}},{{"role":"user","content":"Hi"}},{{"role":"assistant","content":"Hello"}},{{"role":"user","content":"{DINNER}"}}]}}"#
    );
    let seen = personalized(&provider, &server, body.as_bytes());
    let (at, run) = inserted(body.as_bytes(), &seen);
    assert_eq!(at, body.rfind(r#"{"role":"user""#).unwrap());
    assert!(run.starts_with(r#"{"role":"developer","content":"[tactful:begin]"#), "{run}");
    assert_eq!(personalized(&provider, &server, body.as_bytes()), seen, "the same bytes each time");
}

#[test]
fn the_operator_says_where() {
    let provider = Provider::model();
    let server = Start::before(&provider).set("INJECTION__PLACEMENT", "user_tail").run();
    server.enter("ana", "Is vegetarian");
    let body = json!({ "messages": [
        { "role": "system", "content": "Be brief." },
        { "role": "user", "content": [{ "type": "text", "text": DINNER }] },
    ] })
    .to_string();
    let seen = personalized(&provider, &server, body.as_bytes());
    inserted(body.as_bytes(), &seen);
    let parts = &serde_json::from_slice::<Value>(&seen).unwrap()["messages"][1]["content"];
    assert_eq!(parts[0]["text"], DINNER);
    assert!(parts[1]["text"].as_str().unwrap().contains("Is vegetarian"));
}

#[test]
fn a_block_sent_back_is_cut_and_never_learned() {
    let (provider, server) = vegetarian();
    let body = json!({ "messages": [
        { "role": "system", "content": "Be brief." }, { "role": "user", "content": DINNER },
    ] })
    .to_string();
    let first = personalized(&provider, &server, body.as_bytes());
    let mut history: Value = serde_json::from_slice(&first).unwrap();
    let block = history["messages"][0]["content"].as_str().unwrap()["Be brief.".len()..].to_owned();

    // Sent back at the system message, nothing chosen now: it goes, and nothing else does.
    history["messages"][1]["content"] = json!("What is 17 * 23?");
    let reply = server.chat_of(&[("x-tactful-user", "ana")], history.to_string().as_bytes());
    assert_eq!(reply.outcome(), "generic");
    let expected = history.to_string().replace(&block.replace('\n', "\\n"), "");
    assert_eq!(provider.next().text(), expected);

    // Sent back inside the person's own turn of somebody else: cut, and not their words.
    let said = format!("I live in Lisbon.{block}");
    let body = json!({ "messages": [{ "role": "user", "content": said }] }).to_string();
    server.chat_of(&[("x-tactful-user", "ben")], body.as_bytes());
    let seen = provider.next().text();
    assert!(!seen.contains("tactful:begin") && seen.contains("I live in Lisbon."), "{seen}");
    let lisbon = server.learned("ben", "Lisbon");
    assert!(!lisbon.to_string().contains("vegetarian"));
    assert_eq!(server.held("ben").len(), 1);
}

#[test]
fn told_again_a_turn_carries_one_block() {
    let (provider, server) = vegetarian();
    let body = json!({ "messages": [
        { "role": "system", "content": "Be brief." }, { "role": "user", "content": DINNER },
    ] })
    .to_string();
    let first = personalized(&provider, &server, body.as_bytes());
    assert_eq!(personalized(&provider, &server, &first), first);
}

#[test]
fn whatever_else_a_chat_carries_stays() {
    let (provider, server) = vegetarian();
    let body = json!({
        "n": 2, "stream": true, "stream_options": { "include_usage": true }, "store": true, "metadata": { "a": "b" },
        "modalities": ["text", "audio"], "audio": { "voice": "alloy", "format": "wav" }, "temperature": 0.25,
        "response_format": { "type": "json_schema", "json_schema": { "name": "x", "strict": true, "schema": { "type": "object" } } },
        "tools": [{ "type": "function", "function": { "name": "f", "parameters": { "type": "object", "properties": {} } } }],
        "tool_choice": "auto", "parallel_tool_calls": false, "prompt_cache_key": "k", "reasoning_effort": "low", "new_in_2030": {},
        "messages": [
            { "role": "developer", "content": [{ "type": "text", "text": "Be brief." }] },
            { "role": "user", "name": "a", "content": [
                { "type": "image_url", "image_url": { "url": "data:image/png;base64,AA==", "detail": "low" } },
                { "type": "input_audio", "input_audio": { "data": "AA==", "format": "wav" } },
                { "type": "file", "file": { "file_id": "f-1" } },
                { "type": "text", "text": DINNER },
            ] },
            { "role": "assistant", "content": null, "refusal": null, "tool_calls": [
                { "id": "c", "type": "function", "function": { "name": "f", "arguments": "{\"user\":\"eve\"}" } },
            ] },
            { "role": "tool", "tool_call_id": "c", "content": "[{\"text\":\"42\"}]" },
        ],
    })
    .to_string();
    for placement in ["auto", "system_tail", "before_last_user", "user_tail"] {
        let server = Start::before(&provider).set("INJECTION__PLACEMENT", placement).run();
        server.enter("ana", "Is vegetarian");
        let seen = personalized(&provider, &server, body.as_bytes());
        inserted(body.as_bytes(), &seen);
        let messages = &serde_json::from_slice::<Value>(&seen).unwrap()["messages"];
        let (first, last) = (&messages[0], &messages[messages.as_array().unwrap().len() - 1]);
        assert_eq!(
            (&first["role"], &last["role"]),
            (&json!("developer"), &json!("tool")),
            "{placement}"
        );
    }
    let reply = server.chat_of(&[("x-tactful-user", "ben")], body.as_bytes());
    assert_eq!(reply.outcome(), "generic");
    assert_eq!(provider.next().text(), body);
}
