//! `tactful eval extraction|verification|selection`.

use std::{fmt::Display, path::PathBuf};

use clap::{Args, Subcommand};
use serde::Serialize;

use super::{Failure, Files, say::say};
use crate::{app, eval};

/// Which stage to score.
#[derive(Debug, Subcommand)]
pub(super) enum Stage {
    /// What is learned from conversations, against labelled attributes
    #[command(
        after_help = "Example:\n  tactful eval extraction --data sessions.jsonl --predictions found.jsonl"
    )]
    Extraction {
        #[command(flatten)]
        arguments: Arguments,
        #[command(flatten)]
        files: Files,
    },
    /// Which extracted statements are held to be true of the person, against labels
    #[command(after_help = "Example:\n  tactful eval verification --data sessions.jsonl")]
    Verification {
        #[command(flatten)]
        arguments: Arguments,
        #[command(flatten)]
        files: Files,
    },
    /// Which attributes are chosen for prompts, against people's labels
    #[command(after_help = "Example:\n  tactful eval selection --data ikat-2023.jsonl --errors 20")]
    Selection {
        #[command(flatten)]
        arguments: Arguments,
        #[command(flatten)]
        files: Files,
        /// Also print this many of the worst errors, with the texts they are about
        #[arg(long, value_name = "N", default_value_t = 0)]
        errors: usize,
    },
}

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The labels, JSON Lines
    #[arg(long, value_name = "FILE")]
    data: PathBuf,
    /// Where to write what this program answers, JSON Lines
    #[arg(long, value_name = "FILE")]
    predictions: Option<PathBuf>,
    /// Print the figures as JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(stage: &Stage) -> Result<(), Failure> {
    match stage {
        Stage::Extraction { arguments, files } => {
            app::choose_verifier(&files.load()?)?;
            let report = eval::extraction::run(&arguments.data, arguments.predictions.as_deref())?;
            show(&report, arguments.json)
        }
        Stage::Verification { arguments, files } => {
            app::choose_verifier(&files.load()?)?;
            let report =
                eval::verification::run(&arguments.data, arguments.predictions.as_deref())?;
            show(&report, arguments.json)
        }
        Stage::Selection { arguments, files, errors } => {
            let policy = app::policy(&files.load()?);
            let report = eval::selection::run(
                &arguments.data,
                arguments.predictions.as_deref(),
                &policy,
                *errors,
            )?;
            show(&report, arguments.json)
        }
    }
}

fn show(report: &(impl Display + Serialize), json: bool) -> Result<(), Failure> {
    if json {
        say!("{}", serde_json::to_string_pretty(report)?);
    } else {
        say!("{report}");
    }
    Ok(())
}
