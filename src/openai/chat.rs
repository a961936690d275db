//! A view of a chat completions request: what is read of it, and where a block can go. Nothing is rebuilt.

use std::borrow::Cow;

use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, MapAccess, SeqAccess, Visitor},
};
use serde_json::value::RawValue;

use super::{Edit, ErrorBody, context::fenced_spans, context::without_context};
use crate::config::Placement;

/// A request whose prefix up to the last user turn is longer than this is one whose prefix a provider caches
/// (1,024 tokens and more, at about 4 bytes a token).
const CACHED_PREFIX_BYTES: usize = 4096;

/// Requests of more messages are relayed unread.
const MESSAGES_MAX: usize = 10_000;

/// Texts longer than this are cut before anything reads them.
const PROMPT_BYTES_MAX: usize = 32 << 10;
const HISTORY_BYTES_MAX: usize = 8 << 10;
const HISTORY_TURNS_MAX: usize = 6;
const EARLIER_TURNS_MAX: usize = 8;
const OWN_TURNS_MAX: usize = 6;
const OWN_TURN_BYTES_MAX: usize = 16 << 10;

/// How a body was read.
#[derive(Debug)]
pub enum Reading<'a> {
    /// A chat request.
    Chat(Chat<'a>),
    /// Not one that can be read; relayed, for the upstream to judge.
    Opaque,
}

/// A body that two readers could read in two ways.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The key that stands there twice.
    pub twice: &'static str,
}

impl From<Refusal> for ErrorBody {
    fn from(refusal: Refusal) -> Self {
        let message = format!("`{0}` stands in the body twice; send it once.", refusal.twice);
        Self::new("invalid_request_error", "duplicate_key", message).about(refusal.twice)
    }
}

/// Who wrote a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The app.
    System,
    /// The app, in the newer spelling.
    Developer,
    /// The person.
    User,
    /// The model.
    Assistant,
    /// A tool, or a role this program does not know.
    Other,
}

/// A chat request, as far as it is read.
#[derive(Debug)]
pub struct Chat<'a> {
    body: &'a str,
    /// The model asked for.
    pub model: Option<Cow<'a, str>>,
    /// The end user, by the newer key.
    pub safety_identifier: Option<Cow<'a, str>>,
    /// The end user, by the older key.
    pub user: Option<Cow<'a, str>>,
    messages: Vec<Message<'a>>,
}

#[derive(Debug)]
struct Message<'a> {
    /// The whole object, with its offset in the body.
    at: usize,
    role: Role,
    content: Option<(usize, &'a str)>,
}

/// The keys that decide what is read, each where it first stood.
#[derive(Default)]
struct Top<'a> {
    model: Option<&'a RawValue>,
    messages: Option<&'a RawValue>,
    safety_identifier: Option<&'a RawValue>,
    user: Option<&'a RawValue>,
    twice: Option<&'static str>,
}

#[derive(Deserialize)]
struct RawMessage<'a> {
    #[serde(borrow, default)]
    role: Option<&'a RawValue>,
    #[serde(borrow, default)]
    content: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Part<'a> {
    #[serde(borrow, default)]
    text: Option<Cow<'a, str>>,
}

impl<'a> Chat<'a> {
    /// Reads a body.
    ///
    /// # Errors
    /// When a key that decides what is read stands there twice.
    pub fn read(body: &'a [u8]) -> Result<Reading<'a>, Refusal> {
        let Ok(body) = std::str::from_utf8(body) else { return Ok(Reading::Opaque) };
        let Ok(top) = serde_json::from_str::<Top<'_>>(body) else { return Ok(Reading::Opaque) };
        if let Some(twice) = top.twice {
            return Err(Refusal { twice });
        }
        let Some(messages) = top.messages.and_then(|raw| read_messages(body, raw)) else {
            return Ok(Reading::Opaque);
        };
        Ok(Reading::Chat(Self {
            body,
            model: top.model.and_then(string),
            safety_identifier: top.safety_identifier.and_then(string),
            user: top.user.and_then(string),
            messages,
        }))
    }

    /// The last user turn; none where the person wrote no text.
    #[must_use]
    pub fn prompt(&self) -> Option<String> {
        let message = &self.messages[self.last_user()?];
        message.text(PROMPT_BYTES_MAX).filter(|text| !text.trim().is_empty())
    }

    /// The turns of person and model before the last user turn, oldest first; the last few, each cut.
    #[must_use]
    pub fn history(&self) -> Vec<(Role, String)> {
        let Some(last) = self.last_user() else { return Vec::new() };
        let mut turns: Vec<_> = self.messages[..last]
            .iter()
            .rev()
            .filter(|message| matches!(message.role, Role::User | Role::Assistant))
            .filter_map(|message| Some((message.role, message.text(HISTORY_BYTES_MAX)?)))
            .take(HISTORY_TURNS_MAX)
            .collect();
        turns.reverse();
        turns
    }

    /// The person's turns that no earlier request can have held: those since the model last spoke. Oldest first.
    #[must_use]
    pub fn own_turns(&self) -> Vec<String> {
        let new = self.messages[self.since_the_model_spoke()..].iter();
        last_texts(
            new.filter(|message| message.role == Role::User),
            OWN_TURNS_MAX,
            OWN_TURN_BYTES_MAX,
        )
    }

    /// What the person said before those turns, oldest first; the last few, each cut. It says what part is being played
    /// and what text is being worked on. What the app says does not: "You are a helpful assistant" casts the model.
    #[must_use]
    pub fn earlier_turns(&self) -> Vec<String> {
        let earlier = self.messages[..self.since_the_model_spoke()].iter();
        last_texts(
            earlier.filter(|message| message.role == Role::User),
            EARLIER_TURNS_MAX,
            HISTORY_BYTES_MAX,
        )
    }

    fn since_the_model_spoke(&self) -> usize {
        self.messages
            .iter()
            .rposition(|message| message.role == Role::Assistant)
            .map_or(0, |at| at + 1)
    }

    /// The edit that takes out blocks a client sent back, and puts `block` in. Nothing sent back and no block: an edit
    /// that changes nothing.
    #[must_use]
    pub fn edit(&self, block: Option<&str>, placement: Placement) -> Edit {
        let cuts = fenced_spans(self.body.as_bytes());
        let insert = block.and_then(|block| self.insertion(block, placement)).map(|(at, text)| {
            // A block sent back may lie just where the new one goes.
            let at = cuts.iter().find(|cut| cut.contains(&at)).map_or(at, |cut| cut.end);
            (at, text)
        });
        Edit { cuts, insert }
    }

    fn insertion(&self, block: &str, placement: Placement) -> Option<(usize, String)> {
        let last_user = self.last_user()?;
        match placement {
            Placement::Auto if self.messages[last_user].at > CACHED_PREFIX_BYTES => {
                self.before(last_user, block)
            }
            Placement::Auto | Placement::SystemTail => {
                let system =
                    self.messages.iter().find(|m| matches!(m.role, Role::System | Role::Developer));
                system.and_then(|message| message.tail(block)).or_else(|| self.before(0, block))
            }
            Placement::BeforeLastUser => self.before(last_user, block),
            Placement::UserTail => {
                self.messages[last_user].tail(block).or_else(|| self.before(last_user, block))
            }
        }
    }

    /// A message of its own before message `index`, in the app's own role.
    fn before(&self, index: usize, block: &str) -> Option<(usize, String)> {
        let developer = self.messages.iter().any(|message| message.role == Role::Developer);
        let role = if developer { "developer" } else { "system" };
        let text = escaped(block);
        Some((self.messages.get(index)?.at, format!(r#"{{"role":"{role}","content":"{text}"}},"#)))
    }

    fn last_user(&self) -> Option<usize> {
        self.messages.iter().rposition(|message| message.role == Role::User)
    }
}

impl Message<'_> {
    /// What was said, without our own blocks; the text parts of a message of parts. Cut at `bytes_max`.
    fn text(&self, bytes_max: usize) -> Option<String> {
        let (_, content) = self.content?;
        let text = match content.as_bytes().first()? {
            b'"' => serde_json::from_str::<Cow<'_, str>>(content).ok()?,
            b'[' => {
                let Parts(texts) = serde_json::from_str(content).ok()?;
                Cow::Owned(texts)
            }
            _ => return None,
        };
        let text = without_context(&text);
        Some(text[..text.floor_char_boundary(bytes_max)].to_owned())
    }

    /// Where the end of this message's content is, and what goes there.
    fn tail(&self, block: &str) -> Option<(usize, String)> {
        let (at, content) = self.content?;
        let end = at + content.len() - 1;
        let text = escaped(block);
        match content.as_bytes().first()? {
            b'"' if content.len() == 2 => Some((end, text)),
            b'"' => Some((end, format!("\\n\\n{text}"))),
            b'[' => {
                let comma = if content[1..content.len() - 1].trim().is_empty() { "" } else { "," };
                Some((end, format!(r#"{comma}{{"type":"text","text":"{text}"}}"#)))
            }
            _ => None,
        }
    }
}

/// The texts of the last few of these messages, oldest first, each cut.
fn last_texts<'m, 'a: 'm>(
    messages: impl DoubleEndedIterator<Item = &'m Message<'a>>,
    turns_max: usize,
    bytes_max: usize,
) -> Vec<String> {
    let mut texts: Vec<_> =
        messages.rev().filter_map(|message| message.text(bytes_max)).take(turns_max).collect();
    texts.reverse();
    texts
}

/// A text as it stands between the quotes of a JSON string.
fn escaped(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

/// None where these are no messages, or more than anyone sends.
fn read_messages<'a>(body: &'a str, raw: &'a RawValue) -> Option<Vec<Message<'a>>> {
    let Messages(messages) = serde_json::from_str(raw.get()).ok()?;
    messages
        .into_iter()
        .map(|raw| {
            // A list would be taken for the fields in their order.
            let object = raw.get().starts_with('{').then_some(raw.get())?;
            let fields: RawMessage<'_> = serde_json::from_str(object).ok()?;
            Some(Message {
                at: offset(body, raw.get()),
                role: fields.role.and_then(string).map_or(Role::Other, |role| {
                    match role.as_ref() {
                        "system" => Role::System,
                        "developer" => Role::Developer,
                        "user" => Role::User,
                        "assistant" => Role::Assistant,
                        _ => Role::Other,
                    }
                }),
                content: fields.content.map(|raw| (offset(body, raw.get()), raw.get())),
            })
        })
        .collect()
}

/// Where `part`, a slice of `whole`, begins in it.
fn offset(whole: &str, part: &str) -> usize {
    part.as_ptr() as usize - whole.as_ptr() as usize
}

/// A string value; none for any other, which is then the upstream's to judge.
fn string(raw: &RawValue) -> Option<Cow<'_, str>> {
    serde_json::from_str::<Borrowed<'_>>(raw.get()).ok().map(|text| text.0)
}

#[derive(Deserialize)]
struct Borrowed<'a>(#[serde(borrow)] Cow<'a, str>);

/// At most [`MESSAGES_MAX`] of them, so that a body of nothing but commas costs no memory.
struct Messages<'a>(Vec<&'a RawValue>);

impl<'de: 'a, 'a> Deserialize<'de> for Messages<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Bounded;

        impl<'de> Visitor<'de> for Bounded {
            type Value = Messages<'de>;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "at most {MESSAGES_MAX} messages")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Messages<'de>, A::Error> {
                let mut messages = Vec::new();
                while let Some(message) = seq.next_element()? {
                    if messages.len() == MESSAGES_MAX {
                        return Err(serde::de::Error::invalid_length(messages.len() + 1, &self));
                    }
                    messages.push(message);
                }
                Ok(Messages(messages))
            }
        }

        deserializer.deserialize_seq(Bounded)
    }
}

/// The texts of the parts, a line each; no part is kept.
struct Parts(String);

impl<'de> Deserialize<'de> for Parts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Texts;

        impl<'de> Visitor<'de> for Texts {
            type Value = Parts;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("parts")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Parts, A::Error> {
                let mut texts: Option<String> = None;
                while let Some(part) = seq.next_element::<Part<'_>>()? {
                    match (&mut texts, part.text) {
                        (_, None) => {}
                        (None, Some(text)) => texts = Some(text.into_owned()),
                        (Some(texts), Some(text)) => texts.extend(["\n", &text]),
                    }
                }
                Ok(Parts(texts.unwrap_or_default()))
            }
        }

        deserializer.deserialize_seq(Texts)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Top<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Keys;

        impl<'de> Visitor<'de> for Keys {
            type Value = Top<'de>;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Top<'de>, A::Error> {
                let mut top = Top::default();
                while let Some(Borrowed(key)) = map.next_key()? {
                    let (name, place) = match key.as_ref() {
                        "model" => ("model", &mut top.model),
                        "messages" => ("messages", &mut top.messages),
                        "safety_identifier" => ("safety_identifier", &mut top.safety_identifier),
                        "user" => ("user", &mut top.user),
                        _ => {
                            map.next_value::<IgnoredAny>()?;
                            continue;
                        }
                    };
                    if place.replace(map.next_value()?).is_some() {
                        top.twice = Some(name);
                    }
                }
                Ok(top)
            }
        }

        deserializer.deserialize_map(Keys)
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::openai::{Line, render};

    fn chat(body: &str) -> Chat<'_> {
        match Chat::read(body.as_bytes()).unwrap() {
            Reading::Chat(chat) => chat,
            Reading::Opaque => panic!("not read: {body}"),
        }
    }

    fn edited(body: &str, placement: Placement) -> String {
        let block = render(&[Line { text: "Is \"vegetarian\"", said_at: 0 }]);
        let pieces = chat(body)
            .edit(Some(&block), placement)
            .apply(&Bytes::copy_from_slice(body.as_bytes()));
        String::from_utf8(pieces.concat()).unwrap()
    }

    /// The body with one run of bytes taken out equals the original: nothing else moved.
    fn is_one_splice(before: &str, after: &str) -> bool {
        let same_head = before.bytes().zip(after.bytes()).take_while(|(a, b)| a == b).count();
        let grown = after.len() - before.len();
        (0..=same_head).any(|at| before[..] == [&after[..at], &after[at + grown..]].concat())
    }

    const ODD: &str = "{ \"seed\":9007199254740993 ,\"x\":1.70e0,\"messages\" : [ {\"content\":\"Be \\u0062rief.\",\
                       \"role\":\"system\"},{\"role\":\"user\",\"content\":\"Dinner?\"} ], \"x\":2,\"user\":\"u1\"}";

    #[test]
    fn reads_who_and_what_without_touching_a_byte() {
        let chat = chat(ODD);
        assert_eq!(chat.user.as_deref(), Some("u1"));
        assert_eq!(chat.prompt().unwrap(), "Dinner?");
        let body = Bytes::from_static(ODD.as_bytes());
        assert_eq!(chat.edit(None, Placement::Auto).apply(&body).concat(), ODD.as_bytes());
    }

    #[test]
    fn every_placement_is_one_splice_that_reads_back() {
        let bodies = [
            ODD,
            r#"{"messages":[{"role":"user","content":"Dinner?"}]}"#,
            r#"{"messages":[{"role":"developer","content":[{"type":"text","text":"Be brief."}]},{"role":"user","content":[]}]}"#,
            r#"{"messages":[{"role":"system","content":""},{"role":"user","content":"A"},{"role":"assistant","content":null},{"role":"user","content":"B"}]}"#,
        ];
        for body in bodies {
            for &placement in Placement::ALL {
                let after = edited(body, placement);
                assert!(is_one_splice(body, &after), "{placement:?}: {after}");
                let value: serde_json::Value = serde_json::from_str(&after).unwrap();
                assert!(value["messages"].to_string().contains("vegetarian"));
            }
        }
    }

    #[test]
    fn a_short_request_is_told_at_the_system_tail_and_a_long_one_before_the_last_turn() {
        let after: serde_json::Value = serde_json::from_str(&edited(ODD, Placement::Auto)).unwrap();
        assert!(
            after["messages"][0]["content"]
                .as_str()
                .unwrap()
                .starts_with("Be brief.\n\n[tactful:begin]")
        );

        let long = format!(
            r#"{{"messages":[{{"role":"system","content":"{}"}},{{"role":"user","content":"Dinner?"}}]}}"#,
            "x".repeat(5000)
        );
        let after = edited(&long, Placement::Auto);
        let prefix = long.find(r#"{"role":"user""#).unwrap();
        assert_eq!(long[..prefix], after[..prefix], "what a provider cached stays");
        let after: serde_json::Value = serde_json::from_str(&after).unwrap();
        assert_eq!(after["messages"][1]["role"], "system");
        assert_eq!(after["messages"][2]["content"], "Dinner?");
    }

    #[test]
    fn a_block_sent_back_is_taken_out_and_not_learned_from() {
        let once = edited(ODD, Placement::UserTail);
        assert_eq!(chat(&once).prompt().unwrap(), "Dinner?");
        assert_eq!(chat(&once).own_turns(), ["Dinner?"]);
        assert_eq!(edited(&once, Placement::UserTail), once, "told once, not twice");
        let body = Bytes::copy_from_slice(once.as_bytes());
        assert_eq!(chat(&once).edit(None, Placement::Auto).apply(&body).concat(), ODD.as_bytes());
    }

    #[test]
    fn a_deciding_key_that_stands_twice_is_refused_and_another_is_not() {
        assert_eq!(
            Chat::read(br#"{"messages":[],"m":1,"m":2,"messages":[]}"#).unwrap_err(),
            Refusal { twice: "messages" }
        );
        assert!(Chat::read(br#"{"messages":[],"m":1,"m":2}"#).is_ok());
        assert_eq!(
            Chat::read(br#"{"user":"a","messages":[],"us\u0065r":"b"}"#).unwrap_err(),
            Refusal { twice: "user" }
        );
    }

    #[test]
    fn what_cannot_be_read_is_opaque() {
        let bodies: [&[u8]; 9] = [
            b"",
            b"[]",
            b"{",
            b"\xff",
            b"{\"messages\":1}",
            b"{\"messages\":[1]}",
            b"{\"messages\":[[\"user\",\"Hello\"]]}",
            b"{\"messages\":[{\"role\":\"user\",\"role\":\"system\"}]}",
            b"{\"messages\":[]} x",
        ];
        for body in bodies {
            assert!(
                matches!(Chat::read(body), Ok(Reading::Opaque)),
                "{}",
                String::from_utf8_lossy(body)
            );
        }
        let deep =
            format!("{{\"messages\":[],\"a\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
        assert!(Chat::read(deep.as_bytes()).is_ok());
    }

    #[test]
    fn only_turns_since_the_model_spoke_are_new() {
        let body = r#"{"messages":[{"role":"user","content":"old"},{"role":"assistant","content":"hm"},
            {"role":"user","content":"new"},{"role":"tool","content":"t"},{"role":"user","content":[{"type":"text","text":"newer"},{"type":"image_url","image_url":{"url":"x"}}]}]}"#;
        assert_eq!(chat(body).own_turns(), ["new", "newer"]);
        assert_eq!(chat(body).prompt().unwrap(), "newer");
        assert_eq!(chat(body).history().len(), 3);
    }
}
