use bytes::Bytes;

use super::{super::Refusal, *};
use crate::openai::{Continued, ErrorBody, Role};

#[test]
fn reads_who_and_what_without_touching_a_byte() {
    let chat = chat(ODD);
    assert_eq!(chat.user.as_deref(), Some("u1"));
    assert_eq!(chat.prompt().unwrap(), "Dinner?");
    let edit = chat.edit(None, Placement::Auto);
    assert!(edit.is_empty());
    let body = Bytes::from_static(ODD.as_bytes());
    assert_eq!(edit.apply(&body), [body]);
}

#[test]
fn a_deciding_key_that_stands_twice_is_refused_and_another_is_not() {
    let refused =
        |api, body: &str| View::read(api, body.as_bytes()).err().map(|refusal| refusal.twice);
    assert_eq!(
        refused(Api::Chat, r#"{"messages":[],"m":1,"m":2,"messages":[]}"#),
        Some("messages")
    );
    assert_eq!(refused(Api::Chat, r#"{"messages":[],"m":1,"m":2}"#), None);
    assert_eq!(refused(Api::Chat, r#"{"user":"a","messages":[],"us\u0065r":"b"}"#), Some("user"));
    assert_eq!(refused(Api::Chat, r#"{"messages":[],"input":1,"input":2}"#), None);
    for key in [
        "input",
        "instructions",
        "model",
        "user",
        "safety_identifier",
        "previous_response_id",
        "conversation",
    ] {
        let body = format!(r#"{{"{key}":null,"input":"x","{key}":null}}"#);
        assert_eq!(refused(Api::Responses, &body), Some(key));
    }
    let error = ErrorBody::from(Refusal { twice: "input" });
    assert_eq!((error.param.as_deref(), error.code), (Some("input"), Some("duplicate_key")));
}

#[test]
fn what_cannot_be_read_is_opaque() {
    let bodies: [&[u8]; 11] = [
        b"",
        b"[]",
        b"{",
        b"\xff",
        b"{\"messages\":1}",
        b"{\"messages\":[1]}",
        b"{\"messages\":[{\"role\":\"user\",\"role\":\"system\"}]}",
        b"{\"messages\":[{\"content\":\"a\",\"content\":\"b\"}]}",
        b"{\"messages\":[]} x",
        b"{\"messages\":[],}",
        b"{\"messages\":[{\"role\":\"user\",\"content\":\"\x01\"}]}",
    ];
    for body in bodies {
        let shown = String::from_utf8_lossy(body);
        assert!(matches!(View::read(Api::Chat, body), Ok(Reading::Opaque)), "{shown}");
        let body = String::from_utf8_lossy(body).replace("messages", "input");
        assert!(
            matches!(View::read(Api::Responses, body.as_bytes()), Ok(Reading::Opaque)),
            "{body}"
        );
    }
    for body in [r#"{"prompt":{"id":"pmpt_1"}}"#, r#"{"input":null}"#, r#"{"input":{}}"#] {
        assert!(
            matches!(View::read(Api::Responses, body.as_bytes()), Ok(Reading::Opaque)),
            "{body}"
        );
    }
    let deep = format!("{{\"messages\":[],\"a\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(View::read(Api::Chat, deep.as_bytes()).is_ok());
    let many = format!("{{\"messages\":[{}{{}}]}}", "{},".repeat(super::super::items::ITEMS_MAX));
    assert!(matches!(View::read(Api::Chat, many.as_bytes()), Ok(Reading::Opaque)));
}

#[test]
fn only_turns_since_the_model_spoke_are_new() {
    let body = r#"{"messages":[{"role":"user","content":"old"},{"role":"assistant","content":"hm"},
        {"role":"user","content":"new"},{"role":"tool","content":"t"},{"role":"user","content":[{"type":"text","text":"newer"},{"type":"image_url","image_url":{"url":"x"}}]}]}"#;
    assert_eq!(chat(body).own_turns(), ["new", "newer"]);
    assert_eq!(chat(body).earlier_turns(), ["old"]);
    assert_eq!(chat(body).prompt().unwrap(), "newer");
    assert_eq!(chat(body).history().len(), 3);
    assert_eq!(chat(body).user_turns(), 2);
    assert_eq!(chat(body).opening(), Some("\"old\""));
}

#[test]
fn an_input_of_items_is_read_like_messages() {
    let body = r#"{"input":[{"role":"developer","content":"Be brief."},{"role":"user","content":"I'm Ana."},
        {"type":"message","role":"assistant","id":"msg_1","content":[{"type":"output_text","text":"Hi Ana.","annotations":[]}]},
        {"type":"message","role":"user","content":[{"type":"input_image","image_url":"data:..."},{"type":"input_text","text":"And "},
        {"type":"input_file","file_id":"f"},{"type":"input_text","text":"this?"}]},{"type":"odd","role":"user","content":"no"}]}"#;
    let view = responses(body);
    assert_eq!(view.prompt().unwrap(), "And \nthis?");
    assert_eq!(view.own_turns(), ["And \nthis?"]);
    assert_eq!(view.earlier_turns(), ["I'm Ana."]);
    assert_eq!(
        view.history(),
        [(Role::User, "I'm Ana.".into()), (Role::Assistant, "Hi Ana.".into())]
    );
}

#[test]
fn what_stands_before_anything_the_model_made_is_not_new() {
    for made in [
        r#"{"type":"function_call","call_id":"c","name":"f","arguments":"{}"}"#,
        r#"{"type":"reasoning","summary":[]}"#,
        r#"{"type":"item_reference","id":"msg_1"}"#,
        r#"{"type":"web_search_call"}"#,
        r#"{"type":"mcp_approval_request"}"#,
    ] {
        let body = format!(
            r#"{{"input":[{{"role":"user","content":"I'm vegetarian."}},{made},{{"type":"function_call_output","output":"x"}}]}}"#
        );
        assert_eq!(responses(&body).own_turns(), [""; 0], "{made}");
        assert_eq!(responses(&body).prompt().unwrap(), "I'm vegetarian.");
    }
    let body = r#"{"input":[{"role":"user","content":"new"},{"type":"function_call_output","output":"x"}]}"#;
    assert_eq!(responses(body).own_turns(), ["new"]);
}

#[test]
fn an_input_of_one_string_is_what_the_person_says() {
    let view =
        responses(r#"{"instructions":"Be brief.","model":"m","input":"Di\u006ener?","user":"u"}"#);
    assert_eq!((view.prompt().unwrap(), view.user_turns()), ("Dinner?".into(), 1));
    assert_eq!((view.own_turns().len(), view.history().len()), (1, 0));
    assert_eq!((view.model.as_deref(), view.user.as_deref()), (Some("m"), Some("u")));
}

#[test]
fn what_the_provider_holds_is_named() {
    let continues = |more: &str| {
        responses(&format!(r#"{{"input":"x",{more}}}"#)).continues.map(|name| match name {
            Continued::Response(name) => format!("response {name}"),
            Continued::Conversation(name) => format!("conversation {name}"),
        })
    };
    assert_eq!(continues(r#""previous_response_id":"resp_1""#).unwrap(), "response resp_1");
    assert_eq!(continues(r#""conversation":"conv_1""#).unwrap(), "conversation conv_1");
    assert_eq!(
        continues(r#""conversation":{"x":{"id":"no"},"id":"conv_1"}"#).unwrap(),
        "conversation conv_1"
    );
    assert_eq!(continues(r#""conversation":null,"previous_response_id":null"#), None);
    assert!(continues(r#""conversation":7"#).is_some());
    assert_eq!(chat(r#"{"messages":[],"conversation":"conv_1"}"#).continues, None);
}

#[test]
fn a_long_text_is_cut_and_only_that_much_is_read() {
    let long = "\\n\\u00e9a".repeat(100_000);
    let body = format!(r#"{{"messages":[{{"role":"user","content":"{long}"}}]}}"#);
    let view = chat(&body);
    let prompt = view.prompt().unwrap();
    assert!((32 << 10) - 4 < prompt.len() && prompt.len() <= 32 << 10, "{}", prompt.len());
    let parts = format!(
        r#"{{"messages":[{{"role":"user","content":[{{"text":"{long}"}},{{"text":"more"}}]}}]}}"#
    );
    assert!(chat(&parts).prompt().unwrap().len() <= 32 << 10);
}
