//! Reading a finished answer, streamed or not, and asking the same question again without a stream.

use std::{borrow::Cow, io::Read as _};

use serde::Deserialize;
use serde_json::value::RawValue;

use super::sse::events;
use crate::person::Answer;

/// Answers are kept up to here.
const ANSWER_BYTES_MAX: usize = 32 << 10;
/// A compressed answer is unpacked up to here.
const UNPACKED_BYTES_MAX: u64 = 16 << 20;

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
    let bytes = match encoding.coding {
        Coding::Identity => Cow::Borrowed(bytes),
        Coding::Gzip => {
            let mut unpacked = Vec::new();
            // A stream that was cut still yields what came before the cut.
            let _ = flate2::read::GzDecoder::new(bytes)
                .take(UNPACKED_BYTES_MAX)
                .read_to_end(&mut unpacked);
            Cow::Owned(unpacked)
        }
        Coding::Other => return None,
    };
    let mut answer = Answer::default();
    let mut heard = false;
    if encoding.events {
        for event in events(&bytes) {
            heard |= serde_json::from_slice::<Completion<'_>>(&event)
                .is_ok_and(|part| part.add_to(&mut answer));
        }
    } else {
        heard = serde_json::from_slice::<Completion<'_>>(&bytes)
            .is_ok_and(|whole| whole.add_to(&mut answer));
    }
    heard.then_some(answer)
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
    /// Adds this part; whether it was part of an answer at all.
    fn add_to(self, answer: &mut Answer) -> bool {
        let heard = !self.choices.is_empty() || self.usage.is_some();
        for choice in self.choices.into_iter().filter(|choice| choice.index == 0) {
            if let Some(text) = choice.message.and_then(|said| said.content) {
                let room = ANSWER_BYTES_MAX.saturating_sub(answer.text.len());
                answer.text.push_str(&text[..text.floor_char_boundary(room)]);
            }
            if let Some(reason) = choice.finish_reason {
                answer.finish_reason = Some(reason.into_owned());
            }
        }
        if let Some(tokens) = self.usage.and_then(|usage| usage.completion_tokens) {
            answer.completion_tokens = Some(tokens);
        }
        heard
    }
}

/// The same request, not streamed and not stored by the provider; every other parameter as the client wrote it.
/// None where asking again would do more than answer (hosted tools), or the body is no object.
#[must_use]
pub fn request_without_stream(body: &[u8]) -> Option<Vec<u8>> {
    let Fields(fields) = serde_json::from_slice(body).ok()?;
    let mut again = Vec::with_capacity(body.len());
    again.push(b'{');
    for (key, value) in fields {
        match key.as_ref() {
            "stream" | "stream_options" | "store" | "metadata" => continue,
            "web_search_options" | "plugins" | "search_parameters" => return None,
            "tools" if !run_by_the_client(value) => return None,
            _ => {}
        }
        if again.len() > 1 {
            again.push(b',');
        }
        serde_json::to_writer(&mut again, &key).ok()?;
        again.push(b':');
        again.extend_from_slice(value.get().as_bytes());
    }
    again.push(b'}');
    Some(again)
}

/// Whether these tools are only asked for, and run by the client if at all.
fn run_by_the_client(tools: &RawValue) -> bool {
    #[derive(Deserialize)]
    struct Tool<'a> {
        #[serde(borrow, rename = "type", default)]
        kind: Cow<'a, str>,
    }
    serde_json::from_str::<Option<Vec<Tool<'_>>>>(tools.get()).is_ok_and(|tools| {
        tools.into_iter().flatten().all(|tool| matches!(tool.kind.as_ref(), "function" | "custom"))
    })
}

/// An object's fields in order, values as they stand.
struct Fields<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Fields<'a> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;

        impl<'de> serde::de::Visitor<'de> for InOrder {
            type Value = Fields<'de>;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(
                self,
                mut map: A,
            ) -> Result<Fields<'de>, A::Error> {
                let mut fields = Vec::new();
                while let Some(field) = map.next_entry()? {
                    fields.push(field);
                }
                Ok(Fields(fields))
            }
        }

        deserializer.deserialize_map(InOrder)
    }
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

    #[test]
    fn asking_again_changes_only_the_stream_and_what_the_provider_keeps() {
        let again = request_without_stream(br#"{"seed":9007199254740993,"stream":true, "x" : 1.70 ,"store":true,"stream_options":{}}"#);
        assert_eq!(again.unwrap(), br#"{"seed":9007199254740993,"x":1.70}"#);
        assert_eq!(request_without_stream(br#"{"web_search_options":{}}"#), None);
        assert_eq!(request_without_stream(br#"{"tools":[{"type":"web_search"}]}"#), None);
        assert!(
            request_without_stream(br#"{"tools":[{"type":"function","function":{}}]}"#).is_some()
        );
        assert!(request_without_stream(br#"{"tools":null}"#).is_some());
        assert_eq!(request_without_stream(b"[]"), None);
    }
}
