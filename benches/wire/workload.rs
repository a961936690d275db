//! What is sent and what is answered.

use serde_json::json;

/// What is held about every user of the bench: a hundred attributes of one person, invented for it.
pub(crate) fn attributes() -> Vec<&'static str> {
    include_str!("attributes.txt").lines().collect()
}

/// Nothing of the hundred bears on this.
const NEEDS_NOTHING: &str = "What does the borrow checker do in Rust, and why does it reject a second \
    mutable reference to the same vector while an iterator over it is alive?";

/// One of the hundred bears on this: that the person plays the cello.
const NEEDS_ONE: &str = "What cello pieces should I learn next? About half an hour is left for it most \
    evenings, and slow movements are fine too.";

/// How every chat request of the bench begins; a block put in here is the beginning of the system prompt.
const BEGINNING: &str = r#"{"model":"gpt-4o-mini","messages":[{"role":"system","content":""#;

/// Where the floor splices.
pub(crate) const SPLICE_AT: usize = BEGINNING.len();

/// What the floor splices: 4.9 KB of text as it stands in a JSON string.
pub(crate) fn block() -> Vec<u8> {
    const LINE: &[u8] = b"- The person has said that this is so, on a Tuesday in spring, in a chat about something.\\n";
    LINE.iter().copied().cycle().take(4_900 / LINE.len() * LINE.len()).collect()
}

/// A chat request of a few turns. Longer ones are longer by the document pasted in an earlier turn.
pub(crate) fn chat(needs: Needs, bytes: usize, streams: bool) -> Vec<u8> {
    let before = concat!(
        "You are the assistant of a software team. Answer precisely, say where you are not sure, and keep ",
        r#"to what was asked."},"#,
        r#"{"role":"user","content":"Good morning! Could you help me with a few things while the build runs?"},"#,
        r#"{"role":"assistant","content":"Good morning. Of course: tell me what you need, one after the other."},"#,
        r#"{"role":"user","content":"First, what is the difference between a mutex and a semaphore?"},"#,
        r#"{"role":"assistant","content":"A mutex admits one holder, who must release it; a semaphore counts "#,
        r#"permits that anyone may give back."},"#,
    );
    let prompt = match needs {
        Needs::Nothing => NEEDS_NOTHING,
        Needs::One => NEEDS_ONE,
    };
    let document = |text: &str| {
        let asked = r#"{"role":"user","content":"Here is the log, keep it for later: "#;
        let taken = r#""},{"role":"assistant","content":"I have read it."},"#;
        format!("{asked}{text}{taken}")
    };
    let last = format!(
        r#"{{"role":"user","content":"{prompt}"}}],"temperature":0.70,"max_tokens":512,"stream":{streams}}}"#
    );
    let short = BEGINNING.len() + before.len() + last.len();
    let middle = match bytes.checked_sub(short + document("").len()) {
        Some(room) => document(&log(room)),
        None => String::new(),
    };
    [BEGINNING, before, &middle, &last].concat().into_bytes()
}

/// What the last user turn of a request needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Needs {
    Nothing,
    One,
}

/// A request for embeddings of this size.
pub(crate) fn embeddings(bytes: usize) -> Vec<u8> {
    let start = r#"{"model":"text-embedding-3-small","encoding_format":"float","input":""#;
    let end = r#""}"#;
    [start, &log(bytes.saturating_sub(start.len() + end.len())), end].concat().into_bytes()
}

/// Lines such as a build prints, as they stand in a JSON string.
fn log(bytes: usize) -> String {
    const LINE: &str = "2026-03-02 09:14:07 INFO worker: compiled 318 of 902 units in 41 s, 2 warnings (unused import)\\n";
    let mut text = LINE.repeat(bytes / LINE.len());
    text.extend(std::iter::repeat_n('.', bytes % LINE.len()));
    text
}

/// The provider's whole answer, about 1 KB.
pub(crate) fn answer() -> Vec<u8> {
    let text = "The borrow checker proves at compile time that no reference outlives what it points to, and that \
        nothing is changed through one reference while another can see it. An iterator over a vector holds a \
        shared borrow of it; pushing needs an exclusive one, since it may move the elements. Collect the indices \
        first, or use `retain` or `drain`, and the two no longer overlap.";
    let body = json!({
        "id": "chatcmpl-BenchAnswer0000000000000001", "object": "chat.completion", "created": 1_760_000_000,
        "model": "gpt-4o-mini-2024-07-18",
        "choices": [{
            "index": 0, "finish_reason": "stop", "logprobs": null,
            "message": { "role": "assistant", "content": text, "refusal": null, "annotations": [] },
        }],
        "usage": {
            "prompt_tokens": 221, "completion_tokens": 84, "total_tokens": 305,
            "prompt_tokens_details": { "cached_tokens": 0, "audio_tokens": 0 },
            "completion_tokens_details": { "reasoning_tokens": 0, "audio_tokens": 0 },
        },
        "service_tier": "default", "system_fingerprint": "fp_0123456789",
    });
    let body = body.to_string();
    let head = format!(
        "HTTP/1.1 200 OK\r\ndate: Mon, 02 Mar 2026 09:14:07 GMT\r\ncontent-type: application/json\r\n\
        content-length: {}\r\nopenai-processing-ms: 41\r\nx-request-id: req_0123456789abcdef\r\n\
        x-ratelimit-remaining-requests: 29999\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body.as_bytes()].concat()
}

/// The head of a request as an official client sends it.
pub(crate) fn head(path: &str, user: Option<&str>, extra: &str, length: usize) -> Vec<u8> {
    let user = user.map_or_else(String::new, |user| format!("x-tactful-user: {user}\r\n"));
    format!(
        "POST /v1/{path} HTTP/1.1\r\nhost: 127.0.0.1\r\naccept: application/json\r\n\
        accept-encoding: identity\r\ncontent-type: application/json\r\n\
        user-agent: OpenAI/Python 1.99.0\r\nx-stainless-lang: python\r\nx-stainless-runtime: CPython\r\n\
        authorization: Bearer sk-0123456789abcdef0123456789abcdef\r\n{user}{extra}content-length: {length}\r\n\r\n"
    )
    .into_bytes()
}

/// The head of a streamed answer.
pub(crate) const STREAM_HEAD: &[u8] = b"HTTP/1.1 200 OK\r\ndate: Mon, 02 Mar 2026 09:14:07 GMT\r\n\
    content-type: text/event-stream; charset=utf-8\r\ncache-control: no-cache\r\nopenai-processing-ms: 41\r\n\
    x-request-id: req_0123456789abcdef\r\ntransfer-encoding: chunked\r\n\r\n";

/// What stands before the time in an event; the time has [`STAMP_DIGITS`].
pub(crate) const STAMP: &[u8] = br#""stamp":""#;

/// How many digits a time has.
pub(crate) const STAMP_DIGITS: usize = 20;

/// One event of a streamed answer, sent now, in a chunk of its own.
pub(crate) fn event(now: u64) -> Vec<u8> {
    chunk(&format!(
        r#"data: {{"id":"chatcmpl-BenchAnswer0000000000000001","object":"chat.completion.chunk","created":1760000000,"model":"gpt-4o-mini-2024-07-18","system_fingerprint":"fp_0123456789","choices":[{{"index":0,"delta":{{"content":" word"}},"logprobs":null,"finish_reason":null}}],"usage":null,"stamp":"{now:0STAMP_DIGITS$}"}}"#
    ))
}

/// The end of a streamed answer.
pub(crate) fn end_of_events() -> Vec<u8> {
    let reason = r#"data: {"id":"chatcmpl-BenchAnswer0000000000000001","object":"chat.completion.chunk","created":1760000000,"model":"gpt-4o-mini-2024-07-18","choices":[{"index":0,"delta":{},"logprobs":null,"finish_reason":"stop"}]}"#;
    [&*chunk(reason), &*chunk("data: [DONE]"), b"0\r\n\r\n"].concat()
}

fn chunk(event: &str) -> Vec<u8> {
    format!("{:x}\r\n{event}\n\n\r\n", event.len() + 2).into_bytes()
}
