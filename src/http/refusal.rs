//! What hyper says by itself to a head it does not take: a status and an empty body. Clients read errors in another
//! shape, so its words are put into that shape on their way out. An answer could be made to look like them, so this is
//! only for a connection on which nothing was answered yet.

use bytes::Bytes;

use crate::openai::ErrorBody;

/// hyper's own heads are shorter.
const HEAD_BYTES_MAX: usize = 256;

/// What to write in place of these bytes, where they are the whole of a refusal by hyper itself. An answer of ours or
/// of the provider says more in its head than these do.
pub(super) fn in_place_of(written: &[u8]) -> Option<Bytes> {
    if written.len() > HEAD_BYTES_MAX || !written.starts_with(b"HTTP/1.1 4") {
        return None;
    }
    let head = std::str::from_utf8(written).ok()?.strip_suffix("\r\n\r\n")?;
    let (status_line, headers) = head.split_once("\r\n")?;
    let is_hypers = headers.split("\r\n").all(|header| {
        let (name, value) = header.split_once(": ").unwrap_or((header, ""));
        match name {
            "content-length" => value == "0",
            "connection" => value == "close",
            "date" => true,
            _ => false,
        }
    });
    is_hypers.then(|| reply(status_line))
}

fn reply(status_line: &str) -> Bytes {
    let (code, message) = match status_line.split(' ').nth(1) {
        Some("414") => ("target_too_long", "The request's target is longer than one may be."),
        Some("431") => {
            ("headers_too_large", "The request's headers are more, or longer, than they may be.")
        }
        _ => (
            "malformed_request",
            "The request's head is not HTTP/1.1; see to its lines, its length and its encoding.",
        ),
    };
    let body = ErrorBody::new("invalid_request_error", code, message).to_json();
    let head = format!(
        "{status_line}\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), &body].concat().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_hyper_says_by_itself_is_said_in_full_and_nothing_else_is_touched() {
        let refusal = "HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\ncontent-length: 0\r\n\
                       date: Mon, 23 Nov 2026 00:00:00 GMT\r\n\r\n";
        let said = in_place_of(refusal.as_bytes()).unwrap();
        let said = std::str::from_utf8(&said).unwrap();
        let (head, body) = said.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 431 ") && head.contains("connection: close"));
        assert!(head.ends_with(&format!("content-length: {}", body.len())));
        let body: serde_json::Value = serde_json::from_str(body).unwrap();
        assert_eq!(body["error"]["code"], "headers_too_large");

        for other in [
            refusal.replace("431", "500"),
            refusal.replace("date", "x-tactful-request-id"),
            refusal.replace("content-length: 0", "content-length: 1"),
            format!("{refusal}x"),
            refusal[..40].to_owned(),
        ] {
            assert_eq!(in_place_of(other.as_bytes()), None, "{other}");
        }
    }
}
