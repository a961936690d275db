//! What an evaluation says, as values and as a table.

use serde::Serialize;

use super::Figures;

/// How a selector does against labels.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// The scorer's version.
    pub scorer: String,
    /// The raw score from which an attribute passes.
    pub threshold: Option<f32>,
    /// Against the labels in `relevant`.
    pub figures: Figures,
    /// Against the second rater, on the turns that have one.
    pub second_rater: Option<Figures>,
    /// Half of the selections took no longer than this.
    pub micros_p50: u64,
    /// 95% of them took no longer than this.
    pub micros_p95: u64,
    /// What other thresholds would give.
    pub risk_coverage: Vec<Risk>,
    /// The worst errors asked for. Ids, scores and the prompt: meant for the operator's own terminal.
    pub errors: Vec<Mistake>,
}

/// What one threshold gives.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Risk {
    /// The threshold on raw scores.
    pub threshold: f32,
    /// The share of requests that get something.
    pub coverage: Option<f64>,
    /// Of requests needing nothing, the share that get something.
    pub false_injection: Option<f64>,
    /// Of requests needing something, the share that get nothing of it.
    pub missed_need: Option<f64>,
    /// F1 over all pairs.
    pub f1: Option<f64>,
}

/// One request where the selection and the labels part.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Mistake {
    /// The request.
    pub id: String,
    /// What was asked.
    pub prompt: String,
    /// Selected and not relevant, with the score.
    pub wrong: Vec<(String, f32)>,
    /// Relevant and not selected, with the score where it was near enough to be kept.
    pub missed: Vec<(String, Option<f32>)>,
}

impl std::fmt::Display for Report {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.threshold {
            Some(threshold) => writeln!(f, "scorer {}, threshold {threshold:.3}", self.scorer)?,
            None => writeln!(
                f,
                "scorer {}, no threshold meets the target: nothing passes",
                self.scorer
            )?,
        }
        write!(f, "{}", self.figures)?;
        if let Some(second) = &self.second_rater {
            write!(f, "\nagainst the second rater: {second}")?;
        }
        writeln!(
            f,
            "\ntime per selection: p50 {} µs, p95 {} µs",
            self.micros_p50, self.micros_p95
        )?;
        writeln!(f, "\nthreshold  coverage  false injection  missed need     F1")?;
        for risk in &self.risk_coverage {
            writeln!(f, "{}", risk)?;
        }
        for mistake in &self.errors {
            writeln!(f, "\n{}: {}", mistake.id, mistake.prompt)?;
            for (name, score) in &mistake.wrong {
                writeln!(f, "  wrong  {name} ({score:.3})")?;
            }
            for (name, score) in &mistake.missed {
                let score = score.map_or("not near".into(), |score| format!("{score:.3}"));
                writeln!(f, "  missed {name} ({score})")?;
            }
        }
        Ok(())
    }
}

impl std::fmt::Display for Risk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let cell =
            |figure: Option<f64>| figure.map_or("–".to_owned(), |value| format!("{value:.3}"));
        write!(
            f,
            "{:>9.3}  {:>8}  {:>15}  {:>11}  {:>5}",
            self.threshold,
            cell(self.coverage),
            cell(self.false_injection),
            cell(self.missed_need),
            cell(self.f1),
        )
    }
}
