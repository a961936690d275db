//! Bodies that a careless reader takes hours for, or gigabytes. There is no clock here: such a reader would not end.

use bytes::Bytes;
use tactful::{
    config::Placement,
    openai::{Chat, Encoding, Reading, events, read_answer, render, request_without_stream},
};

use crate::checks::chat::block;

const BYTES: usize = 256 << 10;

fn filled(with: &str) -> String {
    with.repeat(BYTES / with.len())
}

fn of_user(content: &str) -> String {
    format!(r#"{{"messages":[{{"role":"user","content":{content}}}]}}"#)
}

/// Everything that is done with a body on its way.
fn take(body: &str) {
    if let Ok(Reading::Chat(chat)) = Chat::read(body.as_bytes()) {
        let _ = (chat.prompt(), chat.history(), chat.own_turns(), chat.earlier_turns());
        let edit = chat.edit(Some(&block()), Placement::Auto);
        let pieces = edit.apply(&Bytes::copy_from_slice(body.as_bytes()));
        assert!(!pieces.is_empty());
    }
    let _ = request_without_stream(body.as_bytes());
}

#[test]
fn bodies_of_one_thing_over_and_over() {
    let opening = {
        let block = serde_json::to_string(&render(&[])).unwrap();
        block[1..block.len() - 1].replace("[tactful:end]", "")
    };
    let quoted = serde_json::to_string(&block()).unwrap();
    let whole = &quoted[1..quoted.len() - 1];
    for thing in [
        " ",
        "\\n",
        "\\\\",
        "\\\"",
        "\\u0041",
        "[tactful:begin]",
        "[tactful:end]",
        "[tactful:",
        &opening,
        whole,
        &format!("{opening}\\\""),
    ] {
        take(&of_user(&format!("\"{}\"", filled(thing))));
        take(&format!("{{\"{}\":1,\"messages\":[]}}", filled(thing)));
    }
    for thing in
        ["{},", "{\"text\":\"\"},", "{\"type\":\"text\",\"text\":\"a\"},", "[],", "0,", "\"\","]
    {
        take(&of_user(&format!("[{}{{}}]", filled(thing))));
        take(&format!("{{\"messages\":[{}{{}}]}}", filled(thing)));
        take(&format!("{{\"tools\":[{}{{}}],\"messages\":[]}}", filled(thing)));
    }
    for thing in ["\"user\":\"a\",", "\"\":0,", "\"a\":{},"] {
        take(&format!("{{{}\"messages\":[]}}", filled(thing)));
    }
    take(&filled(" "));
    take(&filled(","));
    take(&format!("{{{}", filled(",")));
}

#[test]
fn nesting_without_end() {
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        let depth = BYTES / 10;
        for body in [
            of_user(&format!("{}1{}", open.repeat(depth), close.repeat(depth))),
            format!("{{\"messages\":[],\"a\":{}1{}}}", open.repeat(depth), close.repeat(depth)),
            format!("{{\"messages\":{}", open.repeat(depth)),
            open.repeat(depth),
        ] {
            take(&body);
        }
    }
}

#[test]
fn answers_of_one_thing_over_and_over() {
    for thing in
        ["data:\n", "data\r", "\n", ": \n", "data: {}\n\n", "data: {\"choices\":[{},{}]}\n\n", "d"]
    {
        let stream = filled(thing);
        let _ = events(stream.as_bytes()).count();
        let _ = read_answer(stream.as_bytes(), Encoding::new(Some("text/event-stream"), None));
    }
    let _ = read_answer(
        format!("{{\"choices\":[{}{{}}]}}", filled("{},")).as_bytes(),
        Encoding::default(),
    );
}
