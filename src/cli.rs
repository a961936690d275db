//! The command line: what was typed becomes a call. One file per command.
//!
//! Exit codes: 0 done, 1 failed, 2 bad usage or bad configuration, 130 cut off by a second signal.

mod config;
mod demo;
mod eval;
mod health;
mod say;
mod serve;
mod store;
mod train;

use std::{io::Write as _, path::PathBuf, process::ExitCode};

use clap::{Args, Parser, Subcommand};

use crate::config::Config;

/// An OpenAI-compatible proxy that personalises an answer only where that changes it.
///
/// Point your app's base URL at it and name the user; it learns from their own words and stays quiet otherwise.
#[derive(Debug, Parser)]
#[command(
    name = "tactful",
    version,
    after_help = "Example:\n  tactful demo\n  OPENAI_API_KEY=sk-… tactful serve"
)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the proxy, the personal API and the operators' listener
    #[command(after_help = "Example:\n  OPENAI_API_KEY=sk-… tactful serve --config tactful.toml")]
    Serve(Files),
    /// Ask the running server of this configuration whether it is well
    #[command(after_help = "Example:\n  tactful health --config tactful.toml")]
    Health(Files),
    /// See the whole main job in a minute: no key, no network
    #[command(after_help = "Example:\n  tactful demo --exit")]
    Demo(demo::Arguments),
    /// Score a stage against people's labels, offline, by the code the server runs
    #[command(subcommand)]
    Eval(eval::Stage),
    /// Fit a small local model on people's labels, and say how it does on users left out
    #[command(subcommand)]
    Train(train::Stage),
    /// Look after the store
    #[command(subcommand)]
    Store(store::Task),
    /// Look at the configuration
    #[command(subcommand)]
    Config(config::Task),
}

/// Configuration files.
#[derive(Debug, Args)]
struct Files {
    /// A configuration file (TOML); repeat it to lay one over the other
    #[arg(long = "config", value_name = "FILE")]
    files: Vec<PathBuf>,
}

impl Files {
    fn load(&self) -> Result<Config, Failure> {
        crate::config::load(&self.files, std::env::vars())
            .map_err(|error| Failure::Usage(error.to_string()))
    }
}

/// Why a command failed: one line.
#[derive(Debug)]
enum Failure {
    /// Bad usage or bad configuration.
    Usage(String),
    /// Told to stop at once, before everything had ended.
    CutOff,
    /// Anything else.
    Failed(anyhow::Error),
}

impl<E: Into<anyhow::Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

/// Runs what was typed.
#[must_use]
pub fn run() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Serve(files) => serve::run(&files),
        Command::Health(files) => health::run(&files),
        Command::Demo(arguments) => demo::run(&arguments),
        Command::Eval(stage) => eval::run(&stage),
        Command::Train(stage) => train::run(&stage),
        Command::Store(task) => store::run(&task),
        Command::Config(task) => config::run(&task),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::Failed(error)) if error.is::<say::NobodyReads>() => ExitCode::SUCCESS,
        Err(Failure::Usage(line)) => {
            complain(&line);
            ExitCode::from(2)
        }
        Err(Failure::CutOff) => {
            complain(&"stopped at once; answers under way were cut off");
            ExitCode::from(INTERRUPTED)
        }
        Err(Failure::Failed(error)) => {
            complain(&format_args!("{error:#}"));
            ExitCode::FAILURE
        }
    }
}

/// Says why, to whoever reads it; the exit code says it too.
fn complain(line: &dyn std::fmt::Display) {
    let _ = writeln!(std::io::stderr(), "tactful: {line}");
}

/// What a shell says of a program that was interrupted: 128 and the number of the signal.
const INTERRUPTED: u8 = 130;

/// Threads for what runs beside the chats, which have threads of their own.
const BACKGROUND_THREADS: usize = 2;

/// Runs asynchronous work to its end.
fn block_on<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    runtime.worker_threads(BACKGROUND_THREADS).thread_name("background");
    runtime.enable_all().build()?.block_on(work)
}
