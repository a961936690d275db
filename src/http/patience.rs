//! Bodies whose sender may pause, but not for ever.

use std::{
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tokio::time::Instant;

use super::{BoxError, alarm::Alarm};

/// How long a client may pause within its body.
pub(super) const BODY_IDLE: Duration = Duration::from_secs(30);

/// A body that fails when nothing of it came for too long.
#[derive(Debug)]
pub struct Patient<B> {
    inner: B,
    limit: Duration,
    /// Time in which nobody asked for more is no pause.
    paused_since: Option<Instant>,
    alarm: Option<Alarm>,
}

/// A client's body, given up when nothing of it comes for too long.
pub fn patient<B>(body: B) -> Patient<B> {
    Patient::new(body, BODY_IDLE)
}

/// Nothing of a body came for too long.
#[derive(Debug, thiserror::Error)]
#[error("nothing of the body came for {} ms", .0.as_millis())]
pub(super) struct Idle(pub(super) Duration);

impl<B> Patient<B> {
    pub(super) fn new(inner: B, limit: Duration) -> Self {
        Self { inner, limit, paused_since: None, alarm: None }
    }
}

impl<B> Body for Patient<B>
where
    B: Body<Data = Bytes, Error: Into<BoxError>> + Unpin,
{
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let this = self.get_mut();
        if let Poll::Ready(frame) = Pin::new(&mut this.inner).poll_frame(cx) {
            this.paused_since = None;
            return Poll::Ready(frame.map(|frame| frame.map_err(Into::into)));
        }
        let since = *this.paused_since.get_or_insert_with(Instant::now);
        let past = this.alarm.get_or_insert_default().poll_past(cx, since, this.limit);
        past.map(|()| Some(Err(Idle(this.limit).into())))
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}
