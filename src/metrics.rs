//! Every metric: its name, its meaning, its handle. Labels are of few values; never a user, never a word of theirs.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use prometheus::{
    Gauge, Histogram, HistogramOpts, HistogramVec, IntCounterVec, IntGauge, Opts, Registry,
    TextEncoder,
};

use crate::{
    compare::report::Figure,
    person::{Outcome, RequestReason},
};

/// Seconds, from ten microseconds to ten seconds.
const SECONDS: [f64; 15] = [
    0.000_01, 0.000_025, 0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025,
    0.1, 0.5, 2.5, 10.0,
];
/// Seconds a provider takes.
const PROVIDER_SECONDS: [f64; 10] = [0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0, 300.0];
const ATTRIBUTES: [f64; 9] = [0.0, 1.0, 2.0, 3.0, 5.0, 10.0, 50.0, 100.0, 500.0];
const TOKENS: [f64; 7] = [0.0, 20.0, 40.0, 80.0, 160.0, 320.0, 1280.0];

/// The over-personalization figures, each a gauge with its sample size beside it. A figure that rests on too few
/// samples is NaN.
pub const FIGURES: [&str; 11] = [
    "selection_rate",
    "empty_share",
    "over_selection_ratio",
    "false_injection_rate",
    "missed_need_rate",
    "no_better_than_generic_rate",
    "harm_rate",
    "mention_rate",
    "idle_injection_rate",
    "sensitive_injection_rate",
    "judge_human_gap",
];

/// Every metric, in a registry of its own.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    /// Requests, by route, outcome and reason.
    pub requests: IntCounterVec,
    /// What is given up under load: 0 nothing, 1 comparisons, 2 learning too, 3 personalization too, 4 all.
    pub load_level: IntGauge,
    /// Time in the proxy that is not the upstream's.
    pub request_overhead: Histogram,
    /// Time from request to the head of the upstream's answer.
    pub upstream_first_byte: Histogram,
    /// Time of a selection, by stage: `load` the profile, `score` it.
    pub selection: HistogramVec,
    /// Attributes looked at, per request.
    pub attributes_considered: Histogram,
    /// Attributes used, per request.
    pub attributes_selected: Histogram,
    /// Tokens spliced in, per personalised request.
    pub injected_tokens: Histogram,
    /// Receipts, by what became of them.
    pub receipts: IntCounterVec,
    /// Lessons, by what became of them.
    pub extraction_jobs: IntCounterVec,
    /// Lessons waiting.
    pub extraction_queue_depth: IntGauge,
    /// Requests to the model that extracts, by what came of them.
    pub extraction_requests: IntCounterVec,
    /// Tokens that they cost, read and written.
    pub extraction_tokens: IntCounterVec,
    /// Attributes learned.
    pub attributes_learned: IntCounterVec,
    /// Statements refused, by reason.
    pub attributes_refused: IntCounterVec,
    /// Generic answers beside, by what became of them.
    pub shadow_requests: IntCounterVec,
    /// Judgments given.
    pub judgments: IntCounterVec,
    /// Time of store operations.
    pub store_operation: HistogramVec,
    /// Store operations that failed.
    pub store_errors: IntCounterVec,
    figures: Vec<(&'static str, Gauge, IntGauge)>,
    tally: Tally,
}

/// Selections since the start: the figures that need no judge.
#[derive(Debug, Default)]
struct Tally {
    selections: AtomicU64,
    personalized: AtomicU64,
    sensitive: AtomicU64,
}

impl Metrics {
    /// Registers every metric.
    ///
    /// # Errors
    /// Never on a fixed list of names; the registry's signature says it could.
    pub fn new() -> prometheus::Result<Self> {
        let registry = Registry::new_custom(Some("tactful".into()), None)?;
        let counter = |name: &str, help: &str, labels: &[&str]| {
            let metric = IntCounterVec::new(Opts::new(name, help), labels)?;
            registry.register(Box::new(metric.clone()))?;
            prometheus::Result::Ok(metric)
        };
        let histogram = |name: &str, help: &str, buckets: &[f64]| {
            let metric =
                Histogram::with_opts(HistogramOpts::new(name, help).buckets(buckets.to_vec()))?;
            registry.register(Box::new(metric.clone()))?;
            prometheus::Result::Ok(metric)
        };
        let histograms = |name: &str, help: &str, label: &str| {
            let metric = HistogramVec::new(
                HistogramOpts::new(name, help).buckets(SECONDS.to_vec()),
                &[label],
            )?;
            registry.register(Box::new(metric.clone()))?;
            prometheus::Result::Ok(metric)
        };
        let gauge = |name: &str, help: &str| {
            let metric = IntGauge::new(name, help)?;
            registry.register(Box::new(metric.clone()))?;
            prometheus::Result::Ok(metric)
        };
        let figures = FIGURES
            .into_iter()
            .map(|name| {
                let value = Gauge::new(
                    name,
                    format!("Over-personalization: {name}; NaN on too few samples"),
                )?;
                value.set(f64::NAN);
                registry.register(Box::new(value.clone()))?;
                let samples = gauge(&format!("{name}_samples"), &format!("Samples behind {name}"))?;
                Ok((name, value, samples))
            })
            .collect::<prometheus::Result<_>>()?;
        let store_errors = counter("store_errors_total", "Store operations that failed", &["op"])?;
        // There before anything fails, so that an alert on it has something to look at.
        for op in ["load", "write", "erase"] {
            store_errors.with_label_values(&[op]);
        }
        Ok(Self {
            requests: counter("requests_total", "Requests", &["route", "outcome", "reason"])?,
            load_level: gauge(
                "load_level",
                "Given up under load: 1 comparisons, 2 learning too, 3 personalization too, 4 all",
            )?,
            request_overhead: histogram(
                "request_overhead_seconds",
                "Time in the proxy that is not the upstream's",
                &SECONDS,
            )?,
            upstream_first_byte: histogram(
                "upstream_time_to_first_byte_seconds",
                "Time from request to the head of the upstream's answer",
                &PROVIDER_SECONDS,
            )?,
            selection: histograms("selection_seconds", "Time of a selection, by stage", "stage")?,
            attributes_considered: histogram(
                "attributes_considered",
                "Attributes looked at per request",
                &ATTRIBUTES,
            )?,
            attributes_selected: histogram(
                "attributes_selected",
                "Attributes used per request",
                &ATTRIBUTES,
            )?,
            injected_tokens: histogram(
                "injected_tokens",
                "Tokens of the attributes told per personalised request",
                &TOKENS,
            )?,
            receipts: counter("receipts_total", "Receipts, by what became of them", &["result"])?,
            extraction_jobs: counter(
                "extraction_jobs_total",
                "Lessons, by what became of them",
                &["result"],
            )?,
            extraction_queue_depth: gauge("extraction_queue_depth", "Lessons waiting")?,
            extraction_requests: counter(
                "extraction_requests_total",
                "Requests to the model that extracts, by what came of them",
                &["result"],
            )?,
            extraction_tokens: counter(
                "extraction_tokens_total",
                "Tokens that asking the model that extracts cost",
                &["kind"],
            )?,
            attributes_learned: counter(
                "attributes_learned_total",
                "Attributes learned",
                &["category", "basis"],
            )?,
            attributes_refused: counter(
                "attributes_refused_total",
                "Statements refused",
                &["reason"],
            )?,
            shadow_requests: counter(
                "shadow_requests_total",
                "Generic answers beside",
                &["result"],
            )?,
            judgments: counter(
                "judgments_total",
                "Judgments given",
                &["stage", "verdict", "rater_kind"],
            )?,
            store_operation: histograms(
                "store_operation_seconds",
                "Time of store operations",
                "op",
            )?,
            store_errors,
            figures,
            tally: Tally::default(),
            registry,
        })
    }

    /// Counts one request of a route.
    pub fn count(&self, route: &str, outcome: Outcome, reason: Option<RequestReason>) {
        let reason = reason.map_or("", RequestReason::as_str);
        self.requests.with_label_values(&[route, outcome.as_str(), reason]).inc();
    }

    /// Counts one selection: whether something was used, and something sensitive among it.
    pub fn selected(&self, used: bool, sensitive: bool) {
        self.tally.selections.fetch_add(1, Relaxed);
        self.tally.personalized.fetch_add(u64::from(used), Relaxed);
        self.tally.sensitive.fetch_add(u64::from(sensitive), Relaxed);
    }

    /// Shows the figures of the tally.
    fn show_tally(&self) {
        let count = |tally: &AtomicU64| usize::try_from(tally.load(Relaxed)).unwrap_or(usize::MAX);
        let selections = count(&self.tally.selections);
        let personalized = count(&self.tally.personalized).min(selections);
        self.show("selection_rate", &Figure::rate(personalized, selections));
        self.show("empty_share", &Figure::rate(selections - personalized, selections));
        self.show(
            "sensitive_injection_rate",
            &Figure::rate(count(&self.tally.sensitive), selections),
        );
    }

    /// Shows a figure.
    pub fn show(&self, name: &str, figure: &Figure) {
        if let Some((_, value, samples)) = self.figures.iter().find(|(known, ..)| *known == name) {
            value.set(figure.value.unwrap_or(f64::NAN));
            samples.set(i64::try_from(figure.samples).unwrap_or(i64::MAX));
        }
    }

    /// All metrics in Prometheus' text format.
    ///
    /// # Errors
    /// When a metric cannot be written as text.
    pub fn text(&self) -> prometheus::Result<String> {
        self.show_tally();
        TextEncoder::new().encode_to_string(&self.registry.gather())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_without_samples_is_not_a_number() {
        let metrics = Metrics::new().unwrap();
        assert!(metrics.text().unwrap().contains("\ntactful_harm_rate NaN\n"));
        metrics.show("harm_rate", &Figure::rate(1, 4));
        let text = metrics.text().unwrap();
        assert!(
            text.contains("\ntactful_harm_rate 0.25\n")
                && text.contains("\ntactful_harm_rate_samples 4\n"),
            "{text}"
        );
    }
}
