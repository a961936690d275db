//! What a provider has cached of a conversation stays as it was, byte for byte.

use serde_json::{Value, json};
use tactful::openai::tokens;

use super::{
    provider::Provider,
    server::{Server, Start},
};

const BEGIN: &str = "[tactful:begin]";

/// A conversation as a client keeps it: without what was put in.
struct Conversation {
    messages: Vec<Value>,
    name: Option<&'static str>,
}

impl Conversation {
    fn of(system: &str) -> Self {
        Self { messages: vec![json!({ "role": "system", "content": system })], name: None }
    }

    /// The body of the next turn, and what the provider saw of it.
    fn ask(&mut self, provider: &Provider, server: &Server, prompt: &str) -> (String, String) {
        self.messages.push(json!({ "role": "user", "content": prompt }));
        let sent = json!({ "messages": self.messages }).to_string();
        let mut headers = vec![("x-tactful-user", "ana")];
        headers.extend(self.name.map(|name| ("x-tactful-conversation", name)));
        let reply = server.chat_of(&headers, sent.as_bytes());
        assert_eq!(reply.status(), 200);
        self.messages.push(
            json!({ "role": "assistant", "content": "Rice, beans and a salad. ".repeat(40) }),
        );
        (sent, provider.next().text())
    }
}

fn vegetarian() -> (Provider, Server) {
    let provider = Provider::model();
    let server = Server::before(&provider);
    server.enter("ana", "Is vegetarian");
    (provider, server)
}

const DINNERS: [&str; 5] = [
    "Can you suggest a quick dinner for me tonight?",
    "Can you suggest another dinner for me?",
    "What should I cook for dinner tomorrow?",
    "Suggest a dinner I could cook on Friday.",
    "Recommend me a dinner recipe for Sunday.",
];

/// All messages of a body, without what closes it: what a provider's cache can hold of it.
fn cacheable(body: &str) -> &str {
    body.strip_suffix("]}").unwrap()
}

/// What a body says before its last user turn.
fn prefix(body: &str) -> &str {
    &body[..body
        .rfind(r#","role":"user"}"#)
        .and_then(|end| body[..end].rfind(r#"{"content":"#))
        .unwrap()]
}

#[test]
fn a_block_that_stays_the_same_stays_where_it_stood() {
    let (provider, server) = vegetarian();
    for name in [None, Some("c-1")] {
        let mut conversation = Conversation { name, ..Conversation::of("Be brief.") };
        let mut before = String::new();
        for prompt in DINNERS {
            let (_, seen) = conversation.ask(&provider, &server, prompt);
            let system = &serde_json::from_str::<Value>(&seen).unwrap()["messages"][0]["content"];
            assert!(system.as_str().unwrap().contains(BEGIN), "{seen}");
            assert!(seen.starts_with(&before), "the whole turn before is a prefix of this one");
            before = cacheable(&seen).to_owned();
        }
        assert!(tokens::count(&before) > 1024, "it grew past what is cached");
    }
}

#[test]
fn a_block_that_changes_goes_before_the_last_turn_and_so_does_every_later_one() {
    let (provider, server) = vegetarian();
    let mut conversation = Conversation::of("Be brief.");
    assert!(prefix(&conversation.ask(&provider, &server, DINNERS[0]).1).contains(BEGIN));
    server.enter("ana", "Is allergic to peanuts");
    let mut before = String::new();
    for prompt in &DINNERS[1..] {
        let (sent, seen) = conversation.ask(&provider, &server, prompt);
        assert!(seen.contains("peanuts"));
        let own = prefix(&sent);
        assert!(seen.starts_with(own) && !own.contains(BEGIN), "{seen}");
        assert!(own.starts_with(&before));
        before = own.to_owned();
    }
}

#[test]
fn a_turn_that_is_told_nothing_moves_the_block_too() {
    let (provider, server) = vegetarian();
    let mut conversation = Conversation::of("Be brief.");
    assert!(prefix(&conversation.ask(&provider, &server, DINNERS[0]).1).contains(BEGIN));
    let (sent, seen) = conversation.ask(&provider, &server, "What is 17 * 23?");
    assert_eq!(sent, seen);
    let (sent, seen) = conversation.ask(&provider, &server, DINNERS[1]);
    assert!(seen.starts_with(prefix(&sent)));
    assert!(seen.contains(BEGIN) && !prefix(&sent).contains(BEGIN));

    // Another conversation that begins with the same words is not that one.
    let mut conversation = Conversation::of("Be brief.");
    assert!(prefix(&conversation.ask(&provider, &server, DINNERS[0]).1).contains(BEGIN));
}

#[test]
fn the_prefix_of_a_long_conversation_is_the_clients_own_from_first_to_last() {
    let (provider, server) = vegetarian();
    for system in ["You are a cook. ".repeat(300), "你是一位厨师，说话简短。".repeat(120)]
    {
        assert!(tokens::count(&system) >= 1024);
        let mut conversation = Conversation::of(&system);
        let mut before = String::new();
        for prompt in DINNERS {
            let (sent, seen) = conversation.ask(&provider, &server, prompt);
            let own = prefix(&sent);
            assert!(seen.starts_with(own), "{seen}");
            let rest = &seen[own.len()..];
            assert!(rest.starts_with(r#"{"role":"system","content":"[tactful:begin]"#), "{rest}");
            assert!(own.starts_with(&before));
            before = own.to_owned();
        }
    }
}

#[test]
fn no_block_stands_inside_a_prefix_of_as_many_tokens_as_are_cached() {
    let (provider, server) = vegetarian();
    let texts = [
        "You are a cook who keeps things short. ",
        "你是一位厨师。",
        "คุณเป็นพ่อครัว ",
        "fn main() { println!(\"{}\", 1 + 1); }\n",
        "aGVsbG8gV29ybGQ+/0Q9xZkP3mVbT7uN",
    ];
    for text in texts {
        let (mut heads, mut tails) = (0, 0);
        let of_64 = tokens::count(&text.repeat(64)) as usize;
        for tokens in [60, 400, 700, 950, 1030, 1600] {
            let system = text.repeat(64 * tokens / of_64);
            let (sent, seen) = Conversation::of(&system).ask(&provider, &server, DINNERS[0]);
            if seen.starts_with(prefix(&sent)) {
                tails += 1;
            } else {
                heads += 1;
                assert!(tokens::count(&system) < 1024, "{text}: {tokens}");
            }
        }
        assert!(heads > 0 && tails > 0, "{text}: both happen");
    }
}

#[test]
fn an_operator_whose_models_refuse_a_later_system_message_says_so() {
    let provider = Provider::model();
    let server = Start::before(&provider).set("INJECTION__PLACEMENT", "user_tail").run();
    server.enter("ana", "Is vegetarian");
    let mut conversation = Conversation::of(&"You are a cook. ".repeat(300));
    for prompt in DINNERS {
        let (sent, seen) = conversation.ask(&provider, &server, prompt);
        assert!(seen.starts_with(prefix(&sent)) && seen.contains(BEGIN));
        let roles = |body: &str| -> Vec<Value> {
            let body: Value = serde_json::from_str(body).unwrap();
            body["messages"]
                .as_array()
                .unwrap()
                .iter()
                .map(|message| message["role"].clone())
                .collect()
        };
        assert_eq!(roles(&sent), roles(&seen), "no message more");
    }
}
