//! What must hold for any bytes, shared with the ordinary tests.

#[path = "../../tests/checks/all.rs"]
mod checks;
#[path = "../../tests/checks/framing.rs"]
mod watching;

/// a view of a request, beside a second reader.
pub fn view(bytes: &[u8]) {
    checks::chat::view(bytes);
}

/// The splice into a request, at every placement.
pub fn splice(bytes: &[u8]) {
    checks::chat::splice(bytes);
}

/// Server-sent events, beside the letter of the standard.
pub fn events(bytes: &[u8]) {
    checks::events::check(bytes);
}

/// Headers, filtered in both directions.
pub fn headers(bytes: &[u8]) {
    checks::headers::check(bytes);
}

/// The framing watcher, beside hyper.
pub fn framing(bytes: &[u8]) {
    watching::check(bytes, &|| Box::new(tactful::http::watch()));
}
