//! Which headers pass (RFC 9110, 7.6.1).

use http::{
    HeaderMap, HeaderName,
    header::{self, CONNECTION, CONTENT_LENGTH, EXPECT, HOST, TRANSFER_ENCODING, UPGRADE},
};

/// Headers about one connection, not about the message.
const HOP_BY_HOP: [HeaderName; 9] = [
    CONNECTION,
    HeaderName::from_static("keep-alive"),
    header::PROXY_AUTHENTICATE,
    header::PROXY_AUTHORIZATION,
    HeaderName::from_static("proxy-connection"),
    header::TE,
    header::TRAILER,
    TRANSFER_ENCODING,
    UPGRADE,
];

/// Prefix of the headers that are ours.
const OURS: &str = "x-tactful-";

/// Leaves only what concerns the upstream: no hop-by-hop headers, no framing (the body's length is set anew), none of
/// ours.
pub fn to_upstream(headers: &mut HeaderMap) {
    drop_hop_by_hop(headers);
    for name in [CONTENT_LENGTH, EXPECT, HOST] {
        headers.remove(name);
    }
    drop_ours(headers);
}

/// Leaves only what concerns the client: no hop-by-hop headers, none that pass for ours. Length and coding stay, as the
/// body does.
pub fn to_client(headers: &mut HeaderMap) {
    drop_hop_by_hop(headers);
    drop_ours(headers);
}

fn drop_hop_by_hop(headers: &mut HeaderMap) {
    if headers.contains_key(CONNECTION) {
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
    for name in &HOP_BY_HOP {
        headers.remove(name);
    }
}

fn drop_ours(headers: &mut HeaderMap) {
    let ours: Vec<HeaderName> =
        headers.keys().filter(|name| name.as_str().starts_with(OURS)).cloned().collect();
    for name in ours {
        headers.remove(name);
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

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
        ]);
        to_upstream(&mut map);
        let mut names: Vec<_> = map.keys().map(HeaderName::as_str).collect();
        names.sort_unstable();
        assert_eq!(names, ["authorization", "x-stainless-lang"]);
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
