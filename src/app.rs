//! Wiring: configuration in, a running server out; start and drain.

mod admin;
mod front;
mod keys;
mod metered;
mod upkeep;

use std::{fs::File, io::Read as _, net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};

use http::{HeaderValue, Uri};
use tokio::runtime::Handle;

use self::front::Rooms;
use crate::{
    access::{Access, App as Client, KeyHash},
    api::{self, Api},
    config::{Config, Secret},
    eval::verification::{Example, judged},
    http::{
        Budget, Certificate, Limits, Listener, Load, NoCertificate, Pauses, Reach, Roots, Serving,
        Timeouts, Upstream, cores, on_worker, serve,
    },
    learn::{Verifier, judge_by},
    metrics::Metrics,
    openai::tokens,
    people::{self, CacheBounds, People},
    pipeline::{Asker, Choosing, Learner, Pipeline, Shadow, UpstreamKeys, record, write_receipts},
    select::Policy,
    store::{self, Census, MasterKey, SledOptions, SledStore},
    tasks::Tasks,
};

/// Why the server did not start. One line each, with what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The store cannot be opened.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// What is held about people cannot be opened.
    #[error(transparent)]
    People(#[from] people::Error),
    /// An address cannot be bound.
    #[error("cannot listen on {address} (`{key}`): {reason}")]
    Bind {
        /// The setting.
        key: &'static str,
        /// The address.
        address: SocketAddr,
        /// Why not.
        reason: std::io::Error,
    },
    /// The upstream's client cannot be made.
    #[error(transparent)]
    Roots(#[from] Roots),
    /// The certificate cannot be shown.
    #[error(transparent)]
    Certificate(#[from] NoCertificate),
    /// A thread that serves could not be started.
    #[error("cannot start a worker: {0}; fewer may do (`server.workers`)")]
    Worker(std::io::Error),
    /// The verifier that was set cannot be judged by.
    #[error("{} (`extraction.verifier`): {reason}", path.display())]
    Verifier {
        /// Its file.
        path: PathBuf,
        /// What was found, and what to do.
        reason: String,
    },
    /// There is no store where one was to be looked at.
    #[error("there is no store at {}: set `store.path`", .0.display())]
    NoStore(PathBuf),
    /// The operators' key cannot be read or made.
    #[error("the admin key {}: {reason}", path.display())]
    AdminKey {
        /// Its file.
        path: PathBuf,
        /// What was found, and what to do.
        reason: String,
    },
    /// A fault of this program.
    #[error("internal: {0}")]
    Internal(String),
}

/// A running server.
#[derive(Debug)]
pub struct Running {
    /// Where the proxy and the personal API listen.
    pub address: SocketAddr,
    /// Where metrics and health listen.
    pub admin_address: SocketAddr,
    /// The operators' key, where this start made it. Shown once.
    pub fresh_admin_key: Option<Secret>,
    pipeline: Arc<Pipeline>,
    drain: Duration,
}

/// Starts a server: opens the store, binds both ports, begins to learn.
///
/// # Errors
/// When the store does not open, a key cannot be read, or an address is taken. Nothing is served then.
pub async fn start(config: Config) -> Result<Running, Error> {
    choose_verifier(&config)?;
    // First, so that a start that fails on a port has made no key that nobody was shown.
    let listeners = bind("server.listen", config.server.listen, workers(&config))?;
    let admin_listener = bind("server.admin_listen", config.server.admin_listen, 1)?.remove(0);
    let metrics = Arc::new(Metrics::new().map_err(|error| Error::Internal(error.to_string()))?);
    let people = open_people(&config, Arc::clone(&metrics)).await?;
    let admin_key = keys::admin_key(&config)?;
    let upstream = upstream(&config)?;
    let certificate = certificate(&config)?;

    let tasks = Tasks::in_background_of(Handle::current());
    let access = access(&config, &admin_key.key)?;
    let budget = Budget::new(config.server.max_body_bytes, config.server.max_in_flight_bytes);
    let keys = upstream_keys(&config)?;
    let asking = asking_keys(&config, &keys)?;
    let asker = Asker::new(&config.extraction, upstream.clone(), asking, Arc::clone(&metrics));
    let learner = Arc::new(Learner::new(asker));
    let pipeline = Pipeline {
        access: access.clone(),
        keys,
        people: people.clone(),
        beside: upstream.clone(),
        upstream,
        load: Load::new(config.server.max_in_flight_requests, budget.clone()),
        budget,
        choosing: choosing(&config),
        memory: Arc::default(),
        shadow: Arc::new(Shadow::new(&config.shadow)),
        learner: Arc::clone(&learner),
        metrics: Arc::clone(&metrics),
        tasks: tasks.clone(),
    };
    let api = api::router(Api {
        people: people.clone(),
        access: Arc::new(access),
        count_tokens: tokens::count,
        metrics: Arc::clone(&metrics),
    });

    let limits = Limits {
        header_timeout: Duration::from_millis(config.server.header_timeout_ms),
        write_timeout: Duration::from_millis(config.server.write_timeout_ms),
        drain: Duration::from_millis(config.server.drain_timeout_ms),
    };
    let running = Running {
        address: listeners[0].address(),
        admin_address: admin_listener.address(),
        fresh_admin_key: admin_key.is_fresh.then_some(admin_key.key),
        pipeline: Arc::new(pipeline.clone()),
        drain: limits.drain,
    };
    let serving = || {
        Serving::new(config.server.max_connections, limits, &tasks).counted(Arc::clone(&metrics))
    };
    let admin = admin::service(
        people.clone(),
        Arc::clone(&metrics),
        Arc::clone(&pipeline.load),
        tasks.clone(),
    );
    tasks.spawn(serve(admin_listener, admin, serving()));
    let rooms = Rooms::new(api, Arc::clone(&running.pipeline));
    let serving = serving().by(certificate);
    for (number, listener) in listeners.into_iter().enumerate() {
        let pipeline = Pipeline { upstream: pipeline.upstream.apart(), ..pipeline.clone() };
        let (rooms, serving) = (Arc::clone(&rooms), serving.clone());
        on_worker(number, &tasks, move || {
            serve(listener, front::service(Arc::new(pipeline), rooms), serving)
        })
        .map_err(Error::Worker)?;
    }
    for _ in 0..learner.hands() {
        let learner = Arc::clone(&learner);
        tasks.spawn(learner.run(people.clone(), Arc::clone(&metrics), tasks.clone()));
    }
    tasks.spawn(Arc::clone(&running.pipeline).keep_gleaning());
    tasks.spawn(record(people.clone(), Arc::clone(&metrics), tasks.clone()));
    tasks.spawn(upkeep::run(people, config.retention, metrics, tasks.clone()));
    Ok(running)
}

impl Running {
    /// Drains: no new connections, answers under way end, queued work is kept, everything is flushed. Whether all
    /// ended in time.
    ///
    /// # Errors
    /// When the store cannot be flushed.
    pub async fn stop(self) -> Result<bool, Error> {
        // Connections have `drain`; what they leave to record has a little more.
        let Pipeline { people, metrics, tasks, .. } = &*self.pipeline;
        let ended = tasks.stop(self.drain + Duration::from_secs(5)).await;
        self.pipeline.glean().await;
        self.pipeline.give_up_gleaning();
        write_receipts(people, metrics).await;
        people.flush().await?;
        Ok(ended)
    }
}

/// Opens the store of this configuration, making it and its keys where there is none.
///
/// # Errors
/// When there is a store that does not open.
async fn open_people(config: &Config, metrics: Arc<Metrics>) -> Result<People, Error> {
    let key_file = config.store.key_file();
    let master = if SledStore::is_new(&config.store.path) {
        // Before a key is put there.
        SledStore::claim(&config.store.path)?;
        MasterKey::load_or_create(&key_file)?
    } else {
        MasterKey::load(&key_file)?
    };
    let options = SledOptions {
        queue_max: usize::try_from(config.extraction.queue_max).unwrap_or(usize::MAX),
        ..SledOptions::default()
    };
    let path = config.store.path.clone();
    let store = tokio::task::spawn_blocking(move || SledStore::open(&path, options))
        .await
        .map_err(|error| Error::Internal(error.to_string()))??;
    let bounds = CacheBounds { bytes_max: config.store.cache_bytes, ..CacheBounds::default() };
    Ok(People::open(Arc::new(metered::Metered { store, metrics }), &master, bounds).await?)
}

/// Opens every record of the store of this configuration, and says what is there and how many do not open. Makes
/// nothing.
///
/// # Errors
/// When there is no store, it does not open, or a record in it does not.
pub async fn check_store(config: &Config) -> Result<(Census, u64), Error> {
    if SledStore::is_new(&config.store.path) {
        return Err(Error::NoStore(config.store.path.clone()));
    }
    let metrics = Arc::new(Metrics::new().map_err(|error| Error::Internal(error.to_string()))?);
    Ok(open_people(config, metrics).await?.check().await?)
}

/// What people said of what is held about them, in the store of this configuration, as examples for the verifier; also
/// how many records do not open. Makes nothing.
///
/// # Errors
/// When there is no store, or it does not open.
pub async fn judged_statements(config: &Config) -> Result<(Vec<Example>, u64), Error> {
    if SledStore::is_new(&config.store.path) {
        return Err(Error::NoStore(config.store.path.clone()));
    }
    let metrics = Arc::new(Metrics::new().map_err(|error| Error::Internal(error.to_string()))?);
    let people = open_people(config, metrics).await?;
    let mut examples = Vec::new();
    let mut person = 0_usize;
    let unreadable = people
        .each_told(&mut |told| {
            if !told.settings.learn || examples.len() >= JUDGED_MAX {
                return;
            }
            person += 1;
            // Named by a number: who they are is of no matter.
            let group = format!("person {person}");
            examples.extend(judged(&group, &told.who.user, &told.attributes, &told.judgments));
        })
        .await?;
    examples.truncate(JUDGED_MAX);
    Ok((examples, unreadable))
}

/// More examples than this teach little more, and take long to fit on.
const JUDGED_MAX: usize = 20_000;
/// Weights in a larger file are none of ours.
const VERIFIER_BYTES_MAX: u64 = 64 << 20;

/// Judges by the verifier of this configuration from here on.
///
/// # Errors
/// When it cannot be read, or is of no use to this program.
pub fn choose_verifier(config: &Config) -> Result<(), Error> {
    let path = config.extraction.verifier.as_ref().filter(|path| !path.as_os_str().is_empty());
    let Some(path) = path else { return Ok(()) };
    let failed = |reason: String| Error::Verifier { path: path.clone(), reason };
    let file = File::open(path).map_err(|error| failed(error.to_string()))?;
    let mut json = Vec::new();
    file.take(VERIFIER_BYTES_MAX)
        .read_to_end(&mut json)
        .map_err(|error| failed(error.to_string()))?;
    let verifier = Verifier::read(&json).map_err(|error| failed(error.to_string()))?;
    judge_by(verifier).map_err(|error| failed(error.to_string()))
}

fn bind(key: &'static str, address: SocketAddr, sockets: usize) -> Result<Vec<Listener>, Error> {
    Listener::bind_shared(address, sockets).map_err(|reason| Error::Bind { key, address, reason })
}

fn workers(config: &Config) -> usize {
    if config.server.workers == 0 { cores() } else { config.server.workers }
}

fn certificate(config: &Config) -> Result<Option<Certificate>, Error> {
    let files = config.server.tls_cert_file.as_ref().zip(config.server.tls_key_file.as_ref());
    Ok(files.map(|(chain, key)| Certificate::read(chain, key)).transpose()?)
}

fn upstream(config: &Config) -> Result<Upstream, Error> {
    let settings = &config.upstream;
    let base: Uri =
        settings.base_url.parse().map_err(|_| Error::Internal("upstream.base_url".into()))?;
    let timeouts = Timeouts {
        connect: Duration::from_millis(settings.connect_timeout_ms),
        first_byte: Duration::from_millis(settings.first_byte_timeout_ms),
        pauses: Pauses {
            idle: Duration::from_millis(settings.idle_timeout_ms),
            keep_alive: (config.server.sse_keep_alive_ms > 0)
                .then(|| Duration::from_millis(config.server.sse_keep_alive_ms)),
        },
        pool_idle: Duration::from_millis(settings.pool_idle_timeout_ms),
    };
    let reach = Reach {
        ca_file: settings.ca_file.as_deref(),
        http2_prior_knowledge: settings.http2_prior_knowledge,
    };
    Ok(Upstream::new(base, reach, timeouts)?)
}

fn choosing(config: &Config) -> Choosing {
    Choosing {
        policy: policy(config),
        deadline: Duration::from_millis(config.selection.deadline_ms),
        default_mode: config.personalization.default_mode,
        holdout_rate: config.holdout.rate,
        placement: config.injection.placement,
    }
}

/// The limits of a selection.
#[must_use]
pub fn policy(config: &Config) -> Policy {
    Policy {
        max_attributes: config.selection.max_attributes,
        token_budget: config.selection.token_budget,
        false_injection_target: config.selection.false_injection_target,
    }
}

fn access(config: &Config, admin_key: &Secret) -> Result<Access, Error> {
    let apps = config.access.apps.iter().map(|app| {
        let key = app
            .key_sha256
            .parse::<KeyHash>()
            .map_err(|error| Error::Internal(error.to_string()))?;
        Ok(Client { name: app.name.clone(), key })
    });
    Ok(Access::new(KeyHash::of(admin_key.reveal()), apps.collect::<Result<_, Error>>()?))
}

fn upstream_keys(config: &Config) -> Result<UpstreamKeys, Error> {
    let mut keys = UpstreamKeys {
        common: config.upstream.api_key.as_ref().map(bearer).transpose()?,
        ..Default::default()
    };
    for app in &config.access.apps {
        if let Some(secret) = &app.upstream_api_key {
            keys.by_app.insert(app.name.clone(), bearer(secret)?);
        }
    }
    Ok(keys)
}

/// The keys that the model that extracts is asked with.
fn asking_keys(config: &Config, upstream: &UpstreamKeys) -> Result<UpstreamKeys, Error> {
    match &config.extraction.api_key {
        Some(secret) => {
            Ok(UpstreamKeys { common: Some(bearer(secret)?), ..UpstreamKeys::default() })
        }
        None => Ok(upstream.clone()),
    }
}

fn bearer(secret: &Secret) -> Result<HeaderValue, Error> {
    let mut value = HeaderValue::from_str(&format!("Bearer {}", secret.reveal()))
        .map_err(|_| Error::Internal("a key for the provider is no header value".into()))?;
    value.set_sensitive(true);
    Ok(value)
}
