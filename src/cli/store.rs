//! `tactful store check`.

use clap::Subcommand;

use super::{Failure, Files, block_on, say::say};
use crate::app;

/// What to do with the store.
#[derive(Debug, Subcommand)]
pub(super) enum Task {
    /// Open every record and say what is there; the server must not be running
    #[command(after_help = "Example:\n  tactful store check --config tactful.toml")]
    Check(Files),
}

pub(super) fn run(task: &Task) -> Result<(), Failure> {
    let Task::Check(files) = task;
    let config = files.load()?;
    let (census, unreadable) = block_on(async { Ok(app::check_store(&config).await?) })?;
    say!("users      {:>12}", census.users);
    say!("records    {:>12}", census.records);
    say!("lessons    {:>12}", census.jobs);
    say!("on disk    {:>12} bytes", census.bytes_on_disk);
    if unreadable > 0 {
        return Err(anyhow::anyhow!(
            "{unreadable} records do not open: stop here, keep the directory as it is, and restore it from a backup"
        )
        .into());
    }
    say!("every record opens");
    Ok(())
}
