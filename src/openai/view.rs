//! A view of a request: what is read of it, by byte offsets. Nothing is rebuilt.

use std::borrow::Cow;

use super::{
    ErrorBody, chat,
    items::{Item, Said},
    json::{Cursor, decoded},
    responses,
    text::text_of,
};

/// Texts longer than this are cut before anything reads them.
const PROMPT_BYTES_MAX: usize = 32 << 10;
const HISTORY_BYTES_MAX: usize = 8 << 10;
const HISTORY_TURNS_MAX: usize = 6;
const EARLIER_TURNS_MAX: usize = 8;
const OWN_TURNS_MAX: usize = 6;
const OWN_TURN_BYTES_MAX: usize = 16 << 10;

/// Which of the two ways to ask a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Api {
    /// `POST /v1/chat/completions`.
    Chat,
    /// `POST /v1/responses`.
    Responses,
}

impl Api {
    /// The one that answers at this path.
    #[must_use]
    pub fn at(path: &str) -> Option<Self> {
        match path {
            "/v1/chat/completions" => Some(Self::Chat),
            "/v1/responses" => Some(Self::Responses),
            _ => None,
        }
    }

    /// The keys that decide what is read; one that stands there twice could be read in two ways.
    fn deciding(self) -> &'static [&'static str] {
        match self {
            Self::Chat => &["messages", "model", "user", "safety_identifier"],
            Self::Responses => &[
                "input",
                "instructions",
                "model",
                "user",
                "safety_identifier",
                "previous_response_id",
                "conversation",
            ],
        }
    }
}

/// How a body was read.
#[derive(Debug)]
pub enum Reading<'a> {
    /// A request of a person, as far as it is read.
    View(View<'a>),
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
    /// The model: what it said, called or thought.
    Assistant,
    /// A tool, or a role this program does not know.
    Other,
}

impl Role {
    pub(super) fn named(name: &str) -> Self {
        match name {
            "system" => Self::System,
            "developer" => Self::Developer,
            "user" => Self::User,
            "assistant" => Self::Assistant,
            _ => Self::Other,
        }
    }
}

/// A request, as far as it is read.
#[derive(Debug)]
pub struct View<'a> {
    pub(super) body: &'a str,
    pub(super) api: Api,
    /// The model asked for.
    pub model: Option<Cow<'a, str>>,
    /// The end user, by the newer key.
    pub safety_identifier: Option<Cow<'a, str>>,
    /// The end user, by the older key.
    pub user: Option<Cow<'a, str>>,
    /// What the provider holds of this conversation already, by its name there (`previous_response_id`,
    /// `conversation`); this request adds to it.
    pub continues: Option<Continued<'a>>,
    pub(super) said: Said,
}

/// A conversation that the provider holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Continued<'a> {
    /// Up to and with this response.
    Response(Cow<'a, str>),
    /// Under this name.
    Conversation(Cow<'a, str>),
}

impl<'a> View<'a> {
    /// Reads a body, in one pass.
    ///
    /// # Errors
    /// When a key that decides what is read stands there twice.
    pub fn read(api: Api, body: &'a [u8]) -> Result<Reading<'a>, Refusal> {
        let Ok(body) = std::str::from_utf8(body) else { return Ok(Reading::Opaque) };
        let mut view = View {
            body,
            api,
            model: None,
            safety_identifier: None,
            user: None,
            continues: None,
            said: Said { items: Vec::new(), span: 0..0, is_string: false },
        };
        let (mut is_said, mut seen, mut twice) = (false, 0_u32, None);
        let deciding = api.deciding();
        let mut cursor = Cursor::new(body);
        let stepped = cursor.object(|key, cursor| {
            let Some(at) = deciding.iter().position(|name| *name == key) else {
                cursor.value()?;
                return Some(());
            };
            if seen & 1 << at != 0 {
                twice = Some(deciding[at]);
            }
            seen |= 1 << at;
            let value = match deciding[at] {
                "messages" => {
                    is_said = chat::read(body, cursor, &mut view.said)?;
                    return Some(());
                }
                "input" => {
                    is_said = responses::read(body, cursor, &mut view.said)?;
                    return Some(());
                }
                _ => &body[cursor.value()?],
            };
            match deciding[at] {
                "model" => view.model = string(value),
                "user" => view.user = string(value),
                "safety_identifier" => view.safety_identifier = string(value),
                "previous_response_id" if value != "null" => {
                    let name = string(value).unwrap_or(Cow::Borrowed(value));
                    view.continues = Some(Continued::Response(name));
                }
                "conversation" if value != "null" => {
                    view.continues = Some(Continued::Conversation(responses::conversation(value)));
                }
                _ => {}
            }
            Some(())
        });
        if stepped.is_none() || !cursor.is_at_end() {
            return Ok(Reading::Opaque);
        }
        if let Some(twice) = twice {
            return Err(Refusal { twice });
        }
        Ok(if is_said { Reading::View(view) } else { Reading::Opaque })
    }

    /// Which way to ask it is.
    #[must_use]
    pub fn api(&self) -> Api {
        self.api
    }

    /// The last user turn; none where the person wrote no text.
    #[must_use]
    pub fn prompt(&self) -> Option<Cow<'a, str>> {
        let item = &self.said.items[self.last_user()?];
        self.text(item, PROMPT_BYTES_MAX).filter(|text| !text.trim().is_empty())
    }

    /// Whether nothing was said before the last user turn, by person or model.
    #[must_use]
    pub fn is_opening(&self) -> bool {
        let before = &self.said.items[..self.last_user().unwrap_or(0)];
        !before.iter().any(|item| {
            matches!(item.role, Role::User | Role::Assistant)
                && item
                    .content
                    .as_ref()
                    .is_some_and(|at| self.body[at.start..].starts_with(['"', '[']))
        })
    }

    /// The turns of person and model before the last user turn, oldest first; the last few, each cut.
    #[must_use]
    pub fn history(&self) -> Vec<(Role, Cow<'a, str>)> {
        let Some(last) = self.last_user() else { return Vec::new() };
        let mut turns: Vec<_> = self.said.items[..last]
            .iter()
            .rev()
            .filter(|item| matches!(item.role, Role::User | Role::Assistant))
            .filter_map(|item| Some((item.role, self.text(item, HISTORY_BYTES_MAX)?)))
            .take(HISTORY_TURNS_MAX)
            .collect();
        turns.reverse();
        turns
    }

    /// The person's turns that no earlier request can have held: those since the model last spoke. Oldest first.
    #[must_use]
    pub fn own_turns(&self) -> Vec<String> {
        let new = &self.said.items[self.since_the_model_spoke()..];
        self.last_said_by_user(new, OWN_TURNS_MAX, OWN_TURN_BYTES_MAX)
    }

    /// What the person said before those turns, oldest first; the last few, each cut. It says what part is being played
    /// and what text is being worked on. What the app says does not: "You are a helpful assistant" casts the model.
    /// What the provider holds of a conversation is not known.
    #[must_use]
    pub fn earlier_turns(&self) -> Vec<String> {
        let earlier = &self.said.items[..self.since_the_model_spoke()];
        self.last_said_by_user(earlier, EARLIER_TURNS_MAX, HISTORY_BYTES_MAX)
    }

    /// What the conversation began with, as it stands in the body: the content of the first user turn, whole.
    #[must_use]
    pub fn opening(&self) -> Option<&'a str> {
        let first = self.said.items.iter().find(|item| item.role == Role::User)?;
        Some(&self.body[first.content.clone()?])
    }

    /// How often the person took a turn in it; several messages in a row are one.
    #[must_use]
    pub fn user_turns(&self) -> usize {
        let mut before = Role::Assistant;
        let spoken = self.said.items.iter().map(|item| item.role);
        spoken
            .filter(|role| matches!(role, Role::User | Role::Assistant))
            .filter(|&role| role != std::mem::replace(&mut before, role) && role == Role::User)
            .count()
    }

    pub(super) fn last_user(&self) -> Option<usize> {
        self.said.items.iter().rposition(|item| item.role == Role::User)
    }

    fn since_the_model_spoke(&self) -> usize {
        self.said.items.iter().rposition(|item| item.role == Role::Assistant).map_or(0, |at| at + 1)
    }

    /// The texts of the person's last few turns among `items`, oldest first, each cut.
    fn last_said_by_user(&self, items: &[Item], turns_max: usize, bytes_max: usize) -> Vec<String> {
        let mut texts: Vec<_> = items
            .iter()
            .rev()
            .filter(|item| item.role == Role::User)
            .filter_map(|item| self.text(item, bytes_max))
            .take(turns_max)
            .map(Cow::into_owned)
            .collect();
        texts.reverse();
        texts
    }

    fn text(&self, item: &Item, bytes_max: usize) -> Option<Cow<'a, str>> {
        text_of(&self.body[item.content.clone()?], bytes_max)
    }
}

/// A string value; none for any other, which is then the upstream's to judge.
pub(super) fn string(value: &str) -> Option<Cow<'_, str>> {
    let raw = value.strip_prefix('"')?.strip_suffix('"')?;
    Some(decoded(raw, raw.len()))
}
