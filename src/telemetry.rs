//! Logs: to standard error, one line an event.

use std::io::IsTerminal as _;

use tracing_subscriber::EnvFilter;

/// Starts logging by this filter, in colour where a terminal reads it. A second start changes nothing.
pub fn start(filter: &str) {
    let filter = EnvFilter::try_new(filter).unwrap_or_else(|_| EnvFilter::new("info"));
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .with_target(false)
        .try_init();
}

/// Says where a panic happened and not what it says: its message may quote the text it happened on.
pub fn tell_panics_by_place_alone() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "a fault of this program; please report the place");
    }));
}
