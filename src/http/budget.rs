//! Request bodies held in memory, within a limit for each and a budget for all.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt as _;
use hyper::body::{Body as _, Incoming};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Bytes are counted in units of this many, so that the budget fits a semaphore.
const UNIT: usize = 1024;

/// A limit for each body and a budget for all bodies held at once.
#[derive(Clone, Debug)]
pub struct Budget {
    units: Arc<Semaphore>,
    body_bytes_max: usize,
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
}

/// A body's share of the budget, given back when dropped.
#[derive(Debug)]
pub struct Share {
    _units: OwnedSemaphorePermit,
}

impl Budget {
    /// Bodies of at most `body_bytes_max` each, `total_bytes_max` together.
    #[must_use]
    pub fn new(body_bytes_max: usize, total_bytes_max: usize) -> Self {
        let units = (total_bytes_max / UNIT).clamp(1, Semaphore::MAX_PERMITS);
        Self { units: Arc::new(Semaphore::new(units)), body_bytes_max }
    }

    /// The most one body may have.
    #[must_use]
    pub fn body_bytes_max(&self) -> usize {
        self.body_bytes_max
    }

    /// Reads a whole body, and takes its share of the budget, to be held as long as the body is.
    ///
    /// # Errors
    /// When it is too large, there is no room for it now, or the client breaks off.
    pub async fn collect(&self, mut body: Incoming) -> Result<(Bytes, Share), Refused> {
        let hint = body.size_hint();
        let known = usize::try_from(hint.exact().unwrap_or(hint.lower())).unwrap_or(usize::MAX);
        if known > self.body_bytes_max {
            return Err(Refused::TooLarge(self.body_bytes_max));
        }
        let mut share = self.take(known)?;
        let mut held = known;
        let mut first: Option<Bytes> = None;
        let mut rest = BytesMut::new();
        let mut length = 0;
        while let Some(frame) = body.frame().await {
            let Ok(chunk) = frame.map_err(|_| Refused::Broken)?.into_data() else { continue };
            length += chunk.len();
            if length > self.body_bytes_max {
                return Err(Refused::TooLarge(self.body_bytes_max));
            }
            if length > held {
                let more = (length - held).max(64 * UNIT);
                share.merge(self.take(more)?);
                held += more;
            }
            // Most bodies come in one chunk, which is then passed on as it is.
            match (&first, rest.is_empty()) {
                (None, true) => first = Some(chunk),
                (Some(_), true) => {
                    rest.reserve(known.max(length));
                    rest.extend_from_slice(&first.take().unwrap_or_default());
                    rest.extend_from_slice(&chunk);
                }
                _ => rest.extend_from_slice(&chunk),
            }
        }
        let bytes = first.unwrap_or_else(|| rest.freeze());
        Ok((bytes, Share { _units: share }))
    }

    fn take(&self, bytes: usize) -> Result<OwnedSemaphorePermit, Refused> {
        let units = u32::try_from(bytes.div_ceil(UNIT)).map_err(|_| Refused::Busy)?;
        Arc::clone(&self.units).try_acquire_many_owned(units).map_err(|_| Refused::Busy)
    }
}
