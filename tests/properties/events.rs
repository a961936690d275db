//! Events are framed by the letter of the standard, whatever ends their lines.

use proptest::{collection::vec, prelude::*, sample::select};
use tactful::openai::events;

use super::cases::cases;
use crate::checks::events::check;

/// A stream of lines, each with an ending of its own.
fn lines() -> impl Strategy<Value = Vec<u8>> {
    let line = select(vec![
        "",
        "",
        "data: a",
        "data:b",
        "data",
        "data:",
        "data:  c",
        ": ping",
        ":",
        "event: x",
        "id: 1",
        "database: d",
        " data: e",
        "data: {\"choices\":[{\"delta\":{\"content\":\"Rain\"}}]}",
        "data: [DONE]",
        "\u{feff}data: f",
    ]);
    let end = select(vec!["\n", "\r\n", "\r"]);
    vec((line, end), 0..30)
        .prop_map(|lines| lines.into_iter().flat_map(|(line, end)| [line, end]).collect::<String>())
        .prop_map(String::into_bytes)
}

proptest! {
    #![proptest_config(cases(500))]

    #[test]
    fn a_stream_is_framed_by_the_letter(bytes in lines()) {
        check(&bytes);
    }

    #[test]
    fn so_is_one_that_was_cut_anywhere(bytes in lines(), at in any::<prop::sample::Index>()) {
        let head = &bytes[..at.index(bytes.len() + 1)];
        check(head);
        // What was whole before the cut stays whole.
        let all: Vec<_> = events(&bytes).collect();
        let some: Vec<_> = events(head).collect();
        prop_assert_eq!(&all[..some.len()], &some[..]);
    }

    #[test]
    fn so_is_anything(bytes in vec(select(b"dat: \n\r\xef\xbb\xbfx".as_slice()), 0..60)) {
        check(&bytes);
    }

    #[test]
    fn the_same_events_come_out_as_went_in(data in vec("[^\r\n]{0,20}(\n[^\r\n]{0,9}){0,2}", 0..6), end in select(vec!["\n", "\r\n", "\r"])) {
        let stream: String = data
            .iter()
            .map(|data| {
                let lines: Vec<_> = data.split('\n').map(|line| format!("data: {line}{end}")).collect();
                format!("event: x{end}{}{end}", lines.concat())
            })
            .collect();
        let found: Vec<_> = events(stream.as_bytes()).map(|data| String::from_utf8(data.into_owned()).unwrap()).collect();
        prop_assert_eq!(found, data);
    }
}
