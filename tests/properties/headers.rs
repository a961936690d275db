//! What belongs to one connection or to this program never passes; everything else does, unchanged.

use proptest::{collection::vec, prelude::*, sample::select};

use super::cases::cases;
use crate::checks::headers::check;

const NAMES: [&str; 24] = [
    "connection",
    "Connection",
    "keep-alive",
    "TE",
    "trailer",
    "Transfer-Encoding",
    "upgrade",
    "Proxy-Authorization",
    "proxy-connection",
    "proxy-authenticate",
    "host",
    "content-length",
    "expect",
    "x-tactful-user",
    "X-Tactful-",
    "x-tactful",
    "authorization",
    "content-type",
    "x-a",
    "X-B",
    "x-c",
    "accept",
    "cookie",
    "via",
];

fn lines() -> impl Strategy<Value = Vec<u8>> {
    let name = select(NAMES.as_slice()).prop_map(str::to_owned);
    let list = vec(
        prop_oneof![
            name.clone(),
            Just(" \t".to_owned()),
            Just(String::new()),
            Just("\u{e9}".to_owned()),
            Just("x-a x-b".to_owned()),
        ],
        1..4,
    );
    let value = prop_oneof![
        list.prop_map(|names| names.join(", ")),
        "[ -~]{0,12}",
        Just("\u{ff}\u{fe}".to_owned()),
    ];
    vec((name, value), 0..14).prop_map(|lines| {
        let lines: Vec<_> =
            lines.into_iter().map(|(name, value)| format!("{name}:{value}")).collect();
        lines.join("\n").into_bytes()
    })
}

proptest! {
    #![proptest_config(cases(500))]

    #[test]
    fn only_what_is_about_the_message_passes(lines in lines()) {
        check(&lines);
    }
}
