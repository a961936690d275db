//! Bodies: pieces of shared bytes going up, and relayed answers coming down with a listener beside them.

use std::{
    collections::VecDeque,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};
use http_body_util::Limited;
use hyper::body::Incoming;
use tokio::time::Instant;

use super::{
    Answer, UnderWay,
    patience::{BODY_IDLE, Patient},
};
use crate::openai::ErrorBody;

/// Any error of a body.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// A body of either direction.
#[derive(Debug)]
pub enum Body {
    /// Bytes at hand, with an exact length.
    Pieces(VecDeque<Bytes>),
    /// A client's body on its way up, as it comes.
    Upload(Limited<Patient<Incoming>>),
    /// An upstream's body on its way down, as it comes.
    Relayed(Box<Relayed>),
    /// A reply of the personal API.
    Api(axum::body::Body),
}

impl Default for Body {
    fn default() -> Self {
        Self::Pieces(VecDeque::new())
    }
}

impl Body {
    /// A client's body on its way up, of at most `bytes_max`.
    #[must_use]
    pub fn upload(body: Incoming, bytes_max: usize) -> Self {
        Self::Upload(Limited::new(Patient::new(body, BODY_IDLE), bytes_max))
    }

    /// Keeps a request's place until its answer has ended. A reply of our own needs none.
    #[must_use]
    pub fn holding(mut self, place: UnderWay) -> Self {
        if let Self::Relayed(relayed) = &mut self {
            relayed.place = Some(place);
        }
        self
    }
}

impl From<Bytes> for Body {
    fn from(bytes: Bytes) -> Self {
        Self::from(vec![bytes])
    }
}

impl From<Vec<Bytes>> for Body {
    fn from(pieces: Vec<Bytes>) -> Self {
        Self::Pieces(pieces.into_iter().filter(|piece| !piece.is_empty()).collect())
    }
}

impl HttpBody for Body {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        match self.get_mut() {
            Self::Pieces(pieces) => {
                Poll::Ready(pieces.pop_front().map(|piece| Ok(Frame::data(piece))))
            }
            Self::Upload(body) => Pin::new(body).poll_frame(cx),
            Self::Relayed(body) => Pin::new(body).poll_frame(cx),
            Self::Api(body) => Pin::new(body).poll_frame(cx).map_err(Into::into),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Pieces(pieces) => pieces.is_empty(),
            Self::Upload(body) => body.is_end_stream(),
            // Asked for the last time before the listener has heard the end, so never early.
            Self::Relayed(body) => body.observer.is_none() && body.inner.is_end_stream(),
            Self::Api(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Pieces(pieces) => {
                SizeHint::with_exact(pieces.iter().map(|piece| piece.len() as u64).sum())
            }
            Self::Upload(body) => body.size_hint(),
            Self::Relayed(body) => body.inner.size_hint(),
            Self::Api(body) => body.size_hint(),
        }
    }
}

/// What was heard of an answer on its way to the client.
#[derive(Debug, Default)]
pub struct Heard {
    /// The bytes, as they came, from the first on.
    pub chunks: Vec<Bytes>,
    /// Whether there was more than was to be kept.
    pub overflowed: bool,
    /// Whether it came to its end; otherwise it broke off, or nobody waited for it.
    pub ended: bool,
}

/// Listens to an answer, and tells what it heard once: at the end, or when the answer is dropped.
pub struct Observer {
    heard: Heard,
    bytes: usize,
    bytes_max: usize,
    tell: Option<Box<dyn FnOnce(Heard) + Send>>,
}

impl std::fmt::Debug for Observer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Observer")
            .field("bytes", &self.bytes)
            .field("bytes_max", &self.bytes_max)
            .finish()
    }
}

impl Observer {
    /// Keeps at most `bytes_max` bytes, shared with the stream, not copied.
    #[must_use]
    pub fn new(bytes_max: usize, tell: impl FnOnce(Heard) + Send + 'static) -> Self {
        Self { heard: Heard::default(), bytes: 0, bytes_max, tell: Some(Box::new(tell)) }
    }

    fn listen(&mut self, chunk: &Bytes) {
        let room = self.bytes_max - self.bytes;
        let kept = chunk.slice(..chunk.len().min(room));
        self.bytes += kept.len();
        self.heard.overflowed |= kept.len() < chunk.len();
        if !kept.is_empty() {
            self.heard.chunks.push(kept);
        }
    }
}

impl Drop for Observer {
    fn drop(&mut self) {
        if let Some(tell) = self.tell.take() {
            tell(std::mem::take(&mut self.heard));
        }
    }
}

/// How long an answer may pause.
#[derive(Clone, Copy, Debug)]
pub struct Pauses {
    /// Past it the answer is broken off.
    pub idle: Duration,
    /// So often a comment is put into a pause between two events; none: never.
    pub keep_alive: Option<Duration>,
}

/// Passed over by whoever reads events; keeps those who only count bytes from giving up.
const COMMENT: &[u8] = b": keep-alive\n\n";

/// An upstream's answer: every byte passed on at once, watched for pauses, heard by an observer.
#[derive(Debug)]
pub struct Relayed {
    inner: Answer,
    pauses: Pauses,
    /// When the pause began, if there is one: a client that does not read makes none.
    paused_since: Option<Instant>,
    observer: Option<Observer>,
    is_events: bool,
    /// When a pause was last filled with a comment.
    filled_at: Option<Instant>,
    place: Option<UnderWay>,
    /// The last bytes passed on; before the first, as after an empty line.
    tail: [u8; 3],
    broken: Option<Broken>,
}

/// An answer that failed. hyper drops what it has not written yet when a body fails, so a failure waits for one poll.
#[derive(Debug)]
enum Broken {
    Unwritten(BoxError),
    Written(BoxError),
}

impl Relayed {
    /// Relays `inner`. `is_events` says whether it is a plain event stream, in which a break can still be told, unless
    /// its length was.
    #[must_use]
    pub fn new(inner: Answer, pauses: Pauses, is_events: bool, observer: Option<Observer>) -> Self {
        let is_events = is_events && inner.size_hint().exact().is_none();
        Self {
            inner,
            pauses,
            paused_since: None,
            filled_at: None,
            place: None,
            observer,
            is_events,
            tail: *b"\n\n\n",
            broken: None,
        }
    }

    /// The stream broke after its head had gone: say so in one event, then end without a clean end.
    fn break_off(
        &mut self,
        cx: &mut Context<'_>,
        error: BoxError,
        body: &ErrorBody,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        self.observer = None;
        let broken = self.broken.insert(Broken::Unwritten(error));
        if self.is_events {
            let apart: &[u8] = if is_after_blank(&self.tail) { b"" } else { b"\n\n" };
            let event = [apart, &body.to_event()].concat();
            return Poll::Ready(Some(Ok(Frame::data(event.into()))));
        }
        broken.poll(cx)
    }
}

impl Drop for Relayed {
    /// Of a body of known length nobody asks for the end.
    fn drop(&mut self) {
        if let Some(observer) = &mut self.observer {
            observer.heard.ended = self.inner.is_end_stream();
        }
    }
}

/// Whether bytes that end like this end in an empty line, whatever ends their lines: then an event has ended too.
fn is_after_blank(tail: &[u8]) -> bool {
    let last = tail.strip_suffix(b"\r\n").or_else(|| tail.split_last().map(|(_, rest)| rest));
    let ends_line = |bytes: &[u8]| matches!(bytes.last(), Some(b'\n' | b'\r'));
    ends_line(tail) && last.is_some_and(ends_line)
}

impl Broken {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        match std::mem::replace(self, Self::Written("the answer broke off".into())) {
            Self::Unwritten(error) => {
                *self = Self::Written(error);
                cx.waker().wake_by_ref();
                Poll::Pending
            }
            Self::Written(error) => Poll::Ready(Some(Err(error))),
        }
    }
}

impl HttpBody for Relayed {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let this = self.get_mut();
        if let Some(broken) = &mut this.broken {
            return broken.poll(cx);
        }
        match Pin::new(&mut this.inner).poll_frame(cx) {
            Poll::Ready(Some(Ok(frame))) => {
                this.paused_since = None;
                if let Some(chunk) = frame.data_ref() {
                    for byte in &chunk[chunk.len().saturating_sub(this.tail.len())..] {
                        this.tail = [this.tail[1], this.tail[2], *byte];
                    }
                    if let Some(observer) = &mut this.observer {
                        observer.listen(chunk);
                    }
                }
                Poll::Ready(Some(Ok(frame)))
            }
            Poll::Ready(None) => {
                if let Some(mut observer) = this.observer.take() {
                    observer.heard.ended = true;
                }
                Poll::Ready(None)
            }
            Poll::Ready(Some(Err(error))) => {
                let body = ErrorBody::new(
                    "server_error",
                    "upstream_broke_off",
                    "The provider broke the answer off.",
                );
                this.break_off(cx, error.into(), &body)
            }
            Poll::Pending => {
                let since = *this.paused_since.get_or_insert_with(Instant::now);
                // Never inside an event: there it would be part of it.
                let every = this.pauses.keep_alive;
                if let Some(every) = every.filter(|_| this.is_events && is_after_blank(&this.tail))
                {
                    let last = this.filled_at.map_or(since, |filled| filled.max(since));
                    let is_before_end = last + every < since + this.pauses.idle;
                    if is_before_end && this.inner.poll_idle(cx, last, every).is_ready() {
                        this.filled_at = Some(Instant::now());
                        return Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(COMMENT)))));
                    }
                    if is_before_end {
                        return Poll::Pending;
                    }
                }
                ready!(this.inner.poll_idle(cx, since, this.pauses.idle));
                let paused = this.pauses.idle.as_millis();
                let body = ErrorBody::new(
                    "server_error",
                    "upstream_idle",
                    format!("The provider sent nothing for {paused} ms."),
                );
                this.break_off(cx, "the upstream paused for too long".into(), &body)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every stream of up to five of these bytes: what follows the last line end that began a line.
    #[test]
    fn an_empty_line_is_seen_by_the_last_three_bytes() {
        for mut number in 0..4_usize.pow(5) {
            let mut stream = Vec::new();
            while number > 0 {
                stream.push([b'\n', b'\r', b'x', b' '][number % 4]);
                number /= 4;
            }
            // As the standard reads it: CR LF is one line end, and so is each of them alone.
            let text = String::from_utf8(stream.clone()).unwrap();
            let text = text.replace("\r\n", "\n").replace('\r', "\n");
            let is_blank = text.is_empty() || text == "\n" || text.ends_with("\n\n");

            let mut tail = *b"\n\n\n";
            for byte in stream {
                tail = [tail[1], tail[2], byte];
            }
            assert_eq!(is_after_blank(&tail), is_blank, "{text:?}");
        }
    }
}
