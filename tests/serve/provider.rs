//! A provider that does what its script says and remembers what it was sent, byte for byte.

use std::{
    net::{SocketAddr, TcpListener},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
        mpsc::{Receiver, Sender, channel},
    },
    thread,
};

use serde_json::{Value, json};

use super::wire::{Head, PATIENCE, Wire, chunk};

/// A request as the provider saw it.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) head: Head,
    pub(crate) body: Vec<u8>,
    /// False where the client broke off.
    pub(crate) is_whole: bool,
}

impl Seen {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// Whether a connection goes on after an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Then {
    GoOn,
    Close,
}

/// A running provider.
#[derive(Debug)]
pub(crate) struct Provider {
    pub(crate) address: SocketAddr,
    seen: Mutex<Receiver<Seen>>,
}

impl Provider {
    /// Answers every request by `script`.
    pub(crate) fn new(script: impl Fn(&Seen, &mut Wire) -> Then + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (tell, seen) = channel();
        let script = Arc::new(script);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (tell, script) = (tell.clone(), Arc::clone(&script));
                thread::spawn(move || serve(Wire::of(stream.unwrap()), &tell, &*script));
            }
        });
        Self { address, seen: Mutex::new(seen) }
    }

    /// Answers every request with these bytes.
    pub(crate) fn answering(bytes: impl Into<Vec<u8>>) -> Self {
        let bytes = bytes.into();
        Self::new(move |_, wire| {
            wire.send(&bytes);
            Then::GoOn
        })
    }

    /// Answers as a model would: the text depends on whether it was told anything.
    pub(crate) fn model() -> Self {
        let responses = AtomicUsize::new(0);
        Self::new(move |seen, wire| {
            let asked: Value = serde_json::from_slice(&seen.body).unwrap_or_default();
            let text = if told(&seen.text()) { PERSONALIZED } else { GENERIC };
            if seen.head.first_line().contains("/responses") {
                let name = format!("resp_{}", responses.fetch_add(1, Ordering::Relaxed) + 1);
                wire.send(&responded(&name, &asked, text));
            } else if asked["stream"] == true {
                wire.send(&stream_of(text));
            } else {
                wire.send(&completion(text));
            }
            Then::GoOn
        })
    }

    /// The next request that came.
    pub(crate) fn next(&self) -> Seen {
        self.seen.lock().unwrap().recv_timeout(PATIENCE).unwrap()
    }

    /// Whether a request came that no test looked at.
    pub(crate) fn has_more(&self) -> bool {
        self.seen.lock().unwrap().try_recv().is_ok()
    }

    /// Takes the one request there must be; whether there was another.
    pub(crate) fn has_more_than_one(&self) -> bool {
        self.next();
        self.has_more()
    }

    /// Whether a whole request came that no test looked at.
    pub(crate) fn has_more_whole(&self) -> bool {
        self.seen.lock().unwrap().try_iter().any(|seen| seen.is_whole)
    }
}

/// What the model says to somebody it was told about.
pub(crate) const PERSONALIZED: &str = "Chickpea curry with rice.";
/// What it says to everyone else.
pub(crate) const GENERIC: &str = "Lemon chicken with rice.";

/// Whether a request carries our block.
pub(crate) fn told(body: &str) -> bool {
    body.contains("[tactful:begin]")
}

fn serve(
    mut wire: Wire,
    tell: &Sender<Seen>,
    script: &(impl Fn(&Seen, &mut Wire) -> Then + ?Sized),
) {
    while let Some(head) = wire.head() {
        let (body, is_whole) = wire.body(&head);
        let seen = Seen { head, body, is_whole };
        let _ = tell.send(seen.clone());
        if !is_whole || script(&seen, &mut wire) == Then::Close {
            return;
        }
    }
}

/// A reply of an exact length.
pub(crate) fn reply(status: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 {status}\r\n{headers}content-length: {}\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

/// A whole answer with this text.
pub(crate) fn completion(text: &str) -> Vec<u8> {
    let body = json!({
        "id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "m-1",
        "choices": [{ "index": 0, "finish_reason": "stop", "message": { "role": "assistant", "content": text } }],
        "usage": { "prompt_tokens": 9, "completion_tokens": 5, "total_tokens": 14 },
    });
    reply("200 OK", "content-type: application/json\r\n", body.to_string().as_bytes())
}

/// The answer to a Responses request, whole or streamed. It echoes `instructions`, as OpenAI's does.
fn responded(name: &str, asked: &Value, text: &str) -> Vec<u8> {
    let response = response(name, &asked["instructions"], text);
    if asked["stream"] != true {
        return reply(
            "200 OK",
            "content-type: application/json\r\n",
            response.to_string().as_bytes(),
        );
    }
    let mut begun = response.clone();
    begun["status"] = json!("in_progress");
    begun["output"] = json!([]);
    let events = [
        json!({ "type": "response.created", "response": begun }),
        json!({ "type": "response.output_text.delta", "item_id": "msg_1", "delta": text }),
        json!({ "type": "response.completed", "response": response }),
    ];
    let mut stream = STREAM_HEAD.to_vec();
    for (at, mut event) in events.into_iter().enumerate() {
        event["sequence_number"] = json!(at);
        let line = format!("event: {}\ndata: {event}\n\n", event["type"].as_str().unwrap());
        stream.extend(chunk(line.as_bytes()));
    }
    stream.extend(chunk(b""));
    stream
}

/// A whole response with this text.
pub(crate) fn response(name: &str, instructions: &Value, text: &str) -> Value {
    json!({
        "id": name, "object": "response", "created_at": 1, "status": "completed", "model": "m-1",
        "instructions": instructions, "usage": { "input_tokens": 9, "output_tokens": 5 },
        "output": [{ "type": "reasoning", "id": "rs_1", "summary": [] }, {
            "type": "message", "id": "msg_1", "role": "assistant", "status": "completed",
            "content": [{ "type": "output_text", "text": text, "annotations": [] }],
        }],
    })
}

/// The head of a stream of events.
pub(crate) const STREAM_HEAD: &[u8] =
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\ntransfer-encoding: chunked\r\n\r\n";

/// One event of a streamed answer.
pub(crate) fn event(text: &str) -> String {
    let part = json!({ "object": "chat.completion.chunk", "choices": [{ "index": 0, "delta": { "content": text } }] });
    format!("data: {part}\n\n")
}

/// A whole streamed answer with this text, in two chunks.
fn stream_of(text: &str) -> Vec<u8> {
    let (first, second) = text.split_at(text.len() / 2);
    [
        STREAM_HEAD.to_vec(),
        chunk(event(first).as_bytes()),
        chunk(event(second).as_bytes()),
        chunk(b"data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n"),
        chunk(b"data: [DONE]\n\n"),
        chunk(b""),
    ]
    .concat()
}
