use serde_json::json as value;

use super::*;

#[test]
fn every_placement_is_one_splice_that_reads_back() {
    let bodies = [
        (Api::Chat, ODD),
        (Api::Chat, r#"{"messages":[{"role":"user","content":"Dinner?"}]}"#),
        (
            Api::Chat,
            r#"{"messages":[{"role":"developer","content":[{"type":"text","text":"Be brief."}]},{"role":"user","content":[]}]}"#,
        ),
        (
            Api::Chat,
            r#"{"messages":[{"role":"system","content":""},{"role":"user","content":"A"},{"role":"assistant","content":null},{"role":"user","content":"B"}]}"#,
        ),
        (
            Api::Responses,
            r#"{"input" : [ {"role":"user","content":"Dinner?"} ] ,"instructions":"x"}"#,
        ),
        (
            Api::Responses,
            r#"{"input":[{"role":"system","content":[{"type":"input_text","text":"x"}]},{"type":"reasoning"},{"type":"message","role":"user","content":[ ]}]}"#,
        ),
    ];
    for (api, body) in bodies {
        for &placement in Placement::ALL {
            let after = edited(api, body, placement);
            assert!(is_one_splice(body, &after), "{placement:?}: {after}");
            let value = json(&after);
            let list = value.get("messages").or(value.get("input")).unwrap();
            assert!(list.to_string().contains("vegetarian"));
            assert_eq!(value.get("instructions"), json(body).get("instructions"));
        }
    }
}

#[test]
fn a_string_is_wrapped_and_stays_as_it_is() {
    let body = r#"{ "input" :  "Di\u006ener?" , "instructions":"Be brief."}"#;
    for placement in [Placement::Auto, Placement::SystemTail, Placement::BeforeLastUser] {
        let after = edited(Api::Responses, body, placement);
        let (head, rest) = after
            .split_once(r#"[{"type":"message","role":"developer","content":"[tactful:begin]"#)
            .unwrap();
        let (_, rest) = rest
            .split_once(r#"[tactful:end]"},{"type":"message","role":"user","content":"#)
            .unwrap();
        let (text, tail) = rest.split_once("}]").unwrap();
        assert_eq!([head, text, tail].concat(), body);
        assert_eq!(json(&after)["input"][1]["content"], "Dinner?");
    }
    let after = edited(Api::Responses, body, Placement::UserTail);
    assert!(is_one_splice(body, &after), "{after}");
    assert!(json(&after)["input"].as_str().unwrap().starts_with("Dinner?\n\n[tactful:begin]"));
}

#[test]
fn a_short_request_is_told_at_the_system_tail_and_a_long_one_before_the_last_turn() {
    let after = json(&edited(Api::Chat, ODD, Placement::Auto));
    let system = after["messages"][0]["content"].as_str().unwrap();
    assert!(system.starts_with("Be brief.\n\n[tactful:begin]"));

    let long = format!(
        r#"{{"messages":[{{"role":"system","content":"{}"}},{{"role":"user","content":"Dinner?"}}]}}"#,
        "x".repeat(5000)
    );
    let after = edited(Api::Chat, &long, Placement::Auto);
    let prefix = long.find(r#"{"role":"user""#).unwrap();
    assert_eq!(long[..prefix], after[..prefix], "what a provider cached stays");
    let after = json(&after);
    assert_eq!(after["messages"][1]["role"], "system");
    assert_eq!(after["messages"][2]["content"], "Dinner?");
}

#[test]
fn tools_and_instructions_are_part_of_the_prefix_wherever_they_stand() {
    let tools = "x".repeat(5000);
    for body in [
        format!(r#"{{"messages":[{{"role":"user","content":"A"}}],"tools":"{tools}"}}"#),
        format!(r#"{{"tools":"{tools}","messages":[{{"role":"user","content":"A"}}]}}"#),
    ] {
        assert!(chat(&body).has_cached_prefix());
    }
    let own = format!(r#"{{"messages":[{{"role":"user","content":"{tools}"}}]}}"#);
    assert!(!chat(&own).has_cached_prefix(), "the turn itself is behind the block");
    let body = format!(r#"{{"instructions":"{tools}","input":"A"}}"#);
    assert!(responses(&body).has_cached_prefix());
    assert!(responses(r#"{"input":"A","previous_response_id":"resp_1"}"#).has_cached_prefix());
}

#[test]
fn a_block_sent_back_is_taken_out_and_not_learned_from() {
    let list = r#"{"input":[{"role":"user","content":"Dinner?"}]}"#;
    for (api, body) in
        [(Api::Chat, ODD), (Api::Responses, list), (Api::Responses, r#"{"input":"Dinner?"}"#)]
    {
        let once = edited(api, body, Placement::UserTail);
        assert_eq!(view(api, &once).prompt().unwrap(), "Dinner?");
        assert_eq!(view(api, &once).own_turns(), ["Dinner?"]);
        assert_eq!(edited(api, &once, Placement::UserTail), once, "told once, not twice");
        let bytes = Bytes::copy_from_slice(once.as_bytes());
        assert_eq!(
            view(api, &once).edit(None, Placement::Auto).apply(&bytes).concat(),
            body.as_bytes()
        );
    }
    // Behind more of it than is read.
    let said = format!("I live in Lisbon.{}", "x".repeat(32 << 10));
    let body = value!({ "messages": [{ "role": "user", "content": said }] }).to_string();
    let once = edited(Api::Chat, &body, Placement::UserTail);
    assert_eq!(chat(&once).prompt(), chat(&body).prompt());
}
