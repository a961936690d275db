//! How long a provider asks to be left alone.

use std::time::{Duration, UNIX_EPOCH};

use http::{HeaderMap, header};

/// Whoever asks for more is asked again after this.
const ASKED_FOR_MAX: Duration = Duration::from_secs(60 * 60);

/// How long `Retry-After` asks to wait from `now`, Unix seconds: a number of seconds or a date.
pub(super) fn retry_after(headers: &HeaderMap, now: i64) -> Option<Duration> {
    let told = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim();
    let seconds = match told.bytes().all(|byte| byte.is_ascii_digit()) {
        // Of digits alone only too many are no number.
        true if !told.is_empty() => told.parse().unwrap_or(u64::MAX),
        _ => {
            let then = httpdate::parse_http_date(told).ok()?;
            let then = then.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
            then.saturating_sub(u64::try_from(now).unwrap_or_default())
        }
    };
    Some(Duration::from_secs(seconds).min(ASKED_FOR_MAX))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn seconds_and_dates_are_read_and_what_is_neither_is_not() {
        // 6 November 1994, 08:49:37
        const NOW: i64 = 784_111_777;
        for (told, wanted) in [
            ("0", Some(0)),
            (" 120 ", Some(120)),
            ("3600", Some(3600)),
            ("3601", Some(3600)),
            ("99999999999999999999999999", Some(3600)),
            ("Sun, 06 Nov 1994 08:50:37 GMT", Some(60)),
            ("Sunday, 06-Nov-94 08:50:37 GMT", Some(60)),
            ("Sun, 06 Nov 1994 08:49:00 GMT", Some(0)),
            ("Tue, 31 Dec 2199 23:59:59 GMT", Some(3600)),
            ("", None),
            ("-1", None),
            ("1.5", None),
            ("soon", None),
            ("\u{661}", None),
        ] {
            let value = HeaderValue::from_bytes(told.as_bytes()).unwrap();
            let headers = HeaderMap::from_iter([(header::RETRY_AFTER, value)]);
            let found = retry_after(&headers, NOW).map(|wait| wait.as_secs());
            assert_eq!(found, wanted, "{told}");
        }
        assert_eq!(retry_after(&HeaderMap::new(), NOW), None);
    }
}
