//! The framing watcher beside hyper itself: both read the same bytes, one at a time, and for every request that hyper
//! serves the watcher must have said whether this head, or one before it, gave its length twice.

use std::{
    cell::{Cell, RefCell},
    convert::Infallible,
    pin::{Pin, pin},
    rc::Rc,
    task::{Context, Poll, Waker},
};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Empty};
use hyper::{
    Request, Response,
    body::Incoming,
    rt::{Read, ReadBufCursor, Write},
    server::conn::http1,
    service::service_fn,
};

/// Tells of each piece whether a head in it gives its length twice.
pub(crate) type Watcher = Box<dyn FnMut(&[u8]) -> bool>;

pub(crate) fn check(bytes: &[u8], watcher: &dyn Fn() -> Watcher) {
    let mut watch = watcher();
    let flagged: Vec<bool> = bytes
        .iter()
        .scan(false, |flagged, byte| {
            *flagged |= watch(std::slice::from_ref(byte));
            Some(*flagged)
        })
        .collect();

    // However the bytes are cut into reads, the same is found.
    for size in [2, 3, 7, 64, 1024, usize::MAX] {
        let mut watch = watcher();
        let found = bytes.chunks(size).filter(|piece| watch(piece)).count() > 0;
        assert_eq!(found, flagged.last().copied().unwrap_or(false), "in pieces of {size}");
    }

    let mut is_ambiguous = false;
    for served in served(bytes) {
        is_ambiguous |= lengths(&bytes[served.clone()]) > 1;
        let is_flagged = flagged[served.end - 1];
        // A line end that is none to hyper may be held against a connection also without such a head.
        let is_excused = has_bare_lf(&bytes[..served.end]);
        assert!(
            is_flagged == is_ambiguous || (is_flagged && is_excused),
            "before {:?}",
            String::from_utf8_lossy(&bytes[served])
        );
    }
}

fn has_bare_lf(bytes: &[u8]) -> bool {
    bytes.windows(2).any(|pair| pair[1] == b'\n' && pair[0] != b'\r')
}

/// How often a head gives its length. Lines, names and nothing else: hyper has taken this head already.
fn lengths(head: &[u8]) -> usize {
    let names =
        head.split(|&byte| byte == b'\n').filter_map(|line| line.split(|&b| b == b':').next());
    let names: Vec<_> = names.map(<[u8]>::to_ascii_lowercase).collect();
    let count = |name: &[u8]| names.iter().filter(|found| *found == name).count();
    count(b"content-length") + count(b"transfer-encoding").min(1)
}

/// Where the heads are of the requests that hyper serves from these bytes, with what comes before each.
fn served(bytes: &[u8]) -> Vec<std::ops::Range<usize>> {
    let at = Rc::new(Cell::new(0));
    let heads = Rc::new(RefCell::new(Vec::new()));
    let end = Rc::new(Cell::new(0));
    let service = {
        let (at, heads, end) = (Rc::clone(&at), Rc::clone(&heads), Rc::clone(&end));
        service_fn(move |request: Request<Incoming>| {
            heads.borrow_mut().push(end.get()..at.get());
            let (at, end) = (Rc::clone(&at), Rc::clone(&end));
            async move {
                let mut body = request.into_body();
                while let Some(Ok(_)) = body.frame().await {}
                end.set(at.get());
                Ok::<_, Infallible>(Response::new(Empty::<Bytes>::new()))
            }
        })
    };
    let stream = ByteByByte { bytes, at };
    let connection = http1::Builder::new().serve_connection(stream, service);
    let mut connection = pin!(connection);
    let mut context = Context::from_waker(Waker::noop());
    // It yields now and then; with nothing more to read it ends.
    for _ in 0..bytes.len() + 16 {
        if connection.as_mut().poll(&mut context).is_ready() {
            break;
        }
    }
    heads.take()
}

/// A client that has sent all of this and reads everything.
struct ByteByByte<'a> {
    bytes: &'a [u8],
    at: Rc<Cell<usize>>,
}

impl Read for ByteByByte<'_> {
    fn poll_read(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        mut into: ReadBufCursor<'_>,
    ) -> Poll<std::io::Result<()>> {
        if let Some(byte) = self.bytes.get(self.at.get()) {
            into.put_slice(std::slice::from_ref(byte));
            self.at.set(self.at.get() + 1);
        }
        Poll::Ready(Ok(()))
    }
}

impl Write for ByteByByte<'_> {
    fn poll_write(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
