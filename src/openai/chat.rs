//! The messages of a chat completions request.

use super::{
    items::{Said, read_items},
    json::Cursor,
    view::Role,
};

/// Steps over `messages`; false where they are no messages.
pub(super) fn read<'a>(body: &'a str, cursor: &mut Cursor<'a>, said: &mut Said) -> Option<bool> {
    read_items(body, cursor, said, |keys| keys.role.as_deref().map_or(Role::Other, Role::named))
}
