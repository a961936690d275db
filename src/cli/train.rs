//! `tactful train selection|verification`.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::{Args, Subcommand};

use super::{Failure, Files, block_on, say::say};
use crate::{
    app,
    config::Config,
    eval::{
        selection::{Material, fit},
        verification::{self, Example},
    },
    learn::{Verifier, verifier},
    select, store,
};

/// Which model to fit.
#[derive(Debug, Subcommand)]
pub(super) enum Stage {
    /// The scorer of the selection, on people's labels
    #[command(
        after_help = "Example:\n  tactful train selection --data ikat-2023.jsonl --out selection.json"
    )]
    Selection(Arguments),
    /// The verifier of what is learned, on labelled statements or on what people said of what is held
    ///
    /// Judgments are read from the store of the configuration, which no server may have open. They are added to the
    /// written statements that come with this program, or to those of --data. Set `extraction.verifier` to the model
    /// to judge by it.
    #[command(
        after_help = "Example:\n  tactful train verification --from-judgments --config tactful.toml --out verification.json\n  tactful train verification --data sessions.jsonl --data turns.jsonl --out verification.json"
    )]
    Verification(Verification),
}

#[derive(Debug, Args)]
pub(super) struct Verification {
    /// Labels, JSON Lines; repeat it for more of them
    #[arg(long, value_name = "FILE", required_unless_present = "from_judgments")]
    data: Vec<PathBuf>,
    /// Learn from the judgments that people gave in the store; at least 50 are needed
    #[arg(long)]
    from_judgments: bool,
    /// Where to write the model
    #[arg(long, value_name = "MODEL")]
    out: PathBuf,
    /// Names the model [default: words-1, or judged-1 with --from-judgments]
    #[arg(long, value_name = "NAME")]
    version: Option<String>,
    #[command(flatten)]
    files: Files,
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
    let config = arguments.files.load()?;
    app::choose_verifier(&config)?;
    let version = match &arguments.version {
        Some(version) => version,
        None if arguments.from_judgments => "judged-1",
        None => "words-1",
    };
    let paths: Vec<_> = arguments.data.iter().map(PathBuf::as_path).collect();
    let examples = match paths.is_empty() {
        true => verification::written()?,
        false => verification::read(&paths)?,
    };
    if arguments.from_judgments {
        return from_judgments(arguments, &config, &examples, version);
    }
    say!("before: {}\n{}", verifier().version, verification::report(&examples, verifier()));
    let fitted = verification::train(&examples, version);
    say!("after: {}; what it was fitted on is judged by fits without it", version);
    say!("{}", fitted.report);
    write(&arguments.out, &fitted.verifier)
}

fn from_judgments(
    arguments: &Verification,
    config: &Config,
    material: &[Example],
    version: &str,
) -> Result<(), Failure> {
    let (judged, unreadable) = block_on(async { Ok(app::judged_statements(config).await?) })
        .map_err(|failure| match failure {
            Failure::Failed(error) if is_locked(&error) => Failure::Failed(error.context(IN_USE)),
            other => other,
        })?;
    if unreadable > 0 {
        say!("{unreadable} records do not open and were left out: run `tactful store check`");
    }
    let fitted = verification::retrain(material, &judged, verifier(), version)?;
    let [judgments, people] = fitted.judgments;
    say!("{judgments} judgments of {people} people, and {} labelled statements\n", material.len());
    say!("before: {}", verifier().version);
    say!("What is held had passed the verifier of its time, so little of it is flagged.\n");
    say!("{}", fitted.before);
    say!("after: {}, on people left out of the fit\n\n{}", version, fitted.after);
    write(&arguments.out, &fitted.verifier)?;
    say!("to judge by it, set `extraction.verifier` to that file and start the server");
    Ok(())
}

fn is_locked(error: &anyhow::Error) -> bool {
    matches!(error.downcast_ref(), Some(app::Error::Store(store::Error::Locked { .. })))
}

/// What to do where a server has the store.
const IN_USE: &str = "the judgments cannot be read while the server runs: stop it, train, and start it again (or train \
                      on a copy of a stopped store)";

fn write(path: &Path, verifier: &Verifier) -> Result<(), Failure> {
    std::fs::write(path, serde_json::to_string(verifier)? + "\n")
        .with_context(|| format!("cannot write {}", path.display()))?;
    say!("written to {}", path.display());
    Ok(())
}

fn selection(arguments: &Arguments) -> Result<(), Failure> {
    let policy = app::policy(&arguments.files.load()?);
    let before = crate::eval::selection::run(&arguments.data, None, &policy, 0)?;
    say!("before: {}, as shipped, on these labels\n{before}", select::scorer_version());

    let material = [Material { path: &arguments.data, weight: 427.0 }];
    let fitted = fit(select::scorer_version(), &arguments.note, &material, &policy)?;
    say!("\nafter: on users left out of the fit\n{}", fitted.held_out);
    say!("second rater: {}", fitted.held_out_second);
    for risk in &fitted.risk_coverage {
        say!("{risk}");
    }
    std::fs::write(&arguments.out, serde_json::to_string_pretty(&fitted.model)? + "\n")?;
    say!("\nwritten to {}", arguments.out.display());
    Ok(())
}
