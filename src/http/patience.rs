//! Bodies whose sender may pause, but not for ever.

use std::{
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tokio::time::{Instant, Sleep};

use super::BoxError;

/// How long a client may pause within its body.
pub(super) const BODY_IDLE: Duration = Duration::from_secs(30);

/// A body that fails when nothing of it came for too long.
#[derive(Debug)]
pub struct Patient<B> {
    inner: B,
    limit: Duration,
    pause: Pin<Box<Sleep>>,
    is_paused: bool,
}

/// Nothing of a body came for too long.
#[derive(Debug, thiserror::Error)]
#[error("nothing of the body came for {} ms", .0.as_millis())]
pub(super) struct Idle(pub(super) Duration);

impl<B> Patient<B> {
    pub(super) fn new(inner: B, limit: Duration) -> Self {
        Self { inner, limit, pause: Box::pin(tokio::time::sleep(limit)), is_paused: false }
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
            this.is_paused = false;
            return Poll::Ready(frame.map(|frame| frame.map_err(Into::into)));
        }
        // Time in which nobody asked for more is no pause.
        if !std::mem::replace(&mut this.is_paused, true) {
            this.pause.as_mut().reset(Instant::now() + this.limit);
        }
        this.pause.as_mut().poll(cx).map(|()| Some(Err(Idle(this.limit).into())))
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}
