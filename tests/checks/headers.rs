//! The header filter: what belongs to one connection or to this program never passes, all else does.

use http::{HeaderMap, HeaderName, HeaderValue};
use tactful::http::headers::{to_client, to_upstream};

/// Never passed on, in either direction.
const NEVER: [&str; 9] = [
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];
/// Not passed upstream, where they are set anew.
const ANEW: [&str; 3] = ["content-length", "expect", "host"];

/// Lines of `name: value` become headers, as far as they can; both directions are filtered.
pub(crate) fn check(bytes: &[u8]) {
    let mut map = HeaderMap::new();
    for line in bytes.split(|&byte| byte == b'\n').take(1000) {
        let colon = line.iter().position(|&byte| byte == b':').unwrap_or(line.len());
        let name = HeaderName::from_bytes(line[..colon].trim_ascii());
        let value = HeaderValue::from_bytes(line.get(colon + 1..).unwrap_or_default().trim_ascii());
        if let (Ok(name), Ok(value)) = (name, value) {
            map.append(name, value);
        }
    }
    filtered(&map, to_upstream, &ANEW);
    filtered(&map, to_client, &[]);
}

pub(crate) fn filtered(before: &HeaderMap, filter: impl Fn(&mut HeaderMap), also: &[&str]) {
    let named = named(before);
    let mut after = before.clone();
    filter(&mut after);
    for name in before.keys() {
        let passes = !NEVER.contains(&name.as_str())
            && !also.contains(&name.as_str())
            && !name.as_str().starts_with("x-tactful-")
            && !named.iter().any(|named| named.eq_ignore_ascii_case(name.as_str().as_bytes()));
        let mut was: Vec<_> = before.get_all(name).iter().map(HeaderValue::as_bytes).collect();
        let is: Vec<_> = after.get_all(name).iter().map(HeaderValue::as_bytes).collect();
        // Upstream the pieces of a cookie are one (RFC 9113, 8.2.3).
        let cookie = was.join(b"; ".as_slice());
        if name == "cookie" && !also.is_empty() {
            was = vec![&cookie];
        }
        assert_eq!(is, if passes { was } else { Vec::new() }, "{name} of {before:?}");
    }
    assert!(after.keys().all(|name| before.contains_key(name)), "nothing is made up");
    let mut twice = after.clone();
    filter(&mut twice);
    assert_eq!(twice, after, "what passed once passes again");
}

/// What `Connection` names, in every spelling of a list (RFC 9110, 5.6.1).
fn named(map: &HeaderMap) -> Vec<&[u8]> {
    let lists = map.get_all("connection").iter().map(HeaderValue::as_bytes);
    lists.flat_map(|list| list.split(|&byte| byte == b',')).map(<[u8]>::trim_ascii).collect()
}
