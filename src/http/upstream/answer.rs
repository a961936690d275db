//! The body of the provider's answer, and the connection that it comes on.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use tokio::time::Instant;

use super::pool::{Line, Pool};

/// The body of the provider's answer. Once it has ended its connection is kept for the next request; dropped before, it
/// is closed, which tells the provider to stop.
#[derive(Debug)]
pub struct Answer {
    inner: Incoming,
    line: Option<(Line, Arc<Pool>)>,
}

impl Answer {
    pub(super) fn new(inner: Incoming, line: Line, pool: &Arc<Pool>) -> Self {
        Self { inner, line: Some((line, Arc::clone(pool))) }
    }

    /// Ready when nothing has come from `since` on for `limit`.
    pub(in crate::http) fn poll_idle(
        &mut self,
        cx: &mut Context<'_>,
        since: Instant,
        limit: Duration,
    ) -> Poll<()> {
        match &mut self.line {
            Some((line, _)) => line.alarm().poll_past(cx, since, limit),
            None => Poll::Pending,
        }
    }

    fn ended(&mut self) {
        if let Some((line, pool)) = self.line.take() {
            pool.keep(line);
        }
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        if self.inner.is_end_stream() {
            self.ended();
        }
    }
}

impl Body for Answer {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let this = self.get_mut();
        let polled = Pin::new(&mut this.inner).poll_frame(cx);
        match &polled {
            Poll::Ready(None) => this.ended(),
            // Broken: the connection is of no more use.
            Poll::Ready(Some(Err(_))) => this.line = None,
            _ => {}
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}
