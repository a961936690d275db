//! Server-sent events: the framer, against the letter of WHATWG HTML 9.2.6, byte by byte.

use tactful::openai::{Encoding, events, read_answer, response_id};

/// The framer finds what the standard's own steps find; reading an answer in any packing stays calm.
pub(crate) fn check(bytes: &[u8]) {
    let found: Vec<Vec<u8>> = events(bytes).map(|data| data.into_owned()).collect();
    assert_eq!(found, by_the_letter(bytes));

    let plain = read_answer(bytes, Encoding::new(Some("text/event-stream"), None));
    let _ = read_answer(bytes, Encoding::default());
    let _ = read_answer(bytes, Encoding::new(Some("text/event-stream"), Some("gzip")));
    let _ = response_id(bytes, Encoding::new(Some("text/event-stream"), None));
    let _ = response_id(bytes, Encoding::default());
    // Whatever ends the lines, the same was answered.
    if !bytes.contains(&b'\r') {
        for end in ["\r\n", "\r"] {
            let other = bytes.split(|&byte| byte == b'\n').collect::<Vec<_>>();
            let again = read_answer(
                &other.join(end.as_bytes()),
                Encoding::new(Some("text/event-stream"), None),
            );
            assert_eq!(again, plain, "lines ended by {end:?}");
        }
    }
}

/// Steps of the standard, with a data buffer that every line is appended to.
fn by_the_letter(bytes: &[u8]) -> Vec<Vec<u8>> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf".as_slice()).unwrap_or(bytes);
    let (mut events, mut data, mut line) = (Vec::new(), Vec::new(), Vec::new());
    let mut after_cr = false;
    for &byte in bytes {
        if byte == b'\n' && after_cr {
            after_cr = false;
            continue;
        }
        after_cr = byte == b'\r';
        if byte != b'\n' && byte != b'\r' {
            line.push(byte);
            continue;
        }
        let ended = std::mem::take(&mut line);
        if ended.is_empty() {
            if !data.is_empty() {
                data.pop();
                events.push(std::mem::take(&mut data));
            }
            continue;
        }
        let colon = ended.iter().position(|&byte| byte == b':').unwrap_or(ended.len());
        if &ended[..colon] == b"data" {
            let value = ended.get(colon + 1..).unwrap_or_default();
            data.extend_from_slice(value.strip_prefix(b" ").unwrap_or(value));
            data.push(b'\n');
        }
    }
    events
}
