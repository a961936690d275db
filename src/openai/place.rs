//! Where a block goes in a request.

use super::{
    Block, Edit,
    context::fenced_spans,
    items::Item,
    tokens,
    view::{Api, Role, View},
};
use crate::config::Placement;

/// Prefixes of as many tokens and more are what providers cache.
const CACHED_PREFIX_TOKENS: usize = 1024;

impl View<'_> {
    /// The edit that takes out blocks a client sent back, and puts `block` in. Nothing sent back and no block: an edit
    /// that changes nothing.
    ///
    /// In a request of messages or items it inserts once. An input that is one string is wrapped where the block needs
    /// an item of its own: the string stays as it is, and becomes the content of the second of two items.
    #[must_use]
    pub fn edit(&self, block: Option<&Block>, placement: Placement) -> Edit {
        let cuts = fenced_spans(self.body.as_bytes());
        let mut inserts =
            block.and_then(|block| self.insertion(block, placement)).unwrap_or_default();
        for (at, _) in &mut inserts {
            // A block sent back may lie just where the new one goes.
            *at = cuts.iter().find(|cut| cut.contains(at)).map_or(*at, |cut| cut.end);
        }
        Edit { cuts, inserts }
    }

    /// Whether what stands before the last user turn is long enough for a provider to cache it, or is held by the
    /// provider already. Tools, schemas and instructions are part of that prefix, wherever they stand in the body.
    #[must_use]
    pub fn has_cached_prefix(&self) -> bool {
        if self.continues.is_some() {
            return true;
        }
        let Some(last) = self.last_user() else { return false };
        let before = &self.body.as_bytes()[..self.said.items[last].at];
        let behind = &self.body.as_bytes()[self.said.span.end..];
        tokens::may_reach(CACHED_PREFIX_TOKENS, &[before, behind])
    }

    fn insertion(&self, block: &Block, placement: Placement) -> Option<Vec<(usize, String)>> {
        let last_user = self.last_user()?;
        match placement {
            Placement::Auto if self.has_cached_prefix() => Some(self.before(last_user, block)),
            Placement::Auto | Placement::SystemTail => {
                let system = self
                    .said
                    .items
                    .iter()
                    .find(|item| matches!(item.role, Role::System | Role::Developer));
                let tail = system.and_then(|item| self.tail(item, block));
                Some(tail.unwrap_or_else(|| self.before(0, block)))
            }
            Placement::BeforeLastUser => Some(self.before(last_user, block)),
            Placement::UserTail => {
                let tail = self.tail(&self.said.items[last_user], block);
                Some(tail.unwrap_or_else(|| self.before(last_user, block)))
            }
        }
    }

    /// A message of its own before item `index`, in the app's own role.
    fn before(&self, index: usize, block: &Block) -> Vec<(usize, String)> {
        let text = block.escaped();
        let at = self.said.items[index].at;
        match self.api {
            Api::Chat => {
                let developer = self.said.items.iter().any(|item| item.role == Role::Developer);
                let role = if developer { "developer" } else { "system" };
                vec![(at, format!(r#"{{"role":"{role}","content":"{text}"}},"#))]
            }
            Api::Responses => {
                let item =
                    format!(r#"{{"type":"message","role":"developer","content":"{text}"}},"#);
                if !self.said.is_string {
                    return vec![(at, item)];
                }
                let open = format!(r#"[{item}{{"type":"message","role":"user","content":"#);
                vec![(at, open), (self.said.span.end, "}]".into())]
            }
        }
    }

    /// At the end of an item's content; none where that is neither a string nor a list of parts.
    fn tail(&self, item: &Item, block: &Block) -> Option<Vec<(usize, String)>> {
        let span = item.content.clone()?;
        let content = &self.body[span.clone()];
        let end = span.end - 1;
        let text = block.escaped();
        let text = match content.as_bytes().first()? {
            b'"' if content.len() == 2 => text.to_owned(),
            b'"' => format!("\\n\\n{text}"),
            b'[' => {
                let comma = if content[1..content.len() - 1].trim().is_empty() { "" } else { "," };
                let kind = match self.api {
                    Api::Chat => "text",
                    Api::Responses => "input_text",
                };
                format!(r#"{comma}{{"type":"{kind}","text":"{text}"}}"#)
            }
            _ => return None,
        };
        Some(vec![(end, text)])
    }
}
