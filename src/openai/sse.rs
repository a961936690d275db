//! Server-sent events in a finished byte sequence (WHATWG HTML, 9.2.6 "Interpreting an event stream").

use std::borrow::Cow;

use memchr::memchr2;

/// The data of each whole event in `bytes`, in order. Lines end in LF, CRLF or CR; comments and other fields are
/// skipped; an event that the stream broke off in is not an event.
pub fn events(bytes: &[u8]) -> impl Iterator<Item = Cow<'_, [u8]>> {
    let mut rest = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    std::iter::from_fn(move || {
        let mut data: Option<Cow<'_, [u8]>> = None;
        loop {
            let (line, after) = line(rest)?;
            rest = after;
            if line.is_empty() {
                if let Some(data) = data.take() {
                    return Some(data);
                }
            } else if let Some(value) = field(line, b"data") {
                match &mut data {
                    None => data = Some(Cow::Borrowed(value)),
                    Some(before) => {
                        let before = before.to_mut();
                        before.push(b'\n');
                        before.extend_from_slice(value);
                    }
                }
            }
        }
    })
}

/// The first line without its ending, and what follows it; none where no line ends.
fn line(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = memchr2(b'\n', b'\r', bytes)?;
    let after = if bytes[end..].starts_with(b"\r\n") { end + 2 } else { end + 1 };
    Some((&bytes[..end], &bytes[after..]))
}

fn field<'a>(line: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let rest = line.strip_prefix(name)?;
    match rest.split_first() {
        None => Some(rest),
        Some((b':', value)) => Some(value.strip_prefix(b" ").unwrap_or(value)),
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Vec<String> {
        events(bytes).map(|data| String::from_utf8_lossy(&data).into_owned()).collect()
    }

    #[test]
    fn every_line_ending_frames_events() {
        for end in ["\n", "\r\n", "\r"] {
            let text = format!(
                "data: one{end}{end}: ping{end}{end}event: x{end}data:two{end}data: more{end}{end}"
            );
            assert_eq!(read(text.as_bytes()), ["one", "two\nmore"], "{end:?}");
        }
    }

    #[test]
    fn a_broken_off_event_is_not_one() {
        assert_eq!(read(b"data: whole\n\ndata: bro"), ["whole"]);
        assert_eq!(read(b"data: whole\n\ndata: broken\n"), ["whole"]);
        assert_eq!(read(b""), [""; 0]);
    }

    #[test]
    fn an_event_of_a_million_lines_is_read_in_one_go() {
        let lines = 1_000_000;
        let text = format!("{}\n", "data: x\n".repeat(lines));
        assert_eq!(read(text.as_bytes())[0].len(), 2 * lines - 1);
    }

    #[test]
    fn a_name_that_only_begins_like_data_is_another_field() {
        assert_eq!(read(b"database: no\ndata\n\n"), [""]);
    }
}
