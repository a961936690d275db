//! What no value may be, though its type is right.

use super::{Config, Extractor};

/// A value that cannot work: its key, and what would be right.
pub(super) struct Impossible {
    pub(super) key: &'static str,
    pub(super) expected: &'static str,
}

/// The first value that cannot work.
pub(super) fn check(config: &Config) -> Result<(), Impossible> {
    let rules = [
        (config.server.workers <= 1024, "server.workers", "at most 1024; 0: one for each core"),
        (config.server.max_body_bytes > 0, "server.max_body_bytes", "at least 1"),
        (
            config.server.max_in_flight_bytes >= config.server.max_body_bytes,
            "server.max_in_flight_bytes",
            "at least server.max_body_bytes",
        ),
        (
            (1..=1_000_000).contains(&config.server.max_connections),
            "server.max_connections",
            "1 to 1000000",
        ),
        (is_time(config.server.header_timeout_ms), "server.header_timeout_ms", TIME),
        (
            (1..=1_000_000).contains(&config.server.max_in_flight_requests),
            "server.max_in_flight_requests",
            "1 to 1000000",
        ),
        (
            config.server.sse_keep_alive_ms <= DAY_MS,
            "server.sse_keep_alive_ms",
            "at most 86400000; 0: never",
        ),
        (is_time(config.server.write_timeout_ms), "server.write_timeout_ms", TIME),
        (
            config.server.tls_cert_file.is_some() == config.server.tls_key_file.is_some(),
            "server.tls_cert_file",
            "a certificate where server.tls_key_file is set, and none where it is not",
        ),
        (config.server.drain_timeout_ms <= DAY_MS, "server.drain_timeout_ms", "at most 86400000"),
        (
            is_base_url(&config.upstream.base_url),
            "upstream.base_url",
            "an http:// or https:// URL without query, user or password",
        ),
        (is_time(config.upstream.connect_timeout_ms), "upstream.connect_timeout_ms", TIME),
        (is_time(config.upstream.first_byte_timeout_ms), "upstream.first_byte_timeout_ms", TIME),
        (is_time(config.upstream.idle_timeout_ms), "upstream.idle_timeout_ms", TIME),
        (is_time(config.upstream.pool_idle_timeout_ms), "upstream.pool_idle_timeout_ms", TIME),
        (is_header(config.upstream.api_key.as_ref()), "upstream.api_key", "visible ASCII"),
        (
            config.extraction.engine == Extractor::Local
                || config.extraction.model.as_deref().is_some_and(is_model),
            "extraction.model",
            "the model that `llm` and `both` ask, 1 to 256 characters, as the provider names it",
        ),
        (
            config.extraction.engine == Extractor::Local || has_keys(config),
            "extraction.engine",
            "a key of your own to ask the model with: set extraction.api_key, upstream.api_key, or upstream_api_key for \
             each of access.apps (any value, where the provider wants none); the clients' own keys are not kept",
        ),
        (is_header(config.extraction.api_key.as_ref()), "extraction.api_key", "visible ASCII"),
        (is_time(config.extraction.timeout_ms), "extraction.timeout_ms", TIME),
        (
            (1..=64).contains(&config.extraction.max_in_flight),
            "extraction.max_in_flight",
            "1 to 64",
        ),
        (config.store.cache_bytes >= 1 << 20, "store.cache_bytes", "at least 1048576"),
        (
            (1..=16).contains(&config.selection.max_attributes),
            "selection.max_attributes",
            "1 to 16",
        ),
        (
            (1..=4096).contains(&config.selection.token_budget),
            "selection.token_budget",
            "1 to 4096",
        ),
        (is_time(config.selection.deadline_ms), "selection.deadline_ms", TIME),
        (
            is_share(f64::from(config.selection.false_injection_target)),
            "selection.false_injection_target",
            "a share from 0 to 1",
        ),
        (is_share(config.shadow.sample_rate), "shadow.sample_rate", "a share from 0 to 1"),
        (is_share(config.holdout.rate), "holdout.rate", "a share from 0 to 1"),
        (config.retention.comparisons_days > 0, "retention.comparisons_days", "at least 1"),
        (config.retention.uses_days > 0, "retention.uses_days", "at least 1"),
        (
            config.access.apps.iter().all(|app| is_name(&app.name)),
            "access.apps",
            "names of 1 to 64 letters, digits, `-`, `_` or `.`",
        ),
        (
            config.access.apps.iter().all(|app| is_sha256(&app.key_sha256)),
            "access.apps",
            "key_sha256 of 64 hexadecimal digits: printf %s \"$KEY\" | sha256sum",
        ),
        (
            config.access.apps.iter().all(|app| is_header(app.upstream_api_key.as_ref())),
            "access.apps",
            "upstream_api_key of visible ASCII",
        ),
        (all_differ(config), "access.apps", "a name and a key of its own for each app"),
        (
            config.access.admin_key.as_ref().is_none_or(|key| key.reveal().len() >= 16),
            "access.admin_key",
            "at least 16 characters",
        ),
        (
            config.log.filter.parse::<tracing_subscriber::EnvFilter>().is_ok(),
            "log.filter",
            "a filter such as `info` or `tactful=debug,warn`",
        ),
    ];
    rules
        .into_iter()
        .find(|(holds, ..)| !holds)
        .map_or(Ok(()), |(_, key, expected)| Err(Impossible { key, expected }))
}

const DAY_MS: u64 = 86_400_000;
const TIME: &str = "1 to 86400000 milliseconds";

fn is_time(ms: u64) -> bool {
    (1..=DAY_MS).contains(&ms)
}

fn is_share(value: f64) -> bool {
    (0.0..=1.0).contains(&value)
}

fn is_base_url(text: &str) -> bool {
    text.parse::<http::Uri>().is_ok_and(|url| {
        matches!(url.scheme_str(), Some("http" | "https"))
            && url.authority().is_some_and(|authority| !authority.as_str().contains('@'))
            && url.query().is_none()
    })
}

fn is_header(secret: Option<&super::Secret>) -> bool {
    secret.is_none_or(|secret| http::HeaderValue::from_str(secret.reveal()).is_ok())
}

fn is_model(text: &str) -> bool {
    (1..=256).contains(&text.len()) && !text.trim().is_empty()
}

/// Whether there is a key to ask the provider with for every app, when no client is there to show its own.
fn has_keys(config: &Config) -> bool {
    let apps = &config.access.apps;
    config.extraction.api_key.is_some()
        || config.upstream.api_key.is_some()
        || !apps.is_empty() && apps.iter().all(|app| app.upstream_api_key.is_some())
}

fn is_name(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
}

fn is_sha256(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn all_differ(config: &Config) -> bool {
    let apps = &config.access.apps;
    apps.iter().enumerate().all(|(place, app)| {
        apps[..place].iter().all(|other| {
            other.name != app.name && !other.key_sha256.eq_ignore_ascii_case(&app.key_sha256)
        })
    })
}
