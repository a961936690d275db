//! Reading a finished answer, streamed or not, of either way to ask.

use std::{borrow::Cow, io::Read as _, ops::Range};

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{json::Cursor, sse::events, view::string};
use crate::person::Answer;

/// Answers are kept up to here.
const ANSWER_BYTES_MAX: usize = 32 << 10;
/// A compressed answer is unpacked up to here.
const UNPACKED_BYTES_MAX: u64 = 16 << 20;
/// Longer names of responses are not kept.
const ID_BYTES_MAX: usize = 256;

/// How an answer's bytes are to be read, by its headers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Encoding {
    /// `content-type: text/event-stream`.
    pub events: bool,
    /// `content-encoding`.
    pub coding: Coding,
}

/// A content coding.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Coding {
    /// As it is.
    #[default]
    Identity,
    /// gzip.
    Gzip,
    /// One this program does not unpack.
    Other,
}

impl Encoding {
    /// Reads the two header values.
    #[must_use]
    pub fn new(content_type: Option<&str>, content_encoding: Option<&str>) -> Self {
        Self {
            events: content_type
                .is_some_and(|value| value.trim_start().starts_with("text/event-stream")),
            coding: match content_encoding.map(str::trim) {
                None | Some("" | "identity") => Coding::Identity,
                Some("gzip" | "x-gzip") => Coding::Gzip,
                Some(_) => Coding::Other,
            },
        }
    }
}

impl Encoding {
    /// Whether these are events as they are, to which one more can be added.
    #[must_use]
    pub fn is_plain_events(self) -> bool {
        self.events && self.coding == Coding::Identity
    }
}

/// What the model answered: the first choice's text, why it stopped, what it cost. None where the bytes are not an
/// answer, or are packed in a way this program does not unpack.
#[must_use]
pub fn read_answer(bytes: &[u8], encoding: Encoding) -> Option<Answer> {
    let bytes = unpacked(bytes, encoding)?;
    let mut answer = Answer::default();
    let mut heard = false;
    if encoding.events {
        for event in events(&bytes) {
            heard |= add(&event, &mut answer);
        }
    } else {
        heard = add(&bytes, &mut answer);
    }
    heard.then_some(answer)
}

/// The name of the response that begins with these bytes, which may be cut anywhere behind it: a later request may go
/// on from it.
#[must_use]
pub fn response_id(bytes: &[u8], encoding: Encoding) -> Option<String> {
    let bytes = unpacked(bytes, encoding)?;
    let text = match std::str::from_utf8(&bytes) {
        Ok(text) => text,
        Err(error) => std::str::from_utf8(&bytes[..error.valid_up_to()]).ok()?,
    };
    let text = if encoding.events { text.split_once("data:")?.1 } else { text };
    let mut id = None;
    let mut keep = |at: Range<usize>| id = id.take().or_else(|| string(&text[at]));
    // Of a text that is cut, what came before the cut has been kept.
    let _ = Cursor::new(text).object(|key, cursor| match key {
        "id" => cursor.value().map(&mut keep),
        "response" => cursor.object(|key, cursor| {
            let at = cursor.value()?;
            if key == "id" {
                keep(at);
            }
            Some(())
        }),
        _ => cursor.value().map(drop),
    });
    id.filter(|id| !id.is_empty() && id.len() <= ID_BYTES_MAX).map(Cow::into_owned)
}

fn unpacked(bytes: &[u8], encoding: Encoding) -> Option<Cow<'_, [u8]>> {
    match encoding.coding {
        Coding::Identity => Some(Cow::Borrowed(bytes)),
        Coding::Gzip => {
            let mut unpacked = Vec::new();
            // A stream that was cut still yields what came before the cut.
            let _ = flate2::read::GzDecoder::new(bytes)
                .take(UNPACKED_BYTES_MAX)
                .read_to_end(&mut unpacked);
            Some(Cow::Owned(unpacked))
        }
        Coding::Other => None,
    }
}

/// Adds a whole answer or one event, of either way to ask; whether it was part of an answer at all.
fn add(bytes: &[u8], answer: &mut Answer) -> bool {
    serde_json::from_slice::<Completion<'_>>(bytes).is_ok_and(|part| part.add_to(answer))
        || serde_json::from_slice::<Ended<'_>>(bytes)
            .is_ok_and(|ended| ended.response.add_to(answer))
        || serde_json::from_slice::<Response<'_>>(bytes).is_ok_and(|whole| whole.add_to(answer))
}

#[derive(Deserialize)]
struct Completion<'a> {
    #[serde(borrow, default)]
    choices: Vec<Choice<'a>>,
    #[serde(default)]
    usage: Option<Usage>,
}

#[derive(Deserialize)]
struct Choice<'a> {
    #[serde(default)]
    index: u64,
    #[serde(borrow, alias = "delta", default)]
    message: Option<Said<'a>>,
    #[serde(borrow, default)]
    finish_reason: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
struct Said<'a> {
    #[serde(borrow, default)]
    content: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
struct Usage {
    #[serde(default)]
    completion_tokens: Option<u64>,
}

impl Completion<'_> {
    fn add_to(self, answer: &mut Answer) -> bool {
        let tokens = self.usage.and_then(|usage| usage.completion_tokens);
        let heard = !self.choices.is_empty() || tokens.is_some();
        for choice in self.choices.into_iter().filter(|choice| choice.index == 0) {
            if let Some(text) = choice.message.and_then(|said| said.content) {
                push(answer, &text);
            }
            if let Some(reason) = choice.finish_reason {
                answer.finish_reason = Some(reason.into_owned());
            }
        }
        answer.completion_tokens = tokens.or(answer.completion_tokens);
        heard
    }
}

/// The event at the end of a Responses stream, which tells the whole response. Earlier ones tell it unfinished.
#[derive(Deserialize)]
struct Ended<'a> {
    #[serde(borrow)]
    response: Response<'a>,
}

#[derive(Deserialize)]
struct Response<'a> {
    #[serde(borrow)]
    status: Cow<'a, str>,
    #[serde(borrow)]
    output: Vec<Item<'a>>,
    #[serde(default)]
    usage: Option<OutputUsage>,
    #[serde(borrow, default)]
    incomplete_details: Option<Incomplete<'a>>,
}

#[derive(Deserialize)]
struct Item<'a> {
    #[serde(borrow, rename = "type", default)]
    kind: Cow<'a, str>,
    #[serde(borrow, default)]
    content: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Part<'a> {
    #[serde(borrow, rename = "type", default)]
    kind: Cow<'a, str>,
    #[serde(borrow, default)]
    text: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
struct OutputUsage {
    #[serde(default)]
    output_tokens: Option<u64>,
}

#[derive(Deserialize)]
struct Incomplete<'a> {
    #[serde(borrow, default)]
    reason: Option<Cow<'a, str>>,
}

impl Response<'_> {
    fn add_to(self, answer: &mut Answer) -> bool {
        if !matches!(self.status.as_ref(), "completed" | "incomplete") {
            return false;
        }
        let messages = self.output.into_iter().filter(|item| item.kind == "message");
        for content in messages.filter_map(|item| item.content) {
            let parts = serde_json::from_str::<Vec<Part<'_>>>(content.get()).unwrap_or_default();
            for part in parts.into_iter().filter(|part| part.kind == "output_text") {
                push(answer, &part.text.unwrap_or_default());
            }
        }
        let why = self.incomplete_details.and_then(|details| details.reason);
        answer.finish_reason = Some(why.unwrap_or(self.status).into_owned());
        answer.completion_tokens = self.usage.and_then(|usage| usage.output_tokens);
        true
    }
}

fn push(answer: &mut Answer, text: &str) {
    let room = ANSWER_BYTES_MAX.saturating_sub(answer.text.len());
    answer.text.push_str(&text[..text.floor_char_boundary(room)]);
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    const WHOLE: &[u8] = br#"{"choices":[{"index":0,"message":{"content":"Hi \u2764"},"finish_reason":"stop"}],"usage":{"completion_tokens":3}}"#;

    #[test]
    fn whole_and_streamed_answers_read_the_same() {
        let whole = read_answer(WHOLE, Encoding::default()).unwrap();
        assert_eq!((whole.text.as_str(), whole.completion_tokens), ("Hi \u{2764}", Some(3)));
        let stream = b"data: {\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\"}}]}\r\n\r\n\
            data: {\"choices\":[{\"index\":1,\"delta\":{\"content\":\"other\"}},{\"index\":0,\"delta\":{\"content\":\"Hi \"}}]}\n\n\
            data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"\xe2\x9d\xa4\"},\"finish_reason\":\"stop\"}]}\n\n\
            data: {\"choices\":[],\"usage\":{\"completion_tokens\":3}}\n\ndata: [DONE]\n\n";
        assert_eq!(
            read_answer(stream, Encoding::new(Some("text/event-stream"), None)).unwrap(),
            whole
        );
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packed.write_all(WHOLE).unwrap();
        let packed = packed.finish().unwrap();
        assert_eq!(read_answer(&packed, Encoding::new(None, Some("gzip"))).unwrap(), whole);
    }

    #[test]
    fn what_is_no_answer_is_none() {
        assert_eq!(read_answer(br#"{"error":{"message":"no"}}"#, Encoding::default()), None);
        assert_eq!(read_answer(b"\xff\xfe", Encoding::default()), None);
        assert_eq!(read_answer(WHOLE, Encoding::new(None, Some("br"))), None);
    }

    const RESPONSE: &str = r#"{"id":"resp_1","object":"response","status":"completed","instructions":"Be \u0062rief.","output":[
        {"type":"reasoning","content":null,"summary":[]},{"type":"file_search_call","content":7},
        {"type":"message","role":"assistant","content":[{"type":"output_text","text":"Hi "},{"type":"refusal","refusal":"x"},
        {"type":"output_text","text":"\u2764"}]}],"usage":{"input_tokens":9,"output_tokens":3}}"#;

    #[test]
    fn a_response_reads_the_same_whole_and_streamed() {
        let whole = read_answer(RESPONSE.as_bytes(), Encoding::default()).unwrap();
        assert_eq!((whole.text.as_str(), whole.completion_tokens), ("Hi \u{2764}", Some(3)));
        assert_eq!(whole.finish_reason.as_deref(), Some("completed"));
        let line = RESPONSE.replace('\n', "");
        let begun = r#"{"id":"resp_1","status":"in_progress","output":[]}"#;
        let stream = format!(
            "event: response.created\ndata: {{\"type\":\"response.created\",\"sequence_number\":0,\"response\":{begun}}}\n\n\
             event: response.output_text.delta\ndata: {{\"type\":\"response.output_text.delta\",\"delta\":\"Hi\"}}\n\n\
             event: response.completed\ndata: {{\"type\":\"response.completed\",\"response\":{line}}}\n\n"
        );
        let events = Encoding::new(Some("text/event-stream"), None);
        assert_eq!(read_answer(stream.as_bytes(), events).unwrap(), whole);
        let cut = stream.find("event: response.completed").unwrap();
        assert_eq!(read_answer(&stream.as_bytes()[..cut], events), None, "it did not end");
        let cut = RESPONSE.replace("completed", "incomplete").replace(
            "\"output\":",
            "\"incomplete_details\":{\"reason\":\"max_output_tokens\"},\"output\":",
        );
        let cut = read_answer(cut.as_bytes(), Encoding::default()).unwrap();
        assert_eq!(cut.finish_reason.as_deref(), Some("max_output_tokens"));
        let failed = RESPONSE.replace("completed", "failed");
        assert_eq!(read_answer(failed.as_bytes(), Encoding::default()), None);
    }

    #[test]
    fn a_response_is_named_by_its_first_bytes() {
        let named = |bytes: &[u8], events: bool| {
            let kind = if events { "text/event-stream" } else { "application/json" };
            response_id(bytes, Encoding::new(Some(kind), None))
        };
        assert_eq!(named(RESPONSE.as_bytes(), false).as_deref(), Some("resp_1"));
        assert_eq!(named(&RESPONSE.as_bytes()[..60], false).as_deref(), Some("resp_1"));
        assert_eq!(named(&RESPONSE.as_bytes()[..10], false), None);
        let event = format!(
            "event: response.created\ndata: {{\"type\":\"response.created\",\"response\":{RESPONSE}"
        );
        assert_eq!(named(event.as_bytes(), true).as_deref(), Some("resp_1"));
        assert_eq!(named(&event.as_bytes()[..100], true).as_deref(), Some("resp_1"));
        assert_eq!(named(b"data: [DONE]\n\n", true), None);
        assert_eq!(named(b"\xff", false), None);
    }
}
