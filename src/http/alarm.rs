//! A timer that is moved only when it fires: what is waited for ends in microseconds, and the limits are minutes.

use std::{
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::time::{Instant, Sleep};

/// Before the first wait: longer than any.
const UNSET: Duration = Duration::from_secs(2 * 86_400);

/// A timer for one wait after the other, of the same task or of different ones.
#[derive(Debug)]
pub(super) struct Alarm {
    /// Rings at the end of the wait at hand or before; then it is moved.
    sleep: Pin<Box<Sleep>>,
}

impl Default for Alarm {
    fn default() -> Self {
        Self { sleep: Box::pin(tokio::time::sleep(UNSET)) }
    }
}

impl Alarm {
    /// Ready when a wait that began at `since` has lasted for `limit`.
    pub(super) fn poll_past(
        &mut self,
        cx: &mut Context<'_>,
        since: Instant,
        limit: Duration,
    ) -> Poll<()> {
        let due = since + limit;
        if self.sleep.deadline() > due {
            self.sleep.as_mut().reset(due);
        }
        loop {
            ready!(self.sleep.as_mut().poll(cx));
            if Instant::now() >= due {
                return Poll::Ready(());
            }
            self.sleep.as_mut().reset(due);
        }
    }
}

/// Something that the other side does not take.
#[derive(Debug)]
pub(super) struct Stall {
    limit: Duration,
    since: Option<Instant>,
    alarm: Option<Alarm>,
}

impl Stall {
    pub(super) fn new(limit: Duration) -> Self {
        Self { limit, since: None, alarm: None }
    }

    /// Something was taken.
    pub(super) fn moved(&mut self) {
        self.since = None;
    }

    /// Ready when nothing has been taken for the limit.
    pub(super) fn poll_past(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let since = *self.since.get_or_insert_with(Instant::now);
        self.alarm.get_or_insert_default().poll_past(cx, since, self.limit)
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use super::*;

    #[tokio::test]
    async fn every_wait_lasts_for_its_own_limit() {
        let mut alarm = Alarm::default();
        for limit in [60, 30, 90, 1, 30].map(Duration::from_millis) {
            let since = Instant::now();
            poll_fn(|cx| alarm.poll_past(cx, since, limit)).await;
            assert!(since.elapsed() >= limit);
        }
    }
}
