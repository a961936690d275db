//! A client's connection, as hyper reads and writes it: what came first, what is ambiguous, what does not move.

use std::{
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU8, Ordering},
    },
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::{Buf as _, Bytes};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    sync::OwnedSemaphorePermit,
};

use super::{alarm::Stall, framing::Framing, refusal::in_place_of};

/// What is known of one connection, by its bytes and by its answers.
#[derive(Clone, Debug, Default)]
pub(super) struct Ambiguity(Arc<AtomicU8>);

const FOUND: u8 = 1;
const UPGRADED: u8 = 2;
const ANSWERED: u8 = 4;

impl Ambiguity {
    /// Whether a request gave its length twice. From then on nothing of that connection is answered.
    pub(super) fn is_found(&self) -> bool {
        self.has(FOUND)
    }

    /// What comes from now on is no HTTP.
    pub(super) fn upgraded(&self) {
        self.0.fetch_or(UPGRADED, Ordering::AcqRel);
    }

    /// A request was read, so that what is written from now on may be an answer, of any bytes.
    pub(super) fn answered(&self) {
        if !self.has(ANSWERED) {
            self.0.fetch_or(ANSWERED, Ordering::AcqRel);
        }
    }

    /// What is to be written in place of these bytes, where hyper refuses a connection's first head with them. Later
    /// ones are refused in hyper's own words: these bytes could be an answer's.
    fn refusal(&self, bytes: &[u8]) -> Option<Bytes> {
        if self.has(ANSWERED) { None } else { in_place_of(bytes) }
    }

    fn has(&self, what: u8) -> bool {
        self.0.load(Ordering::Acquire) & what != 0
    }
}

/// A client's connection.
#[derive(Debug)]
pub(super) struct Accepted<S> {
    stream: S,
    /// What was read to see which HTTP is spoken.
    first: Vec<u8>,
    framing: Framing,
    ambiguity: Ambiguity,
    stall: Stall,
    /// What is still to be written in place of a refusal by hyper.
    refusal: Bytes,
    /// Among the connections served at once, for as long as there is this one: also as a tunnel.
    _place: OwnedSemaphorePermit,
}

impl<S> Accepted<S> {
    /// One that speaks HTTP/1.1.
    pub(super) fn http1(
        stream: S,
        first: Vec<u8>,
        write_timeout: Duration,
        place: OwnedSemaphorePermit,
    ) -> (Self, Ambiguity) {
        let ambiguity = Ambiguity::default();
        let accepted = Self {
            stream,
            first,
            framing: Framing::default(),
            ambiguity: ambiguity.clone(),
            stall: Stall::new(write_timeout),
            refusal: Bytes::new(),
            _place: place,
        };
        (accepted, ambiguity)
    }

    /// One that speaks HTTP/2, which says once how long a request is.
    pub(super) fn http2(
        stream: S,
        first: Vec<u8>,
        write_timeout: Duration,
        place: OwnedSemaphorePermit,
    ) -> Self {
        let (accepted, _) = Self::http1(stream, first, write_timeout, place);
        Self { framing: Framing::lost(), ..accepted }
    }
}

/// Watches what became of a write.
fn watched<T>(
    stall: &mut Stall,
    cx: &mut Context<'_>,
    written: Poll<io::Result<T>>,
) -> Poll<io::Result<T>> {
    if written.is_ready() {
        stall.moved();
        return written;
    }
    let past = stall.poll_past(cx);
    past.map(|()| Err(io::Error::new(io::ErrorKind::TimedOut, "the client does not read")))
}

impl<S: AsyncRead + Unpin> AsyncRead for Accepted<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = into.filled().len();
        let polled = if this.first.is_empty() {
            Pin::new(&mut this.stream).poll_read(cx, into)
        } else {
            let taken = this.first.len().min(into.remaining());
            into.put_slice(&this.first[..taken]);
            this.first.drain(..taken);
            Poll::Ready(Ok(()))
        };
        if this.ambiguity.has(UPGRADED) {
            this.framing = Framing::lost();
        }
        if this.framing.feed(&into.filled()[before..]) {
            this.ambiguity.0.fetch_or(FOUND, Ordering::AcqRel);
        }
        if this.framing.is_flooded() {
            let error = io::Error::new(io::ErrorKind::InvalidData, "nothing but empty lines");
            return Poll::Ready(Err(error));
        }
        polled
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Accepted<S> {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        if let Some(refusal) = this.ambiguity.refusal(bytes) {
            this.refusal = refusal;
            return Poll::Ready(Ok(bytes.len()));
        }
        let written = Pin::new(&mut this.stream).poll_write(cx, bytes);
        watched(&mut this.stall, cx, written)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        if let [one] = pieces
            && let Some(refusal) = this.ambiguity.refusal(one)
        {
            this.refusal = refusal;
            return Poll::Ready(Ok(one.len()));
        }
        let written = Pin::new(&mut this.stream).poll_write_vectored(cx, pieces);
        watched(&mut this.stall, cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        while !this.refusal.is_empty() {
            let written = Pin::new(&mut this.stream).poll_write(cx, &this.refusal);
            match ready!(watched(&mut this.stall, cx, written))? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                count => this.refusal.advance(count),
            }
        }
        let flushed = Pin::new(&mut this.stream).poll_flush(cx);
        // Asked for when all is written: then nothing waits any more.
        watched(&mut this.stall, cx, flushed)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let closed = Pin::new(&mut this.stream).poll_shutdown(cx);
        watched(&mut this.stall, cx, closed)
    }
}
