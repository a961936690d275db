//! The input of a Responses request: one string, or a list of items of many kinds.

use std::borrow::Cow;

use super::{
    items::{Item, Keys, Said, read_items},
    json::Cursor,
    view::{Role, string},
};

/// Steps over `input`; false where it is neither a string nor a list of items.
pub(super) fn read<'a>(body: &'a str, cursor: &mut Cursor<'a>, said: &mut Said) -> Option<bool> {
    if cursor.peek()? != b'"' {
        return read_items(body, cursor, said, role);
    }
    let span = cursor.value()?;
    let item = Item { at: span.start, role: Role::User, content: Some(span.clone()) };
    *said = Said { items: vec![item], span, is_string: true };
    Some(true)
}

/// Whose an item is. What the model made counts as the model's, though none of it is read as words: whatever stands
/// before it was in an earlier request.
fn role(keys: &Keys<'_>) -> Role {
    match keys.kind.as_deref() {
        None | Some("message") => keys.role.as_deref().map_or(Role::Other, Role::named),
        Some("reasoning" | "item_reference" | "compaction") => Role::Assistant,
        Some("mcp_list_tools" | "mcp_approval_request") => Role::Assistant,
        Some(kind) if kind.ends_with("_call") => Role::Assistant,
        Some(_) => Role::Other,
    }
}

/// The name of a conversation, which stands there plain or in an object.
pub(super) fn conversation(value: &str) -> Cow<'_, str> {
    let mut name = string(value);
    if value.starts_with('{') {
        let mut cursor = Cursor::new(value);
        cursor.object(|key, cursor| {
            let span = cursor.value()?;
            if key == "id" {
                name = string(&value[span]);
            }
            Some(())
        });
    }
    name.unwrap_or(Cow::Borrowed(value))
}
