//! What the wire costs: tactful beside a bare relay and beside no proxy at all, in one run on one machine.
//!
//! ```text
//! cargo bench --bench wire                          everything
//! cargo bench --bench wire -- quick                 less of everything, in about a minute
//! cargo bench --bench wire -- chat sse              these sections: chat, sse, memory, start, open
//! cargo bench --bench wire -- one-core              everyone on one core: no wake-ups across cores in the times
//! cargo bench --bench wire -- --json figures.json   the figures in a file, too
//! ```
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "it prints a table; its counts are far below 2^52"
)]

mod chat;
mod child;
mod contestants;
mod figures;
mod floor;
mod load;
mod machine;
mod memory;
mod message;
mod open;
mod people;
mod sse;
mod start;
mod stream;
mod upstream;
mod workload;

use std::{path::PathBuf, process::ExitCode};

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};

use self::{child::Process, machine::Cores};

const SECTIONS: [&str; 5] = ["chat", "sse", "memory", "start", "open"];

/// One run: what there is to run on, and what was found.
#[derive(Debug)]
pub(crate) struct Run {
    cores: Cores,
    upstream: Process,
    quick: bool,
    records: Vec<Value>,
}

impl Run {
    /// Keeps figures for the file.
    fn record(&mut self, figures: Value) {
        self.records.push(figures);
    }
}

/// What was asked for.
#[derive(Debug, Default)]
struct Wish {
    quick: bool,
    one_core: bool,
    sections: Vec<&'static str>,
    json: Option<PathBuf>,
}

fn main() -> ExitCode {
    match part() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("wire: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn part() -> Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["part", "upstream"] => upstream::run(),
        ["part", "floor", upstream, kind] => child::floor(upstream.parse()?, *kind == "splice"),
        words => measure(&wish(words)?),
    }
}

fn wish(words: &[&str]) -> Result<Wish> {
    let mut wish = Wish::default();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        match *word {
            // Cargo says so.
            "--bench" => {}
            "quick" => wish.quick = true,
            "one-core" => wish.one_core = true,
            "--json" => wish.json = Some(words.next().context("--json needs a file")?.into()),
            word => match SECTIONS.iter().find(|section| **section == word) {
                Some(section) => wish.sections.push(section),
                None => bail!(
                    "{word:?} is none of: quick, one-core, {}, --json FILE",
                    SECTIONS.join(", ")
                ),
            },
        }
    }
    if wish.sections.is_empty() {
        wish.sections = SECTIONS.into();
    }
    Ok(wish)
}

fn measure(wish: &Wish) -> Result<()> {
    let cores = Cores::share_out(wish.one_core)?;
    machine::stay_on(&cores.load)?;
    let upstream = child::again(&["upstream"], &cores.upstream, &cores.load)?;
    let mut run = Run { cores, upstream, quick: wish.quick, records: Vec::new() };
    println!("{}; {}", machine::described(), run.cores.told());
    let runtime = child::runtime()?;
    for section in &wish.sections {
        runtime.block_on(async {
            match *section {
                "chat" => chat::run(&mut run).await,
                "sse" => sse::run(&mut run).await,
                "memory" => memory::run(&mut run).await,
                "start" => start::run(&mut run).await,
                _ => open::run(&mut run).await,
            }
        })?;
    }
    if let Some(file) = &wish.json {
        let figures = json!({
            "machine": machine::described(), "pinning": run.cores.told(), "quick": wish.quick, "figures": run.records,
        });
        std::fs::write(file, serde_json::to_vec_pretty(&figures)?)
            .with_context(|| format!("writing {}", file.display()))?;
    }
    Ok(())
}
