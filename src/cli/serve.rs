//! `tactful serve`.

use tokio::signal::unix::{SignalKind, signal};

use super::{Failure, Files, block_on};
use crate::{app, config::Config, telemetry};

pub(super) fn run(files: &Files) -> Result<(), Failure> {
    let config = files.load()?;
    telemetry::start(&config.log.filter);
    block_on(serve(config))
}

async fn serve(config: Config) -> Result<(), Failure> {
    // Before the ports are bound: a signal that comes early stops what has been started.
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;

    let upstream = config.upstream.base_url.clone();
    let has_key = config.upstream.api_key.is_some();
    let store = config.store.path.display().to_string();
    let running = app::start(config).await?;
    println!("tactful {}", env!("CARGO_PKG_VERSION"));
    println!("  proxy         http://{}/v1  ->  {upstream}", running.address);
    println!("  personal API  http://{}/tactful/v1", running.address);
    println!("  operators     http://{}/metrics", running.admin_address);
    println!("  store         {store}");
    let key =
        if has_key { "yours, from the configuration" } else { "the client's own Authorization" };
    println!("  upstream key  {key}");
    if let Some(key) = &running.fresh_admin_key {
        println!("\nAdmin key, shown this once and kept in {store}/admin.key:\n  {}", key.reveal());
        println!(
            "\nNext: set your app's base URL to http://{}/v1 and name the user of each chat:",
            running.address
        );
        println!("  x-tactful-user: USER   (or `safety_identifier`, or `user`, in the body)");
        println!("See what was learned:");
        println!(
            "  curl -H \"Authorization: Bearer $(cat {store}/admin.key)\" http://{}/tactful/v1/users/USER/attributes",
            running.address
        );
    }

    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    println!("stopping: answers under way end first (a second signal stops at once)");
    tokio::select! {
        ended = running.stop() => {
            if !ended? {
                tracing::warn!("stopped with answers still under way");
            }
        }
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    Ok(())
}
