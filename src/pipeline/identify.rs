//! Who is speaking: the header, then the newer body key, then the older one. Never `prompt_cache_key`.

use http::HeaderMap;

use crate::{
    openai::View,
    person::{Mode, Speaker, UserRef},
};

/// Names longer than this are nobody's.
const NAME_BYTES_MAX: usize = 256;

/// The speaker of a request; none where it names no user, or a user or a domain that cannot be read: a guess could
/// put one person's words under another's name, or on the other side of a wall.
pub(super) fn speaker(app: &str, headers: &HeaderMap, view: &View<'_>) -> Option<Speaker> {
    let user = match text(headers, "x-tactful-user") {
        Said::Text(user) => user,
        Said::Unreadable => return None,
        Said::Nothing => {
            let body = view.safety_identifier.as_deref().or(view.user.as_deref());
            name(body?)?
        }
    };
    let domain = match text(headers, "x-tactful-domain") {
        Said::Text(domain) => Some(domain),
        Said::Nothing => None,
        Said::Unreadable => return None,
    };
    let mode = match text(headers, "x-tactful-mode") {
        // A mode that cannot be read is the most careful one.
        Said::Text(mode) => Some(mode.to_ascii_lowercase().parse().unwrap_or(Mode::Off)),
        Said::Unreadable => Some(Mode::Off),
        Said::Nothing => None,
    };
    let conversation = match text(headers, "x-tactful-conversation") {
        Said::Text(conversation) => Some(conversation),
        Said::Nothing | Said::Unreadable => None,
    };
    Some(Speaker { who: UserRef { app: app.to_owned(), user }, conversation, domain, mode })
}

/// What a header says.
enum Said {
    Nothing,
    Text(String),
    /// Not UTF-8, too long, with control characters, or said more than once.
    Unreadable,
}

fn text(headers: &HeaderMap, header: &str) -> Said {
    let mut values = headers.get_all(header).iter();
    let Some(value) = values.next() else { return Said::Nothing };
    if values.next().is_some() {
        return Said::Unreadable;
    }
    let Ok(text) = std::str::from_utf8(value.as_bytes()) else { return Said::Unreadable };
    if text.trim().is_empty() {
        return Said::Nothing;
    }
    name(text).map_or(Said::Unreadable, Said::Text)
}

fn name(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty() && text.len() <= NAME_BYTES_MAX && !text.contains(char::is_control))
        .then(|| text.to_owned())
}
