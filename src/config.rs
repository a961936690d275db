//! One tree of typed settings: built-in defaults, then files, then the environment; checked before a port is bound.
//!
//! Every key is documented in `config/tactful.toml`. Secrets are of type [`Secret`] and print as `***`.

mod check;
mod load;
mod secret;

use std::{net::SocketAddr, path::PathBuf};

use serde::{Deserialize, Serialize};

pub use load::{Error, load, shown};
pub use secret::Secret;

use crate::person::{Mode, wire_names};

/// Everything that can be set.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Where it listens.
    pub server: Server,
    /// The provider behind it.
    pub upstream: Upstream,
    /// Where what is held about people lives.
    pub store: Store,
    /// Who may call.
    pub access: Access,
    /// Whether it personalises.
    pub personalization: Personalization,
    /// Stage 1.
    pub extraction: Extraction,
    /// Stage 2.
    pub selection: Selection,
    /// Where a selection is put.
    pub injection: Injection,
    /// Stage 3: the generic answer beside.
    pub shadow: Shadow,
    /// The random hold-out.
    pub holdout: Holdout,
    /// How long things are kept.
    pub retention: Retention,
    /// Logs.
    pub log: Log,
}

/// Where it listens.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Server {
    /// Proxy and personal API.
    #[serde(deserialize_with = "address")]
    pub listen: SocketAddr,
    /// Metrics and health.
    #[serde(deserialize_with = "address")]
    pub admin_listen: SocketAddr,
    /// Threads that serve; 0: one for each core.
    pub workers: usize,
    /// Larger requests get 413.
    pub max_body_bytes: usize,
    /// Bytes of request bodies held at once; past it 503.
    pub max_in_flight_bytes: usize,
    /// Requests under way at once, from head to the end of the answer; past it 503. What personalises is given up
    /// before.
    pub max_in_flight_requests: usize,
    /// Connections served at once; further ones wait.
    pub max_connections: usize,
    /// How long a client may take to send a request's head, and a connection may stay without a request.
    pub header_timeout_ms: u64,
    /// How long a client may leave an answer unread.
    pub write_timeout_ms: u64,
    /// How often a comment is put into a pause of a stream of events; 0: never.
    pub sse_keep_alive_ms: u64,
    /// The certificate (PEM) to show, with those it hangs on; none: no TLS.
    pub tls_cert_file: Option<PathBuf>,
    /// Its private key (PEM).
    pub tls_key_file: Option<PathBuf>,
    /// How long a stop waits for answers under way.
    pub drain_timeout_ms: u64,
}

impl Default for Server {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            admin_listen: SocketAddr::from(([127, 0, 0, 1], 9090)),
            workers: 0,
            max_body_bytes: 64 << 20,
            max_in_flight_bytes: 512 << 20,
            max_in_flight_requests: 10_000,
            max_connections: 10_000,
            header_timeout_ms: 30_000,
            write_timeout_ms: 60_000,
            sse_keep_alive_ms: 0,
            tls_cert_file: None,
            tls_key_file: None,
            drain_timeout_ms: 30_000,
        }
    }
}

/// The provider behind it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Upstream {
    /// Any OpenAI-compatible provider, with its path up to and including `/v1`.
    pub base_url: String,
    /// Sent upstream; none: the client's own `Authorization` passes through.
    pub api_key: Option<Secret>,
    /// Certificates (PEM) to trust beside the system's.
    pub ca_file: Option<PathBuf>,
    /// Speak HTTP/2 to an `http://` provider without asking. By TLS it is agreed on.
    pub http2_prior_knowledge: bool,
    /// How long connecting may take.
    pub connect_timeout_ms: u64,
    /// How long the provider may think before its first byte.
    pub first_byte_timeout_ms: u64,
    /// How long a stream may pause.
    pub idle_timeout_ms: u64,
    /// How long an unused connection is kept; below the provider's own limit.
    pub pool_idle_timeout_ms: u64,
}

impl Default for Upstream {
    fn default() -> Self {
        Self {
            base_url: "https://api.openai.com/v1".into(),
            api_key: None,
            ca_file: None,
            http2_prior_knowledge: false,
            connect_timeout_ms: 5_000,
            first_byte_timeout_ms: 600_000,
            idle_timeout_ms: 300_000,
            pool_idle_timeout_ms: 4_000,
        }
    }
}

/// Where what is held about people lives.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Store {
    /// Which engine.
    #[serde(deserialize_with = "named")]
    pub engine: StoreEngine,
    /// The folder of the embedded store.
    pub path: PathBuf,
    /// The key that seals user data at rest; none: `<path>/master.key`.
    pub key_file: Option<PathBuf>,
    /// Memory for profiles of recent speakers.
    pub cache_bytes: usize,
}

impl Default for Store {
    fn default() -> Self {
        Self {
            engine: StoreEngine::Sled,
            path: "./data".into(),
            key_file: None,
            cache_bytes: 256 << 20,
        }
    }
}

impl Store {
    /// Where the master key lies.
    #[must_use]
    pub fn key_file(&self) -> PathBuf {
        self.key_file.clone().unwrap_or_else(|| self.path.join("master.key"))
    }
}

/// Which engine holds the records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StoreEngine {
    /// Embedded.
    Sled,
}

/// Who may call.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Access {
    /// The apps, each with its own users; none: one app, `default`, and no key is asked for.
    pub apps: Vec<App>,
    /// The operators' key; none: made on first start and kept beside the store.
    pub admin_key: Option<Secret>,
}

/// One app.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct App {
    /// Its name, in metrics and reports.
    pub name: String,
    /// SHA-256 of its key, 64 hexadecimal digits.
    pub key_sha256: String,
    /// Its own key for the provider.
    #[serde(default)]
    pub upstream_api_key: Option<Secret>,
}

/// Whether it personalises.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Personalization {
    /// Where neither the person nor the app said anything.
    #[serde(deserialize_with = "named")]
    pub default_mode: Mode,
}

/// Stage 1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Extraction {
    /// Which engine.
    #[serde(deserialize_with = "named")]
    pub engine: Extractor,
    /// The model that `llm` and `both` ask, as the provider names it.
    pub model: Option<String>,
    /// The key that it is asked with, for every app; none: the app's own, or `upstream.api_key`.
    pub api_key: Option<Secret>,
    /// Weights that judge what was found, as `tactful train verification` writes them; none: those that come with this
    /// program.
    pub verifier: Option<PathBuf>,
    /// How long the model may take over one lesson, all its answers together. `llm` asks about a lesson that took longer
    /// again, three times in all.
    pub timeout_ms: u64,
    /// Lessons that the model is asked about at once; the others wait.
    pub max_in_flight: usize,
    /// Tokens a day (UTC) that asking may cost; past it `both` goes on with the local engine alone, and `llm` drops
    /// and counts.
    pub daily_token_budget: u64,
    /// Lessons that may wait; past it new ones are dropped and counted.
    pub queue_max: u64,
}

impl Default for Extraction {
    fn default() -> Self {
        Self {
            engine: Extractor::Local,
            model: None,
            api_key: None,
            verifier: None,
            timeout_ms: 60_000,
            max_in_flight: 4,
            daily_token_budget: 1_000_000,
            queue_max: 10_000,
        }
    }
}

/// Which engine extracts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Extractor {
    /// In this process, without a model.
    Local,
    /// A language model, asked through the upstream.
    Llm,
    /// The two together; where the model does not answer, the local one alone.
    Both,
}

/// Which engine selects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Engine {
    /// In this process, without a model.
    Local,
}

/// Stage 2.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Selection {
    /// Which engine.
    #[serde(deserialize_with = "named")]
    pub engine: Engine,
    /// The most attributes used at once.
    pub max_attributes: usize,
    /// The most tokens their texts may cost together.
    pub token_budget: u32,
    /// Past it the request goes on unpersonalised.
    pub deadline_ms: u64,
    /// The share of requests that need nothing and may get something.
    pub false_injection_target: f32,
}

impl Default for Selection {
    fn default() -> Self {
        Self {
            engine: Engine::Local,
            max_attributes: 3,
            token_budget: 160,
            deadline_ms: 25,
            false_injection_target: 0.05,
        }
    }
}

/// Where a selection is put.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Injection {
    /// Where in the request.
    #[serde(deserialize_with = "named")]
    pub placement: Placement,
}

/// Where in a request a selection is put.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Placement {
    /// Short requests: `system_tail`, and there it stays while it is the same. Long ones, whose prefix the provider
    /// caches, and those that go on from what the provider holds: `before_last_user`.
    #[default]
    Auto,
    /// The end of the first system or developer message; made where there is none. In a Responses request: of the first
    /// such item of the input, never of its `instructions`.
    SystemTail,
    /// A message of its own just before the last user turn.
    BeforeLastUser,
    /// The end of the last user turn, for models that refuse a later system message.
    UserTail,
}

/// Stage 3: the generic answer beside.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Shadow {
    /// Share of personalised requests also answered generically.
    pub sample_rate: f64,
    /// How many at once; past it skipped and counted.
    pub max_in_flight: usize,
    /// Tokens a day (UTC); past it skipped and counted.
    pub daily_token_budget: u64,
}

impl Default for Shadow {
    fn default() -> Self {
        Self { sample_rate: 0.1, max_in_flight: 8, daily_token_budget: 1_000_000 }
    }
}

/// The random hold-out: the one unbiased estimate of what personalization is worth.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Holdout {
    /// Share of eligible requests served generic at random.
    pub rate: f64,
}

impl Default for Holdout {
    fn default() -> Self {
        Self { rate: 0.01 }
    }
}

/// How long things are kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Retention {
    /// Comparisons and judgments, days.
    pub comparisons_days: u32,
    /// Receipts, days.
    pub uses_days: u32,
}

impl Default for Retention {
    fn default() -> Self {
        Self { comparisons_days: 30, uses_days: 90 }
    }
}

/// Logs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Log {
    /// Which lines, as tracing's `EnvFilter` reads it.
    pub filter: String,
}

impl Default for Log {
    fn default() -> Self {
        Self { filter: "info".into() }
    }
}

wire_names!(StoreEngine { Sled => "sled" });
wire_names!(Extractor { Local => "local", Llm => "llm", Both => "both" });
wire_names!(Engine { Local => "local" });
wire_names!(Placement {
    Auto => "auto", SystemTail => "system_tail", BeforeLastUser => "before_last_user", UserTail => "user_tail",
});

/// A value by its name; an unknown one is refused with the names there are.
fn named<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: serde::Deserializer<'de>,
    T: std::str::FromStr<Err = String>,
{
    String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
}

/// An address to listen on.
fn address<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<SocketAddr, D::Error> {
    let text = String::deserialize(deserializer)?;
    text.parse().map_err(|_| {
        serde::de::Error::custom("expected an IP address and a port, such as 127.0.0.1:8080")
    })
}
