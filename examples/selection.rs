//! Fits the shipped scorer, or scores it.
//!
//! `cargo run --release --example selection -- fit PEOPLE.jsonl models/selection.json`
//! `cargo run --release --example selection -- score LABELS.jsonl [ERRORS] [TARGET]`

use std::path::Path;

use tactful::{
    eval::selection::{Material, fit, run},
    select::Policy,
};

fn main() -> anyhow::Result<()> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    let policy = Policy { max_attributes: 3, token_budget: 160, false_injection_target: 0.05 };
    match arguments[..] {
        ["fit", people, model] => {
            let materials = [Material { path: Path::new(people), weight: 427.0 }];
            for target in [0.05, 0.1] {
                let policy = Policy { false_injection_target: target, ..policy };
                let fit = fit("lexical-1", FITTED_ON, &materials, &policy)?;
                show(&format!("held-out users, target {target}\n{}", fit.held_out));
                show(&format!("second rater: {}", fit.held_out_second));
                if target < 0.1 {
                    for risk in &fit.risk_coverage {
                        show(&risk.to_string());
                    }
                    for (name, weight) in &fit.model.weights {
                        show(&format!("{name:>20} {weight:>8.3}"));
                    }
                    std::fs::write(model, serde_json::to_string_pretty(&fit.model)? + "\n")?;
                }
            }
        }
        ["score", labels, ref rest @ ..] => {
            let errors = rest.first().map_or(Ok(0), |errors| errors.parse())?;
            let target = rest.get(1).map_or(Ok(0.05), |target| target.parse())?;
            let policy = Policy { false_injection_target: target, ..policy };
            show(&run(Path::new(labels), None, &policy, errors)?.to_string());
        }
        _ => anyhow::bail!("fit PEOPLE MODEL, or score LABELS [ERRORS] [TARGET]"),
    }
    Ok(())
}

const FITTED_ON: &str =
    "iKAT 2023, people's labels; calibrated on its dialogues, each left out of the fit in turn";

#[expect(clippy::print_stdout, reason = "a command")]
fn show(text: &str) {
    println!("{text}");
}
