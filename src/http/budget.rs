//! Request bodies held in memory, within a limit for each and a budget for all.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use http_body::Body;
use http_body_util::BodyExt as _;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::{
    BoxError,
    gathered::Gathered,
    patience::{BODY_IDLE, Idle, Patient},
};

/// Bytes are counted in units of this many, so that the budget fits a semaphore.
const UNIT: usize = 1024;

/// A limit for each body and a budget for all bodies held at once.
#[derive(Clone, Debug)]
pub struct Budget {
    units: Arc<Semaphore>,
    units_max: usize,
    body_bytes_max: usize,
    idle: Duration,
}

/// Why a body was not taken in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Larger than one body may be.
    #[error("The body is larger than {0} bytes")]
    TooLarge(usize),
    /// Others hold the memory just now.
    #[error("Too many bytes are in flight; try again")]
    Busy,
    /// The client did not send all of it.
    #[error("The body broke off")]
    Broken,
    /// The client paused for too long.
    #[error("Nothing of the body came for a while; send the request again, without a pause")]
    Idle,
}

/// A body's share of the budget, given back when dropped.
#[derive(Debug)]
pub struct Share {
    units: OwnedSemaphorePermit,
}

impl Budget {
    /// Bodies of at most `body_bytes_max` each, `total_bytes_max` together.
    #[must_use]
    pub fn new(body_bytes_max: usize, total_bytes_max: usize) -> Self {
        let units = (total_bytes_max / UNIT).clamp(1, Semaphore::MAX_PERMITS);
        Self {
            units: Arc::new(Semaphore::new(units)),
            units_max: units,
            body_bytes_max,
            idle: BODY_IDLE,
        }
    }

    /// The most one body may have.
    #[must_use]
    pub fn body_bytes_max(&self) -> usize {
        self.body_bytes_max
    }

    /// How much of it is held, from 0 to 1.
    pub(super) fn share_held(&self) -> f64 {
        1.0 - self.units.available_permits() as f64 / self.units_max as f64
    }

    /// Reads a whole body in one piece, and takes its share of the budget as it comes, to be held as long as the body is. What is only
    /// promised holds nothing.
    ///
    /// # Errors
    /// When it is too large, there is no room for it now, or the client breaks off or pauses for too long.
    pub async fn collect<B>(&self, body: B) -> Result<(Bytes, Share), Refused>
    where
        B: Body<Data = Bytes, Error: Into<BoxError>> + Unpin,
    {
        let known = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
        if known > self.body_bytes_max {
            return Err(Refused::TooLarge(self.body_bytes_max));
        }
        let mut body = Patient::new(body, self.idle);
        let mut share = self.take(0)?;
        let mut gathered = Gathered::default();
        let mut length: usize = 0;
        let mut is_refused = false;
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|error| match error.downcast_ref() {
                Some(Idle(_)) => Refused::Idle,
                None => Refused::Broken,
            })?;
            let Ok(chunk) = frame.into_data() else { continue };
            length += chunk.len();
            if length > self.body_bytes_max {
                return Err(Refused::TooLarge(self.body_bytes_max));
            }
            if is_refused {
                continue;
            }
            let more = length.div_ceil(UNIT) - share.units.num_permits();
            if more > 0 {
                match self.take(more) {
                    Ok(taken) => share.units.merge(taken.units),
                    // Read on without keeping: a reply over an unread body would be lost with the connection.
                    Err(_) => {
                        is_refused = true;
                        (share, gathered) = (self.take(0)?, Gathered::default());
                        continue;
                    }
                }
            }
            gathered.add(chunk, known).map_err(|_| Refused::Busy)?;
        }
        if is_refused {
            return Err(Refused::Busy);
        }
        Ok((gathered.freeze(), share))
    }

    fn take(&self, units: usize) -> Result<Share, Refused> {
        let units = u32::try_from(units).map_err(|_| Refused::Busy)?;
        let taken = Arc::clone(&self.units).try_acquire_many_owned(units);
        taken.map(|units| Share { units }).map_err(|_| Refused::Busy)
    }
}

#[cfg(test)]
mod tests {
    use std::{
        convert::Infallible,
        pin::Pin,
        task::{Context, Poll},
    };

    use http::{Response, StatusCode};
    use http_body::Frame;

    use super::*;
    use crate::http::Body as Reply;

    /// These bytes, and then nothing for ever.
    struct Stuck(Option<Bytes>);

    impl Body for Stuck {
        type Data = Bytes;
        type Error = Infallible;

        fn poll_frame(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
            match self.get_mut().0.take() {
                Some(bytes) => Poll::Ready(Some(Ok(Frame::data(bytes)))),
                None => Poll::Pending,
            }
        }
    }

    #[tokio::test]
    async fn a_body_that_stops_coming_is_given_up_and_gives_its_share_back() {
        let mut budget = Budget::new(8 * UNIT, 8 * UNIT);
        budget.idle = Duration::from_millis(20);
        let stuck = Stuck(Some(vec![0; 5 * UNIT].into()));
        let (collected, held) = tokio::join!(budget.collect(stuck), async {
            tokio::task::yield_now().await;
            budget.units.available_permits()
        });
        let refused = collected.unwrap_err();
        assert_eq!((refused, held), (Refused::Idle, 3));
        assert_eq!(Response::<Reply>::from(refused).status(), StatusCode::REQUEST_TIMEOUT);
        assert_eq!(budget.units.available_permits(), 8);
    }
}
