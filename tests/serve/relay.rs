//! Nothing selected: the provider gets the client's bytes.

use super::{
    provider::{GENERIC, Provider},
    server::Server,
};

/// Keys twice, numbers no double holds, escapes, odd white space, a trailing newline.
const ODD: &[u8] = b" {\"zeta\":1,\"messages\" : [ {\"content\":\"Hi \\u2764 \\/ \\ud83d\\ude00\",\"role\":\"user\"} ],\
    \"seed\":9007199254740993,\"x\":1.70,\"x\":2e0,\"alpha\":\t[ ],\"model\":\"m\"}\r\n\n";

#[test]
fn a_chat_of_nobody_arrives_byte_for_byte() {
    let provider = Provider::model();
    let server = Server::before(&provider);
    let reply = server.chat_of(&[("content-type", "application/json")], ODD);
    assert_eq!((reply.outcome(), reply.reason()), ("bypassed", "no_user"));
    assert!(reply.head.get("x-tactful-request-id").unwrap().starts_with("req_"));
    assert_eq!(reply.head.get("x-tactful-attributes"), None);
    let seen = provider.next();
    assert_eq!(seen.body, ODD);
    assert_eq!(seen.head.first_line(), "POST /v1/chat/completions HTTP/1.1");
    assert_eq!(reply.json()["choices"][0]["message"]["content"], GENERIC);
}

#[test]
fn a_chat_for_which_nothing_is_chosen_arrives_byte_for_byte() {
    let provider = Provider::model();
    let server = Server::before(&provider);
    let reply = server.chat_of(&[("x-tactful-user", "ana")], ODD);
    assert_eq!((reply.outcome(), reply.reason()), ("generic", "no_attributes"));
    assert_eq!(provider.next().body, ODD);

    server.enter("ana", "Is vegetarian");
    let reply = server.chat_of(&[("x-tactful-user", "ana")], ODD);
    assert_eq!((reply.outcome(), reply.reason()), ("generic", "not_relevant"));
    assert_eq!(provider.next().body, ODD);
}

#[test]
fn what_cannot_be_read_is_the_providers_to_judge() {
    let provider = Provider::model();
    let server = Server::before(&provider);
    let bodies: [&[u8]; 9] = [
        b"",
        b"not JSON",
        b"{\"messages\":[",
        b"\xff\xfe{}",
        b"{\"messages\":[{\"role\":\"user\",\"content\":\"\xff\"}]}",
        b"{\"messages\":\"Hi\"}",
        b"{\"messages\":[1]}",
        b"[]",
        b"{\"messages\":[]} trailing",
    ];
    for body in bodies {
        let reply = server.chat_of(&[("x-tactful-user", "ana")], body);
        let shown = String::from_utf8_lossy(body);
        assert_eq!((reply.status(), reply.outcome()), (200, "bypassed"), "{shown}");
        assert_eq!(provider.next().body, body, "{shown}");
    }
}

#[test]
fn a_user_named_by_no_text_is_nobody() {
    let provider = Provider::model();
    let server = Server::before(&provider);
    for user in ["1", "null", "[\"ana\"]", "\"\"", "\"a\\u0000b\""] {
        let body = format!(r#"{{"user":{user},"messages":[{{"role":"user","content":"Hi"}}]}}"#);
        let reply = server.chat_of(&[], body.as_bytes());
        assert_eq!(reply.reason(), "no_user", "{user}");
        assert_eq!(provider.next().text(), body);
    }
}

#[test]
fn the_header_names_the_user_before_the_body_and_the_newer_key_before_the_older() {
    let provider = Provider::model();
    let server = Server::before(&provider);
    for user in ["header", "newer", "older"] {
        server.enter(user, &format!("Knows {user}"));
    }
    let prompt = "What do you know about me?";
    let body = format!(
        r#"{{"user":"older","safety_identifier":"newer","messages":[{{"role":"user","content":"{prompt}"}}]}}"#
    );
    server.chat_of(&[("x-tactful-user", "header")], body.as_bytes());
    assert!(provider.next().text().contains("Knows header"));
    server.chat_of(&[], body.as_bytes());
    assert!(provider.next().text().contains("Knows newer"));
    let older = body.replace("safety_identifier", "prompt_cache_key");
    server.chat_of(&[], older.as_bytes());
    assert!(provider.next().text().contains("Knows older"));
    // Who of the two is meant is not ours to guess.
    let two = [("x-tactful-user", "header"), ("x-tactful-user", "newer")];
    assert_eq!(server.chat_of(&two, body.as_bytes()).outcome(), "bypassed");
    assert_eq!(provider.next().text(), body);
}
