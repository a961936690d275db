//! What is read of requests, and what an edit makes of them.

mod placing;
mod reading;

use bytes::Bytes;
use serde_json::Value;

use super::{Api, Block, Line, Reading, View};
use crate::config::Placement;

const ODD: &str = "{ \"seed\":9007199254740993 ,\"x\":1.70e0,\"messages\" : [ {\"content\":\"Be \\u0062rief.\",\
                   \"role\":\"system\"},{\"role\":\"user\",\"content\":\"Dinner?\"} ], \"x\":2,\"user\":\"u1\"}";

fn view(api: Api, body: &str) -> View<'_> {
    match View::read(api, body.as_bytes()).unwrap() {
        Reading::View(view) => view,
        Reading::Opaque => panic!("not read: {body}"),
    }
}

fn chat(body: &str) -> View<'_> {
    view(Api::Chat, body)
}

fn responses(body: &str) -> View<'_> {
    view(Api::Responses, body)
}

fn block() -> Block {
    Block::of(&[Line { text: "Is \"vegetarian\"", said_at: 0 }])
}

fn edited(api: Api, body: &str, placement: Placement) -> String {
    let edit = view(api, body).edit(Some(&block()), placement);
    let pieces = edit.apply(&Bytes::copy_from_slice(body.as_bytes()));
    String::from_utf8(pieces.concat()).unwrap()
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// The body with one run of bytes taken out equals the original: nothing else moved.
fn is_one_splice(before: &str, after: &str) -> bool {
    let same_head = before.bytes().zip(after.bytes()).take_while(|(a, b)| a == b).count();
    let grown = after.len() - before.len();
    (0..=same_head).any(|at| {
        before.as_bytes() == [&after.as_bytes()[..at], &after.as_bytes()[at + grown..]].concat()
    })
}
