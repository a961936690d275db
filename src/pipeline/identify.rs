//! Who is speaking: the header, then the newer body key, then the older one. Never `prompt_cache_key`.

use http::HeaderMap;

use crate::{
    openai::Chat,
    person::{Mode, Speaker, UserRef},
};

/// Names longer than this are nobody's.
const NAME_BYTES_MAX: usize = 256;

/// The speaker of a chat request; none where it names no user.
pub(super) fn speaker(app: &str, headers: &HeaderMap, chat: &Chat<'_>) -> Option<Speaker> {
    let named = |name: &str| text(headers, name);
    let user = named("x-tactful-user")
        .or_else(|| chat.safety_identifier.as_deref().and_then(name))
        .or_else(|| chat.user.as_deref().and_then(name))?;
    Some(Speaker {
        who: UserRef { app: app.to_owned(), user },
        conversation: named("x-tactful-conversation"),
        domain: named("x-tactful-domain"),
        // A mode that cannot be read is the most careful one.
        mode: named("x-tactful-mode")
            .map(|mode| mode.to_ascii_lowercase().parse().unwrap_or(Mode::Off)),
    })
}

fn text(headers: &HeaderMap, header: &str) -> Option<String> {
    name(std::str::from_utf8(headers.get(header)?.as_bytes()).ok()?)
}

fn name(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty() && text.len() <= NAME_BYTES_MAX && !text.contains(char::is_control))
        .then(|| text.to_owned())
}
