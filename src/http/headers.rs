//! Which headers pass (RFC 9110, 7.6.1).

use http::{
    HeaderMap, HeaderName, HeaderValue,
    header::{CONNECTION, COOKIE},
};

/// Prefix of the headers that are ours.
const OURS: &str = "x-tactful-";

/// Leaves only what concerns the upstream: no hop-by-hop headers, no framing (the body's length is set anew), none of
/// ours.
pub fn to_upstream(headers: &mut HeaderMap) {
    drop_named_by_connection(headers);
    drop_all(headers, |name| {
        is_hop_by_hop(name) || is_ours(name) || matches!(name, "content-length" | "expect" | "host")
    });
    join_cookies(headers);
}

/// Leaves only what concerns the client: no hop-by-hop headers, none that pass for ours. Length and coding stay, as the
/// body does.
pub fn to_client(headers: &mut HeaderMap) {
    drop_named_by_connection(headers);
    drop_all(headers, |name| is_hop_by_hop(name) || is_ours(name));
}

/// Whether a header is about one connection, not about the message.
fn is_hop_by_hop(name: &str) -> bool {
    matches!(
        name,
        "connection"
            | "keep-alive"
            | "proxy-authenticate"
            | "proxy-authorization"
            | "proxy-connection"
            | "te"
            | "trailer"
            | "transfer-encoding"
            | "upgrade"
    )
}

fn is_ours(name: &str) -> bool {
    name.starts_with(OURS)
}

fn drop_named_by_connection(headers: &mut HeaderMap) {
    if !headers.contains_key(CONNECTION) {
        return;
    }
    let named: Vec<HeaderName> = headers
        .get_all(CONNECTION)
        .iter()
        .flat_map(|value| value.as_bytes().split(|&byte| byte == b','))
        .filter_map(|name| HeaderName::from_bytes(name.trim_ascii()).ok())
        .collect();
    for name in named {
        headers.remove(name);
    }
}

/// One look at every name: most are kept, and looking each of ours up would cost more.
fn drop_all(headers: &mut HeaderMap, is_dropped: impl Fn(&str) -> bool) {
    // An empty one allocates nothing.
    let dropped: Vec<HeaderName> =
        headers.keys().filter(|name| is_dropped(name.as_str())).cloned().collect();
    for name in dropped {
        headers.remove(name);
    }
}

/// HTTP/2 may send a cookie in pieces, HTTP/1.1 may not (RFC 9113, 8.2.3).
fn join_cookies(headers: &mut HeaderMap) {
    let mut pieces = headers.get_all(COOKIE).iter();
    let (Some(_), Some(_)) = (pieces.next(), pieces.next()) else { return };
    let pieces: Vec<_> = headers.get_all(COOKIE).iter().map(HeaderValue::as_bytes).collect();
    if let Ok(whole) = HeaderValue::from_bytes(&pieces.join(&b"; "[..])) {
        headers.insert(COOKIE, whole);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut map = HeaderMap::new();
        for &(name, value) in pairs {
            map.append(name, HeaderValue::from_static(value));
        }
        map
    }

    #[test]
    fn what_belongs_to_one_connection_stays_there() {
        let mut map = headers(&[
            ("connection", "close, X-Trace"),
            ("connection", "x-other"),
            ("x-trace", "1"),
            ("x-other", "1"),
            ("te", "trailers"),
            ("transfer-encoding", "chunked"),
            ("expect", "100-continue"),
            ("host", "proxy"),
            ("content-length", "2"),
            ("x-tactful-user", "ana"),
            ("authorization", "Bearer k"),
            ("x-stainless-lang", "python"),
            ("cookie", "a=1"),
            ("cookie", "b=2"),
        ]);
        to_upstream(&mut map);
        let mut names: Vec<_> = map.keys().map(HeaderName::as_str).collect();
        names.sort_unstable();
        assert_eq!(names, ["authorization", "cookie", "x-stainless-lang"]);
        assert_eq!((map.len(), &map["cookie"]), (3, &HeaderValue::from_static("a=1; b=2")));
    }

    #[test]
    fn a_name_beside_one_that_is_no_text_stays_too() {
        let mut map = headers(&[("x-trace", "1"), ("x-other", "1"), ("x-kept", "1")]);
        map.append(CONNECTION, HeaderValue::from_bytes(b"x-trace, \xff, x-other").unwrap());
        to_upstream(&mut map);
        assert_eq!(map.keys().collect::<Vec<_>>(), ["x-kept"]);
    }

    #[test]
    fn what_the_provider_says_passes() {
        let mut map = headers(&[
            ("content-length", "2"),
            ("content-encoding", "gzip"),
            ("retry-after-ms", "5"),
            ("x-ratelimit-remaining-tokens", "9"),
            ("x-tactful-outcome", "personalized"),
            ("keep-alive", "timeout=5"),
        ]);
        to_client(&mut map);
        assert_eq!(map.len(), 4);
        assert!(!map.contains_key("x-tactful-outcome"));
    }
}
