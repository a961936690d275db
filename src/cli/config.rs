//! `tactful config check|show`.

use clap::Subcommand;

use super::{Failure, Files, say::say};

/// What to do with the configuration.
#[derive(Debug, Subcommand)]
pub(super) enum Task {
    /// Say whether it is right
    #[command(after_help = "Example:\n  tactful config check --config tactful.toml")]
    Check(Files),
    /// Print what is in effect, secrets masked
    #[command(after_help = "Example:\n  TACTFUL__SERVER__LISTEN=0.0.0.0:8080 tactful config show")]
    Show(Files),
}

pub(super) fn run(task: &Task) -> Result<(), Failure> {
    match task {
        Task::Check(files) => {
            files.load()?;
            say!("the configuration is right");
        }
        Task::Show(files) => say!("{}", crate::config::shown(&files.load()?)),
    }
    Ok(())
}
