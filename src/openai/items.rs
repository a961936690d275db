//! The messages or items of a request, by byte offsets.

use std::{borrow::Cow, ops::Range};

use super::{
    json::Cursor,
    view::{Role, string},
};

/// Requests of more messages are relayed unread.
pub(super) const ITEMS_MAX: usize = 10_000;

/// What was said, and where.
#[derive(Debug)]
pub(super) struct Said {
    pub(super) items: Vec<Item>,
    /// The whole list; or the whole string, where the input is one string, which is then the one item.
    pub(super) span: Range<usize>,
    pub(super) is_string: bool,
}

/// One message or item of a request.
#[derive(Debug)]
pub(super) struct Item {
    /// Where its object begins.
    pub(super) at: usize,
    pub(super) role: Role,
    /// Where its content stands.
    pub(super) content: Option<Range<usize>>,
}

/// The keys of an item that decide how it is read.
#[derive(Default)]
pub(super) struct Keys<'a> {
    pub(super) role: Option<Cow<'a, str>>,
    pub(super) kind: Option<Cow<'a, str>>,
}

/// Steps through a list of items; false where they are not items, or more than anyone sends.
pub(super) fn read_items<'a>(
    body: &'a str,
    cursor: &mut Cursor<'a>,
    said: &mut Said,
    role: impl Fn(&Keys<'a>) -> Role,
) -> Option<bool> {
    let from = cursor.begin()?;
    if cursor.peek()? != b'[' {
        cursor.value()?;
        return Some(false);
    }
    let mut is_read = true;
    said.items.clear();
    cursor.array(|cursor| {
        let at = cursor.begin()?;
        if cursor.peek()? != b'{' || said.items.len() == ITEMS_MAX {
            is_read = false;
            cursor.value()?;
            return Some(());
        }
        let (mut keys, mut content) = (Keys::default(), None);
        let mut seen = [false; 3];
        cursor.object(|key, cursor| {
            let value = |cursor: &mut Cursor<'a>| cursor.value();
            let (place, span) = match key {
                "role" => {
                    let span = value(cursor)?;
                    keys.role = string(&body[span]);
                    (0, None)
                }
                "type" => {
                    let span = value(cursor)?;
                    keys.kind = string(&body[span]);
                    (1, None)
                }
                "content" => (2, Some(value(cursor)?)),
                _ => {
                    value(cursor)?;
                    return Some(());
                }
            };
            // Two roles or two contents: not ours to say which one is meant.
            is_read &= !std::mem::replace(&mut seen[place], true);
            content = span.or(content.take());
            Some(())
        })?;
        said.items.push(Item { at, role: role(&keys), content });
        Some(())
    })?;
    said.span = from..cursor.position();
    Some(is_read)
}
