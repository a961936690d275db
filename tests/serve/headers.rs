//! Which headers pass, and which do not.

use super::{
    provider::{Provider, reply},
    server::{Server, Start, turn},
};

#[test]
fn headers_of_one_connection_and_ours_stay_here() {
    let provider = Provider::model();
    let server = Server::before(&provider);
    server.chat_of(
        &[
            ("connection", "keep-alive, X-Trace"),
            ("x-trace", "1"),
            ("keep-alive", "timeout=5"),
            ("te", "trailers"),
            ("trailer", "x-sum"),
            ("upgrade", "h2c"),
            ("proxy-authorization", "Basic eA=="),
            ("proxy-connection", "keep-alive"),
            ("x-tactful-user", "ana"),
            ("x-tactful-conversation", "c-1"),
            ("x-tactful-mode", "on"),
            ("x-tactful-domain", "work"),
            ("x-tactful-anything", "1"),
            ("accept", "text/event-stream"),
            ("content-type", "application/json"),
            ("x-stainless-retry-count", "1"),
            ("openai-organization", "org-1"),
            ("accept-encoding", "gzip, br"),
            ("x-twice", "a"),
            ("x-twice", "b"),
        ],
        turn("Hi").as_bytes(),
    );
    let head = provider.next().head;
    let mut names: Vec<_> = head
        .0
        .lines()
        .skip(1)
        .map(|line| line.split_once(':').unwrap().0.to_ascii_lowercase())
        .collect();
    names.sort_unstable();
    assert_eq!(
        names,
        [
            "accept",
            "accept-encoding",
            "content-length",
            "content-type",
            "host",
            "openai-organization",
            "x-stainless-retry-count",
            "x-twice",
            "x-twice",
        ]
    );
    assert_eq!(head.get("host").unwrap(), provider.address.to_string());
    assert_eq!(head.all("x-twice"), ["a", "b"]);
    assert_eq!(head.get("accept-encoding"), Some("gzip, br"));
}

#[test]
fn an_expectation_is_met_here_and_goes_no_further() {
    let provider = Provider::model();
    let server = Server::before(&provider);
    let body = turn("Hi");
    let mut wire = super::wire::Wire::open(server.address);
    let whole = super::wire::request(
        "POST",
        "/v1/chat/completions",
        &[("expect", "100-continue")],
        body.as_bytes(),
    );
    let (head, rest) = whole.split_at(whole.len() - body.len());
    wire.send(head);
    assert_eq!(wire.head().unwrap().status(), 100);
    wire.send(rest);
    assert_eq!(wire.reply().status(), 200);
    let seen = provider.next();
    assert_eq!(seen.head.get("expect"), None);
    assert_eq!(seen.text(), body);
}

#[test]
fn the_clients_key_passes_where_none_is_set() {
    let provider = Provider::model();
    let server = Server::before(&provider);
    let key = [("authorization", "Bearer sk-client")];
    server.chat_of(&key, turn("Hi").as_bytes());
    assert_eq!(provider.next().head.all("authorization"), ["Bearer sk-client"]);
    server.ask("GET", "/v1/models", &key, b"");
    assert_eq!(provider.next().head.all("authorization"), ["Bearer sk-client"]);
    server.ask("GET", "/v1/models", &[], b"");
    assert!(provider.next().head.all("authorization").is_empty());
}

#[test]
fn the_key_that_is_set_takes_the_place_of_the_clients() {
    let provider = Provider::model();
    for name in ["TACTFUL__UPSTREAM__API_KEY", "OPENAI_API_KEY"] {
        let server = Start::before(&provider).variable(name, "sk-ours").run();
        let key = [("authorization", "Bearer sk-client")];
        server.chat_of(&key, turn("Hi").as_bytes());
        assert_eq!(provider.next().head.all("authorization"), ["Bearer sk-ours"], "{name}");
        server.ask("GET", "/v1/models", &[], b"");
        assert_eq!(provider.next().head.all("authorization"), ["Bearer sk-ours"], "{name}");
    }
}

#[test]
fn what_the_provider_says_beside_its_answer_passes() {
    let said = "content-type: application/json\r\nretry-after: 3\r\nretry-after-ms: 2500\r\nx-should-retry: true\r\n\
                x-request-id: req-9\r\nopenai-processing-ms: 12\r\nopenai-version: 2020-10-01\r\n\
                x-ratelimit-remaining-tokens: 7\r\nset-cookie: a=1\r\nset-cookie: b=2\r\n";
    let ours = "connection: keep-alive, X-Hop\r\nx-hop: 1\r\nkeep-alive: timeout=9\r\n\
                x-tactful-outcome: personalized\r\nx-tactful-attributes: attr_forged\r\n";
    let provider = Provider::answering(reply("200 OK", &format!("{said}{ours}"), b"{}"));
    let server = Server::before(&provider);
    let chat = server.chat("ana", "Hi");
    let other = server.ask("GET", "/v1/models", &[], b"");
    for reply in [&chat, &other] {
        for line in said.lines() {
            let (name, value) = line.split_once(": ").unwrap();
            assert!(reply.head.all(name).contains(&value), "{line} in {}", reply.head.0);
        }
        assert_eq!(reply.head.all("set-cookie"), ["a=1", "b=2"]);
        assert_eq!(reply.head.get("content-length"), Some("2"));
        assert_eq!(reply.head.get("x-hop"), None);
        assert_eq!(reply.head.get("keep-alive"), None);
        assert_eq!(reply.head.get("x-tactful-attributes"), None);
        assert_eq!(reply.head.all("x-tactful-outcome").len(), 1);
        assert_eq!(reply.body, b"{}");
    }
    assert_eq!((chat.outcome(), chat.reason()), ("generic", "no_attributes"));
    assert_eq!((other.outcome(), other.head.get("x-tactful-reason")), ("bypassed", None));
    assert_ne!(chat.head.get("x-tactful-request-id"), other.head.get("x-tactful-request-id"));
}

#[test]
fn a_reply_names_what_was_used() {
    let provider = Provider::model();
    let server = Server::before(&provider);
    let held = server.enter("ana", "Is vegetarian");
    let reply = server.chat("ana", "Can you suggest a quick dinner for me tonight?");
    assert_eq!((reply.outcome(), reply.head.get("x-tactful-reason")), ("personalized", None));
    assert_eq!(reply.attributes(), [held["id"].as_str().unwrap()]);
    assert!(!provider.next().text().contains(held["id"].as_str().unwrap()));
}
