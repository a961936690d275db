//! Bodies that a careless reader takes hours for, or gigabytes. There is no clock here: such a reader would not end.

use bytes::Bytes;
use tactful::{
    config::Placement,
    openai::{Api, Encoding, Reading, View, events, read_answer, request_again, response_id},
};

use crate::checks::chat::{block, opening};

const BYTES: usize = 256 << 10;

fn filled(with: &str) -> String {
    with.repeat(BYTES / with.len())
}

fn of_user(content: &str) -> String {
    format!(r#"{{"messages":[{{"role":"user","content":{content}}}]}}"#)
}

/// Everything that is done with a body on its way.
fn take(body: &str) {
    take_as(Api::Chat, body);
    take_as(Api::Responses, &body.replacen("\"messages\"", "\"input\"", 1));
}

fn take_as(api: Api, body: &str) {
    if let Ok(Reading::View(view)) = View::read(api, body.as_bytes()) {
        let _ = (view.prompt(), view.history(), view.own_turns(), view.earlier_turns());
        let _ = (view.opening(), view.user_turns(), view.is_opening());
        let edit = view.edit(Some(&block()), Placement::Auto);
        let pieces = edit.apply(&Bytes::copy_from_slice(body.as_bytes()));
        assert!(!pieces.is_empty());
    }
    let _ = request_again(api, body.as_bytes());
}

#[test]
fn bodies_of_one_thing_over_and_over() {
    let opening = String::from_utf8(opening()).unwrap();
    let block = block();
    let whole = block.escaped();
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
    for thing in [
        "data:\n",
        "data\r",
        "\n",
        ": \n",
        "data: {}\n\n",
        "data: {\"choices\":[{},{}]}\n\n",
        "data: {\"response\":{\"output\":[{},{}]}}\n\n",
        "d",
    ] {
        let stream = filled(thing);
        let _ = events(stream.as_bytes()).count();
        let _ = response_id(stream.as_bytes(), Encoding::new(Some("text/event-stream"), None));
        let _ = read_answer(stream.as_bytes(), Encoding::new(Some("text/event-stream"), None));
    }
    let _ = read_answer(
        format!("{{\"choices\":[{}{{}}]}}", filled("{},")).as_bytes(),
        Encoding::default(),
    );
}
