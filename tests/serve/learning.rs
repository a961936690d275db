//! Learned from a person's words, chosen where it changes the answer, told, and accounted for.

use serde_json::{Value, json};

use super::{
    provider::{PERSONALIZED, Provider, told},
    server::{Server, Start},
    wire::until,
};

const SAID: &str = "I'm vegetarian and I live in Lisbon. Thanks!";
const DINNER: &str = "Can you suggest a quick dinner for me tonight?";

/// A server before a model, and a person it has learned from.
fn learned() -> (Provider, Server) {
    let provider = Provider::model();
    let server = Server::before(&provider);
    assert_eq!(server.chat("ana", SAID).outcome(), "generic");
    provider.next();
    server.learned("ana", "vegetarian");
    (provider, server)
}

#[test]
fn what_is_learned_quotes_the_persons_own_words() {
    let (_provider, server) = learned();
    let held = server.held("ana");
    let texts: Vec<_> = held.iter().map(|held| held["text"].as_str().unwrap()).collect();
    assert!(texts.contains(&"Is vegetarian") && texts.contains(&"Lives in Lisbon"), "{texts:?}");
    for held in &held {
        let quote = held["evidence"][0]["quote"].as_str().unwrap();
        assert!(!quote.is_empty() && SAID.contains(quote), "{quote}");
        assert_eq!((&held["status"], &held["basis"]), (&json!("active"), &json!("stated")));
        assert_eq!(held["user"], "ana");
    }
}

#[test]
fn the_next_dinner_is_theirs_and_the_next_sum_is_everyones() {
    let (provider, server) = learned();
    let vegetarian = server.learned("ana", "vegetarian");
    let id = vegetarian["id"].as_str().unwrap();

    let dinner = server.chat("ana", DINNER);
    assert_eq!((dinner.outcome(), dinner.attributes()), ("personalized", vec![id]));
    let seen = provider.next();
    assert!(seen.text().contains("Is vegetarian") && !seen.text().contains("Lisbon"));
    assert_eq!(dinner.json()["choices"][0]["message"]["content"], PERSONALIZED);

    let sum = server.chat("ana", "What is 17 * 23?");
    assert_eq!((sum.outcome(), sum.reason()), ("generic", "not_relevant"));
    assert!(!told(&provider.next().text()));

    // A receipt for the dinner, by the name its reply gave; the use is counted.
    let receipt = until("the receipt", || {
        let request = dinner.head.get("x-tactful-request-id");
        let uses = server.list("/users/ana/uses");
        uses.into_iter().find(|receipt| receipt["request"].as_str() == request)
    });
    assert_eq!((&receipt["outcome"], &receipt["reason"]), (&json!("personalized"), &Value::Null));
    assert_eq!(receipt["model"], "m-1");
    assert!(receipt["injected_tokens"].as_u64().unwrap() > 0);
    let used: Vec<_> = receipt["considered"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|considered| considered["used"] == true)
        .map(|considered| considered["attribute"].as_str().unwrap())
        .collect();
    assert_eq!(used, [id]);
    until("the use", || (server.learned("ana", "vegetarian")["uses"] == 1).then_some(()));
}

#[test]
fn what_is_over_is_used_no_more_and_stays_to_be_seen() {
    let provider = Provider::model();
    let server = Server::before(&provider);
    server.chat("ana", "I'm vegan. I own a car.");
    server.learned("ana", "car");
    server.chat("ana", "I sold my car.");
    let car = until("the end of the car", || {
        server.held("ana").into_iter().find(|held| held["status"] == "superseded")
    });
    assert_eq!(car["text"], "Owns a car");
    let quotes: Vec<_> =
        car["evidence"].as_array().unwrap().iter().map(|it| &it["quote"]).collect();
    assert_eq!(quotes, ["I own a car.", "I sold my car."]);
    assert_eq!(server.learned("ana", "vegan")["status"], "active");
}

#[test]
fn what_is_not_the_persons_own_is_not_learned() {
    let provider = Provider::model();
    let server = Server::before(&provider);
    let turns = [
        json!([{ "role": "system", "content": "I am vegan." }, { "role": "user", "content": "Hi" }]),
        json!([{ "role": "user", "content": "Hi" }, { "role": "assistant", "content": "I live in Oslo." }, { "role": "user", "content": "Ok" }]),
        json!([{ "role": "user", "content": "I work as a pilot." }, { "role": "assistant", "content": "Ok" }, { "role": "user", "content": "Thanks" }]),
        json!([{ "role": "user", "content": "Translate into German: \"I am allergic to nuts.\"" }]),
        json!([{ "role": "user", "content": "She is a vegan." }]),
        json!([{ "role": "tool", "tool_call_id": "t", "content": "I own a cat." }, { "role": "user", "content": "Thanks" }]),
    ];
    let lessons = u32::try_from(turns.len()).unwrap();
    for messages in turns {
        let body = json!({ "messages": messages }).to_string();
        assert_eq!(server.chat_of(&[("x-tactful-user", "ana")], body.as_bytes()).status(), 200);
    }
    server.settled(lessons);
    assert_eq!(server.held("ana"), Vec::<Value>::new());
}

#[test]
fn an_answer_is_never_learned_from() {
    let provider =
        Provider::answering(super::provider::completion("I'm vegetarian and I live in Oslo."));
    let server = Server::before(&provider);
    server.chat("ana", "What do you eat?");
    server.settled(1);
    assert_eq!(server.held("ana"), Vec::<Value>::new());
}

#[test]
fn held_out_at_random_an_answer_stays_generic_and_says_so() {
    let provider = Provider::model();
    let server = Start::before(&provider).set("HOLDOUT__RATE", "1").run();
    server.enter("ana", "Is vegetarian");
    let reply = server.chat("ana", DINNER);
    assert_eq!((reply.outcome(), reply.reason()), ("generic", "holdout"));
    assert!(reply.attributes().is_empty());
    assert!(!told(&provider.next().text()));
    let receipt = until("the receipt", || server.list("/users/ana/uses").into_iter().next());
    assert_eq!(receipt["reason"], "holdout");
    assert_eq!(receipt["considered"][0]["reason"], "holdout");
}

#[test]
fn a_request_may_forbid_use_and_learning() {
    let provider = Provider::model();
    let server = Server::before(&provider);
    server.enter("ana", "Is vegetarian");
    let chat = |mode: &str, prompt: &str| {
        server.chat_of(
            &[("x-tactful-user", "ana"), ("x-tactful-mode", mode)],
            super::server::turn(prompt).as_bytes(),
        )
    };
    // A mode nobody can read is the most careful one.
    for mode in ["off", "OFF", "observe", "maybe"] {
        let reply = chat(mode, DINNER);
        assert_eq!((reply.outcome(), reply.reason()), ("bypassed", "mode_off"), "{mode}");
        assert_eq!(provider.next().text(), super::server::turn(DINNER));
    }
    chat("off", "I own a red bicycle.");
    chat("maybe", "I speak Dutch.");
    chat("observe", "I live in Lisbon.");
    server.learned("ana", "Lisbon");
    assert_eq!(server.held("ana").len(), 2, "from `off` nothing is learned");
    for _ in 0..3 {
        provider.next();
    }
    assert_eq!(chat("on", DINNER).outcome(), "personalized");
}

#[test]
fn the_operators_default_mode_holds_where_nobody_said_anything() {
    let provider = Provider::model();
    let server = Start::before(&provider).set("PERSONALIZATION__DEFAULT_MODE", "observe").run();
    server.enter("ana", "Is vegetarian");
    assert_eq!(server.chat("ana", DINNER).reason(), "mode_off");
    let on = json!({ "mode": "on" });
    assert_eq!(server.api("PUT", "/users/ana/settings", Some(on)).status(), 200);
    assert_eq!(server.chat("ana", DINNER).outcome(), "personalized");
}

#[test]
fn a_person_says_how_far_it_goes() {
    let (provider, server) = learned();
    let off = json!({ "mode": "off" });
    assert_eq!(server.api("PUT", "/users/ana/settings", Some(off)).status(), 200);
    let reply = server.chat_of(
        &[("x-tactful-user", "ana"), ("x-tactful-mode", "on")],
        super::server::turn(DINNER).as_bytes(),
    );
    assert_eq!((reply.outcome(), reply.reason()), ("bypassed", "mode_off"));
    assert!(!told(&provider.next().text()));

    let paused = json!({ "status": "paused" });
    let settings = json!({ "mode": "on" });
    assert_eq!(server.api("PUT", "/users/ana/settings", Some(settings)).status(), 200);
    let id = server.learned("ana", "vegetarian")["id"].as_str().unwrap().to_owned();
    let path = format!("/users/ana/attributes/{id}");
    assert_eq!(server.api("PATCH", &path, Some(paused)).status(), 200);
    assert_eq!(server.chat("ana", DINNER).outcome(), "generic");
    let never = json!({ "status": "active", "use": "never" });
    assert_eq!(server.api("PATCH", &path, Some(never)).status(), 200);
    assert_eq!(server.chat("ana", DINNER).outcome(), "generic");
    let auto = json!({ "use": "auto" });
    assert_eq!(server.api("PATCH", &path, Some(auto)).status(), 200);
    assert_eq!(server.chat("ana", DINNER).outcome(), "personalized");
}

fn says(server: &Server, messages: &Value) {
    let body = json!({ "messages": messages }).to_string();
    let reply = server.chat_of(&[("x-tactful-user", "ana")], body.as_bytes());
    assert_eq!(reply.status(), 200);
}

#[test]
fn what_the_app_casts_the_model_as_does_not_stop_the_person_from_speaking() {
    let provider = Provider::model();
    let server = Server::before(&provider);
    for (prompt, words) in [
        ("You are a helpful assistant.", "vegetarian"),
        ("You are ChatGPT. Summarize and correct the user's text where they ask.", "Lisbon"),
    ] {
        let said = format!("I'm {words}.").replace("I'm Lisbon", "I live in Lisbon");
        says(
            &server,
            &json!([{ "role": "system", "content": prompt }, { "role": "user", "content": said }]),
        );
        server.learned("ana", words);
    }
}

#[test]
fn a_part_given_in_an_earlier_request_is_still_being_played() {
    let provider = Provider::model();
    let server = Server::before(&provider);
    says(
        &server,
        &json!([
            { "role": "user", "content": "Let's role-play: pretend you are my doctor and I am your patient." },
            { "role": "assistant", "content": "Good morning. What brings you here?" },
            { "role": "user", "content": "I live in Bergen and I have two kids." },
        ]),
    );
    until("the refusal", || {
        (server.metric("tactful_attributes_refused_total{reason=\"role_play\"}") >= 1.0)
            .then_some(())
    });
    assert_eq!(server.held("ana"), Vec::<Value>::new());
}

#[test]
fn who_cannot_be_read_is_nobody_and_never_somebody_else() {
    let provider = Provider::model();
    let server = Server::before(&provider);
    let body =
        json!({ "user": "shared", "messages": [{ "role": "user", "content": "I'm vegetarian." }] })
            .to_string();
    let long = "x".repeat(257);
    for (header, value) in [("x-tactful-user", long.as_str()), ("x-tactful-domain", long.as_str())]
    {
        let reply = server.chat_of(&[(header, value)], body.as_bytes());
        assert_eq!((reply.outcome(), reply.reason()), ("bypassed", "no_user"), "{header}");
        assert_eq!(provider.next().body, body.as_bytes());
    }
    let reply = server.chat_of(&[("x-tactful-mode", long.as_str())], body.as_bytes());
    assert_eq!((reply.outcome(), reply.reason()), ("bypassed", "mode_off"));
    assert_eq!(server.held("shared"), Vec::<Value>::new());
}
