//! What is one's is no other's: users, apps, parts of a life.

use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::{
    provider::{Provider, told},
    server::{Server, Start, turn},
};

const DINNER: &str = "Can you suggest a quick dinner for me tonight?";

/// Two apps with a key each; the second has its own key for the provider.
fn two_apps(provider: &Provider) -> Server {
    let hash = |key: &str| hex::encode(Sha256::digest(key));
    Start::before(provider)
        .file(&format!(
            "[upstream]\napi_key = \"sk-common\"\n[[access.apps]]\nname = \"mail\"\nkey_sha256 = \"{}\"\n\
             [[access.apps]]\nname = \"shop\"\nkey_sha256 = \"{}\"\nupstream_api_key = \"sk-shop\"\n",
            hash("key-mail"),
            hash("key-shop")
        ))
        .run()
}

fn chat(server: &Server, key: &str, user: &str, prompt: &str) -> super::wire::Reply {
    let key = format!("Bearer {key}");
    let headers = [("authorization", key.as_str()), ("x-tactful-user", user)];
    server.chat_of(&headers, turn(prompt).as_bytes())
}

#[test]
fn two_users_never_meet() {
    let provider = Provider::model();
    let server = Server::before(&provider);
    server.enter("ana", "Is vegetarian");
    for other in ["ben", "Ana", "ana ben", "%61na", "an", "anab"] {
        let reply = server.chat(other, DINNER);
        assert_eq!((reply.outcome(), reply.reason()), ("generic", "no_attributes"), "{other}");
        assert!(!told(&provider.next().text()));
    }
    let id = server.held("ana")[0]["id"].as_str().unwrap().to_owned();
    assert!(server.held("ben").is_empty());
    for (method, body) in
        [("GET", None), ("PATCH", Some(json!({ "status": "paused" }))), ("DELETE", None)]
    {
        let reply = server.api(method, &format!("/users/ben/attributes/{id}"), body);
        assert_eq!((reply.status(), reply.error_code().as_str()), (404, "not_found"), "{method}");
    }
    assert_eq!(server.held("ana")[0]["status"], "active");
}

#[test]
fn many_at_once_are_each_told_their_own() {
    // Answers with what it was sent, so that each client sees what was told of it.
    let provider = Provider::new(|seen, wire| {
        wire.send(&super::provider::reply("200 OK", "", &seen.body));
        super::provider::Then::GoOn
    });
    let server = Server::before(&provider);
    let users: Vec<_> = (0..8).map(|at| format!("user-{at}-x")).collect();
    for user in &users {
        server.enter(user, &format!("Knows {user}"));
    }
    std::thread::scope(|scope| {
        for user in &users {
            let (server, users) = (&server, &users);
            scope.spawn(move || {
                for _ in 0..10 {
                    let told = server.chat(user, "What do you know about me?").text();
                    let known: Vec<_> = users
                        .iter()
                        .filter(|other| told.contains(&format!("Knows {other}")))
                        .collect();
                    assert_eq!(known, [user]);
                }
            });
        }
    });
}

#[test]
fn two_apps_never_meet() {
    let provider = Provider::model();
    let server = two_apps(&provider);
    let said = json!({ "text": "Is vegetarian" });
    let entered = server.api_as("key-mail", "POST", "/users/ana/attributes", Some(said)).json();
    let path = format!("/users/ana/attributes/{}", entered["id"].as_str().unwrap());

    assert_eq!(chat(&server, "key-mail", "ana", DINNER).outcome(), "personalized");
    let seen = provider.next();
    assert!(told(&seen.text()));
    assert_eq!(seen.head.all("authorization"), ["Bearer sk-common"]);

    let reply = chat(&server, "key-shop", "ana", DINNER);
    assert_eq!((reply.outcome(), reply.reason()), ("generic", "no_attributes"));
    let seen = provider.next();
    assert!(!told(&seen.text()));
    assert_eq!(seen.head.all("authorization"), ["Bearer sk-shop"], "an app's own key goes first");

    for method in ["GET", "DELETE"] {
        let reply = server.api_as("key-shop", method, &path, None);
        assert_eq!((reply.status(), reply.error_code().as_str()), (404, "not_found"));
    }
    assert_eq!(server.api_as("key-shop", "DELETE", "/users/ana", None).status(), 200);
    assert_eq!(server.api_as("key-mail", "GET", &path, None).status(), 200);
}

#[test]
fn a_key_that_is_no_apps_gets_no_answer() {
    let provider = Provider::model();
    let server = two_apps(&provider);
    let operator = format!("Bearer {}", server.key);
    for key in [None, Some("Bearer key-mai"), Some("Basic key-mail"), Some(operator.as_str())] {
        let headers: Vec<_> = key
            .map(|key| ("authorization", key))
            .into_iter()
            .chain([("x-tactful-user", "ana")])
            .collect();
        for reply in [
            server.chat_of(&headers, turn("Hi").as_bytes()),
            server.ask("GET", "/v1/models", &headers, b""),
        ] {
            assert_eq!((reply.status(), reply.error_code().as_str()), (401, "invalid_api_key"));
            assert_eq!(reply.outcome(), "bypassed");
        }
    }
    assert!(!provider.has_more(), "the operator's key least of all");
}

#[test]
fn without_apps_the_operators_key_still_goes_nowhere() {
    let provider = Provider::model();
    let server = Server::before(&provider);
    let reply = chat(&server, &server.key, "ana", "Hi");
    assert_eq!(reply.status(), 401);
    assert!(!provider.has_more());
}

#[test]
fn what_was_said_in_one_part_of_a_life_stays_there() {
    let provider = Provider::model();
    let server = Server::before(&provider);
    let in_domain = |domain: Option<&str>, prompt: &str| {
        let mut headers = vec![("x-tactful-user", "ana")];
        headers.extend(domain.map(|domain| ("x-tactful-domain", domain)));
        let reply = server.chat_of(&headers, turn(prompt).as_bytes());
        let is_told = told(&provider.next().text());
        assert_eq!(is_told, reply.outcome() == "personalized");
        is_told
    };
    in_domain(Some("home"), "I'm vegetarian.");
    server.learned("ana", "vegetarian");
    assert!(in_domain(Some("home"), DINNER));
    assert!(!in_domain(Some("work"), DINNER));
    assert!(!in_domain(None, DINNER));
    let shared = json!({ "shared_domains": ["home"] });
    assert_eq!(server.api("PUT", "/users/ana/settings", Some(shared)).status(), 200);
    assert!(in_domain(Some("work"), DINNER));
}
