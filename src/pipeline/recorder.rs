//! Writes the receipts that turns left, many at once.

use std::time::Duration;

use crate::{
    metrics::Metrics,
    people::{People, Written},
    tasks::Tasks,
};

/// A receipt waits this long at most: a crash loses no more of them.
const PAUSE: Duration = Duration::from_millis(500);

/// Writes receipts until the tasks are told to stop. What is noted after that is for [`write_receipts`].
pub async fn record(people: People, metrics: std::sync::Arc<Metrics>, tasks: Tasks) {
    loop {
        tokio::select! {
            () = tasks.stopping().cancelled() => return,
            () = tokio::time::sleep(PAUSE) => {}
            () = people.many_noted() => {}
        }
        write_receipts(&people, &metrics).await;
    }
}

/// Writes the receipts noted so far.
pub async fn write_receipts(people: &People, metrics: &Metrics) {
    let Written { kept, erased, failed } = people.write_noted().await;
    for (result, count) in [("kept", kept), ("dropped_erased", erased), ("dropped_error", failed)] {
        if count > 0 {
            metrics.receipts.with_label_values(&[result]).inc_by(count);
        }
    }
}
