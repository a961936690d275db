//! inject: what goes into the request, and where.
//!
//! Where a provider keeps a conversation (`previous_response_id`, `conversation`), what was put in stays in: there, only
//! lines that were not told yet are put in. Where the client sends the whole conversation each time, a block that once
//! stood at the end of the system message stays there as long as it is the same, and one that changes is put before the
//! last user turn from then on: providers cache prompts by their exact prefix.

use std::{
    hash::{BuildHasher as _, Hash, RandomState},
    num::NonZeroUsize,
    sync::{Mutex, MutexGuard, PoisonError},
};

use bytes::Bytes;
use lru::LruCache;

use super::choose::Chosen;
use crate::{
    config::Placement,
    openai::{Api, Block, Continued, Edit, Encoding, Line, View, response_id},
    person::{Outcome, Speaker},
};

/// Conversations remembered; the one not heard of for longest is forgotten, and costs a cached prefix, or a repetition.
const CONVERSATIONS_MAX: NonZeroUsize = NonZeroUsize::new(10_000).unwrap();
/// Lines remembered of one conversation.
const LINES_MAX: usize = 64;
/// The name of a response stands in the first bytes of an answer.
const NAME_WITHIN_BYTES: usize = 8 << 10;
/// As much of what a conversation began with tells it from others of the same person.
const OPENING_BYTES_MAX: usize = 4 << 10;

/// What was told where, of conversations lately under way. Keyed hashes, no words.
#[derive(Debug)]
pub struct Memory {
    hasher: RandomState,
    heads: Mutex<LruCache<u64, Head>>,
    told: Mutex<LruCache<u64, Vec<u64>>>,
}

/// How the block of a conversation stands at the end of its system message.
#[derive(Debug)]
struct Head {
    /// None: it changed, and goes before the last user turn.
    block: Option<u64>,
    /// How often the person had spoken when it last stood there.
    user_turns: usize,
}

/// As much of an answer as its name stands in.
fn beginning(answer: &[Bytes]) -> Vec<u8> {
    answer.iter().flatten().copied().take(NAME_WITHIN_BYTES).collect()
}

/// What becomes of a request's body.
#[derive(Debug)]
pub(super) struct Injection {
    /// The same bytes, or the same bytes and what was spliced in.
    pub(super) pieces: Vec<Bytes>,
    /// Whether a block was put in.
    pub(super) is_told: bool,
    /// What to remember once the provider has taken it.
    pub(super) telling: Option<Telling>,
}

/// What the provider holds of our lines after this request.
#[derive(Debug)]
pub(super) struct Telling {
    /// The conversation; none: it is known by the response's name.
    conversation: Option<u64>,
    lines: Vec<u64>,
}

impl Injection {
    /// The body as it is.
    pub(super) fn nothing(body: &Bytes) -> Self {
        Self { pieces: vec![body.clone()], is_told: false, telling: None }
    }
}

impl Telling {
    /// Whether the provider keeps it under the response's name.
    pub(super) fn is_of_a_response(&self) -> bool {
        self.conversation.is_none()
    }

    /// How much of the answer says under which name the provider keeps it.
    pub(super) fn bytes_to_hear(&self) -> usize {
        if self.conversation.is_some() { 0 } else { NAME_WITHIN_BYTES }
    }
}

impl Default for Memory {
    fn default() -> Self {
        Self {
            hasher: RandomState::new(),
            heads: Mutex::new(LruCache::new(CONVERSATIONS_MAX)),
            told: Mutex::new(LruCache::new(CONVERSATIONS_MAX)),
        }
    }
}

impl Memory {
    /// What is chosen, put where it belongs.
    pub(super) fn inject(
        &self,
        speaker: &Speaker,
        view: &View<'_>,
        chosen: &Chosen,
        placement: Placement,
        body: &Bytes,
    ) -> Injection {
        let name = view.continues.as_ref().map(|continued| self.name(speaker, continued));
        let mut told =
            name.and_then(|name| lock(&self.told).get(&name).cloned()).unwrap_or_default();
        let mut new = Vec::new();
        let mut lines = Vec::with_capacity(chosen.lines.len());
        for line in &chosen.lines {
            let hash = self.hasher.hash_one((&line.text, line.said_at));
            if !told.contains(&hash) {
                lines.push(Line { text: &line.text, said_at: line.said_at });
                new.push(hash);
            }
        }
        let block = (!lines.is_empty()).then(|| Block::of(&lines));
        let placement = match &block {
            Some(block) if placement == Placement::Auto => self.place(speaker, view, block),
            _ => placement,
        };
        let edit = match chosen.outcome {
            Outcome::Bypassed => Edit::default(),
            _ => view.edit(block.as_ref(), placement),
        };
        let is_told = !edit.inserts.is_empty();
        if is_told {
            told.append(&mut new);
            told.drain(..told.len().saturating_sub(LINES_MAX));
        }
        let is_kept = view.api() == Api::Responses && !told.is_empty();
        let conversation =
            name.filter(|_| matches!(view.continues, Some(Continued::Conversation(_))));
        Injection {
            pieces: edit.apply(body),
            is_told,
            telling: is_kept.then_some(Telling { conversation, lines: told }),
        }
    }

    /// The provider has taken the request, and its answer began with these bytes.
    pub(super) fn remember(
        &self,
        speaker: &Speaker,
        telling: Telling,
        answer: &[Bytes],
        encoding: Encoding,
    ) {
        let name = telling.conversation.or_else(|| {
            let id = response_id(&beginning(answer), encoding)?;
            Some(self.name(speaker, &Continued::Response(id.into())))
        });
        if let Some(name) = name {
            lock(&self.told).put(name, telling.lines);
        }
    }

    /// Where this block goes when the operator leaves it to us.
    fn place(&self, speaker: &Speaker, view: &View<'_>, block: &Block) -> Placement {
        if view.continues.is_some() {
            return Placement::BeforeLastUser;
        }
        let opening = view.opening().unwrap_or_default().as_bytes();
        let opening = (opening.len(), &opening[..opening.len().min(OPENING_BYTES_MAX)]);
        let conversation = match &speaker.conversation {
            Some(named) => self.hash(speaker, named),
            None => self.hash(speaker, opening),
        };
        let (block, user_turns) = (self.hasher.hash_one(block), view.user_turns());
        let mut heads = lock(&self.heads);
        match heads.get_mut(&conversation) {
            Some(head) if user_turns > 1 => {
                // A turn between that was told nothing has changed the prefix already.
                if head.block == Some(block) && user_turns <= head.user_turns + 1 {
                    head.user_turns = user_turns;
                    Placement::SystemTail
                } else {
                    head.block = None;
                    Placement::BeforeLastUser
                }
            }
            _ if view.has_cached_prefix() => {
                heads.pop(&conversation);
                Placement::BeforeLastUser
            }
            _ => {
                heads.put(conversation, Head { block: Some(block), user_turns });
                Placement::SystemTail
            }
        }
    }

    fn name(&self, speaker: &Speaker, continued: &Continued<'_>) -> u64 {
        match continued {
            Continued::Response(name) => self.hash(speaker, ("response", name)),
            Continued::Conversation(name) => self.hash(speaker, ("conversation", name)),
        }
    }

    /// Of one person: what was told to one is not told to another.
    fn hash(&self, speaker: &Speaker, what: impl Hash) -> u64 {
        self.hasher.hash_one((&speaker.who, what))
    }
}

/// A panic elsewhere leaves a map that is still one.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
