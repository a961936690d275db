//! `tactful demo`: the newcomer's first minute.
//!
//! Starts a small bundled provider and the real server on free ports, sends real chat turns through it as a client
//! would, and prints what the personal API then says. Nothing leaves the machine; the store is gone at the end.

mod client;
mod provider;
mod story;

use clap::Args;
use tokio::signal;

use self::client::Client;
use super::{Failure, block_on};
use crate::{app, config::Config, http::Listener, tasks::Tasks};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Stop at the end instead of running on
    #[arg(long)]
    exit: bool,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    crate::telemetry::start("warn");
    block_on(show(arguments.exit))
}

async fn show(exit: bool) -> Result<(), Failure> {
    let any_port = std::net::SocketAddr::from(([127, 0, 0, 1], 0));
    let folder = tempfile::Builder::new().prefix("tactful-demo-").tempdir()?;
    let provider = Listener::bind(any_port)?;

    let mut config = Config::default();
    config.server.listen = any_port;
    config.server.admin_listen = any_port;
    config.upstream.base_url = format!("http://{}/v1", provider.address());
    config.store.path = folder.path().join("store");
    // Every personalised answer is compared and none is held out, so that there is something to see.
    config.shadow.sample_rate = 1.0;
    config.holdout.rate = 0.0;

    let tasks = Tasks::default();
    provider::start(provider, &tasks);
    let running = app::start(config).await?;
    let key = running.fresh_admin_key.clone();
    let client = Client::new(
        running.address,
        running.admin_address,
        key.as_ref().map_or("", |key| key.reveal()),
    );

    story::tell(&client).await?;
    if !exit {
        story::say_where(&client)?;
        signal::ctrl_c().await?;
    }
    running.stop().await?;
    tasks.stop(std::time::Duration::from_secs(1)).await;
    Ok(())
}
