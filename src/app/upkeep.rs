//! What a server does by itself: lets go of what has aged, and refreshes the figures.

use std::{sync::Arc, time::Duration};

use crate::{
    compare::report::Figures,
    config::Retention,
    metrics::Metrics,
    people::{Error, People},
    person::clock,
    store::{Kind, UserTag},
    tasks::Tasks,
};

const DAY: i64 = 86_400;
/// The figures are of this many days.
const FIGURE_DAYS: i64 = 30;
const FIGURES_EVERY: Duration = Duration::from_secs(60);
/// Ageing records are looked for once in this many rounds.
const ROUNDS_PER_SWEEP: u64 = 60;

/// Attributes that lapsed are looked for in pieces of so many people, so many pieces in a round.
const PEOPLE_AT_ONCE: usize = 200;
const PIECES_PER_ROUND: usize = 25;

/// Runs until the tasks are told to stop.
pub(super) async fn run(people: People, retention: Retention, metrics: Arc<Metrics>, tasks: Tasks) {
    let mut round = 0_u64;
    let mut unswept = None;
    loop {
        if round.is_multiple_of(ROUNDS_PER_SWEEP)
            && let Err(error) = sweep(&people, &retention).await
        {
            metrics.store_errors.with_label_values(&["expire"]).inc();
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "ageing records could not be let go"
            );
        }
        if round.is_multiple_of(ROUNDS_PER_SWEEP) {
            unswept = Some(None);
        }
        if let Err(error) = sweep_lapsed(&people, &mut unswept, &tasks).await {
            metrics.store_errors.with_label_values(&["expire"]).inc();
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "what lapsed could not be let go"
            );
        }
        if let Err(error) = refresh(&people, &metrics).await {
            metrics.store_errors.with_label_values(&["figures"]).inc();
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "the figures could not be refreshed"
            );
        }
        round += 1;
        tokio::select! {
            () = tasks.stopping().cancelled() => return,
            () = tokio::time::sleep(FIGURES_EVERY) => {}
        }
    }
}

async fn sweep(people: &People, retention: &Retention) -> Result<(), Error> {
    let now = clock::now();
    for (kind, days) in [
        (Kind::Receipt, retention.uses_days),
        (Kind::Comparison, retention.comparisons_days),
        (Kind::Judgment, retention.comparisons_days),
    ] {
        let gone = people.expire(kind, now - i64::from(days) * DAY).await?;
        if gone > 0 {
            tracing::info!(records = gone, ?kind, "let go of what has aged");
        }
    }
    Ok(())
}

/// Goes on with the sweep under way, if one is: `unswept` says after whom.
async fn sweep_lapsed(
    people: &People,
    unswept: &mut Option<Option<UserTag>>,
    tasks: &Tasks,
) -> Result<(), Error> {
    let now = clock::now();
    for _ in 0..PIECES_PER_ROUND {
        let Some(after) = *unswept else { return Ok(()) };
        if tasks.stopping().is_cancelled() {
            return Ok(());
        }
        let swept = people.sweep_lapsed(now, after, PEOPLE_AT_ONCE).await?;
        if swept.gone > 0 {
            tracing::info!(attributes = swept.gone, "let go of what nobody said yes to");
        }
        *unswept = swept.next.map(Some);
    }
    Ok(())
}

async fn refresh(people: &People, metrics: &Metrics) -> Result<(), Error> {
    let judged = people.judged(None, clock::now() - FIGURE_DAYS * DAY).await?;
    let figures = Figures::of(&judged.signals, &judged.receipts, &judged.judgments);
    for (name, figure) in [
        ("over_selection_ratio", &figures.over_selection_ratio),
        ("false_injection_rate", &figures.false_injection_rate),
        ("missed_need_rate", &figures.missed_need_rate),
        ("no_better_than_generic_rate", &figures.no_better_than_generic_rate),
        ("harm_rate", &figures.harm_rate),
        ("mention_rate", &figures.mention_rate),
        ("idle_injection_rate", &figures.idle_injection_rate),
        ("judge_human_gap", &figures.judge_human_gap),
    ] {
        metrics.show(name, figure);
    }
    Ok(())
}
