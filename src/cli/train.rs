//! `tactful train selection|verification`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{Failure, Files};
use crate::{
    app,
    eval::{
        selection::{Material, fit},
        verification,
    },
    learn::verifier,
    select,
};

/// Which model to fit.
#[derive(Debug, Subcommand)]
pub(super) enum Stage {
    /// The scorer of the selection, on people's labels
    #[command(
        after_help = "Example:\n  tactful train selection --data ikat-2023.jsonl --out selection.json"
    )]
    Selection(Arguments),
    /// The verifier of what is learned, on labelled statements
    #[command(
        after_help = "Example:\n  tactful train verification --data sessions.jsonl --data turns.jsonl --out verification.json"
    )]
    Verification(Verification),
}

#[derive(Debug, Args)]
pub(super) struct Verification {
    /// Labels, JSON Lines; repeat it for more of them
    #[arg(long, value_name = "FILE", required = true)]
    data: Vec<PathBuf>,
    /// Where to write the model
    #[arg(long, value_name = "MODEL")]
    out: PathBuf,
    /// Names the model
    #[arg(long, value_name = "NAME", default_value = "words-1")]
    version: String,
}

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The labels, JSON Lines
    #[arg(long, value_name = "FILE")]
    data: PathBuf,
    /// Where to write the model
    #[arg(long, value_name = "MODEL")]
    out: PathBuf,
    /// What the model was fitted on, for its card
    #[arg(long, value_name = "TEXT", default_value = "labels given on the command line")]
    note: String,
    #[command(flatten)]
    files: Files,
}

pub(super) fn run(stage: &Stage) -> Result<(), Failure> {
    match stage {
        Stage::Selection(arguments) => selection(arguments),
        Stage::Verification(arguments) => verification(arguments),
    }
}

fn verification(arguments: &Verification) -> Result<(), Failure> {
    let paths: Vec<_> = arguments.data.iter().map(PathBuf::as_path).collect();
    let examples = verification::read(&paths)?;
    println!("before: {}\n{}", verifier().version, verification::report(&examples, verifier()));
    let fitted = verification::train(&examples, &arguments.version);
    println!("after: {}; what it was fitted on is judged by fits without it", arguments.version);
    println!("{}", fitted.report);
    std::fs::write(&arguments.out, serde_json::to_string(&fitted.verifier)? + "\n")?;
    println!("written to {}", arguments.out.display());
    Ok(())
}

fn selection(arguments: &Arguments) -> Result<(), Failure> {
    let policy = app::policy(&arguments.files.load()?);
    let before = crate::eval::selection::run(&arguments.data, None, &policy, 0)?;
    println!("before: {}, as shipped, on these labels\n{before}", select::scorer_version());

    let material = [Material { path: &arguments.data, weight: 427.0 }];
    let fitted = fit(select::scorer_version(), &arguments.note, &material, &policy)?;
    println!("\nafter: on users left out of the fit\n{}", fitted.held_out);
    println!("second rater: {}", fitted.held_out_second);
    for risk in &fitted.risk_coverage {
        println!("{risk}");
    }
    std::fs::write(&arguments.out, serde_json::to_string_pretty(&fitted.model)? + "\n")?;
    println!("\nwritten to {}", arguments.out.display());
    Ok(())
}
