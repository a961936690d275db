//! What is sensitive waits for the person's yes, unused.

use serde_json::json;

use super::{
    provider::{Provider, told},
    server::Server,
};

const LUNCH: &str = "What should I eat for lunch, given my health?";

fn diabetic() -> (Provider, Server, String) {
    let provider = Provider::model();
    let server = Server::before(&provider);
    server.chat("ana", "I have type 1 diabetes.");
    provider.next();
    let held = server.learned("ana", "diabetes");
    assert_eq!((&held["status"], &held["sensitivity"]), (&json!("pending"), &json!("sensitive")));
    let path = format!("/users/ana/attributes/{}", held["id"].as_str().unwrap());
    (provider, server, path)
}

fn is_told(provider: &Provider, server: &Server, prompt: &str) -> bool {
    let reply = server.chat("ana", prompt);
    let is_told = told(&provider.next().text());
    assert_eq!(reply.outcome() == "personalized", is_told);
    is_told
}

#[test]
fn without_consent_it_is_never_used() {
    let (provider, server, _) = diabetic();
    assert!(!is_told(&provider, &server, LUNCH));
}

#[test]
fn a_yes_to_the_one_thing_is_consent_to_it() {
    let (provider, server, path) = diabetic();
    server.api("PATCH", &path, Some(json!({ "status": "active" })));
    assert!(is_told(&provider, &server, LUNCH));
    assert!(!is_told(&provider, &server, "What is 17 * 23?"));
}

#[test]
fn after_consent_it_is_used_where_it_is_the_matter_and_only_there() {
    let (provider, server, path) = diabetic();
    let consent = json!({ "sensitive_categories": ["health"] });
    assert_eq!(server.api("PUT", "/users/ana/settings", Some(consent)).status(), 200);
    assert_eq!(server.api("GET", &path, None).json()["status"], "active");
    assert!(is_told(&provider, &server, LUNCH));
    assert!(!is_told(&provider, &server, "What is 17 * 23?"));
    assert!(!is_told(&provider, &server, "Which phone should I buy?"));

    // Withdrawn, it waits again.
    assert_eq!(server.api("PUT", "/users/ana/settings", Some(json!({}))).status(), 200);
    assert_eq!(server.api("GET", &path, None).json()["status"], "pending");
    assert!(!is_told(&provider, &server, LUNCH));
}

#[test]
fn a_yes_to_what_is_dated_does_not_make_it_last() {
    let provider = Provider::model();
    let server = Server::before(&provider);
    server.enter("ana", "Is not working in Porto");
    server.chat("ana", "For the next two years I'm working in Porto, any tips?");
    let held = server.learned("ana", "working in Porto");
    assert_eq!(held["status"], "pending", "it is against what the person entered");
    let path = format!("/users/ana/attributes/{}", held["id"].as_str().unwrap());
    let active = server.api("PATCH", &path, Some(json!({ "status": "active" }))).json();
    let seconds = |key: &str| active[key].as_i64().unwrap();
    assert_eq!((seconds("expires_at") - seconds("last_seen_at")) / 86_400, 2 * 366, "{active}");
}
