//! Medians, ranges, and tables that line up.

/// A figure measured in several rounds.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rounds(Vec<f64>);

impl Rounds {
    pub(crate) fn push(&mut self, value: f64) {
        self.0.push(value);
    }

    pub(crate) fn median(&self) -> f64 {
        let sorted = sorted(self.0.clone());
        let middle = sorted.len() / 2;
        let lower = if sorted.len().is_multiple_of(2) { middle.saturating_sub(1) } else { middle };
        let at = |at: usize| sorted.get(at).copied().unwrap_or(f64::NAN);
        f64::midpoint(at(lower), at(middle))
    }

    pub(crate) fn min(&self) -> f64 {
        self.0.iter().copied().fold(f64::INFINITY, f64::min)
    }

    pub(crate) fn max(&self) -> f64 {
        self.0.iter().copied().fold(f64::NEG_INFINITY, f64::max)
    }

    /// Round by round.
    pub(crate) fn over(&self, base: &Self) -> Self {
        Self(self.0.iter().zip(&base.0).map(|(value, base)| value / base).collect())
    }

    /// Round by round.
    pub(crate) fn minus(&self, base: &Self) -> Self {
        Self(self.0.iter().zip(&base.0).map(|(value, base)| value - base).collect())
    }

    /// `12.3 (11.9–14.0)`; of one round `12.3`.
    pub(crate) fn told(&self, decimals: usize) -> String {
        if let [only] = self.0.as_slice() {
            return format!("{only:.decimals$}");
        }
        let [median, min, max] = [self.median(), self.min(), self.max()];
        format!("{median:.decimals$} ({min:.decimals$}–{max:.decimals$})")
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::json!({ "median": self.median(), "min": self.min(), "max": self.max() })
    }
}

pub(crate) fn sorted(mut values: Vec<f64>) -> Vec<f64> {
    values.sort_by(f64::total_cmp);
    values
}

/// Of sorted values.
pub(crate) fn quantile(sorted: &[f64], at: f64) -> f64 {
    let last = sorted.len().saturating_sub(1);
    sorted.get((last as f64 * at).round() as usize).copied().unwrap_or(f64::NAN)
}

/// Whether a target is met.
pub(crate) fn verdict(measured: f64, at_most: f64) -> &'static str {
    if measured <= at_most { "ok" } else { "over" }
}

/// A table: the first column to the left, the others to the right.
#[derive(Debug)]
pub(crate) struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    pub(crate) fn new(columns: &[&str]) -> Self {
        Self { rows: vec![columns.iter().map(|&name| name.into()).collect()] }
    }

    pub(crate) fn row(&mut self, cells: Vec<String>) {
        self.rows.push(cells);
    }

    pub(crate) fn print(&self, title: &str) {
        println!("\n{title}");
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let width = |at| {
            self.rows
                .iter()
                .filter_map(|row| row.get(at))
                .map(|cell: &String| cell.chars().count())
                .max()
                .unwrap_or(0)
        };
        let widths: Vec<usize> = (0..columns).map(width).collect();
        for row in &self.rows {
            let mut line = String::new();
            for (at, (cell, width)) in row.iter().zip(&widths).enumerate() {
                if at == 0 {
                    line += &format!("  {cell:<width$}");
                } else {
                    line += &format!("  {cell:>width$}");
                }
            }
            println!("{}", line.trim_end());
        }
    }
}
