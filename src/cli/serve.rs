//! `tactful serve`.

use std::io::Write as _;

use tokio::signal::unix::{SignalKind, signal};

use super::{Failure, Files, block_on};
use crate::{app, config::Config, telemetry};

pub(super) fn run(files: &Files) -> Result<(), Failure> {
    let config = files.load()?;
    telemetry::start(&config.log.filter);
    telemetry::tell_panics_by_place_alone();
    block_on(serve(config))
}

async fn serve(config: Config) -> Result<(), Failure> {
    // Before the ports are bound: a signal that comes early stops what has been started.
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;

    let upstream = config.upstream.base_url.clone();
    let has_key = config.upstream.api_key.is_some();
    let apps = config.access.apps.clone();
    let scheme = if config.server.tls_cert_file.is_some() { "https" } else { "http" };
    let is_open = apps.is_empty() && !config.server.listen.ip().is_loopback();
    let store = config.store.path.display().to_string();
    let running = app::start(config).await?;
    say(format_args!("tactful {}", env!("CARGO_PKG_VERSION")));
    say(format_args!("  proxy         {scheme}://{}/v1  ->  {upstream}", running.address));
    say(format_args!("  personal API  {scheme}://{}/tactful/v1", running.address));
    say(format_args!("  operators     http://{}/metrics", running.admin_address));
    say(format_args!("  store         {store}"));
    let key =
        if has_key { "yours, from the configuration" } else { "the client's own Authorization" };
    say(format_args!("  upstream key  {key}"));
    if !has_key && apps.iter().any(|app| app.upstream_api_key.is_none()) {
        say(format_args!(
            "warning: an app without `upstream_api_key` has its own key sent to the provider; set one, or `upstream.api_key`"
        ));
    }
    if is_open {
        say(format_args!(
            "warning: whoever reaches {} may chat{}: set `access.apps`, or listen on 127.0.0.1",
            running.address,
            if has_key { " with your key" } else { "" }
        ));
    }
    if let Some(key) = &running.fresh_admin_key {
        say(format_args!(
            "\nAdmin key, shown this once and kept in {store}/admin.key:\n  {}",
            key.reveal()
        ));
        say(format_args!(
            "\nNext: set your app's base URL to {scheme}://{}/v1 and name the user of each chat:",
            running.address
        ));
        say(format_args!(
            "  x-tactful-user: USER   (or `safety_identifier`, or `user`, in the body)"
        ));
        say(format_args!("See what was learned:"));
        say(format_args!(
            "  curl -H \"Authorization: Bearer $(cat {store}/admin.key)\" {scheme}://{}/tactful/v1/users/USER/attributes",
            running.address
        ));
    }

    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    say(format_args!("stopping: answers under way end first (a second signal stops at once)"));
    tokio::select! {
        ended = running.stop() => {
            if !ended? {
                tracing::warn!("stopped with answers still under way");
            }
        }
        _ = interrupt.recv() => return Err(Failure::CutOff),
        _ = terminate.recv() => return Err(Failure::CutOff),
    }
    Ok(())
}

/// Prints a line. A server goes on where nobody reads what it prints.
fn say(line: std::fmt::Arguments<'_>) {
    let _ = writeln!(std::io::stdout(), "{line}");
}
